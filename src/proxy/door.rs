//! Reads a request into facts, and writes answers of ours.

use std::borrow::Cow;
use std::str::from_utf8;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use pingora::http::ResponseHeader;
use pingora::prelude::*;
use pingora::proxy::Session;

use crate::domain::host;
use crate::domain::id::RequestId;
use crate::domain::locale::Locale;
use crate::domain::path::RequestPath;
use crate::domain::refusal::Refusal;
use crate::domain::route::Facts;
use crate::domain::secret::Secret;
use crate::gate::Caller;
use crate::pages::Face;
use crate::pages::cookies as names;

use super::arrival::Arrival;
use super::client::{self, Authority, Origin};
use super::intake::SMALL;
use super::{Ctx, Gateway, Response, cookies, evidence, wire};

/// How long the rest of a body is waited for that nobody wants.
const REST_TIME: Duration = Duration::from_millis(500);

/// What a decision needs of a request, read where it stands: an ordinary request is judged without a copy of it.
pub struct Ask<'a> {
    pub method: Cow<'a, str>,
    /// Canonical.
    pub host: Cow<'a, str>,
    /// Path and query as sent; what is not ASCII, percent-encoded.
    pub target: Cow<'a, str>,
    pub path: RequestPath,
    pub origin: Origin,
    pub token: Option<Cow<'a, str>>,
}

/// What a request asks for, as it was sent.
pub struct Line<'a> {
    pub method: &'a str,
    pub authority: &'a str,
    pub target: &'a [u8],
}

impl<'a> Ask<'a> {
    /// Judges form only: what has no single reading is refused before any rule sees it.
    pub fn read(gateway: &Gateway, session: &'a Session, arrival: &Arrival) -> Result<Ask<'a>, Refusal> {
        let header = session.req_header();
        wire::check(header, session.is_http2(), &gateway.settings.limits)?;
        let authority = wire::authority(header, session.is_http2())?;
        let origin = client::origin(header, arrival, Authority::of(header, authority), gateway);
        let line = Line { method: header.method.as_str(), authority, target: header.raw_path() };
        Ask::of(gateway, line, origin, cookies::token(header, gateway.secure))
    }

    /// The same for a request however it became known.
    pub fn of(gateway: &Gateway, line: Line<'a>, origin: Origin, token: Option<&'a str>) -> Result<Ask<'a>, Refusal> {
        let Line { method, authority, target } = line;
        if !gateway.settings.methods.iter().any(|known| known == method) {
            return Err(Refusal::Method);
        }
        // Whoever stands in front of us may be believed about another host.
        let host = match origin.authority.as_str() {
            same if same == authority => host::canonical(authority),
            other => host::canonical(other).map(|host| Cow::Owned(host.into_owned())),
        };
        let host = host.ok_or(Refusal::Malformed("the host is not valid"))?;
        let path = RequestPath::read(target).map_err(Refusal::Path)?;
        Ok(Ask { method: method.into(), host, target: in_ascii(target), path, origin, token: token.map(Cow::Borrowed) })
    }

    /// For who goes on while the request it was read from changes.
    pub fn into_owned(self) -> Ask<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let Ask { method, host, target, path, origin, token } = self;
        Ask { method: own(method), host: own(host), target: own(target), path, origin, token: token.map(own) }
    }

    /// What rules look at.
    pub fn facts(&self) -> Facts<'_> {
        Facts { method: &self.method, host: &self.host, path: &self.path, client: self.origin.client }
    }
}

/// Brings `GET http://host/path` into the form that rules and upstreams know. Both hosts must be the same one; what is
/// judged afterwards is what is forwarded (RFC 9112 §3.2.2).
pub fn to_origin_form(session: &mut Session) -> Result<(), Refusal> {
    let header = session.req_header();
    let Some(rest) = beyond_scheme(header.raw_path()).filter(|_| !session.is_http2()) else { return Ok(()) };
    let cut = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(cut);
    let named = from_utf8(authority).ok().and_then(host::canonical);
    let same = named.is_some() && named == wire::authority(header, false).ok().and_then(host::canonical);
    if !same || !(path.is_empty() || path.starts_with(b"/")) {
        return Err(Refusal::Malformed("the target names another host than `Host`"));
    }
    let path = if path.is_empty() { b"/".to_vec() } else { path.to_vec() };
    session.req_header_mut().set_raw_path(&path).map_err(|_| Refusal::Malformed("the target is no path"))
}

