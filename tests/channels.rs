//! A code that does not arrive by one way arrives by the next: at the real binary, over every wire and in a browser.

mod support;

use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::Duration;
use support::browser::{Browser, Habits};
use support::gateway::sekisho;
use support::{Answer, Ask, Caller, Gateway, Plan, Upstream, User, Wire, wait};

const ALICE: &User = &User::ALICE;
const CALLS: &str = "[[voice.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\n";
const TAKEN: &str = r#"{"sid":"SM00000000000000000000000000000001","status":"queued","error_code":null}"#;

/// Twilio at this address.
fn twilio(url: &str) -> String {
    format!(
        "[[sms.provider]]\nkind = \"twilio\"\naccount = \"AC{}\"\ntoken = \"t0ken\"\nfrom = \"+15005550006\"\nbase_url = \"{url}\"\n",
        "0".repeat(32)
    )
}

fn file(channel: &str) -> String {
    format!("[[{channel}.provider]]\nkind = \"file\"\npath = \"{{folder}}/outbox.jsonl\"\n")
}

fn gateway(providers: &[String]) -> Gateway {
    Plan::before("http://127.0.0.1:9").with_providers(providers.concat()).start()
}

fn begun(alice: &mut Caller) -> (String, Value) {
    let begun = alice.begin(ALICE, "/patients").expect(201).json();
    (begun["id"].as_str().expect("an id").to_owned(), begun)
}

fn resend(caller: &mut Caller, id: &str, asked: Value) -> Answer {
    caller.send(Ask::post(&format!("/.sekisho/challenges/{id}/resend")).json(&asked))
}

/// Waits until the challenge's latest message took this way and is in this state.
fn arrives(alice: &mut Caller, id: &str, channel: &str, state: &str) -> Value {
    wait::until(&format!("the message by {channel} to be {state}"), || {
        let now = alice.state(id);
        (now["channel"] == channel && now["state"] == state).then_some(now)
    })
}

#[test]
fn who_cannot_be_reached_costs_nothing_and_the_next_provider_sends_one_message() {
    for wire in Wire::ALL {
        // X1: nobody listens there.
        let gateway = gateway(&[twilio("http://127.0.0.1:9"), file("sms")]);
        let mut alice = gateway.caller(wire);
        let (id, _) = begun(&mut alice);
        let state = arrives(&mut alice, &id, "sms", "sent");
        assert_eq!(state["tries_left"], 5, "no try was spent");
        let message = gateway.outbox.next();
        assert_eq!((gateway.outbox.count(), message.channel.as_str()), (1, "sms"));
        alice.verify(&id, &message.code).expect(200);
        let audit = gateway.audit();
        let sent = audit.lines().find(|line| line.contains("\"code_sent\"")).expect("it is in the audit");
        assert!(sent.contains("twilio transient"), "who was asked in vain: {sent}");
    }
}

