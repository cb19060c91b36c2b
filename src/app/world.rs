//! The real world: the system's clocks and its random source.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use rand::TryRng;
use rand::rngs::SysRng;

use crate::domain::time::Wall;
use crate::gate::seams::World;

/// The one place that reads clocks and draws random bytes.
pub struct SystemWorld {
    start: Instant,
}

impl Default for SystemWorld {
    fn default() -> SystemWorld {
        #[expect(clippy::disallowed_methods, reason = "this is the World")]
        SystemWorld { start: Instant::now() }
    }
}

#[async_trait]
impl World for SystemWorld {
    fn wall(&self) -> Wall {
        #[expect(clippy::disallowed_methods, reason = "this is the World")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn mono(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep_until(&self, mono: Duration) {
        #[expect(clippy::disallowed_methods, reason = "this is the World")]
        tokio::time::sleep(mono.saturating_sub(self.mono())).await;
    }

    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness there are no codes and no keys: ending here is the only safe answer.
        SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }

    fn draw(&self) -> [u8; 16] {
        // A generator of this thread, seeded by the operating system: no call to the kernel for each request.
        #[expect(clippy::disallowed_methods, reason = "this is the World")]
        let drawn = rand::random();
        drawn
    }
}
