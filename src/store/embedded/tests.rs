//! What is the embedded store's own: its sweep and its file. The contract is held in `tests/store`.

use std::sync::Arc;

use super::*;
use crate::domain::account::Live;
use crate::domain::id::UserId;
use crate::domain::quota::Quota;

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

fn draw(key: &str, limit: u64) -> Draw {
    let quota = Quota { limit, per: Duration::from_secs(60) };
    Draw { name: "messages", key: key.to_owned(), quota, units: 1, spend: true }
}

/// Holds the writer up until the sender is dropped, so that what is asked for meanwhile shares one commit.
async fn hold(store: &Arc<Embedded>) -> std::sync::mpsc::Sender<()> {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (entered, inside) = oneshot::channel();
    let store = store.clone();
    tokio::spawn(async move {
        let wait = move |_: &mut Pen<'_>| {
            let _ = entered.send(());
            let _ = held.recv();
            Ok(())
        };
        store.write(wait).await
    });
    inside.await.expect("the writer is at it");
    release
}

async fn queued(store: &Embedded, count: usize) {
    while store.writes.max_capacity() - store.writes.capacity() < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_piece_that_fails_halfway_takes_back_what_shared_its_commit_and_nothing_else() {
    let (_dir, one, two) = store();
    let release = hold(&one).await;
    let spawn = |work: &dyn Fn(Arc<Embedded>) -> tokio::task::JoinHandle<Result<(), StoreError>>| work(one.clone());
    let before = spawn(&|one| {
        let step = Step { accounts: vec![(key(1), Seen { value: Account::default(), version: 0 })], ..Step::default() };
        tokio::spawn(async move { one.swap(step).await.map(|held| assert!(held)) })
    });
    queued(&one, 1).await;
    let taken = spawn(&|one| tokio::spawn(async move { one.take(vec![draw("a", 1)], NOW).await.map(drop) }));
    queued(&one, 2).await;
    let fails = spawn(&|one| {
        tokio::spawn(async move {
            let work = |pen: &mut Pen<'_>| {
                pen.db.execute("DELETE FROM record", []).map_err(failed)?;
                Err::<(), _>(StoreError("a bad disk".to_owned()))
            };
            one.write(work).await
        })
    });
    queued(&one, 3).await;
    let after = spawn(&|one| tokio::spawn(async move { one.take(vec![draw("b", 1)], NOW).await.map(drop) }));
    queued(&one, 4).await;
    drop(release);
    for (told, wanted) in [(before, "shared the commit"), (taken, "shared the commit"), (fails, "a bad disk")] {
        let error = told.await.expect("no panic").expect_err("nothing of it is written").to_string();
        assert!(error.contains(wanted), "{error}");
    }
    after.await.expect("no panic").expect("it has a commit of its own");
    assert_eq!(two.account(&key(1)).await.expect("reads").version, 0);
    assert_eq!(two.take(vec![draw("a", 1)], NOW).await.expect("writes"), Take::Taken, "nothing was taken from it");
    assert!(matches!(two.take(vec![draw("b", 1)], NOW).await.expect("writes"), Take::Short { .. }));
}

#[tokio::test]
async fn what_shares_a_commit_is_counted_together() {
    let (_dir, one, two) = store();
    let release = hold(&one).await;
    let all: Vec<_> = (0..10)
        .map(|_| {
            let one = one.clone();
            tokio::spawn(async move { one.take(vec![draw("a", 3), draw("b", 100)], NOW).await.expect("writes") })
        })
        .collect();
    queued(&one, 10).await;
    drop(release);
    let mut taken = 0;
    for one in all {
        taken += usize::from(one.await.expect("no panic") == Take::Taken);
    }
    assert_eq!(taken, 3);
    let rest = Draw { units: 97, ..draw("b", 100) };
    assert_eq!(two.take(vec![rest], NOW).await.expect("writes"), Take::Taken, "who was refused took nothing");
    assert!(matches!(two.take(vec![draw("b", 100)], NOW).await.expect("writes"), Take::Short { .. }));
}

#[tokio::test]
async fn a_sweep_goes_on_until_nothing_is_left() {
    let (_dir, one, two) = store();
    for n in 0..30 {
        let draws = (0..100).map(|m| draw(&format!("{n}/{m}"), 1)).collect();
        assert_eq!(one.take(draws, NOW).await.expect("writes"), Take::Taken);
    }
    one.sweep(NOW.plus(Duration::from_secs(61))).await.expect("sweeps");
    let left = |db: &Connection| db.query_row("SELECT count(*) FROM allowance", [], |row| row.get(0)).map_err(failed);
    assert_eq!(two.read::<u64>(left).await.expect("reads"), 0);
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
    let row = rusqlite::params![old.id.as_str(), NOW.0];
    db.execute("INSERT INTO session_use (session, scope, at) VALUES (?1, 'a', ?2)", row).expect("writes");
    drop(db);
    let store = Embedded::open(&file).expect("migrates");
    let used = Use { session: old.id.clone(), scope: "a".into(), at: NOW };
    assert_eq!(store.uses(Heard::default()).await.expect("reads").uses, [used]);
    assert_eq!(store.sessions(&old.user).await.expect("reads"), std::slice::from_ref(&old));
    assert_eq!(store.session(&old.id).await.expect("reads"), Some(Seen { value: old, version: 4 }));
}

#[tokio::test]
async fn uses_of_sessions_that_are_over_go_while_others_are_used() {
    let (_dir, one, _two) = store();
    let seconds = |n| NOW.plus(Duration::from_secs(n));
    for (n, ends) in [(1, seconds(1_000_000)), (2, seconds(10))] {
        let value = Session { ends, ..session(n) };
        let step = Step { session: Some(Seen { value, version: 0 }), ..Step::default() };
        assert!(one.swap(step).await.expect("writes"));
    }
    let used = |n, at| Use { session: session(n).id, scope: "a".into(), at };
    one.touch(vec![used(1, NOW), used(2, NOW)]).await.expect("writes");
    for round in 0..4 {
        // The first finds nothing that is over.
        one.sweep(seconds(round * 100_000)).await.expect("sweeps");
        one.touch(vec![used(1, seconds(round))]).await.expect("writes");
    }
    assert_eq!(one.uses(Heard::default()).await.expect("reads").uses, [used(1, seconds(3))]);
}

#[tokio::test]
async fn an_allowance_is_kept_as_long_as_its_window_is_now() {
    let (_dir, one, _two) = store();
    let seconds = |n| NOW.plus(Duration::from_secs(n));
    let day = || {
        let quota = Quota { limit: 2, per: Duration::from_secs(24 * 3600) };
        vec![Draw { quota, ..draw("a", 2) }]
    };
    assert_eq!(one.take(vec![draw("a", 2)], NOW).await.expect("answers"), Take::Taken);
    assert_eq!(
        one.take(day(), seconds(30)).await.expect("answers"),
        Take::Taken,
        "the operator made the window longer"
    );
    one.sweep(seconds(120)).await.expect("sweeps");
    assert!(matches!(one.take(day(), seconds(130)).await.expect("answers"), Take::Short { .. }));
}
