//! What callers see instead of the application.

use std::hint::black_box;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use sekisho::domain::contact::Channel;
use sekisho::domain::id::{ChallengeId, RequestId};
use sekisho::domain::locale::Locale;
use sekisho::domain::refusal::Refusal;
use sekisho::gate::{Shown, View};
use sekisho::pages::Face;

use super::house::{House, TARGET, now};
use super::{Row, Work};

pub fn rows() -> Vec<Row> {
    vec![
        Row::again("pages/sign-in page", || {
            let house = House::small();
            house.calm();
            let (caller, request) = (house.caller(None), get("/.sekisho/challenge?return_to=%2F&scope=records"));
            Box::new(move || {
                let answer = now(house.gateway.desk.serve(&caller, black_box(&request)));
                assert_eq!(answer.status(), StatusCode::OK);
                black_box(answer);
            })
        }),
        Row::again("pages/code page", code),
        Row::again("pages/refusal page", || refusal(true)),
        Row::again("pages/refusal as JSON", || refusal(false)),
        Row::again("pages/challenge redirect", || {
            let (house, face) = (House::small(), face(true));
            Box::new(move || {
                let scope = &house.config.gate.scopes["records"];
                black_box(house.gateway.desk.challenge(black_box(&face), "GET", TARGET, scope));
            })
        }),
    ]
}

fn code() -> Work {
    let house = House::small();
    house.calm();
    let (caller, request) = (house.caller(None), get("/.sekisho/challenge/x?return_to=%2F"));
    let view = View {
        id: ChallengeId::from_random([1; 16]),
        scope: "records".to_owned(),
        state: Shown::Sent,
        channel: Channel::Sms,
        to: Some("********78".to_owned()),
        expires_in: 280,
        resend_in: 10,
        can_resend: true,
        tries_left: 5,
        channels: vec![Channel::Sms],
        factors: Vec::new(),
        is_quiet: false,
        arrived: false,
        next: None,
        return_to: TARGET.to_owned(),
        last_send: house.parts.gate.now(),
        length: 6,
        passkey: false,
        passkey_only: false,
    };
    Box::new(move || {
        let answer = house.gateway.desk.code_page(&caller, black_box(&request), view.clone());
        assert_eq!(answer.map(|answer| black_box(answer).status()), Ok(StatusCode::OK));
    })
}

fn refusal(html: bool) -> Work {
    let (house, face) = (House::small(), face(html));
    Box::new(move || {
        black_box(house.gateway.desk.refuse(black_box(&face), Refusal::Denied));
    })
}

fn get(target: &str) -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = target.parse().expect("a target");
    *request.headers_mut() = navigating();
    request
}

fn navigating() -> HeaderMap {
    HeaderMap::from_iter([(http::HeaderName::from_static("sec-fetch-mode"), HeaderValue::from_static("navigate"))])
}

fn face(html: bool) -> Face {
    let headers = if html { navigating() } else { HeaderMap::new() };
    Face::of(&headers, Locale::Ja, RequestId::from_random([3; 16]))
}
