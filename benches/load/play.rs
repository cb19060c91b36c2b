//! Plays a plan: one worker of the load library for each life, so that nobody ever waits for somebody else's end.
//!
//! The library runs workers that begin the next life as soon as theirs is over; by itself it would stop asking while the
//! gate is slow. So there are as many workers as lives, and each life waits for its own moment of the plan.

use super::args::Sizes;
use super::attacks::attack;
use super::derived::Change;
use super::lives::honest;
use super::meter::{Ending, Meter, Sample, Tally, Who};
use super::person::{Person, World};
use super::scenarios::{Life, Part, Scenario, VICTIMS};
use super::schedule::dice;
use super::stage::Stage;
use super::town::{Account, HOUSE, from_outside};
use async_trait::async_trait;
use clap::Parser;
use rlt::cli::BenchCli;
use rlt::{BenchSuite, IterInfo, IterReport, Status};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// Beyond what a scenario takes when all is well, before whoever is not through is given up.
const OVERTIME: Duration = Duration::from_secs(90);

/// What became of a scenario.
pub struct Outcome {
    pub scenario: Scenario,
    pub planned: Vec<Life>,
    pub tally: Tally,
    pub window: Duration,
    pub took: Duration,
    pub messages: u64,
    /// To the number that attackers have messages sent to.
    pub bombed: u64,
    pub cost: Vec<(f64, f64)>,
    pub changes: Vec<Change>,
    /// The load library's own account of the lives.
    pub lives: serde_json::Value,
}

/// Cookies of browsers that signed in before.
type Devices = BTreeMap<usize, BTreeMap<String, String>>;

#[derive(Clone)]
struct Cast(Arc<Company>);

struct Company {
    scenario: Scenario,
    world: Arc<World>,
    plan: Vec<Life>,
    devices: Devices,
    seed: u64,
}

pub async fn play(scenario: &Scenario, stage: &Stage, sizes: &Sizes, folder: &Path) -> Result<Outcome, String> {
    let plan = scenario.plan(sizes.seed);
    let accounts = plan.iter().filter_map(|life| life.part.account()).max().map_or(0, |most| most + 1);
    if accounts > sizes.users {
        return Err(format!("{accounts} people come, and there are {}: give more --users", sizes.users));
    }
    let world = stage.world.clone();
    let devices = if scenario.attacked { known_devices(&world, scenario, sizes.seed).await? } else { Devices::new() };
    let company = Company { scenario: *scenario, world: world.clone(), plan, devices, seed: sizes.seed };
    let cast = Cast(Arc::new(company));
    let report = folder.join(format!("{}-lives.json", scenario.name));
    let lines = library(cast.0.plan.len(), scenario, &report, sizes.dashboard)?;
    let show = sizes.progress && !sizes.dashboard;
    tokio::select! {
        played = rlt::cli::run(lines, cast.clone()) => played.map_err(|error| format!("{}: {error:#}", scenario.name))?,
        never = watch(&cast.0, show) => match never {},
        never = lose(&cast.0, stage) => match never {},
    }
    world.meter.sample();
    if show && std::io::stderr().is_terminal() {
        eprintln!();
    }
    let text = std::fs::read(&report).map_err(|error| format!("{}: {error}", report.display()))?;
    // It stands in report.json.
    let _ = std::fs::remove_file(&report);
    Ok(Outcome {
        scenario: *scenario,
        planned: cast.0.plan.clone(),
        window: world.meter.window(),
        took: world.meter.begun().elapsed(),
        messages: world.phones.count(),
        bombed: world.phones.look(&Account::of(0).number).codes.len() as u64,
        cost: stage.cost(),
        changes: stage.changes.clone(),
        lives: serde_json::from_slice(&text).unwrap_or_default(),
        tally: std::mem::take(&mut *world.meter.tally()),
    })
}

/// The library's own arguments: as many workers as lives, each for one.
fn library(lives: usize, scenario: &Scenario, report: &Path, dashboard: bool) -> Result<BenchCli, String> {
    let most = scenario.expected() + OVERTIME;
    let (lives, most) = (lives.max(1).to_string(), format!("{}s", most.as_secs()));
    let report = report.display().to_string();
    let collector = if dashboard { "tui" } else { "silent" };
    let words =
        ["load", "-c", &lives, "-n", &lives, "-d", &most, "--collector", collector, "-o", "json", "-O", &report];
    BenchCli::try_parse_from(words).map_err(|error| error.to_string())
}

#[async_trait]
impl BenchSuite for Cast {
    type WorkerState = ();

    async fn state(&self, _: u32) -> anyhow::Result<()> {
        Ok(())
    }

