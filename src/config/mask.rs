//! Keeps secrets out of the lines that a diagnostic shows.
//!
//! Places that the reader knows to be secret are starred out as they are. Where the reader never came that far (a
//! syntax error, a misspelt key), what is assigned to a name that speaks of a secret is starred out on suspicion.

use std::ops::Range;

/// Parts of names whose values nobody should see; compared in lower case.
const TELLING: [&str; 8] = ["token", "secret", "passw", "authorization", "bearer", "apikey", "-key", "_key"];

/// The text with each character in `ranges` replaced by another of the same length in bytes, so that neither offsets
/// nor columns move.
pub fn star_out(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> String {
    let ranges: Vec<_> = ranges.collect();
    let hidden = |at: usize| ranges.iter().any(|range| range.contains(&at));
    let star = |c: char| ['*', '·', '•', '\u{1f7c4}'][c.len_utf8() - 1];
    text.char_indices().map(|(at, c)| if c != '\n' && c != '\r' && hidden(at) { star(c) } else { c }).collect()
}

/// Where values of telling names stand.
pub fn guess(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    TELLING
        .iter()
        .flat_map(|word| lower.match_indices(word).map(|(at, found)| at + found.len()))
        .filter_map(|end| value_after(text, end))
        .collect()
}

/// The value that is assigned to the name whose telling part ends at `end`.
fn value_after(text: &str, end: usize) -> Option<Range<usize>> {
    let name_rest = text[end..].find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '"' | '\''))?;
    let after_name = end + name_rest;
    let blank = |s: &str| s.len() - s.trim_start_matches([' ', '\t']).len();
    let sign = after_name + blank(&text[after_name..]);
    let value = text[sign..].strip_prefix('=')?;
    let start = sign + 1 + blank(value);
    let value = &text[start..];
    for fence in ["\"\"\"", "'''"] {
        if let Some(inner) = value.strip_prefix(fence) {
            let length = inner.find(fence).unwrap_or(inner.len());
            return Some(start + 3..start + 3 + length);
        }
    }
    let line = &value[..value.find('\n').unwrap_or(value.len())];
    for quote in ['"', '\''] {
        if let Some(inner) = line.strip_prefix(quote) {
            return Some(start + 1..start + 1 + closing(inner, quote));
        }
    }
    let harmless = line.starts_with(['{', '[']) || line.starts_with("true") || line.starts_with("false");
    (!harmless).then(|| start..start + line.trim_end().len())
}

/// Where the string ends: at its closing quote, or with the line when that is missing.
fn closing(inner: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            '\\' if quote == '"' && !escaped => escaped = true,
            c if c == quote && !escaped => return at,
            _ => escaped = false,
        }
    }
    inner.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        star_out(text, guess(text).into_iter())
    }

    #[test]
    fn values_of_telling_names_are_starred_out() {
        for (text, expected) in [
            ("token = \"hunter2\" x", "token = \"*******\" x"),
            ("tokens = 'hunter2'", "tokens = '*******'"),
            ("headers = { Authorization = \"Basic eA==\" }", "headers = { Authorization = \"**********\" }"),
            ("\"X-Api-Key\" = \"k\\\"ey\", a = \"b\"", "\"X-Api-Key\" = \"*****\", a = \"b\""),
            ("token = \"hunter2", "token = \"*******"),
            ("token = hunter2\nlife = \"5m\"", "token = *******\nlife = \"5m\""),
            ("secret = \"\"\"a\nb\"\"\"\nc = 1", "secret = \"\"\"*\n*\"\"\"\nc = 1"),
            ("password = true", "password = true"),
            ("token = { file = \"/x\" }", "token = { file = \"/x\" }"),
            ("key = \"/etc/key.pem\"", "key = \"/etc/key.pem\""),
            ("token", "token"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn stars_are_as_long_as_what_they_hide() {
        for secret in ["pass", "påss", "合言葉", "🔑"] {
            let text = format!("token = \"{secret}\"");
            let shown = shown(&text);
            assert!(!shown.contains(secret));
            assert_eq!((shown.len(), shown.chars().count()), (text.len(), text.chars().count()));
        }
    }
}
