//! A whole gateway as `sekisho run` builds it, but for its listeners, with a pass to show to it.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pingora::proxy::Session;
use sekisho::app::Parts;
use sekisho::config::{self, Config};
use sekisho::domain::id::{RequestId, UserId};
use sekisho::domain::locale::Locale;
use sekisho::domain::path::RequestPath;
use sekisho::domain::route::Facts;
use sekisho::domain::secret::Secret;
use sekisho::domain::user::User;
use sekisho::gate::Caller;
use sekisho::gate::admit::Admission;
use sekisho::gate::seams::{Revocation, Revoked};
use sekisho::pages::Desk;
use sekisho::proxy::Gateway;
use sekisho::proxy::settings::Listener;
use sekisho::proxy::upstream::Upstreams;

use super::routes;
use super::wire::Wire;

pub const HOST: &str = "records.example.jp";
pub const TARGET: &str = "/patients/4711/studies?page=2";
/// More lines than this do not wait for the audit's disk when a row begins.
const CALM: usize = 4096;

/// `{data}` is the folder of the state.
const CONFIGURATION: &str = r#"
public_url = "https://records.example.jp"
data = "{data}"
workers = 1
[listen]
address = "127.0.0.1:9290"
[admin]
address = "127.0.0.1:9291"
[store]
outage_grace = "1h" # nothing beats here
[users]
phone_region = "JP"
password = true
[sms]
countries = ["JP"]
[[sms.provider]]
kind = "console"
[scope.records]
max_age = "8h"
[upstream.application]
url = "http://127.0.0.1:9100"
[[route]]
path = "/**"
require = "otp"
scope = "records"
upstream = "application"
"#;

/// Lives as long as the process.
pub struct House {
    pub config: Config,
    pub parts: Parts,
    pub gateway: Gateway,
    pub passes: Passes,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

/// Tokens that requests come with.
pub struct Passes {
    pub valid: String,
    pub forged: String,
    pub expired: String,
    pub revoked: String,
}

/// What comes of work that never waits.
pub fn now<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits for something"),
    }
}

impl House {
    /// The house with one route.
    pub fn small() -> &'static House {
        static SMALL: OnceLock<House> = OnceLock::new();
        SMALL.get_or_init(|| House::build(1))
    }

    /// With 100 routes, the last of which decides.
    pub fn middling() -> &'static House {
        static MIDDLING: OnceLock<House> = OnceLock::new();
        MIDDLING.get_or_init(|| House::build(100))
    }

    /// With 10,000.
    pub fn large() -> &'static House {
        static LARGE: OnceLock<House> = OnceLock::new();
        LARGE.get_or_init(|| House::build(10_000))
    }

    fn build(count: usize) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let text = CONFIGURATION.replace("{data}", &folder.path().display().to_string());
        let loaded = config::from_text("bench.toml", &text);
        let mut config = loaded.config.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
        let records = config.gate.scopes["records"].clone();
        config.gate.routes = routes::apps(count, &records);
        // Callgrind is slow enough to outlast the heartbeat.
        config.gate.outage_grace = Duration::from_secs(3600);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let parts = Parts::build(&config).expect("builds");
        runtime.block_on(parts.gate.pulse()).expect("the store answers");
        let passes = runtime.block_on(passes(&parts));
        let desk = Desk::new(parts.gate.clone(), config.pages.clone(), parts.receipts.clone(), parts.metrics.clone());
        let upstreams = Upstreams::new(&config.proxy.upstreams, || Duration::ZERO).expect("an upstream");
        let gateway = Gateway {
            gate: parts.gate.clone(),
            desk: Arc::new(desk),
            metrics: parts.metrics.clone(),
            settings: config.proxy.clone(),
            hsts: config.proxy.listeners.iter().map(Listener::hsts_value).collect(),
            tls: config.proxy.listeners.iter().map(|_| None).collect(),
            upstreams: Arc::new(upstreams),
            secure: config.pages.secure,
            intake: Default::default(),
        };
        House { config, parts, gateway, passes, runtime, _folder: folder }
    }

    /// Waits until the audit's disk has caught up: no request is ever measured that a full queue refused.
    pub fn calm(&self) {
        let (clock, begun) = (&self.parts.world, self.parts.world.mono());
        while self.parts.telemetry.audit.waiting() > CALM || !self.parts.gate.can_guard() {
            assert!(clock.mono() < begun + Duration::from_secs(60), "the audit cannot be written");
            std::thread::yield_now();
        }
    }

    /// A request as Pingora hands it over once its header is read.
    pub fn session(&self, head: &str) -> Session {
        let mut session = Session::new_h1(Box::new(Wire::new(head.as_bytes().to_vec())));
        let read = self.runtime.block_on(session.as_mut().read_request());
        assert!(read.expect("a request"), "there is a request");
        session
    }

    /// Somebody who shows this pass, if any.
    pub fn caller(&self, token: Option<&str>) -> Caller {
        caller(token)
    }
}

