//! The application is asked whose cookies these are.

use serde_json::json;

use super::issuer::{Says, Server};
use super::support::{Ask, Upstream, User, Wire};
use super::{SIGN_IN, gateway, goes_through, nameless, refused};

fn source(url: &str) -> String {
    format!("kind = \"whoami\"\nurl = \"{url}/me\"\ncookies = [\"sessionid\"]\njson = \"/user/name\"\ntimeout = \"1s\"")
}

#[test]
fn whom_the_application_knows_gets_a_code_after_one_question() {
    let application = Server::json(&json!({"user": {"name": "alice"}}));
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &source(&application.url));
    for (at, wire) in Wire::ALL.into_iter().enumerate() {
        let mut caller = gateway.caller(wire);
        caller.put_cookie("sessionid", &format!("secret{at}"));
        caller.put_cookie("other", "private");
        let page = caller.send(Ask::get(SIGN_IN).navigating()).expect(200).text();
        assert!(page.contains("<bdi>alice</bdi>"), "{page}");
        goes_through(&gateway, &upstream, &mut caller, nameless(), &User::ALICE);
        assert_eq!(application.asked(), at + 1, "one question for a sign-in");
        let seen = application.seen().to_ascii_lowercase();
        assert!(seen.starts_with("get /me ") && seen.contains(&format!("cookie: sessionid=secret{at}\r\n")), "{seen}");
        assert!(!seen.contains("private") && !seen.contains("sekisho-"), "{seen}");
    }
}

#[test]
fn who_is_signed_in_nowhere_is_nobody() {
    let application = Server::json(&json!({"user": null}));
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &source(&application.url));
    refused(&gateway, gateway.caller(Wire::Http2).send(nameless()), "who-are-you");
    assert_eq!(application.asked(), 0, "without the cookie there is nothing to ask");
    let nobody = [
        Says::This(200, String::new(), "{\"user\": null}".to_owned()),
        Says::This(200, String::new(), "{\"user\": {\"name\": [\"alice\"]}}".to_owned()),
        Says::This(401, String::new(), "{\"user\": {\"name\": \"alice\"}}".to_owned()),
        Says::This(403, String::new(), String::new()),
        Says::This(302, "Location: /login\r\n".to_owned(), "{\"user\": {\"name\": \"alice\"}}".to_owned()),
    ];
    for (at, says) in nobody.into_iter().enumerate() {
        application.now(says.clone());
        let mut caller = gateway.caller(Wire::ALL[at % 3]);
        caller.put_cookie("sessionid", &format!("nobody{at}"));
        assert_eq!(caller.send(nameless()).expect(403).json()["type"], "urn:sekisho:who-are-you", "{says:?}");
    }
    application.now(Says::This(200, String::new(), "{\"user\": {\"name\": \"mallory\"}}".to_owned()));
    let mut caller = gateway.caller(Wire::Http2);
    caller.put_cookie("sessionid", "stranger");
    refused(&gateway, caller.send(nameless()), "wrong-credentials");
}

#[test]
fn an_application_that_is_down_slow_or_lying_closes_the_scope() {
    let application = Server::saying(Says::Nothing);
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &source(&application.url));
    let broken = [
        Says::Nothing,
        Says::This(500, String::new(), String::new()),
        Says::This(200, String::new(), "<html>alice</html>".to_owned()),
        Says::This(200, String::new(), " ".repeat(100_000)),
    ];
    for (at, says) in broken.into_iter().enumerate() {
        application.now(says.clone());
        let mut caller = gateway.caller(Wire::ALL[at % 3]);
        caller.put_cookie("sessionid", &format!("{at}"));
        let page = caller.send(Ask::get(SIGN_IN).navigating());
        assert_eq!((page.status, caller.send(nameless()).status), (503, 503), "{says:?}");
    }
    assert_eq!(gateway.outbox.count(), 0);
}

#[test]
fn the_name_can_stand_in_a_header() {
    let application = Server::saying(Says::This(200, "X-User: bob\r\n".to_owned(), String::new()));
    let upstream = Upstream::start();
    let source = source(&application.url).replace("json = \"/user/name\"", "header = \"X-User\"");
    let gateway = gateway(&upstream, &source);
    let mut caller = gateway.caller(Wire::Http2);
    caller.put_cookie("sessionid", "a");
    goes_through(&gateway, &upstream, &mut caller, nameless(), &User::BOB);
    application.now(Says::This(200, "X-User: bob\r\nX-User: alice\r\n".to_owned(), String::new()));
    let mut caller = gateway.caller(Wire::Http2);
    caller.put_cookie("sessionid", "b");
    caller.send(nameless()).expect(503);
}
