//! What the upstream is told: identity by us only, forwarding by us or a named proxy.

use std::borrow::Cow;
use std::net::IpAddr;

use http::header::{HOST, HeaderName, HeaderValue};
use pingora::http::RequestHeader;
use pingora::prelude::*;

use crate::domain::address;
use crate::domain::user::Identity;

use super::client::Origin;
use super::cookies::PASS_HEADER;
use super::decision::SECRET_HEADER;
use super::hops;
use super::settings::{FieldName, HeaderNames};

/// Names under which we are told, or tell, something ourselves.
const OURS: [&str; 4] = [PASS_HEADER, SECRET_HEADER, "sekisho-assertion", EMERGENCY_HEADER];
/// Tells an upstream that whoever asks came in with a sealed code.
pub const EMERGENCY_HEADER: &str = "sekisho-emergency";
/// Names by which a caller could choose another method or another path than the one that was judged, or another way out.
const OVERRIDES: [&str; 6] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
    // Nobody's header, but `HTTP_PROXY` to CGI programs, which then ask outwards through it (CVE-2016-5385).
    "proxy",
];
/// Names that say where a request came from; believed from named proxies only.
const FORWARDING: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-real-ip",
];

const X_FORWARDED_FOR: &str = "x-forwarded-for";
/// How every name begins that says so.
const FORWARDED: &str = "x-forwarded-";

/// A byte of a name as CGI, WSGI and PHP fold it: `X_User`, `X.User` and `x-user` are one variable there, and to some
/// servers (lighttpd) so is `x!user`.
fn fold(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}

/// Whether both are spellings of one name.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().map(fold).eq(other.bytes().map(fold))
}

/// Removes what only we may say, in every folded spelling, and what was meant for our connection alone. Runs after Pingora
/// dropped what `Connection` names, so nothing that is added later can be stripped by the client.
pub fn scrub(upstream: &mut RequestHeader, names: &HeaderNames, trusted: bool) {
    // Between HTTP/1.1 and an upstream Pingora ends hops by itself, but not between HTTP/2 and HTTP/2.
    let trailers = hops::takes_trailers(upstream);
    let ends = |name: &str| hops::is_hop(name) && !(trailers && name == "te");
    let doomed = |name: &HeaderName| {
        let name = name.as_str();
        ends(name) || is_ours(name, names) || (!trusted && is_forwarding(name))
    };
    for name in upstream.headers.keys().filter(|name| doomed(name)).cloned().collect::<Vec<_>>() {
        upstream.remove_header(&name);
    }
}

/// Whether `name`, which is in lower case, is one under which a caller could pass for us or for somebody else.
fn is_ours(name: &str, names: &HeaderNames) -> bool {
    let identity = [&names.user, &names.groups, &names.email, &names.name];
    if identity.into_iter().chain(&names.sources).any(|ours| same(name, ours.as_str())) {
        return true;
    }
    if is_plain(name) {
        return OURS.contains(&name) || OVERRIDES.contains(&name);
    }
    OURS.iter().chain(&OVERRIDES).any(|ours| same(name, ours)) || is_disguised(name)
}

fn is_forwarding(name: &str) -> bool {
    match name.as_bytes().first() {
        Some(b'x' | b'f') => {
            FORWARDING.iter().any(|known| same(name, known))
                || name.get(..FORWARDED.len()).is_some_and(|head| same(head, FORWARDED))
        }
        _ => false,
    }
}

/// Whether folding leaves the name, which is in lower case, as it is.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| fold(b) == b)
}

/// Names that have one plain spelling on the wire; another spelling of them is a disguise, whoever sends it.
fn is_disguised(name: &str) -> bool {
    let plain = FORWARDING.iter().chain(&["content-length", "transfer-encoding", "host", "cookie", "authorization"]);
    !is_plain(name) && plain.into_iter().any(|plain| same(name, plain))
}

