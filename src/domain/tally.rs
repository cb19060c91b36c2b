//! Failures in a row, and what they cost: waits that rise, a pause, and in the end no more guesses.
//!
//! An account counts strangers (any browser that it does not know) together, and each browser that succeeded before by
//! itself. The arithmetic, between two successes on one account:
//!
//! | who | waits after | pause of 30 min after | and no further than |
//! |---|---|---|---|
//! | all strangers together | 5 | 10 and each one more | [`MOST_OF_STRANGERS`] = 50 |
//! | each of at most [`MOST_DEVICES`] = 5 known devices | 5 | 10 | [`MOST_OF_DEVICE`] = 10 |
//!
//! 50 + 5 · 10 = 100 failures in a row, the ceiling of NIST SP 800-63B-4 §3.2.2, and one chance in 10,000 against codes of
//! six digits. A device is known only by a success, so nobody gets a count that begins at zero without ending the row.
//! A device that used its ten up is a stranger again, once its pause is over. Strangers who used up their fifty are not
//! heard any more until an operator unlocks the account; known devices still are.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::{CLOCK_STEP, Wall};

/// Failures in a row before the first wait (PRODUCT §2.4; RTS (EU) 2018/389 Art. 4(3)(b) allows at most five).
const FREE_FAILURES: u32 = 5;
/// The wait after the fifth failure; each further one doubles it (NIST SP 800-63B-4 §3.2.2 permits 30 s to 1 h).
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// Failures in a row before the pause, and the pause (PCI DSS 8.3.4: at most 10, at least 30 minutes).
const PAUSE_AFTER: u32 = 10;
const PAUSE: Duration = Duration::from_secs(30 * 60);
/// After so long without a failure waits begin anew. What counts towards the ceiling is not forgotten by time.
const QUIET: Duration = Duration::from_secs(24 * 3600);

/// Browsers that an account knows at a time.
pub const MOST_DEVICES: usize = 5;
/// Failures of all strangers together, before none of them is heard any more.
pub const MOST_OF_STRANGERS: u32 = 50;
/// Failures of a known device, before it is none.
pub const MOST_OF_DEVICE: u32 = PAUSE_AFTER;

/// A count of failures in a row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// In all. A new code, a resend, another channel and time change nothing here; only success does.
    pub failures: u32,
    pub last_failure: Wall,
    /// Those of them that no longer lengthen a wait, because a quiet day came after them.
    #[serde(default, skip_serializing_if = "is_zero")]
    forgiven: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Tally {
    /// How long until the next guess is heard; `None` when it is heard now. A last failure in the future is a wrong
    /// clock's and locks nobody out; the count stays, and the next failure is waited for again.
    pub fn wait(&self, now: Wall) -> Option<Duration> {
        if now < self.last_failure.minus(CLOCK_STEP) {
            return None;
        }
        let row = self.failures.saturating_sub(self.forgiven);
        let span = if row >= PAUSE_AFTER {
            PAUSE
        } else if row >= FREE_FAILURES {
            FIRST_WAIT * 2u32.pow(row - FREE_FAILURES)
        } else {
            return None;
        };
        Some(now.until(self.last_failure.plus(span))).filter(|left| !left.is_zero())
    }

    pub fn failed(&mut self, now: Wall) {
        if now >= self.last_failure.plus(QUIET) {
            self.forgiven = self.failures;
        }
        self.failures = self.failures.saturating_add(1);
        self.last_failure = now;
    }

    /// Takes back one failure that was counted at `at` and turned out to be none; the one before it was at `before`.
    pub(super) fn take_back(&mut self, at: Wall, before: Wall) {
        self.failures = self.failures.saturating_sub(1);
        self.forgiven = self.forgiven.min(self.failures);
        if self.last_failure == at {
            self.last_failure = before;
        }
    }

    /// Whether the last failure began a pause; worth an alarm.
    pub fn is_paused(&self) -> bool {
        self.failures.saturating_sub(self.forgiven) >= PAUSE_AFTER
    }

    /// Takes out of a count that several share what one of them added to its present row, and nothing of the others'.
    pub(super) fn without(&mut self, own: &Tally) {
        let row = own.failures.saturating_sub(own.forgiven);
        // Failures that still count here came within a day of one another, so they still count in the shared row too.
        let row = row.min(self.failures.saturating_sub(self.forgiven));
        self.failures -= row;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failures: u32, now: Wall) -> Tally {
        let mut tally = Tally::default();
        (0..failures).for_each(|_| tally.failed(now));
        tally
    }

    #[test]
    fn waits_rise_after_the_fifth_failure_and_pause_after_the_tenth() {
        let now = Wall::from_secs(1_000_000);
        let waits: Vec<u64> = (1..=12).map(|n| after(n, now).wait(now).map_or(0, |w| w.as_secs())).collect();
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 1800, 1800, 1800]);
        assert_eq!(after(12, now).wait(now.plus(PAUSE)), None);
        assert!(!after(9, now).is_paused() && after(10, now).is_paused());
    }

    #[test]
    fn a_clock_that_was_wrong_locks_nobody_out() {
        let now = Wall::from_secs(1_000_000_000);
        let mut tally = after(5, now.plus(Duration::from_secs(365 * 24 * 3600)));
        assert_eq!(tally.wait(now), None, "and not for a year");
        tally.failed(now);
        assert_eq!(tally.wait(now), Some(Duration::from_secs(60)));
    }

    #[test]
    fn a_quiet_day_forgives_waits_and_not_the_count() {
        let now = Wall::from_secs(1_000_000_000);
        let mut tally = after(9, now);
        tally.failed(now.plus(QUIET - Duration::from_secs(1)));
        assert!(tally.is_paused(), "not yet a day");
        let next = tally.last_failure.plus(QUIET);
        tally.failed(next);
        assert_eq!((tally.wait(next), tally.failures), (None, 11));
    }

    #[test]
    fn who_leaves_a_shared_count_takes_only_their_own_along() {
        let now = Wall::from_secs(1_000_000_000);
        let (mut shared, own) = (after(9, now), after(4, now));
        shared.without(&own);
        assert_eq!(shared.wait(now), Some(FIRST_WAIT), "the five of the others stay");
        shared.without(&after(100, now));
        assert_eq!(shared.failures, 0, "never below nothing");
    }

    #[test]
    fn all_guesses_together_stay_below_the_ceiling() {
        let devices = u32::try_from(MOST_DEVICES).expect("few");
        assert!(MOST_OF_STRANGERS + devices * MOST_OF_DEVICE <= 100);
    }
}
