//! The servers of one upstream, and which of them a request goes to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pingora::lb::health_check::HealthCheck;
use pingora::lb::selection::{Consistent, RoundRobin};
use pingora::lb::{Backend, Backends, LoadBalancer};

use crate::proxy::settings::{Balance, Server, Upstream};

use super::names::{Names, fixed};

/// Far more than anybody has servers; bounds the search.
const MOST: usize = 256;
/// How soon a name without any address is looked up again because a request needs it.
const AGAIN: Duration = Duration::from_secs(1);

/// A server at one of its addresses.
#[derive(Debug, Clone)]
pub struct Seat {
    pub address: SocketAddr,
    pub server: Arc<Server>,
}

/// What a request would like of the choice.
pub struct Wish<'a> {
    pub client: IpAddr,
    /// Where this client's connection belongs, if it belongs somewhere.
    pub bound: Option<SocketAddr>,
    /// Where it was tried in vain.
    pub tried: &'a [SocketAddr],
}

pub struct Pool {
    way: Way,
    /// When a request last had names looked up.
    asked: tokio::sync::Mutex<Option<Duration>>,
}

enum Way {
    /// One server at one address: nothing to choose, nothing to look up.
    One(Seat),
    Turns(Box<LoadBalancer<RoundRobin>>),
    Client(Box<LoadBalancer<Consistent>>),
}

impl Pool {
    /// `check` looks after servers in the background; it decides nothing where there is only one.
    pub fn new(name: &str, upstream: &Upstream, check: Box<dyn HealthCheck + Send + Sync>) -> Pool {
        let servers: Vec<_> = upstream.servers.iter().cloned().map(Arc::new).collect();
        let way = match servers.as_slice() {
            [server] if fixed(server).is_some() && upstream.health.path.is_none() => {
                fixed(server).map(|address| Way::One(Seat { address, server: server.clone() }))
            }
            _ => None,
        };
        let way = way.unwrap_or_else(|| {
            let names = Names::new(name, &servers, upstream.connect_timeout);
            let mut backends = Backends::new(Box::new(names));
            backends.set_health_check(check);
            match upstream.balance {
                Balance::RoundRobin => Way::Turns(Box::new(LoadBalancer::from_backends(backends))),
                Balance::Client => Way::Client(Box::new(LoadBalancer::from_backends(backends))),
            }
        });
        Pool { way, asked: tokio::sync::Mutex::new(None) }
    }

    fn backends(&self) -> Option<&Backends> {
        match &self.way {
            Way::One(_) => None,
            Way::Turns(balancer) => Some(balancer.backends()),
            Way::Client(balancer) => Some(balancer.backends()),
        }
    }

    /// The server that is up and whose turn it is; none if all are down, or there is none.
    pub fn pick(&self, wish: &Wish<'_>) -> Option<Seat> {
        let untried = |backend: &Backend| backend.as_inet().is_some_and(|address| !wish.tried.contains(address));
        if let Some(bound) = self.bound(wish.bound).filter(untried) {
            return seat(&bound);
        }
        let backend = match &self.way {
            Way::One(seat) => return Some(seat.clone()).filter(|seat| !wish.tried.contains(&seat.address)),
            Way::Turns(balancer) => balancer.select_with(&[], MOST, |b, up| up && untried(b)),
            Way::Client(balancer) => match wish.client {
                IpAddr::V4(a) => balancer.select_with(&a.octets(), MOST, |b, up| up && untried(b)),
                IpAddr::V6(a) => balancer.select_with(&a.octets(), MOST, |b, up| up && untried(b)),
            },
        };
        seat(&backend?)
    }

    fn bound(&self, address: Option<SocketAddr>) -> Option<Backend> {
        let (address, backends) = (address?, self.backends()?);
        let there = backends.get_backend().iter().find(|b| b.as_inet() == Some(&address)).cloned();
        there.filter(|backend| backends.ready(backend))
    }

    /// Looks names up anew.
    pub async fn resolve(&self) {
        let done = match &self.way {
            Way::One(_) => Ok(()),
            Way::Turns(balancer) => balancer.update().await,
            Way::Client(balancer) => balancer.update().await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the servers of an upstream cannot be told");
        }
    }

    /// Looks names up where no address at all is known, for a request that cannot wait for the next round; requests
    /// that come meanwhile wait for the same lookup.
    pub async fn resolve_if_empty(&self, mono: impl Fn() -> Duration) {
        let empty = |pool: &Pool| pool.backends().is_some_and(|b| b.get_backend().is_empty());
        if empty(self) {
            Box::pin(self.resolve_now(empty, mono())).await;
        }
    }

    async fn resolve_now(&self, empty: impl Fn(&Pool) -> bool, now: Duration) {
        let mut asked = self.asked.lock().await;
        if empty(self) && asked.is_none_or(|at| now >= at + AGAIN) {
            self.resolve().await;
            *asked = Some(now);
        }
    }

    /// Whether there is nothing to look after at all.
    pub fn is_fixed(&self) -> bool {
        self.backends().is_none()
    }

    /// Checks every server once. There is something to check only where there are several, or where `always`.
    pub async fn check(&self, always: bool) {
        if let Some(backends) = self.backends().filter(|_| self.is_checked(always)) {
            backends.run_health_check(true).await;
        }
    }

    pub fn is_checked(&self, always: bool) -> bool {
        let down = |b: &Backends| b.get_backend().iter().any(|server| !b.ready(server));
        self.backends().is_some_and(|b| always || b.get_backend().len() > 1 || down(b))
    }

    /// Every address that is known, and whether it is up.
    pub fn standing(&self) -> Vec<(SocketAddr, bool)> {
        let Some(backends) = self.backends() else { return Vec::new() };
        let all = backends.get_backend();
        all.iter().filter_map(|b| Some((*b.as_inet()?, backends.ready(b)))).collect()
    }
}

fn seat(backend: &Backend) -> Option<Seat> {
    Some(Seat { address: *backend.as_inet()?, server: backend.ext.get::<Arc<Server>>()?.clone() })
}
