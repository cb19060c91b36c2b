//! Who is calling, where the request itself shows it: through the real binary, over the three wires, each way with those
//! who would like to be somebody else.

#[path = "../support/mod.rs"]
mod support;

mod basic;
mod bearer;
mod certificate;
mod form;
mod header;
mod issuer;
mod oidc;
mod recipes;
mod whoami;

use serde_json::{Value, json};
use support::{Answer, Ask, Caller, Gateway, Plan, Upstream, User};

const BEGIN: &str = "/.sekisho/challenges";
const SIGN_IN: &str = "/.sekisho/challenge?return_to=%2Fpatients&scope=records";

/// Begins without a name in it.
fn nameless() -> Ask {
    Ask::post(BEGIN).json(&json!({ "return_to": "/patients", "scope": "records" }))
}

/// A scope that names `portal` alone, and what that is.
fn gateway(upstream: &Upstream, source: &str) -> Gateway {
    plan(upstream, "[\"portal\"]", source).start()
}

fn plan(upstream: &Upstream, sources: &str, source: &str) -> Plan {
    Plan::before(&upstream.url)
        .with_scope(&format!("sources = {sources}"))
        .with_more(format!("[source.portal]\n{source}\n\n[limits]\nbegin = \"6000/m\"\npage = \"6000/m\"\n"))
}

/// Whoever was introduced so gets a code, and with it a pass: what the application is told then.
fn goes_through(gateway: &Gateway, upstream: &Upstream, caller: &mut Caller, begin: Ask, user: &User) -> String {
    let begun = caller.send(begin).expect(201).json();
    let message = gateway.outbox.next();
    assert_eq!(message.to, user.e164());
    assert!(begun["to"].as_str().is_some_and(|to| to.ends_with(&user.phone[user.phone.len() - 2..])), "{begun}");
    caller.verify(begun["id"].as_str().expect("an id"), &message.code).expect(200);
    caller.send(Ask::get("/patients/4711")).expect(200);
    let seen = upstream.last().to_ascii_lowercase();
    assert!(seen.contains(&format!("remote-user: {}\r\n", user.name)), "{seen}");
    seen
}

/// No code, and the same answer as for anybody whom nobody knows.
#[track_caller]
fn refused(gateway: &Gateway, answer: Answer, kind: &str) -> Value {
    let before = gateway.outbox.count();
    let problem = answer.expect(403).json();
    assert_eq!(problem["type"], format!("urn:sekisho:{kind}"));
    assert_eq!(gateway.outbox.count(), before, "nothing is sent");
    problem
}
