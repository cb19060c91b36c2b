//! One person's phone never approves another's login: a form that names two people, to whichever reader, goes nowhere.

use crate::clerk::{Clerk, RIGHT};
use crate::support::{Ask, Wire};
use crate::{location, plan};

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn a_form_that_names_two_people_to_anybody_goes_nowhere() {
    let clerk = Clerk::start();
    let gateway = plan(&clerk).start();
    let multipart = |second: &str| {
        let part =
            |header: &str, value: &str| format!("--B\r\nContent-Disposition: form-data; {header}\r\n\r\n{value}\r\n");
        let all =
            part("name=\"username\"", "bob") + &part(second, "alice") + &part("name=\"password\"", RIGHT) + "--B--\r\n";
        ("multipart/form-data; boundary=B", "/app/login", all)
    };
    let form = |query: &'static str, body: &str| (FORM, query, format!("{body}&password={RIGHT}"));
    let cases = [
        form("/app/login", "username=bob&username=alice"),
        form("/app/login?username=alice", "username=bob"),
        form("/app/login?USERNAME=alice", "username=bob"),
        form("/app/login", "username=bob&Username=alice"),
        form("/app/login", "username=bob&user%6eame=alice"),
        form("/app/login", "username=bob&username[]=alice"),
        form("/app/login", "username=bob;username=alice"),
        form("/app/login", "x=1;username=alice"),
        form("/app/login", "username=bob&%u0075sername=alice"),
        form("/app/login", "username=bob&username%00=alice"),
        form("/app/login", "username=al%FFice"),
        form("/app/login", "username=al%00ice"),
        multipart("name=\"username\""),
        multipart("name=username"),
        multipart("name*=UTF-8''username"),
        multipart("name=\"USERNAME\""),
        ("application/json", "/api/login", format!(r#"{{"user":{{"name":"bob","name":"alice","p":"{RIGHT}"}}}}"#)),
        ("application/json", "/api/login", format!(r#"{{"user":{{"name":"bob","Name":"alice","p":"{RIGHT}"}}}}"#)),
        (
            "application/json",
            "/api/login",
            format!(r#"{{"user":{{"name":"bob"}},"USER":{{"name":"alice"}},"p":"{RIGHT}"}}"#),
        ),
    ];
    for wire in Wire::ALL {
        for (kind, path, body) in &cases {
            let answer = gateway.caller(wire).send(Ask::post(path).body(kind, body.clone().into_bytes()));
            assert_eq!(answer.status, 400, "{wire:?} {path} {body}");
        }
    }
    assert_eq!(clerk.got("POST ").len(), 0, "nothing reached the application");
    assert_eq!(gateway.outbox.count(), 0);
}

#[test]
fn a_name_in_another_encoding_is_the_name_that_both_read() {
    let clerk = Clerk::start();
    let gateway = plan(&clerk).start();
    let body = format!("username=%61LICE&password={RIGHT}");
    let answer = gateway.caller(Wire::Http1).send(Ask::post("/app/login").navigating().body(FORM, body.into_bytes()));
    assert!(location(&answer.expect(303)).starts_with("/.sekisho/challenge/"));
    assert_eq!(gateway.outbox.next().to, crate::support::User::ALICE.e164());
    // In the address alone, and by a method that has no body: a login all the same.
    let ask = Ask::get(&format!("/app/login?username=bob&password={RIGHT}")).navigating();
    gateway.caller(Wire::Http1).send(ask).expect(200);
    assert_eq!(gateway.outbox.count(), 1, "this application takes none there");
}
