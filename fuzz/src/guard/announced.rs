//! The PROXY protocol: each byte more only ever settles what was open, and who connected is who the bytes name.

use std::net::{IpAddr, SocketAddr};

use sekisho::proxy::guard::proxy_protocol::{MOST, NOBODY, Parsed, parse};

use super::pieces;

/// With a `cut` that four divides, the signature of version 2 is put in front.
pub fn judge(bytes: &[u8], cut: u8) {
    let signature: &[u8] = if cut.is_multiple_of(4) { b"\r\n\r\n\0\r\nQUIT\n" } else { b"" };
    let bytes = [signature, bytes].concat();
    let whole = parse(&bytes);
    let mut came = 0;
    for piece in pieces(&bytes, cut) {
        let before = parse(&bytes[..came]);
        match before {
            Parsed::NeedMore => assert!(came < MOST, "it waits for ever"),
            settled => assert_eq!(whole, settled, "what follows changes it"),
        }
        came += piece.len();
    }
    if let Parsed::Header { source, length } = whole {
        assert!(length <= MOST.min(bytes.len()));
        for shorter in 0..length {
            assert_eq!(parse(&bytes[..shorter]), Parsed::NeedMore, "{shorter} of {length}");
        }
        assert_eq!(source, if signature.is_empty() && bytes[0] == b'P' { text(&bytes) } else { binary(&bytes) });
    }
}

/// Version 1, read word by word.
fn text(bytes: &[u8]) -> Option<SocketAddr> {
    let line = bytes.split(|b| *b == b'\r').next().expect("a line");
    let line = std::str::from_utf8(line).expect("ASCII");
    let words: Vec<&str> = line.split(' ').collect();
    if words[1] == "UNKNOWN" {
        return Some(NOBODY);
    }
    let [_, family, source, destination, port, other] = words[..] else { panic!("{line:?}") };
    let address: IpAddr = source.parse().expect("an address");
    let there: IpAddr = destination.parse().expect("an address");
    assert!([address, there].iter().all(|ip| ip.is_ipv4() == (family == "TCP4")), "{line:?}");
    assert_eq!(other.parse::<u16>().expect("a port").to_string(), other);
    let number: u16 = port.parse().expect("a port");
    assert_eq!(number.to_string(), port);
    Some(SocketAddr::new(address.to_canonical(), number))
}

/// Version 2, by its offsets.
fn binary(bytes: &[u8]) -> Option<SocketAddr> {
    let port = |at: usize| u16::from(bytes[at]) << 8 | u16::from(bytes[at + 1]);
    match (bytes[12], bytes[13]) {
        (0x21, 0x11) => Some(SocketAddr::from(([bytes[16], bytes[17], bytes[18], bytes[19]], port(24)))),
        (0x21, 0x21) => {
            let mut address = [0; 16];
            address.copy_from_slice(&bytes[16..32]);
            Some(SocketAddr::new(IpAddr::from(address).to_canonical(), port(48)))
        }
        // The proxy speaks for itself only where it says so.
        (0x20, _) => None,
        _ => Some(NOBODY),
    }
}
