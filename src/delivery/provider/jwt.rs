//! The two tokens that vendors use: one that we sign with an RSA key (RS256), one that they sign with a shared secret
//! (HS256).

use std::os::unix::fs::MetadataExt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{digest, hmac};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use super::ProviderFault;

/// Longest key that is read.
const LONGEST_KEY: u64 = 64 * 1024;

/// Longest token that is looked at.
const LONGEST_TOKEN: usize = 4096;

/// Signs with an RSA key.
pub struct Rs256(RsaKeyPair);

impl Rs256 {
    /// Reads the private key from a PEM file (PKCS#8 or PKCS#1) that only its owner and group can read.
    pub fn read(key: &'static str, path: &str) -> Result<Rs256, ProviderFault> {
        let fault = |text: String| ProviderFault::of(key, format!("cannot use the private key `{path}`: {text}"));
        let facts = std::fs::metadata(path).map_err(|error| fault(error.to_string()))?;
        if !facts.is_file() || facts.len() > LONGEST_KEY {
            return Err(fault(format!("it is no file of at most {LONGEST_KEY} bytes")));
        }
        if facts.mode() & 0o004 != 0 {
            return Err(fault("everybody can read it; chmod 600".to_owned()));
        }
        let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        Rs256::from_pem(&pem).map_err(|text| fault(text.to_owned()))
    }

    pub fn from_pem(pem: &[u8]) -> Result<Rs256, &'static str> {
        let pair = match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs8(key)) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(key)) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err("it holds no private key in PEM"),
        };
        pair.map(Rs256).map_err(|_| "it is no RSA key of 2048 to 4096 bits")
    }

    /// The token, unless signing fails, which ring knows no reason for.
    pub fn sign(&self, claims: &Value) -> Option<String> {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.0.public().modulus_len()];
        // The randomness blinds the computation; the signature is the same each time.
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    #[cfg(test)]
    pub fn public(&self) -> Vec<u8> {
        use ring::signature::KeyPair;
        self.0.public_key().as_ref().to_vec()
    }
}

/// The claims of a token that this secret signed, by this algorithm and no other. Times are not looked at.
pub fn hs256(secret: &hmac::Key, token: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.').filter(|_| token.len() <= LONGEST_TOKEN)?;
    let (header, claims) = signed.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    hmac::verify(secret, signed.as_bytes(), &signature).ok()?;
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let header = json(header)?;
    json(claims).filter(|claims| header["alg"] == "HS256" && header.get("crit").is_none() && claims.is_object())
}

/// `Authorization: Bearer …`, once.
pub fn bearer<B>(request: &::http::Request<B>) -> Option<&str> {
    let mut values = request.headers().get_all(::http::header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Lower hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::json;

    use super::*;

    const PEM: &str = include_str!("../../../tests/vendors/keys/rsa-key.pem");

    #[test]
    fn what_is_signed_is_proven_by_the_public_key() {
        let key = Rs256::from_pem(PEM.as_bytes()).expect("a key");
        let token = key.sign(&json!({"iat": 7})).expect("signed");
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public());
        assert!(public.verify(signed.as_bytes(), &signature).is_ok());
        let (header, claims) = signed.split_once('.').expect("two parts");
        assert_eq!(URL_SAFE_NO_PAD.decode(header).expect("base64url"), br#"{"alg":"RS256","typ":"JWT"}"#);
        assert_eq!(URL_SAFE_NO_PAD.decode(claims).expect("base64url"), br#"{"iat":7}"#);
        assert_eq!(key.sign(&json!({"iat": 7})), Some(token), "nothing in it is drawn");
    }

    #[test]
    fn a_key_file_is_read_with_care() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key.pem");
        let name = path.display().to_string();
        let said =
            || Rs256::read("private_key", &name).map(|_| ()).map_err(|fault| fault.text).err().unwrap_or_default();
        assert!(said().contains("No such file"), "{}", said());
        let write = |text: &str, mode| {
            std::fs::write(&path, text).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
        };
        write(PEM, 0o604);
        assert!(said().contains("everybody"), "{}", said());
        write("nothing", 0o600);
        assert!(said().contains("no private key"), "{}", said());
        write(&"x".repeat(70_000), 0o600);
        assert!(said().contains("no file"), "{}", said());
        write(PEM, 0o640);
        assert_eq!(said(), "");
    }

    #[test]
    fn a_shared_secret_proves_a_token_of_its_own_algorithm_alone() {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let token = |header: &str, claims: &str, key: &[u8]| {
            let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
        };
        let good = token(r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"iat":7}"#, b"secret");
        assert_eq!(hs256(&secret, &good), Some(json!({"iat": 7})));
        // Computed by an independent program.
        let theirs = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjd9.JwHIYiJRkQwshto53Z8Jnr_TYsJhzJ0aA7-ZFizZerA";
        assert_eq!(hs256(&secret, theirs), Some(json!({"iat": 7})));
        for bad in [
            token(r#"{"alg":"HS256"}"#, r#"{"iat":7}"#, b"other"),
            token(r#"{"alg":"none"}"#, r#"{"iat":7}"#, b"secret"),
            token(r#"{"alg":"HS512"}"#, r#"{"iat":7}"#, b"secret"),
            token(r#"{"alg":"HS256","crit":["x"]}"#, r#"{"iat":7}"#, b"secret"),
            token(r#"{"alg":"HS256"}"#, "[]", b"secret"),
            token(r#"{"alg":"HS256"}"#, "{", b"secret"),
            good[..good.len() - 1].to_owned(),
            good.replacen('.', "", 1),
            format!("{good}."),
            String::new(),
            "..".to_owned(),
            "a".repeat(5000),
        ] {
            assert_eq!(hs256(&secret, &bad), None, "{bad}");
        }
    }
}
