//! Two gateways with one state, and an operator beside them.

use super::support::gateway::{COOKIE, User, sekisho};
use super::support::{Ask, Caller, Gateway, Plan, Upstream, Wire};
use serde_json::Value;

/// Two nodes before one application.
pub struct Pair {
    pub first: Gateway,
    pub second: Gateway,
    _application: Upstream,
}

impl Pair {
    pub fn start(change: impl FnOnce(Plan) -> Plan) -> Pair {
        let application = Upstream::start();
        let first = change(Plan::before(&application.url)).start();
        let second = first.twin();
        Pair { first, second, _application: application }
    }

    /// A client without cookies, of the first or the second node.
    pub fn caller(&self, node: usize, wire: Wire) -> Caller {
        let mut caller = self.first.caller(wire);
        caller.address = self.address(node, wire).to_owned();
        caller
    }

    pub fn address(&self, node: usize, wire: Wire) -> &str {
        match (node, wire) {
            (0, Wire::Http1) => &self.first.plain,
            (0, _) => &self.first.tls,
            (_, Wire::Http1) => &self.second.plain,
            (_, _) => &self.second.tls,
        }
    }

    /// What a request with this token meets at a node.
    pub fn status(&self, node: usize, wire: Wire, token: &str) -> u16 {
        self.caller(node, wire).send(Ask::get("/patients").header("Sekisho-Pass", token)).status
    }

    /// What it meets at both nodes over all three wires; one of these is enough to be wrong.
    pub fn statuses(&self, token: &str) -> Vec<u16> {
        let all = [0, 1].into_iter().flat_map(|node| Wire::ALL.map(|wire| self.status(node, wire, token)));
        all.collect()
    }

    /// A command of the operator, which has to work; what it printed.
    pub fn must(&self, words: &[&str]) -> String {
        must(&self.first, words)
    }

    pub fn metric(&self, node: usize, name: &str) -> String {
        let page = if node == 0 { &self.first } else { &self.second }.admin("/metrics").text();
        let line = page.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in\n{page}")).to_owned()
    }
}

/// As many messages and requests as a test needs.
pub fn generous(plan: Plan) -> Plan {
    let provider =
        "per_number = [\"10000/10m\"]\n\n[[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\n";
    let limits = "[limits]\nbegin = \"100000/1m\"\nverify = \"100000/1m\"\npage = \"100000/1m\"\n";
    plan.with_providers(provider.to_owned()).with_more(limits.to_owned())
}

/// A fresh pass from a node.
pub fn sign_in(pair: &Pair, node: usize, user: &User) -> String {
    let mut caller = pair.caller(node, Wire::Http1);
    caller.sign_in(&pair.first, user);
    caller.cookie(COOKIE).expect("a pass").to_owned()
}

/// A command of the operator, with the gateway's configuration; standard output.
pub fn must(gateway: &Gateway, words: &[&str]) -> String {
    let config = gateway.config.display().to_string();
    let output = sekisho(&[words, &["--config", &config]].concat(), "");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{words:?}: {}{}", said(&output.stdout), said(&output.stderr));
    said(&output.stdout)
}

/// A command that is refused; standard error.
pub fn refused(gateway: &Gateway, words: &[&str]) -> String {
    let config = gateway.config.display().to_string();
    let output = sekisho(&[words, &["--config", &config]].concat(), "");
    assert_eq!(output.status.code(), Some(1), "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The keys as `keys list` says them: id and role, the newest first.
pub fn keys(gateway: &Gateway) -> Vec<(String, String)> {
    let text = must(gateway, &["keys", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&text).expect("JSON");
    let word = |key: &Value, name: &str| key[name].as_str().expect("a text").to_owned();
    list.as_array().expect("a list").iter().map(|key| (word(key, "id"), word(key, "role"))).collect()
}

/// One part of a token: the header is 0, the claims are 1.
pub fn part(token: &str, at: usize) -> Value {
    use base64::Engine;
    let text = token.split('.').nth(at).expect("a token has three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}
