//! Directories elsewhere, against real servers: OpenLDAP's slapd and Samba's Active Directory.

#[path = "../support/mod.rs"]
mod support;

mod book;
mod faults;
mod going;
mod people;
mod samba;
mod slapd;
mod trust;

use serde_json::json;
use support::wire::Answer;
use support::{Ask, Caller, Gateway, Plan, Upstream};

/// Who may have the scope, and everything needs it.
pub const DOCTORS: &str = r#"groups = ["doctors"]
[[route]]
path = "/**"
require = "otp"
scope = "records"
upstream = "application"
"#;

/// A gateway for the people of these directories and for nobody else.
pub fn plan(upstream: &Upstream, directories: &str) -> Plan {
    let limits = "[limits.network.here]\naddresses = [\"127.0.0.1\"]\nbegin = \"10000/m\"\nverify = \"10000/m\"\n";
    Plan { users: Vec::new(), ..Plan::before(&upstream.url).with_routes(DOCTORS) }
        .with_more(format!("{limits}{directories}"))
}

/// Asks for a code by name and password, again where a slow disk closed the gate for a moment.
pub fn begin(caller: &mut Caller, login: &str, password: &str) -> Answer {
    support::wait::until("an answer other than 503", || {
        Some(begin_once(caller, login, password)).filter(|answer| answer.status != 503)
    })
}

pub fn begin_once(caller: &mut Caller, login: &str, password: &str) -> Answer {
    let body = json!({"return_to": "/patients", "scope": "records", "username": login, "password": password});
    caller.send(Ask::post("/.sekisho/challenges").json(&body))
}

/// Comes all the way in; the number that the code went to.
#[track_caller]
pub fn sign_in(caller: &mut Caller, gateway: &Gateway, login: &str, password: &str) -> String {
    let begun = begin(caller, login, password).expect(201).json();
    let id = begun["id"].as_str().expect("a challenge has an id").to_owned();
    let message = gateway.outbox.next();
    caller.verify(&id, &message.code).expect(200);
    message.to
}

/// What the application's page is answered with; a disk that is slow for a moment closes it for that moment.
pub fn page(caller: &mut Caller) -> u16 {
    support::wait::until("an answer other than 503", || {
        let status = caller.send(Ask::get("/patients")).status;
        (status != 503).then_some(status)
    })
}

/// What a command of the real binary says with the gateway's configuration, and whether it succeeded.
pub fn command(gateway: &Gateway, arguments: &[&str]) -> (bool, String) {
    let config = gateway.config.display().to_string();
    told(&[arguments, &["--config", &config]].concat())
}

pub fn told(arguments: &[&str]) -> (bool, String) {
    let output = support::gateway::sekisho(arguments, "");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}
