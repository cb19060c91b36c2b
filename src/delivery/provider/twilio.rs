//! Twilio Programmable Messaging (`POST /2010-04-01/Accounts/{sid}/Messages.json`, the vendor's OpenAPI of 2026-04).
//!
//! It has no idempotency key, so what may have been taken is not sent again.

pub mod receipt;

use ::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use super::kind::{Given, Heard, Key, Kind, Made, Need, Shape, Vendor};
use super::{ProviderFault, Request, Response, endpoint, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::time::Wall;
use receipt::Callbacks;

/// Bounds of `ValidityPeriod`, in seconds.
const LONGEST_VALIDITY: u64 = 36_000;

pub const KIND: Kind = Kind {
    name: "twilio",
    channels: &[Channel::Sms],
    keys: &[
        Key { name: "account", shape: Shape::Text(34), need: Need::Required, like: "\"AC…\"" },
        Key {
            name: "token",
            shape: Shape::Secret,
            need: Need::Required,
            like: "{ file = \"/etc/sekisho/secrets/twilio\" }",
        },
        Key { name: "from", shape: Shape::Text(34), need: Need::Required, like: "\"+15005550006\"" },
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Default("https://api.twilio.com"),
            like: "\"https://api.twilio.com\"",
        },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Twilio::new(given, site)?))),
};

pub struct Twilio {
    url: Uri,
    authorization: HeaderValue,
    sender: Sender,
    site: Site,
    callbacks: Callbacks,
}

enum Sender {
    From(String),
    Service(String),
}

impl Twilio {
    pub fn new(given: &Given, site: &Site) -> Result<Twilio, ProviderFault> {
        let (account, from, token) = (given.text("account")?, given.text("from")?, given.secret("token")?);
        let is_account = account.strip_prefix("AC").is_some_and(is_sid);
        if !is_account {
            return Err(ProviderFault::of("account", "an account of Twilio is \"AC\" and 32 digits of hexadecimal"));
        }
        let credentials = format!("{account}:{}", token.expose());
        let base_url = given.text("base_url")?.trim_end_matches('/');
        Ok(Twilio {
            url: endpoint(&format!("{base_url}/2010-04-01/Accounts/{account}/Messages.json"))?,
            authorization: header_value(&format!("Basic {}", STANDARD.encode(credentials)))?,
            sender: Sender::read(from)?,
            callbacks: Callbacks::new(token, &site.public_url),
            site: site.clone(),
        })
    }
}

impl Sender {
    fn read(from: &str) -> Result<Sender, ProviderFault> {
        let number = |digits: &str| (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let name = (1..=11).contains(&from.len())
            && from.bytes().any(|b| b.is_ascii_alphabetic())
            && from.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'+' | b'_' | b'&'));
        match from {
            _ if from.strip_prefix("MG").is_some_and(is_sid) => Ok(Sender::Service(from.to_owned())),
            _ if from.strip_prefix('+').is_some_and(number) || name => Ok(Sender::From(from.to_owned())),
            _ => Err(ProviderFault::of(
                "from",
                "a sender is a number such as \"+15005550006\", a Messaging Service \"MG…\", or a name of at most 11 letters",
            )),
        }
    }
}

/// What stands after the two letters of an identifier.
fn is_sid(digits: &str) -> bool {
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Vendor for Twilio {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("To", message.contact.address.exposed());
        match &self.sender {
            Sender::From(from) => form.append_pair("From", from),
            Sender::Service(service) => form.append_pair("MessagingServiceSid", service),
        };
        form.append_pair("Body", message.text.expose());
        // A code that is over helps nobody: the carrier need not keep trying.
        form.append_pair("ValidityPeriod", &message.life.as_secs().clamp(1, LONGEST_VALIDITY).to_string());
        if let Some(address) = self.site.address(message) {
            form.append_pair("StatusCallback", &address);
        }
        let mut request = Request::new(Bytes::from(form.finish()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body: Body = serde_json::from_slice(answer.body()).unwrap_or_default();
        if !answer.status().is_success() {
            let class = body.code.and_then(class_of).unwrap_or(Class::of_status(answer.status()));
            return Err(Failure { class, number: body.code, wait: retry_after(answer) });
        }
        match (body.sid, body.status.as_ref().and_then(|s| s.as_str())) {
            // Taken down and given up in one breath.
            (_, Some("failed" | "undelivered" | "canceled")) => {
                let class = body.error_code.and_then(class_of).unwrap_or(Class::Config);
                Err(Failure { class, number: body.error_code, wait: None })
            }
            (Some(sid), _) => Ok(Accepted { reference: Some(sid), price: None }),
            // A success that names no message is not the documented one: who knows who said it.
            (None, _) => Err(Class::Ambiguous.into()),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    fn read(&self, request: &::http::Request<Bytes>, _now: Wall) -> Option<Heard> {
        self.callbacks.read(request).map(Heard::from)
    }
}

/// What we read of both kinds of answer: a message, and an error.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    sid: Option<String>,
    /// A word in a message, the HTTP status in an error.
    status: Option<serde_json::Value>,
    code: Option<u32>,
    error_code: Option<u32>,
}

/// Twilio's error numbers, as far as they say more than the HTTP status.
fn class_of(code: u32) -> Option<Class> {
    Some(match code {
        20003 | 21612 | 21617 | 30002 | 30007 | 30042 => Class::Config,
        20429 | 21611 | 30001 => Class::Throttle,
        21211 | 21614 | 30005 | 30006 => Class::RecipientPermanent,
        21408 => Class::Region,
        21610 => Class::OptOut,
        30003 | 30008 => Class::Transient,
        30450 => Class::Fraud,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "twilio/tests.rs"]
mod tests;
