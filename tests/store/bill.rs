//! An attacker with as many addresses as they like and everybody's name, against the gate on real stores: what is spent
//! stays within the budgets, to the unit, in whatever order, from how many nodes and through how many restarts.
//!
//! `SEKISHO_MANY=100000` tries so many pairs of address and name instead of the few that every run can afford.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use sekisho::domain::bill::Limit;
use sekisho::domain::contact::{Channel, Region};
use sekisho::domain::id::ChallengeId;
use sekisho::domain::locale::Locale;
use sekisho::domain::money::Money;
use sekisho::domain::quota::Quota;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::sending::Limits;
use sekisho::gate::{Caller, Gate, Seams, Settings};

use crate::houses::House;
use crate::stage::{NoTurnstile, Stage, settings, user, wish};

/// In millionths of a dollar, and no round numbers.
const DAILY: u64 = 12_345_678;
const HOURLY: u64 = 4_567_891;
const JAPAN: u64 = 71_234;
const AMERICA: u64 = 43_219;
/// What a Japanese message takes.
const PARTS: u64 = 2;
const PEOPLE: usize = 600;

fn region(code: &str) -> Region {
    Region::parse(code).expect("a region")
}

fn priced() -> Settings {
    let limit = |limit, secs| Limit { quotas: vec![Quota { limit, per: Duration::from_secs(secs) }], report: false };
    let mut settings = settings();
    settings.challenge.resend_after = Duration::ZERO;
    let sending = &mut settings.sending;
    *sending = sekisho::gate::Sending::to(vec![region("JP"), region("US")]);
    let prices = &mut sending.lanes.get_mut(&Channel::Sms).expect("there").prices;
    prices.usual = JAPAN;
    prices.countries = vec![(region("US"), AMERICA)];
    sending.parts = vec![(Locale::Ja, PARTS), (Locale::En, 1)];
    sending.limits = Limits { number: limit(4, 600), all: limit(100_000, 3600), ..Limits::default() };
    sending.limits.prefix = Limit { report: true, ..limit(50, 3600) };
    (sending.daily_budget, sending.hourly_budget) = (Some(DAILY), Some(HOURLY));
    sending.currency = Some("USD".to_owned());
    settings
}

/// A node on this store, in the same world.
fn node(stage: &Stage, house: &House) -> Arc<Gate> {
    let seams = Seams {
        world: stage.world.clone(),
        store: house.again(),
        identity: stage.people.clone(),
        outbox: stage.phones.clone(),
        witness: stage.auditor.clone(),
        turnstile: Arc::new(NoTurnstile),
    };
    Arc::new(Gate::new(priced(), seams, &stage.keys))
}

/// What the messages on all phones are taken to cost.
fn sent(stage: &Stage) -> u64 {
    let cost = |american, locale| match (american, locale) {
        (false, Locale::Ja) => JAPAN * PARTS,
        (false, _) => JAPAN,
        (true, Locale::Ja) => AMERICA * PARTS,
        (true, _) => AMERICA,
    };
    let got = stage.phones.got.lock().expect("lock");
    got.iter().map(|parcel| cost(parcel.contact.address.exposed().starts_with("+1"), parcel.locale)).sum()
}

async fn day(stage: &Stage) -> u64 {
    let spent = stage.gate.spent().await.expect("answers");
    spent.iter().find(|(budget, _)| budget.name == "money per day").expect("there is one").1
}

fn hire(stage: &Stage) {
    let mut people = stage.people.0.lock().expect("lock");
    people.clear();
    for n in 0..PEOPLE {
        let phone = if n % 5 == 0 { format!("+1 212 555 {n:04}") } else { format!("080-1234-{n:04}") };
        let mut one = user(0, &format!("clerk {n}"), Some(&phone), &[]);
        one.id = sekisho::domain::id::UserId::from_random(std::array::from_fn(|at| n.to_be_bytes()[7 - at % 8]));
        one.locale = Some(if n % 3 == 0 { Locale::En } else { Locale::Ja });
        people.push((one, "pw".to_owned()));
    }
}

/// Whoever plays has this in common.
struct Play {
    stage: Stage,
    nodes: RwLock<Vec<Arc<Gate>>>,
    tried: AtomicUsize,
    booked: Mutex<BTreeMap<ChallengeId, u64>>,
    refused: AtomicUsize,
    /// On a machine that is busy the store answers too late now and then: that closes, and may cost, and sends nothing.
    outages: AtomicUsize,
}

