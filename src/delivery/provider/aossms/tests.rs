//! The request to AOSSMS as documented, its answers, and its notices.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn made(changes: &[(&'static str, &str)]) -> Result<Aossms, ProviderFault> {
    let good = [("token", TOKEN), ("client_id", "1234"), ("sms_code", "12345"), ("base_url", "https://sms.example.jp")];
    let keys: Vec<_> = good.iter().chain(changes).copied().collect();
    Aossms::new(&given(&keys, &["token"]), &site(Channel::Sms, "aossms"))
}

fn aossms() -> Aossms {
    made(&[]).expect("good settings")
}

fn tag() -> String {
    site(Channel::Sms, "aossms").tag(&message())
}

fn code(code: &str) -> Outcome {
    aossms().outcome(&answer(200, &[], &format!(r#"{{"responseCode":{code},"responseMessage":"…"}}"#)))
}

fn push(body: &str) -> Option<Vec<Report>> {
    let request = ::http::Request::post("/.sekisho/receipts/aossms").body(Bytes::copy_from_slice(body.as_bytes()));
    aossms().read(&request.expect("a request"), NOW).map(|heard| heard.reports)
}

fn notice(tag: &str, status: u32) -> String {
    format!(
        r#"{{"type":"DLR","dateTime":"2026/01/01 12:30:00","messageId":"M-1","phoneNumber":"+819012345678","smsCode":12345,"carrierId":101,"clientTag":"{tag}","statusId":{status},"detailedStatusId":{status},"separatedSuccessCount":1}}"#
    )
}

fn pushed(notices: &[String]) -> Option<Vec<Report>> {
    push(&format!(r#"{{"eventNotifications":[{}]}}"#, notices.join(",")))
}

#[test]
fn the_request_is_the_documented_one() {
    let request = aossms().request(&message(), NOW);
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "https://sms.example.jp/p5/api/mt.json")
    );
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    let body = std::str::from_utf8(request.body()).expect("ASCII");
    let begin = format!("token={TOKEN}&clientId=1234&smsCode=12345&message=482913+%E3%81%8C%22");
    let end = format!("&phoneNumber=%2B819012345678&clientTag={}", tag());
    assert!(body.starts_with(&begin) && body.ends_with(&end), "{body}");
    let text = url::form_urlencoded::parse(request.body()).find(|(name, _)| name == "message").map(|(_, text)| text);
    assert_eq!(text.as_deref(), Some(message().text.expose().as_str()));
    assert!((1..=200).contains(&tag().len()));
}

#[test]
fn settings_that_cannot_work_are_named() {
    for (key, value) in [
        ("token", "short"),
        ("sms_code", "1234"),
        ("sms_code", "1234567"),
        ("sms_code", "12a45"),
        ("client_id", ""),
        ("client_id", "a&b"),
    ] {
        assert_eq!(made(&[(key, value)]).err().and_then(|fault| fault.key), Some(key), "{value}");
    }
}

#[test]
fn a_tag_that_was_taken_before_is_taken() {
    assert_eq!(code("0"), Ok(Accepted::default()));
    assert_eq!(code("\"0\""), Ok(Accepted::default()));
    assert_eq!(code("400"), Ok(Accepted::default()), "duplicate client tag");
}

#[test]
fn every_response_code_has_its_class() {
    for (number, class) in [
        (100, Class::Config),
        (110, Class::Config),
        (120, Class::Config),
        (300, Class::Funds),
        (500, Class::Transient),
        (999, Class::Config),
    ] {
        assert_eq!(code(&number.to_string()), Err(Failure { class, number: Some(number), wait: None }));
    }
}

#[test]
fn an_answer_that_is_not_theirs_is_read_with_care() {
    for (status, body, class) in [
        (200, "<html>Welcome to the hotel</html>", Class::Ambiguous),
        (200, "", Class::Ambiguous),
        (200, r#"{"responseCode":"ok"}"#, Class::Ambiguous),
        (200, r#"{"responseCode":-1}"#, Class::Ambiguous),
        (301, "", Class::Config),
        (403, "", Class::Config),
        (429, "", Class::Throttle),
        (500, r#"{"responseCode":0}"#, Class::Ambiguous),
        (503, "", Class::Transient),
    ] {
        let class = Err(class);
        assert_eq!(aossms().outcome(&answer(status, &[], body)).map_err(|f| f.class), class, "{status} {body}");
    }
}

#[test]
fn our_mark_proves_a_notice() {
    for (status, fate) in
        [(0, Fate::Underway), (1, Fate::Underway), (2, Fate::Delivered), (3, Fate::Lost("failed")), (4, Fate::Underway)]
    {
        let about = Some((message().challenge, 2));
        let report = Report { about, reference: Some("M-1".to_owned()), ..Report::of(fate) };
        assert_eq!(pushed(&[notice(&tag(), status)]), Some(vec![report]), "{status}");
    }
    let forged = tag().replace("-2-", "-3-");
    for tag in [forged.as_str(), "", "campaign", &tag()[..50]] {
        assert_eq!(pushed(&[notice(tag, 2)]), None, "{tag}");
    }
    for body in ["", "[]", "{}", r#"{"eventNotifications":[]}"#, r#"{"eventNotifications":[7,null,{}]}"#] {
        assert_eq!(push(body), None, "{body}");
    }
}

#[test]
fn of_a_batch_only_what_is_ours_is_read() {
    let batch = [notice("campaign", 3), notice(&tag(), 1), "null".to_owned(), notice(&tag(), 2)];
    let fates: Vec<_> = pushed(&batch).expect("ours").into_iter().map(|report| report.fate).collect();
    assert_eq!(fates, [Fate::Underway, Fate::Delivered]);
}

#[test]
fn asking_for_a_message_that_is_not_there_shows_whether_we_are_known() {
    let probe = aossms().probe(NOW).expect("a question");
    let expected = format!("/p5/api/status.json?token={TOKEN}&clientId=1234&smsCode=12345&clientTag=sekisho-probe");
    assert_eq!(probe.uri().path_and_query().map(|path| path.as_str()), Some(expected.as_str()));
    let probed = |status, body| aossms().probed(&answer(status, &[], body));
    assert_eq!(probed(200, r#"{"responseCode":200,"responseMessage":"No data"}"#), Ok(Standing::default()));
    assert_eq!(probed(200, r#"{"responseCode":110}"#), Err("AOSSMS answers with code 110".to_owned()));
    assert_eq!(probed(200, "hello"), Err("what answers is not AOSSMS".to_owned()));
    assert_eq!(probed(502, ""), Err("AOSSMS answers with status 502".to_owned()));
}
