//! Vendors' HTTP APIs on loopback, written from their documentation and not from our connectors, and driven through the
//! real courier and the real receipts. A vendor is one file: its simulator, and what is shown with it.

mod aossms;
mod aws;
mod docs;
mod engagelab;
mod infobip;
mod kannel;
mod karaden;
mod messagebird;
mod meta;
mod playsms;
mod plivo;
mod rig;
mod running;
mod sim;
mod sinch;
mod spoken;
#[path = "../support/mod.rs"]
mod support;
mod telesign;
mod telnyx;
mod twilio;
mod vonage;
#[path = "../delivery/world.rs"]
#[allow(dead_code, reason = "shared")]
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
