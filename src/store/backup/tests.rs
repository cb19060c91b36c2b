//! Copies of a file in use, and what comes back from them.

use std::time::Duration;

use super::*;
use crate::domain::account::AccountKey;
use crate::domain::id::{PassId, UserId};
use crate::gate::seams::{Revocation, Revoked, Step, Store};
use crate::store::Embedded;
use crate::store::schema::connect;

const NOW: Wall = Wall(1_800_000_000_000);
const FORGET: Wall = Wall(NOW.0 + 86_400_000);

fn key(n: u8) -> AccountKey {
    AccountKey::of_user(&UserId::from_random([n; 16]))
}

async fn fail(store: &Embedded, n: u8, failures: u32) {
    let mut seen = store.account(&key(n)).await.expect("reads");
    seen.value.strangers.failures = failures;
    seen.value.strangers.last_failure = NOW;
    let step = Step { accounts: vec![(key(n), seen)], ..Step::default() };
    assert!(store.swap(step).await.expect("writes"));
}

async fn failures(store: &Embedded, n: u8) -> u32 {
    store.account(&key(n)).await.expect("reads").value.strangers.failures
}

fn people(file: &Path, names: &[&str]) {
    let db = connect(file).expect("opens");
    db.execute_batch("CREATE TABLE IF NOT EXISTS person (name TEXT PRIMARY KEY); DELETE FROM person").expect("writes");
    for name in names {
        db.execute("INSERT INTO person VALUES (?1)", [name]).expect("writes");
    }
}

fn names(file: &Path) -> Vec<String> {
    let db = connect(file).expect("opens");
    let mut query = db.prepare("SELECT name FROM person ORDER BY name").expect("reads");
    query.query_map([], |row| row.get(0)).expect("reads").map(|name| name.expect("text")).collect()
}

#[tokio::test]
async fn a_copy_of_a_file_in_use_comes_back_without_forgetting_what_happened_since() {
    let dir = tempfile::tempdir().expect("a folder");
    let [file, saved] = ["state.db", "saved.db"].map(|name| dir.path().join(name));
    let store = Embedded::open(&file).expect("opens");
    fail(&store, 1, 2).await;
    fail(&store, 2, 7).await;
    people(&file, &["alice", "bob"]);
    copy(&file, &saved).expect("copies while it is open");
    check(&saved).expect("is whole");

    fail(&store, 1, 9).await;
    people(&file, &["mallory"]);
    let one = Revocation { what: Revoked::Pass(PassId::from_random([1; 16])), at: NOW, forget: FORGET };
    store.revoke(one.clone()).await.expect("writes");
    restore(&saved, &file, NOW, FORGET).expect("restores while it is open");

    assert_eq!(failures(&store, 1).await, 9, "what was counted since stays");
    assert_eq!(failures(&store, 2).await, 7);
    assert_eq!(names(&file), ["alice", "bob"]);
    let heard = store.news(0).await.expect("reads").revocations;
    assert_eq!(heard[0], (1, one), "what was revoked since stays revoked");
    assert_eq!(heard[1], (2, Revocation { what: Revoked::All, at: NOW, forget: FORGET }));
    assert_eq!(std::fs::read_dir(dir.path()).expect("lists").count(), 4, "file, wal, shm and copy: no draft is left");
}

#[tokio::test]
async fn a_copy_makes_a_new_machine_and_nodes_hear_that_every_pass_is_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let [file, saved, new] = ["state.db", "saved.db", "new.db"].map(|name| dir.path().join(name));
    let store = Embedded::open(&file).expect("opens");
    fail(&store, 1, 4).await;
    people(&file, &["alice"]);
    for n in 0..3 {
        let what = Revoked::Pass(PassId::from_random([n; 16]));
        store.revoke(Revocation { what, at: NOW, forget: FORGET }).await.expect("writes");
    }
    copy(&file, &saved).expect("copies");
    restore(&saved, &new, NOW, FORGET).expect("restores");
    let store = Embedded::open(&new).expect("opens");
    assert_eq!((failures(&store, 1).await, names(&new)), (4, vec!["alice".to_owned()]));
    let heard = store.news(3).await.expect("reads").revocations;
    assert_eq!(heard.iter().map(|(n, r)| (*n, r.what.clone())).collect::<Vec<_>>(), [(4, Revoked::All)]);
    let later = Revocation { what: Revoked::All, at: NOW.plus(Duration::from_secs(1)), forget: FORGET };
    store.revoke(later).await.expect("writes");
    assert_eq!(store.news(4).await.expect("reads").revocations.len(), 1, "numbers go on");
}

#[tokio::test]
async fn what_is_no_whole_copy_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let [file, saved] = ["state.db", "saved.db"].map(|name| dir.path().join(name));
    let store = Embedded::open(&file).expect("opens");
    for n in 0..200 {
        fail(&store, n, 1).await;
    }
    copy(&file, &saved).expect("copies");
    assert!(copy(&file, &saved).is_err(), "an older copy is not written over");
    let whole = std::fs::read(&saved).expect("reads");
    let torn = &whole[..whole.len() / 2];
    for bad in [&b""[..], b"not a database, only text", torn] {
        std::fs::write(&saved, bad).expect("writes");
        let error = restore(&saved, &file, NOW, FORGET).expect_err("refused");
        assert!(error.to_string().contains("saved.db"), "{error}");
    }
    std::fs::write(&saved, &whole).expect("writes");
    let db = Connection::open(&saved).expect("opens");
    db.execute("UPDATE room_schema SET version = 99 WHERE room = 'store'", []).expect("writes");
    drop(db);
    let error = restore(&saved, &file, NOW, FORGET).expect_err("refused");
    assert!(error.to_string().contains("newer Sekisho"), "{error}");
    assert!(store.news(0).await.expect("reads").revocations.is_empty());
}