fn beyond_scheme(target: &[u8]) -> Option<&[u8]> {
    let starts = |scheme: &str| target.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme.as_bytes()));
    ["http://", "https://"].into_iter().find(|scheme| starts(scheme)).map(|scheme| &target[scheme.len()..])
}

/// `OPTIONS *`.
pub fn asks_for_all(session: &Session) -> bool {
    let header = session.req_header();
    header.method == http::Method::OPTIONS && header.raw_path() == b"*"
}

/// The target as it can stand in an address of ours: old clients send Japanese raw, in whatever character set, and its
/// bytes may look like ASCII.
fn in_ascii(target: &[u8]) -> Cow<'_, str> {
    if let (true, Ok(text)) = (target.is_ascii(), from_utf8(target)) {
        return text.into();
    }
    let mut text = String::with_capacity(target.len());
    let mut after = false;
    for byte in target {
        match byte {
            b'\\' if after => text.push_str("%5C"),
            0x80.. => text.push_str(&format!("%{byte:02X}")),
            _ => text.push(char::from(*byte)),
        }
        after = *byte >= 0x80;
    }
    text.into()
}

/// How the caller wants to be answered.
pub fn face(session: &Session, request: RequestId) -> Face {
    Face::of(&session.req_header().headers, locale(session), request)
}

/// The language that somebody chose, else the one that their browser asks for.
pub fn locale(session: &Session) -> Locale {
    let cookie = |name: &&str| cookies::single(session.req_header(), name);
    let chosen = names::LANGUAGE_NAMES.iter().find_map(cookie);
    if let Some(locale) = Locale::ALL.into_iter().find(|locale| Some(locale.tag()) == chosen) {
        return locale;
    }
    let accept = session.req_header().headers.get(http::header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    accept.and_then(Locale::negotiate).unwrap_or_default()
}

/// The caller, as pages know them.
pub fn caller(gateway: &Gateway, session: &Session, ctx: &Ctx, ask: &Ask<'_>) -> Caller {
    let cookie = |name| cookies::single(session.req_header(), name).map(|value| Secret::new(value.to_owned()));
    Caller {
        client: ask.origin.client,
        request: ctx.request.clone(),
        browser: cookie(names::browser_name(gateway.secure)),
        device: cookie(names::device_name(gateway.secure)),
        token: ask.token.as_ref().map(|token| Secret::new(token.to_string())),
        locale: locale(session),
        arrived: gateway.gate.mono(),
        evidence: Arc::new(evidence::of(gateway, session, ctx, &ask.origin)),
    }
}

/// The request as pages read it.
pub fn request(session: &Session, ask: &Ask<'_>, body: Bytes) -> http::Request<Bytes> {
    let mut request = http::Request::new(body);
    *request.method_mut() = session.req_header().method.clone();
    // The target was read as a path already; one that http cannot hold becomes a path that nothing serves.
    *request.uri_mut() = ask.target.parse().unwrap_or_default();
    *request.headers_mut() = session.req_header().headers.clone();
    request.headers_mut().insert(http::header::HOST, ask.origin.authority.value().clone());
    request
}

/// Sends an answer. A request whose body was not read to its end takes its connection with it, so that no byte of that
/// body is ever taken for another request.
pub async fn write(session: &mut Session, response: Response) -> Result<()> {
    let (parts, body) = response.into_parts();
    let mut header = ResponseHeader::build(parts.status, Some(parts.headers.len() + 1))?;
    for (name, value) in &parts.headers {
        header.append_header(name.clone(), value.clone())?;
    }
    if parts.status != http::StatusCode::NO_CONTENT {
        header.insert_header(http::header::CONTENT_LENGTH, body.len())?;
    }
    if !session.is_http2() && !session.is_body_done() {
        session.set_keepalive(None);
    }
    let bare = session.req_header().method == http::Method::HEAD || body.is_empty();
    session.write_response_header(Box::new(header), bare).await?;
    if !bare {
        session.write_response_body(Some(body), true).await?;
    }
    if !session.is_body_done() {
        take_rest(session).await;
    }
    Ok(())
}

/// Where a body is left unread, HTTP/2 resets the stream and TCP the connection, and some clients then forget the answer
/// that they have. What is on its way already is therefore waited for, if it is little and soon there.
async fn take_rest(session: &mut Session) {
    let rest = async {
        let mut left = SMALL;
        while let Ok(Some(part)) = session.read_request_body().await {
            match left.checked_sub(part.len()) {
                Some(fewer) => left = fewer,
                None => return,
            }
        }
    };
    // Too late is as good as too much.
    let _ = tokio::time::timeout(REST_TIME, rest).await;
}
