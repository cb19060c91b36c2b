//! From a permit to a peer.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use dashmap::DashMap;
use pingora::prelude::*;
use pingora::protocols::ALPN;

use crate::domain::permit::Permit;

use super::settings::{HostHeader, Upstream};

/// How long a name's address is used before it is looked up again.
const LOOKUP_LIFE: Duration = Duration::from_secs(10);

/// The applications behind the gate.
pub struct Upstreams {
    known: BTreeMap<String, Known>,
    looked_up: DashMap<String, (SocketAddr, std::time::Duration)>,
    mono: Box<dyn Fn() -> Duration + Send + Sync>,
}

struct Known {
    settings: Upstream,
    /// `Host` where the application wants to see its own.
    host: Option<String>,
    /// Where the host is an address there is nothing to look up.
    fixed: Option<SocketAddr>,
}

impl Upstreams {
    /// `mono` is the monotonic clock that lookups age by.
    pub fn new(
        settings: &BTreeMap<String, Upstream>,
        mono: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Upstreams {
        let known = settings.iter().map(|(name, upstream)| (name.clone(), Known::of(upstream))).collect();
        Upstreams { known, looked_up: DashMap::new(), mono: Box::new(mono) }
    }

    /// The peer that the permit allows. Verified TLS, or plain; a TLS peer without a name never gets here.
    pub async fn peer(&self, permit: &Permit) -> Result<Box<HttpPeer>> {
        let known = self.find(permit)?;
        let address = match known.fixed {
            Some(address) => address,
            None => self.look_up(&known.settings).await?,
        };
        let upstream = &known.settings;
        let mut peer =
            HttpPeer::new(address, upstream.server_name.is_some(), upstream.server_name.clone().unwrap_or_default());
        peer.options.alpn = ALPN::H1;
        peer.options.verify_cert = true;
        peer.options.verify_hostname = true;
        peer.options.connection_timeout = Some(upstream.connect_timeout);
        peer.options.total_connection_timeout = Some(upstream.connect_timeout);
        peer.options.read_timeout = Some(upstream.read_timeout);
        peer.options.write_timeout = Some(upstream.write_timeout);
        peer.options.idle_timeout = Some(upstream.idle_timeout);
        Ok(Box::new(peer))
    }

    pub fn host_header(&self, permit: &Permit) -> Option<&str> {
        self.known.get(permit.upstream().as_ref())?.host.as_deref()
    }

    fn find(&self, permit: &Permit) -> Result<&Known> {
        self.known
            .get(permit.upstream().as_ref())
            .ok_or_else(|| Error::explain(InternalError, "the route's upstream is not there"))
    }

    async fn look_up(&self, upstream: &Upstream) -> Result<SocketAddr> {
        let (host, now) = (format!("{}:{}", upstream.host, upstream.port), (self.mono)());
        if let Some(found) = self.looked_up.get(&host).filter(|entry| now < entry.1 + LOOKUP_LIFE) {
            return Ok(found.0);
        }
        let found = tokio::time::timeout(upstream.connect_timeout, tokio::net::lookup_host(&host))
            .await
            .map_err(|_| Error::explain(ConnectTimedout, "the upstream's name was not resolved in time"))?
            .map_err(|e| Error::because(ConnectNoRoute, "the upstream's name cannot be resolved", e))?
            .next();
        let address = found
            .into_iter()
            .next()
            .ok_or_else(|| Error::explain(ConnectNoRoute, "the upstream's name has no address"))?;
        self.looked_up.insert(host, (address, now));
        Ok(address)
    }
}

impl Known {
    fn of(upstream: &Upstream) -> Known {
        let usual = if upstream.server_name.is_some() { 443 } else { 80 };
        let own =
            if upstream.port == usual { upstream.host.clone() } else { format!("{}:{}", upstream.host, upstream.port) };
        let address = upstream.host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        Known {
            host: (upstream.host_header == HostHeader::Upstream).then_some(own),
            fixed: address.map(|ip| SocketAddr::new(ip, upstream.port)),
            settings: upstream.clone(),
        }
    }
}
