//! What comes of messages, by country and by row of numbers, and the stop where next to nothing does.
//!
//! Messages to whoever has proven something (a first factor, a device that succeeded before) are counted apart from those
//! that were asked for by a name alone, and stopped apart: so names that anybody may give stop nothing for people who have
//! proven who they are. And one account counts only so often in a window, so that nobody is a crowd.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::bill::Dial;
use crate::domain::challenge::Challenge;
use crate::domain::contact::Phone;
use crate::domain::conversion::{ConversionRule, Stop, Yield};
use crate::domain::event::{Event, What};
use crate::domain::quota::{Add, Draw, Mark, Quota, Used};
use crate::domain::refusal::Refusal;
use crate::domain::time::{CLOCK_STEP, Wall};

use super::bill::Bill;
use super::purse::is_proven;
use super::seams::{StoreError, Take};
use super::{Gate, seal};

/// What was read is good for so long: other nodes' stops are heard of that late.
const FRESH: Duration = Duration::from_secs(1);
/// Places that are remembered at a time; they can be read again.
const MOST: usize = 4096;

/// What this process read lately, by place.
#[derive(Default)]
pub(super) struct Stops(Mutex<HashMap<String, (Duration, Option<Stop>)>>);

/// A country or a row of numbers, for one class of callers.
struct Place {
    key: String,
    least: u64,
    /// For the audit.
    name: String,
}

/// Messages to numbers are; and, so that it tells nothing, those that nobody gets who gave a name alone.
pub(super) fn is_watched(bill: &Bill<'_>) -> bool {
    match bill.sent {
        true => bill.dial.is_some(),
        false => !bill.payer.proven,
    }
}

/// Where it goes, if it does.
fn going<'b>(bill: &'b Bill<'_>) -> Option<&'b Dial> {
    bill.dial.as_ref().filter(|_| bill.sent)
}

impl Gate {
    /// Until when nothing is sent to where this message would go.
    pub(super) async fn stopped(&self, bill: &Bill<'_>) -> Result<Option<Wall>, Refusal> {
        let Some(rule) = self.settings.sending.conversion.as_ref().filter(|_| is_watched(bill)) else {
            return Ok(None);
        };
        let (mut stops, mut unread) = (Vec::new(), Vec::new());
        for place in self.places(rule, going(bill), bill.payer.proven) {
            match self.stops.fresh(&place.key, self.mono()) {
                Some(stop) => stops.push(stop),
                None => unread.push(place),
            }
        }
        stops.extend(self.read_stops(rule, &unread).await?);
        let now = self.now();
        let on = |stop: Stop| !rule.report && stop.is_on(now);
        Ok(stops.into_iter().flatten().filter(|stop| on(*stop)).map(|stop| stop.until).max())
    }

    /// For a message that does not go out there are two as well, of which nothing ever comes: so a name nobody has costs
    /// the same work.
    fn places(&self, rule: &ConversionRule, dial: Option<&Dial>, proven: bool) -> [Place; 2] {
        let Some(dial) = dial else {
            return ["nobody", "nobody in a row"].map(|name| Place {
                key: name.to_owned(),
                least: u64::MAX,
                name: name.to_owned(),
            });
        };
        let (class, whom) = if proven { ("proven", "") } else { ("by name", " for whoever gives a name alone") };
        let country = dial.country();
        let row = seal::text(&self.seals.alias("prefix", &dial.prefix));
        let name = format!("numbers in a row ({country}, {}){whom}", &row[..8]);
        [
            Place { key: format!("{country} {class}"), least: rule.least[0], name: format!("{country}{whom}") },
            Place { key: format!("{row} {class}"), least: rule.least[1], name },
        ]
    }

