//! What is reported of a scenario, in plain numbers; text, page and JSON all show this.

use super::derived::Change;
use super::meter::{Ending, Row, Step, Tally, Who, histogram, millis};
use super::play::Outcome;
use super::scenarios::{Part, VICTIMS};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What somebody who aims at a number may have sent to it: as many as the configuration's `per_number` lets through in
/// ten minutes, and as many again to a known device.
const MOST_TO_ONE_NUMBER: u64 = 8;

#[derive(Debug, Serialize)]
pub struct Summary {
    pub name: &'static str,
    pub title: &'static str,
    pub tells: &'static str,
    pub seconds: f64,
    pub lives: usize,
    pub endings: Vec<Count>,
    /// Lives that were given up, or cut short by Ctrl-C.
    pub unfinished: u64,
    pub messages: u64,
    /// Only under attack.
    pub messages_to_the_bombed_number: Option<u64>,
    pub steps: Vec<Line>,
    /// How late lives began because this machine was busy; large values make every other figure doubtful.
    pub generator_lateness_ms: Percentiles,
    pub gates: Vec<Gate>,
    /// All that is not as it should be.
    pub faults: Vec<String>,
    pub curves: Vec<Curves>,
    pub marks: Vec<(f64, String)>,
    pub configuration_changes: Vec<Change>,
    /// The load library's own account of whole lives, in seconds.
    pub lives_by_library: serde_json::Value,
}

