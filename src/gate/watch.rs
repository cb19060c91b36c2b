//! What allowances and budgets tell without refusing: what report mode would have refused, what a budget comes to, and what
//! a message cost after all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::conversion::ConversionRule;
use crate::domain::event::{Event, What};
use crate::domain::id::ChallengeId;
use crate::domain::money::Money;
use crate::domain::quota::{Add, Draw, Mark, Quota, Used};
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;

use super::begin::RACES;
use super::bill::{Bill, Row};
use super::conversions::is_watched;
use super::seams::{Step, StoreError, Take};
use super::sending::Budget;
use super::{Gate, seal};

/// Of a hundred: then a budget is told of.
const WARN: u64 = 80;
/// Whatever is told in report mode, at most so much in an hour: an attacker with many addresses fills no audit.
const REPORTS: Quota = Quota { limit: 200, per: Duration::from_secs(3600) };

/// Names that are remembered at a time; forgotten ones are looked up in the store again.
const MOST: usize = 4096;

/// What this process knows to be told already, by name: the window that it was told of.
#[derive(Default)]
pub(super) struct Told(Mutex<HashMap<String, Wall>>);

impl Told {
    fn is(&self, name: &str, since: Wall) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name) == Some(&since)
    }

    /// Whether the end of a stop was told; from now on it is.
    pub fn is_ended(&self, place: &str, until: Wall) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST && !told.contains_key(place) {
            told.clear();
        }
        told.insert(place.to_owned(), until) == Some(until)
    }

    fn keep(&self, name: &str, since: Wall) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), since);
    }
}

/// How many times the highest price that was expected a message can have cost.
const DEAREST: u64 = 20;

impl Gate {
    /// Counts what only tells, and tells it. Whether what comes of the message is counted.
    pub(super) async fn watch(&self, bill: &Bill<'_>, rows: &[Row]) -> Result<bool, Refusal> {
        let reported: Vec<&Draw> = rows.iter().filter(|row| row.report).map(|row| &row.draw).collect();
        let budgets: Vec<Budget> = self.settings.sending.budgets().filter(|budget| !budget.report).collect();
        let rule = self.settings.sending.conversion.as_ref().filter(|_| bill.first && is_watched(bill));
        let mut ticks: Vec<Mark> = reported.iter().map(|draw| count(draw)).collect();
        ticks.extend(budgets.iter().map(look));
        ticks.extend(rule.map(|rule| self.weight(rule, bill)));
        if ticks.is_empty() {
            return Ok(false);
        }
        let counts = self.store.mark(ticks, self.now()).await.map_err(|e| self.outage(&e))?;
        let (over, rest) = counts.split_at(reported.len().min(counts.len()));
        for (draw, used) in reported.iter().zip(over) {
            if used.units > draw.quota.limit {
                self.report(draw, *used).await?;
            }
        }
        for (budget, used) in budgets.iter().zip(rest) {
            if used.units.saturating_mul(100) >= budget.quota.limit.saturating_mul(WARN) {
                let spent = self.amount(used.units.min(budget.quota.limit));
                let detail = format!("{}: {spent} of {} are spent", budget.name, self.amount(budget.quota.limit));
                self.tell_of_budget(What::SysBudgetWarning, budget, *used, detail).await?;
            }
        }
        let Some(rule) = rule else { return Ok(false) };
        let weighed = rest.get(budgets.len()).is_some_and(|used| used.units <= rule.per_account);
        if weighed {
            self.count_sent(rule, bill).await?;
        }
        Ok(weighed)
    }

    fn weight(&self, rule: &ConversionRule, bill: &Bill<'_>) -> Mark {
        let key = seal::text(&self.seals.alias("bill user", bill.payer.account.as_str()));
        Mark { name: "conversion weight", key, per: rule.window, add: Add::More(1) }
    }

    /// Once in a window for each key: what would have been refused.
    async fn report(&self, draw: &Draw, used: Used) -> Result<(), Refusal> {
        let mark = format!("{} {}/{}", draw.name, draw.key, used.since.0);
        let once = Quota { limit: 1, per: draw.quota.per };
        let all = Draw { name: "reports in all", key: "all".to_owned(), quota: REPORTS, units: 1, spend: true };
        let draws = vec![Draw { name: "reports", key: mark, quota: once, units: 1, spend: true }, all];
        if self.store.take(draws, self.now()).await.map_err(|e| self.outage(&e))? != Take::Taken {
            return Ok(());
        }
        let span = humantime::format_duration(draw.quota.per);
        let limit = match draw.name.starts_with("money") {
            true => self.amount(draw.quota.limit),
            false => draw.quota.limit.to_string(),
        };
        let detail = format!("{}: more than {limit} in {span}; nothing was refused", draw.name);
        self.decide(Event::new(What::ExcessRateLimitReported).detail(detail)).await
    }

