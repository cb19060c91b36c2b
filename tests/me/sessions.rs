//! What people see of themselves, and the sessions and browsers that they end.

use std::time::Duration;

use super::rig::{House, ME, field, leads};
use super::support::gateway::User;
use super::support::{Ask, Wire};

#[test]
fn people_see_what_is_theirs_and_strangers_are_led_to_sign_in() {
    let house = House::start("");
    for wire in Wire::ALL {
        let stranger = house.gateway.caller(wire).send(Ask::get(ME).navigating());
        assert_eq!(leads(&stranger), "/.sekisho/challenge?return_to=%2F.sekisho%2Fme&scope=records");
        let mut alice = house.signed_in(wire, &User::ALICE);
        let answer = alice.get(ME).expect(200);
        let page = answer.text();
        for there in ["alice", "有栖川 花子", "********78", "records", "This browser", "127.0.0.1"] {
            assert!(page.contains(there), "no {there}:\n{page}");
        }
        for hidden in ["5678", "+8190", "bob"] {
            assert!(!page.contains(hidden), "{hidden}:\n{page}");
        }
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("frame-ancestors 'self'") && policy.contains("form-action 'self'"), "D24: {policy}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let mut gone = house.signed_in(Wire::Http1, &User::BOB);
    house.must(&["user", "set", "bob", "--disable"]);
    assert!(leads(&gone.get(ME)).starts_with("/.sekisho/challenge?"), "a disabled account has no page");
}

#[test]
fn one_session_ends_or_all_others_do_on_every_node() {
    let house = House::start("").with_twin();
    let mut alice = house.signed_in(Wire::Http2, &User::ALICE);
    let other = house.signed_in(Wire::Http1, &User::ALICE).token();
    let third = house.signed_in(Wire::Http1Tls, &User::ALICE).token();
    let bob = house.signed_in(Wire::Http1, &User::BOB);
    let sessions = "/.sekisho/me/sessions";
    let page = alice.page(ME);
    assert_eq!(page.matches("Another browser or device").count(), 4, "two sessions and two browsers:\n{page}");
    let one = field(&page, "session");
    assert_eq!(leads(&alice.press(ME, sessions, &[("session", &one)])), "/.sekisho/me?m=ended");
    let ended = [&other, &third].into_iter().filter(|token| {
        let is_over = || house.statuses(token).iter().all(|status| *status == 401);
        super::support::wait::within(Duration::from_secs(3), || is_over().then_some(())).is_some()
    });
    assert_eq!(ended.count(), 1, "that one and no other");
    assert_eq!(leads(&alice.press(ME, sessions, &[("session", &one)])), "/.sekisho/me?m=ended", "a second click");
    assert_eq!(leads(&alice.press(ME, sessions, &[("session", "others")])), "/.sekisho/me?m=others-ended");
    house.ends("every other session (E10)", &other);
    house.ends("every other session (E10)", &third);
    assert_eq!(house.statuses(&alice.token()), [200; 6], "not the one at hand");
    assert_eq!(house.statuses(&bob.token()), [200; 6], "nobody else’s");
    let page = alice.page(ME);
    assert!(!page.contains("Another browser or device"), "no browser is known any more but hers:\n{page}");
    // Somebody else's session is nobody's of hers.
    let bobs = house.must(&["pass", "list", "--user", "bob", "--format", "json"]);
    let bobs: serde_json::Value = serde_json::from_str(&bobs).expect("JSON");
    let id = bobs[0]["session"].as_str().expect("a session").to_owned();
    alice.press(ME, sessions, &[("session", &id)]);
    assert_eq!(house.statuses(&bob.token()), [200; 6]);
    let told = house.gateway.audit().lines().filter(|line| line.contains("by its owner")).count();
    assert_eq!(told, 2, "one session, then all others");
}

#[test]
fn a_copy_of_the_pass_from_before_ends_with_the_others() {
    let house = House::start("").with_twin();
    let mut alice = house.signed_in(Wire::Http1, &User::ALICE);
    let copied = alice.token();
    assert_eq!(house.statuses(&copied), [200; 6]);
    wait_a_second();
    alice.confirm();
    assert_ne!(alice.token(), copied, "D25: a new pass at each success");
    leads(&alice.press(ME, "/.sekisho/me/sessions", &[("session", "others")]));
    house.ends("the pass of before (D25)", &copied);
    assert_eq!(house.statuses(&alice.token()), [200; 6]);
}

/// Passes tell the second in which they were made: waits until a later one has begun.
pub fn wait_a_second() {
    let since = now();
    super::support::wait::until("the next second", || (now() > since).then_some(()));
}

#[expect(clippy::disallowed_methods, reason = "passes are told apart by the second in which they were made")]
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}

#[test]
fn a_language_is_kept_by_the_browser_and_by_the_directory() {
    let house = House::start("");
    let mut bob = house.signed_in(Wire::Http2, &User::BOB);
    let answer = bob.press(ME, "/.sekisho/me/language", &[("language", "de")]);
    assert_eq!(leads(&answer), "/.sekisho/me?m=language");
    let page = bob.page(&leads(&answer));
    assert!(page.contains("<html lang=\"de\"") && page.contains("Die Sprache ist geändert."), "{page}");
    assert!(house.shown("bob").contains("de"), "{}", house.shown("bob"));
    bob.confirm();
    let message = house.gateway.outbox.all().pop().expect("a message");
    assert!(message.text.contains("Ihr Code") || message.text.contains("Code für"), "{}", message.text);
    let odd = bob.press(ME, "/.sekisho/me/language", &[("language", "tlh")]);
    assert_eq!(leads(&odd), "/.sekisho/me?m=missing");
    // The application never sees the cookie, and cannot set it.
    assert!(bob.caller.cookie("__Host-sekisho-language").is_some());
}
