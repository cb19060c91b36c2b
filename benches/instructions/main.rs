//! How many instructions each piece of the way of a request executes, held to the committed numbers of `baseline.toml`.
//!
//! ```sh
//! benches/instructions/count                 # fails where a row became dearer
//! benches/instructions/count -- --accept     # writes the numbers down
//! benches/instructions/count -- admit        # rows with this in their name
//! ```
//!
//! Callgrind executes this program once and counts only within [`sekisho_counted`], from which the rows are called: a
//! busy machine changes nothing. How it is built stands in the script; for times see `micro`.

mod baseline;
mod callgrind;
#[path = "../rows/mod.rs"]
mod rows;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use mimalloc::MiMalloc;

use baseline::{Baseline, Judgement, Setting};
use rows::Row;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Before a row is counted, so that tables and caches are as they are in the midst of work.
const WARM: usize = 5;
/// What is counted is so often done, and written down for one time.
const TIMES: usize = 10;
/// Counted so often, and the least is taken: other threads of the product meet a row now and then.
const TURNS: usize = 3;

#[derive(Parser)]
#[command(name = "instructions", about = "Counts instructions and compares them with the baseline")]
struct Arguments {
    /// Rows with this in their name; all without
    name: Option<String>,
    /// Write the counts into the baseline
    #[arg(long)]
    accept: bool,
    /// What Callgrind runs
    #[arg(long, hide = true)]
    counted: bool,
    /// What `cargo bench` adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let wanted = |row: &Row| arguments.name.as_ref().is_none_or(|name| row.name.contains(name.as_str()));
    let rows: Vec<Row> = rows::all().into_iter().filter(wanted).collect();
    ensure!(!rows.is_empty(), "no row has this in its name");
    if arguments.counted {
        callgrind::tell_features();
        rows.iter().for_each(count);
        return Ok(ExitCode::SUCCESS);
    }
    let counts = callgrind::run(arguments.name.as_deref(), rows.len() * TURNS)?;
    let here = Setting::here(counts.features)?;
    let least = counts.totals.chunks(TURNS).filter_map(|turns| turns.iter().min());
    let per_time = least.map(|total| total.div_ceil(TIMES as u64));
    let found = rows.into_iter().map(|row| row.name).zip(per_time).collect();
    let before = Baseline::read()?;
    if arguments.accept {
        before.accept(here, found, arguments.name.is_some()).write()?;
        println!("written to {}", baseline::FILE);
        return Ok(ExitCode::SUCCESS);
    }
    Ok(match before.judge(&here, &found, arguments.name.is_some()) {
        Judgement::Good => ExitCode::SUCCESS,
        Judgement::Dearer => ExitCode::FAILURE,
    })
}

fn count(row: &Row) {
    let prepared = if row.again { 1 } else { WARM + TIMES * TURNS };
    let mut works: Vec<_> = (0..prepared).map(|_| (row.prepare)()).collect();
    let mut turn = 0;
    let mut next = || {
        works[turn % prepared]();
        turn += 1;
    };
    (0..WARM).for_each(|_| next());
    for _ in 0..TURNS {
        sekisho_counted(&mut || (0..TIMES).for_each(|_| next()));
    }
}

/// The one function within which Callgrind counts; it knows it by this name.
// SAFETY: nothing else in this program is called so.
#[unsafe(no_mangle)]
#[inline(never)]
fn sekisho_counted(work: &mut dyn FnMut()) {
    work();
}
