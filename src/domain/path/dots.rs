//! What no path may have, however an upstream reads it: each segment is looked at by itself.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::PathFault;

/// Characters that look like separators, and become real ones in a best-fit code page.
const LOOKALIKES: [char; 5] = ['\u{ff0f}', '\u{ff3c}', '\u{2215}', '\u{2044}', '\u{29f8}'];

/// Refuses dot segments, separators in disguise and control characters in one decoded segment. Allocates nothing for
/// what is normalised already, as nearly all text is.
pub(super) fn refuse(segment: &str) -> Result<(), PathFault> {
    if is_dots(segment) {
        return Err(PathFault::DotSegment);
    }
    if segment.is_ascii() {
        return Ok(());
    }
    if segment.chars().any(char::is_control) {
        return Err(PathFault::Control);
    }
    if segment.contains(LOOKALIKES) {
        return Err(PathFault::EncodedSeparator);
    }
    if is_nfkc_quick(segment.chars()) == IsNormalized::Yes {
        return Ok(());
    }
    // What becomes of it where an upstream normalises.
    let normal: String = segment.nfkc().collect();
    if normal.contains(['/', '\\']) {
        return Err(PathFault::EncodedSeparator);
    }
    if is_dots(&normal) { Err(PathFault::DotSegment) } else { Ok(()) }
}

/// `.` and `..`, and what becomes one of them where trailing dots and spaces are dropped, as Windows does.
pub(super) fn is_dots(segment: &str) -> bool {
    segment.contains('.') && segment.chars().all(|c| c == '.' || c.is_whitespace())
}

/// The segment as an upstream sees it that decodes twice; `None` where that makes no difference. What would then be
/// more than other characters, or can be decoded yet again, is refused.
pub(super) fn twice(segment: &str) -> Result<Option<String>, PathFault> {
    let Some(bytes) = decode(segment.as_bytes())? else { return Ok(None) };
    let text = String::from_utf8(bytes).map_err(|_| PathFault::DoubleEncoding)?;
    if text.contains(['/', '\\']) {
        return Err(PathFault::EncodedSeparator);
    }
    refuse(&text)?;
    let harmless = !text.contains(';') && !text.chars().any(char::is_control) && decode(text.as_bytes())?.is_none();
    if harmless { Ok(Some(text)) } else { Err(PathFault::DoubleEncoding) }
}

/// Decodes what is still encoded; `None` where nothing is.
fn decode(bytes: &[u8]) -> Result<Option<Vec<u8>>, PathFault> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        match tail {
            [high, low, tail @ ..] if *byte == b'%' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(super::hex(*high).unwrap_or_default() * 16 + super::hex(*low).unwrap_or_default());
                rest = tail;
            }
            // `%uXXXX`, which old IIS decodes.
            [b'u' | b'U', digits @ ..]
                if *byte == b'%' && digits.len() >= 4 && digits[..4].iter().all(u8::is_ascii_hexdigit) =>
            {
                return Err(PathFault::DoubleEncoding);
            }
            _ => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
    Ok((out.len() < bytes.len()).then_some(out))
}
