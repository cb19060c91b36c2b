//! Whose failures are whose, and what a stranger is told of them.

use sekisho::domain::account::AccountKey;
use sekisho::domain::challenge::Gone;
use sekisho::domain::event::What;
use sekisho::domain::id::UserId;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::seams::{Step, Store};
use sekisho::gate::{Caller, Opened};
use sekisho::store::Embedded;

use super::stage::{Stage, wish};

/// A stage where a name is all that is asked for.
async fn names_only() -> Stage {
    let stage = Stage::set().await;
    stage.people.1.store(true, std::sync::atomic::Ordering::SeqCst);
    stage
}

fn stranger(stage: &Stage, n: usize) -> Caller {
    let browser = Some(Secret::new(format!("stranger {n}")));
    let client = format!("203.0.113.{}", n % 250).parse().expect("address");
    Caller { browser, client, ..stage.caller() }
}

fn with(caller: &Caller, device: &Secret<String>) -> Caller {
    Caller { device: Some(device.clone()), ..caller.clone() }
}

async fn open(stage: &Stage, caller: &Caller, login: &str) -> Opened {
    let begun = stage.gate.begin(caller, wish(Some(login), "pw", "records")).await.expect("begins");
    stage.gate.verify(caller, &begun.view.id, &stage.code()).await.expect("opens")
}

