//! From a permit to a peer.
//!
//! [`pool`] knows the servers of each upstream and chooses, [`names`] finds and [`watch`] with [`probe`] looks after them,
//! [`peer`] and [`trust`] say how they are spoken to, [`bond`] keeps connections that carry an identity to their one
//! client, [`location`] hides the address that nobody outside can use.

pub mod bond;
pub mod location;
pub mod names;
pub mod peer;
pub mod pool;
pub mod probe;
pub mod trust;
pub mod watch;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::*;
use pingora::protocols::ALPN;
use pingora::protocols::http::client::HttpSession;

use crate::domain::permit::Permit;

use super::client::Origin;
use super::settings::{HostHeader, Server, Upstream};

use bond::Bond;
use location::{Address, Sides};
use peer::Template;
use pool::{Pool, Seat, Wish};
use probe::{Probe, Tools};
use trust::Trust;

pub use watch::Watch;

/// Servers that are tried for one request. Each may take its whole time to connect.
const MOST_TRIES: usize = 3;

/// The applications behind the gate.
pub struct Upstreams {
    known: BTreeMap<String, Arc<Known>>,
    tools: Arc<Tools>,
    mono: Box<dyn Fn() -> Duration + Send + Sync>,
}

/// One of them.
pub struct Known {
    pub name: String,
    pub settings: Upstream,
    pub pool: Pool,
    template: Template,
}

impl Known {
    /// Whether its servers are looked after, so that what a request meets says nothing new about them.
    pub fn is_checked(&self) -> bool {
        self.pool.is_checked(self.settings.health.path.is_some())
    }
}

/// How a request fares on its way to an upstream.
#[derive(Debug, Default)]
pub struct Trip {
    /// Where it goes.
    pub seat: Option<Seat>,
    /// Where it could not go.
    tried: Vec<SocketAddr>,
    /// What its client connection is tied to.
    pub bond: Option<Bond>,
    /// Bytes of its body so far.
    pub sent: u64,
}

/// What the choice of a server depends on.
pub struct Call<'a> {
    pub permit: &'a Permit,
    pub client: IpAddr,
    pub header: &'a RequestHeader,
    /// Whether it wants another protocol on its connection.
    pub upgrade: bool,
}