    /// Tells once in its window that a budget is used up, if it was a budget that was short.
    pub(super) async fn tell_if_spent(&self, name: &'static str) -> Result<(), Refusal> {
        let Some(budget) = self.settings.sending.budgets().find(|budget| budget.name == name) else { return Ok(()) };
        let counts = self.store.mark(vec![look(&budget)], self.now()).await.map_err(|e| self.outage(&e))?;
        let Some(used) = counts.first() else { return Ok(()) };
        let limit = self.amount(budget.quota.limit);
        let detail = format!("{}: {} of {limit} are spent, and nothing more is sent", name, self.amount(used.units));
        self.tell_of_budget(What::SysBudgetSpent, &budget, *used, detail).await
    }

    /// Once in the window of the budget, on all nodes together.
    async fn tell_of_budget(&self, what: What, budget: &Budget, used: Used, detail: String) -> Result<(), Refusal> {
        let mark = format!("{} {}", what.name(), budget.name);
        if self.told.is(&mark, used.since) {
            return Ok(());
        }
        let once = Quota { limit: 1, per: budget.quota.per };
        let key = format!("{mark}/{}", used.since.0);
        let draw = Draw { name: "budgets told", key, quota: once, units: 1, spend: true };
        let first = self.store.take(vec![draw], self.now()).await.map_err(|e| self.outage(&e))? == Take::Taken;
        self.told.keep(&mark, used.since);
        if first { self.decide(Event::new(what).detail(detail)).await } else { Ok(()) }
    }

    fn amount(&self, micros: u64) -> String {
        let currency = self.settings.sending.currency.clone().unwrap_or_default();
        Money { micros, currency }.to_string().trim_end().to_owned()
    }

    /// Books what message number `send` cost after all, as far as it is more than it was taken to cost: a budget may be
    /// exceeded by it, and then nothing more is sent. What was cheaper is not given back: nobody lowers a bill by a word. An
    /// amount in another currency says nothing.
    pub async fn book_cost(&self, id: &ChallengeId, send: u8, price: &Money) -> Result<(), StoreError> {
        let sending = &self.settings.sending;
        if sending.currency.as_ref() != Some(&price.currency) || send == 0 {
            return Ok(());
        }
        for _ in 0..RACES {
            let Some(mut seen) = self.store.challenge(id).await? else { return Ok(()) };
            // A report can be wrong by any factor; no word of a vendor spends everybody's budget at once.
            let most = sending.highest_cost(seen.value.channel).saturating_mul(DEAREST);
            let micros = price.micros.min(most);
            if micros < price.micros {
                tracing::warn!(challenge = %id, "a vendor names a price beyond all measure; a part of it is booked");
            }
            let Some(booked) = seen.value.costs.get_mut(usize::from(send - 1)) else { return Ok(()) };
            let more = micros.saturating_sub(*booked);
            if more == 0 {
                return Ok(());
            }
            *booked = micros;
            // The record first: told twice, it is booked once.
            if self.store.swap(Step { challenge: Some(seen), ..Step::default() }).await? {
                let book = |budget: Budget| Mark { add: Add::More(more), ..look(&budget) };
                self.store.mark(sending.budgets().map(book).collect(), self.now()).await?;
                return Ok(());
            }
        }
        Err(StoreError("others kept changing the challenge".to_owned()))
    }

    /// What is spent of each budget.
    pub async fn spent(&self) -> Result<Vec<(Budget, u64)>, StoreError> {
        let budgets: Vec<Budget> = self.settings.sending.budgets().collect();
        let counts = self.store.mark(budgets.iter().map(look).collect(), self.now()).await?;
        Ok(budgets.into_iter().zip(counts).map(|(budget, used)| (budget, used.units)).collect())
    }
}

fn look(budget: &Budget) -> Mark {
    Mark { name: budget.name, key: "all".to_owned(), per: budget.quota.per, add: Add::More(0) }
}

fn count(draw: &Draw) -> Mark {
    let units = if draw.spend { draw.units } else { 0 };
    Mark { name: draw.name, key: draw.key.clone(), per: draw.quota.per, add: Add::More(units) }
}