    async fn bench(&mut self, (): &mut (), info: &IterInfo) -> anyhow::Result<IterReport> {
        let company = &*self.0;
        let n = usize::try_from(info.runner_seq)?;
        let Some(life) = company.plan.get(n) else { anyhow::bail!("nobody has this part") };
        let meter = &company.world.meter;
        let due = meter.begun() + life.at;
        sleep_until(due).await;
        meter.began_late(due);
        let _living = meter.life();
        let (who, ending, took, person) = company.live(n, life, due).await;
        let status = match &ending {
            Ending::Recorded | Ending::KeptOut => Status::success(0),
            Ending::GotIn => Status::client_error(1),
            Ending::Failed(_) => Status::server_error(2),
        };
        meter.ended(who, ending);
        Ok(IterReport { duration: took, status, bytes: person.received, items: person.asked })
    }
}

impl Company {
    /// One life, and how long it was until its aim was reached.
    async fn live(&self, n: usize, life: &Life, due: Instant) -> (Who, Ending, Duration, Person) {
        let dice = dice(self.seed, 2 + n as u64);
        let person = |who, address| Person::new(self.world.clone(), who, address, n, dice);
        match life.part {
            Part::Honest { account } => {
                let account = Account::of(account);
                let address = if self.scenario.one_house { HOUSE } else { account.address() };
                let mut person = person(Who::Honest, address);
                let (ending, took) = honest(&mut person, &account, self.scenario.habit, due).await;
                (Who::Honest, ending, took, person)
            }
            Part::Known { account } => {
                let jar = self.devices.get(&account).cloned().unwrap_or_default();
                let account = Account::of(account);
                let mut person = person(Who::Known, account.address()).with_jar(jar);
                let (ending, took) = honest(&mut person, &account, self.scenario.habit, due).await;
                (Who::Known, ending, took, person)
            }
            Part::Attacker { kind, victim } => {
                let mut person = person(Who::Attacker, from_outside(n));
                let ending = attack(&mut person, kind, &Account::of(victim), due).await;
                (Who::Attacker, ending, due.elapsed(), person)
            }
        }
    }
}

impl Part {
    fn account(self) -> Option<usize> {
        match self {
            Part::Honest { account } | Part::Known { account } => Some(account),
            Part::Attacker { victim, .. } => Some(victim),
        }
    }
}

/// Those who will be aimed at sign in, in peace, and keep what their browsers are known by.
async fn known_devices(world: &Arc<World>, scenario: &Scenario, seed: u64) -> Result<Devices, String> {
    let quiet = Arc::new(World {
        gates: world.gates.clone(),
        authority: world.authority.clone(),
        tls: world.tls.clone(),
        phones: world.phones.clone(),
        meter: Meter::new(Duration::ZERO),
    });
    let mut devices = Devices::new();
    let habit = super::lives::Habit { stay: Duration::ZERO, ..scenario.habit };
    for n in 0..VICTIMS {
        let account = Account::of(n);
        let mut person = Person::new(quiet.clone(), Who::Known, account.address(), 0, dice(seed, n as u64));
        let (ending, _) = honest(&mut person, &account, habit, Instant::now()).await;
        if ending != Ending::Recorded {
            return Err(format!("{} could not sign in before the attack: {ending}", account.name));
        }
        let kept = person.jar().iter().filter(|(name, _)| name.ends_with("-device"));
        devices.insert(n, kept.map(|(name, value)| (name.clone(), value.clone())).collect());
    }
    Ok(devices)
}

/// Samples how things stand, and tells on the terminal.
async fn watch(company: &Company, show: bool) -> std::convert::Infallible {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let terminal = std::io::stderr().is_terminal();
    let mut before = 0;
    for tick in 0u64.. {
        seconds.tick().await;
        let sample = company.world.meter.sample();
        let (steps, errors) = company.world.meter.tally().steps();
        if show && (terminal || tick.is_multiple_of(5)) {
            let line = told(company, &sample, steps - before, errors);
            let (start, end) = if terminal { ("\r\x1b[K", "") } else { ("", "\n") };
            let _ = write!(std::io::stderr(), "{start}{line}{end}");
        }
        before = steps;
    }
    std::future::pending().await
}

fn told(company: &Company, sample: &Sample, steps: u64, errors: u64) -> String {
    let tally = company.world.meter.tally();
    let ended: u64 = tally.endings.values().sum();
    format!(
        "  {:>3} s of about {} · {ended} of {} lives over, {} under way · {steps} steps in the last second · {} open · {errors} errors",
        sample.at.as_secs(),
        company.scenario.expected().as_secs(),
        company.plan.len(),
        sample.living,
        sample.open,
    )
}

/// Kills the first gate when the scenario says so.
async fn lose(company: &Company, stage: &Stage) -> std::convert::Infallible {
    if let Some(at) = company.scenario.loses_at() {
        let meter = &company.world.meter;
        sleep_until(meter.begun() + at).await;
        meter.mark("one gate is killed");
        // Waiting for the dead takes a moment, and nobody else may wait for that.
        tokio::task::block_in_place(|| stage.lose(0));
    }
    std::future::pending().await
}
