//! The audit: JSON lines in files. Decisions are on the disk before they take effect; accesses within a second.
//!
//! ```text
//! decide ─▶ clerk (one thread) ─▶ book (this process's chain) ─▶ sheet (the file, shared by lock)
//! access ─▶ trays (one a worker) ─▶ clerk
//! verify, search ─▶ files (all there are, in time order)
//! ```
//!
//! | part | what it is for |
//! |---|---|
//! | [`chain`], [`record`], [`keys`] | the format: how lines hold on to each other, and who signs |
//! | [`trays`], [`clerk`], [`book`], [`sheet`] | writing |
//! | [`files`], [`keep`] | which files there are, and how long |
//! | [`verify`], [`query`], [`search`], [`tail`] | reading |

pub mod book;
pub mod chain;
pub mod clerk;
pub mod files;
pub mod keep;
pub mod keys;
pub mod query;
pub mod record;
pub mod search;
pub mod sheet;
pub mod tail;
pub mod trays;
pub mod verify;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::oneshot;

use crate::domain::event::{Access, Event, What};
use crate::gate::seams::{AuditError, World};

use super::settings::Keeping;
use book::{Book, Seal};
use clerk::{Clerk, Decided, Standing};
use keys::Signer;
use trays::Trays;

/// Decisions that may wait for the disk.
const QUEUE: usize = 16_384;
/// A caller hears "failed" after this long.
const DEADLINE: Duration = Duration::from_secs(3);
/// Between two looks at whether a file is older than it is kept.
const TIDY: Duration = Duration::from_secs(3600);

/// A handle; the last one dropped ends the thread once everything is written.
pub struct Audit {
    decisions: SyncSender<Decided>,
    trays: Arc<Trays>,
    state: Arc<Standing>,
    world: Arc<dyn World>,
    path: PathBuf,
    keeping: Keeping,
    /// What every access line says of this node.
    node: String,
    tidying: Arc<AtomicBool>,
    /// The next look at what is too old, in seconds of the monotonic clock.
    tidy_at: AtomicU64,
}

impl Audit {
    /// Opens the file for appending, private to its owner, and starts the thread that writes.
    pub fn open(path: PathBuf, keeping: Keeping, signer: Signer, world: Arc<dyn World>) -> io::Result<Audit> {
        let name = keeping.node.clone().unwrap_or_else(host_name);
        let node = format!("\"node\":{},", serde_json::Value::from(name.as_str()));
        let book = Book::open(path.clone(), keeping.clone(), name, signer, world.clone())?;
        let (decisions, decided) = sync_channel(QUEUE);
        let trays = Arc::new(Trays::default());
        let state = Arc::new(Standing::default());
        let clerk = Clerk::new(book, decided, trays.clone(), state.clone(), world.clone());
        std::thread::Builder::new().name("audit".to_owned()).spawn(move || clerk.work())?;
        let (tidying, tidy_at) = (Arc::default(), AtomicU64::new(0));
        Ok(Audit { decisions, trays, state, world, path, keeping, node, tidying, tidy_at })
    }

    pub async fn decide(&self, event: &Event) -> Result<(), AuditError> {
        self.decide_all(std::slice::from_ref(event)).await
    }

    /// Writes decisions that take effect together, with one wait for the disk.
    pub async fn decide_all(&self, events: &[Event]) -> Result<(), AuditError> {
        let lines = events.iter().map(|event| self.line(event)).collect::<Result<_, _>>()?;
        self.write(lines, Seal::No).await
    }

    /// Writes the signed end of this process's part. What comes after it begins another one.
    pub async fn end(&self) -> Result<(), AuditError> {
        self.write(Vec::new(), Seal::End).await
    }

    async fn write(&self, lines: Vec<Vec<u8>>, seal: Seal) -> Result<(), AuditError> {
        let (written, answer) = oneshot::channel();
        self.decisions
            .try_send(Decided { lines, seal, written })
            .map_err(|_| AuditError("too many lines are waiting".to_owned()))?;
        match tokio::time::timeout(DEADLINE, answer).await {
            Ok(Ok(written)) => written.map_err(AuditError),
            Ok(Err(_)) => Err(AuditError("its thread has ended".to_owned())),
            Err(_) => Err(AuditError(format!("no answer within {} s", DEADLINE.as_secs()))),
        }
    }

