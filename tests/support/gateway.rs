//! The real binary, with a configuration of its own, before some application.

use super::caller::Caller;
use super::certificate::Certificate;
use super::outbox::Outbox;
use super::process::Running;
use super::wire::{self, Wire};
use super::{folder, free_port};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

pub const HOST: &str = "records.example.jp";

/// The pass's cookie where the public address is https.
pub const COOKIE: &str = "__Host-sekisho";

const ROUTES: &str = r#"
[[route]]
path = "/**"
require = "otp"
scope = "records"
object = { path = "/patients/{id}" }
upstream = "application"
"#;

/// Somebody in the built-in directory.
#[derive(Debug, Clone)]
pub struct User {
    pub name: &'static str,
    pub password: &'static str,
    /// As people write it at home.
    pub phone: &'static str,
    pub full_name: &'static str,
    pub locale: &'static str,
}

impl User {
    pub const ALICE: Self = Self {
        name: "alice",
        password: "correct horse battery",
        phone: "090-1234-5678",
        full_name: "有栖川 花子",
        locale: "ja",
    };
    pub const BOB: Self =
        Self { name: "bob", password: "hunter2 hunter2", phone: "080-8765-4321", full_name: "Bob Smith", locale: "en" };

    /// The number as it must stand in a message's address.
    pub fn e164(&self) -> String {
        format!("+81{}", self.phone.trim_start_matches('0').replace('-', ""))
    }
}

const OUTBOX: &str = r#"
[[sms.provider]]
kind = "file"
path = "{folder}/outbox.jsonl"
"#;

/// What a gateway is started with. Everything a test does not care about has a value.
pub struct Plan {
    pub upstream: String,
    /// As `methods` at the top has them; the usual ones if empty.
    pub methods: &'static str,
    /// Lines of `[challenge]`.
    pub challenge: &'static str,
    pub routes: String,
    /// Who hands codes over; `{folder}` is the gateway's own.
    pub providers: String,
    /// Keys before the first table.
    pub top: String,
    /// Lines of the listener with TLS; `{folder}` is the gateway's own.
    pub listen: String,
    /// Lines of the scope.
    pub scope: String,
    /// Further tables; `{folder}` is the gateway's own.
    pub more: String,
    /// Variables of its environment.
    pub environment: Vec<(&'static str, String)>,
    pub users: Vec<User>,
    /// Whether a password comes before the code.
    pub password: bool,
    /// Whether the test moves the clock. It costs a little on every look at the time.
    pub movable_clock: bool,
    /// Whether the start is over only when it is ready to guard.
    pub ready: bool,
}

impl Plan {
    /// Everything needs a code, for Alice and Bob.
    pub fn before(upstream: &str) -> Self {
        Self {
            upstream: upstream.into(),
            methods: "",
            challenge: "",
            routes: ROUTES.into(),
            providers: OUTBOX.into(),
            top: String::new(),
            listen: String::new(),
            scope: String::new(),
            more: String::new(),
            environment: Vec::new(),
            users: vec![User::ALICE, User::BOB],
            password: true,
            movable_clock: false,
            ready: true,
        }
    }

    /// The telephone is the only factor.
    pub fn with_names_only(self) -> Self {
        Self { password: false, ..self }
    }

    pub fn with_movable_clock(self) -> Self {
        Self { movable_clock: true, ..self }
    }

    /// Starts though something that it needs is away.
    pub fn not_ready(self) -> Self {
        Self { ready: false, ..self }
    }

    pub fn with_challenge(self, challenge: &'static str) -> Self {
        Self { challenge, ..self }
    }

    pub fn with_methods(self, methods: &'static str) -> Self {
        Self { methods, ..self }
    }

    pub fn with_routes(self, routes: &str) -> Self {
        Self { routes: routes.into(), ..self }
    }

    pub fn with_providers(self, providers: String) -> Self {
        Self { providers, ..self }
    }

    pub fn with_top(self, top: &str) -> Self {
        Self { top: top.into(), ..self }
    }

    pub fn with_listen(self, listen: &str) -> Self {
        Self { listen: listen.into(), ..self }
    }

    pub fn with_scope(self, scope: &str) -> Self {
        Self { scope: scope.into(), ..self }
    }

    pub fn with_environment(self, name: &'static str, value: String) -> Self {
        Self { environment: vec![(name, value)], ..self }
    }

    pub fn with_more(self, more: String) -> Self {
        Self { more, ..self }
    }

