//! Vonage's SMS API (`/sms/json`), with the Conversion API beside it, as the vendor's SDKs of 2026 use them.
//!
//! It answers 200 to nearly everything: what counts is the status of each part of the message.

pub mod receipt;
pub mod signature;

use std::time::Duration;

use ::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::kind::{Given, Heard, Key, Kind, Made, Need, Shape, Standing, Vendor};
use super::{ProviderFault, Request, Response, amount, endpoint, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::money::Money;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::words::segments::{Encoding, segments};
use signature::Signature;

const SECRET: &str = "{ file = \"/etc/sekisho/secrets/vonage\" }";

pub const KIND: Kind = Kind {
    name: "vonage",
    channels: &[Channel::Sms],
    keys: &[
        Key { name: "api_key", shape: Shape::Text(32), need: Need::Required, like: "\"abcd1234\"" },
        Key { name: "api_secret", shape: Shape::Secret, need: Need::Optional, like: SECRET },
        Key { name: "signature_secret", shape: Shape::Secret, need: Need::Optional, like: SECRET },
        Key {
            name: "signature_method",
            shape: Shape::Choice(&["sha256", "sha512"]),
            need: Need::Default("sha256"),
            like: "\"sha256\"",
        },
        Key { name: "from", shape: Shape::Text(15), need: Need::Required, like: "\"HOSPITAL\"" },
        Key { name: "currency", shape: Shape::Text(3), need: Need::Default("EUR"), like: "\"EUR\"" },
        Key { name: "feedback", shape: Shape::Flag, need: Need::Default("false"), like: "true" },
        Key { name: "trusted", shape: Shape::Flag, need: Need::Default("false"), like: "true" },
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Default("https://rest.nexmo.com"),
            like: "\"https://rest.nexmo.com\"",
        },
        Key {
            name: "api_url",
            shape: Shape::Origin,
            need: Need::Default("https://api.nexmo.com"),
            like: "\"https://api.nexmo.com\"",
        },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Vonage::new(given, site)?))),
};

/// Milliseconds that `ttl` may say.
const TTL: std::ops::RangeInclusive<u64> = 20_000..=604_800_000;

/// Characters that `callback` may have.
const LONGEST_CALLBACK: usize = 100;

pub struct Vonage {
    send: Uri,
    balance: Uri,
    conversion: Uri,
    key: String,
    /// Goes along in clear; without it requests are signed.
    secret: Option<Secret<String>>,
    signature: Option<Signature>,
    from: String,
    currency: String,
    feedback: bool,
    trusted: bool,
    site: Site,
}

impl Vonage {
    pub fn new(given: &Given, site: &Site) -> Result<Vonage, ProviderFault> {
        let (key, from, currency) = (given.text("api_key")?, given.text("from")?, given.text("currency")?);
        if !key.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ProviderFault::of("api_key", "an API key of Vonage is letters and digits"));
        }
        if !is_sender(from) {
            let text = "a sender is a number of digits without \"+\", or a name of at most 11 letters and digits";
            return Err(ProviderFault::of("from", text));
        }
        if Money::parse(&format!("0 {currency}")).is_none() {
            return Err(ProviderFault::of("currency", "a currency is three capital letters, such as \"EUR\""));
        }
        let secret = given.secrets.get("api_secret").cloned();
        let signing = given.secrets.get("signature_secret");
        let signature = signing.map(|secret| Signature::new(secret, given.get("signature_method") == Some("sha512")));
        if secret.is_none() && signature.is_none() {
            let text = "add `api_secret`, or `signature_secret` to sign requests with";
            return Err(ProviderFault::of("api_key", text));
        }
        let at = |key: &'static str, path: &str| {
            endpoint(&format!("{}{path}", given.text(key)?.trim_end_matches('/')))
                .map_err(|fault| ProviderFault::of(key, fault.text))
        };
        Ok(Vonage {
            send: at("base_url", "/sms/json")?,
            balance: at("base_url", "/account/get-balance")?,
            conversion: at("api_url", "/conversions/sms")?,
            key: key.to_owned(),
            secret,
            signature,
            from: from.to_owned(),
            currency: currency.to_owned(),
            feedback: given.flag("feedback"),
            trusted: given.flag("trusted"),
            site: site.clone(),
        })
    }

    /// A form with what proves that it is ours.
    fn post(&self, url: &Uri, mut pairs: Vec<(&str, String)>, now: Wall) -> Request {
        pairs.insert(0, ("api_key", self.key.clone()));
        match (&self.secret, &self.signature) {
            (Some(secret), _) => pairs.push(("api_secret", secret.expose().clone())),
            (None, Some(signature)) => signature.sign(&mut pairs, now),
            (None, None) => {}
        }
        let body = Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.clone();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        request
    }

    fn taken(&self, parts: &[Part]) -> Accepted {
        let prices = parts.iter().map(|part| amount::cost(&part.price, &self.currency)?.micros.into());
        let micros = prices.sum::<Option<u64>>();
        let price = micros.map(|micros| Money { micros, currency: self.currency.clone() });
        Accepted { reference: parts.first().and_then(|part| part.id.clone()), price }
    }
}

