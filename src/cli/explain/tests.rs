//! What operators are told of a request.

use anyhow::bail;

use crate::domain::contact::{Phone, Region};
use crate::domain::id::UserId;

use super::*;

const CONFIG: &str = r#"public_url = "https://records.example.jp"
hosts = ["www.example.jp", "例え.jp"]
[listen]
address = "127.0.0.1:8443"
[client]
trusted_proxies = ["127.0.0.1"]
[users]
phone_region = "JP"
[sms]
countries = ["JP"]
[[sms.provider]]
kind = "console"
[scope.records]
max_age = "8h"
idle = "30m"
groups = ["doctors"]
[upstream.orthanc]
url = "https://10.0.0.9:8043"
server_name = "orthanc"
[[route]]
name = "static"
path = "/static/**"
require = "open"
[[route]]
name = "office"
path = "/**"
methods = ["POST"]
from = ["10.0.0.0/8"]
require = "deny"
[[route]]
path = "/patients/**"
host = "records.example.jp"
require = "otp"
scope = "records"
object = { path = "/patients/{id}" }
[[route]]
path = "/other"
require = "open"
[[route]]
name = "servlets"
path = "/app/**"
require = "open"
kind = "tomcat"
encoded_slash = true
[[route]]
name = "keep"
path = "/Old/Keep/**"
require = "open"
[[route]]
name = "old"
path = "/old/**"
require = "open"
charset = "shift_jis"
case = "insensitive"
"#;

fn user(name: &str) -> User {
    let region = Region::parse("JP").expect("JP is a region");
    User {
        id: UserId::from_random([1; 16]),
        login: name.to_owned(),
        name: None,
        phone: Phone::parse("090-1234-5678", region).ok(),
        email: None,
        groups: vec!["doctors".to_owned()],
        locale: None,
        channels: Vec::new(),
        disabled: false,
    }
}

fn lookup(_: &identity::Settings, name: &str) -> anyhow::Result<Option<User>> {
    let abroad = Phone::parse("+44 7400 123456", Region::parse("GB").expect("GB is a region")).ok();
    let office = Phone::parse("03-1234-5678", Region::parse("JP").expect("JP is a region")).ok();
    Ok(match name {
        "alice" => Some(user(name)),
        "bob" => Some(User { groups: vec!["office".to_owned()], ..user(name) }),
        "carol" => Some(User { disabled: true, ..user(name) }),
        "dave" => Some(User { phone: None, ..user(name) }),
        "erin" => Some(User { phone: abroad, ..user(name) }),
        "grace" => Some(User { phone: office, ..user(name) }),
        "frank" => bail!("the file is locked"),
        _ => None,
    })
}

fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Malformed(_) | Refusal::Path(_) => 400,
        Refusal::Denied => 403,
        Refusal::NoRoute => 404,
        Refusal::Method => 405,
        Refusal::UnknownHost => 421,
        _ => 500,
    }
}

/// The exit code and the words for `METHOD URL [USER] [FROM]`.
fn ask(text: &str, method: &str, url: &str, user: Option<&str>, from: Option<&str>) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sekisho.toml");
    std::fs::write(&file, text).expect("written");
    let args = ExplainArgs {
        config: file,
        method: method.to_owned(),
        url: url.to_owned(),
        user: user.map(str::to_owned),
        from: from.map(|from| from.parse().expect("an address")),
    };
    let mut out = Vec::new();
    let code = explain(&args, &Knowledge { lookup: &lookup, status: &status }, false, &mut out);
    (code, String::from_utf8(out).expect("UTF-8"))
}

