//! The file that is written: shared with other processes (a command, the old and the new gate of an upgrade), one of
//! which writes at a time.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use super::chain::{Link, Tail};
use super::files;
use super::record::{Torn, at_of};

/// Whoever begins a chain names those that wrote within so many bytes before it.
pub const LOOK_BACK: u64 = 1 << 20;
/// Another process has the file for as long as a write takes; one that has it longer hangs.
const LOCK_TRIES: u32 = 400;
const LOCK_WAIT: Duration = Duration::from_millis(5);

pub struct Sheet {
    file: File,
    id: (u64, u64),
    /// Up to where this process knows what is in it; `None` before it looked.
    known: Option<u64>,
    /// When its first line was made; empty while it has none.
    pub first: String,
    /// Half a line at the end, by a process that died.
    pub torn: Option<Torn>,
}

impl Sheet {
    /// Opens for appending; makes it, private to its owner, where there is none.
    pub fn open(path: &Path) -> io::Result<Sheet> {
        // Opening a pipe or a device could hang or do something.
        if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::other("it is no regular file"));
        }
        let mut how = OpenOptions::new();
        how.create(true).append(true).read(true).mode(0o600).custom_flags(files::flags(path)?);
        let file = how.open(path)?;
        if file.metadata()?.len() == 0 {
            files::own(path)?;
            File::open(files::folder(path))?.sync_all()?;
        }
        Sheet::of(file)
    }

    /// Opens to read only.
    pub fn look_into(path: &Path) -> io::Result<Sheet> {
        Sheet::of(File::open(path)?)
    }

    fn of(file: File) -> io::Result<Sheet> {
        let there = file.metadata()?;
        Ok(Sheet { file, id: (there.dev(), there.ino()), known: None, first: String::new(), torn: None })
    }

    /// Takes everything in it for news.
    pub fn from_its_beginning(mut self) -> Sheet {
        self.known = Some(0);
        self
    }

    /// Looks back once more at the next occasion.
    pub fn forget(&mut self) {
        self.known = None;
    }

    pub fn is_at(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == self.id)
    }

    pub fn lock(&self) -> io::Result<()> {
        for _ in 0..LOCK_TRIES {
            match self.file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_WAIT),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "another process keeps it locked"))
    }

    pub fn unlock(&self) {
        // It fails only for a file that is not open, and closing unlocks too.
        let _ = self.file.unlock();
    }

    pub fn size(&self) -> u64 {
        self.known.unwrap_or_default()
    }

    /// Reads what was written since, and notes the last line of each chain but `own`. Holds the lock.
    pub fn catch_up(&mut self, own: Option<&str>, others: &mut BTreeMap<String, Tail>) -> io::Result<()> {
        let size = self.file.metadata()?.len();
        if self.known.is_some_and(|known| known > size) {
            tracing::error!("the audit became shorter; somebody cut it");
            self.known = None;
            self.first.clear();
        }
        if self.first.is_empty() && size > 0 {
            (&self.file).seek(SeekFrom::Start(0))?;
            let first = |line: &[u8], _, _| at_of(line).map_or(ControlFlow::Continue(()), stop);
            self.first = files::lines(&mut &self.file, 0, first)?.unwrap_or_default();
        }
        if self.known == Some(size) {
            return Ok(());
        }
        let begin = self.known.unwrap_or_else(|| size.saturating_sub(LOOK_BACK));
        // Where it begins somewhere, it begins with what is left of a line.
        let mut whole = self.known.is_some() || begin == 0;
        (&self.file).seek(SeekFrom::Start(begin))?;
        let mut torn = None;
        files::lines(&mut &self.file, begin, |line, _, ended| {
            if !ended {
                torn = Some(Torn::of(line));
            } else if std::mem::replace(&mut whole, true)
                && let Some(link) = Link::read(line).filter(|link| Some(link.chain) != own)
            {
                others.insert(link.chain.to_owned(), link.tail());
            }
            ControlFlow::<()>::Continue(())
        })?;
        self.torn = torn;
        self.known = Some(size);
        Ok(())
    }

    /// Appends, durable when it returns. What cannot be written whole is taken back; `false` in the error if that failed
    /// too. Holds the lock and has caught up.
    pub fn append(&mut self, text: &[u8], now: &str) -> Result<(), (io::Error, bool)> {
        let before = self.size();
        if let Err(error) = self.file.write_all(text).and_then(|()| self.file.sync_data()) {
            return Err((error, self.file.set_len(before).is_ok()));
        }
        self.known = Some(before + text.len() as u64);
        self.torn = None;
        if self.first.is_empty() {
            now.clone_into(&mut self.first);
        }
        Ok(())
    }
}

fn stop(at: &str) -> ControlFlow<String> {
    ControlFlow::Break(at.to_owned())
}
