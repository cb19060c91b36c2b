//! The workers that empty the queues.
//!
//! Every parcel that was taken is settled, whether it was delivered, given up, lost to a panic or left over at shutdown.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use super::Message;
use super::alarms::{Alarm, Alarms};
use super::chain::Chain;
use super::courier::{LATE, NAME, PANIC, Posted, SHUTDOWN};
use super::lanes::Lanes;
use super::lines::{Lines, Named};
use super::outcome::{Attempt, Class, DeliveryError, Receipt, Tally, Tried};
use super::receipts::Report;
use crate::domain::contact::{Channel, Contact};
use crate::domain::id::ChallengeId;
use crate::domain::notice::Notice;
use crate::gate::fall_back::Why;
use crate::gate::seams::{Fared, NumberCheck, Parcel, SIM_SWAPPED, SIM_UNKNOWN, Sim, World};
use crate::words::Texts;
use crate::words::message::{Note, Wording, wording};
use crate::words::notice::{Notified, notified};

/// How long settling may take after everything else has ended: the store may be what is broken.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Who is told how a message fared.
#[async_trait]
pub trait Settlement: Send + Sync + 'static {
    /// A failure is the name of a [`Class`], or [`LATE`], [`SHUTDOWN`], [`PANIC`].
    async fn settle(&self, id: &ChallengeId, send: u8, fared: Fared);

    /// It may be time for the challenge's next channel.
    async fn fall_back(&self, _id: &ChallengeId, _send: u8, _why: Why) {}

    /// What a line heard from its provider about a message that it took.
    async fn report(&self, provider: &str, report: Report);

    /// What became of a notice, which has no challenge.
    async fn notice_fared(&self, _id: &ChallengeId, _fared: Fared) {}

    /// A provider that makes the code took the message, and calls what it began by this name. Comes before `settle`.
    async fn began(&self, _id: &ChallengeId, _send: u8, _reference: &str) {}
}

/// What the workers share.
pub(super) struct Office {
    pub(super) chains: BTreeMap<Channel, Chain>,
    pub(super) site_host: Option<String>,
    pub(super) brand: String,
    pub(super) texts: Texts,
    pub(super) deadline: Duration,
    pub(super) next_after: Option<Duration>,
    pub(super) world: Arc<dyn World>,
    pub(super) tally: Tally,
    /// Asked before a message goes to a number.
    pub(super) numbers: OnceLock<Arc<dyn NumberCheck>>,
}

impl Office {
    async fn deliver(&self, Posted { parcel, at }: Posted, gate: &impl Settlement) -> Fared {
        let now = self.world.mono();
        let life = parcel.life.saturating_sub(now.saturating_sub(at));
        if life.is_zero() {
            self.lose(LATE, &parcel.challenge, parcel.send, Some(&parcel.contact));
            return Fared { channel: Some(parcel.contact.channel), ..LATE.into() };
        }
        if let Some(notice) = parcel.notice {
            return self.tell(&parcel, notice, now).await;
        }
        let (channel, phone) = (Some(parcel.contact.channel), parcel.contact.address.phone());
        if let (Some(check), Some(phone)) = (self.numbers.get(), phone) {
            match check.sim(phone).await {
                Sim::Good => {}
                Sim::Swapped => return Fared { channel, ..SIM_SWAPPED.into() },
                Sim::Unknown => return Fared { channel, ..SIM_UNKNOWN.into() },
            }
        }
        let note = Note { brand: &self.brand, code: &parcel.code, life, host: self.site_host.as_deref() };
        let texts = self.texts.of(&parcel.scope, parcel.route.as_deref());
        let Wording { text, subject, prompt } = wording(parcel.contact.channel, parcel.locale, &note, texts);
        let Parcel { challenge, send, contact, code, locale, .. } = parcel;
        let message = Message { challenge, send, contact, locale, text, subject, prompt, code, life };
        let Some(chain) = self.chains.get(&message.contact.channel) else {
            return Fared { channel, ..Class::Config.name().into() };
        };
        let delivered = chain.deliver(&message, now + self.deadline.min(life)).await;
        let reference = delivered.as_ref().ok().and_then(|receipt| receipt.reference.as_ref());
        if let Some(reference) = reference.filter(|_| message.code.expose().is_empty()) {
            gate.began(&message.challenge, message.send, reference).await;
        }
        fared(message.contact.channel, delivered)
    }

