//! A header field in which a proxy in front of us says who is calling.

use crate::domain::challenge::FirstFactor;
use crate::gate::introduce::Evidence;

use super::Read;
use super::settings::Header;

/// Believed only from whom it may come; there it stands exactly once. From anybody else it is not even looked at: whoever
/// sends it there is a stranger like all others.
pub(super) fn read(header: &Header, evidence: &Evidence) -> Read {
    let believed = match header.from.as_slice() {
        [] => evidence.trusted,
        networks => evidence.peer.is_some_and(|peer| networks.iter().any(|net| net.contains(&peer.to_canonical()))),
    };
    if !believed {
        return Read::Nothing;
    }
    let mut lines = evidence.lines(&header.field);
    match (lines.next(), lines.next()) {
        (None, _) => Read::Nothing,
        (Some(_), Some(_)) => Read::refused("the header is there twice"),
        (Some(line), None) => match std::str::from_utf8(line).map(str::trim) {
            // What a proxy sends for somebody whom it does not know.
            Ok("") => Read::Nothing,
            Ok(name) => Read::Name(name.to_owned(), FirstFactor::Vouched),
            Err(_) => Read::refused("the header is not UTF-8"),
        },
    }
}
