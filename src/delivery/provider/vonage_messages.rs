//! Vonage's Messages API (`/v1/messages`): SMS, and WhatsApp by an authentication template.

use ::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Uri};
use bytes::Bytes;
use ring::hmac;
use serde_json::{Value, json};

use super::jwt::{Rs256, bearer, hs256, sha256_hex};
use super::kind::{Given, Heard, Key, Kind, Made, Need, Shape, Vendor};
use super::languages::PerLanguage;
use super::vonage::{digits, is_sender};
use super::{ProviderFault, Request, Response, amount, endpoint, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::time::Wall;
use crate::words::segments::{Encoding, segments};

const SECRET: &str = "{ file = \"/etc/sekisho/secrets/vonage\" }";

pub const KIND: Kind = Kind {
    name: "vonage-messages",
    channels: &[Channel::Sms, Channel::Whatsapp],
    keys: &[
        Key {
            name: "application",
            shape: Shape::Text(36),
            need: Need::Required,
            like: "\"00000000-0000-0000-0000-000000000000\"",
        },
        Key {
            name: "private_key",
            shape: Shape::Path,
            need: Need::Required,
            like: "\"/etc/sekisho/secrets/vonage.pem\"",
        },
        Key { name: "signature_secret", shape: Shape::Secret, need: Need::Optional, like: SECRET },
        Key { name: "from", shape: Shape::Text(15), need: Need::Required, like: "\"HOSPITAL\"" },
        Key { name: "template", shape: Shape::Text(512), need: Need::Optional, like: "\"hospital_login\"" },
        Key { name: "language", shape: Shape::Text(200), need: Need::Optional, like: "\"ja=ja, en=en_US\"" },
        Key { name: "trusted", shape: Shape::Flag, need: Need::Default("false"), like: "true" },
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Default("https://api.nexmo.com"),
            like: "\"https://api.nexmo.com\"",
        },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(VonageMessages::new(given, site)?))),
};

/// Seconds that `ttl` may say.
const TTL: std::ops::RangeInclusive<u64> = 20..=604_800;

/// Seconds that a token of ours holds; the vendor takes up to fifteen minutes.
const TOKEN_LIFE: i64 = 300;

/// Seconds that the time in a webhook's token may be from ours.
const WINDOW: i64 = 300;

pub struct VonageMessages {
    send: Uri,
    application: String,
    key: Rs256,
    webhooks: Option<hmac::Key>,
    from: String,
    template: Option<PerLanguage>,
    language: Option<PerLanguage>,
    trusted: bool,
    site: Site,
}

