//! The attacks through the real binary, over every wire, on a key file that a test may read.

use super::attacks;
use super::forge::{Pen, unbase};
use super::support::gateway::{COOKIE, User, sekisho};
use super::support::{Ask, Plan, Upstream, Wire, wait};
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::Value;
use std::fs;

#[test]
fn no_forged_token_opens_anything() {
    let application = Upstream::start();
    let gateway = Plan::before(&application.url).start();
    let mut alice = gateway.caller(Wire::Http1);
    alice.sign_in(&gateway, &User::ALICE);
    let token = alice.cookie(COOKIE).expect("a pass").to_owned();
    let keys = fs::read_to_string(gateway.file("state/keys.json")).expect("the key file");
    let pen = Pen::of(&serde_json::from_str::<Value>(&keys).expect("JSON")["keys"][0]);
    let rows = attacks::all(&token, &pen);
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let status = |token: &str, caller: &mut super::support::Caller| {
            caller.send(Ask::get("/patients").header("Sekisho-Pass", token)).status
        };
        assert_eq!(status(&token, &mut caller), 200);
        let mut asked = 0;
        for (what, forged) in &rows {
            // What no header can carry is no request.
            if forged.bytes().any(|b| b < 0x20) {
                continue;
            }
            // White space around a value belongs to the wire, and a scope that is not confirmed is asked for.
            assert_eq!(status(forged, &mut caller), 401, "{wire:?}: {what}");
            asked += 1;
        }
        println!("{wire:?}: {asked} forged tokens, each 401");
        assert!(asked > 100);
    }
    let reached = application.requests().len();
    assert_eq!(reached, 3, "one request over each wire");
}

/// Whether a key of the published set verifies the token, by nothing but what the set says.
fn verifies(set: &Value, token: &str) -> bool {
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let kid = serde_json::from_slice::<Value>(&unbase(header)).expect("JSON")["kid"].clone();
    let Some(key) = set["keys"].as_array().expect("a list").iter().find(|key| key["kid"] == kid) else { return false };
    let part = |name: &str| unbase(key[name].as_str().expect("a text"));
    let (how, public): (&dyn VerificationAlgorithm, Vec<u8>) = match key["alg"].as_str().expect("a text") {
        "EdDSA" => (&ED25519, part("x")),
        "ES256" => (&ECDSA_P256_SHA256_FIXED, [vec![4], part("x"), part("y")].concat()),
        other => panic!("{other} is not published"),
    };
    assert_eq!(key["use"], "sig");
    UnparsedPublicKey::new(how, public).verify(format!("{header}.{payload}").as_bytes(), &unbase(signature)).is_ok()
}

#[test]
fn others_can_verify_what_is_signed_and_a_change_of_the_algorithm_ends_no_pass() {
    let application = Upstream::start();
    let provider =
        "per_number = [\"100/10m\"]\n\n[[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\n";
    let mut gateway = Plan::before(&application.url).with_providers(provider.to_owned()).start();
    let mut tokens: Vec<String> = Vec::new();
    for (round, algorithm) in ["HS256", "ES256", "EdDSA"].into_iter().enumerate() {
        if round > 0 {
            let text = fs::read_to_string(&gateway.config).expect("the configuration");
            let text = text.split("\n[pass]").next().expect("what was there before");
            fs::write(&gateway.config, format!("{text}\n[pass]\nalgorithm = \"{algorithm}\"\n")).expect("written");
            gateway.restart();
            assert!(gateway.log().contains("another algorithm"), "{}", gateway.log());
            let config = gateway.config.display().to_string();
            let said = sekisho(&["keys", "rotate", "--after", "1s", "--config", &config], "");
            assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
            wait::until("the new key to sign", || {
                let said = sekisho(&["keys", "list", "--format", "json", "--config", &config], "");
                let keys: Value = serde_json::from_slice(&said.stdout).ok()?;
                (keys[0]["role"] == "signs").then_some(())
            });
        }
        let token = wait::until("a pass of the algorithm", || {
            let mut caller = gateway.caller(Wire::Http1);
            caller.sign_in(&gateway, if round == 1 { &User::BOB } else { &User::ALICE });
            let token = caller.cookie(COOKIE).expect("a pass").to_owned();
            let header: Value = serde_json::from_slice(&unbase(token.split('.').next()?)).ok()?;
            (header["alg"] == algorithm).then_some(token)
        });
        tokens.push(token);
        for wire in Wire::ALL {
            let mut caller = gateway.caller(wire);
            for token in &tokens {
                caller.send(Ask::get("/patients").header("Sekisho-Pass", token)).expect(200);
            }
            let set = caller.send(Ask::get("/.sekisho/jwks.json")).expect(200).json();
            assert_eq!(
                set["keys"].as_array().expect("a list").len(),
                round,
                "{wire:?}: secret keys stay secret: {set}"
            );
            for (at, token) in tokens.iter().enumerate() {
                assert_eq!(verifies(&set, token), at > 0, "{wire:?}: {set}");
            }
        }
    }
}
