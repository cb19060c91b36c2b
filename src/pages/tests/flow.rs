//! A person with a browser, from the link to the record.

use crate::domain::locale::Locale;

use super::house::{House, SIGN_IN, SITE, form, header, location, request, text, without_query};

#[tokio::test]
async fn a_name_a_password_and_a_code_lead_to_the_record() {
    let house = House::new().await;
    let page = house.visit("/.sekisho/challenge?return_to=%2Frecords%2F1&scope=records").await;
    assert_eq!((page.status().as_u16(), house.mail.count()), (200, 0), "a GET sends nothing");
    assert!(header(&page, "set-cookie").starts_with("__Host-sekisho-browser="));

    let sent = house.press("/.sekisho/challenge", SIGN_IN).await;
    assert_eq!((sent.status().as_u16(), house.mail.count()), (303, 1));
    let page = house.visit(&location(&sent)).await;
    let shown = text(&page);
    assert!(
        shown.contains("********78") && shown.contains("number ending in 78") && !shown.contains("5678"),
        "{shown}"
    );
    assert!(shown.contains("autocomplete=\"one-time-code\"") && !shown.contains("maxlength"));

    let typed = format!("code={}", house.mail.code());
    let through = house.press(&location(&sent), &typed).await;
    assert_eq!((through.status().as_u16(), location(&through).as_str()), (303, "/records/1"));
    assert!(header(&through, "set-cookie").starts_with("__Host-sekisho=eyJ"));
}

#[tokio::test]
async fn a_second_click_on_the_button_scares_nobody() {
    let house = House::new().await;
    let page = house.sign_in().await;
    let typed = format!("code={}", house.mail.code());
    house.press(&page, &typed).await;
    // The browser dropped the first answer, cookie and all: the second is the same.
    let first = house.jar().remove("__Host-sekisho");
    let again = house.press(&page, &typed).await;
    assert_eq!((again.status().as_u16(), location(&again).as_str()), (303, "/records/1"));
    assert_eq!(house.jar().get("__Host-sekisho").cloned(), first, "the very same pass");
    house.world.pass(10);
    let late = house.press(&page, &typed).await;
    assert_eq!((late.status().as_u16(), location(&late)), (303, page.clone()));
    let shown = text(&house.visit(&page).await);
    assert!(shown.contains("You are already through") && shown.contains("content=\"0; url=/records/1\""), "{shown}");
    house.jar().remove("__Host-sekisho");
    let shown = text(&house.visit(&page).await);
    let start = "/.sekisho/challenge?return_to=%2Frecords%2F1&#38;scope=records";
    assert!(shown.contains("The code has been used") && shown.contains(start), "{shown}");
}

#[tokio::test]
async fn a_wrong_code_costs_one_try_however_often_the_page_is_loaded() {
    let house = House::new().await;
    let page = house.sign_in().await;
    let wrong = if house.mail.code() == "000000" { "code=000001" } else { "code=000000" };
    let answer = house.press(&page, wrong).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, format!("{page}?e=wrong")));
    for _ in 0..3 {
        let shown = text(&house.visit(&location(&answer)).await);
        assert!(shown.contains("4 tries are left") && shown.contains("aria-invalid=\"true\""), "{shown}");
        assert!(shown.contains("<title>Error: The code is not right"));
    }
    let short = house.press(&page, "code=12").await;
    assert_eq!(location(&short), format!("{page}?e=not-a-code"));
    assert!(text(&house.visit(&location(&short)).await).contains("This did not use up a try"));
    for _ in 0..4 {
        house.press(&page, wrong).await;
    }
    let shown = text(&house.visit(&page).await);
    assert!(shown.contains("Too many wrong codes") && shown.contains("Start again"), "{shown}");
    let right = house.press(&page, &format!("code={}", house.mail.code())).await;
    assert_eq!(location(&right), page, "a spent challenge is not opened by the right code");
}

#[tokio::test]
async fn after_five_failures_the_page_says_how_long_to_wait() {
    let house = House::new().await;
    let page = house.sign_in().await;
    for _ in 0..5 {
        house.press(&page, "code=000000").await;
    }
    let refused = house.press("/.sekisho/challenge", SIGN_IN).await;
    assert_eq!((refused.status().as_u16(), header(&refused, "retry-after")), (429, "30"));
    assert!(text(&refused).contains("Try again in 30 seconds"), "{}", text(&refused));
    house.world.pass(31);
    let page = house.sign_in().await;
    house.press(&page, "code=000000").await;
    let waiting = house.press(&page, "code=000000").await;
    assert!(location(&waiting).starts_with(&format!("{page}?e=waiting&until=")), "{}", location(&waiting));
    assert!(text(&house.visit(&location(&waiting)).await).contains("Try again in 60 seconds"));
    house.world.pass(61);
    assert!(!text(&house.visit(&location(&waiting)).await).contains("role=\"alert\""), "old news are no news");
}

