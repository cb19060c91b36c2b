//! What waits for a code: the application's answer to a login, or a request that is not sent before its sender has proven
//! their phone. The gate seals it and keeps it beside the challenge; what is in it is not its business.
//!
//! ```text
//! withhold ──▶ kept ── right code ──▶ shown again to the same browser for a moment (withheld), or taken once (release)
//!                └──── no right code: never opened, and forgotten with the challenge
//! ```

use std::time::Duration;

use crate::domain::challenge::{Challenge, FirstFactor, State};
use crate::domain::event::What;
use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scope;
use crate::domain::time::Wall;

use super::seams::Introduction;
use super::{Begun, Caller, Gate, Shown, Wish};

/// How the audit calls the two sources.
pub const APPLICATION: &str = "application";
pub const RESET: &str = "reset";

/// After a right code a browser follows at once; so long what was kept may be taken.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// How often a parked record is put in another one's place, when several forms are sent at once.
const RACES: usize = 8;

impl Gate {
    /// Asks whom the application let in by their password for a code. Who cannot be asked is told so: they have proven
    /// already who they are.
    pub async fn begin_for_application(
        &self,
        caller: &Caller,
        login: &str,
        scope: &Scope,
        return_to: &str,
    ) -> Result<Begun, Refusal> {
        let begun = self.begin(caller, self.wish(login, FirstFactor::Application, scope, return_to)).await;
        let unknown = matches!(begun, Err(Refusal::WrongCredentials));
        let unreachable = |begun: &Begun| begun.view.state == Shown::Failed && begun.view.factors.is_empty();
        if !unknown && !begun.as_ref().is_ok_and(unreachable) {
            return begun;
        }
        let why = match unknown {
            true => {
                "the application took the password of a user whom no directory knows, or who may not have the scope"
            }
            false => {
                "the application took the password of a user who has neither a number nor anything else to prove it with"
            }
        };
        self.decide(self.event(What::AuthzFail, caller).scope(&scope.name).user(login).detail(why)).await?;
        Err(Refusal::NotRegistered)
    }

    /// Asks whoever is named for a code, by the name alone: a name nobody has gets the same answer.
    pub async fn begin_for_reset(
        &self,
        caller: &Caller,
        login: &str,
        scope: &Scope,
        return_to: &str,
    ) -> Result<Begun, Refusal> {
        self.begin(caller, self.wish(login, FirstFactor::None, scope, return_to)).await
    }

    fn wish(&self, login: &str, by: FirstFactor, scope: &Scope, return_to: &str) -> Wish {
        let source = if by.is_proven() { APPLICATION } else { RESET };
        let introduced = Introduction { login: login.to_owned(), by, source: source.into() };
        Wish {
            scope: scope.name.to_string(),
            return_to: return_to.to_owned(),
            introduced: Some(introduced),
            ..Wish::default()
        }
    }

    /// Keeps something until the challenge's code is right. The latest takes the place of what was kept before: one
    /// challenge serves a browser that sends its form twice.
    pub async fn withhold(&self, id: &ChallengeId, clear: &[u8]) -> Result<(), Refusal> {
        let expires = self.now().plus(self.settings.challenge.life).plus(TAKEN_WITHIN);
        let sealed = self.seals.seal_parked(self.world.as_ref(), id, clear);
        for _ in 0..RACES {
            if self.store.park(id, sealed.clone(), expires).await.map_err(|e| self.outage(&e))? {
                return Ok(());
            }
            self.store.unpark(id).await.map_err(|e| self.outage(&e))?;
        }
        Err(Refusal::Outage)
    }

    /// What was kept, for whoever gave the right code a moment ago: as [`Gate::repeat`], so that an answer which a double
    /// click dropped is there once more.
    pub async fn withheld(&self, caller: &Caller, id: &ChallengeId) -> Result<Option<Vec<u8>>, Refusal> {
        if !self.keeps() || !self.was_right(caller, id, |challenge, now| challenge.repeats(true, now).is_some()).await?
        {
            return Ok(None);
        }
        let sealed = self.store.parked(id).await.map_err(|e| self.outage(&e))?;
        self.unseal(id, sealed)
    }

    /// Hands out what was kept for good, soon after the right code: of all who ask, one gets it.
    pub async fn release(&self, caller: &Caller, id: &ChallengeId) -> Result<Option<Vec<u8>>, Refusal> {
        let soon = |challenge: &Challenge, now| {
            let earned = challenge.earned.as_ref().map(|earned| earned.at);
            earned.is_some_and(|at| now < at.plus(TAKEN_WITHIN))
        };
        if !self.was_right(caller, id, soon).await? {
            return Ok(None);
        }
        let sealed = self.store.unpark(id).await.map_err(|e| self.outage(&e))?;
        self.unseal(id, sealed)
    }

    /// Whether the caller's own browser gave this challenge's right code, and `still` holds.
    async fn was_right(
        &self,
        caller: &Caller,
        id: &ChallengeId,
        still: impl Fn(&Challenge, Wall) -> bool,
    ) -> Result<bool, Refusal> {
        let challenge = match self.own(caller, id).await {
            Ok(seen) => seen.value,
            Err(Refusal::UnknownChallenge) => return Ok(false),
            Err(refusal) => return Err(refusal),
        };
        Ok(challenge.state == State::Verified && still(&challenge, self.now()))
    }

    fn unseal(&self, id: &ChallengeId, sealed: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(sealed) = sealed else { return Ok(None) };
        let clear = self.seals.open_parked(id, &sealed);
        clear.map(Some).ok_or_else(|| {
            tracing::error!("what was kept for a code cannot be read; was it written with another key file?");
            Refusal::Outage
        })
    }

    /// Whether anything is ever kept, so that nothing is looked for where nothing is.
    fn keeps(&self) -> bool {
        self.settings.routes.routes().any(|route| route.form.is_some())
    }
}
