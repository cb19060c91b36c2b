//! How a provider is doing, and whether it may be asked now: its rate, its breaker, its recent success. Of this process
//! alone: each node finds out for itself.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::outcome::Class;
use crate::domain::quota::Quota;

/// What would have to wait longer goes to the next provider.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Failures in a row that open the breaker, each with another recipient: many vendors have no word of their own for a number
/// that cannot be reached, and who asks for it again and again must not take the provider from everybody.
const IN_A_ROW: usize = 5;
/// How long it stays open at first; each further time doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Whoever found out nothing by then never will.
const LONGEST_PROBE: Duration = Duration::from_secs(120);
/// Attempts that the recent success is taken of.
const RECENT: usize = 50;

/// Whether a provider may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// From this moment on the monotonic clock; the place is taken.
    At(Duration),
    /// Its rate would keep the message waiting too long.
    Busy,
    /// It failed too often; not before so much time has passed.
    Down(Duration),
}

/// What an outcome changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    WentDown,
    CameBack,
}

/// How a provider is doing, to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// How long it is not asked; `None` while it is.
    pub down_for: Option<Duration>,
    /// Of recent attempts, how many it took.
    pub took: usize,
    pub attempts: usize,
}

/// One provider's.
#[derive(Debug, Default)]
pub struct Health {
    /// Between two messages.
    interval: Duration,
    hash: RandomState,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The next free place on the monotonic clock.
    free_at: Duration,
    /// With whom it failed since it last took a message, by a hash; no more than open the breaker.
    in_a_row: Vec<u64>,
    /// Until when nobody asks; `None` while the breaker is closed.
    down_until: Option<Duration>,
    pause: Duration,
    /// Since when somebody is finding out whether it is back.
    probed: Option<Duration>,
    recent: VecDeque<bool>,
}

impl Health {
    pub fn new(rate: Option<Quota>) -> Health {
        let interval = rate.map_or(Duration::ZERO, |Quota { limit, per }| {
            Duration::from_nanos(u64::try_from(per.as_nanos() / u128::from(limit.max(1))).unwrap_or(u64::MAX))
        });
        Health { interval, hash: RandomState::new(), state: Mutex::default() }
    }

    /// Asks for a turn. Whoever gets [`Turn::At`] waits until then, makes one attempt and says how it went.
    pub fn turn(&self, now: Duration) -> Turn {
        let mut state = self.state();
        if let Some(until) = state.down_until {
            let is_probed = state.probed.is_some_and(|since| now < since + LONGEST_PROBE);
            if now < until || is_probed {
                return Turn::Down(until.saturating_sub(now).max(Duration::from_secs(1)));
            }
            state.probed = Some(now);
        }
        let at = state.free_at.max(now);
        if at > now + LONGEST_WAIT {
            state.probed = None;
            return Turn::Busy;
        }
        state.free_at = at + self.interval;
        Turn::At(at)
    }

    pub fn took(&self) -> Option<Change> {
        let mut state = self.state();
        state.note(true);
        state.in_a_row.clear();
        state.pause = Duration::ZERO;
        state.probed = None;
        state.down_until.take().map(|_| Change::CameBack)
    }

    /// Takes in a failure with this recipient. What is the recipient's or the operator's own affair says nothing about the
    /// provider, and what was said of a recipient before says it once.
    pub fn failed(&self, class: Class, to: &str, now: Duration) -> Option<Change> {
        let to = self.hash.hash_one(to);
        let mut state = self.state();
        let probing = state.probed.take().is_some();
        match class {
            Class::RecipientPermanent | Class::OptOut | Class::Region | Class::Fraud => return None,
            Class::Config | Class::Funds | Class::Throttle | Class::Transient | Class::Ambiguous => {}
        }
        let is_new = !state.in_a_row.contains(&to);
        if is_new || probing {
            state.note(false);
        }
        // What was under way when it closed says nothing new: only whoever finds out whether it is back does.
        if state.down_until.is_some() && !probing {
            return None;
        }
        if is_new && state.in_a_row.len() < IN_A_ROW {
            state.in_a_row.push(to);
        }
        if state.in_a_row.len() < IN_A_ROW {
            return None;
        }
        let was_down = state.down_until.is_some();
        state.pause = if state.pause.is_zero() { FIRST_PAUSE } else { (state.pause * 2).min(LONGEST_PAUSE) };
        state.down_until = Some(now + state.pause);
        (!was_down).then_some(Change::WentDown)
    }

    pub fn condition(&self, now: Duration) -> Condition {
        let state = self.state();
        Condition {
            down_for: state.down_until.map(|until| until.saturating_sub(now)),
            took: state.recent.iter().filter(|took| **took).count(),
            attempts: state.recent.len(),
        }
    }

