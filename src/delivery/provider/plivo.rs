//! Plivo (`POST /v1/Account/{auth id}/Message/`, the vendor's library for Python 4.63.0).
//!
//! It has no idempotency key, so what may have been taken is not sent again.

use ::http::{HeaderValue, Method, Uri};
use bytes::Bytes;
use ring::hmac;
use serde_json::{Value, json};

use super::ask::{self, is_signed, only, said};
use super::kind::{Given, Heard, Key, Kind, Made, Need, Shape, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "plivo",
    channels: &[Channel::Sms],
    keys: &[
        ask::text("auth_id", 40, Need::Required, "\"MA0000000000000000\""),
        ask::secret("auth_token", Need::Required, "{ file = \"/etc/sekisho/secrets/plivo\" }"),
        ask::text("from", 15, Need::Optional, "\"+15005550006\""),
        ask::text("powerpack", 36, Need::Optional, "\"86bbb125-97bb-4d72-89fd-81d5c515b015\""),
        // What proves a report: the vendor's signature and our mark, or the mark alone.
        Key {
            name: "receipts",
            shape: Shape::Choice(&["signed", "marked"]),
            need: Need::Default("signed"),
            like: "\"marked\"",
        },
        ask::base("https://api.plivo.com", "\"https://api.plivo.com\""),
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Plivo::new(given, site)?))),
};

/// Several, with commas, while a token is being changed.
const SIGNATURES: &str = "x-plivo-signature-v3";
const NONCE: &str = "x-plivo-signature-v3-nonce";

/// Bounds of `message_expiry`, in seconds.
const EXPIRY: std::ops::RangeInclusive<u64> = 5..=10_800;

pub struct Plivo {
    url: Uri,
    authorization: HeaderValue,
    /// The name of the field, and what stands in it.
    sender: (&'static str, String),
    token: Option<hmac::Key>,
    site: Site,
}

impl Plivo {
    pub fn new(given: &Given, site: &Site) -> Result<Plivo, ProviderFault> {
        let (id, token) = (ask::plain(given, "auth_id")?, given.secret("auth_token")?.expose());
        let sender = match (given.get("from"), given.get("powerpack")) {
            (Some(from), None) => ("src", from.trim_start_matches('+')),
            (None, Some(powerpack)) => ("powerpack_uuid", powerpack),
            _ => return Err(ProviderFault::of("from", "either `from` or `powerpack` says who sends")),
        };
        let signed = given.text("receipts")? == "signed";
        Ok(Plivo {
            url: ask::below(given, &format!("/v1/Account/{id}/Message/"))?,
            authorization: ask::basic(id, token)?,
            sender: (sender.0, sender.1.to_owned()),
            token: signed.then(|| hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes())),
            site: site.clone(),
        })
    }

    fn is_genuine(&self, request: &::http::Request<Bytes>) -> bool {
        let Some(key) = &self.token else { return true };
        let (Some(signatures), Some(nonce)) = (only(request, SIGNATURES), only(request, NONCE)) else { return false };
        let url = format!("{}{}", self.site.public_url, request.uri().path());
        let text = signed_text(&url, request.uri().query().unwrap_or_default(), request.body());
        signatures.split(',').any(|one| is_signed(key, &[text.as_bytes(), b".", nonce.as_bytes()], one.trim()))
    }
}

/// The address with its query in order, a sign between them, and the form in order.
fn signed_text(url: &str, query: &str, form: &[u8]) -> String {
    let pairs = |text: &[u8]| {
        let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(text).into_owned().collect();
        pairs.sort();
        pairs
    };
    let query: Vec<_> = pairs(query.as_bytes()).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let form: String = pairs(form).into_iter().map(|(name, value)| name + &value).collect();
    // A bare question mark where there is no query: that is how the vendor's library signs it.
    let between = if query.is_empty() { "" } else { "." };
    format!("{url}?{}{between}{form}", query.join("&"))
}

impl Vendor for Plivo {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let mut body = json!({
            "dst": ask::digits(message),
            "text": message.text.expose(),
            "type": "sms",
            // The text is not to stand in the vendor's own log.
            "log": false,
            "message_expiry": message.life.as_secs().clamp(*EXPIRY.start(), *EXPIRY.end()),
        });
        body[self.sender.0] = self.sender.1.as_str().into();
        if let Some(address) = self.site.address(message) {
            body["url"] = address.into();
            body["method"] = "POST".into();
        }
        ask::post_json(&self.url, Some(&self.authorization), &body)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        if !answer.status().is_success() {
            return Err(Failure { wait: retry_after(answer), ..Class::of_status(answer.status()).into() });
        }
        let body = said::<Value>(answer).unwrap_or_default();
        match body["message_uuid"][0].as_str().filter(|id| !id.is_empty()) {
            _ if body.get("error").is_some() => Err(Class::Config.into()),
            Some(id) => Ok(Accepted { reference: Some(id.to_owned()), price: None }),
            None => Err(Class::Ambiguous.into()),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    fn read(&self, request: &::http::Request<Bytes>, _now: Wall) -> Option<Heard> {
        let about = self.site.about(request)?;
        (request.method() == Method::POST && ask::is_form(request) && self.is_genuine(request)).then_some(())?;
        let field = ask::fields(request.body());
        let fate = match field("Status").as_deref() {
            Some("delivered") => Fate::Delivered,
            Some("sent") => Fate::Carried,
            Some("undelivered") => Fate::Lost("undelivered"),
            Some("failed") => Fate::Lost("failed"),
            Some("rejected") => Fate::Lost("rejected"),
            _ => Fate::Underway,
        };
        Some(Report { about: Some(about), reference: field("MessageUUID"), ..Report::of(fate) }.into())
    }
}

#[cfg(test)]
#[path = "plivo/tests.rs"]
mod tests;
