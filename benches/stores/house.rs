//! A gate on a real store, with the real audit and the real limits by address, before many people.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sekisho::app::world::SystemWorld;
use sekisho::domain::bill::Limit;
use sekisho::domain::challenge::ChallengeRules;
use sekisho::domain::code::{Alphabet, CodeShape};
use sekisho::domain::contact::Region;
use sekisho::domain::id::ChallengeId;
use sekisho::domain::locale::Locale;
use sekisho::domain::quota::Quota;
use sekisho::domain::route::RouteTable;
use sekisho::domain::scope::Scope;
use sekisho::domain::secret::Secret;
use sekisho::gate::keys::KeyRing;
use sekisho::gate::seams::{Outbox, Parcel, QueueFull, Store, World};
use sekisho::gate::sending;
use sekisho::gate::{Caller, Gate, Seams, Sending, Settings, Wish};
use sekisho::net::Door;
use sekisho::store::settings::{Limits as Turns, Rates};
use sekisho::store::{Embedded, LocalTurnstile, Redis};
use sekisho::telemetry::alerts::{Alerts, Settings as AlertSettings};
use sekisho::telemetry::audit::keys::Signer;
use sekisho::telemetry::settings::Keeping;
use sekisho::telemetry::{Audit, Metrics, Telemetry};

use super::Plan;
use super::people;
use super::redis::Server;

pub struct House {
    pub gate: Arc<Gate>,
    pub world: Arc<dyn World>,
    pub phones: Arc<Phones>,
    pub redis: Option<Server>,
}

/// Keeps codes, where somebody wants them.
#[derive(Default)]
pub struct Phones(pub Mutex<Option<HashMap<ChallengeId, String>>>);

impl Outbox for Phones {
    fn post(&self, parcel: Parcel) -> Result<(), QueueFull> {
        if let Some(got) = self.0.lock().expect("nobody panics").as_mut() {
            got.insert(parcel.challenge, parcel.code.expose().clone());
        }
        Ok(())
    }
}

impl House {
    pub async fn build(plan: &Plan, folder: &Path, count: usize) -> House {
        let world: Arc<dyn World> = Arc::new(SystemWorld::default());
        // The core beside the gateway's.
        let redis = plan.redis.then(|| Server::start(folder, plan.core.map(|core| core ^ 1)));
        let store: Arc<dyn Store> = match &redis {
            Some(server) => Arc::new(Redis::open(&server.settings(), world.clone()).expect("opens")),
            None => Arc::new(Embedded::open(&folder.join("sekisho.db")).expect("opens")),
        };
        let identity = match plan.directory {
            true => people::in_file(&folder.join("users.db"), count),
            false => people::in_memory(count),
        };
        let keys = KeyRing::generate(world.as_ref());
        let audit = Audit::open(folder.join("audit.jsonl"), Keeping::default(), Signer::new(&keys), world.clone())
            .expect("opens");
        let phones = Arc::new(Phones::default());
        let endless = Quota { limit: u64::from(u32::MAX), per: Duration::from_secs(60) };
        let usual = Rates { begin: endless, verify: endless, page: endless, receipts: endless };
        let metrics = Arc::new(Metrics::new());
        let nobody = AlertSettings { site: String::new(), alerts: Vec::new(), send_failures: endless };
        let door = Door::new(None).expect("a door");
        let (alerts, _) = Alerts::new(nobody, world.clone(), metrics.clone(), door);
        let seams = Seams {
            world: world.clone(),
            store,
            identity,
            outbox: phones.clone(),
            witness: Arc::new(Telemetry { audit, metrics, alerts }),
            turnstile: Arc::new(LocalTurnstile::new(&Turns { usual, networks: Vec::new() })),
        };
        let gate = Arc::new(Gate::new(settings(), seams, &keys));
        gate.pulse().await.expect("the store answers");
        House { gate, world, phones, redis }
    }

    /// A browser that was never here.
    pub fn caller(&self, n: usize) -> Caller {
        let [_, a, b, c] = u32::try_from(n).unwrap_or_default().to_be_bytes();
        Caller {
            client: IpAddr::V4(Ipv4Addr::new(10, a, b, c)),
            request: self.gate.fresh_request_id(),
            browser: Some(Secret::new(format!("the browser of person number {n:011}, drawn"))),
            device: None,
            token: None,
            locale: Locale::Ja,
            arrived: Duration::ZERO,
            evidence: std::sync::Arc::default(),
        }
    }
}

pub fn wish(n: usize) -> Wish {
    Wish {
        username: Some(format!("user{n:07}")),
        password: Some(Secret::new("correct horse battery".to_owned())),
        channel: None,
        scope: "records".to_owned(),
        return_to: "/records/4711?tab=1".to_owned(),
        introduced: None,
    }
}

/// As configured by default, but for what would stop a crowd: messages and money in all.
fn settings() -> Settings {
    let hours = |n: u64| Duration::from_secs(n * 3600);
    let limit = |quotas| Limit { quotas, report: false };
    let scope = Arc::new(Scope { groups: vec!["clerks".to_owned()], ..Scope::named("records", hours(8)) });
    Settings {
        public_url: "https://records.example.jp".to_owned(),
        hosts: vec!["records.example.jp".to_owned()],
        prefix: "/.sekisho/".to_owned(),
        routes: RouteTable::new(Vec::new()),
        scopes: BTreeMap::from([("records".to_owned(), scope)]),
        challenge: ChallengeRules {
            shape: CodeShape { alphabet: Alphabet::Numeric, length: 6 },
            life: Duration::from_secs(300),
            tries: 5,
            sends: 4,
            resend_after: Duration::from_secs(30),
            next_after: None,
        },
        answer_delay: Duration::ZERO,
        named_groups: vec!["clerks".to_owned()],
        outage_grace: Duration::ZERO,
        failures: Quota { limit: 200, per: hours(1) },
        sending: Sending {
            limits: sending::Limits {
                number: limit(vec![
                    Quota { limit: 4, per: Duration::from_secs(600) },
                    Quota { limit: 12, per: hours(24) },
                ]),
                all: limit(vec![Quota { limit: 1 << 40, per: hours(1) }]),
                ..sending::Limits::default()
            },
            daily_budget: Some(1 << 50),
            ..Sending::to(vec![Region::parse("JP").expect("a country")]).priced(100_000)
        },
    }
}
