//! What else a request has to meet that a rule would let through: its size, the site that opened its socket, and the
//! other resource that it names.

use std::str::from_utf8;

use http::header::{CONTENT_LENGTH, ORIGIN};
use pingora::proxy::Session;

use crate::domain::host;
use crate::domain::path::RequestPath;
use crate::domain::permit::Permit;
use crate::domain::refusal::Refusal;
use crate::domain::route::{Facts, Need};
use crate::gate::admit::Admission;

use super::Gateway;
use super::door::Ask;
use super::upstream::location::{DESTINATION, destination};
use super::upstream::public;

/// Looks a second time at what would be forwarded.
pub fn look(gateway: &Gateway, session: &Session, ask: &Ask<'_>, permit: Permit) -> Admission {
    if announced(session).is_some_and(|bytes| permit.route().bounds.body.is_some_and(|limit| bytes > limit)) {
        return Admission::Refuse(Refusal::BodyTooLarge);
    }
    let guarded = matches!(permit.route().need, Need::Otp(_));
    // Browsers send cookies along when any site opens a WebSocket, and show that site what comes back.
    if guarded && session.as_downstream().is_upgrade_req() && is_foreign(session, ask) {
        return Admission::Refuse(Refusal::CrossSite);
    }
    match &*ask.method {
        "COPY" | "MOVE" => judge_destination(gateway, session, ask, permit),
        _ => Admission::Forward(permit),
    }
}

/// The size that a body is said to have.
fn announced(session: &Session) -> Option<u64> {
    session.req_header().headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_foreign(session: &Session, ask: &Ask<'_>) -> bool {
    let said = session.req_header().headers.get_all(ORIGIN);
    let scheme = if ask.origin.https { "https" } else { "http" };
    let ours = |origin: &str| {
        let authority = origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
        authority.is_some_and(|authority| same(authority, ask.origin.authority.as_str(), ask.origin.https))
    };
    // Programs that are no browsers say nothing, and have no cookies of somebody else.
    said.iter().any(|value| !from_utf8(value.as_bytes()).is_ok_and(ours))
}

fn same(one: &str, other: &str, https: bool) -> bool {
    let port = if https { ":443" } else { ":80" };
    let plain = |authority: &str| authority.strip_suffix(port).unwrap_or(authority).to_ascii_lowercase();
    host::canonical(one).is_some() && plain(one) == plain(other)
}

/// A destination is written to: it needs the same leave as the place that is read, and lies at the same upstream.
fn judge_destination(gateway: &Gateway, session: &Session, ask: &Ask<'_>, permit: Permit) -> Admission {
    let refuse = |how| Admission::Refuse(Refusal::Malformed(how));
    let mut all = session.req_header().headers.get_all(DESTINATION).iter();
    let value = match (all.next(), all.next()) {
        (None, _) => return Admission::Forward(permit),
        (Some(_), Some(_)) => return refuse("there are several Destination fields"),
        (Some(value), None) => value,
    };
    let Some(target) = destination(value, &public(&ask.origin)) else {
        return refuse("the Destination is not on this site");
    };
    let path = match RequestPath::read(target.as_bytes()) {
        Ok(path) => path,
        Err(fault) => return Admission::Refuse(Refusal::Path(fault)),
    };
    let facts = Facts { path: &path, ..ask.facts() };
    match gateway.gate.admit(&facts, ask.token.as_deref()) {
        Admission::Forward(other) if other.upstream() == permit.upstream() => Admission::Forward(permit),
        Admission::Forward(_) | Admission::Form(_) | Admission::Desk => Admission::Refuse(Refusal::Denied),
        no => no,
    }
}