#[tokio::test]
async fn resending_works_after_the_cool_down_and_says_so_before() {
    let house = House::new().await;
    let page = house.sign_in().await;
    let resend = format!("{page}/resend");
    let early = house.press(&resend, "").await;
    assert_eq!((early.status().as_u16(), location(&early)), (303, format!("{page}?e=cooling")));
    assert!(text(&house.visit(&location(&early)).await).contains("You can send the code again in 30 seconds"));
    house.world.pass(30);
    let first = house.mail.code();
    let again = house.press(&resend, "").await;
    assert_eq!(location(&again), format!("{page}?e=resent"));
    assert!(text(&house.visit(&location(&again)).await).contains("The code is being sent again"));
    assert_eq!((house.mail.count(), house.mail.code()), (2, first), "the same code, once more");
    house.world.pass(60);
    house.press(&resend, "").await;
    house.world.pass(130);
    let none = house.press(&resend, "").await;
    assert_eq!(location(&none), format!("{page}?e=no-resend"));
    let shown = text(&house.visit(&location(&none)).await);
    assert!(shown.contains("No further message") && !shown.contains("id=\"resend\""), "{shown}");
}

#[tokio::test]
async fn a_made_up_note_says_nothing() {
    let house = House::new().await;
    let page = house.sign_in().await;
    for query in
        ["e=waiting", "e=waiting&until=x", "e=waiting&until=1", "e=limited&until=9999999999999", "e=%3Cb%3E", "e=nope"]
    {
        let shown = house.visit(&format!("{page}?{query}")).await;
        assert_eq!(shown.status(), 200);
        assert!(!text(&shown).contains("id=\"alert\""), "{query}");
    }
}

#[tokio::test]
async fn an_expired_code_leads_back_to_the_start() {
    let house = House::new().await;
    let page = house.sign_in().await;
    house.world.pass(301);
    let late = house.press(&page, &format!("code={}", house.mail.code())).await;
    assert_eq!(location(&late), page);
    let shown = house.visit(&page).await;
    assert_eq!(shown.status(), 200);
    assert!(text(&shown).contains("The code has expired") && text(&shown).contains("/.sekisho/challenge?return_to="));
}

#[tokio::test]
async fn a_refused_sign_in_keeps_the_name_and_forgets_the_password() {
    let house = House::new().await;
    house.visit("/.sekisho/challenge?scope=records").await;
    let answer = house.press("/.sekisho/challenge", "username=%22%3E%3Cb%3E&password=s3cret&scope=records").await;
    assert_eq!(answer.status(), 403);
    let shown = text(&answer);
    assert!(shown.contains("Sign-in failed") && !shown.contains("s3cret") && !shown.contains("\"><b>"), "{shown}");
    assert!(shown.contains("value=\"&#34;&#62;&#60;b&#62;\""), "{shown}");
}

#[tokio::test]
async fn a_form_without_our_token_is_given_back_with_a_fresh_one() {
    let house = House::new().await;
    for jar in [None, Some("an-old-browser-value")] {
        house.jar().clear();
        house.jar().extend(jar.map(|value| ("__Host-sekisho-browser".to_owned(), value.to_owned())));
        let answer = house.send(form("/.sekisho/challenge", &format!("{SIGN_IN}&token=abc"))).await;
        assert_eq!((answer.status().as_u16(), house.mail.count()), (403, 0));
        let shown = text(&answer);
        assert!(shown.contains("This page was out of date") && shown.contains("value=\"alice\""), "{shown}");
        assert!(shown.contains("name=\"return_to\" value=\"/records/1\""));
        assert_eq!(house.press("/.sekisho/challenge", SIGN_IN).await.status(), 303, "the fresh form works");
        house.jar().clear();
        house.world.pass(3600);
        house.mail.clear();
    }
}

