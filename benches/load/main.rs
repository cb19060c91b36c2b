//! The load test that people can run: whole lives against the real gate with `conf/loadtest.toml`. docs/LOADTEST.md says
//! how to run and read it.
//!
//! | part | what |
//! |---|---|
//! | [`args`] | the command line |
//! | [`scenarios`], [`schedule`] | what is played: who comes when, drawn from a seed before anything is asked |
//! | [`lives`], [`attacks`] | what honest people and attackers do |
//! | [`person`], [`wire`], [`phones`] | a browser, its connection, and where codes arrive |
//! | [`town`] | the people in the directory |
//! | [`stage`], [`derived`] | gates, Redis, application and provider, and their configuration |
//! | [`play`] | the load library's workers, one for each life |
//! | [`meter`] | what is counted and timed |
//! | [`summary`], [`text`], [`html`], [`svg`] | the report |

pub mod args;
pub mod attacks;
pub mod derived;
pub mod html;
pub mod lives;
pub mod meter;
pub mod person;
pub mod phones;
pub mod play;
pub mod scenarios;
pub mod schedule;
pub mod stage;
pub mod summary;
pub mod svg;
pub mod text;
pub mod town;
pub mod wire;

#[path = "../../tests/support/mod.rs"]
pub mod support;

use args::{Args, Sizes, Target};
use clap::Parser;
use meter::Meter;
use scenarios::Scenario;
use stage::{Stage, Town, prepared};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use summary::Summary;
use tokio::runtime::Runtime;

pub fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.prepare { prepare(&args.sizes()) } else { measure(&args) };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("load: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Plays what was asked for and writes the reports. Whether all was as it should be.
fn measure(args: &Args) -> Result<bool, String> {
    let (sizes, scenarios, out) = (args.sizes(), args.scenarios(), args.out());
    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let runtime = Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
    let stopped = runtime.spawn(tokio::signal::ctrl_c());
    let town = match args.target() {
        Some(_) => None,
        None => {
            eprintln!("{} people move in", sizes.users);
            Some(Town::found(sizes.users)?)
        }
    };
    let (mut summaries, mut broken) = (Vec::new(), false);
    for scenario in &scenarios {
        if stopped.is_finished() {
            break;
        }
        eprintln!("{}: {}", scenario.title, scenario.tells);
        // A helper that panics ends this scenario, with all that it started, and no other.
        let setting = Setting { sizes: &sizes, town: town.as_ref(), target: args.target(), out: &out };
        match catch_unwind(AssertUnwindSafe(|| setting.play(scenario, &runtime))) {
            Ok(Ok(summary)) => {
                print!("{}", text::table(&summary));
                summaries.push(summary);
            }
            Ok(Err(fault)) => {
                broken = true;
                eprintln!("load: {}: {fault}", scenario.title);
            }
            Err(_) => {
                broken = true;
                eprintln!("load: {} was not played to its end", scenario.title);
            }
        }
    }
    if !summaries.is_empty() {
        report(&summaries, &sizes, &out)?;
    }
    if stopped.is_finished() {
        eprintln!("load: stopped before the end");
    }
    Ok(!broken && !stopped.is_finished() && summaries.iter().all(|summary| summary.faults.is_empty()))
}

/// What all scenarios have in common.
pub struct Setting<'a> {
    pub sizes: &'a Sizes,
    /// Not where the gate runs already.
    pub town: Option<&'a Town>,
    pub target: Option<Target>,
    pub out: &'a Path,
}

impl Setting<'_> {
    pub fn play(&self, scenario: &Scenario, runtime: &Runtime) -> Result<Summary, String> {
        let meter = Meter::new(scenario.expected());
        let stage = match (self.target, self.town) {
            (Some(target), _) if scenario.needs_own_gate() => {
                return Err(format!("needs gates of its own, not the one at {}", target.address));
            }
            (Some(target), _) => Stage::before(target.address, target.port, meter, runtime)?,
            (None, Some(town)) => Stage::start(scenario, town, meter, runtime)?,
            (None, None) => return Err("there is no gate".to_owned()),
        };
        let outcome = runtime.block_on(play::play(scenario, &stage, self.sizes, self.out))?;
        Ok(Summary::of(&outcome))
    }
}

fn report(summaries: &[Summary], sizes: &Sizes, out: &Path) -> Result<(), String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let began =
        format!("{} users, seed {}, {cores} cores shared by gate, application and load", sizes.users, sizes.seed);
    let json = serde_json::to_string_pretty(&summaries).map_err(|error| error.to_string())?;
    for (name, text) in [("report.html", html::page(summaries, &began)), ("report.json", json)] {
        let path = out.join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Makes what `conf/loadtest.toml` names, anew.
fn prepare(sizes: &Sizes) -> Result<bool, String> {
    let folder = prepared();
    let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
    let state = folder.join("state");
    if state.exists() {
        fs::remove_dir_all(&state).map_err(fault)?;
    }
    fs::create_dir_all(&folder).map_err(fault)?;
    support::certificate::Certificate::make(&folder, "localhost");
    Town::found(sizes.users)?.copy_to(&state)?;
    println!("{} users and a certificate are in {}", sizes.users, folder.display());
    println!("sekisho run --config conf/loadtest.toml");
    println!("cargo bench --bench load -- --target https://127.0.0.1:9443 shift");
    Ok(true)
}