impl Upstreams {
    /// `mono` is the monotonic clock that lookups age by. Says what is wrong with a certificate, and has no TLS without a
    /// name to verify, for which Pingora would verify nothing.
    pub fn new(
        settings: &BTreeMap<String, Upstream>,
        mono: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Result<Upstreams, String> {
        let mut known = BTreeMap::new();
        let tools = Arc::new(Tools::default());
        for (group, (name, upstream)) in (1..).zip(settings) {
            let named = |wanted: bool| upstream.servers.iter().all(|server| is_named(server) == Some(wanted));
            if upstream.servers.is_empty() || !(named(true) || named(false)) {
                return Err(format!("upstream {name}: its servers are not all verified by a name, or all plain"));
            }
            let trust = Trust::load(&upstream.tls).map_err(|e| format!("upstream {name}: {e}"))?;
            let template = Template::new(upstream, &trust, group);
            let probe = Probe::new(name, &upstream.health, &template, tools.clone());
            let pool = Pool::new(name, upstream, Box::new(probe));
            let one = Known { name: name.clone(), settings: upstream.clone(), pool, template };
            known.insert(name.clone(), Arc::new(one));
        }
        Ok(Upstreams { known, tools, mono: Box::new(mono) })
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Known>> {
        self.known.values()
    }

    /// The peer that the permit allows. Verified TLS, or plain; a TLS peer without a name never gets here.
    pub async fn peer(&self, call: &Call<'_>, trip: &mut Trip) -> Result<Box<HttpPeer>> {
        let known = self.find(call.permit)?;
        known.pool.resolve_if_empty(&self.mono).await;
        let holder = call.permit.holder().map(|holder| &holder.session);
        trip.bond = Bond::go_on(trip.bond.take(), bond::asks(&call.header.headers), holder);
        let bound = trip.bond.as_ref().and_then(|bond| bond.seat(&known.name));
        let wish = Wish { client: call.client, bound, tried: &trip.tried };
        let seat = known.pool.pick(&wish);
        let seat = seat.ok_or_else(|| Error::explain(ConnectNoRoute, "no server of the upstream is up"))?;
        let mut peer = known.template.peer(seat.address, &seat.server);
        if let Some(silence) = call.permit.route().bounds.silence {
            peer.options.read_timeout = Some(silence);
        }
        if let Some(bond) = &mut trip.bond {
            bond.take(&known.name, seat.address);
            peer.group_key = bond.group;
        }
        // An upgrade belongs to HTTP/1.1, and so does an identity of the connection: many share one of HTTP/2.
        if call.upgrade || trip.bond.is_some() {
            peer.options.alpn = ALPN::H1;
        }
        trip.seat = Some(seat);
        Ok(Box::new(peer))
    }

    /// A connection of its own to a peer, for one request.
    pub async fn open(&self, peer: &HttpPeer) -> Result<HttpSession> {
        let (mut session, _) = self.tools.http().get_http_session(peer).await?;
        session.set_read_timeout(peer.options.read_timeout);
        session.set_write_timeout(peer.options.write_timeout);
        Ok(session)
    }

    /// Notes that a server could not be connected to; whether another one is worth a try. Nothing was sent yet.
    pub fn failed(&self, permit: &Permit, client: IpAddr, trip: &mut Trip) -> bool {
        trip.tried.extend(trip.seat.take().map(|seat| seat.address));
        let wish = Wish { client, bound: None, tried: &trip.tried };
        trip.tried.len() < MOST_TRIES && self.find(permit).is_ok_and(|known| known.pool.pick(&wish).is_some())
    }

    /// The upstream and the server that a request went to, if nobody else looks whether it is up.
    pub fn unchecked<'a>(&'a self, permit: &Permit, trip: &Trip) -> Option<(&'a str, SocketAddr)> {
        let known = self.find(permit).ok().filter(|known| !known.is_checked())?;
        Some((known.name.as_str(), trip.seat.as_ref()?.address))
    }

    pub fn settings(&self, permit: &Permit) -> Option<&Upstream> {
        self.known.get(permit.upstream().as_ref()).map(|known| &known.settings)
    }

    /// `Host` where the application wants to see its own.
    pub fn host_header(&self, permit: &Permit, trip: &Trip) -> Option<String> {
        let settings = self.settings(permit).filter(|u| u.host_header == HostHeader::Upstream)?;
        trip.seat.as_ref().map(|seat| &*seat.server).or(settings.servers.first()).map(|server| server.authority())
    }

    /// Turns a destination that the caller names into one that the application knows.
    pub fn inward(&self, permit: &Permit, trip: &Trip, origin: &Origin, request: &mut RequestHeader) -> Result<()> {
        if !request.headers.contains_key(location::DESTINATION) {
            return Ok(());
        }
        let Some(settings) = self.settings(permit).filter(|u| u.rewrite_location) else { return Ok(()) };
        let scheme = settings.servers.first().map_or("http", |server| server.scheme());
        let host = self.host_header(permit, trip);
        let called = format!("{scheme}://{}", host.as_deref().unwrap_or(origin.authority.as_str()));
        location::rewrite_destination(request, &public(origin), &called)
    }

    /// Turns addresses of the application's own into those that the caller can use.
    pub fn outward(&self, permit: &Permit, trip: &Trip, origin: &Origin, response: &mut ResponseHeader) -> Result<()> {
        if !location::names_addresses(response) {
            return Ok(());
        }
        let Some(settings) = self.settings(permit).filter(|u| u.rewrite_location) else { return Ok(()) };
        let host = self.host_header(permit, trip);
        let https = settings.servers.iter().all(|server| server.name.is_some());
        let called = Address::new(https, host.as_deref().unwrap_or(origin.authority.as_str()));
        Sides { servers: &settings.servers, called, public: &public(origin) }.rewrite_response(response)
    }

    fn find(&self, permit: &Permit) -> Result<&Arc<Known>> {
        self.known
            .get(permit.upstream().as_ref())
            .ok_or_else(|| Error::explain(InternalError, "the route's upstream is not there"))
    }
}

/// Whether a server is verified by a name; `None` where the name says nothing.
fn is_named(server: &Server) -> Option<bool> {
    match server.name.as_deref() {
        None => Some(false),
        Some("") => None,
        Some(_) => Some(true),
    }
}

/// Scheme and authority as the caller has them.
pub fn public(origin: &Origin) -> String {
    format!("{}://{}", if origin.https { "https" } else { "http" }, origin.authority.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::settings::{Balance, Health, Http, TlsUpstream};

    fn made(names: &[Option<&str>]) -> Result<Upstreams, String> {
        let second = Duration::from_secs(1);
        let server = |name: &Option<&str>| Server { host: "10.0.0.1".into(), port: 443, name: name.map(str::to_owned) };
        let upstream = Upstream {
            servers: names.iter().map(server).collect(),
            tls: TlsUpstream::default(),
            http: Http::One,
            balance: Balance::RoundRobin,
            health: Health { path: None, status: 200, interval: second, timeout: second, fails: 1, passes: 1 },
            host_header: HostHeader::Preserve,
            rewrite_location: true,
            forwarded: false,
            own_login: false,
            paths: Default::default(),
            connect_timeout: second,
            read_timeout: second,
            write_timeout: second,
            idle_timeout: second,
        };
        Upstreams::new(&BTreeMap::from([("app".to_owned(), upstream)]), || Duration::ZERO)
    }

    #[test]
    fn there_is_no_tls_without_a_name_to_verify() {
        for good in [&[None][..], &[Some("app")], &[Some("app"), Some("b")], &[None, None]] {
            assert!(made(good).is_ok(), "{good:?}");
        }
        for bad in [&[Some("")][..], &[Some("app"), Some("")], &[Some("app"), None], &[]] {
            assert!(made(bad).is_err(), "{bad:?}");
        }
    }
}
