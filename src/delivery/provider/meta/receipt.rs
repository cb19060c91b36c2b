//! Meta's webhook: a GET that asks whether the address is ours, and POSTs signed with the app's secret over the bytes of
//! the body.
//!
//! Nothing that is signed says when it was sent: Meta repeats what was not taken in for days. A report that is repeated
//! says once more how a message fared, and no more.

use ::http::{Method, Request};
use bytes::Bytes;
use ring::hmac;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::super::ProviderFault;
use super::super::ask::{only, query, unhex};
use super::super::kind::{Given, Heard};
use super::class_of;
use crate::delivery::outcome::Class;
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::secret::Secret;

const SIGNATURE: &str = "x-hub-signature-256";
/// Longest challenge that is read back: theirs is ten digits.
const LONGEST: usize = 128;

pub struct Webhook {
    key: hmac::Key,
    verify_token: Option<Secret<String>>,
    phone_number_id: String,
    site: Site,
}

impl Webhook {
    /// `None` where no secret is given to check reports by.
    pub fn new(given: &Given, phone_number_id: &str, site: &Site) -> Result<Option<Webhook>, ProviderFault> {
        let verify_token = given.secrets.get("verify_token").cloned();
        let Some(secret) = given.secrets.get("app_secret") else {
            return match verify_token {
                Some(_) => Err(ProviderFault::of("verify_token", "without `app_secret` no report can be checked")),
                None => Ok(None),
            };
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        Ok(Some(Webhook { key, verify_token, phone_number_id: phone_number_id.to_owned(), site: site.clone() }))
    }

    pub fn read(&self, request: &Request<Bytes>) -> Option<Heard> {
        if request.method() == Method::GET {
            return self.verify(request);
        }
        let signature = unhex(only(request, SIGNATURE)?.strip_prefix("sha256=")?)?;
        hmac::verify(&self.key, request.body(), &signature).ok()?;
        // From here on Meta said it. What is not about messages of ours is taken in all the same, or it would be repeated.
        let event: Event = serde_json::from_slice(request.body()).unwrap_or_default();
        // One that makes no sense takes no other with it.
        let changes = event.entry.into_iter().flat_map(|entry| entry.changes);
        let values = changes.filter_map(|change| serde_json::from_value::<Value>(change.value).ok());
        let ours = values.filter(|value| value.metadata.phone_number_id == self.phone_number_id);
        let statuses = ours.flat_map(|value| value.statuses).filter_map(|status| serde_json::from_value(status).ok());
        let reports = statuses.map(|status| self.report(status)).collect();
        Some(Heard { reports, answer: Some(("text/plain; charset=utf-8", String::new())) })
    }

    /// Asked once, when the address is entered at Meta.
    fn verify(&self, request: &Request<Bytes>) -> Option<Heard> {
        let field = query(request);
        let (token, challenge) = (field("hub.verify_token")?, field("hub.challenge")?);
        let same = self.verify_token.as_ref()?.expose().as_bytes().ct_eq(token.as_bytes());
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let good = challenge.len() <= LONGEST && challenge.bytes().all(plain) && field("hub.mode")? == "subscribe";
        (bool::from(same) && good)
            .then(|| Heard { reports: Vec::new(), answer: Some(("text/plain; charset=utf-8", challenge)) })
    }

    fn report(&self, status: Status) -> Report {
        let code = status.errors.iter().find_map(|error| error.code);
        let fate = match status.status.as_str() {
            // Whoever has seen it has it; of some messages nothing but that is ever reported.
            "delivered" | "read" | "played" => Fate::Delivered,
            "sent" => Fate::Carried,
            "failed" => Fate::Lost(code.and_then(class_of).map_or("failed", Class::name)),
            _ => Fate::Underway,
        };
        let about = status.biz_opaque_callback_data.and_then(|tag| self.site.tagged(&tag));
        Report { about, reference: Some(status.id), fate, price: None }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    entry: Vec<Entry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    changes: Vec<Change>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Change {
    value: serde_json::Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Value {
    metadata: Metadata,
    statuses: Vec<serde_json::Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    phone_number_id: String,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    status: String,
    biz_opaque_callback_data: Option<String>,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fault {
    code: Option<u32>,
}

#[cfg(test)]
#[path = "receipt/tests.rs"]
mod tests;
