//! Time limits that cost nothing while nobody waits: a clock is read and a timer armed only where a stream stands still.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::gate::seams::World;

/// One timer, reused: it may ring too early, and is then set again.
pub struct Alarm {
    world: Arc<dyn World>,
    /// The lock is never taken; it makes the future shareable, as Pingora wants every stream to be.
    bell: Option<(Duration, Mutex<Bell>)>,
}

type Bell = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Alarm {
    pub fn new(world: Arc<dyn World>) -> Alarm {
        Alarm { world, bell: None }
    }

    pub fn now(&self) -> Duration {
        self.world.mono()
    }

    /// Ready once the monotonic clock has reached `due`.
    pub fn poll(&mut self, cx: &mut Context<'_>, due: Duration) -> Poll<()> {
        loop {
            if self.bell.as_ref().is_none_or(|(set, _)| *set > due) {
                let world = self.world.clone();
                let bell: Bell = Box::pin(async move { world.sleep_until(due).await });
                self.bell = Some((due, Mutex::new(bell)));
            }
            let Some((set, bell)) = &mut self.bell else { return Poll::Pending };
            let bell = bell.get_mut().unwrap_or_else(PoisonError::into_inner);
            if bell.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let reached = *set;
            self.bell = None;
            if reached >= due {
                return Poll::Ready(());
            }
        }
    }
}

/// Sees that bytes keep moving: whoever makes us wait has `patience` to begin with, earns a second more with each `rate`
/// bytes, and never has more than four times `patience` left. Only time in which we had to wait for the client counts, so
/// a slow upstream is never held against it.
pub struct Pace {
    alarm: Alarm,
    patience: Duration,
    rate: u64,
    left: Duration,
    since: Option<Duration>,
}

impl Pace {
    pub fn new(world: Arc<dyn World>, patience: Duration, rate: u64) -> Pace {
        Pace { alarm: Alarm::new(world), patience, rate: rate.max(1), left: patience, since: None }
    }

    /// A new message begins with fresh patience.
    pub fn restart(&mut self) {
        (self.left, self.since) = (self.patience, None);
    }

    pub fn moved(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.left = self.left.saturating_sub(self.alarm.now().saturating_sub(since));
        }
        let earned = (bytes as u64).saturating_mul(1_000_000) / self.rate;
        self.left = (self.left + Duration::from_micros(earned)).min(self.patience * 4);
    }

    /// The stream stands still: ready once it has done so for too long.
    pub fn stands(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = match self.since {
            Some(since) => since,
            None => *self.since.insert(self.alarm.now()),
        };
        self.alarm.poll(cx, since + self.left)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::task::Waker;

    use async_trait::async_trait;

    use super::*;
    use crate::domain::time::Wall;

    #[derive(Default)]
    struct Hand(AtomicU64);

    #[async_trait]
    impl World for Hand {
        fn wall(&self) -> Wall {
            Wall(0)
        }
        fn mono(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::SeqCst))
        }
        async fn sleep_until(&self, mono: Duration) {
            std::future::poll_fn(|_| if self.mono() >= mono { Poll::Ready(()) } else { Poll::Pending }).await;
        }
        fn fill(&self, _: &mut [u8]) {}
    }

    #[test]
    fn waiting_is_paid_for_by_bytes() {
        let world = Arc::new(Hand::default());
        let mut pace = Pace::new(world.clone(), Duration::from_secs(20), 500);
        let mut cx = Context::from_waker(Waker::noop());
        let at = |second: u64| world.0.store(second, Ordering::SeqCst);
        assert!(pace.stands(&mut cx).is_pending());
        at(19);
        assert!(pace.stands(&mut cx).is_pending());
        pace.moved(5000);
        at(1000);
        assert!(pace.stands(&mut cx).is_pending(), "time in which nobody waited does not count");
        at(1010);
        assert!(pace.stands(&mut cx).is_pending(), "1 s was left, 10 s were earned");
        at(1011);
        assert!(pace.stands(&mut cx).is_ready());
        pace.restart();
        pace.moved(10_000_000);
        at(2000);
        assert!(pace.stands(&mut cx).is_pending());
        at(2079);
        assert!(pace.stands(&mut cx).is_pending());
        at(2080);
        assert!(pace.stands(&mut cx).is_ready(), "nobody earns more than four times the patience");
    }

    #[test]
    fn an_alarm_that_was_set_for_earlier_is_set_again() {
        let world = Arc::new(Hand::default());
        let mut alarm = Alarm::new(world.clone());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(alarm.poll(&mut cx, Duration::from_secs(5)).is_pending());
        world.0.store(6, Ordering::SeqCst);
        assert!(alarm.poll(&mut cx, Duration::from_secs(9)).is_pending());
        world.0.store(9, Ordering::SeqCst);
        assert!(alarm.poll(&mut cx, Duration::from_secs(9)).is_ready());
    }
}
