//! A program at the JSON API, status for status (PRODUCT §3).

use serde_json::json as value;

use super::house::{House, SITE, header, json, location, request, text};

const BEGIN: &str = r#"{"return_to":"/records/1","scope":"records","username":"alice","password":"demo"}"#;

async fn begin(house: &House) -> String {
    let answer = house.call("/.sekisho/challenges", BEGIN).await;
    assert_eq!(answer.status(), 201, "{}", text(&answer));
    location(&answer)
}

fn code(house: &House) -> String {
    value!({"code": house.mail.code()}).to_string()
}

#[tokio::test]
async fn a_program_gets_through_with_four_fields_and_a_code() {
    let house = House::new().await;
    let answer = house.call("/.sekisho/challenges", BEGIN).await;
    assert_eq!(answer.status(), 201);
    assert!(header(&answer, "set-cookie").contains("HttpOnly"));
    let id = json(&answer)["id"].clone();
    let expected = value!({"id": id, "scope": "records", "state": "queued", "channel": "sms", "to": "********78",
        "expires_in": 300, "resend_in": 30, "tries_left": 5, "channels": ["sms"], "factors": ["code"]});
    assert_eq!(json(&answer), expected);
    let place = location(&answer);
    assert_eq!(place, format!("/.sekisho/challenges/{}", id.as_str().expect("an id")));
    assert_eq!(json(&house.ask(&place).await), expected);

    let wrong = house.call(&format!("{place}/verify"), r#"{"code":"0000 00"}"#).await;
    assert_eq!((wrong.status().as_u16(), &json(&wrong)["tries_left"]), (403, &value!(4)));
    let short = house.call(&format!("{place}/verify"), r#"{"code":"12"}"#).await;
    assert_eq!(short.status(), 400);
    assert_eq!(json(&house.ask(&place).await)["tries_left"], 4, "a malformed entry costs no try");

    let through = house.call(&format!("{place}/verify"), &code(&house)).await;
    assert_eq!(through.status(), 200);
    assert_eq!(json(&through), value!({"scope": "records", "expires_in": 28800, "return_to": "/records/1"}));
    assert!(header(&through, "set-cookie").starts_with("__Host-sekisho=eyJ"));
    assert_eq!(json(&house.ask(&place).await)["state"], "verified");
    let again = house.call(&format!("{place}/verify"), &code(&house)).await;
    assert_eq!(again.status(), 410);
    let out = house.call("/.sekisho/logout", "").await;
    assert_eq!((out.status().as_u16(), out.body().len()), (204, 0));
    assert!(
        header(&out, "set-cookie").starts_with("__Host-sekisho=;") && !out.headers().contains_key("content-length")
    );
}

#[tokio::test]
async fn the_last_wrong_code_says_that_none_is_left() {
    let house = House::new().await;
    let verify = format!("{}/verify", begin(&house).await);
    for left in (0..5).rev() {
        let answer = house.call(&verify, r#"{"code":"000000"}"#).await;
        assert_eq!((answer.status().as_u16(), &json(&answer)["tries_left"]), (403, &value!(left)));
    }
    assert_eq!(house.call(&verify, &code(&house)).await.status(), 410);
    let waiting = house.call("/.sekisho/challenges", BEGIN).await;
    assert_eq!((waiting.status().as_u16(), header(&waiting, "retry-after")), (429, "30"));
}

#[tokio::test]
async fn a_resend_waits_for_the_cool_down() {
    let house = House::new().await;
    let place = begin(&house).await;
    let early = house.call(&format!("{place}/resend"), "{}").await;
    assert_eq!((early.status().as_u16(), header(&early, "retry-after")), (429, "30"));
    house.world.pass(30);
    let odd = house.call(&format!("{place}/resend"), r#"{"channel":"pigeon"}"#).await;
    assert_eq!(odd.status(), 400);
    let again = house.call(&format!("{place}/resend"), r#"{"channel":"sms"}"#).await;
    assert_eq!((again.status().as_u16(), &json(&again)["state"]), (200, &value!("queued")));
    house.world.pass(300);
    assert_eq!(json(&house.ask(&place).await)["state"], "expired");
    assert_eq!(house.call(&format!("{place}/resend"), "{}").await.status(), 410);
    assert_eq!(house.call(&format!("{place}/verify"), &code(&house)).await.status(), 410);
}

#[tokio::test]
async fn without_the_binding_cookie_nothing_is_there() {
    let house = House::new().await;
    let place = begin(&house).await;
    let code = code(&house);
    let nowhere = "/.sekisho/challenges/BwcHBwcHBwcHBwcHBwcHBw";
    assert_eq!(house.call(&format!("{nowhere}/verify"), &code).await.status(), 410, "unknown, but with a cookie");
    assert_eq!(house.call("/.sekisho/challenges/x/verify", &code).await.status(), 410);
    assert_eq!(house.ask(nowhere).await.status(), 404);
    house.jar().clear();
    for place in [place.as_str(), nowhere] {
        assert_eq!(house.ask(place).await.status(), 404);
        assert_eq!(house.call(&format!("{place}/resend"), "{}").await.status(), 404);
        assert_eq!(house.call(&format!("{place}/verify"), &code).await.status(), 404);
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let house = House::new().await;
    for body in [
        "",
        "{}",
        "[]",
        r#"{"scope":"records"}"#,
        r#"{"return_to":"/","scope":1}"#,
        r#"{"return_to":"/","scope":"records","scope":"x"}"#,
    ] {
        assert_eq!(house.call("/.sekisho/challenges", body).await.status(), 400, "{body}");
    }
    let nope = r#"{"return_to":"/","scope":"nope","username":"alice","password":"demo"}"#;
    assert_eq!(house.call("/.sekisho/challenges", nope).await.status(), 400);
    let pigeon = r#"{"return_to":"/","scope":"records","username":"alice","password":"demo","channel":"pigeon"}"#;
    assert_eq!(house.call("/.sekisho/challenges", pigeon).await.status(), 400);
    for body in [
        r#"{"return_to":"/","scope":"records","username":"alice","password":"nope"}"#,
        r#"{"return_to":"/","scope":"records","username":"nobody","password":"demo"}"#,
    ] {
        let answer = house.call("/.sekisho/challenges", body).await;
        assert_eq!((answer.status().as_u16(), &json(&answer)["type"]), (403, &value!("urn:sekisho:wrong-credentials")));
    }
    assert_eq!(house.call("/.sekisho/challenges", r#"{"return_to":"/","scope":"records"}"#).await.status(), 403);
}

#[tokio::test]
async fn only_this_site_and_json_are_taken() {
    let house = House::new().await;
    let json_type = ("content-type", "application/json");
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    for (headers, status) in [
        (&[json_type][..], 201),
        (&[json_type, ("origin", SITE)], 201),
        (&[json_type, ("sec-fetch-site", "same-origin")], 201),
        (&[json_type, ("origin", "https://evil.example")], 403),
        (&[json_type, ("origin", "null")], 403),
        (&[json_type, ("sec-fetch-site", "cross-site")], 403),
        (&[json_type, ("referer", "https://evil.example/")], 403),
        (&[form_type], 415),
        (&[form_type, ("origin", SITE)], 415),
        (&[], 415),
        (&[json_type, ("content-encoding", "gzip")], 415),
    ] {
        let answer = house.send(request("POST", "/.sekisho/challenges", headers, BEGIN)).await;
        assert_eq!(answer.status(), status, "{headers:?}");
    }
    let keys = house.ask("/.sekisho/jwks.json").await;
    assert_eq!((keys.status().as_u16(), json(&keys)), (200, value!({"keys": []})));
}
