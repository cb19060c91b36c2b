//! `Authorization: Basic`.

use super::support::{Ask, Upstream, User, Wire};
use super::{SIGN_IN, gateway, goes_through, nameless, refused};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

#[test]
fn a_name_and_a_password_are_judged_as_if_typed_and_stay_the_applications() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "kind = \"basic\"");
    for (wire, user) in Wire::ALL.into_iter().zip([User::ALICE, User::BOB, User::ALICE]) {
        let mut caller = gateway.caller(wire);
        let good = basic(user.name, user.password);
        goes_through(&gateway, &upstream, &mut caller, nameless().header("Authorization", &good), &user);
        caller.send(Ask::get("/patients").header("Authorization", "Basic bXk6b3du")).expect(200);
        assert!(upstream.last().contains("Basic bXk6b3du"), "what is for the application reaches it as it was");
        let wrong = nameless().header("Authorization", &basic(user.name, "guessed"));
        refused(&gateway, gateway.caller(wire).send(wrong), "wrong-credentials");
        let twice = nameless().header("Authorization", &good).header("Authorization", &basic("bob", "x"));
        refused(&gateway, gateway.caller(wire).send(twice), "wrong-credentials");
        refused(
            &gateway,
            gateway.caller(wire).send(nameless().header("Authorization", "Basic ===")),
            "wrong-credentials",
        );
    }
}

#[test]
fn a_browser_is_asked_the_way_http_does_it() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "kind = \"basic\"");
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let asked = caller.send(Ask::get(SIGN_IN).navigating()).expect(401);
        assert!(asked.header("www-authenticate").is_some_and(|value| value.starts_with("Basic ")));
        let shown = Ask::get(SIGN_IN).navigating().header("Authorization", &basic("alice", "guessed"));
        let page = caller.send(shown).expect(200).text();
        assert!(page.contains("<bdi>alice</bdi>"), "what the caller says is only repeated: {page}");
    }
    assert_eq!(gateway.outbox.count(), 0);
}

#[test]
fn guesses_are_counted_as_on_the_page() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "kind = \"basic\"");
    let mut caller = gateway.caller(Wire::Http1);
    let statuses: Vec<u16> = (0..12)
        .map(|n| caller.send(nameless().header("Authorization", &basic("alice", &format!("guess {n}")))).status)
        .collect();
    assert!(statuses[..10].iter().all(|status| *status == 403), "{statuses:?}");
    assert_eq!(statuses[11], 429, "{statuses:?}");
}
