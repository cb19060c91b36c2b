//! Every way known to name somebody else: each is refused, or read as what every application reads.

use http::HeaderValue;

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

fn of(field: &Field, query: &str, kind: &str, body: &[u8]) -> Result<Option<String>, Refusal> {
    let mut headers = HeaderMap::new();
    if !kind.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).expect("a value"));
    }
    read(field, query.as_bytes(), &headers, body, Charset::UTF8)
}

fn form(query: &str, body: &str) -> Result<Option<String>, Refusal> {
    of(&Field::Form("username".to_owned()), query, FORM, body.as_bytes())
}

fn parts(all: &[&str]) -> Vec<u8> {
    let mut out: Vec<u8> = all.iter().flat_map(|part| format!("--B\r\n{part}\r\n").into_bytes()).collect();
    out.extend_from_slice(b"--B--\r\n");
    out
}

fn multipart(all: &[&str]) -> Result<Option<String>, Refusal> {
    of(&Field::Form("username".to_owned()), "", "multipart/form-data; boundary=B", &parts(all))
}

fn json(body: &str) -> Result<Option<String>, Refusal> {
    let field = Field::pointer("/user/name").expect("a pointer");
    of(&field, "", "application/json", body.as_bytes())
}

fn alice() -> Result<Option<String>, Refusal> {
    Ok(Some("alice".to_owned()))
}

#[test]
fn a_name_that_stands_there_once_is_read() {
    for body in [
        "username=alice",
        "csrf=a%3Bb&username=alice&password=%25%26",
        "user%6eame=%61lice",
        "password=100%&username=alice",
        "next=/a;b&username=alice",
        "&&username=alice&",
    ] {
        assert_eq!(form("next=/x", body), alice(), "{body}");
    }
    assert_eq!(form("username=alice", "password=x"), alice(), "in the query");
    assert_eq!(form("", "username=%E5%B1%B1%E7%94%B0+%E5%A4%AA"), Ok(Some("山田 太".to_owned())));
    assert_eq!(form("", "username=山田"), Ok(Some("山田".to_owned())));
    assert_eq!(form("", "username="), Ok(Some(String::new())));
    assert_eq!(form("q=100%25;x", "name=alice&user=bob"), Ok(None));
    assert_eq!(form("", ""), Ok(None));
}

#[test]
fn whatever_could_be_the_field_counts_as_one_more() {
    for (query, body) in [
        ("", "username=alice&username=bob"),
        ("", "username=alice&username=alice"),
        ("username=bob", "username=alice"),
        ("USERNAME=bob", "username=alice"),
        ("", "username=alice&Username=bob"),
        ("", "username=alice&user%6Eame=bob"),
        ("", "username=alice&username[]=bob"),
        ("", "username=alice&username%5B0%5D=bob"),
        ("", "username[x]=bob"),
        ("", "username[]=bob"),
        ("", "username=alice&+username=bob"),
        ("", "username=alice&%0ausername=bob"),
        ("", "username=alice&username%00x=bob"),
        ("", "username=alice;username=bob"),
        ("", "x=1;username=bob"),
        ("", "username=alice;x=1"),
        ("x=1;username=bob", "username=alice"),
        ("", "username"),
    ] {
        let read = form(query, body);
        let ok = body == "username" && read == Ok(Some(String::new()));
        assert!(ok || matches!(read, Err(Refusal::Malformed(_))), "{query} {body}: {read:?}");
    }
}

#[test]
fn names_that_php_makes_into_others_are_known() {
    let field = Field::Form("user_name".to_owned());
    for body in ["user.name=bob", "user+name=bob", "user[name=bob", "User.Name=bob&user_name=alice"] {
        let read = of(&field, "", FORM, body.as_bytes());
        assert!(matches!(read, Err(Refusal::Malformed(_))), "{body}: {read:?}");
    }
    let nested = Field::Form("user[name]".to_owned());
    assert_eq!(of(&nested, "", FORM, b"user[name]=alice&user[password]=x"), alice());
    for body in ["user[name]=alice&user[name][]=bob", "user[name]=alice&USER[Name]=bob"] {
        assert!(matches!(of(&nested, "", FORM, body.as_bytes()), Err(Refusal::Malformed(_))), "{body}");
    }
}

#[test]
fn encodings_that_not_everybody_decodes_are_refused() {
    for body in [
        "%u0075sername=bob",
        "user%name=bob",
        "username=%u0062ob",
        "username=alic%",
        "username=%C0%AEalice",
        "username=%FF",
        "username=al%00ice",
        "username=alice%0d%0aX: y",
        "_charset_=utf-7&username=alice",
        "_charset_=shift_jis&username=alice",
    ] {
        assert!(matches!(form("", body), Err(Refusal::Malformed(_))), "{body}");
    }
    assert_eq!(form("", "_charset_=UTF-8&username=alice"), alice());
    let long = format!("username={}", "a".repeat(LONGEST + 1));
    assert!(form("", &long).is_err());
}

#[test]
fn the_declared_charset_is_the_one_that_counts() {
    let japanese = Charset::named("shift_jis").expect("known");
    let field = Field::Form("u".to_owned());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    let read = |headers: &HeaderMap, body: &[u8]| super::read(&field, b"", headers, body, japanese);
    assert_eq!(read(&headers, b"u=%83%5C"), Ok(Some("ソ".to_owned())));
    assert!(read(&headers, "u=山田太郎".as_bytes()).is_err());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"));
    assert!(read(&headers, b"u=alice").is_err());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded;charset=\"Shift_JIS\""));
    assert_eq!(read(&headers, b"u=alice"), alice());
}

