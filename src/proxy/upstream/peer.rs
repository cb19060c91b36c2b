//! What Pingora connects to: verified TLS or plain, and a pool of connections that nobody else shares.

use std::net::SocketAddr;

use pingora::prelude::*;
use pingora::protocols::ALPN;

use crate::proxy::settings::{Http, Server, Upstream};

use super::trust::Trust;

/// Requests at a time over one HTTP/2 connection.
const STREAMS: usize = 100;

/// A peer but for its address.
#[derive(Clone)]
pub struct Template(HttpPeer);

impl Template {
    /// Connections with the same `group` may be shared; no two upstreams have the same, as what one trusts the other
    /// may not.
    pub fn new(upstream: &Upstream, trust: &Trust, group: u64) -> Template {
        let tls = upstream.servers.iter().all(|server| server.name.is_some());
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut peer = HttpPeer::new(nowhere, tls, String::new());
        peer.group_key = group;
        peer.client_cert_key = trust.client.clone();
        let options = &mut peer.options;
        options.ca = trust.ca.clone();
        options.alpn = match (upstream.http, tls) {
            (Http::One, _) => ALPN::H1,
            (Http::Two, true) => ALPN::H2H1,
            (Http::Two, false) => ALPN::H2,
        };
        options.max_h2_streams = STREAMS;
        options.verify_cert = true;
        options.verify_hostname = true;
        options.connection_timeout = Some(upstream.connect_timeout);
        options.total_connection_timeout = Some(upstream.connect_timeout);
        options.read_timeout = Some(upstream.read_timeout);
        options.write_timeout = Some(upstream.write_timeout);
        options.idle_timeout = Some(upstream.idle_timeout);
        Template(peer)
    }

    pub fn peer(&self, address: SocketAddr, server: &Server) -> HttpPeer {
        let mut peer = self.0.clone();
        peer._address = address.into();
        // Pingora takes an empty name as leave to verify nothing. A TLS server always has one: only plain ones lack it.
        peer.sni = server.name.clone().unwrap_or_default();
        peer
    }
}
