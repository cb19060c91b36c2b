//! The answer to a request that Pingora never sees, in the form its sender reads.

use std::str::from_utf8;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::domain::id::RequestId;
use crate::domain::locale::Locale;
use crate::domain::refusal::Refusal;
use crate::pages::{Desk, Face};

use super::super::settings::Hsts;

/// The whole answer as bytes. The connection ends with it.
pub fn bytes(desk: &Desk, seen: &[u8], request: RequestId, refusal: Refusal, hsts: Option<Hsts>) -> Vec<u8> {
    let headers = glimpse(seen);
    let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = accept.and_then(Locale::negotiate).unwrap_or_default();
    let answer = desk.refuse(&Face::of(&headers, locale, request), refusal);
    let status = answer.status();
    let mut out = format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or_default());
    out.push_str("Connection: close\r\n");
    if let Some(hsts) = hsts {
        out.push_str(&format!("Strict-Transport-Security: {}\r\n", hsts.value()));
    }
    let mut out = out.into_bytes();
    for (name, value) in answer.headers() {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    if !seen.starts_with(b"HEAD ") {
        out.extend_from_slice(answer.body());
    }
    out
}

/// The few fields that say how an answer should look, as far as they can be made out. They decide nothing else.
fn glimpse(seen: &[u8]) -> HeaderMap {
    let wanted = [header::ACCEPT, header::ACCEPT_LANGUAGE, HeaderName::from_static("sec-fetch-mode")];
    let mut headers = HeaderMap::new();
    for line in seen.split(|byte| *byte == b'\n').take(200) {
        let Some((name, value)) = from_utf8(line).ok().and_then(|line| line.trim().split_once(':')) else { continue };
        if let Some(known) = wanted.iter().find(|known| name.eq_ignore_ascii_case(known.as_str()))
            && let Ok(value) = HeaderValue::from_str(value.trim())
        {
            headers.insert(known, value);
        }
    }
    headers
}
