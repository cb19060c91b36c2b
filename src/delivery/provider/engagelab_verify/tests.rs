//! What goes to EngageLab, byte for byte, and what its answers mean.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::outcome::Class::*;
use crate::domain::secret::Secret;

const ID: &str = "1725000000000000001";

fn maker() -> EngagelabVerify {
    let pairs = [
        ("dev_key", "key"),
        ("dev_secret", "secret"),
        ("template", "hosp_login"),
        ("length", "6"),
        ("life", "5"),
        ("base_url", "https://otp.example/"),
    ];
    EngagelabVerify::new(&given(&pairs, &["dev_secret"])).expect("good settings")
}

fn text(request: &Request) -> String {
    format!("{} {} {}", request.method(), request.uri(), String::from_utf8_lossy(request.body()))
}

#[test]
fn it_asks_for_a_message_and_for_a_check() {
    let request = maker().begin(&message());
    let expected = concat!(
        "POST https://otp.example/v1/messages ",
        r#"{"template":{"id":"hosp_login","language":"ja","params":{}},"to":"+819012345678"}"#
    );
    assert_eq!(text(&request), expected);
    assert_eq!(request.headers()["authorization"], format!("Basic {}", STANDARD.encode("key:secret")));
    let entry = Secret::new("482913".to_owned());
    let expected =
        format!(r#"POST https://otp.example/v1/verifications {{"message_id":"{ID}","verify_code":"482913"}}"#);
    assert_eq!(text(&maker().check(ID, &entry)), expected);
    assert!(maker().cancel(ID).is_none(), "nothing of the kind is documented");
}

#[test]
fn every_documented_error_has_its_class() {
    let begun = |status, body: &str| maker().begun(&answer(status, &[], body));
    let taken = begun(200, &format!(r#"{{"message_id":"{ID}","send_channel":"sms"}}"#));
    assert_eq!(taken.map(|accepted| accepted.reference), Ok(Some(ID.to_owned())));
    for (status, code, class) in [
        (500, 1000, Transient),
        (401, 2001, Config),
        (401, 2002, Config),
        (403, 2004, Config),
        (400, 3001, Config),
        (400, 3002, Config),
        (400, 3003, Config),
        (400, 3004, Throttle),
        (400, 4001, Config),
        (400, 5001, Transient),
        (400, 5011, RecipientPermanent),
        (400, 5012, Transient),
        (400, 5013, OptOut),
        (400, 5014, Config),
        (400, 5015, Fraud),
        (400, 5016, Transient),
        (400, 5017, Region),
        (400, 5018, Transient),
        (400, 5019, OptOut),
        (400, 5020, RecipientPermanent),
        (400, 5999, Config),
        // The number counts, whatever the status.
        (200, 5015, Fraud),
    ] {
        let failed = begun(status, &format!(r#"{{"code":{code},"message":"…","message_id":"{ID}"}}"#));
        assert_eq!(failed.map_err(|f| (f.class, f.number)), Err((class, Some(code))), "{status} {code}");
    }
    for (status, body, class) in
        [(200, "{}", Ambiguous), (200, "", Ambiguous), (502, "", Ambiguous), (503, "", Transient)]
    {
        assert_eq!(begun(status, body).map_err(|failure| failure.class), Err(class), "{status} {body}");
    }
}

#[test]
fn right_is_one_word_about_this_message_and_nothing_else() {
    let checked = |status, body: &str| maker().checked(ID, &answer(status, &[], body));
    let said = |id: &str, verified: &str| format!(r#"{{"message_id":"{id}","verify_code":"1","verified":{verified}}}"#);
    assert_eq!(checked(200, &said(ID, "true")), Checked::Right);
    assert_eq!(checked(200, &said(ID, "false")), Checked::Wrong);
    assert_eq!(checked(400, r#"{"code":3003,"message":"expired"}"#), Checked::Over);
    assert_eq!(checked(400, r#"{"code":4001,"message":"not found"}"#), Checked::Over);
    for (status, body, class) in [
        (200, said("1725000000000000002", "true"), Ambiguous),
        (200, r#"{"verified":true}"#.to_owned(), Ambiguous),
        (200, "true".to_owned(), Ambiguous),
        (201, said(ID, "true"), Ambiguous),
        (400, said(ID, "true"), Config),
        (200, format!(r#"{{"message_id":"{ID}","verified":true,"code":3002}}"#), Config),
        (401, r#"{"code":2001}"#.to_owned(), Config),
        (429, String::new(), Throttle),
        (500, r#"{"code":1000}"#.to_owned(), Transient),
    ] {
        let found = checked(status, &body);
        assert!(matches!(found, Checked::Failed(failure) if failure.class == class), "{status} {body}: {found:?}");
    }
}
