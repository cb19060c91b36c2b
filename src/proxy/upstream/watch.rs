//! Keeps what is known of servers fresh: resolves names anew and checks who is up, beside the requests.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::background::BackgroundService;
use tokio::task::JoinSet;

use crate::gate::seams::World;
use crate::telemetry::Metrics;

use super::{Known, Upstreams};

/// How long a name's addresses are used before it is looked up again.
const LOOKUP_LIFE: Duration = Duration::from_secs(10);

/// Nobody waits for it: a request that comes before the first round has names looked up itself.
pub struct Watch {
    pub upstreams: Arc<Upstreams>,
    pub world: Arc<dyn World>,
    pub metrics: Arc<Metrics>,
}

#[async_trait]
impl BackgroundService for Watch {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let mut rounds = JoinSet::new();
        for known in self.upstreams.all().filter(|known| !known.pool.is_fixed()) {
            rounds.spawn(watch(known.clone(), self.world.clone(), self.metrics.clone()));
        }
        // Dropping the set ends them all.
        let _ = shutdown.changed().await;
    }
}

/// Looks after one upstream, for ever.
async fn watch(known: Arc<Known>, world: Arc<dyn World>, metrics: Arc<Metrics>) {
    let always = known.settings.health.path.is_some();
    known.pool.resolve().await;
    let mut look_up = world.mono() + LOOKUP_LIFE;
    loop {
        known.pool.check(always).await;
        tell(&known, &metrics);
        let next = (world.mono() + known.settings.health.interval).min(look_up.max(world.mono()));
        world.sleep_until(next).await;
        if world.mono() >= look_up {
            known.pool.resolve().await;
            look_up = world.mono() + LOOKUP_LIFE;
        }
    }
}

fn tell(known: &Known, metrics: &Metrics) {
    if known.is_checked() {
        let standing = known.pool.standing();
        metrics.servers(&known.name, standing.iter().map(|(address, up)| (address.to_string(), *up)));
    }
}
