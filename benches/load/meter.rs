//! What is counted and timed, by who did it and which step it was.
//!
//! A step's time runs from the moment it should have begun, whenever this machine or the gate got round to it, and an
//! answer that never came counts with the time that somebody waited for it.

use super::wire::Trouble;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Curves have at most so many points.
const WINDOWS: u64 = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Honest,
    /// Under attack, in a browser that signed in before.
    Known,
    Attacker,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Connect,
    Open,
    SignInPage,
    Begin,
    Message,
    CodePage,
    Verify,
    Record,
    Use,
    Leave,
    WrongPassword,
    UnknownName,
    Bomb,
    WrongCode,
    Sneak,
}

/// How a life ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// At their record, as was right.
    Recorded,
    /// Kept out, as was right.
    KeptOut,
    /// At a record that was not for them.
    GotIn,
    Failed(String),
}

fn keep(histogram: &mut Histogram<u64>, micros: u64) {
    // Fails only where memory for a longer one does; saturating instead would cut off what is longer than ever before.
    let kept = histogram.record(micros);
    debug_assert!(kept.is_ok(), "{micros} µs: {kept:?}");
}

impl Who {
    pub fn name(self) -> &'static str {
        match self {
            Who::Honest => "honest",
            Who::Known => "honest, known device",
            Who::Attacker => "attacker",
        }
    }
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Step::Connect => "connect (TLS)",
            Step::Open => "open the record",
            Step::SignInPage => "sign-in page",
            Step::Begin => "ask for a code",
            Step::Message => "code on the phone",
            Step::CodePage => "code page",
            Step::Verify => "enter the code",
            Step::Record => "see the record",
            Step::Use => "use the record",
            Step::Leave => "leave",
            Step::WrongPassword => "guess a password",
            Step::UnknownName => "try a name",
            Step::Bomb => "ask for a code, password known",
            Step::WrongCode => "guess a code",
            Step::Sneak => "open the record",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Recorded => f.write_str("reached the record"),
            Ending::KeptOut => f.write_str("kept out"),
            Ending::GotIn => f.write_str("GOT IN"),
            Ending::Failed(why) => write!(f, "failed: {why}"),
        }
    }
}

/// Microseconds, to one percent; it grows with what it is told.
pub fn histogram() -> Histogram<u64> {
    // Two digits are always possible.
    Histogram::new(2).unwrap_or_else(|error| panic!("no histogram: {error}"))
}

/// One step of one sort of people.
pub struct Row {
    pub all: Histogram<u64>,
    pub windows: BTreeMap<u64, Histogram<u64>>,
    pub answers: BTreeMap<String, u64>,
    pub errors: BTreeMap<String, u64>,
    pub failed: BTreeMap<u64, u64>,
}

/// How things stood at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub at: Duration,
    /// Lives that have begun and not ended.
    pub living: u64,
    /// Steps that should have been answered: due, and not over.
    pub open: u64,
}

#[derive(Default)]
pub struct Tally {
    pub rows: BTreeMap<(Who, Step), Row>,
    pub endings: BTreeMap<(Who, Ending), u64>,
    pub lateness: Option<Histogram<u64>>,
    pub samples: Vec<Sample>,
    /// What was done to the gate, and when.
    pub marks: Vec<(Duration, String)>,
    pub bytes: u64,
}

pub struct Meter {
    begun: OnceLock<Instant>,
    window: Duration,
    living: AtomicU64,
    open: AtomicU64,
    tally: Mutex<Tally>,
}

/// Counts for as long as it is there, however what it stands for ends.
pub struct Under<'a>(&'a AtomicU64);

impl<'a> Under<'a> {
    fn way(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Meter {
    /// For something that takes about so long.
    pub fn new(expected: Duration) -> Self {
        let window = Duration::from_secs((expected.as_secs() / WINDOWS).max(1));
        let (living, open) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { begun: OnceLock::new(), window, living, open, tally: Mutex::default() }
    }

    /// When it began: at the first question for it.
    pub fn begun(&self) -> Instant {
        *self.begun.get_or_init(Instant::now)
    }

    pub fn window(&self) -> Duration {
        self.window
    }

    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn life(&self) -> Under<'_> {
        Under::way(&self.living)
    }

    pub fn step(&self) -> Under<'_> {
        Under::way(&self.open)
    }

    /// A step is over. `good`: whether it went as it should.
    pub fn record(&self, who: Who, step: Step, due: Instant, came: Result<u16, Trouble>, good: bool) {
        let label = came.map_or_else(|trouble| trouble.to_string(), |status| status.to_string());
        self.note(who, step, due, label, good);
    }

    pub fn note(&self, who: Who, step: Step, due: Instant, label: String, good: bool) {
        self.note_at(who, step, (due, Instant::now()), label, good);
    }

    /// For what was over already at this moment.
    pub fn note_at(&self, who: Who, step: Step, (due, now): (Instant, Instant), label: String, good: bool) {
        let begun = self.begun();
        let micros = u64::try_from((now - due).as_micros()).unwrap_or(u64::MAX);
        let window = (now - begun).as_secs() / self.window.as_secs();
        let mut tally = self.tally();
        let row = tally.rows.entry((who, step)).or_insert_with(|| Row {
            all: histogram(),
            windows: BTreeMap::new(),
            answers: BTreeMap::new(),
            errors: BTreeMap::new(),
            failed: BTreeMap::new(),
        });
        keep(&mut row.all, micros);
        keep(row.windows.entry(window).or_insert_with(histogram), micros);
        if !good {
            *row.errors.entry(label.clone()).or_default() += 1;
            *row.failed.entry(window).or_default() += 1;
        }
        *row.answers.entry(label).or_default() += 1;
    }

    /// A life that was due at this moment begins only now.
    pub fn began_late(&self, due: Instant) {
        let micros = u64::try_from((Instant::now() - due).as_micros()).unwrap_or(u64::MAX);
        keep(self.tally().lateness.get_or_insert_with(histogram), micros);
    }

    pub fn ended(&self, who: Who, ending: Ending) {
        *self.tally().endings.entry((who, ending)).or_default() += 1;
    }

    pub fn received(&self, bytes: usize) {
        self.tally().bytes += bytes as u64;
    }

    pub fn mark(&self, what: &str) {
        let at = self.begun().elapsed();
        self.tally().marks.push((at, what.to_owned()));
    }

    /// Keeps how things stand now, and tells.
    pub fn sample(&self) -> Sample {
        let at = self.begun().elapsed();
        let sample =
            Sample { at, living: self.living.load(Ordering::Relaxed), open: self.open.load(Ordering::Relaxed) };
        self.tally().samples.push(sample);
        sample
    }
}

impl Tally {
    /// Steps that are over, and how many of them did not go as they should.
    pub fn steps(&self) -> (u64, u64) {
        let all = self.rows.values().map(|row| row.all.len()).sum();
        (all, self.rows.values().map(Row::errors).sum())
    }

    /// Lives of these people that ended in a way that fits.
    pub fn ended(&self, who: impl Fn(Who) -> bool, fits: impl Fn(&Ending) -> bool) -> u64 {
        self.endings.iter().filter(|((of, ending), _)| who(*of) && fits(ending)).map(|(_, count)| count).sum()
    }
}

impl Row {
    pub fn errors(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Milliseconds below which such a share of the steps stayed.
    pub fn within(&self, share: f64) -> f64 {
        millis(self.all.value_at_quantile(share))
    }

    pub fn longest(&self) -> f64 {
        millis(self.all.max())
    }
}

pub fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}
