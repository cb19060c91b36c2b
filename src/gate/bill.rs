//! What a message takes, and from which allowances: all of them or none. See docs/BILL.md.
//!
//! Allowances are of three sorts. Those of whoever asks (number, user, address) are taken from for invented names too, so
//! that these meet what real ones meet. What all share (route, all, money) is only looked at for a name nobody has: else
//! whoever invents names would use up everybody's messages. And what hangs on the number that only real names have (its
//! row, its country, a stop) must not show to whoever gave a name alone: they are answered as if it was sent.

use std::net::IpAddr;
use std::time::Duration;

use crate::domain::bill::{Dial, Limit};
use crate::domain::contact::{Channel, Contact};
use crate::domain::event::{Event, What};
use crate::domain::locale::Locale;
use crate::domain::quota::{Draw, Quota};
use crate::domain::refusal::Refusal;
use crate::domain::route::called;

use super::asker::{network, spot};
use super::purse::Payer;
use super::seams::Take;
use super::{Caller, Gate, seal};

/// Codes asked for by a name alone, over all names: bounds what challenges of invented names take in the store.
const BY_NAME_ALONE: Quota = Quota { limit: 20_000, per: Duration::from_secs(600) };

/// Whose being short tells that a name is real.
const HIDDEN: [&str; 2] = ["messages per prefix", "messages per country"];

/// One message, as far as allowances go.
pub(super) struct Bill<'a> {
    pub payer: Payer<'a>,
    /// The way that it goes, or would go.
    pub channel: Channel,
    /// Whether one is sent at all.
    pub sent: bool,
    pub dial: Option<Dial>,
    pub locale: Locale,
    /// Who asked; `None` where nobody does.
    pub client: Option<IpAddr>,
    /// The route that it opens the way to, else the scope.
    pub route: String,
    /// Whether it is the first of a challenge that somebody began with nothing but a name.
    pub by_name_alone: bool,
    /// Whether it is the first of its challenge: what came of that is counted.
    pub first: bool,
}

impl<'a> Bill<'a> {
    pub fn new(payer: Payer<'a>, contact: Option<&Contact>, locale: Locale, client: Option<IpAddr>) -> Bill<'a> {
        let dial = contact.and_then(|contact| contact.address.phone()).map(Dial::of);
        Bill {
            payer,
            channel: contact.map_or(Channel::Sms, |contact| contact.channel),
            sent: contact.is_some(),
            dial,
            locale,
            client,
            route: String::new(),
            by_name_alone: false,
            first: false,
        }
    }
}

/// What was taken for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Paid {
    /// Whether it goes out. If not, whoever asked is not told.
    pub sends: bool,
    /// What it is taken to cost.
    pub cost: u64,
    /// Whether it is counted what came of it.
    pub weighed: bool,
}

/// One allowance of a message, and whether it only tells.
pub(super) struct Row {
    pub draw: Draw,
    pub report: bool,
}

impl Gate {
    /// Takes what a message takes, or refuses it.
    pub(super) async fn pay(&self, caller: Option<&Caller>, mut bill: Bill<'_>) -> Result<Paid, Refusal> {
        if let Some(until) = self.stopped(&bill).await? {
            self.decide(self.event_of(What::ExcessRateLimitExceeded, caller).detail("sending is stopped")).await?;
            if bill.payer.proven {
                return Err(Refusal::Limited(self.now().until(until).max(Duration::from_secs(1))));
            }
            bill.sent = false;
        }
        loop {
            let rows = self.rows(&bill);
            let draws = rows.iter().filter(|row| !row.report).map(|row| row.draw.clone()).collect();
            match self.store.take(draws, self.now()).await.map_err(|e| self.outage(&e))? {
                Take::Taken => {
                    let cost = if bill.sent { self.cost(&bill) } else { 0 };
                    let weighed = self.watch(&bill, &rows).await?;
                    return Ok(Paid { sends: bill.sent, cost, weighed });
                }
                Take::Short { name, .. } if bill.sent && !bill.payer.proven && HIDDEN.contains(&name) => {
                    self.decide(self.event_of(What::ExcessRateLimitExceeded, caller).detail(name)).await?;
                    bill.sent = false;
                }
                short @ Take::Short { name, .. } => {
                    self.tell_if_spent(name).await?;
                    self.refuse_short(short, caller).await?;
                }
            }
        }
    }

