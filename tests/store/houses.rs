//! The stores that the contract is held against, each with two handles as two processes have them.

use crate::support::redis::{Cluster, Group, Server};
use sekisho::app::world::SystemWorld;
use sekisho::domain::secret::Secret;
use sekisho::gate::seams::{Store, World};
use sekisho::store::redis::settings::{Address, Mode, Settings};
use sekisho::store::{Embedded, Redis};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

type Open = Box<dyn Fn() -> Arc<dyn Store> + Send + Sync>;

/// An empty store of its own.
pub struct House {
    open: Open,
    pub one: Arc<dyn Store>,
    pub two: Arc<dyn Store>,
    /// Whether nodes are told of a revocation instead of asking.
    pub pushes: bool,
    _folder: Option<tempfile::TempDir>,
}

impl House {
    fn of(open: Open, pushes: bool, folder: Option<tempfile::TempDir>) -> Self {
        let (one, two) = (open(), open());
        Self { open, one, two, pushes, _folder: folder }
    }

    /// One more handle.
    pub fn again(&self) -> Arc<dyn Store> {
        (self.open)()
    }

    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("state.db");
        let open = move || Arc::new(Embedded::open(&file).expect("opens")) as Arc<dyn Store>;
        Self::of(Box::new(open), false, Some(folder))
    }

    fn on(settings: Settings) -> Self {
        Self::of(Box::new(move || open(&settings)), true, None)
    }

    pub fn redis() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self::on(settings(Mode::Single, &[SERVER.get_or_init(|| Server::start(&[])).address()]))
    }

    pub fn valkey() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self::on(settings(Mode::Single, &[SERVER.get_or_init(|| Server::of("valkey-server", &[])).address()]))
    }

    pub fn has_valkey() -> bool {
        std::process::Command::new("valkey-server").arg("--version").output().is_ok()
    }

    /// As docs/REDIS.md advises: its own user, who may do nothing but what the store does, below its own prefix.
    pub fn redis_over_tls() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        let server = SERVER.get_or_init(|| Server::start(&[]));
        let plain = settings(Mode::Single, &[]);
        server.add_user(&plain.prefix, "s3cret", &plain.prefix);
        Self::on(Settings {
            nodes: vec![Address { host: "localhost".into(), port: server.tls_port }],
            tls: Some(PathBuf::from(&server.certificate.certificate)),
            user: Some(plain.prefix.clone()),
            password: Some(Secret::new("s3cret".into())),
            ..plain
        })
    }

    pub fn redis_with_replica() -> Self {
        static SERVERS: OnceLock<(Server, Server)> = OnceLock::new();
        let (master, _) = SERVERS.get_or_init(|| {
            let master = Server::start(&[]);
            let follow = format!("127.0.0.1 {}", master.port);
            let replica = Server::start(&["--replicaof", &follow]);
            let up = || (replica.info("master_link_status") == "up").then_some(());
            crate::support::wait::until("the replica in step", up);
            (master, replica)
        });
        Self::on(Settings { wait_replicas: 1, ..settings(Mode::Single, &[master.address()]) })
    }

    pub fn sentinel() -> Self {
        static GROUP: OnceLock<Group> = OnceLock::new();
        Self::on(sentinel(GROUP.get_or_init(Group::start)))
    }

    pub fn cluster_over_tls() -> Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(Cluster::with_tls);
        let tls = cluster.authority.as_ref().map(|authority| PathBuf::from(&authority.certificate));
        Self::on(Settings { tls, ..settings(Mode::Cluster, &cluster.nodes()) })
    }

    pub fn cluster() -> Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        Self::on(settings(Mode::Cluster, &CLUSTER.get_or_init(Cluster::start).nodes()))
    }
}

pub fn open(settings: &Settings) -> Arc<dyn Store> {
    let world: Arc<dyn World> = Arc::new(SystemWorld::default());
    Arc::new(Redis::open(settings, world).expect("opens"))
}

pub fn sentinel(group: &Group) -> Settings {
    let mode = Mode::Sentinel { master_name: Group::NAME.into(), user: None, password: None };
    settings(mode, &group.nodes())
}

/// With a prefix that nobody else has.
pub fn settings(mode: Mode, nodes: &[String]) -> Settings {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    Settings {
        mode,
        nodes: nodes.iter().map(|node| Address::parse(node).expect("an address")).collect(),
        tls: None,
        database: 0,
        user: None,
        password: None,
        prefix: format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed)),
        wait_replicas: 0,
    }
}
