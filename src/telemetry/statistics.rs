//! Figures of delivery on their way to the store: added up in memory, and written down every few seconds in one go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::contact::Channel;
use crate::domain::figure::{Counted, Figure, Series, hour_of};
use crate::gate::seams::{Statistics, Store, StoreError, Tick, World};

use super::Metrics;

/// Numbers that may wait for the store. There are as many as providers, channels, countries and classes allow, which the
/// configuration bounds far below; beyond this, figures are missing and nothing else is.
const MOST: usize = 50_000;

/// Counts, for the store and for `/metrics`.
pub struct Ledger {
    store: Arc<dyn Store>,
    world: Arc<dyn World>,
    metrics: Arc<Metrics>,
    waiting: Mutex<BTreeMap<Series, u64>>,
}

impl Ledger {
    pub fn new(store: Arc<dyn Store>, world: Arc<dyn World>, metrics: Arc<Metrics>) -> Ledger {
        Ledger { store, world, metrics, waiting: Mutex::default() }
    }

    /// Writes down what has come together. What cannot be written is lost: tried again, it could count twice.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let figures = waiting.into_iter().map(|(series, count)| Figure { series, count });
        self.store.count(figures.collect()).await
    }
}

impl Statistics for Ledger {
    fn tick(&self, tick: &Tick<'_>) {
        let hour = hour_of(self.world.wall());
        self.metrics.ticked(tick);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (what, count) in tick.counted.names() {
            let series = Series {
                hour,
                provider: tick.provider.to_owned(),
                channel: tick.channel.map(Channel::name).unwrap_or_default().to_owned(),
                country: tick.country.unwrap_or_default().to_owned(),
                what,
            };
            if waiting.len() < MOST || waiting.contains_key(&series) {
                let sum = waiting.entry(series).or_default();
                *sum = sum.saturating_add(count);
            }
        }
    }
}

/// The outcome as metrics call it.
pub(super) fn outcome<'a>(counted: &Counted<'a>) -> &'a str {
    match counted {
        Counted::Sent => "sent",
        Counted::Failed(class) => class,
        Counted::Delivered => "delivered",
        Counted::Carried => "carried",
        Counted::Lost => "lost",
        Counted::Entered(_) => "entered",
        Counted::Cost(_) => "cost",
    }
}