#[tokio::test]
async fn another_sites_form_is_refused_and_so_is_one_that_hides_where_it_comes_from() {
    let house = House::new().await;
    let page = house.sign_in().await;
    let token = house.caller().browser.map(|b| house.desk.gate.form_token(&b)).unwrap_or_default();
    for path in ["/.sekisho/challenge", page.as_str(), &format!("{page}/resend"), "/.sekisho/logout"] {
        for (name, value) in
            [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site"), ("x-none", "x")]
        {
            let kind = ("content-type", "application/x-www-form-urlencoded");
            let body = format!("{SIGN_IN}&code=000000&token={token}");
            let answer =
                house.send(request("POST", path, &[(name, value), kind, ("accept", "text/html")], &body)).await;
            assert_eq!(answer.status(), 403, "{path} {name}: {value}");
            assert!(text(&answer).contains("The request was stopped"), "{}", text(&answer));
        }
    }
    assert_eq!(house.mail.count(), 1);
}

#[tokio::test]
async fn a_challenge_of_another_browser_is_not_there() {
    let house = House::new().await;
    let page = house.sign_in().await;
    house.jar().insert("__Host-sekisho-browser".to_owned(), "somebody-else".to_owned());
    for path in [page.as_str(), "/.sekisho/challenge/short", "/.sekisho/challenge/BwcHBwcHBwcHBwcHBwcHBw"] {
        let answer = house.visit(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(text(&answer).contains("No code is waiting here") && text(&answer).contains("href=\"/\""));
        assert_eq!(house.press(path, "code=123456").await.status(), 404);
    }
}

#[tokio::test]
async fn who_is_signed_in_needs_only_the_button_and_can_sign_out() {
    let house = House::new().await;
    let page = house.sign_in().await;
    house.press(&page, &format!("code={}", house.mail.code())).await;
    let other = house.visit("/.sekisho/challenge?return_to=%2Fbills&scope=billing").await;
    let shown = text(&other);
    assert!(
        shown.contains("Signed in as <bdi>山田 &#60;Alice&#62;</bdi>") && !shown.contains("id=\"username\""),
        "{shown}"
    );
    let sent = house.press("/.sekisho/challenge", "return_to=%2Fbills&scope=billing").await;
    assert_eq!(sent.status(), 303, "{}", text(&sent));
    let out = house.send(form("/.sekisho/logout", "")).await;
    assert_eq!((out.status().as_u16(), location(&out).as_str()), (303, "/.sekisho/signed-out"));
    assert!(header(&out, "set-cookie").contains("Max-Age=0"));
    assert!(text(&house.visit("/.sekisho/signed-out").await).contains("You are signed out"));
}

#[tokio::test]
async fn a_link_without_a_scope_leads_to_the_page_that_knows_it() {
    let house = House::new().await;
    for link in ["challenge?return_to=%2Frecords%2F1", "challenge?return_to=%2Frecords%2F1&scope=nope"] {
        let answer = house.visit(&format!("/.sekisho/{link}")).await;
        assert_eq!(answer.status(), 400);
        assert!(text(&answer).contains("This link is incomplete") && text(&answer).contains("href=\"/records/1\""));
    }
    assert_eq!(house.visit("/.sekisho/challenge?scope=records&scope=records").await.status(), 400);
}

#[tokio::test]
async fn nobody_learns_of_a_user_before_a_first_factor() {
    let house = House::with(false, SITE).await.speaking(Locale::Ja);
    let mut pages = Vec::new();
    for name in ["alice", "nobody"] {
        house.jar().clear();
        house.visit("/.sekisho/challenge?scope=records").await;
        let sent = house.press("/.sekisho/challenge", &format!("username={name}&scope=records&return_to=%2F")).await;
        let page = text(&house.visit(&location(&sent)).await);
        assert!(page.contains("登録されている場合にのみ") && !page.contains("78"), "{page}");
        pages.push(page.len());
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn places_methods_and_types_that_do_not_exist_are_refused() {
    let house = House::new().await;
    for path in ["", "nothing", "challenge/", "challenge/a/b", "%63hallenge", "auth", "receipts/nobody", "app.js/x"] {
        assert_eq!(house.visit(&format!("/.sekisho/{path}")).await.status(), 404, "{path}");
    }
    for (method, path, allow) in [
        ("PUT", "challenge", "GET, HEAD, POST"),
        ("GET", "logout", "POST"),
        ("GET", "challenges", "POST"),
        ("POST", "style.css", "GET, HEAD"),
        ("OPTIONS", "challenges", "POST"),
        ("HEAD", "receipts/twilio", "GET, POST"),
    ] {
        let answer = house.send(request(method, &format!("/.sekisho/{path}"), &[], "")).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "allow")), (405, allow), "{method} {path}");
    }
    let json = [("origin", SITE), ("content-type", "application/json")];
    assert_eq!(house.send(request("POST", "/.sekisho/challenge", &json, "{}")).await.status(), 415);
    for (name, kind) in [("style.css", "text/css"), ("app.js", "text/javascript"), ("icon.svg", "image/svg+xml")] {
        let asset = house.visit(&format!("/.sekisho/{name}")).await;
        assert!(header(&asset, "content-type").starts_with(kind) && !asset.body().is_empty());
        assert_eq!(header(&asset, "cache-control"), "no-store");
    }
}

#[tokio::test]
async fn two_tabs_share_a_code_and_each_goes_its_own_way() {
    let house = House::new().await;
    house.visit("/.sekisho/challenge?return_to=%2Frecords%2F1&scope=records").await;
    let first = location(&house.press("/.sekisho/challenge", SIGN_IN).await);
    let second = location(&house.press("/.sekisho/challenge", &SIGN_IN.replace("records%2F1", "records%2F2")).await);
    assert_eq!((without_query(&first), house.mail.count()), (without_query(&second), 1));
    assert!(text(&house.visit(&second).await).contains("name=\"return_to\" value=\"/records/2\""));
    let page = without_query(&second);
    let wrong = house.press(&page, "code=12&return_to=%2Frecords%2F2").await;
    assert_eq!(location(&wrong), format!("{page}?return_to=%2Frecords%2F2&e=not-a-code"));
    let typed = format!("code={}&return_to=%2Frecords%2F2", house.mail.code());
    assert_eq!(location(&house.press(&page, &typed).await), "/records/2");
    assert!(
        text(&house.visit(&first).await).contains("content=\"0; url=/records/1\""),
        "the other tab goes on by itself"
    );
    let evil = format!("code={}&return_to=https%3A%2F%2Fevil.example", house.mail.code());
    assert_eq!(location(&house.press(&page, &evil).await), "/");
}
