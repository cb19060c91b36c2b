//! What is minted reads back; what is not, does not.

use std::time::Duration;

use super::*;
use crate::domain::id::{SessionId, UserId};
use crate::domain::user::Identity;
use crate::gate::keys::KeyRing;

const NOW: Wall = Wall(1_800_000_000_000);

/// Time stands still and randomness counts up.
struct StillWorld(std::sync::atomic::AtomicU8);

#[async_trait::async_trait]
impl World for StillWorld {
    fn wall(&self) -> Wall {
        NOW
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {}
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    }
}

fn world() -> StillWorld {
    StillWorld(std::sync::atomic::AtomicU8::new(1))
}

fn identity() -> Identity {
    Identity {
        login: "alice".to_owned(),
        name: Some("Alice 山田".to_owned()),
        email: None,
        groups: vec!["clinic".to_owned()],
    }
}

fn pass(mint: &Mint) -> String {
    let user = UserId::from_random([9; 16]);
    let proof = Proof::by_operator(user.clone(), &"records".into(), NOW);
    let mut session = Session::begin(SessionId::from_random([8; 16]), user, NOW);
    session.confirm(&proof, Duration::from_secs(600));
    mint.mint(&world(), &proof, &session, &identity()).expect("fits").0.expose().clone()
}

fn payload(token: &str) -> serde_json::Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&crate::gate::seal::bytes(part).expect("base64url")).expect("JSON")
}

#[test]
fn a_pass_reads_back_until_it_ends() {
    let mint = Mint::new("https://a", &KeyRing::generate(&world()));
    let token = pass(&mint);
    let genuine = mint.read(&token, NOW).expect("genuine");
    assert_eq!(genuine.holder.identity, identity());
    let later = |secs| NOW.plus(Duration::from_secs(secs));
    assert!(mint.read(&token, later(599)).is_some());
    assert!(mint.read(&token, later(600)).is_none(), "no leeway");
}

#[test]
fn nothing_in_clear_says_who_it_is() {
    let token = pass(&Mint::new("https://a", &KeyRing::generate(&world())));
    let clear = payload(&token).to_string();
    for word in ["alice", "Alice", "山田", "clinic"] {
        assert!(!clear.contains(word), "{clear}");
    }
}

#[test]
fn every_claim_is_required_and_no_other_is_taken() {
    let ring = KeyRing::generate(&world());
    let mint = Mint::new("https://a", &ring);
    let whole = payload(&pass(&mint));
    let signed =
        |claims: &serde_json::Value| encode(&mint.signers()[0].header, claims, &mint.signers()[0].sign).expect("signs");
    assert!(mint.read(&signed(&whole), NOW).is_some());
    for name in whole.as_object().expect("object").keys() {
        let mut less = whole.clone();
        less.as_object_mut().expect("object").remove(name);
        assert!(mint.read(&signed(&less), NOW).is_none(), "without {name}");
    }
    let mut more = whole.clone();
    more["admin"] = true.into();
    assert!(mint.read(&signed(&more), NOW).is_none());
    for (name, value) in [("iss", "https://b"), ("aud", "https://b"), ("typ", "JWT"), ("exp", "9999999999")] {
        let mut other = whole.clone();
        other[name] = value.into();
        assert!(mint.read(&signed(&other), NOW).is_none(), "{name} = {value}");
    }
}

#[test]
fn forged_headers_and_signatures_are_not_even_looked_at() {
    let ring = KeyRing::generate(&world());
    let mint = Mint::new("https://a", &ring);
    let token = pass(&mint);
    let [_, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let header = |json: &str| text(json.as_bytes());
    for forged in [
        format!("{}.{payload}.", header(r#"{"typ":"sekisho-pass+jwt","alg":"none"}"#)),
        format!("{}.{payload}.{signature}", header(r#"{"alg":"HS256","kid":"../../dev/null"}"#)),
        format!("{}.{payload}.{signature}", header(r#"{"alg":"HS512"}"#)),
        token[..token.len() - 1].to_owned(),
        token.replace(payload, &format!("{payload}A")),
        format!("{token}.x"),
        "..".to_owned(),
        String::new(),
        "x".repeat(100_000),
    ] {
        assert!(mint.read(&forged, NOW).is_none(), "{}", &forged[..forged.len().min(80)]);
    }
    let stranger = Mint::new(
        "https://a",
        &KeyRing::read(&format!(r#"{{"keys":[{{"id":"{}","secret":"{}"}}]}}"#, ring.all()[0].id, text(&[42; 32])))
            .expect("ring"),
    );
    assert!(stranger.read(&token, NOW).is_none(), "another key under the same id");
}
