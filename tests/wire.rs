//! Raw bytes against the real binary: what a client gets for them, and what the application saw of them.
//!
//! Every row runs over plain HTTP/1.1, over HTTP/1.1 in TLS and over HTTP/2, where the same method, target, fields and
//! body travel as frames.

#[path = "wire/frames.rs"]
mod frames;
#[path = "wire/line.rs"]
mod line;
#[path = "wire/rows.rs"]
mod rows;
mod support;

use line::Line;
use rows::{Row, Sees, rows};
use support::{Gateway, Plan, Upstream, Wire};

const ROUTES: &str = r#"
[[route]]
path = "/open/**"
require = "open"
upstream = "application"

[[route]]
path = "/protected/**"
require = "otp"
scope = "records"
upstream = "application"
"#;

/// Fields that the gate adds or replaces; all others arrive as they were sent.
const OURS: [&str; 6] =
    ["host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "connection", "transfer-encoding"];

fn stage() -> (Gateway, Upstream) {
    let upstream = Upstream::start();
    (Plan::before(&upstream.url).with_routes(ROUTES).start(), upstream)
}

#[test]
fn every_row_over_plain_http() {
    over_http1(Wire::Http1);
}

#[test]
fn every_row_over_http_in_tls() {
    over_http1(Wire::Http1Tls);
}

fn over_http1(wire: Wire) {
    let (gateway, upstream) = stage();
    let mut wrong = Vec::new();
    for row in rows(gateway.origin.trim_start_matches("https://")) {
        let before = upstream.requests().len();
        let got = Line::to(&gateway, wire).exchange(&row.raw, row.http1.len());
        if got != row.http1 {
            wrong.push(format!("{}: got {got:?}, not {:?}", row.name, row.http1));
        }
        wrong.extend(unseen(&row, &row.sees, &upstream.requests()[before..]));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_over_http2() {
    let (gateway, upstream) = stage();
    let mut wrong = Vec::new();
    for row in rows(gateway.origin.trim_start_matches("https://")) {
        let before = upstream.requests().len();
        let got = frames::exchange(&gateway, &row.raw);
        if !row.http2.fits(&got) {
            wrong.push(format!("{}: got {got:?}, not {:?}", row.name, row.http2));
        }
        // What is only wrong in the syntax of HTTP/1 is forwarded from HTTP/2, as an ordinary request.
        match (row.sees2.as_ref().unwrap_or(&row.sees), row.http2.forwards()) {
            (Sees::Nothing, true) => {}
            (sees, true) => wrong.extend(unseen(&row, sees, &upstream.requests()[before..])),
            (_, false) => wrong.extend(unseen(&row, &Sees::Nothing, &upstream.requests()[before..])),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn plain_http_where_tls_is_spoken_is_told_so() {
    let (gateway, upstream) = stage();
    let ask = format!("GET /open/x HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n\r\n", gateway.origin);
    let answer = support::wire::exchange(&gateway.tls, ask.as_bytes()).expect("an answer").expect(403);
    assert!(answer.text().contains("https"), "{}", answer.text());
    assert!(support::wire::raw(&gateway.tls, b"\0\0\0\0").is_empty(), "what is neither gets no word");
    assert!(upstream.requests().is_empty());
}

/// What the application should have seen and did not, or saw and should not have.
fn unseen(row: &Row, sees: &Sees, requests: &[Vec<u8>]) -> Option<String> {
    let told = || requests.iter().map(|request| request.escape_ascii().to_string()).collect::<Vec<_>>();
    let Sees::Exactly(expected) = sees else {
        return (!requests.is_empty()).then(|| format!("{}: the application saw {:?}", row.name, told()));
    };
    let same = expected.len() == requests.len()
        && expected.iter().zip(requests).all(|(expected, request)| {
            let (line, fields, body) = line::parts(request);
            let mut fields: Vec<_> = fields.into_iter().filter(|(name, _)| !OURS.contains(&name.as_str())).collect();
            let mut sent = expected.fields.clone();
            // Pingora may change the order of fields with different names.
            fields.sort();
            sent.sort();
            line == expected.line && fields == sent && body == expected.body
        });
    (!same).then(|| format!("{}: the application saw {:?}, not {expected:?}", row.name, told()))
}
