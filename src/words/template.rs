//! Texts with named places: our own messages, and those that an operator writes instead.

use std::collections::BTreeMap;

use crate::domain::locale::Locale;

use super::Page;

/// What can stand between braces.
pub const NAMES: [&str; 5] = ["code", "brand", "minutes", "life", "host"];

/// What the places are filled with.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// As it is read, or as it is spoken.
    pub code: &'a str,
    pub brand: &'a str,
    pub minutes: u64,
    pub locale: Locale,
    /// Empty where there is none.
    pub host: &'a str,
}

/// A text that was looked at: it says the code if it has to, and every place in it has a name that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

/// What a text of the operator's is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Read on a screen; may have several lines.
    Message,
    /// Spoken: one line.
    Speech,
    /// One line, without the code: previews and logs keep subjects.
    Subject,
}

/// Why a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    Unknown(String),
    /// A brace that neither begins nor ends a place.
    Brace,
    NoCode,
    CodeInSubject,
    Control,
    TooLong(usize),
    Empty,
}

impl Template {
    pub fn read(text: &str, purpose: Use) -> Result<Template, Flaw> {
        let longest = match purpose {
            Use::Message => 4000,
            Use::Speech => 1000,
            Use::Subject => 150,
        };
        let is_line_end = |c: char| c == '\n' && purpose == Use::Message;
        if text.chars().any(|c| c.is_control() && !is_line_end(c)) {
            return Err(Flaw::Control);
        }
        if text.trim().is_empty() {
            return Err(Flaw::Empty);
        }
        if text.chars().count() > longest {
            return Err(Flaw::TooLong(longest));
        }
        let names = names(text)?;
        if let Some(name) = names.iter().find(|name| !NAMES.contains(name)) {
            return Err(Flaw::Unknown((*name).to_owned()));
        }
        match (purpose, names.contains(&"code")) {
            (Use::Subject, true) => Err(Flaw::CodeInSubject),
            (Use::Message | Use::Speech, false) => Err(Flaw::NoCode),
            _ => Ok(Template(text.to_owned())),
        }
    }

    pub fn fill(&self, values: &Values<'_>) -> String {
        fill(&self.0, values)
    }

    pub fn names(&self, name: &str) -> bool {
        names(&self.0).is_ok_and(|names| names.contains(&name))
    }
}

/// What stands between braces, in its order.
fn names(text: &str) -> Result<Vec<&str>, Flaw> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(['{', '}']) {
        let inner = rest[begin..].strip_prefix('{').ok_or(Flaw::Brace)?;
        let end = inner.find(['{', '}']).filter(|end| inner[*end..].starts_with('}')).ok_or(Flaw::Brace)?;
        names.push(&inner[..end]);
        rest = &inner[end + 1..];
    }
    Ok(names)
}

/// Fills every place once: what is put in is not looked at again.
pub fn fill(text: &str, values: &Values<'_>) -> String {
    let mut filled = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = inner.split_once('}') else {
            filled.push_str(&rest[before.len()..]);
            return filled;
        };
        match name {
            "code" => filled.push_str(values.code),
            "brand" => filled.push_str(values.brand),
            "minutes" => filled.push_str(&values.minutes.to_string()),
            "life" => filled.push_str(&Page::of(values.locale).spans.minutes.fill(values.minutes)),
            "host" => filled.push_str(values.host),
            _ => {}
        }
        rest = after;
    }
    filled + rest
}

/// A mail that an operator worded; what is left out is ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    pub subject: Option<Template>,
    pub body: Option<Template>,
}

/// An operator's texts in one place of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Level {
    pub sms: BTreeMap<Locale, Template>,
    pub whatsapp: BTreeMap<Locale, Template>,
    pub voice: BTreeMap<Locale, Template>,
    pub email: BTreeMap<Locale, Letter>,
}

impl Level {
    pub fn is_empty(&self) -> bool {
        self.sms.is_empty() && self.whatsapp.is_empty() && self.voice.is_empty() && self.email.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Values<'static> =
        Values { code: "482913", brand: "A {code}", minutes: 2, locale: Locale::Ar, host: "a.jp" };

    #[test]
    fn places_are_filled_once_and_nothing_else_is_touched() {
        let text = Template::read("{brand}: {code} ({minutes}, {life}) @{host}\n{code}", Use::Message).expect("good");
        assert_eq!(text.fill(&VALUES), "A {code}: 482913 (2, دقيقتين) @a.jp\n482913");
        assert!(text.names("host") && !text.names("hos"));
    }

    #[test]
    fn what_is_wrong_with_a_text_has_a_name() {
        let flaw = |text: &str, purpose| Template::read(text, purpose).expect_err("a flaw");
        for (text, expected) in [
            ("{cod} {code}", Flaw::Unknown("cod".to_owned())),
            ("{} {code}", Flaw::Unknown(String::new())),
            ("{ code }", Flaw::Unknown(" code ".to_owned())),
            ("{code", Flaw::Brace),
            ("code}", Flaw::Brace),
            ("{{code}}", Flaw::Brace),
            ("your code", Flaw::NoCode),
            ("{code}\u{7}", Flaw::Control),
            ("{code}\r\n", Flaw::Control),
            (" ", Flaw::Empty),
        ] {
            assert_eq!(flaw(text, Use::Message), expected, "{text:?}");
        }
        assert_eq!(flaw("{code}\n", Use::Speech), Flaw::Control);
        assert_eq!(flaw("Code {code}", Use::Subject), Flaw::CodeInSubject);
        assert_eq!(flaw(&format!("{{code}}{}", "a".repeat(1000)), Use::Speech), Flaw::TooLong(1000));
        assert!(Template::read("{brand}", Use::Subject).is_ok());
    }
}
