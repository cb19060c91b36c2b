//! The same targets through the gate to real servers: none of them ever serves what is guarded to who has no pass.

#[path = "../law/grammar.rs"]
#[allow(dead_code, reason = "only the targets are needed")]
mod grammar;
mod servers;
mod site;
#[path = "../support/mod.rs"]
mod support;
mod targets;

use std::collections::BTreeMap;

use grammar::Grammar;
use servers::Server;
use site::{MARKER, Site};
use support::gateway::{COOKIE, HOST};
use support::{Gateway, Plan, User, Wire, wire};

/// Beside the known ones, so many that are made up.
const MADE_UP: usize = 500;

/// What an upstream has leave for.
const LEAVES: [(&str, &str); 3] = [
    ("none", ""),
    ("all", "encoded_slash = true\npath_params = true\nempty_segments = true\n"),
    ("japanese", "encoded_slash = true\npath_params = true\nempty_segments = true\ncharset = \"shift_jis\"\n"),
];
/// What becomes of everything that is neither open nor guarded.
const RESTS: [(&str, &str); 2] = [("closed", "require = \"deny\""), ("open", "require = \"open\"")];

/// A host for each server, each leave, and both fates of the rest.
struct Stand<'a> {
    host: String,
    server: &'a Server,
}

fn routes(servers: &[Server]) -> (String, String, Vec<Stand<'_>>) {
    let (mut routes, mut upstreams, mut stands) = (String::new(), String::new(), Vec::new());
    for server in servers {
        let name = server.name;
        upstreams += &format!("[upstream.{name}]\nurl = \"http://{}\"\n", server.address);
        for (leave, keys) in LEAVES {
            for (rest, fate) in RESTS {
                let host = format!("{rest}.{leave}.{name}.test");
                let mut route = |path: &str, need: &str, keys: &str| {
                    routes += &format!("[[route]]\nhost = \"{host}\"\npath = \"{path}\"\n{need}\n{keys}");
                };
                let there = format!("upstream = \"{name}\"\n{keys}");
                route("/public/**", "require = \"open\"", &there);
                route("/protected/**", "require = \"otp\"\nscope = \"records\"", &there);
                route("/**", fate, if rest == "open" { &there } else { "" });
                stands.push(Stand { host, server });
            }
        }
    }
    (routes, upstreams, stands)
}

fn gateway(servers: &[Server]) -> (Gateway, Vec<Stand<'_>>) {
    let (routes, upstreams, stands) = routes(servers);
    let hosts: Vec<String> = stands.iter().map(|stand| format!("\"{}\"", stand.host)).collect();
    let top: &'static str = Box::leak(format!("hosts = [{}]", hosts.join(", ")).into_boxed_str());
    let own = format!("[[route]]\nhost = \"{HOST}\"\npath = \"/\"\nrequire = \"open\"\nupstream = \"application\"\n");
    let plan = Plan::before("http://127.0.0.1:9").with_top(top).with_routes(&(own + &routes)).with_more(upstreams);
    (plan.start(), stands)
}

/// Status and whether the marker came; a connection that is closed without an answer is a no.
fn ask(address: &str, host: &str, target: &[u8], more: &str) -> (u16, bool) {
    let head = format!(" HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n");
    let request = [b"GET ", target, head.as_bytes()].concat();
    let answer = wire::exchange(address, &request);
    answer.map_or((0, false), |answer| (answer.status, answer.text().contains(MARKER)))
}

fn corpus() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = targets::KNOWN.iter().map(|target| target.to_vec()).collect();
    let mut grammar = Grammar::new(4711);
    while all.len() < targets::KNOWN.len() + MADE_UP {
        let target = grammar.bytes();
        // White space and line ends would be another request.
        if !target.iter().any(|b| matches!(b, 0..=0x20 | 0x7f)) {
            all.push(target);
        }
    }
    all
}

#[test]
fn no_server_ever_serves_what_is_guarded_undecided() {
    let site = Site::make();
    let servers = servers::start(&site);
    let (gateway, stands) = gateway(&servers);
    let mut alice = gateway.caller(Wire::Http1);
    alice.sign_in(&gateway, &User::ALICE);
    let pass = format!("Sekisho-Pass: {}\r\n", alice.cookie(COOKIE).expect("a pass"));
    let plain = &gateway.plain;

    // The marker is there, and the way to it is open for who has a pass and closed for everybody else.
    for Stand { host, server } in &stands {
        assert_eq!(ask(&server.address, "localhost", b"/protected/secret.txt", ""), (200, true), "{}", server.name);
        assert_eq!(ask(plain, host, b"/protected/secret.txt", &pass), (200, true), "{host}");
        assert_eq!(ask(plain, host, b"/protected/secret.txt", ""), (401, false), "{host}");
        assert_eq!(ask(plain, host, b"/public/secret.txt", ""), (200, false), "{host}");
    }

    let corpus = corpus();
    let mut table: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for server in &servers {
        let open = corpus.iter().filter(|target| ask(&server.address, "localhost", target, "").1).count();
        table.entry(server.name).or_default()[0] = open;
    }
    for Stand { host, server } in &stands {
        for target in &corpus {
            let (status, marker) = ask(plain, host, target, "");
            assert!(!marker, "{} serves what is guarded for {} as {host}", server.name, target.escape_ascii());
            let row = table.entry(server.name).or_default();
            row[1] += 1;
            row[2] += usize::from(status == 200);
        }
    }
    for (name, [open, asked, passed]) in &table {
        println!(
            "{name}: alone it serves what is guarded for {open} of {} targets; through the gate for none of {asked}, {passed} pass",
            corpus.len()
        );
        // Without such targets nothing would have been tried; without others everything is refused.
        assert!(*open > 10 && *passed > 50, "{name}: {open} {passed}");
    }
}