#[test]
fn an_operator_says_by_which_ways_somebodys_codes_go() {
    let gateway = gateway(&[file("sms"), file("voice")]);
    let config = gateway.config.display().to_string();
    let set = |channels: &str| {
        let words = ["user", "set", ALICE.name, "--channels", channels, "--config", &config];
        let done = sekisho(&words, "");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    for (n, (own, first, ways)) in [
        ("voice,email", "voice", json!(["voice"])),
        ("voice,sms", "voice", json!(["voice", "sms"])),
        ("", "sms", json!(["sms", "voice"])),
    ]
    .into_iter()
    .enumerate()
    {
        set(own);
        let mut alice = gateway.caller(Wire::ALL[n]);
        let (id, begun) = begun(&mut alice);
        assert_eq!((&begun["channel"], &begun["channels"]), (&json!(first), &ways), "{own}");
        let message = gateway.outbox.next();
        assert_eq!(message.channel, first);
        alice.verify(&id, &message.code).expect(200);
    }
    let shown = sekisho(&["user", "show", ALICE.name, "--config", &config], "");
    assert!(String::from_utf8_lossy(&shown.stdout).lines().any(|line| line.trim_end() == "channels"));
}

#[test]
fn where_no_provider_of_a_channel_takes_it_the_next_channel_has_the_same_code() {
    for wire in Wire::ALL {
        let refusing =
            Upstream::saying("400 Bad Request", r#"{"code":21614,"message":"not a mobile number","status":400}"#);
        let gateway = gateway(&[twilio(&refusing.url), file("sms"), file("voice")]);
        let mut alice = gateway.caller(wire);
        let (id, begun) = begun(&mut alice);
        assert_eq!((&begun["channel"], &begun["channels"]), (&json!("sms"), &json!(["sms", "voice"])));
        // The number can never be reached by SMS: no other provider of SMS is asked.
        let state = arrives(&mut alice, &id, "voice", "sent");
        assert_eq!((&state["tries_left"], &state["to"]), (&json!(5), &json!("********78")));
        let message = gateway.outbox.next();
        assert_eq!((gateway.outbox.count(), message.channel.as_str()), (1, "voice"));
        assert!(gateway.audit().contains("challenge_fell_back"));
        alice.verify(&id, &message.code).expect(200);
    }
}

#[test]
fn a_fraud_that_a_provider_sees_sends_nobody_anything_to_that_number() {
    let refusing = Upstream::saying("400 Bad Request", r#"{"code":30450,"message":"blocked","status":400}"#);
    let gateway = gateway(&[twilio(&refusing.url), file("sms"), CALLS.to_owned()]);
    let mut alice = gateway.caller(Wire::Http2);
    let (id, _) = begun(&mut alice);
    arrives(&mut alice, &id, "sms", "failed");
    assert_eq!(gateway.outbox.count(), 0, "neither another provider nor a call");
}

#[test]
fn a_provider_that_hangs_holds_up_neither_the_page_nor_the_next_provider() {
    // X2: it takes connections and never says anything.
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", deaf.local_addr().expect("bound"));
    let gateway = gateway(&["deadline = \"2s\"\n".to_owned(), twilio(&url), file("sms")]);
    let mut alice = gateway.caller(Wire::Http2);
    let (id, begun) = begun(&mut alice);
    assert_eq!(begun["state"], "queued", "the answer does not wait for the provider");
    let state = arrives(&mut alice, &id, "sms", "sent");
    assert_eq!(state["tries_left"], 5);
    assert_eq!(gateway.outbox.count(), 1);
}

#[test]
fn what_was_taken_and_never_arrives_goes_out_by_the_next_way_and_one_code_opens() {
    // X4: the message is swallowed.
    let swallowing = Upstream::saying("201 Created", TAKEN);
    let plan = Plan::before("http://127.0.0.1:9").with_providers([twilio(&swallowing.url), file("voice")].concat());
    // The shortest that is allowed, and waited for: this clock is not one that a test can move.
    let gateway = plan.with_challenge("next_channel_after = \"10s\"\n").start();
    let mut alice = gateway.caller(Wire::Http1);
    let (id, _) = begun(&mut alice);
    let state = arrives(&mut alice, &id, "sms", "sent");
    assert!(
        state.get("delivered").is_none() && !state.to_string().contains("delivered"),
        "nothing is claimed: {state}"
    );
    assert_eq!(gateway.outbox.count(), 0);
    arrives(&mut alice, &id, "voice", "sent");
    let message = gateway.outbox.next();
    // X5: the first one comes after all, with the same code.
    let sms = swallowing.last();
    assert!(sms.contains(&message.code), "one code by both ways: {sms}");
    alice.verify(&id, &message.code).expect(200);
    alice.verify(&id, &message.code).expect(410);
}

#[test]
fn a_way_can_be_asked_for_and_needs_the_same_patience() {
    for wire in Wire::ALL {
        let plan = Plan::before("http://127.0.0.1:9").with_providers([file("sms"), file("voice")].concat());
        let mut gateway = plan.with_movable_clock().start();
        let mut alice = gateway.caller(wire);
        let (id, _) = begun(&mut alice);
        let first = gateway.outbox.next();
        resend(&mut alice, &id, json!({"channel": "voice"})).expect(429);
        resend(&mut alice, &id, json!({"channel": "whatsapp"})).expect(429);
        gateway.advance(Duration::from_secs(31));
        resend(&mut alice, &id, json!({"channel": "whatsapp"})).expect(400);
        resend(&mut alice, &id, json!({"channel": "voice"})).expect(200);
        let second = gateway.outbox.next();
        assert_eq!((second.channel.as_str(), &second.code), ("voice", &first.code));
        let asked = Ask::post("/.sekisho/challenges").json(&json!({
            "return_to": "/", "scope": "records", "username": ALICE.name, "password": ALICE.password, "channel": "email",
        }));
        gateway.caller(wire).send(asked).expect(400);
    }
}

#[test]
fn a_person_who_got_no_sms_is_called_with_one_click() {
    let refusing = Upstream::saying("500 Internal Server Error", r#"{"code":20500,"message":"x","status":500}"#);
    let plan = Plan::before("http://127.0.0.1:9").with_providers([twilio(&refusing.url), file("voice")].concat());
    let gateway = plan.with_challenge("next_channel_after = \"never\"\n").start();
    let browser = Browser::start(Habits::ENGLISH);
    browser.screen(1280, 900, false);
    browser.visit(&gateway, "/patients");
    for (name, text) in [("username", ALICE.name), ("password", ALICE.password)] {
        browser.type_into(&format!("form [name={name}]"), text);
    }
    browser.submit("form button.main");
    let call = wait::until("a button that calls", || {
        browser.all("button.way").into_iter().find(|button| browser.text_of(button).contains("Call"))
    });
    assert!(!browser.spoken_name(&call).is_empty());
    wait::until("the failure on the page", || browser.text().contains("could not be sent").then_some(()));
    assert_eq!(browser.axe(), Vec::<String>::new());
    browser.screenshot("code-other-ways");
    let before = browser.clicks.get();
    browser.double_click("button.way");
    let message = gateway.outbox.next();
    assert_eq!((message.channel.as_str(), gateway.outbox.count()), ("voice", 1), "a double click calls once");
    wait::until("the page to say so", || browser.text().contains("phone call").then_some(()));
    browser.screenshot("code-called");
    browser.reload();
    assert_eq!(gateway.outbox.count(), 1, "reloading calls nobody");
    browser.type_into("input[name=code]", &message.code);
    browser.submit("form:has(input[name=code]) button.main");
    browser.wait_for_path("the record", |path| path == "/patients");
    assert!(browser.clicks.get() - before <= 3);
}
