//! MessageBird's REST API (`POST /messages`; a copy of its specification, and its library 2.2.0 for the signature).
//!
//! It has no idempotency key, so what may have been taken is not sent again.

pub mod token;

use ::http::{HeaderValue, Uri};
use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::{self, only, said};
use super::kind::{Given, Heard, Kind, Made, Need, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "messagebird",
    channels: &[Channel::Sms],
    keys: &[
        ask::secret("access_key", Need::Required, "{ file = \"/etc/sekisho/secrets/messagebird\" }"),
        ask::text("from", 15, Need::Required, "\"HOSPITAL\""),
        ask::secret("signing_key", Need::Optional, "{ file = \"/etc/sekisho/secrets/messagebird-signing\" }"),
        ask::base("https://rest.messagebird.com", "\"https://rest.messagebird.com\""),
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(MessageBird::new(given, site)?))),
};

const SIGNATURE: &str = "messagebird-signature-jwt";

/// Why a phone network gave up, in GSM's own numbers: this one is of a subscriber that there is not.
const UNKNOWN_SUBSCRIBER: &str = "1";

pub struct MessageBird {
    url: Uri,
    authorization: HeaderValue,
    from: String,
    signing_key: Option<Secret<String>>,
    site: Site,
}

impl MessageBird {
    pub fn new(given: &Given, site: &Site) -> Result<MessageBird, ProviderFault> {
        let from = given.text("from")?;
        let number = from.trim_start_matches('+').bytes().all(|b| b.is_ascii_digit());
        if from.is_empty()
            || !number && (from.len() > 11 || !from.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' '))
        {
            return Err(ProviderFault::of("from", "a sender is a number, or a name of at most 11 letters and digits"));
        }
        Ok(MessageBird {
            url: ask::below(given, "/messages")?,
            authorization: ask::bearing("AccessKey", given, "access_key")?,
            from: from.to_owned(),
            signing_key: given.secrets.get("signing_key").cloned(),
            site: site.clone(),
        })
    }

    fn is_genuine(&self, request: &::http::Request<Bytes>, now: Wall) -> bool {
        let Some(key) = &self.signing_key else { return true };
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let url = format!("{}{target}", self.site.public_url);
        only(request, SIGNATURE).is_some_and(|jwt| token::is_right(jwt, key, &url, request.body(), now))
    }
}

impl Vendor for MessageBird {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let mut body = json!({
            "originator": self.from,
            "recipients": [ask::digits(message)],
            "body": message.text.expose(),
            "datacoding": "auto",
            "validity": message.life.as_secs().max(1),
            // Without it nothing would be reported.
            "reference": self.site.tag(message),
        });
        if let Some(address) = self.site.address(message) {
            body["reportUrl"] = address.into();
        }
        ask::post_json(&self.url, Some(&self.authorization), &body)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body = said::<Value>(answer).unwrap_or_default();
        let number = ask::number(body["errors"][0].get("code"));
        let failed = |class| Err(Failure { class, number, wait: retry_after(answer) });
        match body["id"].as_str().filter(|id| !id.is_empty()) {
            _ if !answer.status().is_success() => failed(Class::of_status(answer.status())),
            _ if number.is_some() => failed(Class::Config),
            Some(id) => Ok(Accepted { reference: Some(id.to_owned()), price: None }),
            None => failed(Class::Ambiguous),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    /// The mark proves a report, be it in the address or in the reference that we gave; where a key is configured, its
    /// signature must be right too.
    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        let field = ask::query(request);
        let tagged = || self.site.tagged(&field("reference")?);
        let about = self.site.about(request).or_else(tagged).filter(|_| self.is_genuine(request, now))?;
        let fate = match field("status").as_deref() {
            Some("delivered") => Fate::Delivered,
            Some("sent") => Fate::Carried,
            Some("expired") => Fate::Lost("expired"),
            Some("delivery_failed") => match field("statusErrorCode").as_deref() {
                Some(UNKNOWN_SUBSCRIBER) => Fate::Lost(Class::RecipientPermanent.name()),
                _ => Fate::Lost("failed"),
            },
            _ => Fate::Underway,
        };
        Some(Report { about: Some(about), reference: field("id"), ..Report::of(fate) }.into())
    }
}

#[cfg(test)]
#[path = "messagebird/tests.rs"]
mod tests;
