//! What a scenario is played against: an application, one gate or two, and what these need. All of it ends with the stage.

use super::derived::{Change, Derived};
use super::meter::Meter;
use super::person::World;
use super::phones::Phones;
use super::scenarios::{Provider, Scenario};
use super::support::certificate::Certificate;
use super::support::process::Running;
use super::support::{folder, free_port, redis, wire as plain};
use super::{town, wire};
use axum::Router;
use axum::response::Html;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

const SECONDS_PER_TICK: f64 = 0.01;

/// The directory with everybody in it, made once and copied for each scenario.
pub struct Town {
    folder: tempfile::TempDir,
    pub people: usize,
}

impl Town {
    pub fn found(people: usize) -> Result<Self, String> {
        let folder = folder();
        let mut derived = Derived::default();
        Ports::free().put_into(&mut derived, folder.path());
        Certificate::make(folder.path(), "localhost");
        let config = folder.path().join("sekisho.toml");
        write(&config, &derived.text())?;
        town::settle(&config, &folder.path().join("state/sekisho.db"), people)?;
        Ok(Self { folder, people })
    }

    /// Puts the directory into this folder.
    pub fn copy_to(&self, state: &Path) -> Result<(), String> {
        fs::create_dir_all(state).map_err(|error| format!("{}: {error}", state.display()))?;
        for name in ["sekisho.db", "sekisho.db-wal"] {
            let from = self.folder.path().join("state").join(name);
            if from.exists() {
                fs::copy(&from, state.join(name)).map_err(|error| format!("{}: {error}", from.display()))?;
            }
        }
        Ok(())
    }
}

/// Where one gate listens, and what it goes to.
struct Ports {
    tls: u16,
    admin: u16,
    application: u16,
}

impl Ports {
    fn free() -> Self {
        Self { tls: free_port(), admin: free_port(), application: free_port() }
    }

    fn put_into(&self, derived: &mut Derived, folder: &Path) {
        let own = |name: &str| folder.join(name).display().to_string();
        derived.set("", "public_url", &format!("https://localhost:{}", self.tls));
        derived.set("", "data", &own("state"));
        derived.set("[listen]", "address", &format!("127.0.0.1:{}", self.tls));
        derived.set("[listen]", "certificate", &own("certificate.pem"));
        derived.set("[listen]", "key", &own("key.pem"));
        derived.set("[admin]", "address", &format!("127.0.0.1:{}", self.admin));
        derived.set("[upstream.application]", "url", &format!("http://127.0.0.1:{}", self.application));
        derived.set("[[sms.provider]]", "path", &own("outbox.jsonl"));
    }
}

/// A gate that was started here.
struct Node {
    process: Mutex<Option<Running>>,
}

pub struct Stage {
    pub world: Arc<World>,
    pub changes: Vec<Change>,
    nodes: Vec<Node>,
    tasks: Vec<JoinHandle<()>>,
    _redis: Option<redis::Server>,
    _folder: Option<tempfile::TempDir>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Stage {
    /// Starts everything that this scenario needs, on free ports and in a folder of its own.
    pub fn start(scenario: &Scenario, town: &Town, meter: Meter, runtime: &Runtime) -> Result<Self, String> {
        let folder = folder();
        let home = folder.path();
        let certificate = Certificate::make(home, "localhost");
        town.copy_to(&home.join("state"))?;
        let ports = Ports::free();
        let mut derived = Derived::default();
        ports.put_into(&mut derived, home);
        let redis = if scenario.gates > 1 { Some(shared_store(&mut derived)?) } else { None };
        let phones = Phones::default();
        let mut tasks = vec![application(runtime, ports.application)?];
        tasks.push(match scenario.provider {
            Provider::File => phones.follow(home.join("outbox.jsonl"), runtime),
            Provider::Slow(takes) => slow_provider(&mut derived, &phones, takes, runtime)?,
        });
        let (mut nodes, mut gates, mut changes) = (Vec::new(), Vec::new(), derived.changes.clone());
        for n in 0..scenario.gates {
            let (address, admin) = if n == 0 { (ports.tls, ports.admin) } else { (free_port(), free_port()) };
            derived.set("[listen]", "address", &format!("127.0.0.1:{address}"));
            derived.set("[admin]", "address", &format!("127.0.0.1:{admin}"));
            let name = ["one", "two"][n % 2];
            derived.set("[audit]", "node", name);
            derived.set("[audit]", "file", &home.join(format!("audit-{n}.jsonl")).display().to_string());
            nodes.push(Node::start(name, home, &derived.text(), admin)?);
            gates.push(SocketAddr::from(([127, 0, 0, 1], address)));
            changes = derived.changes.clone();
        }
        let world = World {
            gates,
            authority: format!("localhost:{}", ports.tls),
            tls: wire::connector(&certificate.certificate)?,
            phones,
            meter,
        };
        Ok(Self {
            world: Arc::new(world),
            changes: last_of_each(changes),
            nodes,
            tasks,
            _redis: redis,
            _folder: Some(folder),
        })
    }

    /// Stands before a gate that somebody else runs with `conf/loadtest.toml`, as `--prepare` left things.
    pub fn before(gate: SocketAddr, port: u16, meter: Meter, runtime: &Runtime) -> Result<Self, String> {
        let derived = Derived::default();
        let phones = Phones::default();
        let url = derived.get("[upstream.application]", "url").unwrap_or_default();
        let application_port = url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
        let tasks =
            vec![application(runtime, application_port)?, phones.follow(prepared().join("outbox.jsonl"), runtime)];
        let tls = wire::connector(&prepared().join("certificate.pem"))?;
        let world = World { gates: vec![gate], authority: format!("localhost:{port}"), tls, phones, meter };
        let (world, changes) = (Arc::new(world), Vec::new());
        Ok(Self { world, changes, nodes: Vec::new(), tasks, _redis: None, _folder: None })
    }

    /// Ends a gate as a power cut would.
    pub fn lose(&self, n: usize) {
        let Some(node) = self.nodes.get(n) else { return };
        let taken = node.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut process) = taken {
            process.signal("KILL");
            process.ended();
        }
    }