    /// Hands over an access line; it is on the disk well within a second.
    pub fn access(&self, access: &Access<'_>) -> bool {
        self.trays.put(self.world.wall(), &self.node, access)
    }

    /// Whether lines of this worker can be kept.
    pub fn is_open(&self) -> bool {
        self.is_writing() && self.trays.is_open()
    }

    /// Whether lines of every worker can.
    pub fn is_open_for_all(&self) -> bool {
        self.is_writing() && self.trays.are_open()
    }

    fn is_writing(&self) -> bool {
        !self.state.broken.load(Ordering::Acquire) && self.state.is_moving(|| self.world.mono())
    }

    /// Access lines that wait for the disk.
    pub fn waiting(&self) -> usize {
        self.trays.waiting()
    }

    /// Writes that failed since the start.
    pub fn failures(&self) -> u64 {
        self.state.failures.load(Ordering::Relaxed)
    }

    /// Tries the file when it could not be written before, so that a full disk that was cleaned opens routes again.
    pub async fn probe(&self) {
        if self.state.broken.load(Ordering::Acquire) {
            // The thread has noted the outcome itself.
            let _ = self.write(Vec::new(), Seal::Checkpoint).await;
        }
    }

    /// Removes a file that is older than it is to be kept, at most one an hour, and writes that down before. Does not
    /// wait for it.
    pub fn tidy(&self) {
        let now = self.world.mono().as_secs();
        if now < self.tidy_at.load(Ordering::Acquire) || self.tidying.swap(true, Ordering::AcqRel) {
            return;
        }
        self.tidy_at.store(now + TIDY.as_secs(), Ordering::Release);
        let oldest = self.world.wall().minus(self.keeping.keep);
        let (path, decisions, over) = (self.path.clone(), self.decisions.clone(), self.tidying.clone());
        let stamp = self.world.wall().rfc3339();
        let tidy = move || {
            let removed = keep::remove_oldest(&path, oldest, |removal| {
                let event = Event::new(What::SysAuditRemoved).detail(removal.to_string());
                let line = line_of(&stamp, &keep::Told { event: &event, chains: &removal.chains })?;
                let (written, answer) = oneshot::channel();
                let decided = Decided { lines: vec![line], seal: Seal::Checkpoint, written };
                decisions.try_send(decided).map_err(|_| AuditError("too many lines are waiting".to_owned()))?;
                answer.blocking_recv().map_err(|e| AuditError(e.to_string()))?.map_err(AuditError)
            });
            match removed {
                Ok(Some(removal)) => tracing::info!(%removal, "a file of the audit was older than it is kept"),
                Ok(None) => {}
                Err(error) => tracing::error!(error, "a file of the audit is older than it is kept, and still there"),
            }
            over.store(false, Ordering::Release);
        };
        if let Err(error) = std::thread::Builder::new().name("audit-keep".to_owned()).spawn(tidy) {
            self.tidying.store(false, Ordering::Release);
            tracing::error!(%error, "no thread to look for old files of the audit");
        }
    }

    fn line(&self, event: &Event) -> Result<Vec<u8>, AuditError> {
        line_of(&self.world.wall().rfc3339(), event)
    }
}

fn line_of<T: Serialize>(at: &str, what: &T) -> Result<Vec<u8>, AuditError> {
    let body = serde_json::to_vec(what).map_err(|e| AuditError(e.to_string()))?;
    let mut line = format!("{{\"at\":\"{at}\",\"kind\":\"decision\",").into_bytes();
    // An event is a JSON object with at least one field: what follows the brace joins on.
    line.extend_from_slice(&body[1..]);
    Ok(line)
}

fn host_name() -> String {
    let mut name = [0_u8; 256];
    // SAFETY: the buffer is as long as it is said to be, and its last byte stays zero.
    let done = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    let length = name.iter().position(|b| *b == 0).unwrap_or(0);
    if done == 0 { String::from_utf8_lossy(&name[..length]).into_owned() } else { "unknown".to_owned() }
}

#[cfg(test)]
mod tests;
