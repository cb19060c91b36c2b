//! Builds answers. Every one of ours has the same protective headers and the request's id.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::domain::id::RequestId;
use crate::domain::locale::Locale;

use super::refusals::Row;

/// The header that carries the request's id.
pub const REQUEST_ID: &str = "x-request-id";

/// Begins the `type` of every problem document (RFC 9457).
const PROBLEM: &str = "urn:sekisho:";

/// No third party, no inline script or style, no plug-in, no `<base>`; forms and frames stay on this site.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// On every answer. The referrer stays within the site, where it proves where a form came from.
const ALWAYS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// A page.
pub fn html(request: &RequestId, locale: Locale, status: StatusCode, page: String) -> Response<Bytes> {
    let mut answer = content(request, status, "text/html; charset=utf-8", page);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // For browsers that do not know `frame-ancestors`.
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    answer
}

pub fn json_of(request: &RequestId, status: StatusCode, body: &Value) -> Response<Bytes> {
    content(request, status, "application/json", body.to_string())
}

/// A problem document; `more` are members of this kind of problem.
pub fn problem(request: &RequestId, locale: Locale, row: &Row, more: &[(&str, Value)]) -> Response<Bytes> {
    let mut body = json!({
        "type": format!("{PROBLEM}{}", row.kind),
        "title": row.title,
        "status": row.status.as_u16(),
        "detail": row.detail,
        "request": request.as_str(),
    });
    let reason = row.reason.as_deref().map(|reason| ("reason", Value::from(reason)));
    for (name, value) in more.iter().cloned().chain(reason) {
        body[name] = value;
    }
    let mut answer = content(request, row.status, "application/problem+json", body.to_string());
    answer.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    retry_after(&mut answer, row.retry);
    answer
}

/// 303: the next request is a GET, whatever this one was. Anything that no header can carry leads to the start page.
pub fn see_other(request: &RequestId, place: &str) -> Response<Bytes> {
    let mut answer = content(request, StatusCode::SEE_OTHER, "", "");
    let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/"));
    answer.headers_mut().insert(header::LOCATION, place);
    answer
}

/// What a provider's API wants to read.
pub fn text(request: &RequestId, kind: &'static str, body: String) -> Response<Bytes> {
    content(request, StatusCode::OK, kind, body)
}

pub fn no_content(request: &RequestId) -> Response<Bytes> {
    let mut answer = content(request, StatusCode::NO_CONTENT, "", "");
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    answer
}

/// Anything else, with an empty `kind` for no body.
pub fn content(request: &RequestId, status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let body = body.into();
    let length = HeaderValue::from(body.len());
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_LENGTH, length);
    if !kind.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if let Ok(id) = HeaderValue::try_from(request.as_str()) {
        headers.insert(HeaderName::from_static(REQUEST_ID), id);
    }
    answer
}

pub fn retry_after(answer: &mut Response<Bytes>, seconds: Option<u64>) {
    if let Some(seconds) = seconds {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

pub fn cookie(answer: &mut Response<Bytes>, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
