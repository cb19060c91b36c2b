//! Time, size and framing: what is sent once, what is cut, and what is told.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::rig::{App, Entry, Line, open, plain, read_all, read_until, routed, with};
use crate::support::wait::until;
use crate::support::{Ask, Gateway, Wire};

fn before(app: &App) -> Gateway {
    open(&format!("url = {:?}", app.url()))
}

fn bounded(app: &App, more: &str) -> Gateway {
    let route = format!("[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"app\"\n{more}\n");
    routed(&format!("url = {:?}", app.url()), &route)
}

/// An application that answers every request with these bytes and then closes.
fn blunt(bytes: impl Into<Vec<u8>>) -> App {
    let bytes = bytes.into();
    App::start(move |line: &mut Line| {
        if line.request().is_some() {
            line.say(&bytes);
            line.close();
        }
    })
}

/// Over a wire of HTTP/1.1: the whole answer, until the connection closes.
fn spoken(gateway: &Gateway, wire: Wire, request: &str) -> String {
    let entry = Entry::of(gateway);
    let mut stream = entry.dial(wire);
    let request = request.replace("HOST", &format!("Host: {}", entry.authority));
    stream.write_all(request.as_bytes()).expect("it is sent");
    read_all(&mut *stream)
}

const H1: [Wire; 2] = [Wire::Http1, Wire::Http1Tls];

#[test]
fn a_body_larger_than_the_route_allows_is_refused() {
    let app = App::saying("took it");
    let gateway = bounded(&app, "body_limit = \"10 kB\"");
    for wire in Wire::ALL {
        let send = |size: usize| gateway.caller(wire).send(Ask::post("/").body("text/plain", vec![b'a'; size]));
        assert_eq!(send(10_000).expect(200).text(), "took it");
        let before = app.seen().len();
        let answer = send(10_001).expect(413);
        assert_eq!(answer.json()["type"].as_str().map(|t| t.ends_with("body-too-large")), Some(true));
        assert_eq!(app.seen().len(), before, "nothing went up");
    }
    // Without a length it is counted on the way, and never arrives whole.
    for wire in H1 {
        let chunk = format!("1000\r\n{}\r\n", "a".repeat(4096));
        let head = "POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\n";
        let before = app.seen().len();
        let answer = spoken(&gateway, wire, &format!("{head}{}0\r\n\r\n", chunk.repeat(5)));
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        let close = format!("{head}{}0\r\n\r\n", chunk.repeat(2)).replace("HOST\r\n", "HOST\r\nConnection: close\r\n");
        assert!(spoken(&gateway, wire, &close).starts_with("HTTP/1.1 200 "), "it is under the limit");
        assert_eq!(app.seen().len(), before + 1);
    }
}

#[test]
fn a_route_has_its_own_patience() {
    let app = App::start(|line| {
        line.request();
        // Says nothing until the other side is gone.
        line.request();
    });
    let gateway = bounded(&app, "timeout = \"300ms\"");
    for wire in Wire::ALL {
        let answer = gateway.caller(wire).send(Ask::get("/")).expect(504);
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
    assert_eq!(app.seen().len(), 3, "nobody is asked twice");
}

#[test]
fn only_what_can_do_no_harm_is_sent_a_second_time() {
    // Answers the first request of each connection, and closes on the second, as one does that was about to close anyway.
    let app = App::start(|line| {
        if line.request().is_some() {
            line.say(plain(200, "first"));
            line.request();
            line.close();
        }
    });
    let gateway = before(&app);
    for wire in Wire::ALL {
        let sent = |ask: Ask| {
            gateway.caller(wire).send(Ask::get("/warm-up")).expect(200);
            let before = app.seen().len();
            let status = gateway.caller(wire).send(ask).status;
            (status, app.seen().len() - before)
        };
        assert_eq!(sent(Ask::get("/")), (200, 2), "GET is repeated over a new connection");
        gateway.caller(wire).send(Ask::post("/")).expect(502);
        assert_eq!(sent(Ask::post("/").form(&[("a", "b")])), (502, 1), "POST is not");
        assert_eq!(sent(Ask::post("/")), (502, 1), "nor one without a body");
        assert_eq!(sent(Ask::new("PUT", "/").body("text/plain", b"a".to_vec())), (502, 1), "nor what has a body");
        assert_eq!(sent(Ask::new("PATCH", "/").body("text/plain", b"a".to_vec())), (502, 1));
    }
    // A fresh connection that dies says nothing about another one.
    let deaf = App::start(|line| {
        line.request();
        line.close();
    });
    let gateway = before(&deaf);
    gateway.caller(Wire::Http2).send(Ask::get("/")).expect(502);
    assert_eq!(deaf.seen().len(), 1);
}

#[test]
fn whoever_asks_before_sending_is_answered_by_the_application() {
    let app = App::start(|line| {
        while let Some(head) = line.head() {
            assert!(head.to_ascii_lowercase().contains("expect: 100-continue"), "{head}");
            if head.starts_with("POST /no ") {
                line.say(with(403, "Connection: close\r\n", "no"));
                return line.close();
            }
            line.say("HTTP/1.1 100 Continue\r\n\r\n");
            let body = line.take(5).expect("a body");
            line.say(plain(200, std::str::from_utf8(&body).expect("text")));
        }
    });
    let gateway = before(&app);
    let entry = Entry::of(&gateway);
    for wire in H1 {
        for (path, goes_on) in [("/yes", true), ("/no", false)] {
            let mut stream = entry.dial(wire);
            let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nExpect: 100-continue\r\n", entry.authority);
            stream.write_all((head + "Content-Length: 5\r\n\r\n").as_bytes()).expect("it is sent");
            let first = read_until(&mut *stream, b"\r\n\r\n");
            if goes_on {
                assert_eq!(first, "HTTP/1.1 100 Continue\r\n\r\n");
                stream.write_all(b"hello").expect("it is sent");
                let answer = read_until(&mut *stream, b"hello");
                assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            } else {
                assert!(first.starts_with("HTTP/1.1 403 "), "{first}");
                // The body that never came is no request: the connection ends.
                assert_eq!(read_all(&mut *stream), "no");
            }
        }
    }
}

#[test]
fn early_hints_reach_the_caller() {
    let app = App::start(|line| {
        line.serve(|_| {
            let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
            format!("{hints}{}", plain(200, "page"))
        });
    });
    let gateway = before(&app);
    for wire in H1 {
        let answer = spoken(&gateway, wire, "GET / HTTP/1.1\r\nHOST\r\nConnection: close\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 103 "), "{answer}");
        assert!(answer.contains("/a.css") && answer.contains("HTTP/1.1 200 ") && answer.ends_with("page"), "{answer}");
    }
    assert_eq!(gateway.caller(Wire::Http2).send(Ask::get("/")).expect(200).text(), "page");
}

