//! One person, one browser, and what can go wrong on the way.

use sekisho::domain::challenge::Gone;
use sekisho::domain::event::What;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::gate::{Caller, Shown};
use serde_json::json;

use super::stage::{Stage, wish};

#[tokio::test]
async fn a_right_code_opens_the_scope_and_only_that() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let begun = stage.begin(&caller, "alice", "pw").await.expect("begins");
    assert_eq!((begun.view.state, begun.view.to.as_deref()), (Shown::Queued, Some("********78")));
    let opened = stage.gate.verify(&caller, &begun.view.id, &stage.code()).await.expect("opens");
    assert_eq!(
        (opened.scope.as_str(), opened.expires_in, opened.return_to.as_str()),
        ("records", 3600, "/records/4711?tab=1")
    );
    let token = Some(opened.token.expose().as_str());
    assert_eq!(stage.meets(&stage.gate, "/records/1", token), "forward as alice");
    assert_eq!(stage.meets(&stage.other, "/records/1", token), "forward as alice", "on the other node too");
    assert_eq!(stage.meets(&stage.gate, "/billing/1", token), "challenge billing");
    assert_eq!(stage.meets(&stage.gate, "/public/x", token), "forward", "an open route learns nobody's name");
    assert_eq!(stage.meets(&stage.gate, "/never/x", token), "Denied");
    assert_eq!(stage.meets(&stage.gate, "/elsewhere", token), "NoRoute");
    assert_eq!(stage.meets(&stage.gate, "/.sekisho/challenge", token), "desk");
    stage.later(3599);
    stage.gate.pulse().await.expect("pulse");
    assert_eq!(stage.meets(&stage.gate, "/records/1", token), "forward as alice");
    stage.later(1);
    stage.gate.pulse().await.expect("pulse");
    assert_eq!(stage.meets(&stage.gate, "/records/1", token), "challenge records");
}

#[tokio::test]
async fn a_code_opens_once_and_a_second_time_is_told_to_the_auditor() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let begun = stage.begin(&caller, "alice", "pw").await.expect("begins");
    stage.gate.verify(&caller, &begun.view.id, &stage.code()).await.expect("opens");
    let again = stage.other.verify(&caller, &begun.view.id, &stage.code()).await;
    assert_eq!(again.err(), Some(Refusal::Gone(Gone::Used)));
    assert_eq!(stage.heard(What::AuthnTokenReuse), 1);
    assert_eq!(stage.heard(What::AuthnTokenCreated), 1);
}

#[tokio::test]
async fn unknown_wrong_and_forbidden_are_one_and_the_same_no() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let mut answers = Vec::new();
    for (login, password, scope) in
        [("nobody", "pw", "records"), ("alice", "no", "records"), ("bob", "pw", "billing"), ("", "", "records")]
    {
        answers.push(stage.gate.begin(&caller, wish(Some(login), password, scope)).await.err());
    }
    assert!(answers.iter().all(|a| *a == Some(Refusal::WrongCredentials)), "{answers:?}");
    assert_eq!(stage.messages(), 0);
    assert_eq!(stage.gate.begin(&caller, wish(None, "", "records")).await.err(), Some(Refusal::WhoAreYou));
    assert_eq!(
        stage.gate.begin(&caller, wish(Some("alice"), "pw", "nothing")).await.err(),
        Some(Refusal::UnknownScope)
    );
}

#[tokio::test]
async fn guessing_a_password_is_slowed_whether_or_not_the_name_exists() {
    let stage = Stage::set().await;
    for login in ["alice", "nobody"] {
        for _ in 0..10 {
            assert_eq!(stage.begin(&stage.caller(), login, "guess").await.err(), Some(Refusal::WrongCredentials));
        }
        assert!(matches!(stage.begin(&stage.caller(), login, "guess").await, Err(Refusal::Limited(_))), "{login}");
    }
    let elsewhere = Caller { client: "203.0.113.9".parse().expect("address"), ..stage.caller() };
    assert!(
        stage.begin(&elsewhere, "alice", "pw").await.is_ok(),
        "the owner, elsewhere, is not locked out by a stranger"
    );
}

