//! A site with a scope that takes codes and passkeys, and one that nothing but a passkey opens.

use crate::authenticator::Key;
use crate::support::outbox::Message;
use crate::support::{Answer, Ask, Caller, Gateway, Plan, Upstream, User, Wire, wait};
use serde_json::{Value, json};

const ROUTES: &str = r#"factors = ["passkey", "code"]
{vault}
[[route]]
path = "/**"
require = "otp"
scope = "records"
upstream = "application"
"#;

const VAULT: &str = r#"
[scope.vault]
max_age = "8h"
phishing_resistant = true

[[route]]
path = "/vault/**"
require = "otp"
scope = "vault"
upstream = "application"
"#;

/// Many people here share one address.
const LIMITS: &str = "[limits.network.here]\naddresses = [\"127.0.0.1\"]\nverify = \"10000/m\"\nbegin = \"10000/m\"\n";

/// Each change is told to a phone, and some tests change much.
const PROVIDER: &str =
    "per_number = [\"1000/10m\"]\n\n[[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\n";

/// One scope, for codes and passkeys.
pub fn plan(upstream: &Upstream) -> Plan {
    let plan = Plan::before(&upstream.url).with_routes(&ROUTES.replace("{vault}", ""));
    plan.with_providers(PROVIDER.to_string()).with_more(LIMITS.to_string())
}

/// And one that nothing but a passkey opens.
pub fn plan_with_vault(upstream: &Upstream) -> Plan {
    plan(upstream).with_routes(&ROUTES.replace("{vault}", VAULT))
}

/// How many codes went out; what tells of a change holds none.
pub fn codes(gateway: &Gateway) -> usize {
    messages(gateway).len()
}

/// Those that bring a code. A notice of a change, which is a message too, has zeros where one would stand.
pub fn messages(gateway: &Gateway) -> Vec<Message> {
    gateway.outbox.all().into_iter().filter(|message| message.code != "000000").collect()
}

/// Signs somebody in by the code that was sent to them.
pub fn sign_in(caller: &mut Caller, gateway: &Gateway, user: &User) {
    let begun = begin_as(caller, "records", user).expect(201).json();
    let id = begun["id"].as_str().expect("a challenge has an id").to_string();
    let mine = || gateway.outbox.all().into_iter().find(|message| message.challenge == id);
    let message = wait::until("the code", mine);
    let code = json!({ "code": message.code });
    send(caller, &Ask::post(&format!("/.sekisho/challenges/{id}/verify")).json(&code)).expect(200);
}

/// Sends it until the gate is there: a disk that stalls closes it for a moment.
pub fn send(caller: &mut Caller, ask: &Ask) -> Answer {
    wait::until("the gate to be there", || Some(caller.send(ask.clone())).filter(|answer| answer.status != 503))
}

/// Asks for a challenge in this scope, as Alice.
pub fn begin(caller: &mut Caller, scope: &str) -> Answer {
    begin_as(caller, scope, &User::ALICE)
}

fn begin_as(caller: &mut Caller, scope: &str, user: &User) -> Answer {
    let asks = json!({ "return_to": "/records", "scope": scope, "username": user.name, "password": user.password });
    send(caller, &Ask::post("/.sekisho/challenges").json(&asks))
}

/// The id of a fresh challenge.
pub fn challenged(caller: &mut Caller, scope: &str) -> String {
    begin(caller, scope).expect(201).json()["id"].as_str().expect("a challenge has an id").to_string()
}

pub fn ask(caller: &mut Caller, id: &str) -> Answer {
    send(caller, &Ask::post(&format!("/.sekisho/challenges/{id}/passkey")).json(&json!({})))
}

pub fn asked(caller: &mut Caller, id: &str) -> Value {
    ask(caller, id).expect(200).json()
}

pub fn answer(caller: &mut Caller, id: &str, answer: &Value) -> Answer {
    send(caller, &Ask::post(&format!("/.sekisho/challenges/{id}/passkey/verify")).json(answer))
}

pub fn ask_new(caller: &mut Caller) -> Answer {
    send(caller, &Ask::post("/.sekisho/me/passkeys").json(&json!({})))
}

pub fn add(caller: &mut Caller, label: &str, key: &Value) -> Answer {
    send(caller, &Ask::post("/.sekisho/me/passkeys/verify").json(&json!({ "label": label, "key": key })))
}

/// Enrols a key for whoever is signed in.
pub fn enrol(caller: &mut Caller, gateway: &Gateway) -> Key {
    let mut key = Key::new(&gateway.origin);
    let options = ask_new(caller).expect(200).json();
    let made = key.enrol(&options);
    add(caller, "stick", &made).expect(201);
    key
}

/// Alice with a key, signed in.
pub fn alice(gateway: &Gateway) -> (Caller, Key) {
    let mut caller = gateway.caller(Wire::Http1);
    sign_in(&mut caller, gateway, &User::ALICE);
    let key = enrol(&mut caller, gateway);
    (caller, key)
}

/// Somebody with these cookies, at another gateway.
pub fn sent_to(gateway: &Gateway, caller: &Caller) -> Caller {
    let mut caller = caller.clone();
    caller.address.clone_from(&gateway.plain);
    caller
}
