//! Which headers an application sees, and which of its own come back.

use crate::rig::{App, dial, open, plan, read_all, read_until, routed, with};
use crate::support::{Ask, Wire};

#[test]
fn redirects_to_the_applications_own_address_lead_to_the_public_one() {
    for host in ["upstream", "preserve"] {
        let app = App::start(|line| {
            line.serve(|seen| {
                let own = format!("http://{}", seen.one("host"));
                let more = format!(
                    "Location: {own}/next?a=b\r\nContent-Location: {own}/here\r\nRefresh: 3; url={own}/later\r\n\
                     Link: <{own}/style>\r\nSet-Cookie: a=b; Domain=127.0.0.1; Path=/\r\n"
                );
                with(302, &more, "")
            });
        });
        let gateway = open(&format!("url = {:?}\nhost = \"{host}\"", app.url()));
        for wire in Wire::ALL {
            let answer = gateway.caller(wire).send(Ask::get("/")).expect(302);
            let public = &gateway.origin;
            assert_eq!(answer.header("location"), Some(&*format!("{public}/next?a=b")), "{host}");
            assert_eq!(answer.header("content-location"), Some(&*format!("{public}/here")));
            assert_eq!(answer.header("refresh"), Some(&*format!("3; url={public}/later")));
            assert!(answer.header("link").expect("kept").starts_with("<http://"), "others are not ours to read");
            assert_eq!(answer.header("set-cookie"), Some("a=b; Path=/"));
        }
    }
}

#[test]
fn who_wants_redirects_as_they_are_gets_them() {
    let app = App::start(|line| {
        line.serve(|seen| with(302, &format!("Location: http://{}/next\r\n", seen.one("host")), ""));
    });
    let gateway = open(&format!("url = {:?}\nhost = \"upstream\"\nrewrite_location = false", app.url()));
    let answer = gateway.caller(Wire::Http2).send(Ask::get("/")).expect(302);
    assert_eq!(answer.header("location"), Some(&*format!("{}/next", app.url())));
}

#[test]
fn a_destination_is_told_by_the_applications_own_address_and_needs_the_same_leave() {
    let app = App::saying("done");
    let routes = "[[route]]\npath = \"/drafts/**\"\nrequire = \"open\"\nupstream = \"app\"\n\
                  [[route]]\npath = \"/records/**\"\nrequire = \"otp\"\nscope = \"records\"\nupstream = \"app\"\n\
                  [[route]]\npath = \"/elsewhere/**\"\nrequire = \"open\"\nupstream = \"application\"\n\
                  [[route]]\npath = \"/closed/**\"\nrequire = \"deny\"\n";
    let plan = plan(&format!("url = {:?}\nhost = \"upstream\"", app.url()), routes);
    let gateway = plan.with_methods("[\"GET\", \"MOVE\", \"COPY\"]").start();
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let mut send =
            |method: &str, to: &str| caller.send(Ask::new(method, "/drafts/1").header("Destination", to)).status;
        let public = &gateway.origin;
        assert_eq!(send("MOVE", &format!("{public}/drafts/a%20b?c")), 200);
        assert_eq!(app.last().one("destination"), format!("{}/drafts/a%20b?c", app.url()));
        assert_eq!(send("COPY", "/drafts/2"), 200);
        assert_eq!(app.last().one("destination"), format!("{}/drafts/2", app.url()));
        let before = app.seen().len();
        for (to, status) in [
            (&*format!("{public}/records/1"), 401),
            ("/records/1", 401),
            ("/closed/1", 403),
            ("/elsewhere/1", 403),
            ("/.sekisho/logout", 403),
            ("/nowhere", 404),
            ("/drafts/../records/1", 400),
            ("/drafts/%2e%2e/records/1", 400),
            ("http://elsewhere.example/drafts/1", 400),
            ("drafts/1", 400),
        ] {
            assert_eq!(send("MOVE", to), status, "{to}");
        }
        assert_eq!(app.seen().len(), before, "nothing of that was forwarded");
    }
}

#[test]
fn forwarding_is_told_in_both_languages() {
    let app = App::saying("seen");
    let gateway = open(&format!("url = {:?}\nforwarded = true", app.url()));
    for wire in Wire::ALL {
        let ask = Ask::get("/").header("Forwarded", "for=6.6.6.6").header("X-Forwarded-For", "6.6.6.6");
        gateway.caller(wire).send(ask).expect(200);
        let seen = app.last();
        let host = &gateway.caller(wire).authority;
        assert_eq!(seen.one("forwarded"), format!("for=127.0.0.1;host=\"{host}\";proto=https"));
        assert_eq!(seen.one("x-forwarded-for"), "127.0.0.1");
        assert_eq!(seen.one("x-forwarded-proto"), "https");
        assert_eq!(seen.one("x-forwarded-host"), host);
        assert_eq!(seen.one("host"), host);
    }
}

