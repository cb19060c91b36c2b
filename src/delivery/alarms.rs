//! When the next channel of a challenge is due. In memory only: after a restart people press the button.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::id::ChallengeId;

/// More than any honest day has at a time; those that come later are let go.
const MOST: usize = 100_000;

/// Message number `send` was handed over, and nothing may have been heard of it by `at` on the monotonic clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub at: Duration,
    pub challenge: ChallengeId,
    pub send: u8,
}

/// Alarms that are set, by their time.
#[derive(Debug, Default)]
pub struct Alarms {
    set: BTreeMap<(Duration, u64), Alarm>,
    /// Tells alarms of one moment apart.
    count: u64,
}

impl Alarms {
    pub fn set(&mut self, alarm: Option<Alarm>) {
        let Some(alarm) = alarm.filter(|_| self.set.len() < MOST) else { return };
        self.count += 1;
        self.set.insert((alarm.at, self.count), alarm);
    }

    /// When the first one rings.
    pub fn next(&self) -> Option<Duration> {
        self.set.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes out those that ring at `now`.
    pub fn due(&mut self, now: Duration) -> Vec<Alarm> {
        let later = self.set.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.set, later).into_values().collect()
    }

    pub fn clear(&mut self) {
        self.set.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(at: u64, send: u8) -> Option<Alarm> {
        Some(Alarm { at: Duration::from_secs(at), challenge: ChallengeId::from_random([send; 16]), send })
    }

    #[test]
    fn each_rings_once_when_its_time_has_come() {
        let mut alarms = Alarms::default();
        [alarm(9, 1), alarm(5, 2), None, alarm(5, 3), alarm(7, 4)].into_iter().for_each(|alarm| alarms.set(alarm));
        assert_eq!(alarms.next(), Some(Duration::from_secs(5)));
        let mut rung = |now| alarms.due(Duration::from_secs(now)).iter().map(|a| a.send).collect::<Vec<_>>();
        assert_eq!([rung(4), rung(7), rung(8), rung(9)], [vec![], vec![2, 3, 4], vec![], vec![1]]);
        assert_eq!(alarms.next(), None);
    }
}
