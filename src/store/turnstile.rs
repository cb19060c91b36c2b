//! Limits by client address on the gate's own endpoints, in this process. Coarse on purpose: what counts for an account
//! lives in the store.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota as Rate, RateLimiter};
use ipnet::IpNet;

use crate::domain::quota::Quota;
use crate::gate::seams::{Endpoint, Turnstile};

use super::settings::{Limits, Rates};

/// Addresses share this many places, chosen by a secret hash: memory is bounded, and a clash can only say no too early.
const PLACES: u64 = 1 << 16;

pub struct LocalTurnstile {
    hash: RandomState,
    usual: Gates,
    /// Those of named networks, the narrowest network first.
    named: Vec<(IpNet, usize)>,
    networks: Vec<Gates>,
    clock: DefaultClock,
}

/// One limiter for each endpoint.
struct Gates {
    begin: DefaultKeyedRateLimiter<u64>,
    verify: DefaultKeyedRateLimiter<u64>,
    page: DefaultKeyedRateLimiter<u64>,
    receipts: DefaultKeyedRateLimiter<u64>,
}

impl LocalTurnstile {
    pub fn new(limits: &Limits) -> LocalTurnstile {
        let nets =
            |(index, addresses): (usize, &Vec<IpNet>)| addresses.iter().map(|net| (*net, index)).collect::<Vec<_>>();
        let mut named: Vec<_> = limits.networks.iter().map(|n| &n.addresses).enumerate().flat_map(nets).collect();
        named.sort_by_key(|(net, _)| std::cmp::Reverse(net.prefix_len()));
        LocalTurnstile {
            hash: RandomState::new(),
            usual: Gates::new(&limits.usual),
            named,
            networks: limits.networks.iter().map(|network| Gates::new(&network.rates)).collect(),
            clock: DefaultClock::default(),
        }
    }

    fn gates(&self, client: IpAddr) -> &Gates {
        let named = self.named.iter().find(|(net, _)| net.contains(&client));
        named.and_then(|(_, index)| self.networks.get(*index)).unwrap_or(&self.usual)
    }
}

impl Gates {
    fn new(rates: &Rates) -> Gates {
        let all = [rates.begin, rates.verify, rates.page, rates.receipts];
        let [begin, verify, page, receipts] = all.map(|r| RateLimiter::keyed(rate(r)));
        Gates { begin, verify, page, receipts }
    }
}

impl Turnstile for LocalTurnstile {
    fn pass(&self, endpoint: Endpoint<'_>, client: IpAddr) -> Result<(), Duration> {
        let client = client.to_canonical();
        let (gates, network) = (self.gates(client), network(client));
        let (limiter, place) = match endpoint {
            Endpoint::Begin => (&gates.begin, self.hash.hash_one(network)),
            Endpoint::Verify => (&gates.verify, self.hash.hash_one(network)),
            Endpoint::Page => (&gates.page, self.hash.hash_one(network)),
            // By address too: what strangers send must not use up what the provider may.
            Endpoint::Receipts(provider) => (&gates.receipts, self.hash.hash_one((network, provider))),
        };
        let place = place % PLACES;
        limiter.check_key(&place).map_err(|no| no.wait_time_from(self.clock.now()))
    }
}

/// A caller is an IPv4 address or an IPv6 /64: the smallest network that providers hand out.
fn network(client: IpAddr) -> u64 {
    match client {
        IpAddr::V4(v4) => u64::from(u32::from(v4)),
        IpAddr::V6(v6) => (u128::from(v6) >> 64) as u64,
    }
}

fn rate(quota: Quota) -> Rate {
    let burst = NonZeroU32::new(u32::try_from(quota.limit).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN);
    let each = quota.per / burst.get();
    Rate::with_period(each.max(Duration::from_nanos(1))).unwrap_or(Rate::per_second(burst)).allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use super::super::settings::Network;
    use super::*;

    fn turnstile() -> LocalTurnstile {
        let quota = |limit| Quota { limit, per: Duration::from_secs(3600) };
        let rates = |begin| Rates { begin: quota(begin), verify: quota(5), page: quota(9), receipts: quota(4) };
        let network = |name: &str, net: &str, begin| Network {
            name: name.to_owned(),
            addresses: vec![net.parse().expect("net")],
            rates: rates(begin),
        };
        let networks = vec![network("house", "192.0.2.0/24", 7), network("ward", "192.0.2.64/26", 8)];
        LocalTurnstile::new(&Limits { usual: rates(3), networks })
    }

    fn passes(t: &LocalTurnstile, endpoint: Endpoint<'_>, client: &str) -> bool {
        t.pass(endpoint, client.parse().expect("address")).is_ok()
    }

    #[test]
    fn each_address_has_its_own_allowance_for_each_endpoint() {
        let t = turnstile();
        let begun = (0..5).filter(|_| passes(&t, Endpoint::Begin, "198.51.100.1")).count();
        assert_eq!(begun, 3);
        assert!(passes(&t, Endpoint::Verify, "198.51.100.1"));
        assert!(!passes(&t, Endpoint::Begin, "::ffff:198.51.100.1"), "the same address in other clothes");
    }

    #[test]
    fn each_provider_has_its_own_allowance_for_what_it_reports_and_takes_none_from_pages() {
        let t = turnstile();
        for provider in ["twilio", "meta"] {
            let heard = (0..9).filter(|_| passes(&t, Endpoint::Receipts(provider), "198.51.100.1")).count();
            assert_eq!(heard, 4, "{provider}");
        }
        assert!(passes(&t, Endpoint::Receipts("meta"), "198.51.100.2"), "strangers use up their own");
        assert_eq!((0..20).filter(|_| passes(&t, Endpoint::Page, "198.51.100.1")).count(), 9);
    }

    #[test]
    fn an_ipv6_network_is_one_caller_and_a_named_network_has_limits_of_its_own() {
        let t = turnstile();
        let begun =
            |client: &dyn Fn(usize) -> String| (0..20).filter(|n| passes(&t, Endpoint::Begin, &client(*n))).count();
        assert_eq!(begun(&|n| format!("2001:db8:1:2::{n}")), 3);
        assert_eq!(begun(&|_| "192.0.2.1".to_owned()), 7);
        assert_eq!(begun(&|_| "192.0.2.2".to_owned()), 7, "each address of it");
        assert_eq!(begun(&|_| "192.0.2.77".to_owned()), 8, "the narrowest network that it is in");
    }
}
