//! Through the real binary: each wire, two nodes, either store.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::gates::{Hall, LIMITS, must};
use super::support::redis::Server;
use super::support::{Ask, Caller, Gateway, Plan, User, Wire, gateway};

#[test]
fn an_app_opens_over_every_wire_and_no_message_goes() {
    let mut hall = Hall::open(|plan| plan);
    for wire in Wire::ALL {
        hall.next_step();
        let mut alice = hall.gateway.caller(wire);
        let begun = alice.begin(&User::ALICE, "/patients").expect(201).json();
        assert_eq!((&begun["state"], &begun["to"], &begun["resend_in"]), (&json!("queued"), &Value::Null, &json!(0)));
        assert_eq!((&begun["factors"], &begun["channels"]), (&json!(["totp", "code"]), &json!(["sms"])));
        let id = begun["id"].as_str().expect("an id");
        alice.verify(id, "12345").expect(400);
        let wrong = if hall.code(0) == "000000" { "000001" } else { "000000" };
        assert_eq!(alice.verify(id, wrong).expect(403).json()["tries_left"], 4);
        let opened = alice.verify(id, &hall.code(0)).expect(200).json();
        assert_eq!(opened["return_to"], "/patients");
        alice.send(Ask::get("/patients")).expect(200);
        alice.verify(id, &hall.code(0)).expect(410);
        let (mut other, id) = hall.asked(wire);
        assert_eq!(other.verify(&id, &hall.code(0)).expect(403).json()["tries_left"], 4, "D33: each step once");
    }
    assert_eq!(hall.gateway.outbox.count(), 0);
    let audit = hall.gateway.audit();
    assert_eq!(audit.matches("\"totp, ").count(), 3, "{audit}");
}

#[test]
fn a_message_goes_when_somebody_asks_for_it() {
    let hall = Hall::open(|plan| plan);
    for wire in Wire::ALL {
        let (mut alice, id) = hall.asked(wire);
        let resend = Ask::post(&format!("/.sekisho/challenges/{id}/resend"));
        let sent = alice.send(resend.json(&json!({}))).expect(200).json();
        assert_eq!(sent["to"], "********78");
        let code = hall.gateway.outbox.next().code;
        alice.verify(&id, &code).expect(200);
    }
}

/// D33.
#[test]
fn one_step_around_and_no_more() {
    let mut hall = Hall::open(|plan| plan);
    for (steps, status) in [(-2, 403), (2, 403), (-1, 200)] {
        hall.next_step();
        hall.next_step();
        let (mut alice, id) = hall.asked(Wire::Http1);
        alice.verify(&id, &hall.code(steps)).expect(status);
    }
    hall.next_step();
    hall.next_step();
    let (mut alice, id) = hall.asked(Wire::Http1);
    alice.verify(&id, &hall.code(1)).expect(200);
    // What was taken ahead of its time is not taken again when that comes, nor is what lies before it.
    for steps in [1, 0] {
        let (mut alice, id) = hall.asked(Wire::Http1);
        alice.verify(&id, &hall.code(steps)).expect(403);
    }
}

/// The same browser at another node.
fn at(caller: &Caller, gateway: &Gateway) -> Caller {
    let mut caller = caller.clone();
    caller.address.clone_from(&gateway.plain);
    caller
}

/// Two hundred right codes at once, at two nodes; the passes that came of them.
fn at_once(hall: &mut Hall) -> BTreeSet<String> {
    let twin = hall.gateway.twin();
    hall.next_step();
    // Two challenges of two browsers, so that it is the step that opens once and not the challenge.
    let asked = [hall.asked(Wire::Http1), hall.asked(Wire::Http1)];
    let code = hall.code(0);
    let asking: Vec<_> = (0..200)
        .map(|n| {
            let (caller, id) = &asked[n / 2 % 2];
            let mut caller = at(caller, if n % 2 == 0 { &hall.gateway } else { &twin });
            let (id, code) = (id.clone(), code.clone());
            std::thread::spawn(move || {
                let status = caller.verify(&id, &code).status;
                (status, caller.cookie(gateway::COOKIE).map(str::to_owned))
            })
        })
        .collect();
    let told: Vec<_> = asking.into_iter().map(|one| one.join().expect("an answer")).collect();
    let passes: BTreeSet<_> = told.iter().filter_map(|(_, pass)| pass.clone()).collect();
    assert_eq!(told.iter().filter(|(status, _)| *status == 200).count(), 1, "{told:?}");
    passes
}

#[test]
fn two_hundred_right_codes_at_two_nodes_on_one_file_are_one_pass() {
    assert_eq!(at_once(&mut Hall::open(|plan| plan)).len(), 1);
}

#[test]
fn two_hundred_right_codes_at_two_nodes_on_redis_are_one_pass() {
    let server = Server::start(&[]);
    let store = format!("[store]\nkind = \"redis\"\nurl = \"redis://{}\"\n{LIMITS}", server.address());
    let mut hall = Hall::open(|plan: Plan| plan.with_more(store.clone()));
    assert_eq!(at_once(&mut hall).len(), 1);
}

#[test]
fn a_printed_code_opens_once_and_a_bypass_until_it_is_revoked() {
    let hall = Hall::open(|plan| plan);
    let sheet = must(&hall.gateway, &["backup-codes", "print", "bob", "--count", "3"], "");
    let codes: Vec<&str> =
        sheet.lines().filter_map(|line| line.trim().split_once(".  ")).map(|(_, code)| code).collect();
    assert_eq!(codes.len(), 3, "{sheet}");
    let ask = || {
        let mut bob = hall.gateway.caller(Wire::Http2);
        let id = bob.begin(&User::BOB, "/").expect(201).json()["id"].as_str().expect("an id").to_owned();
        (bob, id)
    };
    let (mut bob, id) = ask();
    bob.verify(&id, &codes[0].to_lowercase()).expect(200);
    let (mut bob, id) = ask();
    bob.verify(&id, codes[0]).expect(403);
    bob.verify(&id, codes[1]).expect(200);
    let issue = ["bypass", "issue", "--user", "bob", "--ttl", "1h", "--reason", "phone at home"];
    let said = must(&hall.gateway, &issue, "");
    let bypass = said.lines().next().expect("a code");
    let (mut bob, id) = ask();
    bob.verify(&id, bypass).expect(200);
    let (mut bob, id) = ask();
    must(&hall.gateway, &["bypass", "revoke", "--user", "bob", "--reason", "found it"], "");
    bob.verify(&id, bypass).expect(403);
}
