//! A stage on which people have more than a phone.

use std::sync::Arc;

use sekisho::domain::enrolment::{Enrolments, StepHash, Stepper};
use sekisho::domain::factor::Factor;
use sekisho::domain::scope::Scope;
use sekisho::domain::secret::Secret;
use sekisho::domain::stepper::base32;
use sekisho::domain::time::Wall;
use sekisho::domain::user::User;
use sekisho::gate::enrol::{By, Change};
use sekisho::gate::{Begun, Caller, Settings};

use super::stage::{Stage, settings, user, wish};

/// As usual, where scopes take everything.
pub fn taking(factors: &[Factor]) -> Settings {
    let mut settings = settings();
    for scope in settings.scopes.values_mut() {
        *scope = Arc::new(Scope { factors: factors.to_vec(), ..Scope::clone(scope) });
    }
    settings
}

pub async fn stage() -> Stage {
    Stage::with(taking(&Factor::ALL), |gate| gate).await
}

/// Where a name is all that is asked for.
pub fn names_only(stage: &Stage) {
    stage.people.1.store(true, std::sync::atomic::Ordering::SeqCst);
}

pub fn alice() -> User {
    user(1, "alice", Some("090-1234-5678"), &["clerks"])
}

pub fn carol() -> User {
    user(3, "carol", None, &[])
}

pub fn by_operator(user: &User) -> Change<'_> {
    Change { user, by: By::Operator { actor: "uid 7", reason: "asked for" } }
}

pub fn stepper(id: &str, kind: Factor) -> Stepper {
    let seed: Vec<u8> = id.bytes().cycle().take(20).collect();
    Stepper {
        id: id.to_owned(),
        label: id.to_owned(),
        kind,
        seed: base32(&seed),
        hash: StepHash::Sha1,
        digits: 6,
        step: 30,
        added: Wall::EPOCH,
        drift: 0,
        spent: None,
        used: None,
    }
}

/// Enrols an app for this user.
pub async fn with_app(stage: &Stage, user: &User) -> Stepper {
    stage.gate.add_stepper(&by_operator(user), stepper("app", Factor::Totp), None).await.expect("enrolled")
}

/// What it shows so many steps from now.
pub fn shown(stage: &Stage, stepper: &Stepper, steps: i64) -> String {
    let at = Wall(stage.gate.now().0 + steps * 1000 * stepper.step as i64);
    stepper.present(at).expect("a code").expose().clone()
}

pub async fn kept(stage: &Stage, user: &User) -> Enrolments {
    stage.gate.enrolled(&user.id).await.expect("reads").value
}

pub fn in_browser(stage: &Stage, n: usize) -> Caller {
    Caller { browser: Some(Secret::new(format!("browser {n}"))), ..stage.caller() }
}

pub async fn begun(stage: &Stage, caller: &Caller, login: &str) -> Begun {
    stage.gate.begin(caller, wish(Some(login), "pw", "records")).await.expect("begins")
}

/// What the pass says of how it was earned.
pub fn amr(token: &Secret<String>) -> Vec<String> {
    use base64::Engine;
    let claims = token.expose().split('.').nth(1).expect("a token has claims");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    claims["amr"].as_array().expect("a list").iter().map(|m| m.as_str().expect("text").to_owned()).collect()
}
