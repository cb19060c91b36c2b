//! AWS End User Messaging SMS and Voice v2 (`PinpointSMSVoiceV2`), as the vendor's service model of 2026 has it.
//!
//! It has no client token, so what may have been taken is not sent again.

pub mod notification;
pub mod sigv4;

use ::http::{HeaderName, HeaderValue, Method, Uri};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::ask;
use super::kind::{Given, Heard, Key, Kind, Made, Need, Shape, Standing, Vendor};
use super::languages::PerLanguage;
use super::{ProviderFault, Request, Response, endpoint, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use notification::Notifications;
use sigv4::Credentials;

const SECRET: &str = "{ file = \"/etc/sekisho/secrets/aws\" }";

/// What every service of AWS is asked with.
pub const REGION: Key = ask::text("region", 32, Need::Required, "\"ap-northeast-1\"");
pub const ACCESS_KEY: Key = ask::text("access_key", 128, Need::Required, "\"AKIA…\"");
pub const SECRET_KEY: Key = ask::secret("secret_key", Need::Required, SECRET);
pub const SESSION_TOKEN: Key = ask::secret("session_token", Need::Optional, SECRET);
pub const MAX_PRICE: Key = ask::text("max_price", 8, Need::Optional, "\"0.10\"");

/// As AWS signs requests to this service, and calls it.
const SERVICE: &str = "sms-voice";
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

pub const KIND: Kind = Kind {
    name: "aws",
    channels: &[Channel::Sms, Channel::Voice],
    keys: &[
        REGION,
        ACCESS_KEY,
        SECRET_KEY,
        SESSION_TOKEN,
        Key { name: "from", shape: Shape::Text(256), need: Need::Optional, like: "\"pool-…\"" },
        Key {
            name: "message_type",
            shape: Shape::Choice(&["TRANSACTIONAL", "PROMOTIONAL"]),
            need: Need::Default("TRANSACTIONAL"),
            like: "\"TRANSACTIONAL\"",
        },
        Key { name: "configuration_set", shape: Shape::Text(256), need: Need::Optional, like: "\"sekisho\"" },
        Key { name: "protect", shape: Shape::Text(256), need: Need::Optional, like: "\"protect-…\"" },
        MAX_PRICE,
        Key { name: "voice", shape: Shape::Text(200), need: Need::Optional, like: "\"ja=TAKUMI, en=JOANNA\"" },
        Key { name: "without_key_press", shape: Shape::Flag, need: Need::Default("false"), like: "true" },
        Key { name: "feedback", shape: Shape::Flag, need: Need::Default("false"), like: "true" },
        Key { name: "topic", shape: Shape::Text(512), need: Need::Optional, like: "\"arn:aws:sns:…\"" },
        Key { name: "certificate", shape: Shape::Path, need: Need::Optional, like: "\"/etc/sekisho/tls/sns.pem\"" },
        Key { name: "probe_to", shape: Shape::Text(16), need: Need::Optional, like: "\"+819012345678\"" },
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Optional,
            like: "\"https://sms-voice.ap-northeast-1.amazonaws.com\"",
        },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Aws::new(given, site)?))),
};

/// Seconds that `TimeToLive` may say.
const TTL: std::ops::RangeInclusive<u64> = 5..=259_200;

pub struct Aws {
    url: Uri,
    credentials: Credentials,
    /// Members that go along with every message.
    fixed: Map<String, Value>,
    voice: Option<PerLanguage>,
    feedback: bool,
    probe_to: Option<String>,
    notifications: Option<Notifications>,
    site: Site,
}

