//! Added, confirmed, taken away: by whom, and what the audit hears.

use std::time::Duration;

use sekisho::domain::enrolment::{Enrolments, StepHash, Stepper};
use sekisho::domain::event::What;
use sekisho::domain::factor::Factor;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::stepper::seed;
use sekisho::domain::user::User;
use sekisho::gate::Gate;
use sekisho::gate::enrol::{By, Change, NotEnrolled};

use super::stage::{Stage, user};

const SECOND: By<'_> = By::Operator { actor: "uid 8", reason: "I know her" };

fn by_operator(user: &User) -> Change<'_> {
    Change { user, by: By::Operator { actor: "uid 7", reason: "lost her phone" } }
}

fn alice() -> User {
    user(1, "alice", Some("090-1234-5678"), &["clerks"])
}

async fn all(gate: &Gate, user: &User) -> Enrolments {
    gate.enrolled(&user.id).await.expect("reads").value
}

fn token(serial: &str) -> Stepper {
    Stepper {
        id: serial.to_owned(),
        label: serial.to_owned(),
        kind: Factor::Token,
        seed: seed(&format!("hex:{:0>40}", hex(serial))).expect("a seed"),
        hash: StepHash::Sha256,
        digits: 8,
        step: 60,
        added: Default::default(),
        drift: 0,
        spent: None,
        used: None,
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn an_app_is_enrolled_by_a_code_that_it_shows_and_that_code_opens_nothing() {
    let (stage, alice) = (Stage::set().await, alice());
    let caller = stage.caller();
    let change = Change { user: &alice, by: By::Owner(&caller) };
    let offer = stage.gate.offer_stepper(&alice, " my phone ", "records.example.jp");
    assert!(offer.uri.expose().starts_with("otpauth://totp/records.example.jp:alice?secret="));
    let code = offer.stepper.present(stage.gate.now()).expect("a code");
    let wrong = format!("{:06}", (code.expose().parse::<u32>().expect("digits") + 1) % 1_000_000);
    let fails = stage.gate.confirm_stepper(&change, &offer.sealed, &wrong).await;
    assert_eq!(fails.err(), Some(NotEnrolled::WrongCode));
    assert!(all(&stage.gate, &alice).await.is_empty());
    // Another node takes what this one offered.
    let spaced = format!("{} {}", &code.expose()[..3], &code.expose()[3..]);
    let done = stage.other.confirm_stepper(&change, &offer.sealed, &spaced).await.expect("enrolled");
    assert_eq!((done.label.as_str(), done.kind), ("my phone", Factor::Totp));
    let kept = all(&stage.gate, &alice).await;
    assert!(kept.has(Factor::Totp, stage.gate.now()) && kept.steppers[0].spent.is_some());
    let again = stage.gate.confirm_stepper(&change, &offer.sealed, code.expose()).await;
    assert_eq!(again.err(), Some(NotEnrolled::AlreadyThere));
    assert_eq!(stage.details(What::FactorAdded), ["totp my phone"]);
}

#[tokio::test]
async fn an_offer_is_one_persons_and_ends() {
    let (stage, alice, bob) = (Stage::set().await, alice(), user(2, "bob", None, &[]));
    let offer = stage.gate.offer_stepper(&alice, "phone", "x");
    assert_eq!(stage.gate.offered_stepper(&bob, &offer.sealed, "x").err(), Some(NotEnrolled::Stale));
    let again = stage.gate.offered_stepper(&alice, &offer.sealed, "x").expect("hers");
    assert_eq!(again.uri.expose(), offer.uri.expose());
    let middle = offer.sealed.len() / 2;
    let other = if offer.sealed.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let forged = format!("{}{other}{}", &offer.sealed[..middle], &offer.sealed[middle + 1..]);
    for stale in ["", "x", &forged] {
        assert_eq!(stage.gate.offered_stepper(&alice, stale, "x").err(), Some(NotEnrolled::Stale));
    }
    stage.later(15 * 60);
    assert_eq!(stage.gate.offered_stepper(&alice, &offer.sealed, "x").err(), Some(NotEnrolled::Stale));
}

#[tokio::test]
async fn what_is_taken_away_is_gone_and_the_audit_knows_who_did_it() {
    let (stage, alice) = (Stage::set().await, alice());
    let change = by_operator(&alice);
    stage.gate.add_stepper(&change, token("1234"), None).await.expect("added");
    let twice = stage.gate.add_stepper(&change, Stepper { id: "another".to_owned(), ..token("1234") }, None).await;
    assert_eq!(twice.err(), Some(NotEnrolled::AlreadyThere), "the same seed under another name");
    let removed = stage.other.remove_stepper(&change, "1234").await.expect("removed");
    assert_eq!(removed.label, "1234");
    assert_eq!(stage.gate.remove_stepper(&change, "1234").await.err(), Some(NotEnrolled::NotThere));
    assert_eq!(stage.details(What::FactorAdded), ["token 1234: lost her phone"]);
    assert_eq!(stage.details(What::FactorRemoved), ["token 1234: lost her phone"]);
    let events = stage.auditor.events.lock().expect("lock");
    assert!(events.iter().all(|e| e.user.as_deref() == Some("alice") && e.actor.as_deref() == Some("uid 7")));
}

#[tokio::test]
async fn many_at_once_lose_nothing_and_have_an_end() {
    let (stage, alice) = (Stage::set().await, alice());
    let add = |n: usize| {
        let (gate, alice) = (if n.is_multiple_of(2) { &stage.gate } else { &stage.other }.clone(), alice.clone());
        tokio::spawn(async move { gate.add_stepper(&by_operator(&alice), token(&format!("t{n}")), None).await })
    };
    let adding: Vec<_> = (0..10).map(add).collect();
    let mut refused = 0;
    for one in adding {
        match one.await.expect("it ran") {
            Ok(_) => {}
            Err(NotEnrolled::TooMany) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((all(&stage.gate, &alice).await.steppers.len(), refused), (8, 2));
}

#[tokio::test]
async fn new_backup_codes_void_the_old_ones() {
    let (stage, alice) = (Stage::set().await, alice());
    let change = by_operator(&alice);
    let first = stage.gate.print_backup_codes(&change, 10).await.expect("printed");
    assert_eq!(first.len(), 10);
    let clear = |code: &str| code.len() == 10 && code.bytes().all(|b| b"34679ACDEFGHJKMNPQRTUVWXY".contains(&b));
    assert!(first.iter().all(|code| clear(code.expose())), "nothing that looks like anything else");
    let before = all(&stage.gate, &alice).await.backup;
    stage.gate.print_backup_codes(&change, 4).await.expect("printed");
    let after = all(&stage.gate, &alice).await.backup;
    assert_eq!((before.len(), after.len()), (10, 4));
    assert!(after.iter().all(|printed| !before.contains(printed)));
    let kept = serde_json::to_string(&before).expect("JSON");
    assert!(first.iter().all(|code| !kept.contains(code.expose().as_str())), "only their keyed hashes are kept");
    assert_eq!(stage.gate.void_backup_codes(&change).await, Ok(4));
    assert_eq!(stage.gate.void_backup_codes(&change).await, Err(NotEnrolled::NotThere));
    for count in [0, 21] {
        assert!(matches!(stage.gate.print_backup_codes(&change, count).await, Err(NotEnrolled::Malformed(_))));
    }
}

#[tokio::test]
async fn a_bypass_needs_as_many_people_as_it_says() {
    let (stage, alice) = (Stage::set().await, alice());
    let (change, second) = (by_operator(&alice), Change { user: &alice, by: SECOND });
    let hour = Duration::from_secs(3600);
    assert_eq!(stage.gate.approve_bypass(&second).await.err(), Some(NotEnrolled::NotThere));
    stage.gate.issue_bypass(&change, hour, true).await.expect("issued");
    assert!(!all(&stage.gate, &alice).await.has(Factor::Bypass, stage.gate.now()));
    assert_eq!(stage.gate.approve_bypass(&change).await.err(), Some(NotEnrolled::SamePerson));
    let owner = stage.caller();
    let herself = Change { user: &alice, by: By::Owner(&owner) };
    assert_eq!(stage.gate.approve_bypass(&herself).await.err(), Some(NotEnrolled::SamePerson));
    assert!(matches!(stage.gate.issue_bypass(&herself, hour, false).await, Err(NotEnrolled::Malformed(_))));
    let agreed = stage.gate.approve_bypass(&second).await.expect("approved");
    assert_eq!((agreed.by.as_str(), agreed.second.as_deref()), ("uid 7", Some("uid 8")));
    assert!(all(&stage.gate, &alice).await.has(Factor::Bypass, stage.gate.now()));
    assert_eq!(stage.gate.approve_bypass(&second).await.err(), Some(NotEnrolled::AlreadyThere));
    stage.later(3600);
    assert!(!all(&stage.gate, &alice).await.has(Factor::Bypass, stage.gate.now()), "it ended");
    stage.gate.issue_bypass(&change, hour, false).await.expect("issued");
    assert!(all(&stage.gate, &alice).await.has(Factor::Bypass, stage.gate.now()));
    stage.gate.revoke_bypass(&change).await.expect("revoked");
    assert_eq!(stage.gate.revoke_bypass(&change).await.err(), Some(NotEnrolled::NotThere));
    assert_eq!(
        stage.details(What::BypassIssued),
        ["for 1h, when a second person agrees: lost her phone", "for 1h: lost her phone"]
    );
}

#[tokio::test]
async fn what_cannot_be_audited_does_not_happen() {
    let (stage, alice) = (Stage::set().await, alice());
    *stage.auditor.broken.lock().expect("lock") = true;
    let change = by_operator(&alice);
    let outage = Some(NotEnrolled::Refused(Refusal::Outage));
    assert_eq!(stage.gate.add_stepper(&change, token("1"), None).await.err(), outage);
    assert_eq!(stage.gate.print_backup_codes(&change, 10).await.err(), outage);
    assert!(all(&stage.gate, &alice).await.is_empty());
}
