//! One provider of one channel behind a real courier, and the receipts that it may send.

#![allow(dead_code, reason = "every vendor uses its own part")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use sekisho::delivery::postmark::Site;
use sekisho::delivery::provider::kind::{Given, Heard, Kind, Need};
use sekisho::delivery::settings::{Provider, With};
use sekisho::delivery::{Courier, Message, Providers, Receipts, Settings, Settlement, Tally};
use sekisho::domain::contact::{Address, Channel, Contact, Mail, Phone, Region};
use sekisho::domain::id::ChallengeId;
use sekisho::domain::locale::Locale;
use sekisho::domain::secret::Secret;
use sekisho::domain::time::Wall;
use sekisho::gate::seams::{Outbox, Parcel, World};
use sekisho::net::Door;
use tokio::sync::watch;

use crate::sim::{Asked, Reply, Sim, Turn};
use crate::world::{HandWorld, lock};

pub type Outcome = Result<(), &'static str>;

/// What marks the addresses of receipts.
const MARKING: [u8; 32] = [7; 32];
const PUBLIC_URL: &str = "https://records.example.jp";

#[derive(Default)]
struct Book(Mutex<Vec<(u8, Outcome)>>);

#[async_trait]
impl Settlement for Book {
    async fn settle(&self, _: &ChallengeId, send: u8, fared: sekisho::gate::seams::Fared) {
        lock(&self.0).push((send, fared.outcome));
    }

    async fn report(&self, _: &str, _: sekisho::delivery::receipts::Report) {}
}

pub struct Rig {
    pub world: Arc<HandWorld>,
    pub receipts: Receipts,
    pub providers: Providers,
    channel: Channel,
    courier: Arc<Courier>,
    book: Arc<Book>,
    told: Arc<Mutex<Vec<String>>>,
    _stop: watch::Sender<bool>,
}

impl Rig {
    /// A courier whose only provider is this one.
    pub fn start(channel: Channel, provider: Provider) -> Rig {
        Rig::with(channel, vec![provider], Duration::from_secs(20))
    }

    /// `deadline` is real time: what hangs is waited for.
    pub fn with(channel: Channel, providers: Vec<Provider>, deadline: Duration) -> Rig {
        let (world, book) = (Arc::new(HandWorld::default()), Arc::new(Book::default()));
        let told = Arc::<Mutex<Vec<String>>>::default();
        let written = told.clone();
        let tally: Tally = Arc::new(move |attempt| {
            lock(&written).push(format!("{}:{}", attempt.provider, attempt.outcome.err().unwrap_or("sent")));
        });
        let settings = settings(channel, providers, deadline);
        let providers = Providers::new(&settings, &MARKING).expect("good settings");
        let door = Door::new(None).expect("a door");
        let (courier, service) = Courier::new(&settings, &providers, world.clone(), door, tally);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(service.run(book.clone(), stopped));
        let receipts = Receipts::new(&providers);
        Rig { world, receipts, providers, channel, courier, book, told, _stop: stop }
    }

    /// Posts one message and says how it fared; whoever is waited for is waited for on the clock of the test.
    pub async fn outcome(&self) -> Outcome {
        self.outcome_to(address(self.channel)).await
    }

    pub async fn outcome_to(&self, address: Address) -> Outcome {
        let before = lock(&self.book.0).len();
        let contact = Contact { channel: self.channel, address };
        let parcel = Parcel {
            challenge: challenge(),
            send: 1,
            contact,
            locale: Locale::Ja,
            scope: "records".to_owned(),
            route: None,
            code: Secret::new("482913".to_owned()),
            life: Duration::from_secs(300),
            notice: None,
        };
        self.courier.post(parcel).expect("there is room");
        loop {
            let settled = crate::eventually("the message is settled", || lock(&self.book.0).get(before).copied());
            tokio::select! {
                biased;
                (_, outcome) = settled => return outcome,
                at = self.world.next_waking() => self.world.advance_to(at),
            }
            // Whoever was woken has to run, or they would be found asleep for ever.
            tokio::task::yield_now().await;
        }
    }

    /// All attempts so far, as one line.
    pub fn told(&self) -> String {
        lock(&self.told).join(" ")
    }

