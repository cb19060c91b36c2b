//! The decision, the passes it rests on, and the line that is written about it.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sekisho::domain::event::Access;
use sekisho::domain::id::{RequestId, SessionId, UserId};
use sekisho::domain::pass::{Proof, Session};
use sekisho::domain::path::RequestPath;
use sekisho::domain::time::Wall;
use sekisho::domain::user::Identity;
use sekisho::gate::admit::Admission;
use sekisho::gate::keys::{Algorithm, KeyRing};
use sekisho::gate::mint::Mint;
use sekisho::gate::seams::World;

use super::house::{House, Passes, TARGET, admit};
use super::{Row, Work};

type Shown = fn(&Passes) -> Option<&str>;

/// What a request can come with.
const SHOWN: [(&str, Shown); 5] = [
    ("valid", |passes| Some(&passes.valid)),
    ("absent", |_| None),
    ("forged", |passes| Some(&passes.forged)),
    ("expired", |passes| Some(&passes.expired)),
    ("revoked", |passes| Some(&passes.revoked)),
];

type Built = fn() -> &'static House;

const HOUSES: [(usize, Built); 3] = [(1, House::small), (100, House::middling), (10_000, House::large)];

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (what, shown) in SHOWN {
        for (count, house) in HOUSES {
            rows.push(Row::again(format!("admit/{what}/{count} routes"), move || judged(house(), shown)));
        }
    }
    rows.push(Row::once("audit/access line", line));
    for algorithm in Algorithm::ALL {
        let name = algorithm.name();
        rows.push(Row::again(format!("pass/mint/{name}"), move || minted(algorithm)));
        // The second time it is known.
        rows.push(Row::again(format!("pass/verify/known/{name}"), move || shown(algorithm)));
        rows.push(Row::once(format!("pass/verify/first/{name}"), move || shown(algorithm)));
    }
    rows
}

fn judged(house: &'static House, shown: Shown) -> Work {
    house.calm();
    let (path, token) = (RequestPath::read(TARGET.as_bytes()).expect("a path"), shown(&house.passes));
    let good = token == Some(house.passes.valid.as_str());
    Box::new(move || {
        let admission = admit(house, black_box(&path), token);
        assert!(matches!((&admission, good), (Admission::Forward(_), true) | (Admission::Challenge(_), false)));
        black_box(admission);
    })
}

/// Written as JSON and handed to the thread that keeps it.
fn line() -> Work {
    let house = House::small();
    house.calm();
    let (request, client) = (RequestId::from_random([3; 16]), [192, 0, 2, 7].into());
    let mut object = Some("id=4711".to_owned());
    Box::new(move || {
        let access = Access {
            user: "alice",
            emergency: false,
            route: "route 1",
            method: "GET",
            path: "/patients/4711/studies",
            object: object.take(),
            status: 200,
            client,
            request: &request,
        };
        assert!(house.parts.gate.accessed(black_box(&access)));
    })
}

const NOW: Wall = Wall(1_800_000_000_000);
const PLACE: &str = "https://records.example.jp";

/// A world in which no time passes and randomness counts, so that the same is signed in every run.
#[derive(Default)]
struct Still(AtomicU64);

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
        for byte in bytes {
            let drawn = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            *byte = drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0];
        }
    }
}

struct Signing {
    world: Still,
    ring: KeyRing,
    proof: Proof,
    session: Session,
    identity: Identity,
}

impl Signing {
    fn with(algorithm: Algorithm) -> Signing {
        let world = Still::default();
        let (ring, user) = (KeyRing::generate_for(&world, algorithm), UserId::from_random([9; 16]));
        let proof = Proof::by_operator(user.clone(), &"records".into(), NOW);
        let mut session = Session::begin(SessionId::from_random([8; 16]), user, NOW);
        session.confirm(&proof, Duration::from_secs(8 * 3600));
        let (login, name) = ("alice".to_owned(), Some("山田 アリス".to_owned()));
        let identity = Identity { login, name, email: Some("alice@example.jp".to_owned()), groups: Vec::new() };
        Signing { world, ring, proof, session, identity }
    }

    fn mint(&self) -> Mint {
        Mint::new(PLACE, &self.ring)
    }

    fn token(&self, mint: &Mint) -> String {
        let minted = mint.mint(&self.world, &self.proof, &self.session, &self.identity);
        minted.expect("it fits").0.expose().clone()
    }
}

fn minted(algorithm: Algorithm) -> Work {
    let signing = Signing::with(algorithm);
    let mint = signing.mint();
    Box::new(move || {
        black_box(signing.token(&mint));
    })
}

fn shown(algorithm: Algorithm) -> Work {
    let signing = Signing::with(algorithm);
    let mint = signing.mint();
    let token = signing.token(&mint);
    Box::new(move || {
        black_box(mint.read(&token, NOW).expect("genuine"));
    })
}