#[derive(Debug, Serialize)]
pub struct Count {
    pub who: &'static str,
    pub what: String,
    pub count: u64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

/// One step of one sort of people, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Line {
    pub who: &'static str,
    pub step: &'static str,
    pub count: u64,
    pub per_second: f64,
    pub ms: Percentiles,
    pub answers: BTreeMap<String, u64>,
    pub errors: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
pub struct Gate {
    pub cpu_seconds: f64,
    pub peak_mib: f64,
}

/// One picture: several curves over the seconds of the scenario.
#[derive(Debug, Serialize)]
pub struct Curves {
    pub title: &'static str,
    pub unit: &'static str,
    pub logarithmic: bool,
    pub curves: Vec<Curve>,
}

#[derive(Debug, Serialize)]
pub struct Curve {
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
}

impl Summary {
    pub fn of(outcome: &Outcome) -> Self {
        let Outcome { scenario, planned, tally, .. } = outcome;
        let took = outcome.took.as_secs_f64();
        let ended: u64 = tally.endings.values().sum();
        let endings = tally.endings.iter();
        let lateness = tally.lateness.as_ref().map(Percentiles::of).unwrap_or_default();
        Summary {
            name: scenario.name,
            title: scenario.title,
            tells: scenario.tells,
            seconds: took,
            lives: planned.len(),
            endings: endings.map(|((who, e), n)| Count { who: who.name(), what: e.to_string(), count: *n }).collect(),
            unfinished: (planned.len() as u64).saturating_sub(ended),
            messages: outcome.messages,
            messages_to_the_bombed_number: scenario.attacked.then_some(outcome.bombed),
            steps: tally.rows.iter().map(|((who, step), row)| Line::of(*who, *step, row, took)).collect(),
            generator_lateness_ms: lateness,
            gates: outcome.cost.iter().map(|(cpu, peak)| Gate { cpu_seconds: *cpu, peak_mib: *peak }).collect(),
            faults: faults(outcome),
            curves: curves(tally, outcome.window.as_secs()),
            marks: tally.marks.iter().map(|(at, what)| (at.as_secs_f64(), what.clone())).collect(),
            configuration_changes: outcome.changes.clone(),
            lives_by_library: outcome.lives.clone(),
        }
    }
}

impl Percentiles {
    fn of(all: &hdrhistogram::Histogram<u64>) -> Self {
        let at = |share| millis(all.value_at_quantile(share));
        Self { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: millis(all.max()) }
    }
}

impl Line {
    fn of(who: Who, step: Step, row: &Row, took: f64) -> Self {
        let count = row.all.len();
        let (answers, errors) = (row.answers.clone(), row.errors.clone());
        let ms = Percentiles::of(&row.all);
        Self {
            who: who.name(),
            step: step.name(),
            count,
            per_second: count as f64 / took.max(0.001),
            ms,
            answers,
            errors,
        }
    }
}

/// What must not be, whatever the load: it is told at the end, and the load test fails.
fn faults(outcome: &Outcome) -> Vec<String> {
    let Outcome { tally, planned, scenario, .. } = outcome;
    let anybody = |_: Who| true;
    let mut faults = Vec::new();
    let mut tell = |count: u64, what: &str| {
        if count > 0 {
            faults.push(format!("{count} {what}"));
        }
    };
    tell(tally.ended(anybody, |e| *e == Ending::GotIn), "attackers got in");
    let failed = |e: &Ending| matches!(e, Ending::Failed(_));
    tell(tally.ended(|w| w != Who::Attacker, failed), "honest people never reached their record");
    tell(tally.ended(|w| w == Who::Attacker, failed), "attackers met a gate out of order");
    let ended: u64 = tally.endings.values().sum();
    tell((planned.len() as u64).saturating_sub(ended), "lives were not over in time");
    // Who is said to have seen a record was answered 200 there, once each.
    for who in [Who::Honest, Who::Known] {
        let seen = |step| tally.rows.get(&(who, step)).and_then(|row| row.answers.get("200")).copied().unwrap_or(0);
        let recorded = tally.ended(|w| w == who, |e| *e == Ending::Recorded);
        if recorded != seen(Step::Record) + seen(Step::Open) {
            faults.push(format!("{recorded} {} reached a record, but the answers do not add up", who.name()));
        }
    }
    if scenario.attacked {
        let known = planned.iter().filter(|life| matches!(life.part, Part::Known { .. })).count();
        if known != VICTIMS {
            faults.push(format!("{known} of {VICTIMS} known devices were played"));
        }
        if outcome.bombed > MOST_TO_ONE_NUMBER {
            faults.push(format!("{} messages went to the bombed number", outcome.bombed));
        }
    }
    faults
}

fn curves(tally: &Tally, window: u64) -> Vec<Curves> {
    let honest = |step: Step| move |who: Who, s: Step| who != Who::Attacker && s == step;
    let pages = |who: Who, s: Step| {
        who != Who::Attacker && matches!(s, Step::Open | Step::SignInPage | Step::CodePage | Step::Verify)
    };
    let used = |who: Who, s: Step| who != Who::Attacker && matches!(s, Step::Record | Step::Use);
    let latencies = |title, which: &dyn Fn(Who, Step) -> bool| latency(tally, window, title, which);
    let mut all = vec![
        latencies("See and use the record, with a pass", &used),
        latencies("Ask for a code", &honest(Step::Begin)),
        latencies("Other pages on the way to the record", &pages),
        latencies("Code on the phone", &honest(Step::Message)),
    ];
    if tally.rows.keys().any(|(who, _)| *who == Who::Attacker) {
        all.push(latencies("What attackers wait for", &|who, _| who == Who::Attacker));
    }
    let rate = |name, count: &dyn Fn(Who, &Row, u64) -> u64| {
        let at = |w: u64| tally.rows.iter().map(|((who, _), row)| count(*who, row, w)).sum::<u64>() as f64;
        Curve {
            name,
            points: windows(tally).into_iter().map(|w| ((w * window) as f64, at(w) / window as f64)).collect(),
        }
    };
    let over = |row: &Row, w: u64| row.windows.get(&w).map_or(0, hdrhistogram::Histogram::len);
    let mut rates = vec![rate("honest", &|who, row, w| if who == Who::Attacker { 0 } else { over(row, w) })];
    if all.len() > 4 {
        rates.push(rate("attackers", &|who, row, w| if who == Who::Attacker { over(row, w) } else { 0 }));
    }
    rates.push(rate("errors", &|_, row, w| row.failed.get(&w).copied().unwrap_or(0)));
    all.push(Curves { title: "Steps and errors", unit: "a second", logarithmic: false, curves: rates });
    let backlog = |name, value: &dyn Fn(&super::meter::Sample) -> u64| Curve {
        name,
        points: tally.samples.iter().map(|sample| (sample.at.as_secs_f64(), value(sample) as f64)).collect(),
    };
    let backlog = vec![backlog("lives under way", &|s| s.living), backlog("due and not answered", &|s| s.open)];
    all.push(Curves { title: "Backlog", unit: "", logarithmic: false, curves: backlog });
    all
}

/// Every window in which anything was over, and those in between.
fn windows(tally: &Tally) -> Vec<u64> {
    let used: BTreeSet<u64> = tally.rows.values().flat_map(|row| row.windows.keys().copied()).collect();
    used.last().map_or_else(Vec::new, |last| (0..=*last).collect())
}

fn latency(tally: &Tally, window: u64, title: &'static str, which: &dyn Fn(Who, Step) -> bool) -> Curves {
    let mut merged = BTreeMap::new();
    for row in tally.rows.iter().filter(|((who, step), _)| which(*who, *step)).map(|(_, row)| row) {
        for (at, part) in &row.windows {
            // Both keep two digits, so one takes the other.
            let _ = merged.entry(*at).or_insert_with(histogram).add(part);
        }
    }
    let curve = |name, share: f64| {
        let at = |(at, all): (&u64, &hdrhistogram::Histogram<u64>)| {
            ((at * window) as f64, millis(all.value_at_quantile(share)))
        };
        Curve { name, points: merged.iter().map(at).collect() }
    };
    let curves = vec![curve("max", 1.0), curve("p99", 0.99), curve("p90", 0.9), curve("p50", 0.5)];
    Curves { title, unit: "ms", logarithmic: true, curves }
}
