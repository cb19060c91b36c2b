//! The path of a request: what rules judge, while the raw bytes go upstream.
//!
//! The law: an upstream that reads the raw bytes in any usual way sees a path for which the same was decided (facts on
//! path confusion: group A of the attack list). An ordinary path has one reading. One that could be read in several ways
//! has a small number of them: [`RequestPath::readings`]. It goes on only where all of them meet the same route, and
//! that route gives leave ([`allow`]); [`RouteTable::find`](super::route::RouteTable::find) judges that. What no
//! application needs (dot segments, controls, backslashes, encoding twice) is refused here.

pub mod allow;
pub mod charset;
mod dots;
pub mod fold;
mod structure;

use std::fmt;

use allow::Leave;
use charset::{Charset, bytewise};
use fold::View;
use structure::{Needless, Structure, is_needless};

/// A decoded path in one reading: it begins with `/` and has no dot segment, no control character and no separator but
/// slashes. A slash that is taken for a character stands as `%2F`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CanonicalPath(String);

/// The path of a request with every way in which it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPath {
    first: CanonicalPath,
    /// Only where there is more than one reading, or none in UTF-8: ordinary paths cost one allocation.
    odd: Option<Box<Odd>>,
}

/// How many of the readings of a path are like something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    None,
    Some,
    All,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Odd {
    /// As sent, without the query.
    raw: Vec<u8>,
    /// In UTF-8, or with a stand-in for each byte above ASCII.
    structure: Structure,
    /// Why there is no reading in UTF-8, where that is so.
    not_utf8: Option<PathFault>,
}

/// Why a path is refused. The words go to the caller and into the log.
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
    #[error("the path is not valid in the character set of its route")]
    NotInCharset,
    #[error("the path has a dot segment")]
    DotSegment,
    #[error("the path has an empty segment")]
    EmptySegment,
    #[error("the path has a parameter after a semicolon")]
    PathParameter,
    #[error("the path is encoded twice")]
    DoubleEncoding,
    #[error("the path can be read in several ways, and they do not meet the same route")]
    Divided,
    #[error("the path can be read in several ways, and is too long to compare them")]
    TooLongToCompare,
    #[error("the path differs from that of another route only in spelling")]
    Spelling,
}

/// RFC 9112 §3 asks for at least 8000 octets.
const LONGEST_TARGET: usize = 8192;
/// Comparing every reading costs time, and no application writes such paths as long as this.
const LONGEST_ODD: usize = 2048;

impl RequestPath {
    /// Reads the target of a request line (or `:path`); what follows `?` is not looked at.
    pub fn read(target: &[u8]) -> Result<RequestPath, PathFault> {
        if target.len() > LONGEST_TARGET {
            return Err(PathFault::TooLong);
        }
        let raw = target.split(|b| *b == b'?').next().unwrap_or_default();
        if raw.first() != Some(&b'/') {
            return Err(PathFault::NotAbsolute);
        }
        let Scanned { bytes, plain } = scan(raw)?;
        let not_utf8 = match String::from_utf8(bytes) {
            Ok(text) if plain => {
                text[1..].split('/').try_for_each(dots::refuse)?;
                return Ok(RequestPath { first: CanonicalPath(text), odd: None });
            }
            Ok(text) => text.contains('\\').then_some(PathFault::EncodedSeparator),
            Err(_) => Some(PathFault::NotUtf8),
        };
        if raw.len() > LONGEST_ODD {
            return Err(PathFault::TooLongToCompare);
        }
        let decode =
            |bytes: &[u8]| if not_utf8.is_none() { Charset::UTF8.decode(bytes) } else { Some(stand_in(bytes)) };
        let structure = Structure::read(raw, Needless::Decoded, &decode)?;
        let first = structure.first();
        Ok(RequestPath { first, odd: Some(Box::new(Odd { raw: raw.to_vec(), structure, not_utf8 })) })
    }

    /// The only reading, or the first: encoded slashes are characters, parameters are cut off, empty segments are gone.
    pub fn first(&self) -> &CanonicalPath {
        &self.first
    }

    /// Whether nothing but the first reading is possible in UTF-8.
    pub fn is_plain(&self) -> bool {
        self.odd.is_none()
    }

    /// The ambiguities that the path has.
    pub fn leave(&self) -> Leave {
        self.odd.as_ref().map(|odd| odd.structure.leave()).unwrap_or_default()
    }

    pub fn is_ascii(&self) -> bool {
        self.odd.as_ref().map_or(self.first.0.is_ascii(), |odd| odd.structure.is_ascii())
    }

    /// Why the path cannot be read in UTF-8, where that is so.
    pub fn not_utf8(&self) -> Option<PathFault> {
        self.odd.as_ref().and_then(|odd| odd.not_utf8)
    }

    /// Every reading in this character set, the first one first.
    pub fn readings(&self, charset: Charset) -> Result<Vec<CanonicalPath>, PathFault> {
        match &self.odd {
            None if charset == Charset::UTF8 || self.first.0.is_ascii() => Ok(vec![self.first.clone()]),
            _ => {
                let read = |needless| Structure::read(self.raw(), needless, &|bytes| charset.decode(bytes));
                let decoded = read(Needless::Decoded)?;
                let mut readings = decoded.readings()?;
                if decoded.has_needless() {
                    readings.extend(read(Needless::Left)?.readings()?);
                }
                Ok(readings)
            }
        }
    }

