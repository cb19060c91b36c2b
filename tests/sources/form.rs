//! The page where a name is typed: nobody's phone approves the login of somebody else.

use super::support::{Ask, Plan, Upstream, User, Wire};

#[test]
fn a_name_that_is_there_twice_or_in_two_spellings_sends_nothing() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).start();
    let kind = "application/x-www-form-urlencoded";
    let fields = |names: &str| format!("return_to=%2F&scope=records&password=x&{names}").into_bytes();
    for wire in Wire::ALL {
        let origin = gateway.origin.clone();
        let send = |path: &str, kind: &str, body: Vec<u8>| {
            gateway.caller(wire).send(Ask::post(path).header("Origin", &origin).body(kind, body)).status
        };
        let page = "/.sekisho/challenge";
        for names in [
            "username=alice&username=bob",
            "username=alice&%75sername=bob",
            "username=alice&user%6eame=alice",
            "username=%ffalice",
            "username=%8b%eb",
            "username=alice%",
        ] {
            assert_eq!(send(page, kind, fields(names)), 400, "{names} over {wire:?}");
        }
        assert_eq!(send("/.sekisho/challenge?username=bob", kind, fields("username=alice")), 400, "{wire:?}");
        assert_eq!(send("/.sekisho/challenge?%75sername=bob", kind, fields("username=alice")), 400, "{wire:?}");
        for charset in ["shift_jis", "utf-16", "iso-2022-jp"] {
            let kind = format!("{kind}; charset={charset}");
            assert_eq!(send(page, &kind, fields("username=alice")), 415, "{charset} over {wire:?}");
        }
        assert_eq!(send(page, "multipart/form-data; boundary=x", b"--x--".to_vec()), 415, "{wire:?}");
        let json = "application/json";
        for body in [
            r#"{"return_to":"/","scope":"records","username":"alice","username":"bob"}"#,
            r#"{"return_to":"/","scope":"records","username":"alice","user\u006eame":"bob"}"#,
            r#"{"return_to":"/","scope":"records","username":["alice","bob"]}"#,
        ] {
            assert_eq!(send("/.sekisho/challenges", json, body.into()), 400, "{body} over {wire:?}");
        }
        let body = r#"{"return_to":"/","scope":"records","username":"alice","password":"correct horse battery"}"#;
        assert_eq!(send("/.sekisho/challenges?username=bob", json, body.into()), 400, "{wire:?}");
    }
    assert_eq!(gateway.outbox.count(), 0);
    gateway.caller(Wire::Http2).begin(&User::ALICE, "/").expect(201);
    assert_eq!(gateway.outbox.next().to, User::ALICE.e164(), "the same body alone is good");
}
