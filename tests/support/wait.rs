//! Patience with a deadline: the only place where a test waits.

use std::time::{Duration, Instant};

/// Long enough for a slow machine that builds and tests at once, short enough to notice a hang.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Looks again and again until there is something to see.
///
/// # Panics
/// When `PATIENCE` is over; `what` says what never came.
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, look).unwrap_or_else(|| panic!("waited {} s in vain for {what}", PATIENCE.as_secs()))
}

/// Looks again and again, for so long at most. To see that something does *not* happen, keep it short.
#[expect(
    clippy::disallowed_methods,
    reason = "how patient a test is goes by the real clock, whatever the product sees"
)]
pub fn within<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(seen) = look() {
            return Some(seen);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::park_timeout(Duration::from_millis(15));
    }
}
