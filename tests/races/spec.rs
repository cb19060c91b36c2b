//! One account with its challenges, as it has to behave when one thing happens after the other.

use std::collections::BTreeMap;

use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

const TRIES: u8 = 5;
const SENDS: u8 = 3;

/// Seconds that the account waits after so many failures in a row.
fn span(failures: u32) -> u64 {
    match failures {
        0..5 => 0,
        5..10 => 30 << (failures - 5),
        _ => 1800,
    }
}

/// Challenges are numbered as they are first heard of; a browser is named by the place it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    Begin {
        browser: usize,
    },
    Guess {
        challenge: usize,
        right: bool,
    },
    Resend {
        challenge: usize,
    },
    /// Five minutes pass, and every challenge is over.
    Wait,
    Revoke,
    /// A request with the pass that this challenge gave.
    Use {
        challenge: usize,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// When it was called; says nothing yet.
    Nothing,
    Begun(usize),
    Opened,
    Wrong(u8),
    Gone,
    Waits,
    Sent,
    NoneLeft,
    Forwarded,
    Refused,
    Done,
}

pub type Entry = (usize, Action<(Deed, Told)>);

/// Whether there is an order, one after the other, in which everybody would have been told the same.
fn is_linearizable(history: Vec<Entry>) -> bool {
    WGLChecker::<Account>::is_linearizable(History::from_actions(history))
}

/// # Panics
/// When nothing that happens one after the other would look like this; `which` says which play it was.
pub fn judge(which: &str, history: Vec<Entry>) {
    assert!(is_linearizable(history.clone()), "{which} happened in no order:\n{}", lines(&history));
}

fn lines(history: &[Entry]) -> String {
    let line = |(who, action): &Entry| match action {
        Action::Call((deed, _)) => format!("{who} > {deed:?}\n"),
        Action::Response((deed, told)) => format!("{who} < {deed:?} {told:?}\n"),
    };
    history.iter().map(line).collect()
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct State {
    challenges: BTreeMap<usize, Challenge>,
    /// What each browser would join.
    current: BTreeMap<usize, usize>,
    failures: u32,
    /// Seconds until the account is heard again.
    left: u64,
    revoked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Challenge {
    tries_left: u8,
    sends: u8,
    over: bool,
    opened: bool,
}

pub struct Account;

impl Specification for Account {
    type State = State;
    type Operation = (Deed, Told);

    fn init() -> State {
        State::default()
    }

    fn apply((deed, told): &(Deed, Told), state: &State) -> (bool, State) {
        let mut after = state.clone();
        let expected = after.meets(deed, told);
        (expected == *told, after)
    }
}

impl State {
    /// What the deed has to be told now; a challenge that begins takes its number from what was told.
    fn meets(&mut self, deed: &Deed, told: &Told) -> Told {
        match *deed {
            Deed::Begin { browser } => self.begin(browser, told),
            Deed::Guess { challenge, right } => self.guess(challenge, right),
            Deed::Resend { challenge } => match self.challenges.get_mut(&challenge) {
                Some(c) if !c.over && c.sends < SENDS => {
                    c.sends += 1;
                    Told::Sent
                }
                Some(c) if !c.over => Told::NoneLeft,
                _ => Told::Gone,
            },
            Deed::Wait => {
                self.challenges.values_mut().for_each(|c| c.over = true);
                self.left = self.left.saturating_sub(300);
                Told::Done
            }
            Deed::Revoke => {
                self.revoked = true;
                Told::Done
            }
            Deed::Use { challenge } => match self.challenges.get(&challenge) {
                Some(c) if c.opened && !self.revoked => Told::Forwarded,
                _ => Told::Refused,
            },
        }
    }

    fn begin(&mut self, browser: usize, told: &Told) -> Told {
        if self.left > 0 {
            return Told::Waits;
        }
        let open = self.current.get(&browser).filter(|c| self.challenges.get(c).is_some_and(|c| !c.over));
        if let Some(open) = open {
            return Told::Begun(*open);
        }
        match told {
            Told::Begun(fresh) if !self.challenges.contains_key(fresh) => {
                self.challenges.insert(*fresh, Challenge { tries_left: TRIES, sends: 1, over: false, opened: false });
                self.current.insert(browser, *fresh);
                Told::Begun(*fresh)
            }
            _ => Told::Nothing,
        }
    }

    fn guess(&mut self, challenge: usize, right: bool) -> Told {
        let Some(c) = self.challenges.get_mut(&challenge).filter(|c| !c.over) else { return Told::Gone };
        if self.left > 0 {
            return Told::Waits;
        }
        if right {
            (c.over, c.opened) = (true, true);
            (self.failures, self.left) = (0, 0);
            return Told::Opened;
        }
        c.tries_left -= 1;
        self.failures += 1;
        self.left = span(self.failures);
        c.over = c.tries_left == 0;
        Told::Wrong(c.tries_left)
    }
}

#[test]
fn the_checker_sees_what_cannot_have_happened() {
    let begun = |told| {
        vec![
            (0, Action::Call((Deed::Begin { browser: 0 }, Told::Nothing))),
            (0, Action::Response((Deed::Begin { browser: 0 }, told))),
        ]
    };
    let guess = |who, right, told| {
        let deed = Deed::Guess { challenge: 0, right };
        [(who, Action::Call((deed.clone(), Told::Nothing))), (who, Action::Response((deed, told)))]
    };
    let played = |parts: &[[Entry; 2]]| [begun(Told::Begun(0)), parts.concat()].concat();
    let once = [guess(1, false, Told::Wrong(4)), guess(2, true, Told::Opened), guess(1, true, Told::Gone)];
    assert!(is_linearizable(played(&once)));
    let twice = [guess(1, true, Told::Opened), guess(2, true, Told::Opened)];
    assert!(!is_linearizable(played(&twice)), "a code opened twice");
    let free = [guess(1, false, Told::Wrong(4)), guess(2, false, Told::Wrong(4))];
    assert!(!is_linearizable(played(&free)), "a guess cost nothing");
    let [[called_one, told_one], [called_two, told_two]] =
        [guess(1, false, Told::Wrong(3)), guess(2, false, Told::Wrong(4))];
    assert!(!is_linearizable(played(&[
        [called_one.clone(), told_one.clone()],
        [called_two.clone(), told_two.clone()]
    ])));
    assert!(is_linearizable(played(&[[called_one, called_two], [told_one, told_two]])), "at once it may be so");
}
