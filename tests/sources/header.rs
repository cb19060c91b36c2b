//! A header that a proxy in front sets.

use super::support::{Ask, Upstream, User, Wire};
use super::{SIGN_IN, gateway, goes_through, nameless, plan, refused};

const FROM_HERE: &str = "kind = \"header\"\nheader = \"X-Portal-User\"\nfrom = [\"127.0.0.1\"]";

#[test]
fn whom_the_proxy_names_gets_a_code_and_the_application_never_sees_the_header() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, FROM_HERE);
    for (wire, user) in Wire::ALL.into_iter().zip([User::ALICE, User::BOB, User::ALICE]) {
        let mut caller = gateway.caller(wire);
        goes_through(&gateway, &upstream, &mut caller, nameless().header("X-Portal-User", user.name), &user);
        for spelling in ["X-Portal-User", "x_portal_user", "X.Portal.User"] {
            caller.send(Ask::get("/patients").header(spelling, "mallory")).expect(200);
            let seen = upstream.last().to_ascii_lowercase();
            assert!(!seen.contains("mallory") && !seen.contains("portal"), "{spelling}: {seen}");
        }
    }
}

#[test]
fn the_page_greets_by_name_and_sends_nothing() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, FROM_HERE);
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let page = caller.send(Ask::get(SIGN_IN).navigating().header("X-Portal-User", "alice")).expect(200).text();
        assert!(page.contains("<bdi>alice</bdi>") && !page.contains("name=\"username\""), "{page}");
        assert!(page.contains("type=\"submit\""), "{page}");
        let page = caller.send(Ask::get(SIGN_IN).navigating()).expect(200).text();
        assert!(page.contains("You were not recognised") && !page.contains("type=\"submit\""), "{page}");
    }
    assert_eq!(gateway.outbox.count(), 0);
}

#[test]
fn a_header_from_elsewhere_is_nothing_and_one_that_has_two_readings_is_a_no() {
    let upstream = Upstream::start();
    let stranger = gateway(&upstream, "kind = \"header\"\nheader = \"X-Portal-User\"\nfrom = [\"10.9.8.7\"]");
    let named = gateway(&upstream, FROM_HERE);
    for wire in Wire::ALL {
        let forged = stranger.caller(wire).send(nameless().header("X-Portal-User", "alice"));
        refused(&stranger, forged, "who-are-you");
        let mut caller = named.caller(wire);
        let twice = nameless().header("X-Portal-User", "alice").header("x-portal-user", "bob");
        let wrong = refused(&named, caller.send(twice), "wrong-credentials");
        let unknown = refused(&named, caller.send(nameless().header("X-Portal-User", "nobody")), "wrong-credentials");
        assert_eq!(wrong["detail"], unknown["detail"]);
        // A spelling that CGI would take for it is another header.
        refused(&named, caller.send(nameless().header("X_Portal_User", "alice")), "who-are-you");
        refused(&named, caller.send(nameless()), "who-are-you");
    }
    let audit = named.audit();
    assert!(audit.contains("portal: the header is there twice"), "{audit}");
    assert!(audit.contains("introduced by portal, with no access"), "{audit}");
}

#[test]
fn a_name_can_be_typed_where_the_scope_has_the_form_too() {
    let upstream = Upstream::start();
    let gateway = plan(&upstream, "[\"portal\", \"form\"]", FROM_HERE).start();
    let mut caller = gateway.caller(Wire::Http2);
    let page = caller.send(Ask::get(SIGN_IN).navigating()).expect(200).text();
    assert!(page.contains("name=\"username\""), "{page}");
    caller.begin(&User::BOB, "/patients").expect(201);
    assert_eq!(gateway.outbox.next().to, User::BOB.e164());
    let alone = super::gateway(&upstream, FROM_HERE);
    refused(&alone, alone.caller(Wire::Http2).begin(&User::BOB, "/patients"), "who-are-you");
}
