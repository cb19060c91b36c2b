//! What a caller says about themselves is not believed, and what they must not learn does not show.

mod support;

use serde_json::json;
use support::gateway::COOKIE;
use support::outbox::wrong;
use support::{Answer, Ask, Gateway, Plan, Upstream, User, Wire};

const ALICE: &User = &User::ALICE;

/// Names under which an application is told who is asking, in spellings that CGI, WSGI or PHP fold together.
const FORGED: &[&str] = &[
    "Remote-User",
    "remote-user",
    "REMOTE_USER",
    "Remote_User",
    "remote.user",
    "Remote-Groups",
    "Remote_Groups",
    "Remote.Email",
    "Remote-Email",
    "remote_name",
    "Sekisho-Assertion",
];

fn on_every_wire(routes: Option<&str>, test: impl Fn(&Gateway, &Upstream, Wire)) {
    for wire in Wire::ALL {
        println!("over {wire:?}");
        let upstream = Upstream::start();
        let plan = Plan::before(&upstream.url);
        let plan = if let Some(routes) = routes { plan.with_routes(routes) } else { plan };
        test(&plan.start(), &upstream, wire);
    }
}

/// The values that arrived under this name, however it was spelled.
fn arrived(request: &str, name: &str) -> Vec<String> {
    let fold = |text: &str| text.to_ascii_lowercase().replace(['_', '.'], "-");
    request
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .filter(|(key, _)| fold(key) == fold(name))
        .map(|(_, value)| value.trim().to_string())
        .collect()
}

#[test]
fn nobody_tells_the_application_who_they_are_but_we() {
    on_every_wire(None, |gateway, upstream, wire| {
        let mut caller = gateway.caller(wire);
        caller.sign_in(gateway, ALICE);
        for name in FORGED {
            caller.send(Ask::get("/records").header(name, "forged-root")).expect(200);
            let seen = upstream.last();
            assert_eq!(arrived(&seen, "Remote-User"), [ALICE.name], "{name}\n{seen}");
            assert!(!seen.contains("forged-root"), "{name}\n{seen}");
        }
    });
}

#[test]
fn a_forged_name_is_removed_on_an_open_route_too() {
    let open = "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"application\"\n";
    on_every_wire(Some(open), |gateway, upstream, wire| {
        for name in FORGED {
            gateway.caller(wire).send(Ask::get("/").header(name, "forged-root")).expect(200);
            let seen = upstream.last();
            assert!(!seen.contains("forged-root"), "{name}\n{seen}");
            assert!(arrived(&seen, "Remote-User").is_empty(), "{seen}");
        }
    });
}

#[test]
fn the_name_cannot_be_stripped_by_calling_it_hop_by_hop() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).start();
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(&gateway, ALICE);
    let before = upstream.requests().len();
    let answer = caller.send(Ask::get("/records").header("Connection", "Remote-User, keep-alive"));
    // Refusing it is as good as bringing the name along.
    if answer.status == 200 {
        assert_eq!(arrived(&upstream.last(), "Remote-User"), [ALICE.name]);
    } else {
        assert_eq!((answer.status, upstream.requests().len()), (400, before));
    }
}

#[test]
fn our_cookies_stay_with_us_and_the_others_arrive_untouched() {
    on_every_wire(None, |gateway, upstream, wire| {
        let mut caller = gateway.caller(wire);
        caller.sign_in(gateway, ALICE);
        let cookies = format!("theme=dark; {}; JSESSIONID=\"A==\"; 名=値", caller.cookies());
        caller.send(Ask::get("/records").header("Cookie", &cookies)).expect(200);
        let seen = upstream.last();
        assert_eq!(arrived(&seen, "Cookie"), ["theme=dark; JSESSIONID=\"A==\"; 名=値"]);
        assert!(!seen.contains("sekisho="), "{seen}");
    });
}

