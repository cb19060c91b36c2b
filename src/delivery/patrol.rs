//! Notices that a provider fails again and again, and that it works again. Decides nothing: operators are told.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::outcome::{Attempt, Class};
use super::probe::Look;
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

/// What is watched, and how closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    pub rule: Rule,
    /// Between two looks at what is left with providers.
    pub balance_every: Duration,
}

/// When a provider counts as down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// So many failures in a row…
    pub failures: u32,
    /// …of which the first is at least so long ago.
    pub over: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// With the class of the last failure.
    Down(String),
    Up,
}

/// How one provider of one channel does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Failures since the last success.
    pub failures: u32,
    pub since: Option<Wall>,
    /// The class of the last one.
    pub class: Option<String>,
    pub last_success: Option<Wall>,
    pub is_down: bool,
}

pub struct Patrol {
    rule: Rule,
    seen: HashMap<(String, Option<Channel>), Health>,
}

impl Patrol {
    pub fn new(rule: Rule) -> Patrol {
        Patrol { rule, seen: HashMap::new() }
    }

    /// Takes in an attempt; something, when that changes whether the provider is up.
    pub fn heard(&mut self, attempt: &Attempt<'_>, now: Wall) -> Option<News> {
        if attempt.provider == super::courier::NAME {
            return None;
        }
        let rule = self.rule;
        let health = self.seen.entry((attempt.provider.to_owned(), attempt.channel())).or_default();
        let Err(class) = attempt.outcome else {
            let was_down = health.is_down;
            *health = Health { last_success: Some(now), ..Health::default() };
            return was_down.then_some(News::Up);
        };
        if !is_the_providers(class) {
            return None;
        }
        health.failures = health.failures.saturating_add(1);
        health.class = Some(class.to_owned());
        let since = *health.since.get_or_insert(now);
        if health.is_down || health.failures < rule.failures || since.until(now) < rule.over {
            return None;
        }
        health.is_down = true;
        Some(News::Down(class.to_owned()))
    }

    pub fn health(&self, provider: &str, channel: Channel) -> Health {
        self.seen.get(&(provider.to_owned(), Some(channel))).cloned().unwrap_or_default()
    }
}

/// What is known of every provider.
pub struct Watchbook {
    patrol: Mutex<Patrol>,
    looks: Mutex<BTreeMap<(Channel, String), (Wall, Look)>>,
}

impl Watchbook {
    pub fn new(rule: Rule) -> Watchbook {
        Watchbook { patrol: Mutex::new(Patrol::new(rule)), looks: Mutex::default() }
    }

    pub fn heard(&self, attempt: &Attempt<'_>, now: Wall) -> Option<News> {
        lock(&self.patrol).heard(attempt, now)
    }

    pub fn health(&self, provider: &str, channel: Channel) -> Health {
        lock(&self.patrol).health(provider, channel)
    }

    /// Keeps what a look at a provider came to.
    pub fn looked(&self, provider: &str, channel: Channel, look: Look, now: Wall) {
        lock(&self.looks).insert((channel, provider.to_owned()), (now, look));
    }

    pub fn look(&self, provider: &str, channel: Channel) -> Option<(Wall, Look)> {
        lock(&self.looks).get(&(channel, provider.to_owned())).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a failure says something about the provider, and not about one number.
fn is_the_providers(class: &str) -> bool {
    let ours = [Class::RecipientPermanent, Class::OptOut, Class::Region, Class::Fraud];
    !ours.into_iter().any(|ours| ours.name() == class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::provider::tests::message;

    #[test]
    fn down_is_many_failures_in_a_row_over_some_time_and_told_once() {
        let message = message();
        let attempt = |outcome| Attempt {
            provider: "a",
            contact: Some(&message.contact),
            challenge: &message.challenge,
            send: 1,
            reference: None,
            price: None,
            outcome,
        };
        let mut patrol = Patrol::new(Rule { failures: 3, over: Duration::from_secs(60) });
        let mut at = |secs: i64, outcome| patrol.heard(&attempt(outcome), Wall::from_secs(1000 + secs));
        assert_eq!(at(0, Err("transient")), None);
        assert_eq!(at(1, Err("recipient")), None, "a wrong number is nobody's fault");
        assert_eq!(at(2, Err("transient")), None);
        assert_eq!(at(3, Err("transient")), None, "three, and too soon");
        assert_eq!(at(60, Err("funds")), Some(News::Down("funds".to_owned())));
        assert_eq!(at(61, Err("funds")), None, "told once");
        assert_eq!(at(62, Ok(())), Some(News::Up));
        assert_eq!(at(63, Ok(())), None);
        assert_eq!(at(64, Err("transient")), None);
        let health = patrol.health("a", Channel::Sms);
        assert_eq!((health.failures, health.is_down, health.last_success), (1, false, Some(Wall::from_secs(1063))));
    }
}