    /// Recent success in tenths, so that a single failure changes no order; who was never asked counts as good.
    pub fn success(&self) -> usize {
        let state = self.state();
        let took = state.recent.iter().filter(|took| **took).count();
        if state.recent.len() < 5 { 10 } else { (took * 10).div_ceil(state.recent.len()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing between two lines of it can be left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, took: bool) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(took);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn at(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// With somebody else each time.
    fn fails(health: &Health, class: Class, now: Duration) -> Option<Change> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        health.failed(class, &format!("+81{}", NEXT.fetch_add(1, Ordering::Relaxed)), now)
    }

    fn modem() -> Health {
        Health::new(Some(Quota { limit: 6, per: Duration::from_secs(60) }))
    }

    #[test]
    fn a_modem_takes_one_after_the_other_and_sends_on_whom_it_would_keep_waiting() {
        let modem = modem();
        let turns: Vec<_> = (0..4).map(|_| modem.turn(at(100))).collect();
        assert_eq!(turns, [Turn::At(at(100)), Turn::At(at(110)), Turn::At(at(120)), Turn::Busy]);
        assert_eq!(modem.turn(at(111)), Turn::At(at(130)), "whoever was sent on took no place");
        let free = Health::new(None);
        assert!((0..1000).all(|_| free.turn(at(5)) == Turn::At(at(5))));
    }

    #[test]
    fn five_failures_in_a_row_close_it_and_one_message_finds_out_whether_it_is_back() {
        let health = Health::new(None);
        for _ in 0..4 {
            assert_eq!(fails(&health, Class::Transient, at(0)), None);
        }
        assert_eq!(health.turn(at(0)), Turn::At(at(0)));
        assert_eq!(fails(&health, Class::Ambiguous, at(0)), Some(Change::WentDown));
        assert_eq!(health.turn(at(29)), Turn::Down(at(1)));
        assert_eq!(health.turn(at(30)), Turn::At(at(30)));
        assert_eq!(health.turn(at(30)), Turn::Down(at(1)), "one finds out, not everybody");
        assert_eq!(fails(&health, Class::Transient, at(31)), None);
        assert_eq!(health.turn(at(90)), Turn::Down(at(1)), "the second pause is longer");
        assert_eq!(health.turn(at(91)), Turn::At(at(91)));
        assert_eq!(health.took(), Some(Change::CameBack));
        assert_eq!(health.turn(at(92)), Turn::At(at(92)));
        assert_eq!(health.condition(at(92)), Condition { down_for: None, took: 1, attempts: 7 });
    }

    #[test]
    fn one_number_that_fails_again_and_again_closes_nothing() {
        let health = Health::new(None);
        for class in [Class::Config, Class::Ambiguous, Class::Transient, Class::Throttle] {
            (0..50).for_each(|_| assert_eq!(health.failed(class, "+819000000000", at(0)), None));
        }
        for n in 1..=3 {
            assert_eq!(health.failed(Class::Config, &format!("+81900000000{n}"), at(0)), None);
        }
        assert_eq!(health.condition(at(0)), Condition { down_for: None, took: 0, attempts: 4 });
        assert_eq!(health.failed(Class::Config, "+819000000004", at(0)), Some(Change::WentDown), "a fifth number");
        assert_eq!(health.turn(at(30)), Turn::At(at(30)));
        assert_eq!(health.failed(Class::Config, "+819000000000", at(30)), None, "who finds out may be anybody");
        assert_eq!(health.turn(at(60)), Turn::Down(at(30)));
    }

    #[test]
    fn what_is_the_recipients_affair_says_nothing_about_the_provider() {
        let health = Health::new(None);
        for class in [Class::RecipientPermanent, Class::OptOut, Class::Region, Class::Fraud] {
            (0..20).for_each(|_| assert_eq!(fails(&health, class, at(0)), None));
        }
        assert_eq!(health.turn(at(0)), Turn::At(at(0)));
        assert_eq!(health.success(), 10);
    }

    #[test]
    fn the_pause_ends_at_five_minutes_and_begins_anew_after_a_success() {
        let health = Health::new(None);
        (0..100).for_each(|_| _ = fails(&health, Class::Config, at(0)));
        assert_eq!(health.turn(at(0)), Turn::Down(at(30)), "those under way when it closed change nothing");
        let mut now = 0;
        for _ in 0..10 {
            now += 300;
            assert_eq!(health.turn(at(now)), Turn::At(at(now)));
            fails(&health, Class::Config, at(now));
        }
        assert_eq!(health.turn(at(now)), Turn::Down(at(300)));
        assert_eq!(health.success(), 0);
        health.took();
        (0..5).for_each(|_| _ = fails(&health, Class::Config, at(now)));
        assert_eq!(health.turn(at(now)), Turn::Down(at(30)));
    }
}
