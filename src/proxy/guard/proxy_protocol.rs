//! The PROXY protocol, versions 1 and 2: who connected, told by a proxy of ours in front of everything else.
//!
//! A pure reader over the bytes that have come so far. It takes what the protocol's own text allows and nothing that only
//! resembles it: a header that is refused ends the connection, so that no byte of it is ever read as a request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What the bytes so far are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed {
    /// The beginning of a header; never for more than [`MOST`] bytes.
    NeedMore,
    /// A header of `length` bytes; what follows is the connection itself.
    Header {
        /// Who connected to the proxy: [`NOBODY`] where it does not know. `None` where it speaks for itself (a health
        /// check).
        source: Option<SocketAddr>,
        length: usize,
    },
    /// Something else; the words say what is wrong.
    Bad(&'static str),
}

/// Somebody whom the proxy cannot name. Not the proxy itself, whose word on others would be believed.
pub const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The longest header that is taken. Version 2 could have 64 KiB; addresses with the usual extras have some hundred bytes.
pub const MOST: usize = 536;

/// The longest header of version 1, its line end included (the protocol's §2.1).
const MOST_V1: usize = 107;
const START_V1: &[u8] = b"PROXY ";
const START_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and protocol, length.
const FIXED_V2: usize = 16;

/// Reads the header at the beginning of `bytes`.
pub fn parse(bytes: &[u8]) -> Parsed {
    if begins(bytes, START_V1) {
        return v1(bytes);
    }
    if begins(bytes, START_V2) {
        return v2(bytes);
    }
    Parsed::Bad("the connection does not begin with a PROXY header")
}

/// Whether `bytes` begin with `start`, as far as they have come.
fn begins(bytes: &[u8], start: &[u8]) -> bool {
    bytes.iter().zip(start).all(|(byte, wanted)| byte == wanted)
}

fn v1(bytes: &[u8]) -> Parsed {
    let line = &bytes[..bytes.len().min(MOST_V1)];
    let Some(end) = line.iter().position(|b| *b == b'\n') else {
        return match line.len() {
            MOST_V1 => Parsed::Bad("the PROXY line is longer than 107 bytes"),
            _ => Parsed::NeedMore,
        };
    };
    let Some(text) = line[..end].strip_suffix(b"\r").and_then(|line| line.strip_prefix(START_V1)) else {
        return Parsed::Bad("the PROXY line does not end with CR LF");
    };
    if !text.iter().all(|b| (0x20..0x7f).contains(b)) {
        return Parsed::Bad("the PROXY line has a byte that is no printable ASCII");
    }
    let length = end + 1;
    // What follows UNKNOWN is to be ignored.
    if text == b"UNKNOWN" || text.starts_with(b"UNKNOWN ") {
        return Parsed::Header { source: Some(NOBODY), length };
    }
    match std::str::from_utf8(text).ok().and_then(connection) {
        Some(source) => Parsed::Header { source: Some(source), length },
        None => Parsed::Bad("the PROXY line does not name two addresses and two ports"),
    }
}

/// `TCP4 SOURCE DESTINATION PORT PORT`, single spaces.
fn connection(text: &str) -> Option<SocketAddr> {
    let mut words = text.split(' ');
    let v4 = match words.next()? {
        "TCP4" => true,
        "TCP6" => false,
        _ => return None,
    };
    let mut address = || -> Option<IpAddr> {
        let word = words.next()?;
        if v4 { word.parse::<Ipv4Addr>().ok().map(IpAddr::V4) } else { word.parse::<Ipv6Addr>().ok().map(IpAddr::V6) }
    };
    let (source, _destination) = (address()?, address()?);
    let (source_port, _) = (port(words.next()?)?, port(words.next()?)?);
    words.next().is_none().then(|| SocketAddr::new(source.to_canonical(), source_port))
}

/// Decimal digits without a leading zero.
fn port(word: &str) -> Option<u16> {
    let plain = word.bytes().all(|b| b.is_ascii_digit()) && (word.len() == 1 || !word.starts_with('0'));
    if plain { word.parse().ok() } else { None }
}

fn v2(bytes: &[u8]) -> Parsed {
    // Each byte is judged as soon as it is there, so that nobody waits for the rest of what is refused anyway.
    let local = match bytes.get(12) {
        None => return Parsed::NeedMore,
        Some(0x20) => true,
        Some(0x21) => false,
        Some(_) => return Parsed::Bad("the PROXY header is of another version or has an unknown command"),
    };
    let least = match bytes.get(13) {
        None => return Parsed::NeedMore,
        // What a proxy says of its own connection does not count.
        Some(_) if local => 0,
        Some(0x00) => 0,
        Some(0x11) => 12,
        Some(0x21) => 36,
        Some(0x31) => 216,
        Some(_) => return Parsed::Bad("the PROXY header is not about a connection over TCP or a Unix socket"),
    };
    let Some(&[high, low]) = bytes.get(14..FIXED_V2) else { return Parsed::NeedMore };
    let announced = usize::from(u16::from_be_bytes([high, low]));
    let length = FIXED_V2 + announced;
    if length > MOST {
        return Parsed::Bad("the PROXY header is longer than 536 bytes");
    }
    if announced < least {
        return Parsed::Bad("the PROXY header is too short for its addresses");
    }
    let Some(rest) = bytes.get(FIXED_V2..length) else { return Parsed::NeedMore };
    // Behind the addresses there may be extras (TLVs), none of which says who connected.
    let source = match bytes[13] {
        _ if local => None,
        0x11 => v4_source(rest),
        0x21 => v6_source(rest),
        _ => Some(NOBODY),
    };
    Parsed::Header { source, length }
}

fn v4_source(rest: &[u8]) -> Option<SocketAddr> {
    let address: [u8; 4] = rest.get(..4)?.try_into().ok()?;
    Some(SocketAddr::new(Ipv4Addr::from(address).into(), port_at(rest, 8)?))
}

fn v6_source(rest: &[u8]) -> Option<SocketAddr> {
    let address: [u8; 16] = rest.get(..16)?.try_into().ok()?;
    Some(SocketAddr::new(IpAddr::from(address).to_canonical(), port_at(rest, 32)?))
}

fn port_at(rest: &[u8], at: usize) -> Option<u16> {
    rest.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests;
