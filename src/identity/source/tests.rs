//! The directory as the gate asks it: who is let through, and that nobody learns more than that.

use tempfile::TempDir;

use super::*;
use crate::domain::contact::Region;
use crate::domain::time::Wall;

struct House {
    source: DirectorySource,
    _folder: TempDir,
}

const PASSWORD: &str = "correct horse";

fn house(asks_password: bool) -> House {
    let folder = TempDir::new().expect("a temporary folder");
    let phone_region = Region::parse("JP").expect("a region");
    let settings = Settings::own(phone_region, asks_password, folder.path().join("state.db"));
    let directory = Directory::open(&settings).expect("it opens");
    let hashed = password::hash(&secret(PASSWORD), &|bytes| bytes.fill(3)).expect("it hashes");
    directory.add(user(1, "alice", false), Some(hashed.clone()), Wall(1)).expect("added");
    directory.add(user(2, "gone", true), Some(hashed), Wall(1)).expect("added");
    directory.add(user(3, "new", false), None, Wall(1)).expect("added");
    House { source: DirectorySource::new(directory, &settings), _folder: folder }
}

fn user(number: u8, login: &str, disabled: bool) -> User {
    let id = UserId::from_random([number; 16]);
    User {
        id,
        login: login.to_owned(),
        name: None,
        phone: None,
        email: None,
        groups: vec![],
        locale: None,
        channels: vec![],
        disabled,
    }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn claim(login: &str, password: Option<&str>) -> Claim {
    Claim { login: login.to_owned(), password: password.map(secret) }
}

async fn found(house: &House, claim: Claim) -> Option<String> {
    house.source.find(&claim).await.expect("the directory works").map(|user| user.login)
}

#[tokio::test]
async fn a_claim_holds_with_the_right_password_only() {
    let house = house(true);
    assert!(house.source.asks_password());
    for (login, password, expected) in [
        ("alice", Some(PASSWORD), Some("alice")),
        (" ＡＬＩＣＥ ", Some("ｃｏｒｒｅｃｔ horse"), Some("alice")),
        ("alice", Some("correct horses"), None),
        ("alice", Some(""), None),
        ("alice", None, None),
        ("alice\0", Some(PASSWORD), None),
        ("alice' OR 1=1 --", Some(PASSWORD), None),
        ("gone", Some(PASSWORD), None),
        ("new", Some(PASSWORD), None),
        ("new", Some(""), None),
        ("nobody", Some(PASSWORD), None),
    ] {
        assert_eq!(found(&house, claim(login, password)).await.as_deref(), expected, "{login:?} {password:?}");
    }
}

#[tokio::test]
async fn every_no_costs_the_same_work() {
    let house = house(true);
    for (nth, login) in (1..).zip(["alice", "gone", "new", "nobody"]) {
        assert_eq!(found(&house, claim(login, Some("wrong"))).await, None);
        assert_eq!(house.source.checks(), nth, "{login}");
    }
}

#[tokio::test]
async fn what_no_account_can_have_is_refused_without_any_work() {
    let house = house(true);
    let long_name = "a".repeat(129);
    let long_password = "a".repeat(1025);
    for (login, password) in [(long_name.as_str(), "x"), ("", "x"), ("a\nb", "x"), ("alice", long_password.as_str())] {
        assert_eq!(found(&house, claim(login, Some(password))).await, None);
    }
    assert_eq!(house.source.checks(), 0);
}

#[tokio::test]
async fn where_no_password_is_asked_a_name_is_enough() {
    let house = house(false);
    assert!(!house.source.asks_password());
    assert_eq!(found(&house, claim("NEW", None)).await.as_deref(), Some("new"));
    assert_eq!(found(&house, claim("alice", Some("anything"))).await.as_deref(), Some("alice"));
    assert_eq!(found(&house, claim("gone", None)).await, None);
    assert_eq!(house.source.checks(), 0);
}

#[tokio::test]
async fn an_account_is_fetched_until_it_is_disabled_or_gone() {
    let house = house(true);
    let fetch = async |number| {
        let id = UserId::from_random([number; 16]);
        house.source.fetch(&id).await.expect("the directory works").map(|user| user.login)
    };
    assert_eq!(fetch(1).await.as_deref(), Some("alice"));
    assert_eq!(fetch(2).await, None);
    assert_eq!(fetch(9).await, None);
    assert!(house.source.probe().await.is_ok());
}

#[tokio::test]
async fn a_flood_is_turned_away_and_does_not_hold_up_those_inside() {
    let mut house = house(true);
    house.source.inside = Arc::new(Semaphore::new(2));
    let wrong = claim("alice", Some("wrong"));
    let right = claim("alice", Some(PASSWORD));
    let alice = UserId::from_random([1; 16]);
    let (first, second, third, fetched) = tokio::join!(
        house.source.find(&wrong),
        house.source.find(&right),
        house.source.find(&right),
        house.source.fetch(&alice),
    );
    assert!(matches!(first, Ok(None)) && matches!(second, Ok(Some(_))));
    assert!(third.is_err_and(|fault| fault.0.contains("too many sign-ins")));
    assert!(matches!(fetched, Ok(Some(_))));
    assert!(matches!(house.source.find(&right).await, Ok(Some(_))), "there is room again");
}

#[tokio::test]
async fn checks_take_turns() {
    let mut house = house(true);
    house.source.checking = Arc::new(Semaphore::new(1));
    let turn = house.source.checking.clone().acquire_owned().await.expect("a turn");
    let right = claim("alice", Some(PASSWORD));
    let alice = UserId::from_random([1; 16]);
    let mut waiting = std::pin::pin!(house.source.find(&right));
    let early = tokio::select! {
        biased;
        _ = &mut waiting => true,
        fetched = house.source.fetch(&alice) => fetched.is_err(),
    };
    assert!(!early && house.source.checks() == 0, "it waits for its turn while accounts are still read");
    drop(turn);
    assert!(matches!(waiting.await, Ok(Some(_))));
}

#[tokio::test]
async fn a_directory_that_fails_is_an_error_and_not_a_no() {
    let house = house(true);
    let db = rusqlite::Connection::open(house.source.directory.file()).expect("it opens");
    db.execute_batch("UPDATE directory_user SET groups = 'not json'").expect("damaged");
    assert!(house.source.find(&claim("alice", Some(PASSWORD))).await.is_err());
    db.execute_batch("DROP TABLE directory_user").expect("destroyed");
    assert!(house.source.fetch(&UserId::from_random([1; 16])).await.is_err());
    assert!(house.source.probe().await.is_err());
}
