//! The audit: JSON lines in a file. Decisions are on the disk before they take effect; accesses within a second.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::domain::event::{Access, Event};
use crate::gate::seams::{AuditError, World};

/// Lines that may wait for the disk.
const QUEUE: usize = 16_384;
/// When fewer places than this are free, guarded routes close until the disk has caught up.
const RESERVE: usize = QUEUE / 8;
/// Lines that share one write and one wait for the disk at most.
const BATCH: usize = 512;
/// A caller hears "failed" after this long.
const DEADLINE: Duration = Duration::from_secs(3);

struct Line {
    text: Vec<u8>,
    durable: Option<oneshot::Sender<Result<(), String>>>,
}

/// A handle; the last one dropped ends the thread once everything is written.
pub struct Audit {
    lines: mpsc::Sender<Line>,
    writable: Arc<AtomicBool>,
    world: Arc<dyn World>,
}

#[derive(Serialize)]
struct Stamped<'a, T: Serialize> {
    at: String,
    kind: &'static str,
    #[serde(flatten)]
    what: &'a T,
}

impl Audit {
    /// Opens the file for appending, private to its owner, and starts the thread that writes.
    pub fn open(file: &Path, world: Arc<dyn World>) -> io::Result<Audit> {
        let mut book = Book::open(file)?;
        let (lines, mut waiting) = mpsc::channel::<Line>(QUEUE);
        let writable = Arc::new(AtomicBool::new(true));
        let state = writable.clone();
        let write = move || {
            while let Some(first) = waiting.blocking_recv() {
                let mut batch = vec![first];
                while batch.len() < BATCH {
                    match waiting.try_recv() {
                        Ok(line) => batch.push(line),
                        Err(_) => break,
                    }
                }
                let written = book.write(&batch);
                if let Err(error) = &written {
                    tracing::error!(%error, "the audit cannot be written; guarded routes stay closed");
                }
                state.store(written.is_ok(), Ordering::Release);
                for reply in batch.into_iter().filter_map(|l| l.durable) {
                    // Nobody listening means that the caller gave up; it has been told that this failed.
                    let _ = reply.send(written.as_ref().copied().map_err(ToString::to_string));
                }
            }
        };
        std::thread::Builder::new().name("audit".to_owned()).spawn(write)?;
        Ok(Audit { lines, writable, world })
    }

    pub async fn decide(&self, event: &Event) -> Result<(), AuditError> {
        self.decide_all(std::slice::from_ref(event)).await
    }

    /// Writes decisions that take effect together, with one wait for the disk.
    pub async fn decide_all(&self, events: &[Event]) -> Result<(), AuditError> {
        let (reply, answer) = oneshot::channel();
        let mut text = Vec::new();
        for event in events {
            text.extend(self.line("decision", event)?);
        }
        let line = Line { text, durable: Some(reply) };
        self.lines.try_send(line).map_err(|_| AuditError("too many lines are waiting".to_owned()))?;
        match tokio::time::timeout(DEADLINE, answer).await {
            Ok(Ok(written)) => written.map_err(AuditError),
            Ok(Err(_)) => Err(AuditError("its thread has ended".to_owned())),
            Err(_) => Err(AuditError(format!("no answer within {} s", DEADLINE.as_secs()))),
        }
    }

    /// Hands over an access line; the thread writes it at once, so it is on the disk well within a second.
    pub fn access(&self, access: &Access) -> bool {
        let Ok(text) = self.line("access", access) else { return false };
        self.lines.try_send(Line { text, durable: None }).is_ok()
    }

    /// Whether lines can be kept. After a failure, the next decision (a begin, a verify) finds out whether it is over.
    pub fn is_open(&self) -> bool {
        self.writable.load(Ordering::Acquire) && self.lines.capacity() > RESERVE
    }

    /// Tries the file when it could not be written before, so that a full disk that was cleaned opens routes again.
    pub async fn probe(&self) {
        if !self.writable.load(Ordering::Acquire) {
            let (reply, answer) = oneshot::channel();
            if self.lines.try_send(Line { text: Vec::new(), durable: Some(reply) }).is_ok() {
                // The thread has noted the outcome itself.
                let _ = tokio::time::timeout(DEADLINE, answer).await;
            }
        }
    }

    fn line<T: Serialize>(&self, kind: &'static str, what: &T) -> Result<Vec<u8>, AuditError> {
        let stamped = Stamped { at: self.world.wall().rfc3339(), kind, what };
        let mut text = serde_json::to_vec(&stamped).map_err(|e| AuditError(e.to_string()))?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The file, reopened when it was moved away (log rotation).
struct Book {
    path: PathBuf,
    file: File,
    inode: u64,
    /// Whether the last write may have left half a line.
    torn: bool,
}

impl Book {
    fn open(path: &Path) -> io::Result<Book> {
        let mut file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
        let inode = file.metadata()?.ino();
        let torn = ends_torn(&mut file)?;
        Ok(Book { path: path.to_owned(), file, inode, torn })
    }

    fn write(&mut self, batch: &[Line]) -> io::Result<()> {
        let moved = std::fs::metadata(&self.path).map_or(true, |there| there.ino() != self.inode);
        if moved || self.torn {
            let reopened = Book::open(&self.path)?;
            *self = reopened;
        }
        let mut text = if self.torn { b"\n".to_vec() } else { Vec::new() };
        batch.iter().for_each(|line| text.extend_from_slice(&line.text));
        self.torn = true;
        self.file.write_all(&text)?;
        self.file.sync_data()?;
        self.torn = false;
        Ok(())
    }
}

/// A process that died while writing leaves half a line; the next one starts on a line of its own.
fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last[0] != b'\n')
}

#[cfg(test)]
#[path = "audit/tests.rs"]
mod tests;
