//! One count of failures, whatever an attacker changes, and none of it against the owner: through the real binary.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::outbox::wrong;
use support::{Answer, Ask, Caller, Gateway, Plan, Upstream, User, Wire};

const ALICE: &User = &User::ALICE;
const DEVICE: &str = "__Host-sekisho-device";

/// As many messages as a test likes.
const PATIENT: &str = r#"per_number = ["1000/1m"]

[[sms.provider]]
kind = "file"
path = "{folder}/outbox.jsonl"
"#;

/// How long the gateway says one has to wait, because of failures.
fn retry_after(answer: &Answer) -> u64 {
    assert_eq!((answer.status, answer.json()["type"].as_str()), (429, Some("urn:sekisho:too-many-failures")));
    answer.header("retry-after").and_then(|value| value.parse().ok()).expect("it says when to come back")
}

/// Guesses wrongly in a challenge of its own, which goes on.
fn guess(gateway: &Gateway, caller: &mut Caller) -> String {
    let (id, message) = caller.challenged(gateway, ALICE);
    caller.verify(&id, &wrong(&message.code)).expect(403);
    id
}

fn events(gateway: &Gateway, name: &str) -> Vec<Value> {
    let lines = gateway.audit();
    let parsed = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    parsed.filter(|line| line["event"] == name).collect()
}

/// By the form that browsers use, from page to page.
fn sign_in_by_form(gateway: &Gateway, caller: &mut Caller) {
    let page = caller.send(Ask::get("/.sekisho/challenge?return_to=/records&scope=records").navigating()).expect(200);
    let token = |page: &Answer| {
        let text = page.text();
        let (_, rest) = text.split_once("name=\"token\" value=\"").expect("the form has a token");
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    let origin = gateway.origin.clone();
    let fields = [("token", &*token(&page)), ("scope", "records"), ("return_to", "/records"), ("username", ALICE.name)];
    let begun = caller.send(Ask::post("/.sekisho/challenge").navigating().header("Origin", &origin).form(&fields));
    let place = begun.expect(303).header("location").expect("a place").to_owned();
    let message = gateway.outbox.next();
    let page = caller.send(Ask::get(&place).navigating()).expect(200);
    let fields = [("token", &*token(&page)), ("code", &*message.code)];
    let path = place.split('?').next().unwrap_or_default().to_owned();
    caller.send(Ask::post(&path).navigating().header("Origin", &origin).form(&fields)).expect(303);
}

#[test]
fn a_stranger_cannot_lock_out_the_owner_on_a_known_device() {
    for wire in Wire::ALL {
        println!("over {wire:?}");
        let upstream = Upstream::start();
        let plan = Plan::before(&upstream.url).with_names_only().with_providers(PATIENT.into()).with_movable_clock();
        let mut gateway = plan.start();
        let mut owner = gateway.caller(wire);
        sign_in_by_form(&gateway, &mut owner);
        let device = owner.cookie(DEVICE).expect("the browser is known").to_owned();

        for wait in [0, 0, 0, 0, 30, 60, 120, 240, 480, 1800] {
            let mut stranger = gateway.caller(wire);
            let id = guess(&gateway, &mut stranger);
            if wait > 0 {
                let told = retry_after(&stranger.verify(&id, "000000"));
                assert!((wait - 5..=wait).contains(&told), "{told} s instead of {wait}");
            }
            if wait < 1800 {
                gateway.advance(Duration::from_secs(wait));
            }
        }
        assert!(events(&gateway, "authn_login_lock").iter().any(|e| e["detail"] == "pause for strangers"));

        owner.sign_in(&gateway, ALICE);
        owner.send(Ask::get("/records")).expect(200);
        assert_ne!(owner.cookie(DEVICE), Some(&*device), "made fresh at each success");
        let seen = upstream.last();
        assert!(!seen.contains("sekisho"), "the application does not see it\n{seen}");
        let details: Vec<_> = events(&gateway, "authn_login_success").iter().map(|e| e["detail"].clone()).collect();
        assert_eq!(details, [json!("new device"), json!("known device")]);
        assert_eq!(events(&gateway, "device_added").len(), 1);

        let mut thief = gateway.caller(wire);
        thief.put_cookie(DEVICE, &device);
        retry_after(&thief.begin(ALICE, "/records"));
        thief.put_cookie(DEVICE, owner.cookie(DEVICE).expect("known"));
        thief.send(Ask::get("/records")).expect(401);
    }
}

#[test]
fn the_cookie_of_a_known_device_is_out_of_reach_for_everybody_else() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).start();
    let mut caller = gateway.caller(Wire::Http2);
    let (id, message) = caller.challenged(&gateway, ALICE);
    let opened = caller.verify(&id, &message.code).expect(200);
    let lines = opened.all("set-cookie");
    let line = lines.iter().find(|line| line.starts_with(DEVICE)).expect("set");
    for part in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=34560000"] {
        assert!(line.split("; ").any(|found| found == part), "{part} in {line}");
    }
    assert!(!line.contains("Domain"), "{line}");
    assert!(!gateway.log().contains(caller.cookie(DEVICE).expect("known")));
}

