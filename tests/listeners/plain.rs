//! Plain http beside https: a way there, and nothing else. And HSTS, which keeps people from needing it.

use crate::OPEN;
use crate::support::caller::Caller;
use crate::support::gateway::HOST;
use crate::support::{Answer, Ask, Gateway, Plan, Upstream, User, Wire, folder, free_port, wire};

/// A gateway with a plain listener that is not only for this machine; and its address.
fn with_plain(upstream: &Upstream, more: &str) -> (Gateway, String) {
    let port = free_port();
    let listen = format!("[[listen]]\naddress = \"0.0.0.0:{port}\"\nhsts = \"365d\"\n{more}");
    (Plan::before(&upstream.url).with_more(listen).start(), format!("127.0.0.1:{port}"))
}

fn stranger(gateway: &Gateway, address: &str) -> Caller {
    Caller::new(Wire::Http1, &gateway.origin, address, gateway.certificate.certificate.clone())
}

fn location(answer: &Answer) -> &str {
    answer.header("location").expect("a way on")
}

#[test]
fn people_are_led_to_https_and_nothing_else_is_taken() {
    let upstream = Upstream::start();
    let (gateway, address) = with_plain(&upstream, "");
    let mut caller = stranger(&gateway, &address);
    for path in ["/", "/patients/4711?q=a%20b&x=%2F..", "/%E6%82%A3"] {
        for method in ["GET", "HEAD"] {
            let answer = caller.send(Ask::new(method, path).navigating()).expect(308);
            assert_eq!(location(&answer), format!("{}{path}", gateway.origin));
            assert!(answer.all("set-cookie").is_empty() && answer.header("strict-transport-security").is_none());
        }
    }
    for ask in [Ask::get("/"), Ask::post("/").navigating(), Ask::post("/").form(&[("a", "b")])] {
        let refused = caller.send(ask.clone()).expect(403);
        assert!(refused.all("set-cookie").is_empty(), "{ask:?}");
    }
    caller.begin(&User::ALICE, "/").expect(403);
    assert_eq!(gateway.outbox.count(), 0, "nothing that was sent in clear does anything");
    let foreign = b"GET / HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\n\r\n";
    wire::exchange(&address, foreign).expect("an answer").expect(421);
}

#[test]
fn a_pass_that_travels_in_clear_opens_nothing() {
    let upstream = Upstream::start();
    let (gateway, address) = with_plain(&upstream, "");
    let mut caller = gateway.caller(Wire::Http2);
    caller.sign_in(&gateway, &User::ALICE);
    caller.send(Ask::get("/records")).expect(200);
    let reached = upstream.requests().len();
    let cookies = caller.cookies();
    let mut plain = stranger(&gateway, &address);
    plain.send(Ask::get("/records").header("Cookie", &cookies)).expect(403);
    plain.send(Ask::get("/records").header("Cookie", &cookies).navigating()).expect(308);
    let pass = caller.cookie("__Host-sekisho").expect("a pass").to_owned();
    plain.send(Ask::get("/records").header("Sekisho-Pass", &pass)).expect(403);
    plain.send(Ask::get("/records").header("Sekisho-Pass", &pass).header("X-Forwarded-Proto", "https")).expect(403);
    assert_eq!(upstream.requests().len(), reached);
}

#[test]
fn a_proxy_that_is_named_speaks_tls_for_people_unless_it_says_otherwise() {
    let upstream = Upstream::start();
    let (gateway, address) = with_plain(&upstream, "[client]\ntrusted_proxies = [\"127.0.0.1\"]\n");
    let mut proxy = stranger(&gateway, &address);
    for said in [None, Some("https"), Some("HTTPS")] {
        let ask = Ask::get("/").navigating();
        let answer = proxy.send(said.iter().fold(ask, |ask, said| ask.header("X-Forwarded-Proto", said))).expect(303);
        assert_eq!(answer.all("strict-transport-security"), ["max-age=31536000"], "{said:?}");
    }
    for said in ["http", "", "https, http", "ftp"] {
        let answer = proxy.send(Ask::get("/").navigating().header("X-Forwarded-Proto", said)).expect(308);
        assert!(answer.header("strict-transport-security").is_none(), "{said}");
    }
    proxy.sign_in(&gateway, &User::ALICE);
    proxy.send(Ask::get("/records").header("X-Forwarded-Proto", "https")).expect(200);
    assert!(upstream.last().to_lowercase().contains("\r\nx-forwarded-proto: https\r\n"), "{}", upstream.last());
    let reached = upstream.requests().len();
    proxy.send(Ask::get("/records").header("X-Forwarded-Proto", "http")).expect(403);
    assert_eq!(upstream.requests().len(), reached);
}

#[test]
fn hsts_is_on_every_answer_over_https_once() {
    let upstream = Upstream::saying("200 OK\r\nStrict-Transport-Security: max-age=1; preload", "seen\n");
    let (tls, folder) = (free_port(), folder());
    let certificate = crate::support::certificate::Certificate::make(folder.path(), HOST);
    let (pem, key) = (certificate.certificate.display(), certificate.key.display());
    let listen = format!(
        "[[listen]]\naddress = \"127.0.0.1:{tls}\"\ncertificate = \"{pem}\"\nkey = \"{key}\"\nhsts = \"365d\"\nhsts_subdomains = true\n"
    );
    let closed = "[[route]]\npath = \"/closed\"\nrequire = \"deny\"\n".to_owned() + OPEN;
    let gateway = Plan::before(&upstream.url).with_routes(&closed).with_more(listen).start();
    for wire in [Wire::Http1Tls, Wire::Http2] {
        let address = format!("127.0.0.1:{tls}");
        let mut caller = Caller::new(wire, &gateway.origin, &address, certificate.certificate.clone());
        let asks =
            [("/", 200), ("/closed", 403), ("/a/../b", 400), ("/.sekisho/jwks.json", 200), ("/.sekisho/no", 404)];
        for (path, status) in asks {
            let answer = caller.send(Ask::get(path)).expect(status);
            let said = answer.all("strict-transport-security");
            assert_eq!(said, ["max-age=31536000; includeSubDomains"], "{path} {wire:?}");
        }
    }
    let silent = gateway.caller(Wire::Http2).send(Ask::get("/")).expect(200);
    assert_eq!(silent.all("strict-transport-security"), ["max-age=1; preload"], "not chosen there: the application's");
}
