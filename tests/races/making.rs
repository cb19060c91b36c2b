//! Codes that a provider makes: whoever guesses at once, on whatever node and whatever the provider says, no more entries reach
//! it than there are tries, every wrong one is counted, every yes opens once, and nothing else opens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sekisho::domain::account::AccountKey;
use sekisho::domain::code::{Alphabet, Code, CodeShape};
use sekisho::domain::contact::Channel;
use sekisho::domain::id::ChallengeId;
use sekisho::domain::maker::Verdict;
use sekisho::domain::quota::Quota;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::Caller;
use sekisho::gate::seams::{CodeMaker, Making, Store};
use shuttle::scheduler::{PctScheduler, RandomScheduler};

use super::houses::House;
use super::memory::Memory;
use super::play::people;
use super::schedules::run;
use super::stage::{self, Stage};
use super::times;

const RIGHT: &str = "482913";
const TRIES: usize = 5;
const GUESSES: usize = 4;

/// Whose scheduler goes on when somebody else may have their turn.
#[derive(Debug, Clone, Copy)]
enum Turns {
    Drawn,
    System,
}

impl Turns {
    async fn pass(self) {
        match self {
            Turns::Drawn => shuttle::future::yield_now().await,
            Turns::System => tokio::task::yield_now().await,
        }
    }
}

/// A provider that says of an entry what chance says: the truth, that nobody was asked, or nothing.
#[derive(Clone)]
struct Provider {
    making: Arc<Making>,
    turns: Turns,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    random: Option<StdRng>,
    verdicts: BTreeMap<String, Vec<Verdict>>,
    busy: BTreeMap<String, bool>,
}

impl Provider {
    fn new(turns: Turns, seed: u64) -> Provider {
        let making = Making {
            provider: "maker".to_owned(),
            shape: CodeShape { alphabet: Alphabet::Numeric, length: 6 },
            life: Duration::from_secs(600),
            tries: 9,
            patience: Duration::from_secs(10),
        };
        let book = Book { random: Some(StdRng::seed_from_u64(seed)), ..Book::default() };
        Provider { making: Arc::new(making), turns, book: Arc::new(Mutex::new(book)) }
    }

