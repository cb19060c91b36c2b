//! One process's part in the audit: its chain, over as many files as there are.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::time::Wall;
use crate::gate::seams::World;
use crate::telemetry::settings::Keeping;

use super::chain::{Chain, Tail};
use super::files;
use super::keys::Signer;
use super::record::{Kind, Record};
use super::sheet::Sheet;

/// Whether lines are followed by a signed record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    No,
    Checkpoint,
    End,
}

pub struct Book {
    path: PathBuf,
    keeping: Keeping,
    signer: Signer,
    node: String,
    world: Arc<dyn World>,
    sheet: Sheet,
    /// `None` before the first line, after the end, and after a failure that left something behind.
    chain: Option<Chain>,
    /// Where other chains are, as far as no signed record of this one names it.
    others: BTreeMap<String, Tail>,
    /// Whether this file has no record of this chain yet.
    fresh: bool,
    /// Whether this chain has lines that no signed record covers.
    uncovered: bool,
}

impl Book {
    pub fn open(
        path: PathBuf,
        keeping: Keeping,
        node: String,
        signer: Signer,
        world: Arc<dyn World>,
    ) -> io::Result<Book> {
        let sheet = Sheet::open(&path)?;
        let (chain, others) = (None, BTreeMap::new());
        Ok(Book { path, keeping, signer, node, world, sheet, chain, others, fresh: true, uncovered: false })
    }

    /// Whether there is something that a signed record would cover, of this chain or of others.
    pub fn is_uncovered(&self) -> bool {
        self.uncovered || (self.chain.is_some() && !self.others.is_empty())
    }

    pub fn is_begun(&self) -> bool {
        self.chain.is_some()
    }

    /// Where this chain is now.
    pub fn tail(&self) -> Option<Tail> {
        self.chain.as_ref().map(Chain::tail)
    }

    /// Notes what others have written.
    pub fn look(&mut self) -> io::Result<()> {
        self.turn()?;
        self.sheet.unlock();
        Ok(())
    }

    /// Writes lines, each a JSON object; all of them are durable when it returns, or none is there.
    pub fn write(&mut self, lines: &[&[u8]], seal: Seal) -> io::Result<()> {
        self.turn()?;
        let written = self.keep_apart().and_then(|()| self.append(lines, seal));
        self.sheet.unlock();
        written
    }

    /// Locks the file that has the name now, and reads what others wrote.
    fn turn(&mut self) -> io::Result<()> {
        loop {
            self.sheet.lock()?;
            let own = self.chain.as_ref().map(|chain| chain.id.as_str());
            let caught_up = self.sheet.catch_up(own, &mut self.others);
            let here = self.sheet.is_at(&self.path);
            if let Err(error) = caught_up.and(if here { Ok(()) } else { self.turn_over() }) {
                self.sheet.unlock();
                return Err(error);
            }
            if here {
                return Ok(());
            }
        }
    }

    /// The file was moved away: by logrotate, by another process or by us.
    fn turn_over(&mut self) -> io::Result<()> {
        let sheet = Sheet::open(&self.path)?;
        self.sheet.unlock();
        self.sheet = if self.chain.is_some() { sheet.from_its_beginning() } else { sheet };
        self.fresh = true;
        Ok(())
    }

    /// Puts the file aside when its time is over or it is large, and turns to a new one.
    fn keep_apart(&mut self) -> io::Result<()> {
        let period = |at: Wall| at.secs().div_euclid(i64::try_from(self.keeping.rotate.as_secs()).unwrap_or(i64::MAX));
        let (now, first) = (self.world.wall(), Wall::from_rfc3339(&self.sheet.first));
        let over = first.is_some_and(|first| period(first) < period(now));
        // Files are in the order of their first lines, so none begins while the clock runs behind.
        let behind = first.is_some_and(|first| now < first);
        if self.sheet.size() == 0 || behind || !(over || self.sheet.size() >= self.keeping.rotate_size) {
            return Ok(());
        }
        if self.is_uncovered() {
            self.append(&[], Seal::Checkpoint)?;
        }
        std::fs::rename(&self.path, files::aside(&self.path, &self.sheet.first))?;
        File::open(files::folder(&self.path))?.sync_all()?;
        self.turn_over()?;
        self.turn()
    }

