//! The queues before the providers, one for each channel. Posting never waits: a full queue is a refusal that people see.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::Settings;
use super::chain::Chain;
use super::lanes::Lanes;
use super::outcome::Tally;
use super::provider::Providers;
use super::service::{CourierService, Office};
use crate::domain::contact::Channel;
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
    queues: BTreeMap<Channel, mpsc::Sender<Posted>>,
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
        providers: &Providers,
        world: Arc<dyn World>,
        door: Door,
        tally: Tally,
    ) -> (Arc<Courier>, CourierService) {
        let queue = |channel| {
            let (sender, queue) = mpsc::channel(settings.queue.max(1));
            ((channel, sender), (channel, queue))
        };
        let (senders, queues): (BTreeMap<_, _>, Vec<_>) = Channel::ALL.map(queue).into_iter().unzip();
        let busy: Vec<_> = Channel::ALL.into_iter().filter(|channel| !providers.of(*channel).is_empty()).collect();
        let chain = |channel| {
            let by_success = settings.by_success.contains(&channel);
            let own = providers.of(channel).to_vec();
            (channel, Chain::new(own, door.clone(), world.clone(), tally.clone(), by_success))
        };
        let office = Office {
            chains: Channel::ALL.map(chain).into(),
            site_host: settings.site_host.clone(),
            brand: settings.brand.clone(),
            texts: settings.texts.clone(),
            deadline: settings.deadline,
            next_after: settings.next_after,
            world: world.clone(),
            tally,
            numbers: Default::default(),
        };
        let lines = providers.all().filter_map(|(_, each)| Some((each.name.clone(), each.line()?.clone()))).collect();
        let lanes = Lanes::new(queues, &busy, settings.workers.max(1));
        let service = CourierService { lanes, lines, office: Arc::new(office) };
        (Arc::new(Courier { queues: senders, world }), service)
    }

    /// How many messages wait for a worker.
    pub fn waiting(&self) -> usize {
        self.queues.values().map(|queue| queue.max_capacity() - queue.capacity()).sum()
    }
}

impl Outbox for Courier {
    fn post(&self, parcel: Parcel) -> Result<(), QueueFull> {
        let queue = self.queues.get(&parcel.contact.channel).ok_or(QueueFull)?;
        queue.try_send(Posted { parcel, at: self.world.mono() }).map_err(|_| QueueFull)
    }
}
