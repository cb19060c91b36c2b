//! Delivery from the queue to the wire: couriers and chains against a simulated Twilio.

mod chain;
mod courier;
mod lanes;
mod quiet;
mod rig;
mod simswap;
mod twilio;
mod world;

use std::time::Duration;

/// Asks again and again until there is an answer, for at most ten seconds.
pub async fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let give_up = tokio::time::Instant::now() + Duration::from_secs(10);
    let mut tick = tokio::time::interval(Duration::from_millis(2));
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(tokio::time::Instant::now() < give_up, "waited in vain until {what}");
        tick.tick().await;
    }
}
