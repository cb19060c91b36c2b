//! What Twilio is configured with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::kind::{Given, Key, Kind, Made, Need, Shape};
use super::super::languages::PerLanguage;
use super::super::{ProviderFault, endpoint, header_value};
use super::receipt::Callbacks;
use super::voice::Voice;
use super::{Sender, Twilio, Way};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;

const TOKEN: &str = "{ file = \"/etc/sekisho/secrets/twilio\" }";
const URL: &str = "https://api.twilio.com";

pub const KIND: Kind = Kind {
    name: "twilio",
    channels: &[Channel::Sms, Channel::Voice, Channel::Whatsapp],
    keys: &[
        Key { name: "account", shape: Shape::Text(34), need: Need::Required, like: "\"AC…\"" },
        Key { name: "token", shape: Shape::Secret, need: Need::Required, like: TOKEN },
        Key { name: "api_key", shape: Shape::Text(34), need: Need::Optional, like: "\"SK…\"" },
        Key { name: "api_secret", shape: Shape::Secret, need: Need::Optional, like: TOKEN },
        Key { name: "webhook_secret", shape: Shape::Secret, need: Need::Optional, like: TOKEN },
        Key { name: "from", shape: Shape::Text(45), need: Need::Required, like: "\"+15005550006\"" },
        Key { name: "template", shape: Shape::Text(1000), need: Need::Optional, like: "\"HX…\"" },
        Key { name: "language", shape: Shape::Text(400), need: Need::Optional, like: "\"ja=ja-JP, en=en-GB\"" },
        Key { name: "voice", shape: Shape::Text(400), need: Need::Optional, like: "\"ja=Polly.Mizuki\"" },
        Key { name: "feedback", shape: Shape::Flag, need: Need::Default("false"), like: "true" },
        Key { name: "retain", shape: Shape::Flag, need: Need::Default("true"), like: "false" },
        Key {
            name: "risk_check",
            shape: Shape::Choice(&["enable", "disable"]),
            need: Need::Optional,
            like: "\"disable\"",
        },
        Key { name: "base_url", shape: Shape::Origin, need: Need::Default(URL), like: "\"https://api.twilio.com\"" },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(make(given, site)?))),
};

pub fn make(given: &Given, site: &Site) -> Result<Twilio, ProviderFault> {
    let (account, token) = (given.text("account")?, given.secret("token")?);
    if !account.strip_prefix("AC").is_some_and(is_sid) {
        return Err(ProviderFault::of("account", "an account of Twilio is \"AC\" and 32 digits of hexadecimal"));
    }
    let way = way(given, site)?;
    let base_url = given.text("base_url")?.trim_end_matches('/');
    let api = format!("{base_url}/2010-04-01/Accounts/{account}");
    let what = if matches!(way, Way::Call(_)) { "Calls" } else { "Messages" };
    let is_message = !matches!(way, Way::Call(_));
    for key in ["feedback", "risk_check"] {
        let written = given.get(key).is_some_and(|value| value != "false");
        if written && !is_message {
            return Err(ProviderFault::of(key, format!("Twilio knows `{key}` of messages, not of calls")));
        }
    }
    Ok(Twilio {
        url: endpoint(&format!("{api}/{what}.json"))?,
        authorization: header_value(&format!("Basic {}", STANDARD.encode(credentials(given, account)?)))?,
        account: api,
        sender: Sender::read(given.text("from")?, site.channel)?,
        way,
        fixed: fixed(given),
        feedback: given.flag("feedback"),
        callbacks: Callbacks::new(token, given.secrets.get("webhook_secret"), &site.public_url),
        site: site.clone(),
    })
}

/// A key of the API, where one is given; callbacks are signed with the account's token all the same.
fn credentials(given: &Given, account: &str) -> Result<String, ProviderFault> {
    match (given.get("api_key"), given.secrets.get("api_secret")) {
        (None, None) => Ok(format!("{account}:{}", given.secret("token")?.expose())),
        (Some(key), Some(secret)) if key.strip_prefix("SK").is_some_and(is_sid) => {
            Ok(format!("{key}:{}", secret.expose()))
        }
        (Some(_), Some(_)) => {
            Err(ProviderFault::of("api_key", "an API key of Twilio is \"SK\" and 32 digits of hexadecimal"))
        }
        (Some(_), None) => Err(ProviderFault::of("api_key", "`api_key` needs `api_secret`")),
        (None, Some(_)) => Err(ProviderFault::of("api_secret", "`api_secret` needs `api_key`")),
    }
}

/// Keys that only calls or only messages look at are read everywhere: blocks of one account may say the same.
fn way(given: &Given, site: &Site) -> Result<Way, ProviderFault> {
    let voice = Voice::new(given.get("language"), given.get("voice"))?;
    let is_template = |sid: &str| sid.strip_prefix("HX").is_some_and(is_sid);
    let template = given.get("template").map(|text| PerLanguage::read("template", text, "\"HX…\"", is_template));
    let template = template.transpose()?;
    let missing = |key, text: &str| Err(ProviderFault { key, text: text.to_owned() });
    match (site.channel, template) {
        (Channel::Voice, _) if site.report_to.is_none() => {
            missing(None, "once a key was pressed, Twilio asks us what to say: `public_url` has to begin with https://")
        }
        (Channel::Voice, _) => Ok(Way::Call(voice)),
        (_, Some(template)) => Ok(Way::Template(template)),
        (Channel::Whatsapp, None) => {
            missing(Some("template"), "WhatsApp takes codes in an approved template: add `template`")
        }
        (_, None) => Ok(Way::Text),
    }
}

fn fixed(given: &Given) -> Vec<(&'static str, &'static str)> {
    let mut fixed = Vec::new();
    match given.get("risk_check") {
        Some("disable") => fixed.push(("RiskCheck", "disable")),
        Some(_) => fixed.push(("RiskCheck", "enable")),
        None => {}
    }
    if given.flag("feedback") {
        fixed.push(("ProvideFeedback", "true"));
    }
    if given.get("retain") == Some("false") {
        fixed.extend([("ContentRetention", "discard"), ("AddressRetention", "discard")]);
    }
    fixed
}

impl Sender {
    fn read(from: &str, channel: Channel) -> Result<Sender, ProviderFault> {
        let number = |text: &str| {
            let digits = text.strip_prefix('+').unwrap_or_default();
            (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        };
        let name = (1..=11).contains(&from.len())
            && from.bytes().any(|b| b.is_ascii_alphabetic())
            && from.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'+' | b'_' | b'&'));
        let bare = from.strip_prefix("whatsapp:").unwrap_or(from);
        match channel {
            Channel::Sms | Channel::Whatsapp if from.strip_prefix("MG").is_some_and(is_sid) => {
                Ok(Sender::Service(from.to_owned()))
            }
            Channel::Whatsapp if number(bare) => Ok(Sender::From(format!("whatsapp:{bare}"))),
            Channel::Voice if number(from) => Ok(Sender::From(from.to_owned())),
            Channel::Sms if number(from) || name => Ok(Sender::From(from.to_owned())),
            Channel::Sms => Err(ProviderFault::of(
                "from",
                "a sender is a number such as \"+15005550006\", a Messaging Service \"MG…\", or a name of at most 11 letters",
            )),
            Channel::Whatsapp => Err(ProviderFault::of(
                "from",
                "a sender is a number such as \"+15005550006\", or a Messaging Service \"MG…\"",
            )),
            _ => Err(ProviderFault::of("from", "a caller is a number such as \"+15005550006\"")),
        }
    }
}

/// What stands after the two letters of an identifier.
pub fn is_sid(digits: &str) -> bool {
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}