/// Says where the request came from; with `standard`, in `Forwarded` (RFC 7239) too.
pub fn forwarded(
    upstream: &mut RequestHeader,
    peer: Option<IpAddr>,
    origin: &Origin,
    host: Option<&str>,
    standard: bool,
) -> Result<()> {
    // The peer of a Unix socket has no address to tell, nor has one whom a proxy could not name.
    let peer = peer.filter(|peer| !peer.is_unspecified());
    // Nobody else's word on it has come so far.
    let before = origin.trusted && upstream.headers.contains_key(X_FORWARDED_FOR);
    let chain = match (before, peer) {
        (false, None) => None,
        (false, Some(peer)) => {
            let mut text = Vec::with_capacity(40);
            address::append(&mut text, peer);
            Some(HeaderValue::try_from(text).or_err(InternalError, "an address")?)
        }
        (true, peer) => {
            let chain = chain(upstream, X_FORWARDED_FOR, peer.map(|peer| peer.to_string()));
            upstream.remove_header(X_FORWARDED_FOR);
            Some(HeaderValue::try_from(chain).or_err(InternalError, "what was a value before")?)
        }
    };
    if let Some(chain) = chain.filter(|chain| !chain.is_empty()) {
        upstream.insert_header("X-Forwarded-For", chain)?;
    }
    // What a named proxy said of it went into the origin, as far as it is believed.
    let proto = if origin.https { "https" } else { "http" };
    upstream.insert_header("X-Forwarded-Proto", HeaderValue::from_static(proto))?;
    if !(origin.trusted && upstream.headers.contains_key("x-forwarded-host")) {
        upstream.insert_header("X-Forwarded-Host", origin.authority.value().clone())?;
    }
    if standard {
        let hop = format!("for={};host={};proto={proto}", node(peer), quoted(origin.authority.as_str()));
        let chain = self::chain(upstream, "forwarded", Some(hop));
        upstream.insert_header("Forwarded", chain)?;
    }
    match host {
        Some(host) => upstream.insert_header(HOST, host),
        None if upstream.headers.get(HOST) == Some(origin.authority.value()) => Ok(()),
        None => upstream.insert_header(HOST, origin.authority.value().clone()),
    }
}

/// What earlier hops said, byte for byte, in one line with what we say.
fn chain(upstream: &RequestHeader, name: &'static str, ours: Option<String>) -> Vec<u8> {
    let before = upstream.headers.get_all(name).iter().map(|v| v.as_bytes().trim_ascii()).filter(|v| !v.is_empty());
    before.chain(ours.as_deref().map(str::as_bytes)).collect::<Vec<_>>().join(b", ".as_slice())
}

/// An address as RFC 7239 §6 writes it.
fn node(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("\"[{address}]\""),
        None => "unknown".to_owned(),
    }
}

/// A host as a value: a port or an IPv6 address makes it no token.
fn quoted(authority: &str) -> String {
    let token = authority.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    if token { authority.to_owned() } else { format!("\"{authority}\"") }
}

/// Says who is asking, on routes that know it.
pub fn identify(upstream: &mut RequestHeader, names: &HeaderNames, identity: Option<&Identity>) -> Result<()> {
    let Some(identity) = identity else { return Ok(()) };
    of_identity(names, identity).try_for_each(|(name, value)| upstream.insert_header(name.bytes(), value))
}

/// Says that it is emergency access, where it is.
pub fn mark_emergency(upstream: &mut RequestHeader, emergency: bool) -> Result<()> {
    match emergency {
        true => upstream.insert_header(EMERGENCY_HEADER, HeaderValue::from_static("1")),
        false => Ok(()),
    }
}

/// The headers that say who somebody is; what is not known has none.
pub fn of_identity<'a>(
    names: &'a HeaderNames,
    identity: &'a Identity,
) -> impl Iterator<Item = (&'a FieldName, HeaderValue)> {
    let groups = (!identity.groups.is_empty()).then(|| Cow::Owned(identity.groups.join(",")));
    let all = [
        (&names.user, Some(identity.login.as_str().into())),
        (&names.groups, groups),
        (&names.email, identity.email.as_deref().map(Cow::Borrowed)),
        (&names.name, identity.name.as_deref().map(Cow::Borrowed)),
    ];
    all.into_iter().filter_map(|(name, text)| Some((name, value(&text?))))
}

