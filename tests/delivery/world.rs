//! A world whose clock stands still until a test moves it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use sekisho::domain::time::Wall;
use sekisho::gate::seams::World;
use tokio::sync::Notify;

/// What the wall shows when a test begins.
const START: Wall = Wall(1_790_000_000_000);

#[derive(Default)]
pub struct HandWorld {
    now: Mutex<Duration>,
    /// Who sleeps, and until when.
    sleepers: Mutex<BTreeMap<u64, Duration>>,
    moved: Notify,
    next: AtomicU64,
}

impl HandWorld {
    pub fn advance_to(&self, mono: Duration) {
        let mut now = lock(&self.now);
        *now = mono.max(*now);
        drop(now);
        self.moved.notify_waiters();
    }

    /// When the next sleeper wakes; waits until there is one.
    pub async fn next_waking(&self) -> Duration {
        super::eventually("somebody sleeps", || lock(&self.sleepers).values().min().copied()).await
    }
}

#[async_trait]
impl World for HandWorld {
    fn wall(&self) -> Wall {
        START.plus(self.mono())
    }

    fn mono(&self) -> Duration {
        *lock(&self.now)
    }

    async fn sleep_until(&self, mono: Duration) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.sleepers).insert(id, mono);
        let _asleep = Asleep { world: self, id };
        loop {
            let moved = self.moved.notified();
            if self.mono() >= mono {
                return;
            }
            moved.await;
        }
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.next.fetch_add(1, Ordering::Relaxed).to_le_bytes()[0]);
    }
}

/// Gone from the list when woken, or when nobody waits any longer.
struct Asleep<'a> {
    world: &'a HandWorld,
    id: u64,
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        lock(&self.world.sleepers).remove(&self.id);
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics with a lock held")
}
