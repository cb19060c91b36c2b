//! A chunked body: what we take, Pingora decodes to the same data, and ends at the same byte.

use sekisho::proxy::guard::chunk::Chunks;

use super::pieces;
use super::pingora::{Heard, Read, hear};

const HEADER: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

pub fn judge(bytes: &[u8], cut: u8) {
    framed(HEADER, bytes, cut);
}

/// `bytes` behind a header that says `chunked`.
pub fn framed(header: &[u8], bytes: &[u8], cut: u8) {
    let at_once = follow(std::iter::once(bytes));
    let stepwise = follow(pieces(bytes, cut));
    assert_eq!(at_once, stepwise, "cut, it is another body: {}", bytes.escape_ascii());
    let Ok((taken, over)) = at_once else { return };
    let body = &bytes[..taken];
    let decoded = decode(body);
    assert_eq!(decoded.end, over.then_some(taken), "{}", body.escape_ascii());
    // Whole or not yet: Pingora has the same data, and has come to the end with us, not before us.
    assert_eq!(pingora(header, body, cut), Read { bytes: decoded.data.clone(), over, failed: false });
    if over {
        let short = pingora(header, &body[..taken - 1], cut);
        assert!(!short.over && !short.failed, "it ends before its last byte: {}", body.escape_ascii());
        let more = [body, b"GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        assert_eq!(pingora(header, &more, cut), Read { bytes: decoded.data, over, failed: false });
    }
}

/// How many bytes belong to the body, and whether it is over.
fn follow<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<(usize, bool), &'static str> {
    let (mut chunks, mut taken) = (Chunks::default(), 0);
    for piece in pieces {
        let step = chunks.follow(piece)?;
        assert!(step == piece.len() || chunks.is_over(), "bytes are left where it does not end");
        taken += step;
        if chunks.is_over() {
            break;
        }
    }
    Ok((taken, chunks.is_over()))
}

fn pingora(header: &[u8], body: &[u8], cut: u8) -> Read {
    let sent = [header, body].concat();
    match hear(pieces(&sent, cut)) {
        Heard::Request(session) => session.body(),
        _ => panic!("Pingora does not read {}", header.escape_ascii()),
    }
}

struct Decoded {
    data: Vec<u8>,
    end: Option<usize>,
}

/// Line by line, as the standard describes it, over a body that was found good; each size is also read as Pingora reads it.
fn decode(body: &[u8]) -> Decoded {
    let (mut data, mut at) = (Vec::new(), 0);
    let line = |at: usize| body[at..].windows(2).position(|w| w == b"\r\n").map(|length| at + length);
    while let Some(end) = line(at) {
        let digits: Vec<u8> = body[at..end].iter().copied().take_while(u8::is_ascii_hexdigit).collect();
        let text = std::str::from_utf8(&digits).expect("digits");
        let size = u64::from_str_radix(text, 16).expect("a size");
        let theirs = httparse::parse_chunk_size(&body[at..]).expect("a size line");
        assert_eq!(theirs, httparse::Status::Complete((end + 2 - at, size)));
        at = end + 2;
        if size == 0 {
            // Trailers, up to an empty line.
            while let Some(end) = line(at) {
                if end == at {
                    return Decoded { data, end: Some(end + 2) };
                }
                at = end + 2;
            }
            return Decoded { data, end: None };
        }
        let left = body.len() - at;
        let size = usize::try_from(size).expect("64 bits");
        data.extend_from_slice(&body[at..at + size.min(left)]);
        if left < size.saturating_add(2) {
            break;
        }
        assert_eq!(&body[at + size..at + size + 2], b"\r\n");
        at += size + 2;
    }
    Decoded { data, end: None }
}
