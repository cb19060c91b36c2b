//! The records that one guess is counted in, loaded and handed back together.

use crate::domain::account::{Account, AccountKey, Guesser, Tally};
use crate::domain::challenge::Challenge;
use crate::domain::counts::Counts;
use crate::domain::event::{Event, What};
use crate::domain::refusal::Refusal;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;

use super::seams::Seen;
use super::{Caller, Gate};

/// Whose count a guess is for, with the versions that were read.
pub(super) struct CountingDesk {
    account: (AccountKey, Seen<Account>),
    /// Whether somebody has the name.
    is_real: bool,
    place: Option<(AccountKey, Seen<Account>)>,
    /// The tag of a device that the account knows.
    pub device: Option<String>,
    /// What the browser will be known by if the guess is right.
    pub cookie: Secret<String>,
    fresh: String,
}

impl CountingDesk {
    pub fn counts(&mut self) -> Counts<'_> {
        Counts {
            account: &mut self.account.1.value,
            place: self.place.as_mut().map(|(_, seen)| &mut seen.value),
            guesser: self.device.as_deref().map_or(Guesser::Stranger, Guesser::Device),
            fresh: self.fresh.clone(),
        }
    }

    pub fn tally(&self) -> &Tally {
        self.account.1.value.tally(self.guesser())
    }

    fn guesser(&self) -> Guesser<'_> {
        self.device.as_deref().map_or(Guesser::Stranger, Guesser::Device)
    }

    /// What became of a wrong guess that has been counted; `last` when it was the challenge's last try.
    pub fn tell_failure(&self, fail: Event, last: bool) -> Event {
        let lock = |detail: &str| Event { event: What::AuthnLoginLock, ..fail.clone() }.detail(detail);
        let shared = self.place.as_ref().is_some_and(|(_, seen)| seen.value.strangers.is_paused());
        let paused = shared || self.is_real && self.tally().is_paused();
        match self.guesser() {
            Guesser::Stranger if self.is_real && self.account.1.value.is_closed() => {
                lock("closed to strangers until it is unlocked")
            }
            Guesser::Stranger if paused => lock("pause for strangers"),
            Guesser::Device(_) if paused => lock("pause for a device, known no longer"),
            _ if last => Event { event: What::AuthnLoginFailMax, ..fail },
            _ => fail,
        }
    }

    /// What has to be written, in one step with the challenge.
    pub fn accounts(self) -> Vec<(AccountKey, Seen<Account>)> {
        std::iter::once(self.account).chain(self.place).collect()
    }
}

impl Gate {
    /// Loads what a guess on this challenge is counted in. `right` says whether its code matched.
    pub(super) async fn counting(
        &self,
        caller: &Caller,
        challenge: &Challenge,
        right: bool,
        now: Wall,
    ) -> Result<CountingDesk, Refusal> {
        let load = async |key: &AccountKey| {
            let seen = self.store.account(key).await.map_err(|e| self.outage(&e))?;
            Ok::<_, Refusal>((key.clone(), seen))
        };
        let account = load(&challenge.account).await?;
        let entries = self.devices.read(caller.device.as_ref());
        let own = entries.iter().find(|entry| Some(&entry.user) == challenge.user.as_ref());
        let device = match account.1.value.guesser(own.map(|entry| entry.tag.as_str()), now) {
            Guesser::Device(tag) => Some(tag.to_owned()),
            Guesser::Stranger => None,
        };
        let place = match challenge.place.as_ref().filter(|_| device.is_none()) {
            Some(key) => Some(load(key).await?),
            None => None,
        };
        let user = challenge.user.as_ref().filter(|_| right);
        let fresh = user.map(|user| self.devices.fresh(self.world.as_ref(), user, &entries));
        let (cookie, fresh) = fresh.unwrap_or_else(|| (Secret::new(String::new()), String::new()));
        Ok(CountingDesk { account, is_real: challenge.user.is_some(), place, device, cookie, fresh })
    }
}
