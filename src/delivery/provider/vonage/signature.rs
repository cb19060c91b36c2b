//! The signature of Vonage's SMS API, of requests and of receipts: an HMAC over all fields in order.
//!
//! The account chooses the method. `md5hash` and `md5` are not offered here, nor is `sha1`.

use std::collections::BTreeMap;
use std::time::Duration;

use ring::hmac;

use crate::domain::secret::Secret;
use crate::domain::time::Wall;

/// How far the time that was signed may be from ours.
const WINDOW: Duration = Duration::from_secs(300);

pub struct Signature(hmac::Key);

impl Signature {
    pub fn new(secret: &Secret<String>, long: bool) -> Signature {
        let algorithm = if long { hmac::HMAC_SHA512 } else { hmac::HMAC_SHA256 };
        Signature(hmac::Key::new(algorithm, secret.expose().as_bytes()))
    }

    /// Adds the time and the signature.
    pub fn sign(&self, pairs: &mut Vec<(&str, String)>, now: Wall) {
        pairs.push(("timestamp", now.secs().to_string()));
        let fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let tag = hmac::sign(&self.0, text(&fields).as_bytes());
        pairs.push(("sig", tag.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()));
    }

    /// Whether `sig` is right for everything else, and the time is about now.
    pub fn is_genuine(&self, fields: &BTreeMap<String, String>, now: Wall) -> bool {
        let Some(tag) = fields.get("sig").and_then(|sig| bytes(sig)) else { return false };
        let signed = hmac::verify(&self.0, text(fields).as_bytes(), &tag).is_ok();
        let at = fields.get("timestamp").and_then(|at| at.parse::<i64>().ok()).map(Wall::from_secs);
        signed && at.is_some_and(|at| now.minus(WINDOW) <= at && at <= now.plus(WINDOW))
    }
}

/// What is signed. Within values the two characters that separate are replaced.
pub fn text(fields: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "sig") {
        text.extend(["&", name, "=", &value.replace(['&', '='], "_")]);
    }
    text
}

/// Hexadecimal in either case.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pair = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    hex.as_bytes().chunks(2).map(pair).collect()
}
