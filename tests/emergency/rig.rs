//! What these tests have in common: gateways with emergency access, sheets, and whoever comes with one.

use crate::support::gateway::sekisho;
use crate::support::redis::Server;
use crate::support::{Answer, Ask, Caller, Gateway, Plan, Upstream};
use serde_json::Value;

/// The first line ends the table of the scope that every configuration of a test has.
const ROUTES: &str = r#"
[[route]]
path = "/open/**"
require = "open"
upstream = "application"

[[route]]
path = "/**"
require = "otp"
scope = "records"
object = { path = "/patients/{id}" }
upstream = "application"
"#;

/// Many people here share one address.
pub const LIMITS: &str =
    "[limits.network.here]\naddresses = [\"127.0.0.1\"]\nverify = \"10000/m\"\npage = \"10000/m\"\n";

/// Nobody takes a message.
pub const NO_PROVIDER: &str = r#"
[[sms.provider]]
kind = "http"
name = "nobody"
url = "http://127.0.0.1:9/"
body = '{"to":"{to}","text":"{text}"}'
"#;

pub const ONE: &str = "emergency = { for = \"30m\" }\n";
pub const TWO: &str = "emergency = { for = \"30m\", second_person = true }\n";
pub const REASON: &str = "The network is down, and a patient needs care";

pub fn plan(upstream: &Upstream, rules: &str) -> Plan {
    Plan::before(&upstream.url).with_routes(&format!("{rules}{ROUTES}"))
}

pub fn on_redis(upstream: &Upstream, server: &Server, rules: &str) -> Plan {
    let store = format!("[store]\nkind = \"redis\"\nurl = \"redis://{}\"\n{LIMITS}", server.address());
    plan(upstream, rules).with_more(store)
}

/// One sheet, as it came out of the printer.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub serial: String,
    pub code: String,
}

/// A command of `sekisho emergency` that has to succeed; what it printed.
pub fn run(gateway: &Gateway, arguments: &[&str]) -> String {
    let (good, out, err) = tried(gateway, arguments);
    assert!(good, "{arguments:?}: {out}{err}");
    out
}

/// Whether it succeeded, what it printed, and what it complained of.
pub fn tried(gateway: &Gateway, arguments: &[&str]) -> (bool, String, String) {
    let config = gateway.config.display().to_string();
    let done = sekisho(&[&["emergency"], arguments, &["--config", &config]].concat(), "");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.success(), text(&done.stdout), text(&done.stderr))
}

pub fn print(gateway: &Gateway, count: usize) -> Vec<Sheet> {
    let sheets = sheets(&run(gateway, &["print", "--scope", "records", "--count", &count.to_string()]));
    assert_eq!(sheets.len(), count);
    sheets
}

pub fn sheets(printed: &str) -> Vec<Sheet> {
    let field = |page: &str, name: &str| {
        let line = page.lines().find_map(|line| line.trim().strip_prefix(name).map(str::trim));
        line.unwrap_or_else(|| panic!("no {name} on the sheet:\n{page}")).to_string()
    };
    printed.split('\u{c}').map(|page| Sheet { serial: field(page, "serial"), code: field(page, "code") }).collect()
}

/// What a person fills in.
#[derive(Debug, Clone)]
pub struct Plea<'a> {
    pub name: &'a str,
    pub reason: &'a str,
    pub code: &'a str,
    pub second: Option<(&'a str, &'a str)>,
}

impl<'a> Plea<'a> {
    pub fn with(code: &'a str) -> Self {
        Self { name: "Dr Sato", reason: REASON, code, second: None }
    }
}

pub const PAGE: &str = "/.sekisho/emergency?scope=records&return_to=%2Fpatients%2F4711";

/// Opens the page as a browser would, and sends its form.
pub fn ask(caller: &mut Caller, plea: &Plea<'_>) -> Answer {
    let page = caller.send(Ask::get(PAGE).navigating()).expect(200).text();
    send(caller, &token(&page), plea)
}

pub fn token(page: &str) -> String {
    let rest = page.split("name=\"token\" value=\"").nth(1).unwrap_or_else(|| panic!("no token on the page:\n{page}"));
    rest.split('"').next().unwrap_or_default().to_string()
}

pub fn send(caller: &mut Caller, token: &str, plea: &Plea<'_>) -> Answer {
    let (second_name, second_code) = plea.second.unwrap_or_default();
    let fields = [
        ("token", token),
        ("scope", "records"),
        ("return_to", "/patients/4711"),
        ("name", plea.name),
        ("reason", plea.reason),
        ("code", plea.code),
        ("second_name", second_name),
        ("second_code", second_code),
    ];
    let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let origin = caller.origin.clone();
    caller.send(Ask::post("/.sekisho/emergency").navigating().header("Origin", &origin).form(&fields))
}

/// Comes in with this sheet.
pub fn enter(caller: &mut Caller, sheet: &Sheet) {
    let answer = ask(caller, &Plea::with(&sheet.code)).expect(303);
    assert_eq!(answer.header("location"), Some("/.sekisho/emergency?scope=records&return_to=%2Fpatients%2F4711"));
    let page = caller.send(Ask::get(PAGE).navigating()).expect(200).text();
    assert!(page.contains("class=\"night\"") && page.contains("href=\"/patients/4711\""), "{page}");
}

/// Decisions of this kind in the audit so far.
pub fn events(gateway: &Gateway, name: &str) -> Vec<Value> {
    let lines = gateway.audit();
    let all = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    all.filter(|line| line["event"] == name).collect()
}

pub fn file(gateway: &Gateway) -> std::path::PathBuf {
    gateway.file("state/emergency.json")
}
