//! Makes hosts, addresses, networks, methods and URLs of what a key holds.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use http::HeaderName;
use ipnet::IpNet;
use url::{Host, Url};

use crate::domain::host;

use super::diagnostic::Code;
use super::reader::{Item, Shape};
use super::source::Place;

/// Scheme and authority of a URL that has nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub https: bool,
    /// Canonical: lower case, IPv6 in brackets.
    pub host: String,
    /// The one that the scheme implies, if none was written.
    pub port: u16,
    /// Without a trailing slash, and without the port that the scheme implies.
    pub text: String,
}

impl Origin {
    pub fn is_loopback(&self) -> bool {
        let address = self.host.trim_matches(['[', ']']).parse::<IpAddr>();
        self.host == "localhost" || self.host.ends_with(".localhost") || address.is_ok_and(|a| a.is_loopback())
    }

    pub fn is_address(&self) -> bool {
        self.host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
    }
}

/// A URL of scheme, host and port only; `like` is an example of one.
pub fn origin<'a>(like: &'static str) -> impl Fn(Item<'a>) -> Option<Origin> {
    move |item| {
        let url = web(like)(item)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            let message = format!("`{}` has a path", item.key);
            let expected = format!("expected scheme, host and port only, as in {like}");
            return item.tell(Code::BadValue, message, |d| d.expected(expected));
        }
        let https = url.scheme() == "https";
        let host = url.host_str().and_then(host::canonical)?.into_owned();
        let port = url.port_or_known_default()?;
        let written = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let text = format!("{}://{host}{written}", url.scheme());
        Some(Origin { https, host, port, text })
    }
}

/// An `http` or `https` URL without user name and password.
pub fn web<'a>(like: &'static str) -> impl Fn(Item<'a>) -> Option<Url> {
    move |item| {
        let shape: Shape<'_> = ("a URL", like);
        let text = item.text(shape)?;
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(_) if text.contains('@') => {
                item.reader.hide(item.place());
                return item.bad(shape);
            }
            Err(_) => return item.bad(shape),
        };
        if !url.username().is_empty() || url.password().is_some() {
            item.reader.hide(item.place());
            return item.tell(Code::BadValue, format!("`{}` has a user name or password in it", item.key), |d| d);
        }
        let known = matches!(url.scheme(), "http" | "https") && text.contains("://");
        let host = url.host_str().and_then(host::canonical);
        if known && host.is_some() && url.port() != Some(0) { Some(url) } else { item.bad(shape) }
    }
}

/// A host that is served: a name or an address, without a port.
pub fn served_host(item: Item<'_>) -> Option<String> {
    let shape = ("a host", "\"records.example.jp\"");
    let text = item.text(shape)?;
    if text.contains('*') {
        let message = format!("`{}` names hosts one by one", item.key);
        return item.tell(Code::BadValue, message, |d| d.expected("no `*` here"));
    }
    plain_host(text).or_else(|| item.bad(shape))
}

/// A host as a route names it: `*.example.jp` stands for every host below `example.jp`.
pub fn route_host(item: Item<'_>) -> Option<String> {
    let shape = ("a host", "\"records.example.jp\" or \"*.example.jp\"");
    let text = item.text(shape)?;
    let read = match text.strip_prefix("*.") {
        Some(rest) => plain_host(rest).map(|host| format!("*.{host}")),
        None => plain_host(text),
    };
    read.or_else(|| item.bad(shape))
}

fn plain_host(text: &str) -> Option<String> {
    let bare = text.starts_with('[') || !text.contains(':');
    let ascii = Host::parse(text).ok()?.to_string();
    host::canonical(&ascii).filter(|_| bare).map(Cow::into_owned)
}

pub fn address(item: Item<'_>) -> Option<SocketAddr> {
    let shape = ("an address with a port", "\"0.0.0.0:443\" or \"[::]:443\"");
    let text = item.text(shape)?;
    match text.parse() {
        Ok(address) => Some(address),
        Err(_) if text.split(':').next().is_some_and(|host| host.contains(|c: char| c.is_ascii_alphabetic())) => {
            let message = format!("`{}` has a name in it", item.key);
            item.tell(Code::BadValue, message, |d| d.expected("expected an IP address, as in \"127.0.0.1:8080\""))
        }
        Err(_) => item.bad(shape),
    }
}

/// A network, or an address that stands for itself alone.
pub fn network(item: Item<'_>) -> Option<IpNet> {
    let shape = ("a network", "\"10.0.0.0/8\", \"2001:db8::/32\" or \"192.0.2.1\"");
    let text = item.text(shape)?;
    let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    net.map(|net| net.trunc()).or_else(|| item.bad(shape))
}

/// Everything RFC 9110 and WebDAV with its kin define, but for CONNECT and TRACE.
const METHODS: [&str; 33] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SUBSCRIBE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLOCK",
    "UNSUBSCRIBE",
    "UPDATE",
];

pub fn method(item: Item<'_>) -> Option<String> {
    let text = item.text(("a method", "\"GET\""))?;
    if METHODS.contains(&text) {
        return Some(text.to_owned());
    }
    let message = format!("`{}` cannot have \"{}\"", item.key, text.escape_debug());
    let upper = text.to_uppercase();
    if matches!(upper.as_str(), "CONNECT" | "TRACE") {
        return item.tell(Code::BadValue, message, |d| d.help("it opens a way around every rule"));
    }
    item.tell(Code::BadValue, message, |d| {
        let d = d.nearest(&upper, METHODS);
        match d.nearest.clone() {
            Some(name) => d.expected(format!("did you mean \"{name}\"?")),
            None => d.expected("expected a method of HTTP or WebDAV"),
        }
    })
}

/// A header name that an upstream can be told something under.
pub fn header_name(item: Item<'_>) -> Option<String> {
    let shape = ("a header name", "\"Remote-User\"");
    let text = item.text(shape)?;
    HeaderName::try_from(text).ok().map(|_| text.to_owned()).or_else(|| item.bad(shape))
}

/// Whether codes or secrets on their way to this URL could be read by others.
pub fn is_open(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && !loopback
}

/// The query of a URL that stands at `place`, where providers like to have their keys.
pub fn query_place(item: Item<'_>) -> Option<Place> {
    let source = item.reader.sources.get(item.place())?;
    let at = source.text.get(item.place().span())?.find('?')?;
    Some(Place { start: item.place().start + at + 1, ..item.place() })
}
