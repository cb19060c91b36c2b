//! `[sms]`: who may be sent to, how often, for how much, and through whom.

use std::time::Duration;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::{Placed, Spot};
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{DAY, MINUTE, SECOND, list, money, quota, region, some, span, whole};
use crate::delivery::settings::Provider;
use crate::domain::contact::Channel;
use crate::domain::money::Money;
use crate::domain::quota::Quota;
use crate::gate::Sending;

use super::channel;
use super::provider::{self, Priced};

pub struct Sms {
    pub sending: Sending,
    pub providers: Vec<Provider>,
    pub by_success: bool,
    pub queue: usize,
    pub workers: usize,
    pub deadline: Duration,
}

pub fn read(top: &Section<'_>) -> Option<Sms> {
    let section = top.table("sms");
    let countries = section.or("countries", list("[\"JP\"]", region), Vec::new());
    let budget = section.placed("daily_budget", money);
    let default_price = (Money { micros: 100_000, currency: "USD".to_owned() }, None);
    let price = section.or("price", |item| Some((money(item)?, Some(item.place()))), default_price);
    let quotas = vec![Quota { limit: 4, per: 10 * MINUTE }, Quota { limit: 12, per: DAY }];
    let per_number = section.or("per_number", some("[\"4/10m\", \"12/1d\"]", quota), quotas);
    let in_all = section.or("in_all", quota, Quota { limit: 1000, per: 60 * MINUTE });
    let queue = section.or("queue", whole(1..=100_000, "each message that waits takes memory"), 1000);
    let workers = section.or("workers", whole(1..=256, "each takes a connection to the provider"), 8);
    let why = "people wait for it, and give up";
    let deadline = section.or("deadline", span(SECOND..=MINUTE, why), 10 * SECOND);
    let by_success = channel::by_success(&section);
    let written = section.tables("provider", false);
    if !written.is_empty() && countries.is_empty() && section.is_sound("countries") {
        let message = "nothing would be sent, because no country is allowed";
        let place = section.entry("countries").map_or(section.place, |entry| entry.node.place);
        let told = Diagnostic::new(Code::NoCountry, place, message).help("add `countries = [\"JP\"]`");
        section.reader.lack(section.spot("countries"), told);
    }
    let places: Vec<_> = written.iter().map(|provider| provider.place).collect();
    let priced: Vec<_> = written.into_iter().map(|written| provider::read(written, Channel::Sms)).collect();
    provider::refuse_same_names(section.reader, &places, &priced);
    let sound = section.is_sound("price") && section.is_sound("daily_budget");
    let section_has_price = price.1.is_some();
    section.done();
    let usual = (section_has_price || budget.is_some()).then(|| price.0.clone());
    let price = if sound { highest(top, &price, &priced, budget.as_ref()) } else { None };
    let providers: Vec<Priced> = priced.into_iter().collect::<Option<_>>()?;
    let daily_budget = budget.map(|budget| budget.value.micros);
    let sending = Sending { countries, per_number, in_all, price: price?, daily_budget };
    let costing = |provider: Provider| Provider { price: provider.price.clone().or(usual.clone()), ..provider };
    let providers = providers.into_iter().map(|priced| costing(priced.provider)).collect();
    Some(Sms { sending, providers, by_success, queue, workers, deadline })
}

/// Where no provider is written down, be it right or wrong: the spot where one would be.
pub fn no_provider(top: &Section<'_>) -> Option<Spot> {
    let sms = top.entry("sms");
    let there = sms.and_then(|sms| sms.node.table()).is_some_and(|sms| sms.0.contains_key("provider"));
    (!there).then(|| ("sms.provider".to_owned(), sms.map_or(top.place, |sms| sms.node.place)))
}

/// What a message is taken to cost: the most that any provider asks. All in the currency of the budget, because nobody
/// here knows an exchange rate.
fn highest(
    top: &Section<'_>,
    (default, written): &(Money, Option<Place>),
    providers: &[Option<Priced>],
    budget: Option<&Placed<Money>>,
) -> Option<u64> {
    let own: Vec<_> = providers.iter().flatten().filter_map(|p| p.price.as_ref()).collect();
    let counts = providers.is_empty() || providers.iter().flatten().any(|p| p.price.is_none());
    let micros = own.iter().map(|price| price.value.micros).chain(counts.then_some(default.micros)).max();
    let Some(budget) = budget else { return micros };
    let currency = &budget.value.currency;
    let mut same = true;
    let mut refuse = |diagnostic: Diagnostic| {
        same = false;
        top.reader.tell(diagnostic.related(budget.place, "the budget"));
    };
    for price in own.iter().filter(|price| price.value.currency != *currency) {
        let message = "the price is in another currency than the budget";
        refuse(Diagnostic::new(Code::Conflict, price.place, message).expected(format!("expected {currency}")));
    }
    if default.currency != *currency && (counts || written.is_some()) {
        let message = match written {
            Some(_) => "the price is in another currency than the budget".to_owned(),
            None => format!("a message is taken to cost {default}, which is another currency than the budget's"),
        };
        let told = Diagnostic::new(Code::Conflict, written.unwrap_or(budget.place), message);
        refuse(told.help(format!("add `price` to [sms], in {currency}: what one message costs")));
    }
    if same && micros.is_some_and(|micros| micros > budget.value.micros) {
        let message = "the budget does not pay for a single message";
        let told = Diagnostic::new(Code::OutOfRange, budget.place, message);
        let price = Money { micros: micros.unwrap_or_default(), currency: currency.clone() };
        top.reader.tell(told.help(format!("one is taken to cost {price}")));
        return None;
    }
    micros.filter(|_| same)
}
