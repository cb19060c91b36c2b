//! The audit: JSON lines in a file. Decisions are on the disk before they take effect; accesses within a second.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::oneshot;

use crate::domain::event::{Access, Event};
use crate::gate::seams::{AuditError, World};

/// Lines of a kind that may wait for the disk.
const QUEUE: usize = 16_384;
/// When fewer places than this are free, guarded routes close until the disk has caught up.
const RESERVE: usize = QUEUE / 8;
/// Decisions are written at once; accesses wait this long for company, because each wait for the disk costs the same
/// whether it is for one line or for a thousand.
const GATHER: Duration = Duration::from_millis(100);
/// A caller hears "failed" after this long.
const DEADLINE: Duration = Duration::from_secs(3);

/// Decisions that share an answer.
struct Decided {
    text: Vec<u8>,
    written: oneshot::Sender<Result<(), String>>,
}

/// A handle; the last one dropped ends the thread once everything is written.
pub struct Audit {
    decisions: SyncSender<Decided>,
    accesses: SyncSender<Vec<u8>>,
    state: Arc<Standing>,
    world: Arc<dyn World>,
}

/// What the thread and its callers know of each other.
#[derive(Default)]
struct Standing {
    broken: AtomicBool,
    /// Access lines that wait.
    waiting: AtomicUsize,
}

impl Audit {
    /// Opens the file for appending, private to its owner, and starts the thread that writes.
    pub fn open(file: &Path, world: Arc<dyn World>) -> io::Result<Audit> {
        let book = Book::open(file)?;
        let (decisions, decided) = sync_channel(QUEUE);
        let (accesses, accessed) = sync_channel(QUEUE);
        let state = Arc::new(Standing::default());
        let clerk = Clerk { book, decided, accessed, unsaved: Vec::new(), lines: 0, state: state.clone() };
        std::thread::Builder::new().name("audit".to_owned()).spawn(move || clerk.work())?;
        Ok(Audit { decisions, accesses, state, world })
    }

    pub async fn decide(&self, event: &Event) -> Result<(), AuditError> {
        self.decide_all(std::slice::from_ref(event)).await
    }

    /// Writes decisions that take effect together, with one wait for the disk.
    pub async fn decide_all(&self, events: &[Event]) -> Result<(), AuditError> {
        let mut text = Vec::new();
        for event in events {
            text.extend(self.line("decision", event)?);
        }
        self.write(text).await
    }

    async fn write(&self, text: Vec<u8>) -> Result<(), AuditError> {
        let (written, answer) = oneshot::channel();
        self.decisions
            .try_send(Decided { text, written })
            .map_err(|_| AuditError("too many lines are waiting".to_owned()))?;
        match tokio::time::timeout(DEADLINE, answer).await {
            Ok(Ok(written)) => written.map_err(AuditError),
            Ok(Err(_)) => Err(AuditError("its thread has ended".to_owned())),
            Err(_) => Err(AuditError(format!("no answer within {} s", DEADLINE.as_secs()))),
        }
    }

    /// Hands over an access line; it is on the disk well within a second.
    pub fn access(&self, access: &Access) -> bool {
        let Ok(text) = self.line("access", access) else { return false };
        self.state.waiting.fetch_add(1, Ordering::AcqRel);
        let kept = self.accesses.try_send(text).is_ok();
        if !kept {
            self.state.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        kept
    }

    /// Whether lines can be kept.
    pub fn is_open(&self) -> bool {
        !self.state.broken.load(Ordering::Acquire) && self.state.waiting.load(Ordering::Acquire) < QUEUE - RESERVE
    }

    /// Tries the file when it could not be written before, so that a full disk that was cleaned opens routes again.
    pub async fn probe(&self) {
        if self.state.broken.load(Ordering::Acquire) {
            // The thread has noted the outcome itself.
            let _ = self.write(Vec::new()).await;
        }
    }

    fn line<T: Serialize>(&self, kind: &'static str, what: &T) -> Result<Vec<u8>, AuditError> {
        let body = serde_json::to_vec(what).map_err(|e| AuditError(e.to_string()))?;
        let mut text = format!("{{\"at\":\"{}\",\"kind\":\"{kind}\",", self.world.wall().rfc3339()).into_bytes();
        // An event and an access are JSON objects with at least one field: what follows the brace joins on.
        text.extend_from_slice(&body[1..]);
        text.push(b'\n');
        Ok(text)
    }
}

/// The thread that writes.
struct Clerk {
    book: Book,
    decided: Receiver<Decided>,
    accessed: Receiver<Vec<u8>>,
    /// Access lines that are not on the disk yet, and how many they are.
    unsaved: Vec<u8>,
    lines: usize,
    state: Arc<Standing>,
}

impl Clerk {
    fn work(mut self) {
        loop {
            let first = self.decided.recv_timeout(GATHER);
            let over = matches!(first, Err(RecvTimeoutError::Disconnected));
            let decided: Vec<Decided> = first.into_iter().chain(self.decided.try_iter()).collect();
            for line in self.accessed.try_iter().take(QUEUE) {
                self.unsaved.extend_from_slice(&line);
                self.lines += 1;
            }
            if !self.unsaved.is_empty() || !decided.is_empty() {
                self.keep(decided);
            }
            if over {
                return;
            }
        }
    }

    /// Accesses that cannot be written wait for the next try, and are counted as waiting until then: nothing is lost while
    /// the process lives, and where a write broke off half-way a line may stand twice. Decisions are told to have failed.
    fn keep(&mut self, decided: Vec<Decided>) {
        let mut text = self.unsaved.clone();
        decided.iter().for_each(|d| text.extend_from_slice(&d.text));
        let written = self.book.write(&text);
        match &written {
            Ok(()) => {
                self.state.waiting.fetch_sub(std::mem::take(&mut self.lines), Ordering::AcqRel);
                self.unsaved.clear();
            }
            Err(error) => {
                tracing::error!(%error, waiting = self.lines, "the audit cannot be written; guarded routes stay closed");
            }
        }
        self.state.broken.store(written.is_err(), Ordering::Release);
        for reply in decided {
            // Nobody listening means that the caller gave up; it has been told that this failed.
            let _ = reply.written.send(written.as_ref().copied().map_err(ToString::to_string));
        }
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

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let moved = std::fs::metadata(&self.path).map_or(true, |there| there.ino() != self.inode);
        if moved || self.torn {
            let reopened = Book::open(&self.path)?;
            *self = reopened;
        }
        let mut text = if self.torn { b"\n".to_vec() } else { Vec::new() };
        text.extend_from_slice(lines);
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