    /// Counts and logs a message that no provider is to blame for.
    fn lose(&self, why: &'static str, challenge: &ChallengeId, send: u8, contact: Option<&Contact>) {
        tracing::error!(why, %challenge, "a message was lost on our side");
        let (reference, price) = (None, None);
        (self.tally)(&Attempt { provider: NAME, contact, challenge, send, reference, price, outcome: Err(why) });
    }
}

impl Office {
    /// Hands over a message without a code.
    async fn tell(&self, parcel: &Parcel, notice: Notice, now: Duration) -> Fared {
        let (contact, channel) = (parcel.contact.clone(), parcel.contact.channel);
        let Notified { text, subject, prompt } = notified(channel, parcel.locale, &self.brand, notice);
        let (challenge, code) = (parcel.challenge.clone(), parcel.code.clone());
        let (send, locale, life) = (parcel.send, parcel.locale, parcel.life);
        let message = Message { challenge, send, contact, locale, text, subject, prompt, code, life };
        let Some(chain) = self.chains.get(&channel) else {
            return Fared { channel: Some(channel), ..Class::Config.name().into() };
        };
        fared(channel, chain.deliver(&message, now + self.deadline).await)
    }
}

fn fared(channel: Channel, delivered: Result<Receipt, DeliveryError>) -> Fared {
    let channel = Some(channel);
    match delivered {
        Ok(receipt) => {
            let tried = in_vain(&receipt.tried);
            Fared { outcome: Ok(()), by: Some(receipt.provider), channel, tried, price: receipt.price }
        }
        Err(error) => {
            let (last, before) = error.tried.split_last().unzip();
            let by = last.map(|last| last.provider.clone());
            Fared { by, channel, tried: in_vain(before.unwrap_or_default()), ..error.class.name().into() }
        }
    }
}

