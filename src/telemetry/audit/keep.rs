//! How long files are kept. Nothing is removed that the audit does not say was removed, and what it held.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use crate::domain::event::Event;
use crate::domain::time::Wall;
use crate::gate::seams::AuditError;

use super::chain::{Link, Tail};
use super::files;

/// A file that is older than it is kept, and the last line of each chain in it: whoever judges what is left knows by
/// them that nothing else is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    pub name: String,
    pub lines: u64,
    pub first: String,
    pub last: String,
    pub chains: Vec<Tail>,
}

impl Display for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} lines from {} to {}", self.name, self.lines, self.first, self.last)
    }
}

/// The decision about it.
#[derive(Serialize)]
pub struct Told<'a> {
    #[serde(flatten)]
    pub event: &'a Event,
    pub chains: &'a [Tail],
}

/// Removes the oldest file that we put aside, if its last line is older than `oldest`; `tell` comes before. Only one: a
/// clock that runs wrong does not empty the folder at once. The file that is written is never among them.
pub fn remove_oldest(
    path: &Path,
    oldest: Wall,
    tell: impl FnOnce(&Removal) -> Result<(), AuditError>,
) -> Result<Option<Removal>, String> {
    let (parts, _) = files::all(path).map_err(|e| e.to_string())?;
    let too_old = |last: &str| Wall::from_rfc3339(last).is_some_and(|last| last < oldest);
    // In their order: what is before a file that stays stays too.
    let Some(part) = parts.first().filter(|part| part.ours && too_old(&part.last)) else { return Ok(None) };
    let told = |e: io::Error| format!("{}: {e}", part.path.display());
    let (mut chains, mut lines) = (BTreeMap::new(), 0);
    let note = |line: &[u8], _, _| {
        lines += 1;
        if let Some(link) = Link::read(line) {
            chains.insert(link.chain.to_owned(), link.tail());
        }
        ControlFlow::<()>::Continue(())
    };
    files::lines(&mut File::open(&part.path).map_err(told)?, 0, note).map_err(told)?;
    let name = part.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let chains = chains.into_values().collect();
    let removal = Removal { name, lines, first: part.first.clone(), last: part.last.clone(), chains };
    tell(&removal).map_err(|e| e.to_string())?;
    std::fs::remove_file(&part.path).map_err(told)?;
    Ok(Some(removal))
}
