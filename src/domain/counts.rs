//! Where one guess is counted: at the account, and at the place of the name where that is all a stranger gave.

use std::time::Duration;

use super::account::{Account, Guesser};
use super::id::ChallengeId;
use super::time::Wall;

/// Where one guess is counted.
#[derive(Debug)]
pub struct Counts<'a> {
    pub account: &'a mut Account,
    /// That of the challenge's place, if it has one.
    pub place: Option<&'a mut Account>,
    pub guesser: Guesser<'a>,
    /// What the device will be known by if the guess is right.
    pub fresh: String,
}

impl Counts<'_> {
    /// How long until the next guess is heard. The account of a name nobody has is only written.
    pub fn wait(&self, is_real: bool, now: Wall) -> Option<Duration> {
        let own = is_real.then(|| self.account.tally(self.guesser).wait(now)).flatten();
        own.max(self.shared().and_then(|place| place.strangers.wait(now)))
    }

    pub fn is_closed(&self) -> bool {
        self.guesser == Guesser::Stranger && self.account.is_closed()
    }

    pub fn failed(&mut self, now: Wall) {
        self.account.failed(self.guesser, now);
        if let Some(place) = self.shared_mut() {
            place.failed(Guesser::Stranger, now);
        }
    }

    pub fn succeeded(&mut self, now: Wall) {
        let ended = self.account.succeeded(self.guesser, std::mem::take(&mut self.fresh), now);
        if let Some(place) = self.shared_mut() {
            place.without(&ended);
        }
    }

    pub fn close(&mut self, id: &ChallengeId) {
        self.account.close(id);
        if let Some(place) = &mut self.place {
            place.close(id);
        }
    }

    /// The place, for whom it counts: known devices are not counted among strangers.
    fn shared(&self) -> Option<&Account> {
        self.place.as_deref().filter(|_| self.guesser == Guesser::Stranger)
    }

    fn shared_mut(&mut self) -> Option<&mut Account> {
        self.place.as_deref_mut().filter(|_| self.guesser == Guesser::Stranger)
    }
}
