//! Connections that carry somebody's identity. NTLM and Negotiate authenticate a connection, not a request: whoever
//! comes over it later is taken for the same person. So a client that speaks them gets upstream connections of its own,
//! for as long as its own connection lives, and nobody else is ever given one of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, WWW_AUTHENTICATE};

use crate::domain::id::SessionId;

/// Below this are the groups that a whole upstream shares.
const FIRST: u64 = 1 << 32;
static NEXT: AtomicU64 = AtomicU64::new(FIRST);

/// Ties one client connection to upstream connections of its own.
#[derive(Debug, Clone)]
pub struct Bond {
    pub group: u64,
    /// Whose pass came along; another one's ends the bond.
    holder: Option<SessionId>,
    /// Where it is tied to, by upstream.
    seats: Vec<(String, SocketAddr)>,
}

impl Bond {
    pub fn new(holder: Option<&SessionId>) -> Bond {
        Bond { group: NEXT.fetch_add(1, Ordering::Relaxed), holder: holder.cloned(), seats: Vec::new() }
    }

    /// What a request goes on with: the bond of the connection that it came over, a new one, or none.
    pub fn go_on(before: Option<Bond>, asks: bool, holder: Option<&SessionId>) -> Option<Bond> {
        let another = |bond: &Bond| matches!((&bond.holder, holder), (Some(old), Some(new)) if old != new);
        match before.filter(|bond| !another(bond)) {
            Some(bond) => Some(Bond { holder: holder.cloned().or(bond.holder), ..bond }),
            None => asks.then(|| Bond::new(holder)),
        }
    }

    pub fn seat(&self, upstream: &str) -> Option<SocketAddr> {
        self.seats.iter().find(|(name, _)| name == upstream).map(|(_, address)| *address)
    }

    pub fn take(&mut self, upstream: &str, address: SocketAddr) {
        self.seats.retain(|(name, _)| name != upstream);
        self.seats.push((upstream.to_owned(), address));
    }
}

/// Whether a request authenticates the connection that it goes over.
pub fn asks(request: &HeaderMap) -> bool {
    names(request, &AUTHORIZATION)
}

/// Whether an answer wants the connection to be authenticated.
pub fn wants(response: &HeaderMap) -> bool {
    names(response, &WWW_AUTHENTICATE)
}

fn names(headers: &HeaderMap, field: &HeaderName) -> bool {
    let schemes = |value: &[u8]| value.split(|b| *b == b',').any(is_bound);
    headers.get_all(field).iter().any(|value| schemes(value.as_bytes()))
}

fn is_bound(challenge: &[u8]) -> bool {
    let scheme = challenge.trim_ascii().split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let known: [&[u8]; 4] = [b"ntlm", b"negotiate", b"nego2", b"kerberos"];
    known.iter().any(|name| scheme.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, http::HeaderValue::from_str(value).expect("a value"))])
    }

    #[test]
    fn schemes_are_told_by_their_name_whatever_its_case() {
        for bound in ["NTLM TlRMTVNTUAAB", "negotiate YII=", "Negotiate", "  ntlm  x"] {
            assert!(asks(&with(AUTHORIZATION, bound)), "{bound}");
        }
        for free in ["Basic TlRMTQ==", "Bearer ntlm", "", "NTLMx y"] {
            assert!(!asks(&with(AUTHORIZATION, free)), "{free}");
        }
        assert!(wants(&with(WWW_AUTHENTICATE, "Basic realm=\"a\", NTLM")));
        assert!(!wants(&with(WWW_AUTHENTICATE, "Basic realm=\"NTLM\"")));
    }

    #[test]
    fn a_bond_is_kept_by_its_connection_and_ends_with_its_person() {
        let (alice, bob) = (SessionId::from_random([1; 16]), SessionId::from_random([2; 16]));
        assert!(Bond::go_on(None, false, Some(&alice)).is_none());
        let first = Bond::go_on(None, true, Some(&alice)).expect("a bond");
        let group = |before: &Bond, holder| Bond::go_on(Some(before.clone()), true, holder).map(|b| b.group);
        assert_eq!(group(&first, Some(&alice)), Some(first.group));
        assert_eq!(group(&first, None), Some(first.group), "an open route tells of nobody");
        assert_ne!(group(&first, Some(&bob)), Some(first.group));
        assert_ne!(group(&Bond::new(None), None), Some(first.group));
        let open = Bond::go_on(Some(first), false, None).expect("a bond");
        assert!(Bond::go_on(Some(open), false, Some(&bob)).is_none(), "an open route between them changes nothing");
    }
}
