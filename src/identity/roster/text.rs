//! From bytes to text and back to line numbers.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::SHIFT_JIS;

use super::Mistake;

/// How a file was written. Which of the two is told to the operator: a wrong guess shows in the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Cp932,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Cp932 => "CP932 (Shift_JIS)",
        })
    }
}

/// What is valid UTF-8 is UTF-8: text in CP932 hardly ever happens to be. A file that begins with the UTF-8 mark is
/// never taken for anything else.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Mistake> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Mistake::of_file(1, "the file is UTF-16; save it as CSV in UTF-8"));
    }
    let marked = bytes.strip_prefix(b"\xef\xbb\xbf");
    let content = marked.unwrap_or(bytes);
    let fault = match std::str::from_utf8(content) {
        Ok(text) => return Ok((Cow::Borrowed(text), Encoding::Utf8)),
        Err(fault) => fault,
    };
    if marked.is_some() {
        let line = 1 + newlines(&content[..fault.valid_up_to()]);
        return Err(Mistake::of_file(line, "there are bytes that are not UTF-8, as the file says it is"));
    }
    match SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok((text, Encoding::Cp932)),
        None => Err(Mistake::of_file(bad_line(bytes), "there are bytes that are neither UTF-8 nor CP932")),
    }
}

/// A line feed is no part of any CP932 character, so lines can be judged alone.
fn bad_line(bytes: &[u8]) -> u64 {
    let bad = |line: &[u8]| SHIFT_JIS.decode_without_bom_handling_and_without_replacement(line).is_none();
    (1..).zip(bytes.split(|&b| b == b'\n')).find(|(_, line)| bad(line)).map_or(1, |(number, _)| number)
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&b| u64::from(b == b'\n')).sum()
}

/// Counts lines as an editor does. The CSV reader's own count stays behind at `\r\n` and at empty lines.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Lines<'a> {
        Lines { text: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of the record that begins at or, past line ends, after `byte`. Asked in rising order.
    pub(super) fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(&here) = self.text.get(self.at) {
            let line_end = matches!(here, b'\r' | b'\n');
            if self.at >= byte && !line_end {
                break;
            }
            self.at += 1;
            let within_pair = here == b'\r' && self.text.get(self.at) == Some(&b'\n');
            self.line += u64::from(line_end && !within_pair);
        }
        self.line
    }
}
