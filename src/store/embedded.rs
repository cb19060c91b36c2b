//! The embedded store: one SQLite file is the truth. One thread writes, in batches that share one commit (and so one
//! wait for the disk); one reads. Other processes may have the same file open.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::domain::account::{Account, AccountKey};
use crate::domain::challenge::Challenge;
use crate::domain::figure::{Figure, hour_of};
use crate::domain::id::{ChallengeId, SessionId, UserId};
use crate::domain::pass::Session;
use crate::domain::quota::{Draw, Mark, Used};
use crate::domain::time::Wall;
use crate::gate::seams::{Heard, News, Revocation, Sealed, Seen, Step, Store, StoreError, Take, Use, Uses};

use super::figures;
use super::pen::{self, Pen};
use super::schema::{connect, failed, open_to_write};
use super::work::{self, Kind, Looked, Swept};

/// Work that may wait; more is refused at once (bulkhead).
const QUEUE: usize = 4096;
/// Pieces of work that share a commit at most: so long nobody waits for more than some tens of milliseconds of others' work.
const BATCH: usize = 2048;
/// A caller hears "failed" after this long; what it asked for may still happen, and then costs a try, never more.
const DEADLINE: Duration = Duration::from_secs(3);

/// Rounds of one time of housekeeping at most: as much goes as ten thousand challenges a second leave behind.
const ROUNDS: usize = 100;

/// A piece of work is done within a transaction, or told at once why there is none. It keeps its reply until the commit is
/// on the disk.
type Write = Box<dyn FnOnce(Result<&mut Pen<'_>, &StoreError>) -> Option<Reply> + Send>;
type Read = Box<dyn FnOnce(&Connection) + Send>;

type Tell = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;

/// Says how the commit went.
struct Reply {
    tell: Tell,
    failed: bool,
}

/// A handle; dropping the last one ends the threads once their queues are empty.
pub struct Embedded {
    writes: mpsc::Sender<Write>,
    reads: mpsc::Sender<Read>,
    /// The last use that housekeeping looked at.
    swept: Mutex<Looked>,
}

impl Embedded {
    /// Opens (and where needed creates) the file and starts the two threads.
    pub fn open(file: &Path) -> Result<Embedded, StoreError> {
        let writer = open_to_write(file)?;
        let reader = connect(file)?;
        let (writes, mut work) = mpsc::channel::<Write>(QUEUE);
        let (reads, mut questions) = mpsc::channel::<Read>(QUEUE);
        let write = move || {
            let mut db = writer;
            let mut waiting = VecDeque::with_capacity(BATCH);
            while gather(&mut work, &mut waiting) {
                write_batch(&mut db, &mut waiting);
            }
        };
        std::thread::Builder::new().name("store-write".to_owned()).spawn(write).map_err(failed)?;
        let read = move || {
            let mut waiting = VecDeque::with_capacity(BATCH);
            while gather(&mut questions, &mut waiting) && read_batch(&reader, &mut waiting) {}
        };
        std::thread::Builder::new().name("store-read".to_owned()).spawn(read).map_err(failed)?;
        Ok(Embedded { writes, reads, swept: Mutex::default() })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Pen<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Write = Box::new(move |pen| match pen {
            Ok(pen) => {
                let done = work(pen);
                let failed = done.is_err();
                let tell = move |committed: Result<(), &StoreError>| {
                    drop(reply.send(done.and_then(|done| committed.map(|()| done).map_err(StoreError::clone))));
                };
                Some(Reply { tell: Box::new(tell), failed })
            }
            Err(error) => {
                drop(reply.send(Err(error.clone())));
                None
            }
        });
        self.writes.try_send(job).map_err(|_| StoreError("too much is waiting to be written".to_owned()))?;
        answered(answer).await
    }

    async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Read = Box::new(move |db| drop(reply.send(ask(db))));
        self.reads.try_send(job).map_err(|_| StoreError("too much is waiting to be read".to_owned()))?;
        answered(answer).await
    }
}

async fn answered<T>(answer: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
    match tokio::time::timeout(DEADLINE, answer).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(StoreError("the store's thread has ended".to_owned())),
        Err(_) => Err(StoreError(format!("no answer within {} s", DEADLINE.as_secs()))),
    }
}

/// Waits until something is there to do, and takes what there is by then, in its order; `false` when nobody can ask any
/// more.
fn gather<T>(queue: &mut mpsc::Receiver<T>, waiting: &mut VecDeque<T>) -> bool {
    if waiting.is_empty() {
        match queue.blocking_recv() {
            Some(first) => waiting.push_back(first),
            None => return false,
        }
    }
    while waiting.len() < BATCH
        && let Ok(next) = queue.try_recv()
    {
        waiting.push_back(next);
    }
    true
}

/// Does what is waiting in one transaction. Replies go out after the commit, and say how that went. A piece that fails
/// after it had begun to write ends the transaction, and takes those before it along; what comes after it goes into the
/// next one.
fn write_batch(db: &mut Connection, waiting: &mut VecDeque<Write>) {
    let mut replies = Vec::with_capacity(waiting.len());
    let done = (|| {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut pen = Pen::new(&tx);
        while let Some(next) = waiting.pop_front() {
            let before = tx.total_changes();
            let reply = next(Ok(&mut pen));
            let halfway = pen.broken || tx.total_changes() != before || tx.is_autocommit();
            let broken = halfway && reply.as_ref().is_some_and(|reply| reply.failed);
            replies.extend(reply);
            if broken {
                let why = "nothing was written, because something that shared the commit failed";
                return Err(StoreError(why.to_owned()));
            }
        }
        pen.settle()?;
        tx.commit().map_err(failed)
    })();
    if let Err(error) = &done
        && replies.is_empty()
    {
        // There was no transaction to begin with.
        waiting.drain(..).for_each(|job| drop(job(Err(error))));
    }
    for reply in replies {
        (reply.tell)(done.as_ref().copied());
    }
}

