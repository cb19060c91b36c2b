//! What a message with a code says, on each channel.

use std::time::Duration;

use crate::domain::code::Code;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::secret::Secret;

use super::segments::segments;
use super::standard::Standard;
use super::template::{Template, Values, fill};
use super::texts::Chosen;

/// What a message is about.
#[derive(Debug, Clone)]
pub struct Note<'a> {
    /// Who sends.
    pub brand: &'a str,
    pub code: &'a Code,
    /// How long the code still holds.
    pub life: Duration,
    /// The host that the code belongs to, where people meet it over https.
    pub host: Option<&'a str>,
}

/// A message in words.
#[derive(Debug, Clone)]
pub struct Wording {
    /// What is read, or what a call says.
    pub text: Secret<String>,
    /// Of a mail; never holds the code.
    pub subject: Option<String>,
    /// What a call says before a key is pressed.
    pub prompt: Option<String>,
}

/// SMS that one message may take: an operator's text of more is refused, and the bound line is left away before.
pub const MOST_PARTS: usize = 3;

/// Words a message in the operator's texts, and in ours where there are none.
///
/// An SMS and a mail end with the line that binds the code to our host, so that a browser fills it in there and nowhere
/// else (WICG origin-bound one-time codes: one space, nothing after it, no final newline). It is left away where there is no
/// such host, where an operator's text names the host itself, and where an SMS would become too long by it.
pub fn wording(channel: Channel, locale: Locale, note: &Note<'_>, texts: Chosen<'_>) -> Wording {
    let ours = Standard::of(locale);
    let code = match channel {
        Channel::Voice => spelled(note.code.expose(), ours.pause),
        Channel::Sms | Channel::Whatsapp | Channel::Email => note.code.expose().clone(),
    };
    let host = note.host.unwrap_or_default();
    let values = Values { code: &code, brand: note.brand, minutes: minutes(note.life), locale, host };
    let say = |own: Option<&Template>, ours: &str| own.map_or_else(|| fill(ours, &values), |own| own.fill(&values));
    let bound = |own: Option<&Template>| match own {
        Some(own) if own.names("host") => None,
        _ => bound_line(note),
    };
    let (text, subject, prompt) = match channel {
        Channel::Sms => {
            let own = texts.text(channel, locale);
            let text = say(own, ours.sms);
            let whole = bound(own).map(|line| format!("{text}{line}"));
            (whole.filter(|whole| segments(whole).parts <= MOST_PARTS).unwrap_or(text), None, None)
        }
        Channel::Whatsapp => (say(texts.text(channel, locale), ours.sms), None, None),
        Channel::Voice => (say(texts.text(channel, locale), ours.speech), None, Some(fill(ours.prompt, &values))),
        Channel::Email => {
            let body = texts.letter(locale, |letter| letter.body.as_ref());
            let subject = texts.letter(locale, |letter| letter.subject.as_ref());
            let text = say(body, ours.body).trim_end().to_owned();
            (text + &bound(body).unwrap_or_default(), Some(say(subject, ours.subject)), None)
        }
    };
    Wording { text: Secret::new(text), subject, prompt }
}

/// The line, and the empty one before it.
fn bound_line(note: &Note<'_>) -> Option<String> {
    let host = note.host.filter(|host| is_dns_name(host))?;
    Some(format!("\n\n@{host} #{}", note.code.expose()))
}

/// A code as it is read aloud: character by character.
fn spelled(code: &str, pause: &str) -> String {
    code.chars().map(String::from).collect::<Vec<_>>().join(pause)
}

/// Whole minutes, not more than are left, but at least one. Ten seconds are let pass: the time in the queue does not turn
/// five minutes into four.
pub fn minutes(life: Duration) -> u64 {
    ((life.as_secs() + 10) / 60).max(1)
}

/// Whether a host can stand in an origin-bound line: a name with a domain, not an address, without a port.
pub fn is_dns_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    match host.rsplit_once('.') {
        Some((_, top)) => {
            host.len() <= 253 && host.split('.').all(is_label) && top.bytes().any(|b| b.is_ascii_alphabetic())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests;