    fn append(&mut self, lines: &[&[u8]], seal: Seal) -> io::Result<()> {
        if self.chain.is_none()
            && let Err(error) = self.look_at_the_file_before()
        {
            // Somebody else's file is no reason to close; that this start names nobody is what it costs.
            tracing::warn!(%error, "the file of the audit before this one cannot be read");
        }
        let now = self.world.wall().rfc3339();
        let mut text = Vec::with_capacity(lines.iter().map(|line| line.len() + 100).sum::<usize>() + 1000);
        if self.sheet.torn.is_some() {
            text.push(b'\n');
        }
        let mut chain = self.chain.clone().unwrap_or_else(|| Chain::new(self.draw()));
        let kind = if chain.is_empty() { Kind::Start } else { Kind::Checkpoint };
        let first = chain.is_empty() || self.fresh || self.sheet.torn.is_some();
        if first {
            self.sign(&mut chain, &mut text, kind, &now);
        }
        lines.iter().for_each(|line| chain.append(&mut text, line, None));
        let mut covered = first && lines.is_empty();
        if seal == Seal::End || (seal == Seal::Checkpoint && !covered) {
            let others = if first { Some(std::mem::take(&mut self.others)) } else { None };
            let kind = if seal == Seal::End { Kind::End } else { Kind::Checkpoint };
            self.sign(&mut chain, &mut text, kind, &now);
            // What the first record named the second need not; both are written, or neither.
            self.others.extend(others.into_iter().flatten());
            covered = true;
        }
        if let Err((error, undone)) = self.sheet.append(&text, &now) {
            if !undone {
                tracing::error!("what was written of the audit cannot be taken back; a new chain begins behind it");
                self.begin_anew();
            }
            return Err(error);
        }
        if first || covered {
            self.others.clear();
        }
        if first || seal == Seal::End {
            let Tail { chain, seq, hash } = chain.tail();
            // Whoever keeps the log elsewhere can hold the audit to this.
            tracing::info!(chain, seq, hash, "the audit is signed");
        }
        (self.fresh, self.uncovered) = (false, !covered);
        self.chain = Some(chain);
        if seal == Seal::End {
            self.begin_anew();
        }
        Ok(())
    }

    /// What this chain left behind is somebody else's from now on.
    fn begin_anew(&mut self) {
        self.chain = None;
        self.uncovered = false;
        self.sheet.forget();
    }

    /// A chain that begins in a new file names those at the end of the one before.
    fn look_at_the_file_before(&mut self) -> io::Result<()> {
        if self.sheet.size() > 0 || !self.others.is_empty() {
            return Ok(());
        }
        let (parts, _) = files::all(&self.path)?;
        let before = parts.iter().rev().find(|part| part.path != self.path && part.size > 0);
        match before {
            Some(part) => Sheet::look_into(&part.path)?.catch_up(None, &mut self.others),
            None => Ok(()),
        }
    }

    fn draw(&self) -> [u8; 12] {
        let mut random = [0; 12];
        self.world.fill(&mut random);
        random
    }

    fn sign(&self, chain: &mut Chain, text: &mut Vec<u8>, kind: Kind, now: &str) {
        let start = kind == Kind::Start;
        let record = Record {
            at: now.to_owned(),
            kind,
            node: start.then(|| self.node.clone()),
            pid: start.then(std::process::id),
            version: start.then(|| env!("CARGO_PKG_VERSION").to_owned()),
            prev: (!start).then(|| chain.last()),
            previous: self.others.values().cloned().collect(),
            torn: self.sheet.torn.clone().filter(|_| text.as_slice() == b"\n"),
            keys: if start { self.signer.others() } else { BTreeMap::new() },
            key: self.signer.id.clone(),
        };
        // A record has no map with keys that are no text, and no number that JSON has not.
        let object = serde_json::to_vec(&record).unwrap_or_default();
        chain.append(text, &object, Some(&self.signer));
    }
}
