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

use super::settings::Limits;

/// Addresses share this many places, chosen by a secret hash: memory is bounded, and a clash can only say no too early.
const PLACES: u64 = 1 << 16;

pub struct LocalTurnstile {
    shared_networks: Vec<IpNet>,
    hash: RandomState,
    begin: DefaultKeyedRateLimiter<u64>,
    verify: DefaultKeyedRateLimiter<u64>,
    page: DefaultKeyedRateLimiter<u64>,
    clock: DefaultClock,
}

impl LocalTurnstile {
    pub fn new(limits: &Limits) -> LocalTurnstile {
        LocalTurnstile {
            shared_networks: limits.shared_networks.clone(),
            hash: RandomState::new(),
            begin: RateLimiter::keyed(rate(limits.begin)),
            verify: RateLimiter::keyed(rate(limits.verify)),
            page: RateLimiter::keyed(rate(limits.page)),
            clock: DefaultClock::default(),
        }
    }
}

impl Turnstile for LocalTurnstile {
    fn pass(&self, endpoint: Endpoint, client: IpAddr) -> Result<(), Duration> {
        let client = client.to_canonical();
        if self.shared_networks.iter().any(|net| net.contains(&client)) {
            return Ok(());
        }
        let limiter = match endpoint {
            Endpoint::Begin => &self.begin,
            Endpoint::Verify => &self.verify,
            Endpoint::Page => &self.page,
        };
        let place = self.hash.hash_one(network(client)) % PLACES;
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
    use super::*;

    fn turnstile() -> LocalTurnstile {
        let quota = |limit| Quota { limit, per: Duration::from_secs(3600) };
        let shared_networks = vec!["192.0.2.0/24".parse().expect("net")];
        LocalTurnstile::new(&Limits { begin: quota(3), verify: quota(5), page: quota(9), shared_networks })
    }

    fn passes(t: &LocalTurnstile, endpoint: Endpoint, client: &str) -> bool {
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
    fn an_ipv6_network_is_one_caller_and_a_shared_network_is_not_limited() {
        let t = turnstile();
        assert_eq!((0..9).filter(|n| passes(&t, Endpoint::Begin, &format!("2001:db8:1:2::{n}"))).count(), 3);
        assert!((0..9).all(|_| passes(&t, Endpoint::Begin, "192.0.2.77")));
    }
}
