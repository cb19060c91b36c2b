//! Where a name is all that is asked for: nobody tells an invented one from Alice's.

use serde_json::{Value, json};

use crate::house::House;
use crate::sim::{Standing, Turn, Vendor, What};
use crate::support::{Answer, Ask, Caller, Wire, wait};

/// A stranger gives a name.
fn begun(caller: &mut Caller, name: &str) -> Value {
    let ask = Ask::post("/.sekisho/challenges");
    caller.send(ask.json(&json!({ "return_to": "/patients", "scope": "records", "username": name }))).expect(201).json()
}

/// What can be seen of an answer, but for what is drawn at random.
fn seen(answer: &Answer) -> (u16, Value, Vec<String>) {
    let mut body = answer.json();
    if let Some(body) = body.as_object_mut() {
        body.retain(|key, _| !["id", "request", "instance", "resend_in", "expires_in"].contains(&key.as_str()));
    }
    let mut names: Vec<_> = answer.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    (answer.status, body, names)
}

fn id(begun: &Value) -> String {
    begun["id"].as_str().expect("an id").to_owned()
}

/// One vendor a test, so that they run beside each other: every answer of theirs leaves at a fixed delay.
fn an_invented_name_meets_the_same(vendor: Vendor) {
    let fault = |code: u32| Turn::Error(500, format!(r#"{{"code":{code}}}"#));
    for trouble in ["none", "over", "errors", "away"] {
        let mut house = House::with(vendor, |plan| plan.with_names_only().with_challenge("answer_delay = \"100ms\""));
        let (mut real, mut none) = (house.gateway.caller(Wire::Http1), house.gateway.caller(Wire::Http1));
        let (mine, invented) = (begun(&mut real, "alice"), begun(&mut none, "nobody"));
        assert_eq!(mine["tries_left"], invented["tries_left"]);
        wait::until("the message to be taken", || (house.sim.asked(What::Begin) == 1).then_some(()));
        // Once it is on the books of both.
        wait::until("its name to be known", || (house.audit_of("code_sent").len() == 1).then_some(()));
        let (mine, invented) = (id(&mine), id(&invented));
        match trouble {
            "over" => house.sim.end_all(Standing::Expired),
            "errors" => (0..5).for_each(|_| house.sim.next(What::Check, fault(1000))),
            "away" => house.sim.fall(),
            _ => {}
        }
        for entry in 0..6 {
            let (one, other) = (real.verify(&mine, "000000"), none.verify(&invented, "000000"));
            assert_eq!(seen(&one), seen(&other), "{vendor:?}, {trouble}, entry {entry}");
            assert_eq!(one.status, if entry < vendor.tries() { 403 } else { 410 });
        }
        let asked = house.checks();
        match trouble {
            "over" => assert_eq!(asked, 1),
            "away" => assert_eq!(asked, 0),
            _ => assert_eq!(asked, vendor.tries()),
        }
    }
}

#[test]
fn whatever_twilio_says_an_invented_name_meets_the_same() {
    an_invented_name_meets_the_same(Vendor::Twilio);
}

#[test]
fn whatever_vonage_says_an_invented_name_meets_the_same() {
    an_invented_name_meets_the_same(Vendor::Vonage);
}

#[test]
fn whatever_engagelab_says_an_invented_name_meets_the_same() {
    an_invented_name_meets_the_same(Vendor::Engagelab);
}

#[test]
fn the_right_code_opens_for_who_has_the_name_and_for_nobody_else() {
    let house = House::with(Vendor::Twilio, |plan| plan.with_names_only());
    let (mut real, mut none) = (house.gateway.caller(Wire::Http2), house.gateway.caller(Wire::Http1));
    let (mine, invented) = (id(&begun(&mut real, "alice")), id(&begun(&mut none, "nobody")));
    wait::until("its name to be known", || (house.audit_of("code_sent").len() == 1).then_some(()));
    none.verify(&invented, &house.sim.code()).expect(403);
    real.verify(&mine, &house.sim.code()).expect(200);
}
