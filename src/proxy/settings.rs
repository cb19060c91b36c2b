//! What the proxy goes by.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use ipnet::IpNet;
use pingora::protocols::l4::socket::SocketAddr as Local;

use crate::domain::path::allow::Allowances;
use crate::domain::secret::Secret;

pub use super::guard::limits::Limits;

#[derive(Debug, Clone)]
pub struct Settings {
    pub listeners: Vec<Listener>,
    /// Worker threads; 0 is one for each core.
    pub workers: usize,
    /// Peers whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether whoever can open a Unix socket of ours is such a peer.
    pub trusted_unix: bool,
    pub forwarding: Forwarding,
    /// How long requests may take to end after SIGTERM.
    pub drain: Duration,
    /// How long new ones are still taken meanwhile.
    pub drain_delay: Duration,
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

impl Settings {
    /// Whether a peer is a proxy of ours; one without an address came over a Unix socket.
    pub fn trusts(&self, peer: Option<IpAddr>) -> bool {
        match peer.map(|peer| peer.to_canonical()) {
            Some(peer) => self.trusted_proxies.iter().any(|net| net.contains(&peer)),
            None => self.trusted_unix,
        }
    }
}

/// What a trusted proxy is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forwarding {
    /// The one header that names the client; never a mix.
    pub header: Carrier,
    /// Whether its word on http or https counts.
    pub proto: bool,
    /// Whether its word on the host counts instead of `Host`.
    pub host: bool,
}

