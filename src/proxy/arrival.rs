//! How a connection came in: over which listener, encrypted or not, from whom.

use std::net::IpAddr;

use http::HeaderValue;
use pingora::proxy::Session;

use super::client;
use super::settings::Listener;

/// What is known of a connection before anything of a request is believed.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// The place of the listener among all.
    pub listener: Option<usize>,
    /// None over a Unix socket.
    pub peer: Option<IpAddr>,
    /// Whether TLS ends here.
    pub tls: bool,
    /// Whether nobody can have connected there but what stands in front of us: programs of this machine, or proxies whose
    /// PROXY protocol header was taken, which is taken from named ones only.
    pub behind: bool,
    /// `Strict-Transport-Security` of the listener, if its operator chose one.
    pub hsts: Option<HeaderValue>,
}

impl Arrival {
    /// Looks up the listener by the address that the connection was made to; `hsts` is what each of them says.
    pub fn of(session: &Session, listeners: &[Listener], hsts: &[Option<HeaderValue>]) -> Arrival {
        let tls = session.digest().is_some_and(|digest| digest.ssl_digest.is_some());
        let at = session.server_addr().and_then(|to| listeners.iter().position(|l| l.address.is(to)));
        let found = at.and_then(|at| listeners.get(at));
        Arrival {
            listener: at,
            peer: client::peer(session),
            tls,
            behind: found.is_some_and(|listener| listener.address.is_local() || listener.proxy_protocol),
            hsts: at.and_then(|at| hsts.get(at)?.clone()),
        }
    }
}
