//! Somebody who has the key, so that only one thing is wrong with each token they make.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use sekisho::gate::seal::derive;
use serde_json::Value;

pub enum Pen {
    Hs256(Vec<u8>),
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
}

impl Pen {
    /// The pen of one key in a key file.
    pub fn of(entry: &Value) -> Pen {
        let bytes = |name: &str| unbase(entry[name].as_str().expect("a text"));
        let master = bytes("secret");
        match entry["algorithm"].as_str() {
            None => Pen::Hs256(derive(&master, "pass HS256").expose().to_vec()),
            Some("EdDSA") => {
                let seed = derive(&master, "pass EdDSA");
                Pen::EdDsa(Ed25519KeyPair::from_seed_unchecked(seed.expose()).expect("a seed"))
            }
            Some(_) => {
                let (how, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
                Pen::Es256(EcdsaKeyPair::from_pkcs8(how, &bytes("private"), &random).expect("a key"))
            }
        }
    }

    pub fn sign(&self, message: &str) -> Vec<u8> {
        match self {
            Pen::Hs256(secret) => mac(secret, message),
            Pen::EdDsa(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Pen::Es256(pair) => pair.sign(&SystemRandom::new(), message.as_bytes()).expect("signs").as_ref().to_vec(),
        }
    }

    /// What anybody can know of it.
    pub fn public(&self) -> Option<Vec<u8>> {
        match self {
            Pen::Hs256(_) => None,
            Pen::EdDsa(pair) => Some(pair.public_key().as_ref().to_vec()),
            Pen::Es256(pair) => Some(pair.public_key().as_ref().to_vec()),
        }
    }

    /// A token of these two parts as they are, with a signature that is right.
    pub fn seal(&self, header: &str, payload: &str) -> String {
        let message = format!("{header}.{payload}");
        let signature = base(&self.sign(&message));
        format!("{message}.{signature}")
    }
}

pub fn mac(secret: &[u8], message: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes()).as_ref().to_vec()
}

pub fn base(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn unbase(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}