impl Default for Forwarding {
    fn default() -> Forwarding {
        Forwarding { header: Carrier::XForwardedFor, proto: true, host: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    XForwardedFor,
    /// RFC 7239; then it names scheme and host too.
    Forwarded,
    XRealIp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub address: Address,
    /// Plain HTTP/1.1 without; HTTP/1.1 and HTTP/2 with.
    pub tls: Option<Tls>,
    /// Whether every connection begins with a PROXY protocol header.
    pub proxy_protocol: bool,
    pub hsts: Option<Hsts>,
}

impl Listener {
    /// Of its `Strict-Transport-Security`, if it has one.
    pub fn hsts_value(&self) -> Option<HeaderValue> {
        self.hsts.and_then(|hsts| HeaderValue::try_from(hsts.value()).ok())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Tcp(SocketAddr),
    /// `mode`: the permissions of its file.
    Unix {
        path: PathBuf,
        mode: u32,
    },
}

impl Address {
    /// Whether a connection that was made to `local` came in here. Listeners that this could confuse are refused by the
    /// configuration.
    pub fn is(&self, local: &Local) -> bool {
        match (self, local) {
            (Address::Tcp(listener), Local::Inet(local)) => {
                let everywhere = listener.ip().is_unspecified();
                listener.port() == local.port()
                    && (everywhere || listener.ip().to_canonical() == local.ip().to_canonical())
            }
            (Address::Unix { path, .. }, Local::Unix(local)) => local.as_pathname() == Some(path),
            _ => false,
        }
    }

    /// Whether only programs of this machine can connect.
    pub fn is_local(&self) -> bool {
        match self {
            Address::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Address::Unix { .. } => true,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix { path, .. } => write!(f, "unix:{}", path.display()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// At least one; the first answers where no name fits.
    pub certificates: Vec<TlsFiles>,
    pub minimum: TlsVersion,
    /// Whose client certificates are asked for.
    pub clients: Option<Clients>,
}

/// Client certificates that are asked for in a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clients {
    /// Whether nobody comes in without one.
    pub required: bool,
    /// The authorities that vouch for them.
    pub ca: PathBuf,
    /// Those that were revoked.
    pub crl: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    V12,
    V13,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// For how long browsers are told to come over https only (RFC 6797).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hsts {
    pub max_age: Duration,
    pub subdomains: bool,
}

impl Hsts {
    /// The value of `Strict-Transport-Security`.
    pub fn value(&self) -> String {
        let subdomains = if self.subdomains { "; includeSubDomains" } else { "" };
        format!("max-age={}{subdomains}", self.max_age.as_secs())
    }
}

/// Under which names an upstream is told who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderNames {
    pub user: FieldName,
    pub groups: FieldName,
    pub email: FieldName,
    pub name: FieldName,
    /// Under which proxies in front of us say who calls: no upstream is ever told anything under these.
    pub sources: Vec<FieldName>,
}

/// The name of a header field as it is written; sent with every request, so that it is shared and never copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldName {
    text: String,
    bytes: Bytes,
}

impl FieldName {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

impl From<String> for FieldName {
    fn from(text: String) -> FieldName {
        FieldName { bytes: Bytes::copy_from_slice(text.as_bytes()), text }
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Default for HeaderNames {
    fn default() -> HeaderNames {
        HeaderNames {
            user: "Remote-User".to_owned().into(),
            groups: "Remote-Groups".to_owned().into(),
            email: "Remote-Email".to_owned().into(),
            name: "Remote-Name".to_owned().into(),
            sources: Vec::new(),
        }
    }
}

/// An application behind the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// At least one; all of them with a TLS name, or none.
    pub servers: Vec<Server>,
    pub tls: TlsUpstream,
    pub http: Http,
    pub balance: Balance,
    pub health: Health,
    pub host_header: HostHeader,
    /// Whether addresses of the application's own in its answers become the one that people see, and back.
    pub rewrite_location: bool,
    /// Whether it is told `Forwarded` (RFC 7239) beside `X-Forwarded-*`.
    pub forwarded: bool,
    /// Whether it signs people in by itself instead of going by the identity headers; `check` alone looks at it.
    pub own_login: bool,
    /// How it reads paths; routes may say otherwise.
    pub paths: Allowances,
    pub connect_timeout: Duration,
    pub read_timeout: Duration,
    pub write_timeout: Duration,
    /// How long an unused connection is kept for the next request.
    pub idle_timeout: Duration,
}

/// One machine of an upstream, or a name that stands for several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Canonical.
    pub host: String,
    pub port: u16,
    /// Verified TLS under this name; plain HTTP without. Never empty: under no name nothing would be verified.
    pub name: Option<String>,
}

impl Server {
    pub fn scheme(&self) -> &'static str {
        if self.name.is_some() { "https" } else { "http" }
    }

    /// Host, and the port if it is not the usual one.
    pub fn authority(&self) -> String {
        let usual = if self.name.is_some() { 443 } else { 80 };
        if self.port == usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

/// Whom an upstream's certificate must come from, and what we show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsUpstream {
    /// The authorities in this file instead of the system's.
    pub ca: Option<PathBuf>,
    pub client: Option<TlsFiles>,
}

/// The version spoken to an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Http {
    One,
    /// By ALPN where there is TLS, so HTTP/1.1 if it wants that; by prior knowledge where there is none.
    Two,
}

/// Which of several servers a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    RoundRobin,
    /// The same for the same client address.
    Client,
}

/// How servers are looked after; they are where there are several, or where `path` is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Asked for by GET; only connected to without.
    pub path: Option<String>,
    /// What it must answer.
    pub status: u16,
    pub interval: Duration,
    pub timeout: Duration,
    /// In a row, before it is left out.
    pub fails: usize,
    /// In a row, before it is back.
    pub passes: usize,
}

/// Which `Host` the application sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostHeader {
    /// The one that the browser sent.
    Preserve,
    /// The one in the upstream's `url`.
    Upstream,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(address: &str) -> Address {
        match address.strip_prefix("unix:") {
            Some(path) => Address::Unix { path: path.into(), mode: 0o660 },
            None => Address::Tcp(address.parse().expect("an address")),
        }
    }

    #[test]
    fn a_connection_is_known_by_the_address_that_it_was_made_to() {
        let to = |address: &str| Local::Inet(address.parse().expect("an address"));
        for (listens, connected, same) in [
            ("10.0.0.9:443", "10.0.0.9:443", true),
            ("10.0.0.9:443", "10.0.0.9:80", false),
            ("10.0.0.9:443", "10.0.0.8:443", false),
            ("0.0.0.0:443", "10.0.0.9:443", true),
            ("[::]:443", "[::ffff:10.0.0.9]:443", true),
            ("[::]:443", "[2001:db8::9]:443", true),
            ("10.0.0.9:443", "[::ffff:10.0.0.9]:443", true),
            ("unix:/run/s/http.sock", "10.0.0.9:443", false),
        ] {
            assert_eq!(listener(listens).is(&to(connected)), same, "{listens} {connected}");
        }
        let unix = std::os::unix::net::SocketAddr::from_pathname("/run/s/http.sock").expect("a path");
        assert!(listener("unix:/run/s/http.sock").is(&Local::Unix(unix.clone())));
        assert!(!listener("unix:/run/s/other.sock").is(&Local::Unix(unix)));
    }
}
