//! What runs beside the requests: the heartbeat, housekeeping and the courier.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::ServiceReadyNotifier;
use pingora::services::background::BackgroundService;

use crate::delivery::receipts::Report;
use crate::delivery::{CourierService, Receipts, Settlement};
use crate::domain::id::ChallengeId;
use crate::gate::Gate;
use crate::gate::fall_back::Why;
use crate::gate::seams::{Fared, World};
use crate::telemetry::{Metrics, Telemetry};

/// Passes stay good for a second after the last contact with the store, so it is asked four times as often.
const HEARTBEAT: Duration = Duration::from_millis(250);
/// Between two times of housekeeping.
const TIDY: Duration = Duration::from_secs(10);

/// Between two looks at the people behind passes (PRODUCT §2.3).
const RECHECK: Duration = Duration::from_secs(300);

/// Keeps what the gate knows fresh. Ready once it was heard from the store; listeners wait for that.
pub struct Keeper {
    pub gate: Arc<Gate>,
    pub world: Arc<dyn World>,
    pub telemetry: Arc<Telemetry>,
    /// Nobody is told any more that we are ready.
    pub stopping: Arc<AtomicBool>,
    /// How long requests may take to end after that.
    pub drain: Duration,
}

#[async_trait]
impl BackgroundService for Keeper {
    async fn start_with_ready_notifier(&self, mut shutdown: ShutdownWatch, ready: ServiceReadyNotifier) {
        let mut recalled = self.recall().await;
        let mut trouble = None;
        self.beat(&mut trouble).await;
        ready.notify_ready();
        let mut recheck = (self.world.mono() + RECHECK, self.world.wall().plus(RECHECK));
        let mut tidy = self.world.mono() + TIDY;
        let tidying = Arc::new(AtomicBool::new(false));
        loop {
            let next = self.world.mono() + HEARTBEAT;
            tokio::select! {
                () = self.world.sleep_until(next) => {}
                () = self.gate.nudged() => {}
                _ = shutdown.changed() => break,
            }
            self.beat(&mut trouble).await;
            if !recalled && self.gate.can_guard() {
                recalled = self.recall().await;
            }
            self.telemetry.audit.tidy();
            if self.world.mono() >= tidy && !tidying.swap(true, Ordering::AcqRel) {
                tidy = self.world.mono() + TIDY;
                tokio::spawn(tidied(self.gate.clone(), tidying.clone()));
            }
            // By both clocks: a machine that slept has looked at nobody meanwhile.
            if self.world.mono() >= recheck.0 || self.world.wall() >= recheck.1 {
                recheck = (self.world.mono() + RECHECK, self.world.wall().plus(RECHECK));
                // A slow directory must not hold up the heartbeat.
                let gate = self.gate.clone();
                tokio::spawn(async move { gate.recheck().await });
            }
        }
        // Requests that are still being served go on being judged by fresh knowledge.
        let end = self.world.mono() + self.drain;
        while self.world.mono() < end {
            self.beat(&mut trouble).await;
            self.world.sleep_until(self.world.mono() + HEARTBEAT).await;
        }
    }
}

/// Housekeeping, one at a time and beside the heartbeat, which it must not hold up.
async fn tidied(gate: Arc<Gate>, under_way: Arc<AtomicBool>) {
    if let Err(error) = gate.tidy().await {
        tracing::warn!(%error, "housekeeping failed; it will be tried again");
    }
    under_way.store(false, Ordering::Release);
}

impl Keeper {
    /// Whether last uses from before the restart are known now.
    async fn recall(&self) -> bool {
        let done = self.gate.recall().await;
        if let Err(error) = &done {
            tracing::error!(%error, "last uses from before the restart are not known yet; idle limits count from now");
        }
        done.is_ok()
    }

    /// One heartbeat. Of a trouble that lasts, only its beginning, its changes and its end are told.
    async fn beat(&self, trouble: &mut Option<String>) {
        let now = self.gate.pulse().await.err().map(|error| error.to_string());
        if now != *trouble {
            match &now {
                Some(error) => tracing::error!(%error, "the store does not answer; guarded routes close"),
                None => tracing::info!("the store answers again"),
            }
        }
        *trouble = now;
        self.telemetry.audit.probe().await;
        let ready = self.gate.can_guard() && !self.stopping.load(Ordering::Acquire);
        self.telemetry.metrics.ready.set(i64::from(ready));
        self.telemetry.show_audit();
    }
}

/// Tells the gate how messages fared.
struct Clerk {
    gate: Arc<Gate>,
    receipts: Receipts,
    metrics: Arc<Metrics>,
}

#[async_trait]
impl Settlement for Clerk {
    async fn settle(&self, id: &ChallengeId, send: u8, fared: Fared) {
        self.gate.settle(id, send, fared).await;
    }

    async fn fall_back(&self, id: &ChallengeId, send: u8, why: Why) {
        if let Err(refusal) = self.gate.fall_back(id, send, why).await {
            tracing::warn!(?refusal, challenge = %id, "the next channel could not be tried");
        }
    }

    async fn notice_fared(&self, id: &ChallengeId, fared: Fared) {
        self.gate.notice_fared(id, &fared).await;
    }

    async fn began(&self, id: &ChallengeId, send: u8, reference: &str) {
        self.gate.began(id, send, reference).await;
    }

    async fn report(&self, provider: &str, report: Report) {
        if let Some(outcome) = report.fate.outcome() {
            self.metrics.delivered(provider, outcome);
        }
        if let Err(refusal) = self.receipts.take_in(&self.gate, provider, report).await {
            tracing::warn!(?refusal, provider, "a report could not be taken in");
        }
    }
}

/// Runs the courier until it has nothing left to carry.
pub struct Carrier {
    pub gate: Arc<Gate>,
    pub receipts: Receipts,
    pub metrics: Arc<Metrics>,
    pub courier: tokio::sync::Mutex<Option<CourierService>>,
    /// Set when everything is delivered or given up.
    pub done: Arc<AtomicBool>,
}

#[async_trait]
impl BackgroundService for Carrier {
    async fn start(&self, shutdown: ShutdownWatch) {
        if let Some(courier) = self.courier.lock().await.take() {
            let (gate, receipts, metrics) = (self.gate.clone(), self.receipts.clone(), self.metrics.clone());
            courier.run(Arc::new(Clerk { gate, receipts, metrics }), shutdown).await;
        }
        self.done.store(true, Ordering::Release);
    }
}
