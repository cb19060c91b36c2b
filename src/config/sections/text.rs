//! `[text]`, also within a scope and a route: what messages say instead of our own words.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::{Item, Reader};
use crate::config::section::Section;
use crate::config::source::Place;
use crate::domain::code;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::words::Texts;
use crate::words::message::{MOST_PARTS, Note, wording};
use crate::words::segments::{Encoding, beyond_gsm, segments};
use crate::words::template::{Flaw, Letter, Level, NAMES, Template, Use};

/// What a text is filled with, to see how long it becomes.
pub struct Sample {
    pub brand: String,
    pub code: code::Code,
    pub life: Duration,
    /// The host that codes are bound to; `Err` where people meet us over plain http, `None` where that is not known.
    pub host: Option<Result<String, ()>>,
}

impl Sample {
    fn host(&self) -> Option<&str> {
        self.host.as_ref()?.as_deref().ok()
    }
}

/// All texts, gathered from where they stand.
pub struct Gathering {
    sample: Sample,
    /// Channels that somebody hands messages over for.
    configured: Vec<Channel>,
    general: Level,
    scopes: BTreeMap<String, Level>,
    routes: BTreeMap<String, Level>,
}

impl Gathering {
    /// Begins with `[text]` itself.
    pub fn read(top: &Section<'_>, sample: Sample, configured: &[Channel]) -> Gathering {
        let general = level(top, &sample, configured);
        Gathering { sample, configured: configured.to_vec(), general, scopes: BTreeMap::new(), routes: BTreeMap::new() }
    }

    pub fn scope(&mut self, name: &str, section: &Section<'_>) {
        let level = level(section, &self.sample, &self.configured);
        if !level.is_empty() {
            self.scopes.insert(name.to_owned(), level);
        }
    }

    pub fn route(&mut self, name: &str, section: &Section<'_>) {
        let level = level(section, &self.sample, &self.configured);
        if !level.is_empty() {
            self.routes.insert(name.to_owned(), level);
        }
    }

    pub fn texts(self) -> Texts {
        Texts::new(self.general, self.scopes, self.routes)
    }
}

fn level(around: &Section<'_>, sample: &Sample, configured: &[Channel]) -> Level {
    let section = around.table("text");
    let plain = |key, purpose: Use| -> BTreeMap<Locale, Template> {
        let read = |(name, place, item): (&str, Place, Item<'_>)| {
            let locale = language(item.reader, name, place);
            let template = template(item, purpose, sample);
            let (locale, template) = (locale?, template?);
            if key == "sms" {
                weigh(item, locale, &template, sample)?;
            }
            Some((locale, template))
        };
        section.table(key).chosen().into_iter().filter_map(read).collect()
    };
    let (sms, whatsapp) = (plain("sms", Use::Message), plain("whatsapp", Use::Message));
    let voice = plain("voice", Use::Speech);
    let letter = |(name, place, section): (&str, Place, Section<'_>)| {
        let locale = language(section.reader, name, place);
        let letter = letter(section, sample);
        Some((locale?, letter))
    };
    let email = section.named("email").into_iter().filter_map(letter).collect();
    let level = Level { sms, whatsapp, voice, email };
    warn_of_unsaid(&section, &level, configured);
    section.done();
    level
}

/// A text that no message ever has. Where nobody hands over anything, that is told elsewhere.
fn warn_of_unsaid(section: &Section<'_>, level: &Level, configured: &[Channel]) {
    let written = [
        (Channel::Sms, !level.sms.is_empty()),
        (Channel::Voice, !level.voice.is_empty()),
        (Channel::Whatsapp, !level.whatsapp.is_empty()),
        (Channel::Email, level.email.values().any(|letter| letter.subject.is_some() || letter.body.is_some())),
    ];
    // What an SMS says is said by WhatsApp too.
    let said =
        |channel| configured.contains(&channel) || channel == Channel::Sms && configured.contains(&Channel::Whatsapp);
    for (channel, _) in written.into_iter().filter(|(channel, written)| *written && !said(*channel)) {
        let Some(entry) = section.entry(channel.name()).filter(|_| !configured.is_empty()) else { continue };
        let message = format!("nobody hands over messages by {}, so this text is never sent", channel.name());
        let told = Diagnostic::new(Code::Unused, entry.key, message);
        section.reader.tell(told.help(format!("add [[{}.provider]], or take the text out", channel.name())));
    }
}

fn letter(section: Section<'_>, sample: &Sample) -> Letter {
    let letter = Letter {
        subject: section.optional("subject", |item| template(item, Use::Subject, sample)),
        body: section.optional("body", |item| template(item, Use::Message, sample)),
    };
    section.done();
    letter
}

