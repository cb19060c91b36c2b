//! `Authorization: Basic` (RFC 7617): a name and a password, judged as if they had been typed into our page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::domain::secret::Secret;
use crate::gate::introduce::{Evidence, Finding};
use crate::gate::seams::Claim;

use super::Read;

pub(super) fn read(evidence: &Evidence) -> Read {
    let encoded = match credentials(evidence, "basic") {
        Ok(None) => return Read::Nothing,
        Ok(Some(encoded)) => encoded,
        Err(why) => return Read::refused(why),
    };
    let clear = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()).map(Zeroizing::new);
    let Some((login, password)) = clear.as_ref().and_then(|clear| clear.split_once(':')) else {
        return Read::refused("the credentials cannot be read");
    };
    Read::Whole(Finding::Claimed(Claim { login: login.to_owned(), password: Some(Secret::new(password.to_owned())) }))
}

/// What `Authorization` carries for this scheme, if it is there for it; exactly once.
pub(super) fn credentials<'a>(evidence: &'a Evidence, scheme: &str) -> Result<Option<&'a str>, &'static str> {
    let mut lines = evidence.lines("authorization");
    let line = match (lines.next(), lines.next()) {
        (None, _) => return Ok(None),
        (Some(_), Some(_)) => return Err("`Authorization` is there twice"),
        (Some(line), None) => std::str::from_utf8(line).map_err(|_| "`Authorization` is not text")?,
    };
    let Some((named, rest)) = line.trim().split_once(' ') else { return Ok(None) };
    Ok(named.eq_ignore_ascii_case(scheme).then(|| rest.trim()))
}
