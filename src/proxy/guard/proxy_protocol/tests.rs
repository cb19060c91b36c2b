//! Every form, every truncation, and what only resembles a header.

use proptest::prelude::*;

use super::*;

fn header_v2(command: u8, family: u8, addresses: &[u8], extras: &[u8]) -> Vec<u8> {
    let length = u16::try_from(addresses.len() + extras.len()).expect("short");
    [START_V2, &[command, family], &length.to_be_bytes(), addresses, extras].concat()
}

fn v4_addresses() -> Vec<u8> {
    [&[198, 51, 100, 7][..], &[10, 0, 0, 1], &51234u16.to_be_bytes(), &443u16.to_be_bytes()].concat()
}

fn v6_addresses(source: &str) -> Vec<u8> {
    let source = source.parse::<Ipv6Addr>().expect("an address").octets();
    let own = Ipv6Addr::LOCALHOST.octets();
    [&source[..], &own, &51234u16.to_be_bytes(), &443u16.to_be_bytes()].concat()
}

/// Headers that are right, each with the source that it names.
fn right() -> Vec<(Vec<u8>, Option<&'static str>)> {
    let longest = format!("PROXY UNKNOWN {}\r\n", "f".repeat(107 - 16));
    let ten = "ffff:f:ffff:ffff:ffff:ffff:ffff:ffff";
    let long = format!("PROXY TCP6 {ten} {ten} 65535 65535\r\n");
    let v1 = [
        ("PROXY TCP4 198.51.100.7 10.0.0.1 51234 443\r\n", Some("198.51.100.7:51234")),
        ("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", Some("0.0.0.0:0")),
        ("PROXY TCP6 2001:db8::7 ::1 51234 443\r\n", Some("[2001:db8::7]:51234")),
        ("PROXY TCP6 ::ffff:198.51.100.7 ::1 51234 443\r\n", Some("198.51.100.7:51234")),
        ("PROXY UNKNOWN\r\n", Some("0.0.0.0:0")),
        ("PROXY UNKNOWN whatever this is 1 2\r\n", Some("0.0.0.0:0")),
        (&longest, Some("0.0.0.0:0")),
        (&long, Some("[ffff:f:ffff:ffff:ffff:ffff:ffff:ffff]:65535")),
    ];
    let tlv = [0x04, 0, 3, 1, 2, 3];
    let v2 = [
        (header_v2(0x21, 0x11, &v4_addresses(), &[]), Some("198.51.100.7:51234")),
        (header_v2(0x21, 0x11, &v4_addresses(), &tlv), Some("198.51.100.7:51234")),
        (header_v2(0x21, 0x21, &v6_addresses("2001:db8::7"), &tlv), Some("[2001:db8::7]:51234")),
        (header_v2(0x21, 0x21, &v6_addresses("::ffff:198.51.100.7"), &[]), Some("198.51.100.7:51234")),
        (header_v2(0x21, 0x31, &[0; 216], &[]), Some("0.0.0.0:0")),
        (header_v2(0x21, 0x00, &[], &[]), Some("0.0.0.0:0")),
        (header_v2(0x21, 0x00, &[1; 7], &[]), Some("0.0.0.0:0")),
        (header_v2(0x20, 0x00, &[], &[]), None),
        (header_v2(0x20, 0x11, &v4_addresses(), &[]), None),
        (header_v2(0x20, 0x77, &[], &[]), None),
        (header_v2(0x21, 0x11, &v4_addresses(), &[0; MOST - 28]), Some("198.51.100.7:51234")),
    ];
    v1.into_iter().map(|(text, source)| (text.as_bytes().to_vec(), source)).chain(v2).collect()
}

#[test]
fn a_header_names_who_connected_and_ends_where_the_connection_begins() {
    for (bytes, source) in right() {
        let source = source.map(|text| text.parse::<SocketAddr>().expect("an address"));
        let whole = Parsed::Header { source, length: bytes.len() };
        assert_eq!(parse(&bytes), whole, "{}", bytes.escape_ascii());
        for follows in [&b"GET / HTTP/1.1\r\n"[..], b"\x16\x03\x01", b"\n", b"PROXY UNKNOWN\r\n"] {
            assert_eq!(parse(&[&bytes, follows].concat()), whole, "what follows is not looked at");
        }
    }
}

#[test]
fn part_of_a_header_is_waited_for_and_never_taken_for_a_whole_one() {
    for (bytes, _) in right() {
        for end in 0..bytes.len() {
            assert_eq!(parse(&bytes[..end]), Parsed::NeedMore, "{} of {}", end, bytes.escape_ascii());
        }
    }
}

