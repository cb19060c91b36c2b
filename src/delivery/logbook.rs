//! Which messages went out for which challenge, for as long as anybody has something to say about them.
//!
//! ```text
//! chain ── attempt ──▶ ┌─────────┐ ──▶ figures (sent, failed, delivered, lost, entered, cost)
//! gate ─── entered ──▶ │ Logbook │ ──▶ feedback to vendors that want to know whether codes were entered
//! vendors ─ reports ─▶ └─────────┘ ──▶ which message a report is about that names only the vendor's reference
//! ```
//!
//! Bounded, in memory, and never in anybody's way: what is lost of it is a figure.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::courier::Courier;
use super::feedback::Word;
use super::outcome::Attempt;
use super::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::figure::Counted;
use crate::domain::id::ChallengeId;
use crate::domain::money::Money;
use crate::gate::seams::{Entry, Outbox, Parcel, QueueFull, Statistics, Tick, World};

/// A code lives ten minutes at most; receipts come a little later still.
const KEPT: Duration = Duration::from_secs(15 * 60);
/// Challenges that are remembered; beyond this the oldest is forgotten.
const MOST: usize = 50_000;
/// Words to vendors that may wait.
const WAITING: usize = 1000;

pub struct Logbook {
    statistics: Arc<dyn Statistics>,
    world: Arc<dyn World>,
    words: mpsc::Sender<Word>,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    challenges: HashMap<ChallengeId, Page>,
    /// Which message a vendor means by a reference of its own.
    references: HashMap<(Arc<str>, String), (ChallengeId, u8)>,
    /// When each page goes, the oldest first.
    ends: VecDeque<(Duration, ChallengeId)>,
}

#[derive(Default)]
struct Page {
    messages: Vec<Sent>,
    entered: bool,
}

struct Sent {
    provider: Arc<str>,
    channel: Option<Channel>,
    country: Option<String>,
    reference: Option<String>,
    send: u8,
    at: Duration,
    /// What it was taken to cost so far.
    cost: Option<Money>,
    /// Whether its last word was heard: the same receipt may come twice.
    settled: bool,
}

impl Logbook {
    /// The other end hears what vendors want to be told.
    pub fn new(statistics: Arc<dyn Statistics>, world: Arc<dyn World>) -> (Arc<Logbook>, mpsc::Receiver<Word>) {
        let (words, receiver) = mpsc::channel(WAITING);
        (Arc::new(Logbook { statistics, world, words, book: Mutex::default() }), receiver)
    }

    /// An attempt to hand a message over has ended.
    pub fn attempted(&self, attempt: &Attempt<'_>) {
        let country = attempt.country().map(|region| region.code());
        let tick = |counted| {
            let (provider, channel, country) = (attempt.provider, attempt.channel(), country.as_deref());
            self.statistics.tick(&Tick { provider, channel, country, counted });
        };
        if let Err(class) = attempt.outcome {
            return tick(Counted::Failed(class));
        }
        tick(Counted::Sent);
        if let Some(price) = attempt.price {
            tick(Counted::Cost(price));
        }
        let now = self.world.mono();
        let sent = Sent {
            provider: attempt.provider.into(),
            channel: attempt.channel(),
            reference: attempt.reference.map(str::to_owned),
            send: attempt.send,
            at: now,
            cost: attempt.price.cloned(),
            settled: false,
            country,
        };
        self.book().write(attempt.challenge, sent, now);
    }

    /// The code of a challenge was right.
    pub fn entered(&self, entry: &Entry<'_>) {
        let mut book = self.book();
        let now = self.world.mono();
        if let Some(page) = book.challenges.get_mut(entry.challenge)
            && let Some(latest) = page.messages.iter().max_by_key(|sent| sent.at)
        {
            page.entered = true;
            self.tick(latest, Counted::Entered(now.saturating_sub(latest.at)));
            // Of several messages with one code nobody knows which was read; the latest one is the likeliest.
            self.tell(latest, true);
            return;
        }
        drop(book);
        // Another node sent it, or this one before a restart.
        let Some(provider) = entry.provider else { return };
        let country = entry.phone.and_then(|phone| phone.region()).map(|region| region.code());
        let (channel, country) = (Some(entry.channel), country.as_deref());
        self.statistics.tick(&Tick { provider, channel, country, counted: Counted::Entered(entry.after) });
    }