impl Play {
    async fn once(&self, n: usize, dice: &mut SmallRng) {
        let gate = {
            let nodes = self.nodes.read().expect("lock");
            nodes[dice.random_range(0..nodes.len())].clone()
        };
        let name = match dice.random_range(0..4) {
            0 => format!("nobody {}", dice.random_range(0..1_000_000)),
            _ => format!("clerk {}", dice.random_range(0..PEOPLE)),
        };
        let address: u128 = 0x2001_0db8 << 96 | u128::from(dice.random_range(0..u64::MAX)) << 32;
        let browser = Some(Secret::new(format!("browser {n}")));
        let caller = Caller { client: IpAddr::from(address.to_be_bytes()), browser, ..self.stage.caller() };
        let begun = match gate.begin(&caller, wish(Some(&name), "", "records")).await {
            Ok(begun) => begun,
            Err(refusal) => {
                if refusal == Refusal::Outage {
                    self.outages.fetch_add(1, Ordering::SeqCst);
                }
                self.refused.fetch_add(1, Ordering::SeqCst);
                return;
            }
        };
        if dice.random_range(0..3) == 0 {
            let resent = gate.resend(&caller, &begun.view.id, None).await;
            self.outages.fetch_add(usize::from(resent.err() == Some(Refusal::Outage)), Ordering::SeqCst);
        }
        // Some messages turn out to cost more; two nodes hear of it.
        if dice.random_range(0..40) == 0 && name.starts_with("clerk") {
            let price = Money { micros: JAPAN * PARTS + dice.random_range(0..50_000), currency: "USD".to_owned() };
            let more = gate.book_cost(&begun.view.id, 1, &price);
            let (one, two) = tokio::join!(more, self.stage.other.book_cost(&begun.view.id, 1, &price));
            if one.and(two).is_err() {
                self.outages.fetch_add(1, Ordering::SeqCst);
                return;
            }
            self.booked.lock().expect("lock").insert(begun.view.id, price.micros);
        }
    }
}

async fn attack(house: &House, pairs: usize, seed: u64) {
    #[expect(clippy::disallowed_methods, reason = "how much a test tries is no setting of the product")]
    let asked = std::env::var("SEKISHO_MANY");
    let pairs = asked.map_or(pairs, |n| n.parse().expect("SEKISHO_MANY is a number"));
    let stage = Stage::on([house.one.clone(), house.two.clone()], priced()).await;
    stage.people.1.store(true, Ordering::SeqCst);
    hire(&stage);
    let nodes = RwLock::new(vec![stage.gate.clone(), stage.other.clone()]);
    let play = Arc::new(Play {
        stage,
        nodes,
        tried: AtomicUsize::new(0),
        booked: Mutex::default(),
        refused: AtomicUsize::new(0),
        outages: AtomicUsize::new(0),
    });
    for round in 0..4 {
        let end = pairs * (round + 1) / 4;
        let workers: Vec<_> = (0..48)
            .map(|worker| {
                let play = play.clone();
                let mut dice = SmallRng::seed_from_u64(seed ^ (round as u64) << 32 ^ worker);
                tokio::spawn(async move {
                    loop {
                        let n = play.tried.fetch_add(1, Ordering::SeqCst);
                        if n >= end {
                            return;
                        }
                        play.once(n, &mut dice).await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("no pair fails");
        }
        play.tried.store(end, Ordering::SeqCst);
        let spent = judge(&play, house).await;
        println!("after {end} pairs: {} messages, {spent} of {DAILY} spent", play.stage.messages());
        // Other processes from here on, in another hour of the same day.
        let fresh = vec![node(&play.stage, house), node(&play.stage, house), node(&play.stage, house)];
        *play.nodes.write().expect("lock") = fresh;
        play.stage.later(3601);
    }
    let spent = judge(&play, house).await;
    assert!(spent + JAPAN * PARTS > DAILY, "the attacker got as far as the budget: {spent}");
    assert!(play.refused.load(Ordering::SeqCst) > pairs / 10);
}

/// What the store says that was spent is what was sent, and what was found to be dearer; and what was sent is within the cap.
async fn judge(play: &Play, house: &House) -> u64 {
    let spent = day(&play.stage).await;
    let sent = sent(&play.stage);
    assert!(sent <= DAILY, "{sent} of {DAILY}");
    let mut dearer = 0;
    let booked = play.booked.lock().expect("lock").clone();
    for (id, price) in &booked {
        let challenge = house.one.challenge(id).await.expect("answers").expect("there").value;
        assert_eq!(challenge.costs[0].max(*price), challenge.costs[0], "booked once, at the most that was told");
        let messages = play.stage.phones.got.lock().expect("lock");
        let first = messages.iter().find(|parcel| parcel.challenge == *id && parcel.send == 1);
        let Some(first) = first else { continue };
        let parts = if first.locale == Locale::Ja { PARTS } else { 1 };
        let each = if first.contact.address.exposed().starts_with("+1") { AMERICA } else { JAPAN };
        dearer += price.saturating_sub(each * parts);
    }
    match play.outages.load(Ordering::SeqCst) {
        0 => assert_eq!(spent, sent + dearer),
        outages => assert!(spent >= sent + dearer, "{outages} outages: {spent}, {sent} sent, {dearer} dearer"),
    }
    spent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attacker_with_every_name_spends_no_more_than_the_cap_from_a_file() {
    attack(&House::embedded(), 4000, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attacker_with_every_name_spends_no_more_than_the_cap_from_redis() {
    attack(&House::redis(), 2000, 2).await;
}
