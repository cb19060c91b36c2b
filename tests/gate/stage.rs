//! A gate with everything around it under the test's hand: time, people, the phone, the audit.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sekisho::domain::bill::Limit;
use sekisho::domain::challenge::ChallengeRules;
use sekisho::domain::code::{Alphabet, CodeShape};
use sekisho::domain::contact::{Phone, Region};
use sekisho::domain::event::{Access, Event, What};
use sekisho::domain::id::{RequestId, UserId};
use sekisho::domain::locale::Locale;
use sekisho::domain::path::RequestPath;
use sekisho::domain::path::allow::Allowances;
use sekisho::domain::pattern::PathPattern;
use sekisho::domain::quota::Quota;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::route::{Facts, Need, Route, RouteTable};
use sekisho::domain::scope::Scope;
use sekisho::domain::secret::Secret;
use sekisho::domain::time::Wall;
use sekisho::domain::user::User;
use sekisho::gate::admit::Admission;
use sekisho::gate::keys::KeyRing;
use sekisho::gate::seams::{
    AuditError, Claim, CodeMaker, Endpoint, IdentityError, IdentitySource, Outbox, Parcel, QueueFull, Store, Turnstile,
    Witness, World,
};
use sekisho::gate::sending::Limits;
use sekisho::gate::{Begun, Caller, Gate, Seams, Sending, Settings, Wish};
use sekisho::store::Embedded;

pub struct HandWorld {
    wall: AtomicI64,
}

#[async_trait]
impl World for HandWorld {
    fn wall(&self) -> Wall {
        Wall(self.wall.load(Ordering::SeqCst))
    }
    fn mono(&self) -> Duration {
        Duration::from_millis(self.wall.load(Ordering::SeqCst) as u64)
    }
    async fn sleep_until(&self, _: Duration) {}
    fn fill(&self, bytes: &mut [u8]) {
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, bytes).expect("random bytes");
    }
}

#[derive(Default)]
pub struct People(pub Mutex<Vec<(User, String)>>, pub std::sync::atomic::AtomicBool);

#[async_trait]
impl IdentitySource for People {
    async fn find(&self, claim: &Claim) -> Result<Option<User>, IdentityError> {
        let people = self.0.lock().expect("lock");
        let right = |(user, password): &&(User, String)| {
            let proven = !self.asks_password() || claim.password.as_ref().map(|p| p.expose()) == Some(password);
            user.login == claim.login && !user.disabled && proven
        };
        Ok(people.iter().find(right).map(|p| p.0.clone()))
    }
    async fn fetch(&self, id: &UserId) -> Result<Option<User>, IdentityError> {
        Ok(self.0.lock().expect("lock").iter().find(|p| p.0.id == *id && !p.0.disabled).map(|p| p.0.clone()))
    }
    async fn known_as(&self, login: &str) -> Result<Option<User>, IdentityError> {
        Ok(self.0.lock().expect("lock").iter().find(|p| p.0.login == login && !p.0.disabled).map(|p| p.0.clone()))
    }
    fn asks_password(&self) -> bool {
        !self.1.load(Ordering::SeqCst)
    }
    async fn probe(&self) -> Result<(), IdentityError> {
        Ok(())
    }
}

#[derive(Default)]
pub struct Phones {
    pub got: Mutex<Vec<Parcel>>,
    pub full: Mutex<bool>,
}

impl Outbox for Phones {
    fn post(&self, parcel: Parcel) -> Result<(), QueueFull> {
        if *self.full.lock().expect("lock") {
            return Err(QueueFull);
        }
        self.got.lock().expect("lock").push(parcel);
        Ok(())
    }
}

#[derive(Default)]
pub struct Auditor {
    pub events: Mutex<Vec<Event>>,
    pub broken: Mutex<bool>,
}

#[async_trait]
impl Witness for Auditor {
    async fn decide(&self, event: Event) -> Result<(), AuditError> {
        if *self.broken.lock().expect("lock") {
            return Err(AuditError("the disk is full".to_owned()));
        }
        self.events.lock().expect("lock").push(event);
        Ok(())
    }
    fn access(&self, _: &Access<'_>) -> bool {
        true
    }
    fn is_open(&self) -> bool {
        !*self.broken.lock().expect("lock")
    }
}

pub struct NoTurnstile;

impl Turnstile for NoTurnstile {
    fn pass(&self, _: Endpoint<'_>, _: std::net::IpAddr) -> Result<(), Duration> {
        Ok(())
    }
}

pub struct Stage {
    pub gate: Arc<Gate>,
    /// A second node on the same store.
    pub other: Arc<Gate>,
    pub world: Arc<HandWorld>,
    pub people: Arc<People>,
    pub phones: Arc<Phones>,
    pub auditor: Arc<Auditor>,
    /// What both nodes began with.
    pub keys: KeyRing,
    pub folder: Option<tempfile::TempDir>,
}

