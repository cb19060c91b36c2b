//! The request to Plivo as its library makes it, its answers, and its signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);
const TOKEN: &str = "plivo_token";

fn made(more: &[(&'static str, &str)]) -> Result<Plivo, ProviderFault> {
    let mut keys = vec![
        ("auth_id", "MA0000000000000000"),
        ("auth_token", TOKEN),
        ("receipts", "signed"),
        ("base_url", "https://api.plivo.com"),
    ];
    keys.extend(more);
    Plivo::new(&given(&keys, &["auth_token"]), &site(Channel::Sms, "plivo"))
}

fn plivo() -> Plivo {
    made(&[("from", "+15005550006")]).expect("good settings")
}

fn address() -> String {
    site(Channel::Sms, "plivo").address(&message()).expect("an address")
}

fn form(status: &str) -> String {
    format!("From=15005550006&MessageUUID=u-1&Status={status}&To=819012345678&Units=1")
}

fn post(url: &str, form: &str, headers: &[(&str, &str)]) -> ::http::Request<Bytes> {
    let start = ::http::Request::post(url).header("content-type", "application/x-www-form-urlencoded");
    let request = headers.iter().fold(start, |request, (name, value)| request.header(*name, *value));
    request.body(Bytes::copy_from_slice(form.as_bytes())).expect("a request")
}

fn sign(token: &str, text: &str) -> String {
    STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes()), text.as_bytes()))
}

#[test]
fn the_request_is_the_librarys() {
    for (sender, field, value) in
        [(("from", "+15005550006"), "src", "15005550006"), (("powerpack", "86bb"), "powerpack_uuid", "86bb")]
    {
        let request = made(&[sender]).expect("good settings").request(&message(), NOW);
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "https://api.plivo.com/v1/Account/MA0000000000000000/Message/");
        let credentials = STANDARD.encode(format!("MA0000000000000000:{TOKEN}"));
        assert_eq!(request.headers()["authorization"], format!("Basic {credentials}").as_str());
        let text = Value::from(message().text.expose().as_str());
        let expected = format!(
            r#"{{"{field}":"{value}","dst":"819012345678","text":{text},"type":"sms","log":false,"message_expiry":299,"url":"{}","method":"POST"}}"#,
            address()
        );
        let body: Value = serde_json::from_slice(request.body()).expect("JSON");
        assert_eq!(body, serde_json::from_str::<Value>(&expected).expect("JSON"));
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    let fault = |more: &[(&'static str, &str)]| made(more).err().and_then(|fault| fault.key);
    assert_eq!(fault(&[]), Some("from"));
    assert_eq!(fault(&[("from", "1"), ("powerpack", "2")]), Some("from"));
    assert_eq!(fault(&[("from", "1"), ("auth_id", "../x")]), Some("auth_id"));
}

#[test]
fn every_answer_has_its_meaning() {
    let body = r#"{"message":"message(s) queued","message_uuid":["u-1"],"api_id":"a-1"}"#;
    let taken = Accepted { reference: Some("u-1".to_owned()), price: None };
    assert_eq!(plivo().outcome(&answer(202, &[], body)), Ok(taken));
    for (status, body, class) in [
        (400, r#"{"api_id":"a-1","error":"…"}"#, Class::Config),
        (401, "", Class::Config),
        (402, "", Class::Funds),
        (404, "", Class::Config),
        (429, "", Class::Throttle),
        (500, "", Class::Ambiguous),
        (503, "", Class::Transient),
        (200, r#"{"api_id":"a-1","error":"…"}"#, Class::Config),
        (202, r#"{"message_uuid":[]}"#, Class::Ambiguous),
        (202, "<html>Welcome to the hotel</html>", Class::Ambiguous),
    ] {
        assert_eq!(plivo().outcome(&answer(status, &[], body)).map_err(|f| f.class), Err(class), "{status} {body}");
    }
}

#[test]
fn the_vendors_own_signature_is_right() {
    let form = b"To=819012345678&Status=delivered&From=15005550006&MessageUUID=u-1";
    let text = signed_text("https://gw.example.jp/cb/plivo", "", form);
    assert_eq!(
        text,
        "https://gw.example.jp/cb/plivo?From15005550006MessageUUIDu-1Statusdelivered".to_owned() + "To819012345678"
    );
    assert_eq!(sign(TOKEN, &format!("{text}.12345")), "wlm/2kD6zm0ov/Dgtwz0pQGawU+fAptaICh44OvojHk=");
    assert_eq!(signed_text("https://x/y", "b=2&a=1", b"d=4&c=3"), "https://x/y?a=1&b=2.c3d4");
}

#[test]
fn a_report_is_signed_and_bears_our_mark() {
    let (place, query) = address().split_once('?').map(|(p, q)| (p.to_owned(), q.to_owned())).expect("a query");
    let sorted = {
        let mut pairs: Vec<_> = query.split('&').collect();
        pairs.sort_unstable();
        pairs.join("&")
    };
    let text = format!("{place}?{sorted}.From15005550006MessageUUIDu-1StatusdeliveredTo819012345678Units1.n1");
    let right = sign(TOKEN, &text);
    let read = |url: &str, form: &str, headers: &[(&str, &str)]| plivo().read(&post(url, form, headers), NOW).is_some();
    let good = [(SIGNATURES, right.as_str()), (NONCE, "n1")];
    assert!(read(&address(), &form("delivered"), &good));
    let two = format!("{}, {right}", sign("the older token", &text));
    assert!(read(&address(), &form("delivered"), &[(SIGNATURES, &two), good[1]]), "while the token changes");
    assert!(!read(&address(), &form("failed"), &good));
    assert!(!read(&address(), &form("delivered"), &[good[0], (NONCE, "n2")]));
    assert!(!read(&address(), &form("delivered"), &[good[0]]));
    assert!(!read(&address(), &form("delivered"), &[]));
    assert!(!read(&address().replace("&n=2", "&n=3"), &form("delivered"), &good));
    assert!(!read(&place, &form("delivered"), &good));
}

#[test]
fn every_state_has_its_fate() {
    let marked = made(&[("from", "1"), ("receipts", "marked")]).expect("good settings");
    for (status, fate) in [
        ("queued", Fate::Underway),
        ("sent", Fate::Carried),
        ("delivered", Fate::Delivered),
        ("undelivered", Fate::Lost("undelivered")),
        ("failed", Fate::Lost("failed")),
        ("rejected", Fate::Lost("rejected")),
    ] {
        let about = Some((message().challenge, 2));
        let report = Report { about, reference: Some("u-1".to_owned()), ..Report::of(fate) };
        assert_eq!(marked.read(&post(&address(), &form(status), &[]), NOW), Some(report.into()), "{status}");
    }
    let forged = address().replace("&m=", "&m=0");
    assert_eq!(marked.read(&post(&forged, &form("failed"), &[]), NOW), None, "the mark is asked for all the same");
}
