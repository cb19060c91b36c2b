//! EngageLab OTP with codes of ours: `/v1/codes`, or `/v1/custom-messages` where templates of that kind are used.
//!
//! Which channel a message takes, and which ones follow when it fails, stands in the vendor's template.

pub mod callback;

use std::collections::BTreeMap;

use ::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::kind::{Given, Heard, Key, Kind, Made, Need, Shape, Vendor};
use super::languages::PerLanguage;
use super::{ProviderFault, Request, Response, endpoint, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use callback::Callbacks;

pub const SECRET: &str = "{ file = \"/etc/sekisho/secrets/engagelab\" }";

pub const KIND: Kind = Kind {
    name: "engagelab",
    channels: &Channel::ALL,
    keys: &[
        Key { name: "dev_key", shape: Shape::Text(128), need: Need::Required, like: "\"0a1b2c…\"" },
        Key { name: "dev_secret", shape: Shape::Secret, need: Need::Required, like: SECRET },
        Key { name: "template", shape: Shape::Text(600), need: Need::Required, like: "\"hospital_login\"" },
        Key {
            name: "api",
            shape: Shape::Choice(&["codes", "custom-messages"]),
            need: Need::Default("codes"),
            like: "\"codes\"",
        },
        Key { name: "language", shape: Shape::Text(200), need: Need::Optional, like: "\"ja=ja, en=en\"" },
        Key { name: "params", shape: Shape::Text(1000), need: Need::Optional, like: "'{\"minutes\":\"{minutes}\"}'" },
        Key { name: "without_key_press", shape: Shape::Flag, need: Need::Default("false"), like: "true" },
        Key { name: "callback_authorization", shape: Shape::Secret, need: Need::Optional, like: SECRET },
        Key { name: "callback_secret", shape: Shape::Secret, need: Need::Optional, like: SECRET },
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Default("https://otp.api.engagelab.cc"),
            like: "\"https://otp.api.engagelab.cc\"",
        },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(EngageLab::new(given, site)?))),
};

pub struct EngageLab {
    account: Account,
    templates: PerLanguage,
    language: Option<PerLanguage>,
    params: Params,
    /// The code stands beside the template, or among its parameters.
    beside: bool,
    callbacks: Callbacks,
    site: Site,
}

impl EngageLab {
    pub fn new(given: &Given, site: &Site) -> Result<EngageLab, ProviderFault> {
        if site.channel == Channel::Voice && !given.flag("without_key_press") {
            let text = "EngageLab speaks the code to whoever or whatever takes the call, also to a mailbox: \
                        write `without_key_press = true` if that is bearable, or call by another provider";
            return Err(ProviderFault { key: None, text: text.to_owned() });
        }
        let beside = given.get("api") != Some("custom-messages");
        let path = if beside { "/v1/codes" } else { "/v1/custom-messages" };
        let known = |name: &str| LANGUAGES.contains(&name);
        let language = given.get("language").map(|text| PerLanguage::read("language", text, "\"ja\"", known));
        Ok(EngageLab {
            account: Account::read(given, path)?,
            templates: PerLanguage::read("template", given.text("template")?, "\"hospital_login\"", is_template)?,
            language: language.transpose()?,
            params: Params::read(given)?,
            beside,
            callbacks: Callbacks::read(given),
            site: site.clone(),
        })
    }
}

/// What templates call languages.
const LANGUAGES: [&str; 7] = ["default", "zh_CN", "zh_HK", "en", "ja", "th", "es"];

fn language(locale: Locale) -> &'static str {
    match locale.tag() {
        "zh-Hans" => "zh_CN",
        "zh-Hant" => "zh_HK",
        "en" => "en",
        "ja" => "ja",
        "es" => "es",
        _ => "default",
    }
}

pub fn is_template(name: &str) -> bool {
    (1..=128).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

impl Vendor for EngageLab {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let locale = message.locale;
        let language = self.language.as_ref().map_or(language(locale), |languages| languages.of(locale));
        let mut params = self.params.fill(message);
        let mut body = json!({"to": message.contact.address.exposed()});
        if self.beside {
            body["code"] = message.code.expose().as_str().into();
        } else {
            params.insert("code".to_owned(), message.code.expose().as_str().into());
        }
        body["template"] = json!({"id": self.templates.of(locale), "language": language, "params": params});
        self.account.ask(&body)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        outcome(answer)
    }

    fn reports(&self) -> bool {
        self.callbacks.are_read()
    }

    fn longest_report(&self) -> usize {
        self.callbacks.longest()
    }

    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        self.callbacks.hear(request, &self.site, now)
    }
}

/// Where and as whom to ask; both products have it.
pub struct Account {
    url: Uri,
    authorization: HeaderValue,
}

impl Account {
    pub fn read(given: &Given, path: &str) -> Result<Account, ProviderFault> {
        let (key, secret) = (given.text("dev_key")?, given.secret("dev_secret")?);
        if key.contains(':') {
            return Err(ProviderFault::of("dev_key", "a key of EngageLab has no colon"));
        }
        let credentials = STANDARD.encode(format!("{key}:{}", secret.expose()));
        Ok(Account {
            url: endpoint(&format!("{}{path}", given.text("base_url")?.trim_end_matches('/')))?,
            authorization: header_value(&format!("Basic {credentials}"))?,
        })
    }

    pub fn ask(&self, body: &Value) -> Request {
        let mut request = Request::new(Bytes::from(body.to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request
    }
}

/// The variables of a template beside the code: one that is not given is delivered as `{{name}}`.
pub struct Params(BTreeMap<String, String>);

impl Params {
    pub fn read(given: &Given) -> Result<Params, ProviderFault> {
        let Some(text) = given.get("params") else { return Ok(Params(BTreeMap::new())) };
        let fault =
            || ProviderFault::of("params", "`params` is a JSON object of texts, such as '{\"minutes\":\"{minutes}\"}'");
        serde_json::from_str(text).map(Params).map_err(|_| fault())
    }

    /// `{code}` and `{minutes}` are replaced.
    pub fn fill(&self, message: &Message) -> Map<String, Value> {
        let minutes = ((message.life.as_secs() + 10) / 60).max(1).to_string();
        let fill = |value: &str| value.replace("{minutes}", &minutes).replace("{code}", message.code.expose());
        self.0.iter().map(|(name, value)| (name.clone(), fill(value).into())).collect()
    }
}

/// Nearly every error comes with status 400; the number in the body tells them apart.
pub fn outcome(answer: &Response) -> Outcome {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let number = body["code"].as_u64().and_then(|code| u32::try_from(code).ok()).filter(|code| *code != 0);
    let failed = |class| Err(Failure { class, number, wait: retry_after(answer) });
    let text = |name: &str| match &body[name] {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match number.map(class_of) {
        // An error that comes as a success is an error.
        Some(Some(class)) => failed(class),
        _ if !answer.status().is_success() => failed(Class::of_status(answer.status())),
        Some(None) => failed(Class::Ambiguous),
        None => match text("message_id").or_else(|| text("plan_id")) {
            Some(id) => Ok(Accepted { reference: Some(id), price: None }),
            None => failed(Class::Ambiguous),
        },
    }
}

/// The vendor's error numbers, the same in answers and in callbacks.
pub fn class_of(code: u32) -> Option<Class> {
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

#[cfg(test)]
#[path = "engagelab/tests.rs"]
mod tests;
