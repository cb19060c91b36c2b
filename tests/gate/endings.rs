//! How a stay ends, and that nothing brings it back.

use std::time::Duration;

use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::{Caller, Shown};

use super::stage::{Stage, user};

fn with(caller: &Caller, token: &Secret<String>) -> Caller {
    Caller { token: Some(token.clone()), ..caller.clone() }
}

#[tokio::test]
async fn a_scope_left_alone_too_long_is_not_brought_back_by_another_one() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let first = stage.earn(&caller, Some("alice"), "ward").await;
    let token = stage.earn(&with(&caller, &first), None, "archive").await;
    let meets = |path: &str, token: &Secret<String>| stage.meets(&stage.gate, path, Some(token.expose()));
    assert_eq!(meets("/ward/1", &token), "forward as alice");
    stage.wait(601).await;
    assert_eq!(meets("/ward/1", &token), "challenge ward");
    assert_eq!(meets("/archive/1", &token), "forward as alice");
    assert_eq!(meets("/ward/1", &token), "challenge ward", "a visit to the archive is none to the ward");
    let token = stage.earn(&with(&caller, &token), None, "records").await;
    assert_eq!(meets("/records/1", &token), "forward as alice");
    assert_eq!(meets("/ward/1", &token), "challenge ward", "a code for the records is none for the ward");
    stage.gate.tidy().await.expect("writes uses down");
    stage.other.recall().await.expect("reads them");
    assert_eq!(stage.meets(&stage.other, "/ward/1", Some(token.expose())), "challenge ward", "after a restart too");
    assert_eq!(stage.meets(&stage.other, "/archive/1", Some(token.expose())), "forward as alice");
}

#[tokio::test]
async fn a_logout_by_an_older_pass_ends_the_newer_one_for_good() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let old = stage.earn(&caller, Some("alice"), "records").await;
    stage.wait(3000).await;
    let new = stage.earn(&with(&caller, &old), None, "billing").await;
    stage.gate.logout(&with(&caller, &old)).await.expect("logs out");
    // The older pass is over then, the newer one would hold for 3000 s more.
    for wait in [0, 700] {
        stage.wait(wait).await;
        stage.gate.tidy().await.expect("tidies");
        for gate in [&stage.gate, &stage.other] {
            assert_eq!(stage.meets(gate, "/billing/1", Some(new.expose())), "challenge billing", "after {wait} s");
        }
    }
}

#[tokio::test]
async fn nobody_is_told_that_they_are_out_when_they_are_not() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let token = stage.earn(&caller, Some("alice"), "records").await;
    let caller = with(&caller, &token);
    *stage.auditor.broken.lock().expect("lock") = true;
    assert_eq!(stage.gate.logout(&caller).await.err(), Some(Refusal::Outage));
    *stage.auditor.broken.lock().expect("lock") = false;
    assert_eq!(stage.meets(&stage.gate, "/records/1", Some(token.expose())), "forward as alice");
    // Two seconds without a heartbeat; the store takes the logout all the same.
    stage.later(2);
    stage.gate.logout(&caller).await.expect("logs out");
    stage.wait(0).await;
    assert_eq!(stage.meets(&stage.gate, "/records/1", Some(token.expose())), "challenge records");
}

#[tokio::test]
async fn what_an_operator_gave_for_ten_minutes_is_not_lengthened_by_a_code_for_something_else() {
    let stage = Stage::set().await;
    let alice = user(1, "alice", Some("090-1234-5678"), &["clerks"]);
    let life = Duration::from_secs(600);
    let given = stage.gate.issue(&alice, "records", life, "uid 0", "forgot the phone").await.expect("issued");
    let token = stage.earn(&with(&stage.caller(), &given), None, "billing").await;
    stage.wait(600).await;
    let meets = |path: &str| stage.meets(&stage.gate, path, Some(token.expose()));
    assert_eq!((meets("/records/1").as_str(), meets("/billing/1").as_str()), ("challenge records", "forward as alice"));
}

#[tokio::test]
async fn a_code_that_went_to_the_old_number_opens_nothing_once_there_is_a_new_one() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let new = user(1, "alice", Some("070-1111-2222"), &["clerks"]);
    stage.people.0.lock().expect("lock")[0].0 = new;
    stage.wait(30).await;
    let resent = stage.gate.resend(&caller, &id, None).await.expect("is taken");
    assert_eq!((resent.state, stage.messages()), (Shown::Failed, 1), "and the new one does not get it");
    let opened = stage.gate.verify(&caller, &id, &stage.code()).await;
    assert_eq!(opened.err(), Some(Refusal::WrongCredentials));
    let again = stage.begin(&caller, "alice", "pw").await.expect("begins anew").view;
    assert_ne!(again.id, id);
    assert!(stage.gate.verify(&caller, &again.id, &stage.code()).await.is_ok());
}
