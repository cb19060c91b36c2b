//! Whom we take a request to come from.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::settings::{Forwarding, HeaderNames};
use super::*;

fn settings(header: Carrier) -> Settings {
    Settings {
        limits: Default::default(),
        shared_networks: Vec::new(),
        listeners: Vec::new(),
        workers: 1,
        trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network"), "2001:db8:a::/48".parse().expect("a network")],
        trusted_unix: false,
        forwarding: Forwarding { header, ..Forwarding::default() },
        drain: Duration::ZERO,
        drain_delay: Duration::ZERO,
        headers: HeaderNames::default(),
        upstreams: BTreeMap::new(),
        methods: Vec::new(),
        decision: None,
    }
}

fn request(fields: &[(&'static str, &[u8])]) -> RequestHeader {
    let mut header = RequestHeader::build("GET", b"/", None).expect("builds");
    for (name, value) in fields {
        header.append_header(*name, *value).expect("appends");
    }
    header
}

fn from(peer: &str) -> Arrival {
    Arrival { peer: Some(peer.parse().expect("an address")), ..Arrival::default() }
}

fn told(settings: &Settings, arrival: &Arrival, fields: &[(&'static str, &[u8])]) -> Origin {
    read(&request(fields), arrival, Authority::read("records.example.jp"), settings, true)
}

fn walked(lines: &[&'static [u8]]) -> String {
    let fields: Vec<_> = lines.iter().map(|line| ("X-Forwarded-For", *line)).collect();
    told(&settings(Carrier::XForwardedFor), &from("10.0.0.1"), &fields).client.to_string()
}

#[test]
fn trust_ends_at_the_first_stranger_from_the_right() {
    assert_eq!(walked(&[]), "10.0.0.1");
    assert_eq!(walked(&[b"198.51.100.7"]), "198.51.100.7");
    assert_eq!(walked(&[b"1.2.3.4, 198.51.100.7, 10.0.0.2"]), "198.51.100.7", "the left part is what a client wrote");
    assert_eq!(walked(&[b"1.2.3.4", b"198.51.100.7"]), "198.51.100.7", "lines are one list");
    assert_eq!(walked(&[b"1.2.3.4, nonsense, 10.0.0.2"]), "10.0.0.2");
    assert_eq!(walked(&[b"198.51.100.7", b""]), "10.0.0.1");
    assert_eq!(walked(&[b"10.0.0.3, 10.0.0.2"]), "10.0.0.3", "a proxy of ours that asks itself");
}

#[test]
fn a_line_is_read_whatever_bytes_are_in_it() {
    assert_eq!(walked(&[b"1.2.3.4", b"\xe9\xff"]), "10.0.0.1", "it stands last, so nothing further is known");
    assert_eq!(walked(&[b"1.2.3.4, \xff, 198.51.100.7"]), "198.51.100.7");
    assert_eq!(walked(&[b"\xe9, 10.0.0.2"]), "10.0.0.2");
}

#[test]
fn addresses_are_read_as_proxies_write_them() {
    for (entry, address) in [
        (&b"192.0.2.1:56"[..], Some("192.0.2.1")),
        (b" 192.0.2.1\t", Some("192.0.2.1")),
        (b"[2001:db8::1]:80", Some("2001:db8::1")),
        (b"[2001:db8::1]", Some("2001:db8::1")),
        (b"2001:db8::1", Some("2001:db8::1")),
        (b"::ffff:192.0.2.1", Some("192.0.2.1")),
        (b"[::ffff:192.0.2.1]:80", Some("192.0.2.1")),
        (b"192.0.2.1:", None),
        (b"192.0.2.1:x", None),
        (b"192.0.2.1:99999", None),
        (b"192.0.2.1:+80", None),
        (b"192.0.2.01", None),
        (b"[192.0.2.1]:80", None),
        (b"[2001:db8::1]80", None),
        (b"[2001:db8::1", None),
        (b"\"192.0.2.1\"", None),
        (b"unknown", None),
        (b"", None),
    ] {
        let expected = address.map(|address| address.parse::<IpAddr>().expect("an address"));
        assert_eq!(node(entry), expected, "{}", entry.escape_ascii());
    }
}

#[test]
fn a_stranger_is_believed_nothing() {
    for header in [Carrier::XForwardedFor, Carrier::Forwarded, Carrier::XRealIp] {
        let mut settings = settings(header);
        settings.forwarding.host = true;
        let lies: &[(&'static str, &[u8])] = &[
            ("X-Forwarded-For", b"1.2.3.4"),
            ("Forwarded", b"for=1.2.3.4;proto=https;host=evil.example"),
            ("X-Real-IP", b"1.2.3.4"),
            ("CF-Connecting-IP", b"1.2.3.4"),
            ("X-Forwarded-Proto", b"https"),
            ("X-Forwarded-Host", b"evil.example"),
        ];
        let origin = told(&settings, &from("198.51.100.7"), lies);
        assert_eq!((origin.client.to_string().as_str(), origin.trusted, origin.https), ("198.51.100.7", false, false));
        assert_eq!(origin.authority.as_str(), "records.example.jp");
    }
}

#[test]
fn one_header_counts_and_never_a_mix() {
    let lies: &[(&'static str, &[u8])] =
        &[("X-Forwarded-For", b"192.0.2.1"), ("Forwarded", b"for=192.0.2.2"), ("X-Real-IP", b"192.0.2.3")];
    for (header, client) in
        [(Carrier::XForwardedFor, "192.0.2.1"), (Carrier::Forwarded, "192.0.2.2"), (Carrier::XRealIp, "192.0.2.3")]
    {
        assert_eq!(told(&settings(header), &from("10.0.0.1"), lies).client.to_string(), client);
    }
    let twice: &[(&'static str, &[u8])] = &[("X-Real-IP", b"192.0.2.3"), ("X-Real-IP", b"192.0.2.4")];
    assert_eq!(told(&settings(Carrier::XRealIp), &from("10.0.0.1"), twice).client.to_string(), "10.0.0.1");
}

#[test]
fn forwarded_is_walked_like_the_others() {
    let settings = settings(Carrier::Forwarded);
    for (line, client) in [
        (&b"for=1.2.3.4, for=198.51.100.7, for=10.0.0.2"[..], "198.51.100.7"),
        (b"for=198.51.100.7, for=_hidden", "10.0.0.1"),
        (b"for=198.51.100.7, for=unknown, for=10.0.0.2", "10.0.0.2"),
        (b"for=\"[2001:db8:b::1]:80\", for=\"[2001:db8:a::9]\"", "2001:db8:b::1"),
        (b"for=198.51.100.7, proto=https", "10.0.0.1"),
    ] {
        let origin = told(&settings, &from("10.0.0.1"), &[("Forwarded", line)]);
        assert_eq!(origin.client.to_string(), client, "{}", line.escape_ascii());
    }
    // The element of the proxy that saw the client says how they came.
    let line: &[u8] =
        b"for=1.2.3.4;proto=https;host=evil.example, for=198.51.100.7;proto=http, for=10.0.0.2;proto=https";
    assert!(!told(&settings, &from("10.0.0.1"), &[("Forwarded", line)]).https);
}

#[test]
fn https_is_what_somebody_whom_we_believe_says() {
    let settings = settings(Carrier::XForwardedFor);
    let proxy = from("10.0.0.1");
    let https = |arrival: &Arrival, said: &[&'static [u8]]| {
        let fields: Vec<_> = said.iter().map(|value| ("X-Forwarded-Proto", *value)).collect();
        told(&settings, arrival, &fields).https
    };
    assert!(https(&proxy, &[]), "it speaks the TLS that people see");
    assert!(https(&proxy, &[b"https"]) && https(&proxy, &[b"HTTPS, wss"]));
    for unclear in [&[&b"http"[..]][..], &[b""], &[b"https, http"], &[b"https", b"http"], &[b"\xff"], &[b"httpsx"]] {
        assert!(!https(&proxy, unclear), "{unclear:?}");
    }
    let stranger = from("198.51.100.7");
    assert!(!https(&stranger, &[b"https"]));
    assert!(https(&Arrival { tls: true, ..stranger.clone() }, &[b"http"]));
    assert!(https(&Arrival { behind: true, ..from("127.0.0.1") }, &[]), "nobody else can have connected");
    assert!(!https(&Arrival { tls: true, ..proxy }, &[b"http"]), "the person's own connection counts");
    let plain = read(&request(&[]), &Arrival { behind: true, ..stranger }, Authority::read("a"), &settings, false);
    assert!(!plain.https, "where people see http, nobody speaks TLS in front");
}

#[test]
fn another_host_is_believed_where_the_operator_says_so() {
    let mut settings = settings(Carrier::XForwardedFor);
    let host = |settings: &Settings, said: &[&'static [u8]]| {
        let fields: Vec<_> = said.iter().map(|value| ("X-Forwarded-Host", *value)).collect();
        told(settings, &from("10.0.0.1"), &fields).authority.as_str().to_owned()
    };
    assert_eq!(host(&settings, &[b"www.example.jp"]), "records.example.jp");
    settings.forwarding.host = true;
    assert_eq!(host(&settings, &[b"www.example.jp"]), "www.example.jp");
    assert_eq!(host(&settings, &[b"www.example.jp", b"evil.example"]), "records.example.jp");
    assert_eq!(host(&settings, &[]), "records.example.jp");
}

#[test]
fn a_unix_socket_is_a_proxy_only_where_the_operator_says_so() {
    let mut settings = settings(Carrier::XForwardedFor);
    let unix = Arrival { behind: true, ..Arrival::default() };
    let fields: &[(&'static str, &[u8])] = &[("X-Forwarded-For", b"198.51.100.7")];
    let origin = told(&settings, &unix, fields);
    assert_eq!((origin.client.to_string().as_str(), origin.trusted), ("0.0.0.0", false));
    settings.trusted_unix = true;
    let origin = told(&settings, &unix, fields);
    assert_eq!((origin.client.to_string().as_str(), origin.trusted), ("198.51.100.7", true));
}
