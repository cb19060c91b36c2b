//! Follows a chunked body byte by byte and knows where it ends. Nothing is changed; what could be read in two ways is an
//! error (RFC 9112 §7.1; facts: M15, C4, C5).

use super::head::{MOST_DIGITS, is_token};

/// One size line with its extension.
const LONGEST_LINE: usize = 256;
/// All trailer fields together.
const MOST_TRAILERS: usize = 8 * 1024;
/// Extensions and size lines beyond what the data itself amounts to: an attack, not a message.
const MOST_OVERHEAD: u64 = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Size,
    Extension,
    /// The return of a size line was seen.
    SizeFeed,
    Data,
    DataReturn,
    DataFeed,
    /// At the begin of a trailer line, or of the last empty one.
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerFeed,
    LastFeed,
    End,
}

/// Where in a chunked body we are.
#[derive(Debug, Clone)]
pub struct Chunks {
    at: At,
    size: u64,
    digits: usize,
    line: usize,
    trailers: usize,
    data: u64,
    overhead: u64,
}

impl Default for Chunks {
    fn default() -> Chunks {
        Chunks { at: At::Size, size: 0, digits: 0, line: 0, trailers: 0, data: 0, overhead: 0 }
    }
}

impl Chunks {
    pub fn is_over(&self) -> bool {
        self.at == At::End
    }

    /// How many of these bytes belong to the body; fewer than all of them only where it ends.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<usize, &'static str> {
        let mut taken = 0;
        while taken < bytes.len() && self.at != At::End {
            if self.at == At::Data {
                let left = usize::try_from(self.size).unwrap_or(usize::MAX);
                let step = left.min(bytes.len() - taken);
                taken += step;
                self.size -= step as u64;
                self.data += step as u64;
                if self.size == 0 {
                    self.at = At::DataReturn;
                }
                continue;
            }
            self.at = self.step(bytes[taken])?;
            taken += 1;
        }
        Ok(taken)
    }

    fn step(&mut self, byte: u8) -> Result<At, &'static str> {
        Ok(match (self.at, byte) {
            (At::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => self.digit(byte)?,
            (At::Size, b'\r') if self.digits > 0 => At::SizeFeed,
            (At::Size, b';') if self.digits > 0 => At::Extension,
            (At::Extension, b'\r') => At::SizeFeed,
            (At::Extension, b'\t' | b' '..=b'~' | 0x80..) => self.extended()?,
            (At::SizeFeed, b'\n') => self.sized(),
            (At::DataReturn, b'\r') => At::DataFeed,
            (At::DataFeed, b'\n') => At::Size,
            (At::Trailer, b'\r') => At::LastFeed,
            (At::LastFeed, b'\n') => At::End,
            (At::Trailer | At::TrailerName, name) if is_token(name) => self.trailing(At::TrailerName)?,
            (At::TrailerName, b':') => self.trailing(At::TrailerValue)?,
            (At::TrailerValue, b'\r') => At::TrailerFeed,
            (At::TrailerValue, b'\t' | b' '..=b'~' | 0x80..) => self.trailing(At::TrailerValue)?,
            (At::TrailerFeed, b'\n') => At::Trailer,
            (At::Size, _) => return Err("a chunk's size is not a hexadecimal number"),
            (At::Extension | At::SizeFeed, _) => return Err("a chunk's size line does not end in CR LF"),
            (At::DataReturn | At::DataFeed, _) => return Err("a chunk is longer than it said"),
            _ => return Err("a trailer is malformed"),
        })
    }

    fn digit(&mut self, byte: u8) -> Result<At, &'static str> {
        self.digits += 1;
        if self.digits > MOST_DIGITS {
            return Err("a chunk's size has too many digits");
        }
        let value = char::from(byte).to_digit(16).map_or(0, u64::from);
        self.size = self.size * 16 + value;
        Ok(At::Size)
    }

    fn extended(&mut self) -> Result<At, &'static str> {
        self.line += 1;
        self.overhead += 1;
        if self.line > LONGEST_LINE || self.overhead > MOST_OVERHEAD + self.data {
            return Err("a chunk's extension is too long");
        }
        Ok(At::Extension)
    }

    fn sized(&mut self) -> At {
        (self.digits, self.line) = (0, 0);
        if self.size == 0 { At::Trailer } else { At::Data }
    }

    fn trailing(&mut self, next: At) -> Result<At, &'static str> {
        self.trailers += 1;
        if self.trailers > MOST_TRAILERS { Err("the trailers are too long") } else { Ok(next) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In one piece, and byte by byte: both must say the same.
    fn follow(bytes: &[u8]) -> Result<(usize, bool), &'static str> {
        let mut whole = Chunks::default();
        let at_once = whole.follow(bytes).map(|taken| (taken, whole.is_over()));
        let mut each = Chunks::default();
        let mut taken = 0;
        let stepwise = loop {
            match bytes.get(taken) {
                Some(byte) if !each.is_over() => match each.follow(&[*byte]) {
                    Ok(step) => taken += step,
                    Err(why) => break Err(why),
                },
                _ => break Ok((taken, each.is_over())),
            }
        };
        assert_eq!(at_once, stepwise, "{}", bytes.escape_ascii());
        at_once
    }

    #[test]
    fn a_body_ends_where_it_ends() {
        for (body, over) in [
            (&b"0\r\n\r\n"[..], true),
            (b"2\r\nab\r\n0\r\n\r\n", true),
            (b"2;name=\"value\"\r\nab\r\n0;last\r\n\r\n", true),
            (b"a\r\n0123456789\r\n00\r\nX-Sum: 1\r\nY:\r\n\r\n", true),
            (b"2\r\nab\r\n", false),
            (b"2\r\na", false),
            (b"", false),
        ] {
            assert_eq!(follow(body), Ok((body.len(), over)), "{}", body.escape_ascii());
            let more = [body, b"GET /admin HTTP/1.1\r\n\r\n"].concat();
            if over {
                assert_eq!(follow(&more), Ok((body.len(), true)), "what follows is not part of it");
            }
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_an_error() {
        for body in [
            &b"2;\nxx\r\nab\r\n0\r\n\r\n"[..],
            b"2\nab\r\n0\r\n\r\n",
            b"2\r\nab\n0\r\n\r\n",
            b"2\r\nabc\r\n0\r\n\r\n",
            b"0x2\r\nab\r\n0\r\n\r\n",
            b"-1\r\n",
            b"+2\r\nab\r\n",
            b"1_0\r\n",
            b" 2\r\nab\r\n",
            b"2 \r\nab\r\n",
            b"2\t;x\r\nab\r\n",
            b"\r\n",
            b";x\r\n",
            b"12345678901234567\r\n",
            b"2;a\x00b\r\nab\r\n",
            b"2;a\rb\r\nab\r\n",
            b"0\r\nno colon\r\n\r\n",
            b"0\r\n folded: x\r\n\r\n",
            b"0\r\nX: a\nY: b\r\n\r\n",
            b"0\r\nX : a\r\n\r\n",
            b"0\r\n\n",
        ] {
            assert!(follow(body).is_err(), "{}", body.escape_ascii());
        }
        let long = [b"2;".as_slice(), &[b'x'; 8192], b"\r\nab\r\n0\r\n\r\n"].concat();
        assert!(follow(&long).is_err());
        let many = [b"1;".as_slice(), &[b'x'; 200], b"\r\na\r\n"].concat().repeat(100);
        assert!(follow(&many).is_err(), "more wrapping than content");
        let trailers = [b"0\r\n".as_slice(), &b"X: y\r\n".repeat(3000)].concat();
        assert!(follow(&trailers).is_err());
    }
}
