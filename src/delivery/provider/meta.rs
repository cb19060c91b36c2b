//! Meta's WhatsApp Business Cloud API (`POST /{version}/{phone number}/messages`, the vendor's OpenAPI 23.0 of 2025-11).
//!
//! The code goes into a template of the category "authentication" that Meta has approved; nothing else may be written to
//! somebody who did not write first. It has no idempotency key, so what may have been taken is not sent again.

pub mod receipt;

use std::time::Duration;

use ::http::{HeaderValue, Uri};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::ask::{self, said};
use super::kind::{Given, Heard, Kind, Made, Need, Standing, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use receipt::Webhook;

pub const KIND: Kind = Kind {
    name: "meta",
    channels: &[Channel::Whatsapp],
    keys: &[
        ask::text("phone_number_id", 20, Need::Required, "\"106540352242922\""),
        ask::secret("token", Need::Required, "{ file = \"/etc/sekisho/secrets/meta\" }"),
        ask::text("template", 512, Need::Required, "\"hospital_login\""),
        // Those that the template was approved in.
        ask::text("languages", 256, Need::Required, "\"ja, en_US\""),
        ask::text("version", 8, Need::Default("v23.0"), "\"v23.0\""),
        ask::secret("app_secret", Need::Optional, "{ file = \"/etc/sekisho/secrets/meta-app\" }"),
        ask::secret("verify_token", Need::Optional, "{ file = \"/etc/sekisho/secrets/meta-verify\" }"),
        ask::base("https://graph.facebook.com", "\"https://graph.facebook.com\""),
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Meta::new(given, site)?))),
};

/// Longer than anybody waits for a code: whoever has to wait that long is passed by.
const LONG: Duration = Duration::from_secs(3600);

pub struct Meta {
    url: Uri,
    number: Uri,
    authorization: HeaderValue,
    template: String,
    languages: Vec<String>,
    site: Site,
    webhook: Option<Webhook>,
}

impl Meta {
    pub fn new(given: &Given, site: &Site) -> Result<Meta, ProviderFault> {
        let (id, version, template) = (given.text("phone_number_id")?, given.text("version")?, given.text("template")?);
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ProviderFault::of("phone_number_id", "the id of a phone number at Meta is digits alone"));
        }
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let parts = version.strip_prefix('v').and_then(|version| version.split_once('.'));
        if !parts.is_some_and(|(major, minor)| number(major) && number(minor)) {
            return Err(ProviderFault::of("version", "a version of the API is written \"v23.0\""));
        }
        let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if template.is_empty() || !template.bytes().all(name) {
            let text = "the name of a template is small letters, digits and underscores";
            return Err(ProviderFault::of("template", text));
        }
        let webhook = Webhook::new(given, id, site)?;
        Ok(Meta {
            url: ask::below(given, &format!("/{version}/{id}/messages"))?,
            number: ask::below(given, &format!("/{version}/{id}?fields=id"))?,
            authorization: ask::bearing("Bearer", given, "token")?,
            template: template.to_owned(),
            languages: languages(given.text("languages")?)?,
            site: site.clone(),
            webhook,
        })
    }

    /// Of the template's languages the one that the message is in; failing that, the first.
    fn language(&self, locale: Locale) -> &str {
        let ours = locale.tag().replace('-', "_");
        // Where we name the script, Meta names a place that writes it.
        let wanted: &[&str] = match ours.as_str() {
            "zh_Hans" => &["zh_CN"],
            "zh_Hant" => &["zh_TW", "zh_HK"],
            ours => &[ours],
        };
        let primary = |tag: &str| tag.split('_').next().unwrap_or_default().to_owned();
        let exact = self.languages.iter().find(|language| wanted.contains(&language.as_str()));
        let near = || self.languages.iter().find(|language| primary(language) == primary(&ours));
        exact.or_else(near).or_else(|| self.languages.first()).map_or("en", String::as_str)
    }
}

