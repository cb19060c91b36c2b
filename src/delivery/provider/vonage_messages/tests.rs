//! The Messages API's request as documented, answers of the documented shapes, and webhooks with their tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;
use crate::domain::money::Money;

const NOW: Wall = Wall(1_790_000_000_000);
const APPLICATION: &str = "0f0f0f0f-1111-2222-3333-444444444444";
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vendors/keys/rsa-key.pem");

fn make(channel: Channel, keys: &[(&'static str, &str)]) -> Result<VonageMessages, ProviderFault> {
    // As it lies in a checkout everybody may read it.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key.pem");
    std::fs::copy(KEY, &path).expect("copied");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, mode).expect("mode");
    let path = path.display().to_string();
    let base = [
        ("application", APPLICATION),
        ("private_key", path.as_str()),
        ("from", "HOSPITAL"),
        ("base_url", "https://api.nexmo.com"),
    ];
    let keys = [&base[..], keys].concat();
    VonageMessages::new(&given(&keys, &["signature_secret"]), &site(channel, "vonage"))
}

fn json_of(request: &Request) -> Value {
    serde_json::from_slice(request.body()).expect("JSON")
}

#[test]
fn an_sms_is_the_documented_request() {
    let vonage = make(Channel::Sms, &[("trusted", "true")]).expect("good settings");
    let request = vonage.request(&message(), NOW);
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "https://api.nexmo.com/v1/messages")
    );
    assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
    let site = site(Channel::Sms, "vonage");
    let expected = json!({
        "message_type": "text",
        "channel": "sms",
        "to": "819012345678",
        "from": "HOSPITAL",
        "text": message().text.expose(),
        "client_ref": site.tag(&message()),
        "webhook_url": site.address(&message()),
        "ttl": 299,
        "sms": {"encoding_type": "unicode"},
        "trusted_recipient": true,
    });
    assert_eq!(json_of(&request), expected);
}

