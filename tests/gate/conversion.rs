//! What comes of messages, and the stop where next to nothing does: who can bring it about, and whom it stops.

use std::sync::atomic::Ordering;
use std::time::Duration;

use sekisho::domain::conversion::ConversionRule;
use sekisho::domain::event::What;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::sending::Limits;
use sekisho::gate::{Caller, Settings};

use super::stage::{Stage, settings};

const MINUTE: i64 = 60;

fn watched(change: impl FnOnce(&mut ConversionRule)) -> Settings {
    let mut settings = settings();
    settings.sending.limits = Limits::default();
    settings.sending.daily_budget = None;
    let mut rule = ConversionRule {
        window: Duration::from_secs(3600),
        least: [20, 1_000_000],
        below: 20,
        stop: Duration::from_secs(1800),
        longest: Duration::from_secs(12 * 3600),
        per_account: 2,
        report: false,
    };
    change(&mut rule);
    settings.sending.conversion = Some(rule);
    settings
}

async fn stage(change: impl FnOnce(&mut ConversionRule)) -> Stage {
    let stage = Stage::with(watched(change), |gate| gate).await;
    stage.hire((0..200).map(|n| format!("clerk {n}")));
    stage
}

fn from(stage: &Stage, n: usize) -> Caller {
    Caller { browser: Some(Secret::new(format!("browser {n} at {}", stage.gate.now().0))), ..stage.caller() }
}

/// Clerks ask, and of each five the first `entered` enter their code. How many were heard.
async fn shift(stage: &Stage, clerks: std::ops::Range<usize>, entered: usize) -> usize {
    let mut heard = 0;
    for n in clerks {
        let caller = from(stage, n);
        // Both nodes.
        let gate = if n % 2 == 0 { &stage.gate } else { &stage.other };
        let Ok(begun) = gate.begin(&caller, super::stage::wish(Some(&format!("clerk {n}")), "pw", "records")).await
        else {
            continue;
        };
        heard += 1;
        if n % 5 < entered {
            gate.verify(&caller, &begun.view.id, &stage.code()).await.expect("opens");
        }
    }
    heard
}

#[tokio::test]
async fn where_next_to_nothing_comes_of_messages_sending_stops_and_each_stop_is_longer() {
    let stage = stage(|_| {}).await;
    assert_eq!(shift(&stage, 0..40, 0).await, 40, "people need a moment to type");
    stage.later(8 * MINUTE);
    let refused = stage.begin(&from(&stage, 41), "clerk 41", "pw").await.err();
    assert_eq!(refused, Some(Refusal::Limited(Duration::from_secs(1800))));
    let on_the_other =
        stage.other.begin(&from(&stage, 42), super::stage::wish(Some("clerk 42"), "pw", "records")).await;
    assert!(matches!(on_the_other.err(), Some(Refusal::Limited(_))), "on the other node too");
    let told = stage.details(What::SysBreakerOpened);
    assert!(told.len() == 1 && told[0].starts_with("JP: 0 of 40 messages led to a code; nothing is sent"), "{told:?}");
    assert_eq!(stage.messages(), 40);
    // What stopped it once stops it no second time.
    stage.later(31 * MINUTE);
    assert_eq!(shift(&stage, 50..80, 0).await, 30);
    assert_eq!(stage.heard(What::SysBreakerClosed), 1);
    stage.later(8 * MINUTE);
    let refused = stage.begin(&from(&stage, 90), "clerk 90", "pw").await.err();
    assert_eq!(refused, Some(Refusal::Limited(Duration::from_secs(3600))), "twice as long");
    stage.later(61 * MINUTE);
    assert_eq!(shift(&stage, 100..140, 1).await, 40);
    stage.later(8 * MINUTE);
    assert_eq!(shift(&stage, 150..160, 0).await, 10, "one of five is enough");
    assert_eq!(stage.heard(What::SysBreakerOpened), 2);
}

#[tokio::test]
async fn numbers_in_a_row_are_judged_by_themselves() {
    let stage = stage(|rule| rule.least = [1_000_000, 10]).await;
    shift(&stage, 0..20, 0).await;
    stage.later(8 * MINUTE);
    assert!(matches!(stage.begin(&from(&stage, 21), "clerk 21", "pw").await.err(), Some(Refusal::Limited(_))));
    assert!(stage.begin(&from(&stage, 0), "alice", "pw").await.is_ok(), "her number is of another row");
    let told = stage.details(What::SysBreakerOpened);
    assert!(told.len() == 1 && told[0].starts_with("numbers in a row (JP, "), "{told:?}");
}

/// Names that anybody may give, and no code ever entered: it stops for whoever gives a name alone, and for nobody else.
#[tokio::test]
async fn strangers_stop_nothing_for_people_who_have_proven_who_they_are() {
    let stage = stage(|_| {}).await;
    let known = {
        let caller = from(&stage, 199);
        let begun = stage.begin(&caller, "clerk 199", "pw").await.expect("begins");
        let opened = stage.gate.verify(&caller, &begun.view.id, &stage.code()).await.expect("opens");
        Caller { device: Some(opened.device), ..caller }
    };
    stage.people.1.store(true, Ordering::SeqCst);
    assert_eq!(shift(&stage, 0..100, 0).await, 100);
    stage.later(8 * MINUTE);
    let before = stage.messages();
    let (real, invented) = (
        stage.begin(&from(&stage, 101), "clerk 101", "").await.expect("as if").view,
        stage.begin(&from(&stage, 102), "nobody", "").await.expect("as if").view,
    );
    assert_eq!((real.state, real.to, real.resend_in), (invented.state, invented.to, invented.resend_in));
    assert_eq!(stage.messages(), before, "strangers get nothing any more, and are not told");
    let told = stage.details(What::SysBreakerOpened);
    assert!(told.len() == 1 && told[0].contains("for whoever gives a name alone"), "{told:?}");
    stage.begin(&known, "clerk 199", "").await.expect("a browser that succeeded before");
    assert_eq!(stage.messages(), before + 1);
    stage.people.1.store(false, Ordering::SeqCst);
    assert_eq!(shift(&stage, 110..120, 5).await, 10, "and everybody with a password");
}

/// One account is no crowd, however often it asks.
#[tokio::test]
async fn one_account_counts_only_so_often() {
    let stage = stage(|_| {}).await;
    for round in 0..30 {
        stage.later(10);
        for clerk in 0..2 {
            let begun = stage.begin(&from(&stage, 1000 + round), &format!("clerk {clerk}"), "pw").await;
            // Challenges that are open at a time are bounded as well.
            assert!(begun.is_ok() || round > 6, "{round}: {begun:?}");
        }
    }
    assert_eq!(shift(&stage, 10..25, 0).await, 15);
    stage.later(8 * MINUTE);
    assert!(shift(&stage, 30..33, 0).await == 3, "4 + 15 are fewer than the least");
    assert!(stage.messages() > 30);
}

#[tokio::test]
async fn in_report_mode_it_is_told_and_nobody_is_stopped() {
    let stage = stage(|rule| rule.report = true).await;
    shift(&stage, 0..40, 0).await;
    stage.later(8 * MINUTE);
    assert_eq!(shift(&stage, 50..60, 0).await, 10);
    let told = stage.details(What::SysBreakerOpened);
    assert!(told.len() == 1 && told[0].contains("would be stopped until"), "{told:?}");
    assert_eq!(stage.heard(What::ExcessRateLimitExceeded), 0);
}
