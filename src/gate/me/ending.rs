//! Ends one's own sessions, and forgets browsers that succeeded before.

use crate::domain::account::{Account, AccountKey, Device};
use crate::domain::event::What;
use crate::domain::id::{SessionId, UserId};
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;

use super::{Browser, Owner};
use crate::gate::begin::RACES;
use crate::gate::seams::{Revocation, Revoked, Seen, Step};
use crate::gate::{Caller, Gate};

impl Gate {
    /// Ends one session of the caller's own, on every node within a second; `false` where there is none of that id. The one
    /// that they ask in ends by signing out.
    pub async fn end_own(&self, caller: &Caller, id: &SessionId) -> Result<bool, Refusal> {
        let owner = self.owner(caller).await?;
        let own = owner.stays.iter().any(|stay| stay.session.id == *id);
        if !own || *id == owner.session {
            return Ok(false);
        }
        let told = self.event(What::AuthnTokenRevoked, caller).user(&owner.user.login);
        self.decide(told.detail("one session, by its owner")).await?;
        self.end_session(id).await?;
        Ok(true)
    }

    /// Ends every session but the one that the caller asks in, and forgets every browser but theirs.
    pub async fn end_others(&self, caller: &Caller) -> Result<(), Refusal> {
        let owner = self.owner(caller).await?;
        self.end_all_but(caller, &owner, "every other session, by its owner").await?;
        self.forget_browsers(caller, &owner.user.id, None).await
    }

    /// Ends every pass of theirs but the one that they show: those of before it at one stroke, those of this very session
    /// included, which may have been copied; then sessions that are younger. Whoever signs in while these are looked up is
    /// looked up again.
    pub(super) async fn end_all_but(&self, caller: &Caller, owner: &Owner, why: &str) -> Result<(), Refusal> {
        const ROUNDS: usize = 3;
        let event = self.event(What::AuthnTokenRevoked, caller).user(&owner.user.login);
        self.decide(event.detail(why)).await?;
        let before = Wall::from_secs(owner.claims.iat - 1);
        let what = Revoked::User(owner.user.id.clone());
        self.revoke(Revocation { what, at: before, forget: self.outlived() }).await?;
        for _ in 0..ROUNDS {
            let stays = self.stays(std::slice::from_ref(&owner.user.id)).await.map_err(|e| self.outage(&e))?;
            let others = stays.into_iter().map(|(_, stay)| stay.session.id).filter(|id| *id != owner.session);
            let others: Vec<_> = others.collect();
            if others.is_empty() {
                break;
            }
            for id in &others {
                self.end_session(id).await?;
            }
        }
        Ok(())
    }

    async fn end_session(&self, id: &SessionId) -> Result<(), Refusal> {
        self.revoke(Revocation { what: Revoked::Session(id.clone()), at: self.now(), forget: self.outlived() }).await
    }

    pub(super) async fn browsers(&self, caller: &Caller, user: &UserId) -> Result<Vec<Browser>, Refusal> {
        let here = self.tag_here(caller, user);
        let account = self.store.account(&AccountKey::of_user(user)).await.map_err(|e| self.outage(&e))?;
        let shown = |Device { tag, since, .. }| Browser { here: here.as_ref() == Some(&tag), tag, since };
        Ok(account.value.devices.into_iter().map(shown).collect())
    }

    /// Knows one browser no more, or all but the caller's.
    pub async fn forget_browser(&self, caller: &Caller, tag: &str) -> Result<(), Refusal> {
        let owner = self.owner(caller).await?;
        self.forget_browsers(caller, &owner.user.id, Some(tag)).await
    }

    async fn forget_browsers(&self, caller: &Caller, user: &UserId, one: Option<&str>) -> Result<(), Refusal> {
        let (key, here) = (AccountKey::of_user(user), self.tag_here(caller, user));
        for _ in 0..RACES {
            let Seen { mut value, version } = self.store.account(&key).await.map_err(|e| self.outage(&e))?;
            if !forget(&mut value, one, here.as_deref()) {
                return Ok(());
            }
            let step = Step { accounts: vec![(key.clone(), Seen { value, version })], ..Step::default() };
            if self.store.swap(step).await.map_err(|e| self.outage(&e))? {
                return Ok(());
            }
        }
        Err(Refusal::Outage)
    }

    /// What the account calls the browser that asks.
    fn tag_here(&self, caller: &Caller, user: &UserId) -> Option<String> {
        let entries = self.devices.read(caller.device.as_ref());
        entries.into_iter().find(|entry| entry.user == *user).map(|entry| entry.tag)
    }
}

/// Whether that changed anything.
fn forget(account: &mut Account, one: Option<&str>, here: Option<&str>) -> bool {
    let before = account.devices.len();
    account.devices.retain(|device| match one {
        Some(tag) => device.tag != tag,
        None => Some(device.tag.as_str()) == here,
    });
    account.devices.len() != before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Tally;

    fn device(tag: &str) -> Device {
        Device { tag: tag.to_owned(), tally: Tally::default(), since: Wall::EPOCH }
    }

    #[test]
    fn one_browser_is_forgotten_or_all_but_the_one_at_hand() {
        let all = || Account { devices: vec![device("a"), device("b"), device("c")], ..Account::default() };
        let left = |one, here| {
            let mut account = all();
            let changed = forget(&mut account, one, here);
            (changed, account.devices.into_iter().map(|d| d.tag).collect::<Vec<_>>())
        };
        assert_eq!(left(Some("b"), Some("a")), (true, vec!["a".to_owned(), "c".to_owned()]));
        assert_eq!(left(Some("x"), None), (false, vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
        assert_eq!(left(None, Some("c")), (true, vec!["c".to_owned()]));
        assert_eq!(left(None, None), (true, Vec::new()));
    }
}
