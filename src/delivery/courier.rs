//! The queue before the providers. Posting never waits: a full queue is a refusal that people see.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::Settings;
use super::chain::Chain;
use super::outcome::Tally;
use super::provider::{Provider, ProviderFault};
use super::service::{CourierService, Office};
use crate::gate::seams::{Outbox, Parcel, QueueFull, World};
use crate::net::Door;

/// Under which the tally hears of what no provider is to blame for.
pub const NAME: &str = "courier";
/// The code's life was over before its turn came.
pub const LATE: &str = "late";
/// The process ended before its turn came.
pub const SHUTDOWN: &str = "shutdown";
/// Our own bug.
pub const PANIC: &str = "panic";

/// Where the gate posts.
pub struct Courier {
    queue: mpsc::Sender<Posted>,
    world: Arc<dyn World>,
}

/// A parcel, and when it was posted.
pub(super) struct Posted {
    pub(super) parcel: Parcel,
    pub(super) at: Duration,
}

impl Courier {
    /// The outbox, and the service that must run for anything to leave it.
    pub fn new(
        settings: &Settings,
        world: Arc<dyn World>,
        door: Door,
        tally: Tally,
    ) -> Result<(Arc<Courier>, CourierService), ProviderFault> {
        let (sender, queue) = mpsc::channel(settings.queue.max(1));
        let report_to = settings.report_to();
        let provider = |each| Provider::new(each, report_to.as_deref());
        let providers = settings.sms.iter().map(provider).collect::<Result<_, _>>()?;
        let office = Office {
            sms: Chain::new(providers, door, world.clone(), tally.clone()),
            site_host: settings.site_host.clone(),
            brand: settings.brand.clone(),
            deadline: settings.deadline,
            world: world.clone(),
            tally,
        };
        let service = CourierService { queue, workers: settings.workers.max(1), office: Arc::new(office) };
        Ok((Arc::new(Courier { queue: sender, world }), service))
    }

    /// How many messages wait for a worker.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }
}

impl Outbox for Courier {
    fn post(&self, parcel: Parcel) -> Result<(), QueueFull> {
        self.queue.try_send(Posted { parcel, at: self.world.mono() }).map_err(|_| QueueFull)
    }
}
