//! Live parts as Pingora services, from the first listener to the last request.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use pingora::apps::http_app::HttpServer;
use pingora::proxy::http_proxy;
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use pingora::services::background::background_service;
use pingora::services::listening::Service;

use crate::admin::status::{self, Status};
use crate::admin::{Admin, Settings as AdminSettings};
use crate::config::{self, Config};
use crate::domain::event::{Event, What};
use crate::gate::seams::{Store, World};
use crate::pages::Desk;
use crate::proxy::Gateway;
use crate::proxy::settings::Listener;
use crate::proxy::upstream::{Upstreams, Watch};

use super::build::Parts;
use super::bureau::{Bureau, Clerks};
use super::entrance::{self, House};
use super::keywatch::KeyWatch;
use super::lifecycle::{Drain, Herald, Lasting, Life, Signals, count_panics};
use super::listen::can_listen;
use super::renewal::Renewal;
use super::tasks::{Carrier, Keeper};

/// Serves until a signal ends it.
pub fn serve(config: &Config, parts: Parts) -> Result<()> {
    can_listen(config)?;
    count_panics(parts.metrics.clone());
    if parts.keys.all()[0].algorithm != config.pass_algorithm {
        let wanted = config.pass_algorithm.name();
        tracing::warn!(
            wanted,
            "passes are signed with another algorithm until `sekisho keys rotate` makes a key for it"
        );
    }
    write_start(&parts).context("writing the start into the audit")?;
    for listener in &config.proxy.listeners {
        let tls = listener.tls.is_some();
        tracing::info!(version = env!("CARGO_PKG_VERSION"), address = %listener.address, tls, public_url = config.gate.public_url, "serving");
    }
    let (done, ended) = channel();
    let (server, signals) = assemble(config, parts, done.clone())?;
    std::thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || {
            let _end = End(done);
            server.run(RunArgs { shutdown_signal: Box::new(signals) });
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

fn assemble(config: &Config, parts: Parts, done: Sender<()>) -> Result<(Server, Signals)> {
    // Later than our own end comes.
    let grace = config.proxy.drain + Duration::from_secs(10);
    let mut server = Server::new_with_opt_and_conf(None, server_conf(config.proxy.workers, grace));
    server.bootstrap();
    let Parts { gate, world, identity, telemetry, metrics, courier, keys: ring, receipts, store, bureau } = parts;
    let status = status_of(config, &world, store, &bureau);

    let [stopping, listening] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
    let life = Arc::new(Life {
        gate: gate.clone(),
        world: world.clone(),
        telemetry: telemetry.clone(),
        metrics: metrics.clone(),
        stopping: stopping.clone(),
        listening: listening.clone(),
        drain: config.proxy.drain,
        drain_delay: config.proxy.drain_delay,
        manager: config::service_manager(),
        ledger: bureau.ledger.clone(),
        haste: Mutex::default(),
        done,
    });
    let keeper = Keeper {
        gate: gate.clone(),
        world: world.clone(),
        telemetry: telemetry.clone(),
        stopping: stopping.clone(),
        drain: config.proxy.drain,
    };
    let keeper = server.add_service(background_service("keeper", keeper));
    let (file, key_telemetry) = (config.key_file.clone(), telemetry.clone());
    let (world_too, drain) = (world.clone(), config.proxy.drain);
    let keys = KeyWatch { file, ring, gate: gate.clone(), world: world_too, telemetry: key_telemetry, drain };
    server.add_service(background_service("keys", keys));
    let delivered = Arc::new(AtomicBool::new(false));
    let carrier = Carrier {
        gate: gate.clone(),
        receipts: receipts.clone(),
        metrics: metrics.clone(),
        courier: tokio::sync::Mutex::new(Some(courier)),
        done: delivered.clone(),
    };
    server.add_service(background_service("courier", carrier));
    let clerks = Clerks { bureau: tokio::sync::Mutex::new(Some(bureau)), telemetry: telemetry.clone() };
    server.add_service(background_service("clerks", clerks));
    let drain = Drain { life: life.clone(), delivered };
    server.add_service(background_service("drain", drain));

    let clock = world.clone();
    let upstreams = Upstreams::new(&config.proxy.upstreams, move || clock.mono()).map_err(anyhow::Error::msg)?;
    let upstreams = Arc::new(upstreams);
    let watch = Watch { upstreams: upstreams.clone(), world: world.clone(), metrics: metrics.clone() };
    server.add_service(background_service("upstreams", watch));
    let desk = Arc::new(Desk::new(gate.clone(), config.pages.clone(), receipts, metrics.clone()));
    let house = House { gate: gate.clone(), desk, metrics: metrics.clone(), world: world.clone() };
    let served = entrance::served(config)?;
    let gateway = Gateway {
        desk: house.desk.clone(),
        upstreams,
        settings: config.proxy.clone(),
        hsts: config.proxy.listeners.iter().map(Listener::hsts_value).collect(),
        tls: served.iter().map(|served| served.as_ref().map(|served| served.speaking.clone())).collect(),
        secure: config.pages.secure,
        gate: gate.clone(),
        metrics: metrics.clone(),
        intake: Default::default(),
    };
    let proxy = http_proxy(&server.configuration, gateway);
    let guarded = entrance::guarded(config, proxy, house, &served);
    let served: Vec<_> = served.into_iter().flatten().collect();
    let certificates = served.iter().map(|served| served.certificates.clone()).collect();
    let renewal = Renewal { certificates, served, world: world.clone(), telemetry: telemetry.clone() };
    server.add_service(background_service("renewal", renewal));
    let proxy = server.add_service(guarded);
    proxy.add_dependency(&keeper);

    let app = Admin { gate, identity, metrics, status, token: None, check_host: false, stopping, listening };
    let admin = admin(config, app);
    server.add_service(Lasting::new(admin));
    let listeners = config.proxy.listeners.iter().map(|listener| listener.address.clone()).collect();
    let herald = Herald { life: life.clone(), listeners };
    server.add_service(background_service("herald", herald)).add_dependency(&proxy);
    Ok((server, Signals(life)))
}

fn status_of(config: &Config, world: &Arc<dyn World>, store: Arc<dyn Store>, bureau: &Bureau) -> Status {
    Status {
        store,
        world: world.clone(),
        providers: bureau.providers.clone(),
        watchbook: bureau.watchbook.clone(),
        kind: if config.store.redis.is_some() { "redis" } else { "embedded" },
        daily_budget: status::budget(&config.gate.sending),
    }
}

/// How Pingora runs here, and in `benches/baseline`, so that what is compared differs in nothing else. Without a number of
/// workers there is one for each processor.
pub fn server_conf(workers: usize, grace: Duration) -> ServerConf {
    let threads = match workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    ServerConf {
        threads,
        work_stealing: false,
        grace_period_seconds: Some(grace.as_secs()),
        graceful_shutdown_timeout_seconds: Some(1),
        ..ServerConf::default()
    }
}

fn admin(config: &Config, app: Admin) -> Service<HttpServer<Admin>> {
    let app = match &config.admin {
        AdminSettings::Socket(_) => app,
        AdminSettings::Loopback { token, .. } => Admin { token: token.clone(), check_host: true, ..app },
    };
    let mut admin = Service::new("admin".to_owned(), HttpServer::new_app(app));
    admin.threads = Some(1);
    match &config.admin {
        AdminSettings::Loopback { address, .. } => admin.add_tcp(&address.to_string()),
        AdminSettings::Socket(path) => {
            admin.add_uds(&path.to_string_lossy(), Some(Permissions::from_mode(0o660)));
        }
    }
    admin
}

fn write_start(parts: &Parts) -> Result<()> {
    let event = Event::new(What::SysStartup).detail(concat!("sekisho ", env!("CARGO_PKG_VERSION")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    Ok(runtime.block_on(parts.telemetry.audit.decide(&event))?)
}
