//! Vonage's delivery receipts: a query, a form or JSON, as the account has it.

use std::collections::BTreeMap;

use ::http::{Method, Request};
use bytes::Bytes;
use serde_json::Value;
use url::form_urlencoded::parse;

use super::super::amount;
use super::signature::Signature;
use crate::delivery::outcome::Class;
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::time::Wall;

type Fields = BTreeMap<String, String>;

/// With a signature configured, a receipt needs it; else it needs the tag that only Vonage was given.
pub fn read(
    request: &Request<Bytes>,
    signature: Option<&Signature>,
    site: &Site,
    currency: &str,
    now: Wall,
) -> Option<Report> {
    let fields = fields(request)?;
    let about = fields.get("client-ref").and_then(|tag| site.tagged(tag));
    let genuine = match signature {
        Some(signature) => signature.is_genuine(&fields, now),
        None => about.is_some(),
    };
    if !genuine {
        return None;
    }
    let price = fields.get("price").and_then(|price| amount::cost(&Value::from(price.as_str()), currency));
    let reference = fields.get("messageId").filter(|id| !id.is_empty()).cloned();
    Some(Report { about, reference, fate: fate(&fields), price })
}

/// Every field once; anything else could be read in two ways.
fn fields(request: &Request<Bytes>) -> Option<Fields> {
    let media = request.headers().get(::http::header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let media = media.and_then(|media| media.split(';').next()).unwrap_or_default().trim();
    if *request.method() == Method::GET {
        return form(request.uri().query().unwrap_or_default().as_bytes());
    }
    match media {
        _ if media.eq_ignore_ascii_case("application/json") => json(request.body()),
        _ if media.eq_ignore_ascii_case("application/x-www-form-urlencoded") => form(request.body()),
        _ => None,
    }
}

fn form(encoded: &[u8]) -> Option<Fields> {
    let mut fields = Fields::new();
    for (name, value) in parse(encoded) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(fields)
}

fn json(body: &[u8]) -> Option<Fields> {
    let Value::Object(object) = serde_json::from_slice(body).ok()? else { return None };
    let flat = |(name, value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Null => Some((name, String::new())),
        Value::Number(_) | Value::Bool(_) => Some((name, value.to_string())),
        Value::Array(_) | Value::Object(_) => None,
    };
    object.into_iter().map(flat).collect()
}

fn fate(fields: &Fields) -> Fate {
    let code = fields.get("err-code").and_then(|code| code.parse().ok());
    let lost = |word| Fate::Lost(code.and_then(class_of).map_or(word, Class::name));
    match fields.get("status").map(String::as_str) {
        Some("delivered") => Fate::Delivered,
        Some("accepted") => Fate::Carried,
        Some("expired") => lost("expired"),
        Some("failed") => lost("failed"),
        Some("rejected") => lost("rejected"),
        // Buffered, unknown, and what may be added.
        _ => Fate::Underway,
    }
}

/// Why a message was lost, where the number says more than the status.
fn class_of(code: u32) -> Option<Class> {
    Some(match code {
        2 | 7 | 8 | 12 => Class::Transient,
        3 | 9 | 11 | 15 => Class::RecipientPermanent,
        4 => Class::OptOut,
        6 | 10 | 13 | 14 => Class::Config,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "receipt/tests.rs"]
mod tests;
