//! Redis: one server, a group under Sentinels, a Cluster; each on ports and in folders of its own.

use super::certificate::Certificate;
use super::process::Running;
use super::wait;
use super::{folder, free_port};
use redis::{FromRedisValue, ToRedisArgs, Value};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The rights that docs/REDIS.md asks for; `{prefix}` is the store's own.
pub const RIGHTS: &str = include_str!("../../conf/redis-acl.txt");

/// One server.
pub struct Server {
    pub port: u16,
    /// With TLS, where the plan asked for it.
    pub tls_port: u16,
    pub certificate: Certificate,
    program: &'static str,
    arguments: Vec<String>,
    process: Option<Running>,
    folder: tempfile::TempDir,
}

impl Server {
    pub fn start(options: &[&str]) -> Self {
        Self::of("redis-server", options)
    }

    /// Keeps everything in an append-only file unless the options say otherwise.
    pub fn of(program: &'static str, options: &[&str]) -> Self {
        let folder = folder();
        let certificate = Certificate::make(folder.path(), "localhost");
        let [port, tls_port] = std::array::from_fn(|_| free_port());
        let own = |name: &str| folder.path().join(name).display().to_string();
        let fixed = [
            ("--port", port.to_string()),
            ("--bind", "127.0.0.1".to_string()),
            ("--dir", folder.path().display().to_string()),
            ("--save", String::new()),
            ("--appendonly", "yes".to_string()),
            ("--enable-debug-command", "yes".to_string()),
            ("--tls-port", tls_port.to_string()),
            ("--tls-cert-file", own("certificate.pem")),
            ("--tls-key-file", own("key.pem")),
            ("--tls-ca-cert-file", own("certificate.pem")),
            ("--tls-auth-clients", "no".to_string()),
        ];
        let fixed = fixed.into_iter().flat_map(|(name, value)| [name.to_string(), value]);
        let arguments = fixed.chain(options.iter().map(ToString::to_string)).collect();
        let mut server = Self { port, tls_port, certificate, program, arguments, process: None, folder };
        server.begin();
        server.ready();
        server
    }

    /// Starts it, without waiting until it answers.
    pub fn begin(&mut self) {
        // The dead one's process must be gone before its watchdog is, and its folder stays.
        self.process = None;
        let mut command = Command::new(self.program);
        self.process = Some(Running::start(self.program, command.args(&self.arguments), self.folder.path()));
    }

    pub fn ready(&mut self) {
        let port = self.port;
        let process = self.process.as_mut().expect("it was started");
        process.wait_ready(|| try_ask::<Value>(port, &["PING"]).ok());
    }

    /// Starts it again on its files.
    pub fn restart(&mut self) {
        self.begin();
        self.ready();
    }

    /// Starts it again so that loading its data takes some seconds, while it says so to everybody who asks.
    pub fn restart_slowly(&mut self) {
        let slow = ["--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"];
        self.arguments.extend(slow.map(String::from));
        self.begin();
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        let process = self.process.as_mut().expect("it was started");
        process.signal("KILL");
        process.ended().expect("nobody survives that");
    }

    pub fn signal(&self, signal: &str) {
        self.process.as_ref().expect("it was started").signal(signal);
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where it appends every change.
    pub fn file(&self) -> PathBuf {
        let folder = self.folder.path().join("appendonlydir");
        let files = fs::read_dir(&folder).expect("it keeps a file").flatten().map(|entry| entry.path());
        let mut files: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with(".incr.aof")).collect();
        files.sort();
        files.pop().expect("it has begun a file")
    }

    fn address_for(&self, tls: bool) -> String {
        format!("127.0.0.1:{}", if tls { self.tls_port } else { self.port })
    }

    /// What it answers.
    pub fn ask<T: FromRedisValue>(&self, words: &[impl ToRedisArgs]) -> T {
        try_ask(self.port, words).unwrap_or_else(|error| panic!("redis at {}: {error}", self.port))
    }

    pub fn info(&self, name: &str) -> String {
        let all: String = self.ask(&["INFO", "everything"]);
        let line = all.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_string()
    }

    /// A user with no more rights than the store needs, below this prefix.
    pub fn add_user(&self, name: &str, password: &str, prefix: &str) {
        let rights = rights(prefix);
        let mut words = vec!["ACL", "SETUSER", name, "reset", "on"];
        let password = format!(">{password}");
        words.push(&password);
        words.extend(rights.iter().map(String::as_str));
        self.ask::<Value>(&words);
    }
}

/// The rights as words of `ACL SETUSER`.
pub fn rights(prefix: &str) -> Vec<String> {
    let lines = RIGHTS.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(|word| word.replace("{prefix}", prefix)).collect()
}