/// Answers what is waiting from one state of the file: at least as new as when each of them was asked. `false` when it
/// cannot be let go of: whatever is asked from there on would be answered from that state for ever.
fn read_batch(db: &Connection, waiting: &mut VecDeque<Read>) -> bool {
    let together = if waiting.len() > 1 { db.unchecked_transaction().ok() } else { None };
    waiting.drain(..).for_each(|question| question(db));
    let ended = together.map_or(Ok(()), rusqlite::Transaction::finish);
    ended.inspect_err(|error| tracing::error!(%error, "the store's reader is stuck, and ends")).is_ok()
}

#[async_trait]
impl Store for Embedded {
    async fn challenge(&self, id: &ChallengeId) -> Result<Option<Seen<Challenge>>, StoreError> {
        let id = id.clone();
        self.read(move |db| work::read(db, Kind::Challenge, id.as_str())).await
    }

    async fn account(&self, key: &AccountKey) -> Result<Seen<Account>, StoreError> {
        let key = key.clone();
        let found = self.read(move |db| work::read(db, Kind::Account, key.as_str())).await?;
        Ok(found.unwrap_or(Seen { value: Account::default(), version: 0 }))
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Seen<Session>>, StoreError> {
        let id = id.clone();
        self.read(move |db| work::read(db, Kind::Session, id.as_str())).await
    }

    async fn sessions(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        let user = user.clone();
        self.read(move |db| work::sessions(db, &user)).await
    }

    async fn enrolments(&self, user: &UserId) -> Result<Seen<Sealed>, StoreError> {
        let user = user.clone();
        let found = self.read(move |db| work::read_bytes(db, Kind::Enrolments, user.as_str())).await?;
        Ok(found.unwrap_or(Seen { value: Vec::new(), version: 0 }))
    }

    async fn park(&self, id: &ChallengeId, request: Sealed, expires: Wall) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |pen| work::park(pen.db, &id, &request, expires)).await
    }

    async fn parked(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        let id = id.clone();
        let found = self.read(move |db| work::read_bytes(db, Kind::Parked, id.as_str())).await?;
        Ok(found.map(|seen| seen.value))
    }

    async fn unpark(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        let id = id.clone();
        self.write(move |pen| work::unpark(pen.db, &id)).await
    }

    async fn swap(&self, step: Step) -> Result<bool, StoreError> {
        self.write(move |pen| work::swap(pen.db, &step)).await
    }

    async fn take(&self, draws: Vec<Draw>, now: Wall) -> Result<Take, StoreError> {
        self.write(move |pen| pen.take(draws, now)).await
    }

    async fn mark(&self, ticks: Vec<Mark>, now: Wall) -> Result<Vec<Used>, StoreError> {
        match ticks.iter().all(Mark::changes_nothing) {
            true => self.read(move |db| pen::look(db, &ticks, now)).await,
            false => self.write(move |pen| pen.mark(ticks, now)).await,
        }
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError> {
        self.write(move |pen| work::revoke(pen.db, &revocation)).await
    }

    async fn news(&self, seen: u64) -> Result<News, StoreError> {
        let revocations = self.read(move |db| work::revocations(db, seen)).await?;
        // A file forgets nothing that it acknowledged.
        Ok(News { revocations, doubted: Wall::EPOCH })
    }

    /// Other processes write to the same file without a word: every heartbeat asks it.
    async fn nudged(&self) {
        std::future::pending().await
    }

    async fn touch(&self, uses: Vec<Use>) -> Result<(), StoreError> {
        if uses.is_empty() {
            return Ok(());
        }
        self.write(move |pen| work::touch(pen.db, &uses)).await
    }

    async fn uses(&self, heard: Heard) -> Result<Uses, StoreError> {
        self.read(move |db| work::uses(db, &heard)).await
    }

    async fn last_use(&self, session: &Session) -> Result<Option<Wall>, StoreError> {
        let id = session.id.clone();
        self.read(move |db| work::last_use(db, &id)).await
    }

    async fn count(&self, figures: Vec<Figure>) -> Result<(), StoreError> {
        if figures.is_empty() {
            return Ok(());
        }
        self.write(move |pen| figures::count(pen.db, &figures)).await
    }

    async fn counted(&self, from: Wall, to: Wall) -> Result<Vec<Figure>, StoreError> {
        self.read(move |db| figures::counted(db, hour_of(from), hour_of(to))).await
    }

    /// In rounds, between which others have their turn.
    async fn sweep(&self, now: Wall) -> Result<(), StoreError> {
        for _ in 0..ROUNDS {
            let from = *self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            let round = self.write(move |pen| {
                pen.settle()?;
                work::sweep(pen.db, now, from)
            });
            let Swept { more, looked } = round.await?;
            *self.swept.lock().unwrap_or_else(PoisonError::into_inner) = looked;
            if !more {
                break;
            }
        }
        self.write(move |pen| figures::sweep(pen.db, now)).await
    }
}

#[cfg(test)]
#[path = "embedded/tests.rs"]
mod tests;
