//! Twilio Verify v2 (`/v2/Services/{VA…}/Verifications` and `/VerificationCheck`, the vendor's OpenAPI of 2026-04): Twilio
//! makes the code, sends it and checks it.
//!
//! Messages to one number within ten minutes belong to one verification, and carry one code.

use std::time::Duration;

use ::http::{HeaderValue, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::ask;
use super::kind::{Given, Key, Kind, Made, Need, Shape};
use super::making::{Checked, LENGTH, Maker, is_plain_name, post};
use super::{ProviderFault, Request, Response, endpoint, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::domain::code::Code;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;

const FORM: &str = "application/x-www-form-urlencoded";
/// A verification's checks: the sixth finds nothing any more.
const MOST_CHECKS: u8 = 5;

pub const KIND: Kind = Kind {
    name: "twilio-verify",
    channels: &[Channel::Sms, Channel::Voice, Channel::Whatsapp, Channel::Email],
    keys: &[
        ask::text("account", 34, Need::Required, "\"AC…\""),
        ask::secret("token", Need::Required, "{ file = \"/etc/sekisho/secrets/twilio\" }"),
        ask::text("service", 34, Need::Required, "\"VA…\""),
        LENGTH,
        Key { name: "life", shape: Shape::Whole(2, 1440), need: Need::Default("10"), like: "10" },
        ask::base("https://verify.twilio.com", "\"https://verify.twilio.com\""),
    ],
    make: |given, site| Ok(Made::Maker(Box::new(TwilioVerify::new(given, site.channel)?))),
};

pub struct TwilioVerify {
    begin: Uri,
    check: Uri,
    authorization: HeaderValue,
    channel: &'static str,
    length: usize,
    life: Duration,
}

impl TwilioVerify {
    pub fn new(given: &Given, channel: Channel) -> Result<TwilioVerify, ProviderFault> {
        let (account, service) = (given.text("account")?, given.text("service")?);
        if !is_sid("AC", account) {
            return Err(ProviderFault::of("account", "an account of Twilio is \"AC\" and 32 digits of hexadecimal"));
        }
        if !is_sid("VA", service) {
            return Err(ProviderFault::of("service", "a Verify service is \"VA\" and 32 digits of hexadecimal"));
        }
        let credentials = format!("{account}:{}", given.secret("token")?.expose());
        let service = format!("{}/v2/Services/{service}", given.text("base_url")?.trim_end_matches('/'));
        Ok(TwilioVerify {
            begin: endpoint(&format!("{service}/Verifications"))?,
            check: endpoint(&format!("{service}/VerificationCheck"))?,
            authorization: header_value(&format!("Basic {}", STANDARD.encode(credentials)))?,
            channel: match channel {
                Channel::Sms => "sms",
                Channel::Voice => "call",
                Channel::Whatsapp => "whatsapp",
                Channel::Email => "email",
            },
            length: usize::try_from(given.whole("length")?).unwrap_or_default(),
            life: Duration::from_secs(60 * given.whole("life")?),
        })
    }

    fn post(&self, url: &Uri, fields: &[(&str, &str)]) -> Request {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        post(url, &self.authorization, FORM, form)
    }
}

fn is_sid(kind: &str, sid: &str) -> bool {
    let digits = sid.strip_prefix(kind).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Maker for TwilioVerify {
    fn length(&self) -> usize {
        self.length
    }

    fn life(&self) -> Duration {
        self.life
    }

    fn tries(&self) -> u8 {
        MOST_CHECKS
    }

    fn begin(&self, message: &Message) -> Request {
        let to = message.contact.address.exposed();
        self.post(&self.begin, &[("To", to), ("Channel", self.channel), ("Locale", language(message.locale))])
    }

    fn begun(&self, answer: &Response) -> Outcome {
        let body = Body::of(answer);
        match (answer.status().is_success(), body.sid.as_ref(), body.status()) {
            (false, ..) => Err(failure(answer, body.code)),
            (true, Some(sid), Some("pending")) if is_sid("VE", sid) => {
                Ok(Accepted { reference: Some(sid.clone()), price: None })
            }
            // It is none that could still be checked.
            (true, Some(_), Some("canceled" | "failed" | "expired" | "deleted" | "max_attempts_reached")) => {
                Err(Class::Transient.into())
            }
            _ => Err(Class::Ambiguous.into()),
        }
    }

    fn check(&self, reference: &str, entry: &Code) -> Request {
        self.post(&self.check, &[("VerificationSid", reference), ("Code", entry.expose())])
    }

    fn checked(&self, reference: &str, answer: &Response) -> Checked {
        let body = Body::of(answer);
        let about_this = body.sid.as_deref() == Some(reference);
        match (answer.status().is_success(), body.status(), body.valid) {
            (true, Some("approved"), Some(true)) if about_this => Checked::Right,
            (true, Some("pending"), Some(false)) if about_this => Checked::Wrong,
            (true, Some("canceled" | "expired" | "deleted" | "failed" | "max_attempts_reached"), _) if about_this => {
                Checked::Over
            }
            (true, ..) => Checked::Failed(Class::Ambiguous.into()),
            // Expired, approved already, or checked too often.
            (false, ..) if body.code == Some(60202) || answer.status() == 404 => Checked::Over,
            (false, ..) => Checked::Failed(failure(answer, body.code)),
        }
    }

    fn cancel(&self, reference: &str) -> Option<Request> {
        let url = endpoint(&format!("{}/{reference}", self.begin)).ok().filter(|_| is_plain_name(reference))?;
        Some(self.post(&url, &[("Status", "canceled")]))
    }
}

/// What we read of every kind of answer: a verification, a check, an error.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    sid: Option<String>,
    /// A word in a verification, the HTTP status in an error.
    status: Option<serde_json::Value>,
    valid: Option<bool>,
    code: Option<u32>,
}

impl Body {
    fn of(answer: &Response) -> Body {
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    fn status(&self) -> Option<&str> {
        self.status.as_ref()?.as_str()
    }
}

fn failure(answer: &Response, code: Option<u32>) -> Failure {
    let class = code.and_then(class_of).unwrap_or(Class::of_status(answer.status()));
    Failure { class, number: code, wait: retry_after(answer) }
}

/// The error numbers of Verify, as far as they say more than the HTTP status. A verification that was checked too often can
/// be begun anew after its ten minutes.
fn class_of(code: u32) -> Option<Class> {
    Some(match code {
        20003 | 20008 | 60200 | 60223 | 60238 => Class::Config,
        20429 | 60202 | 60203 | 60207 | 60212 => Class::Throttle,
        60205 | 21211 | 21614 => Class::RecipientPermanent,
        60410 | 60412 => Class::Fraud,
        60605 => Class::Region,
        _ => return None,
    })
}

fn language(locale: Locale) -> &'static str {
    match locale.tag() {
        "zh-Hans" => "zh-CN",
        "zh-Hant" => "zh-HK",
        tag => tag,
    }
}

#[cfg(test)]
#[path = "twilio_verify/tests.rs"]
mod tests;
