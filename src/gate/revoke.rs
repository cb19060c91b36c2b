//! Ends passes, issues them by an operator's word, and keeps this node's knowledge fresh.

use std::time::Duration;

use crate::domain::event::{Event, What};
use crate::domain::pass::{Proof, Session};
use crate::domain::refusal::Refusal;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::domain::user::{Identity, User};

use super::seams::{Revocation, Revoked, Seen, Step};
use super::{Caller, Gate};

/// Revocations are remembered so much longer than they can matter: a node that has not heard of one adds to the session
/// for another second, and a clock that was set forward makes everything look over before it is set back.
const AFTERWARDS: Duration = Duration::from_secs(24 * 3600);

/// Last uses that are written down in one go, so that nobody's code waits for all of them.
const TOUCHED: usize = 1000;

impl Gate {
    /// Ends the caller's session everywhere. Without a valid pass there is nothing to end. In an outage the pass is valid
    /// all the same, though it opens nothing just then: nobody is told that they are out when they are not.
    pub async fn logout(&self, caller: &Caller) -> Result<(), Refusal> {
        self.end_stay(caller, "logout").await
    }

    /// As [`Gate::logout`], by the application's own logout.
    pub async fn leave(&self, caller: &Caller) -> Result<(), Refusal> {
        self.end_stay(caller, "logout of the application").await
    }

    async fn end_stay(&self, caller: &Caller, how: &str) -> Result<(), Refusal> {
        let genuine = caller.token.as_ref().and_then(|t| self.genuine(t.expose(), self.now()));
        let Some(standing) = genuine.filter(|s| !s.revoked) else { return Ok(()) };
        let event = self.event(What::AuthnTokenRevoked, caller).user(&standing.holder().identity.login).detail(how);
        self.decide(event).await?;
        if standing.holder().emergency && self.end_emergency(&standing.claims().sid).await? {
            return Ok(());
        }
        // Other passes of this session may hold longer than the one that is shown.
        let forget = Wall::from_secs(standing.claims().exp).max(self.outlived());
        self.revoke(Revocation { what: Revoked::Session(standing.claims().sid.clone()), at: self.now(), forget }).await
    }

    /// When every pass that was made until now is over, on every node and by every clock.
    pub fn outlived(&self) -> Wall {
        let longest = self.settings.scopes.values().map(|s| s.max_age).max().unwrap_or_default();
        self.now().plus(longest).plus(AFTERWARDS)
    }

    /// Makes a revocation durable and in force here at once; other nodes hear of it within a second.
    pub async fn revoke(&self, revocation: Revocation) -> Result<(), Refusal> {
        self.store.revoke(revocation.clone()).await.map_err(|e| self.outage(&e))?;
        self.ledger.revoke(&revocation);
        Ok(())
    }

    /// A pass by an operator's word, for help desks, scripts and load tests. Actor and reason are in the audit first.
    pub async fn issue(
        &self,
        user: &User,
        scope: &str,
        life: Duration,
        actor: &str,
        reason: &str,
    ) -> Result<Secret<String>, Refusal> {
        let scope = self.settings.scopes.get(scope).ok_or(Refusal::UnknownScope)?;
        let event =
            Event::new(What::AuthnTokenCreated).user(&user.login).scope(&scope.name).actor(actor).detail(reason);
        self.decide(event).await?;
        let now = self.now();
        let proof = Proof::by_operator(user.id.clone(), &scope.name, now);
        let mut session = Session::begin(self.fresh_session(&user.id), user.id.clone(), now);
        session.confirm(&proof, life.min(scope.max_age));
        let identity = Identity::of(user, &self.settings.named_groups);
        let minted = self.mint.mint(self.world.as_ref(), &proof, &session, &identity);
        let (token, pass) = minted.ok_or(Refusal::Outage)?;
        session.issued(pass, now);
        let step = Step { session: Some(Seen { value: session, version: 0 }), ..Step::default() };
        if !self.store.swap(step).await.map_err(|e| self.outage(&e))? {
            return Err(Refusal::Outage);
        }
        Ok(token)
    }

    /// One heartbeat: hears what was revoked since the last one, and signs with the key whose turn it is.
    pub async fn pulse(&self) -> Result<(), super::seams::StoreError> {
        self.seals.turn(self.now());
        self.hear_of_emergencies().await;
        let asked = self.mono();
        let news = self.store.news(self.ledger.seen()).await?;
        self.ledger.heard(&news, asked);
        self.tell_store_of_emergencies().await;
        Ok(())
    }

    /// Returns when a heartbeat should not wait for its turn.
    pub async fn nudged(&self) {
        self.store.nudged().await;
    }

    /// Housekeeping, off every request's path: writes down last uses and forgets what is over.
    pub async fn tidy(&self) -> Result<(), super::seams::StoreError> {
        let now = self.now();
        self.touch().await?;
        self.recall().await?;
        let longest = self.settings.scopes.values().map(|s| s.max_age).max().unwrap_or_default();
        self.ledger.sweep(now, now.minus(longest));
        self.store.sweep(now).await
    }

    /// Writes down last uses.
    pub async fn touch(&self) -> Result<(), super::seams::StoreError> {
        for some in self.ledger.unflushed().chunks(TOUCHED) {
            self.store.touch(some.to_vec()).await?;
        }
        Ok(())
    }

    /// Takes in last uses: those of before a restart, and those of other nodes. A use on one node keeps a scope open on
    /// every other one as soon as both have tidied, which is twice their interval at most; until then an idle limit can end
    /// that much too early there, and never too late.
    pub async fn recall(&self) -> Result<(), super::seams::StoreError> {
        if self.settings.scopes.values().all(|scope| scope.idle.is_none()) {
            return Ok(());
        }
        loop {
            let news = self.store.uses(self.ledger.heard_until()).await?;
            let over = news.uses.is_empty();
            self.ledger.heard_uses(news);
            if over {
                return Ok(());
            }
        }
    }
}
