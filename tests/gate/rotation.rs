//! What a rotation leaves as it was, and whose passes end without anybody's word.

use std::time::Duration;

use sekisho::domain::event::What;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::Caller;
use sekisho::gate::keys::{Algorithm, KeyRing};

use super::stage::{Stage, user, wish};

const HOUR: Duration = Duration::from_secs(3600);

/// Both nodes go by a ring whose new key signs at once.
async fn rotate(stage: &Stage, ring: &KeyRing) -> KeyRing {
    let rotated = ring.rotated(stage.world.as_ref(), Algorithm::Hs256, Duration::ZERO, HOUR).expect("rotates");
    for gate in [&stage.gate, &stage.other] {
        gate.rekey(&rotated);
    }
    stage.wait(0).await;
    rotated
}

fn kid(token: &Secret<String>) -> String {
    let header = token.expose().split('.').next().expect("a header");
    let bytes = sekisho::gate::seal::bytes(header).expect("base64url");
    serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON")["kid"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn what_was_begun_under_the_old_key_goes_on_under_the_new_one() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let browser = caller.browser.clone().expect("a browser");
    let form = stage.gate.form_token(&browser);
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let code = stage.code();
    let ring = rotate(&stage, &stage.keys).await;
    assert!(stage.other.is_form_token(&browser, &form), "a form that was open");
    let joined = stage.begin(&caller, "alice", "pw").await.expect("joins").view.id;
    assert_eq!((&joined, stage.messages()), (&id, 1), "a second tab joins, and nothing is sent");
    stage.wait(31).await;
    stage.gate.resend(&caller, &id, None).await.expect("resends");
    assert_eq!((stage.code(), stage.messages()), (code.clone(), 2), "the same code");
    let wrong = stage.other.verify(&caller, &id, &stage.wrong_code()).await;
    assert_eq!(wrong.err(), Some(Refusal::WrongCode { tries_left: 4 }));
    let token = stage.other.verify(&caller, &id, &code).await.expect("opens").token;
    assert_eq!(kid(&token), ring.all()[0].id);
    let ring = rotate(&stage, &ring).await;
    let again = stage.gate.repeat(&caller, &id, &code).await.expect("a double click");
    assert_eq!(again.token, token, "the same pass");
    for gate in [&stage.gate, &stage.other] {
        assert_eq!(stage.meets(gate, "/records/1", Some(token.expose())), "forward as alice");
    }
    // And when the key that signed it is taken out, it is over.
    let left = ring.without(&kid(&token), stage.gate.now()).expect("it signs no more");
    stage.gate.rekey(&left);
    assert_eq!(stage.meets(&stage.gate, "/records/1", Some(token.expose())), "challenge records");
    assert!(stage.gate.repeat(&caller, &id, &code).await.is_none());
}

#[tokio::test]
async fn a_rotation_gives_nobody_another_message_or_another_try() {
    let stage = Stage::set().await;
    let mut ring = stage.keys.clone();
    // Six messages in ten minutes for one number, whatever browser and whatever key.
    for n in 0..6 {
        let caller = Caller { browser: Some(Secret::new(format!("browser {n}"))), ..stage.caller() };
        stage.begin(&caller, "bob", "pw").await.expect("begins");
        ring = rotate(&stage, &ring).await;
    }
    let caller = Caller { browser: Some(Secret::new("one more".to_owned())), ..stage.caller() };
    let refused = stage.begin(&caller, "bob", "pw").await.err();
    assert!(matches!(refused, Some(Refusal::Limited(_))), "{refused:?}");
}

#[tokio::test]
async fn whoever_is_disabled_or_leaves_the_group_holds_no_pass_when_it_is_looked_at() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let alice = stage.earn(&caller, Some("alice"), "billing").await;
    let his = Caller { browser: Some(Secret::new("his browser".to_owned())), ..caller.clone() };
    let bob = stage.earn(&his, Some("bob"), "records").await;
    let meets = |token: &Secret<String>, path: &str| {
        [&stage.gate, &stage.other].map(|gate| stage.meets(gate, path, Some(token.expose())))
    };
    let look = async || {
        stage.gate.recheck().await;
        stage.wait(1).await;
    };
    assert_eq!(meets(&alice, "/billing/1"), ["forward as alice"; 2]);
    assert_eq!(meets(&bob, "/records/1"), ["forward as bob"; 2]);
    look().await;
    assert_eq!(
        (meets(&alice, "/billing/1"), stage.heard(What::AuthnTokenRevoked)),
        (["forward as alice".to_owned(), "forward as alice".to_owned()], 0)
    );
    stage.people.0.lock().expect("lock")[0].0 = user(1, "alice", Some("090-1234-5678"), &[]);
    stage.people.0.lock().expect("lock")[1].0.disabled = true;
    look().await;
    assert_eq!(meets(&alice, "/billing/1"), ["challenge billing"; 2], "no longer a clerk");
    assert_eq!(meets(&bob, "/records/1"), ["challenge records"; 2]);
    look().await;
    assert_eq!(stage.heard(What::AuthnTokenRevoked), 2, "each is told once");
}

#[tokio::test]
async fn a_use_on_one_node_counts_on_the_other() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let begun = stage.gate.begin(&caller, wish(Some("alice"), "pw", "ward")).await.expect("begins");
    let token = stage.gate.verify(&caller, &begun.view.id, &stage.code()).await.expect("opens").token;
    stage.wait(500).await;
    assert_eq!(stage.meets(&stage.gate, "/ward/1", Some(token.expose())), "forward as alice");
    stage.wait(200).await;
    assert_eq!(stage.meets(&stage.other, "/ward/1", Some(token.expose())), "challenge ward", "not known there yet");
    stage.gate.tidy().await.expect("writes down");
    stage.other.tidy().await.expect("reads");
    assert_eq!(stage.meets(&stage.other, "/ward/1", Some(token.expose())), "forward as alice");
    stage.wait(601).await;
    for gate in [&stage.gate, &stage.other] {
        assert_eq!(stage.meets(gate, "/ward/1", Some(token.expose())), "challenge ward");
    }
}
