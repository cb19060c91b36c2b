//! EngageLab's callbacks: batches of rows, of which each is about one message or about the account.
//!
//! The vendor's signature covers a time, a nonce and a name, and not the body: whoever sees one such header can put it on a
//! body of their own for five minutes. So it proves nothing here by itself. What does is the `Authorization` header that
//! the operator sets for the callback, or, where the vendor hands something back, the tag that it alone was given. Where a
//! `callback_secret` is configured the signature has to be right besides.

use std::time::Duration;

use ::http::Request;
use bytes::Bytes;
use ring::hmac;
use serde_json::Value;

use super::super::amount;
use super::super::kind::{Given, Heard};
use super::class_of;
use crate::delivery::outcome::Class;
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::secret::Secret;
use crate::domain::time::Wall;

const SIGNATURE: &str = "x-callback-id";

/// How far the time that was signed may be from ours; what the vendor's own library allows.
const WINDOW: Duration = Duration::from_secs(300);

/// Anything but 200 is no answer to this vendor.
const TAKEN: (&str, &str) = ("application/json", "{}");

pub struct Callbacks {
    authorization: Option<Secret<String>>,
    secret: Option<hmac::Key>,
    /// The key under `custom_args` that our tag comes back in, where the API takes it.
    tag: Option<&'static str>,
}

impl Callbacks {
    /// Of the keys `callback_authorization` and `callback_secret`.
    pub fn read(given: &Given) -> Callbacks {
        let key = |secret: &Secret<String>| hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let authorization = given.secrets.get("callback_authorization").cloned();
        Callbacks { authorization, secret: given.secrets.get("callback_secret").map(key), tag: None }
    }

    /// Of an API that hands `custom_args` back.
    pub fn with_tag(self, name: &'static str) -> Callbacks {
        Callbacks { tag: Some(name), ..self }
    }

    /// Whether there is anything that could prove one.
    pub fn are_read(&self) -> bool {
        self.authorization.is_some() || self.tag.is_some()
    }

    /// Many messages are reported at once. Where the header alone proves them, a stranger's are not looked at.
    pub fn longest(&self) -> usize {
        match self.secret.is_some() || self.tag.is_none() {
            true => 1024 * 1024,
            false => 64 * 1024,
        }
    }

    pub fn hear(&self, request: &Request<Bytes>, site: &Site, now: Wall) -> Option<Heard> {
        let answer = Some((TAKEN.0, TAKEN.1.to_owned()));
        // Whoever registers the address asks with an empty body whether somebody is there.
        if self.are_read() && is_probe(request) {
            return Some(Heard { reports: Vec::new(), answer });
        }
        if self.secret.as_ref().is_some_and(|secret| !is_signed(request, secret, now)) {
            return None;
        }
        let known = self.is_authorized(request);
        if !known && self.tag.is_none() {
            return None;
        }
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        let rows = body["rows"].as_array()?;
        let reports: Vec<_> = rows.iter().filter_map(|row| self.report(row, known, site)).collect();
        if !known && reports.is_empty() {
            return None;
        }
        rows.iter().filter(|_| known).for_each(|row| tell(row, site));
        Some(Heard { reports, answer })
    }

    fn is_authorized(&self, request: &Request<Bytes>) -> bool {
        let mut sent = request.headers().get_all(::http::header::AUTHORIZATION).iter();
        let (Some(ours), Some(value), None) = (&self.authorization, sent.next(), sent.next()) else { return false };
        bool::from(subtle::ConstantTimeEq::ct_eq(ours.expose().as_bytes(), value.as_bytes()))
    }

    fn report(&self, row: &Value, known: bool, site: &Site) -> Option<Report> {
        let status = row.get("status")?;
        let about = self.tag.and_then(|tag| site.tagged(row["custom_args"][tag].as_str()?));
        if !known && about.is_none() {
            return None;
        }
        let reference = match &row["message_id"] {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        };
        let currency = status["billing"]["currency"].as_str().unwrap_or_default();
        let price = amount::cost(&status["billing"]["cost"], currency);
        Some(Report { about, reference, fate: fate(status), price })
    }
}

fn is_probe(request: &Request<Bytes>) -> bool {
    let body = request.body().trim_ascii();
    // An empty text, bare or as JSON.
    body.is_empty() || body == b"{}" || body == b"''" || body == b"\"\""
}

/// `timestamp=…;nonce=…;username=…;signature=…`
fn is_signed(request: &Request<Bytes>, secret: &hmac::Key, now: Wall) -> bool {
    let mut sent = request.headers().get_all(SIGNATURE).iter();
    let (Some(header), None) = (sent.next().and_then(|value| value.to_str().ok()), sent.next()) else { return false };
    let part = |name: &str| {
        let mut values =
            header.split(';').filter_map(|part| part.trim().split_once('=')).filter(|(key, _)| *key == name);
        values.next().map(|(_, value)| value).filter(|_| values.next().is_none())
    };
    let (Some(time), Some(nonce), Some(user)) = (part("timestamp"), part("nonce"), part("username")) else {
        return false;
    };
    let at = time.parse().ok().map(Wall::from_secs);
    let fresh = at.is_some_and(|at| now.minus(WINDOW) <= at && at <= now.plus(WINDOW));
    let ours = hmac::sign(secret, format!("{time}{nonce}{user}").as_bytes());
    let ours: String = ours.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let theirs = part("signature").unwrap_or_default().to_ascii_lowercase();
    fresh && bool::from(subtle::ConstantTimeEq::ct_eq(ours.as_bytes(), theirs.as_bytes()))
}

fn fate(status: &Value) -> Fate {
    let code = status["error_code"].as_u64().and_then(|code| u32::try_from(code).ok());
    let lost = |word| Fate::Lost(code.and_then(class_of).map_or(word, Class::name));
    match status["message_status"].as_str().unwrap_or_default() {
        // The vendor's documents spell failures in two ways.
        "delivered" | "verified" => Fate::Delivered,
        "sent" => Fate::Carried,
        "target_invalid" => lost(Class::RecipientPermanent.name()),
        "sent_failed" | "sent_fail" => lost("sent_failed"),
        "delivered_failed" | "delivered_fail" => lost("delivered_failed"),
        _ => Fate::Underway,
    }
}

/// What is about the account is for the operator. Only words of ours are written down.
fn tell(row: &Value, site: &Site) {
    let told = match row["notification"]["event"].as_str() {
        Some("insufficient_balance") => "the balance is low",
        Some("insufficient_verification_rate") => "the vendor sees few codes verified",
        Some("template_audit_result") => "a template was judged",
        _ => return,
    };
    tracing::warn!(provider = %site.name, "EngageLab: {told}");
}

#[cfg(test)]
#[path = "callback/tests.rs"]
mod tests;
