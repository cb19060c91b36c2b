//! What the store does, in terms of orders to servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use ::redis::FromRedisValue;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;

use crate::domain::account::{Account, AccountKey};
use crate::domain::challenge::Challenge;
use crate::domain::id::{ChallengeId, SessionId, UserId};
use crate::domain::pass::Session;
use crate::domain::quota::{Add, Draw, Mark, Used};
use crate::domain::time::{CLOCK_STEP, Wall};
use crate::gate::seams::{News, Revocation, Sealed, Seen, Step, StoreError, Take};
use crate::store::work::AFTERLIFE;

use super::book::{Book, line};
use super::keys::Place;
use super::link::Link;
use super::records::{self, Drafts};
use super::script::{FORGET, MARK, Order, REVOKE, SWAP, TAKE, UNPARK};
use super::server::{Kind, Live};
use super::vitals::SECTIONS;

/// The largest number that scripts count exactly with.
const EXACT: u64 = (1 << 53) - 1;
/// Buckets in whose uses one sweep looks.
const SWEEP: u8 = 16;
/// Revocations that are told again in one go.
const BATCH: usize = 500;

/// What may happen to an order beyond being carried out once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Changes nothing, or the same whether done once or twice: tried again when its outcome is not known.
    Again,
    /// A write that counts: tried once, and waited for until the replicas have it where that is asked for.
    Once,
}

pub struct Work {
    pub(super) link: Arc<Link>,
    book: Mutex<Book>,
    /// The bucket that the next sweep begins with.
    next: AtomicU8,
    /// The number of the last use that a sweep looked at, for each bucket.
    pub(super) swept: [AtomicU64; 256],
}