#[tokio::test]
async fn a_challenge_belongs_to_the_browser_that_asked() {
    let stage = Stage::set().await;
    let begun = stage.begin(&stage.caller(), "alice", "pw").await.expect("begins");
    for browser in [None, Some(Secret::new("another".to_owned()))] {
        let thief = Caller { browser, ..stage.caller() };
        assert_eq!(
            stage.gate.verify(&thief, &begun.view.id, &stage.code()).await.err(),
            Some(Refusal::UnknownChallenge)
        );
        assert_eq!(stage.gate.view(&thief, &begun.view.id).await.err(), Some(Refusal::UnknownChallenge));
        assert_eq!(stage.gate.resend(&thief, &begun.view.id, None).await.err(), Some(Refusal::UnknownChallenge));
    }
}

#[tokio::test]
async fn a_second_tab_joins_and_sends_nothing() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let first = stage.begin(&caller, "alice", "pw").await.expect("begins");
    let second = stage.begin(&caller, "alice", "pw").await.expect("joins");
    assert_eq!((&first.view.id, stage.messages()), (&second.view.id, 1));
    let elsewhere = Caller { browser: Some(Secret::new("another".to_owned())), ..caller };
    let other = stage.begin(&elsewhere, "alice", "pw").await.expect("begins");
    assert_ne!(other.view.id, first.view.id);
    assert_eq!(stage.messages(), 2);
}

#[tokio::test]
async fn malformed_entries_cost_nothing_and_wrong_ones_a_try_each() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    for entry in ["", "12345", "abcdef", "1234567"] {
        assert_eq!(stage.gate.verify(&caller, &id, entry).await.err(), Some(Refusal::NotACode), "{entry}");
    }
    for tries_left in [4, 3, 2, 1, 0] {
        assert_eq!(
            stage.gate.verify(&caller, &id, &stage.wrong_code()).await.err(),
            Some(Refusal::WrongCode { tries_left })
        );
    }
    assert_eq!(stage.gate.verify(&caller, &id, &stage.code()).await.err(), Some(Refusal::Gone(Gone::OutOfTries)));
    assert_eq!(stage.heard(What::AuthnLoginFailMax), 1);
    assert!(
        matches!(stage.begin(&caller, "alice", "pw").await, Err(Refusal::Waiting(w)) if w.as_secs() == 30),
        "the account waits"
    );
    stage.later(30);
    assert!(stage.begin(&caller, "alice", "pw").await.is_ok());
}

#[tokio::test]
async fn a_code_outlives_nothing() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    stage.later(300);
    assert_eq!(stage.gate.verify(&caller, &id, &stage.code()).await.err(), Some(Refusal::Gone(Gone::Expired)));
    assert_eq!(stage.gate.view(&caller, &id).await.expect("shown").state, Shown::Expired);
    assert!(stage.begin(&caller, "alice", "pw").await.is_ok_and(|b| b.view.id != id), "and a new one begins");
}

#[tokio::test]
async fn resending_repeats_the_code_after_a_cool_down_and_never_refills_tries() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let code = stage.code();
    stage.gate.verify(&caller, &id, &stage.wrong_code()).await.expect_err("wrong");
    assert!(matches!(stage.gate.resend(&caller, &id, None).await, Err(Refusal::Cooling(w)) if w.as_secs() == 30));
    stage.later(30);
    let view = stage.gate.resend(&caller, &id, Some("sms")).await.expect("sends");
    assert_eq!((view.tries_left, stage.messages(), stage.code()), (4, 2, code.clone()));
    assert_eq!(stage.gate.resend(&caller, &id, Some("pigeon")).await.err(), Some(Refusal::NoSuchChannel));
    stage.later(60);
    stage.gate.resend(&caller, &id, None).await.expect("sends");
    stage.later(119);
    assert_eq!(stage.gate.resend(&caller, &id, None).await.err(), Some(Refusal::NoResendLeft));
    assert!(stage.gate.verify(&caller, &id, &code).await.is_ok());
}

