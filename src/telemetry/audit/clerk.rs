//! The thread that writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::gate::seams::World;

use super::book::{Book, Seal};
use super::trays::{self, Trays};

/// Decisions are written at once; accesses wait this long for company, because each wait for the disk costs the same
/// whether it is for one line or for a thousand.
const GATHER: Duration = Duration::from_millis(100);
/// What was written is covered by a signature this soon.
pub const CHECKPOINT: Duration = Duration::from_secs(60);
/// While it cannot be written, the log says so this often.
const REMIND: Duration = Duration::from_secs(60);

/// Milliseconds after which a write is taken to hang: accesses have to be on the disk within a second (PRODUCT §2.11).
const HANGS_AFTER: u64 = 1000;

/// Decisions that share an answer; without any, the file is tried.
pub struct Decided {
    pub lines: Vec<Vec<u8>>,
    /// What is to follow them; with an end, this process has nothing more to say.
    pub seal: Seal,
    pub written: oneshot::Sender<Result<(), String>>,
}

/// What the thread and its callers know of each other.
#[derive(Default)]
pub struct Standing {
    pub broken: AtomicBool,
    /// Since when a write has been under way, in monotonic milliseconds plus one; 0 while none is. A disk that hangs fails
    /// nothing, and keeps nothing either.
    pub since: AtomicU64,
    /// Writes that failed.
    pub failures: AtomicU64,
}

pub struct Clerk {
    book: Book,
    decided: Receiver<Decided>,
    trays: Arc<Trays>,
    /// Access lines that are not on the disk yet, and buffers to come back to.
    unsaved: Vec<u8>,
    spares: Vec<Vec<u8>>,
    state: Arc<Standing>,
    world: Arc<dyn World>,
    /// The last look at whether something wants a signature, and the last word about a failure.
    looked: Duration,
    told: Option<Duration>,
}

impl Standing {
    /// Whether the disk keeps up: nothing has been on its way to it for longer than a moment.
    pub fn is_moving(&self, mono: impl FnOnce() -> Duration) -> bool {
        match self.since.load(Ordering::Acquire) {
            0 => true,
            since => millis(mono()) < since + HANGS_AFTER,
        }
    }
}

fn millis(mono: Duration) -> u64 {
    u64::try_from(mono.as_millis()).unwrap_or(u64::MAX / 2)
}

impl Clerk {
    pub fn new(
        book: Book,
        decided: Receiver<Decided>,
        trays: Arc<Trays>,
        state: Arc<Standing>,
        world: Arc<dyn World>,
    ) -> Clerk {
        let looked = world.mono();
        Clerk { book, decided, trays, unsaved: Vec::new(), spares: Vec::new(), state, world, looked, told: None }
    }

    pub fn work(mut self) {
        loop {
            let first = self.decided.recv_timeout(GATHER);
            let over = matches!(first, Err(RecvTimeoutError::Disconnected));
            let decided: Vec<Decided> = first.into_iter().chain(self.decided.try_iter()).collect();
            self.trays.take(&mut self.unsaved, &mut self.spares);
            let due = self.world.mono() >= self.looked + CHECKPOINT;
            if over || due || !self.unsaved.is_empty() || !decided.is_empty() {
                self.keep(decided, due, over);
            }
            if over {
                return;
            }
        }
    }

    /// Accesses that cannot be written wait for the next try, and are counted as waiting until then: nothing is lost while
    /// the process lives. Decisions are told to have failed.
    fn keep(&mut self, decided: Vec<Decided>, due: bool, over: bool) {
        let wanted = |seal| decided.iter().any(|d| d.seal == seal);
        self.state.since.store(millis(self.world.mono()) + 1, Ordering::Release);
        let written = self.write(&decided, due || wanted(Seal::Checkpoint), over || wanted(Seal::End));
        match &written {
            Ok(()) => {
                self.trays.saved();
                self.unsaved.clear();
                self.unsaved.shrink_to(trays::SPARE);
                if self.told.take().is_some() {
                    tracing::info!("the audit can be written again");
                }
            }
            Err(error) => {
                self.state.failures.fetch_add(1, Ordering::Relaxed);
                let now = self.world.mono();
                if self.told.is_none_or(|told| now >= told + REMIND) {
                    let waiting = self.trays.waiting();
                    tracing::error!(%error, waiting, "the audit cannot be written; guarded routes stay closed");
                    self.told = Some(now);
                }
            }
        }
        self.state.broken.store(written.is_err(), Ordering::Release);
        self.state.since.store(0, Ordering::Release);
        for reply in decided {
            // Nobody listening means that the caller gave up; it has been told that this failed.
            let _ = reply.written.send(written.as_ref().copied().map_err(ToString::to_string));
        }
    }

    fn write(&mut self, decided: &[Decided], due: bool, end: bool) -> std::io::Result<()> {
        let accesses = trays::lines(&self.unsaved).map(|line| line.trim_ascii_end());
        let lines: Vec<&[u8]> = accesses.chain(decided.iter().flat_map(|d| &d.lines).map(Vec::as_slice)).collect();
        let broken = self.state.broken.load(Ordering::Acquire);
        if due && lines.is_empty() && !end && !broken {
            self.looked = self.world.mono();
            // What others wrote is covered by a signature of ours as well.
            self.book.look()?;
        }
        let record = broken || (due && self.book.is_uncovered()) || (end && self.book.is_begun());
        if lines.is_empty() && !record {
            return Ok(());
        }
        let seal = match () {
            () if end && (self.book.is_begun() || !lines.is_empty()) => Seal::End,
            () if due || broken => Seal::Checkpoint,
            () => Seal::No,
        };
        self.book.write(&lines, seal)?;
        if seal != Seal::No {
            self.looked = self.world.mono();
        }
        if seal == Seal::End {
            tracing::debug!("this process has ended its part of the audit");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_takes_longer_than_a_second_is_taken_to_hang() {
        let (state, at) = (Standing::default(), |at| move || Duration::from_millis(at));
        assert!(state.is_moving(at(5_000)), "nothing is under way");
        state.since.store(millis(at(5_000)()) + 1, Ordering::Release);
        assert!(state.is_moving(at(6_000)));
        assert!(!state.is_moving(at(6_001)));
        state.since.store(0, Ordering::Release);
        assert!(state.is_moving(at(9_000)));
    }
}
