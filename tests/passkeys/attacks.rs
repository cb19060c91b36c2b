//! What must not open: another site's answer, an old one, one without its owner, a copy's, a removed key's.

use crate::authenticator::Key;
use crate::rig::{add, alice, answer, ask, ask_new, asked, challenged, codes, enrol, plan, sign_in};
use crate::support::gateway::COOKIE;
use crate::support::{Ask, Upstream, User, Wire};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_key_opens_over_every_wire_and_the_pass_says_how() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let (_, mut key) = alice(&gateway);
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let id = challenged(&mut caller, "records");
        let options = asked(&mut caller, &id);
        assert_eq!(options["publicKey"]["userVerification"], "required");
        let opened = answer(&mut caller, &id, &key.answer(&options)).expect(200).json();
        assert_eq!((&opened["scope"], &opened["return_to"]), (&json!("records"), &json!("/records")));
        caller.send(Ask::get("/records")).expect(200);
        let claims = claims(caller.cookie(COOKIE).expect("a pass"));
        assert_eq!(claims["amr"], json!(["pwd", "pop", "user", "mfa"]), "no code was typed, and none is told of");
    }
    assert_eq!(codes(&gateway), 1, "only the first sign-in needed one");
}

fn claims(token: &str) -> serde_json::Value {
    let body = token.split('.').nth(1).expect("a token has three parts");
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, body).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn an_answer_opens_once_and_its_question_takes_one_answer() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let (_, mut key) = alice(&gateway);
    let mut caller = gateway.caller(Wire::Http1);
    let id = challenged(&mut caller, "records");
    let answered = key.answer(&asked(&mut caller, &id));
    answer(&mut caller, &id, &answered).expect(200);
    answer(&mut caller, &id, &answered).expect(410);
    // The same answer for another challenge, with and without a question of its own.
    caller.forget_cookies();
    let other = challenged(&mut caller, "records");
    let no = answer(&mut caller, &other, &answered).expect(409).json();
    assert_eq!(no["type"], "urn:sekisho:passkey-not-asked");
    asked(&mut caller, &other);
    answer(&mut caller, &other, &answered).expect(403);
    // That was the answer to this question; the next one needs another.
    answer(&mut caller, &other, &answered).expect(409);
    assert_eq!(caller.state(&other)["tries_left"], 4, "one failure");
    let fresh = key.answer(&asked(&mut caller, &other));
    answer(&mut caller, &other, &fresh).expect(200);
    assert!(gateway.audit().contains("authn_login_successafterfail"));
}

#[test]
fn what_was_asked_before_is_over_when_something_new_is_asked() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let (_, mut key) = alice(&gateway);
    let mut caller = gateway.caller(Wire::Http1);
    let id = challenged(&mut caller, "records");
    let first = key.answer(&asked(&mut caller, &id));
    asked(&mut caller, &id);
    answer(&mut caller, &id, &first).expect(403);
}

#[test]
fn lies_cost_a_try_each_and_the_account_waits_as_after_wrong_codes() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).with_challenge("tries = 10").start();
    let (_, mut key) = alice(&gateway);
    let mut stranger = Key::new(&gateway.origin);
    let mut caller = gateway.caller(Wire::Http1);
    let id = challenged(&mut caller, "records");
    let (origin, site) = (key.origin.clone(), key.site.clone());
    let (mut tries, mut options) = (10, json!(null));
    for lie in ["origin", "port", "site", "unverified", "a key of nobody"] {
        options = asked(&mut caller, &id);
        key.origin = match lie {
            "origin" => "https://records.example.jp.evil.example".to_string(),
            "port" => "https://records.example.jp".to_string(),
            _ => origin.clone(),
        };
        key.site = if lie == "site" { "evil.example".to_string() } else { site.clone() };
        key.verified = lie != "unverified";
        let answered = if lie == "a key of nobody" { stranger.answer(&options) } else { key.answer(&options) };
        tries -= 1;
        let no = answer(&mut caller, &id, &answered).expect(403).json();
        assert_eq!((&no["type"], &no["tries_left"]), (&json!("urn:sekisho:wrong-passkey"), &json!(tries)), "{lie}");
        assert!(caller.cookie(COOKIE).is_none(), "{lie}");
    }
    // After the fifth failure everybody who is not a known device waits, whatever they bring.
    let waits = ask(&mut caller, &id).expect(429);
    assert!(waits.header("retry-after").is_some());
    key.verified = true;
    let right = key.answer(&options);
    answer(&mut caller, &id, &right).expect(409);
    assert_eq!(gateway.audit().matches(r#""event":"authn_login_fail""#).count(), 5);
}

#[test]
fn what_no_authenticator_writes_costs_nothing() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let (_, mut key) = alice(&gateway);
    let mut caller = gateway.caller(Wire::Http1);
    let id = challenged(&mut caller, "records");
    let options = asked(&mut caller, &id);
    for nonsense in [json!({}), json!({ "id": "x", "rawId": "!", "type": "public-key" })] {
        answer(&mut caller, &id, &nonsense).expect(400);
    }
    // A window that was closed sends nothing, and the question still stands.
    assert_eq!(caller.state(&id)["tries_left"], 5);
    let right = key.answer(&options);
    answer(&mut caller, &id, &right).expect(200);
}

