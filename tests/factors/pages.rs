//! A person with an authenticator app, at a browser.

use super::gates::{Hall, must};
use super::support::User;
use super::support::browser::{Browser, Habits};
use super::support::wait::until;

const SIGN_IN: &str = "form:has(input[name=password])";
const ENTER: &str = "form:has(input[name=code])";

fn sign_in(hall: &Hall, browser: &Browser, user: &User) {
    browser.visit(&hall.gateway, "/patients");
    browser.type_into(&format!("{SIGN_IN} [name=username]"), user.name);
    browser.type_into(&format!("{SIGN_IN} [name=password]"), user.password);
    browser.submit(&format!("{SIGN_IN} button"));
    browser.find(ENTER);
}

fn enter(browser: &Browser, code: &str) {
    browser.type_into("input[name=code]", code);
    browser.submit(&format!("{ENTER} button"));
}

fn arrived(browser: &Browser) {
    browser.wait_for_path("the page that was wanted", |path| path == "/patients");
}

#[test]
fn the_app_is_asked_for_and_no_message_goes() {
    for script in [true, false] {
        let mut hall = Hall::open(|plan| plan);
        let habits = if script { Habits::ENGLISH } else { Habits::ENGLISH.without_script() };
        let browser = Browser::start(habits);
        sign_in(&hall, &browser, &User::ALICE);
        let page = browser.text();
        assert!(page.contains("Open your authenticator app") && !page.contains("Handed over"), "{page}");
        hall.next_step();
        enter(&browser, if hall.code(0) == "000000" { "000001" } else { "000000" });
        let alert = browser.find("[role=alert]");
        until("how many tries are left", || browser.text_of(&alert).contains("4 tries").then_some(()));
        assert!(browser.text_of(&alert).contains("wait for the next one"));
        browser.reload();
        browser.back();
        browser.forward();
        browser.find(ENTER);
        assert!(browser.text().contains("4 tries"), "neither costs a try");
        enter(&browser, &hall.code(0));
        arrived(&browser);
        assert_eq!(hall.gateway.outbox.count(), 0);
        browser.back();
        browser.back();
        assert_eq!(hall.gateway.outbox.count(), 0, "going back sends nothing");
        let complaints: Vec<_> = browser.console().into_iter().filter(|line| !line.contains("favicon")).collect();
        assert!(complaints.iter().all(|line| line.contains("410") || line.contains("404")), "{complaints:?}");
    }
}

#[test]
fn another_way_is_one_click_away() {
    let hall = Hall::open(|plan| plan);
    let browser = Browser::start(Habits::ENGLISH);
    sign_in(&hall, &browser, &User::ALICE);
    browser.click("button.way");
    let message = hall.gateway.outbox.next();
    until("where it went", || browser.text().contains("********78").then_some(()));
    let page = browser.text();
    assert!(page.contains("SMS is a weaker way") && page.contains("authenticator app or a token"), "{page}");
    enter(&browser, &message.code);
    arrived(&browser);
    assert_eq!(hall.gateway.outbox.count(), 1);
}

#[test]
fn a_printed_code_has_a_box_for_letters() {
    let hall = Hall::open(|plan| plan);
    let sheet = must(&hall.gateway, &["backup-codes", "print", "alice", "--count", "1"], "");
    let code = sheet.lines().find_map(|line| line.trim().strip_prefix("1.  ")).expect("a code");
    let browser = Browser::start(Habits::ENGLISH.without_script());
    sign_in(&hall, &browser, &User::ALICE);
    assert_eq!(browser.attribute(&browser.find("#code"), "inputmode"), "numeric");
    browser.click("#switch");
    until("the box for letters", || browser.text().contains("Backup code").then_some(()));
    assert_eq!(browser.attribute(&browser.find("#code"), "autocapitalize"), "characters");
    enter(&browser, "AAAAA-AAAAA");
    browser.find("[role=alert]");
    until("the same box", || browser.text().contains("Backup code").then_some(()));
    enter(&browser, code);
    arrived(&browser);
}

#[test]
fn every_language_reads_well_and_nobody_is_shut_out() {
    let hall = Hall::open(|plan| plan);
    for (language, says) in [("en-US", "Code shown"), ("ja", "表示されているコード"), ("ar", "الرمز المعروض")]
    {
        let browser = Browser::start(Habits::speaking(language));
        sign_in(&hall, &browser, &User::ALICE);
        assert!(browser.text().contains(says), "{}", browser.text());
        for (page, act) in [("app", ""), ("printed", "#switch")] {
            if !act.is_empty() {
                browser.click(act);
                browser.find("[name=box]");
            }
            for (width, dark) in [(320, false), (1280, true)] {
                browser.screen(width, 800, dark);
                browser.screenshot(&format!("factors-{page}-{language}-{width}"));
                assert_eq!(browser.axe(), Vec::<String>::new(), "{language} {page}");
                let wide = browser.run("return document.documentElement.scrollWidth > window.innerWidth");
                assert_eq!(wide, false, "{language} {page} at {width}");
                let sides = "const r = document.querySelector('.sheet').getBoundingClientRect();\
                             return Math.round(r.left + r.right - document.documentElement.clientWidth)";
                assert_eq!(browser.run(sides), 0, "in the middle, {language} {page} at {width}");
            }
        }
    }
}
