//! What is taken for a header, and what is refused.

use super::*;

fn read(text: &[u8]) -> Result<Head, Refusal> {
    let limits = Limits::default();
    let mut finder = Finder::default();
    // Byte by byte, as a slow client sends it, must find the same end as all at once.
    let stepwise = (1..=text.len()).find_map(|length| finder.end(&text[..length], &limits).transpose());
    let at_once = Finder::default().end(text, &limits).transpose();
    match (stepwise, at_once) {
        (Some(Ok(stepwise)), Some(Ok(end))) => {
            assert_eq!(stepwise, end, "{}", text.escape_ascii());
            judge(&text[..end], &limits)
        }
        (Some(Err(_)), Some(Err(refusal))) => Err(refusal),
        (stepwise, at_once) => panic!("{stepwise:?} {at_once:?} for {}", text.escape_ascii()),
    }
}

fn with(fields: &str) -> Result<Head, Refusal> {
    read(format!("POST /x HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes())
}

fn body(fields: &str) -> Body {
    with(fields).unwrap_or_else(|refusal| panic!("{refusal:?} for {fields}")).body
}

#[test]
fn ordinary_requests_pass() {
    for line in [
        "GET / HTTP/1.1",
        "GET /a%20b?c=d|e^f HTTP/1.1",
        "PROPFIND /dav/ HTTP/1.1",
        "get / HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET http://a/b HTTP/1.1",
        "GET HTTPS://a/b HTTP/1.1",
        "HEAD / HTTP/1.0",
        "GET /\u{8868} HTTP/1.1",
    ] {
        let text = format!("{line}\r\nHost: a\r\nX_Y.Z: \t v\u{e9} \r\nEmpty:\r\n\r\nGET ");
        let head = read(text.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal:?} for {line}"));
        assert_eq!(head, Head { body: Body::None, upgrade: false }, "{line}");
    }
    assert_eq!(body("Content-Length: 0\r\n"), Body::None);
    assert_eq!(body("content-length:  12 \r\n"), Body::Length(12));
    assert_eq!(body("Transfer-Encoding: Chunked\r\nConnection: keep-alive, TE\r\n"), Body::Chunked);
    assert_eq!(body("Content-Length: 1\r\nExpect: 100-Continue\r\n"), Body::Length(1));
    let upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n";
    assert!(read(upgrade).expect("good").upgrade);
    let other = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    assert!(!read(other).expect("good").upgrade);
}

#[test]
fn a_request_line_has_one_form() {
    for line in [
        "GET  / HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /a b HTTP/1.1",
        "GET /",
        "GET",
        "",
        "GET / HTTP/1.2",
        "GET / HTTP/2.0",
        "GET / http/1.1",
        "GET / HTTP/01.1",
        "GET /\tHTTP/1.1",
        "G\u{e9}T / HTTP/1.1",
        "G(T / HTTP/1.1",
        "PRI * HTTP/2.0",
        "GET / HTTP/1.1\rX",
        "GET /a#b HTTP/1.1",
        "GET /a?b#c HTTP/1.1",
    ] {
        let text = format!("{line}\r\nHost: a\r\n\r\n");
        assert!(matches!(read(text.as_bytes()), Err(Refusal::Malformed(_))), "{line}");
    }
    for target in ["admin", "xyz:/admin", "\\admin", "?x=/admin", "*", "http:/x", "ftp://a/", "//\u{1}", "/a\u{7f}"] {
        let text = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(matches!(read(text.as_bytes()), Err(Refusal::Path(_))), "{target}");
    }
    let raw = read(b"GET /\x95\x5c HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(raw, Err(Refusal::Path(PathFault::NotUtf8)));
    assert_eq!(read(b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), Err(Refusal::Method));
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(9000));
    assert_eq!(read(long.as_bytes()), Err(Refusal::Path(PathFault::TooLong)));
    let endless = vec![b'a'; 40_000];
    assert_eq!(read(&endless), Err(Refusal::Path(PathFault::TooLong)));
}

#[test]
fn lines_end_in_cr_lf_and_names_in_a_colon() {
    for text in [
        &b"GET / HTTP/1.1\nHost: a\n\n"[..],
        b"GET / HTTP/1.1\r\nHost: a\n\r\n",
        b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"\x00",
    ] {
        assert!(matches!(read(text), Err(Refusal::Malformed(_))), "{}", text.escape_ascii());
    }
    for field in [
        "X : y\r\n",
        " folded\r\n",
        "X: y\r\n folded\r\n",
        "X: y\r\n\tfolded\r\n",
        ": y\r\n",
        "no colon\r\n",
        "X(: y\r\n",
        "X: a\rb\r\n",
        "X: a\u{0}b\r\n",
        "X: a\u{b}b\r\n",
        "X\u{e9}: y\r\n",
    ] {
        assert!(matches!(with(field), Err(Refusal::Malformed(_))), "{field:?}");
    }
}

#[test]
fn framing_has_one_reading() {
    for fields in [
        "Content-Length: 2\r\nContent-Length: 2\r\n",
        "Content-Length: 2, 2\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x2\r\n",
        "Content-Length: 02\r\n",
        "Content-Length: 2 3\r\n",
        "Content-Length:\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer_Encoding: chunked\r\n",
        "Transfer.Encoding: chunked\r\n",
        "Content_Length: 3\r\n",
        "Host: b\r\n",
        "Expect: 200-ok\r\n",
        "Connection: content-length\r\n",
        "Connection: close, Transfer-Encoding\r\n",
        "Connection: host\r\n",
        "Connection: :authority\r\n",
        "Connection: a,b,c,d,e,f,g,h,i,j,k\r\n",
        "Connection: upgrade\r\nUpgrade: websocket\r\n",
    ] {
        assert!(matches!(with(fields), Err(Refusal::Malformed(_))), "{fields}");
    }
    assert!(read(b"GET / HTTP/1.1\r\n\r\n").is_err(), "there is no Host");
    assert!(read(b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    let long = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\n";
    assert!(read(long.as_bytes()).is_err(), "an upgrade has no body");
}

#[test]
fn headers_are_bounded() {
    let many = "X: y\r\n".repeat(100);
    assert_eq!(with(&many), Err(Refusal::HeadersTooLarge), "with Host it is the 101st");
    let large = format!("X: {}\r\n", "y".repeat(33_000));
    assert_eq!(with(&large), Err(Refusal::HeadersTooLarge));
}