/// As many wrong codes as are heard until the next one would have to wait; how long that is.
async fn fail_until_waiting(stage: &Stage, caller: &Caller, login: &str) -> u64 {
    loop {
        let begun = match stage.gate.begin(caller, wish(Some(login), "pw", "records")).await {
            Ok(begun) => begun,
            Err(Refusal::Waiting(wait)) => return wait.as_secs(),
            Err(other) => panic!("{other:?}"),
        };
        loop {
            match stage.other.verify(caller, &begun.view.id, "000000").await.err() {
                Some(Refusal::WrongCode { .. }) => {}
                Some(Refusal::Gone(Gone::OutOfTries)) => break,
                Some(Refusal::Waiting(wait)) => return wait.as_secs(),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Strangers fail until they are paused.
async fn pause(stage: &Stage, login: &str) {
    for n in 0.. {
        let wait = fail_until_waiting(stage, &stranger(stage, n), login).await;
        if wait == 1800 {
            return;
        }
        stage.wait(wait as i64).await;
    }
}

#[tokio::test]
async fn a_stranger_makes_strangers_wait_and_not_the_owner_at_their_own_browser() {
    let stage = names_only().await;
    let home = stage.caller();
    let opened = open(&stage, &home, "alice").await;
    let home = with(&home, &opened.device);
    pause(&stage, "alice").await;
    assert!(stage.heard(What::AuthnLoginLock) > 0);
    let elsewhere = stage.gate.begin(&stranger(&stage, 99), wish(Some("alice"), "", "records")).await;
    assert!(matches!(elsewhere.err(), Some(Refusal::Waiting(_))));
    let again = open(&stage, &home, "alice").await;
    assert_ne!(again.device.expose(), opened.device.expose(), "made fresh at each success");
    assert_eq!(stage.heard(What::DeviceAdded), 1, "the second success was on a known device");
    let elsewhere = stage.gate.begin(&stranger(&stage, 99), wish(Some("alice"), "", "records")).await;
    assert!(matches!(elsewhere.err(), Some(Refusal::Waiting(_))), "the owner's success refills no stranger's tries");
    let copied = stage.gate.begin(&home, wish(Some("alice"), "", "records")).await;
    assert!(matches!(copied.err(), Some(Refusal::Waiting(_))), "what was planted or copied before is worth nothing");
    assert_eq!(
        fail_until_waiting(&stage, &with(&home, &again.device), "alice").await,
        30,
        "and has a count of its own"
    );
}

#[tokio::test]
async fn a_device_of_one_account_is_a_stranger_to_another() {
    let stage = names_only().await;
    let mine = open(&stage, &stage.caller(), "bob").await;
    pause(&stage, "alice").await;
    let caller = with(&stage.caller(), &mine.device);
    let begun = stage.gate.begin(&caller, wish(Some("alice"), "", "records")).await;
    assert!(matches!(begun.err(), Some(Refusal::Waiting(_))));
}

#[tokio::test]
async fn a_stranger_who_had_all_messages_sent_keeps_none_from_the_owner() {
    let stage = names_only().await;
    let opened = open(&stage, &stage.caller(), "alice").await;
    let mut sent = 0;
    for n in 0..10 {
        sent += usize::from(stage.gate.begin(&stranger(&stage, n), wish(Some("alice"), "", "records")).await.is_ok());
    }
    assert_eq!(sent, 5, "six in ten minutes, and the first was the owner's");
    open(&stage, &with(&stage.caller(), &opened.device), "alice").await;
}

#[tokio::test]
async fn a_stranger_who_used_up_the_sign_ins_of_a_name_keeps_none_from_the_owner() {
    let stage = Stage::set().await;
    let opened = open(&stage, &stage.caller(), "alice").await;
    while stage.begin(&stage.caller(), "alice", "guess").await.err() == Some(Refusal::WrongCredentials) {}
    assert!(matches!(stage.begin(&stage.caller(), "alice", "pw").await, Err(Refusal::Limited(_))));
    open(&stage, &with(&stage.caller(), &opened.device), "alice").await;
}

#[tokio::test]
async fn a_known_device_has_no_sign_ins_for_the_names_of_others() {
    let stage = Stage::set().await;
    let bob = stage.caller();
    let device = open(&stage, &bob, "bob").await.device;
    let bob = with(&bob, &device);
    let mut heard = 0;
    for _ in 0..30 {
        match stage.gate.begin(&bob, wish(Some("alice"), "a guess", "records")).await.err() {
            Some(Refusal::WrongCredentials) => heard += 1,
            Some(Refusal::Limited(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(heard, 10, "as many as anybody's from this network");
    assert!(stage.gate.begin(&bob, wish(Some("bob"), "pw", "records")).await.is_ok());
}

#[tokio::test]
async fn wrong_passwords_from_everywhere_have_one_end_whoever_has_the_name() {
    let stage = Stage::set().await;
    for login in ["alice", "nobody"] {
        let mut heard = 0;
        for n in 0..150 {
            let caller = stranger(&stage, n);
            heard += usize::from(stage.begin(&caller, login, "guess").await.err() == Some(Refusal::WrongCredentials));
        }
        assert_eq!(heard, 100, "{login}");
    }
}

/// Fails a code under this name every half hour, each time from another browser; what was told.
async fn fail_slowly(stage: &Stage, login: &str, times: usize) -> Vec<String> {
    let mut told = Vec::new();
    for n in 0..times {
        stage.wait(1800).await;
        let caller = stranger(stage, n);
        let begun = stage.gate.begin(&caller, wish(Some(login), "", "records")).await.expect("begins");
        told.push(format!("{:?}", stage.gate.verify(&caller, &begun.view.id, "000000").await.err()));
    }
    told
}

#[tokio::test]
async fn after_fifty_failures_of_strangers_a_name_is_as_one_that_nobody_has_until_it_is_unlocked() {
    let stage = names_only().await;
    let home = open(&stage, &stage.caller(), "alice").await;
    let before = stage.messages();
    // No more than twelve messages a day go to one number; here as many as one likes.
    let real = fail_slowly(&stage, "alice", 55).await;
    assert_eq!(real, fail_slowly(&stage, "nobody", 55).await, "and that looks the same all along");
    assert_eq!(stage.messages() - before, 50, "nothing was sent after the fiftieth");
    stage.wait(1800).await;
    open(&stage, &with(&stage.caller(), &home.device), "alice").await;

    let store = Embedded::open(&stage.file()).expect("opens");
    let key = AccountKey::of_user(&UserId::from_random([1; 16]));
    let mut seen = store.account(&key).await.expect("reads");
    assert!(seen.value.is_closed());
    seen.value.unlock();
    assert!(store.swap(Step { accounts: vec![(key, seen)], ..Step::default() }).await.expect("writes"));
    stage.wait(1800).await;
    open(&stage, &stranger(&stage, 1), "alice").await;
}

#[tokio::test]
async fn whoever_knows_the_password_is_told_that_the_account_is_locked() {
    let stage = Stage::set().await;
    for n in 0..50 {
        stage.wait(1800).await;
        let caller = stranger(&stage, n);
        let begun = stage.begin(&caller, "alice", "pw").await.expect("begins");
        let wrong = stage.wrong_code();
        let told = stage.gate.verify(&caller, &begun.view.id, &wrong).await.err();
        assert_eq!(told, Some(Refusal::WrongCode { tries_left: 4 }));
    }
    assert_eq!(stage.begin(&stranger(&stage, 1), "alice", "pw").await.err(), Some(Refusal::Closed));
}

#[tokio::test]
async fn a_right_code_sent_twice_is_no_failure() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let begun = stage.begin(&caller, "alice", "pw").await.expect("begins");
    let code = stage.code();
    let opened = stage.gate.verify(&caller, &begun.view.id, &code).await.expect("opens");
    for _ in 0..9 {
        let again = stage.gate.verify(&caller, &begun.view.id, &code).await.err();
        assert_eq!(again, Some(Refusal::Gone(Gone::Used)));
    }
    let repeated = stage.gate.repeat(&caller, &begun.view.id, &code).await.expect("a double click");
    assert_eq!(repeated.device, opened.device, "the browser is known, whichever answer it kept");
    open(&stage, &caller, "alice").await;
}

#[tokio::test]
async fn too_many_failures_over_all_accounts_raise_one_alarm_on_all_nodes_and_lock_nobody_out() {
    let stage = Stage::set().await;
    let fail = async |times: usize| {
        for n in 0..times {
            let gate = if n % 2 == 0 { &stage.gate } else { &stage.other };
            let told = gate.begin(&stranger(&stage, n), wish(Some(&format!("name {n}")), "pw", "records")).await;
            assert_eq!(told.err(), Some(Refusal::WrongCredentials));
        }
    };
    fail(200).await;
    assert_eq!(stage.heard(What::ExcessLoginFailures), 0);
    fail(50).await;
    assert_eq!(stage.heard(What::ExcessLoginFailures), 1);
    open(&stage, &stage.caller(), "alice").await;
    stage.wait(3600).await;
    fail(201).await;
    assert_eq!(stage.heard(What::ExcessLoginFailures), 2, "once in each such span");
}
