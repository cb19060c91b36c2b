//! Allowances: what every store promises of them.

use crate::contract::NOW;
use crate::houses::House;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use sekisho::domain::quota::{Add, Draw, MOST, Mark, Quota, Used};
use sekisho::domain::time::Wall;
use sekisho::gate::seams::Take;
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::JoinSet;

fn draw(name: &'static str, limit: u64) -> Draw {
    Draw { name, key: "k".into(), quota: Quota { limit, per: Duration::from_secs(60) }, units: 1, spend: true }
}

pub async fn an_allowance_is_never_overdrawn(house: &House) {
    let mut tasks = JoinSet::new();
    for n in 0..60 {
        let store = if n % 2 == 0 { house.one.clone() } else { house.two.clone() };
        tasks.spawn(async move { store.take(vec![draw("wide", 100), draw("narrow", 7)], NOW).await.expect("answers") });
    }
    let all = tasks.join_all().await;
    assert_eq!(all.iter().filter(|take| **take == Take::Taken).count(), 7);
    assert!(all.iter().all(|take| matches!(take, Take::Taken | Take::Short { name: "narrow", .. })), "{all:?}");
}

pub async fn many_are_taken_from_together_or_none(house: &House) {
    let (one, two) = (&house.one, &house.two);
    for _ in 0..3 {
        let none = one.take(vec![draw("wide", 5), draw("none", 0)], NOW).await.expect("answers");
        assert_eq!(none, Take::Short { name: "none", wait: Duration::from_secs(60) });
    }
    let twice = two.take(vec![draw("wide", 5), draw("wide", 5)], NOW).await.expect("answers");
    assert_eq!(twice, Take::Taken, "the same one can be drawn from twice");
    let four = vec![draw("wide", 5), draw("wide", 5), draw("wide", 5), draw("wide", 5)];
    assert!(matches!(one.take(four, NOW).await, Ok(Take::Short { name: "wide", .. })), "only three are left");
    let three = vec![draw("wide", 5), draw("wide", 5), draw("wide", 5)];
    assert_eq!(one.take(three, NOW).await.expect("answers"), Take::Taken);
    assert_eq!(one.take(Vec::new(), NOW).await.expect("answers"), Take::Taken, "nothing is always there");
}

pub async fn a_look_takes_nothing(house: &House) {
    let look = |limit| Draw { spend: false, ..draw("wide", limit) };
    for _ in 0..3 {
        assert_eq!(house.one.take(vec![look(1), look(1)], NOW).await.expect("answers"), Take::Taken);
    }
    assert_eq!(house.two.take(vec![draw("wide", 1)], NOW).await.expect("answers"), Take::Taken);
    assert!(matches!(house.one.take(vec![look(1)], NOW).await, Ok(Take::Short { name: "wide", .. })));
    assert_eq!(house.one.take(vec![look(2)], NOW).await.expect("answers"), Take::Taken, "one spent, one left");
}

/// Random draws by clocks that go forth and back, against the arithmetic of the domain.
pub async fn allowances_count_as_the_domain_does(house: &House) {
    const NAMES: [&str; 3] = ["a", "b", "c"];
    let mut dice = SmallRng::seed_from_u64(4711);
    let mut model: HashMap<(&str, String), Used> = HashMap::new();
    let mut now = NOW;
    let (mut taken, mut short) = (0, 0);
    for round in 0..600 {
        now = match dice.random_range(0..10) {
            0 => Wall(now.0 - dice.random_range(0..130_000)),
            1..7 => Wall(now.0 + dice.random_range(0..3_000)),
            _ => Wall(now.0 + dice.random_range(0..70_000)),
        };
        let draws: Vec<Draw> = (0..dice.random_range(1..4))
            .map(|_| Draw {
                name: NAMES[dice.random_range(0..3)],
                key: dice.random_range(0..2).to_string(),
                quota: Quota {
                    limit: dice.random_range(1..30),
                    per: Duration::from_micros(dice.random_range(1_000..90_000_000)),
                },
                units: if dice.random_range(0..40) == 0 { u64::MAX } else { dice.random_range(0..9) },
                spend: dice.random_range(0..4) > 0,
            })
            .collect();
        let (expected, after) = judge(&model, &draws, now);
        let store = if round % 2 == 0 { &house.one } else { &house.two };
        let answer = store.take(draws.clone(), now).await.expect("answers");
        assert_eq!(answer, expected, "round {round} at {now:?}: {draws:?}");
        match answer {
            Take::Taken => (taken, model) = (taken + 1, after),
            Take::Short { .. } => short += 1,
        }
    }
    assert!(taken > 100 && short > 100, "{taken} taken, {short} short: the dice say too little");
}