    /// An event of whoever asked, or of nobody.
    pub(super) fn event_of(&self, what: What, caller: Option<&Caller>) -> Event {
        caller.map_or_else(|| Event::new(what), |caller| self.event(what, caller))
    }

    pub(super) fn cost(&self, bill: &Bill<'_>) -> u64 {
        self.settings.sending.cost(bill.channel, bill.dial.as_ref(), bill.locale)
    }

    /// Everything that a message is counted under.
    fn rows(&self, bill: &Bill<'_>) -> Vec<Row> {
        let (sending, limits) = (&self.settings.sending, &self.settings.sending.limits);
        let mut rows = Vec::with_capacity(12);
        let mut add = |name, key: &str, quotas: &[Quota], report, spend| {
            rows.extend(quotas.iter().map(|quota| {
                let key = format!("{key}/{}", quota.per.as_secs());
                Row { draw: Draw { name, key, quota: *quota, units: 1, spend }, report }
            }));
        };
        let Limit { quotas, report } = &limits.number;
        bill.payer.numbers().iter().for_each(|key| add("messages per number", key, quotas, *report, true));
        if !limits.user.quotas.is_empty() {
            add("messages per user", &bill.payer.person(self), &limits.user.quotas, limits.user.report, true);
        }
        if let Some(client) = bill.client.filter(|_| !bill.payer.known) {
            let quotas = sending.of_address(client);
            let key = spot(self.seals.alias("bill address", &network(client)));
            add("messages per address", &key, quotas, limits.address.report, true);
        }
        let hash = |dial: &Dial| seal::text(&self.seals.alias("prefix", &dial.prefix));
        for (name, limit, key) in [
            (HIDDEN[0], &limits.prefix, bill.dial.as_ref().map(hash)),
            (HIDDEN[1], &limits.country, bill.dial.as_ref().map(Dial::country)),
        ] {
            // What is not sent costs the same work, and is never short.
            let key = key.filter(|_| bill.sent);
            let bound = if key.is_some() { 0 } else { u64::MAX };
            let open = |quota: &Quota| Quota { limit: quota.limit.max(bound), ..*quota };
            let quotas: Vec<Quota> = limit.quotas.iter().map(open).collect();
            add(name, key.as_deref().unwrap_or(bill.payer.account.as_str()), &quotas, limit.report, true);
        }
        add("messages per route", &bill.route, &limits.route.quotas, limits.route.report, bill.sent);
        add("messages in all", "all", &limits.all.quotas, limits.all.report, bill.sent);
        self.money(bill, &mut rows);
        if bill.by_name_alone {
            let (name, key) = ("codes by name alone", "all".to_owned());
            let draw = Draw { name, key, quota: BY_NAME_ALONE, units: 1, spend: true };
            rows.push(Row { draw, report: false });
        }
        rows
    }

    /// Whoever gave a name alone is refused as soon as the dearest message could not be paid for, be the name real or not.
    fn money(&self, bill: &Bill<'_>, rows: &mut Vec<Row>) {
        let sending = &self.settings.sending;
        for budget in sending.budgets() {
            let draw =
                |units, spend| Draw { name: budget.name, key: "all".to_owned(), quota: budget.quota, units, spend };
            if !bill.payer.proven && !budget.report {
                rows.push(Row { draw: draw(sending.highest_cost(bill.channel), false), report: false });
            }
            rows.push(Row { draw: draw(self.cost(bill), bill.sent), report: budget.report });
        }
    }

    /// What a message to somebody who wants to go there is counted under: the route, if one asks for a code for this scope.
    pub(super) fn route_of(&self, scope: &str, return_to: &str) -> String {
        if self.settings.sending.limits.route.quotas.is_empty() {
            return String::new();
        }
        self.route_to(scope, return_to).map_or_else(|| format!("scope {scope}"), |route| called(&route).into_owned())
    }
}
