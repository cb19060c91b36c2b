//! EngageLab OTP with codes of its own (`/v1/messages`, `/v1/verifications`, the vendor's SDK 1.0.1 and documentation of
//! 2026-03): EngageLab makes the code, sends it and checks it.
//!
//! Ways, length and life of a code stand in the template there. Errors are told apart by the number in the body: nearly all
//! come with status 400.

use std::time::Duration;

use ::http::{HeaderValue, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::ask;
use super::kind::{Given, Key, Kind, Made, Need, Shape};
use super::making::{Checked, LENGTH, Maker, post};
use super::{ProviderFault, Request, Response, endpoint, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::domain::code::Code;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;

const JSON: &str = "application/json";

pub const KIND: Kind = Kind {
    name: "engagelab-verify",
    channels: &[Channel::Sms, Channel::Voice, Channel::Whatsapp, Channel::Email],
    keys: &[
        ask::text("dev_key", 128, Need::Required, "\"…\""),
        ask::secret("dev_secret", Need::Required, "{ file = \"/etc/sekisho/secrets/engagelab\" }"),
        ask::text("template", 30, Need::Required, "\"hosp_login\""),
        LENGTH,
        Key { name: "life", shape: Shape::Whole(1, 10), need: Need::Default("5"), like: "5" },
        ask::base("https://otp.api.engagelab.cc", "\"https://otp.api.engagelab.cc\""),
    ],
    make: |given, _| Ok(Made::Maker(Box::new(EngagelabVerify::new(given)?))),
};

pub struct EngagelabVerify {
    begin: Uri,
    check: Uri,
    authorization: HeaderValue,
    template: String,
    length: usize,
    life: Duration,
}

impl EngagelabVerify {
    pub fn new(given: &Given) -> Result<EngagelabVerify, ProviderFault> {
        let credentials = format!("{}:{}", given.text("dev_key")?, given.secret("dev_secret")?.expose());
        let base_url = given.text("base_url")?.trim_end_matches('/');
        Ok(EngagelabVerify {
            begin: endpoint(&format!("{base_url}/v1/messages"))?,
            check: endpoint(&format!("{base_url}/v1/verifications"))?,
            authorization: header_value(&format!("Basic {}", STANDARD.encode(credentials)))?,
            template: given.text("template")?.to_owned(),
            length: usize::try_from(given.whole("length")?).unwrap_or_default(),
            life: Duration::from_secs(60 * given.whole("life")?),
        })
    }
}

impl Maker for EngagelabVerify {
    fn length(&self) -> usize {
        self.length
    }

    fn life(&self) -> Duration {
        self.life
    }

    /// None is documented.
    fn tries(&self) -> u8 {
        u8::MAX
    }

    fn begin(&self, message: &Message) -> Request {
        let template = json!({ "id": self.template, "language": language(message.locale), "params": {} });
        let body = json!({ "to": message.contact.address.exposed(), "template": template });
        post(&self.begin, &self.authorization, JSON, body.to_string())
    }

    fn begun(&self, answer: &Response) -> Outcome {
        let body = Body::of(answer);
        match (body.code.unwrap_or(0), body.message_id) {
            (0, Some(id)) if answer.status() == StatusCode::OK && (1..=128).contains(&id.len()) => {
                Ok(Accepted { reference: Some(id), price: None })
            }
            (code, _) => Err(failure(answer, code)),
        }
    }

    fn check(&self, reference: &str, entry: &Code) -> Request {
        let body = json!({ "message_id": reference, "verify_code": entry.expose() });
        post(&self.check, &self.authorization, JSON, body.to_string())
    }

    fn checked(&self, reference: &str, answer: &Response) -> Checked {
        let body = Body::of(answer);
        let about_this = body.message_id.as_deref() == Some(reference);
        match (body.code.unwrap_or(0), body.verified) {
            (0, Some(true)) if answer.status() == StatusCode::OK && about_this => Checked::Right,
            (0, Some(false)) if answer.status() == StatusCode::OK && about_this => Checked::Wrong,
            // Expired or verified already; no such message.
            (3003 | 4001, _) => Checked::Over,
            (code, _) => Checked::Failed(failure(answer, code)),
        }
    }
}

/// What we read of every kind of answer: a message, a verification, an error.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    message_id: Option<String>,
    verified: Option<bool>,
    code: Option<u32>,
}

impl Body {
    fn of(answer: &Response) -> Body {
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }
}

fn failure(answer: &Response, code: u32) -> Failure {
    let class = class_of(code).unwrap_or(Class::of_status(answer.status()));
    Failure { class, number: Some(code).filter(|code| *code != 0), wait: retry_after(answer) }
}

fn class_of(code: u32) -> Option<Class> {
    Some(match code {
        1000 | 5001 | 5012 | 5016 | 5018 => Class::Transient,
        2001 | 2002 | 2004 | 3001 | 3002 | 3003 | 4001 | 5014 => Class::Config,
        3004 => Class::Throttle,
        5011 | 5020 => Class::RecipientPermanent,
        5013 | 5019 => Class::OptOut,
        5015 => Class::Fraud,
        5017 => Class::Region,
        _ => return None,
    })
}

fn language(locale: Locale) -> &'static str {
    match locale.tag() {
        "en" => "en",
        "ja" => "ja",
        "es" => "es",
        "zh-Hans" => "zh_CN",
        "zh-Hant" => "zh_HK",
        _ => "default",
    }
}

#[cfg(test)]
#[path = "engagelab_verify/tests.rs"]
mod tests;
