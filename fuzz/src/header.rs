//! Headers: what only we may say goes, the rest stays, and trust ends where it should.

use std::net::IpAddr;

use http::{HeaderName, HeaderValue};
use pingora::http::RequestHeader;
use sekisho::proxy::client::walk;
use sekisho::proxy::headers::scrub;
use sekisho::proxy::settings::HeaderNames;

/// Names that must not arrive from a caller, however they are spelled.
const OURS: [&str; 13] = [
    "remote-user",
    "remote-groups",
    "remote-email",
    "remote-name",
    "sekisho-pass",
    "sekisho-assertion",
    "sekisho-decision-secret",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
    "proxy",
];

/// Names that are meant for one connection; `te` may go on where it says that trailers are understood.
const HOPS: [&str; 8] = [
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "te",
    "trailer",
    "http2-settings",
];

/// Each line of the input is `name: value`.
pub fn judge(data: &[u8]) {
    let field = |line: &[u8]| {
        let at = line.iter().position(|b| *b == b':')?;
        let name = HeaderName::from_bytes(&line[..at]).ok()?;
        Some((name, HeaderValue::from_bytes(line[at + 1..].trim_ascii()).ok()?))
    };
    let fields: Vec<_> = data.split(|b| *b == b'\n').filter_map(field).collect();
    for trusted in [false, true] {
        scrubbed(&fields, trusted);
    }
    walked(&fields);
}

fn header(fields: &[(HeaderName, HeaderValue)]) -> RequestHeader {
    let mut header = RequestHeader::build("GET", b"/", None).expect("builds");
    for (name, value) in fields {
        header.append_header(name.clone(), value.clone()).expect("appends");
    }
    header
}

fn scrubbed(fields: &[(HeaderName, HeaderValue)], trusted: bool) {
    let mut upstream = header(fields);
    scrub(&mut upstream, &HeaderNames::default(), trusted);
    let left: Vec<_> = upstream.headers.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
    for (name, value) in &left {
        let trailers = name == "te" && value.as_bytes().eq_ignore_ascii_case(b"trailers");
        let first = upstream.headers.get(name) == Some(value);
        assert!(!HOPS.contains(&name.as_str()) || trailers || !first, "{name} is for one connection");
        let folded = name.as_str().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        assert!(!OURS.contains(&folded.as_str()), "{name}");
        let says_where = folded.starts_with("x-forwarded-") || folded == "forwarded" || folded == "x-real-ip";
        assert!(trusted || !says_where, "{name} of a stranger");
    }
    let plain = |name: &HeaderName| {
        let name = name.as_str();
        let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        letters && !OURS.contains(&name) && !HOPS.contains(&name) && !name.contains("forwarded") && name != "x-real-ip"
    };
    for (name, _) in fields.iter().filter(|(name, _)| plain(name)) {
        let sent: Vec<_> = fields.iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect();
        let kept: Vec<_> = upstream.headers.get_all(name).iter().collect();
        assert_eq!(sent, kept, "{name}");
    }
    scrub(&mut upstream, &HeaderNames::default(), trusted);
    assert_eq!(upstream.headers.iter().count(), left.len(), "and so it stays");
}

/// The client is the peer, or somebody whom a chain of named proxies vouches for, whatever is written further left.
fn walked(fields: &[(HeaderName, HeaderValue)]) {
    let peer: IpAddr = "10.0.0.1".parse().expect("address");
    let named = |address: &IpAddr| matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 10);
    let sent = header(fields);
    let client = walk(&sent, peer, named);
    let written = |line: &[u8]| String::from_utf8_lossy(line).contains(',') || !line.is_empty();
    let any = sent.headers.get_all("x-forwarded-for").iter().any(|line| written(line.as_bytes()));
    assert!(client == peer || any, "{client} out of nothing");
    if client != peer && !named(&client) {
        let forged = HeaderValue::from_static("203.0.113.66, 10.0.0.9");
        let mut more = vec![(HeaderName::from_static("x-forwarded-for"), forged)];
        more.extend_from_slice(fields);
        assert_eq!(walk(&header(&more), peer, named), client, "what stands further left changes nothing");
    }
    let stranger = walk(&sent, peer, |_| false);
    assert!(stranger == peer || sent.headers.contains_key("x-forwarded-for"));
}
