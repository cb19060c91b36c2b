//! What is the embedded store's own: its sweep and its file. The contract is held in `tests/store`.

use std::sync::Arc;

use super::*;
use crate::domain::account::Live;
use crate::domain::id::UserId;

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
    let step = Step { accounts: vec![(key(1), account)], session: Some(ended), ..Step::default() };
    assert!(one.swap(step).await.expect("writes"));
    let used = |scope: &str| Use { session: session(1).id, scope: scope.into(), at: NOW };
    one.touch(vec![used("a"), used("b")]).await.expect("writes");
    drop((one, two));
    let again = Embedded::open(&dir.path().join("state.db")).expect("opens");
    assert!(again.session(&session(1).id).await.expect("reads").is_some(), "expired, and still there");
    assert_eq!(again.uses(Heard::default()).await.expect("reads").uses, [used("a"), used("b")]);
    again.sweep(NOW.plus(Duration::from_secs(24 * 3600))).await.expect("sweeps");
    assert!(again.session(&session(1).id).await.expect("reads").is_none());
    assert!(again.uses(Heard::default()).await.expect("reads").uses.is_empty());
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
