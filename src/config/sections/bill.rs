//! What of `[sms]` is about the bill, for the messages of every channel: allowances, budgets, prices, and the watch over what
//! comes of messages. See docs/BILL.md.

use std::collections::BTreeMap;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::Placed;
use crate::config::section::Section;
use crate::config::values::{DAY, HOUR, MINUTE, choice, list, money, quotas, span, whole};
use crate::domain::bill::{Lane, Limit, Prices};
use crate::domain::contact::Region;
use crate::domain::conversion::{ConversionRule, SLICES};
use crate::domain::money::Money;
use crate::domain::quota::Quota;
use crate::gate::Sending;
use crate::gate::sending::Limits;

use super::channel::Way;
use super::provider::Priced;

/// What is counted and budgeted, before prices are known.
pub struct Bill {
    limits: Limits,
    hourly: Option<Placed<Money>>,
    daily: Option<Placed<Money>>,
    /// Whether both could be read.
    sound: bool,
    budgets_report: [bool; 2],
    conversion: Option<ConversionRule>,
}

/// What can be in report mode.
const REPORTS: [(&str, usize); 9] = [
    ("per_number", 0),
    ("per_user", 1),
    ("per_address", 2),
    ("per_prefix", 3),
    ("per_country", 4),
    ("per_route", 5),
    ("in_all", 6),
    ("hourly_budget", 7),
    ("daily_budget", 8),
];

pub fn read(section: &Section<'_>) -> Bill {
    let (daily, hourly) = (section.placed("daily_budget", money), section.placed("hourly_budget", money));
    let quota = |limit, per| Quota { limit, per };
    let number = section.or("per_number", quotas, vec![quota(4, 10 * MINUTE), quota(12, DAY)]);
    let user = section.optional("per_user", quotas).unwrap_or_else(|| number.clone());
    let address = section.or("per_address", quotas, vec![quota(300, HOUR)]);
    let prefix = section.or("per_prefix", quotas, vec![quota(100, HOUR)]);
    let country = section.or("per_country", quotas, Vec::new());
    let route = section.or("per_route", quotas, Vec::new());
    let all = section.or("in_all", quotas, vec![quota(1000, HOUR)]);
    let report = section.or("report", list("[\"per_prefix\"]", choice(&REPORTS)), vec![3]);
    let limit = |at, quotas| Limit { quotas, report: report.contains(&at) };
    let limits = Limits {
        number: limit(0, number),
        user: limit(1, user),
        address: limit(2, address),
        prefix: limit(3, prefix),
        country: limit(4, country),
        route: limit(5, route),
        all: limit(6, all),
    };
    let budgets_report = [report.contains(&7), report.contains(&8)];
    let sound = section.is_sound("daily_budget") && section.is_sound("hourly_budget");
    Bill { limits, hourly, daily, sound, budgets_report, conversion: conversion(section) }
}

#[derive(Clone, PartialEq)]
enum Mode {
    Enforce,
    Report,
    Off,
}

fn conversion(sms: &Section<'_>) -> Option<ConversionRule> {
    const MODES: [(&str, Mode); 3] = [("enforce", Mode::Enforce), ("report", Mode::Report), ("off", Mode::Off)];
    let section = sms.table("conversion");
    let mode = section.or("mode", choice(&MODES), Mode::Report);
    let why = "a judgement wants many messages, and soon";
    let window = section.or("window", span(12 * MINUTE..=DAY, why), HOUR);
    let many = "few messages say nothing";
    let least = section.or("least", whole(5..=1_000_000, many), 20);
    let row = section.or("least_in_a_row", whole(5..=1_000_000, many), 10);
    let below = section.or("below", whole(1..=100, "it is a part of a hundred"), 20);
    let stop = section.or("stop", span(MINUTE..=DAY, "people wait for it, and it doubles"), 30 * MINUTE);
    let longest = section.or("longest", span(MINUTE..=7 * DAY, "somebody has to look by then"), 12 * HOUR);
    let per_account = section.or("per_account", whole(1..=1000, "one account must not be a crowd"), 2);
    if stop < window / SLICES {
        let place = section.entry("stop").map_or(section.place, |entry| entry.node.place);
        let message = "the first stop is shorter than a twelfth of the window, by which messages are counted";
        section.reader.tell(Diagnostic::new(Code::OutOfRange, place, message));
    }
    if longest < stop {
        let place = section.entry("longest").map_or(section.place, |entry| entry.node.place);
        let message = "the longest stop is shorter than the first one";
        section.reader.tell(Diagnostic::new(Code::OutOfRange, place, message));
    }
    section.done();
    let report = mode == Mode::Report;
    let rule = ConversionRule { window, least: [least, row], below, stop, longest, per_account, report };
    (mode != Mode::Off).then_some(rule)
}

