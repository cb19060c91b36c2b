//! What a pass says, and when it still says it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::challenge::{Challenge, Guess};
use super::emergency::EMERGENCY;
use super::factor::Factor;
use super::id::{PassId, SessionId, UserId};
use super::scope::{Scope, ScopeName};
use super::time::Wall;
use super::user::User;

/// The value of `typ`, in the header and among the claims: no token made for another purpose passes (RFC 8725 §3.11).
pub const PASS_TYPE: &str = "sekisho-pass+jwt";
/// `nbf` lies this far before `iat`, for nodes whose clocks differ a little.
pub const NOT_BEFORE_SLACK: Duration = Duration::from_secs(60);

/// The `amr` of a pass by an operator's word.
const OPERATOR: &str = "operator";

/// The claims of a pass. All are required. No personal data is in clear: `sub` is opaque, `ide` is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    pub typ: String,
    pub iss: String,
    pub aud: String,
    pub sub: UserId,
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
    pub jti: PassId,
    pub sid: SessionId,
    /// How it was proven (RFC 8176): `pwd`, `otp`, `sms`, `tel`, `mfa`…, see [`Factor::amr`]; `operator` where an operator
    /// vouched, `emergency` where a sealed code was opened.
    pub amr: Vec<String>,
    /// When each scope was confirmed, in seconds since the epoch.
    pub scopes: BTreeMap<String, i64>,
    /// The sealed [`super::user::Identity`].
    pub ide: String,
}

impl Claims {
    /// Whether the token is of this kind, for this place and in force at `now`: no leeway on `exp`.
    pub fn in_force(&self, issuer: &str, now: Wall) -> bool {
        let now = now.secs();
        self.typ == PASS_TYPE
            && self.iss == issuer
            && self.aud == issuer
            && self.nbf <= now
            && self.iat <= now + i64::try_from(NOT_BEFORE_SLACK.as_secs()).unwrap_or(0)
            && now < self.exp
    }

    /// Whether it was opened with a sealed code.
    pub fn is_emergency(&self) -> bool {
        self.amr.iter().any(|method| method == EMERGENCY)
    }

    /// Whether the holder, as they are now, would still get what the pass says: there, enabled, and in a group of each of its
    /// scopes. `None` is removed or disabled.
    pub fn is_deserved(&self, user: Option<&User>, scope: impl Fn(&str) -> Option<Arc<Scope>>) -> bool {
        let admits = |user: &User, name: &str| scope(name).is_none_or(|scope| scope.admits(&user.groups));
        user.is_some_and(|user| !user.disabled && self.scopes.keys().all(|name| admits(user, name)))
    }

    /// Whether `scope` was confirmed no longer ago than its `max_age`.
    pub fn opens(&self, scope: &Scope, now: Wall) -> bool {
        let Some(confirmed) = self.scopes.get(scope.name.as_ref()) else { return false };
        now < Wall::from_secs(*confirmed).plus(scope.max_age)
    }
}

/// What the store remembers of somebody's stay: the scopes that passes are minted from, so that two tabs stepping up
/// at once lose nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub created: Wall,
    /// Everything in the session is over by then.
    pub ends: Wall,
    pub scopes: BTreeMap<String, i64>,
    pub amr: Vec<String>,
    /// Its latest passes, so that an operator can name one; each step up makes another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<Issued>,
    /// The address that it was begun from, so that its owner recognises it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<IpAddr>,
}

/// A pass as its session remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    pub id: PassId,
    pub at: Wall,
    pub ends: Wall,
}

/// Passes that a session remembers. Older ones are good all the same, and end with the session.
const MOST_PASSES: usize = 16;

impl Session {
    pub fn begin(id: SessionId, user: UserId, now: Wall) -> Session {
        let (scopes, amr, passes) = (BTreeMap::new(), Vec::new(), Vec::new());
        Session { id, user, created: now, ends: now, scopes, amr, passes, from: None }
    }

    /// Remembers a pass that was minted for it.
    pub fn issued(&mut self, id: PassId, at: Wall) {
        self.passes.retain(|pass| pass.ends > at);
        let surplus = (self.passes.len() + 1).saturating_sub(MOST_PASSES);
        self.passes.drain(..surplus);
        self.passes.push(Issued { id, at, ends: self.ends });
    }