#[test]
fn a_chain_of_a_named_proxy_arrives_whole_whatever_bytes_are_in_it() {
    let app = App::saying("seen");
    let routes = "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"app\"\n";
    let upstream = format!("url = {:?}\nforwarded = true\n[client]\ntrusted_proxies = [\"127.0.0.1\"]", app.url());
    let gateway = routed(&upstream, routes);
    for wire in [Wire::Http1, Wire::Http1Tls] {
        let mut stream = dial(&gateway, wire);
        let host = gateway.caller(wire).authority;
        let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nForwarded: for=1.1.1.1\r\n");
        let bytes = [head.as_bytes(), b"X-Forwarded-For: 198.51.100.7, \xe9vil\r\nX-Forwarded-For: 10.0.0.9\r\n\r\n"];
        stream.write_all(&bytes.concat()).expect("it is sent");
        assert!(read_all(&mut *stream).starts_with("HTTP/1.1 200 "));
        let seen = app.last();
        assert_eq!(seen.one("x-forwarded-for"), "198.51.100.7, \u{e9}vil, 10.0.0.9, 127.0.0.1");
        assert!(seen.one("forwarded").starts_with("for=1.1.1.1, for=127.0.0.1;host="), "{}", seen.head);
    }
}

#[test]
fn nothing_that_we_say_can_be_called_hop_by_hop() {
    let app = App::saying("seen");
    let gateway = open(&format!("url = {:?}\nforwarded = true", app.url()));
    let many = (0..11).map(|n| format!("x-{n}")).collect::<Vec<_>>().join(", ");
    for (named, refused) in [
        ("host", true),
        ("X-Forwarded-For", true),
        ("x-forwarded-proto", true),
        (":authority", true),
        ("\"X-Forwarded-For\"", true),
        (&*many, true),
        ("close, X-Auth", false),
        ("forwarded", false),
        ("cookie", false),
        ("content-length", true),
        ("transfer-encoding", true),
        ("te, trailer, upgrade, keep-alive", false),
    ] {
        for wire in [Wire::Http1, Wire::Http1Tls] {
            let before = app.seen().len();
            let mut stream = dial(&gateway, wire);
            let host = gateway.caller(wire).authority;
            let head = format!("POST /a HTTP/1.1\r\nHost: {host}\r\nConnection: {named}\r\nX-Auth: 1\r\nTE: gzip\r\n");
            let rest = "Keep-Alive: 5\r\nProxy-Authorization: Basic x\r\nCookie: a=b\r\nContent-Length: 3\r\n\r\nabc";
            stream.write_all((head + rest).as_bytes()).expect("it is sent");
            let answer = read_until(&mut *stream, b"\r\n\r\n");
            if refused {
                assert!(answer.starts_with("HTTP/1.1 400 "), "{named}: {answer}");
                assert_eq!(app.seen().len(), before, "{named}");
                continue;
            }
            assert!(answer.starts_with("HTTP/1.1 200 "), "{named}: {answer}");
            let seen = app.last();
            assert_eq!(
                (seen.one("host"), seen.one("x-forwarded-for"), &*seen.body),
                (&*host, "127.0.0.1", &b"abc"[..])
            );
            assert!(seen.one("forwarded").starts_with("for=127.0.0.1;"));
            assert_eq!(seen.all("x-auth").len(), usize::from(!named.contains("X-Auth")));
            for gone in ["te", "keep-alive", "proxy-authorization", "upgrade", "connection", "trailer"] {
                assert!(seen.all(gone).is_empty(), "{gone}\n{}", seen.head);
            }
        }
    }
}

#[test]
fn an_answer_leaves_its_connection_behind() {
    let app = App::start(|line| {
        let more = "Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nX-End: 1\r\nUpgrade: h2c\r\n\
                    Proxy-Authenticate: Basic\r\nTrailer: X-Sum\r\n";
        line.serve(|_| with(200, more, "seen"));
    });
    let gateway = open(&format!("url = {:?}", app.url()));
    for wire in Wire::ALL {
        let answer = gateway.caller(wire).send(Ask::get("/")).expect(200);
        assert_eq!(answer.header("x-end"), Some("1"));
        for gone in ["x-hop", "upgrade", "proxy-authenticate", "trailer", "keep-alive"] {
            assert_eq!(answer.header(gone), None, "{gone} over {wire:?}");
        }
        assert_eq!(answer.text(), "seen");
    }
}
