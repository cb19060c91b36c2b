//! Live parts as Pingora services, from the first listener to the last request.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};

use anyhow::{Context, Result};
use pingora::apps::HttpServerOptions;
use pingora::apps::http_app::HttpServer;
use pingora::listeners::{L4BufferSettings, ListenerConfig};
use pingora::protocols::http::v2::server::{H2Options, default_h2_options};
use pingora::proxy::http_proxy;
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use pingora::services::background::background_service;
use pingora::services::listening::Service;

use crate::admin::{Admin, Settings as AdminSettings};
use crate::config::Config;
use crate::delivery::Receipts;
use crate::domain::event::{Event, What};
use crate::pages::Desk;
use crate::proxy::Gateway;
use crate::proxy::guard::crowd::Crowd;
use crate::proxy::guard::{Door, Doors, Guarded};
use crate::proxy::settings::{Address, Limits};
use crate::proxy::upstream::Upstreams;
use crate::telemetry::Metrics;

use super::build::Parts;
use super::listen::can_listen;
use super::renewal::Renewal;
use super::tasks::{Carrier, DRAIN, Drain, Keeper};
use super::tls::{self, Certificates};

/// Serves until SIGTERM (ends when idle) or SIGINT (ends at once).
pub fn serve(config: &Config, parts: Parts) -> Result<()> {
    can_listen(config)?;
    count_panics(parts.metrics.clone());
    write_start(&parts).context("writing the start into the audit")?;
    for listener in &config.proxy.listeners {
        let tls = listener.tls.is_some();
        tracing::info!(version = env!("CARGO_PKG_VERSION"), address = %listener.address, tls, public_url = config.gate.public_url, "serving");
    }
    let (done, ended) = channel();
    let server = assemble(config, parts, done.clone())?;
    std::thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || {
            let _end = End(done);
            server.run(RunArgs::default());
        })
        .context("starting the server's thread")?;
    ended.recv().context("the server ended without a word")
}

/// Tells that the server has ended, also when it panicked.
struct End(Sender<()>);

impl Drop for End {
    fn drop(&mut self) {
        // Nobody listens any more when the drain was faster.
        let _ = self.0.send(());
    }
}

fn assemble(config: &Config, parts: Parts, done: Sender<()>) -> Result<Server> {
    let threads = match config.proxy.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let conf = ServerConf {
        threads,
        work_stealing: false,
        grace_period_seconds: Some(DRAIN.as_secs() + 5),
        graceful_shutdown_timeout_seconds: Some(1),
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let Parts { gate, world, identity, telemetry, metrics, courier } = parts;

    let keeper = Keeper { gate: gate.clone(), world: world.clone(), telemetry: telemetry.clone() };
    let keeper = server.add_service(background_service("keeper", keeper));
    let delivered = Arc::new(AtomicBool::new(false));
    let carrier =
        Carrier { gate: gate.clone(), courier: tokio::sync::Mutex::new(Some(courier)), done: delivered.clone() };
    server.add_service(background_service("courier", carrier));
    let drain = Drain {
        metrics: metrics.clone(),
        world: world.clone(),
        telemetry: telemetry.clone(),
        gate: gate.clone(),
        delivered,
        done,
    };
    server.add_service(background_service("drain", drain));

    let clock = world.clone();
    let receipts = Receipts::new(&config.delivery);
    let desk = Arc::new(Desk::new(gate.clone(), config.pages.clone(), receipts, metrics.clone()));
    let gateway = Gateway {
        desk: desk.clone(),
        upstreams: Upstreams::new(&config.proxy.upstreams, move || clock.mono()),
        settings: config.proxy.clone(),
        secure: config.pages.secure,
        gate: gate.clone(),
        metrics: metrics.clone(),
    };
    let limits = Arc::new(config.proxy.limits.clone());
    let mut proxy = http_proxy(&server.configuration, gateway);
    proxy.h2_options = Some(http2_options(&limits));
    let mut options = HttpServerOptions::default();
    options.h2_idle_timeout = Some(limits.idle_timeout);
    proxy.server_options = Some(options);
    let (mut doors, mut certificates) = (Doors::default(), Vec::new());
    for listener in &config.proxy.listeners {
        let tls = match &listener.tls {
            None => None,
            Some(tls) => {
                let served = Arc::new(Certificates::load(tls)?);
                certificates.push(served.clone());
                Some(tls::server_config(&served)?)
            }
        };
        doors.add(listener.address.clone(), Door { tls, proxy_protocol: listener.proxy_protocol });
    }
    let guarded = Guarded {
        proxy: Arc::new(proxy),
        doors,
        gate: gate.clone(),
        desk,
        metrics: metrics.clone(),
        world: world.clone(),
        crowd: Arc::new(Crowd::new(most_connections(&limits), limits.connections_per_client)),
        limits,
        settings: config.proxy.clone(),
    };
    let mut proxy = Service::new("gateway".to_owned(), guarded);
    for listener in &config.proxy.listeners {
        // The guard reads into a buffer of its own; Pingora's 64 KiB for each connection would be a second one.
        let buffers = L4BufferSettings::default().read(0);
        let endpoint = match &listener.address {
            Address::Tcp(address) => ListenerConfig::tcp(address.to_string()),
            Address::Unix { path, mode } => {
                ListenerConfig::uds(path.to_string_lossy()).permissions(Permissions::from_mode(*mode))
            }
        };
        proxy.add_listener(endpoint.l4_buffer(buffers));
    }
    let renewal = Renewal { certificates, world: world.clone(), telemetry: telemetry.clone() };
    server.add_service(background_service("renewal", renewal));
    let proxy = server.add_service(proxy);
    proxy.add_dependency(&keeper);

    let (token, check_host) = match &config.admin {
        AdminSettings::Socket(_) => (None, false),
        AdminSettings::Loopback { token, .. } => (token.clone(), true),
    };
    let app = Admin { gate, identity, metrics, token, check_host };
    let mut admin = Service::new("admin".to_owned(), HttpServer::new_app(app));
    admin.threads = Some(1);
    match &config.admin {
        AdminSettings::Loopback { address, .. } => admin.add_tcp(&address.to_string()),
        AdminSettings::Socket(path) => {
            admin.add_uds(&path.to_string_lossy(), Some(std::fs::Permissions::from_mode(0o660)));
        }
    }
    server.add_service(admin);
    Ok(server)
}

/// Pingora's bounds, and ours on headers.
fn http2_options(limits: &Limits) -> H2Options {
    let mut options = default_h2_options();
    options.max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX));
    options
}

/// Files that are not for clients: store, audit, listeners, deliveries.
const OWN_FILES: u64 = 256;

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

fn write_start(parts: &Parts) -> Result<()> {
    let event = Event::new(What::SysStartup).detail(concat!("sekisho ", env!("CARGO_PKG_VERSION")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    Ok(runtime.block_on(parts.telemetry.audit.decide(&event))?)
}

/// A panic ends one connection or task; it is counted and told, never silent.
fn count_panics(metrics: Arc<Metrics>) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        metrics.panics.inc();
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic ended one connection or task; this is a fault of Sekisho, please report it");
        if cfg!(debug_assertions) {
            usual(info);
        }
    }));
}
