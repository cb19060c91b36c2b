//! The public keys, as a JWK set (RFC 7517 §5): for whoever verifies what we signed.

use serde_json::{Value, json};

use crate::gate::keys::Algorithm;
use crate::gate::mint::PublicKey;
use crate::gate::seal::text;

/// Empty where every key is a secret one.
pub fn set(keys: &[PublicKey]) -> Value {
    json!({ "keys": keys.iter().filter_map(one).collect::<Vec<_>>() })
}

fn one(key: &PublicKey) -> Option<Value> {
    let mut jwk = match key.algorithm {
        Algorithm::Hs256 => return None,
        // RFC 8037 §2.
        Algorithm::EdDsa => json!({"kty": "OKP", "crv": "Ed25519", "x": text(&key.bytes)}),
        // RFC 7518 §6.2.1: the point without the byte that says it is uncompressed.
        Algorithm::Es256 => {
            let (x, y) = key.bytes.strip_prefix(&[4])?.split_at_checked(32)?;
            json!({"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y)})
        }
    };
    jwk["kid"] = key.id.as_str().into();
    jwk["alg"] = key.algorithm.name().into();
    jwk["use"] = "sig".into();
    Some(jwk)
}