#[tokio::test]
async fn a_message_that_failed_is_shown_and_costs_no_try() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    stage.gate.settle(&id, 1, Err("transient")).await;
    let view = stage.gate.view(&caller, &id).await.expect("shown");
    assert_eq!((view.state, view.tries_left, view.resend_in), (Shown::Failed, 5, 0));
    *stage.phones.full.lock().expect("lock") = true;
    assert_eq!(
        stage.gate.resend(&caller, &id, None).await.expect("tried").state,
        Shown::Failed,
        "a full queue is a failed message"
    );
    *stage.phones.full.lock().expect("lock") = false;
    stage.gate.resend(&caller, &id, None).await.expect("sends");
    stage.gate.settle(&id, 3, Ok(())).await;
    assert_eq!(stage.gate.view(&caller, &id).await.expect("shown").state, Shown::Sent);
    assert_eq!((stage.heard(What::CodeSendFailed), stage.heard(What::CodeSent)), (2, 1));
}

#[tokio::test]
async fn a_message_that_did_not_arrive_after_all_shows_and_can_be_sent_again_at_once() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    stage.gate.settle(&id, 1, Ok(())).await;
    stage.other.bounce(&id, 2, "recipient").await.expect("taken in");
    assert_eq!(stage.gate.view(&caller, &id).await.expect("shown").state, Shown::Sent, "there is no second message");
    stage.other.bounce(&id, 1, "recipient").await.expect("taken in");
    stage.other.bounce(&id, 1, "recipient").await.expect("taken in");
    let view = stage.gate.view(&caller, &id).await.expect("shown");
    assert_eq!((view.state, view.resend_in, view.tries_left), (Shown::Failed, 0, 5));
    assert_eq!(stage.heard(What::CodeSendFailed), 1, "told once");
    stage.gate.verify(&caller, &id, &stage.code()).await.expect("the code holds all the same");
    stage.gate.bounce(&id, 1, "recipient").await.expect("taken in");
    assert_eq!(stage.gate.view(&caller, &id).await.expect("shown").state, Shown::Verified);
}

#[tokio::test]
async fn without_a_number_or_an_allowed_country_nothing_is_sent() {
    let stage = Stage::set().await;
    for login in ["carol", "dan"] {
        let view = stage.begin(&stage.caller(), login, "pw").await.expect("begins").view;
        assert_eq!((view.state, view.to), (Shown::Failed, None), "{login}");
    }
    assert_eq!(stage.messages(), 0);
}

#[tokio::test]
async fn stepping_up_adds_to_the_session_and_lengthens_nothing() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let first = stage.gate.verify(&caller, &id, &stage.code()).await.expect("opens").token;
    stage.later(1800);
    stage.gate.pulse().await.expect("pulse");
    let holder = Caller { token: Some(first.clone()), ..caller.clone() };
    let begun = stage.gate.begin(&holder, wish(None, "", "billing")).await.expect("needs no password again");
    let second = stage.gate.verify(&holder, &begun.view.id, &stage.code()).await.expect("opens").token;
    let meets = |path: &str| stage.meets(&stage.gate, path, Some(second.expose()));
    assert_eq!(
        (meets("/records/1"), meets("/billing/1")),
        ("forward as alice".to_owned(), "forward as alice".to_owned())
    );
    stage.later(1800);
    stage.gate.pulse().await.expect("pulse");
    assert_eq!(
        (meets("/records/1"), meets("/billing/1")),
        ("challenge records".to_owned(), "forward as alice".to_owned())
    );
}

#[tokio::test]
async fn logging_out_ends_the_pass_on_every_node() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let token = stage.gate.verify(&caller, &id, &stage.code()).await.expect("opens").token;
    let stolen = token.expose().clone();
    stage.gate.logout(&Caller { token: Some(token), ..caller }).await.expect("logs out");
    assert_eq!(stage.meets(&stage.gate, "/records/1", Some(&stolen)), "challenge records");
    stage.other.pulse().await.expect("pulse");
    assert_eq!(stage.meets(&stage.other, "/records/1", Some(&stolen)), "challenge records");
}

