//! The application's own login with a code behind it, and its password reset with one before it: with an application that
//! keeps every byte, with Django's admin and DokuWiki as they are, and with the demo.

#[path = "../support/mod.rs"]
mod support;

mod apps;
mod browser;
mod clerk;
mod names;
mod probe;
mod release;
mod reset;
mod wires;

use std::collections::BTreeMap;

use clerk::Clerk;
use support::outbox::Message;
use support::wire::Answer;
use support::{Ask, Caller, Gateway, Plan};

const ROUTES: &str = r#"
[scope.reset]
max_age = "5m"

[[route]]
path = "/app/**"
require = "otp"
scope = "records"
login = { form = "username", success = { status = [302], location = "*home.php", set_cookie = "session" } }

[[route]]
path = "/page/**"
require = "otp"
scope = "records"
login = { form = "username", success = { status = [200], body = "Welcome", not_body = "Wrong" } }

[[route]]
path = "/api/**"
require = "otp"
scope = "records"
login = { json = "/user/name", success = { set_cookie = "sess*" } }

[[route]]
path = "/reset"
methods = ["POST"]
require = "otp"
scope = "reset"
reset = { form = "email" }

[[route]]
path = "/guarded/**"
require = "otp"
scope = "records"
end_on = "/guarded/logout"

[[route]]
path = "/**"
require = "open"
"#;

/// Many people here share one address, and one phone.
const LIMITS: &str = r#"
[limits.network.here]
addresses = ["127.0.0.1"]
begin = "100000/m"
verify = "100000/m"
page = "100000/m"
messages = ["100000/1h"]
"#;

const PROVIDERS: &str = r#"
per_number = ["100000/1h"]
per_user = ["100000/1h"]
[[sms.provider]]
kind = "file"
path = "{folder}/outbox.jsonl"
"#;

fn plan(clerk: &Clerk) -> Plan {
    Plan::before(&clerk.url).with_routes(ROUTES).with_providers(PROVIDERS.into()).with_more(LIMITS.into())
}

/// The login form as a browser sends it.
fn login(path: &str, name: &str, password: &str) -> Ask {
    Ask::post(path).navigating().form(&[("csrf", "a;b"), ("username", name), ("password", password)])
}

fn location(answer: &Answer) -> String {
    answer.header("location").expect("a redirect says where to").to_string()
}

/// The fields that the first form of a code page carries.
fn fields(page: &str) -> BTreeMap<String, String> {
    let form = page.split("<form").nth(1).and_then(|rest| rest.split("</form>").next()).expect("there is a form");
    let attribute = |input: &str, name: &str| {
        let value = input.split_once(&format!("{name}=\""))?.1.split('"').next()?;
        Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#61;", "="))
    };
    form.split("<input").skip(1).filter_map(|i| Some((attribute(i, "name")?, attribute(i, "value")?))).collect()
}

/// Types a code on the page that an answer led to.
fn enter(caller: &mut Caller, page: &str, code: &str) -> Answer {
    let shown = caller.send(Ask::get(page).navigating()).expect(200);
    let mut fields = fields(&shown.text());
    fields.insert("code".into(), code.into());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let path = page.split('?').next().unwrap_or_default();
    let origin = caller.origin.clone();
    caller.send(Ask::post(path).navigating().header("Origin", &origin).form(&fields))
}

/// Logs in with the right password, and takes the message.
fn accepted(caller: &mut Caller, gateway: &Gateway, ask: Ask) -> (String, Message) {
    let answer = caller.send(ask).expect(303);
    assert!(answer.all("set-cookie").iter().all(|line| !line.starts_with("session=")), "{:?}", answer.headers);
    (location(&answer), gateway.outbox.next())
}

fn session_of(answer: &Answer) -> Option<String> {
    answer.all("set-cookie").into_iter().find(|line| line.starts_with("session=")).map(str::to_string)
}
