//! Twilio's status callback: a form (or a query), signed with the account's token over the address we gave and over
//! every field, those we do not know included.
//!
//! A newer signature, announced by a header of its own, is made with a shared key; without such a key it is refused.

use std::collections::{BTreeMap, BTreeSet};

use ::http::{Method, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ring::hmac;
use url::Url;
use url::form_urlencoded::parse;

use super::class_of;
use crate::delivery::outcome::Class;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::id::ChallengeId;
use crate::domain::secret::Secret;

/// Base64 of the HMAC.
const SIGNATURE: &str = "x-twilio-signature";
/// There when the signature is made with another key and another hash.
const NEWER: &str = "x-twilio-webhooks-signature-settings";

/// Each name with its values, both in order, no value twice: the order in which they are signed.
type Fields = BTreeMap<String, BTreeSet<String>>;

/// Reads an account's callbacks to one site.
#[derive(Debug)]
pub struct Callbacks {
    key: hmac::Key,
    /// Of the newer signature, where a shared key is configured.
    shared: Option<hmac::Key>,
    /// Scheme and authority, as they may have been signed.
    sites: Vec<String>,
}

/// A genuine callback.
#[derive(Debug)]
pub struct Callback {
    query: Fields,
    said: Fields,
}

impl Callbacks {
    pub fn new(token: &Secret<String>, shared: Option<&Secret<String>>, public_url: &str) -> Callbacks {
        // SHA-1 is what Twilio signs with; as an HMAC it still holds.
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.expose().as_bytes());
        let shared = shared.map(|shared| hmac::Key::new(hmac::HMAC_SHA256, shared.expose().as_bytes()));
        Callbacks { key, shared, sites: spellings(public_url) }
    }

    /// The callback; `None` unless its signature is right.
    pub fn check(&self, request: &Request<Bytes>) -> Option<Callback> {
        let signed = if request.method() == Method::POST { fields(request.body()) } else { Fields::new() };
        // Anything but a form would be signed in another way.
        if request.method() == Method::POST && !is_form(request) || !self.is_genuine(request, &signed) {
            return None;
        }
        // The query is signed too.
        let query = fields(request.uri().query().unwrap_or_default().as_bytes());
        let said = if request.method() == Method::POST { signed } else { query.clone() };
        Some(Callback { query, said })
    }

    fn is_genuine(&self, request: &Request<Bytes>, fields: &Fields) -> bool {
        let mut sent = request.headers().get_all(SIGNATURE).iter();
        let (Some(signature), None) = (sent.next(), sent.next()) else { return false };
        let Ok(signature) = STANDARD.decode(signature.as_bytes()) else { return false };
        let Some(key) = self.key_of(request) else { return false };
        let Some(target) = request.uri().path_and_query() else { return false };
        self.sites.iter().any(|site| {
            let text = text(&format!("{site}{target}"), fields);
            hmac::verify(key, text.as_bytes(), &signature).is_ok()
        })
    }

    /// The account's token, unless the request says that it was signed by a shared key and we have one.
    fn key_of(&self, request: &Request<Bytes>) -> Option<&hmac::Key> {
        let mut settings = request.headers().get_all(NEWER).iter();
        let Some(first) = settings.next() else { return Some(&self.key) };
        let algorithm = first.to_str().ok()?.split(',').find_map(|pair| pair.trim().strip_prefix("algorithm="));
        self.shared.as_ref().filter(|_| algorithm == Some("HMAC_SHA256") && settings.next().is_none())
    }
}

impl Callback {
    /// The only value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        one(&self.said, name)
    }

    /// What became of a message or a call.
    pub fn report(&self) -> Report {
        let reference = self.field("MessageSid").or_else(|| self.field("CallSid")).map(str::to_owned);
        Report { about: about(&self.query), reference, ..Report::of(fate(&self.said)) }
    }
}

fn is_form(request: &Request<Bytes>) -> bool {
    let media = request.headers().get(::http::header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let media = media.and_then(|media| media.split(';').next()).unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// What is signed.
fn text(url: &str, fields: &Fields) -> String {
    let mut text = url.to_owned();
    for (name, values) in fields {
        values.iter().for_each(|value| text.extend([name.as_str(), value]));
    }
    text
}

fn fields(encoded: &[u8]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in parse(encoded) {
        fields.entry(name.into_owned()).or_default().insert(value.into_owned());
    }
    fields
}

/// With the port and without it, whichever was configured: Twilio's own libraries take both.
fn spellings(public_url: &str) -> Vec<String> {
    let Ok(url) = Url::parse(public_url) else { return vec![public_url.to_owned()] };
    let bare = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    let port = url.port_or_known_default().map(|port| format!("{bare}:{port}"));
    std::iter::once(bare).chain(port).collect()
}

/// The only value of a field.
fn one<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let values = fields.get(name)?;
    values.first().filter(|_| values.len() == 1).map(String::as_str)
}

fn about(query: &Fields) -> Option<(ChallengeId, u8)> {
    ChallengeId::parse(one(query, "c")?).zip(one(query, "n")?.parse().ok())
}

fn fate(said: &Fields) -> Fate {
    let class = || one(said, "ErrorCode").and_then(|code| code.parse().ok()).and_then(class_of).map(Class::name);
    let lost = |word: &'static str| Fate::Lost(class().unwrap_or(word));
    match one(said, "MessageStatus") {
        // Who reads a message on WhatsApp has it, also where nobody said so before.
        Some("delivered" | "read") => return Fate::Delivered,
        Some("sent") => return Fate::Carried,
        Some("undelivered") => return lost("undelivered"),
        Some("failed") => return lost("failed"),
        Some("canceled") => return lost("canceled"),
        _ => {}
    }
    match one(said, "CallStatus") {
        // Somebody or something took the call; who heard the code pressed a key, which was reported by itself.
        Some("completed") => Fate::Carried,
        Some("busy") => lost("busy"),
        Some("no-answer") => lost("no-answer"),
        Some("failed") => lost("failed"),
        Some("canceled") => lost("canceled"),
        _ => Fate::Underway,
    }
}

#[cfg(test)]
#[path = "receipt/tests.rs"]
mod tests;
