//! What may stand in a user's record, wherever an operator writes it: the command line or a CSV file.
//!
//! Each function gives the value, `None` for an empty one, or a sentence with what is wrong and what was expected.

use crate::domain::contact::{Channel, Phone, PhoneError, Region};
use crate::domain::locale::Locale;
use crate::domain::user::login_fault;

/// RFC 5321 §4.5.3.1.3: a path of 256 octets, less its angle brackets.
const LONGEST_EMAIL: usize = 254;
const LONGEST_NAME: usize = 128;
const LONGEST_GROUP: usize = 64;
const MOST_GROUPS: usize = 64;

pub fn login(text: &str) -> Result<String, String> {
    match login_fault(text) {
        Some(fault) => Err(fault.to_owned()),
        None => legible(text).map(str::to_owned),
    }
}

pub fn name(text: &str) -> Result<Option<String>, String> {
    let text = legible(text.trim())?;
    if text.chars().count() > LONGEST_NAME {
        return Err(format!("it is longer than {LONGEST_NAME} characters"));
    }
    Ok(some(text))
}

pub fn phone(text: &str, region: Region) -> Result<Option<Phone>, String> {
    match Phone::parse(text, region) {
        Ok(phone) => Ok(Some(phone)),
        Err(PhoneError::Empty) => Ok(None),
        Err(fault @ PhoneError::LostZero) => Err(fault.to_string()),
        Err(fault) => Err(format!(
            "{fault}; expected one as it is dialled within {}, or in international form with +",
            region.code()
        )),
    }
}

pub fn email(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() || is_email(text) {
        return Ok(some(legible(text)?));
    }
    Err("it is not an e-mail address; expected one such as suzuki@example.jp".to_owned())
}

/// Group names in the order given, each once, split at `;` and blanks (full-width ones too).
pub fn groups(text: &str) -> Result<Vec<String>, String> {
    let mut groups: Vec<String> = Vec::new();
    for group in text.split(|c: char| matches!(c, ';' | '；') || c.is_whitespace()).filter(|group| !group.is_empty()) {
        // Upstreams get the groups as one comma-separated header.
        if legible(group)?.contains(',') {
            return Err("a group's name has no comma; expected names with ; or a space between them".to_owned());
        }
        if group.chars().count() > LONGEST_GROUP {
            return Err(format!("a group's name is longer than {LONGEST_GROUP} characters"));
        }
        if !groups.iter().any(|seen| seen == group) {
            groups.push(group.to_owned());
        }
    }
    if groups.len() > MOST_GROUPS {
        return Err(format!("there are more than {MOST_GROUPS} groups"));
    }
    Ok(groups)
}

pub fn locale(text: &str) -> Result<Option<Locale>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    Locale::parse(text).map(Some).ok_or_else(|| {
        let tags = Locale::ALL.map(Locale::tag);
        let meant = nearest(text, tags).map_or(String::new(), |tag| format!("; did you mean {tag}?"));
        format!("it is no language there are texts for; expected one of {}{meant}", tags.join(", "))
    })
}

/// The ways that codes may take, in the order given, each once, split at `,`, `;` and blanks.
pub fn channels(text: &str) -> Result<Vec<Channel>, String> {
    let mut channels: Vec<Channel> = Vec::new();
    let words = text.split(|c: char| matches!(c, ',' | ';' | '、' | '；') || c.is_whitespace());
    for word in words.filter(|word| !word.is_empty()) {
        let Some(channel) = Channel::parse(&word.to_ascii_lowercase()) else {
            let names = Channel::ALL.map(Channel::name);
            let meant = nearest(word, names).map_or(String::new(), |name| format!("; did you mean {name}?"));
            let word = word.escape_debug();
            return Err(format!("{word} is no way that codes go; expected some of {}{meant}", names.join(", ")));
        };
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    Ok(channels)
}

/// The candidate that looks most like `typed`, if any looks like it at all.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.trim().to_lowercase();
    let scored = candidates.into_iter().map(|name| (strsim::jaro_winkler(&typed, &name.to_lowercase()), name));
    let (score, name) = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (score >= 0.66).then_some(name)
}

/// Refuses what nobody sees on a screen, and what could make a log line or a header look like another.
fn legible(text: &str) -> Result<&str, String> {
    if text.contains(['\n', '\r']) {
        return Err("there is a line break in it (in a CSV file often a missing closing quote)".to_owned());
    }
    match text.chars().find(|&c| c.is_control() || is_invisible(c)) {
        Some(c) => Err(format!("there is an invisible character in it (U+{:04X}); type it anew", u32::from(c))),
        None => Ok(text),
    }
}

/// Zero-width and bidirectional marks. Joiners (U+200C, U+200D) stay: some scripts spell names with them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fffd}'
    )
}

/// Catches slips of the hand and what could break a header. Dots in odd places are let be: some carriers gave such
/// addresses to people.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"@".contains(c);
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= LONGEST_EMAIL && !local.is_empty() && !local.contains(odd) && domain.split('.').all(label)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_names_in_an_order() {
        use Channel::{Email, Sms, Voice};
        assert_eq!(channels("voice, Email;sms voice"), Ok(vec![Voice, Email, Sms]));
        assert_eq!(channels(" "), Ok(vec![]));
        assert!(channels("voice,emial").is_err_and(|what| what.ends_with("did you mean email?")));
    }

    #[test]
    fn an_email_address_is_judged_by_what_people_get_wrong() {
        for good in ["suzuki@example.jp", "a.b..c.@docomo.ne.jp", "root@localhost", "鈴木@例え.jp", ""] {
            assert!(email(good).is_ok(), "{good}");
        }
        for bad in [
            "suzuki",
            "suzuki@",
            "@example.jp",
            "a b@example.jp",
            "a@b@c.jp",
            "a@example..jp",
            "a@-x.jp",
            "a@x\r\nB: c",
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
        assert!(email(&format!("{}@example.jp", "a".repeat(250))).is_err());
    }

    #[test]
    fn groups_are_split_as_people_write_them() {
        assert_eq!(
            groups(" nurses;ward-3　doctors；nurses ").as_deref(),
            Ok(&["nurses", "ward-3", "doctors"].map(String::from)[..])
        );
        assert!(groups("nurses,doctors").is_err_and(|said| said.contains("expected names with ;")));
        assert!(groups(&"g".repeat(65)).is_err());
    }

    #[test]
    fn a_language_is_guessed_at_but_not_taken() {
        assert_eq!(locale("ja-JP"), Ok(Some(Locale::Ja)));
        assert_eq!(locale("  "), Ok(None));
        assert!(locale("jp").is_err_and(|said| said.contains("did you mean ja?")));
        assert_eq!(locale("zh-HK"), Ok(Some(Locale::ZhHant)));
        let none = locale("tlh").expect_err("no Klingon");
        assert!(none.ends_with("expected one of en, ja, zh-Hans, zh-Hant, ko, es, fr, de, pt-BR, vi, ar"), "{none}");
    }

    #[test]
    fn what_cannot_be_seen_is_not_kept() {
        for hidden in ["Su\u{200b}zuki", "\u{202e}ikuzuS", "Suz\u{0}uki", "a\u{fffd}"] {
            assert!(name(hidden).is_err(), "{hidden:?}");
            assert!(login(hidden).is_err(), "{hidden:?}");
        }
        assert_eq!(name(" 鈴木　一郎 "), Ok(Some("鈴木　一郎".to_owned())));
    }
}
