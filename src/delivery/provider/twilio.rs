//! Twilio: messages by SMS and WhatsApp (`Messages.json`), calls (`Calls.json`), as the vendor's OpenAPI of 2026-04 has
//! them.
//!
//! It has no idempotency key, so what may have been taken is not sent again.

pub mod receipt;
mod settings;
mod voice;

use ::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Uri};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::kind::{Given, Heard, Standing, Vendor};
use super::languages::PerLanguage;
use super::{ProviderFault, Request, Response, amount, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::time::Wall;
use receipt::Callbacks;
pub use settings::KIND;
use settings::is_sid;
use voice::Voice;

/// Bounds of `ValidityPeriod`, in seconds.
const LONGEST_VALIDITY: u64 = 36_000;

pub struct Twilio {
    /// The account, as the addresses of the API begin.
    account: String,
    url: Uri,
    authorization: HeaderValue,
    sender: Sender,
    way: Way,
    /// Pairs that go along with every message.
    fixed: Vec<(&'static str, &'static str)>,
    feedback: bool,
    site: Site,
    callbacks: Callbacks,
}

enum Sender {
    From(String),
    Service(String),
}

/// What is sent.
enum Way {
    Text,
    /// A template of Twilio's; its one variable is the code.
    Template(PerLanguage),
    Call(Voice),
}

impl Twilio {
    pub fn new(given: &Given, site: &Site) -> Result<Twilio, ProviderFault> {
        settings::make(given, site)
    }

    fn ask(&self, method: Method, url: Uri, form: String) -> Request {
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = method;
        *request.uri_mut() = url;
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request
    }

    fn message(&self, form: &mut Serializer<'_, String>, message: &Message) {
        match &self.way {
            Way::Template(templates) => {
                form.append_pair("ContentSid", templates.of(message.locale));
                let variables = serde_json::json!({ "1": message.code.expose() });
                form.append_pair("ContentVariables", &variables.to_string());
            }
            _ => {
                form.append_pair("Body", message.text.expose());
            }
        }
        // A code that is over helps nobody: the carrier need not keep trying.
        form.append_pair("ValidityPeriod", &message.life.as_secs().clamp(1, LONGEST_VALIDITY).to_string());
        for (name, value) in &self.fixed {
            form.append_pair(name, value);
        }
    }
}

impl Vendor for Twilio {
    fn request(&self, message: &Message, now: Wall) -> Request {
        let mut form = Serializer::new(String::new());
        let to = message.contact.address.exposed();
        match self.site.channel {
            Channel::Whatsapp => form.append_pair("To", &format!("whatsapp:{to}")),
            _ => form.append_pair("To", to),
        };
        match &self.sender {
            Sender::From(from) => form.append_pair("From", from),
            Sender::Service(service) => form.append_pair("MessagingServiceSid", service),
        };
        match &self.way {
            Way::Call(voice) => voice.fill(&mut form, message, &self.site, now),
            _ => self.message(&mut form, message),
        }
        if let Some(address) = self.site.address(message) {
            form.append_pair("StatusCallback", &address);
        }
        self.ask(Method::POST, self.url.clone(), form.finish())
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body: Body = serde_json::from_slice(answer.body()).unwrap_or_default();
        if !answer.status().is_success() {
            let class = body.code.and_then(class_of).unwrap_or(Class::of_status(answer.status()));
            return Err(Failure { class, number: body.code, wait: retry_after(answer) });
        }
        match (body.sid, body.status.as_ref().and_then(|s| s.as_str())) {
            // Taken down and given up in one breath.
            (_, Some("failed" | "undelivered" | "canceled" | "busy" | "no-answer")) => {
                let class = body.error_code.and_then(class_of).unwrap_or(Class::Config);
                Err(Failure { class, number: body.error_code, wait: None })
            }
            (Some(sid), _) => {
                let price = body.price_unit.and_then(|unit| amount::cost(&body.price, &unit));
                Ok(Accepted { reference: Some(sid), price })
            }
            // A success that names no message is not the documented one: who knows who said it.
            (None, _) => Err(Class::Ambiguous.into()),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        let callback = self.callbacks.check(request)?;
        match &self.way {
            Way::Call(voice) => Some(voice.heard(&callback, &self.site, request, now)),
            _ => Some(callback.report().into()),
        }
    }

    fn feedback(&self, reference: &str, entered: bool, _now: Wall) -> Option<Request> {
        let (kind, digits) = reference.split_at_checked(2)?;
        let is_message = matches!(kind, "SM" | "MM") && is_sid(digits);
        if !self.feedback || !is_message {
            return None;
        }
        let outcome = if entered { "Outcome=confirmed" } else { "Outcome=unconfirmed" };
        let url = format!("{}/Messages/{reference}/Feedback.json", self.account).parse().ok()?;
        Some(self.ask(Method::POST, url, outcome.to_owned()))
    }

    fn probe(&self, _now: Wall) -> Option<Request> {
        let mut request = self.ask(Method::GET, format!("{}/Balance.json", self.account).parse().ok()?, String::new());
        request.headers_mut().remove(CONTENT_TYPE);
        Some(request)
    }

    fn probed(&self, answer: &Response) -> Result<Standing, String> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Balance {
            balance: Value,
            currency: String,
        }
        match answer.status().as_u16() {
            200 => {
                let Balance { balance, currency } = serde_json::from_slice(answer.body()).unwrap_or_default();
                Ok(Standing { balance: amount::balance(&balance, &currency) })
            }
            401 | 403 => Err("Twilio does not take `account` with `token`, or `api_key` with `api_secret`".to_owned()),
            status => Err(format!("Twilio answered with status {status}")),
        }
    }
}

/// What we read of both kinds of answer: a message or call, and an error.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    sid: Option<String>,
    /// A word in a message, the HTTP status in an error.
    status: Option<Value>,
    code: Option<u32>,
    error_code: Option<u32>,
    price: Value,
    price_unit: Option<String>,
}

/// Twilio's error numbers, as far as they say more than the HTTP status.
fn class_of(code: u32) -> Option<Class> {
    Some(match code {
        20003 | 21612 | 21617 | 30002 | 30007 | 30042 | 63016 => Class::Config,
        20429 | 21611 | 30001 | 63018 => Class::Throttle,
        21211 | 21214 | 21614 | 30005 | 30006 | 63003 | 63024 => Class::RecipientPermanent,
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
