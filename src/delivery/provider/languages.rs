//! A setting that may differ by language: `"HX…"` for all, or `"ja=HX…, en=HX…"`, where the first also serves languages
//! that are not named.

use super::ProviderFault;
use crate::domain::locale::Locale;

#[derive(Debug, Clone)]
pub struct PerLanguage {
    rest: String,
    named: Vec<(Locale, String)>,
}

impl PerLanguage {
    /// `sound` says of each value whether it can be one; `like` is one, for whoever reads the fault.
    pub fn read(
        key: &'static str,
        text: &str,
        like: &str,
        sound: impl Fn(&str) -> bool,
    ) -> Result<PerLanguage, ProviderFault> {
        let (mut rest, mut named) = (None, Vec::<(Locale, String)>::new());
        for item in text.split(',').map(str::trim) {
            let (tag, value) =
                item.split_once('=').map_or((None, item), |(tag, value)| (Some(tag.trim()), value.trim()));
            if !sound(value) {
                let text = format!("`{}` is not of the form {like}", value.escape_debug());
                return Err(ProviderFault::of(key, text));
            }
            match tag.map(|tag| (tag, Locale::parse(tag))) {
                None if rest.is_none() => rest = Some(value.to_owned()),
                Some((_, Some(locale))) if named.iter().all(|(other, _)| *other != locale) => {
                    named.push((locale, value.to_owned()));
                }
                Some((tag, None)) => {
                    let text = format!("`{}` is no language that messages are in", tag.escape_debug());
                    return Err(ProviderFault::of(key, text));
                }
                _ => return Err(ProviderFault::of(key, format!("`{key}` says two things for one language"))),
            }
        }
        let rest = rest.or_else(|| named.first().map(|(_, value)| value.clone())).unwrap_or_default();
        Ok(PerLanguage { rest, named })
    }

    pub fn of(&self, locale: Locale) -> &str {
        self.named.iter().find(|(named, _)| *named == locale).map_or(&self.rest, |(_, value)| value)
    }

    pub fn values(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.rest.as_str()).chain(self.named.iter().map(|(_, value)| value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PerLanguage, String> {
        PerLanguage::read("template", text, "\"HX…\"", |value| value.starts_with("HX")).map_err(|fault| fault.text)
    }

    #[test]
    fn one_value_serves_all_and_named_ones_their_language() {
        for (text, en, ja) in [
            ("HX1", "HX1", "HX1"),
            ("HX1, ja=HX2", "HX1", "HX2"),
            ("ja = HX2 ,HX1", "HX1", "HX2"),
            ("ja=HX2, en=HX3", "HX3", "HX2"),
            ("ja=HX2", "HX2", "HX2"),
        ] {
            let read = read(text).expect(text);
            assert_eq!((read.of(Locale::En), read.of(Locale::Ja)), (en, ja), "{text}");
        }
    }

    #[test]
    fn what_says_nothing_or_too_much_is_refused() {
        for (text, said) in [
            ("", "form"),
            ("HX1,", "form"),
            ("ja=", "form"),
            ("tlh=HX1", "no language"),
            ("HX1, HX2", "two things"),
            ("ja=HX1, ja-JP=HX2", "two things"),
        ] {
            let fault = read(text).expect_err(text);
            assert!(fault.contains(said), "{text}: {fault}");
        }
    }
}
