//! What is read of a body, and what is not.

use crate::domain::refusal::Refusal;
use crate::pages::form::{Form, Media, json, media};

use super::house::request;

fn typed(kind: &str, body: &str) -> Result<Media, Refusal> {
    media(&request("POST", "/", &[("content-type", kind)], body))
}

#[test]
fn fields_are_read_as_browsers_write_them() {
    let form = Form::read("username=%E5%B1%B1%E7%94%B0+a%2Bb&code=482+913&empty=&bare".as_bytes()).expect("a form");
    assert_eq!(form.get("username"), Some("山田 a+b"));
    assert_eq!(form.get("code"), Some("482 913"));
    assert_eq!((form.get("empty"), form.filled("empty"), form.get("bare")), (Some(""), None, Some("")));
    assert_eq!(form.get("nothing"), None);
    assert!(Form::read(b"").is_ok() && Form::read(b"&&").is_ok());
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    for bad in ["code=1&code=2", "code=1&c%6fde=2", "a=%", "a=%2", "a=%zz", "a=%ff", "a=%c0%ae"] {
        assert!(matches!(Form::read(bad.as_bytes()), Err(Refusal::Malformed(_))), "{bad}");
    }
}

#[test]
fn only_json_and_forms_in_utf8_are_taken() {
    for (kind, expected) in [
        ("application/json", Ok(Media::Json)),
        ("Application/JSON; charset=\"UTF-8\"", Ok(Media::Json)),
        ("application/x-www-form-urlencoded", Ok(Media::Form)),
        ("application/x-www-form-urlencoded;charset=utf-8", Ok(Media::Form)),
        ("application/x-www-form-urlencoded; charset=shift_jis", Err(Refusal::BodyType)),
        ("text/plain", Err(Refusal::BodyType)),
        ("multipart/form-data; boundary=x", Err(Refusal::BodyType)),
        ("application/jsonx", Err(Refusal::BodyType)),
        ("", Err(Refusal::BodyType)),
    ] {
        assert_eq!(typed(kind, "x"), expected, "{kind}");
    }
    assert_eq!(media(&request("POST", "/", &[], "")), Ok(Media::Nothing));
    assert_eq!(media(&request("POST", "/", &[], "x")), Err(Refusal::BodyType));
    let twice = [("content-type", "application/json"), ("content-type", "text/plain")];
    assert_eq!(media(&request("POST", "/", &twice, "{}")), Err(Refusal::BodyType));
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(media(&request("POST", "/", &packed, "{}")), Err(Refusal::BodyType));
}

#[test]
fn json_is_one_object_with_each_member_once() {
    #[derive(Debug, serde::Deserialize)]
    struct Verify {
        code: Option<String>,
    }
    let read = |body: &str| json::<Verify>(&request("POST", "/", &[("content-type", "application/json")], body));
    assert_eq!(read(r#" {"code":"482913","more":1}"#).expect("an object").code.as_deref(), Some("482913"));
    for bad in
        ["", "[]", r#"["482913"]"#, "null", r#"{"code":482913}"#, r#"{"code":"1","code":"2"}"#, r#"{"code":"1"} x"#]
    {
        assert!(matches!(read(bad), Err(Refusal::Malformed(_))), "{bad}");
    }
    assert!(json::<Verify>(&request("POST", "/", &[], "")).expect("left out").code.is_none());
}
