//! From the signal to the end.
//!
//! ```text
//! SIGTERM, SIGQUIT ─▶ not ready any more ─(drain_delay)─▶ nothing new is taken ─▶ idle, or `drain` is over ─▶ end
//! SIGINT, or a second signal on the way ─────────────────────────────────────────────────────────────────▶ end
//! ```
//!
//! Every end is written into the audit first, and is no failure.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use pingora::server::{ListenFds, ShutdownSignal, ShutdownSignalWatch, ShutdownWatch};
use pingora::services::background::BackgroundService;
use pingora::services::{ServiceReadyNotifier, ServiceWithDependents};
use tokio::net::{TcpStream, UnixStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::domain::event::{Event, What};
use crate::gate::Gate;
use crate::gate::seams::World;
use crate::proxy::settings::Address;
use crate::telemetry::statistics::Ledger;
use crate::telemetry::{Metrics, Telemetry};

use super::notify;

/// What is written before the end may take this long; then the end comes without it.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Between two looks at whether everything has ended.
const LOOK: Duration = Duration::from_millis(100);

/// What everybody who has a part in ending goes by.
pub struct Life {
    pub gate: Arc<Gate>,
    pub world: Arc<dyn World>,
    pub telemetry: Arc<Telemetry>,
    pub metrics: Arc<Metrics>,
    /// Set as soon as the end has begun: then nobody is told any more that we are ready.
    pub stopping: Arc<AtomicBool>,
    /// Set once every listener takes connections: before that nobody is told that we are ready.
    pub listening: Arc<AtomicBool>,
    pub drain: Duration,
    pub drain_delay: Duration,
    /// Figures that are not written down yet.
    pub ledger: Arc<Ledger>,
    /// Where the service manager listens.
    pub manager: Option<PathBuf>,
    /// The signals that end what has begun to end, listened for since the first one: none is missed in between.
    pub haste: Mutex<Option<Haste>>,
    /// Ends the main thread.
    pub done: Sender<()>,
}

/// SIGTERM and SIGINT.
pub type Haste = [Option<Signal>; 2];

impl Life {
    fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.metrics.ready.set(0);
        notify::tell(self.manager.as_deref(), "STOPPING=1");
    }

    /// Writes down what is only in memory, and that this is the end.
    async fn last_words(&self, how: &str) {
        let write = async {
            // No other housekeeping: what is over can wait for the next start, and the audit's end cannot.
            if let Err(error) = self.gate.touch().await {
                tracing::warn!(%error, "last uses were not written down");
            }
            if let Err(error) = self.ledger.flush().await {
                tracing::warn!(%error, "the last figures were not written down");
            }
            let event = Event::new(What::SysShutdown).detail(how);
            if let Err(error) = self.telemetry.audit.decide(&event).await {
                tracing::error!(%error, "the end is missing in the audit");
            } else if let Err(error) = self.telemetry.audit.end().await {
                tracing::error!(%error, "the audit's end is not signed");
            }
        };
        tokio::select! {
            () = write => {}
            () = self.world.sleep_until(self.world.mono() + LAST_WORDS) => {
                tracing::error!("the end could not be written into the audit in time");
            }
        }
        tracing::info!(how, "ended");
        // The main thread has ended already if nobody listens.
        let _ = self.done.send(());
    }
}

/// Takes the place of Pingora's own reading of signals, which knows no readiness and writes nothing.
pub struct Signals(pub Arc<Life>);

#[async_trait]
impl ShutdownSignalWatch for Signals {
    async fn recv(&self) -> ShutdownSignal {
        let life = &self.0;
        let (mut end, mut quit, mut now) =
            (on(SignalKind::terminate()), on(SignalKind::quit()), on(SignalKind::interrupt()));
        let graceful = tokio::select! {
            () = heard(&mut end) => true,
            () = heard(&mut quit) => true,
            () = heard(&mut now) => false,
        };
        life.stop();
        if graceful {
            tracing::info!("asked to end; what has begun may finish");
            let over = life.world.mono() + life.drain_delay;
            let waited = tokio::select! {
                () = life.world.sleep_until(over) => true,
                () = heard(&mut end) => false,
                () = heard(&mut now) => false,
            };
            if waited {
                *life.haste.lock().unwrap_or_else(PoisonError::into_inner) = Some([end, now]);
                return ShutdownSignal::GracefulTerminate;
            }
        }
        life.last_words("at once").await;
        ShutdownSignal::FastShutdown
    }
}