impl Vendor for Vonage {
    fn request(&self, message: &Message, now: Wall) -> Request {
        let text = message.text.expose();
        let kind = if segments(text).encoding == Encoding::Gsm7 { "text" } else { "unicode" };
        let ttl = u64::try_from(message.life.as_millis()).unwrap_or(u64::MAX).clamp(*TTL.start(), *TTL.end());
        let mut pairs = vec![
            ("from", self.from.clone()),
            ("to", digits(message.contact.address.exposed()).to_owned()),
            ("text", text.clone()),
            ("type", kind.to_owned()),
            ("ttl", ttl.to_string()),
            ("client-ref", self.site.tag(message)),
        ];
        if self.trusted {
            pairs.push(("trusted-number", "true".to_owned()));
        }
        // Reports bear the tag; an address too long for `callback` has to be set for the account.
        if let Some(place) = self.site.place() {
            pairs.push(("status-report-req", "true".to_owned()));
            if place.len() <= LONGEST_CALLBACK {
                pairs.push(("callback", place));
            }
        }
        self.post(&self.send, pairs, now)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body: Body = serde_json::from_slice(answer.body()).unwrap_or_default();
        let failed: Vec<_> = body.messages.iter().filter(|part| part.status() != Some(0)).collect();
        match (failed.first(), body.messages.len()) {
            _ if !answer.status().is_success() => {
                let class = Class::of_status(answer.status());
                Err(Failure { class, number: None, wait: retry_after(answer) })
            }
            (_, 0) => Err(Class::Ambiguous.into()),
            (None, _) => Ok(self.taken(&body.messages)),
            // Some parts of a long text went out: with luck the one that has the code.
            (Some(part), all) if failed.len() < all => {
                Err(Failure { class: Class::Ambiguous, number: part.status(), wait: None })
            }
            (Some(part), _) => {
                let class = part.status().and_then(class_of).unwrap_or(Class::Ambiguous);
                Err(Failure { class, number: part.status(), wait: part.wait() })
            }
        }
    }

    fn reports(&self) -> bool {
        true
    }

    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        receipt::read(request, self.signature.as_ref(), &self.site, &self.currency, now).map(Heard::from)
    }

    fn feedback(&self, reference: &str, entered: bool, now: Wall) -> Option<Request> {
        if !self.feedback {
            return None;
        }
        // `2026-01-01 12:00:00`, in UTC.
        let timestamp = now.rfc3339().get(..19)?.replace('T', " ");
        let pairs =
            vec![("message-id", reference.to_owned()), ("delivered", entered.to_string()), ("timestamp", timestamp)];
        Some(self.post(&self.conversion, pairs, now))
    }

    fn probe(&self, _now: Wall) -> Option<Request> {
        let credentials = STANDARD.encode(format!("{}:{}", self.key, self.secret.as_ref()?.expose()));
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.balance.clone();
        request.headers_mut().insert(AUTHORIZATION, header_value(&format!("Basic {credentials}")).ok()?);
        Some(request)
    }

    fn probed(&self, answer: &Response) -> Result<Standing, String> {
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        match answer.status().as_u16() {
            200 => Ok(Standing { balance: amount::balance(&body["value"], &self.currency) }),
            401 | 403 => Err("Vonage does not take `api_key` with `api_secret`".to_owned()),
            status => Err(format!("Vonage answered with status {status}")),
        }
    }
}

/// A number as Vonage writes it.
pub fn digits(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

/// Who a message may say that it comes from.
pub fn is_sender(from: &str) -> bool {
    let number = (5..=15).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit());
    let name = (3..=11).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
    number || (name && from.bytes().any(|b| b.is_ascii_alphabetic()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    messages: Vec<Part>,
}

/// A long text travels in parts, each with a fate of its own.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Part {
    status: Value,
    #[serde(rename = "message-id")]
    id: Option<String>,
    #[serde(rename = "message-price")]
    price: Value,
    #[serde(rename = "error-text")]
    error: Option<String>,
}

impl Part {
    /// Text as a rule.
    fn status(&self) -> Option<u32> {
        match &self.status {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64().and_then(|number| number.try_into().ok()),
        }
    }

    /// `Throughput Rate Exceeded - please wait [ 702 ] and retry`, in milliseconds.
    fn wait(&self) -> Option<Duration> {
        let (_, rest) = self.error.as_deref()?.split_once('[')?;
        let (number, _) = rest.split_once(']')?;
        number.trim().parse::<u16>().ok().map(|millis| Duration::from_millis(millis.into()))
    }
}

/// The statuses of the SMS API.
fn class_of(status: u32) -> Option<Class> {
    Some(match status {
        1 | 10 => Class::Throttle,
        2 | 3 | 4 | 8 | 11 | 12 | 14 | 15 | 22 | 23 | 29 | 32 => Class::Config,
        5 => Class::Transient,
        6 | 33 => Class::RecipientPermanent,
        7 => Class::OptOut,
        9 => Class::Funds,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "vonage/tests.rs"]
mod tests;
