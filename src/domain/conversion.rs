//! Which part of the messages to a country or a row of numbers led to a code, and when that is so little that sending
//! there is stopped: the arithmetic alone.
//!
//! Messages are counted in twelve slices of the window, by the time at which the challenge began, and a code that is entered
//! is counted in the slice of its own challenge. A slice is judged once it is over and [`SETTLE`] has passed: people need a
//! moment to type. After a stop only what was sent since counts, so no evidence stops anything twice.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::time::Wall;

/// How long somebody may take before their message is taken for one that led to nothing. A code that is entered later
/// still counts from then on.
pub const SETTLE: Duration = Duration::from_secs(120);
/// Slices that a window is judged by.
pub const SLICES: u32 = 12;

/// When sending is stopped, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionRule {
    pub window: Duration,
    /// Messages that have to have gone out before anything is judged: to a country, and to a row of numbers.
    pub least: [u64; 2],
    /// Of a hundred messages fewer than so many led to a code.
    pub below: u64,
    /// The first stop; each further one lasts twice as long.
    pub stop: Duration,
    pub longest: Duration,
    /// How often one account counts in a window, so that nobody can be a crowd.
    pub per_account: u64,
    /// Only tells.
    pub report: bool,
}

/// What went out and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Yield {
    pub sent: u64,
    pub entered: u64,
}

/// A stop, as it is kept: in one number that only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// In whole seconds.
    pub until: Wall,
    /// How many stops came before it, each within [`ConversionRule::longest`] after the end of the one before.
    pub level: u8,
}

impl Stop {
    pub fn number(self) -> u64 {
        u64::try_from(self.until.secs()).unwrap_or(0) << 4 | u64::from(self.level.min(15))
    }

    /// `None` for nothing.
    pub fn of_number(number: u64) -> Option<Stop> {
        let until = i64::try_from(number >> 4).ok().filter(|secs| *secs > 0)?;
        Some(Stop { until: Wall::from_secs(until), level: (number & 15) as u8 })
    }

    pub fn is_on(self, now: Wall) -> bool {
        now < self.until
    }
}

impl ConversionRule {
    fn slice_millis(&self) -> i64 {
        i64::try_from(self.window.as_millis() / u128::from(SLICES)).unwrap_or(i64::MAX).max(1)
    }

    /// The slice that a moment lies in.
    pub fn slice_of(&self, at: Wall) -> i64 {
        at.0.div_euclid(self.slice_millis())
    }

    /// The slices that are judged now: those that are over for long enough, within the window, and not over before `since`.
    pub fn judged(&self, now: Wall, since: Wall) -> RangeInclusive<i64> {
        let last = self.slice_of(now.minus(SETTLE)) - 1;
        // No stop is shorter than a slice, so nothing from before it lies in the slice in which it ends.
        (last - i64::from(SLICES) + 1).max(self.slice_of(since))..=last
    }

    /// How long what is counted in a slice is needed.
    pub fn memory(&self) -> Duration {
        self.window * 2 + SETTLE
    }

    pub fn is_too_little(&self, Yield { sent, entered }: Yield, least: u64) -> bool {
        sent >= least && entered.saturating_mul(100) < sent.saturating_mul(self.below)
    }

    /// The stop that follows one of before.
    pub fn next_stop(&self, before: Option<Stop>, now: Wall) -> Stop {
        let again = before.filter(|stop| now < stop.until.plus(self.longest));
        let level = again.map_or(0, |stop| (stop.level + 1).min(15));
        let span = self.stop.saturating_mul(1 << level).min(self.longest);
        Stop { until: Wall::from_secs(now.plus(span).secs()), level }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn rule() -> ConversionRule {
        ConversionRule {
            window: 60 * MINUTE,
            least: [20, 10],
            below: 20,
            stop: 30 * MINUTE,
            longest: 12 * 60 * MINUTE,
            per_account: 2,
            report: false,
        }
    }

    #[test]
    fn too_little_is_below_the_part_and_above_the_least() {
        let too_little = |sent, entered| rule().is_too_little(Yield { sent, entered }, 20);
        assert!(!too_little(19, 0) && too_little(20, 0) && too_little(20, 3) && !too_little(20, 4));
        assert!(!too_little(20, 30), "more codes than messages are no harm");
    }

    #[test]
    fn stops_double_up_to_the_longest_and_begin_anew_after_a_quiet_time() {
        let (rule, mut now) = (rule(), Wall::from_secs(1_000_000_000));
        let (mut stop, mut spans) = (None, Vec::new());
        for _ in 0..8 {
            let next = rule.next_stop(stop, now);
            assert_eq!(Stop::of_number(next.number()), Some(next));
            spans.push(now.until(next.until).as_secs() / 60);
            now = next.until.plus(MINUTE);
            stop = Some(next);
        }
        assert_eq!(spans, [30, 60, 120, 240, 480, 720, 720, 720]);
        let later = stop.map(|stop| stop.until.plus(rule.longest)).unwrap_or_default();
        assert_eq!(rule.next_stop(stop, later).level, 0);
        assert_eq!(Stop::of_number(0), None);
    }

    /// The number of a later stop is the larger one: stores only raise it.
    #[test]
    fn a_later_stop_has_a_larger_number() {
        let stop = |secs, level| Stop { until: Wall::from_secs(secs), level }.number();
        assert!(stop(1_000_000_001, 0) > stop(1_000_000_000, 15));
    }

    #[test]
    fn a_slice_is_judged_once_it_is_over_and_people_had_a_moment() {
        let (rule, slice) = (rule(), 5 * 60);
        let at = |secs: i64| Wall::from_secs(1_000_000_200 / slice * slice + secs);
        let here = rule.slice_of(at(0));
        assert_eq!(rule.judged(at(slice + 119), Wall::EPOCH).end() - here, -1);
        assert_eq!(rule.judged(at(slice + 120), Wall::EPOCH).end() - here, 0);
        assert_eq!(rule.judged(at(slice + 120), Wall::EPOCH).count(), 12);
        assert_eq!(rule.judged(at(slice + 120), at(slice - 1)).count(), 1, "the stop ended in it");
        assert_eq!(rule.judged(at(slice + 120), at(slice)).count(), 0);
    }
}
