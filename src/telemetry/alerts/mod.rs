//! Tells operators when something needs them: by a webhook, a command of theirs, or mail.
//!
//! ```text
//! decide ─▶ hear (is it asked for, was it told lately?) ─▶ queue ─▶ run ─▶ send
//! ```
//!
//! Never in the way: a full queue, a receiver that is away and a program that hangs are logged and counted.

pub mod mail;
mod send;
pub mod settings;
pub mod topic;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::domain::event::{Event, What};
use crate::domain::quota::Used;
use crate::domain::time::Wall;
use crate::gate::seams::World;
use crate::net::Door;

use super::Metrics;

pub use send::send;
pub use settings::{Alert, Settings, To};
pub use topic::{Notice, Topic};

/// Notices that may wait; one more is lost, logged and counted.
const QUEUE: usize = 100;
/// Notices under way at a time.
const AT_ONCE: usize = 8;
/// Things that were told of lately, of which is remembered when.
const MOST: usize = 1000;
/// Before a notice that was not taken is sent once more.
const AGAIN: Duration = Duration::from_secs(5);
/// What may still go out when everything ends.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Where events are heard.
pub struct Alerts {
    settings: Arc<Settings>,
    world: Arc<dyn World>,
    metrics: Arc<Metrics>,
    queue: mpsc::Sender<Posted>,
    lately: Mutex<Lately>,
}

#[derive(Default)]
struct Lately {
    /// By alert, event and what it is about.
    told: HashMap<(usize, String), Used>,
    failures: Used,
}

impl Lately {
    /// For one thing more. Where all that is remembered still counts, the oldest is forgotten: to tell of a thing twice is
    /// better than to be silent about a new one.
    fn make_room(&mut self, settings: &Settings, now: Wall) {
        if self.told.len() < MOST {
            return;
        }
        let counts = |(index, _): &(usize, String), used: &mut Used| {
            settings.alerts.get(*index).is_some_and(|alert| used.since.plus(alert.at_most.per) > now)
        };
        self.told.retain(counts);
        if self.told.len() >= MOST
            && let Some(oldest) = self.told.iter().min_by_key(|(_, used)| used.since).map(|(key, _)| key.clone())
        {
            self.told.remove(&oldest);
        }
    }
}

/// A notice for one alert.
struct Posted {
    alert: usize,
    notice: Notice,
}

/// What sends them, for as long as it runs.
pub struct AlertService {
    settings: Arc<Settings>,
    world: Arc<dyn World>,
    metrics: Arc<Metrics>,
    door: Door,
    queue: mpsc::Receiver<Posted>,
}

impl Alerts {
    pub fn new(
        settings: Settings,
        world: Arc<dyn World>,
        metrics: Arc<Metrics>,
        door: Door,
    ) -> (Arc<Alerts>, AlertService) {
        let (sender, queue) = mpsc::channel(QUEUE);
        let settings = Arc::new(settings);
        let service =
            AlertService { settings: settings.clone(), world: world.clone(), metrics: metrics.clone(), door, queue };
        (Arc::new(Alerts { settings, world, metrics, queue: sender, lately: Mutex::default() }), service)
    }

    /// Takes in what happened. Never waits.
    pub fn hear(&self, event: &Event) {
        if self.settings.alerts.is_empty() {
            return;
        }
        let now = self.world.wall();
        if let Some(topic) = Topic::of(event.event) {
            let notice = Notice::of(topic, event, &self.settings.site, now);
            self.post(topic, &key(event), &notice, now);
        } else if event.event == What::CodeSendFailed && self.is_one_too_many(now) {
            let quota = self.settings.send_failures;
            let span = humantime::format_duration(quota.per).to_string();
            let notice = Notice::of_send_failures(quota.limit, &span, &self.settings.site, now);
            self.post(Topic::SendFailures, "send_failures", &notice, now);
        }
    }

