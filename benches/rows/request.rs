//! The whole of what the gate adds to a request with a valid pass, in the very functions that Pingora calls.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use http::StatusCode;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::ProxyHttp;
use sekisho::domain::user::Identity;
use sekisho::proxy::client::{Authority, Origin};
use sekisho::proxy::{cookies, headers, wire};

use super::house::{HOST, House, head, now};
use super::{Row, Work};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

pub fn rows() -> Vec<Row> {
    vec![
        Row::once("request/valid pass/1 route", || whole(House::small())),
        Row::once("request/valid pass/100 routes", || whole(House::middling())),
        Row::once("request/valid pass/10000 routes", || whole(House::large())),
        Row::once("request/no pass", challenged),
        Row::again("headers/wire check", || {
            let header = header();
            let limits = House::small().config.proxy.limits.clone();
            Box::new(move || {
                wire::check(black_box(&header), false, &limits).expect("one reading");
                assert_eq!(wire::authority(&header, false), Ok(HOST));
            })
        }),
        Row::once("headers/scrub", || {
            let names = &House::small().config.proxy.headers;
            on_header(move |header| headers::scrub(header, names, false))
        }),
        Row::once("headers/forwarded", || {
            let (peer, origin) = (Some(CLIENT), origin());
            on_header(move |header| headers::forwarded(header, peer, &origin, None, false).expect("written"))
        }),
        Row::once("headers/identify", || {
            let names = &House::small().config.proxy.headers;
            let identity = identity();
            on_header(move |header| headers::identify(header, names, Some(&identity)).expect("written"))
        }),
        Row::again("cookies/token/3 cookies", || {
            let header = header();
            Box::new(move || assert!(cookies::token(black_box(&header), true).is_some()))
        }),
        Row::again("cookies/token/50 cookies", || {
            let header = with_many_cookies();
            Box::new(move || assert!(cookies::token(black_box(&header), true).is_some()))
        }),
        Row::once("cookies/remove ours/3 cookies", || {
            on_header(|header| cookies::remove_ours(header).expect("removed"))
        }),
    ]
}

/// From the header that Pingora has read to the line for the audit.
fn whole(house: &'static House) -> Work {
    house.calm();
    let mut session = house.session(&head(&house.passes.valid));
    let mut upstream = session.req_header().clone();
    let mut response = answer();
    Box::new(move || {
        let gateway = &house.gateway;
        let mut ctx = gateway.new_ctx();
        let answered = now(gateway.request_filter(&mut session, &mut ctx)).expect("judged");
        assert!(!answered, "the pass is good");
        let peer = now(gateway.upstream_peer(&mut session, &mut ctx)).expect("a peer");
        now(gateway.upstream_request_filter(&mut session, &mut upstream, &mut ctx)).expect("scrubbed");
        now(gateway.response_filter(&mut session, &mut response, &mut ctx)).expect("passed on");
        gateway.response_body_filter(&mut session, &mut None, true, &mut ctx).expect("passed on");
        now(gateway.logging(&mut session, None, &mut ctx));
        black_box((peer, ctx));
    })
}

/// The same without a pass: the redirect to the sign-in page, with what Pingora does to send it.
fn challenged() -> Work {
    let house = House::small();
    house.calm();
    let mut session = house.session(&head("none"));
    Box::new(move || {
        let mut ctx = house.gateway.new_ctx();
        let answered = now(house.gateway.request_filter(&mut session, &mut ctx)).expect("judged");
        assert!(answered, "there is no pass");
        assert_eq!(session.response_written().map(|answer| answer.status), Some(StatusCode::SEE_OTHER));
    })
}

fn answer() -> ResponseHeader {
    let mut answer = ResponseHeader::build(200, None).expect("builds");
    for (name, value) in [
        ("Server", "Apache"),
        ("Date", "Sun, 22 Nov 2026 09:00:00 GMT"),
        ("Content-Type", "text/html; charset=Shift_JIS"),
        ("Content-Length", "5120"),
        ("Cache-Control", "no-cache"),
        ("Set-Cookie", "JSESSIONID=0A1B2C3D4E5F60718293A4B5C6D7E8F9; Path=/; HttpOnly"),
    ] {
        answer.append_header(name, value).expect("a header");
    }
    answer
}

fn header() -> RequestHeader {
    let house = House::small();
    house.session(&head(&house.passes.valid)).req_header().clone()
}

fn with_many_cookies() -> RequestHeader {
    let house = House::small();
    let mut header = header();
    let mut line: Vec<String> = (0..49).map(|n| format!("preference-{n}=value-of-{n}")).collect();
    line.insert(25, format!("__Host-sekisho={}", house.passes.valid));
    header.insert_header("Cookie", line.join("; ")).expect("a header");
    header
}

/// Work on a header that it changes.
fn on_header(mut work: impl FnMut(&mut RequestHeader) + 'static) -> Work {
    let mut header = header();
    Box::new(move || work(black_box(&mut header)))
}

fn origin() -> Origin {
    Origin { client: CLIENT, trusted: false, https: true, authority: Authority::read(HOST) }
}

fn identity() -> Identity {
    Identity {
        login: "alice".to_owned(),
        name: Some("山田 アリス".to_owned()),
        email: Some("alice@example.jp".to_owned()),
        groups: Vec::new(),
    }
}
