//! The store's contract on a real file, with two handles as two processes would have them.

use std::sync::Arc;

use super::*;
use crate::domain::account::Live;
use crate::domain::id::{PassId, UserId};
use crate::domain::quota::Quota;
use crate::gate::seams::Revoked;

const NOW: Wall = Wall(1_800_000_000_000);

fn store() -> (tempfile::TempDir, Arc<Embedded>, Arc<Embedded>) {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("state.db");
    let one = Embedded::open(&file).expect("opens");
    let two = Embedded::open(&file).expect("opens again");
    (dir, Arc::new(one), Arc::new(two))
}

fn key(n: u8) -> AccountKey {
    AccountKey::of_user(&UserId::from_random([n; 16]))
}

fn session(n: u8) -> Session {
    Session::begin(SessionId::from_random([n; 16]), UserId::from_random([n; 16]), NOW)
}

fn step(n: u8, account: Seen<Account>, session: Option<Seen<Session>>) -> Step {
    Step { accounts: vec![(key(n), account)], session, ..Step::default() }
}

#[tokio::test]
async fn a_swap_needs_the_version_that_was_read_and_is_all_or_nothing() {
    let (_dir, one, two) = store();
    let fresh = one.account(&key(1)).await.expect("reads");
    assert_eq!(fresh.version, 0);
    assert!(one.swap(step(1, fresh.clone(), None)).await.expect("writes"));
    let both = step(1, fresh, Some(Seen { value: session(1), version: 0 }));
    assert!(!two.swap(both).await.expect("answers"), "stale");
    assert_eq!(two.session(&session(1).id).await.expect("reads"), None, "nothing of a refused step stays");
    let mut current = two.account(&key(1)).await.expect("reads");
    current.value.strangers.failures = 3;
    assert!(two.swap(step(1, current, Some(Seen { value: session(1), version: 0 }))).await.expect("writes"));
    assert_eq!(one.account(&key(1)).await.expect("reads").value.strangers.failures, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_swaps_at_once_one_wins_each_round() {
    let (_dir, one, two) = store();
    let seen = one.account(&key(1)).await.expect("reads");
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let (store, seen) = (if n % 2 == 0 { one.clone() } else { two.clone() }, seen.clone());
            tokio::spawn(async move { store.swap(step(1, seen, None)).await.expect("answers") })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.expect("runs"));
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_allowance_is_never_overdrawn_and_many_are_taken_together_or_not_at_all() {
    let (_dir, one, two) = store();
    let draw = |name, limit| Draw {
        name,
        key: "k".to_owned(),
        quota: Quota { limit, per: Duration::from_secs(60) },
        units: 1,
        spend: true,
    };
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let store = if n % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(
                async move { store.take(vec![draw("wide", 100), draw("narrow", 7)], NOW).await.expect("answers") },
            )
        })
        .collect();
    let mut taken = 0;
    for task in tasks {
        taken += usize::from(task.await.expect("runs") == Take::Taken);
    }
    assert_eq!(taken, 7);
    assert_eq!(one.take(vec![draw("wide", 8)], NOW).await.expect("answers"), Take::Taken, "refused takes took nothing");
    let look = |limit| Draw { spend: false, ..draw("wide", limit) };
    assert_eq!(one.take(vec![look(9), look(9)], NOW).await.expect("answers"), Take::Taken, "a look takes nothing");
    for draw in [draw("wide", 8), look(8)] {
        assert!(matches!(one.take(vec![draw], NOW).await, Ok(Take::Short { name: "wide", .. })));
    }
}

#[tokio::test]
async fn revocations_come_in_order_and_to_everybody() {
    let (_dir, one, two) = store();
    let revocation = |what| Revocation { what, at: NOW, forget: NOW.plus(Duration::from_secs(60)) };
    one.revoke(revocation(Revoked::Session(session(1).id))).await.expect("writes");
    two.revoke(revocation(Revoked::Pass(PassId::from_random([1; 16])))).await.expect("writes");
    let all = two.news(0).await.expect("reads").revocations;
    assert_eq!(all.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(one.news(1).await.expect("reads").revocations.len(), 1);
    one.sweep(NOW.plus(Duration::from_secs(61))).await.expect("sweeps");
    assert!(one.news(0).await.expect("reads").revocations.is_empty());
}

#[tokio::test]
async fn everything_outlives_the_process_and_expiry_is_only_housekeeping() {
    let (dir, one, two) = store();
    let mut account = one.account(&key(1)).await.expect("reads");
    account.value.strangers.failures = 9;
    account.value.strangers.last_failure = NOW;
    account.value.live.push(Live {
        id: ChallengeId::from_random([1; 16]),
        browser: "b".to_owned(),
        scope: "s".to_owned(),
        expires: NOW,
        known: false,
    });
    let ended = Seen { value: session(1), version: 0 };
    assert!(one.swap(step(1, account, Some(ended))).await.expect("writes"));
    let used = |scope: &str| Use { session: session(1).id, scope: scope.into(), at: NOW };
    one.touch(vec![used("a"), used("b")]).await.expect("writes");
    drop((one, two));
    let again = Embedded::open(&dir.path().join("state.db")).expect("opens");
    assert!(again.session(&session(1).id).await.expect("reads").is_some(), "expired, and still there");
    assert_eq!(again.uses().await.expect("reads"), [used("a"), used("b")]);
    again.sweep(NOW.plus(Duration::from_secs(24 * 3600))).await.expect("sweeps");
    assert!(again.session(&session(1).id).await.expect("reads").is_none());
    assert!(again.uses().await.expect("reads").is_empty());
    assert_eq!(again.account(&key(1)).await.expect("reads").value.strangers.failures, 9, "failures outlive the sweep");
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let (dir, one, two) = store();
    drop((one, two));
    let file = dir.path().join("state.db");
    let db = Connection::open(&file).expect("opens");
    db.execute("UPDATE room_schema SET version = 99 WHERE room = 'store'", []).expect("writes");
    let error = Embedded::open(&file).err().expect("refused");
    assert!(error.to_string().contains("newer Sekisho"), "{error}");
}

#[tokio::test]
async fn a_file_of_the_first_version_is_brought_up_to_date_with_everything_in_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("state.db");
    let mut db = Connection::open(&file).expect("opens");
    super::super::schema::first_version(&mut db);
    let old = session(7);
    let body = serde_json::to_vec(&old).expect("writes");
    let row = rusqlite::params![Kind::Session as i64, old.id.as_str(), 4, old.ends.0, body];
    db.execute("INSERT INTO record (kind, id, version, expires, body) VALUES (?1, ?2, ?3, ?4, ?5)", row)
        .expect("writes");
    drop(db);
    let store = Embedded::open(&file).expect("migrates");
    assert_eq!(store.sessions(&old.user).await.expect("reads"), std::slice::from_ref(&old));
    assert_eq!(store.session(&old.id).await.expect("reads"), Some(Seen { value: old, version: 4 }));
}