#[test]
fn what_only_resembles_a_line_is_refused() {
    for bad in [
        "GET / HTTP/1.1\r\n",
        "proxy TCP4 198.51.100.7 10.0.0.1 51234 443\r\n",
        " PROXY UNKNOWN\r\n",
        "PROXY\r\n",
        "PROXY \r\n",
        "PROXY UNKNOWN\n",
        "PROXY UNKNOWN\n\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY unknown\r\n",
        "PROXY UNKNOWN \x01\r\n",
        "PROXY UNKNOWN é\r\n",
        "PROXY TCP4\r\n",
        "PROXY UDP4 198.51.100.7 10.0.0.1 51234 443\r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 51234 443\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 51234 443\rx\r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 51234\r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 51234 443 \r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 51234 443 9\r\n",
        "PROXY TCP4  198.51.100.7 10.0.0.1 51234 443\r\n",
        "PROXY TCP4\t198.51.100.7 10.0.0.1 51234 443\r\n",
        "PROXY TCP4 198.51.100.07 10.0.0.1 51234 443\r\n",
        "PROXY TCP4 198.51.100 10.0.0.1 51234 443\r\n",
        "PROXY TCP4 0xc6336407 10.0.0.1 51234 443\r\n",
        "PROXY TCP4 2001:db8::7 ::1 51234 443\r\n",
        "PROXY TCP6 198.51.100.7 10.0.0.1 51234 443\r\n",
        "PROXY TCP6 fe80::1%eth0 ::1 51234 443\r\n",
        "PROXY TCP6 [2001:db8::7] ::1 51234 443\r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 65536 443\r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 051234 443\r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 +1234 443\r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1 -1 443\r\n",
        "PROXY TCP4 198.51.100.7 10.0.0.1  443\r\n",
        "\r\n\r\n\0\r\nQUIX\n",
        "\r\nPROXY UNKNOWN\r\n",
        "\u{16}\u{3}\u{1}",
    ] {
        assert!(matches!(parse(bad.as_bytes()), Parsed::Bad(_)), "{bad:?}: {:?}", parse(bad.as_bytes()));
    }
    let endless = format!("PROXY UNKNOWN {}", "x".repeat(300));
    assert!(matches!(parse(endless.as_bytes()), Parsed::Bad(_)));
    let late = format!("PROXY UNKNOWN {}\r\n", "x".repeat(107 - 15));
    assert!(matches!(parse(late.as_bytes()), Parsed::Bad(_)), "108 bytes");
}

#[test]
fn what_only_resembles_a_binary_header_is_refused_at_its_first_wrong_byte() {
    let v4 = v4_addresses();
    for (at, bad) in [
        (13, header_v2(0x11, 0x11, &v4, &[])),
        (13, header_v2(0x22, 0x11, &v4, &[])),
        (13, header_v2(0x31, 0x11, &v4, &[])),
        (14, header_v2(0x21, 0x12, &v4, &[])),
        (14, header_v2(0x21, 0x10, &v4, &[])),
        (14, header_v2(0x21, 0x01, &v4, &[])),
        (14, header_v2(0x21, 0x41, &v4, &[])),
        (16, header_v2(0x21, 0x11, &v4[..11], &[])),
        (16, header_v2(0x21, 0x21, &v4, &[])),
        (16, header_v2(0x21, 0x31, &v4, &[])),
        (16, header_v2(0x21, 0x11, &v4, &[0; MOST - 27])),
        (16, header_v2(0x20, 0x00, &[0; MOST - 15], &[])),
    ] {
        assert_eq!(parse(&bad[..at - 1]), Parsed::NeedMore, "{}", bad.escape_ascii());
        assert!(matches!(parse(&bad[..at]), Parsed::Bad(_)), "{}", bad.escape_ascii());
        assert!(matches!(parse(&bad), Parsed::Bad(_)), "{}", bad.escape_ascii());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes: nobody is made to wait beyond the longest header, and no header is longer than what came.
    #[test]
    fn nothing_is_waited_for_without_end(start in 0usize..3, bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let bytes = [[&b""[..], START_V1, START_V2][start], &bytes].concat();
        match parse(&bytes) {
            Parsed::NeedMore => prop_assert!(bytes.len() < MOST),
            Parsed::Header { length, .. } => prop_assert!(length <= bytes.len().min(MOST)),
            Parsed::Bad(_) => {}
        }
    }
}
