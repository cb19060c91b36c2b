//! Several people who act at once on one account, in two browsers, on two nodes.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sekisho::domain::id::ChallengeId;
use sekisho::domain::quota::Quota;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::seams::{Revocation, Revoked, Store};
use sekisho::gate::{Caller, Gate, Settings};
use todc_utils::linearizability::history::Action;

use super::spec::{Deed, Entry, Told};
use super::stage::{self, Stage, wish};

/// People, and what each of them does one after the other.
const PEOPLE: usize = 5;
const DEEDS: usize = 3;

/// Everything that happens to one account.
pub struct Play {
    stage: Stage,
    browsers: [Caller; 2],
    /// Challenges in the order in which they were heard of.
    known: Mutex<Vec<ChallengeId>>,
    passes: Mutex<Vec<(usize, Secret<String>)>>,
    record: Mutex<Vec<Entry>>,
}

/// As the gate's own tests have them, but that nothing cools down and no allowance is short.
fn settings() -> Settings {
    let mut settings = stage::settings();
    settings.challenge.resend_after = Duration::ZERO;
    settings.sending.limits.number.quotas = vec![Quota { limit: 1000, per: Duration::from_secs(600) }];
    settings
}

impl Play {
    pub async fn on(stores: [Arc<dyn Store>; 2]) -> Arc<Play> {
        let stage = Stage::on(stores, settings()).await;
        let caller = stage.caller();
        let other = Caller { browser: Some(Secret::new("another browser".to_owned())), ..caller.clone() };
        let (known, passes, record) = Default::default();
        Arc::new(Play { stage, browsers: [caller, other], known, passes, record })
    }

    /// One person's deeds. Who acts is also who is recorded.
    pub async fn act(self: Arc<Play>, person: usize, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(person as u64));
        self.run(person, Deed::Begin { browser: person % 2 }).await;
        for _ in 0..DEEDS {
            let heard = self.known.lock().expect("lock").len();
            let challenge = random.random_range(0..heard.max(1));
            let deed = match random.random_range(0..16) {
                0..7 => Deed::Guess { challenge, right: false },
                7..11 => Deed::Guess { challenge, right: true },
                11 => Deed::Resend { challenge },
                12 => Deed::Begin { browser: random.random_range(0..2) },
                13 => Deed::Wait,
                14 => Deed::Revoke,
                _ => Deed::Use { challenge },
            };
            // Nobody can type a code that has not left yet, nor show a pass that was not handed out.
            let deed = match deed {
                Deed::Use { challenge } if self.pass(challenge).is_none() => Deed::Begin { browser: 0 },
                Deed::Guess { challenge, .. } if self.code(challenge).is_none() => Deed::Resend { challenge },
                deed => deed,
            };
            self.run(person, deed).await;
        }
    }

    async fn run(&self, person: usize, deed: Deed) {
        self.note((person, Action::Call((deed.clone(), Told::Nothing))));
        let told = self.done(person, &deed).await;
        self.note((person, Action::Response((deed, told))));
    }

    fn note(&self, entry: Entry) {
        self.record.lock().expect("lock").push(entry);
    }

    pub fn history(&self) -> Vec<Entry> {
        self.record.lock().expect("lock").clone()
    }

    /// How many challenges gave a pass.
    pub fn opened(&self) -> usize {
        self.passes.lock().expect("lock").len()
    }

    async fn done(&self, person: usize, deed: &Deed) -> Told {
        let node = if person.is_multiple_of(2) { &self.stage.gate } else { &self.stage.other };
        match deed {
            Deed::Begin { browser } => {
                // Sign-ins are limited by network, which is not what this is about.
                let client = IpAddr::from([198, 51, 100, person as u8]);
                let caller = Caller { client, ..self.browsers[*browser].clone() };
                match node.begin(&caller, wish(Some("alice"), "pw", "records")).await {
                    Ok(begun) => Told::Begun(self.number(&begun.view.id)),
                    Err(refusal) => told(&refusal),
                }
            }
            Deed::Guess { challenge, right } => self.guess(node, *challenge, *right).await,
            Deed::Resend { challenge } => {
                let Some((caller, id)) = self.challenge(*challenge).await else { return Told::Gone };
                match node.resend(&caller, &id, None).await {
                    Ok(_) => Told::Sent,
                    Err(refusal) => told(&refusal),
                }
            }
            Deed::Wait => {
                self.stage.later(300);
                Told::Done
            }
            Deed::Revoke => {
                let user = stage::user(1, "alice", None, &[]).id;
                let forget = node.outlived();
                // Whatever was given out until now, whenever the clock was looked at.
                let at = node.now().plus(Duration::from_secs(3600));
                node.revoke(Revocation { what: Revoked::User(user), at, forget }).await.expect("the store is up");
                Told::Done
            }
            Deed::Use { challenge } => {
                let pass = self.pass(*challenge).expect("it was there before");
                let pass = Some(pass.expose().as_str());
                loop {
                    // A node hears of revocations by its heartbeat. When time was moved on since, it trusts nothing.
                    node.pulse().await.expect("the store is up");
                    match self.stage.meets(node, "/records/1", pass).as_str() {
                        "forward as alice" => return Told::Forwarded,
                        "challenge records" => return Told::Refused,
                        "Outage" => {}
                        other => panic!("a request with a pass met {other}"),
                    }
                }
            }
        }
    }

    async fn guess(&self, node: &Gate, number: usize, right: bool) -> Told {
        let Some((caller, id)) = self.challenge(number).await else { return Told::Gone };
        let code = self.code(number).expect("it was there before");
        let first = if code.starts_with('0') { '1' } else { '0' };
        let entry = if right { code } else { format!("{first}{}", &code[1..]) };
        match node.verify(&caller, &id, &entry).await {
            Ok(opened) => {
                self.passes.lock().expect("lock").push((number, opened.token));
                Told::Opened
            }
            Err(refusal) => told(&refusal),
        }
    }

    fn pass(&self, challenge: usize) -> Option<Secret<String>> {
        self.passes.lock().expect("lock").iter().find(|pass| pass.0 == challenge).map(|pass| pass.1.clone())
    }

    /// The code that went to the phone for this challenge.
    fn code(&self, number: usize) -> Option<String> {
        let id = self.known.lock().expect("lock").get(number).cloned()?;
        let got = self.stage.phones.got.lock().expect("lock");
        got.iter().find(|parcel| parcel.challenge == id).map(|parcel| parcel.code.expose().clone())
    }

    fn number(&self, id: &ChallengeId) -> usize {
        let mut known = self.known.lock().expect("lock");
        known.iter().position(|there| there == id).unwrap_or_else(|| {
            known.push(id.clone());
            known.len() - 1
        })
    }

    /// The browser that a challenge is bound to.
    async fn challenge(&self, number: usize) -> Option<(Caller, ChallengeId)> {
        let id = self.known.lock().expect("lock").get(number).cloned()?;
        for caller in &self.browsers {
            if self.stage.gate.view(caller, &id).await.is_ok() {
                return Some((caller.clone(), id));
            }
        }
        None
    }
}

fn told(refusal: &Refusal) -> Told {
    match refusal {
        Refusal::WrongCode { tries_left } => Told::Wrong(*tries_left),
        Refusal::Gone(_) => Told::Gone,
        Refusal::Waiting(_) => Told::Waits,
        Refusal::NoResendLeft => Told::NoneLeft,
        other => panic!("nobody should be told {other:?}"),
    }
}

/// Who takes part.
pub fn people() -> std::ops::Range<usize> {
    0..PEOPLE
}
