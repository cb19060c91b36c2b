//! The embedded store: one SQLite file is the truth. One thread writes, in batches that share one commit (and so one
//! wait for the disk); one reads. Other processes may have the same file open.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::domain::account::{Account, AccountKey};
use crate::domain::challenge::Challenge;
use crate::domain::id::{ChallengeId, SessionId, UserId};
use crate::domain::pass::Session;
use crate::domain::quota::Draw;
use crate::domain::time::Wall;
use crate::gate::seams::{News, Revocation, Sealed, Seen, Step, Store, StoreError, Take, Use};

use super::schema::{connect, failed, open};
use super::work::{self, Kind};

/// Work that may wait; more is refused at once (bulkhead).
const QUEUE: usize = 4096;
/// Pieces of work that share a commit at most.
const BATCH: usize = 256;
/// A caller hears "failed" after this long; what it asked for may still happen, and then costs a try, never more.
const DEADLINE: Duration = Duration::from_secs(3);

/// A piece of work answers `true` when it wrote something, and keeps its reply until the commit is on the disk.
type Write = Box<dyn FnOnce(&mut rusqlite::Transaction<'_>) -> Reply + Send>;
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Read = Box<dyn FnOnce(&Connection) + Send>;

/// A handle; dropping the last one ends the threads once their queues are empty.
pub struct Embedded {
    writes: mpsc::Sender<Write>,
    reads: mpsc::Sender<Read>,
}

impl Embedded {
    /// Opens (and where needed creates) the file and starts the two threads.
    pub fn open(file: &Path) -> Result<Embedded, StoreError> {
        let writer = open(file)?;
        let reader = connect(file)?;
        let (writes, mut work) = mpsc::channel::<Write>(QUEUE);
        let (reads, mut questions) = mpsc::channel::<Read>(QUEUE);
        let write = move || {
            let mut db = writer;
            while let Some(first) = work.blocking_recv() {
                write_batch(&mut db, first, &mut work);
            }
        };
        std::thread::Builder::new().name("store-write".to_owned()).spawn(write).map_err(failed)?;
        let read = move || {
            while let Some(question) = questions.blocking_recv() {
                question(&reader);
            }
        };
        std::thread::Builder::new().name("store-read".to_owned()).spawn(read).map_err(failed)?;
        Ok(Embedded { writes, reads })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Write = Box::new(move |tx| {
            let done = work(tx);
            Box::new(move |committed| drop(reply.send(committed.and(done))))
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

/// Does what is waiting in one transaction. Replies go out after the commit, and say how that went.
fn write_batch(db: &mut Connection, first: Write, work: &mut mpsc::Receiver<Write>) {
    let mut replies = Vec::new();
    let done = (|| {
        let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        replies.push(first(&mut tx));
        while replies.len() < BATCH {
            match work.try_recv() {
                Ok(next) => replies.push(next(&mut tx)),
                Err(_) => break,
            }
        }
        tx.commit().map_err(failed)
    })();
    for reply in replies {
        reply(done.as_ref().copied().map_err(|e| StoreError(e.0.clone())));
    }
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
        self.write(move |tx| work::park(tx, &id, &request, expires)).await
    }

    async fn parked(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        let id = id.clone();
        let found = self.read(move |db| work::read_bytes(db, Kind::Parked, id.as_str())).await?;
        Ok(found.map(|seen| seen.value))
    }

    async fn unpark(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        let id = id.clone();
        self.write(move |tx| work::unpark(tx, &id)).await
    }

    async fn swap(&self, step: Step) -> Result<bool, StoreError> {
        self.write(move |tx| work::swap(tx, &step)).await
    }

    async fn take(&self, draws: Vec<Draw>, now: Wall) -> Result<Take, StoreError> {
        self.write(move |tx| work::take(tx, &draws, now)).await
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError> {
        self.write(move |tx| work::revoke(tx, &revocation)).await
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
        self.write(move |tx| work::touch(tx, &uses)).await
    }

    async fn uses(&self) -> Result<Vec<Use>, StoreError> {
        self.read(work::uses).await
    }

    async fn sweep(&self, now: Wall) -> Result<(), StoreError> {
        self.write(move |tx| work::sweep(tx, now)).await
    }
}

#[cfg(test)]
#[path = "embedded/tests.rs"]
mod tests;
