//! What somebody without a pass is answered at a protected address (PRODUCT §3).

use bytes::Bytes;
use http::Response;

use crate::domain::id::RequestId;
use crate::domain::locale::Locale;
use crate::pages::Face;

use super::house::{front, header, json, location, request, scope, text};

fn challenge(method: &str, target: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    let request = request(method, target, headers, "");
    let face = Face::of(request.headers(), Locale::En, RequestId::from_random([3; 16]));
    front().challenge(&face, method, target, &scope("records"))
}

const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const FORM_PAGE: (&str, &str) = ("referer", "https://records.example.jp/patients/1/edit?tab=2");

#[test]
fn a_person_who_goes_to_a_page_is_led_to_the_code() {
    for method in ["GET", "HEAD"] {
        for how in [NAVIGATE, HTML] {
            let answer = challenge(method, "/records/1?a=b&c=%E6%82%A3", &[how]);
            assert_eq!(answer.status(), 303);
            let expected = "/.sekisho/challenge?return_to=%2Frecords%2F1%3Fa%3Db%26c%3D%25E6%2582%25A3&scope=records";
            assert_eq!(location(&answer), expected);
            assert!(answer.body().is_empty());
        }
    }
}

#[test]
fn nobody_is_led_anywhere_else_afterwards() {
    for target in ["//evil.example", "/\\evil.example", "/.sekisho/logout"] {
        let answer = challenge("GET", "/", &[NAVIGATE]);
        assert_eq!(location(&answer), "/.sekisho/challenge?return_to=%2F&scope=records");
        let face = Face::of(&http::HeaderMap::new(), Locale::En, RequestId::from_random([3; 16]));
        let problem = json(&front().challenge(&face, "GET", target, &scope("records")));
        assert_eq!(problem["challenge"], "https://records.example.jp/.sekisho/challenge?return_to=%2F&scope=records");
    }
}

#[test]
fn a_form_is_not_sent_and_its_author_is_told_how_to_go_on() {
    for method in ["POST", "PUT", "DELETE"] {
        let answer = challenge(method, "/patients/1/save", &[NAVIGATE, FORM_PAGE]);
        assert_eq!(answer.status(), 401);
        let page = text(&answer);
        assert!(page.contains("<title>Error: Your form was not sent – "), "{page}");
        let link = "/.sekisho/challenge?return_to=%2Fpatients%2F1%2Fedit%3Ftab%3D2&#38;scope=records";
        assert!(page.contains(link), "{page}");
        assert!(page.contains("target=\"_blank\"") && page.contains("Back button"));
        assert!(header(&answer, "www-authenticate").starts_with("Bearer error="));
    }
    let elsewhere = challenge("POST", "/x", &[NAVIGATE, ("referer", "https://evil.example/x")]);
    assert!(text(&elsewhere).contains("return_to=%2F&#38;"));
}

#[test]
fn programs_are_told_what_is_wanted() {
    for (method, headers, back) in [
        ("GET", &[][..], "%2Frecords%2F1"),
        ("POST", &[], "%2F"),
        ("GET", &[("accept", "*/*")], "%2Frecords%2F1"),
        ("GET", &[("accept", "text/html;q=0, application/json")], "%2Frecords%2F1"),
        ("GET", &[("sec-fetch-mode", "cors"), HTML, FORM_PAGE], "%2Fpatients%2F1%2Fedit%3Ftab%3D2"),
        ("GET", &[("sec-fetch-mode", "websocket"), ("upgrade", "websocket")], "%2F"),
        ("GET", &[HTML, ("upgrade", "WebSocket")], "%2F"),
    ] {
        let answer = challenge(method, "/records/1", headers);
        assert_eq!(answer.status(), 401, "{headers:?}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json");
        let asked = "Bearer error=\"insufficient_user_authentication\", max_age=28800";
        assert_eq!(header(&answer, "www-authenticate"), asked);
        let problem = json(&answer);
        assert_eq!((&problem["status"], &problem["scope"]), (&401.into(), &"records".into()));
        let page = format!("https://records.example.jp/.sekisho/challenge?return_to={back}&scope=records");
        assert_eq!(problem["challenge"], page, "{headers:?}");
        assert!(["type", "title", "detail", "request"].iter().all(|m| problem[m].is_string()), "{problem}");
    }
}
