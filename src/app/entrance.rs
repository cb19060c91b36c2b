//! The listeners, with the guard behind each and the proxy behind the guard.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use anyhow::Result;
use pingora::apps::HttpServerOptions;
use pingora::listeners::{L4BufferSettings, ListenerConfig};
use pingora::protocols::http::v2::server::{H2Options, default_h2_options};
use pingora::proxy::HttpProxy;
use pingora::services::listening::Service;

use crate::config::Config;
use crate::gate::Gate;
use crate::gate::seams::World;
use crate::pages::Desk;
use crate::proxy::Gateway;
use crate::proxy::guard::crowd::Crowd;
use crate::proxy::guard::{Door, Doors, Guarded};
use crate::proxy::settings::{Address, Limits};
use crate::telemetry::Metrics;

use super::tls::Served;

/// Files that are not for clients: store, audit, listeners, deliveries.
const OWN_FILES: u64 = 256;

/// What may wait in memory of an answer over HTTP/2, beside the parts that Pingora holds: as much as one of these.
const SEND_BUFFER: usize = 64 * 1024;

/// What the guard needs besides its settings.
pub struct House {
    pub gate: Arc<Gate>,
    pub desk: Arc<Desk>,
    pub metrics: Arc<Metrics>,
    pub world: Arc<dyn World>,
}

/// What each listener serves TLS with.
pub fn served(config: &Config) -> Result<Vec<Option<Served>>> {
    config.proxy.listeners.iter().map(|listener| listener.tls.as_ref().map(Served::load).transpose()).collect()
}

/// The service that takes connections.
pub fn guarded(
    config: &Config,
    mut proxy: HttpProxy<Gateway>,
    house: House,
    served: &[Option<Served>],
) -> Service<Guarded> {
    let limits = Arc::new(config.proxy.limits.clone());
    proxy.h2_options = Some(http2_options(&limits));
    let mut options = HttpServerOptions::default();
    options.h2_idle_timeout = Some(limits.idle_timeout);
    proxy.server_options = Some(options);
    let mut doors = Doors::default();
    for (listener, served) in config.proxy.listeners.iter().zip(served) {
        let tls = served.as_ref().map(|served| served.speaking.clone());
        doors.add(listener.address.clone(), Door { tls, proxy_protocol: listener.proxy_protocol, hsts: listener.hsts });
    }
    let guarded = Guarded {
        proxy: Arc::new(proxy),
        doors,
        gate: house.gate,
        desk: house.desk,
        metrics: house.metrics,
        world: house.world,
        settings: config.proxy.clone(),
        crowd: Arc::new(Crowd::new(most_connections(&limits), limits.connections_per_client)),
        limits,
    };
    let mut service = Service::new("gateway".to_owned(), guarded);
    for listener in &config.proxy.listeners {
        service.add_listener(endpoint(&listener.address));
    }
    service
}

fn endpoint(address: &Address) -> ListenerConfig {
    let endpoint = match address {
        Address::Tcp(address) => ListenerConfig::tcp(address.to_string()),
        Address::Unix { path, mode } => {
            ListenerConfig::uds(path.to_string_lossy()).permissions(Permissions::from_mode(*mode))
        }
    };
    // The guard reads into a buffer of its own; Pingora's 64 KiB for each connection would be a second one.
    endpoint.l4_buffer(L4BufferSettings::default().read(0))
}

/// Pingora's bounds, and ours on headers.
fn http2_options(limits: &Limits) -> H2Options {
    let mut options = default_h2_options();
    options.max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX));
    options.max_send_buffer_size(SEND_BUFFER);
    options
}

/// As many connections as can be had: each forwarded request takes a second one, to its upstream.
fn most_connections(limits: &Limits) -> usize {
    if limits.connections > 0 {
        return limits.connections;
    }
    let mut files = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a live structure of the type that the call fills.
    let told = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut files) } == 0;
    let files = if told { files.rlim_cur } else { 1024 };
    usize::try_from((files.saturating_sub(OWN_FILES) / 2).max(16)).unwrap_or(usize::MAX)
}
