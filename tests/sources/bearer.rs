//! `Authorization: Bearer` with a signed token, and all the ways in which one is not what it says.

use std::path::Path;

use serde_json::{Value, json};

use super::issuer::{Says, Server, Signer, encoded, now};
use super::support::gateway::{COOKIE, sekisho};
use super::support::wait::until;
use super::support::{Ask, Gateway, Upstream, User, Wire};
use super::{gateway, goes_through, nameless, refused};

const ISSUER: &str = "https://login.example.jp";

fn source(jwks: &str) -> String {
    format!("kind = \"bearer\"\njwks = \"{jwks}\"\nissuer = \"{ISSUER}\"\naudience = \"records\"\nclaim = \"name\"")
}

fn claims(name: &str) -> Value {
    json!({"iss": ISSUER, "aud": "records", "exp": now() + 300, "iat": now(), "name": name})
}

fn set(signers: &[&Signer]) -> Value {
    json!({ "keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>() })
}

fn with(token: &str) -> Ask {
    nameless().header("Authorization", &format!("Bearer {token}"))
}

fn changed(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    match value {
        Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
        value => claims[name] = value,
    }
    claims
}

#[test]
fn every_algorithm_that_is_taken_leads_to_a_code() {
    let signers = ["RS256", "PS256", "ES256", "ES384", "EdDSA"].map(|algorithm| Signer::new(algorithm, algorithm));
    let keys = Server::json(&set(&signers.each_ref()));
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &source(&keys.url));
    for (at, signer) in signers.iter().enumerate() {
        let user = if at % 2 == 0 { User::ALICE } else { User::BOB };
        let mut caller = gateway.caller(Wire::ALL[at % 3]);
        let token = signer.token(&claims(user.name));
        goes_through(&gateway, &upstream, &mut caller, with(&token), &user);
    }
    assert_eq!(keys.asked(), 1, "the keys are kept");
    let several = changed(&claims("alice"), "aud", json!(["other", "records"]));
    gateway.caller(Wire::Http2).send(with(&signers[4].token(&several))).expect(201);
    until("a message", || (gateway.outbox.count() == 6).then_some(()));
}

/// Rows E1 to E8 of the list of attacks.
#[test]
fn a_token_that_is_not_what_it_says_is_a_no() {
    let (rsa, ec, stranger) = (Signer::new("RS256", "one"), Signer::new("ES256", "two"), Signer::new("RS256", "one"));
    let keys = Server::json(&set(&[&rsa, &ec]));
    let elsewhere = Server::json(&set(&[&stranger]));
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &source(&keys.url));
    let good = claims("alice");
    let modulus = rsa.jwk()["n"].as_str().expect("it has one").to_owned();
    let hmac = |secret: &[u8]| {
        let message =
            format!("{}.{}", encoded(r#"{"alg":"HS256","kid":"one","typ":"JWT"}"#), encoded(good.to_string()));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        format!("{message}.{}", encoded(ring::hmac::sign(&key, message.as_bytes())))
    };
    let unsigned =
        |alg: &str| format!("{}.{}.", encoded(format!(r#"{{"alg":"{alg}","kid":"one"}}"#)), encoded(good.to_string()));
    let head = |more: Value| {
        let mut header = json!({"alg": "RS256", "kid": "one", "typ": "JWT"});
        header.as_object_mut().expect("one").extend(more.as_object().expect("one").clone());
        header
    };
    let jku = json!({"jku": format!("{}/keys", elsewhere.url), "x5u": elsewhere.url.clone()});
    let signed = rsa.token(&good);
    let (front, signature) = signed.rsplit_once('.').expect("three parts");
    let other_claims =
        format!("{}.{}.{signature}", front.split('.').next().expect("one"), encoded(claims("bob").to_string()));
    let mut rows = vec![
        ("E1 none", unsigned("none")),
        ("E1 None", unsigned("None")),
        ("E1 nothing signed", unsigned("RS256")),
        ("E1 a null signature", format!("{front}.{}", encoded([0; 256]))),
        ("E2 the modulus as a secret", hmac(modulus.as_bytes())),
        ("E2 the key as a secret", hmac(rsa.jwk().to_string().as_bytes())),
        ("E3 a key of its own", stranger.sign(&head(json!({"jwk": stranger.jwk()})), &good)),
        ("E3 keys elsewhere", stranger.sign(&head(jku), &good)),
        ("E3 a path for a key", stranger.sign(&head(json!({"kid": "../../../../dev/null"})), &good)),
        ("E3 SQL for a key", stranger.sign(&head(json!({"kid": "one' OR '1'='1"})), &good)),
        ("E3 a long name", rsa.sign(&head(json!({"kid": "a".repeat(6000)})), &good)),
        ("E3 no name", rsa.sign(&head(json!({"kid": 1})), &good)),
        ("the same name, another key", stranger.token(&good)),
        ("another key's algorithm", ec.sign(&json!({"alg": "ES256", "kid": "one"}), &good)),
        ("one that is not taken", rsa.sign(&head(json!({"alg": "RS512"})), &good)),
        ("something critical", rsa.sign(&head(json!({"crit": ["exp"]})), &good)),
        ("E8 of another kind", rsa.sign(&head(json!({"typ": "logout+jwt"})), &good)),
        ("other claims", other_claims),
        ("four parts", format!("{signed}.x")),
        ("no token", "abc".to_owned()),
        ("a long one", rsa.token(&changed(&good, "more", json!("a".repeat(5000))))[..3000].to_owned()),
    ];
    for (name, value) in [
        ("iss", Value::Null),
        ("iss", json!("https://login.example.jp/")),
        ("aud", Value::Null),
        ("aud", json!("other")),
        ("aud", json!(["recordsx"])),
        ("exp", Value::Null),
        ("exp", json!(now() - 30)),
        ("exp", json!(now())),
        ("exp", json!("tomorrow")),
        ("nbf", json!(now() + 600)),
        ("iat", json!(now() + 600)),
        ("name", Value::Null),
        ("name", json!(["alice"])),
        ("name", json!("")),
        ("name", json!("nobody")),
    ] {
        rows.push(("E4, E6", rsa.token(&changed(&good, name, value))));
    }
    for (at, (row, token)) in rows.iter().enumerate() {
        let answer = gateway.caller(Wire::ALL[at % 3]).send(with(token));
        assert_eq!(answer.status, 403, "{row}: {token}");
        refused(&gateway, answer, "wrong-credentials");
    }
    let twice = with(&signed).header("Authorization", &format!("Bearer {signed}"));
    refused(&gateway, gateway.caller(Wire::Http2).send(twice), "wrong-credentials");
    assert_eq!(elsewhere.asked(), 0, "nobody goes where a token points to");
    assert!(keys.asked() <= 2, "names of keys that nobody has are looked up once: {}", keys.asked());
    gateway.caller(Wire::Http2).send(with(&signed)).expect(201);
}

/// A pass of ours is a token of another kind, wherever it is shown (E8).
#[test]
fn a_pass_is_no_bearer_token() {
    let signer = Signer::new("EdDSA", "one");
    let keys = Server::json(&set(&[&signer]));
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &source(&keys.url));
    let pass = issued(&gateway);
    refused(&gateway, gateway.caller(Wire::Http2).send(with(&pass)), "wrong-credentials");
    // And a token of theirs is no pass.
    let mut caller = gateway.caller(Wire::Http2);
    caller.put_cookie(COOKIE, &signer.token(&claims("alice")));
    caller.send(Ask::get("/patients")).expect(401);
}

fn issued(gateway: &Gateway) -> String {
    let config = gateway.config.display().to_string();
    let wanted = ["--user", "alice", "--scope", "records", "--for", "10m", "--reason", "a test"];
    let output = sekisho(&[&["pass", "issue", "--config", &config], &wanted[..]].concat(), "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[test]
fn keys_rotate_and_a_name_that_nobody_has_is_looked_up_once_a_minute() {
    let (old, new, never) = (Signer::new("ES256", "old"), Signer::new("ES256", "new"), Signer::new("ES256", "never"));
    let keys = Server::json(&set(&[&old]));
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &source(&keys.url));
    let begin = |signer: &Signer| gateway.caller(Wire::Http2).send(with(&signer.token(&claims("alice"))));
    begin(&old).expect(201);
    keys.now_json(&set(&[&old, &new]));
    begin(&new).expect(201);
    assert_eq!(keys.asked(), 2);
    for _ in 0..5 {
        begin(&never).expect(403);
    }
    assert_eq!(keys.asked(), 2, "not again within a minute");
    begin(&old).expect(201);
}

#[test]
fn keys_that_cannot_be_had_close_their_scope_and_no_other() {
    let signer = Signer::new("EdDSA", "one");
    let token = signer.token(&claims("alice"));
    let upstream = Upstream::start();
    let answers = [
        Says::This(500, String::new(), String::new()),
        Says::This(302, format!("Location: {ISSUER}\r\n"), String::new()),
        Says::This(200, String::new(), "<html>".to_owned()),
        Says::This(200, String::new(), "{\"keys\":[]}".to_owned()),
        Says::This(200, String::new(), " ".repeat(100_000)),
        Says::Nothing,
    ];
    for says in answers {
        let keys = Server::saying(says.clone());
        let gateway = super::plan(&upstream, "[\"portal\"]", &source(&keys.url))
            .with_routes(
                "[scope.billing]\nsources = [\"form\"]\n[[route]]\npath = \"/billing\"\nrequire = \"otp\"\nscope = \"billing\"\n\
                 [[route]]\npath = \"/**\"\nrequire = \"otp\"\nscope = \"records\"\n",
            )
            .start();
        gateway.caller(Wire::Http2).send(with(&token)).expect(503);
        let typed =
            json!({"return_to": "/billing", "scope": "billing", "username": "bob", "password": User::BOB.password});
        gateway.caller(Wire::Http2).send(Ask::post(super::BEGIN).json(&typed)).expect(201);
        assert_eq!(gateway.outbox.next().to, User::BOB.e164(), "{says:?}");
    }
}

#[test]
fn keys_can_lie_in_a_file() {
    let signer = Signer::new("ES384", "one");
    let folder = super::support::folder();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, set(&[&signer]).to_string()).expect("written");
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &source(&shown(&file)));
    gateway.caller(Wire::Http2).send(with(&signer.token(&claims("alice")))).expect(201);
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
