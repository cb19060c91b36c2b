//! `sekisho audit`: who saw and did what, and whether what is written there is whole.

mod moment;
mod print;
mod search;
mod tail;
mod verify;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::gate::keys::KeyRing;
use crate::telemetry::audit::files::{self, Part};
use crate::telemetry::audit::keys::Keys;

pub(super) use print::shown;

#[derive(Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Find lines: who opened which record, when, from where
    Search(search::SearchArgs),
    /// Say whether every line is there and as it was written
    Verify(verify::VerifyArgs),
    /// Show the last lines, and those that come
    Tail(tail::TailArgs),
    /// Print the public keys that an auditor verifies with, as `verify --key` takes them
    Key {
        #[arg(long, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
        config: PathBuf,
    },
}

/// How lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each, to be read
    Human,
    /// Each line as it is in the file
    Json,
    /// A table for spreadsheets
    Csv,
}

pub fn main(args: AuditArgs, out: &mut dyn Write) -> Result<i32> {
    match args.command {
        AuditCommand::Search(args) => search::main(&args, out),
        AuditCommand::Verify(args) => verify::main(&args, out),
        AuditCommand::Tail(args) => tail::main(&args, out),
        AuditCommand::Key { config } => {
            for line in keys_of(&super::load(&config)?.key_file)?.lines() {
                writeln!(out, "{line}")?;
            }
            Ok(0)
        }
    }
}

/// The public halves of the key file's keys. Makes none: what is verified was signed before.
fn keys_of(file: &Path) -> Result<Keys> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading the key file {}", file.display()))?;
    Ok(Keys::of(&KeyRing::read(&text).with_context(|| format!("the key file {}", file.display()))?))
}

/// Every file of the audit that is written at `active`, the oldest first.
pub(super) fn parts_of(active: &Path) -> Result<Vec<Part>> {
    let (parts, packed) = files::all(active).with_context(|| format!("reading {}", files::folder(active).display()))?;
    if let Some(first) = packed.first() {
        eprintln!(
            "sekisho: {} packed file(s) are left out, {} among them; unpack them first",
            packed.len(),
            first.display()
        );
    }
    if parts.is_empty() {
        bail!("there is no audit at {}", active.display());
    }
    Ok(parts)
}

/// The files that were named, the oldest first.
fn named(files: &[PathBuf]) -> Result<Vec<Part>> {
    let open = |path: &PathBuf| {
        if path.is_dir() {
            bail!("{} is a folder; name the files in it", path.display());
        }
        Part::open(path, false).with_context(|| format!("reading {}", path.display()))
    };
    let mut parts = files.iter().map(open).collect::<Result<Vec<_>>>()?;
    // Of two that begin at the same moment, one is a copy or a link of the other, whatever their order.
    parts.sort_by(|a, b| (&a.first, &a.path).cmp(&(&b.first, &b.path)));
    Ok(parts)
}
