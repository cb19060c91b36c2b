//! Who is asking, however often they say that they are somebody else (facts: B6).

use crate::support::{Ask, Gateway, Plan, Upstream, User, Wire, wire};

const LIMIT: usize = 20;

fn limited(client: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::start();
    let more = format!("[client]\n{client}\n[limits]\npage = \"{LIMIT}/1h\"\n");
    (Plan::before(&upstream.url).with_more(more).start(), upstream)
}

/// How many of these requests for a page of the gate are answered, and not limited. `lines` makes each one's header lines.
fn answered(gateway: &Gateway, count: usize, lines: impl Fn(usize) -> String) -> usize {
    let authority = gateway.origin.trim_start_matches("https://");
    let ask = |n| {
        let request =
            format!("GET /.sekisho/jwks.json HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{}\r\n", lines(n));
        wire::exchange(&gateway.plain, request.as_bytes()).expect("an answer").status
    };
    let told: Vec<u16> = (0..count).map(ask).collect();
    assert!(told.iter().all(|status| matches!(status, 200 | 429)), "{told:?}");
    told.iter().filter(|status| **status == 200).count()
}

fn address(n: usize) -> String {
    format!("198.51.{}.{}", n / 250, n % 250)
}

#[test]
fn a_stranger_is_one_caller_under_a_thousand_names() {
    let (gateway, _upstream) = limited("trusted_proxies = [\"10.0.0.5\"]");
    let lies = |n| {
        let a = address(n);
        format!("X-Forwarded-For: {a}\r\nForwarded: for={a}\r\nX-Real-IP: {a}\r\nCF-Connecting-IP: {a}\r\n")
    };
    assert_eq!(answered(&gateway, 1000, lies), LIMIT);
}

#[test]
fn behind_a_named_proxy_what_the_client_wrote_changes_nothing() {
    let (gateway, _upstream) = limited("trusted_proxies = [\"127.0.0.1\"]");
    let fresh = |n: usize| format!("X-Forwarded-For: {}, 203.0.113.7\r\n", address(n));
    assert_eq!(answered(&gateway, 1000, fresh), LIMIT);
    let lines = |n: usize| format!("X-Forwarded-For: {}\r\nX-Forwarded-For: 203.0.113.7:{}\r\n", address(n), 1024 + n);
    assert_eq!(answered(&gateway, 50, lines), 0, "the same caller, from other ports");
    let mixed = |n: usize| format!("Forwarded: for={}\r\nX-Forwarded-For: 203.0.113.7\r\n", address(n));
    assert_eq!(answered(&gateway, 50, mixed), 0, "the other header is not looked at");
    let real = |n: usize| format!("X-Forwarded-For: {}\r\n", address(n));
    assert_eq!(answered(&gateway, 50, real), 50, "fifty callers of which the proxy says so");
}

#[test]
fn an_ipv6_network_is_one_caller() {
    let (gateway, _upstream) = limited("trusted_proxies = [\"127.0.0.1\"]");
    let same = |n: usize| format!("X-Forwarded-For: [2001:db8:1:2:{:x}::{n:x}]:{}\r\n", n * 7, 1024 + n);
    assert_eq!(answered(&gateway, 1000, same), LIMIT);
    let others = |n: usize| format!("X-Forwarded-For: 2001:db8:1:{:x}::1\r\n", 100 + n);
    assert_eq!(answered(&gateway, 50, others), 50);
}

#[test]
fn forwarded_counts_where_it_is_chosen() {
    let (gateway, _upstream) = limited("trusted_proxies = [\"127.0.0.1\"]\nheader = \"forwarded\"");
    let same = |n: usize| {
        format!(
            "X-Forwarded-For: {}\r\nForwarded: for={}, For=\"[2001:db8::7]:{n}\";proto=https\r\n",
            address(n),
            address(n)
        )
    };
    assert_eq!(answered(&gateway, 100, same), LIMIT);
    let hidden = |n: usize| format!("Forwarded: for={}, for=_hidden{n}\r\n", address(n));
    assert_eq!(answered(&gateway, 100, hidden), LIMIT, "the proxy itself, as far as anybody knows");
    let real = |n: usize| format!("Forwarded: for={}\r\n", address(n));
    assert_eq!(answered(&gateway, 50, real), 50);
}

#[test]
fn the_audit_names_who_asked() {
    let upstream = Upstream::start();
    let more = "[client]\ntrusted_proxies = [\"127.0.0.1\"]\n".to_owned();
    let gateway = Plan::before(&upstream.url).with_more(more).start();
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        caller.sign_in(&gateway, &User::ALICE);
        let path = format!("/patients/{wire:?}");
        caller.send(Ask::get(&path).header("X-Forwarded-For", "6.6.6.6, [2001:db8::7]:5000")).expect(200);
        let line = crate::support::wait::until("its line", || {
            gateway.audit().lines().find(|line| line.contains(&path)).map(str::to_owned)
        });
        assert!(line.contains("\"client\":\"2001:db8::7\""), "{line}");
    }
}
