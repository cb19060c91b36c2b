//! One provider at work in this process, with everything it reports.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sekisho::app::world::SystemWorld;
use sekisho::delivery::outcome::{Accepted, Class, Failure};
use sekisho::delivery::postmark::Site;
use sekisho::delivery::provider::kind::{Given, KINDS, Need, Reported, Standing};
use sekisho::delivery::receipts::Report;
use sekisho::delivery::settings::{self, With};
use sekisho::delivery::{Message, Provider};
use sekisho::domain::contact::{Address, Channel, Contact, Mail, Phone, Region};
use sekisho::domain::id::ChallengeId;
use sekisho::domain::locale::Locale;
use sekisho::domain::secret::Secret;
use sekisho::gate::seams::World;
use sekisho::net::Door;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::wait::PATIENCE;

/// How long a message may take, where a test is not about time.
pub const LONG: Duration = Duration::from_secs(20);

pub struct Rig {
    provider: Arc<Provider>,
    world: Arc<SystemWorld>,
    reports: Arc<Mutex<Vec<Report>>>,
    stop: watch::Sender<bool>,
    run: JoinHandle<()>,
}

impl Rig {
    /// A provider of this kind, kept going. Values that a kind takes as secrets are given like others.
    pub fn start(kind: &str, channel: Channel, values: &[(&'static str, &str)]) -> Rig {
        let kind = KINDS.iter().find(|known| known.name == kind).expect("a kind of that name");
        let mut given = Given::default();
        for key in kind.keys {
            if let Need::Default(text) = key.need {
                given.texts.insert(key.name, text.to_owned());
            }
        }
        for (name, value) in values {
            match *name {
                "password" => drop(given.secrets.insert(name, Secret::new((*value).to_owned()))),
                _ => drop(given.texts.insert(name, (*value).to_owned())),
            }
        }
        let site = Site::new(channel, kind.name, "https://records.example.jp", None, &[7; 32]);
        let made = Provider::new(&settings::Provider::new(kind.name, With::Kind(kind, given)), site);
        let provider = Arc::new(made.expect("good settings"));
        let (world, reports) = (Arc::new(SystemWorld::default()), Arc::new(Mutex::new(Vec::new())));
        let heard = reports.clone();
        let reported: Reported = Arc::new(move |report| heard.lock().expect("no panic").push(report));
        let (stop, stopped) = watch::channel(false);
        let line = provider.line().expect("a line").clone();
        let clock: Arc<dyn World> = world.clone();
        let run = tokio::spawn(async move { line.run(clock, reported, stopped).await });
        Rig { provider, world, reports, stop, run }
    }

    pub async fn deliver(&self, message: &Message) -> Result<Accepted, Failure> {
        self.within(message, LONG).await
    }

    pub async fn within(&self, message: &Message, time: Duration) -> Result<Accepted, Failure> {
        let end = self.world.mono() + time;
        self.provider.deliver(message, &Door::new(None).expect("a door"), self.world.as_ref(), end).await
    }

    /// The class of the failure that it must be.
    pub async fn fails(&self, message: &Message) -> Class {
        self.deliver(message).await.expect_err("it fails").class
    }

    pub async fn probe(&self) -> Result<Standing, String> {
        let end = self.world.mono() + LONG;
        self.provider.line().expect("a line").probe(self.world.as_ref(), end).await
    }

    /// What was reported, once there are so many reports.
    pub async fn reports(&self, count: usize) -> Vec<Report> {
        eventually("reports", || {
            let reports = self.reports.lock().expect("no panic").clone();
            (reports.len() >= count).then_some(reports)
        })
        .await
    }

    /// Ends it in order.
    pub async fn end(self) {
        self.stop.send(true).expect("the line listens");
        tokio::time::timeout(PATIENCE, self.run).await.expect("it ends").expect("it ends well");
    }
}

/// Looks again and again until there is something to see.
pub async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let polled = async {
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            tokio::task::yield_now().await;
            let _ = tokio::time::timeout(Duration::from_millis(10), std::future::pending::<()>()).await;
        }
    };
    tokio::time::timeout(PATIENCE, polled).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

pub fn challenge(number: u8) -> ChallengeId {
    ChallengeId::from_random([number; 16])
}

/// A short message to Alice.
pub fn sms(text: &str) -> Message {
    let phone = Phone::parse("090-1234-5678", Region::parse("JP").expect("a region")).expect("a number");
    to(Contact { channel: Channel::Sms, address: Address::Phone(phone) }, text)
}

/// A letter.
pub fn mail(address: &str, text: &str) -> Message {
    let address = Address::Mail(Mail::parse(address).expect("an address"));
    to(Contact { channel: Channel::Email, address }, text)
}

fn to(contact: Contact, text: &str) -> Message {
    Message {
        challenge: challenge(7),
        send: 2,
        contact,
        locale: Locale::Ja,
        text: Secret::new(text.to_owned()),
        subject: Some("確認コード".to_owned()),
        prompt: None,
        code: Secret::new("482913".to_owned()),
        life: Duration::from_secs(300),
    }
}