    /// Every reading of a program that takes the second byte of a character for a backslash, and that for a separator.
    /// Bytes stand as characters of their own. Empty where there is no such byte.
    pub fn bytewise(&self) -> Result<Vec<CanonicalPath>, PathFault> {
        let Some(odd) = self.odd.as_ref().filter(|odd| odd.structure.has_trail()) else { return Ok(Vec::new()) };
        let read = Structure::read_bytes(&odd.raw, Needless::Decoded, &|bytes| Some(bytewise(bytes)))?.readings()?;
        read.iter().map(CanonicalPath::split_at_backslashes).collect()
    }

    /// Whether all readings, or only some, are like this; in UTF-8, or with a stand-in for each byte above ASCII.
    pub fn share(&self, like: impl Fn(&CanonicalPath) -> bool) -> Share {
        let Some(odd) = &self.odd else { return if like(&self.first) { Share::All } else { Share::None } };
        let read = match odd.not_utf8 {
            None => self.readings(Charset::UTF8),
            Some(_) => odd.structure.readings(),
        };
        // What cannot even be taken apart is like anything.
        let Ok(readings) = read else { return Share::Some };
        match readings.iter().filter(|reading| like(reading)).count() {
            0 => Share::None,
            count if count == readings.len() => Share::All,
            _ => Share::Some,
        }
    }

    fn raw(&self) -> &[u8] {
        // A plain path has no percent sign left, so it stands for itself.
        self.odd.as_ref().map_or(self.first.0.as_bytes(), |odd| &odd.raw)
    }
}

impl CanonicalPath {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments, without the empty one that a trailing slash makes.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        let inner = &self.0[1..];
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        inner.split('/').filter(move |_| !inner.is_empty())
    }

    /// The path in this view; `None` where a segment has none.
    pub fn seen(&self, view: View) -> Option<CanonicalPath> {
        let segments: Option<Vec<String>> = self.segments().map(|segment| view.of(segment)).collect();
        Some(CanonicalPath(format!("/{}", segments?.join("/"))))
    }

    /// As a target that reads as this path and as no other in UTF-8; only what this path itself leaves open
    /// (`%2F`, empty segments, parameters) is left open.
    pub fn encoded(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some(c) = rest.chars().next() {
            let plain = c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/".contains(c);
            if rest.starts_with("%2F") {
                out.push_str("%2F");
                rest = &rest[3..];
                continue;
            }
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                if plain { out.push(c) } else { out.push_str(&format!("%{byte:02X}")) }
            }
            rest = &rest[c.len_utf8()..];
        }
        out
    }

    fn split_at_backslashes(&self) -> Result<CanonicalPath, PathFault> {
        let split = self.0[1..].split(['/', '\\']).filter(|segment| !segment.is_empty());
        let segments: Vec<&str> = split.collect();
        if segments.iter().any(|segment| dots::is_dots(segment)) {
            return Err(PathFault::DotSegment);
        }
        Ok(CanonicalPath(format!("/{}", segments.join("/"))))
    }
}

impl fmt::Display for CanonicalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Decoded once, and whether that is all there is to say.
struct Scanned {
    bytes: Vec<u8>,
    plain: bool,
}

/// Refuses what is wrong in every character set. A byte `5c` may be the second one of a character only after a byte
/// above ASCII.
fn scan(raw: &[u8]) -> Result<Scanned, PathFault> {
    let mut bytes: Vec<u8> = Vec::with_capacity(raw.len());
    let mut plain = true;
    let mut rest = raw.iter().copied();
    let mut last_raw = 0;
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let high = rest.next().and_then(hex);
                let low = rest.next().and_then(hex);
                high.zip(low).map(|(h, l)| h * 16 + l).ok_or(PathFault::BadEscape)?
            }
            b' ' | b'"' | b'<' | b'>' | b'#' => return Err(PathFault::RawCharacter),
            _ => byte,
        };
        if decoded < 0x20 || decoded == 0x7f {
            return Err(PathFault::Control);
        }
        match decoded {
            b'\\' if bytes.last().is_none_or(|before| *before < 0x80) => return Err(PathFault::EncodedSeparator),
            b'\\' | b';' | b'%' => plain = false,
            // What ASP.NET cuts out: `(S(…))`.
            b'(' if matches!(bytes.as_slice(), [.., b'(', letter] if letter.is_ascii_alphabetic()) => plain = false,
            b'/' if byte == b'%' || last_raw == b'/' => plain = false,
            _ if byte == b'%' && is_needless(decoded, bytes.last()) => plain = false,
            _ => {}
        }
        last_raw = byte;
        bytes.push(decoded);
    }
    Ok(Scanned { bytes, plain })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// Text that no pattern names, so that structure can be judged before the character set is known.
fn stand_in(bytes: &[u8]) -> String {
    let above = |at: usize| bytes.get(at).is_some_and(|b| *b >= 0x80);
    let stand_in = |at: usize| above(at) || (bytes[at] == b'\\' && at > 0 && above(at - 1));
    (0..bytes.len()).map(|at| if stand_in(at) { char::REPLACEMENT_CHARACTER } else { char::from(bytes[at]) }).collect()
}

#[cfg(test)]
#[path = "path/tests.rs"]
mod tests;