    pub fn start(self) -> Gateway {
        Gateway::start(&self)
    }
}

/// A gateway at work.
pub struct Gateway {
    pub outbox: Outbox,
    /// `https://records.example.jp:PORT`
    pub origin: String,
    pub tls: String,
    pub plain: String,
    pub admin: String,
    pub config: PathBuf,
    pub certificate: Certificate,
    clock: Option<Clock>,
    environment: Vec<(&'static str, String)>,
    pub process: Running,
    /// Shared with its twins.
    folder: Arc<tempfile::TempDir>,
    /// Where its log lies.
    home: PathBuf,
}

impl Gateway {
    fn start(plan: &Plan) -> Self {
        let folder = Arc::new(folder());
        let certificate = Certificate::make(folder.path(), HOST);
        let [tls, plain, admin] = std::array::from_fn(|_| free_port());
        let config = folder.path().join("sekisho.toml");
        fs::write(&config, configuration(plan, folder.path(), &certificate, [tls, plain, admin]))
            .expect("the folder can be written");
        for user in &plan.users {
            add_user(&config, user);
        }
        let clock = plan.movable_clock.then(|| Clock::new(folder.path()));
        let admin = format!("127.0.0.1:{admin}");
        let environment = plan.environment.clone();
        let process = match plan.ready {
            true => run(&config, folder.path(), clock.as_ref(), &environment, &admin),
            false => begin(&config, folder.path(), clock.as_ref(), &environment, &admin),
        };
        Self {
            outbox: Outbox::at(folder.path().join("outbox.jsonl")),
            origin: format!("https://{HOST}:{tls}"),
            tls: format!("127.0.0.1:{tls}"),
            plain: format!("127.0.0.1:{plain}"),
            admin,
            config,
            certificate,
            clock,
            environment,
            process,
            home: folder.path().into(),
            folder,
        }
    }

    /// A second process on the same files, as during an upgrade: everything is the same but the ports.
    pub fn twin(&self) -> Self {
        let [tls, plain, admin] = std::array::from_fn(|_| format!("127.0.0.1:{}", free_port()));
        let home = self.folder.path().join(format!("twin-{}", tls.replace(':', "-")));
        fs::create_dir(&home).expect("the folder can be written");
        let config = home.join("sekisho.toml");
        let text = fs::read_to_string(&self.config).expect("the configuration is there");
        let address = |of: &str| format!("address = \"{of}\"");
        let moved = [(&self.tls, &tls), (&self.plain, &plain), (&self.admin, &admin)]
            .into_iter()
            .fold(text, |text, (from, to)| text.replace(&address(from), &address(to)));
        fs::write(&config, moved).expect("the folder can be written");
        let environment = self.environment.clone();
        let process = run(&config, &home, self.clock.as_ref(), &environment, &admin);
        Self {
            outbox: Outbox::at(self.folder.path().join("outbox.jsonl")),
            origin: self.origin.clone(),
            tls,
            plain,
            admin,
            config,
            certificate: self.certificate.clone(),
            clock: self.clock.clone(),
            environment,
            process,
            folder: self.folder.clone(),
            home,
        }
    }

    /// A new client without cookies, over this wire.
    pub fn caller(&self, wire: Wire) -> Caller {
        let address = if wire == Wire::Http1 { &self.plain } else { &self.tls };
        Caller::new(wire, &self.origin, address, self.certificate.certificate.clone())
    }

    /// Lets so much time pass for the gateway, at once.
    pub fn advance(&mut self, time: Duration) {
        self.clock.as_mut().expect("the plan asked for a movable clock").advance(time);
    }

    /// Ends it in order and starts it again on the same files.
    pub fn restart(&mut self) {
        let status = self.process.end();
        assert!(status.success(), "it did not end well ({status}):\n{}", self.process.log());
        self.start_again();
    }

    /// Kills it at once, in the middle of whatever it does, and starts it again on the same files.
    pub fn crash(&mut self) {
        self.process.signal("KILL");
        self.process.ended().expect("nothing outlives this signal");
        self.start_again();
    }

    /// Starts it on the same files once it has ended, however it did.
    pub fn start_again(&mut self) {
        self.process = run(&self.config, &self.home, self.clock.as_ref(), &self.environment, &self.admin);
    }

    /// The same where something that it needs is away.
    pub fn start_again_not_ready(&mut self) {
        self.process = begin(&self.config, &self.home, self.clock.as_ref(), &self.environment, &self.admin);
    }

    /// A file of its own folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The most memory that it ever had in use, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("the process is there");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// What it wrote down so far, in all files: at midnight, and when a test moves the clock past it, another one begins.
    pub fn audit(&self) -> String {
        let folder = fs::read_dir(self.folder.path()).into_iter().flatten().flatten().map(|entry| entry.path());
        let aside = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("audit-"));
        let mut files: Vec<_> = folder.filter(aside).collect();
        files.sort();
        files.push(self.folder.path().join("audit.jsonl"));
        files.iter().map(|path| fs::read_to_string(path).unwrap_or_default()).collect()
    }