/// A language that we have texts in, by its own tag.
fn language(reader: &Reader<'_>, name: &str, place: Place) -> Option<Locale> {
    let known = Locale::ALL.into_iter().find(|locale| locale.tag() == name);
    if known.is_none() {
        let message = format!("there are no texts in the language `{}`", name.escape_debug());
        let told = Diagnostic::new(Code::UnknownKey, place, message);
        // Another spelling of one that we have, or the country for the language, says more than likeness.
        let countries =
            [("jp", "ja"), ("kr", "ko"), ("cn", "zh-Hans"), ("tw", "zh-Hant"), ("br", "pt-BR"), ("vn", "vi")];
        let country = || countries.iter().find(|(country, _)| *country == name).map(|(_, tag)| *tag);
        let meant = Locale::parse(name).map(Locale::tag).or_else(country);
        let told = told.nearest(meant.unwrap_or(name), Locale::ALL.map(Locale::tag));
        reader.tell(match told.nearest.clone() {
            Some(tag) => told.expected(format!("did you mean `{tag}`?")),
            None => told.help(format!("known are {}", Locale::ALL.map(Locale::tag).join(", "))),
        });
    }
    known
}

fn template(item: Item<'_>, purpose: Use, sample: &Sample) -> Option<Template> {
    let text = item.text(("a text", "\"{code} is your {brand} code.\""))?;
    let key = item.key;
    let bad = |message: String, more: &str| {
        item.tell(Code::BadValue, message, |d| if more.is_empty() { d } else { d.expected(more.to_owned()) })
    };
    let names = NAMES.map(|name| format!("{{{name}}}")).join(", ");
    match Template::read(text, purpose) {
        Ok(template) if template.names("host") && sample.host == Some(Err(())) => {
            let message = format!("`{{host}}` in `{key}` stands for nothing, because `public_url` is not https");
            item.tell(Code::Conflict, message, |d| d)
        }
        Ok(template) => Some(template),
        Err(Flaw::Unknown(name)) => {
            let message = format!("`{key}` has `{{{}}}`, which stands for nothing", name.escape_debug());
            item.tell(Code::BadValue, message, |d| {
                let told = d.nearest(&name, NAMES);
                match told.nearest.clone() {
                    Some(near) => told.expected(format!("did you mean `{{{near}}}`?")),
                    None => told.expected(format!("expected one of {names}")),
                }
            })
        }
        Err(Flaw::Brace) => {
            bad(format!("`{key}` has a brace that belongs to nothing"), &format!("braces stand around {names}"))
        }
        Err(Flaw::NoCode) => bad(format!("`{key}` never says the code"), "expected `{code}` in it"),
        Err(Flaw::CodeInSubject) => {
            bad(format!("`{key}` would show the code in previews and logs"), "expected a subject without `{code}`")
        }
        Err(Flaw::Control) => {
            let lines = if purpose == Use::Message { " (the end of a line is \\n alone)" } else { "" };
            bad(format!("`{key}` has a control character{lines}"), "")
        }
        Err(Flaw::Empty) => bad(format!("`{key}` is empty"), ""),
        Err(Flaw::TooLong(longest)) => {
            item.tell(Code::OutOfRange, format!("`{key}` is longer than {longest} characters"), |d| d)
        }
    }
}

/// Says what an SMS costs, and refuses one that is too long.
fn weigh(item: Item<'_>, locale: Locale, template: &Template, sample: &Sample) -> Option<()> {
    let one = Level { sms: BTreeMap::from([(locale, template.clone())]), ..Level::default() };
    let texts = Texts::new(one, BTreeMap::new(), BTreeMap::new());
    let note = Note { brand: &sample.brand, code: &sample.code, life: sample.life, host: sample.host() };
    let said = wording(Channel::Sms, locale, &note, texts.general()).text;
    let weight = segments(said.expose());
    let units = match (weight.encoding, beyond_gsm(said.expose())) {
        (Encoding::Ucs2, Some(first)) => {
            format!("{} characters in UCS-2, because of `{first}`; 70 fit one", weight.units)
        }
        _ => format!("{} characters in GSM-7; 160 fit one", weight.units),
    };
    let message = |rest: &str| format!("`{}` takes {} SMS{rest}", item.key, weight.parts);
    match weight.parts {
        0..=1 => Some(()),
        parts if parts <= MOST_PARTS => {
            let told = Diagnostic::new(Code::ManyParts, item.place(), message(", and each is charged"));
            item.reader.tell(told.expected(units).help("`sekisho check --messages` shows what is sent"));
            Some(())
        }
        _ => item.tell(Code::OutOfRange, message(&format!(", more than {MOST_PARTS}")), |d| d.expected(units)),
    }
}
