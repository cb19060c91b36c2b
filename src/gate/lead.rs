//! People who are led elsewhere to sign in, and come back.
//!
//! What they take along is sealed for their browser, so nothing is kept meanwhile, any node can take them in again, and
//! nobody comes back with what belongs to somebody else (login CSRF).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::refusal::Refusal;
use crate::domain::return_to;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;

use super::introduce::Finding;
use super::{Caller, Gate, Wish, seal};

/// How long somebody may take to come back.
const AWAY: Duration = Duration::from_secs(600);
/// Addresses that are longer do not arrive everywhere; then the way back is the start page.
const LONGEST: usize = 2500;

/// One person's way there and back.
#[derive(Debug, Clone)]
pub struct Trip {
    /// Where they come back to.
    pub redirect: String,
    pub state: String,
    pub nonce: String,
    /// Of the proof key (RFC 7636).
    pub verifier: Secret<String>,
}

/// What they take along.
#[derive(Serialize, Deserialize)]
struct Baggage {
    source: String,
    scope: String,
    return_to: String,
    nonce: String,
    verifier: String,
    until: Wall,
}

impl Gate {
    /// The address that somebody is led to who wants to sign in there for this scope.
    pub async fn lead_away(
        &self,
        caller: &Caller,
        source: &str,
        scope: &str,
        return_to: &str,
    ) -> Result<String, Refusal> {
        let scope = self.settings.scopes.get(scope).ok_or(Refusal::UnknownScope)?;
        let named = scope.sources.iter().any(|known| known.as_ref() == source);
        if !named || self.introducer.leads(source).is_none() {
            return Err(Refusal::NoRoute);
        }
        let browser = caller.browser.as_ref().ok_or(Refusal::CrossSite)?;
        let mut baggage = Baggage {
            source: source.to_owned(),
            scope: scope.name.to_string(),
            return_to: return_to::same_site(return_to, &self.settings.prefix),
            nonce: self.fresh_text(),
            verifier: self.fresh_text(),
            until: self.now().plus(AWAY),
        };
        let mut state = self.pack(browser, &baggage)?;
        if state.len() > LONGEST {
            baggage.return_to = "/".to_owned();
            state = self.pack(browser, &baggage)?;
        }
        let trip = self.trip(state, baggage.nonce, baggage.verifier, source);
        self.introducer.lead(source, &trip).await.map_err(|e| self.outage(&e))
    }

    /// What somebody wants who has come back with this code; `None` where they bring nothing that is theirs, or too late.
    pub async fn come_back(
        &self,
        caller: &Caller,
        source: &str,
        state: &str,
        code: &str,
    ) -> Result<Option<Wish>, Refusal> {
        let Some(baggage) = self.unpack(caller, source, state) else { return Ok(None) };
        let scope = self.settings.scopes.get(&baggage.scope).cloned().ok_or(Refusal::UnknownScope)?;
        let trip = self.trip(state.to_owned(), baggage.nonce, baggage.verifier, source);
        match self.introducer.bring_back(source, &trip, code).await.map_err(|e| self.outage(&e))? {
            Finding::Introduced(introduction) => Ok(Some(Wish {
                scope: baggage.scope,
                return_to: baggage.return_to,
                introduced: Some(introduction),
                ..Wish::default()
            })),
            Finding::Refused(why) => Err(self.refuse_evidence(caller, &scope, format!("{source}: {why}")).await?),
            Finding::Nothing | Finding::Claimed(_) => Ok(None),
        }
    }

    /// For which scope somebody was away, and where they wanted to go.
    pub fn was_away_for(&self, caller: &Caller, source: &str, state: &str) -> Option<(String, String)> {
        self.unpack(caller, source, state).map(|baggage| (baggage.scope, baggage.return_to))
    }

    fn trip(&self, state: String, nonce: String, verifier: String, source: &str) -> Trip {
        let redirect = format!("{}{}oidc/{source}/back", self.settings.public_url, self.settings.prefix);
        Trip { redirect, state, nonce, verifier: Secret::new(verifier) }
    }

    fn pack(&self, browser: &Secret<String>, baggage: &Baggage) -> Result<String, Refusal> {
        let clear = serde_json::to_string(baggage).map_err(|e| self.outage(&e))?;
        Ok(self.seals.seal_away(self.world.as_ref(), &self.seals.browser_tag(browser), &clear))
    }

    fn unpack(&self, caller: &Caller, source: &str, state: &str) -> Option<Baggage> {
        let browser = self.seals.browser_tag(caller.browser.as_ref()?);
        let clear = self.seals.open_away(&browser, state)?;
        let baggage: Baggage = serde_json::from_str(clear.expose()).ok()?;
        // A source takes back only whom it was asked to lead, and a scope can lose a source meanwhile.
        let scope = self.settings.scopes.get(&baggage.scope)?;
        let named = baggage.source == source && scope.sources.iter().any(|known| known.as_ref() == source);
        (named && self.now() < baggage.until).then_some(baggage)
    }

    fn fresh_text(&self) -> String {
        let mut bytes = [0; 32];
        self.world.fill(&mut bytes);
        seal::text(&bytes)
    }
}