#[test]
fn other_media_are_not_guessed_at() {
    let field = Field::Form("username".to_owned());
    for kind in [
        "",
        "text/plain",
        "application/json",
        "application/octet-stream",
        "multipart/form-data",
        "multipart/mixed; boundary=B",
    ] {
        assert_eq!(of(&field, "", kind, b"username=alice"), Err(Refusal::BodyType), "{kind}");
    }
    let twice = "multipart/form-data; boundary=B; boundary=C";
    assert_eq!(of(&field, "", twice, &parts(&[])), Err(Refusal::BodyType));
    let mut headers = HeaderMap::new();
    for kind in [FORM, "application/json"] {
        headers.append(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    assert_eq!(read(&field, b"", &headers, b"username=alice", Charset::UTF8), Err(Refusal::BodyType));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    assert_eq!(read(&field, b"", &headers, b"username=alice", Charset::UTF8), Err(Refusal::BodyType));
}

const ALICE: &str = "Content-Disposition: form-data; name=\"username\"\r\n\r\nalice";

#[test]
fn the_parts_of_a_form_are_read_as_browsers_write_them() {
    let file =
        "Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n--B?\r\n";
    assert_eq!(multipart(&[ALICE]), alice());
    assert_eq!(multipart(&["Content-Disposition: form-data; name=\"x\"\r\n\r\n", ALICE]), alice());
    assert_eq!(
        multipart(&["Content-Disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type: a/b\r\n\r\n", ALICE]),
        alice()
    );
    assert!(multipart(&[file, ALICE]).is_err(), "a line that begins like a delimiter");
    assert_eq!(multipart(&["Content-Disposition: form-data; name=\"x\"\r\n\r\nusername=bob"]), Ok(None));
}

#[test]
fn parts_that_readers_differ_about_are_refused() {
    let with = |header: &str| multipart(&[ALICE, &format!("{header}\r\n\r\nbob")]);
    for header in [
        "Content-Disposition: form-data; name=\"username\"",
        "content-disposition: form-data; name=\"Username\"",
        "Content-Disposition: form-data; name=username",
        "Content-Disposition: form-data; name='username'",
        "Content-Disposition: form-data; name*=UTF-8''username",
        "Content-Disposition: form-data; name=\"x\"; name=\"username\"",
        "Content-Disposition: form-data; name=\"username\"; filename=\"x\"",
        "Content-Disposition: form-data; name=\"user\\name\"",
        "Content-Disposition: form-data; name=\"user%6eame\"",
        "Content-Disposition: form-data; name=\"username[]\"",
        "Content-Disposition: form-data;\r\n name=\"username\"",
        "Content-Disposition: form-data; name=\"x\"\r\nContent-Disposition: form-data; name=\"username\"",
        "Content-Disposition : form-data; name=\"username\"",
        "Content-Disposition: attachment; name=\"username\"",
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name=\"x\"",
        "Content-Disposition: form-data; name=\"x\"\r\nContent-Type: text/plain; charset=utf-7",
        "X: form-data; name=\"username\"",
    ] {
        let read = with(header);
        assert!(matches!(read, Err(Refusal::Malformed(_))), "{header}: {read:?}");
    }
    let field = Field::Form("username".to_owned());
    let raw = |body: &[u8]| of(&field, "", "multipart/form-data; boundary=B", body);
    let whole = parts(&[ALICE]);
    assert_eq!(raw(&whole), alice());
    for bad in [
        [b"preamble\r\n", whole.as_slice()].concat(),
        [whole.as_slice(), b"--B\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nbob\r\n--B--"].concat(),
        whole[..whole.len() - 8].to_vec(),
        whole.iter().copied().filter(|b| *b != b'\r').collect(),
        b"".to_vec(),
    ] {
        let read = raw(&bad);
        let nothing = bad.is_empty() && read == Ok(None);
        assert!(nothing || matches!(read, Err(Refusal::Malformed(_))), "{}: {read:?}", String::from_utf8_lossy(&bad));
    }
}

#[test]
fn json_has_each_key_once() {
    assert_eq!(json(r#"{"user":{"name":"alice","age":4.5,"x":[null,true,-1]},"a":1}"#), alice());
    assert_eq!(json(r#"{"user":{"n":"alice"}}"#), Ok(None));
    assert_eq!(json(r#"["user"]"#), Ok(None));
    assert_eq!(json(r#"{"us\u0065r":{"name":"\u0061lice"}}"#), alice());
    for body in [
        r#"{"user":{"name":"alice","name":"bob"}}"#,
        r#"{"user":{"name":"alice","Name":"bob"}}"#,
        r#"{"user":{"name":"alice"},"User":{"name":"bob"}}"#,
        r#"{"user":{"Name":"bob"}}"#,
        r#"{"user":{"name":["alice"]}}"#,
        r#"{"user":{"name":17}}"#,
        r#"{"user":{"name":"al\u0000ice"}}"#,
        r#"{"user":{"name":"alice"}} {"user":{"name":"bob"}}"#,
        r#"{"user":{"name":"alice",}}"#,
        "{\"user\":{\"name\":\"\u{7}\"}}",
    ] {
        let read = json(body);
        assert!(matches!(read, Err(Refusal::Malformed(_))), "{body}: {read:?}");
    }
    let field = Field::pointer("/name").expect("a pointer");
    let both = of(&field, "NAME=bob", "application/json", br#"{"name":"alice"}"#);
    assert!(matches!(both, Err(Refusal::Malformed(_))), "{both:?}");
    assert_eq!(of(&field, "", FORM, b"name=alice"), Err(Refusal::BodyType));
}