impl Aws {
    pub fn new(given: &Given, site: &Site) -> Result<Aws, ProviderFault> {
        let credentials = Credentials::read(given, SERVICE)?;
        let default = format!("https://{SERVICE}.{}.amazonaws.com", given.text("region")?);
        let base_url = given.get("base_url").unwrap_or(&default).trim_end_matches('/');
        let is_call = site.channel == Channel::Voice;
        if is_call && !given.flag("without_key_press") {
            let text = "AWS speaks the code to whoever or whatever takes the call, also to a mailbox: \
                        write `without_key_press = true` if that is bearable, or call by another provider";
            return Err(ProviderFault { key: None, text: text.to_owned() });
        }
        if is_call && given.get("from").is_none() {
            return Err(ProviderFault::of("from", "a call needs the number that it comes from: add `from`"));
        }
        let name = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let voice = given.get("voice").map(|text| PerLanguage::read("voice", text, "\"TAKUMI\"", name)).transpose()?;
        let probe_to = given.get("probe_to").map(str::to_owned);
        if probe_to.as_deref().is_some_and(|to| !is_number(to)) {
            return Err(ProviderFault::of("probe_to", "a number begins with \"+\" and the country code"));
        }
        Ok(Aws {
            url: endpoint(&format!("{base_url}/"))?,
            credentials,
            fixed: fixed(given, is_call)?,
            voice,
            feedback: given.flag("feedback"),
            probe_to,
            notifications: Notifications::new(given)?,
            site: site.clone(),
        })
    }

