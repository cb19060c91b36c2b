//! A scope that nothing but a passkey opens, and the ways that stay open in one that takes both.

use crate::rig::{alice, answer, asked, begin, challenged, codes, plan, plan_with_vault, sign_in};
use crate::support::certificate::Certificate;
use crate::support::gateway::sekisho;
use crate::support::{Ask, Upstream, User, Wire, folder, wait};
use serde_json::json;
use std::fs;

#[test]
fn a_scope_that_resists_phishing_opens_by_a_passkey_and_by_nothing_else() {
    let upstream = Upstream::start();
    let gateway = plan_with_vault(&upstream).start();
    let (mut owner, mut key) = alice(&gateway);
    owner.send(Ask::get("/records")).expect(200);
    owner.send(Ask::get("/vault/1")).expect(401);
    let sent = codes(&gateway);
    let mut caller = gateway.caller(Wire::Http1);
    let id = challenged(&mut caller, "vault");
    let no = caller.verify(&id, "123456").expect(403).json();
    assert_eq!(no["type"], "urn:sekisho:only-passkey");
    caller.send(Ask::post(&format!("/.sekisho/challenges/{id}/resend")).json(&json!({}))).expect(403);
    assert_eq!(caller.state(&id)["tries_left"], 5, "nothing of that was a guess");
    let page = caller.send(Ask::get(&format!("/.sekisho/challenge/{id}")).navigating()).expect(200).text();
    assert!(page.contains("id=\"passkey\"") && !page.contains("name=\"code\""), "{page}");
    let right = key.answer(&asked(&mut caller, &id));
    answer(&mut caller, &id, &right).expect(200);
    caller.send(Ask::get("/vault/1")).expect(200);
    caller.send(Ask::get("/records")).expect(401);
    assert_eq!(codes(&gateway), sent, "no message went out");
}

#[test]
fn who_has_no_passkey_is_told_how_to_get_one() {
    let upstream = Upstream::start();
    let gateway = plan_with_vault(&upstream).start();
    let mut caller = gateway.caller(Wire::Http1);
    let no = begin(&mut caller, "vault").expect(403).json();
    assert_eq!(no["type"], "urn:sekisho:only-passkey");
    assert!(no["detail"].as_str().is_some_and(|detail| detail.contains("Add one under")), "{no}");
    assert_eq!(codes(&gateway), 0);
}

#[test]
fn a_pass_for_a_weaker_scope_is_enough_to_be_asked_for_a_passkey() {
    let upstream = Upstream::start();
    let gateway = plan_with_vault(&upstream).start();
    let (mut owner, mut key) = alice(&gateway);
    let asks = json!({ "return_to": "/vault/1", "scope": "vault" });
    let begun = owner.send(Ask::post("/.sekisho/challenges").json(&asks)).expect(201).json();
    let id = begun["id"].as_str().expect("an id").to_string();
    let right = key.answer(&asked(&mut owner, &id));
    answer(&mut owner, &id, &right).expect(200);
    owner.send(Ask::get("/vault/1")).expect(200);
    owner.send(Ask::get("/records")).expect(200);
}

#[test]
fn a_code_is_still_right_where_both_are_taken_and_who_has_no_passkey_is_not_asked_for_one() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream).start();
    alice(&gateway);
    let mut caller = gateway.caller(Wire::Http1);
    let begun = begin(&mut caller, "records").expect(201).json();
    assert_eq!(begun["factors"], json!(["passkey", "code"]));
    let (id, before) = (begun["id"].as_str().expect("an id").to_string(), codes(&gateway));
    caller.send(Ask::post(&format!("/.sekisho/challenges/{id}/resend")).json(&json!({}))).expect(200);
    let mine = || gateway.outbox.all().into_iter().find(|message| message.challenge == id);
    let message = wait::until("the code that was asked for", mine);
    assert_eq!(codes(&gateway), before + 1);
    caller.verify(&id, &message.code).expect(200);
    let mut bob = gateway.caller(Wire::Http1);
    let begun = bob.begin(&User::BOB, "/records").expect(201).json();
    assert_eq!(begun["factors"], json!(["code"]));
    let no = crate::rig::ask(&mut bob, begun["id"].as_str().expect("an id")).expect(409).json();
    assert_eq!(no["type"], "urn:sekisho:no-passkey");
    sign_in(&mut bob, &gateway, &User::BOB);
}

/// The strictest scope that somebody can open decides what a change takes.
#[test]
fn a_code_does_not_get_a_second_key_into_what_only_a_key_opens() {
    let upstream = Upstream::start();
    let gateway = plan_with_vault(&upstream).start();
    let (mut owner, mut key) = alice(&gateway);
    let no = crate::rig::ask_new(&mut owner).expect(403).json();
    assert_eq!(no["type"], "urn:sekisho:not-confirmed-lately");
    let page = owner.send(Ask::get("/.sekisho/me/passkeys").navigating()).expect(200).text();
    assert!(page.contains("scope=vault") && page.contains("fresh=1"), "{page}");
    let asks = json!({ "return_to": "/.sekisho/me/passkeys", "scope": "vault" });
    let begun = owner.send(Ask::post("/.sekisho/challenges").json(&asks)).expect(201).json();
    let id = begun["id"].as_str().expect("an id").to_string();
    let right = key.answer(&asked(&mut owner, &id));
    let opened = answer(&mut owner, &id, &right).expect(200).json();
    assert_eq!(opened["return_to"], "/.sekisho/me/passkeys");
    crate::rig::enrol(&mut owner, &gateway);
}

/// The manual's recipe, with what every configuration has around it.
#[test]
fn the_recipe_of_the_manual_is_valid() {
    let book = include_str!("../../docs/IDENTITY.md");
    let recipes = crate::support::book::recipes(book, "Passkeys");
    let recipe = recipes.first().expect("a recipe");
    let folder = folder();
    let certificate = Certificate::make(folder.path(), "records.example.jp");
    let route =
        |path: &str, scope: &str| format!("[[route]]\npath = \"{path}\"\nrequire = \"otp\"\nscope = \"{scope}\"\n");
    let around = format!(
        "[listen]\naddress = \"127.0.0.1:8443\"\ncertificate = \"{}\"\nkey = \"{}\"\n[users]\nphone_region = \"JP\"\n\
         password = true\n[sms]\ncountries = [\"JP\"]\n[[sms.provider]]\nkind = \"console\"\n[upstream.app]\n\
         url = \"http://127.0.0.1:8042\"\n{}{}",
        certificate.certificate.display(),
        certificate.key.display(),
        route("/prescriptions/**", "prescriptions"),
        route("/**", "records"),
    );
    let config = folder.path().join("sekisho.toml");
    fs::write(&config, format!("{recipe}\n{around}")).expect("the folder can be written");
    let said = sekisho(&["check", "--config", &config.display().to_string()], "");
    let text = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success() && !text.contains("error[") && !text.contains("warning["), "{text}");
    // On a site without a name the same is refused, and told why.
    let bare = recipe.replace("https://records.example.jp", "https://192.0.2.1");
    fs::write(&config, format!("{bare}\n{around}")).expect("the folder can be written");
    let said = sekisho(&["check", "--config", &config.display().to_string()], "");
    let text = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(!said.status.success() && text.contains("E306") && text.contains("an IP address is none"), "{text}");
}
