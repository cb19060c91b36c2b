//! What every channel has: whom it may send to, what that costs, and who hands its messages over. `[sms]` has more.

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::{Item, Placed, Reader};
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{choice, list, money, region};
use crate::delivery::settings::Provider;
use crate::domain::bill::Allowed;
use crate::domain::contact::{Channel, Mail, NumberKind, Region};
use crate::domain::money::Money;

use super::codes;
use super::provider::{self, Priced};

/// Whether a channel's providers are asked in the order of their recent success.
pub fn by_success(section: &Section<'_>) -> bool {
    section.or("order", choice(&[("listed", false), ("success", true)]), false)
}

const COUNTRIES: &str = "[\"JP\"]";

/// A channel as it was read.
pub struct Way {
    pub channel: Channel,
    pub allowed: Allowed,
    /// What a message is taken to cost where its provider names no price, and where that is written.
    pub price: (Money, Option<Place>),
    /// In order; `None` for one that is wrong.
    pub providers: Vec<Option<Priced>>,
    /// Whether what is said of prices can be counted with.
    pub sound: bool,
    /// Whether the providers are asked in the order of their recent success.
    pub by_success: bool,
}

impl Way {
    /// The channel's part of a section; `like` are the countries where it names none.
    pub fn of(section: &Section<'_>, channel: Channel, like: Option<&[Region]>) -> Way {
        let allowed = match channel {
            Channel::Email => Allowed::Mail(section.optional("domains", list("[\"clinic.example\"]", domain))),
            _ => Allowed::Numbers { countries: countries(section, like), kinds: kinds(section, channel) },
        };
        let micros = match channel {
            Channel::Sms | Channel::Whatsapp => 100_000,
            Channel::Voice => 300_000,
            Channel::Email => 0,
        };
        let default = (Money { micros, currency: "USD".to_owned() }, None);
        let price = section.or("price", |item| Some((money(item)?, Some(item.place()))), default);
        let sound = section.is_sound("price");
        let by_success = by_success(section);
        let mode = codes::read(section);
        let written = section.tables("provider", false);
        if !written.is_empty() {
            refuse_nowhere(section, &allowed);
        }
        let places: Vec<_> = written.iter().map(|provider| provider.place).collect();
        let providers: Vec<_> = written.into_iter().map(|written| provider::read(written, channel)).collect();
        provider::refuse_same_names(section.reader, &places, &providers);
        codes::check(section, mode, &places, &providers);
        Way { channel, allowed, price, providers, sound, by_success }
    }

    pub fn countries(&self) -> &[Region] {
        match &self.allowed {
            Allowed::Numbers { countries, .. } => countries,
            Allowed::Mail(_) => &[],
        }
    }

    /// The providers, if none is wrong.
    pub fn take_providers(&mut self) -> Option<Vec<Provider>> {
        let usual = &self.price.0;
        let costing = |provider: Provider| Provider { price: provider.price.or(Some(usual.clone())), ..provider };
        std::mem::take(&mut self.providers).into_iter().map(|priced| Some(costing(priced?.provider))).collect()
    }
}

/// `[voice]`, `[whatsapp]` and `[email]`.
pub fn read(top: &Section<'_>, channel: Channel, like: &[Region]) -> Way {
    let section = top.table(channel.name());
    let way = Way::of(&section, channel, Some(like));
    section.done();
    way
}

fn countries(section: &Section<'_>, like: Option<&[Region]>) -> Vec<Region> {
    match like {
        None => section.or("countries", list(COUNTRIES, region), Vec::new()),
        Some(like) => section.optional("countries", list(COUNTRIES, region)).unwrap_or_else(|| like.to_vec()),
    }
}

fn kinds(section: &Section<'_>, channel: Channel) -> Vec<NumberKind> {
    const KINDS: [(&str, NumberKind); 3] =
        [("mobile", NumberKind::Mobile), ("fixed", NumberKind::Fixed), ("voip", NumberKind::Voip)];
    let usual = match channel {
        Channel::Voice => vec![NumberKind::Mobile, NumberKind::Fixed],
        _ => vec![NumberKind::Mobile],
    };
    section.or("number_types", list("[\"mobile\"]", choice(&KINDS)), usual)
}

