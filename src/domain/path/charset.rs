//! The character sets that a path may be written in.

use std::fmt;

use encoding_rs::{Encoding, UTF_8, X_USER_DEFINED};

/// A character set in which every ASCII byte outside a multi-byte character stands for itself; UTF-8 unless told
/// otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    pub const UTF8: Charset = Charset(UTF_8);

    /// By its name or one of its aliases in the WHATWG standard; `None` for what is none, or has shifts or null bytes.
    pub fn named(label: &str) -> Option<Charset> {
        // What the standard calls Shift_JIS is Microsoft's code page 932, which it does not know by that name.
        let label = if label.eq_ignore_ascii_case("cp932") { "shift_jis" } else { label };
        let found = Encoding::for_label_no_replacement(label.as_bytes())?;
        (found.is_ascii_compatible() && found != X_USER_DEFINED).then_some(Charset(found))
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The text, unless a byte of it stands for nothing.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        self.0.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
    }

    /// The bytes, unless a character has none.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        let (bytes, _, lossy) = self.0.encode(text);
        (!lossy).then(|| bytes.into_owned())
    }
}

impl Default for Charset {
    fn default() -> Charset {
        Charset::UTF8
    }
}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Each byte as one character: how a program reads that knows nothing of character sets. Bytes above ASCII become
/// Braille, which nothing folds and no pattern of an operator names.
pub(super) fn bytewise(bytes: &[u8]) -> String {
    let character = |byte: u8| match byte {
        0x80.. => char::from_u32(0x2800 + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    };
    bytes.iter().map(|b| character(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_keeps_ascii_bytes_can_be_named() {
        for good in ["utf-8", "Shift_JIS", "windows-31j", "euc-jp", "windows-1252", "gb18030", "big5", "euc-kr"] {
            assert!(Charset::named(good).is_some(), "{good}");
        }
        for bad in ["", "utf-16", "utf-16le", "iso-2022-jp", "iso-2022-kr", "utf-7", "x-user-defined", "klingon"] {
            assert!(Charset::named(bad).is_none(), "{bad}");
        }
        assert_eq!(Charset::named("CP932"), Charset::named("shift_jis"));
        assert_eq!(Charset::default().name(), "UTF-8");
    }

    #[test]
    fn a_byte_that_stands_for_nothing_is_noticed() {
        let japanese = Charset::named("shift_jis").expect("known");
        assert_eq!(japanese.decode(b"\x83\x5c").as_deref(), Some("ソ"));
        assert_eq!(japanese.decode(b"\x83/"), None);
        assert_eq!(japanese.decode(b"\x83"), None);
        assert_eq!(Charset::UTF8.decode(b"\xc0\xae"), None);
        assert_eq!(japanese.encode("ソ").as_deref(), Some(&b"\x83\x5c"[..]));
        assert_eq!(japanese.encode("한"), None);
    }
}
