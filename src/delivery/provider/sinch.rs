//! Sinch SMS (`POST /xms/v1/{service plan}/batches`, the vendor's library for Python 2.3.0), with the plan's own token.
//!
//! It has no idempotency key, so what may have been taken is not sent again.

use ::http::{HeaderValue, Uri};
use bytes::Bytes;
use ring::hmac;
use serde_json::{Value, json};

use super::ask::{self, is_recent, is_signed, only, said};
use super::kind::{Given, Heard, Kind, Made, Need, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "sinch",
    channels: &[Channel::Sms],
    keys: &[
        ask::text("service_plan_id", 64, Need::Required, "\"0123456789abcdef0123456789abcdef\""),
        ask::secret("token", Need::Required, "{ file = \"/etc/sekisho/secrets/sinch\" }"),
        ask::text("from", 15, Need::Required, "\"+15005550006\""),
        ask::secret("webhook_secret", Need::Optional, "{ file = \"/etc/sekisho/secrets/sinch-webhook\" }"),
        ask::base("https://eu.sms.api.sinch.com", "\"https://us.sms.api.sinch.com\""),
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Sinch::new(given, site)?))),
};

const SIGNATURE: &str = "x-sinch-webhook-signature";
const NONCE: &str = "x-sinch-webhook-signature-nonce";
const TIMESTAMP: &str = "x-sinch-webhook-signature-timestamp";

pub struct Sinch {
    url: Uri,
    authorization: HeaderValue,
    from: String,
    webhook: Option<hmac::Key>,
    site: Site,
}

impl Sinch {
    pub fn new(given: &Given, site: &Site) -> Result<Sinch, ProviderFault> {
        let plan = ask::plain(given, "service_plan_id")?;
        let key = |secret: &crate::domain::secret::Secret<String>| {
            hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())
        };
        Ok(Sinch {
            url: ask::below(given, &format!("/xms/v1/{plan}/batches"))?,
            authorization: ask::bearing("Bearer", given, "token")?,
            from: given.text("from")?.to_owned(),
            webhook: given.secrets.get("webhook_secret").map(key),
            site: site.clone(),
        })
    }

    fn is_genuine(&self, request: &::http::Request<Bytes>, now: Wall) -> bool {
        let Some(key) = &self.webhook else { return true };
        let headers = (only(request, SIGNATURE), only(request, NONCE), only(request, TIMESTAMP));
        let (Some(signature), Some(nonce), Some(timestamp)) = headers else { return false };
        let parts: [&[u8]; 5] = [request.body(), b".", nonce.as_bytes(), b".", timestamp.as_bytes()];
        is_signed(key, &parts, signature) && is_recent(timestamp, now)
    }
}

impl Vendor for Sinch {
    fn request(&self, message: &Message, now: Wall) -> Request {
        let mut body = json!({
            "to": [message.contact.address.exposed()],
            "from": self.from,
            "body": message.text.expose(),
            "type": "mt_text",
            "expire_at": ask::end(message, now),
            "client_reference": self.site.tag(message),
            "delivery_report": "none",
        });
        if let Some(address) = self.site.address(message) {
            body["callback_url"] = address.into();
            body["delivery_report"] = "per_recipient".into();
        }
        ask::post_json(&self.url, Some(&self.authorization), &body)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        if !answer.status().is_success() {
            return Err(Failure { wait: retry_after(answer), ..Class::of_status(answer.status()).into() });
        }
        let id = said::<Value>(answer).and_then(|body| body["id"].as_str().map(str::to_owned));
        match id.filter(|id| !id.is_empty()) {
            Some(id) => Ok(Accepted { reference: Some(id), price: None }),
            None => Err(Class::Ambiguous.into()),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    /// The address that it was given proves a report; where a secret is configured, its signature must be right too.
    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        let about = self.site.about(request).filter(|_| self.is_genuine(request, now))?;
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        // Of one recipient, or of all of them in groups; there is only one.
        let status = body.get("status").or_else(|| body["statuses"][0].get("status"));
        let fate = match status?.as_str()? {
            "DELIVERED" => Fate::Delivered,
            "DISPATCHED" => Fate::Carried,
            // A number that is none, or whose owner told this sender to stop.
            "DELETED" => Fate::Lost(Class::RecipientPermanent.name()),
            "ABORTED" => Fate::Lost("aborted"),
            "CANCELLED" => Fate::Lost("cancelled"),
            "EXPIRED" => Fate::Lost("expired"),
            "FAILED" => Fate::Lost("failed"),
            "REJECTED" => Fate::Lost("rejected"),
            _ => Fate::Underway,
        };
        let reference = body["batch_id"].as_str().map(str::to_owned);
        Some(Report { about: Some(about), reference, ..Report::of(fate) }.into())
    }
}

#[cfg(test)]
#[path = "sinch/tests.rs"]
mod tests;
