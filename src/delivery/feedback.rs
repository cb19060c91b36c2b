//! Tells vendors that want to know whether a code was entered.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::provider::Providers;
use crate::gate::seams::World;
use crate::net::Door;

/// For one request; nobody waits for it.
const DEADLINE: Duration = Duration::from_secs(5);

/// What a vendor is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub provider: Arc<str>,
    /// How the vendor calls the message.
    pub reference: String,
    pub entered: bool,
}

pub struct Feedback {
    pub providers: Providers,
    pub door: Door,
    pub world: Arc<dyn World>,
}

impl Feedback {
    /// Passes words on, one after the other, until `stop` turns true. What is not passed on by then is not.
    pub async fn run(&self, mut words: mpsc::Receiver<Word>, mut stop: watch::Receiver<bool>) {
        loop {
            let word = tokio::select! {
                word = words.recv() => word,
                _ = stop.wait_for(|stop| *stop) => None,
            };
            let Some(word) = word else { return };
            self.tell(&word).await;
        }
    }

    async fn tell(&self, word: &Word) {
        let now = self.world.wall();
        let named = self.providers.all().filter(|(_, provider)| provider.name == word.provider);
        let asks = named.filter_map(|(_, provider)| provider.vendor()?.feedback(&word.reference, word.entered, now));
        for request in asks.collect::<Vec<_>>() {
            let provider = word.provider.as_ref();
            match self.door.send(request, DEADLINE).await {
                Ok(answer) if answer.status().is_success() => {}
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    tracing::debug!(provider, status, "a vendor did not take whether a code was entered");
                }
                Err(error) => tracing::debug!(provider, %error, "a vendor was not told whether a code was entered"),
            }
        }
    }
}
