//! Spellings that an upstream may take for one and the same, and how rules see them.
//!
//! A view rewrites the segments of a path and the words of every pattern alike; then they are compared as ever.

use unicode_normalization::UnicodeNormalization;

use super::allow::Case;
use super::charset::{Charset, bytewise};

/// How segments are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// As they are.
    Exact,
    /// `A` to `Z` are `a` to `z`.
    Ascii,
    /// As broadly as any file system does: Unicode case, compatibility forms (NFKC), and what Windows drops: dots and
    /// spaces at the end, and what follows a colon.
    Wide,
    /// As a program sees it that takes the second byte of a character for a backslash, and that for a separator.
    Bytes(Charset, Case),
}

impl View {
    /// A segment, or the words of a pattern, in this view; `None` where nothing of it would be left or it would be taken
    /// for something else.
    pub fn of(self, segment: &str) -> Option<String> {
        match self {
            View::Exact => Some(segment.to_owned()),
            View::Ascii => Some(segment.to_ascii_lowercase()),
            View::Wide => {
                let wide = broad(segment);
                let kept = wide
                    .split(':')
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches(|c: char| c == '.' || c.is_whitespace());
                let sound = (!kept.is_empty() || segment.is_empty()) && !wide.contains(['/', '\\']);
                sound.then(|| kept.to_owned())
            }
            View::Bytes(charset, case) => {
                let bytes = bytewise(&charset.encode(segment)?);
                Some(if case == Case::Insensitive { bytes.to_ascii_lowercase() } else { bytes })
            }
        }
    }

    /// Words of a pattern that a `*` stands beside.
    pub fn of_piece(self, piece: &str) -> Option<String> {
        match self {
            View::Wide => Some(broad(piece)),
            other => other.of(piece),
        }
    }
}

fn broad(text: &str) -> String {
    let folded = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    folded.collect::<String>().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_form() {
        let wide = |text: &str| View::Wide.of(text);
        for (text, form) in [
            ("ADMIN", "admin"),
            ("admin.", "admin"),
            ("Admin. .", "admin"),
            ("admin::$DATA", "admin"),
            ("\u{212a}anri", "kanri"),
            ("ＡＤＭＩＮ", "admin"),
            ("ﾊﾞ", "バ"),
            ("ſ", "s"),
        ] {
            assert_eq!(wide(text).as_deref(), Some(form), "{text}");
        }
        assert_eq!([wide(" "), wide("..."), wide("a\u{2100}b"), wide(":x")], [None, None, None, None]);
        assert_eq!(View::Ascii.of("ÄB").as_deref(), Some("Äb"));
    }
}
