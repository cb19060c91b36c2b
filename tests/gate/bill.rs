//! What messages may cost, and what everybody is told who would have one more.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sekisho::domain::bill::Limit;
use sekisho::domain::contact::{Channel, Phone};
use sekisho::domain::event::What;
use sekisho::domain::money::Money;
use sekisho::domain::quota::Quota;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::seams::{Fared, NumberCheck, SIM_SWAPPED, Sim};
use sekisho::gate::sending::Limits;
use sekisho::gate::{Begun, Caller, Gate, Settings};

use super::stage::{Stage, settings, wish};

const HOUR: u64 = 3600;

fn limit(limit: u64, secs: u64) -> Limit {
    Limit { quotas: vec![Quota { limit, per: Duration::from_secs(secs) }], report: false }
}

/// Nothing is limited but what `change` limits.
fn only(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = settings();
    settings.sending.limits = Limits::default();
    settings.sending.daily_budget = None;
    change(&mut settings);
    settings
}

async fn stage(change: impl FnOnce(&mut Settings)) -> Stage {
    let stage = Stage::with(only(change), |gate| gate).await;
    stage.hire((0..60).map(|n| format!("clerk {n}")));
    stage
}

/// A browser of its own, at an address of its own.
fn from(stage: &Stage, n: usize) -> Caller {
    let client = IpAddr::from([198, 51, (n / 250) as u8, (n % 250) as u8]);
    Caller { client, browser: Some(Secret::new(format!("browser {n}"))), ..stage.caller() }
}

/// Each clerk asks once, each from somewhere else; how many were heard.
async fn clerks(stage: &Stage, range: std::ops::Range<usize>) -> usize {
    let mut heard = 0;
    for n in range {
        heard += usize::from(stage.begin(&from(stage, n), &format!("clerk {n}"), "pw").await.is_ok());
    }
    heard
}

fn names_only(stage: &Stage) {
    stage.people.1.store(true, Ordering::SeqCst);
}

#[tokio::test]
async fn each_limit_is_counted_under_its_own_key_and_refuses_with_a_time() {
    for (name, set) in [
        ("messages per prefix", (|l| l.prefix = limit(3, HOUR)) as fn(&mut Limits)),
        ("messages per country", |l| l.country = limit(3, HOUR)),
        ("messages per route", |l| l.route = limit(3, HOUR)),
        ("messages in all", |l| l.all = limit(3, HOUR)),
    ] {
        let stage = stage(|s| set(&mut s.sending.limits)).await;
        assert_eq!(clerks(&stage, 0..5).await, 3, "{name}");
        let refused = stage.begin(&from(&stage, 9), "clerk 9", "pw").await.err();
        assert_eq!(refused, Some(Refusal::Limited(Duration::from_secs(HOUR))), "{name}");
        assert_eq!(stage.details(What::ExcessRateLimitExceeded), [name; 3]);
        assert_eq!(stage.messages(), 3, "{name}");
        stage.later(HOUR as i64);
        assert_eq!(clerks(&stage, 20..22).await, 2, "{name}: by time alone");
    }
    // A route of its own has an allowance of its own, as far as a code for it opens that route.
    let stage = stage(|s| s.sending.limits.route = limit(1, HOUR)).await;
    let to = |n: usize, target: &str| {
        let wish =
            sekisho::gate::Wish { return_to: target.to_owned(), ..wish(Some(&format!("clerk {n}")), "pw", "records") };
        (from(&stage, n), wish)
    };
    for (n, target, heard) in
        [(0, "/records/1", true), (1, "/records/2", false), (2, "/billing/1", true), (3, "/elsewhere", false)]
    {
        let (caller, wish) = to(n, target);
        assert_eq!(stage.gate.begin(&caller, wish).await.is_ok(), heard, "{target}");
    }
}

#[tokio::test]
async fn a_person_and_an_address_have_their_own_and_a_known_browser_needs_no_address() {
    let stage = stage(|s| {
        s.sending.limits.user = limit(2, HOUR);
        s.sending.limits.address = limit(4, HOUR);
        s.sending.networks = vec![("203.0.113.0/24".parse().expect("a network"), vec![limit(6, HOUR).quotas[0]])];
    })
    .await;
    let at = |n: usize, client: &str| Caller { client: client.parse().expect("an address"), ..from(&stage, n) };
    let mut told = Vec::new();
    for n in 0..3 {
        told.push(stage.begin(&from(&stage, n), "clerk 0", "pw").await.is_ok());
    }
    assert_eq!(told, [true, true, false], "one person, three places");
    let mut heard = [0, 0];
    for n in 10..20 {
        for (at_, client) in [(0, "192.0.2.1"), (1, "203.0.113.9")] {
            let login = format!("clerk {}", n + 10 * at_);
            heard[at_] += usize::from(stage.begin(&at(n + 100 * at_, client), &login, "pw").await.is_ok());
        }
    }
    assert_eq!(heard, [4, 6], "a network with a name has its own");
    // Whoever succeeded before is heard where strangers used everything up.
    let mut known = from(&stage, 40);
    let begun = stage.begin(&known, "clerk 40", "pw").await.expect("begins");
    known.device = Some(stage.gate.verify(&known, &begun.view.id, &stage.code()).await.expect("opens").device);
    known.client = "192.0.2.1".parse().expect("an address");
    assert!(stage.begin(&known, "clerk 40", "pw").await.is_ok());
    assert!(stage.begin(&at(41, "192.0.2.1"), "clerk 41", "pw").await.is_err());
}

