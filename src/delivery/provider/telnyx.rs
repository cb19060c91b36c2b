//! Telnyx (`POST /v2/messages`, the vendor's library for Python 4.189.0).
//!
//! It takes an `Idempotency-Key`, and is given the message's tag: a second attempt at one message is no second message.

use ::http::{HeaderName, HeaderValue, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use super::ask::{self, is_recent, only, said};
use super::kind::{Given, Heard, Kind, Made, Need, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "telnyx",
    channels: &[Channel::Sms],
    keys: &[
        ask::secret("api_key", Need::Required, "{ file = \"/etc/sekisho/secrets/telnyx\" }"),
        ask::text("from", 15, Need::Optional, "\"+15005550006\""),
        ask::text("profile", 36, Need::Optional, "\"abc85f64-5717-4562-b3fc-2c9600000000\""),
        // As the vendor's portal shows it, in base64.
        ask::text("public_key", 44, Need::Optional, "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""),
        ask::base("https://api.telnyx.com", "\"https://api.telnyx.com\""),
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Telnyx::new(given, site)?))),
};

static IDEMPOTENCY: HeaderName = HeaderName::from_static("idempotency-key");
const SIGNATURE: &str = "telnyx-signature-ed25519";
const TIMESTAMP: &str = "telnyx-timestamp";

pub struct Telnyx {
    url: Uri,
    authorization: HeaderValue,
    from: Option<String>,
    profile: Option<String>,
    public_key: Option<UnparsedPublicKey<Vec<u8>>>,
    site: Site,
}

impl Telnyx {
    pub fn new(given: &Given, site: &Site) -> Result<Telnyx, ProviderFault> {
        let optional = |key| given.get(key).map(str::to_owned);
        let (from, profile) = (optional("from"), optional("profile"));
        if from.is_none() && profile.is_none() {
            return Err(ProviderFault::of("from", "`from` or `profile` says who sends"));
        }
        let key = |text| STANDARD.decode(text).ok().filter(|key| key.len() == 32);
        let public_key = match given.get("public_key").map(key) {
            Some(None) => return Err(ProviderFault::of("public_key", "a public key of Telnyx is 32 bytes in base64")),
            Some(Some(key)) => Some(UnparsedPublicKey::new(&ED25519, key)),
            None => None,
        };
        Ok(Telnyx {
            url: ask::below(given, "/v2/messages")?,
            authorization: ask::bearing("Bearer", given, "api_key")?,
            from,
            profile,
            public_key,
            site: site.clone(),
        })
    }

    /// `None` where no key is configured.
    fn is_signed(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<bool> {
        let key = self.public_key.as_ref()?;
        let verified = only(request, TIMESTAMP).zip(only(request, SIGNATURE)).is_some_and(|(timestamp, signature)| {
            let text = [timestamp.as_bytes(), b"|", request.body()].concat();
            let signature = STANDARD.decode(signature).unwrap_or_default();
            key.verify(&text, &signature).is_ok() && is_recent(timestamp, now)
        });
        Some(verified)
    }
}

impl Vendor for Telnyx {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let mut body = json!({
            "to": message.contact.address.exposed(),
            "text": message.text.expose(),
            "encoding": "auto",
        });
        let optional = [("from", self.from.clone()), ("messaging_profile_id", self.profile.clone())];
        for (name, value) in optional.into_iter().chain([("webhook_url", self.site.address(message))]) {
            if let Some(value) = value {
                body[name] = value.into();
            }
        }
        let mut request = ask::post_json(&self.url, Some(&self.authorization), &body);
        if let Ok(tag) = HeaderValue::try_from(self.site.tag(message)) {
            request.headers_mut().insert(&IDEMPOTENCY, tag);
        }
        request
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body = said::<Value>(answer).unwrap_or_default();
        let number = ask::number(body["errors"][0].get("code"));
        let failed = |class| Err(Failure { class, number, wait: retry_after(answer) });
        match answer.status() {
            status if status.is_success() => {}
            // The first attempt of this key is still being worked on.
            StatusCode::CONFLICT => return failed(Class::Ambiguous),
            status => return failed(Class::of_status(status)),
        }
        let data = &body["data"];
        let id = data["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
        match (data["to"][0]["status"].as_str(), id) {
            // Taken down and given up in one breath.
            (Some("sending_failed" | "delivery_failed" | "expired"), _) => failed(Class::Config),
            (_, Some(id)) => Ok(Accepted { reference: Some(id), price: price(data) }),
            (_, None) => failed(Class::Ambiguous),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    /// Where the public key is configured, its signature proves a report; else the mark in the address does.
    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        let about = self.site.about(request);
        self.is_signed(request, now).unwrap_or(about.is_some()).then_some(())?;
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        let message = body["data"].get("payload")?;
        let fate = match message["to"][0]["status"].as_str() {
            Some("delivered" | "read") => Fate::Delivered,
            // Nothing more will be heard of the second.
            Some("sent" | "delivery_unconfirmed") => Fate::Carried,
            Some("expired") => Fate::Lost("expired"),
            Some("sending_failed" | "delivery_failed") => Fate::Lost("failed"),
            _ => Fate::Underway,
        };
        let reference = message["id"].as_str().map(str::to_owned);
        Some(Report { about, reference, fate, price: price(message) }.into())
    }
}

fn price(message: &Value) -> Option<crate::domain::money::Money> {
    let cost = message.get("cost")?;
    ask::money(cost.get("amount"), cost.get("currency"))
}

#[cfg(test)]
#[path = "telnyx/tests.rs"]
mod tests;
