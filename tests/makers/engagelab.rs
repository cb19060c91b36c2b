//! EngageLab OTP with codes of its own, as its SDK and its documentation have it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sim::{Desk, Request, Route, Standing, What, refuse};

pub const SETTINGS: &str = r#"kind = "engagelab-verify"
dev_key = "key-of-engagelab"
dev_secret = "secret-of-engagelab"
template = "hosp_login"
"#;

pub fn route(request: &Request) -> Route<'_> {
    let expected = format!("Basic {}", STANDARD.encode("key-of-engagelab:secret-of-engagelab"));
    if request.header("authorization") != expected {
        return refuse(401, error(2001));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return refuse(400, error(3001)) };
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/v1/messages") => (Some(What::Begin), Box::new(move |desk| begin(desk, &body))),
        ("POST", "/v1/verifications") => (Some(What::Check), Box::new(move |desk| check(desk, &body))),
        _ => refuse(404, error(4001)),
    }
}

fn begin(desk: &mut Desk, body: &Value) -> (u16, String) {
    let to = body["to"].as_str().unwrap_or_default();
    let template = &body["template"];
    let languages = ["default", "zh_CN", "zh_HK", "en", "ja", "th", "es"];
    if !template["language"].as_str().is_some_and(|language| languages.contains(&language)) || !to.starts_with('+') {
        return (400, error(3002));
    }
    if template["id"] != "hosp_login" {
        return (400, error(4001));
    }
    if desk.pending(to).is_some() {
        return (400, error(3004));
    }
    let begun = desk.begin(|n| format!("{}", 1_725_000_000_000_000_000usize + n), to, 6);
    (200, json!({ "message_id": begun.id, "send_channel": "sms" }).to_string())
}

fn check(desk: &mut Desk, body: &Value) -> (u16, String) {
    let (Some(id), Some(code)) = (body["message_id"].as_str(), body["verify_code"].as_str()) else {
        return (400, error(3002));
    };
    let Some(begun) = desk.find(id) else { return (400, error(4001)) };
    if begun.standing != Standing::Pending {
        return (400, error(3003));
    }
    begun.checks += 1;
    let verified = begun.code == code;
    if verified {
        begun.standing = Standing::Approved;
    }
    (200, json!({ "message_id": id, "verify_code": code, "verified": verified }).to_string())
}

fn error(code: u32) -> String {
    json!({ "code": code, "message": "it cannot be done" }).to_string()
}
