//! As many names and addresses as an attacker likes: nothing grows, and nobody's count is lost.
//!
//! `SEKISHO_MANY=10000000` tries so many instead of the few that every run can afford.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use sekisho::domain::account::{AccountKey, PLACES, place};
use sekisho::domain::quota::Quota;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::secret::Secret;
use sekisho::domain::time::Wall;
use sekisho::gate::Caller;
use sekisho::gate::keys::KeyRing;
use sekisho::gate::seal::Seals;
use sekisho::gate::seams::{Endpoint, Turnstile};
use sekisho::store::LocalTurnstile;
use sekisho::store::settings::{Limits, Rates};

use super::stage::{Stage, wish};

fn many(usual: u32) -> u32 {
    #[expect(clippy::disallowed_methods, reason = "how much a test tries is no setting of the product")]
    let asked = std::env::var("SEKISHO_MANY");
    asked.map_or(usual, |n| n.parse().expect("SEKISHO_MANY is a number"))
}

/// Memory in use, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn ever_new_addresses_take_no_more_memory_and_reset_nobody() {
    let quota = |limit| Quota { limit, per: Duration::from_secs(24 * 3600) };
    let usual = Rates { begin: quota(30), verify: quota(60), page: quota(600), receipts: quota(6000) };
    let turnstile = LocalTurnstile::new(&Limits { usual, networks: Vec::new() });
    let victim: IpAddr = "198.51.100.1".parse().expect("an address");
    while turnstile.pass(Endpoint::Begin, victim).is_ok() {}
    let come = |range: std::ops::Range<u32>| {
        for n in range {
            // Each second one is an IPv6 /64.
            let client = match n % 2 {
                0 => IpAddr::from(n.to_be_bytes()),
                _ => IpAddr::from((0x2001_0db8_u128 << 96 | u128::from(n) << 64).to_be_bytes()),
            };
            for endpoint in [Endpoint::Begin, Endpoint::Verify, Endpoint::Page] {
                let _ = turnstile.pass(endpoint, client);
            }
        }
    };
    let all = many(2_000_000);
    // By then every place is taken.
    come(0..1_000_000.min(all));
    let before = resident();
    come(1_000_000.min(all)..all);
    let grown = resident().saturating_sub(before);
    println!("{all} addresses: {before} KiB after the first million, {grown} KiB more in the end");
    assert!(grown < 8 * 1024, "{grown} KiB more");
    assert!(turnstile.pass(Endpoint::Begin, victim).is_err(), "who was at the limit still is");
}

#[test]
fn ever_new_names_have_a_fixed_number_of_keys() {
    // Always the same one, so that a run can be repeated.
    let ring = KeyRing::read(r#"{"keys":[{"id":"k","secret":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"}]}"#)
        .expect("a ring");
    let seals = Seals::new(&ring, Wall::EPOCH);
    let mut keys = HashSet::new();
    let all = many(300_000);
    for n in 0..all {
        let tag = seals.alias("login", &format!("nobody {n}"));
        let account = AccountKey::of_unknown(tag);
        let place_of_name = account.place(tag);
        assert_eq!(account.bucket(), place_of_name.bucket());
        keys.extend([account, place_of_name].map(|key| key.as_str().to_owned()));
        keys.insert(place(tag).to_string());
    }
    println!("{all} names: {} keys", keys.len());
    assert!(keys.len() <= 3 * PLACES as usize);
}

/// Through the gate and the real store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inventing_names_fills_no_store_and_touches_nobodys_count() {
    let stage = Arc::new(Stage::set().await);
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let wrong = stage.wrong_code();
    for _ in 0..4 {
        let told = stage.gate.verify(&caller, &id, &wrong).await.err();
        assert!(matches!(told, Some(Refusal::WrongCode { .. })));
    }
    let all = many(8_000).min(1_000_000);
    // Half of them give a password, and half of them would be sent a code.
    for (part, names_only) in [(0..all / 2, false), (all / 2..all, true)] {
        stage.people.1.store(names_only, std::sync::atomic::Ordering::SeqCst);
        let next = Arc::new(std::sync::atomic::AtomicU32::new(part.start));
        let workers: Vec<_> = (0..128)
            .map(|_| {
                let (stage, next, end) = (stage.clone(), next.clone(), part.end);
                tokio::spawn(async move {
                    loop {
                        let n = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        if n >= end {
                            return;
                        }
                        let browser = Some(Secret::new(format!("browser {n}")));
                        let client = IpAddr::from((0x0a00_0000 | n).to_be_bytes());
                        let caller = Caller { browser, client, ..stage.caller() };
                        let told = stage.gate.begin(&caller, wish(Some(&format!("nobody {n}")), "pw", "records")).await;
                        assert!(!matches!(told, Err(Refusal::Outage)), "name {n}");
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("no name fails");
        }
    }
    let db = rusqlite::Connection::open(stage.file()).expect("opens");
    let rows = |sql: &str| db.query_row(sql, [], |row| row.get::<_, u64>(0)).expect("counts");
    let of = |name: &str| rows(&format!("SELECT count(*) FROM allowance WHERE name = '{name}'"));
    let places = u64::from(PLACES);
    let counts = [
        (of("sign-ins per name and network"), places),
        (of("wrong passwords per name"), places),
        (of("messages per number"), 2 * places),
        (rows("SELECT count(*) FROM record WHERE kind = 2"), 2 * places),
        // Alice's own is there as well.
        (rows("SELECT count(*) FROM record WHERE kind = 1"), 20_000 + 1),
    ];
    let size = std::fs::metadata(stage.file()).expect("there").len() >> 20;
    println!("{all} names: rows and their bounds {counts:?}, {size} MiB, {} KiB resident", resident());
    assert!(counts.iter().all(|(count, bound)| count <= bound), "{counts:?}");
    let told = stage.gate.verify(&caller, &id, &wrong).await.err();
    assert_eq!(told, Some(Refusal::WrongCode { tries_left: 0 }));
    stage.people.1.store(false, std::sync::atomic::Ordering::SeqCst);
    let told = stage.begin(&caller, "alice", "pw").await.err();
    assert!(matches!(told, Some(Refusal::Waiting(_))), "the fifth failure of a real account counts: {told:?}");
}
