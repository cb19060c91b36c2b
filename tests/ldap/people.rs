//! Who people are there: their names, numbers, groups, and whether they may come in.

use crate::slapd::Slapd;
use crate::support::{Answer, Ask, Plan, Upstream, User, Wire, wait};
use crate::{begin, command, page, plan, sign_in};

#[test]
fn people_come_in_by_any_name_of_theirs_and_are_one_person() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let gateway = plan(&upstream, &slapd.table("hospital", &[slapd.url()], "")).start();
    let mut all = Vec::new();
    for (wire, login, password, number) in [
        (Wire::Http1, "hanako", "hanako no himitsu", "+819012345678"),
        (Wire::Http1Tls, " ＨＡＮＡＫＯ ", "hanako no himitsu", "+819012345678"),
        (Wire::Http2, "Hanako@Example.jp", "hanako no himitsu", "+819012345678"),
        (Wire::Http2, "taro.suzuki@example.jp", "taro no himitsu", "+818087654321"),
        (Wire::Http1, "stays", "stays himitsu", "+819012345603"),
    ] {
        let mut caller = gateway.caller(wire);
        assert_eq!(sign_in(&mut caller, &gateway, login, password), number, "{login}");
        assert_eq!(page(&mut caller), 200);
        all.push(upstream.last().to_ascii_lowercase());
    }
    // Operators' commands know them too.
    let (good, said) = command(&gateway, &["pass", "list", "--user", "Hanako@example.jp"]);
    assert!(good && said.starts_with("hanako  session "), "{said}");
    let (good, said) = command(&gateway, &["user", "unlock", "hanako", "--reason", "she is who she says"]);
    assert!(good && said.contains("hanako had no failures"), "{said}");
    for seen in &all[..3] {
        assert!(seen.contains("remote-user: hanako\r\n"), "what they are called, not what they typed: {seen}");
        assert!(seen.contains("remote-groups: doctors\r\n"), "through two groups within groups: {seen}");
        assert!(seen.contains("remote-email: hanako@example.jp\r\n"), "{seen}");
    }
    assert!(all[3].contains("remote-user: taro\r\n") && all[3].contains("remote-groups: doctors\r\n"), "{}", all[3]);
}

#[test]
fn the_best_number_is_taken_in_any_spelling() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let gateway = plan(&upstream, &slapd.table("hospital", &[slapd.url()], "")).start();
    let show = |login: &str| command(&gateway, &["user", "show", login]);
    let (good, said) = show("hanako@example.jp");
    assert!(good, "{said}");
    for line in [
        "user      hanako",
        "directory hospital",
        "name      有栖川 花子",
        "phone     ********78",
        "groups    doctors, ward3 (east), wards",
        "locale    ja",
        "state     enabled",
    ] {
        assert!(said.lines().any(|shown| shown == line), "`{line}` is not in\n{said}");
    }
    assert!(!said.contains("1234"), "numbers are masked\n{said}");
    // Full-width digits where the first attribute is not there; a landline is left for a mobile number.
    assert!(show("taro").1.contains("phone     ********21"), "{}", show("taro").1);
    // A number that lost its zero is none; what is left is a landline, which trace explains.
    let (_, said) = show("shiro");
    assert!(said.contains("phone     ********78"), "{said}");
    let mut caller = gateway.caller(Wire::Http1);
    begin(&mut caller, "shiro", "shiro no himitsu").expect(201);
    begin(&mut gateway.caller(Wire::Http1), "goro", "goro no himitsu").expect(201);
    for (login, reason) in [("shiro", "its kind of number is not allowed"), ("goro", "no number")] {
        let (_, said) = command(&gateway, &["trace", login]);
        assert!(said.contains("NONE IS SENT") && said.contains(reason), "{said}");
    }
    assert_eq!(gateway.outbox.count(), 0);
    let (good, said) = show("nobody-at-all");
    assert!(!good && said.contains("user nobody-at-all"), "{said}");
}

