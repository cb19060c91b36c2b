//! What the help desk and operators ask: `trace`, `send-test`, `check --online`.

use crate::rig::{command, dead_provider, http_provider, today};
use crate::support::{Ask, Plan, Upstream, User, Wire, free_port, outbox, wait};
use serde_json::{Value, json};
use std::fs;

const ALICE: &User = &User::ALICE;

#[test]
fn trace_tells_step_by_step_why_a_code_came_or_did_not() {
    let providers = dead_provider("first") + "[[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\n";
    let gateway = Plan::before("http://127.0.0.1:9").with_providers(providers).start();
    let nobody = command(&gateway, &["trace", ALICE.name]);
    assert_eq!(nobody.code, Some(1), "{}{}", nobody.out, nobody.err);
    assert!(nobody.out.contains("no code was asked for under this name"), "{}", nobody.out);

    let mut alice = gateway.caller(Wire::Http1);
    let (id, message) = alice.challenged(&gateway, ALICE);
    wait::until("the message to be taken", || (alice.state(&id)["state"] == "sent").then_some(()));
    alice.verify(&id, &outbox::wrong(&message.code)).expect(403);
    let told = command(&gateway, &["trace", ALICE.name]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    for line in [
        "user       known, enabled",
        "number     ********78, JP (allowed), mobile",
        "guesses    1 wrong in a row, no wait",
        "a code was asked for (scope records)",
        "  file (sms) took the message; before it, in vain: first transient",
        "  a wrong code was typed",
        "what to do  The code came; it was typed wrongly.",
    ] {
        assert!(told.out.contains(line), "{line}\n{}", told.out);
    }
    alice.verify(&id, &message.code).expect(200);
    let told = command(&gateway, &["trace", ALICE.name, "--since", "1h"]);
    assert!(told.out.contains("what to do  All is well: the code was entered."), "{}", told.out);
    assert!(!told.out.contains(&message.code) && !told.out.contains("9012345678"), "{}", told.out);

    let bob = command(&gateway, &["trace", User::BOB.name]);
    assert!(!bob.out.contains("took the message"), "nobody else's: {}", bob.out);
    let stranger = command(&gateway, &["trace", "alicia"]);
    assert!(stranger.out.contains("nobody has this name") && stranger.out.contains("alice"), "{}", stranger.out);
}

#[test]
fn trace_says_whose_fault_it_is_and_what_to_do() {
    let gateway = Plan::before("http://127.0.0.1:9").with_providers(dead_provider("first")).start();
    let mut alice = gateway.caller(Wire::Http1);
    let id = alice.begin(ALICE, "/patients").expect(201).json()["id"].as_str().expect("an id").to_owned();
    wait::until("the message to fail", || (alice.state(&id)["state"] == "failed").then_some(()));
    let told = command(&gateway, &["trace", ALICE.name]);
    assert!(
        told.out.contains("NOT SENT: first (sms) refused it: transient, the provider is in trouble"),
        "{}",
        told.out
    );
    assert!(told.out.contains("what to do  first is in trouble"), "{}", told.out);

    let config = gateway.config.display().to_string();
    let disabled = crate::support::gateway::sekisho(&["user", "set", "alice", "--disable", "--config", &config], "");
    assert!(disabled.status.success());
    let told = command(&gateway, &["trace", ALICE.name]);
    assert!(
        told.out.contains("known, DISABLED") && told.out.contains("what to do  The account is disabled"),
        "{}",
        told.out
    );
    alice.send(Ask::get("/patients")).expect(401);
}

#[test]
fn a_test_message_goes_the_real_way_and_has_no_code() {
    let providers = dead_provider("first")
        + "[[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\nprice = \"0.07 USD\"\n";
    let gateway = Plan::before("http://127.0.0.1:9").with_providers(providers).start();
    let reason = ["--reason", "does the new provider work?"];
    let told = command(&gateway, &[&["send-test", "--user", "alice"][..], &reason].concat());
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    for line in [
        "a test message to ********78 by sms",
        "  first: not taken, transient",
        "  file: taken, price 0.07 USD",
        "file took it",
    ] {
        assert!(told.out.contains(line), "{line}\n{}", told.out);
    }
    let message = gateway.outbox.next();
    assert_eq!((message.to, message.code.as_str()), (ALICE.e164(), "000000"));
    assert!(message.text.contains("test message") && !message.text.contains("000000"), "{}", message.text);
    let audit = gateway.audit();
    let line = audit.lines().find(|line| line.contains("sys_send_test")).expect("in the audit");
    let line: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(line["detail"], "sms to ********78: does the new provider work?");
    assert!(line["actor"].as_str().is_some_and(|actor| actor.starts_with("uid ")));
    assert_eq!(today(&gateway, "providers", "file", "sent"), 1, "it is counted");

    let one = command(&gateway, &[&["send-test", "--to", "080-8765-4321", "--provider", "file"][..], &reason].concat());
    assert_eq!(one.code, Some(0), "{}{}", one.out, one.err);
    assert!(!one.out.contains("first"), "{}", one.out);
    for (arguments, why) in [
        (&["--to", "+12125550123"][..], "allows no message there"),
        (&["--to", "03-1234-5678"], "allows no message there"),
        (&["--to", "call me"], "no telephone number"),
        (&["--user", "alicia"], "did you mean alice?"),
        (&["--user", "alice", "--provider", "files"], "no provider of sms is called files"),
        (&["--user", "alice", "--channel", "voice"], "voice has no provider"),
    ] {
        let told = command(&gateway, &[&["send-test"], arguments, &reason].concat());
        assert_eq!(told.code, Some(1), "{arguments:?}: {}", told.out);
        assert!(told.err.contains(why), "{why}: {}", told.err);
    }
    assert_eq!(command(&gateway, &["send-test", "--user", "alice"]).code, Some(2), "without a reason");
    assert_eq!(gateway.outbox.count(), 2);
}

#[test]
fn a_test_message_counts_against_the_same_limits() {
    let limits = "per_number = [\"2/10m\"]\n[[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\n";
    let gateway = Plan::before("http://127.0.0.1:9").with_providers(limits.to_owned()).start();
    let send = || command(&gateway, &["send-test", "--user", "alice", "--reason", "once more"]);
    assert_eq!((send().code, send().code), (Some(0), Some(0)));
    let third = send();
    assert_eq!(third.code, Some(1));
    assert!(third.err.contains("a limit on messages is reached"), "{}", third.err);
    gateway.caller(Wire::Http1).begin(ALICE, "/patients").expect(429);
}

#[test]
fn check_online_says_in_plain_words_what_cannot_be_reached() {
    let (upstream, receiver) = (Upstream::start(), Upstream::start());
    let good = http_provider("our gateway", &format!("{}/send?key=s3cret", receiver.url));
    let gateway = Plan::before(&upstream.url).with_providers(good).start();
    let told = command(&gateway, &["check", "--online"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert!(
        told.out.contains("ok      sms provider our gateway: answers; whether our credentials are good"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("ok      upstream application, http://127.0.0.1:")
            && told.out.contains("everything can be reached")
    );
    let asked = receiver.last();
    assert!(asked.starts_with("HEAD / HTTP/1.1\r\n") && !asked.contains("s3cret"), "nothing is sent: {asked}");

    let away =
        Plan::before(&format!("http://127.0.0.1:{}", free_port())).with_providers(dead_provider("first")).start();
    let told = command(&away, &["check", "--online"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.out.contains("FAILED  sms provider first: nothing was sent: ")
            && told.out.contains("FAILED  upstream application"),
        "{}",
        told.out
    );
    assert!(told.out.contains("2 of 2 cannot be used"), "{}", told.out);
    let json = command(&away, &["check", "--online", "--format", "json"]);
    let answer: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((&answer["valid"], &answer["online"][0]["good"]), (&json!(true), &json!(false)));

    let text = fs::read_to_string(&away.config).expect("reads");
    let redis = format!("\n[store]\nkind = \"redis\"\nurl = \"redis://127.0.0.1:{}/0\"\n", free_port());
    fs::write(&away.config, text + &redis).expect("writes");
    let told = command(&away, &["check", "--online"]);
    assert!(told.out.contains("FAILED  store 127.0.0.1:"), "{}", told.out);
}