#[tokio::test]
async fn whoever_was_disabled_after_the_code_went_out_stays_outside() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    stage.people.0.lock().expect("lock")[0].0.disabled = true;
    assert_eq!(stage.gate.verify(&caller, &id, &stage.code()).await.err(), Some(Refusal::WrongCredentials));
}

#[tokio::test]
async fn when_the_audit_or_the_store_is_silent_guarded_routes_close_and_open_ones_do_not() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let code = stage.code();
    *stage.auditor.broken.lock().expect("lock") = true;
    assert_eq!(
        stage.gate.verify(&caller, &id, &code).await.err(),
        Some(Refusal::Outage),
        "no pass without an audit line"
    );
    assert_eq!(stage.meets(&stage.gate, "/records/1", None), "Outage");
    assert_eq!(stage.meets(&stage.gate, "/public/x", None), "forward");
    *stage.auditor.broken.lock().expect("lock") = false;
    assert_eq!(stage.meets(&stage.gate, "/records/1", None), "challenge records");
    stage.later(2);
    assert_eq!(stage.meets(&stage.gate, "/records/1", None), "Outage", "two seconds without a heartbeat");
    stage.gate.pulse().await.expect("pulse");
    assert_eq!(stage.meets(&stage.gate, "/records/1", None), "challenge records");
}

#[tokio::test]
async fn one_number_gets_only_so_many_messages() {
    let stage = Stage::set().await;
    let mut sent = 0;
    for n in 0..10 {
        let browser = Some(Secret::new(format!("browser {n}")));
        let client = format!("203.0.113.{n}").parse().expect("address");
        let caller = Caller { browser, client, ..stage.caller() };
        sent += usize::from(stage.begin(&caller, "alice", "pw").await.is_ok());
    }
    assert_eq!((sent, stage.messages()), (6, 6));
    assert_eq!(stage.heard(What::ExcessRateLimitExceeded), 4);
}

#[tokio::test]
async fn where_a_name_is_enough_nothing_tells_a_real_one_from_an_invented_one() {
    let stage = Stage::set().await;
    stage.people.1.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut seen = Vec::new();
    // alice's message fails, bob's arrives, carol has no telephone, and nobody is called eve.
    for (n, login) in ["alice", "bob", "carol", "eve"].into_iter().enumerate() {
        let browser = Some(Secret::new(format!("browser {n}")));
        let caller = Caller { browser, ..stage.caller() };
        let mut told = Vec::new();
        let begun = stage.gate.begin(&caller, wish(Some(login), "", "records")).await.expect("begins").view;
        let id = begun.id.clone();
        told.push(format!("{begun:?}"));
        stage.gate.settle(&id, 1, if login == "alice" { Err("transient") } else { Ok(()) }).await;
        told.push(format!("{:?}", stage.gate.view(&caller, &id).await));
        told.push(format!("{:?}", stage.gate.resend(&caller, &id, None).await));
        stage.later(30);
        told.push(format!("{:?}", stage.gate.resend(&caller, &id, None).await));
        // 1 in 10^6 that this is somebody's code; then the answers differ and this test says so.
        told.push(format!("{:?}", stage.gate.verify(&caller, &id, "000001").await.err()));
        stage.later(-30);
        let last = stage.gate.view(&caller, &id).await.expect("shown").last_send;
        seen.push(told.join("\n").replace(id.as_str(), "ID").replace(&format!("{last:?}"), "LATER"));
    }
    assert!(seen.iter().all(|told| *told == seen[0]), "{seen:#?}");
    assert_eq!(stage.messages(), 4, "two each, for the two who have a telephone that may be sent to");
}

#[tokio::test]
async fn no_pass_is_handed_out_that_the_audit_knows_nothing_of() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let code = stage.code();
    *stage.auditor.broken.lock().expect("lock") = true;
    assert_eq!(stage.gate.verify(&caller, &id, &code).await.err(), Some(Refusal::Outage));
    *stage.auditor.broken.lock().expect("lock") = false;
    assert_eq!(stage.heard(What::AuthnTokenCreated), 0);
    assert!(stage.gate.repeat(&caller, &id, &code).await.is_some(), "as after a double click");
    assert_eq!(stage.heard(What::AuthnTokenCreated), 1);
}