    fn ask(&self, operation: &str, body: &Value, now: Wall) -> Request {
        let mut request = Request::new(Bytes::from(body.to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(::http::header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
        let target = HeaderValue::try_from(format!("PinpointSMSVoiceV2.{operation}"));
        headers.insert(TARGET, target.unwrap_or(HeaderValue::from_static("")));
        self.credentials.sign(&mut request, now);
        request
    }
}

/// What the settings say of every message.
fn fixed(given: &Given, is_call: bool) -> Result<Map<String, Value>, ProviderFault> {
    let mut fixed = Map::new();
    let price = if is_call { "MaxPricePerMinute" } else { "MaxPrice" };
    for (key, member) in [
        ("from", "OriginationIdentity"),
        ("configuration_set", "ConfigurationSetName"),
        ("protect", "ProtectConfigurationId"),
        ("max_price", price),
    ] {
        if let Some(value) = given.get(key) {
            fixed.insert(member.to_owned(), value.into());
        }
    }
    if let Some(price) = given.get("max_price") {
        let digits = |part: &str| !part.is_empty() && part.len() <= 5 && part.bytes().all(|b| b.is_ascii_digit());
        let (whole, fraction) = price.split_once('.').unwrap_or((price, "0"));
        if !digits(whole) || !digits(fraction) {
            return Err(ProviderFault::of("max_price", "a price in US dollars, such as \"0.10\""));
        }
    }
    if given.flag("feedback") {
        fixed.insert("MessageFeedbackEnabled".to_owned(), true.into());
    }
    if !is_call {
        fixed.insert("MessageType".to_owned(), given.get("message_type").unwrap_or("TRANSACTIONAL").into());
    }
    Ok(fixed)
}

impl Vendor for Aws {
    fn request(&self, message: &Message, now: Wall) -> Request {
        let mut body = self.fixed.clone();
        let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
        put("DestinationPhoneNumber", message.contact.address.exposed().into());
        put("MessageBody", message.text.expose().as_str().into());
        put("TimeToLive", message.life.as_secs().clamp(*TTL.start(), *TTL.end()).into());
        put("Context", json!({notification::TAG: self.site.tag(message)}));
        if self.site.channel == Channel::Voice {
            put("MessageBodyTextType", "TEXT".into());
            let voice = self.voice.as_ref().map(|voice| voice.of(message.locale));
            if let Some(voice) = voice.or(voice_of(message.locale)) {
                put("VoiceId", voice.into());
            }
            return self.ask("SendVoiceMessage", &body.into(), now);
        }
        self.ask("SendTextMessage", &body.into(), now)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if answer.status().is_success() {
            let reference = body["MessageId"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
            // A success that names no message is not the documented one.
            return reference
                .map_or(Err(Class::Ambiguous.into()), |id| Ok(Accepted { reference: Some(id), price: None }));
        }
        let class = class_of(&body).unwrap_or(Class::of_status(answer.status()));
        Err(Failure { class, number: None, wait: retry_after(answer) })
    }

    fn reports(&self) -> bool {
        self.notifications.is_some()
    }

    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        self.notifications.as_ref()?.read(request.body(), &self.site, now)
    }

    fn feedback(&self, reference: &str, entered: bool, now: Wall) -> Option<Request> {
        let status = if entered { "RECEIVED" } else { "FAILED" };
        let body = json!({"MessageId": reference, "MessageFeedbackStatus": status});
        self.feedback.then(|| self.ask("PutMessageFeedback", &body, now))
    }

    /// Asks for a message that is judged and never sent.
    fn probe(&self, now: Wall) -> Option<Request> {
        let mut body = self.fixed.clone();
        body.remove("MessageFeedbackEnabled");
        body.insert("DestinationPhoneNumber".to_owned(), self.probe_to.as_deref()?.into());
        body.insert("MessageBody".to_owned(), "sekisho".into());
        body.insert("DryRun".to_owned(), true.into());
        let is_call = self.site.channel == Channel::Voice;
        Some(self.ask(if is_call { "SendVoiceMessage" } else { "SendTextMessage" }, &body.into(), now))
    }

    fn probed(&self, answer: &Response) -> Result<Standing, String> {
        if answer.status().is_success() {
            return Ok(Standing::default());
        }
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let plain = |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(80).collect();
        let name: String = plain(exception(&body));
        let reason: String = plain(body["Reason"].as_str().unwrap_or_default());
        Err(format!("AWS answered with status {} {name} {reason}", answer.status().as_u16()))
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Who speaks, where the settings do not say; the service has its own choice for English.
fn voice_of(locale: Locale) -> Option<&'static str> {
    (locale.tag() == "ja").then_some("TAKUMI")
}

/// The name of an error, behind what some services put before it.
fn exception(body: &Value) -> &str {
    let name = body["__type"].as_str().unwrap_or_default();
    name.rsplit_once('#').map_or(name, |(_, name)| name)
}

/// What an error says beyond the HTTP status.
fn class_of(body: &Value) -> Option<Class> {
    let reason = body["Reason"].as_str().unwrap_or_default();
    Some(match (exception(body), reason) {
        ("ThrottlingException", _) => Class::Throttle,
        ("InternalServerException", _) => Class::Ambiguous,
        ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT") => Class::OptOut,
        ("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION") => Class::Region,
        ("ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE") => Class::Fraud,
        (
            "ValidationException",
            "DESTINATION_COUNTRY_BLOCKED" | "COUNTRY_NOT_ENABLED" | "INTERNATIONAL_SENDING_NOT_SUPPORTED",
        ) => Class::Region,
        ("ValidationException", "PRICE_OVER_THRESHOLD") => Class::Funds,
        ("ValidationException", "INVALID_PARAMETER" | "CANNOT_PARSE") if is_about_the_number(body) => {
            Class::RecipientPermanent
        }
        ("ServiceQuotaExceededException", _) => Class::Funds,
        ("AccessDeniedException" | "ResourceNotFoundException" | "ConflictException" | "ValidationException", _) => {
            Class::Config
        }
        _ => return None,
    })
}

/// Whether the member that was refused is the number; if none is named, that is what differs between messages.
fn is_about_the_number(body: &Value) -> bool {
    let Some(fields) = body["Fields"].as_array().filter(|fields| !fields.is_empty()) else { return true };
    fields.iter().any(|field| field["Name"].as_str().is_some_and(|name| name.contains("DestinationPhoneNumber")))
}

#[cfg(test)]
#[path = "aws/tests.rs"]
mod tests;