impl Bill {
    /// With the ways that messages can go; `None` where amounts do not fit together, which is told.
    pub fn sending(&self, top: &Section<'_>, ways: &[&Way]) -> Option<Sending> {
        let budgets: Vec<_> = [&self.daily, &self.hourly].into_iter().flatten().collect();
        if let [first, second] = budgets[..]
            && first.value.currency != second.value.currency
        {
            let told = Diagnostic::new(Code::Conflict, second.place, "two budgets are in two currencies");
            top.reader.tell(told.related(first.place, "the other one"));
            return None;
        }
        let lanes: Vec<_> = ways.iter().map(|way| (way.channel, self.lane(top, way, &budgets))).collect();
        let lanes: Option<BTreeMap<_, _>> = lanes.into_iter().map(|(channel, lane)| Some((channel, lane?))).collect();
        Some(Sending {
            lanes: lanes?,
            limits: self.limits.clone(),
            networks: Vec::new(),
            hourly_budget: self.hourly.as_ref().map(|budget| budget.value.micros),
            daily_budget: self.daily.as_ref().map(|budget| budget.value.micros),
            budgets_report: self.budgets_report,
            currency: budgets.first().map(|budget| budget.value.currency.clone()),
            parts: Vec::new(),
            conversion: self.conversion.clone(),
        })
    }

    fn lane(&self, top: &Section<'_>, way: &Way, budgets: &[&Placed<Money>]) -> Option<Lane> {
        if !self.sound || !way.sound {
            return None;
        }
        let lane = |prices| Lane { allowed: way.allowed.clone(), prices };
        if way.providers.is_empty() && way.channel != crate::domain::contact::Channel::Sms {
            return Some(lane(Prices::default()));
        }
        let prices = highest(way);
        let fits = budgets.first().is_none_or(|budget| same_currency(top, way, budget));
        let mut pays = true;
        for budget in budgets.iter().filter(|budget| fits && prices.highest() > budget.value.micros) {
            pays = false;
            let told = Diagnostic::new(Code::OutOfRange, budget.place, "the budget does not pay for a single message");
            let price = Money { micros: prices.highest(), currency: budget.value.currency.clone() };
            top.reader.tell(told.help(format!("one is taken to cost {price}")));
        }
        (fits && pays).then(|| lane(prices))
    }
}

/// What a message is taken to cost: the most that any provider asks, for each country that one of them names.
fn highest(way: &Way) -> Prices {
    let providers: Vec<&Priced> = way.providers.iter().flatten().collect();
    let default = way.price.0.micros;
    let usual = |priced: &Priced| priced.price.as_ref().map_or(default, |price| price.value.micros);
    let there = |priced: &Priced, region: Region| {
        let own = priced.prices.iter().find(|(country, _)| *country == region);
        own.map_or_else(|| usual(priced), |(_, price)| price.value.micros)
    };
    let mut countries: Vec<(Region, u64)> = Vec::new();
    for (region, _) in providers.iter().flat_map(|priced| &priced.prices) {
        if !countries.iter().any(|(known, _)| known == region) {
            let most = providers.iter().map(|priced| there(priced, *region)).max();
            countries.push((*region, most.unwrap_or(default)));
        }
    }
    // One that is wrong counts as one that says nothing.
    let silent = way.providers.is_empty() || way.providers.iter().any(Option::is_none);
    let all = providers.iter().map(|priced| usual(priced)).chain(silent.then_some(default));
    Prices { usual: all.max().unwrap_or(default), countries }
}

/// All amounts are in the currency of the budget, because nobody here knows an exchange rate.
fn same_currency(top: &Section<'_>, way: &Way, budget: &Placed<Money>) -> bool {
    let currency = &budget.value.currency;
    let mut same = true;
    let mut refuse = |diagnostic: Diagnostic| {
        same = false;
        top.reader.tell(diagnostic.related(budget.place, "the budget"));
    };
    let providers = || way.providers.iter().flatten();
    let own = providers().flat_map(|priced| priced.price.iter().chain(priced.prices.iter().map(|(_, price)| price)));
    for price in own.filter(|price| price.value.currency != *currency && price.value.micros > 0) {
        let message = "the price is in another currency than the budget";
        refuse(Diagnostic::new(Code::Conflict, price.place, message).expected(format!("expected {currency}")));
    }
    let (default, written) = &way.price;
    let counts = way.providers.is_empty() || providers().any(|priced| priced.price.is_none());
    if default.currency != *currency && default.micros > 0 && (counts || written.is_some()) {
        let message = match written {
            Some(_) => "the price is in another currency than the budget".to_owned(),
            None => format!("a message is taken to cost {default}, which is another currency than the budget's"),
        };
        let told = Diagnostic::new(Code::Conflict, written.unwrap_or(budget.place), message);
        let title = way.channel.name();
        refuse(told.help(format!("add `price` to [{title}], in {currency}: what one message costs")));
    }
    same
}
