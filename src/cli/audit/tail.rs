//! `sekisho audit tail`: the last lines, and those that come.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::app::world::SystemWorld;
use crate::gate::seams::World;
use crate::telemetry::audit::tail::{Follower, last};

use super::Format;
use super::print::Printer;
use super::search::{Filter, quiet};

/// Between two looks at what came.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Args)]
pub struct TailArgs {
    #[arg(long, value_name = "FILE", default_value = crate::cli::DEFAULT_CONFIG)]
    config: PathBuf,
    /// How many lines
    #[arg(short = 'n', long, value_name = "NUMBER", default_value = "20")]
    lines: usize,
    /// Go on with what comes
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    filter: Filter,
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub fn main(args: &TailArgs, out: &mut dyn Write) -> Result<i32> {
    let path = crate::cli::load(&args.config)?.telemetry.audit_file;
    let reading = || format!("reading {}", path.display());
    super::parts_of(&path)?;
    let query = args.filter.query();
    let mut printer = Printer::new(args.format, out).context("writing what was found")?;
    // Before the lines are looked for, so that none falls in between; one may be told twice instead.
    let mut follower = args.follow.then(|| Follower::new(&path)).transpose().with_context(reading)?;
    let lines = last(&path, args.lines, &query).with_context(reading)?;
    let written = lines.iter().try_for_each(|line| printer.line(line)).and_then(|()| printer.flush());
    let Some(follower) = follower.as_mut() else { return quiet(written) };
    if written.is_err() {
        return quiet(written);
    }
    let world = SystemWorld::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    loop {
        let mut told = Ok(());
        let news = follower.news(|line| {
            if query.wants(line) && told.is_ok() {
                told = printer.line(line);
            }
            Ok(())
        });
        news.with_context(reading)?;
        if let Err(error) = told.and_then(|()| printer.flush()) {
            return quiet(Err(error));
        }
        runtime.block_on(world.sleep_until(world.mono() + LOOK));
    }
}