#[test]
fn a_stolen_cookie_is_worth_nothing_after_the_logout() {
    on_every_wire(None, |gateway, upstream, wire| {
        let mut caller = gateway.caller(wire);
        caller.sign_in(gateway, ALICE);
        let mut thief = gateway.caller(wire);
        thief.put_cookie(COOKIE, caller.cookie(COOKIE).expect("a pass"));
        thief.send(Ask::get("/records")).expect(200);
        let reached = upstream.requests().len();
        caller.send(Ask::post("/.sekisho/logout").header("Origin", &gateway.origin)).expect(204);
        assert!(caller.cookie(COOKIE).is_none(), "the browser forgets it too");
        thief.send(Ask::get("/records")).expect(401);
        thief.send(Ask::get("/records").navigating()).expect(303);
        assert_eq!(upstream.requests().len(), reached);
    });
}

#[test]
fn a_pass_with_one_byte_changed_opens_nothing() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).start();
    let mut caller = gateway.caller(Wire::Http2);
    caller.sign_in(&gateway, ALICE);
    let pass = caller.cookie(COOKIE).expect("a pass").to_string();
    for at in (0..pass.len()).step_by(7) {
        let mut bytes = pass.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        caller.put_cookie(COOKIE, std::str::from_utf8(&bytes).expect("a pass is ASCII"));
        // The last character of a part may carry bits that no decoder looks at; strict decoding refuses those too.
        caller.send(Ask::get("/records")).expect(401);
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn another_site_makes_nobody_send_or_guess() {
    on_every_wire(None, |gateway, _, wire| {
        let mut caller = gateway.caller(wire);
        let lookalike = format!("{}.evil.example", gateway.origin);
        let signs = [
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Origin", lookalike.as_str()),
            ("Sec-Fetch-Site", "cross-site"),
            ("Referer", "https://evil.example/.sekisho/challenge"),
        ];
        let body = json!({ "return_to": "/", "scope": "records", "username": "alice", "password": ALICE.password });
        for (name, value) in signs {
            let foreign = |path: &str| Ask::post(path).header(name, value);
            caller.send(foreign("/.sekisho/challenges").json(&body)).expect(403);
        }
        assert_eq!(gateway.outbox.count(), 0);

        let (id, message) = caller.challenged(gateway, ALICE);
        for (name, value) in signs {
            let foreign = |path: &str| Ask::post(path).header(name, value);
            let path = format!("/.sekisho/challenges/{id}");
            caller.send(foreign(&format!("{path}/verify")).json(&json!({ "code": message.code }))).expect(403);
            caller.send(foreign(&format!("{path}/resend")).json(&json!({}))).expect(403);
        }
        assert_eq!(caller.state(&id)["tries_left"], 5);
        caller.verify(&id, &message.code).expect(200);
        for (name, value) in signs {
            caller.send(Ask::post("/.sekisho/logout").header(name, value)).expect(403);
        }
        caller.send(Ask::get("/records")).expect(200);
    });
}

#[test]
fn a_form_that_proves_no_origin_is_refused() {
    on_every_wire(None, |gateway, _, wire| {
        let mut caller = gateway.caller(wire);
        let fields = [("return_to", "/"), ("scope", "records"), ("username", ALICE.name), ("password", ALICE.password)];
        let text = || Ask::post("/.sekisho/challenges").body("text/plain", br#"{"scope":"records"}"#.to_vec());
        for ask in [Ask::post("/.sekisho/challenges").form(&fields), text()] {
            let refused = caller.send(ask);
            assert!(matches!(refused.status, 403 | 415), "{}\n{}", refused.status, refused.text());
        }
        assert_eq!(gateway.outbox.count(), 0);
    });
}

/// Everything an outsider sees, without what differs from one request to the next anyway.
fn seen(answer: &Answer) -> String {
    let id = answer.headers.iter().find(|(name, _)| name.to_ascii_lowercase().ends_with("request-id"));
    let body = match id {
        Some((_, id)) => answer.text().replace(id.as_str(), "ID"),
        None => answer.text(),
    };
    let passing = ["date", "set-cookie"];
    let shown = |(name, value): &(String, String)| {
        let name = name.to_ascii_lowercase();
        let changes = passing.contains(&name.as_str()) || name.ends_with("request-id");
        if changes { name } else { format!("{name}: {value}") }
    };
    let headers: Vec<String> = answer.headers.iter().map(shown).collect();
    format!("{}\n{}\n{body}", answer.status, headers.join("\n"))
}

#[test]
fn an_unknown_user_and_a_wrong_password_look_the_same() {
    on_every_wire(None, |gateway, _, wire| {
        let nobody = User { name: "mallory", ..User::ALICE };
        let guess = User { password: "not the password", ..User::ALICE };
        let [unknown, mistaken] = [&nobody, &guess].map(|user| gateway.caller(wire).begin(user, "/").expect(403));
        assert_eq!(seen(&unknown), seen(&mistaken));
        assert!(!unknown.text().contains("mallory") && !unknown.text().contains("5678"), "{}", unknown.text());
        assert_eq!(gateway.outbox.count(), 0);
    });
}

#[test]
fn the_way_back_never_leaves_the_site() {
    let upstream = Upstream::start();
    for target in ["https://evil.example/", "//evil.example/", "/\\evil.example", "/%09/evil.example", "javascript:x"] {
        let gateway = Plan::before(&upstream.url).start();
        let mut caller = gateway.caller(Wire::Http2);
        let begun = caller.begin(ALICE, target);
        // Refusing the request or going home instead: both are fine.
        if begun.status == 201 {
            let begun = begun.json();
            let opened = caller.verify(begun["id"].as_str().expect("an id"), &gateway.outbox.next().code).expect(200);
            let way = opened.json()["return_to"].as_str().expect("a way back").to_string();
            let there = url::Url::parse(&gateway.origin).and_then(|home| home.join(&way)).expect("an address");
            assert_eq!(there.origin().ascii_serialization(), gateway.origin, "{target} became {way}");
        } else {
            begun.expect(400);
        }
    }
}

#[test]
fn neither_log_nor_audit_nor_metrics_know_a_secret() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).start();
    let mut caller = gateway.caller(Wire::Http2);
    let (id, message) = caller.challenged(&gateway, ALICE);
    caller.verify(&id, &wrong(&message.code)).expect(403);
    caller.verify(&id, &message.code).expect(200);
    let pass = caller.cookie(COOKIE).expect("a pass").to_string();
    caller.send(Ask::post("/records").body("text/plain", b"what the patient told".to_vec())).expect(200);
    let number = ALICE.e164();
    let kept = [gateway.log(), gateway.audit(), gateway.admin("/metrics").text()].join("\n");
    assert!(kept.contains("records"), "something was kept");
    for secret in [&message.code, &wrong(&message.code), &number, &pass] {
        assert!(!kept.contains(secret.as_str()), "{secret} stands in\n{kept}");
    }
    for secret in [ALICE.password, ALICE.phone, "9012345678", "what the patient told"] {
        assert!(!kept.contains(secret), "{secret} stands in\n{kept}");
    }
}

#[test]
fn whoever_is_disabled_is_outside_within_moments() {
    on_every_wire(None, |gateway, _, wire| {
        let mut caller = gateway.caller(wire);
        caller.sign_in(gateway, ALICE);
        caller.send(Ask::get("/records")).expect(200);
        let config = gateway.config.display().to_string();
        let set = |change: &str| {
            let done = support::gateway::sekisho(&["user", "set", "--config", &config, ALICE.name, change], "");
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        set("--disable");
        support::wait::until("the pass to end", || (caller.send(Ask::get("/records")).status == 401).then_some(()));
        set("--enable");
        caller.send(Ask::get("/records")).expect(401);
    });
}