#[test]
fn a_counter_that_does_not_go_on_is_a_copy() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let (_, mut key) = alice(&gateway);
    let open = |key: &mut Key| {
        let mut caller = gateway.caller(Wire::Http1);
        let id = challenged(&mut caller, "records");
        let answered = key.answer(&asked(&mut caller, &id));
        answer(&mut caller, &id, &answered).status
    };
    key.counter = 41;
    assert_eq!(open(&mut key), 200);
    for (counter, status) in [(41, 403), (6, 403), (42, 200)] {
        key.counter = counter;
        assert_eq!(open(&mut key), status, "{}", counter + 1);
    }
    assert!(gateway.audit().contains("there may be a copy of it"));
}

#[test]
fn a_question_that_was_asked_before_a_key_was_used_elsewhere_knows_its_counter() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let (_, mut key) = alice(&gateway);
    let (mut one, mut other) = (gateway.caller(Wire::Http1), gateway.caller(Wire::Http1));
    let (first, second) = (challenged(&mut one, "records"), challenged(&mut other, "records"));
    let (asked_one, asked_other) = (asked(&mut one, &first), asked(&mut other, &second));
    key.counter = 10;
    let late = key.answer(&asked_one);
    key.counter = 20;
    let early = key.answer(&asked_other);
    answer(&mut other, &second, &early).expect(200);
    answer(&mut one, &first, &late).expect(403);
}

#[test]
fn a_removed_key_opens_nothing_not_even_what_it_was_asked_before() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let (mut owner, mut lost) = alice(&gateway);
    enrol(&mut owner, &gateway);
    let mut caller = gateway.caller(Wire::Http1);
    let id = challenged(&mut caller, "records");
    let options = asked(&mut caller, &id);
    let page = owner.send(Ask::get("/.sekisho/me/passkeys").navigating()).expect(200).text();
    let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let name = crate::authenticator::text(&lost.id);
    let form = [("token", token), ("key", name.as_str())];
    let remove = Ask::post("/.sekisho/me/passkeys/remove").form(&form).header("Origin", &gateway.origin);
    let done = owner.send(remove.navigating()).expect(303);
    assert_eq!(done.header("location"), Some("/.sekisho/me/passkeys?e=removed"));
    let answered = lost.answer(&options);
    answer(&mut caller, &id, &answered).expect(403);
    let options = asked(&mut caller, &id);
    let named = options["publicKey"]["allowCredentials"].as_array().expect("the other key").clone();
    assert!(named.len() == 1 && named[0]["id"] != json!(name), "{named:?}");
}