#[tokio::test]
async fn a_message_that_the_audit_kept_back_is_shown_as_failed_and_can_be_sent_at_once() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    *stage.auditor.broken.lock().expect("lock") = true;
    assert_eq!(stage.begin(&caller, "alice", "pw").await.err(), Some(Refusal::Outage));
    *stage.auditor.broken.lock().expect("lock") = false;
    let joined = stage.begin(&caller, "alice", "pw").await.expect("joins").view;
    assert_eq!((joined.state, joined.resend_in, stage.messages()), (Shown::Failed, 0, 0));
    stage.gate.resend(&caller, &joined.id, None).await.expect("sends");
    assert_eq!(stage.messages(), 1);
}

#[tokio::test]
async fn a_pass_claims_no_password_that_nobody_typed() {
    let stage = Stage::set().await;
    let claims = |token: &Secret<String>| {
        let claims = token.expose().split('.').nth(1).and_then(sekisho::gate::seal::bytes).expect("claims");
        serde_json::from_slice::<serde_json::Value>(&claims).expect("JSON")["amr"].clone()
    };
    for (password, amr) in [(true, json!(["pwd", "otp", "sms", "mfa"])), (false, json!(["otp", "sms"]))] {
        stage.people.1.store(!password, std::sync::atomic::Ordering::SeqCst);
        let first = stage.earn(&stage.caller(), Some("alice"), "records").await;
        let second = stage.earn(&Caller { token: Some(first), ..stage.caller() }, None, "billing").await;
        assert_eq!(claims(&second), amr);
    }
}

#[tokio::test]
async fn where_a_name_is_enough_messages_run_out_alike_for_real_and_invented_ones() {
    let stage = Stage::set().await;
    stage.people.1.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut told = Vec::new();
    // carol has no telephone, dan one abroad that nothing is sent to.
    for login in ["alice", "carol", "dan", "eve"] {
        let mut answers = Vec::new();
        for n in 0..3 {
            let browser = Some(Secret::new(format!("{login} {n}")));
            let caller = Caller { browser, ..stage.caller() };
            let begun = stage.gate.begin(&caller, wish(Some(login), "", "records")).await;
            answers.push(begun.is_ok());
            let Ok(begun) = begun else { continue };
            for wait in [30, 60] {
                stage.later(wait);
                answers.push(stage.gate.resend(&caller, &begun.view.id, None).await.is_ok());
            }
        }
        told.push(answers);
    }
    assert!(told.iter().all(|answers| *answers == told[0]), "{told:?}");
    assert_eq!(told[0].iter().filter(|sent| **sent).count(), 6, "messages to one number");
}

#[tokio::test]
async fn two_invented_names_never_share_a_challenge() {
    let stage = Stage::set().await;
    stage.people.1.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut ids = std::collections::BTreeSet::new();
    // So many that some are sure to share one of the places for names nobody has.
    for n in 0..290 {
        let begun = stage.gate.begin(&stage.caller(), wish(Some(&format!("nobody {n}")), "", "records")).await;
        assert!(ids.insert(begun.expect("begins").view.id.to_string()), "name {n}");
    }
    let again = stage.gate.begin(&stage.caller(), wish(Some("nobody 7"), "", "records")).await.expect("joins");
    assert!(!ids.insert(again.view.id.to_string()), "a second tab joins, as for a real name");
}

#[tokio::test]
async fn inventing_names_uses_up_nobodys_messages() {
    let stage = Stage::set().await;
    stage.people.1.store(true, std::sync::atomic::Ordering::SeqCst);
    // The day's budget pays for 300 messages.
    for n in 0..301 {
        let begun = stage.gate.begin(&stage.caller(), wish(Some(&format!("nobody {n}")), "", "records")).await;
        assert!(begun.is_ok(), "name {n}");
    }
    assert!(stage.gate.begin(&stage.caller(), wish(Some("alice"), "", "records")).await.is_ok());
    assert_eq!(stage.messages(), 1);
}
