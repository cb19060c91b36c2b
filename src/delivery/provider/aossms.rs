//! Zettai Reach! SMS of AI CROSS (`POST /p5/api/mt.json`; two public clients that quote the vendor's OpenAPI).
//!
//! Its client tag is real idempotency: a second message of one tag is refused, and that it is refused for this reason
//! says that the first was taken. It speaks TLS 1.2, and knows Japanese numbers alone.

use ::http::{Method, Uri};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::ask::{self, said};
use super::kind::{Given, Heard, Kind, Made, Need, Standing, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "aossms",
    channels: &[Channel::Sms],
    keys: &[
        ask::secret("token", Need::Required, "{ file = \"/etc/sekisho/secrets/aossms\" }"),
        ask::text("client_id", 64, Need::Required, "\"1234\""),
        ask::text("sms_code", 6, Need::Required, "\"12345\""),
        ask::base("https://sms-api.aossms.com", "\"https://sms-api.aossms.com\""),
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Aossms::new(given, site)?))),
};

/// There is no such message: asking for it shows whether we are known.
const NOBODYS_TAG: &str = "sekisho-probe";

pub struct Aossms {
    send: Uri,
    ask: Uri,
    token: Secret<String>,
    client_id: String,
    sms_code: String,
    site: Site,
}

impl Aossms {
    pub fn new(given: &Given, site: &Site) -> Result<Aossms, ProviderFault> {
        let (token, sms_code) = (given.secret("token")?, given.text("sms_code")?);
        if token.expose().chars().count() != 32 {
            return Err(ProviderFault::of("token", "a token of AOSSMS has 32 characters"));
        }
        if !(5..=6).contains(&sms_code.len()) || !sms_code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ProviderFault::of("sms_code", "an SMS code of AOSSMS is five or six digits"));
        }
        let (client_id, token) = (ask::plain(given, "client_id")?.to_owned(), token.clone());
        let asked = [("token", token.expose().as_str()), ("clientId", &client_id), ("smsCode", sms_code)];
        let asked = ask::form(&[asked[0], asked[1], asked[2], ("clientTag", NOBODYS_TAG)].map(|(k, v)| (k, Some(v))));
        Ok(Aossms {
            send: ask::below(given, "/p5/api/mt.json")?,
            ask: ask::below(given, &format!("/p5/api/status.json?{asked}"))?,
            token,
            client_id,
            sms_code: sms_code.to_owned(),
            site: site.clone(),
        })
    }
}

impl Vendor for Aossms {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let pairs = [
            ("token", self.token.expose().as_str()),
            ("clientId", &self.client_id),
            ("smsCode", &self.sms_code),
            ("message", message.text.expose()),
            ("phoneNumber", message.contact.address.exposed()),
            ("clientTag", &self.site.tag(message)),
        ];
        ask::post_form(&self.send, None, &pairs.map(|(name, value)| (name, Some(value))))
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        if !answer.status().is_success() {
            return Err(Failure { wait: retry_after(answer), ..Class::of_status(answer.status()).into() });
        }
        // Every answer has the status 200; this is what tells them apart.
        let Some(code) = code(answer) else { return Err(Class::Ambiguous.into()) };
        let class = match code {
            0 | 400 => return Ok(Accepted::default()),
            300 => Class::Funds,
            500 => Class::Transient,
            // 100 something is missing, 110 invalid, 120 too long; a number that is not Japanese is invalid here and may
            // be good elsewhere.
            _ => Class::Config,
        };
        Err(Failure { class, number: Some(code), wait: retry_after(answer) })
    }

    fn reports(&self) -> bool {
        true
    }

    /// Nothing is signed: what proves a notice is the tag of the message it is about, which bears our mark and was told
    /// to nobody else. What is about other messages is left out.
    fn read(&self, request: &::http::Request<Bytes>, _now: Wall) -> Option<Heard> {
        if request.method() != Method::POST {
            return None;
        }
        let push: Push = serde_json::from_slice(request.body()).ok()?;
        let reports: Vec<_> = push.notices.iter().filter_map(|notice| self.report(notice)).collect();
        (!reports.is_empty()).then_some(Heard { reports, answer: None })
    }

    fn probe(&self, _now: Wall) -> Option<Request> {
        Some(ask::get(&self.ask, None))
    }

    fn probed(&self, answer: &Response) -> Result<Standing, String> {
        match (answer.status().as_u16(), code(answer)) {
            // Nothing found, as is right.
            (200, Some(0 | 200)) => Ok(Standing::default()),
            (200, Some(code)) => Err(format!("AOSSMS answers with code {code}")),
            (200, None) => Err("what answers is not AOSSMS".to_owned()),
            (status, _) => Err(format!("AOSSMS answers with status {status}")),
        }
    }
}

impl Aossms {
    fn report(&self, notice: &Value) -> Option<Report> {
        let text = |name: &str| ask::word(notice.get(name));
        let about = self.site.tagged(&text("clientTag")?)?;
        let fate = match ask::number(notice.get("statusId")) {
            Some(2) => Fate::Delivered,
            // What the detailed status says may change at any time, by the vendor's own word.
            Some(3) => Fate::Lost("failed"),
            _ => Fate::Underway,
        };
        Some(Report { about: Some(about), reference: text("messageId"), ..Report::of(fate) })
    }
}

fn code(answer: &Response) -> Option<u32> {
    ask::number(said::<Value>(answer)?.get("responseCode"))
}

#[derive(Deserialize)]
struct Push {
    #[serde(rename = "eventNotifications")]
    notices: Vec<Value>,
}

#[cfg(test)]
#[path = "aossms/tests.rs"]
mod tests;
