//! Vonage Verify v2 (`/v2/verify`, the vendor's SDK of 2026): Vonage makes the code, sends it and checks it.
//!
//! Each message is a request of its own, with a workflow of one step, so that nothing goes another way than was asked for.
//! Vonage has one request under way for a number. Asked for another, it names the one that is: see
//! [`Maker::in_the_way`].

use std::time::Duration;

use ::http::{HeaderValue, Method, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::kind::{Given, Key, Kind, Made, Need, Shape};
use super::making::{Checked, LENGTH, Maker, is_plain_name, post};
use super::{ProviderFault, Request, Response, endpoint, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::domain::code::Code;
use crate::domain::contact::{Address, Channel};
use crate::domain::locale::Locale;

const JSON: &str = "application/json";
/// Seconds that a step may be given.
const TIMEOUTS: (u64, u64) = (15, 900);
/// What is known of how often it may be asked is only that there is an end; more than three entries are not relied on.
const MOST_CHECKS: u8 = 3;

pub const KIND: Kind = Kind {
    name: "vonage-verify",
    channels: &[Channel::Sms, Channel::Voice, Channel::Whatsapp, Channel::Email],
    keys: &[
        Key { name: "api_key", shape: Shape::Text(64), need: Need::Required, like: "\"abcd1234\"" },
        Key {
            name: "api_secret",
            shape: Shape::Secret,
            need: Need::Required,
            like: "{ file = \"/etc/sekisho/secrets/vonage\" }",
        },
        Key { name: "brand", shape: Shape::Text(16), need: Need::Required, like: "\"Hospital\"" },
        Key { name: "from", shape: Shape::Text(64), need: Need::Optional, like: "\"819012345678\"" },
        LENGTH,
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Default("https://api.nexmo.com"),
            like: "\"https://api.nexmo.com\"",
        },
    ],
    make: |given, site| Ok(Made::Maker(Box::new(VonageVerify::new(given, site.channel)?))),
};

pub struct VonageVerify {
    url: Uri,
    authorization: HeaderValue,
    brand: String,
    from: Option<String>,
    channel: &'static str,
    length: usize,
}

impl VonageVerify {
    pub fn new(given: &Given, channel: Channel) -> Result<VonageVerify, ProviderFault> {
        let credentials = format!("{}:{}", given.text("api_key")?, given.secret("api_secret")?.expose());
        if channel == Channel::Whatsapp && given.get("from").is_none() {
            return Err(ProviderFault::of("from", "by WhatsApp `from`, the sender's number, is needed"));
        }
        Ok(VonageVerify {
            url: endpoint(&format!("{}/v2/verify", given.text("base_url")?.trim_end_matches('/')))?,
            authorization: header_value(&format!("Basic {}", STANDARD.encode(credentials)))?,
            brand: given.text("brand")?.to_owned(),
            from: given.get("from").map(str::to_owned),
            channel: channel.name(),
            length: usize::try_from(given.whole("length")?).unwrap_or_default(),
        })
    }

    /// `None` where the name would be another path.
    fn one(&self, reference: &str) -> Option<Uri> {
        endpoint(&format!("{}/{reference}", self.url)).ok().filter(|_| is_plain_name(reference))
    }
}

impl Maker for VonageVerify {
    fn length(&self) -> usize {
        self.length
    }

    /// As long as is asked for.
    fn life(&self) -> Duration {
        Duration::from_secs(TIMEOUTS.1)
    }

    fn tries(&self) -> u8 {
        MOST_CHECKS
    }

    fn begin(&self, message: &Message) -> Request {
        let to = match &message.contact.address {
            Address::Phone(phone) => phone.e164().trim_start_matches('+'),
            Address::Mail(mail) => mail.exposed(),
        };
        let mut step = json!({ "channel": self.channel, "to": to });
        if let Some(from) = &self.from {
            step["from"] = Value::from(from.as_str());
        }
        let body = json!({
            "brand": self.brand,
            "locale": language(message.locale),
            "channel_timeout": message.life.as_secs().clamp(TIMEOUTS.0, TIMEOUTS.1),
            "code_length": self.length,
            "workflow": [step],
        });
        post(&self.url, &self.authorization, JSON, body.to_string())
    }

    fn begun(&self, answer: &Response) -> Outcome {
        let body = Body::of(answer);
        let taken = answer.status().is_success() || answer.status() == StatusCode::CONFLICT;
        match body.request_id.filter(|id| taken && is_plain_name(id)) {
            Some(id) => Ok(Accepted { reference: Some(id), price: None }),
            None if answer.status() == StatusCode::CONFLICT => Err(Class::Throttle.into()),
            None => Err(failure(answer)),
        }
    }

    fn in_the_way(&self, answer: &Response) -> Option<String> {
        let conflict = answer.status() == StatusCode::CONFLICT;
        Body::of(answer).request_id.filter(|id| conflict && is_plain_name(id))
    }

    fn check(&self, reference: &str, entry: &Code) -> Request {
        // What was begun has a plain name; anything else meets nothing at this address.
        let url = self.one(reference).unwrap_or_else(|| self.url.clone());
        post(&url, &self.authorization, JSON, json!({ "code": entry.expose() }).to_string())
    }

    fn checked(&self, reference: &str, answer: &Response) -> Checked {
        let body = Body::of(answer);
        // Not every version of the answer names the request; one that names another is about something else.
        let about_this = body.request_id.as_deref().is_none_or(|id| id == reference);
        match answer.status() {
            StatusCode::OK if about_this && body.status.as_deref() == Some("completed") => Checked::Right,
            StatusCode::BAD_REQUEST if body.kind.is_some_and(|kind| kind.ends_with("#invalid-code")) => Checked::Wrong,
            StatusCode::GONE | StatusCode::NOT_FOUND => Checked::Over,
            StatusCode::CONFLICT => Checked::Failed(Class::Config.into()),
            _ => Checked::Failed(failure(answer)),
        }
    }

    fn cancel(&self, reference: &str) -> Option<Request> {
        let mut request = post(&self.one(reference)?, &self.authorization, JSON, String::new());
        *request.method_mut() = Method::DELETE;
        *request.body_mut() = Bytes::new();
        request.headers_mut().remove(::http::header::CONTENT_TYPE);
        Some(request)
    }
}

/// What we read of a request that was begun, of a check, and of a problem document.
#[derive(Default)]
struct Body {
    request_id: Option<String>,
    status: Option<String>,
    /// `type`: an address that ends in what is wrong.
    kind: Option<String>,
    title: Option<String>,
}

impl Body {
    fn of(answer: &Response) -> Body {
        // In a problem document `status` may be a number.
        let Ok(Value::Object(mut body)) = serde_json::from_slice(answer.body()) else { return Body::default() };
        let mut text = |name: &str| match body.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Body { request_id: text("request_id"), status: text("status"), kind: text("type"), title: text("title") }
    }

    /// The network was blocked, because too few codes came back or by the vendor's word.
    fn is_fraud(&self) -> bool {
        let says = |text: &Option<String>| text.as_deref().is_some_and(|t| t.to_ascii_lowercase().contains("fraud"));
        says(&self.kind) || says(&self.title)
    }
}

fn failure(answer: &Response) -> Failure {
    let class = match answer.status() {
        _ if Body::of(answer).is_fraud() => Class::Fraud,
        status => Class::of_status(status),
    };
    Failure { class, number: None, wait: retry_after(answer) }
}

fn language(locale: Locale) -> &'static str {
    match locale.tag() {
        "ja" => "ja-jp",
        "de" => "de-de",
        "es" => "es-es",
        "fr" => "fr-fr",
        "ko" => "ko-kr",
        "pt-BR" => "pt-br",
        "vi" => "vi-vn",
        "zh-Hans" => "zh-cn",
        "zh-Hant" => "zh-tw",
        "ar" => "ar-xa",
        _ => "en-us",
    }
}

#[cfg(test)]
#[path = "vonage_verify/tests.rs"]
mod tests;
