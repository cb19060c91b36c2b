//! Who may be sent to, how often, and for how much; `config` fills it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use crate::domain::bill::{Allowed, Barred, Dial, Lane, Limit, Prices};
use crate::domain::contact::{Address, Channel, NumberKind, Region};
use crate::domain::conversion::ConversionRule;
use crate::domain::locale::Locale;
use crate::domain::quota::Quota;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sending {
    /// By channel; one that is not there sends nothing.
    pub lanes: BTreeMap<Channel, Lane>,
    pub limits: Limits,
    /// Networks whose addresses each stand for many people, the narrowest first, with allowances of their own.
    pub networks: Vec<(IpNet, Vec<Quota>)>,
    /// What all messages of an hour and of a day may cost, in millionths of the budgets' currency.
    pub hourly_budget: Option<u64>,
    pub daily_budget: Option<u64>,
    /// Whether those two only tell.
    pub budgets_report: [bool; 2],
    /// Of both budgets.
    pub currency: Option<String>,
    /// How many SMS a message takes; one, for languages that are not there.
    pub parts: Vec<(Locale, u64)>,
    /// `None`: what comes of messages is not watched.
    pub conversion: Option<ConversionRule>,
}

/// Messages, by what they are counted under.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    pub number: Limit,
    pub user: Limit,
    /// Those of strangers, by client address. Networks with a name have their own.
    pub address: Limit,
    /// By number without its last four digits.
    pub prefix: Limit,
    pub country: Limit,
    /// By the route that somebody wants to go to, else by scope.
    pub route: Limit,
    pub all: Limit,
}

const HOUR: Duration = Duration::from_secs(3600);

/// An amount that may be spent in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// What it is counted under in the store.
    pub name: &'static str,
    pub quota: Quota,
    pub report: bool,
}

impl Sending {
    /// SMS to mobile numbers of these countries, for nothing and without limits; for tests to begin with.
    pub fn to(countries: Vec<Region>) -> Sending {
        let allowed = Allowed::Numbers { countries, kinds: vec![NumberKind::Mobile] };
        let lane = Lane { allowed, prices: Prices::default() };
        Sending { lanes: BTreeMap::from([(Channel::Sms, lane)]), ..Sending::default() }
    }

    /// The same, where each message costs so much.
    pub fn priced(mut self, price: u64) -> Sending {
        self.lanes.values_mut().for_each(|lane| lane.prices.usual = price);
        self
    }

    /// Whether a channel may send there at all.
    pub fn allows(&self, channel: Channel, address: &Address) -> Result<(), Barred> {
        self.lanes.get(&channel).ok_or(Barred::NoLane)?.allowed.allows(address)
    }

    pub fn budgets(&self) -> impl Iterator<Item = Budget> {
        let both = [("money per hour", self.hourly_budget, HOUR), ("money per day", self.daily_budget, 24 * HOUR)];
        both.into_iter().zip(self.budgets_report).filter_map(|((name, limit, per), report)| {
            limit.map(|limit| Budget { name, quota: Quota { limit, per }, report })
        })
    }

    /// What a message is taken to cost.
    pub fn cost(&self, channel: Channel, dial: Option<&Dial>, locale: Locale) -> u64 {
        let price = self.lanes.get(&channel).map_or(0, |lane| lane.prices.of(dial.and_then(|dial| dial.region)));
        let parts = self.parts.iter().find(|(known, _)| *known == locale).map_or(1, |(_, parts)| *parts);
        if channel == Channel::Sms { price.saturating_mul(parts) } else { price }
    }

    /// The most that a message through this channel can cost.
    pub fn highest_cost(&self, channel: Channel) -> u64 {
        let price = self.lanes.get(&channel).map_or(0, |lane| lane.prices.highest());
        let parts = self.parts.iter().map(|(_, parts)| *parts).fold(1, u64::max);
        if channel == Channel::Sms { price.saturating_mul(parts) } else { price }
    }

    /// The allowances of one client address.
    pub fn of_address(&self, client: IpAddr) -> &[Quota] {
        let client = client.to_canonical();
        let named = self.networks.iter().find(|(net, _)| net.contains(&client));
        named.map_or(&self.limits.address.quotas, |(_, quotas)| quotas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact::Phone;

    #[test]
    fn a_message_costs_its_country_times_its_parts() {
        let jp = Region::parse("JP").expect("a region");
        let phone = Phone::parse("090-1234-5678", jp).expect("a number");
        let mut sending = Sending::to(vec![jp]).priced(10);
        sending.lanes.insert(Channel::Voice, sending.lanes[&Channel::Sms].clone());
        sending.parts = vec![(Locale::Ja, 2)];
        let dial = Dial::of(&phone);
        assert_eq!(sending.cost(Channel::Sms, Some(&dial), Locale::En), 10);
        assert_eq!(sending.cost(Channel::Sms, Some(&dial), Locale::Ja), 20);
        assert_eq!(sending.cost(Channel::Voice, Some(&dial), Locale::Ja), 10, "a call has no parts");
        assert_eq!(sending.highest_cost(Channel::Sms), 20);
        assert_eq!(sending.cost(Channel::Email, None, Locale::Ja), 0);
    }

    #[test]
    fn the_narrowest_network_with_a_name_counts() {
        let quota = |limit| Quota { limit, per: HOUR };
        let mut sending = Sending::default();
        sending.limits.address.quotas = vec![quota(1)];
        let nets = [("192.0.2.64/26", 3), ("192.0.2.0/24", 2)];
        sending.networks = nets.map(|(net, n)| (net.parse().expect("a network"), vec![quota(n)])).to_vec();
        let of = |client: &str| sending.of_address(client.parse().expect("an address"))[0].limit;
        assert_eq!([of("198.51.100.1"), of("192.0.2.1"), of("::ffff:192.0.2.70")], [1, 2, 3]);
    }
}