#[test]
fn the_rest_of_a_body_that_nobody_read_is_never_a_request() {
    // Answers as soon as it has the head; the body is a request in disguise (CVE-2025-4366).
    let app = App::start(|line| {
        while let Some(head) = line.head() {
            assert!(head.starts_with("POST /"), "{head}");
            line.say(plain(401, "early"));
            if head.starts_with("POST /close ") || line.take(1000).is_none() {
                return line.close();
            }
        }
    });
    let gateway = before(&app);
    let entry = Entry::of(&gateway);
    for wire in H1 {
        for path in ["/read", "/close"] {
            let mut stream = entry.dial(wire);
            let host = &entry.authority;
            let inside = format!("GET /admin HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\n");
            stream.write_all((head.clone() + &inside).as_bytes()).expect("it is sent");
            let first = read_until(&mut *stream, b"early");
            assert!(first.starts_with("HTTP/1.1 401 "), "{first}");
            assert!(first.contains("onnection: close\r\n"), "{first}");
            // Whatever comes now, nothing of it is answered.
            let rest = inside.repeat(1 + 1000 / inside.len());
            let _ = stream.write_all(&rest.as_bytes()[..1000 - inside.len()]);
            let _ = stream.write_all(head.as_bytes());
            assert_eq!(read_all(&mut *stream), "");
        }
        // Nor does anybody wait long for what does not come.
        let mut stream = entry.dial(wire);
        let head = format!("POST /read HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\r\n", entry.authority);
        stream.write_all(head.as_bytes()).expect("it is sent");
        let (answered, waited) = (read_until(&mut *stream, b"early"), std::sync::mpsc::channel());
        assert!(answered.starts_with("HTTP/1.1 401 "), "{answered}");
        std::thread::spawn(move || waited.0.send(read_all(&mut *stream)));
        assert_eq!(waited.1.recv_timeout(crate::support::wait::PATIENCE).expect("it ends"), "");
    }
}

#[test]
fn an_application_that_dies_is_told_of_before_the_answer_and_cut_within() {
    for bytes in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n"] {
        let app = blunt(bytes);
        let gateway = before(&app);
        for wire in Wire::ALL {
            gateway.caller(wire).send(Ask::post("/").form(&[("a", "b")])).expect(502);
        }
    }
    for half in ["Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"] {
        let app = blunt(format!("HTTP/1.1 200 OK\r\n{half}"));
        let gateway = before(&app);
        for wire in H1 {
            let answer = spoken(&gateway, wire, "GET / HTTP/1.1\r\nHOST\r\n\r\n");
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            assert!(!answer.ends_with("0\r\n\r\n"), "nobody can take the half for the whole: {answer}");
        }
    }
}

