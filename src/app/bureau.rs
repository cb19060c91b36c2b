//! What runs beside delivery: figures on their way to the store, words to vendors, looks at balances, alerts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::background::BackgroundService;
use tokio::sync::mpsc;

use crate::delivery::feedback::{Feedback, Word};
use crate::delivery::patrol::{News, Watch, Watchbook};
use crate::delivery::probe::Look;
use crate::delivery::{Logbook, Providers, Tally};
use crate::domain::contact::Channel;
use crate::domain::event::{Event, What};
use crate::domain::time::Wall;
use crate::gate::seams::{Store, Witness, World};
use crate::net::Door;
use crate::telemetry::alerts::{self, AlertService, Alerts};
use crate::telemetry::statistics::Ledger;
use crate::telemetry::{Metrics, Telemetry};

/// Between two times that figures are written down: so much of them is lost when the process is killed.
const FLUSH: Duration = Duration::from_secs(3);
/// For one look at a provider.
const LOOK: Duration = Duration::from_secs(10);
/// News that may wait to be written down.
const WAITING: usize = 100;

/// Live parts, before they run.
pub struct Bureau {
    pub ledger: Arc<Ledger>,
    pub logbook: Arc<Logbook>,
    pub watchbook: Arc<Watchbook>,
    pub alerts: Arc<Alerts>,
    pub providers: Providers,
    world: Arc<dyn World>,
    watch: Watch,
    door: Door,
    words: mpsc::Receiver<Word>,
    news: mpsc::Receiver<Event>,
    tell: mpsc::Sender<Event>,
    service: AlertService,
    metrics: Arc<Metrics>,
}

impl Bureau {
    pub fn new(
        (alerts, watch): (alerts::Settings, Watch),
        (store, world): (Arc<dyn Store>, Arc<dyn World>),
        metrics: Arc<Metrics>,
        providers: Providers,
        door: Door,
    ) -> Bureau {
        let ledger = Arc::new(Ledger::new(store, world.clone(), metrics.clone()));
        let (logbook, words) = Logbook::new(ledger.clone(), world.clone());
        let (tell, news) = mpsc::channel(WAITING);
        let (alerts, service) = Alerts::new(alerts, world.clone(), metrics.clone(), door.clone());
        let watchbook = Arc::new(Watchbook::new(watch.rule));
        for (channel, provider) in providers.all() {
            metrics.provider(&provider.name, channel, true);
        }
        Bureau {
            ledger,
            logbook,
            watchbook,
            alerts,
            providers,
            world,
            watch,
            door,
            words,
            news,
            tell,
            service,
            metrics,
        }
    }

    /// Told of every attempt to hand a message over.
    pub fn tally(&self) -> Tally {
        let (logbook, watchbook, metrics) = (self.logbook.clone(), self.watchbook.clone(), self.metrics.clone());
        let (world, tell) = (self.world.clone(), self.tell.clone());
        Arc::new(move |attempt| {
            metrics.delivered(attempt.provider, attempt.outcome.err().unwrap_or("sent"));
            logbook.attempted(attempt);
            let (Some(news), Some(channel)) = (watchbook.heard(attempt, world.wall()), attempt.channel()) else {
                return;
            };
            metrics.provider(attempt.provider, channel, news == News::Up);
            let event = match news {
                News::Down(class) => Event::new(What::SysProviderDown).detail(class),
                News::Up => Event::new(What::SysProviderUp),
            };
            if tell.try_send(event.provider(attempt.provider).channel(channel)).is_err() {
                tracing::error!(provider = attempt.provider, "that a provider went up or down is missing in the audit");
            }
        })
    }
}

/// Runs the bureau for as long as requests are served.
pub struct Clerks {
    pub bureau: tokio::sync::Mutex<Option<Bureau>>,
    pub telemetry: Arc<Telemetry>,
}

#[async_trait]
impl BackgroundService for Clerks {
    async fn start(&self, shutdown: ShutdownWatch) {
        let Some(bureau) = self.bureau.lock().await.take() else { return };
        let Bureau { ledger, logbook, watchbook, providers, world, watch, door, words, news, service, .. } = bureau;
        let feedback = Feedback { providers: providers.clone(), door: door.clone(), world: world.clone() };
        let look = Balances { watchbook, providers, door, world: world.clone(), every: watch.balance_every };
        tokio::join!(
            feedback.run(words, shutdown.clone()),
            service.run(shutdown.clone()),
            write_down(&ledger, &logbook, world.as_ref(), shutdown.clone()),
            tell(&self.telemetry, news, shutdown.clone()),
            look.run(&self.telemetry, shutdown),
        );
    }
}

/// The last figures are written with the last words of the process.
async fn write_down(ledger: &Ledger, logbook: &Logbook, world: &dyn World, mut stop: ShutdownWatch) {
    let mut trouble = false;
    loop {
        tokio::select! {
            () = world.sleep_until(world.mono() + FLUSH) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        logbook.sweep();
        let flushed = ledger.flush().await;
        if let (Err(error), false) = (&flushed, trouble) {
            tracing::warn!(%error, "figures of some seconds are lost");
        }
        trouble = flushed.is_err();
    }
}

async fn tell(telemetry: &Telemetry, mut news: mpsc::Receiver<Event>, mut stop: ShutdownWatch) {
    loop {
        let event = tokio::select! {
            event = news.recv() => event,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(event) = event else { return };
        if let Err(error) = telemetry.decide(event).await {
            tracing::error!(%error, "that a provider went up or down is missing in the audit");
        }
    }
}

/// Looks at what is left with providers.
struct Balances {
    watchbook: Arc<Watchbook>,
    providers: Providers,
    door: Door,
    world: Arc<dyn World>,
    every: Duration,
}

impl Balances {
    async fn run(&self, telemetry: &Telemetry, mut stop: ShutdownWatch) {
        let mut low = BTreeSet::new();
        let mut next = Wall::EPOCH;
        loop {
            if self.world.wall() >= next {
                next = self.world.wall().plus(self.every);
                for event in self.look(&mut low).await {
                    if let Err(error) = telemetry.decide(event).await {
                        tracing::error!(%error, "that a balance is low is missing in the audit");
                    }
                }
            }
            tokio::select! {
                () = self.world.sleep_until(self.world.mono() + FLUSH) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// What is to be told. Of those that are low already, nothing is said until they have recovered.
    async fn look(&self, low: &mut BTreeSet<(Channel, String)>) -> Vec<Event> {
        let mut told = Vec::new();
        for (channel, provider) in self.providers.all() {
            let Some(least) = &provider.settings.balance_alert else { continue };
            let end = self.world.mono() + LOOK;
            let look = provider.look(channel, &self.door, self.world.as_ref(), end).await;
            self.watchbook.looked(&provider.name, channel, look.clone(), self.world.wall());
            let key = (channel, provider.name.to_string());
            let left = match look {
                Look::Good(standing) => standing.balance,
                Look::Bad(error) => {
                    tracing::warn!(provider = %provider.name, error, "a provider did not say what is left");
                    None
                }
                Look::Answers | Look::Here => None,
            };
            let Some(left) = left.filter(|left| left.currency == least.currency) else { continue };
            if left.micros >= least.micros {
                low.remove(&key);
                continue;
            }
            if low.insert(key) {
                let detail = format!("{left}, less than {least}");
                told.push(Event::new(What::SysBalanceLow).provider(&provider.name).channel(channel).detail(detail));
            }
        }
        told
    }
}

#[cfg(test)]
mod tests;
