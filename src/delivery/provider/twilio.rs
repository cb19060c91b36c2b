//! Twilio Programmable Messaging (`POST /2010-04-01/Accounts/{sid}/Messages.json`, the vendor's OpenAPI of 2026-04).
//!
//! It has no idempotency key, so what may have been taken is not sent again.

pub mod receipt;

use ::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use super::{ProviderFault, Request, Response, endpoint, fault, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::settings::TwilioProvider;

/// Bounds of `ValidityPeriod`, in seconds.
const LONGEST_VALIDITY: u64 = 36_000;

pub struct Twilio {
    url: Uri,
    authorization: HeaderValue,
    sender: Sender,
    report_to: Option<String>,
}

enum Sender {
    From(String),
    Service(String),
}

impl Twilio {
    pub fn new(settings: &TwilioProvider, report_to: Option<&str>) -> Result<Twilio, ProviderFault> {
        let TwilioProvider { account, token, from, base_url } = settings;
        if account.is_empty() || !account.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return fault("the account is an identifier that begins with AC");
        }
        if from.is_empty() {
            return fault("a sender is needed: a number, a name, or a Messaging Service");
        }
        let credentials = format!("{account}:{}", token.expose());
        let is_service = from.len() == 34 && from.starts_with("MG") && from[2..].bytes().all(|b| b.is_ascii_hexdigit());
        Ok(Twilio {
            url: endpoint(&format!("{}/2010-04-01/Accounts/{account}/Messages.json", base_url.trim_end_matches('/')))?,
            authorization: header_value(&format!("Basic {}", STANDARD.encode(credentials)))?,
            sender: if is_service { Sender::Service(from.clone()) } else { Sender::From(from.clone()) },
            report_to: report_to.map(str::to_owned),
        })
    }

    pub fn request(&self, message: &Message) -> Request {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("To", message.contact.phone.e164());
        match &self.sender {
            Sender::From(from) => form.append_pair("From", from),
            Sender::Service(service) => form.append_pair("MessagingServiceSid", service),
        };
        form.append_pair("Body", message.text.expose());
        // A code that is over helps nobody: the carrier need not keep trying.
        form.append_pair("ValidityPeriod", &message.life.as_secs().clamp(1, LONGEST_VALIDITY).to_string());
        if let Some(report_to) = &self.report_to {
            form.append_pair("StatusCallback", &receipt::address(report_to, &message.challenge, message.send));
        }
        let mut request = Request::new(Bytes::from(form.finish()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request
    }

    pub fn outcome(&self, answer: &Response) -> Outcome {
        let body: Body = serde_json::from_slice(answer.body()).unwrap_or_default();
        if !answer.status().is_success() {
            let class = body.code.and_then(class_of).unwrap_or(Class::of_status(answer.status()));
            return Err(Failure { class, number: body.code, wait: retry_after(answer) });
        }
        match (body.sid, body.status.as_ref().and_then(|s| s.as_str())) {
            // Taken down and given up in one breath.
            (_, Some("failed" | "undelivered" | "canceled")) => {
                let class = body.error_code.and_then(class_of).unwrap_or(Class::Config);
                Err(Failure { class, number: body.error_code, wait: None })
            }
            (Some(sid), _) => Ok(Accepted { reference: Some(sid) }),
            // A success that names no message is not the documented one: who knows who said it.
            (None, _) => Err(Class::Ambiguous.into()),
        }
    }
}

/// What we read of both kinds of answer: a message, and an error.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    sid: Option<String>,
    /// A word in a message, the HTTP status in an error.
    status: Option<serde_json::Value>,
    code: Option<u32>,
    error_code: Option<u32>,
}

/// Twilio's error numbers, as far as they say more than the HTTP status.
fn class_of(code: u32) -> Option<Class> {
    Some(match code {
        20003 | 21612 | 21617 | 30002 | 30007 | 30042 => Class::Config,
        20429 | 21611 | 30001 => Class::Throttle,
        21211 | 21614 | 30005 | 30006 => Class::RecipientPermanent,
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
