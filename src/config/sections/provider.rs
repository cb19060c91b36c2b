//! `[[sms.provider]]` and those of the other channels: who hands messages over.

use http::{HeaderName, HeaderValue};

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::{is_open, network, query_place, web};
use crate::config::reader::{Item, Placed, Reader};
use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::tree::{Entry, Value};
use crate::config::values::{choice, flag, list, money, path, quota, word};
use crate::delivery::postmark::Site;
use crate::delivery::provider::kind::{Given, KINDS, Kind, Need, Shape};
use crate::delivery::settings::{BodyType, HttpProvider, Provider, With};
use crate::domain::contact::Channel;
use crate::domain::money::Money;
use crate::domain::secret::Secret;

use super::channel::{CountryPrice, prices};

/// A provider with what one of its messages is said to cost.
pub struct Priced {
    pub provider: Provider,
    pub price: Option<Placed<Money>>,
    /// By country, where that is another one.
    pub prices: Vec<CountryPrice>,
}

/// Reads a provider of this channel.
pub fn read(section: Section<'_>, channel: Channel) -> Option<Priced> {
    let kind = section.required("kind", "\"twilio\"", |item| kind(item, channel))?;
    let price = section.placed("price", money);
    let balance_alert = section.optional("balance_alert", money);
    let prices = section.optional("prices", prices).unwrap_or_default();
    let rate = section.optional("rate", quota);
    let receipts_from = section.or("receipts_from", list("[\"203.0.113.0/24\"]", network), Vec::new());
    let own_name = |section: &Section<'_>| section.or("name", word(64), kind.name().to_owned());
    let (name, with) = match kind {
        Which::Console => (own_name(&section), Some(With::Console { copy: section.optional("copy", path) })),
        Which::File => {
            let path = section.required("path", "\"outbox.jsonl\"", path);
            (own_name(&section), path.map(|path| With::File { path }))
        }
        Which::Http => {
            let name = section.required("name", "\"our gateway\"", word(64));
            let http = http(&section);
            (name.clone().unwrap_or_default(), name.and(http).map(With::Http))
        }
        Which::Other(kind) => (own_name(&section), given(&section, kind).map(|given| With::Kind(kind, given))),
    };
    let keys = ["price", "prices", "balance_alert", "rate", "receipts_from"];
    let sound = keys.into_iter().all(|key| section.is_sound(key));
    let with = with.filter(|with| makes(&section, channel, &name, with));
    section.done_with_secrets();
    sound.then_some(())?;
    let own = price.as_ref().map(|price| price.value.clone());
    let provider = Provider { name, rate, receipts_from, price: own, balance_alert, with: with? };
    Some(Priced { provider, price, prices })
}

#[derive(Clone, Copy)]
enum Which {
    Console,
    File,
    Http,
    Other(&'static Kind),
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Which::Console => "console",
            Which::File => "file",
            Which::Http => "http",
            Which::Other(kind) => kind.name,
        }
    }
}

fn kind(item: Item<'_>, channel: Channel) -> Option<Which> {
    let known = [Which::Console, Which::File, Which::Http].into_iter();
    let known: Vec<_> = known.chain(KINDS.iter().copied().map(Which::Other)).collect();
    let serves = |which: &&Which| match which {
        Which::Other(kind) => kind.channels.contains(&channel),
        _ => true,
    };
    let text = item.text(("the name of a kind of provider", "\"twilio\""))?;
    let found = known.iter().find(|which| which.name() == text);
    if let Some(which) = found.filter(serves) {
        return Some(*which);
    }
    let names: Vec<_> = known.iter().filter(serves).map(|which| which.name()).collect();
    let expected = format!("expected one of {}", names.join(", "));
    let message = match found {
        Some(_) => format!("`{text}` does not serve the channel {}", channel.name()),
        None => format!("`kind` cannot be \"{}\"", text.escape_debug()),
    };
    item.tell(Code::BadValue, message, |d| d.expected(expected).nearest(text, names.iter().copied()))
}

