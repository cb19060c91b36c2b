//! Chromium with virtual authenticators, over https: enrolled on one page, used on another.

use crate::rig::{codes, messages, plan, plan_with_vault};
use crate::support::browser::{Browser, Habits};
use crate::support::{Gateway, Plan, Upstream, User, wait};

const BUTTON: &str = "#passkey-button";

struct Person {
    browser: Browser,
    gateway: Gateway,
    _upstream: Upstream,
}

impl Person {
    fn new(habits: Habits) -> Self {
        Self::at(habits, plan)
    }

    fn at(habits: Habits, plan: impl Fn(&Upstream) -> Plan) -> Self {
        let upstream = Upstream::start();
        let gateway = plan(&upstream).start();
        let browser = Browser::trusting(habits, &gateway.certificate);
        browser.screen(390, 844, false);
        Self { browser, gateway, _upstream: upstream }
    }

    fn name_and_password(&self, path: &str) {
        self.browser.visit(&self.gateway, path);
        self.browser.type_into("[name=username]", User::ALICE.name);
        self.browser.type_into("[name=password]", User::ALICE.password);
        self.browser.submit("form:has([name=password]) button[type=submit]");
    }

    fn sign_in_by_code(&self) {
        self.name_and_password("/records");
        self.browser.type_into("[name=code]", &self.gateway.outbox.next().code);
        self.browser.submit("form:has([name=code]) button[type=submit]");
        self.browser.wait_for_path("the record", |path| path == "/records");
    }

    fn add_a_key(&self, label: &str) {
        self.browser.visit(&self.gateway, "/.sekisho/me/passkeys");
        self.browser.find(BUTTON);
        self.browser.type_into("#passkey-label", label);
        self.browser.submit(BUTTON);
        self.shows(label);
    }

    fn shows(&self, text: &str) {
        wait::within(wait::PATIENCE, || self.browser.text().contains(text).then_some(())).unwrap_or_else(|| {
            panic!("no `{text}` at {}:\n{}\n{:?}", self.browser.url(), self.browser.text(), self.browser.console())
        });
    }

    fn sign_out(&self) {
        self.browser.visit(&self.gateway, "/.sekisho/me/passkeys");
        self.browser.submit("form.who button");
        self.browser.wait_for_path("the farewell", |path| path == "/.sekisho/signed-out");
    }
}

#[test]
fn a_key_in_the_device_and_one_on_a_stick_are_enrolled_and_open() {
    for transport in ["internal", "usb"] {
        let person = Person::new(Habits::ENGLISH);
        let browser = &person.browser;
        let key = browser.plug_in(transport);
        person.sign_in_by_code();
        person.add_a_key("Office laptop");
        assert!(browser.text().contains("The passkey was added"), "{}", browser.text());
        assert_eq!(browser.keys_of(&key).len(), 1);
        assert_eq!(browser.axe(), Vec::<String>::new());
        browser.screenshot(&format!("passkeys-{transport}"));
        person.sign_out();
        let before = codes(&person.gateway);
        person.name_and_password("/records");
        let button = browser.find(BUTTON);
        wait::until("the button", || (!browser.text_of(&button).is_empty()).then_some(()));
        assert_eq!(
            (browser.role(&button).as_str(), browser.spoken_name(&button).as_str()),
            ("button", "Use a passkey")
        );
        assert_eq!(browser.axe(), Vec::<String>::new());
        browser.screenshot(&format!("passkey-code-page-{transport}"));
        browser.click(BUTTON);
        browser.wait_for_path("the record", |path| path == "/records");
        assert_eq!(codes(&person.gateway), before, "no message is sent to who has something stronger");
        let complaints: Vec<_> = browser.console().into_iter().filter(|line| !line.contains("favicon")).collect();
        assert_eq!(complaints, Vec::<String>::new());
    }
}

