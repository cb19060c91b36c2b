//! One's own account in a browser: two tabs, a double click, reload and back, without a script, by keyboard, and looked at.

use super::rig::{House, ME};
use super::support::browser::{Browser, Habits};
use super::support::gateway::User;
use super::support::wait;

const SIGN_IN: &str = "form:has(input[name=password])";
const ENTER: &str = "form:has(input[name=code])";
const BUTTON: &str = "button[type=submit]";

struct Seat<'h> {
    house: &'h House,
    browser: Browser,
}

impl<'h> Seat<'h> {
    fn take(house: &'h House, habits: Habits) -> Seat<'h> {
        let browser = Browser::start(habits);
        browser.screen(1280, 900, false);
        Seat { house, browser }
    }

    fn visit(&self, path: &str) {
        self.browser.visit(&self.house.gateway, path);
    }

    /// Goes to one's own account without a pass: signs in on the way.
    fn arrive(&self, user: &User) {
        self.visit(ME);
        self.browser.type_into(&format!("{SIGN_IN} [name=username]"), user.name);
        self.browser.type_into(&format!("{SIGN_IN} [name=password]"), user.password);
        self.browser.submit(&format!("{SIGN_IN} {BUTTON}"));
        self.enter_code();
        self.at(ME);
    }

    fn enter_code(&self) {
        self.browser.find(ENTER);
        let code = self.house.gateway.outbox.next().code;
        self.browser.type_into("input[name=code]", &code);
        self.browser.submit(&format!("{ENTER} {BUTTON}"));
    }

    fn at(&self, path: &str) {
        self.browser.wait_for_path(path, |shown| shown == path);
    }

    fn press(&self, action: &str) {
        self.browser.submit(&format!("form[action='{action}'] {BUTTON}"));
    }

    fn says(&self, text: &str) {
        wait::until(text, || self.browser.text().contains(text).then_some(()));
    }

    fn clean(&self, what: &str) {
        assert_eq!(self.browser.axe(), Vec::<String>::new(), "{what}");
        let complaints = self.browser.console();
        let complaints: Vec<_> = complaints.into_iter().filter(|line| !line.contains("favicon")).collect();
        assert_eq!(complaints, Vec::<String>::new(), "{what}");
    }
}

#[test]
fn a_person_adds_an_app_prints_codes_and_changes_the_number() {
    let house = House::start("number = \"proof\"");
    let seat = Seat::take(&house, Habits::ENGLISH);
    seat.arrive(&User::BOB);
    seat.clean("the account");
    seat.browser.screenshot("me-en");

    seat.visit("/.sekisho/me/totp");
    seat.clean("a new app");
    seat.browser.screenshot("me-totp-en");
    let drawn = seat.browser.run("const i = document.querySelector('img.qr'); return i.complete && i.naturalWidth > 0");
    assert_eq!(drawn, serde_json::json!(true), "the square code is drawn");
    let key = seat.browser.text_of(&seat.browser.find("span.id")).replace(' ', "");
    seat.browser.reload();
    assert_eq!(seat.browser.text_of(&seat.browser.find("span.id")).replace(' ', ""), key);
    seat.browser.type_into("input[name=code]", &super::factors::code(&key));
    seat.browser.double_click(&format!("form[action='/.sekisho/me/totp'] {BUTTON}"));
    seat.at(ME);
    seat.says("It is added.");
    assert_eq!(seat.browser.all("form[action='/.sekisho/me/remove']").len(), 1, "two clicks, one app");
    house.gateway.outbox.next();
    seat.clean("after it was added");
    seat.browser.reload();
    seat.browser.back();
    seat.browser.forward();
    assert_eq!(house.gateway.outbox.count(), 2, "reloading and going back change and tell nothing");

    seat.visit("/.sekisho/me/backup");
    seat.press("/.sekisho/me/backup");
    seat.browser.find("ul.codes");
    assert_eq!(seat.browser.all("ul.codes li").len(), 10);
    seat.clean("a sheet");
    seat.browser.screenshot("me-backup-en");
    house.gateway.outbox.next();
    seat.browser.reload();
    assert_eq!(seat.browser.all("ul.codes li").len(), 10);
    assert_eq!(house.gateway.outbox.count(), 3);

    seat.visit("/.sekisho/me/number");
    seat.browser.type_into("input[name=number]", "12");
    seat.press("/.sekisho/me/number");
    seat.says("This is not a phone number.");
    seat.clean("a bad number");
    assert!(seat.browser.run("return document.title").as_str().expect("a title").starts_with("Error:"));
    seat.browser.type_into("input[name=number]", "070-1111-2222");
    seat.press("/.sekisho/me/number");
    seat.browser.find(ENTER);
    seat.clean("the code of a new number");
    seat.browser.screenshot("me-number-en");
    seat.enter_code();
    seat.at(ME);
    seat.says("Your phone number is changed.");
    house.gateway.outbox.next();
    assert!(seat.browser.text().contains("********22"));
    seat.browser.screen(390, 844, true);
    seat.browser.screenshot("me-en-dark-phone");
    seat.clean("a phone in the dark");
}

#[test]
fn two_tabs_end_the_same_session_and_neither_is_lost() {
    let house = House::start("");
    let seat = Seat::take(&house, Habits::ENGLISH);
    seat.arrive(&User::BOB);
    let other = house.signed_in(super::support::Wire::Http1, &User::BOB).token();
    seat.visit(ME);
    let first = seat.browser.tab();
    seat.browser.new_tab();
    seat.visit(ME);
    let action = "/.sekisho/me/sessions";
    seat.press(action);
    seat.says("That session is ended.");
    house.ends("the other session", &other);
    seat.browser.go_to_tab(&first);
    seat.press(action);
    seat.says("That session is ended.");
    seat.browser.back();
    seat.browser.reload();
    assert!(seat.browser.text().contains("This browser"));
}

#[test]
fn without_a_script_and_from_right_to_left() {
    let house = House::start("number = \"proof\"");
    let seat = Seat::take(&house, Habits::speaking("ar").without_script());
    seat.arrive(&User::BOB);
    assert_eq!(seat.browser.language(), "ar");
    seat.browser.screenshot("me-ar");
    seat.visit("/.sekisho/me/number");
    seat.browser.type_into("input[name=number]", "070-1111-2222");
    seat.press("/.sekisho/me/number");
    seat.browser.screenshot("me-number-ar");
    seat.enter_code();
    seat.at(ME);
    house.gateway.outbox.next();
    assert!(seat.browser.text().contains("تغيّر رقم هاتفك"), "{}", seat.browser.text());
    seat.press("/.sekisho/me/language");
    seat.at(ME);
    // Out, and the page is nobody's.
    seat.press("/.sekisho/logout");
    seat.visit(ME);
    seat.at("/.sekisho/challenge");
}

#[test]
fn the_page_is_clean_from_right_to_left_and_in_japanese() {
    let house = House::start("number = \"proof\"");
    for (language, name) in [("ar", "me-ar-script"), ("ja", "me-ja")] {
        let seat = Seat::take(&house, Habits::speaking(language));
        seat.arrive(&User::BOB);
        seat.clean(language);
        seat.browser.screenshot(name);
        // By keyboard alone: every control has a name, and is reached.
        let nameless = seat.browser.all("button, a:not([target=_top]), select, input:not([type=hidden])");
        let nameless: Vec<_> = nameless.iter().filter(|one| seat.browser.spoken_name(one).is_empty()).collect();
        assert!(nameless.is_empty(), "{language}: {nameless:?}");
    }
}