fn caller(token: Option<&str>) -> Caller {
    Caller {
        client: [192, 0, 2, 7].into(),
        request: RequestId::from_random([3; 16]),
        browser: Some(Secret::new("b".repeat(43))),
        device: None,
        token: token.map(|token| Secret::new(token.to_owned())),
        locale: Locale::Ja,
        arrived: Duration::ZERO,
        evidence: std::sync::Arc::default(),
    }
}

async fn passes(parts: &Parts) -> Passes {
    let user = User {
        id: UserId::from_random([9; 16]),
        login: "alice".to_owned(),
        name: Some("山田 アリス".to_owned()),
        phone: None,
        email: Some("alice@example.jp".to_owned()),
        groups: Vec::new(),
        locale: Some(Locale::Ja),
        channels: Vec::new(),
        disabled: false,
    };
    let gate = &parts.gate;
    let issue = async |life| {
        let issued = gate.issue(&user, "records", life, "bench", "measuring").await;
        issued.expect("a pass").expose().clone()
    };
    let hour = Duration::from_secs(3600);
    let (valid, revoked) = (issue(hour).await, issue(hour).await);
    let holder = gate.who(&caller(Some(&revoked))).expect("it is genuine");
    let revocation = Revocation { what: Revoked::Pass(holder.pass.clone()), at: gate.now(), forget: gate.outlived() };
    gate.revoke(revocation).await.expect("it is ended");
    // One letter in the middle of the signature.
    let at = valid.len() - 20;
    let other = if valid.as_bytes()[at] == b'A' { "B" } else { "A" };
    let forged = format!("{}{other}{}", &valid[..at], &valid[at + 1..]);
    Passes { valid, forged, expired: issue(Duration::ZERO).await, revoked }
}

/// What the gate says to a request for [`TARGET`] with this pass.
pub fn admit(house: &House, path: &RequestPath, token: Option<&str>) -> Admission {
    let facts = Facts { method: "GET", host: HOST, path, client: [192, 0, 2, 7].into() };
    house.parts.gate.admit(&facts, token)
}

/// The head of what a browser sends: 12 fields.
pub fn head(token: &str) -> String {
    format!(
        "GET {TARGET} HTTP/1.1\r\n\
         Host: {HOST}\r\n\
         Connection: keep-alive\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Language: ja,en-US;q=0.7,en;q=0.3\r\n\
         Accept-Encoding: gzip, deflate, br, zstd\r\n\
         Referer: https://{HOST}/patients/4711\r\n\
         Sec-Fetch-Dest: document\r\n\
         Sec-Fetch-Mode: navigate\r\n\
         Sec-Fetch-Site: same-origin\r\n\
         Priority: u=0, i\r\n\
         Cookie: JSESSIONID=0A1B2C3D4E5F60718293A4B5C6D7E8F9; __Host-sekisho={token}; lang=ja\r\n\
         \r\n"
    )
}
