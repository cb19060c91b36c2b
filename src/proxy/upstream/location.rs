//! The application's own address, which people never see: in what it answers it becomes the one that the caller used,
//! and in what a WebDAV client names as a destination the other way round.

use http::HeaderValue;
use http::header::{CONTENT_LOCATION, HeaderName, LOCATION, REFRESH, SET_COOKIE};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::*;

use crate::domain::host;
use crate::proxy::settings::Server;

/// Where WebDAV's COPY and MOVE go to (RFC 4918 §10.3).
pub const DESTINATION: &str = "destination";

/// Scheme, host and port; two spellings of one address are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    https: bool,
    host: String,
    port: u16,
}

impl Address {
    pub fn new(https: bool, authority: &str) -> Option<Address> {
        let bracket = authority.rfind(']').unwrap_or(0);
        let port = match authority[bracket..].rfind(':') {
            Some(at) if at + bracket + 1 < authority.len() => authority[bracket + at + 1..].parse().ok()?,
            _ if https => 443,
            _ => 80,
        };
        Some(Address { https, host: host::canonical(authority)?.into_owned(), port })
    }

    fn of(server: &Server) -> Address {
        Address { https: server.name.is_some(), host: server.host.clone(), port: server.port }
    }
}

/// An absolute URL, split after its authority; `https` is taken where it names no scheme.
fn split(url: &str, https: bool) -> Option<(Address, &str)> {
    let (https, rest) = match url.split_once("//")? {
        ("", rest) => (https, rest),
        (scheme, rest) if scheme.eq_ignore_ascii_case("http:") => (false, rest),
        (scheme, rest) if scheme.eq_ignore_ascii_case("https:") => (true, rest),
        _ => return None,
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    Some((Address::new(https, &rest[..end])?, &rest[end..]))
}

/// Whether there is anything in an answer that may name an address.
pub fn names_addresses(response: &ResponseHeader) -> bool {
    [LOCATION, CONTENT_LOCATION, REFRESH, SET_COOKIE].iter().any(|name| response.headers.contains_key(name))
}

/// Both sides of the gate, for one request.
pub struct Sides<'a> {
    /// The servers as they are configured.
    pub servers: &'a [Server],
    /// The address that the application was called by.
    pub called: Option<Address>,
    /// Scheme and authority as the caller has them: `https://records.example.jp`.
    pub public: &'a str,
}

impl Sides<'_> {
    /// The URL as the caller can use it, where it names an address of the application's own.
    fn outward(&self, url: &str) -> Option<String> {
        let https = self.servers.first().is_some_and(|server| server.name.is_some());
        let (address, rest) = split(url, https)?;
        let own = self.servers.iter().any(|server| Address::of(server) == address) || self.called == Some(address);
        own.then(|| format!("{}{rest}", self.public))
    }

    pub fn rewrite_response(&self, response: &mut ResponseHeader) -> Result<()> {
        for name in [LOCATION, CONTENT_LOCATION] {
            self.rewrite(response, &name, |url| self.outward(url))?;
        }
        self.rewrite(response, &REFRESH, |value| {
            let at = value.to_ascii_lowercase().find("url=")? + "url=".len();
            let (head, url) = value.split_at(at);
            let quote = url.chars().next().filter(|c| matches!(c, '"' | '\'')).map_or("", |c| &url[..c.len_utf8()]);
            Some(format!("{head}{quote}{}", self.outward(&url[quote.len()..])?))
        })?;
        self.free_cookies(response)
    }

    fn rewrite(
        &self,
        response: &mut ResponseHeader,
        name: &HeaderName,
        change: impl Fn(&str) -> Option<String>,
    ) -> Result<()> {
        let mut all = response.headers.get_all(name).iter();
        let (Some(value), None) = (all.next(), all.next()) else { return Ok(()) };
        match std::str::from_utf8(value.as_bytes()).ok().and_then(change) {
            Some(changed) => response.insert_header(name.clone(), changed),
            None => Ok(()),
        }
    }

    /// A cookie for a host that the browser never called would be thrown away; without its `Domain` it is for the host
    /// that was called. All other cookies stay as they are.
    fn free_cookies(&self, response: &mut ResponseHeader) -> Result<()> {
        let public = split(self.public, true).map(|(address, _)| address.host);
        let foreign = |part: &[u8]| {
            let part = part.trim_ascii();
            let Some((name, value)) = part.split_at_checked("domain=".len()) else { return false };
            let value = std::str::from_utf8(value).ok().map(|v| v.trim().trim_start_matches('.'));
            name.eq_ignore_ascii_case(b"domain=")
                && value.and_then(host::canonical).is_some_and(|host| {
                    public.as_deref() != Some(&*host) && self.servers.iter().any(|server| server.host == host)
                })
        };
        let tied = |v: &HeaderValue| v.as_bytes().split(|b| *b == b';').skip(1).any(foreign);
        if !response.headers.get_all(SET_COOKIE).iter().any(tied) {
            return Ok(());
        }
        let all: Vec<HeaderValue> = response.headers.get_all(SET_COOKIE).iter().cloned().collect();
        response.remove_header(&SET_COOKIE);
        for cookie in all {
            let parts = cookie.as_bytes().split(|b| *b == b';').enumerate();
            let kept: Vec<&[u8]> =
                parts.filter(|(at, part)| *at == 0 || !foreign(part)).map(|(_, part)| part).collect();
            response.append_header(SET_COOKIE, kept.join(b";".as_slice()))?;
        }
        Ok(())
    }
}

/// The path and query that a destination names on this site; `None` if it is on another, or unreadable.
pub fn destination<'a>(value: &'a HeaderValue, public: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(value.as_bytes()).ok()?;
    if text.starts_with('/') && !text.starts_with("//") {
        return Some(text);
    }
    let (site, _) = split(public, true)?;
    let (address, rest) = split(text, site.https)?;
    // A client behind somebody else's TLS may name either scheme.
    (address.host == site.host && rest.starts_with('/')).then_some(rest)
}

/// Names the destination by the address that the application was called by.
pub fn rewrite_destination(request: &mut RequestHeader, public: &str, called: &str) -> Result<()> {
    let Some(value) = request.headers.get(DESTINATION) else { return Ok(()) };
    match destination(value, public).map(|rest| format!("{called}{rest}")) {
        Some(inward) => request.insert_header("Destination", inward),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "location/tests.rs"]
mod tests;