    fn is_one_too_many(&self, now: Wall) -> bool {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        match self.settings.send_failures.take(lately.failures, 1, now) {
            Ok(used) => {
                lately.failures = used;
                false
            }
            Err(_) => true,
        }
    }

    fn post(&self, topic: Topic, key: &str, notice: &Notice, now: Wall) {
        for (index, alert) in self.settings.alerts.iter().enumerate() {
            let wanted = alert.on.is_empty() || alert.on.contains(&topic);
            if !wanted || !self.may(index, alert, key, now) {
                continue;
            }
            if self.queue.try_send(Posted { alert: index, notice: notice.clone() }).is_err() {
                self.metrics.alerted(&alert.name, "lost");
                tracing::error!(alert = alert.name, event = notice.event, "an alert is lost; too many wait");
            }
        }
    }

    /// Whether this alert may tell of this thing once more.
    fn may(&self, index: usize, alert: &Alert, key: &str, now: Wall) -> bool {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (index, key.to_owned());
        if !lately.told.contains_key(&key) {
            lately.make_room(&self.settings, now);
        }
        let used = lately.told.entry(key).or_default();
        match alert.at_most.take(*used, 1, now) {
            Ok(after) => {
                *used = after;
                true
            }
            Err(_) => {
                self.metrics.alerted(&alert.name, "held_back");
                false
            }
        }
    }
}

/// What is told so often and no more. A breaker's detail says where; that of others changes from one time to the next.
fn key(event: &Event) -> String {
    let where_to = matches!(event.event, What::SysBreakerOpened | What::SysBreakerClosed);
    // Where sending stopped; the figures behind it change each time.
    let detail = event.detail.as_deref().filter(|_| where_to).unwrap_or_default();
    let detail = detail.split(':').next().unwrap_or_default();
    let channel = event.channel.map_or("", |channel| channel.name());
    // Each emergency is one of its own.
    let whose = event.user.as_deref().filter(|_| event.event == What::EmergencyOpened).unwrap_or_default();
    format!("{} {} {channel} {detail}{whose}", event.event.name(), event.provider.as_deref().unwrap_or_default())
}

impl AlertService {
    /// Sends what comes, until `stop` turns true; then what has come by then, for a few seconds more.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut under_way = JoinSet::new();
        let (mut end, mut open) = (None, true);
        loop {
            if (end.is_some() || !open) && under_way.is_empty() && self.queue.is_empty() {
                return;
            }
            tokio::select! {
                posted = self.queue.recv(), if open && under_way.len() < AT_ONCE => match posted {
                    Some(posted) => drop(under_way.spawn(self.one(posted))),
                    None => open = false,
                },
                Some(_) = under_way.join_next() => {}
                () = told_to_stop(&mut stop), if end.is_none() => {
                    end = Some(self.world.mono() + LAST_WORDS);
                }
                () = self.world.sleep_until(end.unwrap_or_default()), if end.is_some() => return,
            }
        }
    }

    fn one(&self, Posted { alert, notice }: Posted) -> impl Future<Output = ()> + use<> {
        let (settings, world, metrics, door) =
            (self.settings.clone(), self.world.clone(), self.metrics.clone(), self.door.clone());
        async move {
            let Some(alert) = settings.alerts.get(alert) else { return };
            let mut sent = send(&alert.to, &notice, &door, world.as_ref()).await;
            if sent.is_err() {
                world.sleep_until(world.mono() + AGAIN).await;
                sent = send(&alert.to, &notice, &door, world.as_ref()).await;
            }
            metrics.alerted(&alert.name, if sent.is_ok() { "sent" } else { "failed" });
            match sent {
                Ok(()) => tracing::info!(alert = alert.name, event = notice.event, "an alert was sent"),
                Err(error) => tracing::error!(alert = alert.name, event = notice.event, error, "an alert failed"),
            }
        }
    }
}

async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone has nothing more to say either.
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests;