pub fn try_ask<T: FromRedisValue>(port: u16, words: &[impl ToRedisArgs]) -> redis::RedisResult<T> {
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}"))?;
    let mut connection = client.get_connection_with_timeout(std::time::Duration::from_secs(2))?;
    connection.set_read_timeout(Some(std::time::Duration::from_secs(5)))?;
    let mut cmd = redis::Cmd::new();
    for word in words {
        cmd.arg(word);
    }
    cmd.query(&mut connection)
}

/// A master, a replica and three Sentinels.
pub struct Group {
    pub master: Server,
    pub replica: Server,
    pub sentinels: Vec<u16>,
    _processes: Vec<Running>,
    _folders: Vec<tempfile::TempDir>,
}

impl Group {
    pub const NAME: &'static str = "gate";

    pub fn start() -> Self {
        let master = Server::start(&[]);
        let follow = format!("127.0.0.1 {}", master.port);
        let replica = Server::start(&["--replicaof", &follow]);
        wait::until("the replica in step", || (replica.info("master_link_status") == "up").then_some(()));
        let sentinels: Vec<u16> = (0..3).map(|_| free_port()).collect();
        let (mut processes, mut folders) = (Vec::new(), Vec::new());
        for port in &sentinels {
            let folder = folder();
            let file = folder.path().join("sentinel.conf");
            let (name, leader) = (Self::NAME, master.port);
            let text = format!(
                "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {name} 127.0.0.1 {leader} 2\n\
                 sentinel down-after-milliseconds {name} 700\nsentinel failover-timeout {name} 4000\n",
                folder.path().display()
            );
            fs::write(&file, text).expect("the folder can be written");
            let mut command = Command::new("redis-server");
            let mut process = Running::start("sentinel", command.arg(&file).arg("--sentinel"), folder.path());
            process.wait_ready(|| try_ask::<Value>(*port, &["PING"]).ok());
            processes.push(process);
            folders.push(folder);
        }
        let group = Self { master, replica, sentinels, _processes: processes, _folders: folders };
        wait::until("Sentinels that know each other and the replica", || {
            let knows = |port: &u16, word: &str, least: usize| {
                try_ask::<Vec<Value>>(*port, &["SENTINEL", word, Self::NAME]).is_ok_and(|all| all.len() >= least)
            };
            let all = |port: &u16| knows(port, "SENTINELS", 2) && knows(port, "REPLICAS", 1);
            group.sentinels.iter().all(all).then_some(())
        });
        group
    }

    pub fn nodes(&self) -> Vec<String> {
        self.sentinels.iter().map(|port| format!("127.0.0.1:{port}")).collect()
    }
}

/// Three masters with a replica each.
pub struct Cluster {
    pub servers: Vec<Server>,
    /// Vouches for all of them, where they speak TLS with each other too.
    pub authority: Option<Certificate>,
    _folder: tempfile::TempDir,
}

impl Cluster {
    pub fn start() -> Self {
        Self::of(false)
    }

    pub fn with_tls() -> Self {
        Self::of(true)
    }

    fn of(tls: bool) -> Self {
        let folder = folder();
        let authority = Certificate::make(folder.path(), "localhost");
        let [certificate, key] = [&authority.certificate, &authority.key].map(|file| file.display().to_string());
        let shared = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &certificate];
        let servers: Vec<Server> = (0..6)
            .map(|_| {
                let port = free_port().to_string();
                let mut options = vec!["--cluster-enabled", "yes", "--cluster-node-timeout", "1500"];
                options.extend(["--cluster-port", &port]);
                if tls {
                    options.extend(["--tls-cluster", "yes", "--tls-replication", "yes"]);
                    options.extend(shared);
                }
                Server::start(&options)
            })
            .collect();
        let mut create = Command::new("redis-cli");
        if tls {
            create.args(["--tls", "--cacert", &certificate]);
        }
        let made = create
            .args(["--cluster", "create"])
            .args(servers.iter().map(|server| server.address_for(tls)))
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .output()
            .expect("redis-cli starts");
        assert!(made.status.success(), "no Cluster: {}", String::from_utf8_lossy(&made.stdout));
        wait::until("a whole Cluster", || {
            let whole = |server: &Server| {
                let info: String = server.ask(&["CLUSTER", "INFO"]);
                let role_is_plain = server.info("role") == "master" || server.info("master_link_status") == "up";
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:6") && role_is_plain
            };
            servers.iter().all(whole).then_some(())
        });
        Self { servers, authority: tls.then_some(authority), _folder: folder }
    }

    pub fn nodes(&self) -> Vec<String> {
        self.servers.iter().map(|server| server.address_for(self.authority.is_some())).collect()
    }

    pub fn masters(&self) -> Vec<&Server> {
        self.servers.iter().filter(|server| server.info("role") == "master").collect()
    }
}
