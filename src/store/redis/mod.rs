//! The store in Redis or Valkey: one server, a group under Sentinel, or a Cluster. Each step that has to happen whole is
//! one script; nothing is judged here, and nothing that the servers forget by themselves ever mattered.
//!
//! ```text
//! Redis (seats, deadline) ─▶ Work (records, allowances, revocations) ─▶ Link (who leads) ─▶ Live (one connection)
//!                                                                        └─ Fence (did another one take over?)
//! ```

mod book;
mod dial;
mod fence;
mod figures;
mod finder;
mod keys;
mod link;
mod records;
mod script;
mod server;
pub mod settings;
mod uses;
mod vitals;
mod work;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, oneshot};

use crate::domain::account::{Account, AccountKey};
use crate::domain::challenge::Challenge;
use crate::domain::figure::{Figure, hour_of};
use crate::domain::id::{ChallengeId, SessionId, UserId};
use crate::domain::pass::Session;
use crate::domain::quota::{Draw, Mark, Used};
use crate::domain::time::Wall;
use crate::gate::seams::{Heard, News, Revocation, Sealed, Seen, Step, Store, StoreError, Take, Use, Uses, World};

pub use dial::check_authorities;
use link::Link;
pub use settings::Settings;
use work::Work;

/// Calls that may be under way; more are refused at once (bulkhead).
const SEATS: usize = 1024;
/// A caller hears "failed" after this long; what it asked for may still happen, and then costs a try, never more.
const DEADLINE: Duration = Duration::from_millis(2500);

/// A handle. It has a thread of its own, so that connections outlive whoever asked first.
pub struct Redis {
    work: Arc<Work>,
    seats: Arc<Semaphore>,
    runtime: tokio::runtime::Handle,
    /// The thread ends when this is dropped.
    _end: oneshot::Sender<()>,
}

impl Redis {
    /// Connects to nobody yet: servers that are away are waited for by being asked again.
    pub fn open(settings: &Settings, world: Arc<dyn World>) -> Result<Redis, StoreError> {
        let link = Arc::new(Link::new(settings.clone(), world)?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| StoreError(e.to_string()))?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        let serve = move || drop(runtime.block_on(ended));
        let thread = std::thread::Builder::new().name("store-redis".to_owned()).spawn(serve);
        thread.map_err(|e| StoreError(e.to_string()))?;
        Ok(Redis {
            work: Arc::new(Work::new(link)),
            seats: Arc::new(Semaphore::new(SEATS)),
            runtime: handle,
            _end: end,
        })
    }

    /// Does one piece of work on the store's own thread, in time or not at all.
    async fn run<T, F>(&self, piece: impl FnOnce(Arc<Work>) -> F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let full = |_| StoreError("too much is waiting for redis".to_owned());
        let seat = self.seats.clone().try_acquire_owned().map_err(full)?;
        let piece = piece(self.work.clone());
        self.bounded(async move {
            let _seat = seat;
            piece.await
        })
        .await
    }

    async fn bounded<T: Send + 'static>(
        &self,
        piece: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let work = self.work.clone();
        let late = move |_| StoreError(format!("redis {}: no answer within {} ms", work.whom(), DEADLINE.as_millis()));
        let task = self.runtime.spawn(async move { tokio::time::timeout(DEADLINE, piece).await.map_err(late)? });
        task.await.unwrap_or_else(|_| Err(StoreError("the store's thread has ended".to_owned())))
    }
}

#[async_trait]
impl Store for Redis {
    async fn challenge(&self, id: &ChallengeId) -> Result<Option<Seen<Challenge>>, StoreError> {
        let id = id.clone();
        self.run(|work| async move { work.challenge(&id).await }).await
    }

    async fn account(&self, key: &AccountKey) -> Result<Seen<Account>, StoreError> {
        let key = key.clone();
        self.run(|work| async move { work.account(&key).await }).await
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Seen<Session>>, StoreError> {
        let id = id.clone();
        self.run(|work| async move { work.session(&id).await }).await
    }

    async fn sessions(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        let user = user.clone();
        self.run(|work| async move { work.sessions(&user).await }).await
    }

    async fn enrolments(&self, user: &UserId) -> Result<Seen<Sealed>, StoreError> {
        let user = user.clone();
        self.run(|work| async move { work.enrolments(&user).await }).await
    }

    async fn park(&self, id: &ChallengeId, request: Sealed, expires: Wall) -> Result<bool, StoreError> {
        let id = id.clone();
        self.run(|work| async move { work.park(&id, &request, expires).await }).await
    }

    async fn parked(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        let id = id.clone();
        self.run(|work| async move { work.parked(&id).await }).await
    }

    async fn unpark(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        let id = id.clone();
        self.run(|work| async move { work.unpark(&id).await }).await
    }

    async fn swap(&self, step: Step) -> Result<bool, StoreError> {
        self.run(|work| async move { work.swap(&step).await }).await
    }

    async fn take(&self, draws: Vec<Draw>, now: Wall) -> Result<Take, StoreError> {
        self.run(|work| async move { work.take(&draws, now).await }).await
    }

    async fn mark(&self, ticks: Vec<Mark>, now: Wall) -> Result<Vec<Used>, StoreError> {
        self.run(|work| async move { work.mark(&ticks, now).await }).await
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError> {
        self.run(|work| async move { work.revoke(&revocation).await }).await
    }

    /// Needs no seat: the heartbeat is not held up by what waits.
    async fn news(&self, seen: u64) -> Result<News, StoreError> {
        let work = self.work.clone();
        self.bounded(async move { work.news(seen).await }).await
    }

    async fn nudged(&self) {
        self.work.nudged().await;
    }

    async fn touch(&self, uses: Vec<Use>) -> Result<(), StoreError> {
        self.run(|work| async move { work.touch(uses).await }).await
    }

    async fn uses(&self, heard: Heard) -> Result<Uses, StoreError> {
        self.run(|work| async move { work.uses(heard).await }).await
    }

    async fn last_use(&self, session: &Session) -> Result<Option<Wall>, StoreError> {
        let session = session.clone();
        self.run(|work| async move { work.last_use(&session).await }).await
    }

    async fn count(&self, figures: Vec<Figure>) -> Result<(), StoreError> {
        self.run(|work| async move { work.count(&figures).await }).await
    }

    async fn counted(&self, from: Wall, to: Wall) -> Result<Vec<Figure>, StoreError> {
        self.run(|work| async move { work.counted(hour_of(from), hour_of(to)).await }).await
    }

    async fn sweep(&self, now: Wall) -> Result<(), StoreError> {
        self.run(|work| async move { work.sweep(now).await }).await
    }
}
