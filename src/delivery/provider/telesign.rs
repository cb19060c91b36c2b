//! Telesign (`POST /v1/messaging`, the vendor's library for Python 4.1.1).
//!
//! It has no idempotency key, so what may have been taken is not sent again. What its codes mean is general knowledge and
//! not documented where we could read it.

use ::http::{HeaderValue, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ring::hmac;
use serde_json::Value;

use super::ask::{self, is_signed, only, said};
use super::kind::{Given, Heard, Kind, Made, Need, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "telesign",
    channels: &[Channel::Sms],
    keys: &[
        ask::text("customer_id", 36, Need::Required, "\"FFFFFFFF-EEEE-DDDD-1234-AB1234567890\""),
        ask::secret("api_key", Need::Required, "{ file = \"/etc/sekisho/secrets/telesign\" }"),
        ask::base("https://rest-api.telesign.com", "\"https://rest-ww.telesign.com\""),
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Telesign::new(given, site)?))),
};

pub struct Telesign {
    url: Uri,
    authorization: HeaderValue,
    customer_id: String,
    key: hmac::Key,
    site: Site,
}

impl Telesign {
    pub fn new(given: &Given, site: &Site) -> Result<Telesign, ProviderFault> {
        let (customer_id, api_key) = (ask::plain(given, "customer_id")?, given.secret("api_key")?.expose());
        let Ok(key) = STANDARD.decode(api_key) else {
            return Err(ProviderFault::of("api_key", "an API key of Telesign is base64"));
        };
        Ok(Telesign {
            url: ask::below(given, "/v1/messaging")?,
            authorization: ask::basic(customer_id, api_key)?,
            customer_id: customer_id.to_owned(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            site: site.clone(),
        })
    }

    /// With the account's name before it, or without.
    fn is_genuine(&self, request: &::http::Request<Bytes>) -> bool {
        let Some(header) = only(request, "authorization") else { return false };
        let signature = match header.strip_prefix("TSA ").map(|rest| rest.split_once(':')) {
            Some(Some((id, signature))) if id == self.customer_id => signature,
            Some(_) => return false,
            None => header,
        };
        is_signed(&self.key, &[request.body()], signature)
    }
}

impl Vendor for Telesign {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let pairs = [
            ("phone_number", ask::digits(message)),
            ("message", message.text.expose()),
            ("message_type", "OTP"),
            ("external_id", &self.site.tag(message)),
        ];
        ask::post_form(&self.url, Some(&self.authorization), &pairs.map(|(name, value)| (name, Some(value))))
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body = said::<Value>(answer).unwrap_or_default();
        let number = ask::number(body["status"].get("code"));
        let failed = |class| Err(Failure { class, number, wait: retry_after(answer) });
        if !answer.status().is_success() {
            return failed(Class::of_status(answer.status()));
        }
        let reference = body["reference_id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
        match (number.map(State::of), reference) {
            (Some(State::Lost(class)), _) => failed(class),
            (Some(State::Fate(_)), Some(id)) => Ok(Accepted { reference: Some(id), price: None }),
            _ => failed(Class::Ambiguous),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    fn read(&self, request: &::http::Request<Bytes>, _now: Wall) -> Option<Heard> {
        (request.method() == Method::POST && self.is_genuine(request)).then_some(())?;
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        let fate = match State::of(ask::number(body["status"].get("code"))?) {
            State::Fate(fate) => fate,
            State::Lost(class) => Fate::Lost(class.name()),
            State::Unknown => Fate::Underway,
        };
        let about = body["external_id"].as_str().and_then(|tag| self.site.tagged(tag));
        let reference = body["reference_id"].as_str().map(str::to_owned);
        Some(Report { about, reference, ..Report::of(fate) }.into())
    }
}

/// What a code of a message's state says.
enum State {
    Fate(Fate),
    Lost(Class),
    Unknown,
}

impl State {
    fn of(code: u32) -> State {
        match code {
            200 => State::Fate(Fate::Delivered),
            203 => State::Fate(Fate::Carried),
            // No more will be heard of it.
            250 => State::Fate(Fate::Carried),
            230 | 290 => State::Fate(Fate::Underway),
            207 | 210 => State::Lost(Class::Transient),
            211 => State::Lost(Class::RecipientPermanent),
            220 => State::Lost(Class::Config),
            // Their own protection: nobody else is to be asked.
            233 => State::Lost(Class::Fraud),
            _ => State::Unknown,
        }
    }
}

#[cfg(test)]
#[path = "telesign/tests.rs"]
mod tests;
