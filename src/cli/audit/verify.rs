//! `sekisho audit verify`: whether every line is there, and as it was written.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};

use crate::telemetry::audit::chain::hash_of;
use crate::telemetry::audit::files::Part;
use crate::telemetry::audit::keys::Keys;
use crate::telemetry::audit::verify::{Plan, Report, verify};

use super::{keys_of, named, parts_of};

/// The gate may put a file aside while it is read; then all is read once more.
const ROUNDS: usize = 3;

#[derive(Args)]
pub struct VerifyArgs {
    #[arg(long, value_name = "FILE", default_value = crate::cli::DEFAULT_CONFIG)]
    config: PathBuf,
    /// Believe this key too, as `audit key` prints it; with FILES, no configuration is read then
    #[arg(long, value_name = "ID:PUBLIC", allow_hyphen_values = true)]
    key: Vec<String>,
    /// A line with this hash must be there: one that was noted on an earlier occasion
    #[arg(long, value_name = "HASH", allow_hyphen_values = true)]
    expect: Vec<String>,
    /// The files are not all there is: chains may begin before them
    #[arg(long)]
    partial: bool,
    #[arg(long, value_enum, default_value = "human")]
    format: ReportFormat,
    /// These files instead of all that the configuration knows of
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    Human,
    Json,
}

pub fn main(args: &VerifyArgs, out: &mut dyn Write) -> Result<i32> {
    let mut keys = Keys::default();
    for key in &args.key {
        keys.add(key).ok_or_else(|| anyhow!("--key: \"{key}\" is no line that `sekisho audit key` prints"))?;
    }
    let mut expect = BTreeSet::new();
    for hash in &args.expect {
        hash_of(hash).ok_or_else(|| anyhow!("--expect: \"{hash}\" is no hash of a line"))?;
        expect.insert(hash.clone());
    }
    let mut active = None;
    if args.files.is_empty() || args.key.is_empty() {
        let config = crate::cli::load(&args.config)?;
        for line in keys_of(&config.key_file)?.lines() {
            // A key that the operator named counts before one of the file.
            keys.add(&line);
        }
        active = Some(config.telemetry.audit_file).filter(|_| args.files.is_empty());
    }
    let plan = Plan { keys, partial: args.partial, expect };
    let report = judge(&plan, || active.as_ref().map_or_else(|| named(&args.files), |active| parts_of(active)))?;
    match args.format {
        ReportFormat::Json => writeln!(out, "{}", serde_json::to_string(&report)?)?,
        ReportFormat::Human => show(&report, out)?,
    }
    Ok(if report.is_good() { 0 } else { 1 })
}

fn judge(plan: &Plan, list: impl Fn() -> Result<Vec<Part>>) -> Result<Report> {
    let files = |parts: Vec<Part>| parts.into_iter().map(|part| part.path).collect::<Vec<_>>();
    for _ in 0..ROUNDS {
        let before = files(list()?);
        let judged = verify(&before, plan.clone());
        if before != files(list()?) {
            continue;
        }
        return judged.map_err(|(path, error)| anyhow!(error).context(format!("reading {}", path.display())));
    }
    bail!("files come and go while they are read; try again")
}

fn show(report: &Report, out: &mut dyn Write) -> Result<()> {
    for fault in &report.faults {
        writeln!(out, "{fault}")?;
    }
    if report.more > 0 {
        writeln!(out, "and {} more", report.more)?;
    }
    for note in &report.notes {
        writeln!(out, "note: {note}")?;
    }
    for open in &report.open {
        let (tail, uncovered) = (&open.tail, open.uncovered);
        write!(
            out,
            "open: chain {} of {}, line {} of {}, hash {}",
            tail.chain, open.node, tail.seq, open.at, tail.hash
        )?;
        match uncovered {
            0 => writeln!(out)?,
            _ => writeln!(out, "; its last {uncovered} line(s) are covered by no signature yet")?,
        }
    }
    let (files, lines, chains) = (report.files, report.lines, report.chains);
    let faults = report.faults.len() as u64 + report.more;
    let verdict = if report.is_good() { "whole".to_owned() } else { format!("NOT whole, {faults} fault(s)") };
    writeln!(out, "{verdict}: {lines} lines of {chains} chains in {files} files").context("writing the report")
}
