//! Languages that pages and messages speak.

use serde::{Deserialize, Serialize};

/// A language with a catalogue of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    En,
    Ja,
}

impl Locale {
    pub const ALL: [Locale; 2] = [Locale::En, Locale::Ja];

    /// The BCP 47 tag, as in `<html lang>` and in the users' CSV.
    pub fn tag(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::Ja => "ja",
        }
    }

    /// Reads a tag such as `ja`, `ja-JP` or `EN_us` by its primary language.
    pub fn parse(tag: &str) -> Option<Locale> {
        let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        Locale::ALL.into_iter().find(|l| l.tag() == primary)
    }

    /// The language that an `Accept-Language` header asks for most (RFC 9110 §12.5.4); `None` when we have none of them.
    pub fn negotiate(header: &str) -> Option<Locale> {
        let mut best: Option<(u32, Locale)> = None;
        for item in header.split(',').take(32) {
            let mut parts = item.split(';');
            let Some(locale) = parts.next().and_then(Locale::parse) else { continue };
            let weight = parts.find_map(|p| p.trim().strip_prefix("q=").map(quality)).unwrap_or(1000);
            if weight > 0 && best.is_none_or(|(seen, _)| weight > seen) {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

/// A weight in thousandths; one that does not parse counts as zero.
fn quality(text: &str) -> u32 {
    text.trim().parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).map_or(0, |q| (q * 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_that_we_have_wins() {
        for (header, expected) in [
            ("ja,en-US;q=0.9,en;q=0.8", Some(Locale::Ja)),
            ("fr-FR, en;q=0.4, ja;q=0.7", Some(Locale::Ja)),
            ("en-GB", Some(Locale::En)),
            ("ja;q=0, en;q=0.1", Some(Locale::En)),
            ("fr, de", None),
            (";;;,,,q=2", None),
        ] {
            assert_eq!(Locale::negotiate(header), expected, "{header}");
        }
    }
}
