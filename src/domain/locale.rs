//! Languages that pages and messages speak.

use serde::{Deserialize, Serialize};

/// A language with a catalogue of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "ja")]
    Ja,
    #[serde(rename = "zh-Hans")]
    ZhHans,
    #[serde(rename = "zh-Hant")]
    ZhHant,
    #[serde(rename = "ko")]
    Ko,
    #[serde(rename = "es")]
    Es,
    #[serde(rename = "fr")]
    Fr,
    #[serde(rename = "de")]
    De,
    #[serde(rename = "pt-BR")]
    PtBr,
    #[serde(rename = "vi")]
    Vi,
    #[serde(rename = "ar")]
    Ar,
}

impl Locale {
    pub const ALL: [Locale; 11] = [
        Locale::En,
        Locale::Ja,
        Locale::ZhHans,
        Locale::ZhHant,
        Locale::Ko,
        Locale::Es,
        Locale::Fr,
        Locale::De,
        Locale::PtBr,
        Locale::Vi,
        Locale::Ar,
    ];

    /// The BCP 47 tag, as in `<html lang>` and in the users' CSV.
    pub fn tag(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::Ja => "ja",
            Locale::ZhHans => "zh-Hans",
            Locale::ZhHant => "zh-Hant",
            Locale::Ko => "ko",
            Locale::Es => "es",
            Locale::Fr => "fr",
            Locale::De => "de",
            Locale::PtBr => "pt-BR",
            Locale::Vi => "vi",
            Locale::Ar => "ar",
        }
    }

    /// As those who speak it call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Locale::En => "English",
            Locale::Ja => "日本語",
            Locale::ZhHans => "简体中文",
            Locale::ZhHant => "繁體中文",
            Locale::Ko => "한국어",
            Locale::Es => "Español",
            Locale::Fr => "Français",
            Locale::De => "Deutsch",
            Locale::PtBr => "Português (Brasil)",
            Locale::Vi => "Tiếng Việt",
            Locale::Ar => "العربية",
        }
    }

    /// Whether its lines run from right to left.
    pub fn is_rtl(self) -> bool {
        self == Locale::Ar
    }

    /// Reads a tag such as `ja`, `ja-JP` or `EN_us` by its primary language. Chinese goes by its script, and where the tag
    /// names none, by the one that its region writes; Portuguese is Brazilian wherever it is spoken.
    pub fn parse(tag: &str) -> Option<Locale> {
        let tag = tag.trim().to_ascii_lowercase();
        let (primary, rest) = tag.split_once(['-', '_']).unwrap_or((&tag, ""));
        let names = |subtag: &str| rest.split(['-', '_']).any(|part| part == subtag);
        match primary {
            "zh" if names("hans") => Some(Locale::ZhHans),
            "zh" if ["hant", "tw", "hk", "mo"].into_iter().any(names) => Some(Locale::ZhHant),
            "zh" => Some(Locale::ZhHans),
            "pt" => Some(Locale::PtBr),
            _ => Locale::ALL.into_iter().find(|l| l.tag() == primary),
        }
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
            ("sv-SE, en;q=0.4, ja;q=0.7", Some(Locale::Ja)),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Some(Locale::Fr)),
            ("zh-TW,zh;q=0.9,en;q=0.8", Some(Locale::ZhHant)),
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Locale::ZhHans)),
            ("pt-PT;q=0.9, ar-EG", Some(Locale::Ar)),
            ("en-GB", Some(Locale::En)),
            ("ja;q=0, en;q=0.1", Some(Locale::En)),
            ("sv, nl", None),
            (";;;,,,q=2", None),
        ] {
            assert_eq!(Locale::negotiate(header), expected, "{header}");
        }
    }

    #[test]
    fn a_tag_is_read_by_what_people_write_there() {
        for (tag, expected) in [
            ("zh", Some(Locale::ZhHans)),
            ("zh-SG", Some(Locale::ZhHans)),
            ("zh_TW", Some(Locale::ZhHant)),
            ("zh-HK", Some(Locale::ZhHant)),
            ("zh-MO", Some(Locale::ZhHant)),
            ("zh-Hant-US", Some(Locale::ZhHant)),
            ("zh-Hans-HK", Some(Locale::ZhHans)),
            ("pt", Some(Locale::PtBr)),
            ("pt-PT", Some(Locale::PtBr)),
            ("PT-br", Some(Locale::PtBr)),
            (" De-AT ", Some(Locale::De)),
            ("es-419", Some(Locale::Es)),
            ("ar-SA", Some(Locale::Ar)),
            ("arn", None),
            ("", None),
        ] {
            assert_eq!(Locale::parse(tag), expected, "{tag}");
        }
    }

    #[test]
    fn every_language_is_stored_as_its_tag_and_read_from_it() {
        for locale in Locale::ALL {
            let stored = serde_json::to_string(&locale).expect("JSON");
            assert_eq!(stored, format!("\"{}\"", locale.tag()));
            assert_eq!(serde_json::from_str::<Locale>(&stored).ok(), Some(locale));
            assert_eq!(Locale::parse(locale.tag()), Some(locale));
        }
    }
}
