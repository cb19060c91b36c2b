//! How a Redis or Valkey is reached.

use std::fmt;
use std::path::PathBuf;

use crate::domain::secret::Secret;

/// How the servers stand to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Single,
    /// The nodes are Sentinels, which know who leads.
    Sentinel {
        /// What they call the group of servers.
        master_name: String,
        user: Option<String>,
        password: Option<Secret<String>>,
    },
    /// The nodes are some members, which know the others.
    Cluster,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl Address {
    /// Reads `host:port` as servers write it to each other, IPv6 with brackets or without.
    pub fn parse(text: &str) -> Option<Address> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_matches(['[', ']']);
        Some(Address { host: host.to_owned(), port: port.parse().ok()? }).filter(|a| !a.host.is_empty())
    }
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub mode: Mode,
    /// At least one; exactly one in [`Mode::Single`].
    pub nodes: Vec<Address>,
    /// With TLS: the authorities that vouch for the servers, as PEM.
    pub tls: Option<PathBuf>,
    pub database: u8,
    pub user: Option<String>,
    pub password: Option<Secret<String>>,
    /// What every key begins with, within its hash tag.
    pub prefix: String,
    /// So many replicas must have a write before it counts; 0 asks none.
    pub wait_replicas: u8,
}
