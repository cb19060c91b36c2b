//! Where the servers of an upstream are: addresses as they are, names as they resolve, all of their addresses.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::Extensions;
use pingora::lb::Backend;
use pingora::lb::discovery::ServiceDiscovery;
use pingora::prelude::*;
use tokio::task::JoinSet;

use crate::proxy::settings::Server;

/// The address of a server that is no name.
pub fn fixed(server: &Server) -> Option<SocketAddr> {
    let address = server.host.trim_matches(['[', ']']).parse::<IpAddr>().ok()?;
    Some(SocketAddr::new(address, server.port))
}

/// What Pingora's balancer asks where its servers are.
#[derive(Clone)]
pub struct Names {
    pub upstream: String,
    pub servers: Vec<Arc<Server>>,
    /// For one lookup.
    pub patience: Duration,
    known: Arc<Mutex<BTreeMap<String, Vec<SocketAddr>>>>,
}

impl Names {
    pub fn new(upstream: &str, servers: &[Arc<Server>], patience: Duration) -> Names {
        let (upstream, servers) = (upstream.to_owned(), servers.to_vec());
        Names { upstream, servers, patience, known: Arc::default() }
    }

    /// A name that cannot be resolved just now is taken to be where it was.
    async fn addresses(&self, server: &Server) -> Vec<SocketAddr> {
        if let Some(address) = fixed(server) {
            return vec![address];
        }
        let name = format!("{}:{}", server.host, server.port);
        let found = tokio::time::timeout(self.patience, tokio::net::lookup_host(&name)).await;
        let found = match found {
            Ok(Ok(found)) => Ok(found.collect::<Vec<_>>()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match found {
            Ok(found) if !found.is_empty() => {
                known.insert(name.clone(), found.clone());
                found
            }
            why => {
                let why = why.err().unwrap_or_else(|| "it has no address".to_owned());
                tracing::warn!(upstream = self.upstream, name, why, "an upstream's name cannot be resolved");
                known.get(&name).cloned().unwrap_or_default()
            }
        }
    }
}

#[async_trait]
impl ServiceDiscovery for Names {
    async fn discover(&self) -> Result<(BTreeSet<Backend>, HashMap<u64, bool>)> {
        let mut lookups = JoinSet::new();
        for server in self.servers.iter().cloned() {
            let names = self.clone();
            // Side by side: one name that hangs keeps nobody from the others.
            lookups.spawn(async move { (names.addresses(&server).await, server) });
        }
        let mut all = BTreeSet::new();
        for (addresses, server) in lookups.join_all().await {
            for address in addresses {
                let mut ext = Extensions::new();
                ext.insert(server.clone());
                all.insert(Backend { addr: address.into(), weight: 1, ext });
            }
        }
        Ok((all, HashMap::new()))
    }
}