#[test]
fn a_question_is_over_after_five_minutes_and_another_browser_never_hears_it() {
    let upstream = Upstream::start();
    let mut gateway = plan(&upstream).with_challenge("life = \"10m\"").with_movable_clock().start();
    let (mut owner, mut key) = alice(&gateway);
    let mut caller = gateway.caller(Wire::Http1);
    let id = challenged(&mut caller, "records");
    let options = asked(&mut caller, &id);
    let mut elsewhere = gateway.caller(Wire::Http1);
    ask(&mut elsewhere, &id).expect(404);
    let right = key.answer(&options);
    answer(&mut elsewhere, &id, &right).expect(404);
    let new = ask_new(&mut owner).expect(200).json();
    gateway.advance(Duration::from_secs(301));
    answer(&mut caller, &id, &right).expect(409);
    // Nor does anybody change anything so long after they confirmed that it is them.
    let made = Key::new(&gateway.origin).enrol(&new);
    let no = add(&mut owner, "late", &made).expect(403).json();
    assert_eq!(no["type"], "urn:sekisho:not-confirmed-lately");
    ask_new(&mut owner).expect(403);
}

#[test]
fn nobody_is_asked_who_gave_nothing_but_a_name() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).with_names_only().start();
    let mut owner = gateway.caller(Wire::Http1);
    sign_in(&mut owner, &gateway, &User::ALICE);
    enrol(&mut owner, &gateway);
    let mut seen = Vec::new();
    for name in ["alice", "bob", "nobody"] {
        let mut caller = gateway.caller(Wire::Http1);
        let asks = json!({ "return_to": "/", "scope": "records", "username": name });
        let begun = caller.send(Ask::post("/.sekisho/challenges").json(&asks)).expect(201).json();
        let id = begun["id"].as_str().expect("an id").to_string();
        let page = caller.send(Ask::get(&format!("/.sekisho/challenge/{id}")).navigating()).expect(200).text();
        assert!(!page.contains("passkey"), "{page}");
        let no = ask(&mut caller, &id);
        seen.push((no.status, no.json()["type"].clone()));
    }
    assert_eq!(seen, vec![(409, json!("urn:sekisho:no-passkey")); 3]);
}

#[test]
fn a_key_is_taken_once_by_the_session_that_asked_and_ten_are_enough() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let mut owner = gateway.caller(Wire::Http1);
    sign_in(&mut owner, &gateway, &User::ALICE);
    for _ in 0..9 {
        enrol(&mut owner, &gateway);
    }
    let mut key = Key::new(&gateway.origin);
    let made = key.enrol(&ask_new(&mut owner).expect(200).json());
    // Somebody else's session brings it.
    let mut bob = gateway.caller(Wire::Http1);
    sign_in(&mut bob, &gateway, &User::BOB);
    add(&mut bob, "mine", &made).expect(409);
    add(&mut owner, "tenth", &made).expect(201);
    add(&mut owner, "again", &made).expect(409);
    let full = ask_new(&mut owner).expect(409).json();
    assert_eq!(full["type"], "urn:sekisho:passkeys-full");
    // Nobody who has no pass, and no form of another site.
    ask_new(&mut gateway.caller(Wire::Http1)).expect(403);
    let foreign = Ask::post("/.sekisho/me/passkeys").json(&json!({})).header("Origin", "https://evil.example");
    owner.send(foreign).expect(403);
}

#[test]
fn a_key_that_was_made_for_another_site_or_without_its_owner_is_not_taken() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    let mut owner = gateway.caller(Wire::Http1);
    sign_in(&mut owner, &gateway, &User::ALICE);
    for lie in ["origin", "site", "unverified"] {
        let mut key = Key::new(&gateway.origin);
        match lie {
            "origin" => key.origin = "https://evil.example".to_string(),
            "site" => key.site = "evil.example".to_string(),
            _ => key.verified = false,
        }
        let made = key.enrol(&ask_new(&mut owner).expect(200).json());
        let no = add(&mut owner, lie, &made).expect(400).json();
        assert_eq!(no["type"], "urn:sekisho:passkey-not-taken", "{lie}");
        add(&mut owner, lie, &made).expect(409);
    }
    let page = owner.send(Ask::get("/.sekisho/me/passkeys").navigating()).expect(200).text();
    assert!(!page.contains("name=\"key\""), "none was added:\n{page}");
    assert_eq!(gateway.audit().matches("factor_refused").count(), 3);
}