#[test]
fn the_vault_opens_with_a_key_and_the_page_asks_for_nothing_else() {
    let person = Person::at(Habits::JAPANESE, plan_with_vault);
    let browser = &person.browser;
    browser.plug_in("internal");
    person.sign_in_by_code();
    person.add_a_key("職場のパソコン");
    browser.visit(&person.gateway, "/vault/1");
    browser.submit("form:has([name=scope]) button[type=submit]");
    browser.find(BUTTON);
    assert!(browser.all("[name=code]").is_empty());
    assert_eq!(browser.axe(), Vec::<String>::new());
    browser.screenshot("passkey-only");
    browser.click(BUTTON);
    browser.wait_for_path("the vault", |path| path == "/vault/1");
}

#[test]
fn a_closed_window_costs_nothing_and_an_owner_who_is_not_verified_gets_nowhere() {
    let person = Person::new(Habits::ENGLISH);
    let browser = &person.browser;
    let key = browser.plug_in("internal");
    person.sign_in_by_code();
    person.add_a_key("Phone");
    person.sign_out();
    browser.verify_owner(&key, false);
    person.name_and_password("/records");
    browser.find(BUTTON);
    browser.click(BUTTON);
    person.shows("Nothing was confirmed");
    assert!(!person.gateway.audit().contains("authn_login_fail"), "that is no failure");
    browser.verify_owner(&key, true);
    browser.click(BUTTON);
    browser.wait_for_path("the record", |path| path == "/records");
}

#[test]
fn a_stick_whose_counter_went_back_is_refused_with_words() {
    let person = Person::new(Habits::ENGLISH);
    let browser = &person.browser;
    let stick = browser.plug_in("usb");
    person.sign_in_by_code();
    person.add_a_key("Stick");
    let copy = browser.keys_of(&stick).remove(0);
    for _ in 0..2 {
        person.sign_out();
        person.name_and_password("/records");
        browser.find(BUTTON);
        browser.click(BUTTON);
        browser.wait_for_path("the record", |path| path == "/records");
    }
    person.sign_out();
    browser.unplug(&stick);
    browser.put_key(&browser.plug_in("usb"), &copy);
    person.name_and_password("/records");
    browser.find(BUTTON);
    browser.click(BUTTON);
    person.shows("The passkey could not be confirmed");
    assert!(person.gateway.audit().contains("there may be a copy of it"));
}

#[test]
fn without_a_script_the_page_says_so_and_the_code_still_opens() {
    let person = Person::new(Habits::ENGLISH);
    person.browser.plug_in("internal");
    person.sign_in_by_code();
    person.add_a_key("Phone");
    let bare = Browser::trusting(Habits::ENGLISH.without_script(), &person.gateway.certificate);
    bare.visit(&person.gateway, "/records");
    bare.type_into("[name=username]", User::ALICE.name);
    bare.type_into("[name=password]", User::ALICE.password);
    bare.submit("form:has([name=password]) button[type=submit]");
    wait::until("the page of the challenge", || bare.text().contains("Confirm with a passkey").then_some(()));
    assert!(bare.text().contains("Passkeys work only with JavaScript"), "{}", bare.text());
    assert!(!bare.text().contains("Use a passkey"), "{}", bare.text());
    bare.submit("button.way");
    bare.find("[name=code]");
    let message = wait::until("the code that was asked for", || messages(&person.gateway).into_iter().nth(1));
    bare.type_into("[name=code]", &message.code);
    bare.submit("form:has([name=code]) button[type=submit]");
    bare.wait_for_path("the record", |path| path == "/records");
}

#[test]
fn arabic_reads_from_right_to_left_and_a_key_is_removed_without_a_script() {
    let person = Person::new(Habits::speaking("ar"));
    let browser = &person.browser;
    browser.plug_in("internal");
    person.sign_in_by_code();
    person.add_a_key("هاتفي");
    assert_eq!(browser.run("return getComputedStyle(document.querySelector('main')).direction"), "rtl");
    assert_eq!(browser.axe(), Vec::<String>::new());
    browser.screenshot("passkeys-ar");
    browser.submit("form:has([name=key]) button");
    person.shows("تمت إزالة مفتاح المرور");
    assert!(browser.all("[name=key]").is_empty());
}