#[test]
fn the_token_says_who_asks_and_for_how_long() {
    let vonage = make(Channel::Sms, &[]).expect("good settings");
    let claims = |message: &Message, now| {
        let request = vonage.request(message, now);
        let token = bearer(&request).expect("a token").to_owned();
        let part = token.split('.').nth(1).expect("claims").to_owned();
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    let one = claims(&message(), NOW);
    assert_eq!(one["application_id"], APPLICATION);
    assert_eq!((one["iat"].as_i64(), one["exp"].as_i64()), (Some(1_790_000_000), Some(1_790_000_300)));
    assert_eq!(one["jti"].as_str().map(str::len), Some(36));
    assert_ne!(one["jti"], claims(&message(), Wall(NOW.0 + 1))["jti"]);
    assert_ne!(one["jti"], claims(&Message { send: 3, ..message() }, NOW)["jti"]);
    assert!(vonage.request(&message(), NOW).headers()[AUTHORIZATION].is_sensitive());
}

#[test]
fn whatsapp_takes_the_template_with_the_code_twice() {
    let keys = [("template", "login_en, ja=login_ja"), ("from", "815000000000")];
    let vonage = make(Channel::Whatsapp, &keys).expect("good settings");
    let body = json_of(&vonage.request(&message(), NOW));
    let code = json!([{"type": "text", "text": "482913"}]);
    assert_eq!((&body["message_type"], &body["channel"]), (&json!("custom"), &json!("whatsapp")));
    assert_eq!(
        body["custom"],
        json!({"type": "template", "template": {
            "name": "login_ja",
            "language": {"policy": "deterministic", "code": "ja"},
            "components": [
                {"type": "body", "parameters": code},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
            ],
        }})
    );
    assert!(body.get("text").is_none() && body.get("ttl").is_none());
    let keys = [("template", "login"), ("language", "ja=ja_JP"), ("from", "815000000000")];
    let body = json_of(&make(Channel::Whatsapp, &keys).expect("good settings").request(&message(), NOW));
    assert_eq!(body["custom"]["template"]["language"]["code"], "ja_JP");
}

#[test]
fn settings_that_cannot_work_are_named() {
    let fault = |channel, keys: &[(&'static str, &str)]| make(channel, keys).map(|_| ()).map_err(|fault| fault.key);
    assert_eq!(fault(Channel::Sms, &[]), Ok(()));
    assert_eq!(fault(Channel::Sms, &[("application", "mine")]), Err(Some("application")));
    assert_eq!(fault(Channel::Sms, &[("from", "+81")]), Err(Some("from")));
    assert_eq!(fault(Channel::Sms, &[("private_key", "/nonexistent/key.pem")]), Err(Some("private_key")));
    assert_eq!(fault(Channel::Whatsapp, &[]), Err(Some("template")));
    assert_eq!(fault(Channel::Whatsapp, &[("template", "a b")]), Err(Some("template")));
}

#[test]
fn answers_are_read_as_documented() {
    let vonage = make(Channel::Sms, &[]).expect("good settings");
    let outcome = |status, body: &str| vonage.outcome(&answer(status, &[], body));
    let taken = Accepted { reference: Some("u-1".to_owned()), price: None };
    assert_eq!(outcome(202, r#"{"message_uuid":"u-1"}"#), Ok(taken.clone()));
    assert_eq!(outcome(202, r#"{"message_uuid":"u-1","workflow_id":"w"}"#), Ok(taken));
    let problem = |number: &str| {
        format!(
            r#"{{"type":"https://developer.vonage.com/api-errors#{number}","title":"no","detail":"…","instance":"i"}}"#
        )
    };
    for (status, body, class, number) in [
        (429, problem("1010"), Class::Throttle, Some(1010)),
        (400, problem("1010"), Class::Throttle, Some(1010)),
        (401, problem("unauthorized"), Class::Config, None),
        (402, problem("low-balance"), Class::Funds, None),
        (403, problem("forbidden"), Class::Config, None),
        (422, problem("1150"), Class::Config, Some(1150)),
        (500, problem("internal"), Class::Ambiguous, None),
        (503, String::new(), Class::Transient, None),
        (202, String::new(), Class::Ambiguous, None),
        (200, "<html>".to_owned(), Class::Ambiguous, None),
        (202, r#"{"message_uuid":7}"#.to_owned(), Class::Ambiguous, None),
    ] {
        assert_eq!(outcome(status, &body), Err(Failure { class, number, wait: None }), "{status} {body}");
    }
}

/// A webhook with a token of the account.
fn webhook(target: &str, body: &str, claims: &Value, secret: &[u8]) -> ::http::Request<Bytes> {
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let signed = format!("{}.{}", part(r#"{"alg":"HS256","typ":"JWT"}"#), part(&claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    ::http::Request::post(target)
        .header("authorization", format!("Bearer {signed}.{}", part_of(tag.as_ref())))
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("a request")
}

fn part_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn a_webhook_needs_its_token_and_the_token_its_body() {
    let vonage = make(Channel::Sms, &[("signature_secret", "hooks")]).expect("good settings");
    let tag = site(Channel::Sms, "vonage").tag(&message());
    let body = format!(
        r#"{{"message_uuid":"u-1","to":"819012345678","from":"HOSPITAL","timestamp":"2026-09-21T14:13:20Z","status":"delivered","client_ref":"{tag}","usage":{{"currency":"EUR","price":"0.0333"}},"channel":"sms"}}"#
    );
    let claims = |iat: i64, hash: &str| json!({"iat": iat, "jti": "j", "iss": "Vonage", "payload_hash": hash, "api_key": "abcd1234"});
    let (iat, hash) = (NOW.secs(), sha256_hex(body.as_bytes()));
    let place = "/.sekisho/receipts/vonage";
    let heard = vonage.read(&webhook(place, &body, &claims(iat, &hash), b"hooks"), NOW).expect("genuine");
    let report = Report {
        about: Some((message().challenge, 2)),
        reference: Some("u-1".to_owned()),
        fate: Fate::Delivered,
        price: Some(Money { micros: 33_300, currency: "EUR".to_owned() }),
    };
    assert_eq!(heard, Heard::from(report));
    assert!(vonage.read(&webhook(place, &body, &claims(iat - 300, &hash.to_uppercase()), b"hooks"), NOW).is_some());
    for request in [
        webhook(place, &body, &claims(iat, &hash), b"other"),
        webhook(place, &body, &claims(iat - 301, &hash), b"hooks"),
        webhook(place, &body, &claims(iat + 301, &hash), b"hooks"),
        webhook(place, &body, &json!({"iat": iat}), b"hooks"),
        webhook(place, &body, &json!({"payload_hash": hash}), b"hooks"),
        webhook(place, &body.replace("delivered", "rejected"), &claims(iat, &hash), b"hooks"),
    ] {
        assert_eq!(vonage.read(&request, NOW), None);
    }
    let address = site(Channel::Sms, "vonage").address(&message()).expect("https");
    let bare = ::http::Request::post(address).body(Bytes::from(body)).expect("a request");
    assert_eq!(vonage.read(&bare, NOW), None, "with a secret the address alone is not enough");
}

#[test]
fn without_a_secret_the_address_has_to_be_ours() {
    let vonage = make(Channel::Sms, &[]).expect("good settings");
    let address = site(Channel::Sms, "vonage").address(&message()).expect("https");
    let read = |address: &str, status: &str| {
        let body = format!(
            r#"{{"message_uuid":"u-1","status":"{status}","error":{{"type":"https://x#1320","title":"1320"}}}}"#
        );
        vonage.read(&::http::Request::post(address).body(Bytes::from(body)).expect("a request"), NOW)
    };
    for (status, fate) in [
        ("submitted", Fate::Carried),
        ("delivered", Fate::Delivered),
        ("read", Fate::Delivered),
        ("rejected", Fate::Lost("rejected")),
        ("undeliverable", Fate::Lost("undeliverable")),
        ("something new", Fate::Underway),
    ] {
        let report = read(&address, status).expect("ours").reports.remove(0);
        assert_eq!((report.about, report.fate), (Some((message().challenge, 2)), fate), "{status}");
    }
    assert_eq!(read(&address.replace("&n=2", "&n=1"), "rejected"), None);
    assert_eq!(read("https://records.example.jp/.sekisho/receipts/vonage", "rejected"), None);
}
