//! The count of failures that belongs to a person, whatever challenge, channel, cookie or address they came with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::{ChallengeId, UserId};
use super::time::{CLOCK_STEP, Wall};

/// Failures in a row before the first wait (PRODUCT §2.4; RTS (EU) 2018/389 Art. 4(3)(b) allows at most five).
const FREE_FAILURES: u32 = 5;
/// The wait after the fifth failure; each further one doubles it (NIST SP 800-63B-4 §3.2.2 permits 30 s to 1 h).
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// Failures in a row before the pause, and the pause (PCI DSS 8.3.4: at most 10, at least 30 minutes).
const PAUSE_AFTER: u32 = 10;
const PAUSE: Duration = Duration::from_secs(30 * 60);
/// Live challenges one account may have at a time, over all browsers and scopes: bounds the record.
const MOST_LIVE: usize = 8;
/// Unknown names share this many accounts, so that inventing names grows nothing and resets nothing.
const UNKNOWN_ACCOUNTS: u16 = 4096;

/// What counters hang on: the directory's immutable id, or one of a fixed number of places for names nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountKey(String);

impl AccountKey {
    pub fn of_user(id: &UserId) -> AccountKey {
        AccountKey(format!("u:{id}"))
    }

    /// For a name nobody has; `tag` is a keyed hash of the folded name.
    pub fn of_unknown(tag: [u8; 32]) -> AccountKey {
        AccountKey(format!("x:{}", u16::from_be_bytes([tag[0], tag[1]]) % UNKNOWN_ACCOUNTS))
    }

    /// Where this account's records lie: its challenges and sessions have ids of the same bucket.
    pub fn bucket(&self) -> u8 {
        match self.0.split_once(':') {
            Some(("u", id)) => UserId::parse(id).map_or(0, |id| id.bucket()),
            Some((_, place)) => place.parse::<u16>().map_or(0, |place| place.to_le_bytes()[0]),
            None => 0,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One account's standing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// Failures in a row. A new code, a resend or another channel changes nothing here; only success does.
    pub failures: u32,
    pub last_failure: Wall,
    /// Challenges that are open, so that a second tab joins instead of sending again.
    pub live: Vec<Live>,
}

/// An open challenge as its account remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    pub id: ChallengeId,
    /// Keyed hash of the binding cookie; with the name's, where nobody has that.
    pub browser: String,
    pub scope: String,
    pub expires: Wall,
}

impl Account {
    /// How long until the next guess is heard; `None` when it is heard now. A last failure in the future is a wrong
    /// clock's and locks nobody out; the count stays, and the next failure is waited for again.
    pub fn wait(&self, now: Wall) -> Option<Duration> {
        if now < self.last_failure.minus(CLOCK_STEP) {
            return None;
        }
        let span = if self.failures >= PAUSE_AFTER {
            PAUSE
        } else if self.failures >= FREE_FAILURES {
            FIRST_WAIT * 2u32.pow(self.failures - FREE_FAILURES)
        } else {
            return None;
        };
        Some(now.until(self.last_failure.plus(span))).filter(|left| !left.is_zero())
    }

    pub fn failed(&mut self, now: Wall) {
        self.failures = self.failures.saturating_add(1);
        self.last_failure = now;
    }

    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Whether the last failure began the long pause; worth an alarm.
    pub fn is_paused(&self) -> bool {
        self.failures >= PAUSE_AFTER
    }

    /// The open challenge that this browser already has for this scope.
    pub fn joinable(&self, browser: &str, scope: &str, now: Wall) -> Option<&ChallengeId> {
        let mine = |l: &&Live| l.browser == browser && l.scope == scope && l.expires > now;
        self.live.iter().find(mine).map(|l| &l.id)
    }

    /// Remembers a new challenge; `false` when too many are open.
    pub fn open(&mut self, live: Live, now: Wall) -> bool {
        self.live.retain(|l| l.expires > now && !(l.browser == live.browser && l.scope == live.scope));
        if self.live.len() >= MOST_LIVE {
            return false;
        }
        self.live.push(live);
        true
    }

    pub fn close(&mut self, id: &ChallengeId) {
        self.live.retain(|l| l.id != *id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_rise_after_the_fifth_failure_and_pause_after_the_tenth() {
        let mut account = Account::default();
        let now = Wall::from_secs(1_000_000);
        let waits: Vec<u64> = (0..12)
            .map(|_| {
                account.failed(now);
                account.wait(now).map_or(0, |w| w.as_secs())
            })
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 1800, 1800, 1800]);
        assert_eq!(account.wait(now.plus(PAUSE)), None);
        account.succeeded();
        assert_eq!(account.wait(now), None);
    }

    #[test]
    fn a_clock_that_was_wrong_locks_nobody_out() {
        let year = Duration::from_secs(365 * 24 * 3600);
        let now = Wall::from_secs(1_000_000_000);
        let mut account = Account { failures: 5, last_failure: now.plus(year), live: Vec::new() };
        assert_eq!(account.wait(now), None, "and not for a year");
        account.failed(now);
        assert_eq!(account.wait(now), Some(Duration::from_secs(60)));
    }

    #[test]
    fn open_challenges_are_bounded_and_join_by_browser_and_scope() {
        let mut account = Account::default();
        let now = Wall::from_secs(1);
        let live = |n: u8, scope: &str| Live {
            id: ChallengeId::from_random([n; 16]),
            browser: "b".to_owned(),
            scope: scope.to_owned(),
            expires: now.plus(Duration::from_secs(300)),
        };
        assert!(account.open(live(1, "records"), now));
        assert_eq!(account.joinable("b", "records", now), Some(&ChallengeId::from_random([1; 16])));
        assert_eq!(account.joinable("other", "records", now), None);
        assert_eq!(account.joinable("b", "records", now.plus(Duration::from_secs(300))), None);
        for n in 2..=8 {
            assert!(account.open(live(n, &format!("s{n}")), now));
        }
        assert!(!account.open(live(9, "s9"), now));
        account.close(&ChallengeId::from_random([8; 16]));
        assert!(account.open(live(9, "s9"), now));
    }

    #[test]
    fn unknown_names_share_a_fixed_number_of_accounts() {
        let keys: std::collections::BTreeSet<_> = (0..=u16::MAX)
            .map(|n| {
                let mut tag = [0; 32];
                tag[..2].copy_from_slice(&n.to_be_bytes());
                AccountKey::of_unknown(tag)
            })
            .collect();
        assert_eq!(keys.len(), usize::from(UNKNOWN_ACCOUNTS));
    }
}