fn scope(name: &str, groups: &[&str]) -> Arc<Scope> {
    let groups = groups.iter().map(|g| (*g).to_owned()).collect();
    Arc::new(Scope { groups, ..Scope::named(name, Duration::from_secs(3600)) })
}

fn idle(name: &str, secs: u64) -> Arc<Scope> {
    Arc::new(Scope { idle: Some(Duration::from_secs(secs)), ..Scope::clone(&scope(name, &[])) })
}

fn route(path: &str, need: Need) -> Arc<Route> {
    Arc::new(Route {
        name: path.into(),
        hosts: Vec::new(),
        path: PathPattern::parse(path).expect("pattern"),
        methods: Vec::new(),
        from: Vec::new(),
        need,
        upstream: Some("app".into()),
        object: None,
        end_on: Vec::new(),
        form: None,
        bounds: Default::default(),
        allow: Allowances::default(),
    })
}

pub fn settings() -> Settings {
    let all = [scope("records", &[]), scope("billing", &["clerks"]), idle("ward", 600), idle("archive", 1800)];
    let scopes: BTreeMap<String, Arc<Scope>> = all.into_iter().map(|s| (s.name.to_string(), s)).collect();
    let otp = |name: &str| Need::Otp(scopes[name].clone());
    Settings {
        public_url: "https://records.example.jp".to_owned(),
        hosts: vec!["records.example.jp".to_owned()],
        prefix: "/.sekisho/".to_owned(),
        routes: RouteTable::new(vec![
            route("/public/**", Need::Open),
            route("/never/**", Need::Deny),
            route("/records/**", otp("records")),
            route("/billing/**", otp("billing")),
            route("/ward/**", otp("ward")),
            route("/archive/**", otp("archive")),
        ]),
        scopes,
        challenge: ChallengeRules {
            shape: CodeShape { alphabet: Alphabet::Numeric, length: 6 },
            life: Duration::from_secs(300),
            tries: 5,
            sends: 3,
            resend_after: Duration::from_secs(30),
            next_after: None,
        },
        answer_delay: Duration::ZERO,
        named_groups: vec!["clerks".to_owned()],
        outage_grace: Duration::ZERO,
        failures: Quota { limit: 200, per: Duration::from_secs(3600) },
        sending: sending(),
    }
}

/// SMS to Japan, limited by number, in all and by a daily budget.
fn sending() -> Sending {
    let limit = |limit, secs| Limit { quotas: vec![Quota { limit, per: Duration::from_secs(secs) }], report: false };
    Sending {
        limits: Limits { number: limit(6, 600), all: limit(1000, 3600), ..Limits::default() },
        daily_budget: Some(30_000_000),
        currency: Some("USD".to_owned()),
        ..Sending::to(vec![Region::parse("JP").expect("region")]).priced(100_000)
    }
}

pub fn user(n: u8, login: &str, phone: Option<&str>, groups: &[&str]) -> User {
    let region = Region::parse("JP").expect("region");
    User {
        id: UserId::from_random([n; 16]),
        login: login.to_owned(),
        name: None,
        phone: phone.map(|p| Phone::parse(p, region).expect("phone")),
        email: None,
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        locale: Some(Locale::Ja),
        channels: Vec::new(),
        disabled: false,
    }
}

impl Stage {
    pub async fn set() -> Stage {
        Stage::with(settings(), |gate| gate).await
    }

