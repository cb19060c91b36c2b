//! Connections that begin with a PROXY protocol header.

use crate::OPEN;
use crate::support::{Plan, Upstream, free_port, wire};

#[test]
fn the_header_names_the_client_and_nothing_comes_in_without_it() {
    let (upstream, port) = (Upstream::start(), free_port());
    let more = format!(
        "[[listen]]\naddress = \"0.0.0.0:{port}\"\nproxy_protocol = true\n[client]\ntrusted_proxies = [\"127.0.0.1\"]\n"
    );
    let gateway = Plan::before(&upstream.url).with_routes(OPEN).with_more(more).start();
    let authority = gateway.origin.trim_start_matches("https://");
    let request =
        format!("GET /x HTTP/1.1\r\nHost: {authority}\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n");
    let address = format!("127.0.0.1:{port}");
    let v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x07\x0a\0\0\x01\xc8\x22\x01\xbb";
    for header in [&b"PROXY TCP4 198.51.100.7 10.0.0.1 51234 443\r\n"[..], v2] {
        let sent = [header, request.as_bytes()].concat();
        // Plain here, so the proxy spoke the TLS that people see.
        wire::exchange(&address, &sent).expect("an answer").expect(200);
        let seen = upstream.last();
        assert!(seen.contains("198.51.100.7") && !seen.contains("6.6.6.6"), "{seen}");
    }
    // Whom the proxy cannot name is not the proxy: what such a client wrote is believed no more than anybody's.
    let unspecified = b"\r\n\r\n\0\r\nQUIT\n\x21\0\0\0";
    for header in [&b"PROXY UNKNOWN\r\n"[..], unspecified] {
        let sent = [header, request.as_bytes()].concat();
        wire::exchange(&address, &sent).expect("an answer").expect(200);
        let seen = upstream.last().to_ascii_lowercase();
        assert!(!seen.contains("6.6.6.6") && !seen.contains("x-forwarded-for"), "{seen}");
    }
    let reached = upstream.requests().len();
    for header in ["", "PROXY TCP4 198.51.100.07 10.0.0.1 51234 443\r\n", "PROXY TCP5 a b 1 2\r\n"] {
        let answer = wire::exchange(&address, format!("{header}{request}").as_bytes());
        assert!(answer.is_err(), "{header}: {answer:?}");
    }
    assert_eq!(upstream.requests().len(), reached);
}