/// A row of numbers, a country: only real names have one.
#[tokio::test]
async fn what_hangs_on_a_number_tells_nobody_that_a_name_is_real() {
    for set in [(|l| l.prefix = limit(2, HOUR)) as fn(&mut Limits), |l| l.country = limit(2, HOUR)] {
        let stage = stage(|s| set(&mut s.sending.limits)).await;
        names_only(&stage);
        let told =
            |begun: &Begun| (begun.view.state, begun.view.to.clone(), begun.view.tries_left, begun.view.can_resend);
        let mut seen = Vec::new();
        for n in 0..6 {
            let name = if n % 2 == 0 { format!("clerk {n}") } else { format!("nobody {n}") };
            let begun = stage.begin(&from(&stage, n), &name, "").await.expect("alike");
            let resent = {
                stage.later(31);
                stage.gate.resend(&from(&stage, n), &begun.view.id, None).await
            };
            seen.push((told(&begun), resent.map(|view| (view.state, view.resend_in)).err()));
        }
        assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
        assert_eq!(stage.messages(), 2, "and no message is over the limit");
    }
}

/// What is left of a budget may be enough for a cheap message and not for a dear one.
#[tokio::test]
async fn a_budget_that_ends_refuses_real_and_invented_names_alike() {
    let stage = stage(|s| {
        let lane = s.sending.lanes.get_mut(&Channel::Sms).expect("there");
        lane.prices.usual = 250;
        let region = sekisho::domain::contact::Region::parse("JP").expect("a region");
        lane.prices.countries = vec![(region, 100)];
        s.sending.daily_budget = Some(1000);
    })
    .await;
    names_only(&stage);
    let mut answers = Vec::new();
    for n in 0..12 {
        let real = stage.begin(&from(&stage, n), &format!("clerk {n}"), "").await.err();
        // Looks only, so it leaves what is there.
        let invented = stage.begin(&from(&stage, 100 + n), &format!("nobody {n}"), "").await.err();
        answers.push((real, invented));
    }
    let turn = answers.iter().position(|(real, _)| real.is_some()).expect("it ends");
    // The real one of a pair pays before the invented one looks.
    assert!(answers[turn].1.is_some() && answers[turn - 1].0.is_none(), "{answers:?}");
    assert_eq!(stage.messages(), 8, "the dearest could not be paid for any more");
    let spent = stage.gate.spent().await.expect("answers");
    assert_eq!(spent[0].1, 800);
}

#[tokio::test]
async fn what_only_tells_refuses_nothing_and_is_told_once() {
    let stage = stage(|s| {
        s.sending.limits.prefix = Limit { report: true, ..limit(3, HOUR) };
        s.sending.limits.number = Limit { report: true, ..limit(1, HOUR) };
        s.sending.daily_budget = Some(500_000);
        s.sending.budgets_report = [false, true];
    })
    .await;
    assert_eq!(clerks(&stage, 0..12).await, 12);
    assert_eq!(stage.messages(), 12, "1.2 USD where 0.5 are allowed");
    let told = stage.details(What::ExcessRateLimitReported);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], "messages per prefix: more than 3 in 1h; nothing was refused");
    assert_eq!(told[1], "money per day: more than 0.5 USD in 1day; nothing was refused");
    stage.begin(&from(&stage, 90), "clerk 0", "pw").await.expect("refuses nothing");
    assert_eq!(stage.details(What::ExcessRateLimitReported).len(), 3, "one number, twice");
    assert_eq!(stage.heard(What::ExcessRateLimitExceeded), 0);
    stage.later(HOUR as i64);
    assert_eq!(clerks(&stage, 20..24).await, 4);
    assert_eq!(stage.details(What::ExcessRateLimitReported).len(), 4, "in the next hour once more");
}

