//! What is played: five days in the life of a gate, each a plan of who comes when and does what.

use super::attacks::Attack;
use super::lives::Habit;
use super::schedule::{Shape, arrivals, dice};
use std::time::Duration;

/// Under attack, so many people are aimed at; the first of them by those who send messages to one number.
pub const VICTIMS: usize = 5;
/// An attacker comes so often for each honest person.
const ATTACKERS_PER_PERSON: f64 = 3.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    File,
    Slow(Duration),
}

/// One of the five.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub title: &'static str,
    pub tells: &'static str,
    pub shape: Shape,
    /// How long people keep coming, and how many come in a second on average.
    pub seconds: u64,
    pub rate: f64,
    pub habit: Habit,
    pub provider: Provider,
    pub gates: usize,
    /// Everybody comes from one address, or each from their own.
    pub one_house: bool,
    pub attacked: bool,
}

const fn habit(every: u64, stay: u64) -> Habit {
    Habit { every: Duration::from_millis(every), stay: Duration::from_millis(stay) }
}

const USUAL: Scenario = Scenario {
    name: "",
    title: "",
    tells: "",
    shape: Shape::Steady,
    seconds: 20,
    rate: 4.0,
    habit: habit(250, 3000),
    provider: Provider::File,
    gates: 1,
    one_house: false,
    attacked: false,
};

pub const ALL: [Scenario; 5] = [
    Scenario {
        name: "shift",
        title: "Shift change",
        tells: "Everybody comes at about the same time, all from one address, signs in and looks at some records.",
        shape: Shape::Rush,
        rate: 12.0,
        one_house: true,
        ..USUAL
    },
    Scenario {
        name: "steady",
        title: "Steady day",
        tells: "People work with their passes, record after record; now and then somebody signs in.",
        seconds: 25,
        rate: 1.5,
        habit: habit(50, 20_000),
        ..USUAL
    },
    Scenario {
        name: "attack",
        title: "Attack",
        tells: "Strangers guess passwords, names and codes and have messages sent to one number, from an address each. \
                Honest people sign in beside them, also those who are aimed at, on devices that signed in before.",
        rate: 2.0,
        attacked: true,
        ..USUAL
    },
    Scenario {
        name: "slow",
        title: "Slow provider",
        tells: "The message provider takes five seconds for each message.",
        provider: Provider::Slow(Duration::from_secs(5)),
        ..USUAL
    },
    Scenario {
        name: "lost",
        title: "Node lost",
        tells: "Two gates share a Redis. In the middle one of them is killed; its people go on at the other.",
        rate: 3.0,
        habit: habit(200, 8000),
        gates: 2,
        ..USUAL
    },
];

pub fn named(name: &str) -> Option<Scenario> {
    ALL.into_iter().find(|scenario| scenario.name == name)
}

/// Somebody's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Somebody in the directory, in a browser that is new here.
    Honest {
        account: usize,
    },
    /// One of those who are aimed at, where they signed in before.
    Known {
        account: usize,
    },
    Attacker {
        kind: Attack,
        victim: usize,
    },
}

/// Who comes when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    pub at: Duration,
    pub part: Part,
}

impl Scenario {
    /// The plan, always the same for one seed.
    pub fn plan(&self, seed: u64) -> Vec<Life> {
        let span = Duration::from_secs(self.seconds);
        let first = if self.attacked { VICTIMS } else { 0 };
        let honest = arrivals(self.shape, self.rate, span, &mut dice(seed, 0)).into_iter().enumerate();
        let mut lives: Vec<_> = honest.map(|(n, at)| Life { at, part: Part::Honest { account: first + n } }).collect();
        if self.attacked {
            lives.extend((0..VICTIMS).map(|account| {
                let at = span.mul_f64((account as f64 + 0.5) / VICTIMS as f64);
                Life { at, part: Part::Known { account } }
            }));
            let moments = arrivals(self.shape, self.rate * ATTACKERS_PER_PERSON, span, &mut dice(seed, 1));
            lives.extend(moments.into_iter().enumerate().map(|(n, at)| Life { at, part: attacker(n) }));
        }
        lives.sort_by_key(|life| life.at);
        lives
    }

    /// Whether the gate must be set up otherwise than `conf/loadtest.toml` has it.
    pub fn needs_own_gate(&self) -> bool {
        self.gates > 1 || self.provider != Provider::File
    }

    /// When one gate is lost, if there is another.
    pub fn loses_at(&self) -> Option<Duration> {
        (self.gates > 1).then(|| Duration::from_secs(self.seconds) / 2)
    }

    /// About how long it takes until the last one has gone home.
    pub fn expected(&self) -> Duration {
        Duration::from_secs(self.seconds) + self.habit.stay + Duration::from_secs(5)
    }
}

fn attacker(n: usize) -> Part {
    let kind = [Attack::Passwords, Attack::Names, Attack::Bomb, Attack::Codes][n % 4];
    let victim = if kind == Attack::Bomb { 0 } else { 1 + n / 4 % (VICTIMS - 1) };
    Part::Attacker { kind, victim }
}