    fn said(&self, of: &str) -> Vec<Verdict> {
        self.book.lock().expect("lock").verdicts.get(of).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl CodeMaker for Provider {
    fn making(&self, channel: Channel) -> Option<&Making> {
        (channel == Channel::Sms).then_some(self.making.as_ref())
    }

    async fn check(&self, _: Channel, provider: &str, reference: &Secret<String>, entry: &Code) -> Verdict {
        assert_eq!(provider, "maker");
        let of = reference.expose().clone();
        let before = self.book.lock().expect("lock").busy.insert(of.clone(), true);
        assert_ne!(before, Some(true), "two entries were asked about at once");
        self.turns.pass().await;
        let verdict = {
            let mut book = self.book.lock().expect("lock");
            let chance = book.random.as_mut().map_or(0, |random| random.random_range(0..8));
            let over = book.verdicts.get(&of).is_some_and(|said| said.contains(&Verdict::Right));
            let verdict = match chance {
                0 => Verdict::Unsent,
                1 => Verdict::Unknown,
                _ if over => Verdict::Over,
                _ if entry.expose() == RIGHT => Verdict::Right,
                _ => Verdict::Wrong,
            };
            book.verdicts.entry(of.clone()).or_default().push(verdict);
            verdict
        };
        self.turns.pass().await;
        self.book.lock().expect("lock").busy.insert(of, false);
        verdict
    }

    fn cancel(&self, _: Channel, _: &str, _: &Secret<String>) {}
}

struct Play {
    stage: Stage,
    provider: Provider,
    store: Arc<dyn Store>,
    challenges: Vec<(Caller, ChallengeId)>,
    told: Mutex<Vec<(usize, Result<(), Refusal>)>>,
}

impl Play {
    /// Alice has a challenge in each of two browsers.
    async fn on(stores: [Arc<dyn Store>; 2], turns: Turns, seed: u64) -> Arc<Play> {
        let mut settings = stage::settings();
        settings.sending.limits.number.quotas = vec![Quota { limit: 1000, per: Duration::from_secs(600) }];
        let provider = Provider::new(turns, seed);
        let store = stores[0].clone();
        let stage = Stage::with_makers(stores, settings, provider.clone()).await;
        let caller = stage.caller();
        let other = Caller { browser: Some(Secret::new("another browser".to_owned())), ..caller.clone() };
        let mut challenges = Vec::new();
        for caller in [caller, other] {
            let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
            stage.gate.began(&id, 1, id.as_str()).await;
            challenges.push((caller, id));
        }
        assert!(stage.phones.got.lock().expect("lock").iter().all(|parcel| parcel.code.expose().is_empty()));
        Arc::new(Play { stage, provider, store, challenges, told: Mutex::default() })
    }

    async fn act(self: Arc<Play>, person: usize, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(person as u64));
        for _ in 0..GUESSES {
            let which = random.random_range(0..self.challenges.len());
            let entry = if random.random_range(0..8) == 0 { RIGHT } else { "000000" };
            let node = if person.is_multiple_of(2) { &self.stage.gate } else { &self.stage.other };
            let (caller, id) = &self.challenges[which];
            let told = node.verify(caller, id, entry).await.map(drop);
            self.told.lock().expect("lock").push((which, told));
        }
    }

    async fn judge(&self, seed: u64) -> (usize, usize) {
        let told = self.told.lock().expect("lock").clone();
        let (mut passes, mut wrong, mut asked) = (0, 0, 0);
        for (which, (_, id)) in self.challenges.iter().enumerate() {
            let said = self.provider.said(id.as_str());
            let count = |verdict| said.iter().filter(|said| **said == verdict).count();
            let mine = |is: fn(&Result<(), Refusal>) -> bool| told.iter().filter(|t| t.0 == which && is(&t.1)).count();
            let spent = said.len() - count(Verdict::Unsent);
            assert!(spent <= TRIES, "seed {seed}: {spent} entries reached the provider: {said:?}");
            assert_eq!(mine(Result::is_ok), count(Verdict::Right), "seed {seed}: {told:?} {said:?}");
            let is_wrong = |told: &Result<(), Refusal>| matches!(told, Err(Refusal::WrongCode { .. }));
            assert_eq!(mine(is_wrong), count(Verdict::Wrong), "seed {seed}: {told:?} {said:?}");
            let unclear = count(Verdict::Unsent) + count(Verdict::Unknown);
            assert_eq!(mine(|told| *told == Err(Refusal::Outage)), unclear, "seed {seed}: {told:?} {said:?}");
            assert!(count(Verdict::Right) <= 1 && count(Verdict::Over) == 0, "seed {seed}: {said:?}");
            passes += count(Verdict::Right);
            wrong += count(Verdict::Wrong);
            asked += spent;
        }
        let user = stage::user(1, "alice", None, &[]).id;
        let account = self.store.account(&AccountKey::of_user(&user)).await.expect("the store is up").value;
        let failures = account.strangers.failures as usize;
        if passes == 0 {
            assert_eq!(failures, wrong, "seed {seed}: every wrong entry is counted, and no other: {told:?}");
        } else {
            assert!(failures <= wrong, "seed {seed}");
        }
        (passes, asked)
    }
}

fn explored(usual: usize, explore: impl FnOnce(usize, Box<dyn Fn() + Send + Sync>)) {
    let seeds = Arc::new(AtomicU64::new(1));
    let (opened, reached) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (drawn, passes, asked) = (seeds.clone(), opened.clone(), reached.clone());
    let once = move || {
        let seed = drawn.fetch_add(1, Ordering::SeqCst);
        let (found, spent) = shuttle::future::block_on(async move {
            let store: Arc<dyn Store> = Arc::new(Memory::default());
            let play = Play::on([store.clone(), store], Turns::Drawn, seed).await;
            let acting: Vec<_> = people().map(|who| shuttle::future::spawn(play.clone().act(who, seed))).collect();
            for person in acting {
                person.await.expect("nobody panics");
            }
            play.judge(seed).await
        });
        passes.fetch_add(found, Ordering::SeqCst);
        asked.fetch_add(spent, Ordering::SeqCst);
    };
    explore(times(usual), Box::new(once));
    let (played, opened) = (seeds.load(Ordering::SeqCst) - 1, opened.load(Ordering::SeqCst));
    let reached = reached.load(Ordering::SeqCst);
    assert!(played >= times(usual) as u64 && opened > 0 && reached > opened, "{played}, {opened}, {reached}");
    println!("{played} schedules, {reached} entries at the provider, {opened} passes");
}

#[test]
fn in_no_random_schedule_do_more_entries_reach_the_provider_than_there_are_tries() {
    explored(600, |schedules, once| run(RandomScheduler::new(schedules), once));
}

#[test]
fn nor_in_schedules_with_few_and_unlucky_changes_of_turn() {
    explored(200, |schedules, once| run(PctScheduler::new(3, schedules), once));
}

async fn on(kind: &str, usual: usize, house: impl Fn() -> House) {
    let (mut opened, mut reached) = (0, 0);
    for seed in 0..times(usual) as u64 {
        let house = house();
        let play = Play::on([house.one.clone(), house.two.clone()], Turns::System, seed).await;
        let acting: Vec<_> = people().map(|person| tokio::spawn(play.clone().act(person, seed))).collect();
        for person in acting {
            person.await.expect("nobody panics");
        }
        let (passes, asked) = play.judge(seed).await;
        (opened, reached) = (opened + passes, reached + asked);
    }
    assert!(opened > 0 && reached > opened, "nobody got in");
    println!("{kind}: {reached} entries at the provider, {opened} passes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nor_on_two_nodes_with_one_file() {
    on("embedded", 40, House::embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nor_on_two_nodes_with_one_redis() {
    on("redis", 40, House::redis).await;
}
