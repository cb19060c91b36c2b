//! One Redis of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sekisho::store::redis::settings::{Address, Mode, Settings};

pub struct Server {
    pub port: u16,
    child: Child,
}

impl Server {
    /// With an append-only file as docs/REDIS.md advises, written out every second as is Redis's default.
    pub fn start(folder: &Path, core: Option<usize>) -> Server {
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let (port_text, folder) = (port.to_string(), folder.display().to_string());
        let options =
            ["--port", &port_text, "--bind", "127.0.0.1", "--dir", &folder, "--save", "", "--appendonly", "yes"];
        let child = Command::new("redis-server").args(options).stdout(Stdio::null()).spawn().expect("redis-server");
        if let Some(core) = core {
            super::machine::bind(child.id(), core);
        }
        let server = Server { port, child };
        #[expect(clippy::disallowed_methods, reason = "measuring is what this is for")]
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "redis-server does not answer");
        }
        server
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn settings(&self) -> Settings {
        Settings {
            mode: Mode::Single,
            nodes: vec![Address { host: "127.0.0.1".to_owned(), port: self.port }],
            tls: None,
            database: 0,
            user: None,
            password: None,
            prefix: "sekisho".to_owned(),
            wait_replicas: 0,
        }
    }

    /// A line of `INFO`.
    pub fn info(&self, name: &str) -> String {
        let ask = Command::new("redis-cli").args(["-p", &self.port.to_string(), "INFO"]).output().expect("redis-cli");
        let text = String::from_utf8_lossy(&ask.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