#[tokio::test]
async fn a_budget_is_told_of_before_it_ends_and_when_it_has() {
    let stage = stage(|s| {
        s.sending.hourly_budget = Some(500_000);
        s.sending.daily_budget = Some(2_000_000);
    })
    .await;
    assert_eq!(clerks(&stage, 0..3).await, 3);
    assert_eq!(stage.heard(What::SysBudgetWarning), 0);
    assert_eq!(clerks(&stage, 3..9).await, 2);
    assert_eq!(stage.details(What::SysBudgetWarning), ["money per hour: 0.4 USD of 0.5 USD are spent"]);
    let spent = "money per hour: 0.5 USD of 0.5 USD are spent, and nothing more is sent";
    assert_eq!(stage.details(What::SysBudgetSpent), [spent]);
    for hour in 1..5 {
        stage.later(HOUR as i64);
        clerks(&stage, 10 * hour..10 * hour + 7).await;
    }
    assert_eq!(stage.messages(), 20, "two dollars in a day, to the last message");
    let day = stage.details(What::SysBudgetSpent).into_iter().filter(|told| told.contains("per day")).count();
    assert_eq!((day, stage.heard(What::SysBudgetSpent)), (1, 5));
}

#[tokio::test]
async fn what_a_message_cost_after_all_is_booked_once_and_never_given_back() {
    let stage = stage(|s| s.sending.daily_budget = Some(1_000_000)).await;
    let begun = stage.begin(&from(&stage, 0), "clerk 0", "pw").await.expect("begins");
    let spent = async || stage.other.spent().await.expect("answers")[0].1;
    assert_eq!(spent().await, 100_000);
    let price = |text: &str| Money::parse(text).expect("an amount");
    let book = async |send, text: &str| stage.gate.book_cost(&begun.view.id, send, &price(text)).await.expect("books");
    for (send, text, after) in [
        (1, "0.07 USD", 100_000),
        (1, "0.15 USD", 150_000),
        (1, "0.15 USD", 150_000),
        (1, "90 JPY", 150_000),
        (2, "9 USD", 150_000),
        (0, "9 USD", 150_000),
        (1, "0.10 USD", 150_000),
        (1, "1.20 USD", 1_200_000),
    ] {
        book(send, text).await;
        assert_eq!(spent().await, after, "{send} {text}");
    }
    assert!(stage.begin(&from(&stage, 1), "clerk 1", "pw").await.is_err(), "it may be exceeded, and then it is over");
    // What the provider says when it takes a message comes the same way.
    stage.later(25 * HOUR as i64);
    let begun = stage.begin(&from(&stage, 2), "clerk 2", "pw").await.expect("begins");
    stage.gate.settle(&begun.view.id, 1, Fared { price: Some(price("0.3 USD")), ..Ok(()).into() }).await;
    assert_eq!(spent().await, 300_000);
}

/// Answers as it is told to, and counts how often it was asked.
#[derive(Default)]
struct Check(AtomicUsize, std::sync::Mutex<Option<Sim>>);

#[async_trait]
impl NumberCheck for Check {
    async fn sim(&self, _: &Phone) -> Sim {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.lock().expect("lock").unwrap_or(Sim::Good)
    }
}

#[tokio::test]
async fn a_number_whose_sim_card_was_changed_is_not_used_and_whoever_proved_themselves_hears_it() {
    let check = Arc::new(Check::default());
    let checked = |gate: Gate| gate.with_number_check(check.clone());
    let stage = Stage::with(settings(), checked).await;
    let caller = stage.caller();
    let begun = stage.begin(&caller, "alice", "pw").await.expect("begins");
    for sim in [Sim::Swapped, Sim::Unknown] {
        *check.1.lock().expect("lock") = Some(sim);
        assert_eq!(stage.begin(&from(&stage, 1), "bob", "pw").await.err(), Some(Refusal::NumberSwapped));
        stage.later(31);
        let resent = stage.gate.resend(&caller, &begun.view.id, None).await.err();
        assert_eq!(resent, Some(Refusal::NumberSwapped), "before a repetition too");
    }
    assert_eq!((stage.messages(), stage.heard(What::SysSimSwapped)), (1, 4));
    assert!(stage.details(What::SysSimSwapped)[0].starts_with("********21: "), "masked");
    // Who gave a name alone hears nothing, and waits for nobody: the courier asks.
    names_only(&stage);
    let asked = check.0.load(Ordering::SeqCst);
    let begun = stage.begin(&from(&stage, 2), "bob", "").await.expect("as if");
    assert_eq!(check.0.load(Ordering::SeqCst), asked);
    stage.gate.settle(&begun.view.id, 1, SIM_SWAPPED).await;
    assert_eq!(stage.heard(What::SysSimSwapped), 5);
    let view = stage.gate.view(&from(&stage, 2), &begun.view.id).await.expect("there");
    assert_eq!(view.state, sekisho::gate::Shown::Sent, "as for a name nobody has");
}
