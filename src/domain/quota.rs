//! An allowance on a key: so many messages to a number, so much money a day.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::{CLOCK_STEP, Wall};

/// At most `limit` units in a window of `per`, which opens with the first unit taken and closes by time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub limit: u64,
    pub per: Duration,
}

/// How much of a quota is used up on one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Used {
    pub since: Wall,
    pub units: u64,
}

impl Quota {
    /// Reads `5/10m`, `30/m`, `200/1d`: a number, a slash and a span.
    pub fn parse(text: &str) -> Option<Quota> {
        let (limit, per) = text.split_once('/')?;
        let per = per.trim();
        let per = if per.starts_with(|c: char| c.is_ascii_digit()) { per.to_owned() } else { format!("1{per}") };
        let quota = Quota { limit: limit.trim().parse().ok()?, per: humantime::parse_duration(&per).ok()? };
        (quota.limit > 0 && !quota.per.is_zero()).then_some(quota)
    }

    /// Takes `units`, or says how long until the window closes. A refused take changes nothing.
    pub fn take(&self, used: Used, units: u64, now: Wall) -> Result<Used, Duration> {
        let closes = used.since.plus(self.per);
        // Requests that overtake each other come from before the window opened, and count in it. A clock that was set back
        // opens a new one: else a wrong one could close a window for years.
        let over = now >= closes || now < used.since.minus(CLOCK_STEP);
        let current = if over { Used { since: now, units: 0 } } else { used };
        match current.units.checked_add(units).filter(|sum| *sum <= self.limit) {
            Some(units) => Ok(Used { units, ..current }),
            None => Err(now.until(current.since.plus(self.per)).max(Duration::from_secs(1))),
        }
    }
}

/// Something that is counted and watched, and refuses nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub name: &'static str,
    /// Already hashed where it would name a person.
    pub key: String,
    /// How long it is counted from the first one on.
    pub per: Duration,
    pub add: Add,
}

/// What becomes of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Add {
    /// So many more; none only looks.
    More(u64),
    /// Rises to so many where it is no more, and then counts from now on.
    AtLeast(u64),
}

/// The largest count: what a column of SQLite and a number of Lua hold exactly.
pub const MOST: u64 = (1 << 53) - 1;

impl Mark {
    /// What it comes to.
    pub fn of(&self, used: Used, now: Wall) -> Used {
        let quota = Quota { limit: u64::MAX, per: self.per };
        let current = quota.take(used, 0, now).unwrap_or(Used { since: now, units: 0 });
        match self.add {
            Add::More(units) => Used { units: current.units.saturating_add(units).min(MOST), ..current },
            Add::AtLeast(units) if units >= current.units => Used { since: now, units: units.min(MOST) },
            Add::AtLeast(_) => current,
        }
    }

    pub fn changes_nothing(&self) -> bool {
        self.add == Add::More(0)
    }
}

/// One allowance to take from: which quota, on which key, how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// What the allowance is for, as the audit names it (`sms per number`).
    pub name: &'static str,
    /// The key, already hashed where it would name a person.
    pub key: String,
    pub quota: Quota,
    pub units: u64,
    /// `false` only looks whether there would be enough.
    pub spend: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_read_as_written() {
        let minutes = |m: u64| Duration::from_secs(60 * m);
        assert_eq!(Quota::parse("5/10m"), Some(Quota { limit: 5, per: minutes(10) }));
        assert_eq!(Quota::parse("30/m"), Some(Quota { limit: 30, per: minutes(1) }));
        assert_eq!(Quota::parse("8 / 1d"), Some(Quota { limit: 8, per: minutes(24 * 60) }));
        for bad in ["", "5", "/m", "0/m", "5/", "5/0s", "-1/m", "x/m", "5/parsec"] {
            assert_eq!(Quota::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_count_has_a_window_and_refuses_nothing() {
        let tick = |add| Mark { name: "n", key: String::new(), per: Duration::from_secs(10), add };
        let at = |secs: i64| Wall::from_secs(1_000 + secs);
        let two = tick(Add::More(2)).of(Used::default(), at(0));
        assert_eq!(tick(Add::More(3)).of(two, at(9)), Used { since: at(0), units: 5 });
        assert_eq!(tick(Add::More(3)).of(two, at(10)), Used { since: at(10), units: 3 });
        assert_eq!(tick(Add::More(u64::MAX)).of(two, at(1)).units, MOST);
        assert_eq!(tick(Add::AtLeast(1)).of(two, at(1)), two);
        assert_eq!(tick(Add::AtLeast(2)).of(two, at(1)), Used { since: at(1), units: 2 });
    }

    #[test]
    fn requests_that_overtake_each_other_free_nothing() {
        let quota = Quota { limit: 2, per: Duration::from_secs(10) };
        let at = |millis: i64| Wall(1_000_000 + millis);
        let used = quota.take(Used::default(), 2, at(1)).expect("two fit");
        assert_eq!(quota.take(used, 1, at(0)), Err(Duration::from_millis(10_001)));
        assert!(quota.take(used, 1, at(-60_000)).is_ok(), "a clock that was set back");
    }

    #[test]
    fn a_window_closes_by_time_alone() {
        let quota = Quota { limit: 2, per: Duration::from_secs(10) };
        let at = |secs: i64| Wall::from_secs(1_000 + secs);
        let used = quota.take(Used::default(), 1, at(0)).and_then(|u| quota.take(u, 1, at(1)));
        let used = used.expect("two fit");
        assert_eq!(quota.take(used, 1, at(4)), Err(Duration::from_secs(6)));
        assert_eq!(quota.take(used, 1, at(10)), Ok(Used { since: at(10), units: 1 }));
        assert_eq!(quota.take(used, 3, at(10)), Err(Duration::from_secs(10)), "more than the limit never fits");
        assert_eq!(quota.take(used, u64::MAX, at(5)), Err(Duration::from_secs(5)), "no overflow");
    }
}
