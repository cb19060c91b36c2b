//! How revocations are written down.

use crate::domain::id::{PassId, SessionId, UserId};
use crate::gate::seams::{Revoked, StoreError};

/// The kind and the id; `all` has none.
pub fn name(what: &Revoked) -> (&'static str, &str) {
    match what {
        Revoked::Pass(id) => ("pass", id.as_str()),
        Revoked::Session(id) => ("session", id.as_str()),
        Revoked::User(id) => ("user", id.as_str()),
        Revoked::All => ("all", ""),
    }
}

/// A revocation that cannot be read might be of anything: better to stay closed than to overlook it.
pub fn parse(kind: &str, id: &str) -> Result<Revoked, StoreError> {
    let what = match kind {
        "pass" => PassId::parse(id).map(Revoked::Pass),
        "session" => SessionId::parse(id).map(Revoked::Session),
        "user" => UserId::parse(id).map(Revoked::User),
        "all" => Some(Revoked::All),
        _ => None,
    };
    what.ok_or_else(|| unknown(&format!("{kind} {id}")))
}

pub fn unknown(line: &str) -> StoreError {
    StoreError(format!("revocation {line} is unknown to this version"))
}