fn on(kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|error| tracing::error!(%error, "a signal cannot be listened for")).ok()
}

/// Waits for ever where there is nothing to hear.
pub(super) async fn heard(signal: &mut Option<Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending().await
    }
}

/// Ends the process as soon as nothing is being served any more; Pingora would wait its whole grace period.
pub struct Drain {
    pub life: Arc<Life>,
    /// Set when every message is delivered or given up.
    pub delivered: Arc<AtomicBool>,
}

#[async_trait]
impl BackgroundService for Drain {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        if shutdown.changed().await.is_err() {
            return;
        }
        let heard_before = self.life.haste.lock().unwrap_or_else(PoisonError::into_inner).take();
        let [mut end, mut now] = heard_before.unwrap_or_default();
        let how = tokio::select! {
            how = self.idle() => how,
            () = heard(&mut end) => "at once",
            () = heard(&mut now) => "at once",
        };
        self.life.last_words(how).await;
    }
}

impl Drain {
    async fn idle(&self) -> &'static str {
        let Life { world, metrics, drain, .. } = self.life.as_ref();
        let over = world.mono() + *drain;
        // Two quiet looks in a row: a connection that was just accepted has not counted itself yet.
        let mut quiet = 0;
        while quiet < 2 {
            if world.mono() >= over {
                let left = metrics.in_flight.get();
                tracing::warn!(left, "what was still being served is cut off");
                return "with requests cut off";
            }
            world.sleep_until((world.mono() + LOOK).min(over)).await;
            let idle = metrics.in_flight.get() <= 0 && self.delivered.load(Ordering::Acquire);
            quiet = if idle { quiet + 1 } else { 0 };
        }
        "when idle"
    }
}

/// A service that goes on while others end: operators can look until the very end.
pub struct Lasting<S> {
    service: S,
    never: (watch::Sender<bool>, watch::Receiver<bool>),
}

impl<S> Lasting<S> {
    pub fn new(service: S) -> Lasting<S> {
        Lasting { service, never: watch::channel(false) }
    }
}

#[async_trait]
impl<S: ServiceWithDependents> ServiceWithDependents for Lasting<S> {
    async fn start_service(
        &mut self,
        sockets: Option<ListenFds>,
        _shutdown: ShutdownWatch,
        tasks: usize,
        ready: ServiceReadyNotifier,
    ) {
        self.service.start_service(sockets, self.never.1.clone(), tasks, ready).await;
    }

    fn name(&self) -> &str {
        self.service.name()
    }

    fn threads(&self) -> Option<usize> {
        self.service.threads()
    }

    fn listen_addresses(&self) -> Option<Vec<String>> {
        self.service.listen_addresses()
    }
}

/// Tells everybody that we are ready once every listener takes connections, which Pingora tells nobody.
pub struct Herald {
    pub life: Arc<Life>,
    pub listeners: Vec<Address>,
}

#[async_trait]
impl BackgroundService for Herald {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        for address in &self.listeners {
            while !answers(address).await {
                tokio::select! {
                    () = self.life.world.sleep_until(self.life.world.mono() + LOOK) => {}
                    _ = shutdown.changed() => return,
                }
            }
        }
        self.life.listening.store(true, Ordering::Release);
        notify::tell(self.life.manager.as_deref(), "READY=1");
    }
}

async fn answers(address: &Address) -> bool {
    match address {
        // An unspecified address is this machine to whoever connects to it.
        Address::Tcp(address) => TcpStream::connect(address).await.is_ok(),
        Address::Unix { path, .. } => UnixStream::connect(path).await.is_ok(),
    }
}

/// A panic ends one connection or task; it is counted and told, never silent.
pub fn count_panics(metrics: Arc<Metrics>) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        metrics.panics.inc();
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic ended one connection or task; this is a fault of Sekisho, please report it");
        if cfg!(debug_assertions) {
            usual(info);
        }
    }));
}
