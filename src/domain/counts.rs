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

    /// Counts a failure that may be taken back; when the one before it was, at the account and at the place where it counts.
    pub fn count(&mut self, now: Wall) -> (Wall, Option<Wall>) {
        let own = self.account.tally(self.guesser).last_failure;
        let place = self.shared().map(|place| place.strangers.last_failure);
        self.failed(now);
        (own, place)
    }

    /// Takes back a failure that was counted at `at`, of this device or of a stranger; at the place only where that is given.
    /// `own` and `place` are when the failures before it were.
    pub fn take_back(&mut self, device: Option<&str>, at: Wall, own: Wall, place: Option<Wall>) {
        if let Some(tally) = self.account.tally_mut(device) {
            tally.take_back(at, own);
        }
        if let Some((place, before)) = self.place.as_deref_mut().zip(place) {
            place.strangers.take_back(at, before);
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

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: usize = 5;

    fn counts<'a>(account: &'a mut Account, place: &'a mut Account) -> Counts<'a> {
        Counts { account, place: Some(place), guesser: Guesser::Stranger, fresh: "fresh".to_owned() }
    }

    /// Names that share a place, the first three of them real: whatever is tried when, nothing tells which.
    #[test]
    fn strangers_wait_alike_for_real_and_invented_names() {
        let (mut place, mut accounts) =
            (Account::default(), std::array::from_fn::<_, NAMES, _>(|_| Account::default()));
        let (mut now, mut dice, mut waited) = (Wall::from_secs(1_000_000_000), 1u64, 0);
        for _ in 0..20_000 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (name, seconds) = ((dice >> 33) as usize % NAMES, (dice >> 40) % 900);
            // Now and then a quiet day, or two.
            let seconds = if dice >> 57 == 0 { seconds + 100_000 } else { seconds };
            now = now.plus(Duration::from_secs(seconds));
            let waits = std::array::from_fn::<_, NAMES, _>(|n| counts(&mut accounts[n], &mut place).wait(n < 3, now));
            assert!(waits.iter().all(|wait| *wait == waits[0]), "{waits:?}");
            match waits[0] {
                Some(_) => waited += 1,
                None => counts(&mut accounts[name], &mut place).failed(now),
            }
        }
        assert!(waited > 1000, "{waited}");
    }

    /// Many invented names write one account; what stands in it would tell them from real ones.
    #[test]
    fn the_account_of_names_that_nobody_has_is_never_read() {
        let now = Wall::from_secs(1_000_000_000);
        let (mut account, mut place) = (Account::default(), Account::default());
        (0..60).for_each(|_| account.failed(Guesser::Stranger, now));
        assert_eq!(counts(&mut account, &mut place).wait(false, now), None);
        assert!(counts(&mut account, &mut place).wait(true, now).is_some());
    }

    #[test]
    fn a_success_takes_its_own_failures_out_of_the_place_and_nobody_elses() {
        let now = Wall::from_secs(1_000_000_000);
        let (mut place, mut mine, mut others) = (Account::default(), Account::default(), Account::default());
        (0..4).for_each(|_| counts(&mut mine, &mut place).failed(now));
        (0..4).for_each(|_| counts(&mut others, &mut place).failed(now));
        assert_eq!(counts(&mut mine, &mut place).wait(true, now), Some(Duration::from_secs(240)));
        counts(&mut mine, &mut place).succeeded(now);
        assert_eq!((place.strangers.failures, others.strangers.failures), (4, 4));
        let known = Counts { guesser: Guesser::Device("fresh"), ..counts(&mut mine, &mut place) };
        assert_eq!(known.wait(true, now), None);
    }
}
