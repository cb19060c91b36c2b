//! What becomes of the addresses that an application names.

use super::*;

fn server(host: &str, port: u16, tls: bool) -> Server {
    Server { host: host.to_owned(), port, name: tls.then(|| "app".to_owned()) }
}

fn servers() -> Vec<Server> {
    vec![server("10.0.0.1", 8042, false), server("app.internal", 80, false)]
}

fn answered(name: &'static str, value: &str, called: &str) -> String {
    let servers = servers();
    let called = Address::new(false, called);
    let sides = Sides { servers: &servers, called, public: "https://records.example.jp" };
    let mut response = ResponseHeader::build(302, None).expect("builds");
    response.append_header(name, value).expect("appends");
    sides.rewrite_response(&mut response).expect("rewrites");
    let all: Vec<_> = response.headers.get_all(name).iter().map(|v| v.to_str().expect("ASCII").to_owned()).collect();
    all.join("|")
}

#[test]
fn the_applications_own_address_becomes_the_public_one_and_no_other_does() {
    for (own, expected) in [
        ("http://10.0.0.1:8042/a?b#c", "https://records.example.jp/a?b#c"),
        ("http://10.0.0.1:8042", "https://records.example.jp"),
        ("HTTP://App.Internal/a", "https://records.example.jp/a"),
        ("http://app.internal:80/a", "https://records.example.jp/a"),
        ("//app.internal/a", "https://records.example.jp/a"),
        ("http://records.example.jp/a", "https://records.example.jp/a"),
        ("http://10.0.0.1/a", "http://10.0.0.1/a"),
        ("https://app.internal/a", "https://app.internal/a"),
        ("http://app.internal.evil.example/a", "http://app.internal.evil.example/a"),
        ("http://app.internal@evil.example/a", "http://app.internal@evil.example/a"),
        ("https://records.example.jp/a", "https://records.example.jp/a"),
        (
            "https://elsewhere.example/?next=http://10.0.0.1:8042/",
            "https://elsewhere.example/?next=http://10.0.0.1:8042/",
        ),
        ("/a//b", "/a//b"),
        ("a", "a"),
        ("", ""),
    ] {
        assert_eq!(answered("Location", own, "records.example.jp"), expected, "{own}");
        assert_eq!(answered("Content-Location", own, "records.example.jp"), expected, "{own}");
    }
    assert_eq!(answered("Refresh", "0; URL='http://10.0.0.1:8042/a'", "x"), "0; URL='https://records.example.jp/a'");
    assert_eq!(answered("Refresh", "5", "x"), "5");
}

#[test]
fn a_cookie_for_the_applications_own_host_is_for_the_public_one() {
    for (set, kept) in [
        ("a=b; Domain=app.internal; Path=/", "a=b; Path=/"),
        ("a=b; domain=.App.Internal", "a=b"),
        ("a=b; Domain=10.0.0.1; HttpOnly", "a=b; HttpOnly"),
        ("a=b; Domain=example.jp", "a=b; Domain=example.jp"),
        ("domain=app.internal; Path=/", "domain=app.internal; Path=/"),
        ("a=\"x ; y\" ;; Path=/", "a=\"x ; y\" ;; Path=/"),
    ] {
        assert_eq!(answered("Set-Cookie", set, "x"), kept);
    }
}

#[test]
fn a_destination_is_of_this_site_or_unknown() {
    let at =
        |text: &str| destination(&HeaderValue::from_str(text).expect("a value"), "https://a.jp").map(str::to_owned);
    assert_eq!(at("https://a.jp/x%20y").as_deref(), Some("/x%20y"));
    assert_eq!(at("http://A.JP:80/x").as_deref(), Some("/x"));
    assert_eq!(at("/x").as_deref(), Some("/x"));
    for other in ["https://b.jp/x", "//b.jp/x", "https://a.jp", "x", "ftp://a.jp/x", "https://a.jp\\x"] {
        assert_eq!(at(other), None, "{other}");
    }
}
