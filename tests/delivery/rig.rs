//! A courier at work, with everything it tells anybody.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sekisho::delivery::provider::kind::Given;
use sekisho::delivery::provider::twilio;
use sekisho::delivery::receipts::Report;
use sekisho::delivery::settings::{Provider, With};
use sekisho::delivery::{Courier, Providers, Settings, Settlement, Tally};
use sekisho::domain::contact::{Address, Channel, Contact, Mail, Phone, Region};
use sekisho::domain::id::ChallengeId;
use sekisho::domain::locale::Locale;
use sekisho::domain::secret::Secret;
use sekisho::gate::fall_back::Why;
use sekisho::gate::seams::{Fared, Outbox, Parcel, QueueFull};
use sekisho::net::Door;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::twilio::{ACCOUNT, SENDER, TOKEN, Twilio};
use crate::world::{HandWorld, lock};

pub type Outcome = Result<(), &'static str>;

/// What the gate was told: the message's number and how it fared.
#[derive(Default)]
pub struct Book(Mutex<Vec<(u8, Outcome)>>, Mutex<Vec<(u8, Why)>>);

impl Book {
    pub fn fared(&self) -> Vec<(u8, Outcome)> {
        lock(&self.0).clone()
    }
}

#[async_trait]
impl Settlement for Book {
    async fn settle(&self, id: &ChallengeId, send: u8, fared: Fared) {
        assert_eq!(id, &challenge());
        lock(&self.0).push((send, fared.outcome));
    }

    async fn fall_back(&self, id: &ChallengeId, send: u8, why: Why) {
        assert_eq!(id, &challenge());
        lock(&self.1).push((send, why));
    }

    async fn report(&self, _: &str, _: Report) {}
}

pub struct Rig {
    pub courier: Arc<Courier>,
    pub world: Arc<HandWorld>,
    pub stop: watch::Sender<bool>,
    pub run: JoinHandle<()>,
    book: Arc<Book>,
    tally: Arc<Mutex<Vec<(String, Outcome)>>>,
}

impl Rig {
    pub fn start(settings: Settings) -> Rig {
        Rig::start_with(settings, |_, _| {})
    }

    /// `extra` hears of every attempt too.
    pub fn start_with(settings: Settings, extra: impl Fn(&str, Outcome) + Send + Sync + 'static) -> Rig {
        let (world, book) = (Arc::new(HandWorld::default()), Arc::new(Book::default()));
        let tally = Arc::new(Mutex::new(Vec::new()));
        let written = tally.clone();
        let write: Tally = Arc::new(move |attempt| {
            lock(&written).push((attempt.provider.to_owned(), attempt.outcome));
            extra(attempt.provider, attempt.outcome);
        });
        let door = Door::new(None).expect("a door");
        let providers = Providers::new(&settings, &[7; 32]).expect("good settings");
        let (courier, service) = Courier::new(&settings, &providers, world.clone(), door, write);
        let (stop, stopped) = watch::channel(false);
        let run = tokio::spawn(service.run(book.clone(), stopped));
        Rig { courier, world, stop, run, book, tally }
    }

    pub fn post(&self, send: u8) -> Result<(), QueueFull> {
        self.courier.post(parcel(send))
    }

    /// As [`Rig::post`], each to a number of its own.
    pub fn post_to_another(&self, send: u8) -> Result<(), QueueFull> {
        let region = Region::parse("JP").expect("a region");
        let phone = Phone::parse(&format!("090-1234-{:04}", 6000 + u16::from(send)), region).expect("a number");
        let contact = Contact { channel: Channel::Sms, address: Address::Phone(phone) };
        self.courier.post(Parcel { contact, ..parcel(send) })
    }

    pub fn post_letter(&self, send: u8) -> Result<(), QueueFull> {
        let address = Address::Mail(Mail::parse("alice@clinic.example").expect("an address"));
        self.courier.post(Parcel { contact: Contact { channel: Channel::Email, address }, ..parcel(send) })
    }

    /// How messages fared, once `count` have.
    pub async fn settled(&self, count: usize) -> Vec<(u8, Outcome)> {
        super::eventually("messages are settled", || {
            let mut book = lock(&self.book.0).clone();
            book.sort();
            (book.len() >= count).then_some(book)
        })
        .await
    }

    /// Of which messages the next channel was asked for, once `count` were.
    pub async fn fell_back(&self, count: usize) -> Vec<(u8, Why)> {
        super::eventually("the next channel is asked for", || {
            let book = lock(&self.book.1).clone();
            (book.len() >= count).then_some(book)
        })
        .await
    }

    /// Posts one message and says how it fared.
    pub async fn outcome(&self) -> Outcome {
        self.post(1).expect("there is room");
        self.settled(1).await[0].1
    }

    pub fn tally(&self) -> Vec<(String, Outcome)> {
        lock(&self.tally).clone()
    }

    /// The tally, as one line.
    pub fn told(&self) -> String {
        let line = |(name, outcome): &(String, Outcome)| format!("{name}:{}", outcome.err().unwrap_or("sent"));
        self.tally().iter().map(line).collect::<Vec<_>>().join(" ")
    }
}

pub fn challenge() -> ChallengeId {
    ChallengeId::from_random([7; 16])
}

pub fn parcel(send: u8) -> Parcel {
    let region = Region::parse("JP").expect("a region");
    let phone = Phone::parse("090-1234-5678", region).expect("a number");
    Parcel {
        challenge: challenge(),
        send,
        contact: Contact { channel: Channel::Sms, address: Address::Phone(phone) },
        locale: Locale::Ja,
        scope: "records".to_owned(),
        route: None,
        code: Secret::new("482913".to_owned()),
        life: Duration::from_secs(300),
        notice: None,
    }
}

pub fn settings(sms: Vec<Provider>) -> Settings {
    Settings {
        providers: [(Channel::Sms, sms)].into(),
        by_success: Default::default(),
        queue: 64,
        workers: 4,
        deadline: Duration::from_secs(20),
        next_after: None,
        public_url: "https://records.example.jp".to_owned(),
        receipts: "/.sekisho/receipts/".to_owned(),
        site_host: Some("records.example.jp".to_owned()),
        brand: "中央病院".to_owned(),
        texts: sekisho::words::Texts::default(),
    }
}

pub fn twilio(base_url: &str) -> Provider {
    twilio_with(base_url, SENDER, TOKEN)
}

pub fn twilio_with(base_url: &str, from: &str, token: &str) -> Provider {
    let mut given = Given::default();
    let texts = [("account", ACCOUNT), ("from", from), ("base_url", base_url)];
    given.texts.extend(texts.map(|(key, value)| (key, value.to_owned())));
    given.secrets.insert("token", Secret::new(token.to_owned()));
    Provider::new("twilio", With::Kind(&twilio::KIND, given))
}

pub fn via(twilio_: &Twilio) -> Provider {
    twilio(&twilio_.base_url)
}

pub fn file(folder: &tempfile::TempDir) -> Provider {
    Provider::new("file", With::File { path: folder.path().join("outbox.jsonl") })
}

/// The lines that the file provider wrote.
pub fn lines(folder: &tempfile::TempDir) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.path().join("outbox.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
