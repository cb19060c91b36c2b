//! Whether the audit is what was written: every line, every chain, every file.
//!
//! What is found: a line that was changed, removed, put in or moved; a start or a record that nobody with the key signed;
//! a chain or a file that is missing. What is not: that the end was cut off while no process ran; changes behind the last
//! signed record of a process that was killed, which is a minute's worth; and whatever somebody does who has the key file.
//! For the first there are hashes that were noted before.

mod chains;
mod judge;
mod records;

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::chain::{Link, NOTHING, Tail, signed};
use super::files;
use super::keys::Keys;
use super::record::{Kind, Record, kind_of};
use judge::Judge;

/// What to go by.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Whose signatures are believed.
    pub keys: Keys,
    /// Whether the files are only a part of what there is, so that chains may have begun before them.
    pub partial: bool,
    /// Hashes of lines that must be there, noted on an earlier occasion.
    pub expect: BTreeSet<String>,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub file: PathBuf,
    /// From 1; 0 for what is missing as a whole.
    pub line: u64,
    pub what: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.what),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.what),
        }
    }
}

/// A chain that has no end: its process runs, or was killed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    pub node: String,
    /// When its last line was made.
    pub at: String,
    /// How many of its last lines no signature covers.
    pub uncovered: u64,
    #[serde(flatten)]
    pub tail: Tail,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub files: usize,
    pub lines: u64,
    pub chains: usize,
    /// The first of them; `more` counts the others.
    pub faults: Vec<Fault>,
    pub more: u64,
    pub notes: Vec<String>,
    pub open: Vec<Open>,
}

/// Faults that are told one by one.
const TOLD: usize = 100;

impl Report {
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, file: &Path, line: u64, what: String) {
        if self.faults.len() < TOLD {
            self.faults.push(Fault { file: file.to_owned(), line, what });
        } else {
            self.more += 1;
        }
    }
}

/// Judges files, the oldest first.
pub fn verify(files: &[PathBuf], mut plan: Plan) -> Result<Report, (PathBuf, io::Error)> {
    if let Some(report) = judge(files, &plan, true)? {
        return Ok(report);
    }
    // Once more, from the beginning: the keys of before are vouched for by records that come later.
    gather(files, &mut plan.keys)?;
    Ok(judge(files, &plan, false)?.unwrap_or_default())
}

/// `None` as soon as a key is unknown, if there may be a word about it further on.
fn judge(files: &[PathBuf], plan: &Plan, hopeful: bool) -> Result<Option<Report>, (PathBuf, io::Error)> {
    let mut judge = Judge::new(files, plan);
    for (number, path) in files.iter().enumerate() {
        let told = |error| (path.clone(), error);
        judge.turn(number);
        let line = |line: &[u8], at, ended| {
            judge.line(line, at, ended);
            if hopeful && judge.lacks_a_key() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if files::lines(&mut File::open(path).map_err(told)?, 0, line).map_err(told)?.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(judge.finish()))
}

/// Takes the keys that starts vouch for, if they are signed with a key that is believed already.
fn gather(files: &[PathBuf], keys: &mut Keys) -> Result<(), (PathBuf, io::Error)> {
    loop {
        let before = keys.len();
        for path in files {
            let told = |error| (path.clone(), error);
            let look = |line: &[u8], _, _| {
                if kind_of(line) == b"start"
                    && let (Some(record), Some(link)) = (start(line), Link::read(line))
                    && link.signature.is_some_and(|(head, sig)| keys.holds(&record.key, &signed(&NOTHING, head), sig))
                {
                    record.keys.iter().for_each(|(id, key)| {
                        keys.put(id, key);
                    });
                }
                ControlFlow::<()>::Continue(())
            };
            files::lines(&mut File::open(path).map_err(told)?, 0, look).map_err(told)?;
        }
        if keys.len() == before {
            return Ok(());
        }
    }
}

fn start(line: &[u8]) -> Option<Record> {
    serde_json::from_slice::<Record>(line).ok().filter(|record| record.kind == Kind::Start)
}
