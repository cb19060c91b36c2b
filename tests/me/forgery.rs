//! Nobody else makes a browser change anything (D22, D23, D24): each form, from another site and without its token.

use super::rig::{House, ME, form_token, leads};
use super::support::gateway::User;
use super::support::{Ask, Wire};

const FORMS: [(&str, &[(&str, &str)]); 8] = [
    ("/.sekisho/me/language", &[("language", "de")]),
    ("/.sekisho/me/sessions", &[("session", "others")]),
    ("/.sekisho/me/browsers", &[("browser", "x")]),
    ("/.sekisho/me/remove", &[("factor", "x")]),
    ("/.sekisho/me/totp", &[("offer", "x"), ("code", "123456")]),
    ("/.sekisho/me/backup", &[]),
    ("/.sekisho/me/number", &[("number", "070-1111-2222")]),
    ("/.sekisho/me/number-drop", &[]),
];

#[test]
fn no_other_site_and_no_stale_page_changes_anything() {
    let house = House::start("number = \"proof\"");
    let bobs = form_token(&house.signed_in(Wire::Http1, &User::BOB).page(ME));
    for wire in Wire::ALL {
        let other = house.signed_in(Wire::Http1, &User::ALICE).token();
        let mut alice = house.signed_in(wire, &User::ALICE);
        let token = form_token(&alice.page(ME));
        let before = (house.shown("alice"), house.gateway.outbox.count());
        for (action, fields) in FORMS {
            let ask = |token: &str| Ask::post(action).navigating().form(&[&[("token", token)], fields].concat());
            let origin = alice.caller.origin.clone();
            for foreign in [
                ask(&token).header("Origin", "https://evil.example"),
                ask(&token).header("Origin", "null"),
                ask(&token).header("Sec-Fetch-Site", "cross-site"),
                ask(&token).header("Origin", &origin).header("Sec-Fetch-Site", "same-site"),
                ask(&token).header("Referer", "https://evil.example/me"),
                ask(&token),
            ] {
                assert_eq!(alice.caller.send(foreign).status, 403, "{action}");
            }
            for bad in ["", "x", &bobs] {
                let stale = alice.caller.send(ask(bad).header("Origin", &origin));
                let place = leads(&stale);
                assert!(place.ends_with("e=stale"), "{action}: {place}");
            }
            let json = Ask::post(action).header("Origin", &origin).json(&serde_json::json!({ "token": token }));
            assert!(matches!(alice.caller.send(json).status, 400 | 415), "{action}: no JSON");
            for method in ["PUT", "DELETE", "PATCH"] {
                let ask = Ask::new(method, action).navigating().header("Origin", &origin);
                assert_eq!(alice.caller.send(ask).status, 405, "{method} {action}");
            }
            let seen = alice.get(action);
            assert!(matches!(seen.status, 200 | 303 | 405), "a GET of {action} is {}", seen.status);
        }
        assert_eq!((house.shown("alice"), house.gateway.outbox.count()), before, "nothing changed, nothing sent");
        assert_eq!(house.statuses(&other), [200; 3], "{wire:?}: no session has ended");
    }
    let audit = house.gateway.audit();
    assert!(audit.contains("malicious_csrf"), "{audit}");
}

#[test]
fn places_that_are_not_there_are_not_there() {
    let house = House::start("");
    let mut alice = house.signed_in(Wire::Http1, &User::ALICE);
    for path in ["/.sekisho/me/", "/.sekisho/me/x", "/.sekisho/me/totp/x", "/.sekisho/me/totp.svg", "/.sekisho/ME"] {
        assert_eq!(alice.get(path).status, 404, "{path}");
    }
    let twice = alice.get("/.sekisho/me?m=added&m=removed");
    assert_eq!(twice.status, 400);
    assert!(!alice.page("/.sekisho/me?m=%3Cscript%3Ealert(1)%3C/script%3E").contains("<script>alert"));
}
