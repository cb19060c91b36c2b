//! Looks again at the people behind passes: whoever is gone, disabled or no longer in the group has none.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use crate::domain::event::{Event, What};
use crate::domain::id::UserId;
use crate::domain::permit::Holder;

use super::Gate;
use super::seams::Revoked;

impl Gate {
    /// Asks the directory about everybody who showed a pass at this node, and ends the passes of those who would not get
    /// them any more. A directory that does not answer is no word against anybody, and ends nothing; only one that is said
    /// to close then ends the passes of those whom it was asked about in vain twice in a row. Others go on being asked about.
    pub async fn recheck(&self) {
        let mut held: BTreeMap<UserId, Vec<_>> = BTreeMap::new();
        for genuine in self.mint.shown(self.now()) {
            // Whoever came in with a sealed code stands in no directory, and their time is short.
            if !genuine.holder.emergency && !self.ledger.is_revoked(&genuine.claims) {
                held.entry(genuine.claims.sub.clone()).or_default().push(genuine);
            }
        }
        self.unasked.lock().unwrap_or_else(PoisonError::into_inner).retain(|id| held.contains_key(id));
        let mut told = false;
        for (id, passes) in held {
            let user = match self.identity.fetch(&id).await {
                Ok(user) => user,
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(%error, "whether accounts are still good could not be asked; it will be tried again");
                    }
                    let again = !self.unasked.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
                    if let Some(genuine) = passes.first().filter(|_| again && self.identity.closes_unasked()) {
                        self.take_passes(id, &genuine.holder, "the directory did not answer twice").await;
                    }
                    continue;
                }
            };
            self.unasked.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            let scope = |name: &str| self.settings.scopes.get(name).cloned();
            let lost = passes.iter().find(|genuine| !genuine.claims.is_deserved(user.as_ref(), scope));
            if let Some(genuine) = lost {
                let why = if user.is_none() { "the account is gone or disabled" } else { "no longer in the group" };
                self.take_passes(id, &genuine.holder, why).await;
            }
        }
    }

    async fn take_passes(&self, id: UserId, holder: &Holder, why: &str) {
        let told = Event::new(What::AuthnTokenRevoked).user(&holder.identity.login).detail(why);
        if let Err(error) = self.end(Revoked::User(id), told).await {
            tracing::error!(%error, "passes of an account that is no longer good could not be ended; it will be tried again");
        }
    }
}
