//! What is meant for one connection ends with it (RFC 9110 §7.6.1), in both directions.

use http::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, StatusCode};
use pingora::http::{RequestHeader, ResponseHeader};

/// But for those that Pingora frames and names itself.
const HOP_BY_HOP: [&str; 8] = [
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "te",
    "trailer",
    "http2-settings",
];

/// An `Upgrade` that `Connection` does not name is no wish (RFC 9110 §7.8): it came through somebody who knows nothing of
/// it. Pingora would ask the upstream for it all the same, and hand on a 101 that nobody expects.
pub fn end_stray_upgrade(request: &mut RequestHeader) {
    if request.headers.contains_key(UPGRADE) && !options(&request.headers).any(|o| o.eq_ignore_ascii_case(b"upgrade")) {
        request.remove_header(&UPGRADE);
    }
}

/// Whether a field of this name is meant for one connection.
pub fn is_hop(name: &str) -> bool {
    HOP_BY_HOP.contains(&name)
}

/// Whether a request says that its client understands trailers. That is true of us too, where they pass (gRPC asks for it).
pub fn takes_trailers(request: &RequestHeader) -> bool {
    request.headers.get(TE).is_some_and(|te| te.as_bytes().eq_ignore_ascii_case(b"trailers"))
}

/// From an answer, with what its `Connection` names. One that switches protocols keeps its handshake.
pub fn end_response(response: &mut ResponseHeader) {
    if response.status == StatusCode::SWITCHING_PROTOCOLS {
        return;
    }
    // Mostly there is nothing but a word on the upstream's own connection.
    let usual = |value: &HeaderValue| [b"keep-alive".as_slice(), b"close"].contains(&value.as_bytes());
    if !response.headers.get_all(CONNECTION).iter().all(usual) {
        for name in named(&response.headers) {
            response.remove_header(&name);
        }
    }
    let ends = |name: &HeaderName| *name == UPGRADE || is_hop(name.as_str());
    for name in response.headers.keys().filter(|name| ends(name)).cloned().collect::<Vec<_>>() {
        response.remove_header(&name);
    }
}

/// The fields that `Connection` names.
pub fn named(headers: &HeaderMap) -> Vec<HeaderName> {
    let names = options(headers).filter_map(|option| HeaderName::from_bytes(option).ok());
    // Where an answer ends is not the upstream's to hide.
    names.filter(|name| ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name)).collect()
}

fn options(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(CONNECTION).iter();
    values.flat_map(|value| value.as_bytes().split(|b| *b == b',')).map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_leaves_its_connection_behind() {
        let mut response = ResponseHeader::build(200, None).expect("builds");
        for (name, value) in [
            ("Connection", "keep-alive, X-Hop, content-length"),
            ("Keep-Alive", "timeout=5"),
            ("X-Hop", "1"),
            ("X-End", "1"),
            ("Upgrade", "h2c"),
            ("Proxy-Authenticate", "Basic"),
            ("Trailer", "X-Sum"),
            ("Content-Length", "3"),
        ] {
            response.append_header(name, value).expect("appends");
        }
        end_response(&mut response);
        let mut left: Vec<_> = response.headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["connection", "content-length", "x-end"]);
    }
}