    /// What comes of a request to the receipts' address of this provider.
    pub fn hear(&self, name: &str, request: &Request<Bytes>) -> Option<Heard> {
        self.receipts.read(name, request, IpAddr::V4(Ipv4Addr::LOCALHOST), self.world.wall())
    }

    pub fn now(&self) -> Wall {
        self.world.wall()
    }
}

/// Holds what each answer of a vendor comes to: a message is sent to a fresh one that gives this answer first. In the end, what
/// it says to other credentials, and to an answer that broke off.
pub async fn each_answer_has_its_name(
    judge: fn(&Asked) -> Result<Reply, Reply>,
    rig: fn(&Sim, &str) -> Rig,
    key: &str,
    answers: impl IntoIterator<Item = (Reply, &str)>,
) {
    for (reply, told) in answers {
        let sim = Sim::start(judge).await;
        sim.say(reply);
        let rig = rig(&sim, key);
        let _ = rig.outcome().await;
        assert_eq!(rig.told(), told);
    }
    let sim = Sim::start(judge).await;
    assert_eq!(rig(&sim, "another").outcome().await, Err("config"));
    sim.turns([Turn::DieHalfway]);
    let asked = sim.asked().len();
    assert_eq!(rig(&sim, key).outcome().await, Err("ambiguous"));
    assert_eq!(sim.asked().len(), asked + 1, "what may have been taken is not asked for again");
}

fn settings(channel: Channel, providers: Vec<Provider>, deadline: Duration) -> Settings {
    Settings {
        providers: [(channel, providers)].into(),
        queue: 64,
        workers: 4,
        deadline,
        public_url: PUBLIC_URL.to_owned(),
        receipts: "/.sekisho/receipts/".to_owned(),
        site_host: Some("records.example.jp".to_owned()),
        brand: "中央病院".to_owned(),
        by_success: Default::default(),
        next_after: None,
        texts: sekisho::words::Texts::default(),
    }
}

/// A provider called as its kind is. Keys that are not given have their defaults; those named in `secrets` are secrets.
pub fn provider(kind: &'static Kind, keys: &[(&str, &str)], secrets: &[(&str, &str)]) -> Provider {
    let known = |name: &str| kind.keys.iter().find(|key| key.name == name).unwrap_or_else(|| panic!("no key {name}"));
    let mut given = Given::default();
    for key in kind.keys {
        if let Need::Default(default) = key.need {
            given.texts.insert(key.name, default.to_owned());
        }
    }
    given.texts.extend(keys.iter().map(|(name, value)| (known(name).name, (*value).to_owned())));
    given.secrets.extend(secrets.iter().map(|(name, value)| (known(name).name, Secret::new((*value).to_owned()))));
    Provider::new(kind.name, With::Kind(kind, given))
}

pub fn challenge() -> ChallengeId {
    ChallengeId::from_random([7; 16])
}

/// The first message of the challenge, as far as its marks hang on it.
fn message(channel: Channel) -> Message {
    Message {
        challenge: challenge(),
        send: 1,
        contact: Contact { channel, address: address(channel) },
        locale: Locale::Ja,
        text: Secret::new(String::new()),
        subject: None,
        prompt: None,
        code: Secret::new("482913".to_owned()),
        life: Duration::from_secs(300),
    }
}

fn site(channel: Channel, name: &str) -> Site {
    Site::new(channel, name, PUBLIC_URL, Some(format!("{PUBLIC_URL}/.sekisho/receipts/")), &MARKING)
}

/// The tag that a provider of this name is given for the message.
pub fn tag(channel: Channel, name: &str) -> String {
    site(channel, name).tag(&message(channel))
}

/// The address where it is told to report.
pub fn report_to(channel: Channel, name: &str) -> String {
    site(channel, name).address(&message(channel)).expect("we are met by https")
}

/// A Japanese mobile, or an e-mail address.
pub fn address(channel: Channel) -> Address {
    match channel {
        Channel::Email => Address::Mail(Mail::parse("alice@clinic.example").expect("an address")),
        _ => phone("090-1234-5678", "JP"),
    }
}

pub fn phone(number: &str, region: &str) -> Address {
    let region = Region::parse(region).expect("a region");
    Address::Phone(Phone::parse(number, region).expect("a number"))
}