fn languages(list: &str) -> Result<Vec<String>, ProviderFault> {
    let languages: Vec<_> = list.split(',').map(|tag| tag.trim().to_owned()).collect();
    let tag = |tag: &String| (2..=10).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    match languages.iter().all(tag) {
        true => Ok(languages),
        false => Err(ProviderFault::of("languages", "the template's languages are written \"ja, en_US\"")),
    }
}

impl Vendor for Meta {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        // In the text, and once more in the button that copies it: what was made as a button of the type OTP is met here
        // as one of the type url.
        let code = json!([{"type": "text", "text": message.code.expose()}]);
        let body = json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": ask::digits(message),
            "type": "template",
            "biz_opaque_callback_data": self.site.tag(message),
            "template": {
                "name": self.template,
                "language": {"code": self.language(message.locale)},
                "components": [
                    {"type": "body", "parameters": code},
                    {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
                ],
            },
        });
        ask::post_json(&self.url, Some(&self.authorization), &body)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body: Body = said(answer).unwrap_or_default();
        if let Some(code) = body.error.map(|error| error.code) {
            let class = code.and_then(class_of).unwrap_or(match answer.status() {
                status if status.is_success() => Class::Config,
                status => Class::of_status(status),
            });
            let wait = retry_after(answer).or_else(|| code.filter(is_long).map(|_| LONG));
            return Err(Failure { class, number: code, wait });
        }
        if !answer.status().is_success() {
            return Err(Failure { wait: retry_after(answer), ..Class::of_status(answer.status()).into() });
        }
        match body.messages.into_iter().next().map(|message| message.id) {
            Some(id) if !id.is_empty() => Ok(Accepted { reference: Some(id), price: None }),
            _ => Err(Class::Ambiguous.into()),
        }
    }

    fn reports(&self) -> bool {
        self.webhook.is_some()
    }

    /// Meta puts what happened in a while into one report, of up to 3 MB.
    fn longest_report(&self) -> usize {
        3 * 1024 * 1024
    }

    fn read(&self, request: &::http::Request<Bytes>, _now: Wall) -> Option<Heard> {
        self.webhook.as_ref()?.read(request)
    }

    fn probe(&self, _now: Wall) -> Option<Request> {
        Some(ask::get(&self.number, Some(&self.authorization)))
    }

    fn probed(&self, answer: &Response) -> Result<Standing, String> {
        let code = said::<Body>(answer).and_then(|body| body.error?.code);
        match (answer.status().is_success(), code) {
            (true, None) => Ok(Standing::default()),
            (_, Some(code)) => Err(format!("Meta answers with error {code}")),
            (false, None) => Err(format!("Meta answers with status {}", answer.status().as_u16())),
        }
    }
}

/// What we read of both kinds of answer.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    messages: Vec<Taken>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Taken {
    id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fault {
    code: Option<u32>,
}

/// Meta's error numbers, the same in an answer and in a later report.
fn class_of(code: u32) -> Option<Class> {
    Some(match code {
        // Token, permissions, the account, what we asked for.
        0 | 3 | 10 | 190 | 200..=299 | 368 | 131008 | 131009 | 131030 | 131031 | 131045 | 131047 | 133016 => {
            Class::Config
        }
        // The template: its text, its language, its parameters; paused or switched off.
        132000 | 132001 | 132005 | 132007 | 132008 | 132012 | 132015 | 132016 => Class::Config,
        4 | 80007 | 130429 | 131048 | 131056 | 131064 => Class::Throttle,
        // Not on WhatsApp, or Meta will not show it to this person now: no other sender on WhatsApp would fare better.
        131021 | 131026 | 131049 => Class::RecipientPermanent,
        131050 => Class::OptOut,
        131000 | 131016 | 131057 | 135000 => Class::Transient,
        131042 | 131044 => Class::Funds,
        130497 => Class::Region,
        _ => return None,
    })
}

/// Limits that last: too much to one person, too many complaints, too many people.
fn is_long(code: &u32) -> bool {
    matches!(code, 131048 | 131056 | 131064)
}

#[cfg(test)]
#[path = "meta/tests.rs"]
mod tests;
