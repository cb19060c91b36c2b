//! KARADEN (`POST /api/{tenant}/messages`; the vendor's own library for Python 1.2.1).
//!
//! It reports nothing by itself, and has no idempotency key, so what may have been taken is not sent again.

use ::http::{HeaderName, HeaderValue, Uri};
use serde_json::Value;

use super::ask::{self, said};
use super::kind::{Given, Key, Kind, Made, Need, Shape, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "karaden",
    channels: &[Channel::Sms],
    keys: &[
        ask::secret("token", Need::Required, "{ file = \"/etc/sekisho/secrets/karaden\" }"),
        ask::text("tenant_id", 64, Need::Required, "\"159bfd33-b9b7-f424-4755-c119b324591d\""),
        Key { name: "service_id", shape: Shape::Whole(1, 999_999_999), need: Need::Required, like: "1" },
        ask::text("version", 10, Need::Default("2024-03-01"), "\"2024-03-01\""),
        ask::base("https://prg.karaden.jp", "\"https://prg.karaden.jp\""),
    ],
    make: |given, _| Ok(Made::Vendor(Box::new(Karaden::new(given)?))),
};

static VERSION: HeaderName = HeaderName::from_static("karaden-version");

pub struct Karaden {
    url: Uri,
    authorization: HeaderValue,
    version: HeaderValue,
    service_id: String,
}

impl Karaden {
    pub fn new(given: &Given) -> Result<Karaden, ProviderFault> {
        let (version, tenant) = (ask::plain(given, "version")?, ask::plain(given, "tenant_id")?);
        Ok(Karaden {
            url: ask::below(given, &format!("/api/{tenant}/messages"))?,
            authorization: ask::bearing("Bearer", given, "token")?,
            version: HeaderValue::from_str(version).or_else(|_| super::fault("`version` is no header"))?,
            service_id: given.whole("service_id")?.to_string(),
        })
    }
}

impl Vendor for Karaden {
    fn request(&self, message: &Message, now: Wall) -> Request {
        // A number as it is dialled at home.
        let to = message.contact.address.exposed();
        let home = to.strip_prefix("+81").map(|rest| format!("0{rest}"));
        // What is not sent by then is not sent at all; never later than the code's own end.
        let whole = Wall::from_secs(now.plus(message.life).secs()).rfc3339();
        let limit = whole.split('.').next().map(|moment| format!("{moment}+00:00"));
        let pairs = [
            ("service_id", Some(self.service_id.as_str())),
            ("to", Some(home.as_deref().unwrap_or(to))),
            ("body", Some(message.text.expose())),
            ("limited_at", limit.as_deref()),
        ];
        let mut request = ask::post_form(&self.url, Some(&self.authorization), &pairs);
        request.headers_mut().insert(&VERSION, self.version.clone());
        request
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body = said::<Value>(answer).unwrap_or_default();
        let number = ask::number(body.get("code"));
        let failed = |class| Err(Failure { class, number, wait: retry_after(answer) });
        match body.get("object").and_then(Value::as_str) {
            // 400, 401, 403, 404 and 422 are ours to mend; so is an error that comes as a success.
            Some("error") if answer.status().is_success() => failed(Class::Config),
            _ if !answer.status().is_success() => failed(Class::of_status(answer.status())),
            _ => match ask::word(body.get("id")).filter(|id| !id.is_empty()) {
                Some(id) => Ok(Accepted { reference: Some(id), price: None }),
                None => failed(Class::Ambiguous),
            },
        }
    }
}

#[cfg(test)]
#[path = "karaden/tests.rs"]
mod tests;
