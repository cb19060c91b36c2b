//! A server that stands before the application itself, and asks: nginx for real, and whatever it might say wrong.

mod support;

use serde_json::Value;
use support::gateway::{COOKIE, HOST};
use support::{Answer, Ask, Caller, Gateway, Nginx, Plan, Upstream, User, Wire, wait, wire};

const ALICE: &User = &User::ALICE;
const SECRET: &str = "between the two of us";
/// Where the tests come from.
const LOOPBACK: &str = "127.0.0.1/32";
/// The gateway itself forwards nothing here.
const NOBODY: &str = "http://127.0.0.1:9";
const AUTH: &str = "/.sekisho/auth";
const ROUTES: &str = r#"
[[route]]
name = "public"
path = "/public/**"
require = "open"
[[route]]
path = "/never/**"
require = "deny"
[[route]]
name = "inside"
path = "/inside"
from = ["10.0.0.0/8"]
require = "open"
[[route]]
name = "files"
path = "/pages/**"
require = "otp"
scope = "records"
[[route]]
name = "patients"
path = "/patients/**"
methods = ["GET", "POST"]
require = "otp"
scope = "records"
object = { path = "/patients/{id}" }
"#;

fn gateway(upstream: &str, callers: &str) -> Gateway {
    let decision = format!("[decision]\ncallers = [\"{callers}\"]\nsecret = \"{SECRET}\"\n");
    Plan::before(upstream).with_routes(ROUTES).with_more(decision).start()
}