    /// When something in it was confirmed the last time.
    pub fn confirmed(&self) -> Wall {
        self.scopes.values().max().map_or(self.created, |secs| Wall::from_secs(*secs))
    }

    /// Whether an operator vouched for it.
    pub fn is_operators(&self) -> bool {
        self.amr.iter().any(|method| method == OPERATOR)
    }

    /// Adds what a proof opened. Stepping up for one scope never lengthens another.
    pub fn confirm(&mut self, proof: &Proof, max_age: Duration) {
        self.scopes.insert(proof.scope.to_string(), proof.at.secs());
        self.ends = self.ends.max(proof.at.plus(max_age));
        for method in &proof.amr {
            if !self.amr.iter().any(|m| m == method) {
                self.amr.push((*method).to_owned());
            }
        }
    }
}

/// Exists only if a code was right, a sealed one was spent, or an operator vouched with a reason. The only thing a pass is minted from.
#[derive(Debug)]
pub struct Proof {
    user: UserId,
    scope: ScopeName,
    amr: Vec<&'static str>,
    at: Wall,
}

impl Proof {
    /// The proof that a guess gave, if it did; `by` is what it was right as. A decoy has no user and proves nothing.
    pub fn of_guess(guess: Guess, by: Factor, challenge: &Challenge, scope: &Scope, at: Wall) -> Option<Proof> {
        let takes = challenge.scope == scope.name.as_ref() && scope.factors.contains(&by);
        let user = challenge.user.clone().filter(|_| takes && guess == Guess::Right)?;
        let first = challenge.first.amr();
        let mut amr: Vec<_> = first.into_iter().chain(by.amr().iter().copied()).collect();
        if by == Factor::Code {
            // Nobody can tell by which of them the code was read.
            let used =
                if challenge.used.is_empty() { std::slice::from_ref(&challenge.channel) } else { &challenge.used };
            amr.extend(used.iter().map(|channel| channel.amr()));
        }
        // A help desk's word is no factor of its own.
        amr.extend(first.filter(|_| by != Factor::Bypass).map(|_| "mfa"));
        let scope = &scope.name;
        Some(Proof { user, scope: scope.clone(), amr, at })
    }

    /// A pass by an operator's word. The caller has written actor and reason into the audit first.
    pub fn by_operator(user: UserId, scope: &ScopeName, at: Wall) -> Proof {
        Proof { user, scope: scope.clone(), amr: vec![OPERATOR], at }
    }

    /// A pass by a sealed code, for whoever came with it. The code is spent by then.
    pub fn by_emergency(user: UserId, scope: &ScopeName, at: Wall) -> Proof {
        Proof { user, scope: scope.clone(), amr: vec![EMERGENCY], at }
    }

    pub fn user(&self) -> &UserId {
        &self.user
    }

    pub fn scope(&self) -> &ScopeName {
        &self.scope
    }

    pub fn at(&self) -> Wall {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_remembers_its_latest_passes_that_hold() {
        let mut session =
            Session::begin(SessionId::from_random([1; 16]), UserId::from_random([2; 16]), Wall::from_secs(0));
        session.ends = Wall::from_secs(10);
        session.issued(PassId::from_random([99; 16]), Wall::from_secs(1));
        session.ends = Wall::from_secs(1000);
        for n in 0..20 {
            session.issued(PassId::from_random([n; 16]), Wall::from_secs(20));
        }
        let kept: Vec<_> = session.passes.iter().map(|pass| pass.id.clone()).collect();
        assert_eq!(kept, (4..20).map(|n| PassId::from_random([n; 16])).collect::<Vec<_>>());
        let old = r#"{"id":"AQEBAQEBAQEBAQEBAQEBAQ","user":"AgICAgICAgICAgICAgICAg","created":0,"ends":5,"scopes":{},"amr":[]}"#;
        assert!(serde_json::from_str::<Session>(old).expect("one of before passes were kept").passes.is_empty());
    }
}
