//! Every page in every language, written to `target/pages` for people to look at, and held to what all pages owe.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::domain::locale::Locale;
use crate::domain::refusal::Refusal;
use crate::pages::assets::Asset;

use super::house::{House, SIGN_IN, SITE, face, front, location, scope, text, without_query};
use super::refusals;

/// Writes a page where a browser finds its style and script too, and judges it.
fn keep(name: &str, locale: Locale, answer: &Response<Bytes>) {
    let page = text(answer);
    owes(name, locale, &page);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    fs::create_dir_all(folder.join(".sekisho")).expect("a folder");
    for asset in ["style.css", "app.js", "icon.svg"] {
        let body = Asset::named(asset).expect("an asset").body();
        fs::write(folder.join(".sekisho").join(asset), body).expect("written");
    }
    fs::write(folder.join(format!("{name}.{}.html", locale.tag())), page).expect("written");
}

/// What every page owes to those who read, hear or attack it.
fn owes(name: &str, locale: Locale, page: &str) {
    let title = page.split("<title>").nth(1).and_then(|t| t.split("</title>").next()).unwrap_or_default();
    assert!(title.ends_with(" – 城東病院 &#60;Records&#62;"), "{name}: {title}");
    let dir = if locale == Locale::Ar { "rtl" } else { "ltr" };
    assert!(page.contains(&format!("<html lang=\"{}\" dir=\"{dir}\">", locale.tag())), "{name}");
    assert_eq!(page.matches("<h1").count(), 1, "{name}");
    assert!(page.contains("IT desk &#38; reception, ext. 1234"), "{name}: whom to ask");
    for raw in ["<Records>", "<Alice>", "<script>", "style=", "onclick", "javascript:", "{{", "http://", "https://"] {
        assert!(!page.contains(raw), "{name} has {raw}");
    }
    for input in page.split("<input ").skip(1).filter(|i| !i.contains("type=\"hidden\"")) {
        let id = input.split("id=\"").nth(1).and_then(|i| i.split('"').next()).unwrap_or_default();
        assert!(page.contains(&format!("<label for=\"{id}\">")), "{name}: {id} has no label");
    }
}

#[tokio::test]
async fn every_page_in_every_language() {
    for locale in Locale::ALL {
        let house = House::new().await.speaking(locale);
        let start = "/.sekisho/challenge?return_to=%2Frecords%2F1&scope=records";
        keep("sign-in", locale, &house.visit(start).await);
        let failed = house.press("/.sekisho/challenge", &SIGN_IN.replace("demo", "nope")).await;
        keep("sign-in-failed", locale, &failed);
        let code = without_query(&location(&house.press("/.sekisho/challenge", SIGN_IN).await));
        keep("code-queued", locale, &house.visit(&code).await);
        let id = crate::domain::id::ChallengeId::parse(code.trim_start_matches("/.sekisho/challenge/")).expect("an id");
        house.desk.gate.settle(&id, 1, Err("refused")).await;
        keep("code-failed", locale, &house.visit(&code).await);
        house.press(&format!("{code}/resend"), "").await;
        house.desk.gate.settle(&id, 2, Ok(())).await;
        keep("code-resent", locale, &house.visit(&format!("{code}?e=resent")).await);
        house.world.pass(20);
        keep("code-sent", locale, &house.visit(&code).await);
        let wrong = house.press(&code, "code=000000").await;
        keep("code-wrong", locale, &house.visit(&location(&wrong)).await);
        keep("code-short", locale, &house.visit(&format!("{code}?e=not-a-code")).await);
        house.press(&code, &format!("code={}", house.mail.code())).await;
        keep("through", locale, &house.visit(&code).await);
        keep("step-up", locale, &house.visit("/.sekisho/challenge?return_to=%2Fbills&scope=billing").await);
        let bill =
            without_query(&location(&house.press("/.sekisho/challenge", "return_to=%2Fbills&scope=billing").await));
        keep("code-signed-in", locale, &house.visit(&bill).await);
        keep("signed-out", locale, &house.visit("/.sekisho/signed-out").await);
        house.jar().clear();
        keep("unknown", locale, &house.visit(&code).await);
        keep("stale", locale, &house.press("/.sekisho/challenge", SIGN_IN).await);
    }
}

#[tokio::test]
async fn every_page_of_a_gate_without_passwords() {
    for locale in Locale::ALL {
        let house = House::with(false, SITE).await.speaking(locale);
        keep("sign-in-name", locale, &house.visit("/.sekisho/challenge?scope=records").await);
        let sent = house.press("/.sekisho/challenge", "username=nobody&scope=records").await;
        keep("code-unproven", locale, &house.visit(&location(&sent)).await);
    }
}

#[test]
fn every_refusal_in_every_language() {
    for locale in Locale::ALL {
        for (refusal, _) in refusals::ALL {
            let page = front().refuse(&face(true, locale), *refusal);
            owes(&format!("{refusal:?}"), locale, &text(&page));
        }
        keep("outage", locale, &front().refuse(&face(true, locale), Refusal::Outage));
        keep("malformed", locale, &front().refuse(&face(true, locale), Refusal::Malformed("a field occurs twice")));
        keep("limited", locale, &front().refuse(&face(true, locale), Refusal::Limited(Duration::from_secs(900))));
        keep("unsent", locale, &front().challenge(&face(true, locale), "POST", "/save", &scope("records")));
    }
}
