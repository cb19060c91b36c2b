//! HTTP/2 as frames: one request with whatever stands in it, and what comes back.

use std::io::{Read, Write};

use crate::line::{field, secured};
use crate::support::Gateway;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Got {
    Status(u16),
    /// The stream was reset, or the connection ended with GOAWAY or without.
    Reset,
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame is small").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes()[..], payload].concat()
}

/// A literal field that no table keeps (RFC 7541 §6.2.2), without Huffman coding: any byte can stand in it.
pub fn literal(name: &[u8], value: &[u8]) -> Vec<u8> {
    [&[0][..], &length(name.len()), name, &length(value.len()), value].concat()
}

/// RFC 7541 §5.1 with a prefix of seven bits.
fn length(mut value: usize) -> Vec<u8> {
    let low = |value: usize| u8::try_from(value & 0x7f).expect("seven bits");
    if value < 127 {
        return vec![low(value)];
    }
    let mut out = vec![127];
    value -= 127;
    while value >= 128 {
        out.push(low(value) | 0x80);
        value >>= 7;
    }
    out.push(low(value));
    out
}

/// Sends what an HTTP/1 request says, as HTTP/2: method, target, `Host` as the authority, all other fields as they are.
pub fn exchange(gateway: &Gateway, request: &[u8]) -> Got {
    let (block, body) = headers(request);
    let mut bytes = [PREFACE, &frame(4, 0, 0, &[])].concat();
    let ends = u8::from(body.is_empty());
    let parts: Vec<&[u8]> = block.chunks(16_000).collect();
    for (index, part) in parts.iter().enumerate() {
        let last = if index + 1 == parts.len() { 4 } else { 0 };
        let (kind, flags) = if index == 0 { (1, ends | last) } else { (9, last) };
        bytes.extend(frame(kind, flags, 1, part));
    }
    for part in body.chunks(16_000) {
        bytes.extend(frame(0, 0, 1, part));
    }
    if !body.is_empty() {
        bytes.extend(frame(0, 1, 1, &[]));
    }
    let mut stream = secured(gateway, "h2");
    // It may be refused before all was sent.
    let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
    answer(&mut stream)
}

fn headers(request: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").map_or(request.len(), |at| at);
    let body = request.get(end + 4..).unwrap_or_default().to_vec();
    let mut lines = request[..end].split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let space = first.iter().position(|byte| *byte == b' ').unwrap_or(first.len());
    let (method, rest) = first.split_at(space);
    let rest = rest.get(1..).unwrap_or_default();
    let target = rest.iter().rposition(|byte| *byte == b' ').map_or(rest, |space| &rest[..space]);
    let fields: Vec<_> = lines.filter_map(field).collect();
    let mut block = [literal(b":method", method), literal(b":scheme", b"https"), literal(b":path", target)].concat();
    let mut hosts = fields.iter().filter(|(name, _)| name == "host");
    if let Some((_, host)) = hosts.next() {
        block.extend(literal(b":authority", host));
    }
    let mut first_host = true;
    for (name, value) in &fields {
        if name == "host" && std::mem::take(&mut first_host) {
            continue;
        }
        block.extend(literal(name.as_bytes(), value));
    }
    (block, body)
}

/// Reads frames until the first stream is answered or everything ends.
pub fn answer(stream: &mut impl Read) -> Got {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        while let Some(length) = whole(&bytes) {
            let frame: Vec<u8> = bytes.drain(..length).collect();
            match frame[3] {
                1 => return status(&frame[9..]).map_or(Got::Reset, Got::Status),
                3 | 7 => return Got::Reset,
                _ => {}
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return Got::Reset,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

fn whole(bytes: &[u8]) -> Option<usize> {
    let [a, b, c] = *bytes.first_chunk()?;
    let length = 9 + u32::from_be_bytes([0, a, b, c]) as usize;
    (bytes.len() >= length).then_some(length)
}

/// `:status`, which is the first field of every answer (RFC 7541 §6.1, appendices A and B).
fn status(block: &[u8]) -> Option<u16> {
    const KNOWN: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    // A change of the table's size may stand before it.
    let skip = block.iter().take_while(|byte| **byte & 0xe0 == 0x20).count();
    match *block.get(skip..)? {
        [index @ 0x88..=0x8e, ..] => Some(KNOWN[usize::from(index - 0x88)]),
        [0x48 | 0x08 | 0x18, length, ref rest @ ..] if length & 0x80 != 0 => {
            digits(rest.get(..usize::from(length & 0x7f))?)
        }
        [0x48 | 0x08 | 0x18, length, ref rest @ ..] => {
            std::str::from_utf8(rest.get(..usize::from(length))?).ok()?.parse().ok()
        }
        _ => None,
    }
}

/// Three digits in Huffman code: 0 to 2 have five bits, 3 to 9 have six.
fn digits(bytes: &[u8]) -> Option<u16> {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let number = |bits: &[u8]| bits.iter().fold(0_u16, |sum, bit| sum * 2 + u16::from(*bit));
    let (mut at, mut value) = (0, 0);
    for _ in 0..3 {
        let short = number(bits.get(at..at + 5)?);
        if short < 3 {
            (at, value) = (at + 5, value * 10 + short);
        } else {
            (at, value) = (at + 6, value * 10 + number(bits.get(at..at + 6)?) - 0b01_1001 + 3);
        }
    }
    Some(value)
}
