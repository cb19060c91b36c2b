//! Another number: only behind a fresh code, proven, told to the old one, and the end of every other session (D34).

use std::time::Duration;

use super::rig::{House, ME, leads};
use super::sessions::wait_a_second;
use super::support::Wire;
use super::support::gateway::User;
use super::support::outbox::wrong;

const NUMBER: &str = "/.sekisho/me/number";
const PROOF: &str = "/.sekisho/me/number-proof";
const CONFIRM: &str = "/.sekisho/challenge?return_to=%2F.sekisho%2Fme%2Fnumber&scope=records&fresh=1";

#[test]
fn a_session_of_two_hours_ago_changes_no_number() {
    let mut house = House::planned("number = \"proof\"", |plan| plan.with_movable_clock()).with_twin();
    let (wire, user) = (Wire::Http2, &User::ALICE);
    let (caller, other) = {
        let alice = house.signed_in(wire, user);
        (alice.caller, house.signed_in(Wire::Http1, user).token())
    };
    house.gateway.advance(Duration::from_secs(2 * 3600));
    let mut alice = super::rig::Person { caller, gateway: &house.gateway };
    assert_eq!(house.statuses(&alice.token())[..3], [200; 3], "it is open all the same");
    // The page, and the form behind its back.
    assert_eq!(leads(&alice.get(NUMBER)), CONFIRM);
    let token = super::rig::form_token(&alice.page(ME));
    assert_eq!(leads(&alice.post(NUMBER, &token, &[("number", "070-1111-2222")])), CONFIRM);
    assert_eq!(leads(&alice.post(PROOF, &token, &[("code", "123456")])), CONFIRM);
    let asked = alice.page(CONFIRM);
    assert!(asked.contains("Confirm that it is you"), "however open the scope is:\n{asked}");
    let sent = house.gateway.outbox.count();
    assert_eq!(sent, 2, "nothing but the two codes of before");

    let copied = alice.token();
    alice.confirm();
    let before = house.gateway.outbox.count();
    assert_eq!(leads(&alice.press(NUMBER, NUMBER, &[("number", "070-1111-2222")])), NUMBER);
    let code = house.gateway.outbox.next();
    assert_eq!((code.to.as_str(), house.gateway.outbox.count()), ("+817011112222", before + 1), "to the new one alone");
    let page = alice.page(NUMBER);
    assert!(page.contains("********22") && !page.contains("1111"), "{page}");
    // A wrong code costs a try; what is no code costs none.
    assert_eq!(leads(&alice.press(NUMBER, PROOF, &[("code", &wrong(&code.code))])), format!("{NUMBER}?e=wrong"));
    assert_eq!(leads(&alice.press(NUMBER, PROOF, &[("code", "no")])), format!("{NUMBER}?e=not-a-code"));
    assert!(house.shown("alice").contains("********78"), "not yet");
    assert_eq!(leads(&alice.press(NUMBER, PROOF, &[("code", &code.code)])), "/.sekisho/me?m=number-changed");

    let told = house.gateway.outbox.next();
    assert_eq!(told.to, "+819012345678", "the old number");
    assert!(!told.text.chars().any(|c| c.is_ascii_digit()), "no code: {}", told.text);
    assert!(told.text.contains("電話番号が変更されました"), "{}", told.text);
    assert!(house.shown("alice").contains("********22"), "{}", house.shown("alice"));
    house.ends("a session of hers elsewhere (D34, E10)", &other);
    house.ends("a copy of the pass from before", &copied);
    assert_eq!(house.statuses(&alice.token())[..3], [200; 3]);
    let page = alice.page("/.sekisho/me?m=number-changed");
    assert!(page.contains("********22") && page.contains("Your phone number is changed."), "{page}");
    // The code counts once, and codes go to the new number from now on.
    assert_eq!(
        leads(&alice.post(PROOF, &super::rig::form_token(&page), &[("code", &code.code)])),
        "/.sekisho/me?m=missing"
    );
    alice.confirm();
    assert_eq!(house.gateway.outbox.all().pop().expect("a message").to, "+817011112222");
    let audit = house.gateway.audit();
    for event in ["number_asked", "user_updated", "owner_told", "authn_token_revoked"] {
        assert!(audit.lines().any(|line| line.contains(event) && line.contains("alice")), "{event}\n{audit}");
    }
    assert!(!audit.contains("7011112222") && !audit.contains(&code.code), "no number and no code in the audit");
}

