//! Judges the header of an HTTP/1 request by its raw bytes, before anything parses or repairs it.
//!
//! Only what every server reads in the same way passes: one request line with two single spaces, lines that end in
//! CR LF, names directly before their colon, one length or one plain `chunked`, one `Host`. Everything else is refused
//! whole; nothing is mended (RFC 9112 §3, §5, §6; facts: M1–M16, C1–C5).

use memchr::memchr;

use crate::domain::path::PathFault;
use crate::domain::refusal::Refusal;

use super::limits::Limits;

/// RFC 9112 §3 asks for at least 8000 octets.
const LONGEST_TARGET: usize = 8192;
/// The longest registered method has 16 letters.
const LONGEST_METHOD: usize = 32;
/// Names in one `Connection` field; browsers send one or two.
const MOST_OPTIONS: usize = 10;
/// Digits of `Content-Length` and of a chunk's size that always fit 64 bits.
pub(super) const MOST_DIGITS: usize = 15;

/// What follows a header that was found good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub body: Body,
    /// Asks to become a WebSocket.
    pub upgrade: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    None,
    Length(u64),
    Chunked,
}

/// Looks for the end of a header that may arrive in pieces, each byte once.
#[derive(Debug, Default, Clone)]
pub struct Finder {
    line: usize,
    at: usize,
}

impl Finder {
    /// The length of the header once all of it is in `held`, which begins where it began at the last call.
    pub fn end(&mut self, held: &[u8], limits: &Limits) -> Result<Option<usize>, Refusal> {
        if held.first().is_some_and(|byte| !is_token(*byte)) {
            return Err(Refusal::Malformed("this is not HTTP"));
        }
        while let Some(offset) = held.get(self.at..).and_then(|rest| memchr(b'\n', rest)) {
            let feed = self.at + offset;
            if feed == 0 || held[feed - 1] != b'\r' {
                return Err(Refusal::Malformed("a header line does not end in CR LF"));
            }
            let empty = feed - 1 == self.line;
            (self.line, self.at) = (feed + 1, feed + 1);
            if empty {
                return if self.at > limits.header_bytes { Err(too_large(held)) } else { Ok(Some(self.at)) };
            }
        }
        self.at = held.len();
        if held.len() > limits.header_bytes { Err(too_large(held)) } else { Ok(None) }
    }
}

/// A request line that does not end is too long itself.
fn too_large(held: &[u8]) -> Refusal {
    let line = memchr(b'\n', held).unwrap_or(held.len());
    if line > LONGEST_TARGET + LONGEST_METHOD { Refusal::Path(PathFault::TooLong) } else { Refusal::HeadersTooLarge }
}

/// Judges a whole header, its empty last line included.
pub fn judge(head: &[u8], limits: &Limits) -> Result<Head, Refusal> {
    let mut lines = Lines(head.strip_suffix(b"\r\n").unwrap_or(head));
    let line = lines.next().ok_or(Refusal::Malformed("the request line is empty"))?;
    let first = RequestLine::read(line)?;
    let mut fields = Fields::default();
    let mut count = 0;
    for line in lines {
        count += 1;
        if count > limits.header_fields {
            return Err(Refusal::HeadersTooLarge);
        }
        fields.take(line)?;
    }
    fields.close(&first)
}

struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    /// Lines without their CR LF; `Finder` has seen that each feed has its return.
    fn next(&mut self) -> Option<&'a [u8]> {
        let feed = memchr(b'\n', self.0)?;
        let (line, rest) = self.0.split_at(feed + 1);
        self.0 = rest;
        Some(&line[..feed.saturating_sub(1)])
    }
}

struct RequestLine<'a> {
    method: &'a [u8],
    /// HTTP/1.1, not 1.0.
    modern: bool,
}

