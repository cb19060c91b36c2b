//! Passes are ended by an operator's word: on every node, over every wire, within a second.

use super::rig::{Pair, must, part, refused, sign_in};
use super::support::gateway::User;
use super::support::outbox::wrong;
use super::support::{Wire, wait};
use serde_json::{Value, json};

fn claim(token: &str, name: &str) -> String {
    part(token, 1)[name].as_str().expect("a text").to_owned()
}

/// The sessions that `pass list` shows.
fn listed(pair: &Pair, words: &[&str]) -> Vec<Value> {
    let text = pair.must(&[&["pass", "list", "--format", "json"], words].concat());
    serde_json::from_str::<Value>(&text).expect("JSON").as_array().expect("a list").clone()
}

/// Waits until the token is worth nothing at both nodes over all wires, and says how long the first look took.
fn ended(pair: &Pair, what: &str, token: &str) {
    #[expect(clippy::disallowed_methods, reason = "how long it took is told, not judged")]
    let since = std::time::Instant::now();
    for node in [0, 1] {
        wait::until(what, || (pair.status(node, Wire::Http1, token) == 401).then_some(()));
        println!("{what}: node {node} after {} ms", since.elapsed().as_millis());
    }
    assert_eq!(pair.statuses(token), [401; 6], "{what}");
}

#[test]
fn one_pass_one_session_one_person_or_everybody() {
    let pair = Pair::start(|plan| plan);
    let alice = [sign_in(&pair, 0, &User::ALICE), sign_in(&pair, 1, &User::ALICE), sign_in(&pair, 0, &User::ALICE)];
    let bob = sign_in(&pair, 1, &User::BOB);
    for token in alice.iter().chain([&bob]) {
        assert_eq!(pair.statuses(token), [200; 6]);
    }
    let mine = listed(&pair, &["--user", "alice"]);
    assert_eq!((mine.len(), listed(&pair, &[]).len()), (3, 4));
    let found = mine.iter().find(|one| one["session"] == claim(&alice[0], "sid")).expect("her first session");
    assert_eq!(found["passes"][0]["pass"], claim(&alice[0], "jti"));
    assert_eq!((&found["user"], &found["amr"]), (&json!("alice"), &json!(["pwd", "otp", "sms", "mfa"])));
    assert!(found["scopes"]["records"].is_string() && found["began"].is_string() && found["ends"].is_string());

    let revoke = |words: &[&str]| pair.must(&[&["pass", "revoke", "--reason", "lost her bag"], words].concat());
    revoke(&["--pass", &claim(&alice[0], "jti")]);
    ended(&pair, "one pass", &alice[0]);
    revoke(&["--session", &claim(&alice[1], "sid")]);
    ended(&pair, "one session", &alice[1]);
    assert_eq!(pair.statuses(&alice[2]), [200; 6], "nothing else");
    let left = listed(&pair, &["--user", "alice"]);
    let passes = |session: &str| left.iter().find(|one| one["session"] == session).map(|one| one["passes"].clone());
    assert_eq!(passes(&claim(&alice[0], "sid")), Some(json!([])));
    assert_eq!(passes(&claim(&alice[1], "sid")), None);
    revoke(&["--user", "alice"]);
    ended(&pair, "one person", &alice[2]);
    assert_eq!(pair.statuses(&bob), [200; 6]);
    assert_eq!(listed(&pair, &["--user", "alice"]).len(), 0);
    assert!(refused(&pair.first, &["pass", "revoke", "--all", "--reason", "x"]).contains("--yes"));
    assert_eq!(pair.statuses(&bob), [200; 6], "not without being sure");
    revoke(&["--all", "--yes"]);
    ended(&pair, "everybody", &bob);
    assert_eq!(pair.must(&["pass", "list"]), "nobody holds a pass\n");
    // And nobody is kept out by it.
    wait::until("a pass after the end of all", || {
        let token = sign_in(&pair, 0, &User::BOB);
        (pair.status(1, Wire::Http2, &token) == 200).then_some(())
    });
    let audit = pair.first.audit();
    let told: Vec<&str> = audit.lines().filter(|line| line.contains("authn_token_revoked")).collect();
    assert_eq!(told.len(), 4, "{told:#?}");
    for line in &told {
        assert!(line.contains("\"actor\":\"uid ") && line.contains("lost her bag"), "{line}");
    }
    assert!(told[0].contains(&claim(&alice[0], "jti")) && told[1].contains("alice") && told[2].contains("alice"));
}

#[test]
fn what_cannot_be_meant_is_refused_and_says_why() {
    let pair = Pair::start(|plan| plan);
    for (words, why) in [
        (&["--pass", "short"][..], "no id of a pass"),
        (&["--session", "AAAAAAAAAAAAAAAAAAAAAA"], "there is no session"),
        (&["--user", "alcie"], "did you mean alice?"),
    ] {
        let said = refused(&pair.first, &[&["pass", "revoke", "--reason", "x"], words].concat());
        assert!(said.contains(why), "{said}");
    }
    assert!(
        refused(&pair.first, &["pass", "revoke", "--all", "--yes", "--reason", " "]).contains("a reason is needed")
    );
}

#[test]
fn who_is_locked_out_is_let_in_by_an_operator() {
    let pair = Pair::start(|plan| plan);
    let mut caller = pair.caller(0, Wire::Http1);
    let (id, message) = caller.challenged(&pair.first, &User::BOB);
    for _ in 0..5 {
        caller.verify(&id, &wrong(&message.code)).expect(403);
    }
    caller.begin(&User::BOB, "/patients").expect(429);
    let said = must(&pair.first, &["user", "unlock", "bob", "--reason", "called from his desk"]);
    assert_eq!(said, "bob can try again; 5 failures are forgiven\n");
    // At the other node, which has cached nothing of it.
    let mut caller = pair.caller(1, Wire::Http2);
    caller.sign_in(&pair.first, &User::BOB);
    let audit = pair.first.audit();
    let line = audit.lines().find(|line| line.contains("authn_login_unlock")).expect("a line");
    assert!(
        line.contains("\"actor\":\"uid ") && line.contains("called from his desk") && line.contains("bob"),
        "{line}"
    );
    assert!(must(&pair.first, &["user", "unlock", "bob", "--reason", "again"]).contains("no failures"));
}
