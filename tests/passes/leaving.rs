//! The application's own logout ends the pass too, and no other site can make it.

use super::rig::{Pair, generous, sign_in};
use super::support::gateway::{COOKIE, User};
use super::support::{Answer, Ask, Plan, Upstream, Wire, free_port, wait};

const ROUTES: &str = r#"
[[route]]
path = "/refused"
require = "otp"
scope = "records"
upstream = "refusing"
end_on = "/refused"

[[route]]
path = "/dead"
require = "otp"
scope = "records"
upstream = "dead"
end_on = "/dead"

[[route]]
path = "/goodbye"
require = "open"
upstream = "application"
end_on = "/goodbye"

[[route]]
path = "/**"
require = "otp"
scope = "records"
upstream = "application"
end_on = ["/logout", "POST /leave"]
"#;

const CAROL: User = User { name: "carol", phone: "090-1111-0001", ..User::BOB };

fn plan(plan: Plan, refusing: &str) -> Plan {
    let mut plan = generous(plan).with_routes(ROUTES);
    let dead = free_port();
    plan.more +=
        &format!("[upstream.refusing]\nurl = \"{refusing}\"\n[upstream.dead]\nurl = \"http://127.0.0.1:{dead}\"\n");
    plan.users.push(CAROL);
    plan
}

/// A request with the pass in the cookie, as a browser has it.
fn asks(pair: &Pair, wire: Wire, token: &str, ask: Ask) -> Answer {
    let mut caller = pair.caller(0, wire);
    caller.put_cookie(COOKIE, token);
    caller.send(ask)
}

fn takes_the_cookie(answer: &Answer) -> bool {
    let gone = |line: &&str| line.starts_with(&format!("{COOKIE}=;")) && line.contains("Max-Age=0");
    answer.all("set-cookie").iter().any(gone)
}

#[test]
fn nobody_is_logged_out_by_another_site_or_by_an_application_that_refuses() {
    let refusing = Upstream::saying("403 Forbidden", "no\n");
    let pair = Pair::start(|first| plan(first, &refusing.url));
    let token = sign_in(&pair, 0, &User::ALICE);
    for wire in Wire::ALL {
        for (what, ask, status) in [
            ("another site's link", Ask::get("/logout").header("Sec-Fetch-Site", "cross-site"), 200),
            ("a neighbour's link", Ask::get("/logout").header("Sec-Fetch-Site", "same-site"), 200),
            ("another site's form", Ask::post("/leave").header("Origin", "https://evil.example"), 200),
            ("another page", Ask::get("/logout").header("Referer", "https://evil.example/"), 200),
            ("who says nothing", Ask::get("/logout"), 200),
            ("a look", Ask::new("HEAD", "/logout").header("Sec-Fetch-Site", "same-origin"), 200),
            ("another method", Ask::get("/leave").header("Sec-Fetch-Site", "same-origin"), 200),
            ("another page of ours", Ask::get("/logout/help").header("Sec-Fetch-Site", "same-origin"), 200),
            ("a refusal", Ask::get("/refused").header("Sec-Fetch-Site", "same-origin"), 403),
        ] {
            let answer = asks(&pair, wire, &token, ask).expect(status);
            assert!(!takes_the_cookie(&answer), "{wire:?}: {what}");
        }
        assert_eq!(pair.statuses(&token), [200; 6], "{wire:?}");
    }
    assert!(!pair.first.audit().contains("authn_token_revoked"));
}

#[test]
fn who_leaves_the_application_has_left_the_gate_on_every_node() {
    let refusing = Upstream::saying("403 Forbidden", "no\n");
    let pair = Pair::start(|first| plan(first, &refusing.url));
    for (wire, user) in Wire::ALL.into_iter().zip([User::ALICE, User::BOB, CAROL]) {
        let origin = pair.first.origin.clone();
        for (what, ask, status) in [
            ("a link", Ask::get("/logout").header("Sec-Fetch-Site", "same-origin"), 200),
            ("the address bar", Ask::get("/logout").header("Sec-Fetch-Site", "none"), 200),
            ("a form", Ask::post("/leave").header("Origin", &origin), 200),
            ("a browser of 2013", Ask::get("/logout").header("Referer", &format!("{origin}/patients")), 200),
            ("an open route", Ask::get("/goodbye").header("Sec-Fetch-Site", "same-origin"), 200),
            ("no answer", Ask::get("/dead").header("Sec-Fetch-Site", "same-origin"), 502),
        ] {
            let token = sign_in(&pair, 1, &user);
            assert_eq!(pair.status(0, wire, &token), 200);
            let answer = asks(&pair, wire, &token, ask).expect(status);
            assert!(takes_the_cookie(&answer), "{wire:?}: {what}: {:?}", answer.headers);
            assert_eq!(pair.status(0, wire, &token), 401, "{wire:?}: {what}: at once where it was asked for");
            wait::until(what, || (pair.status(1, wire, &token) == 401).then_some(()));
        }
        let token = sign_in(&pair, 1, &user);
        let program = Ask::post("/leave").header("Sekisho-Pass", &token);
        pair.caller(0, wire).send(program).expect(200);
        assert_eq!(pair.status(0, wire, &token), 401, "{wire:?}: a program");
    }
    let audit = pair.first.audit();
    let told = audit.lines().filter(|line| line.contains("authn_token_revoked"));
    assert_eq!(told.filter(|line| line.contains("logout of the application")).count(), 21);
}