    /// Takes in what a provider reports, and finds out which message it means. `true` when that is news.
    pub fn reported(&self, provider: &str, report: &mut Report) -> bool {
        // Nobody's message costs a million; figures stay what can be added up.
        report.price = report.price.take().filter(|price| price.micros < 1_000_000_000_000);
        let mut book = self.book();
        if report.about.is_none()
            && let Some(reference) = &report.reference
        {
            report.about = book.references.get(&(provider.into(), reference.clone())).cloned();
        }
        let counted = match report.fate {
            Fate::Delivered => Counted::Delivered,
            Fate::Carried => Counted::Carried,
            Fate::Lost(_) => Counted::Lost,
            Fate::Underway => return false,
        };
        let about = report.about.as_ref();
        let page = about.and_then(|(challenge, _)| book.challenges.get_mut(challenge));
        let sent = page.and_then(|page| {
            let send = about.map(|(_, send)| *send);
            page.messages.iter_mut().find(|sent| *sent.provider == *provider && Some(sent.send) == send)
        });
        let Some(sent) = sent else {
            self.statistics.tick(&Tick { provider, channel: None, country: None, counted });
            return true;
        };
        if let Some(more) = report.price.as_ref().and_then(|price| more_than(price, sent.cost.as_ref())) {
            self.tick(sent, Counted::Cost(&more));
            sent.cost = report.price.clone();
        }
        if sent.settled {
            return false;
        }
        sent.settled = !matches!(report.fate, Fate::Carried);
        self.tick(sent, counted);
        true
    }

    /// Forgets what is over, and tells vendors of codes that nobody entered.
    pub fn sweep(&self) {
        let now = self.world.mono();
        let mut book = self.book();
        while book.ends.front().is_some_and(|(end, _)| *end <= now) {
            let Some(page) = book.forget_oldest() else { continue };
            if !page.entered {
                page.messages.iter().for_each(|sent| self.tell(sent, false));
            }
        }
    }

    fn tick(&self, sent: &Sent, counted: Counted<'_>) {
        let (provider, channel, country) = (sent.provider.as_ref(), sent.channel, sent.country.as_deref());
        self.statistics.tick(&Tick { provider, channel, country, counted });
    }

    fn tell(&self, sent: &Sent, entered: bool) {
        let Some(reference) = &sent.reference else { return };
        let word = Word { provider: sent.provider.clone(), reference: reference.clone(), entered };
        if self.words.try_send(word).is_err() {
            tracing::debug!(provider = %sent.provider, "a vendor is not told whether a code was entered; too much waits");
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn write(&mut self, challenge: &ChallengeId, sent: Sent, now: Duration) {
        if self.challenges.len() >= MOST && !self.challenges.contains_key(challenge) {
            self.forget_oldest();
        }
        if let Some(reference) = &sent.reference {
            self.references.insert((sent.provider.clone(), reference.clone()), (challenge.clone(), sent.send));
        }
        let page = self.challenges.entry(challenge.clone()).or_insert_with(|| {
            self.ends.push_back((now + KEPT, challenge.clone()));
            Page::default()
        });
        page.messages.push(sent);
    }

    fn forget_oldest(&mut self) -> Option<Page> {
        let (_, challenge) = self.ends.pop_front()?;
        let page = self.challenges.remove(&challenge)?;
        for sent in &page.messages {
            if let Some(reference) = &sent.reference {
                self.references.remove(&(sent.provider.clone(), reference.clone()));
            }
        }
        Some(page)
    }
}

/// By how much a price is higher than what was counted; nothing is ever taken back.
fn more_than(price: &Money, counted: Option<&Money>) -> Option<Money> {
    let before = counted.filter(|counted| counted.currency == price.currency).map_or(0, |counted| counted.micros);
    let micros = price.micros.checked_sub(before).filter(|micros| *micros > 0)?;
    Some(Money { micros, currency: price.currency.clone() })
}

/// The courier, with the logbook that hears of right codes.
pub struct Logged {
    pub courier: Arc<Courier>,
    pub logbook: Arc<Logbook>,
}

impl Outbox for Logged {
    fn post(&self, parcel: Parcel) -> Result<(), QueueFull> {
        self.courier.post(parcel)
    }

    fn entered(&self, entry: &Entry<'_>) {
        self.logbook.entered(entry);
    }
}

#[cfg(test)]
#[path = "logbook/tests.rs"]
mod tests;