#[test]
fn what_is_no_number_of_theirs_is_refused_and_says_why() {
    let house = House::start("number = \"proof\"\nunique_number = true");
    for wire in Wire::ALL {
        let mut alice = house.signed_in(wire, &User::ALICE);
        let sent = house.gateway.outbox.count();
        for (typed, why) in [
            ("call me", "not-a-number"),
            ("", "not-a-number"),
            ("03-1234-5678", "barred"),
            ("+1 212 555 0123", "barred"),
            ("０９０－１２３４－５６７８", "same"),
        ] {
            let place = leads(&alice.press(NUMBER, NUMBER, &[("number", typed)]));
            assert_eq!(place, format!("{NUMBER}?m={why}"), "{typed}");
            let page = alice.page(&place);
            assert!(page.contains("aria-invalid=\"true\"") && page.contains("Error:"), "{typed}: {page}");
        }
        assert_eq!(house.gateway.outbox.count(), sent, "nothing is sent there");
    }
    // That somebody else has it is told to nobody but who holds it.
    let mut alice = house.signed_in(Wire::Http2, &User::ALICE);
    assert_eq!(leads(&alice.press(NUMBER, NUMBER, &[("number", User::BOB.phone)])), NUMBER);
    let code = house.gateway.outbox.next();
    assert_eq!(code.to, User::BOB.e164());
    assert_eq!(leads(&alice.press(NUMBER, PROOF, &[("code", &code.code)])), format!("{NUMBER}?m=taken"));
    assert!(house.shown("alice").contains("********78"));
    // Five wrong codes, and this one is worth nothing any more.
    leads(&alice.press(NUMBER, NUMBER, &[("number", "070-1111-2222")]));
    let code = house.gateway.outbox.next();
    for _ in 0..5 {
        leads(&alice.press(NUMBER, PROOF, &[("code", &wrong(&code.code))]));
    }
    let token = super::rig::form_token(&alice.page(ME));
    assert_eq!(leads(&alice.post(PROOF, &token, &[("code", &code.code)])), "/.sekisho/me?m=missing");
}

#[test]
fn with_approval_a_number_waits_for_an_operator() {
    let house = House::start("number = \"proof+approval\"").with_twin();
    let mut alice = house.signed_in(Wire::Http1, &User::ALICE);
    let ask = |alice: &mut super::rig::Person<'_>| {
        leads(&alice.press(NUMBER, NUMBER, &[("number", "070-1111-2222")]));
        let code = house.gateway.outbox.next();
        assert_eq!(leads(&alice.press(NUMBER, PROOF, &[("code", &code.code)])), "/.sekisho/me?m=number-waits");
        let told = house.gateway.outbox.next();
        assert_eq!(told.to, User::ALICE.e164(), "the old number hears of it before anybody agrees");
        assert!(alice.page(ME).contains("********22"));
    };
    ask(&mut alice);
    assert!(house.shown("alice").contains("********78"), "not before somebody agreed");
    assert!(house.must(&["user", "approve", "alice", "--refuse"]).contains("is refused"));
    assert!(!alice.page(ME).contains("********22"));
    ask(&mut alice);
    let token = alice.token();
    assert!(house.must(&["user", "approve", "alice"]).contains("********22"));
    assert!(house.shown("alice").contains("********22"));
    house.ends("her passes, with the old number", &token);
    let audit = house.gateway.audit();
    assert!(audit.lines().any(|line| line.contains("user_updated") && line.contains("\"actor\":\"uid ")), "{audit}");
    let config = house.gateway.config.display().to_string();
    let none = super::support::gateway::sekisho(&["user", "approve", "bob", "--config", &config], "");
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).contains("has asked for no other number"));
}

#[test]
fn where_it_is_off_nobody_changes_a_number() {
    let house = House::start("");
    let mut alice = house.signed_in(Wire::Http2, &User::ALICE);
    let page = alice.page(ME);
    assert!(page.contains("Only your help desk can change the phone number."), "{page}");
    assert_eq!(leads(&alice.get(NUMBER)), "/.sekisho/me?m=not-allowed");
    let token = super::rig::form_token(&page);
    assert_eq!(leads(&alice.post(NUMBER, &token, &[("number", "070-1111-2222")])), "/.sekisho/me?m=not-allowed");
    assert_eq!(house.gateway.outbox.count(), 1);
}

#[test]
fn an_operators_pass_is_no_word_of_the_person() {
    let house = House::start("number = \"proof\"");
    let token =
        house.must(&["pass", "issue", "--user", "alice", "--scope", "records", "--for", "10m", "--reason", "x"]);
    let mut caller = house.gateway.caller(Wire::Http2);
    caller.put_cookie("__Host-sekisho", token.trim());
    let mut desk = super::rig::Person { caller, gateway: &house.gateway };
    assert!(desk.page(ME).contains("alice"));
    assert_eq!(leads(&desk.get(NUMBER)), CONFIRM);
    assert!(leads(&desk.get("/.sekisho/me/totp")).contains("fresh=1"));
}

#[test]
fn two_right_codes_at_once_change_it_once() {
    let house = House::start("number = \"proof\"");
    let mut alice = house.signed_in(Wire::Http1, &User::ALICE);
    wait_a_second();
    leads(&alice.press(NUMBER, NUMBER, &[("number", "070-1111-2222")]));
    let code = house.gateway.outbox.next().code;
    let token = super::rig::form_token(&alice.page(NUMBER));
    let places: Vec<String> = std::thread::scope(|scope| {
        let post = |_| {
            let (caller, gateway) = (alice.caller.clone(), &house.gateway);
            let (code, token) = (&code, &token);
            scope.spawn(move || {
                let mut again = super::rig::Person { caller, gateway };
                leads(&again.post(PROOF, token, &[("code", code)]))
            })
        };
        let all: Vec<_> = (0..8).map(post).collect();
        all.into_iter().map(|one| one.join().expect("no panic")).collect()
    });
    assert_eq!(places.iter().filter(|place| place.ends_with("m=number-changed")).count(), 1, "{places:?}");
    let changed = |line: &&str| line.contains("user_updated") && line.contains("by the user themselves");
    assert_eq!(house.gateway.audit().lines().filter(changed).count(), 1);
}