#[track_caller]
fn says(method: &str, url: &str, parts: &[&str]) {
    let (code, told) = ask(CONFIG, method, url, None, Some("10.1.2.3"));
    assert_eq!(code, 0, "{told}");
    for part in parts {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn a_guarded_request_is_told_rule_by_rule() {
    let (code, told) = ask(CONFIG, "GET", "https://Records.example.jp:443/patients/47%31?tab=1", Some("alice"), None);
    let expected = "\
GET https://Records.example.jp:443/patients/47%31?tab=1

host     records.example.jp
path     /patients/471
client   not given (--from), so taken to be in none of the networks that routes name

  1  static    path /static/** miss
  2  office    path /** hit, method POST miss, from 10.0.0.0/8 miss
  3  route 3   path /patients/** hit, host records.example.jp hit  <- decides
  4  route 4   not looked at
  5  servlets  not looked at
  6  keep      not looked at
  7  old       not looked at

require  otp
answer   forwarded with a pass for scope `records`, confirmed within 8h and used within 30m
without  303 to the challenge for a browser, 401 for a program
upstream orthanc, https://10.0.0.9:8043
headers  Remote-User, Remote-Groups, Remote-Email, Remote-Name
record   id=471
user     `alice` may have `records`: after the password, a code goes to ********78
";
    assert_eq!((code, told.as_str()), (0, expected));
}

#[test]
fn every_refusal_has_its_status_and_reason() {
    says("POST", "/patients/1", &["office", "from 10.0.0.0/8 hit  <- decides", "refused with 403: `office` says deny"]);
    says("GET", "/nowhere", &["refused with 404: no route matches"]);
    says("GET", "https://evil.example/", &["refused with 421", "served are records.example.jp, www.example.jp"]);
    says("PROPFIND", "/patients/1", &["refused with 405", "PROPFIND"]);
    says("GET", "/patients/../static", &["refused with 400: the path has a dot segment"]);
    says(
        "GET",
        "/patients//1",
        &[
            "refused with 400: the path has an empty segment; `route 3` or its upstream would need empty_segments = true\n",
        ],
    );
    says(
        "GET",
        "/app//a;x",
        &[
            "refused with 400: the path has an empty segment; `servlets` or its upstream would need empty_segments = true\n",
        ],
    );
    says(
        "GET",
        "/app;x/static/a",
        &[
            "refused with 400: the path can be read in several ways",
            ": /app/static/a meets `servlets`, /app;x/static/a meets no route\n",
        ],
    );
    says("GET", "/app/..;/x", &["refused with 400: the path has a dot segment\n"]);
    says(
        "GET",
        "/patients/%83%65",
        &["path     not UTF-8", "400: the path is not valid UTF-8, and no route that it meets has another `charset`"],
    );
    says("GET", "/Old/Keep/x", &["keep      path /Old/Keep/** hit  <- decides", "forwarded"]);
    let spelled =
        "400: the path differs from that of another route only in spelling: its upstream minds no letter case";
    says("GET", "/old/keep/x", &[spelled]);
    says("GET", "/.sekisho;x/logout", &["refused with 400", "the gate keeps /.sekisho/ for itself"]);
    says("GET", "https://a b/", &["refused with 400: the host is not valid"]);
}

#[test]
fn other_answers_are_told_too() {
    says("GET", "/static/x.css", &["forwarded, whoever asks", "upstream orthanc"]);
    says("GET", "https://例え.jp/other", &["host     xn--r8jz45g.jp", "forwarded, whoever asks"]);
    says("GET", "/.sekisho/challenge", &["the gate's own"]);
    says("GET", "https://www.example.jp", &["path     /\n", "host records.example.jp miss"]);
    says(
        "GET",
        "/app/a;jsessionid=1",
        &[
            "path     /app/a\n",
            "leave    path_params of `servlets`; every",
            "servlets  path /app/** hit  <- decides",
            "forwarded",
        ],
    );
    says("GET", "/app/a%2Fb;v=1", &["path     /app/a%2Fb\n", "leave    encoded_slash and path_params of `servlets`"]);
    says("GET", "/old/%83%65", &["path     /old/テ\n", "charset  Shift_JIS, by leave of `old`", "forwarded"]);
    says("GET", "/OLD/x", &["path     /OLD/x\n", "old       path /old/** hit  <- decides"]);
    let (_, told) = ask(CONFIG, "POST", "/patients/1", None, Some("192.0.2.1"));
    assert!(told.contains("without  401; a browser is told that the form was not sent"), "{told}");
}

#[test]
fn users_learn_what_stands_between_them_and_a_code() {
    for (name, words) in [
        ("bob", "it wants one of doctors, and they are in office"),
        ("carol", "is disabled"),
        ("dave", "has no telephone number"),
        ("erin", "of GB, which [sms] countries does not allow"),
        ("grace", "of a fixed line, which [sms] number_types does not allow"),
        ("nobody", "there is no user `nobody`"),
    ] {
        let (code, told) = ask(CONFIG, "GET", "/patients/1", Some(name), None);
        assert!(code == 0 && told.contains(words), "{name}\n{told}");
    }
    let (code, told) = ask(CONFIG, "GET", "/patients/1", Some("frank"), None);
    assert!(code == 1 && told.ends_with("sekisho: cannot look up `frank`: the file is locked\n"), "{told}");
}

#[test]
fn what_is_no_request_is_usage_and_a_broken_configuration_is_told() {
    for (method, url) in [("get", "/"), ("G T", "/"), ("GET", "records"), ("GET", "ftp://a/"), ("GET", "https://a@b/")]
    {
        assert_eq!(ask(CONFIG, method, url, None, None).0, 2, "{method} {url}");
    }
    let (code, told) = ask(&CONFIG.replace("max_age", "max_ages"), "GET", "/", None, None);
    assert!(code == 1 && told.contains("did you mean `max_age`?") && told.ends_with("1 problem: 1 error\n"), "{told}");
}