    /// Reads where sending is stopped, and judges where it is not.
    async fn read_stops(&self, rule: &ConversionRule, places: &[Place]) -> Result<Vec<Option<Stop>>, Refusal> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.now();
        let slices: Vec<i64> = rule.judged(now, Wall::EPOCH).collect();
        let ticks = places.iter().flat_map(|place| {
            let counts = slices.iter().flat_map(move |slice| {
                ["conversion sent", "conversion entered"].map(|name| count(rule, name, &place.key, *slice, 0))
            });
            std::iter::once(stop_tick(rule, &place.key, 0)).chain(counts)
        });
        let counts = self.store.mark(ticks.collect(), now).await.map_err(|e| self.outage(&e))?;
        let mut stops = Vec::with_capacity(places.len());
        for (place, counts) in places.iter().zip(counts.chunks(1 + 2 * slices.len())) {
            let stop = self.judge(rule, place, &slices, counts, now).await?;
            self.stops.keep(&place.key, self.mono(), stop);
            stops.push(stop);
        }
        Ok(stops)
    }

    async fn judge(
        &self,
        rule: &ConversionRule,
        place: &Place,
        slices: &[i64],
        counts: &[Used],
        now: Wall,
    ) -> Result<Option<Stop>, Refusal> {
        let Some((stop, counts)) = counts.split_first() else { return Ok(None) };
        // One that a wrong clock made ends nothing for ever.
        let sane = |stop: &Stop| stop.until <= now.plus(rule.longest).plus(CLOCK_STEP);
        let before = Stop::of_number(stop.units).filter(sane);
        if before.is_some_and(|stop| stop.is_on(now)) {
            return Ok(before);
        }
        let since = rule.judged(now, before.map_or(Wall::EPOCH, |stop| stop.until));
        let mut all = Yield::default();
        for (slice, pair) in slices.iter().zip(counts.chunks(2)) {
            if let ([sent, entered], true) = (pair, since.contains(slice)) {
                all.sent += sent.units;
                all.entered += entered.units;
            }
        }
        if !rule.is_too_little(all, place.least) {
            if let Some(before) = before {
                self.tell_end(rule, place, before).await?;
            }
            return Ok(before);
        }
        let next = rule.next_stop(before, now);
        let tick = stop_tick(rule, &place.key, next.number());
        let there = self.store.mark(vec![tick], now).await.map_err(|e| self.outage(&e))?;
        self.tell_stop(rule, place, all, next).await?;
        Ok(there.first().and_then(|used| Stop::of_number(used.units)).or(Some(next)))
    }

    /// Once, by whichever node found it first.
    async fn tell_stop(&self, rule: &ConversionRule, place: &Place, all: Yield, stop: Stop) -> Result<(), Refusal> {
        let what = match rule.report {
            true => "would be stopped until",
            false => "nothing is sent there until",
        };
        let Yield { sent, entered } = all;
        let until = stop.until.rfc3339();
        let detail = format!("{}: {entered} of {sent} messages led to a code; {what} {until}", place.name);
        self.tell_once(What::SysBreakerOpened, &place.key, rule.stop, detail).await
    }

    async fn tell_end(&self, rule: &ConversionRule, place: &Place, stop: Stop) -> Result<(), Refusal> {
        if rule.report || self.told.is_ended(&place.key, stop.until) {
            return Ok(());
        }
        let detail = format!("{}: messages are sent again", place.name);
        let key = format!("{}/{}", place.key, stop.until.0);
        self.tell_once(What::SysBreakerClosed, &key, rule.longest * 2, detail).await
    }

    async fn tell_once(&self, what: What, key: &str, per: Duration, detail: String) -> Result<(), Refusal> {
        let (quota, key) = (Quota { limit: 1, per }, format!("{} {key}", what.name()));
        let draw = Draw { name: "stops told", key, quota, units: 1, spend: true };
        match self.store.take(vec![draw], self.now()).await.map_err(|e| self.outage(&e))? {
            Take::Taken => self.decide(Event::new(what).detail(detail)).await,
            Take::Short { .. } => Ok(()),
        }
    }

    /// Counts a message that goes out.
    pub(super) async fn count_sent(&self, rule: &ConversionRule, bill: &Bill<'_>) -> Result<(), Refusal> {
        let now = self.now();
        let slice = rule.slice_of(now);
        let places = self.places(rule, going(bill), bill.payer.proven);
        let ticks = places.iter().map(|place| count(rule, "conversion sent", &place.key, slice, 1)).collect();
        self.store.mark(ticks, now).await.map_err(|e| self.outage(&e)).map(drop)
    }

    /// Counts a code that was entered. That it could not be counted keeps nobody out.
    pub(super) async fn count_entered(&self, challenge: &Challenge, phone: Option<&Phone>) {
        let (Some(rule), Some(phone)) = (&self.settings.sending.conversion, phone) else { return };
        if !challenge.weighed {
            return;
        }
        let slice = rule.slice_of(challenge.created);
        let places = self.places(rule, Some(&Dial::of(phone)), is_proven(challenge));
        let ticks = places.iter().map(|place| count(rule, "conversion entered", &place.key, slice, 1)).collect();
        let counted: Result<Vec<Used>, StoreError> = self.store.mark(ticks, self.now()).await;
        if let Err(error) = counted {
            tracing::warn!(%error, "that a code was entered could not be counted");
        }
    }
}

impl Stops {
    fn fresh(&self, key: &str, mono: Duration) -> Option<Option<Stop>> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(key).filter(|(at, _)| mono < *at + FRESH).map(|(_, stop)| *stop)
    }

    fn keep(&self, key: &str, mono: Duration, stop: Option<Stop>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST && !seen.contains_key(key) {
            seen.clear();
        }
        seen.insert(key.to_owned(), (mono, stop));
    }
}

fn stop_tick(rule: &ConversionRule, key: &str, number: u64) -> Mark {
    let add = if number == 0 { Add::More(0) } else { Add::AtLeast(number) };
    let name = if rule.report { "stops in report" } else { "stops" };
    // As long as the next one is the longer for it.
    Mark { name, key: key.to_owned(), per: rule.longest * 2 + CLOCK_STEP, add }
}

fn count(rule: &ConversionRule, name: &'static str, key: &str, slice: i64, units: u64) -> Mark {
    Mark { name, key: format!("{key}/{slice}"), per: rule.memory(), add: Add::More(units) }
}
