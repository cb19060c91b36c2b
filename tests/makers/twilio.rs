//! Twilio Verify v2, as its OpenAPI and its error pages have it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::sim::{Begun, Desk, Request, Route, Standing, What, refuse};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "test_auth_token_0123456789abcdef";
const SERVICE: &str = "VA00000000000000000000000000000001";

pub const SETTINGS: &str = r#"kind = "twilio-verify"
account = "AC00000000000000000000000000000001"
token = "test_auth_token_0123456789abcdef"
service = "VA00000000000000000000000000000001"
"#;

/// Checks that a verification has, and sends to one number in ten minutes.
const MOST: u32 = 5;

pub fn route(request: &Request) -> Route<'_> {
    let expected = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}")));
    if request.header("authorization") != expected {
        return refuse(401, error(401, 20003));
    }
    if request.method != "POST" || request.header("content-type") != "application/x-www-form-urlencoded" {
        return refuse(415, error(415, 20011));
    }
    let form: BTreeMap<_, _> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let Some(place) = request.path.strip_prefix(&format!("/v2/Services/{SERVICE}/")) else {
        return refuse(404, error(404, 20404));
    };
    match place.split_once('/').unwrap_or((place, "")) {
        ("Verifications", "") => (Some(What::Begin), Box::new(move |desk| begin(desk, &form))),
        ("Verifications", sid) => (Some(What::Cancel), Box::new(move |desk| update(desk, sid, &form))),
        ("VerificationCheck", "") => (Some(What::Check), Box::new(move |desk| check(desk, &form))),
        _ => refuse(404, error(404, 20404)),
    }
}

fn begin(desk: &mut Desk, form: &BTreeMap<String, String>) -> (u16, String) {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let to = field("To");
    let known = ["sms", "call", "email", "whatsapp", "sna", "auto"].contains(&field("Channel"));
    if !to.starts_with('+') || to.len() < 9 || !known || field("Locale").is_empty() {
        return (400, error(400, 60200));
    }
    // What is under way to a number is sent once more, code and all.
    if let Some(again) = desk.pending(to) {
        if again.sends == MOST {
            return (429, error(429, 60203));
        }
        again.sends += 1;
        return (201, shown(again));
    }
    (201, shown(desk.begin(|n| format!("VE{n:032}"), to, 6)))
}

fn check(desk: &mut Desk, form: &BTreeMap<String, String>) -> (u16, String) {
    let (Some(sid), Some(code)) = (form.get("VerificationSid"), form.get("Code")) else {
        return (400, error(400, 60200));
    };
    if !(4..=10).contains(&code.len()) {
        return (400, error(400, 60200));
    }
    let Some(begun) = desk.find(sid) else { return (404, error(404, 20404)) };
    match begun.standing {
        Standing::Pending if begun.checks == MOST => {
            begun.standing = Standing::AskedTooOften;
            (429, error(429, 60202))
        }
        Standing::Pending => {
            begun.checks += 1;
            if begun.code == *code {
                begun.standing = Standing::Approved;
            }
            (200, shown(begun))
        }
        Standing::AskedTooOften => (429, error(429, 60202)),
        Standing::Approved | Standing::Canceled | Standing::Expired => (404, error(404, 20404)),
    }
}

fn update(desk: &mut Desk, sid: &str, form: &BTreeMap<String, String>) -> (u16, String) {
    match desk.find(sid).filter(|begun| begun.standing == Standing::Pending) {
        Some(begun) if form.get("Status").is_some_and(|status| status == "canceled") => {
            begun.standing = Standing::Canceled;
            (200, shown(begun))
        }
        Some(_) => (400, error(400, 60200)),
        None => (404, error(404, 20404)),
    }
}

fn shown(begun: &Begun) -> String {
    let status = match begun.standing {
        Standing::Approved => "approved",
        Standing::Canceled => "canceled",
        _ => "pending",
    };
    json!({
        "sid": begun.id, "service_sid": SERVICE, "account_sid": ACCOUNT, "to": begun.to, "channel": "sms",
        "status": status, "valid": begun.standing == Standing::Approved, "amount": null, "payee": null,
    })
    .to_string()
}

fn error(status: u16, code: u32) -> String {
    // Real ones quote the number that they were given.
    let message = format!("The number +819012345678 met error {code}");
    json!({ "code": code, "message": message, "more_info": "https://www.twilio.com/docs/errors", "status": status })
        .to_string()
}