#[test]
fn answers_without_a_body_are_framed_as_such() {
    let app = App::start(|line| {
        line.serve(|seen| match seen.head.split(' ').nth(1) {
            Some("/204") => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            Some("/304") => "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 77\r\n\r\n".to_owned(),
            _ if seen.head.starts_with("HEAD ") => "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n".to_owned(),
            _ => plain(200, "next"),
        });
    });
    let gateway = before(&app);
    let entry = Entry::of(&gateway);
    for wire in H1 {
        for first in ["HEAD /a", "GET /204", "GET /304"] {
            let mut stream = entry.dial(wire);
            let head = |line: &str| format!("{line} HTTP/1.1\r\nHost: {}\r\n\r\n", entry.authority);
            stream.write_all(head(first).as_bytes()).expect("it is sent");
            let answer = read_until(&mut *stream, b"\r\n\r\n").to_ascii_lowercase();
            assert!(!answer.contains("transfer-encoding"), "{first}: {answer}");
            // The next answer begins where this one ended.
            stream.write_all(head("GET /b").as_bytes()).expect("it is sent");
            let next = read_until(&mut *stream, b"next");
            assert!(next.starts_with("HTTP/1.1 200 "), "{first}: {next}");
        }
    }
    let mut caller = gateway.caller(Wire::Http2);
    let head = caller.send(Ask::new("HEAD", "/a")).expect(200);
    assert_eq!((head.header("content-length"), head.body.len()), (Some("77"), 0));
    assert!(caller.send(Ask::get("/204")).expect(204).body.is_empty());
    assert!(caller.send(Ask::get("/304")).expect(304).body.is_empty());
}

#[test]
fn an_answer_with_two_readings_has_one_behind_the_gate() {
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let app = App::start(move |line| line.serve(|_| both.to_owned()));
    let gateway = before(&app);
    for wire in H1 {
        let answer = spoken(&gateway, wire, "GET / HTTP/1.1\r\nHOST\r\nConnection: close\r\n\r\n");
        if answer.starts_with("HTTP/1.1 200 ") {
            let head = answer.to_ascii_lowercase();
            let framed = (head.contains("content-length:"), head.contains("transfer-encoding:"));
            assert_ne!(framed, (true, true), "{answer}");
            assert!(answer.contains("hello"), "{answer}");
        } else {
            assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
        }
    }
    let lengths = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello";
    let gateway = before(&blunt(lengths));
    for wire in Wire::ALL {
        gateway.caller(wire).send(Ask::get("/")).expect(502);
    }
}

#[test]
fn what_is_no_answer_is_told_as_a_failure() {
    let wide = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "a".repeat(2 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "X: 1\r\n".repeat(2000));
    for bytes in
        ["SSH-2.0-OpenSSH_9.6\r\n", "hello\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\0\0\0\0\r\n\r\n", &*wide, &*many]
    {
        let app = blunt(bytes);
        let gateway = before(&app);
        for wire in Wire::ALL {
            let answer = gateway.caller(wire).send(Ask::get("/")).expect(502);
            assert!(!answer.text().contains("SSH"), "{}", answer.text());
        }
    }
}

#[test]
fn what_an_unreadable_answer_holds_stays_out_of_the_log() {
    let app = blunt("HTTP/1.1 200 OK\r\nSet-Cookie: session=tell-nobody\r\nBro ken: x\r\nContent-Length: 0\r\n\r\n");
    let gateway = before(&app);
    for wire in Wire::ALL {
        gateway.caller(wire).send(Ask::get("/")).expect(502);
    }
    let log = gateway.process.log();
    assert!(log.contains("the upstream failed") && !log.contains("tell-nobody"), "{log}");
}

#[test]
fn an_event_is_there_before_the_answer_ends() {
    let gone_on = std::sync::Arc::new(AtomicUsize::new(0));
    let sign = gone_on.clone();
    let app = App::start(move |line| {
        while line.request().is_some() {
            line.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            for number in 1..=3 {
                line.say(format!("9\r\ndata: {number}\n\n\r\n"));
                // The next one only after this one was seen at the other end.
                until("the event was seen", || (sign.load(Ordering::SeqCst) >= number).then_some(()));
            }
            line.say("0\r\n\r\n");
        }
    });
    let gateway = before(&app);
    let entry = Entry::of(&gateway);
    for wire in H1 {
        gone_on.store(0, Ordering::SeqCst);
        let mut stream = entry.dial(wire);
        let head = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", entry.authority);
        stream.write_all(head.as_bytes()).expect("it is sent");
        for number in 1..=3 {
            let event = read_until(&mut *stream, format!("data: {number}\n\n").as_bytes());
            assert!(number > 1 || event.starts_with("HTTP/1.1 200 "), "{event}");
            gone_on.store(number, Ordering::SeqCst);
        }
        read_until(&mut *stream, b"0\r\n\r\n");
    }
    let gone_on = &gone_on;
    crate::streams::events(&entry, |number| gone_on.store(number, Ordering::SeqCst));
}
