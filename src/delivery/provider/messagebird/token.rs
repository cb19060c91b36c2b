//! MessageBird's signature: a JSON Web Token over what was asked for, by a secret that both sides know.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{digest, hmac};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::domain::secret::Secret;
use crate::domain::time::{CLOCK_STEP, Wall};

const ISSUER: &str = "MessageBird";

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    nbf: i64,
    exp: i64,
    url_hash: String,
    payload_hash: Option<String>,
}

/// Whether the token is the vendor's, of now, and for this address and body.
pub fn is_right(token: &str, key: &Secret<String>, url: &str, body: &[u8], now: Wall) -> bool {
    claims(token, key).is_some_and(|claims| {
        let payload = match &claims.payload_hash {
            Some(hash) => is_hash(hash, body),
            None => body.is_empty(),
        };
        let live =
            Wall::from_secs(claims.nbf) <= now.plus(CLOCK_STEP) && now <= Wall::from_secs(claims.exp).plus(CLOCK_STEP);
        claims.iss == ISSUER && live && is_hash(&claims.url_hash, url.as_bytes()) && payload
    })
}

/// What a token says whose signature is right.
fn claims(token: &str, key: &Secret<String>) -> Option<Claims> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let algorithm = match header.alg.as_str() {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => return None,
    };
    let key = hmac::Key::new(algorithm, key.expose().as_bytes());
    hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

fn is_hash(hash: &str, of: &[u8]) -> bool {
    let ours: String = digest::digest(&digest::SHA256, of).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    bool::from(ours.as_bytes().ct_eq(hash.as_bytes()))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    const NOW: Wall = Wall(1_790_000_000_000);
    const URL: &str = "https://records.example.jp/.sekisho/receipts/messagebird?id=1&status=delivered";

    fn hash(of: &[u8]) -> String {
        digest::digest(&digest::SHA256, of).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Signs as the vendor does.
    pub fn sign(algorithm: &str, key: &str, claims: &serde_json::Value) -> String {
        let (name, hash) = match algorithm {
            "HS384" => ("HS384", hmac::HMAC_SHA384),
            "HS512" => ("HS512", hmac::HMAC_SHA512),
            name => (name, hmac::HMAC_SHA256),
        };
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{name}","typ":"JWT"}}"#));
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = hmac::sign(&hmac::Key::new(hash, key.as_bytes()), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub fn claims_of(url: &str, now: Wall) -> serde_json::Value {
        let (nbf, exp) = (now.secs(), now.secs() + 300);
        serde_json::json!({"iss": ISSUER, "nbf": nbf, "exp": exp, "jti": "1", "url_hash": hash(url.as_bytes())})
    }

    fn is_right_for(token: &str, body: &[u8]) -> bool {
        is_right(token, &Secret::new("signing".to_owned()), URL, body, NOW)
    }

    #[test]
    fn all_three_hashes_are_theirs_and_no_other() {
        let claims = claims_of(URL, NOW);
        for algorithm in ["HS256", "HS384", "HS512"] {
            assert!(is_right_for(&sign(algorithm, "signing", &claims), b""), "{algorithm}");
            assert!(!is_right_for(&sign(algorithm, "another", &claims), b""), "{algorithm}");
        }
        for algorithm in ["none", "HS1", "hs256", "RS256"] {
            assert!(!is_right_for(&sign(algorithm, "signing", &claims), b""), "{algorithm}");
        }
        let token = sign("HS256", "signing", &claims);
        let unsigned = token.rsplit_once('.').expect("a signature").0;
        for bad in ["", "..", ".", unsigned, &format!("{unsigned}."), &format!("{token}.x")] {
            assert!(!is_right_for(bad, b""), "{bad}");
        }
    }

    #[test]
    fn it_is_for_this_address_this_body_and_now() {
        let with = |name: &str, value: serde_json::Value| {
            let mut claims = claims_of(URL, NOW);
            claims[name] = value;
            sign("HS256", "signing", &claims)
        };
        let body = hash(b"{}");
        assert!(is_right_for(&with("payload_hash", body.clone().into()), b"{}"));
        assert!(!is_right_for(&with("payload_hash", body.into()), b"[]"));
        assert!(!is_right_for(&with("jti", "2".into()), b"{}"), "a body that is not signed");
        assert!(!is_right_for(&with("url_hash", hash(b"https://x/").into()), b""));
        assert!(!is_right_for(&with("iss", "somebody".into()), b""));
        assert!(!is_right_for(&with("exp", (NOW.secs() - 61).into()), b""));
        assert!(is_right_for(&with("exp", (NOW.secs() - 60).into()), b""));
        assert!(!is_right_for(&with("nbf", (NOW.secs() + 61).into()), b""));
        assert!(!is_right_for(&with("exp", "soon".into()), b""));
    }
}
