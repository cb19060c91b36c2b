//! How many SMS a message takes, before its code is known: a bill counts parts.

use std::time::Duration;

use super::message::{Note, wording};
use super::segments::segments;
use super::texts::Texts;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::secret::Secret;

/// The most parts that a message in this language takes, by whatever text; of the code its length and its life.
pub fn of(locale: Locale, brand: &str, (length, life): (usize, Duration), host: Option<&str>, texts: &Texts) -> u64 {
    let code = Secret::new("0".repeat(length));
    let note = Note { brand, code: &code, life, host };
    let parts = |set| segments(wording(Channel::Sms, locale, &note, set).text.expose()).parts;
    let most = texts.all().map(parts).max().unwrap_or(1);
    u64::try_from(most).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_host_makes_two_parts_of_a_japanese_message() {
        let shape = (6, Duration::from_secs(300));
        let parts = |host| of(Locale::Ja, "中央病院", shape, Some(host), &Texts::default());
        assert_eq!(parts("records.example.jp"), 1);
        assert_eq!(parts("patient-records.central-hospital.example.jp"), 2);
    }
}