impl<'a> RequestLine<'a> {
    fn read(line: &'a [u8]) -> Result<RequestLine<'a>, Refusal> {
        const BROKEN: Refusal = Refusal::Malformed("the request line is not `METHOD target HTTP/1.1`");
        let (method, rest) = split(line, b' ').ok_or(BROKEN)?;
        let (target, version) = split(rest, b' ').ok_or(BROKEN)?;
        if method.is_empty() || method.len() > LONGEST_METHOD || !method.iter().copied().all(is_token) {
            return Err(BROKEN);
        }
        let modern = match version {
            b"HTTP/1.1" => true,
            b"HTTP/1.0" => false,
            _ => return Err(BROKEN),
        };
        if target.len() > LONGEST_TARGET {
            return Err(Refusal::Path(PathFault::TooLong));
        }
        if method == b"CONNECT" {
            return Err(Refusal::Method);
        }
        if target.iter().fold(0, |bad, byte| bad | u8::from(*byte <= b' ') | u8::from(*byte == 0x7f)) != 0 {
            return Err(Refusal::Path(PathFault::Control));
        }
        // Pingora takes no other bytes here, by its way of mending them.
        if !target.is_ascii() && std::str::from_utf8(target).is_err() {
            return Err(Refusal::Path(PathFault::NotUtf8));
        }
        // Never part of a request (RFC 9110 §7.1); Pingora would cut the target there.
        if memchr(b'#', target).is_some() {
            return Err(Refusal::Malformed("the target has a fragment"));
        }
        let whole = target.starts_with(b"/")
            || (target == b"*" && method == b"OPTIONS")
            || scheme(target, b"http://")
            || scheme(target, b"https://");
        if whole { Ok(RequestLine { method, modern }) } else { Err(Refusal::Path(PathFault::NotAbsolute)) }
    }
}

fn scheme(target: &[u8], scheme: &[u8]) -> bool {
    target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// The fields that decide how a message is framed and for whom it is.
#[derive(Default)]
struct Fields {
    hosts: usize,
    length: Option<u64>,
    chunked: bool,
    /// `Connection: upgrade` and `Upgrade: websocket`.
    switching: (bool, bool),
}

impl Fields {
    fn take(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let (name, value) = split(line, b':').ok_or(Refusal::Malformed("a header line has no colon"))?;
        if name.is_empty() || !name.iter().copied().all(is_token) {
            return Err(Refusal::Malformed("a header name has a character that does not belong there"));
        }
        if has_control(value) {
            return Err(Refusal::Malformed("a header value has a control character"));
        }
        let value = value.trim_ascii();
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            4 if is(b"host") => self.hosts += 1,
            6 if is(b"expect") => return expect(value),
            7 if is(b"upgrade") => self.switching.1 |= tokens(value).any(|t| t.eq_ignore_ascii_case(b"websocket")),
            10 if is(b"connection") => return self.connection(value),
            14 if is(b"content-length") => return self.content_length(value),
            17 if is(b"transfer-encoding") => return self.transfer_encoding(value),
            14 | 17 if disguises(name) => {
                return Err(Refusal::Malformed("a header that frames the body is misspelled"));
            }
            _ => {}
        }
        Ok(())
    }

    fn connection(&mut self, value: &[u8]) -> Result<(), Refusal> {
        for (index, option) in tokens(value).enumerate() {
            let framing = [b"host".as_slice(), b"content-length", b"transfer-encoding"];
            if index >= MOST_OPTIONS || !option.iter().copied().all(is_token) {
                return Err(Refusal::Malformed("`Connection` is not a short list of names"));
            }
            if framing.iter().any(|name| option.eq_ignore_ascii_case(name)) {
                return Err(Refusal::Malformed("`Connection` names a header that frames the message"));
            }
            self.switching.0 |= option.eq_ignore_ascii_case(b"upgrade");
        }
        Ok(())
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.length.is_some() {
            return Err(Refusal::Malformed("there are several Content-Length fields"));
        }
        self.length = Some(number(value).ok_or(Refusal::Malformed("Content-Length is not a number"))?);
        Ok(())
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Refusal::Malformed("only Transfer-Encoding: chunked is taken"));
        }
        self.chunked = true;
        Ok(())
    }

    fn close(self, line: &RequestLine<'_>) -> Result<Head, Refusal> {
        match self.hosts {
            1 => {}
            0 => return Err(Refusal::Malformed("there is no Host")),
            _ => return Err(Refusal::Malformed("there are several Host fields")),
        }
        let body = match (self.chunked, self.length) {
            (true, Some(_)) => return Err(Refusal::Malformed("there are both Content-Length and Transfer-Encoding")),
            (true, None) if !line.modern => return Err(Refusal::Malformed("HTTP/1.0 has no Transfer-Encoding")),
            (true, None) => Body::Chunked,
            (false, None | Some(0)) => Body::None,
            (false, Some(length)) => Body::Length(length),
        };
        let upgrade = self.switching == (true, true);
        if upgrade && (body != Body::None || line.method != b"GET" || !line.modern) {
            return Err(Refusal::Malformed("a request that upgrades is a GET without a body"));
        }
        Ok(Head { body, upgrade })
    }
}

/// But for tabs. Sums up bytes, which compilers do many at a time, and stops nowhere.
fn has_control(value: &[u8]) -> bool {
    let bad = |byte: u8| u8::from((byte < b' ') & (byte != b'\t')) | u8::from(byte == 0x7f);
    value.iter().fold(0, |any, byte| any | bad(*byte)) != 0
}

fn expect(value: &[u8]) -> Result<(), Refusal> {
    let known = value.eq_ignore_ascii_case(b"100-continue");
    known.then_some(()).ok_or(Refusal::Malformed("only `Expect: 100-continue` is understood"))
}

/// `Content_Length` and `Transfer.Encoding` are one variable with the real ones in CGI, WSGI and PHP, and to some servers
/// whatever else stands there that is no letter.
pub fn disguises(name: &[u8]) -> bool {
    let folds = |known: &[u8]| {
        name.len() == known.len()
            && name
                .iter()
                .zip(known)
                .all(|(a, b)| a.eq_ignore_ascii_case(b) || (*b == b'-' && !a.is_ascii_alphanumeric()))
    };
    name.iter().any(|byte| *byte != b'-' && !byte.is_ascii_alphanumeric())
        && (folds(b"content-length") || folds(b"transfer-encoding"))
}

/// Digits only, without a leading zero: what every server reads as the same number.
pub fn number(value: &[u8]) -> Option<u64> {
    let plain = !value.is_empty() && value.len() <= MOST_DIGITS && value.iter().all(u8::is_ascii_digit);
    if !plain || (value[0] == b'0' && value.len() > 1) {
        return None;
    }
    Some(value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}

fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let found = memchr(at, text)?;
    Some((&text[..found], &text[found + 1..]))
}

/// RFC 9110 §5.6.2.
pub(super) fn is_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        // A byte below 128 is one of ASCII.
        let letter = byte as u8;
        table[byte] = letter.is_ascii_alphanumeric()
            || matches!(
                letter,
                b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            );
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests;
