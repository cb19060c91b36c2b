//! What runs beside the requests: the heartbeat, housekeeping, the courier, and the watch for an idle end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::ServiceReadyNotifier;
use pingora::services::background::BackgroundService;

use crate::delivery::CourierService;
use crate::gate::Gate;
use crate::gate::seams::World;
use crate::telemetry::{Metrics, Telemetry};

/// Passes stay good for a second after the last contact with the store, so it is asked four times as often.
const HEARTBEAT: Duration = Duration::from_millis(250);
/// Housekeeping after so many heartbeats: every 10 s.
const TIDY_EVERY: u64 = 40;
/// How long requests may take to end after SIGTERM.
pub const DRAIN: Duration = Duration::from_secs(25);

/// Keeps what the gate knows fresh. Ready once it was heard from the store; listeners wait for that.
pub struct Keeper {
    pub gate: Arc<Gate>,
    pub world: Arc<dyn World>,
    pub telemetry: Arc<Telemetry>,
}

#[async_trait]
impl BackgroundService for Keeper {
    async fn start_with_ready_notifier(&self, mut shutdown: ShutdownWatch, ready: ServiceReadyNotifier) {
        if let Err(error) = self.gate.recall().await {
            tracing::error!(%error, "last uses from before the restart are not known; idle limits count from now");
        }
        self.beat().await;
        ready.notify_ready();
        for beats in 1u64.. {
            let next = self.world.mono() + HEARTBEAT;
            tokio::select! {
                () = self.world.sleep_until(next) => {}
                _ = shutdown.changed() => break,
            }
            self.beat().await;
            if beats.is_multiple_of(TIDY_EVERY)
                && let Err(error) = self.gate.tidy().await
            {
                tracing::warn!(%error, "housekeeping failed; it will be tried again");
            }
        }
        // Requests that are still being served go on being judged by fresh knowledge.
        let end = self.world.mono() + DRAIN;
        while self.world.mono() < end {
            self.beat().await;
            self.world.sleep_until(self.world.mono() + HEARTBEAT).await;
        }
    }
}

impl Keeper {
    async fn beat(&self) {
        if let Err(error) = self.gate.pulse().await {
            tracing::error!(%error, "the store does not answer; guarded routes close");
        }
        self.telemetry.audit.probe().await;
        self.telemetry.metrics.ready.set(i64::from(self.gate.can_guard()));
    }
}

/// Runs the courier until it has nothing left to carry.
pub struct Carrier {
    pub gate: Arc<Gate>,
    pub courier: tokio::sync::Mutex<Option<CourierService>>,
    /// Set when everything is delivered or given up.
    pub done: Arc<AtomicBool>,
}

#[async_trait]
impl BackgroundService for Carrier {
    async fn start(&self, shutdown: ShutdownWatch) {
        if let Some(courier) = self.courier.lock().await.take() {
            courier.run(self.gate.clone(), shutdown).await;
        }
        self.done.store(true, Ordering::Release);
    }
}

/// Ends the process as soon as nothing is being served any more; Pingora would wait its whole grace period.
pub struct Drain {
    pub metrics: Arc<Metrics>,
    pub world: Arc<dyn World>,
    pub telemetry: Arc<Telemetry>,
    pub gate: Arc<Gate>,
    pub delivered: Arc<AtomicBool>,
    pub done: Sender<()>,
}

#[async_trait]
impl BackgroundService for Drain {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        if shutdown.changed().await.is_err() {
            return;
        }
        let end = self.world.mono() + DRAIN;
        // Two quiet looks in a row: a connection that was just accepted has not counted itself yet.
        let mut quiet = 0;
        while quiet < 2 && self.world.mono() < end {
            self.world.sleep_until(self.world.mono() + Duration::from_millis(100)).await;
            let idle = self.metrics.in_flight.get() <= 0 && self.delivered.load(Ordering::Acquire);
            quiet = if idle { quiet + 1 } else { 0 };
        }
        if let Err(error) = self.gate.tidy().await {
            tracing::warn!(%error, "last uses were not written down");
        }
        let event = crate::domain::event::Event::new(crate::domain::event::What::SysShutdown);
        if let Err(error) = self.telemetry.audit.decide(&event).await {
            tracing::error!(%error, "the end is missing in the audit");
        }
        // The main thread has ended already if nobody listens.
        let _ = self.done.send(());
    }
}
