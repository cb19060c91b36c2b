//! From `exec` of the real binary to its first answer, over a folder with many users and open challenges.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Plan;
use super::house::{House, wish};
use super::people;

/// Longer than any start.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn measure(plan: &Plan) {
    let folder = tempfile::tempdir_in(&plan.folder).expect("a folder");
    let open = plan.count.unwrap_or(10_000);
    let config = prepare(plan, folder.path(), open);
    println!("{} users, {open} open challenges, {} starts; ms from exec to the first answer:", plan.users, plan.rounds);
    for (how, signal) in [("after an orderly end", "TERM"), ("after kill -9", "KILL")] {
        let mut took: Vec<Duration> = (0..plan.rounds).map(|_| start(&config, folder.path(), signal)).collect();
        // The first finds what the round before left behind.
        took.remove(0);
        took.sort();
        let at = |n: usize| took[n].as_secs_f64() * 1e3;
        println!("  {how}: least {:.0}, half {:.0}, most {:.0}", at(0), at(took.len() / 2), at(took.len() - 1));
    }
    import(plan, folder.path());
}

struct Ports {
    open: SocketAddr,
    admin: SocketAddr,
}

struct Prepared {
    config: PathBuf,
    ports: Ports,
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port")
}

/// A data folder as a gateway has it on a busy morning.
fn prepare(plan: &Plan, folder: &Path, open: usize) -> Prepared {
    let data = folder.join("state");
    fs::create_dir(&data).expect("a folder");
    people::write(&people::settings(&data.join("sekisho.db")), plan.users);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let house = House::build(plan, &data, open.max(1)).await;
        for first in (0..open).step_by(plan.at_once) {
            let some = first..open.min(first + plan.at_once);
            let all: Vec<_> = some
                .map(|n| {
                    let (gate, caller) = (house.gate.clone(), house.caller(n));
                    tokio::spawn(async move { gate.begin(&caller, wish(n)).await.expect("begins") })
                })
                .collect();
            for one in all {
                one.await.expect("nobody panics");
            }
        }
    });
    let ports = Ports { open: free(), admin: free() };
    let text = format!(
        r#"public_url = "http://records.example.jp:{}"
data = "state"
[listen]
address = "{}"
[upstream.app]
url = "http://127.0.0.1:1"
[users]
phone_region = "JP"
password = true
[sms]
countries = ["JP"]
[[sms.provider]]
kind = "file"
path = "outbox.jsonl"
[scope.records]
max_age = "8h"
idle = "1h"
[[route]]
path = "/**"
require = "otp"
scope = "records"
[admin]
address = "{}"
"#,
        ports.open.port(),
        ports.open,
        ports.admin
    );
    let config = folder.join("sekisho.toml");
    fs::write(&config, text).expect("writes");
    Prepared { config, ports }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One start, and an end by this signal.
fn start(prepared: &Prepared, folder: &Path, signal: &str) -> Duration {
    let log = fs::File::create(folder.join("log")).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
    command.args(["run", "--config"]).arg(&prepared.config).stdout(Stdio::null()).stderr(log);
    #[expect(clippy::disallowed_methods, reason = "measuring is what this is for")]
    let begun = Instant::now();
    let mut running = Running(command.spawn().expect("the binary starts"));
    while !answers(&prepared.ports.open) {
        let text = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(begun.elapsed() < PATIENCE, "it does not answer: {}", text());
        if let Ok(Some(ended)) = running.0.try_wait() {
            panic!("it ended with {ended}: {}", text());
        }
    }
    let took = begun.elapsed();
    let id = running.0.id().to_string();
    let told = Command::new("kill").args(["-s", signal, &id]).status();
    assert!(told.is_ok_and(|status| status.success()), "it can be told to end");
    let _ = running.0.wait();
    took
}

/// Whether somebody who opens a guarded page is led to the sign-in page.
fn answers(address: &SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let host = format!("records.example.jp:{}", address.port());
        let request =
            format!("GET /records/ HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 30"))
}

/// `sekisho user import`, checked only and done: the first is what a mistake in the table is told by.
fn import(plan: &Plan, folder: &Path) {
    let table = folder.join("users.csv");
    let mut text = "user,name,phone,groups\n".to_owned();
    for n in 0..plan.users {
        text += &format!("new{n:07},Person Number {n},090-{:04}-{:04},clerks\n", n / 10_000 + 1_000, n % 10_000);
    }
    fs::write(&table, text).expect("writes");
    let config = folder.join("sekisho.toml");
    for (what, more) in [("checked (--dry-run)", vec!["--dry-run"]), ("imported", vec![])] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
        command.args(["user", "import"]).arg(&table).args(more).arg("--config").arg(&config);
        #[expect(clippy::disallowed_methods, reason = "measuring is what this is for")]
        let begun = Instant::now();
        let done = command.output().expect("the binary starts");
        let took = begun.elapsed();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{}", said.lines().take(5).collect::<Vec<_>>().join("\n"));
        println!("{} users out of a table (CSV) {what}: {:.0} ms", plan.users, took.as_secs_f64() * 1e3);
    }
}