type Model = HashMap<(&'static str, String), Used>;

fn judge(before: &Model, draws: &[Draw], now: Wall) -> (Take, Model) {
    let mut after = before.clone();
    for draw in draws {
        let place = (draw.name, draw.key.clone());
        match draw.quota.take(after.get(&place).copied().unwrap_or_default(), draw.units, now) {
            Ok(used) if draw.spend => drop(after.insert(place, used)),
            Ok(_) => {}
            Err(wait) => return (Take::Short { name: draw.name, wait }, before.clone()),
        }
    }
    (Take::Taken, after)
}

/// Random ticks by clocks that go forth and back, against the arithmetic of the domain; between them, what is taken.
pub async fn counts_count_as_the_domain_does(house: &House) {
    const NAMES: [&str; 2] = ["a", "b"];
    let mut dice = SmallRng::seed_from_u64(1147);
    let mut model = Model::new();
    let (mut now, mut taken) = (NOW, 0);
    for round in 0..600 {
        now = match dice.random_range(0..10) {
            0 => Wall(now.0 - dice.random_range(0..130_000)),
            1..7 => Wall(now.0 + dice.random_range(0..3_000)),
            _ => Wall(now.0 + dice.random_range(0..70_000)),
        };
        let store = if round % 2 == 0 { &house.one } else { &house.two };
        let per = Duration::from_millis(dice.random_range(1..90_000));
        if round % 3 == 0 {
            let draws = vec![Draw { units: dice.random_range(1..9), quota: Quota { limit: 20, per }, ..draw("a", 0) }];
            let (expected, after) = judge(&model, &draws, now);
            assert_eq!(store.take(draws, now).await.expect("answers"), expected, "round {round}");
            taken += usize::from(expected == Take::Taken);
            model = after;
            continue;
        }
        let ticks: Vec<Mark> = (0..dice.random_range(1..5))
            .map(|_| Mark {
                name: NAMES[dice.random_range(0..2)],
                key: if dice.random_range(0..3) == 0 { "other".into() } else { "k".into() },
                per,
                add: match dice.random_range(0..8) {
                    0 | 1 => Add::AtLeast(dice.random_range(0..60)),
                    2 => Add::More(0),
                    3 if round % 50 == 1 => Add::More(u64::MAX),
                    _ => Add::More(dice.random_range(0..9)),
                },
            })
            .collect();
        let count = |tick: &Mark| {
            let used = model.entry((tick.name, tick.key.clone())).or_default();
            let after = tick.of(*used, now);
            // A look leaves even a window that is over as it is.
            *used = if tick.changes_nothing() { *used } else { after };
            after
        };
        let expected: Vec<Used> = ticks.iter().map(count).collect();
        assert_eq!(store.mark(ticks.clone(), now).await.expect("answers"), expected, "round {round}: {ticks:?}");
    }
    assert!(taken > 20, "{taken}");
    assert!(house.one.mark(Vec::new(), now).await.expect("answers").is_empty());
}

/// From both handles at once; each says what it came to, and no two the same.
pub async fn of_many_counts_at_once_none_is_lost(house: &House) {
    let mut tasks = JoinSet::new();
    for n in 0..80 {
        let store = if n % 2 == 0 { house.one.clone() } else { house.two.clone() };
        let tick = Mark { name: "all", key: "k".into(), per: Duration::from_secs(60), add: Add::More(3) };
        tasks.spawn(async move { store.mark(vec![tick], NOW).await.expect("answers")[0].units });
    }
    let mut all = tasks.join_all().await;
    all.sort_unstable();
    assert_eq!(all, (1..=80).map(|n| n * 3).collect::<Vec<u64>>());
    let most = Mark { name: "all", key: "k".into(), per: Duration::from_secs(60), add: Add::More(MOST) };
    assert_eq!(house.two.mark(vec![most], NOW).await.expect("answers")[0].units, MOST, "and it ends there");
    let none = Draw { units: 1, ..draw("all", MOST) };
    assert!(matches!(house.one.take(vec![none], NOW).await, Ok(Take::Short { name: "all", .. })), "nothing is left");
}
