//! The canonical form of a request's path: what rules judge, while the raw bytes go upstream.
//!
//! The law: an upstream that reads the raw bytes in any usual way sees the path that was judged. What could be read in
//! two ways is refused instead of guessed (facts on path confusion: group A of the attack list).

use std::fmt;

/// A decoded path that has one reading: it begins with `/`, has no empty segment but a last one, no dot segment, no
/// encoded separator, no control character, and is UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CanonicalPath(String);

/// Why a path has no single reading. The words go to the caller and into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    #[error("the target does not begin with a slash")]
    NotAbsolute,
    #[error("the target is longer than 8192 bytes")]
    TooLong,
    #[error("the path has a character that must be percent-encoded")]
    RawCharacter,
    #[error("the path has a percent sign that encodes nothing")]
    BadEscape,
    #[error("the path has an encoded slash or backslash")]
    EncodedSeparator,
    #[error("the path has a control character")]
    Control,
    #[error("the path is not valid UTF-8")]
    NotUtf8,
    #[error("the path has a dot segment")]
    DotSegment,
    #[error("the path has an empty segment")]
    EmptySegment,
    #[error("the path has a parameter after a semicolon")]
    PathParameter,
}

/// RFC 9112 §3 asks for at least 8000 octets.
const LONGEST_TARGET: usize = 8192;

impl CanonicalPath {
    /// Reads the target of a request line (or `:path`); what follows `?` is not looked at.
    pub fn read(target: &[u8]) -> Result<CanonicalPath, PathFault> {
        if target.len() > LONGEST_TARGET {
            return Err(PathFault::TooLong);
        }
        let raw = target.split(|b| *b == b'?').next().unwrap_or_default();
        if raw.first() != Some(&b'/') {
            return Err(PathFault::NotAbsolute);
        }
        let path = String::from_utf8(decode(raw)?).map_err(|_| PathFault::NotUtf8)?;
        refuse_ambiguity(&path)?;
        Ok(CanonicalPath(path))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments, without the empty one that a trailing slash makes.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0[1..].split('/').filter(|s| !s.is_empty())
    }
}

impl fmt::Display for CanonicalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Decodes once. Anything that an upstream might decode again to something else is refused here or by the caller.
fn decode(raw: &[u8]) -> Result<Vec<u8>, PathFault> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw.iter().copied();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let high = rest.next().and_then(hex);
                let low = rest.next().and_then(hex);
                let byte = high.zip(low).map(|(h, l)| h * 16 + l).ok_or(PathFault::BadEscape)?;
                if matches!(byte, b'/' | b'\\') {
                    return Err(PathFault::EncodedSeparator);
                }
                byte
            }
            b'\\' => return Err(PathFault::EncodedSeparator),
            b' ' | b'"' | b'<' | b'>' | b'#' => return Err(PathFault::RawCharacter),
            _ => byte,
        };
        if decoded < 0x20 || decoded == 0x7f {
            return Err(PathFault::Control);
        }
        out.push(decoded);
    }
    Ok(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn refuse_ambiguity(path: &str) -> Result<(), PathFault> {
    let segments: Vec<&str> = path[1..].split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        if segment.is_empty() && index + 1 < segments.len() {
            return Err(PathFault::EmptySegment);
        }
        if segment.contains(';') {
            return Err(PathFault::PathParameter);
        }
        if is_dots(segment) {
            return Err(PathFault::DotSegment);
        }
    }
    // As an upstream that decodes twice sees it (`%252f` arrives here as `%2f`).
    let lower = path.to_ascii_lowercase();
    if lower.contains("%2f") || lower.contains("%5c") {
        return Err(PathFault::EncodedSeparator);
    }
    // Full-width forms of separators become real ones where an upstream normalises (NFKC, best-fit code pages).
    if path.contains(['\u{ff0f}', '\u{ff3c}', '\u{2215}', '\u{2044}', '\u{29f8}']) {
        return Err(PathFault::EncodedSeparator);
    }
    Ok(())
}

/// `.` and `..`, also with the trailing dots and spaces that Windows drops, and as an upstream that decodes twice sees
/// them (`%252e%252e` arrives here as `%2e%2e`).
fn is_dots(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase().replace("%2e", ".").replace(['\u{ff0e}', '\u{2024}'], ".");
    let lower = lower.trim_end_matches(' ');
    !lower.is_empty() && lower.bytes().all(|b| b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_legacy_urls_pass() {
        for (raw, canonical) in [
            ("/", "/"),
            ("/app/explorer.html", "/app/explorer.html"),
            ("/patients/4711/", "/patients/4711/"),
            ("/a%20b", "/a b"),
            ("/%E6%82%A3%E8%80%85/%EF%BC%91", "/患者/１"),
            ("/~user/[x]/it's(1).aspx?q=/../%2f;", "/~user/[x]/it's(1).aspx"),
            ("/100%25", "/100%"),
            ("/a|b{c}", "/a|b{c}"),
            ("/...x/.well-known", "/...x/.well-known"),
        ] {
            assert_eq!(CanonicalPath::read(raw.as_bytes()).as_ref().map(CanonicalPath::as_str), Ok(canonical), "{raw}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        use PathFault::*;
        for (raw, fault) in [
            ("admin", NotAbsolute),
            ("xyz:/admin", NotAbsolute),
            ("?x=/admin", NotAbsolute),
            ("", NotAbsolute),
            ("*", NotAbsolute),
            ("/public/../admin", DotSegment),
            ("/public/%2e%2e/admin", DotSegment),
            ("/public/.%2E/admin", DotSegment),
            ("/public/%252e%252e/admin", DotSegment),
            ("/./admin", DotSegment),
            ("/a/.../b", DotSegment),
            ("/a/..%20/b", DotSegment),
            ("//admin", EmptySegment),
            ("/public//../admin", EmptySegment),
            ("/%2fadmin", EncodedSeparator),
            ("/public%2f..%2fadmin", EncodedSeparator),
            ("/a%5c..%5cadmin", EncodedSeparator),
            ("/public/%252e%252e%252Fadmin", EncodedSeparator),
            ("/public/..%255cadmin", EncodedSeparator),
            ("/\\admin", EncodedSeparator),
            ("/%ef%bc%8fadmin", EncodedSeparator),
            ("/%c0%ae%c0%ae/admin", NotUtf8),
            ("/\u{7f}", Control),
            ("/a%00b", Control),
            ("/a%0d%0ab", Control),
            ("/a%7f", Control),
            ("/a b", RawCharacter),
            ("/a#b", RawCharacter),
            ("/a%", BadEscape),
            ("/a%2", BadEscape),
            ("/a%zz", BadEscape),
            ("/admin;x=1/y", PathParameter),
            ("/admin%3bx", PathParameter),
        ] {
            assert_eq!(CanonicalPath::read(raw.as_bytes()), Err(fault), "{raw}");
        }
        assert_eq!(CanonicalPath::read(b"/\xff"), Err(NotUtf8));
        assert_eq!(CanonicalPath::read(&[b"/".as_slice(), &[b'a'; 9000]].concat()), Err(TooLong));
    }
}
