//! Every refusal, in both forms and every language.

use std::time::Duration;

use crate::domain::challenge::Gone;
use crate::domain::locale::Locale;
use crate::domain::path::PathFault;
use crate::domain::refusal::Refusal;
use crate::words::Page;

use super::house::{face, front, header, json, text};

pub const ALL: &[(Refusal, u16)] = &[
    (Refusal::Malformed("a field occurs twice"), 400),
    (Refusal::Path(PathFault::DotSegment), 400),
    (Refusal::Path(PathFault::TooLong), 414),
    (Refusal::UnknownHost, 421),
    (Refusal::Unencrypted, 403),
    (Refusal::NoRoute, 404),
    (Refusal::Denied, 403),
    (Refusal::Method, 405),
    (Refusal::HeadersTooLarge, 431),
    (Refusal::TooSlow, 408),
    (Refusal::BodyTooLarge, 413),
    (Refusal::BodyType, 415),
    (Refusal::CrossSite, 403),
    (Refusal::WhoAreYou, 403),
    (Refusal::WrongCredentials, 403),
    (Refusal::UnknownScope, 400),
    (Refusal::UnknownChallenge, 404),
    (Refusal::NotACode, 400),
    (Refusal::WrongCode { tries_left: 2 }, 403),
    (Refusal::WrongCode { tries_left: 1 }, 403),
    (Refusal::WrongCode { tries_left: 0 }, 403),
    (Refusal::Gone(Gone::Expired), 410),
    (Refusal::Gone(Gone::Used), 410),
    (Refusal::Gone(Gone::OutOfTries), 410),
    (Refusal::Gone(Gone::Unknown), 410),
    (Refusal::NoSuchChannel, 400),
    (Refusal::NoResendLeft, 409),
    (Refusal::Cooling(Duration::from_secs(25)), 429),
    (Refusal::Waiting(Duration::from_secs(1800)), 429),
    (Refusal::Closed, 403),
    (Refusal::Limited(Duration::from_millis(1)), 429),
    (Refusal::Outage, 503),
    (Refusal::UpstreamDown, 502),
    (Refusal::UpstreamSlow, 504),
];

#[test]
fn programs_get_a_problem_document() {
    for (refusal, status) in ALL {
        for locale in Locale::ALL {
            let answer = front().refuse(&face(false, locale), *refusal);
            assert_eq!(answer.status(), *status, "{refusal:?}");
            assert_eq!(header(&answer, "content-type"), "application/problem+json");
            let problem = json(&answer);
            assert_eq!(problem["status"], *status);
            assert!(problem["type"].as_str().is_some_and(|t| t.starts_with("urn:sekisho:")), "{problem}");
            for member in ["title", "detail", "request"] {
                assert!(problem[member].as_str().is_some_and(|t| !t.is_empty() && !t.contains("{}")), "{problem}");
            }
            let tries = problem.get("tries_left").and_then(serde_json::Value::as_u64);
            let expected =
                if let Refusal::WrongCode { tries_left } = refusal { Some(u64::from(*tries_left)) } else { None };
            assert_eq!(tries, expected);
        }
    }
}

#[test]
fn people_get_a_page_whose_title_says_the_error_first() {
    for (refusal, status) in ALL {
        for locale in Locale::ALL {
            let answer = front().refuse(&face(true, locale), *refusal);
            assert_eq!(answer.status(), *status, "{refusal:?}");
            let page = text(&answer);
            let first = Page::of(locale).common.error.around().0;
            assert!(page.contains(&format!("<title>{first}")), "{page}");
            assert!(page.contains(&format!("<html lang=\"{}\" dir=", locale.tag())) && page.contains("role=\"alert\""));
            assert!(page.contains("<span class=\"id\" dir=\"ltr\">"), "the request's id is there to ask for help with");
        }
    }
}

#[test]
fn a_no_that_ends_says_when() {
    for html in [true, false] {
        for (refusal, seconds) in [
            (Refusal::Cooling(Duration::from_secs(25)), "25"),
            (Refusal::Waiting(Duration::from_millis(1500)), "2"),
            (Refusal::Limited(Duration::ZERO), "1"),
            (Refusal::Outage, "5"),
            (Refusal::Denied, ""),
        ] {
            assert_eq!(
                header(&front().refuse(&face(html, Locale::En), refusal), "retry-after"),
                seconds,
                "{refusal:?}"
            );
        }
    }
}

#[test]
fn every_answer_has_the_protective_headers() {
    for html in [true, false] {
        let answer = front().refuse(&face(html, Locale::Ja), Refusal::Denied);
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("content-language", "ja"),
        ] {
            assert_eq!(header(&answer, name), value);
        }
        assert_eq!(header(&answer, "x-request-id").len(), 22);
        assert_eq!(header(&answer, "content-length"), answer.body().len().to_string());
    }
    let policy = front().refuse(&face(true, Locale::En), Refusal::Denied).headers()["content-security-policy"].clone();
    let policy = policy.to_str().expect("ASCII");
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe") && !policy.contains("http"));
    assert!(
        policy.contains("base-uri 'none'")
            && policy.contains("frame-ancestors 'self'")
            && policy.contains("form-action 'self'")
    );
}

#[test]
fn wrong_names_wrong_passwords_and_no_access_look_alike() {
    let one = front().refuse(&face(false, Locale::En), Refusal::WrongCredentials);
    let other = front().refuse(&face(false, Locale::En), Refusal::WrongCredentials);
    assert_eq!((one.headers(), one.body()), (other.headers(), other.body()));
}
