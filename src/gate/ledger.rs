//! What this node holds in memory so that a request with a pass needs no store: revocations, last uses, and when the
//! store was last heard of. It can only ever say no.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;

use crate::domain::id::{PassId, SessionId, UserId};
use crate::domain::pass::Claims;
use crate::domain::scope::ScopeName;
use crate::domain::time::Wall;

use super::seams::{Heard, News, Revocation, Revoked, Use, Uses};

/// How old the last contact with the store may be without any grace.
const FRESH: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Ledger {
    passes: DashMap<PassId, Wall>,
    sessions: DashMap<SessionId, Wall>,
    users: DashMap<UserId, (Wall, Wall)>,
    everything: AtomicI64,
    doubted: AtomicI64,
    /// Number of the newest revocation taken in.
    seen: AtomicU64,
    /// Rises after each revocation, wherever it came from.
    changes: AtomicU64,
    /// Monotonic milliseconds of the last contact, plus one; 0 before the first.
    contact: AtomicU64,
    uses: DashMap<SessionId, HashMap<ScopeName, LastUse>>,
    /// How far the store's uses were taken in.
    heard: Mutex<Heard>,
}

struct LastUse {
    at: AtomicI64,
    flushed: AtomicI64,
}

impl Ledger {
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::Acquire)
    }

    /// Takes in what the store answered to a heartbeat that was asked at `asked`.
    pub fn heard(&self, news: &News, asked: Duration) {
        self.doubted.fetch_max(news.doubted.0, Ordering::AcqRel);
        for (number, revocation) in &news.revocations {
            self.revoke(revocation);
            self.seen.fetch_max(*number, Ordering::AcqRel);
        }
        self.contact.fetch_max(millis(asked) + 1, Ordering::AcqRel);
    }

    /// While this stays the same, nothing more has ended. To be asked before [`Ledger::is_revoked`].
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// What was begun until then opens nothing: see [`News::doubted`].
    pub fn doubted(&self) -> Wall {
        Wall(self.doubted.load(Ordering::Acquire))
    }

    /// Whether the store was heard of recently enough to trust what we know.
    pub fn is_fresh(&self, mono: Duration, grace: Duration) -> bool {
        match self.contact.load(Ordering::Acquire) {
            0 => false,
            contact => millis(mono) < contact + millis(FRESH + grace),
        }
    }

    pub fn revoke(&self, revocation: &Revocation) {
        match &revocation.what {
            Revoked::Pass(id) => drop(self.passes.insert(id.clone(), revocation.forget)),
            Revoked::Session(id) => drop(self.sessions.insert(id.clone(), revocation.forget)),
            Revoked::User(id) => {
                let mut entry = self.users.entry(id.clone()).or_insert((revocation.at, revocation.forget));
                *entry = (entry.0.max(revocation.at), entry.1.max(revocation.forget));
            }
            Revoked::All => drop(self.everything.fetch_max(revocation.at.0, Ordering::AcqRel)),
        }
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    pub fn is_revoked(&self, claims: &Claims) -> bool {
        self.passes.contains_key(&claims.jti) || self.has_ended(&claims.sub, &claims.sid, Wall::from_secs(claims.iat))
    }

    pub fn is_pass_revoked(&self, pass: &PassId) -> bool {
        self.passes.contains_key(pass)
    }

    /// Whether what was issued at `issued` in this session has ended with the session, its user or everything.
    pub fn has_ended(&self, user: &UserId, session: &SessionId, issued: Wall) -> bool {
        issued.0 <= self.everything.load(Ordering::Acquire)
            || self.sessions.contains_key(session)
            || self.users.get(user).is_some_and(|entry| issued <= entry.0)
    }

    /// The last use of a scope within a session, or `since` when this node saw none.
    pub fn last_use(&self, session: &SessionId, scope: &str, since: Wall) -> Wall {
        let seen = self.uses.get(session).and_then(|scopes| scopes.get(scope).map(LastUse::at));
        seen.map_or(since, |at| at.max(since))
    }

    pub fn used(&self, session: &SessionId, scope: &ScopeName, now: Wall) {
        if let Some(scopes) = self.uses.get(session)
            && let Some(known) = scopes.get(scope)
        {
            known.at.fetch_max(now.0, Ordering::Relaxed);
            return;
        }
        let fresh = || LastUse { at: AtomicI64::new(now.0), flushed: AtomicI64::new(0) };
        self.uses.entry(session.clone()).or_default().entry(scope.clone()).or_insert_with(fresh);
    }

    /// Takes in a use that the store knows: another node's, or our own of before a restart.
    pub fn heard_use(&self, Use { session, scope, at }: &Use) {
        self.used(session, scope, *at);
        if let Some(known) = self.uses.get(session).as_ref().and_then(|scopes| scopes.get(scope)) {
            known.flushed.fetch_max(at.0, Ordering::Relaxed);
        }
    }

    /// Takes in uses that the store told of.
    pub fn heard_uses(&self, Uses { uses, heard }: Uses) {
        uses.iter().for_each(|found| self.heard_use(found));
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
    }

    /// What to ask the store with for more of them.
    pub fn heard_until(&self) -> Heard {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses that the store does not know yet.
    pub fn unflushed(&self) -> Vec<Use> {
        let mut found = Vec::new();
        for entry in &self.uses {
            for (scope, last) in entry.value() {
                let at = last.at();
                if last.flushed.fetch_max(at.0, Ordering::Relaxed) < at.0 {
                    found.push(Use { session: entry.key().clone(), scope: scope.clone(), at });
                }
            }
        }
        found
    }

    /// Forgets what no living pass can ask about. `oldest_use` is how far back a last use still matters.
    pub fn sweep(&self, now: Wall, oldest_use: Wall) {
        self.passes.retain(|_, forget| *forget > now);
        self.sessions.retain(|_, forget| *forget > now);
        self.users.retain(|_, (_, forget)| *forget > now);
        self.uses.retain(|_, scopes| scopes.values().any(|last| last.at() > oldest_use));
    }
}

impl LastUse {
    fn at(&self) -> Wall {
        Wall(self.at.load(Ordering::Relaxed))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_trusts_what_it_knows_for_a_second_and_the_grace() {
        let ledger = Ledger::default();
        let at = Duration::from_millis;
        assert!(!ledger.is_fresh(at(0), Duration::ZERO), "before the first contact");
        ledger.heard(&News::default(), at(5_000));
        assert!(ledger.is_fresh(at(6_000), Duration::ZERO));
        assert!(!ledger.is_fresh(at(6_001), Duration::ZERO));
        assert!(ledger.is_fresh(at(8_000), Duration::from_secs(2)));
    }

    #[test]
    fn uses_are_flushed_once() {
        let (ledger, session, scope) = (Ledger::default(), SessionId::from_random([1; 16]), ScopeName::from("a"));
        ledger.used(&session, &scope, Wall(10));
        let known = Use { session: session.clone(), scope: scope.clone(), at: Wall(10) };
        assert_eq!(ledger.unflushed(), [known]);
        assert!(ledger.unflushed().is_empty());
        ledger.used(&session, &scope, Wall(20));
        assert_eq!(ledger.last_use(&session, "a", Wall(15)), Wall(20));
        assert_eq!(ledger.last_use(&session, "b", Wall(15)), Wall(15), "another scope was not used");
        let theirs = |at| Use { session: session.clone(), scope: scope.clone(), at: Wall(at) };
        assert_eq!(ledger.unflushed(), [theirs(20)]);
        ledger.heard_use(&theirs(15));
        assert_eq!(ledger.last_use(&session, "a", Wall(5)), Wall(20), "an older use changes nothing");
        ledger.heard_use(&theirs(22));
        assert_eq!(ledger.last_use(&session, "a", Wall(5)), Wall(22), "another node's counts");
        assert!(ledger.unflushed().is_empty(), "and is not written down again");
        ledger.sweep(Wall(30), Wall(25));
        assert_eq!(ledger.last_use(&session, "a", Wall(15)), Wall(15));
    }
}