/// A host name, as in an address.
fn domain(item: Item<'_>) -> Option<String> {
    const DOMAIN: (&str, &str) = ("the domain of addresses", "\"clinic.example\"");
    let text = item.text(DOMAIN)?;
    let mail = Mail::parse(&format!("a@{text}"));
    mail.and_then(|mail| Some(mail.exposed().split_once('@')?.1.to_owned())).or_else(|| item.bad(DOMAIN))
}

/// Somebody would hand messages over, and none would ever go out.
fn refuse_nowhere(section: &Section<'_>, allowed: &Allowed) {
    let (key, message, help) = match allowed {
        Allowed::Numbers { countries, .. } if countries.is_empty() => {
            ("countries", "nothing would be sent, because no country is allowed", "add `countries = [\"JP\"]`")
        }
        Allowed::Numbers { kinds, .. } if kinds.is_empty() => (
            "number_types",
            "nothing would be sent, because no kind of number is allowed",
            "write `number_types = [\"mobile\"]`",
        ),
        Allowed::Mail(Some(domains)) if domains.is_empty() => (
            "domains",
            "nothing would be sent, because no domain is allowed",
            "name one, or leave `domains` out: then every one is",
        ),
        _ => return,
    };
    if section.is_sound(key) {
        let place = section.entry(key).map_or(section.place, |entry| entry.node.place);
        section.reader.lack(section.spot(key), Diagnostic::new(Code::NoCountry, place, message).help(help));
    }
}

/// A price beside those of other countries.
pub type CountryPrice = (Region, Placed<Money>);

/// `{ JP = "0.07 USD", US = "0.01 USD" }`
pub fn prices(item: Item<'_>) -> Option<Vec<CountryPrice>> {
    use crate::config::tree::Value;
    let Value::Table(table) = &item.node.value else {
        return item.wrong(("a table of countries", "{ JP = \"0.07 USD\" }"));
    };
    let read = |(code, entry): (&String, &crate::config::tree::Entry)| {
        let item = Item { key: "prices", node: &entry.node, ..item };
        let Some(region) = Region::parse(code) else {
            tell_country(item.reader, entry.key, code);
            return None;
        };
        money(item).map(|value| (region, Placed { value, place: item.place() }))
    };
    let all: Vec<_> = table.0.iter().map(read).collect();
    all.into_iter().collect()
}

fn tell_country(reader: &Reader<'_>, place: Place, code: &str) {
    let message = format!("`{}` is no country", code.escape_debug());
    reader.tell(Diagnostic::new(Code::BadValue, place, message).expected("expected two letters, ISO 3166: JP, US"));
}

/// The channels that somebody is named for who hands messages over, rightly or wrongly.
pub fn configured(top: &Section<'_>) -> Vec<Channel> {
    let named = |channel: &Channel| {
        let table = top.entry(channel.name()).and_then(|entry| entry.node.table());
        table.is_some_and(|table| table.0.contains_key("provider"))
    };
    Channel::ALL.into_iter().filter(named).collect()
}

/// What a scope's codes go by where it does not say so: every channel that is configured but e-mail, which is weaker and has
/// to be asked for.
pub fn usual(configured: &[Channel]) -> Vec<Channel> {
    let usual: Vec<_> = configured.iter().copied().filter(|channel| *channel != Channel::Email).collect();
    if usual.is_empty() { vec![Channel::Sms] } else { usual }
}

/// A channel that somebody hands messages over for.
pub fn one<'a>(configured: &'a [Channel]) -> impl Fn(Item<'a>) -> Option<Channel> {
    const CHANNELS: [(&str, Channel); 4] =
        [("sms", Channel::Sms), ("voice", Channel::Voice), ("whatsapp", Channel::Whatsapp), ("email", Channel::Email)];
    move |item| {
        let channel = choice(&CHANNELS)(item)?;
        if !configured.contains(&channel) {
            let message = format!("nobody hands over messages by {}", channel.name());
            return item.tell(Code::NoProvider, message, |d| d.help(format!("add [[{}.provider]]", channel.name())));
        }
        Some(channel)
    }
}
