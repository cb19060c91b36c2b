//! OpenID Connect: with a real provider and a real browser, and with one that lies.

use std::process::Command;

use serde_json::{Value, json};
use url::Url;

use super::issuer::{Says, Server, Signer, now};
use super::support::browser::{Browser, Habits};
use super::support::process::Running;
use super::support::wire::exchange;
use super::support::{Answer, Ask, Caller, Gateway, Upstream, User, Wire, folder, free_port, target};
use super::{SIGN_IN, plan};

const AWAY: &str = "/.sekisho/oidc/portal";
const BACK: &str = "/.sekisho/oidc/portal/back";

fn source(issuer: &str) -> String {
    format!(
        "kind = \"oidc\"\nissuer = \"{issuer}\"\nclient_id = \"sekisho\"\nclient_secret = \"a secret: with/signs+\"\n\
         claim = \"preferred_username\"\ndomain = \"example.jp\"\ntitle = \"Example account\""
    )
}

/// The real one, at this port, for this gateway.
fn provider(port: u16, gateway: &Gateway) -> (Running, tempfile::TempDir) {
    let home = folder();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sources/provider.mjs");
    let mut command = Command::new("node");
    command.arg(script).env("TOOLS", target().join("tools")).env("PORT", port.to_string());
    command.env("REDIRECT", format!("{}{BACK}", gateway.origin));
    let mut running = Running::start("oidc-provider", &mut command, home.path());
    let ask = format!("GET /.well-known/openid-configuration HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    running.wait_ready(|| exchange(&format!("127.0.0.1:{port}"), ask.as_bytes()).ok());
    (running, home)
}

#[test]
fn a_person_signs_in_there_and_types_the_code_here() {
    for habits in [Habits::ENGLISH, Habits::JAPANESE.without_script()] {
        let upstream = Upstream::start();
        let port = free_port();
        let gateway = plan(&upstream, "[\"portal\"]", &source(&format!("http://127.0.0.1:{port}"))).start();
        let _provider = provider(port, &gateway);
        let browser = Browser::start(habits);
        browser.visit(&gateway, "/patients/4711");
        let button = browser.find("form[action$='/oidc/portal'] button");
        assert!(browser.text_of(&button).contains("Example account"));
        if habits.script {
            assert_eq!(browser.axe(), Vec::<String>::new());
            browser.screenshot("sources-oidc-sign-in");
        }
        browser.submit("form[action$='/oidc/portal'] button");
        browser.type_into("input[name=login]", "alice");
        browser.type_into("input[name=password]", "whatever");
        browser.submit("button[type=submit]");
        browser.find("input[name=prompt][value=consent]");
        browser.submit("button[type=submit]");
        browser.find("input[name=code]");
        let message = gateway.outbox.next();
        assert_eq!(message.to, User::ALICE.e164());
        browser.type_into("input[name=code]", &message.code);
        browser.submit("form:has(input[name=code]) button[type=submit]");
        browser.wait_for_path("the record", |path| path == "/patients/4711");
        let seen = upstream.last().to_ascii_lowercase();
        assert!(seen.contains("remote-user: alice\r\n"), "{seen}");
        assert_eq!(gateway.outbox.count(), 1);
    }
}

/// A provider that signs whatever a test wants.
struct Liar {
    server: Server,
    signer: Signer,
}

impl Liar {
    fn new() -> Self {
        Self { server: Server::saying(Says::Nothing), signer: Signer::new("ES256", "one") }
    }

    fn issuer(&self) -> &str {
        &self.server.url
    }

    /// What it says of itself, and the token that it hands out.
    fn hands_out(&self, token: &str) {
        let url = &self.server.url;
        let document = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/auth?tenant=1"), "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/keys"),
        });
        self.server.now(Says::Paths(vec![
            ("/.well-known", document),
            ("/keys", json!({"keys": [self.signer.jwk()]})),
            ("/token", json!({"id_token": token, "access_token": "x", "token_type": "Bearer"})),
        ]));
    }

    fn claims(&self, nonce: &str) -> Value {
        json!({
            "iss": self.server.url, "aud": "sekisho", "exp": now() + 300, "iat": now(), "nonce": nonce,
            "preferred_username": "alice@example.jp",
        })
    }
}

/// Presses the button: the address that one is led to.
fn led(gateway: &Gateway, caller: &mut Caller) -> Url {
    let page = caller.send(Ask::get(SIGN_IN).navigating()).expect(200).text();
    let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    let fields = [("token", token), ("scope", "records"), ("return_to", "/patients")];
    let asked = Ask::post(AWAY).navigating().header("Origin", &gateway.origin).form(&fields);
    let page = caller.send(asked).expect(200).text();
    let place = page.split("content=\"0; url=").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    Url::parse(&place.replace("&#38;", "&").replace("&amp;", "&")).expect("a URL")
}