fn in_vain(tried: &[Tried]) -> Option<String> {
    let one = |tried: &Tried| format!("{} {}", tried.provider, tried.class.name());
    (!tried.is_empty()).then(|| tried.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Takes messages off the queues, at most so many at a time.
pub struct CourierService {
    pub(super) lanes: Lanes,
    pub(super) lines: Vec<Named>,
    pub(super) office: Arc<Office>,
}

impl CourierService {
    /// Asks this before a message goes to a number.
    pub fn with_number_check(self, numbers: Arc<dyn NumberCheck>) -> CourierService {
        let _ = self.office.numbers.set(numbers);
        self
    }

    /// Delivers until `shutdown` turns true (or its sender is gone), then what is still queued and under way, for at
    /// most one delivery's deadline more; parcels posted meanwhile are still taken. What is left then is settled as
    /// failed.
    pub async fn run(mut self, gate: Arc<impl Settlement>, mut shutdown: watch::Receiver<bool>) {
        let world = self.office.world.clone();
        let lines = Lines::keep(std::mem::take(&mut self.lines), world.clone(), gate.clone());
        let mut crew = Crew::new(self.office.clone(), gate);
        let (mut open, mut end) = (true, None);
        while open || !crew.is_idle() {
            if end.is_some() && crew.is_idle() && self.lanes.is_empty() {
                break;
            }
            tokio::select! {
                posted = self.lanes.next(), if open => match posted {
                    Some(posted) => crew.start(posted),
                    None => open = false,
                },
                Some(done) = crew.tasks.join_next_with_id() => {
                    crew.finish(done).into_iter().for_each(|channel| self.lanes.done(channel));
                }
                () = world.sleep_until(crew.alarms.next().unwrap_or_default()), if crew.alarms.next().is_some() => {
                    crew.ring();
                }
                () = told_to_stop(&mut shutdown), if end.is_none() => {
                    end = Some(world.mono() + self.office.deadline);
                }
                () = world.sleep_until(end.unwrap_or_default()), if end.is_some() => break,
            }
        }
        crew.alarms.clear();
        let settled = self.settle_rest(&mut crew);
        tokio::select! {
            () = settled => {}
            () = world.sleep_until(world.mono() + LAST_WORDS) => {
                tracing::error!("the gate did not take in what became of every message");
            }
        }
        lines.end().await;
    }

    async fn settle_rest(&mut self, crew: &mut Crew<impl Settlement>) {
        let left = self.lanes.clear();
        crew.disband().await;
        left.iter().for_each(|posted| crew.settle_lost(SHUTDOWN, Ticket::of(posted)));
        crew.wait().await;
    }
}

async fn told_to_stop(shutdown: &mut watch::Receiver<bool>) {
    // A sender that is gone has nothing more to say either.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// By which the gate recognises a message.
struct Ticket {
    challenge: ChallengeId,
    send: u8,
    channel: Channel,
}

impl Ticket {
    fn of(posted: &Posted) -> Ticket {
        let Parcel { challenge, send, contact, .. } = &posted.parcel;
        Ticket { challenge: challenge.clone(), send: *send, channel: contact.channel }
    }
}

/// Deliveries under way, each in a task of its own, so that a panic in one ends that one.
struct Crew<S> {
    office: Arc<Office>,
    gate: Arc<S>,
    /// Each may end with an alarm to set.
    tasks: JoinSet<Option<Alarm>>,
    alarms: Alarms,
    /// Of deliveries; tasks that only settle have none.
    tickets: HashMap<Id, Ticket>,
}

impl<S: Settlement> Crew<S> {
    fn new(office: Arc<Office>, gate: Arc<S>) -> Crew<S> {
        Crew { office, gate, tasks: JoinSet::new(), alarms: Alarms::default(), tickets: HashMap::new() }
    }

    fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    fn start(&mut self, posted: Posted) {
        let (office, gate, ticket) = (self.office.clone(), self.gate.clone(), Ticket::of(&posted));
        let Ticket { challenge, send, .. } = Ticket::of(&posted);
        let is_notice = posted.parcel.notice.is_some();
        let task = self.tasks.spawn(async move {
            let fared = office.deliver(posted, gate.as_ref()).await;
            if is_notice {
                gate.notice_fared(&challenge, fared).await;
                return None;
            }
            let class = fared.outcome.err().map(Class::named);
            gate.settle(&challenge, send, fared).await;
            match class {
                // Nothing a channel is to blame for.
                Some(None) => None,
                Some(Some(class)) if class.falls_back().is_some() => {
                    gate.fall_back(&challenge, send, class.falls_back()?).await;
                    None
                }
                // It was taken, or may have been: time has to tell.
                None | Some(Some(_)) => {
                    let at = office.world.mono() + office.next_after?;
                    Some(Alarm { at, challenge, send })
                }
            }
        });
        self.tickets.insert(task.id(), ticket);
    }

    /// Takes in the end of a task, and settles for those that could not do so themselves. Says whose delivery it was, if it
    /// was one.
    fn finish(&mut self, done: Result<(Id, Option<Alarm>), JoinError>) -> Option<Channel> {
        let error = match done {
            Ok((id, alarm)) => {
                self.alarms.set(alarm);
                return self.tickets.remove(&id).map(|ticket| ticket.channel);
            }
            Err(error) => error,
        };
        // The payload of a panic can hold anything, so it is not logged.
        let why = if error.is_panic() { PANIC } else { Class::Ambiguous.name() };
        let Some(ticket) = self.tickets.remove(&error.id()) else {
            tracing::error!(why, "settling a message failed");
            return None;
        };
        let channel = ticket.channel;
        self.settle_lost(why, ticket);
        Some(channel)
    }

    fn settle_lost(&mut self, why: &'static str, Ticket { challenge, send, .. }: Ticket) {
        let (office, gate) = (self.office.clone(), self.gate.clone());
        self.tasks.spawn(async move {
            gate.settle(&challenge, send, why.into()).await;
            office.lose(why, &challenge, send, None);
            None
        });
    }

    /// Asks for the next channel of every message whose time is up.
    fn ring(&mut self) {
        for Alarm { challenge, send, .. } in self.alarms.due(self.office.world.mono()) {
            let gate = self.gate.clone();
            self.tasks.spawn(async move {
                gate.fall_back(&challenge, send, Why::Silence).await;
                None
            });
        }
    }

    /// Ends what is still under way. It may have been sent.
    async fn disband(&mut self) {
        self.tasks.abort_all();
        self.wait().await;
    }

    async fn wait(&mut self) {
        while let Some(done) = self.tasks.join_next_with_id().await {
            self.finish(done);
        }
    }
}
