//! What the proxy goes by.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::domain::secret::Secret;

pub use super::guard::limits::Limits;

#[derive(Debug, Clone)]
pub struct Settings {
    pub listeners: Vec<Listener>,
    /// Worker threads; 0 is one for each core.
    pub workers: usize,
    /// Peers whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    pub headers: HeaderNames,
    pub upstreams: BTreeMap<String, Upstream>,
    /// Methods that are let in at all; others get 405.
    pub methods: Vec<String>,
    pub limits: Limits,
    /// Networks where many people share one address; not counted by address.
    pub shared_networks: Vec<IpNet>,
    /// Off without.
    pub decision: Option<Decision>,
}

/// Who may ask for decisions about requests that they forward themselves.
#[derive(Debug, Clone)]
pub struct Decision {
    /// By the address of the socket.
    pub callers: Vec<IpNet>,
    pub secret: Secret<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub address: SocketAddr,
    /// Plain HTTP/1.1 without; HTTP/1.1 and HTTP/2 with.
    pub tls: Option<TlsFiles>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Under which names an upstream is told who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderNames {
    pub user: String,
    pub groups: String,
    pub email: String,
    pub name: String,
}

impl Default for HeaderNames {
    fn default() -> HeaderNames {
        HeaderNames {
            user: "Remote-User".to_owned(),
            groups: "Remote-Groups".to_owned(),
            email: "Remote-Email".to_owned(),
            name: "Remote-Name".to_owned(),
        }
    }
}

/// An application behind the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    pub host: String,
    pub port: u16,
    /// Verified TLS under this name; plain HTTP/1.1 without.
    pub server_name: Option<String>,
    pub host_header: HostHeader,
    pub connect_timeout: Duration,
    pub read_timeout: Duration,
    pub write_timeout: Duration,
    /// How long an unused connection is kept for the next request.
    pub idle_timeout: Duration,
}

/// Which `Host` the application sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostHeader {
    /// The one that the browser sent.
    Preserve,
    /// The one in the upstream's `url`.
    Upstream,
}
