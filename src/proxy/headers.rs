//! What the upstream is told: identity by us only, forwarding by us or a named proxy.

use pingora::http::RequestHeader;
use pingora::prelude::*;
use pingora::proxy::Session;

use crate::domain::user::Identity;

use super::client::{self, Origin};
use super::cookies::PASS_HEADER;
use super::decision::SECRET_HEADER;
use super::settings::HeaderNames;

/// Names by which a caller could choose another method or another path than the one that was judged.
const OVERRIDES: [&str; 5] =
    ["x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"];
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

/// A name as CGI, WSGI and PHP fold it: `X_User`, `X.User` and `x-user` are one variable there.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

/// Removes, in every folded spelling, what only we may say. Runs after Pingora dropped what `Connection` names, so
/// nothing that is added later can be stripped by the client.
pub fn scrub(upstream: &mut RequestHeader, names: &HeaderNames, trusted: bool) {
    let mut ours: Vec<String> =
        [&names.user, &names.groups, &names.email, &names.name].into_iter().map(|n| folded(n)).collect();
    ours.extend([PASS_HEADER, SECRET_HEADER, "sekisho-assertion"].map(str::to_owned));
    ours.extend(OVERRIDES.map(str::to_owned));
    let forwarding = |name: &str| FORWARDING.contains(&name) || name.starts_with("x-forwarded-");
    let doomed: Vec<http::HeaderName> = upstream
        .headers
        .keys()
        .filter(|name| {
            let folded = folded(name.as_str());
            let disguised = folded != name.as_str() && is_ours_always(&folded);
            ours.contains(&folded) || disguised || (!trusted && forwarding(&folded))
        })
        .cloned()
        .collect();
    for name in doomed {
        upstream.remove_header(&name);
    }
}

/// Names that have one plain spelling on the wire; another spelling of them is a disguise, whoever sends it.
fn is_ours_always(folded: &str) -> bool {
    FORWARDING.contains(&folded)
        || ["content-length", "transfer-encoding", "host", "cookie", "authorization"].contains(&folded)
}

/// Says where the request came from.
pub fn forwarded(upstream: &mut RequestHeader, session: &Session, origin: &Origin, host: Option<&str>) -> Result<()> {
    let peer = client::peer(session).map(|address| address.to_string());
    let before = upstream
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .collect::<Vec<_>>()
        .join(", ");
    let chain: Vec<String> = [Some(before).filter(|b| !b.is_empty()), peer].into_iter().flatten().collect();
    upstream.remove_header("x-forwarded-for");
    upstream.insert_header("X-Forwarded-For", chain.join(", "))?;
    // What a named proxy said of it went into the origin, as far as it is believed.
    upstream.insert_header("X-Forwarded-Proto", if origin.https { "https" } else { "http" })?;
    if !upstream.headers.contains_key("x-forwarded-host") {
        upstream.insert_header("X-Forwarded-Host", origin.authority.as_str())?;
    }
    upstream.insert_header(http::header::HOST, host.unwrap_or(&origin.authority))?;
    Ok(())
}

/// Says who is asking, on routes that know it.
pub fn identify(upstream: &mut RequestHeader, names: &HeaderNames, identity: Option<&Identity>) -> Result<()> {
    let Some(identity) = identity else { return Ok(()) };
    for (name, value) in of_identity(names, identity) {
        upstream.insert_header(name.to_owned(), value)?;
    }
    Ok(())
}

/// The headers that say who somebody is; what is not known has none.
pub fn of_identity<'a>(names: &'a HeaderNames, identity: &Identity) -> Vec<(&'a str, Vec<u8>)> {
    let groups = (!identity.groups.is_empty()).then(|| identity.groups.join(","));
    let all = [
        (&names.user, Some(&identity.login)),
        (&names.groups, groups.as_ref()),
        (&names.email, identity.email.as_ref()),
        (&names.name, identity.name.as_ref()),
    ];
    all.into_iter().filter_map(|(name, text)| Some((name.as_str(), value(text?)))).collect()
}

/// A name as a header value: UTF-8 as it is (what Authelia and others send); control characters cannot be in a name, and
/// are dropped all the same.
fn value(text: &str) -> Vec<u8> {
    text.bytes().filter(|b| *b >= 0x20 && *b != 0x7f).collect()
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
            ("Sekisho-Decision-Secret", "x"),
            ("X-HTTP-Method-Override", "DELETE"),
            ("X-Original-URL", "/admin"),
            ("X_Rewrite_Url", "/admin"),
            ("X_Forwarded_For", "1.2.3.4"),
            ("X.Real.IP", "1.2.3.4"),
            ("Content_Length", "3"),
            ("Transfer.Encoding", "chunked"),
        ];
        assert!(left(&spellings, true).is_empty(), "{:?}", left(&spellings, true));
        assert_eq!(
            left(&[("X-Custom", "1"), ("Authorization", "Basic x"), ("X_App", "1")], false),
            ["x-custom", "authorization", "x_app"]
        );
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
