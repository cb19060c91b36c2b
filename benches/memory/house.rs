//! The real binary before the application, with limits wide enough for what is measured.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::runtime::Runtime;

use crate::application;
use crate::process::Memory;
use crate::support::gateway::{HOST, sekisho};
use crate::support::wait::until;
use crate::support::{Gateway, Plan, User};

/// Everything below `/open/` is for all; the rest needs a pass.
const ROUTES: &str = r#"
[[route]]
path = "/open/**"
require = "open"
upstream = "application"

[[route]]
path = "/**"
require = "otp"
scope = "records"
upstream = "application"
"#;

/// Connections that say nothing stay open for longer than any measurement lasts.
const PATIENT: &str =
    "[store]\noutage_grace = \"1h\"\n[wire]\nheader_timeout = \"10m\"\nidle_timeout = \"1h\"\npatience = \"10m\"\n";

pub struct House {
    pub gateway: Gateway,
    pub tls: SocketAddr,
    pub plain: SocketAddr,
    /// Opens every path.
    pub pass: String,
}

impl House {
    /// For connections that stay as long as they like.
    pub fn patient(runtime: &Runtime) -> House {
        House::start(runtime, |plan| plan.with_more(PATIENT.to_owned()))
    }

    pub fn start(runtime: &Runtime, change: impl FnOnce(Plan) -> Plan) -> House {
        let application = runtime.block_on(application::start());
        let gateway = change(Plan::before(&format!("http://{application}")).with_routes(ROUTES)).start();
        let address = |text: &str| text.parse().expect("an address");
        let (tls, plain) = (address(&gateway.tls), address(&gateway.plain));
        let config = gateway.config.display().to_string();
        let words = ["pass", "issue", "--config", &config, "--user", User::ALICE.name, "--scope", "records"];
        let issued = sekisho(&[&words[..], &["--for", "8h", "--reason", "to measure memory"]].concat(), "");
        assert!(issued.status.success(), "no pass: {}", String::from_utf8_lossy(&issued.stderr));
        let pass = String::from_utf8_lossy(&issued.stdout).trim().to_owned();
        House { gateway, tls, plain, pass }
    }

    /// What stands in `Host`.
    pub fn authority(&self) -> String {
        format!("{HOST}:{}", self.tls.port())
    }

    pub fn memory(&self) -> Memory {
        Memory::of(self.gateway.pid())
    }

    /// Waits until it has so many connections.
    pub fn wait_for(&self, connections: usize) {
        until(&format!("{connections} connections to be open"), || (self.connections() == connections).then_some(()));
    }

    pub fn connections(&self) -> usize {
        let page = self.gateway.admin("/metrics").text();
        let line = page.lines().find_map(|line| line.strip_prefix("sekisho_connections "));
        line.expect("the gauge is there").parse().expect("it is a number")
    }
}

/// A loopback address to connect from: another one each 200 times, so that neither ports nor the bound for one client run
/// out.
pub fn source() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed) / 200;
    let [_, b, c, d] = (n % 0x00fe_ffff + 2).to_be_bytes();
    SocketAddr::from(([127, b, c, d], 0))
}
