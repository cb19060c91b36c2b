//! `[[sms.provider]]`: who hands messages over.

use http::{HeaderName, HeaderValue};

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::{is_open, origin, query_place, web};
use crate::config::reader::{Item, Placed};
use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::tree::{Entry, Value};
use crate::config::values::{choice, money, path, word};
use crate::delivery::settings::{BodyType, HttpProvider, Provider, TwilioProvider};
use crate::domain::money::Money;
use crate::domain::secret::Secret;

/// A provider with what one of its messages is said to cost.
pub struct Priced {
    pub provider: Provider,
    pub price: Option<Placed<Money>>,
}

#[derive(Clone, Copy)]
enum Kind {
    Console,
    File,
    Http,
    Twilio,
}

const KINDS: [(&str, Kind); 4] =
    [("console", Kind::Console), ("file", Kind::File), ("http", Kind::Http), ("twilio", Kind::Twilio)];

pub fn read(section: Section<'_>) -> Option<Priced> {
    let kind = section.required("kind", "\"twilio\"", choice(&KINDS))?;
    let price = section.placed("price", money);
    let provider = match kind {
        Kind::Console => Some(Provider::Console { copy: section.optional("copy", path) }),
        Kind::File => section.required("path", "\"outbox.jsonl\"", path).map(|path| Provider::File { path }),
        Kind::Http => http(&section).map(Provider::Http),
        Kind::Twilio => twilio(&section).map(Provider::Twilio),
    };
    let sound = section.is_sound("price");
    section.done_with_secrets();
    sound.then_some(())?;
    Some(Priced { provider: provider?, price })
}

fn http(section: &Section<'_>) -> Option<HttpProvider> {
    const CONTENTS: [(&str, BodyType); 2] = [("json", BodyType::Json), ("form", BodyType::Form)];
    let name = section.required("name", "\"our gateway\"", word(64));
    let like = "\"https://sms.example.jp/send\"";
    let url = section.required("url", like, |item| {
        let url = web(like)(item);
        if let Some(place) = query_place(item) {
            item.reader.hide(place);
        }
        let url = url?;
        if is_open(&url) {
            let message = "codes and numbers would travel to the provider unencrypted";
            item.tell::<()>(Code::Unencrypted, message, |d| d.help("write https, if the provider has it"));
        }
        Some(url.to_string())
    });
    let body_type = section.or("content", choice(&CONTENTS), BodyType::Json);
    let body = section.required("body", "'{\"to\":\"{to}\",\"text\":\"{text}\"}'", |item| body(item, body_type));
    let headers = section.or("headers", headers, Vec::new());
    Some(HttpProvider { name: name?, url: url?, body: body?, body_type, headers })
}

/// A template that says whom to send what.
fn body(item: Item<'_>, body_type: BodyType) -> Option<String> {
    let text = item.text(("a template", "'{\"to\":\"{to}\",\"text\":\"{text}\"}'"))?;
    let lacks = |what: &str| {
        let help = "`{to}`, `{text}` and `{code}` are replaced, escaped as the content needs it";
        item.tell(Code::BadValue, format!("`body` lacks {what}"), |d| d.help(help))
    };
    if !text.contains("{to}") {
        return lacks("`{to}`, so nobody would be named");
    }
    if !text.contains("{text}") && !text.contains("{code}") {
        return lacks("`{text}` or `{code}`, so no code would be told");
    }
    // A digit fits where a string is open and where a number is meant.
    let filled = ["{to}", "{text}", "{code}"].iter().fold(text.to_owned(), |text, name| text.replace(name, "1"));
    if body_type == BodyType::Json
        && let Err(error) = serde_json::from_str::<serde_json::Value>(&filled)
    {
        let message = format!("`body` is not JSON: {} in its line {}", kind_of(&error), error.line());
        return item.tell(Code::BadValue, message, |d| d.help("for a form, add `content = \"form\"`"));
    }
    Some(text.to_owned())
}

fn kind_of(error: &serde_json::Error) -> &'static str {
    if error.is_eof() { "it ends too early" } else { "a mistake" }
}

fn headers(item: Item<'_>) -> Option<Vec<(String, Secret<String>)>> {
    let Value::Table(table) = &item.node.value else {
        item.reader.hide(item.place());
        return item.wrong(("a table", "{ Authorization = { file = \"…\" } }"));
    };
    let read = |(name, Entry { key, node }): (&String, &Entry)| header(item, name, *key, Item { node, ..item });
    let headers: Vec<_> = table.0.iter().map(read).collect();
    headers.into_iter().collect()
}

fn header(around: Item<'_>, name: &str, key: Place, item: Item<'_>) -> Option<(String, Secret<String>)> {
    let value = secret(Item { key: "headers", ..item });
    let framing = ["content-length", "content-type", "host", "connection", "transfer-encoding"];
    let known = HeaderName::try_from(name).is_ok_and(|name| !framing.contains(&name.as_str()));
    if !known {
        let message = format!("`{}` cannot be sent as a header", name.escape_debug());
        around.reader.tell(Diagnostic::new(Code::BadValue, key, message));
        return None;
    }
    let value = value?;
    if HeaderValue::from_str(value.expose()).is_err() {
        return item.tell(Code::Secret, format!("the value of `{name}` cannot be sent as a header"), |d| d);
    }
    Some((name.to_owned(), value))
}

fn twilio(section: &Section<'_>) -> Option<TwilioProvider> {
    let account = section.required("account", "\"AC…\"", account);
    let token = section.required("token", "{ file = \"/etc/sekisho/secrets/twilio\" }", secret);
    let from = section.required("from", "\"+15005550006\"", from);
    let like = "\"https://api.twilio.com\"";
    let base_url = section.or(
        "base_url",
        |item| {
            let url = origin(like)(item)?;
            if !url.https && !url.is_loopback() {
                let message = "codes and the token would travel unencrypted";
                item.tell::<()>(Code::Unencrypted, message, |d| d.help("write https"));
            }
            Some(url.text)
        },
        "https://api.twilio.com".to_owned(),
    );
    Some(TwilioProvider { account: account?, token: token?, from: from?, base_url })
}

fn account(item: Item<'_>) -> Option<String> {
    let shape = ("an account of Twilio", "\"AC\" and 32 digits of hexadecimal");
    let text = item.text(shape)?;
    let digits = text.strip_prefix("AC").filter(|d| d.len() == 32 && d.bytes().all(|b| b.is_ascii_hexdigit()));
    digits.map(|_| text.to_owned()).or_else(|| item.bad(shape))
}

fn from(item: Item<'_>) -> Option<String> {
    let shape = ("a sender", "\"+15005550006\", a Messaging Service \"MG…\", or a name of at most 11 letters");
    let text = item.text(shape)?;
    let number = |digits: &str| (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let service = |sid: &str| sid.len() == 32 && sid.bytes().all(|b| b.is_ascii_hexdigit());
    let name = (1..=11).contains(&text.len())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'+' | b'_' | b'&'));
    let good = text.strip_prefix('+').is_some_and(number) || text.strip_prefix("MG").is_some_and(service) || name;
    if good { Some(text.to_owned()) } else { item.bad(shape) }
}

/// What the operator called it; the other kinds are their own names.
pub fn name(provider: &Provider) -> Option<&str> {
    match provider {
        Provider::Http(http) => Some(&http.name),
        Provider::Console { .. } | Provider::File { .. } | Provider::Twilio(_) => None,
    }
}
