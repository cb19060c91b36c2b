//! Infobip SMS (`POST /sms/3/messages`, the vendor's OpenAPI 3.210.0).
//!
//! What it makes of an id of ours sent twice is not documented, so what may have been taken is not sent again.

use ::http::{HeaderValue, Uri};
use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::{self, said};
use super::kind::{Given, Heard, Key, Kind, Made, Need, Shape, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "infobip",
    channels: &[Channel::Sms],
    keys: &[
        // Every account has a host of its own.
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Required,
            like: "\"https://abcdef.api.infobip.com\"",
        },
        ask::secret("api_key", Need::Required, "{ file = \"/etc/sekisho/secrets/infobip\" }"),
        ask::text("from", 15, Need::Required, "\"HOSPITAL\""),
        Key { name: "conversion", shape: Shape::Flag, need: Need::Default("false"), like: "true" },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Infobip::new(given, site)?))),
};

pub struct Infobip {
    url: Uri,
    /// Where the message's id goes behind.
    conversion: Option<String>,
    authorization: HeaderValue,
    from: String,
    site: Site,
}

impl Infobip {
    pub fn new(given: &Given, site: &Site) -> Result<Infobip, ProviderFault> {
        let conversion = ask::below(given, "/ct/1/log/end/")?.to_string();
        Ok(Infobip {
            url: ask::below(given, "/sms/3/messages")?,
            conversion: given.flag("conversion").then_some(conversion),
            authorization: ask::bearing("App", given, "api_key")?,
            from: given.text("from")?.to_owned(),
            site: site.clone(),
        })
    }
}

impl Vendor for Infobip {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        // Minutes are the unit that is documented: rather one that is begun than none at all.
        let minutes = message.life.as_secs().div_ceil(60).max(1);
        let mut one = json!({
            "sender": self.from,
            "destinations": [{"to": ask::digits(message)}],
            "content": {"text": message.text.expose()},
            "options": {"validityPeriod": {"amount": minutes, "timeUnit": "MINUTES"}},
        });
        if let Some(address) = self.site.address(message) {
            one["webhooks"] = json!({"delivery": {"url": address}});
        }
        let mut body = json!({"messages": [one]});
        if self.conversion.is_some() {
            body["options"] = json!({"conversionTracking": {"useConversionTracking": true}});
        }
        ask::post_json(&self.url, Some(&self.authorization), &body)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        if !answer.status().is_success() {
            return Err(Failure { wait: retry_after(answer), ..Class::of_status(answer.status()).into() });
        }
        let body = said::<Value>(answer).unwrap_or_default();
        let message = &body["messages"][0];
        let id = ask::word(message.get("messageId")).filter(|id| !id.is_empty());
        match (message["status"]["groupName"].as_str(), id) {
            (Some("ACCEPTED" | "PENDING" | "DELIVERED"), Some(id)) => Ok(Accepted { reference: Some(id), price: None }),
            // Taken down and given up in one breath.
            (Some("UNDELIVERABLE" | "EXPIRED" | "REJECTED"), _) => Err(class_of(message).into()),
            _ => Err(Class::Ambiguous.into()),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    /// Infobip signs nothing here: what proves a report is the mark in the address that it was given.
    fn longest_report(&self) -> usize {
        1024 * 1024
    }

    fn read(&self, request: &::http::Request<Bytes>, _now: Wall) -> Option<Heard> {
        let about = self.site.about(request)?;
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        let report = |result: &Value| {
            let fate = match result["status"]["groupName"].as_str() {
                Some("DELIVERED") => Fate::Delivered,
                Some("UNDELIVERABLE" | "EXPIRED" | "REJECTED") => Fate::Lost(class_of(result).name()),
                _ => Fate::Underway,
            };
            let price = result.get("price");
            let price = price.and_then(|price| ask::money(price.get("pricePerMessage"), price.get("currency")));
            Report { about: Some(about.clone()), reference: ask::word(result.get("messageId")), fate, price }
        };
        let reports = body["results"].as_array()?.iter().map(report).collect();
        Some(Heard { reports, answer: None })
    }

    /// It counts codes that were entered, and takes those that were not from their absence.
    fn feedback(&self, reference: &str, entered: bool, _now: Wall) -> Option<Request> {
        let id: String = url::form_urlencoded::byte_serialize(reference.as_bytes()).collect();
        let url = format!("{}{id}", self.conversion.as_ref().filter(|_| entered)?).parse().ok()?;
        Some(ask::post_json(&url, Some(&self.authorization), &json!({})))
    }
}

/// Why a message was given up. Whether it is worth another attempt is said by a bit of its own.
fn class_of(message: &Value) -> Class {
    let error = &message["error"];
    match (error["permanent"].as_bool(), error["groupName"].as_str()) {
        (Some(true), Some("HANDSET_ERRORS" | "USER_ERRORS")) => Class::RecipientPermanent,
        (Some(false), _) => Class::Transient,
        _ => Class::Config,
    }
}

#[cfg(test)]
#[path = "infobip/tests.rs"]
mod tests;