/// What a kind is configured with.
fn given(section: &Section<'_>, kind: &'static Kind) -> Option<Given> {
    let mut given = Given::default();
    let mut whole = true;
    for key in kind.keys {
        let there = match key.shape {
            Shape::Secret => {
                let read = match key.need {
                    Need::Required => section.required(key.name, key.like, secret),
                    _ => section.optional(key.name, secret),
                };
                read.map(|value| drop(given.secrets.insert(key.name, value)))
            }
            shape => {
                let read = |item: Item<'_>| text_of(item, shape, key.like);
                let value = match key.need {
                    Need::Required => section.required(key.name, key.like, read),
                    Need::Optional => section.optional(key.name, read),
                    Need::Default(default) => Some(section.or(key.name, read, default.to_owned())),
                };
                value.map(|value| drop(given.texts.insert(key.name, value)))
            }
        };
        let lacking = there.is_none() && (matches!(key.need, Need::Required) || section.entry(key.name).is_some());
        whole &= !lacking && section.is_sound(key.name);
    }
    whole.then_some(given)
}

fn text_of(item: Item<'_>, shape: Shape, like: &'static str) -> Option<String> {
    match shape {
        Shape::Text(longest) => word(longest)(item),
        Shape::Secret => None,
        Shape::Origin => base_url(item, like),
        Shape::Host => {
            let text = item.text(("a host with its port", like))?;
            let port =
                text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, p)| p.parse::<u16>().ok());
            port.filter(|port| *port > 0).map(|_| text.to_owned()).or_else(|| item.bad(("a host with its port", like)))
        }
        Shape::Choice(words) => {
            let text = item.text(("one of a few words", like))?;
            if words.contains(&text) {
                return Some(text.to_owned());
            }
            let expected = format!("expected one of {}", words.join(", "));
            let message = format!("`{}` cannot be \"{}\"", item.key, text.escape_debug());
            item.tell(Code::BadValue, message, |d| d.expected(expected).nearest(text, words.iter().copied()))
        }
        Shape::Flag => flag(item).map(|flag| flag.to_string()),
        Shape::Whole(least, most) => match item.node.value {
            Value::Whole(number) if (least..=most).contains(&number) => Some(number.to_string()),
            Value::Whole(_) => {
                let expected = format!("expected {least} to {most}");
                item.tell(Code::OutOfRange, format!("`{}` is out of range", item.key), |d| d.expected(expected))
            }
            _ => item.wrong(("an integer", like)),
        },
        Shape::Path => path(item).map(|path| path.display().to_string()),
    }
}

pub(super) fn base_url(item: Item<'_>, like: &'static str) -> Option<String> {
    let url = web(like)(item)?;
    if is_open(&url) {
        let message = "codes and credentials would travel unencrypted";
        item.tell::<()>(Code::Unencrypted, message, |d| d.help("write https"));
    }
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether a provider can be made of this; where it cannot, that is told at the key that it is about.
fn makes(section: &Section<'_>, channel: Channel, name: &str, with: &With) -> bool {
    let url = "https://records.example.jp";
    let site = Site::new(channel, name, url, Some(format!("{url}/.sekisho/receipts/")), &[0; 32]);
    let With::Kind(kind, given) = with else { return true };
    let Err(fault) = (kind.make)(given, &site) else { return true };
    let entry = fault.key.and_then(|key| section.entry(key));
    let place = entry.map_or(section.place, |entry| entry.node.place);
    section.reader.tell(Diagnostic::new(Code::BadValue, place, fault.text));
    false
}

fn http(section: &Section<'_>) -> Option<HttpProvider> {
    const CONTENTS: [(&str, BodyType); 2] = [("json", BodyType::Json), ("form", BodyType::Form)];
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
    Some(HttpProvider { url: url?, body: body?, body_type, headers })
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

/// Every provider of a channel has a name of its own: statistics and health hang on it.
pub fn refuse_same_names(reader: &Reader<'_>, places: &[Place], priced: &[Option<Priced>]) {
    let name = |index: usize| priced[index].as_ref().map(|p| p.provider.name.as_str());
    for later in 0..priced.len() {
        let Some(mine) = name(later) else { continue };
        if let Some(first) = (0..later).find(|first| name(*first) == Some(mine)) {
            let told = Diagnostic::new(Code::SameName, places[later], format!("two providers are called `{mine}`"));
            reader.tell(told.related(places[first], "first here").help("give one of them a `name`"));
        }
    }
}