impl VonageMessages {
    pub fn new(given: &Given, site: &Site) -> Result<VonageMessages, ProviderFault> {
        let (application, from) = (given.text("application")?, given.text("from")?);
        if application.len() != 36 || !application.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
            return Err(ProviderFault::of("application", "an application of Vonage is a UUID"));
        }
        if !is_sender(from) {
            let text = "a sender is a number of digits without \"+\", or a name of at most 11 letters and digits";
            return Err(ProviderFault::of("from", text));
        }
        let name =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:-".contains(&b));
        let read = |key, like| given.get(key).map(|text| PerLanguage::read(key, text, like, name)).transpose();
        let (template, language) = (read("template", "\"hospital_login\"")?, read("language", "\"ja\"")?);
        if site.channel == Channel::Whatsapp && template.is_none() {
            let text = "WhatsApp takes codes in an approved template: add `template`";
            return Err(ProviderFault::of("template", text));
        }
        let base_url = given.text("base_url")?.trim_end_matches('/');
        let secret = given.secrets.get("signature_secret");
        Ok(VonageMessages {
            send: endpoint(&format!("{base_url}/v1/messages"))?,
            application: application.to_owned(),
            key: Rs256::read("private_key", given.text("private_key")?)?,
            webhooks: secret.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())),
            from: from.to_owned(),
            template,
            language,
            trusted: given.flag("trusted"),
            site: site.clone(),
        })
    }

    /// A token of this minute; no two messages have one.
    fn token(&self, message: &Message, now: Wall) -> Option<HeaderValue> {
        let unique = sha256_hex(format!("{} {}", self.site.tag(message), now.0).as_bytes());
        let claims = json!({
            "application_id": self.application,
            "iat": now.secs(),
            "exp": now.secs() + TOKEN_LIFE,
            "jti": format!("{}-{}-{}-{}-{}", &unique[..8], &unique[8..12], &unique[12..16], &unique[16..20], &unique[20..32]),
        });
        header_value(&format!("Bearer {}", self.key.sign(&claims)?)).ok()
    }

    fn body(&self, message: &Message) -> Value {
        let mut body = json!({
            "channel": self.site.channel.name(),
            "to": digits(message.contact.address.exposed()),
            "from": self.from,
            "client_ref": self.site.tag(message),
        });
        if let Some(address) = self.site.address(message) {
            body["webhook_url"] = address.into();
        }
        if let Some(template) = self.template.as_ref().filter(|_| self.site.channel == Channel::Whatsapp) {
            let language = self.language.as_ref().map_or(language(message), |language| language.of(message.locale));
            let code = json!([{"type": "text", "text": message.code.expose()}]);
            body["message_type"] = "custom".into();
            // The code twice: in the text, and in the button that copies it.
            body["custom"] = json!({"type": "template", "template": {
                "name": template.of(message.locale),
                "language": {"policy": "deterministic", "code": language},
                "components": [
                    {"type": "body", "parameters": code},
                    {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
                ],
            }});
            return body;
        }
        let text = message.text.expose();
        let encoding = if segments(text).encoding == Encoding::Gsm7 { "text" } else { "unicode" };
        body["message_type"] = "text".into();
        body["text"] = text.as_str().into();
        body["ttl"] = message.life.as_secs().clamp(*TTL.start(), *TTL.end()).into();
        body["sms"] = json!({"encoding_type": encoding});
        if self.trusted {
            body["trusted_recipient"] = true.into();
        }
        body
    }

    /// The account signs its webhooks by a token that covers the body. Where we have no secret to check it with, the
    /// address has to be the one that was given for this message.
    fn is_genuine(&self, request: &::http::Request<Bytes>, now: Wall) -> bool {
        let Some(secret) = &self.webhooks else { return self.site.about(request).is_some() };
        let Some(claims) = bearer(request).and_then(|token| hs256(secret, token)) else { return false };
        let fresh = claims["iat"].as_i64().is_some_and(|iat| now.secs().abs_diff(iat) <= WINDOW.unsigned_abs());
        let hash = claims["payload_hash"].as_str().unwrap_or_default().to_ascii_lowercase();
        let ours = sha256_hex(request.body());
        fresh && bool::from(subtle::ConstantTimeEq::ct_eq(hash.as_bytes(), ours.as_bytes()))
    }
}

impl Vendor for VonageMessages {
    fn request(&self, message: &Message, now: Wall) -> Request {
        let mut request = Request::new(Bytes::from(self.body(message).to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.send.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = self.token(message, now) {
            request.headers_mut().insert(AUTHORIZATION, token);
        }
        request
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if answer.status().is_success() {
            let reference = body["message_uuid"].as_str().map(str::to_owned);
            // A success that names no message is not the documented one.
            return reference
                .map_or(Err(Class::Ambiguous.into()), |id| Ok(Accepted { reference: Some(id), price: None }));
        }
        let number = body["type"].as_str().and_then(|kind| kind.rsplit_once('#')?.1.parse().ok());
        let class = number.and_then(class_of).unwrap_or(Class::of_status(answer.status()));
        Err(Failure { class, number, wait: retry_after(answer) })
    }

    fn reports(&self) -> bool {
        true
    }

    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        if !self.is_genuine(request, now) {
            return None;
        }
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        let text = |name: &str| body[name].as_str();
        let about = self.site.about(request).or_else(|| self.site.tagged(text("client_ref")?));
        let (price, currency) = (&body["usage"]["price"], body["usage"]["currency"].as_str().unwrap_or_default());
        let fate = match text("status") {
            Some("delivered" | "read") => Fate::Delivered,
            Some("submitted") => Fate::Carried,
            Some("rejected") => Fate::Lost("rejected"),
            Some("undeliverable") => Fate::Lost("undeliverable"),
            Some("failed") => Fate::Lost("failed"),
            _ => Fate::Underway,
        };
        let reference = text("message_uuid").map(str::to_owned);
        Some(Report { about, reference, fate, price: amount::cost(price, currency) }.into())
    }
}

/// As WhatsApp calls languages.
fn language(message: &Message) -> &'static str {
    match message.locale.tag() {
        "zh-Hans" => "zh_CN",
        "zh-Hant" => "zh_TW",
        "pt-BR" => "pt_BR",
        tag => tag,
    }
}

/// The numbers of problems, as far as they say more than the HTTP status.
fn class_of(number: u32) -> Option<Class> {
    (number == 1010).then_some(Class::Throttle)
}

#[cfg(test)]
#[path = "vonage_messages/tests.rs"]
mod tests;