    /// One page of the admin listener.
    pub fn admin(&self, path: &str) -> wire::Answer {
        admin_get(&self.admin, path).unwrap_or_else(|error| panic!("no answer from the admin listener: {error}"))
    }
}

fn configuration(plan: &Plan, folder: &Path, tls: &Certificate, ports: [u16; 3]) -> String {
    let [tls_port, plain_port, admin_port] = ports;
    let (folder, certificate, key) = (folder.display(), tls.certificate.display(), tls.key.display());
    let Plan { upstream, challenge, routes, top, password, scope, .. } = plan;
    let listen = plan.listen.replace("{folder}", &folder.to_string());
    let more = plan.more.replace("{folder}", &folder.to_string());
    let methods = if plan.methods.is_empty() { String::new() } else { format!("methods = {}", plan.methods) };
    let providers = plan.providers.replace("{folder}", &folder.to_string());
    format!(
        r#"public_url = "https://{HOST}:{tls_port}"
data = "{folder}/state"
workers = 1
{top}
{methods}

[[listen]]
address = "127.0.0.1:{tls_port}"
certificate = "{certificate}"
key = "{key}"
{listen}

[[listen]]
address = "127.0.0.1:{plain_port}"

[admin]
address = "127.0.0.1:{admin_port}"

[audit]
file = "{folder}/audit.jsonl"

[upstream.application]
url = "{upstream}"

[users]
phone_region = "JP"
password = {password}

[sms]
countries = ["JP"]
daily_budget = "30 USD"
{providers}
[challenge]
{challenge}

[scope.records]
max_age = "8h"
{scope}
{routes}
{more}"#
    )
}

fn run(
    config: &Path,
    folder: &Path,
    clock: Option<&Clock>,
    environment: &[(&'static str, String)],
    admin: &str,
) -> Running {
    let mut process = begin(config, folder, clock, environment, admin);
    process.wait_ready(|| admin_get(admin, "/readyz").ok().filter(|answer| answer.status == 200));
    process
}

/// Until it answers at all.
fn begin(
    config: &Path,
    folder: &Path,
    clock: Option<&Clock>,
    environment: &[(&'static str, String)],
    admin: &str,
) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
    command.arg("run").arg("--config").arg(config).envs(environment.iter().map(|(name, value)| (name, value)));
    if let Some(clock) = clock {
        clock.lend_to(&mut command);
    }
    let mut process = Running::start("sekisho", &mut command, folder);
    process.wait_ready(|| admin_get(admin, "/readyz").ok());
    process
}

fn admin_get(admin: &str, path: &str) -> std::io::Result<wire::Answer> {
    wire::exchange(admin, format!("GET {path} HTTP/1.1\r\nHost: {admin}\r\n\r\n").as_bytes())
}

/// Runs one command of the real binary to its end, with this on its standard input.
pub fn sekisho(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sekisho"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    // A command that fails early does not read it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

fn add_user(config: &Path, user: &User) {
    let config = config.display().to_string();
    let arguments = ["user", "add", "--config", &config, user.name, "--name", user.full_name];
    let contact = ["--phone", user.phone, "--locale", user.locale, "--password-stdin"];
    let output = sekisho(&[&arguments[..], &contact[..]].concat(), &format!("{}\n", user.password));
    assert!(
        output.status.success(),
        "user {} was not added ({}): {}{}",
        user.name,
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A wall clock that a test moves, by libfaketime. Time goes on from where it was put.
#[derive(Clone)]
struct Clock {
    file: PathBuf,
    library: PathBuf,
    ahead: Duration,
}

impl Clock {
    fn new(folder: &Path) -> Self {
        let known = ["x86_64-linux-gnu", "aarch64-linux-gnu"];
        let library = known
            .map(|machine| PathBuf::from(format!("/usr/lib/{machine}/faketime/libfaketimeMT.so.1")))
            .into_iter()
            .find(|path| path.exists())
            .expect("libfaketime is there (tests/run installs it)");
        let mut clock = Self { file: folder.join("clock"), library, ahead: Duration::ZERO };
        clock.advance(Duration::ZERO);
        clock
    }

    fn lend_to(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }

    fn advance(&mut self, time: Duration) {
        self.ahead += time;
        // Put in place whole: the gateway reads it at every look at the time.
        let draft = self.file.with_extension("new");
        fs::write(&draft, format!("+{}\n", self.ahead.as_secs())).expect("the folder can be written");
        fs::rename(&draft, &self.file).expect("the folder can be written");
    }
}
