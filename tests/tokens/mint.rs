//! Every attack on a mint of each algorithm.

use super::attacks;
use super::forge::Pen;
use async_trait::async_trait;
use sekisho::domain::id::{SessionId, UserId};
use sekisho::domain::pass::{Proof, Session};
use sekisho::domain::time::Wall;
use sekisho::domain::user::Identity;
use sekisho::gate::keys::{Algorithm, KeyRing};
use sekisho::gate::mint::Mint;
use sekisho::gate::seams::World;
use std::time::Duration;

const NOW: Wall = Wall(1_800_000_000_000);
const HOUR: Duration = Duration::from_secs(3600);

struct Still;

#[async_trait]
impl World for Still {
    fn wall(&self) -> Wall {
        NOW
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {}
    fn fill(&self, bytes: &mut [u8]) {
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, bytes).expect("random bytes");
    }
}

fn pass(mint: &Mint) -> String {
    let user = UserId::from_random([9; 16]);
    let proof = Proof::by_operator(user.clone(), &"records".into(), NOW);
    let mut session = Session::begin(SessionId::from_random([8; 16]), user, NOW);
    session.confirm(&proof, HOUR);
    let identity = Identity { login: "alice".into(), name: None, email: None, groups: Vec::new() };
    mint.mint(&Still, &proof, &session, &identity).expect("fits").0.expose().clone()
}

#[test]
fn no_forged_token_is_read_whatever_the_algorithm() {
    for algorithm in Algorithm::ALL {
        let ring = KeyRing::generate_for(&Still, algorithm);
        let mint = Mint::new("https://records.example.jp", &ring);
        let token = pass(&mint);
        let file: serde_json::Value = serde_json::from_str(ring.write().expose()).expect("JSON");
        let pen = Pen::of(&file["keys"][0]);
        let [header, payload, _] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        assert!(mint.read(&pen.seal(header, payload), NOW).is_some(), "{algorithm:?}: the pen writes what is read");
        let rows = attacks::all(&token, &pen);
        println!("{algorithm:?}: {} forged tokens", rows.len());
        assert!(rows.len() > 100);
        for (what, forged) in rows {
            // A claim on another scope is read, and opens nothing here: that is judged behind the mint.
            let read = mint.read(&forged, NOW).filter(|genuine| genuine.claims.scopes.contains_key("records"));
            assert!(read.is_none(), "{algorithm:?}: {what}: {}", &forged[..forged.len().min(400)]);
        }
        assert!(mint.read(&token, NOW).is_some(), "{algorithm:?}");
    }
}

#[test]
fn a_token_of_another_key_under_the_same_name_or_of_another_site_is_none() {
    for algorithm in Algorithm::ALL {
        let (ring, other) = (KeyRing::generate_for(&Still, algorithm), KeyRing::generate_for(&Still, algorithm));
        let text = other.write().expose().replace(&other.all()[0].id, &ring.all()[0].id);
        let namesake = KeyRing::read(&text).expect("a ring");
        let token = pass(&Mint::new("https://a", &ring));
        assert!(Mint::new("https://a", &ring).read(&token, NOW).is_some());
        assert!(Mint::new("https://a", &namesake).read(&token, NOW).is_none(), "{algorithm:?}");
        assert!(Mint::new("https://b", &ring).read(&token, NOW).is_none(), "{algorithm:?}");
    }
}

#[test]
fn what_is_remembered_of_a_token_ends_with_its_key() {
    for algorithm in Algorithm::ALL {
        let old = KeyRing::generate_for(&Still, algorithm);
        let mint = Mint::new("https://a", &old);
        let first = pass(&mint);
        assert!(mint.read(&first, NOW).is_some(), "it is remembered now");
        let both = old.rotated(&Still, algorithm, Duration::ZERO, HOUR).expect("rotates");
        mint.rekey(&both);
        let second = pass(&mint);
        assert_ne!(first.split('.').next(), second.split('.').next(), "the new key signs");
        assert!(mint.read(&first, NOW).is_some() && mint.read(&second, NOW).is_some(), "{algorithm:?}");
        let id = old.all()[0].id.as_str();
        mint.rekey(&both.without(id, NOW).expect("it signs no more"));
        assert!(mint.read(&first, NOW).is_none() && mint.read(&second, NOW).is_some(), "{algorithm:?}");
    }
}
