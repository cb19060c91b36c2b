//! The table: what is sent, what the client gets, what the application sees.

use crate::frames::Got;
use crate::line::field;

/// One attempt.
pub struct Row {
    pub name: &'static str,
    pub raw: Vec<u8>,
    /// The statuses of all final answers over HTTP/1.1.
    pub http1: Vec<u16>,
    pub http2: Http2,
    pub sees: Sees,
    /// Where that is something else over HTTP/2.
    pub sees2: Option<Sees>,
}

/// What the same fields come to over HTTP/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Http2 {
    /// This status, and forwarded as over HTTP/1.1 where that forwards.
    Same(u16),
    /// Refused: by this status, or by a reset stream where the protocol itself forbids it.
    Refused(u16),
}

impl Http2 {
    pub fn fits(self, got: &Got) -> bool {
        match self {
            Http2::Same(status) => *got == Got::Status(status),
            Http2::Refused(status) => matches!(got, Got::Reset) || *got == Got::Status(status),
        }
    }

    pub fn forwards(self) -> bool {
        self == Http2::Same(200)
    }
}

#[derive(Debug)]
pub enum Sees {
    Nothing,
    Exactly(Vec<Seen>),
}

#[derive(Debug)]
pub struct Seen {
    pub line: Vec<u8>,
    pub fields: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Row {
    fn refused(name: &'static str, raw: impl Into<Vec<u8>>, status: u16) -> Row {
        Row {
            name,
            raw: raw.into(),
            http1: vec![status],
            http2: Http2::Refused(status),
            sees: Sees::Nothing,
            sees2: None,
        }
    }

    /// Answered once over HTTP/1.1, by no means forwarded.
    fn decided(name: &'static str, raw: impl Into<Vec<u8>>, status: u16) -> Row {
        let row = Row::refused(name, raw, status);
        Row { http2: Http2::Same(status), ..row }
    }

    fn passes(name: &'static str, raw: impl Into<Vec<u8>>, body: &[u8]) -> Row {
        let raw = raw.into();
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole header");
        let mut lines = raw[..end].split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let line = lines.next().unwrap_or_default().to_vec();
        let gone = ["host", "connection", "transfer-encoding"];
        let fields = lines.filter_map(field).filter(|(name, _)| !gone.contains(&name.as_str())).collect();
        let sees = Sees::Exactly(vec![Seen { line, fields, body: body.to_vec() }]);
        Row { name, raw, http1: vec![200], http2: Http2::Same(200), sees, sees2: None }
    }
}

pub fn rows(host: &str) -> Vec<Row> {
    let mut rows = targets(host);
    rows.extend(hosts(host));
    rows.extend(fields(host));
    rows.extend(framing(host));
    rows.extend(several(host));
    rows
}

fn get(host: &str, target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes()
}

fn targets(host: &str) -> Vec<Row> {
    let mut rows = vec![
        Row::passes("an open route", get(host, "/open/x"), b""),
        Row::passes("what old applications have in a path", get(host, "/open/a%20b/~c/[d]/it's(1)|{e}.aspx"), b""),
        Row::passes("a query is not a path", get(host, "/open/x?y=/../%2f..;//\\|^[]{}`&z=%zz"), b""),
        Row::decided("a protected route without a pass", get(host, "/protected/x"), 401),
        Row::decided("no route", get(host, "/elsewhere"), 404),
        Row::refused("a target with a space", get(host, "/open/a b"), 400),
        Row::refused("a target with a tab", get(host, "/open/a\tb"), 400),
        Row::refused("a target with NUL", get(host, "/open/a\0b"), 400),
        Row::refused("a target with DEL", get(host, "/open/a\u{7f}b"), 400),
        Row::refused("two spaces", b"GET  /open/x HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), 400),
        Row::refused("CONNECT", b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n".to_vec(), 405),
        Row::decided("TRACE", format!("TRACE /open/x HTTP/1.1\r\nHost: {host}\r\n\r\n"), 405),
        Row::decided("a method in small letters", format!("get /open/x HTTP/1.1\r\nHost: {host}\r\n\r\n"), 405),
        Row::refused("a target too long", get(host, &format!("/open/{}", "a".repeat(9000))), 414),
    ];
    let absolute = |target: String| get(host, &target);
    let plain = Row::passes("", get(host, "/open/x?y=/z"), b"").sees;
    rows.push(Row {
        http2: Http2::Refused(400),
        sees: plain,
        ..Row::passes("an absolute target", absolute(format!("http://{host}/open/x?y=/z")), b"")
    });
    rows.push(Row {
        http1: vec![204],
        http2: Http2::Same(204),
        ..Row::decided("OPTIONS *", format!("OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n"), 204)
    });
    rows.push(Row {
        http1: vec![401],
        ..Row::refused("an absolute target that is protected", absolute(format!("HTTPS://{host}/protected/x")), 400)
    });
    rows.push(Row::refused("an absolute target of another host", absolute("http://internal/open/x".to_owned()), 400));
    rows.push(Row::refused("an absolute target with a name", absolute(format!("http://u@{host}/open/x")), 400));
    rows.push(Row::refused("an absolute target without a path", absolute(format!("http://{host}?/open/x")), 400));
    let (rootless, ambiguous) = (
        ["protected/x", "xyz:/protected/x", "\\protected\\x", "?x=/protected/x", "http:http://h/protected/x", "*"],
        [
            "/open/../protected/x",
            "/open/%2e%2e/protected/x",
            "/open/.%2e/protected/x",
            "/./protected/x",
            "//protected/x",
            "/open//../protected/x",
            "/%2fprotected/x",
            "/open%2f..%2fprotected/x",
            "/open/a%5c..%5c..%5cprotected/x",
            "/\\protected/x",
            "/open/..;/protected/x",
            "/open/%252e%252e/protected/x",
            "/open/%c0%ae%c0%ae/protected/x",
            "/%ef%bc%8fprotected/x",
            "/open/a%00b",
            "/open/a%0d%0ab",
            "/open/a%7f",
            "/open/%zz",
            "/open/%",
        ],
    );
    rows.extend(rootless.map(|target| Row::refused("a rootless target", get(host, target), 400)));
    rows.extend(ambiguous.map(|target| Row::decided("an ambiguous path", get(host, target), 400)));
    rows
}

fn hosts(host: &str) -> Vec<Row> {
    let named = |host: &str| format!("GET /open/x HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let (name, port) = host.split_once(':').expect("it has a port");
    let mut rows = vec![
        Row::refused("no Host", "GET /open/x HTTP/1.1\r\nX: y\r\n\r\n", 400),
        Row {
            // An authority and a Host that say the same.
            http2: Http2::Same(200),
            ..Row::refused("two Hosts", format!("GET /open/x HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n"), 400)
        },
        Row::refused("two Hosts that differ", format!("GET /open/x HTTP/1.1\r\nHost: {host}\r\nHost: b\r\n\r\n"), 400),
        Row::decided("a Host of another", named("nobody.example"), 421),
        Row::passes("a Host in capitals", named(&host.to_ascii_uppercase()), b""),
        Row::passes("a Host with its dot", named(&format!("{name}.:{port}")), b""),
    ];
    for broken in ["", "a/b", "a b", "a, b", "a@b", "[::1", "a:b", "a%2eb"] {
        rows.push(Row::refused("a Host that is none", named(broken), 400));
    }
    rows
}

fn fields(host: &str) -> Vec<Row> {
    let with = |fields: &str| format!("GET /open/x HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
    let mut rows = vec![
        Row::passes("values of all kinds", with("X-A: a\tb \u{e9}\r\nX-B:\r\nX-C: ,;=\"\r\nX.D: e\r\n"), b""),
        Row::refused("a hundred fields", with(&"X: y\r\n".repeat(101)), 431),
        Row::refused("a field of 40 kB", with(&format!("X: {}\r\n", "y".repeat(40_000))), 431),
        Row::refused("a space before the colon", with("X : y\r\n"), 400),
        Row::refused("a name with a parenthesis", with("X(: y\r\n"), 400),
        Row::refused("no name", with(": y\r\n"), 400),
        Row::refused("NUL in a value", with("X: a\0b\r\n"), 400),
        Row::refused("a bare return in a value", with("X: a\rb\r\n"), 400),
        Row::refused("a control in a value", with("X: a\u{1}b\r\n"), 400),
    ];
    let stray = with("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    rows.push(Row {
        http2: Http2::Refused(400),
        sees: Row::passes("", with("Sec-WebSocket-Version: 13\r\n"), b"").sees,
        ..Row::passes("an upgrade that Connection does not name", stray, b"")
    });
    rows.extend(
        ["Content!Length: 5\r\n", "Transfer~Encoding: chunked\r\n"]
            .map(|field| Row::refused("a length in disguise", with(field), 400)),
    );
    // Syntax that HTTP/2 does not have: what is left of it there is an ordinary request, or none at all.
    for (name, bytes, over2) in [
        ("a folded line", with("X: y\r\n folded\r\n"), Http2::Same(200)),
        ("a line without a colon", with("nothing\r\n"), Http2::Same(200)),
        ("lines that end in LF", with("").replace("\r\n", "\n"), Http2::Same(200)),
        ("one line that ends in LF", with("X: y\n"), Http2::Same(200)),
        ("HTTP/1.2", with("").replace("1.1", "1.2"), Http2::Same(200)),
        ("HTTP/0.9", "GET /open/x\r\n\r\n".to_owned(), Http2::Refused(400)),
        ("a TLS handshake", "\u{16}\u{3}\u{1}\0\u{5}".to_owned(), Http2::Refused(400)),
        ("two empty lines first", format!("\r\n\r\n{}", with("")), Http2::Refused(400)),
    ] {
        rows.push(Row { http2: over2, ..Row::refused(name, bytes, 400) });
    }
    rows
}

fn framing(host: &str) -> Vec<Row> {
    let post = |fields: &str, body: &str| format!("POST /open/x HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n{body}");
    let chunked = |body: &str| post("Transfer-Encoding: chunked\r\n", body);
    let mut rows = vec![
        Row::passes("a body with a length", post("Content-Length: 5\r\n", "hello"), b"hello"),
        Row {
            http2: Http2::Refused(400),
            ..Row::passes("a chunked body", chunked("3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n"), b"abcde")
        },
        Row::passes("a lonely 100-continue", post("Content-Length: 2\r\nExpect: 100-continue\r\n", "ab"), b"ab"),
    ];
    for (name, fields) in [
        ("two lengths", "Content-Length: 5\r\nContent-Length: 5\r\n"),
        ("two lengths that differ", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        ("a list of lengths", "Content-Length: 5, 5\r\n"),
        ("+5", "Content-Length: +5\r\n"),
        ("-1", "Content-Length: -1\r\n"),
        ("0x5", "Content-Length: 0x5\r\n"),
        ("05", "Content-Length: 05\r\n"),
        ("twenty digits", "Content-Length: 55555555555555555555\r\n"),
        ("no length", "Content-Length:\r\n"),
        ("both", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ("both, the other way", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        ("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n"),
        ("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n"),
        ("xchunked", "Transfer-Encoding: xchunked\r\n"),
        ("identity", "Transfer-Encoding: identity\r\n"),
        ("a vertical tab", "Transfer-Encoding: \u{b}chunked\r\n"),
        ("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        ("a coding with underscore", "Transfer_Encoding: chunked\r\n"),
        ("a length with underscore", "Content_Length: 5\r\n"),
        ("an expectation of another kind", "Content-Length: 5\r\nExpect: 200-ok\r\n"),
        ("Connection names the length", "Content-Length: 5\r\nConnection: content-length\r\n"),
        ("Connection names the host", "Connection: host\r\n"),
        ("eleven options", "Connection: a,b,c,d,e,f,g,h,i,j,k\r\n"),
    ] {
        rows.push(Row::refused(name, post(fields, "hello"), 400));
    }
    for (name, body) in [
        ("LF in an extension", "2;\nxx\r\nab\r\n0\r\n\r\n"),
        ("LF after a size", "2\nab\r\n0\r\n\r\n"),
        ("LF after the data", "2\r\nab\n0\r\n\r\n"),
        ("a chunk that spills", "2\r\nabc\r\n0\r\n\r\n"),
        ("a size with 0x", "0x2\r\nab\r\n0\r\n\r\n"),
        ("a negative size", "-1\r\nab\r\n0\r\n\r\n"),
        ("a size with an underscore", "1_0\r\nab\r\n0\r\n\r\n"),
        ("seventeen digits", "00000000000000002\r\nab\r\n0\r\n\r\n"),
        ("a space before the size", " 2\r\nab\r\n0\r\n\r\n"),
        ("a space behind the size", "2 \r\nab\r\n0\r\n\r\n"),
        ("a trailer without a colon", "2\r\nab\r\n0\r\nnothing\r\n\r\n"),
    ] {
        rows.push(Row::refused(name, chunked(body), 400));
    }
    rows.push(Row::refused(
        "an endless extension",
        chunked(&format!("2;{}\r\nab\r\n0\r\n\r\n", "x".repeat(8192))),
        400,
    ));
    let old = format!("POST /open/x HTTP/1.0\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    rows.push(Row::refused("chunks in HTTP/1.0", old, 400));
    rows
}

/// More than one request on a connection. Over HTTP/2 the bytes behind the first header are its body.
fn several(host: &str) -> Vec<Row> {
    let open = |path: &str| format!("GET /open/{path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let protected = format!("GET /protected/x HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let seen = |path: &str, body: &str| Seen {
        line: format!("GET /open/{path} HTTP/1.1").into_bytes(),
        fields: Vec::new(),
        body: body.into(),
    };
    let upgrade = format!(
        "GET /open/a HTTP/1.1\r\nHost: {host}\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: \
         dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let unread = format!("POST /protected/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n", protected.len());
    let (second, third) = (protected.clone() + &open("b"), "GET  /x HTTP/1.1\r\n\r\n");
    vec![
        Row {
            http1: vec![200, 401, 200],
            sees: Sees::Exactly(vec![seen("a", ""), seen("b", "")]),
            sees2: Some(Sees::Exactly(vec![seen("a", &second)])),
            ..Row::passes("three in one packet", open("a") + &second, b"")
        },
        Row {
            http1: vec![200, 400],
            sees2: Some(Sees::Exactly(vec![seen("a", third)])),
            ..Row::passes("a second one that is broken", open("a") + third, b"")
        },
        Row::decided("a body that looks like a request", unread + &protected, 401),
        // The upstream answers 200, so nothing was upgraded; what was sent in the hope of it is no request.
        Row { http2: Http2::Refused(400), ..Row::passes("a premature upgrade", upgrade + &protected, b"") },
    ]
}