/// Challenges, resends, browsers, two processes on one store, a crash: it is one row.
#[test]
fn whatever_changes_failures_are_counted_in_one_row() {
    let upstream = Upstream::start();
    let plan = Plan::before(&upstream.url).with_providers(PATIENT.into()).with_movable_clock();
    let mut gateway = plan.start();
    let other = gateway.twin();
    let mut first = gateway.caller(Wire::Http1);
    let (id, message) = first.challenged(&gateway, ALICE);
    first.verify(&id, &wrong(&message.code)).expect(403);
    gateway.advance(Duration::from_secs(30));
    first.send(Ask::post(&format!("/.sekisho/challenges/{id}/resend")).json(&json!({}))).expect(200);
    assert_eq!(gateway.outbox.next().code, message.code);
    first.verify(&id, &wrong(&message.code)).expect(403);
    first.address = other.plain.clone();
    first.verify(&id, &wrong(&message.code)).expect(403);
    gateway.crash();
    guess(&gateway, &mut gateway.caller(Wire::Http2));
    let mut caller = other.caller(Wire::Http1);
    let mut id = guess(&gateway, &mut caller);
    for wait in [30, 60, 120, 240, 480, 1800] {
        for node in [&gateway, &other] {
            caller.address = node.plain.clone();
            let told = retry_after(&caller.verify(&id, "000000"));
            assert!((wait - 10..=wait).contains(&told), "{told} s instead of {wait}");
        }
        gateway.advance(Duration::from_secs(wait));
        if wait == 240 {
            gateway.restart();
        }
        if wait < 1800 {
            let node = if wait % 120 == 0 { &gateway } else { &other };
            caller = node.caller(Wire::Http1);
            id = guess(&gateway, &mut caller);
        }
    }
    let (id, message) = first.challenged(&gateway, ALICE);
    first.verify(&id, &message.code).expect(200);
    first.verify(&id, &message.code).expect(410);
    assert_eq!(events(&gateway, "authn_login_successafterfail").len(), 1);
    // The row has ended: four more cost no wait.
    (0..4).for_each(|_| drop(guess(&gateway, &mut gateway.caller(Wire::Http1))));
    gateway.caller(Wire::Http1).begin(ALICE, "/records").expect(201);
}

#[test]
fn a_hundred_browsers_send_one_number_no_more_than_its_share() {
    let upstream = Upstream::start();
    let house = "[limits.network.house]\naddresses = [\"127.0.0.1\"]\n";
    let gateway = Plan::before(&upstream.url).with_more(house.into()).start();
    let mut told = std::collections::BTreeMap::new();
    for n in 0..100 {
        let mut caller = gateway.caller(Wire::ALL[n % 3]);
        *told.entry(caller.begin(ALICE, "/records").status).or_insert(0) += 1;
    }
    assert_eq!(told, [(201, 4), (429, 96)].into(), "four in ten minutes");
    assert_eq!((0..4).map(|_| gateway.outbox.next().to).filter(|to| *to == ALICE.e164()).count(), 4);
    assert_eq!(gateway.outbox.count(), 4);
}

#[test]
fn failures_over_all_accounts_raise_one_alarm_on_all_nodes() {
    let upstream = Upstream::start();
    let plan = Plan::before(&upstream.url).with_more("[limits]\nfailures = \"5/1h\"\n".into()).with_movable_clock();
    let mut gateway = plan.start();
    let other = gateway.twin();
    let fail = |node: &Gateway, times: usize| {
        for n in 0..times {
            let user = if n % 2 == 0 { User::ALICE } else { User::BOB };
            let mistaken = User { password: "not this one", ..user };
            node.caller(Wire::Http1).begin(&mistaken, "/records").expect(403);
        }
    };
    let alarms = |gateway: &Gateway| events(gateway, "excess_login_failures").len();
    fail(&gateway, 3);
    fail(&other, 2);
    assert_eq!(alarms(&gateway), 0);
    gateway.crash();
    fail(&other, 1);
    fail(&gateway, 4);
    assert_eq!(alarms(&gateway), 1);
    let page = other.admin("/metrics").text();
    assert!(page.contains("sekisho_events_total{event=\"excess_login_failures\"} 1"), "{page}");
    assert!(other.log().contains("excess_login_failures"));
    gateway.caller(Wire::Http1).sign_in(&gateway, &User::BOB);
    gateway.advance(Duration::from_secs(3601));
    fail(&gateway, 6);
    assert_eq!(alarms(&gateway), 2, "and one in the next hour");
}
