//! An authenticator in a few lines, so that a test can make one lie: about the site, the question, its owner, its counter.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const WITH_KEY: u8 = 0x40;

/// One key in it.
pub struct Key {
    pair: EcdsaKeyPair,
    pub id: Vec<u8>,
    pub counter: u32,
    /// What the browser says of where it was asked.
    pub origin: String,
    /// The site that it believes to be asked by.
    pub site: String,
    /// Whether it has made sure whose hand it is in.
    pub verified: bool,
}

pub fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    pub fn new(origin: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).expect("a key");
        let mut id = vec![0; 32];
        random.fill(&mut id).expect("random bytes");
        let url = url::Url::parse(origin).expect("an origin");
        let site = url.host_str().expect("a host").to_string();
        Self { pair, id, counter: 0, origin: origin.into(), site, verified: true }
    }

    /// Makes a key as these options ask.
    pub fn enrol(&mut self, options: &Value) -> Value {
        let client = self.client("webauthn.create", options);
        let mut data = self.data(WITH_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("a short id").to_be_bytes());
        data.extend(&self.id);
        let point = self.pair.public_key().as_ref();
        // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).expect("short"));
        object.extend(&data);
        let response = json!({ "clientDataJSON": text(&client), "attestationObject": text(object) });
        json!({ "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "response": response })
    }

    /// Answers these options; its counter goes on by one.
    pub fn answer(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client = self.client("webauthn.get", options);
        let data = self.data(0);
        let signed = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).expect("it signs");
        let response = json!({
            "clientDataJSON": text(&client),
            "authenticatorData": text(&data),
            "signature": text(signature),
            "userHandle": null,
        });
        json!({ "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "response": response })
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["publicKey"]["challenge"];
        let client = json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        client.to_string().into_bytes()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let flags = PRESENT | more | if self.verified { VERIFIED } else { 0 };
        let mut data = digest(&SHA256, self.site.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }
}