/// A name as a header value: UTF-8 as it is (what Authelia and others send); control characters cannot be in a name, and
/// are dropped all the same.
fn value(text: &str) -> HeaderValue {
    let fits = |b: u8| b >= 0x20 && b != 0x7f;
    let value = match text.bytes().all(fits) {
        true => HeaderValue::from_bytes(text.as_bytes()),
        false => HeaderValue::from_bytes(&text.bytes().filter(|b| fits(*b)).collect::<Vec<_>>()),
    };
    value.unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(sent: &[(&'static str, &'static str)], trusted: bool) -> Vec<String> {
        let mut header = RequestHeader::build("GET", b"/", None).expect("builds");
        for (name, value) in sent {
            header.append_header(*name, *value).expect("appends");
        }
        scrub(&mut header, &HeaderNames::default(), trusted);
        header.headers.keys().map(|k| k.as_str().to_owned()).collect()
    }

    #[test]
    fn no_spelling_of_an_identity_header_gets_through() {
        let spellings = [
            ("Remote-User", "x"),
            ("remote_user", "x"),
            ("REMOTE.USER", "x"),
            ("Remote_Groups", "x"),
            ("remote-email", "x"),
            ("Remote.Name", "x"),
            ("Sekisho-Pass", "x"),
            ("Sekisho_Assertion", "x"),
            ("Sekisho-Emergency", "1"),
            ("sekisho_emergency", "1"),
            ("Sekisho-Decision-Secret", "x"),
            ("X-HTTP-Method-Override", "DELETE"),
            ("X-Original-URL", "/admin"),
            ("X_Rewrite_Url", "/admin"),
            ("X_Forwarded_For", "1.2.3.4"),
            ("X.Real.IP", "1.2.3.4"),
            ("Content_Length", "3"),
            ("Transfer.Encoding", "chunked"),
            ("Remote!User", "x"),
            ("remote~user", "x"),
            ("X+Forwarded|For", "1.2.3.4"),
            ("Content'Length", "3"),
            ("Proxy", "http://192.0.2.1/"),
        ];
        assert!(left(&spellings, true).is_empty(), "{:?}", left(&spellings, true));
        assert_eq!(
            left(&[("X-Custom", "1"), ("Authorization", "Basic x"), ("X_App", "1")], false),
            ["x-custom", "authorization", "x_app"]
        );
    }

    #[test]
    fn a_name_is_sent_as_it_is_but_for_what_would_end_the_line() {
        for (name, sent) in [("Alice 山田", "Alice 山田"), ("a\r\nB: c\0", "aB: c"), ("tab\there", "tabhere"), ("", "")]
        {
            assert_eq!(value(name).as_bytes(), sent.as_bytes());
        }
    }

    #[test]
    fn only_the_understanding_of_trailers_is_handed_on_of_what_ends_here() {
        for (te, left) in [("trailers", 1), ("Trailers", 1), ("gzip", 0), ("gzip, trailers", 0)] {
            let sent = [("TE", te), ("Proxy-Authorization", "Basic x"), ("Keep-Alive", "1"), ("Trailer", "X-Sum")];
            assert_eq!(self::left(&sent, true).len(), left, "{te}");
        }
    }

    #[test]
    fn a_chain_keeps_what_earlier_hops_wrote_byte_for_byte() {
        let mut header = RequestHeader::build("GET", b"/", None).expect("builds");
        for line in [&b"198.51.100.7, \xe9vil"[..], b"10.0.0.2"] {
            header.append_header("X-Forwarded-For", line).expect("appends");
        }
        let all = chain(&header, "x-forwarded-for", Some("10.0.0.1".to_owned()));
        assert_eq!(all, b"198.51.100.7, \xe9vil, 10.0.0.2, 10.0.0.1");
        assert_eq!(chain(&header, "forwarded", Some("for=x".to_owned())), b"for=x");
    }

    #[test]
    fn addresses_and_hosts_are_written_as_rfc_7239_wants_it() {
        let node = |text: &str| node(Some(text.parse().expect("an address")));
        assert_eq!(node("192.0.2.1"), "192.0.2.1");
        assert_eq!(node("2001:db8::1"), "\"[2001:db8::1]\"");
        assert_eq!(quoted("records.example.jp"), "records.example.jp");
        assert_eq!(quoted("records.example.jp:8443"), "\"records.example.jp:8443\"");
        assert_eq!(quoted("[::1]"), "\"[::1]\"");
    }

    #[test]
    fn forwarding_headers_are_kept_from_named_proxies_only() {
        let sent = [
            ("X-Forwarded-For", "1.2.3.4"),
            ("Forwarded", "for=1.2.3.4"),
            ("X-Real-IP", "1.2.3.4"),
            ("X-Forwarded-Prefix", "/x"),
        ];
        assert!(left(&sent, false).is_empty());
        assert_eq!(left(&sent, true).len(), 4);
    }
}