    /// Lets a gate stand still ("STOP") or go on ("CONT").
    pub fn signal(&self, n: usize, signal: &str) {
        let process = self.nodes[n].process.lock().unwrap_or_else(PoisonError::into_inner);
        process.iter().for_each(|process| process.signal(signal));
    }

    /// Seconds of processor time and the most memory in MiB that the gates still there took.
    pub fn cost(&self) -> Vec<(f64, f64)> {
        let cost = |node: &Node| {
            let process = node.process.lock().unwrap_or_else(PoisonError::into_inner);
            taken_by(process.as_ref()?.id())
        };
        self.nodes.iter().filter_map(cost).collect()
    }
}

impl Node {
    fn start(name: &'static str, home: &Path, config: &str, admin: u16) -> Result<Self, String> {
        let file = home.join(format!("{name}.toml"));
        write(&file, config)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
        let mut process = Running::start(name, command.arg("run").arg("--config").arg(&file), home);
        let ask = format!("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{admin}\r\n\r\n");
        let ready = || plain::exchange(&format!("127.0.0.1:{admin}"), ask.as_bytes()).ok().filter(|a| a.status == 200);
        process.wait_ready(ready);
        Ok(Self { process: Mutex::new(Some(process)) })
    }
}

/// Where `--prepare` puts what `conf/loadtest.toml` names, and where reports go.
pub fn prepared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/load")
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// A Redis of its own for the gates to share.
fn shared_store(derived: &mut Derived) -> Result<redis::Server, String> {
    let there = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        return Err("redis-server is not installed; two gates need it to share their state".to_owned());
    }
    let server = redis::Server::start(&[]);
    derived.set("[store]", "kind", "redis");
    derived.set("[store]", "url", &format!("redis://127.0.0.1:{}/0", server.port));
    Ok(server)
}

fn slow_provider(
    derived: &mut Derived,
    phones: &Phones,
    takes: Duration,
    runtime: &Runtime,
) -> Result<JoinHandle<()>, String> {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    derived.remove("[[sms.provider]]", "path");
    for (key, value) in [("content", "json"), ("body", r#"{"to":"{to}","code":"{code}"}"#), ("name", "slow")] {
        derived.set("[[sms.provider]]", key, value);
    }
    derived.set("[[sms.provider]]", "url", &format!("http://{address}/send"));
    derived.set("[[sms.provider]]", "kind", "http");
    runtime.block_on(phones.provide(address, takes)).map_err(|error| format!("the slow provider: {error}"))
}

/// An application that has a page for everything.
fn application(runtime: &Runtime, port: u16) -> Result<JoinHandle<()>, String> {
    let page: &'static str =
        Box::leak(format!("<!doctype html><title>Record</title>{}", "<p>…</p>".repeat(200)).into());
    let router = Router::new().fallback(async move || Html(page));
    let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", port)));
    let listener = listener.map_err(|error| format!("the application on port {port}: {error}"))?;
    Ok(runtime.spawn(async move { drop(axum::serve(listener, router).await) }))
}

/// What a key was at first and is in the end.
fn last_of_each(changes: Vec<Change>) -> Vec<Change> {
    let mut left: Vec<Change> = Vec::new();
    for change in changes {
        match left.iter_mut().find(|known| known.key == change.key) {
            Some(known) => known.to = change.to,
            None => left.push(change),
        }
    }
    left.retain(|change| change.from != change.to);
    left
}

fn taken_by(process: u32) -> Option<(f64, f64)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which may hold anything: the twelfth and thirteenth field are time in user and in kernel mode.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = peak.trim().trim_end_matches(" kB").parse().ok()?;
    Some((ticks * SECONDS_PER_TICK, kilobytes / 1024.0))
}
