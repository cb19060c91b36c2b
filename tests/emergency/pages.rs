//! A person at a browser on the bad night, without script too, and in Arabic.

use crate::rig::{self, print};
use crate::support::browser::{Browser, Habits};
use crate::support::{Gateway, Upstream, User, wait};

const FORM: &str = "form[action*=emergency]";

fn fill_in(browser: &Browser, code: &str) {
    browser.type_into("#name", "Dr Sato");
    browser.type_into("#reason", rig::REASON);
    browser.type_into("#code", code);
}

/// A picture on phone and desk, in light and dark, and what axe has against each.
fn looks_well(browser: &Browser, name: &str) {
    for (device, width, height) in [("phone", 320, 740), ("desk", 1280, 800)] {
        for (light, dark) in [("light", false), ("dark", true)] {
            browser.screen(width, height, dark);
            let shot = format!("{name}-{device}-{light}");
            browser.screenshot(&shot);
            assert_eq!(browser.axe(), Vec::<String>::new(), "{shot}");
            let wide = browser.run("return document.documentElement.scrollWidth - window.innerWidth");
            assert!(wide.as_i64().is_some_and(|pixels| pixels <= 0), "{shot}: {wide} pixels too wide");
        }
    }
    browser.screen(1280, 800, false);
}

fn gets_in(browser: &Browser, gateway: &Gateway, name: &str) {
    let code = &print(gateway, 1)[0].code;
    browser.visit(gateway, "/patients/4711");
    browser.find("form [name=username]");
    browser.click(".way-in a");
    browser.find(FORM);
    looks_well(browser, &format!("{name}-form"));
    fill_in(browser, "AAAA-AAAA-AAAA-AAAA-AAAB");
    browser.submit(&format!("{FORM} button.main"));
    let wrong = browser.find("#code[aria-invalid=true]");
    assert!(!browser.spoken_name(&wrong).is_empty());
    assert_eq!(
        browser.run("return document.activeElement && document.activeElement.id"),
        "code",
        "one can type at once"
    );
    looks_well(browser, &format!("{name}-slip"));
    browser.type_into("#code", code);
    browser.submit(&format!("{FORM} button.main"));
    browser.find(".night");
    looks_well(browser, &format!("{name}-open"));
    browser.click("a.main");
    browser.wait_for_path("the record", |path| path == "/patients/4711");
    // Every page of ours says so from now on.
    browser.visit(gateway, "/.sekisho/challenge?scope=records&return_to=%2F");
    browser.find(".night");
}

#[test]
fn a_person_gets_in_with_a_sheet() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::ONE).start();
    let browser = Browser::start(Habits::ENGLISH);
    gets_in(&browser, &gateway, "emergency-en");
    let complaints: Vec<_> =
        browser.console().into_iter().filter(|line| !line.contains("favicon") && !line.contains("400")).collect();
    assert_eq!(complaints, Vec::<String>::new());
    browser.visit(&gateway, rig::PAGE);
    browser.submit("form.who button");
    browser.wait_for_path("the end", |path| path == "/.sekisho/signed-out");
    wait::until("no mark any more", || browser.all(".night").is_empty().then_some(()));
}

#[test]
fn a_person_without_script_who_reads_arabic_gets_in() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::ONE).start();
    let browser = Browser::start(Habits::speaking("ar"));
    gets_in(&browser, &gateway, "emergency-ar");
    assert_eq!(browser.attribute(&browser.find("html"), "dir"), "rtl");
    let plain = Browser::start(Habits::JAPANESE.without_script());
    let code = &print(&gateway, 1)[0].code;
    plain.visit(&gateway, rig::PAGE);
    fill_in(&plain, code);
    plain.submit(&format!("{FORM} button.main"));
    plain.find(".night");
    assert!(plain.text().contains("緊急アクセス"), "{}", plain.text());
}

#[test]
fn two_people_find_two_fields() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::TWO).start();
    let sheets = print(&gateway, 2);
    let browser = Browser::start(Habits::ENGLISH);
    browser.visit(&gateway, rig::PAGE);
    browser.find("#second_code");
    looks_well(&browser, "emergency-two");
    fill_in(&browser, &sheets[0].code);
    browser.type_into("#second_name", User::BOB.full_name);
    browser.type_into("#second_code", &sheets[1].code);
    browser.submit(&format!("{FORM} button.main"));
    browser.find(".night");
    assert!(browser.text().contains("Bob Smith"), "{}", browser.text());
}