#[test]
fn whoever_may_not_come_in_meets_what_an_unknown_name_meets() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let gateway = plan(&upstream, &slapd.table("hospital", &[slapd.url()], "")).start();
    let mut caller = gateway.caller(Wire::Http1Tls);
    let said = |answer: Answer| {
        let body = answer.json();
        (answer.status, ["type", "title", "detail"].map(|field| body[field].to_string()))
    };
    let unknown = said(begin(&mut caller, "invented", "some password").expect(403));
    for (login, password) in [
        ("hanako", "wrong"),
        // A directory takes a name without a password for nobody, and lets nobody in.
        ("hanako", ""),
        ("closed", "closed himitsu"),
        ("over", "over himitsu"),
        ("twin", "twin himitsu"),
        ("stranger", "stranger himitsu"),
        ("sekisho", "only-reads"),
        ("*", "hanako no himitsu"),
        ("hanako*", "hanako no himitsu"),
        ("h*o", "hanako no himitsu"),
        ("hanako)(uid=*", "hanako no himitsu"),
        ("hanako))(|(uid=*", "hanako no himitsu"),
        (r"hanak\6f", "hanako no himitsu"),
        ("hanako\0", "hanako no himitsu"),
        ("uid=hanako,ou=people,dc=example,dc=jp", "hanako no himitsu"),
        // Servers compare so loosely that these would be the same name (RFC 4518 §2.2).
        ("hana\u{ad}ko", "hanako no himitsu"),
        ("hana\u{200b}ko", "hanako no himitsu"),
        ("hanako", "hanako no himitsu\0"),
    ] {
        let answer = begin(&mut gateway.caller(Wire::Http1Tls), login, password);
        assert_eq!(said(answer), unknown, "{login:?} {password:?}");
    }
    let odd =
        [&br#"{"return_to": "/", "scope": "records", "password": "x", "username": ""#[..], b"\xff\xfe\"}"].concat();
    caller.send(Ask::post("/.sekisho/challenges").body("application/json", odd)).expect(400);
    assert_eq!(gateway.outbox.count(), 0);
    let audit = gateway.audit();
    for (login, reason) in [("closed", "disabled"), ("over", "expired"), ("twin", "ambiguous")] {
        let told = |line: &&str| {
            line.contains(&format!("\"user\":\"{login}\""))
                && line.contains(&format!("name, password or access: {reason}"))
        };
        assert!(audit.lines().any(|line| told(&line)), "{login} is not told of as {reason}");
        let (_, said) = command(&gateway, &["trace", login]);
        assert!(said.contains(reason) && said.contains("what to do"), "{said}");
    }
    let (_, said) = command(&gateway, &["trace", "over"]);
    assert!(said.contains("have its end moved"), "{said}");
    for line in audit.lines() {
        assert!(!line.contains("invented"), "a name nobody has may be a password: {line}");
    }
}

#[test]
fn one_name_of_the_built_in_directory_is_nobodys_elsewhere() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let people = vec![User { name: "hanako", ..User::BOB }];
    let plan = plan(&upstream, &slapd.table("hospital", &[slapd.url()], ""));
    let routes = plan.routes.replace("groups = [\"doctors\"]\n", "");
    let gateway = Plan { users: people, routes, ..plan }.start();
    begin(&mut gateway.caller(Wire::Http1), "hanako", "hanako no himitsu").expect(403);
    let number = sign_in(&mut gateway.caller(Wire::Http1), &gateway, "hanako", User::BOB.password);
    assert_eq!(number, User::BOB.e164());
    // Disabled here is nobody there.
    assert!(command(&gateway, &["user", "set", "hanako", "--disable"]).0);
    begin(&mut gateway.caller(Wire::Http1), "hanako", "hanako no himitsu").expect(403);
    assert_eq!(sign_in(&mut gateway.caller(Wire::Http1), &gateway, "taro", "taro no himitsu"), "+818087654321");
}

#[test]
fn a_directory_that_is_only_looked_into_sends_codes_to_those_it_knows() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let plan = plan(&upstream, &slapd.table("hospital", &[slapd.url()], "password = \"none\""));
    let gateway = plan.with_names_only().start();
    let known = begin(&mut gateway.caller(Wire::Http2), "taro", "").expect(201).json();
    assert_eq!(gateway.outbox.next().to, "+818087654321");
    for login in ["invented", "closed", "twin", "goro", "*"] {
        let unknown = begin(&mut gateway.caller(Wire::Http2), login, "").expect(201).json();
        for field in ["scope", "state", "channel", "to", "tries_left", "channels"] {
            assert_eq!(unknown[field], known[field], "{login}: {field}");
        }
    }
    let said = wait::within(wait::PATIENCE, || {
        let (_, said) = command(&gateway, &["trace", "closed"]);
        said.contains("the directory says disabled").then_some(said)
    });
    assert!(said.is_some(), "{}", command(&gateway, &["trace", "closed"]).1);
    assert_eq!(gateway.outbox.count(), 1);
}