impl Work {
    pub fn new(link: Arc<Link>) -> Work {
        Work { link, book: Mutex::default(), next: AtomicU8::new(0), swept: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Who is asked, for messages.
    pub fn whom(&self) -> String {
        let nodes: Vec<String> = self.link.settings.nodes.iter().map(ToString::to_string).collect();
        nodes.join(", ")
    }

    pub(super) fn key(&self, place: Place, kind: &str, id: &str) -> String {
        self.link.keys.key(place, kind, id)
    }

    fn now(&self) -> Wall {
        self.link.world.wall()
    }

    /// Asks the server that has the place. Where an order was certainly not done, it is given once more to whom it belongs.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        place: Place,
        order: &Order,
        habit: Habit,
    ) -> Result<T, StoreError> {
        let answer = self.ask_about(place, order, habit, None).await?;
        answer.ok_or_else(|| StoreError("redis: nothing was asked".to_owned()))
    }

    /// The same about something that was begun at a certain time: `None`, and nothing is asked, once that is doubted. Doubt is
    /// raised by connecting, so it is looked at after each time that the server was looked up.
    async fn ask_about<T: FromRedisValue>(
        &self,
        place: Place,
        order: &Order,
        habit: Habit,
        begun: Option<Wall>,
    ) -> Result<Option<T>, StoreError> {
        let doubtful = || begun.is_some_and(|begun| begun <= self.link.fence.doubted());
        let mut tried = false;
        loop {
            let live = self.link.at(place).await?;
            if doubtful() {
                return Ok(None);
            }
            let fault = match live.ask(order).await {
                Ok(answer) => {
                    self.settle(&live, habit).await?;
                    return Ok(Some(answer));
                }
                Err(fault) => fault,
            };
            match fault.kind {
                Kind::Ask(other) => {
                    let live = self.link.reach(&other).await?;
                    if doubtful() {
                        return Ok(None);
                    }
                    let answer = live.ask_moving(order).await.map_err(|fault| fault.error)?;
                    self.settle(&live, habit).await?;
                    return Ok(Some(answer));
                }
                Kind::Moved if !tried => self.link.suspect(),
                Kind::Unknown if !tried && habit == Habit::Again => self.link.suspect(),
                _ => {
                    if live.is_ended() {
                        self.link.suspect();
                    }
                    return Err(fault.error);
                }
            }
            tried = true;
        }
    }

    async fn settle(&self, live: &Live, habit: Habit) -> Result<(), StoreError> {
        match self.link.settings.wait_replicas {
            replicas @ 1.. if habit == Habit::Once => live.replicated(replicas).await,
            _ => Ok(()),
        }
    }

    async fn get(&self, place: Place, kind: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.ask(place, &Order::plain("GET").arg(self.key(place, kind, id)), Habit::Again).await
    }

    pub async fn challenge(&self, id: &ChallengeId) -> Result<Option<Seen<Challenge>>, StoreError> {
        let found = self.get(Place::Bucket(id.bucket()), "challenge", id.as_str()).await?;
        found.map(|bytes| records::read(&bytes)).transpose()
    }

    pub async fn account(&self, key: &AccountKey) -> Result<Seen<Account>, StoreError> {
        let found = self.get(Place::Bucket(key.bucket()), "account", key.as_str()).await?;
        found.map_or(Ok(Seen { value: Account::default(), version: 0 }), |bytes| records::read(&bytes))
    }

    pub async fn session(&self, id: &SessionId) -> Result<Option<Seen<Session>>, StoreError> {
        let found = self.get(Place::Bucket(id.bucket()), "session", id.as_str()).await?;
        found.map(|bytes| records::read(&bytes)).transpose()
    }

    pub async fn sessions(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        let place = Place::Bucket(user.bucket());
        let index = self.key(place, "sessions", user.as_str());
        let ids: Vec<String> = self.ask(place, &Order::plain("SMEMBERS").arg(&index), Habit::Again).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = ids.iter().map(|id| self.key(place, "session", id)).collect();
        let found: Vec<Option<Vec<u8>>> = self.ask(place, &Order::plain("MGET").arg(keys), Habit::Again).await?;
        let gone: Vec<&String> = ids.iter().zip(&found).filter(|(_, body)| body.is_none()).map(|(id, _)| id).collect();
        if !gone.is_empty() {
            let _: u64 = self.ask(place, &Order::plain("SREM").arg(&index).arg(gone), Habit::Again).await?;
        }
        let read = |body: Vec<u8>| records::read(&body).map(|seen| seen.value);
        found.into_iter().flatten().map(read).collect()
    }

    pub async fn enrolments(&self, user: &UserId) -> Result<Seen<Sealed>, StoreError> {
        let found = self.get(Place::Bucket(user.bucket()), "enrolments", user.as_str()).await?;
        let Some(bytes) = found else { return Ok(Seen { value: Vec::new(), version: 0 }) };
        records::numbered(&bytes).map(|(version, body)| Seen { value: body.to_vec(), version })
    }

    pub async fn swap(&self, step: &Step) -> Result<bool, StoreError> {
        let Some(Drafts { place, records, index }) = records::drafts(&self.link.keys, step, self.now())? else {
            return Ok(true);
        };
        let mut keys: Vec<String> = records.iter().map(|draft| draft.key.clone()).collect();
        keys.extend(index.iter().map(|(key, _, _)| key.clone()));
        let mut order = Order::script(&SWAP, keys).arg(records.len());
        for draft in &records {
            order = order.arg(draft.version).arg(draft.life).arg(&draft.bytes);
        }
        if let Some((_, session, life)) = index {
            order = order.arg(session).arg(life);
        }
        // What was read before a server took over may have gone on since, and the one that leads now would not know.
        let begun = step.challenge.as_ref().map(|seen| seen.value.created);
        match self.ask_about::<u8>(place, &order, Habit::Once, begun).await? {
            Some(done) => Ok(done == 1),
            // To try again with a fresh one would not help.
            None if step.challenge.as_ref().is_some_and(|seen| seen.version == 0) => {
                Err(StoreError("this machine's clock is behind what redis doubts; nothing can be begun yet".to_owned()))
            }
            None => Ok(false),
        }
    }

    pub async fn take(&self, draws: &[Draw], now: Wall) -> Result<Take, StoreError> {
        if draws.is_empty() {
            return Ok(Take::Taken);
        }
        let name = |draw: &Draw| self.key(Place::Quotas, &draw.name.replace(' ', "-"), &draw.key);
        let keys = draws.iter().map(name).collect();
        let mut order = Order::script(&TAKE, keys).arg(now.0).arg(millis(CLOCK_STEP)).arg(AFTERLIFE);
        for Draw { quota, units, spend, .. } in draws {
            order = order.arg(quota.limit.min(EXACT)).arg(millis(quota.per)).arg(*units.min(&EXACT));
            order = order.arg(u8::from(*spend));
        }
        let short: Vec<i64> = self.ask(Place::Quotas, &order, Habit::Once).await?;
        let [which, wait] = short[..] else { return Ok(Take::Taken) };
        let draw = usize::try_from(which - 1).ok().and_then(|at| draws.get(at));
        let draw = draw.ok_or_else(|| StoreError(format!("redis: draw {which} of {} was short", draws.len())))?;
        Ok(Take::Short { name: draw.name, wait: Duration::from_millis(u64::try_from(wait).unwrap_or(1000)) })
    }

    pub async fn mark(&self, ticks: &[Mark], now: Wall) -> Result<Vec<Used>, StoreError> {
        if ticks.is_empty() {
            return Ok(Vec::new());
        }
        let name = |tick: &Mark| self.key(Place::Quotas, &tick.name.replace(' ', "-"), &tick.key);
        let keys = ticks.iter().map(name).collect();
        let mut order = Order::script(&MARK, keys).arg(now.0).arg(millis(CLOCK_STEP)).arg(AFTERLIFE);
        for Mark { per, add, .. } in ticks {
            let (how, units) = match add {
                Add::More(units) => ("+", units),
                Add::AtLeast(units) => (">", units),
            };
            order = order.arg(millis(*per)).arg(how).arg(*units.min(&EXACT));
        }
        let looks = ticks.iter().all(Mark::changes_nothing);
        let habit = if looks { Habit::Again } else { Habit::Once };
        let counts: Vec<(i64, u64)> = self.ask(Place::Quotas, &order, habit).await?;
        match counts.len() == ticks.len() {
            true => Ok(counts.into_iter().map(|(since, units)| Used { since: Wall(since), units }).collect()),
            false => Err(StoreError(format!("redis: {} counts of {}", counts.len(), ticks.len()))),
        }
    }

    pub async fn park(&self, id: &ChallengeId, request: &[u8], expires: Wall) -> Result<bool, StoreError> {
        let (place, now) = (Place::Bucket(id.bucket()), self.now());
        let mut bytes = format!("{} ", now.0).into_bytes();
        bytes.extend_from_slice(request);
        let life = records::life(expires.0.saturating_add(AFTERLIFE), now);
        let order = Order::plain("SET").arg(self.key(place, "parked", id.as_str())).arg(bytes);
        let set: Option<String> = self.ask(place, &order.arg("NX").arg("PX").arg(life), Habit::Once).await?;
        Ok(set.is_some())
    }

    pub async fn parked(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        let found = self.get(Place::Bucket(id.bucket()), "parked", id.as_str()).await?;
        found.map(|bytes| records::numbered(&bytes).map(|(_, request)| request.to_vec())).transpose()
    }

    pub async fn unpark(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        let place = Place::Bucket(id.bucket());
        self.link.at(place).await?;
        let order = Order::script(&UNPARK, vec![self.key(place, "parked", id.as_str())]);
        let order = order.arg(self.link.fence.doubted().0);
        let found: Option<Vec<u8>> = self.ask(place, &order, Habit::Once).await?;
        found.map(|bytes| records::numbered(&bytes).map(|(_, request)| request.to_vec())).transpose()
    }

    pub async fn revoke(&self, revocation: &Revocation) -> Result<(), StoreError> {
        let line = line(revocation);
        let order = self.revocation(&line, revocation.forget);
        // Saying it twice changes nothing, and its outcome is waited for like that of a write.
        let live = self.link.at(Place::Rest).await?;
        let _: u64 = self.ask(Place::Rest, &order, Habit::Again).await?;
        self.settle(&live, Habit::Once).await?;
        self.book.lock().await.wrote(line);
        Ok(())
    }

    fn revocation(&self, line: &str, forget: Wall) -> Order {
        let key = |kind| self.key(Place::Rest, kind, "");
        let keys = vec![key("revocations"), key("revoked"), key("forgettable")];
        Order::script(&REVOKE, keys).arg(line).arg(forget.0).arg(self.link.keys.channel())
    }

    pub async fn news(&self, seen: u64) -> Result<News, StoreError> {
        let mut book = self.book.lock().await;
        let live = self.link.at(Place::Rest).await?;
        if book.reign.is_empty() {
            self.link.meet().await;
        }
        if book.reign != live.vitals.reign {
            self.remind(&live, &book).await?;
            book.reign.clone_from(&live.vitals.reign);
            book.cursor = 0;
        }
        let mut pipe = ::redis::pipe();
        pipe.add_command(Order::plain("INFO").arg(&SECTIONS).cmd());
        pipe.add_command(Order::plain("GET").arg(self.key(Place::Rest, "doubted", "")).cmd());
        let range = Order::plain("ZRANGE").arg(self.key(Place::Rest, "revoked", "")).arg(format!("({}", book.cursor));
        pipe.add_command(range.arg("+inf").arg("BYSCORE").arg("WITHSCORES").cmd());
        let asked = live.pipe::<(String, Option<i64>, Vec<(String, f64)>)>(&pipe).await;
        let (info, doubted, fresh) = asked.map_err(|fault| {
            if live.is_ended() {
                self.link.suspect();
            }
            fault.error
        })?;
        live.judge(&info).inspect_err(|_| self.link.suspect())?;
        for (line, number) in fresh {
            book.read(number as u64, line)?;
        }
        self.link.fence.raise(Wall(doubted.unwrap_or(0)));
        self.link.review();
        Ok(News { revocations: book.since(seen), doubted: self.link.fence.doubted() })
    }

    /// Tells a server that leads anew what it may have missed.
    async fn remind(&self, live: &Live, book: &Book) -> Result<(), StoreError> {
        let lines = book.lines(self.now());
        for lines in lines.chunks(BATCH) {
            let mut pipe = ::redis::pipe();
            for line in lines {
                let forget = line.rsplit(' ').next().and_then(|text| text.parse().ok()).map_or(Wall(i64::MAX), Wall);
                pipe.add_command(self.revocation(line, forget).cmd_in_full()).ignore();
            }
            live.pipe::<()>(&pipe).await.map_err(|fault| fault.error)?;
        }
        Ok(())
    }

    pub async fn nudged(&self) {
        let nudge: &Notify = &self.link.dialer.nudge;
        nudge.notified().await;
    }

    /// Servers forget records by themselves; what has no life of its own is looked through bit by bit.
    pub async fn sweep(self: &Arc<Self>, now: Wall) -> Result<(), StoreError> {
        self.book.lock().await.sweep(now);
        let key = |kind| self.key(Place::Rest, kind, "");
        let order = Order::script(&FORGET, vec![key("revoked"), key("forgettable")]).arg(now.0);
        let _: u64 = self.ask(Place::Rest, &order, Habit::Again).await?;
        let first = self.next.fetch_add(SWEEP, Ordering::Relaxed);
        let buckets = (0..SWEEP).map(move |n| first.wrapping_add(n));
        self.each(buckets, |work, bucket| async move { work.sweep_uses(bucket).await }).await.map(drop)
    }

    /// Does something side by side for each.
    pub(super) async fn each<I, T, F>(
        self: &Arc<Self>,
        items: impl Iterator<Item = I>,
        work: impl Fn(Arc<Work>, I) -> F,
    ) -> Result<Vec<T>, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let mut running = JoinSet::new();
        for item in items {
            running.spawn(work(self.clone(), item));
        }
        let ended = |_| Err(StoreError("the store's thread has ended".to_owned()));
        let mut found = Vec::new();
        while let Some(done) = running.join_next().await {
            found.push(done.unwrap_or_else(ended)?);
        }
        Ok(found)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(EXACT).min(EXACT)
}
