//! Before Orthanc: how a program gets to a patient's record with a code, and every way in which it does not.
//!
//! Whatever does not say otherwise holds over plain HTTP/1.1, HTTP/1.1 over TLS, and HTTP/2.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::gateway::COOKIE;
use support::orthanc::{PATIENT_ID, PATIENT_NAME};
use support::outbox::{full_width, spaced, wrong};
use support::{Ask, Gateway, Orthanc, Plan, User, Wire};
use url::form_urlencoded;

const ALICE: &User = &User::ALICE;

/// A gateway before Orthanc for each wire, so that no count of one wire shows on the next.
fn on_every_wire(test: impl Fn(&mut Gateway, Wire)) {
    with_every_wire(|plan| plan, test);
}

fn with_every_wire(change: impl Fn(Plan) -> Plan, test: impl Fn(&mut Gateway, Wire)) {
    for wire in Wire::ALL {
        println!("over {wire:?}");
        test(&mut change(Plan::before(&Orthanc::shared().url)).start(), wire);
    }
}

#[test]
fn a_browser_without_a_pass_is_sent_to_the_challenge() {
    on_every_wire(|gateway, wire| {
        let answer = gateway.caller(wire).send(Ask::get("/patients?expand&x=%E5%B1%B1").navigating()).expect(303);
        let location = answer.header("location").expect("a redirect says where to");
        let query = location.strip_prefix("/.sekisho/challenge?").unwrap_or_else(|| panic!("sent to {location}"));
        let fields: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert!(fields.contains(&("return_to".into(), "/patients?expand&x=%E5%B1%B1".into())), "{fields:?}");
        assert!(fields.contains(&("scope".into(), "records".into())), "{fields:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let has_id = answer.headers.iter().any(|(name, _)| name.to_ascii_lowercase().ends_with("request-id"));
        assert!(has_id, "no request id in {:?}", answer.headers);

        let page = gateway.caller(wire).send(Ask::get(location).navigating()).expect(200);
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
        assert!(page.text().contains("password"), "the page asks who is there");
        assert_eq!(gateway.outbox.count(), 0, "looking at a page sends nothing");
    });
}

#[test]
fn a_program_without_a_pass_is_told_what_is_missing() {
    on_every_wire(|gateway, wire| {
        for ask in [Ask::get("/patients"), Ask::get("/patients").header("Accept", "*/*")] {
            let answer = gateway.caller(wire).send(ask).expect(401);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            let challenge = answer.header("www-authenticate").expect("a 401 says how to authenticate");
            assert!(challenge.starts_with("Bearer "), "{challenge}");
            assert!(challenge.contains(r#"error="insufficient_user_authentication""#), "{challenge}");
            assert!(challenge.contains("max_age=28800") || challenge.contains(r#"max_age="28800""#), "{challenge}");
            let problem = answer.json();
            assert_eq!(problem["status"], 401);
            assert_eq!(problem["scope"], "records");
            for field in ["type", "title", "detail"] {
                assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "no {field} in {problem}");
            }
            let page = problem["challenge"].as_str().expect("the problem names the page");
            assert!(page.contains("/.sekisho/challenge?"), "{page}");
        }
    });
}

#[test]
fn a_form_that_was_not_sent_is_answered_in_place() {
    on_every_wire(|gateway, wire| {
        let origin = gateway.origin.clone();
        let form = Ask::post("/tools/find").navigating().header("Origin", &origin).form(&[("note", "hours of work")]);
        let answer = gateway.caller(wire).send(form).expect(401);
        assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
        assert!(answer.text().contains("/.sekisho/challenge?"), "it shows the way back:\n{}", answer.text());
    });
}

#[test]
fn a_program_gets_to_the_record_with_a_code() {
    on_every_wire(|gateway, wire| {
        let orthanc = Orthanc::shared();
        let mut caller = gateway.caller(wire);
        let begun = caller.begin(ALICE, "/patients").expect(201);
        let binding = begun.all("set-cookie").join("\n");
        assert!(binding.contains("HttpOnly"), "the binding cookie is out of reach of scripts: {binding}");
        let challenge = begun.json();
        assert_eq!(challenge["scope"], "records");
        assert_eq!(challenge["channel"], "sms");
        assert_eq!(challenge["tries_left"], 5);
        assert_eq!(challenge["channels"], json!(["sms"]));
        assert!(challenge["expires_in"].as_u64().is_some_and(|seconds| (290..=300).contains(&seconds)), "{challenge}");
        assert!(challenge["resend_in"].as_u64().is_some_and(|seconds| seconds > 0), "{challenge}");
        let shown = challenge["to"].as_str().expect("after the password, the number shows, masked");
        assert!(shown.ends_with("78") && !shown.contains("1234"), "{shown}");

        let message = gateway.outbox.next();
        assert_eq!((message.channel.as_str(), message.to.as_str()), ("sms", ALICE.e164().as_str()));
        assert!(message.text.contains(&message.code), "{message:?}");
        let bound = format!("@{} #{}", support::gateway::HOST, message.code);
        assert_eq!(message.text.lines().last(), Some(bound.as_str()), "the last line binds the code to the site");
        let id = challenge["id"].as_str().expect("a challenge has an id");
        assert_eq!(message.challenge, id);
        support::wait::until("the state `sent`", || (caller.state(id)["state"] == "sent").then_some(()));

        let opened = caller.verify(id, &message.code).expect(200);
        assert_eq!(opened.json()["scope"], "records");
        assert_eq!(opened.json()["return_to"], "/patients");
        assert!(opened.json()["expires_in"].as_u64().is_some_and(|seconds| (28_700..=28_800).contains(&seconds)));
        let pass = opened.all("set-cookie").into_iter().find(|line| line.starts_with(COOKIE)).expect("a pass");
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(pass.split("; ").any(|found| found.eq_ignore_ascii_case(part)), "no {part} in {pass}");
        }
        assert!(!pass.contains("Expires") && !pass.contains("Max-Age") && !pass.contains("Domain"), "{pass}");
        assert!(pass.len() < 4096);

        let patients = caller.send(Ask::get("/patients")).expect(200);
        assert_eq!(patients.json(), json!([orthanc.patient]));
        let patient = caller.send(Ask::get(&format!("/patients/{}", orthanc.patient))).expect(200).json();
        assert_eq!(patient["MainDicomTags"]["PatientID"], PATIENT_ID);
        assert!(patient["MainDicomTags"]["PatientName"].as_str().is_some_and(|name| name.contains(PATIENT_NAME)));
        let explorer = caller.send(Ask::get("/app/explorer.html").navigating()).expect(200);
        assert!(explorer.text().contains("Orthanc Explorer"));
    });
}

#[test]
fn what_comes_through_the_gate_is_what_the_application_sent() {
    on_every_wire(|gateway, wire| {
        let orthanc = Orthanc::shared();
        let mut caller = gateway.caller(wire);
        caller.sign_in(gateway, ALICE);
        let instances = caller.send(Ask::get("/instances")).expect(200).json();
        let file = format!("/instances/{}/file", instances[0].as_str().expect("the study has an instance"));
        for path in [file.as_str(), "/app/libs/jquery.min.js", "/app/images/orthanc-logo.png", "/system", "/nowhere"] {
            let (through, direct) = (caller.send(Ask::get(path)), orthanc.direct(path));
            assert_eq!(through.status, direct.status, "{path}");
            assert_eq!(through.header("content-type"), direct.header("content-type"), "{path}");
            assert!(through.body == direct.body, "{path}: {} bytes, not {}", through.body.len(), direct.body.len());
        }
        let found = caller.send(Ask::post("/tools/find").json(&json!({
            "Level": "Patient", "Query": { "PatientID": PATIENT_ID }, "Expand": false,
        })));
        assert_eq!(found.expect(200).json(), json!([orthanc.patient]), "a body goes through too");
        let head = caller.send(Ask::new("HEAD", "/system"));
        assert!(head.body.is_empty());
    });
}

#[test]
fn a_wrong_code_costs_a_try_and_the_sixth_finds_nothing() {
    on_every_wire(|gateway, wire| {
        let mut caller = gateway.caller(wire);
        let (id, message) = caller.challenged(gateway, ALICE);
        for left in (0..5).rev() {
            let refused = caller.verify(&id, &wrong(&message.code)).expect(403);
            assert_eq!(refused.json()["tries_left"], left);
            assert!(caller.cookie(COOKIE).is_none());
        }
        caller.verify(&id, &message.code).expect(410);
        caller.send(Ask::get("/patients")).expect(401);
    });
}

#[test]
fn a_code_opens_once() {
    on_every_wire(|gateway, wire| {
        let mut caller = gateway.caller(wire);
        let (id, message) = caller.challenged(gateway, ALICE);
        let mut again = caller.clone();
        caller.verify(&id, &message.code).expect(200);
        again.verify(&id, &message.code).expect(410);
        again.send(Ask::get("/patients")).expect(401);
        caller.send(Ask::get("/patients")).expect(200);
    });
}

#[test]
fn an_old_code_is_gone() {
    with_every_wire(Plan::with_movable_clock, |gateway, wire| {
        let mut caller = gateway.caller(wire);
        let (id, message) = caller.challenged(gateway, ALICE);
        gateway.advance(Duration::from_secs(301));
        caller.verify(&id, &message.code).expect(410);
        assert_eq!(caller.state(&id)["state"], "expired");
    });
}

#[test]
fn a_pass_ends_when_its_time_is_over() {
    with_every_wire(Plan::with_movable_clock, |gateway, wire| {
        let mut caller = gateway.caller(wire);
        caller.sign_in(gateway, ALICE);
        gateway.advance(Duration::from_secs(8 * 3600 - 120));
        caller.send(Ask::get("/patients")).expect(200);
        gateway.advance(Duration::from_secs(180));
        caller.send(Ask::get("/patients")).expect(401);
    });
}

#[test]
fn what_is_no_code_costs_no_try() {
    on_every_wire(|gateway, wire| {
        let mut caller = gateway.caller(wire);
        let (id, message) = caller.challenged(gateway, ALICE);
        let long = "1".repeat(5000);
        for entry in ["", "48291", "4829133", "48291a", "<b>", "四八二九一三", long.as_str()] {
            caller.verify(&id, entry).expect(400);
        }
        let path = format!("/.sekisho/challenges/{id}/verify");
        for body in [json!({}), json!([]), json!({ "code": 482_913 }), json!({ "code": ["482913"] })] {
            caller.send(Ask::post(&path).json(&body)).expect(400);
        }
        caller.send(Ask::post(&path).body("application/json", b"{\"code\":".to_vec())).expect(400);
        assert_eq!(caller.state(&id)["tries_left"], 5);
        caller.verify(&id, &message.code).expect(200);
    });
}

#[test]
fn a_code_is_taken_the_way_people_type_it() {
    let gateway = Plan::before(&Orthanc::shared().url).start();
    for (user, typed) in [(&User::ALICE, full_width as fn(&str) -> String), (&User::BOB, spaced)] {
        let mut caller = gateway.caller(Wire::Http2);
        let (id, message) = caller.challenged(&gateway, user);
        caller.verify(&id, &typed(&message.code)).expect(200);
    }
}

#[test]
fn another_browser_does_not_even_learn_that_the_challenge_exists() {
    on_every_wire(|gateway, wire| {
        let mut caller = gateway.caller(wire);
        let (id, message) = caller.challenged(gateway, ALICE);
        let mut stranger = gateway.caller(wire);
        stranger.send(Ask::get(&format!("/.sekisho/challenges/{id}"))).expect(404);
        stranger.verify(&id, &message.code).expect(404);
        stranger.send(Ask::post(&format!("/.sekisho/challenges/{id}/resend")).json(&json!({}))).expect(404);
        // Not even with a binding of its own.
        stranger.begin(&User::BOB, "/patients").expect(201);
        stranger.verify(&id, &message.code).expect(410);
        assert_eq!(caller.state(&id)["tries_left"], 5);
        caller.verify(&id, &message.code).expect(200);
    });
}

#[test]
fn a_message_is_sent_again_after_a_while_with_the_same_code() {
    let plan = |plan: Plan| plan.with_movable_clock().with_challenge("resend_after = \"30s\"\nlife = \"5m\"");
    with_every_wire(plan, |gateway, wire| {
        let mut caller = gateway.caller(wire);
        let (id, first) = caller.challenged(gateway, ALICE);
        caller.verify(&id, &wrong(&first.code)).expect(403);
        let again = || Ask::post(&format!("/.sekisho/challenges/{id}/resend")).json(&json!({}));
        let cooling = caller.send(again()).expect(429);
        let wait: u64 = cooling.header("retry-after").and_then(|text| text.parse().ok()).expect("it says when");
        assert!((1..=30).contains(&wait), "{wait}");
        gateway.advance(Duration::from_secs(wait + 1));
        let resent: Value = caller.send(again()).expect(200).json();
        let second = gateway.outbox.next();
        assert_eq!(second.code, first.code);
        assert_eq!(resent["tries_left"], 4, "a new message refills nothing");
        assert_eq!(gateway.outbox.count(), 2);
        caller.verify(&id, &second.code).expect(200);
    });
}

#[test]
fn asking_twice_or_just_looking_sends_one_message() {
    let gateway = Plan::before(&Orthanc::shared().url).start();
    let mut caller = gateway.caller(Wire::Http2);
    let (id, message) = caller.challenged(&gateway, ALICE);
    let joined = caller.begin(ALICE, "/studies").expect(201).json();
    for path in ["/.sekisho/challenge?return_to=%2Fpatients&scope=records", &format!("/.sekisho/challenge/{id}")] {
        caller.send(Ask::get(path).navigating()).expect(200);
        caller.send(Ask::new("HEAD", path).navigating());
    }
    let id = joined["id"].as_str().expect("a challenge has an id");
    caller.verify(id, &message.code).expect(200);
    assert_eq!(gateway.outbox.count(), 1);
}

#[test]
fn a_restart_loses_neither_pass_nor_challenge_nor_count() {
    let mut gateway = Plan::before(&Orthanc::shared().url).start();
    let mut alice = gateway.caller(Wire::Http2);
    alice.sign_in(&gateway, ALICE);
    let mut bob = gateway.caller(Wire::Http2);
    let (id, message) = bob.challenged(&gateway, &User::BOB);
    bob.verify(&id, &wrong(&message.code)).expect(403);
    gateway.restart();
    alice.send(Ask::get("/patients")).expect(200);
    assert_eq!(bob.state(&id)["tries_left"], 4);
    bob.verify(&id, &message.code).expect(200);
}

#[test]
fn what_no_route_names_is_refused() {
    let routes = r#"
[[route]]
path = "/system"
require = "open"
upstream = "application"

[[route]]
path = "/tools/**"
require = "deny"

[[route]]
path = "/patients/**"
methods = ["GET"]
require = "otp"
scope = "records"
upstream = "application"
"#;
    with_every_wire(
        |plan| plan.with_routes(routes),
        |gateway, wire| {
            let mut caller = gateway.caller(wire);
            caller.send(Ask::get("/system")).expect(200);
            caller.send(Ask::get("/patients")).expect(401);
            caller.sign_in(gateway, ALICE);
            caller.send(Ask::get("/patients")).expect(200);
            for ask in [Ask::get("/studies"), Ask::get("/tools/now"), Ask::new("DELETE", "/patients/x"), Ask::get("/")]
            {
                let answer = caller.send(ask.clone());
                assert!(matches!(answer.status, 403..=405), "{ask:?} was answered {}", answer.status);
            }
        },
    );
}

#[test]
fn the_operator_sees_that_it_lives() {
    let gateway = Plan::before(&Orthanc::shared().url).start();
    gateway.caller(Wire::Http2).sign_in(&gateway, ALICE);
    gateway.admin("/healthz").expect(200);
    gateway.admin("/readyz").expect(200);
    let metrics = gateway.admin("/metrics").expect(200).text();
    assert!(metrics.lines().any(|line| line.starts_with("sekisho_")), "{metrics}");
    for line in gateway.audit().lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|event| event.is_object()), "no JSON line: {line}");
    }
    assert!(gateway.audit().lines().count() >= 3, "begun, verified, issued:\n{}", gateway.audit());
}