    /// `last` has a word on each node before it is one.
    pub async fn with(settings: Settings, last: impl Fn(Gate) -> Gate) -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        let node = || -> Arc<dyn Store> { Arc::new(Embedded::open(&folder.path().join("state.db")).expect("store")) };
        let stores = [node(), node()];
        Stage { folder: Some(folder), ..Stage::built(stores, settings, last).await }
    }

    /// Two nodes, each with its own hold on what is one store.
    #[allow(dead_code, reason = "other suites bring their own stores")]
    pub async fn on(stores: [Arc<dyn Store>; 2], settings: Settings) -> Stage {
        Stage::built(stores, settings, |gate| gate).await
    }

    /// The same, where codes are made by somebody else.
    #[allow(dead_code, reason = "other suites make their own codes")]
    pub async fn with_makers(stores: [Arc<dyn Store>; 2], settings: Settings, makers: impl CodeMaker + Clone) -> Stage {
        Stage::built(stores, settings, |gate| gate.with_makers(makers.clone())).await
    }

    async fn built(stores: [Arc<dyn Store>; 2], settings: Settings, last: impl Fn(Gate) -> Gate) -> Stage {
        let world = Arc::new(HandWorld { wall: AtomicI64::new(1_800_000_000_000) });
        let people = Arc::new(People::default());
        people.0.lock().expect("lock").extend([
            (user(1, "alice", Some("090-1234-5678"), &["clerks"]), "pw".to_owned()),
            (user(2, "bob", Some("080-8765-4321"), &[]), "pw".to_owned()),
            (user(3, "carol", None, &[]), "pw".to_owned()),
            (user(4, "dan", Some("+1 212 555 0123"), &[]), "pw".to_owned()),
        ]);
        let (phones, auditor) = (Arc::new(Phones::default()), Arc::new(Auditor::default()));
        let keys = KeyRing::generate(world.as_ref());
        let node = |store| {
            let seams = Seams {
                world: world.clone(),
                store,
                identity: people.clone(),
                outbox: phones.clone(),
                witness: auditor.clone(),
                turnstile: Arc::new(NoTurnstile),
            };
            Arc::new(last(Gate::new(settings.clone(), seams, &keys)))
        };
        let [gate, other] = stores.map(node);
        gate.pulse().await.expect("pulse");
        other.pulse().await.expect("pulse");
        Stage { gate, other, world, people, phones, auditor, keys, folder: None }
    }

    pub fn later(&self, secs: i64) {
        self.world.wall.fetch_add(secs * 1000, Ordering::SeqCst);
    }

    pub fn caller(&self) -> Caller {
        Caller {
            client: "198.51.100.7".parse().expect("address"),
            request: RequestId::from_random([0; 16]),
            browser: Some(Secret::new("this browser".to_owned())),
            device: None,
            token: None,
            locale: Locale::En,
            arrived: Duration::ZERO,
            evidence: std::sync::Arc::default(),
        }
    }

    pub async fn begin(&self, caller: &Caller, login: &str, password: &str) -> Result<Begun, Refusal> {
        self.gate.begin(caller, wish(Some(login), password, "records")).await
    }

    /// What the store lies in.
    pub fn file(&self) -> std::path::PathBuf {
        self.folder.as_ref().expect("it is the embedded one").path().join("state.db")
    }

    /// The code on the phone, in the latest message.
    pub fn code(&self) -> String {
        self.phones.got.lock().expect("lock").last().expect("a message").code.expose().clone()
    }

    /// A pass by a code: for whoever is named, else for the holder of the caller's pass.
    pub async fn earn(&self, caller: &Caller, login: Option<&str>, scope: &str) -> Secret<String> {
        let begun = self.gate.begin(caller, wish(login, "pw", scope)).await.expect("begins");
        self.gate.verify(caller, &begun.view.id, &self.code()).await.expect("opens").token
    }

    /// Time passes, and both nodes hear of the store.
    pub async fn wait(&self, secs: i64) {
        self.later(secs);
        self.gate.pulse().await.expect("pulse");
        self.other.pulse().await.expect("pulse");
    }

    /// A code of the right shape that is not the right one.
    pub fn wrong_code(&self) -> String {
        let first = if self.code().starts_with('0') { '1' } else { '0' };
        format!("{first}{}", &self.code()[1..])
    }

    /// Whoever was told of, in the words of the audit.
    pub fn details(&self, what: What) -> Vec<String> {
        let events = self.auditor.events.lock().expect("lock");
        events.iter().filter(|e| e.event == what).filter_map(|e| e.detail.clone()).collect()
    }

    /// More people with a mobile number in Japan, whose password is `pw`: as many as there is room for in a row.
    pub fn hire(&self, logins: impl IntoIterator<Item = String>) {
        let mut people = self.people.0.lock().expect("lock");
        for login in logins {
            let n = people.len();
            let mut one =
                user(0, &login, Some(&format!("080-{:04}-{:04}", 1000 + n / 10_000, n % 10_000)), &["clerks"]);
            one.id = UserId::from_random(std::array::from_fn(|at| n.to_be_bytes()[7 - at % 8]));
            people.push((one, "pw".to_owned()));
        }
    }

    pub fn messages(&self) -> usize {
        self.phones.got.lock().expect("lock").len()
    }

    pub fn heard(&self, what: What) -> usize {
        self.auditor.events.lock().expect("lock").iter().filter(|e| e.event == what).count()
    }

    /// What a request with this pass meets.
    pub fn meets(&self, gate: &Gate, path: &str, token: Option<&str>) -> String {
        let path = RequestPath::read(path.as_bytes()).expect("path");
        let client = "198.51.100.7".parse().expect("address");
        match gate.admit(&Facts { method: "GET", host: "records.example.jp", path: &path, client }, token) {
            Admission::Forward(permit) => match permit.holder() {
                Some(holder) => format!("forward as {}", holder.identity.login),
                None => "forward".to_owned(),
            },
            Admission::Form(_) => "form".to_owned(),
            Admission::Refuse(refusal) => format!("{refusal:?}"),
            Admission::Challenge(scope) => format!("challenge {}", scope.name),
            Admission::Desk => "desk".to_owned(),
        }
    }
}

pub fn wish(login: Option<&str>, password: &str, scope: &str) -> Wish {
    Wish {
        username: login.map(str::to_owned),
        password: Some(Secret::new(password.to_owned())),
        channel: None,
        scope: scope.to_owned(),
        return_to: "/records/4711?tab=1".to_owned(),
        introduced: None,
    }
}