fn said(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn back(caller: &mut Caller, query: &[(&str, &str)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    caller.send(Ask::get(&format!("{BACK}?{query}")).navigating())
}

#[test]
fn what_a_provider_says_is_judged() {
    let liar = Liar::new();
    liar.hands_out("");
    let upstream = Upstream::start();
    let gateway = plan(&upstream, "[\"portal\"]", &source(liar.issuer())).start();
    let stranger = Signer::new("ES256", "one");
    for (at, wire) in Wire::ALL.into_iter().enumerate() {
        let mut caller = gateway.caller(wire);
        let url = led(&gateway, &mut caller);
        assert_eq!((said(&url, "tenant"), said(&url, "code_challenge_method")), ("1".into(), "S256".into()));
        assert_eq!(said(&url, "redirect_uri"), format!("{}{BACK}", gateway.origin));
        let (state, nonce) = (said(&url, "state"), said(&url, "nonce"));
        let good = liar.claims(&nonce);
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            liar.signer.token(&claims)
        };
        for (what, token) in [
            ("another nonce", with("nonce", json!("other"))),
            ("no nonce", with("nonce", Value::Null)),
            ("another audience", with("aud", json!("other"))),
            ("several, and for nobody", with("aud", json!(["sekisho", "other"]))),
            ("for somebody else", with("azp", json!("other"))),
            ("another issuer", with("iss", json!("https://evil.example"))),
            ("over", with("exp", json!(now()))),
            ("another domain", with("preferred_username", json!("alice@evil.example"))),
            ("unknown", with("preferred_username", json!("nobody@example.jp"))),
            ("another key", stranger.token(&good)),
            ("unsigned", format!("{}.", liar.signer.token(&good).rsplit_once('.').expect("three parts").0)),
        ] {
            liar.hands_out(&token);
            let answer = back(&mut caller, &[("code", "c"), ("state", &state)]);
            assert_eq!(answer.status, 403, "{what}: {}", answer.text());
        }
        assert_eq!(gateway.outbox.count(), at, "nothing is sent");
        liar.hands_out(&liar.signer.token(&good));
        let answer = back(&mut caller, &[("code", "c"), ("state", &state)]).expect(303);
        assert!(answer.header("location").is_some_and(|place| place.starts_with("/.sekisho/challenge/")));
        assert_eq!(gateway.outbox.next().to, User::ALICE.e164());
    }
}

#[test]
fn who_comes_back_with_what_is_not_theirs_is_not_let_in() {
    let liar = Liar::new();
    liar.hands_out("");
    let upstream = Upstream::start();
    let gateway = plan(&upstream, "[\"portal\"]", &source(liar.issuer())).start();
    for wire in Wire::ALL {
        let mut attacker = gateway.caller(wire);
        let url = led(&gateway, &mut attacker);
        let (state, nonce) = (said(&url, "state"), said(&url, "nonce"));
        liar.hands_out(&liar.signer.token(&liar.claims(&nonce)));
        let asked = liar.server.asked();
        // Login CSRF: the victim's browser is sent back with the attacker's state.
        let mut victim = gateway.caller(wire);
        led(&gateway, &mut victim);
        for query in [
            vec![("code", "c"), ("state", state.as_str())],
            vec![("code", "c")],
            vec![("code", "c"), ("state", "")],
            vec![("code", "c"), ("state", "AAAA")],
        ] {
            let page = back(&mut victim, &query).expect(403).text();
            assert!(page.contains("You are not signed in"), "{page}");
        }
        back(&mut gateway.caller(wire), &[("code", "c"), ("state", &state)]).expect(403);
        // At home it was stopped, or nothing came of it.
        for query in [
            vec![("error", "access_denied"), ("state", state.as_str())],
            vec![("error", "access_denied"), ("code", "c"), ("state", state.as_str())],
            vec![("state", state.as_str())],
        ] {
            back(&mut attacker, &query).expect(403);
        }
        back(&mut attacker, &[("code", "c"), ("code", "d"), ("state", &state)]).expect(400);
        assert_eq!(liar.server.asked(), asked, "nobody is asked about it");
        let form = [("scope", "records"), ("return_to", "/")];
        let away = |origin: &str| Ask::post(AWAY).navigating().header("Origin", origin).form(&form);
        attacker.send(away(&gateway.origin)).expect(403);
        attacker.send(away("https://evil.example")).expect(403);
        attacker.send(Ask::get(AWAY).navigating()).expect(405);
    }
    assert_eq!(gateway.outbox.count(), 0);
}

#[test]
fn a_provider_that_is_down_or_another_one_closes_the_scope() {
    let liar = Liar::new();
    let upstream = Upstream::start();
    for says in [
        Says::This(500, String::new(), String::new()),
        Says::This(200, String::new(), json!({"issuer": "https://evil.example"}).to_string()),
        Says::This(
            200,
            String::new(),
            json!({"issuer": liar.issuer(), "authorization_endpoint": "http://evil.example/", "token_endpoint":
                "https://evil.example/", "jwks_uri": "https://evil.example/"})
            .to_string(),
        ),
    ] {
        liar.server.now(says);
        let gateway = plan(&upstream, "[\"portal\", \"form\"]", &source(liar.issuer())).start();
        let mut caller = gateway.caller(Wire::Http2);
        let page = caller.send(Ask::get(SIGN_IN).navigating()).expect(200).text();
        let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("one");
        let fields = [("token", token), ("scope", "records"), ("return_to", "/")];
        caller.send(Ask::post(AWAY).navigating().header("Origin", &gateway.origin).form(&fields)).expect(503);
        // Whoever types a name needs no provider.
        caller.begin(&User::BOB, "/").expect(201);
    }
}
