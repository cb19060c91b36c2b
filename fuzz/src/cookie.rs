//! Cookies: ours stay with us, all others stay byte for byte.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderName, HeaderValue};
use pingora::http::{RequestHeader, ResponseHeader};
use sekisho::proxy::cookies::{refuse_theirs, remove_ours, single};

/// Each line of the input is one header field: of a request, and of an answer.
pub fn judge(data: &[u8]) {
    let lines: Vec<HeaderValue> =
        data.split(|b| *b == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
    request(&lines);
    answer(&lines);
}

fn request(lines: &[HeaderValue]) {
    let mut header = RequestHeader::build("GET", b"/", None).expect("builds");
    for line in lines {
        header.append_header(COOKIE, line.clone()).expect("appends");
    }
    let before = pairs(&fields(&header.headers, &COOKIE));
    for name in ["__Host-sekisho", "sekisho", "__Host-sekisho-browser", "a"] {
        let with = before.iter().filter(|pair| key(pair).is_some_and(|key| key == name.as_bytes())).count();
        let found = single(&header, name);
        assert!(with == 1 || found.is_none(), "{with} of {name} and {found:?}");
    }
    remove_ours(&mut header).expect("filters");
    let left = fields(&header.headers, &COOKIE);
    assert!(left.len() <= lines.len().max(1));
    let after = pairs(&left);
    assert!(!after.iter().any(|pair| is_ours(pair)), "{after:?}");
    // What is left is exactly what was not ours, in its order, each byte of it; at the very beginning a space may go.
    let kept: Vec<&[u8]> = before.iter().map(Vec::as_slice).filter(|pair| !is_ours(pair)).collect();
    let shown: Vec<&[u8]> = after.iter().map(Vec::as_slice).collect();
    let trimmed = |all: &[&[u8]]| {
        all.iter().map(|pair| pair.trim_ascii_start().to_vec()).filter(|p| !p.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(trimmed(&kept), trimmed(&shown));
    if before.len() == kept.len() && lines.len() == 1 {
        assert_eq!(left, [lines[0].as_bytes()], "a line without ours is not touched");
    }
    let once = left;
    remove_ours(&mut header).expect("filters");
    assert_eq!(fields(&header.headers, &COOKIE), once, "and so it stays");
}

fn answer(lines: &[HeaderValue]) {
    let mut header = ResponseHeader::build(200, None).expect("builds");
    for line in lines {
        header.append_header(SET_COOKIE, line.clone()).expect("appends");
    }
    refuse_theirs(&mut header).expect("filters");
    let left = fields(&header.headers, &SET_COOKIE);
    let first = |line: &[u8]| line.split(|b| *b == b';').next().unwrap_or_default().trim_ascii().to_vec();
    let sets_ours = |line: &[u8]| {
        let pair = first(line);
        is_ours(pair.strip_prefix(b"=").unwrap_or(&pair))
    };
    let kept: Vec<&[u8]> = lines.iter().map(HeaderValue::as_bytes).filter(|line| !sets_ours(line)).collect();
    assert_eq!(left, kept);
}

fn fields(headers: &http::HeaderMap, name: &HeaderName) -> Vec<Vec<u8>> {
    headers.get_all(name).iter().map(|value| value.as_bytes().to_vec()).collect()
}

fn pairs(lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    lines.iter().flat_map(|line| line.split(|b| *b == b';')).map(<[u8]>::to_vec).collect()
}

fn key(pair: &[u8]) -> Option<&[u8]> {
    let at = pair.iter().position(|b| *b == b'=')?;
    Some(pair[..at].trim_ascii())
}

/// Written anew from the promise: every name that begins with `sekisho`, whatever its case and with or without the prefix.
fn is_ours(pair: &[u8]) -> bool {
    let name = key(pair).unwrap_or(pair.trim_ascii()).to_ascii_lowercase();
    let name = name.strip_prefix(b"__host-".as_slice()).unwrap_or(&name);
    name.starts_with(b"sekisho") || name.starts_with(b"__sekisho")
}
