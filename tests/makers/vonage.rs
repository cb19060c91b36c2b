//! Vonage Verify v2, as its SDK and its documentation have it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sim::{Desk, Request, Route, Standing, What, refuse};

pub const SETTINGS: &str = r#"kind = "vonage-verify"
api_key = "abcd1234"
api_secret = "secret-of-vonage"
brand = "Hospital"
"#;

/// Wrong entries after which a request is over.
const MOST: u32 = 3;

pub fn route(request: &Request) -> Route<'_> {
    let expected = format!("Basic {}", STANDARD.encode("abcd1234:secret-of-vonage"));
    if request.header("authorization") != expected {
        return refuse(401, problem(401, "unauthorized"));
    }
    let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    let json = request.header("content-type") == "application/json";
    let Some(rest) = request.path.strip_prefix("/v2/verify") else { return refuse(404, problem(404, "not-found")) };
    match (request.method.as_str(), rest.strip_prefix('/')) {
        ("POST", None) if json => (Some(What::Begin), Box::new(move |desk| begin(desk, &body))),
        ("POST", Some(id)) if json => (Some(What::Check), Box::new(move |desk| check(desk, id, &body))),
        ("DELETE", Some(id)) => (Some(What::Cancel), Box::new(move |desk| cancel(desk, id))),
        _ => refuse(415, problem(415, "unsupported")),
    }
}

fn begin(desk: &mut Desk, body: &Value) -> (u16, String) {
    let steps = body["workflow"].as_array().map(Vec::as_slice).unwrap_or_default();
    let [step] = steps else { return (422, problem(422, "invalid-params")) };
    let to = step["to"].as_str().unwrap_or_default().to_owned();
    let brand = body["brand"].as_str().is_some_and(|brand| (1..=16).contains(&brand.chars().count()));
    let within = |value: &Value, least, most| value.as_u64().is_some_and(|n| (least..=most).contains(&n));
    let plain = to.len() >= 8 && to.bytes().all(|b| b.is_ascii_digit());
    let whole = brand && plain && within(&body["channel_timeout"], 15, 900) && within(&body["code_length"], 4, 10);
    if !whole || step["channel"] != "sms" {
        return (422, problem(422, "invalid-params"));
    }
    if let Some(other) = desk.pending(&to) {
        let title = "Conflict";
        let detail = "Concurrent verifications to the same number are not allowed";
        let kind = "https://developer.vonage.com/api-errors/verify#conflict";
        let body = json!({ "type": kind, "title": title, "detail": detail, "request_id": other.id });
        return (409, body.to_string());
    }
    let length = body["code_length"].as_u64().map_or(4, |length| length as usize);
    let begun = desk.begin(|n| format!("c11236f4-00bf-4b89-84ba-{n:012}"), &to, length);
    (202, json!({ "request_id": begun.id }).to_string())
}

fn check(desk: &mut Desk, id: &str, body: &Value) -> (u16, String) {
    let Some(code) = body["code"].as_str() else { return (422, problem(422, "invalid-params")) };
    let Some(begun) = desk.find(id) else { return (404, problem(404, "not-found")) };
    match begun.standing {
        Standing::Pending if begun.code == code => {
            begun.standing = Standing::Approved;
            (200, json!({ "request_id": id, "status": "completed" }).to_string())
        }
        Standing::Pending => {
            begun.checks += 1;
            if begun.checks >= MOST {
                begun.standing = Standing::AskedTooOften;
            }
            (400, problem(400, "invalid-code"))
        }
        Standing::AskedTooOften | Standing::Expired => (410, problem(410, "expired")),
        Standing::Approved | Standing::Canceled => (404, problem(404, "not-found")),
    }
}

fn cancel(desk: &mut Desk, id: &str) -> (u16, String) {
    match desk.find(id).filter(|begun| begun.standing == Standing::Pending) {
        Some(begun) => {
            begun.standing = Standing::Canceled;
            (204, String::new())
        }
        None => (404, problem(404, "not-found")),
    }
}

fn problem(status: u16, kind: &str) -> String {
    let kind = format!("https://developer.vonage.com/api-errors/verify#{kind}");
    json!({ "type": kind, "title": "No", "detail": "It cannot be done", "instance": "bf0ca0bf", "status": status })
        .to_string()
}