/// What an edge says about `GET /patients/4711`.
fn facts(gateway: &Gateway) -> Vec<(String, String)> {
    let authority = gateway.origin.trim_start_matches("https://");
    [
        ("Sekisho-Decision-Secret", SECRET),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", authority),
        ("X-Forwarded-Uri", "/patients/4711?tab=1"),
        ("X-Forwarded-For", "198.51.100.7"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The same with another value for one of them.
fn with(gateway: &Gateway, name: &str, value: &str) -> Vec<(String, String)> {
    let change = |(known, old): (String, String)| if known == name { (known, value.to_owned()) } else { (known, old) };
    facts(gateway).into_iter().map(change).collect()
}

fn ask(caller: &mut Caller, said: &[(String, String)]) -> Answer {
    ask_with(caller, Ask::get(AUTH), said)
}

fn ask_with(caller: &mut Caller, ask: Ask, said: &[(String, String)]) -> Answer {
    caller.send(said.iter().fold(ask, |ask, (name, value)| ask.header(name, value)))
}

/// The audit lines of this kind so far.
fn lines(gateway: &Gateway, kind: &str) -> Vec<Value> {
    let lines = gateway.audit();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["kind"] == kind).collect()
}

fn authz_fails(gateway: &Gateway) -> usize {
    lines(gateway, "decision").iter().filter(|line| line["event"] == "authz_fail").count()
}

#[test]
fn an_edge_hears_200_and_who_it_is_401_or_403_over_every_wire() {
    let gateway = gateway(NOBODY, LOOPBACK);
    for (round, wire) in Wire::ALL.into_iter().enumerate() {
        let mut caller = gateway.caller(wire);
        let wanted = ask(&mut caller, &facts(&gateway)).expect(401);
        assert_eq!(wanted.header("content-type"), Some("application/problem+json"));
        let asked = wanted.header("www-authenticate").expect("a challenge");
        assert_eq!(asked, "Bearer error=\"insufficient_user_authentication\", max_age=28800");
        let place =
            format!("{}/.sekisho/challenge?return_to=%2Fpatients%2F4711%3Ftab%3D1&scope=records", gateway.origin);
        assert_eq!(wanted.header("location"), Some(place.as_str()));
        assert_eq!(wanted.json()["challenge"], place.as_str());
        let person = ask_with(&mut caller, Ask::get(AUTH).navigating(), &facts(&gateway)).expect(401);
        assert_eq!(
            (person.header("content-type"), person.header("location")),
            (wanted.header("content-type"), Some(place.as_str()))
        );

        caller.sign_in(&gateway, ALICE);
        let granted = ask(&mut caller, &facts(&gateway)).expect(200);
        assert_eq!(granted.header("remote-user"), Some("alice"));
        assert_eq!(granted.header("remote-name"), Some(ALICE.full_name));
        assert!(granted.body.is_empty() && granted.header("cache-control") == Some("no-store"));
        let written = wait::until("an access line", || lines(&gateway, "access").into_iter().nth(round));
        let kept = ["user", "route", "method", "path", "object", "client"].map(|key| written[key].clone());
        assert_eq!(kept, ["alice", "patients", "GET", "/patients/4711", "id=4711", "198.51.100.7"]);
        assert_eq!(written["status"], 200);

        let open = ask(&mut caller, &with(&gateway, "X-Forwarded-Uri", "/public/x")).expect(200);
        assert!(open.headers.iter().all(|(name, _)| !name.to_ascii_lowercase().starts_with("remote-")), "{open:?}");
        let never = ask(&mut caller, &with(&gateway, "X-Forwarded-Uri", "/never/x")).expect(403);
        assert_eq!(never.json()["status"], 403);
        assert_eq!(lines(&gateway, "access").len(), round + 1, "neither is an access to anything guarded");
    }
}

#[test]
fn the_pass_also_comes_in_a_header_of_its_own() {
    let gateway = &gateway(NOBODY, LOOPBACK);
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(gateway, ALICE);
    let pass = caller.cookie(COOKIE).expect("a pass").to_owned();
    let mut program = gateway.caller(Wire::Http1);
    let own = |value: &str| Ask::get(AUTH).header("Sekisho-Pass", value);
    ask_with(&mut program, own(&pass), &facts(gateway)).expect(200);
    ask_with(&mut program, own("x"), &facts(gateway)).expect(401);
    ask_with(&mut program, own(&pass).header("Sekisho-Pass", &pass), &facts(gateway)).expect(401);
}

#[test]
fn what_the_edge_does_not_say_or_says_twice_is_a_no() {
    let gateway = &gateway(NOBODY, LOOPBACK);
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(gateway, ALICE);
    let before = lines(gateway, "access").len();
    for name in ["X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri"] {
        let mut missing = facts(gateway);
        missing.retain(|(known, _)| known != name);
        let no = ask(&mut caller, &missing).expect(403);
        assert!(no.text().contains(name), "{}", no.text());
        let mut twice = facts(gateway);
        let again = twice.iter().find(|(known, _)| known == name).expect("said once").clone();
        twice.push(again);
        ask(&mut caller, &twice).expect(403);
        for value in ["", "GET, GET", "https, https", ","] {
            ask(&mut caller, &with(gateway, name, value)).expect(403);
        }
    }
    for value in ["", "unknown", "198.51.100.7, ", "198.51.100.7:1234", "198.51.100.7, _hidden"] {
        ask(&mut caller, &with(gateway, "X-Forwarded-For", value)).expect(403);
    }
    assert_eq!(lines(gateway, "access").len(), before);
}

#[test]
fn what_the_edge_says_is_judged_like_a_request_of_our_own() {
    let gateway = &gateway(NOBODY, LOOPBACK);
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(gateway, ALICE);
    let mut status = |name: &str, value: &str| ask(&mut caller, &with(gateway, name, value)).status;
    for target in [
        "patients/4711",
        "https://records.example.jp/patients/4711",
        "//patients/4711",
        "/patients/%2e%2e/public/x",
        "/public/..%2fpatients/4711",
        "/public/../patients/4711",
        "/patients;x/4711",
        "/patients/%00",
        "/patients/%zz",
        "/patients/a b",
        "/nowhere",
        "/.sekisho/challenge",
        "/.sekisho/auth",
        "/.sekisho",
    ] {
        assert_eq!(status("X-Forwarded-Uri", target), 403, "{target}");
    }
    for host in
        ["evil.example", "records.example.jp.evil.example", "records.example.jp/x", "a@records.example.jp", "[::1"]
    {
        assert_eq!(status("X-Forwarded-Host", host), 403, "{host}");
    }
    for host in [HOST, "Records.Example.JP.", "records.example.jp:8443"] {
        assert_eq!(status("X-Forwarded-Host", host), 200, "{host}");
    }
    for method in ["DELETE", "get", "TRACE", "CONNECT", "GET X"] {
        assert_eq!(status("X-Forwarded-Method", method), 403, "{method}");
    }
    for method in ["POST", "HEAD"] {
        assert_eq!(status("X-Forwarded-Method", method), 200, "{method}");
    }
    for (proto, expected) in [("http", 200), ("wss", 200), ("ws", 200), ("HTTPS", 403), ("ftp", 403)] {
        assert_eq!(status("X-Forwarded-Proto", proto), expected, "{proto}");
    }
}

#[test]
fn an_edge_hears_the_same_of_a_path_with_several_readings() {
    let decision = format!("[decision]\ncallers = [\"{LOOPBACK}\"]\nsecret = \"{SECRET}\"\n");
    let leave = "[[route]]\npath = \"/app/**\"\nrequire = \"otp\"\nscope = \"records\"\nkind = \"tomcat\"\nobject = { path = \"/app/{id}\" }\n\
                 [[route]]\npath = \"/old/**\"\nrequire = \"otp\"\nscope = \"records\"\ncharset = \"shift_jis\"\ncase = \"insensitive\"\n";
    let gateway = &Plan::before(NOBODY).with_routes(&format!("{ROUTES}{leave}")).with_more(decision).start();
    let mut caller = gateway.caller(Wire::Http1);
    let wanted = ask(&mut caller, &with(gateway, "X-Forwarded-Uri", "/app/4711;jsessionid=1")).expect(401);
    let place = wanted.header("location").expect("a place").to_owned();
    assert!(place.contains("return_to=%2Fapp%2F4711%3Bjsessionid%3D1&"), "{place}");
    caller.sign_in(gateway, ALICE);
    for (target, status) in [
        ("/app/4711;jsessionid=SECRET", 200),
        ("/OLD/%83%5C", 200),
        ("/app//4711", 403),
        ("/app;x/4711", 403),
        ("/app/..;/patients/4711", 403),
        ("/patients/4711;x", 403),
        ("/old/a%5Cb", 403),
        ("/.sekisho;x/auth", 403),
    ] {
        let answer = ask(&mut caller, &with(gateway, "X-Forwarded-Uri", target));
        assert_eq!(answer.status, status, "{target}\n{}", answer.text());
    }
    let written = wait::until("an access line", || lines(gateway, "access").into_iter().next());
    assert_eq!((&written["path"], &written["object"]), (&Value::from("/app/4711"), &Value::from("id=4711")));
    assert!(!gateway.audit().contains("SECRET"));
}

#[test]
fn the_address_that_the_edge_added_last_counts() {
    let gateway = &gateway(NOBODY, LOOPBACK);
    let mut caller = gateway.caller(Wire::Http1);
    let mut status = |addresses: &[&str]| {
        let mut said = with(gateway, "X-Forwarded-Uri", "/inside");
        said.retain(|(name, _)| name != "X-Forwarded-For");
        said.extend(addresses.iter().map(|value| ("X-Forwarded-For".to_owned(), (*value).to_owned())));
        ask(&mut caller, &said).status
    };
    assert_eq!(status(&["10.1.2.3"]), 200);
    assert_eq!(status(&["198.51.100.7, 10.1.2.3"]), 200);
    assert_eq!(status(&["198.51.100.7", "::ffff:10.1.2.3"]), 200);
    assert_eq!(status(&["10.1.2.3, 198.51.100.7"]), 403);
    assert_eq!(status(&["10.1.2.3", "198.51.100.7"]), 403);
    assert_eq!(status(&[]), 403, "the edge itself is not inside");
}

/// What does not differ from one request to the next.
fn seen(answer: &Answer) -> (u16, Vec<String>, String) {
    let id = answer.header("x-request-id").unwrap_or_default();
    let names = answer.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    (answer.status, names, answer.text().replace(id, "ID"))
}

#[test]
fn for_strangers_there_is_nothing_here() {
    let gateway = gateway(NOBODY, LOOPBACK);
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(&gateway, ALICE);
    let nothing = seen(&caller.send(Ask::get("/.sekisho/nothing")).expect(404));
    let mut without = facts(&gateway);
    without.retain(|(name, _)| name != "Sekisho-Decision-Secret");
    let mut twice = facts(&gateway);
    twice.push(twice[0].clone());
    let wrong = ["", "between the two of u", "between the two of us!", "Between the two of us"];
    let wrong = wrong.map(|secret| with(&gateway, "Sekisho-Decision-Secret", secret));
    for (count, said) in wrong.into_iter().chain([without, twice]).enumerate() {
        assert_eq!(seen(&ask(&mut caller, &said)), nothing, "{said:?}");
        assert_eq!(authz_fails(&gateway), count + 1);
    }
    assert_eq!(seen(&ask_with(&mut caller, Ask::post(AUTH), &[])), nothing);
    let fail = lines(&gateway, "decision").into_iter().find(|line| line["event"] == "authz_fail").expect("one");
    assert_eq!((&fail["client"], &fail["user"]), (&Value::from("127.0.0.1"), &Value::Null));
    assert!(!gateway.audit().contains("between the two"), "{}", gateway.audit());
    assert!(lines(&gateway, "access").is_empty());

    let other = ask_with(&mut caller, Ask::post(AUTH), &facts(&gateway)).expect(405);
    assert_eq!(other.header("allow"), Some("GET, HEAD"));
    ask_with(&mut caller, Ask::new("HEAD", AUTH), &facts(&gateway)).expect(200);
    for spelled in ["/.sekisho/%61uth", "/.sekisho/auth/", "/.sekisho/AUTH"] {
        let answer = ask_with(&mut caller, Ask::get(spelled), &facts(&gateway));
        assert_eq!(answer.status, 404, "{spelled}");
    }
}

#[test]
fn no_header_makes_a_stranger_a_named_caller() {
    let more = format!(
        "[client]\ntrusted_proxies = [\"127.0.0.1\"]\n[limits]\npage = \"20/1h\"\n\
         [decision]\ncallers = [\"127.0.0.2\"]\nsecret = \"{SECRET}\"\n"
    );
    let gateway = Plan::before(NOBODY).with_routes(ROUTES).with_more(more).start();
    let mut caller = gateway.caller(Wire::Http1);
    let claimed = with(&gateway, "X-Forwarded-For", "127.0.0.2");
    let answers: Vec<_> = (0..30).map(|_| ask(&mut caller, &claimed).status).collect();
    assert_eq!(answers.iter().filter(|status| **status == 404).count(), 20, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 10, "{answers:?}");
    assert_eq!(authz_fails(&gateway), 20, "the audit is not flooded");
}

#[test]
fn while_the_audit_cannot_be_written_nothing_guarded_is_granted() {
    let gateway = &gateway(NOBODY, LOOPBACK);
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(gateway, ALICE);
    ask(&mut caller, &facts(gateway)).expect(200);
    let audit = gateway.config.with_file_name("audit.jsonl");
    std::fs::rename(&audit, audit.with_extension("old")).expect("moved away");
    std::fs::create_dir(&audit).expect("something that is no file");
    let closed =
        wait::until("the gate to close", || Some(ask(&mut caller, &facts(gateway))).filter(|a| a.status != 200));
    assert_eq!((closed.status, closed.header("retry-after")), (503, Some("5")));
    ask(&mut caller, &with(gateway, "X-Forwarded-Uri", "/public/x")).expect(200);
    std::fs::remove_dir(&audit).expect("removed");
    wait::until("the gate to open", || Some(ask(&mut caller, &facts(gateway))).filter(|a| a.status == 200));
}

#[test]
fn while_nobody_is_named_there_is_no_decision_service() {
    let gateway = Plan::before(NOBODY).with_routes(ROUTES).start();
    let mut caller = gateway.caller(Wire::Http1);
    ask(&mut caller, &facts(&gateway)).expect(404);
    assert_eq!(authz_fails(&gateway), 0);
}

#[test]
fn nginx_forwards_what_we_grant_and_nothing_else() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream.url, LOOPBACK);
    let nginx = Nginx::before(&upstream.url, &gateway, SECRET);
    let edge = || Caller::new(Wire::Http1, &gateway.origin, &nginx.address, gateway.certificate.certificate.clone());
    let forged = |path: &str| Ask::get(path).header("Remote-User", "root").header("Remote-Groups", "admins");

    let mut stranger = edge();
    let wanted = stranger.send(forged("/patients/4711")).expect(401);
    assert!(wanted.header("www-authenticate").is_some_and(|asked| asked.starts_with("Bearer")), "{wanted:?}");
    let sent = stranger.send(Ask::get("/pages/1?a=b").navigating()).expect(303);
    let place = format!("{}/.sekisho/challenge?return_to=%2Fpages%2F1%3Fa%3Db&scope=records", gateway.origin);
    assert_eq!(sent.header("location"), Some(place.as_str()));
    for (path, method) in [("/never/x", "GET"), ("/nowhere", "GET"), ("/patients/4711", "DELETE")] {
        stranger.send(Ask::new(method, path)).expect(403);
    }
    assert!(upstream.requests().is_empty());
    stranger.send(forged("/public/x")).expect(200);
    assert!(!upstream.last().to_ascii_lowercase().contains("remote-"), "{}", upstream.last());

    let mut person = gateway.caller(Wire::Http1);
    person.sign_in(&gateway, ALICE);
    let mut browser = edge();
    browser.put_cookie(COOKIE, person.cookie(COOKIE).expect("a pass"));
    browser.send(forged("/patients/4711")).expect(200);
    let seen = upstream.last();
    assert!(seen.starts_with("GET /patients/4711 ") && seen.contains("Remote-User: alice\r\n"), "{seen}");
    assert!(seen.contains(&format!("Remote-Name: {}\r\n", ALICE.full_name)), "{seen}");
    assert!(!seen.contains("root") && !seen.contains("admins"), "{seen}");
    browser.send(Ask::post("/patients/4711").form(&[("note", "fine")])).expect(200);
    assert!(upstream.last().ends_with("note=fine"), "{}", upstream.last());
    let written = wait::until("two access lines", || Some(lines(&gateway, "access")).filter(|lines| lines.len() == 2));
    assert_eq!((&written[1]["method"], &written[1]["client"]), (&Value::from("POST"), &Value::from("127.0.0.1")));

    // What nginx tidies for itself, we judge as it was sent.
    let reached = upstream.requests().len();
    for target in
        ["/public/../patients/4711", "/public/..%2fpatients/4711", "//patients/4711", "/patients/%2e%2e/never/x"]
    {
        assert_eq!(browser.send(Ask::get(target)).status, 403, "{target}");
    }
    // Nor does what a browser says reach us as what nginx says.
    let lies = Ask::get("/never/x").header("X-Forwarded-Uri", "/public/x").header("Sekisho-Decision-Secret", SECRET);
    browser.send(lies).expect(403);

    person.send(Ask::post("/.sekisho/logout").header("Origin", &gateway.origin)).expect(204);
    browser.send(Ask::get("/patients/4711")).expect(401);
    let address = gateway.plain.clone();
    drop(gateway);
    assert!(wire::exchange(&address, b"GET / HTTP/1.0\r\n\r\n").is_err(), "it has ended");
    let mut anybody = Caller::new(Wire::Http1, &browser.origin, &nginx.address, browser.trust.clone());
    for path in ["/patients/4711", "/pages/1", "/public/x"] {
        assert_eq!(anybody.send(Ask::get(path)).status, 500, "{path}");
        assert_eq!(browser.send(Ask::get(path)).status, 500, "{path}");
    }
    assert_eq!(upstream.requests().len(), reached);
}
