//! A person at a browser gets to the record: Chromium before Orthanc, over TLS.

mod support;

use serde_json::Value;
use support::browser::{Browser, Habits};
use support::gateway::COOKIE;
use support::outbox::{Message, full_width, spaced, wrong};
use support::wait::{self, until};
use support::{Gateway, Orthanc, Plan, User};

const SIGN_IN: &str = "form:has(input[name=password])";
const ENTER: &str = "form:has(input[name=code])";
const BUTTON: &str = ":is(button:not([type]), button[type=submit], input[type=submit])";
const RECORD: &str = "/app/explorer.html";
/// The sign-in page, to somebody who is signed in already.
const SIGNED_IN: &str = "/.sekisho/challenge?return_to=%2F&scope=records";

/// Somebody with a phone, at a browser, before a gateway of their own.
struct Person {
    user: User,
    browser: Browser,
    gateway: Gateway,
}

impl Person {
    fn japanese() -> Self {
        Self::new(User::ALICE, Habits::JAPANESE)
    }

    fn english() -> Self {
        Self::new(User::BOB, Habits::ENGLISH)
    }

    fn new(user: User, habits: Habits) -> Self {
        let gateway = Plan::before(&Orthanc::shared().url).start();
        let browser = Browser::start(habits);
        browser.screen(1280, 800, false);
        Self { user, browser, gateway }
    }

    fn visit(&self, path: &str) {
        self.browser.visit(&self.gateway, path);
    }

    fn fill_in_who(&self) {
        self.browser.type_into(&format!("{SIGN_IN} [name=username]"), self.user.name);
        self.browser.type_into(&format!("{SIGN_IN} [name=password]"), self.user.password);
    }

    /// Says who they are, and takes the phone in hand.
    fn sign_in(&self) -> Message {
        self.fill_in_who();
        self.browser.submit(&format!("{SIGN_IN} {BUTTON}"));
        self.browser.find(ENTER);
        self.gateway.outbox.next()
    }

    fn enter(&self, code: &str) {
        self.browser.type_into("input[name=code]", code);
        self.browser.submit(&format!("{ENTER} {BUTTON}"));
    }

    fn arrived_at(&self, path: &str) {
        self.browser.wait_for_path(path, |shown| shown == path);
    }

    fn sees_the_patient(&self) {
        self.browser.click("a[href='#find-patients']");
        until("the patient in the list", || {
            let rows = self.browser.all("#all-patients li");
            rows.iter().any(|row| self.browser.text_of(row).contains("Yamada")).then_some(())
        });
    }

    fn complaints(&self) -> Vec<String> {
        // The application's own favicon waits behind the gate like everything else of it.
        self.browser.console().into_iter().filter(|line| !line.contains("favicon")).collect()
    }
}

#[test]
fn two_short_forms_lead_to_the_record_in_japanese() {
    let person = Person::japanese();
    let browser = &person.browser;
    person.visit(RECORD);
    browser.wait_for_path("the sign-in page", |path| path == "/.sekisho/challenge");
    assert_eq!(browser.language(), "ja");
    for (name, purpose) in [("username", "username"), ("password", "current-password")] {
        let field = browser.find(&format!("{SIGN_IN} [name={name}]"));
        assert_eq!(browser.attribute(&field, "autocomplete"), purpose);
    }
    let message = person.sign_in();
    browser.wait_for_path("the code page", |path| path.starts_with("/.sekisho/challenge/"));
    assert!(message.text.contains("コード"), "a message in her language: {}", message.text);
    assert!(browser.text().contains("78"), "the page says where the code went:\n{}", browser.text());
    assert!(!browser.text().contains("1234"), "but not the whole number:\n{}", browser.text());
    person.enter(&full_width(&message.code));
    person.arrived_at(RECORD);
    let effort = (browser.clicks.get(), browser.typed.get(), person.gateway.outbox.count());
    assert_eq!(effort, (2, 3, 1), "clicks, fields, messages");
    person.sees_the_patient();
    assert_eq!(person.complaints(), Vec::<String>::new());
}

#[test]
fn two_short_forms_lead_to_the_record_in_english() {
    let person = Person::english();
    let browser = &person.browser;
    person.visit(RECORD);
    browser.find(SIGN_IN);
    assert!(browser.language().starts_with("en"), "{}", browser.language());
    let message = person.sign_in();
    assert!(message.text.contains("code"), "a message in his language: {}", message.text);
    person.enter(&spaced(&message.code));
    person.arrived_at(RECORD);
    let effort = (browser.clicks.get(), browser.typed.get(), person.gateway.outbox.count());
    assert_eq!(effort, (2, 3, 1), "clicks, fields, messages");
    person.sees_the_patient();
    let pass = browser.cookies().into_iter().find(|cookie| cookie["name"] == COOKIE).expect("a pass");
    assert_eq!((&pass["httpOnly"], &pass["secure"], &pass["sameSite"]), (&true.into(), &true.into(), &"Lax".into()));
    assert_eq!(pass["expiry"], Value::Null, "it goes with the browser");
}

#[test]
fn the_code_field_is_one_a_phone_and_a_screen_reader_understand() {
    let person = Person::english();
    let browser = &person.browser;
    person.visit(RECORD);
    person.sign_in();
    let fields = browser.all("input:not([type=hidden]):not([type=submit])");
    let [field] = fields.as_slice() else { panic!("{} fields where one is promised", fields.len()) };
    assert_eq!(browser.attribute(field, "name"), "code");
    assert_eq!(browser.attribute(field, "autocomplete"), "one-time-code");
    assert_eq!(browser.attribute(field, "inputmode"), "numeric");
    assert_eq!(browser.role(field), "textbox");
    assert!(!browser.spoken_name(field).trim().is_empty());
    let focused = browser.run("return document.activeElement && document.activeElement.name");
    assert_eq!(focused, "code", "one can type at once");
    let button = browser.find(&format!("{ENTER} {BUTTON}"));
    assert_eq!(browser.role(&button), "button");
    assert!(!browser.spoken_name(&button).trim().is_empty());
    println!("spoken: {:?}, {:?}", browser.spoken_name(field), browser.spoken_name(&button));
}

#[test]
fn a_wrong_code_is_announced_and_the_focus_goes_there() {
    for script in [true, false] {
        let habits = if script { Habits::ENGLISH } else { Habits::ENGLISH.without_script() };
        let person = Person::new(User::BOB, habits);
        let browser = &person.browser;
        person.visit("/patients");
        let message = person.sign_in();
        person.enter(&wrong(&message.code));
        let alert = browser.find("[role=alert]");
        until("words in the alert", || (!browser.text_of(&alert).is_empty()).then_some(()));
        // On the words themselves, or on the field that they describe: both are read out.
        let focused = "const here = document.activeElement, alert = document.querySelector('[role=alert]');\
                       return alert.contains(here) || here.getAttribute('aria-describedby') === alert.id";
        until("the focus on the error", || (browser.run(focused) == true).then_some(()));
        assert!(browser.text_of(&alert).contains('4'), "tries left: {}", browser.text_of(&alert));
        let field = browser.find("input[name=code]");
        assert_eq!(browser.attribute(&field, "aria-invalid"), "true");
        person.enter(&message.code);
        person.arrived_at("/patients");
        assert_eq!(person.gateway.outbox.count(), 1);
    }
}

#[test]
fn a_mistyped_code_costs_nothing_and_a_wrong_password_says_so() {
    let person = Person::english();
    let browser = &person.browser;
    person.visit("/patients");
    browser.type_into(&format!("{SIGN_IN} [name=username]"), person.user.name);
    browser.type_into(&format!("{SIGN_IN} [name=password]"), "something else");
    browser.submit(&format!("{SIGN_IN} {BUTTON}"));
    browser.find("[role=alert]");
    assert_eq!(person.gateway.outbox.count(), 0);
    let message = person.sign_in();
    person.enter("48291");
    let alert = browser.find("[role=alert]");
    until("words in the alert", || (!browser.text_of(&alert).is_empty()).then_some(()));
    for _ in 0..5 {
        person.enter("12");
        browser.find("[role=alert]");
    }
    person.enter(&message.code);
    person.arrived_at("/patients");
}

#[test]
fn reload_and_back_send_no_second_message() {
    let person = Person::japanese();
    let browser = &person.browser;
    person.visit("/patients");
    let message = person.sign_in();
    for _ in 0..3 {
        browser.reload();
        browser.find(ENTER);
    }
    browser.back();
    browser.forward();
    browser.find(ENTER);
    person.visit("/patients");
    browser.back();
    until("a page of ours", || browser.all(&format!("{ENTER}, {SIGN_IN}")).into_iter().next());
    assert_eq!(person.gateway.outbox.count(), 1);
    browser.open(&format!("{}/.sekisho/challenge/{}", person.gateway.origin, message.challenge));
    person.enter(&message.code);
    person.arrived_at("/patients");
    assert_eq!(person.gateway.outbox.count(), 1);
}

#[test]
fn an_impatient_double_click_does_no_harm() {
    let person = Person::japanese();
    let browser = &person.browser;
    person.visit(RECORD);
    person.fill_in_who();
    browser.double_click(&format!("{SIGN_IN} {BUTTON}"));
    browser.find(ENTER);
    let message = person.gateway.outbox.next();
    browser.type_into("input[name=code]", &message.code);
    browser.double_click(&format!("{ENTER} {BUTTON}"));
    person.arrived_at(RECORD);
    person.sees_the_patient();
    assert_eq!(person.gateway.outbox.count(), 1);
}

#[test]
fn two_tabs_share_one_message_and_both_get_through() {
    let person = Person::english();
    let browser = &person.browser;
    let first = browser.tab();
    person.visit("/patients");
    browser.find(SIGN_IN);
    let second = browser.new_tab();
    person.visit("/studies");
    browser.find(SIGN_IN);
    browser.go_to_tab(&first);
    let message = person.sign_in();
    browser.go_to_tab(&second);
    person.fill_in_who();
    browser.submit(&format!("{SIGN_IN} {BUTTON}"));
    browser.find(ENTER);
    person.enter(&message.code);
    person.arrived_at("/studies");
    browser.go_to_tab(&first);
    person.visit("/patients");
    person.arrived_at("/patients");
    assert_eq!(person.gateway.outbox.count(), 1);
}

#[test]
fn everything_works_without_script() {
    let person = Person::new(User::ALICE, Habits::JAPANESE.without_script());
    person.visit("/patients");
    let message = person.sign_in();
    person.browser.reload();
    person.enter(&message.code);
    person.arrived_at("/patients");
    assert!(person.browser.text().contains(&Orthanc::shared().patient));
    assert_eq!((person.browser.clicks.get(), person.gateway.outbox.count()), (2, 1));
}

#[test]
fn signing_out_closes_the_record() {
    let person = Person::english();
    let browser = &person.browser;
    person.visit("/patients");
    person.enter(&person.sign_in().code);
    person.arrived_at("/patients");
    sign_out(&person);
    assert!(browser.cookies().iter().all(|cookie| cookie["name"] != COOKIE));
    person.visit("/patients");
    browser.find(SIGN_IN);
}

/// Where it says who is signed in, a button ends it.
fn sign_out(person: &Person) {
    person.visit(SIGNED_IN);
    person.browser.submit(&format!("form[action*=logout] {BUTTON}"));
    let gone = || person.browser.cookies().iter().all(|cookie| cookie["name"] != COOKIE).then_some(());
    until("the pass to be gone", gone);
}

#[test]
fn every_page_is_plain_to_everybody_in_japanese() {
    look_at_every_page(&Person::japanese(), "ja");
}

#[test]
fn every_page_is_plain_to_everybody_in_english() {
    look_at_every_page(&Person::english(), "en");
}

#[test]
fn every_page_is_plain_to_everybody_in_arabic() {
    look_at_every_page(&Person::new(User::BOB, Habits::speaking("ar")), "ar");
}

#[test]
fn arabic_runs_from_right_to_left_and_its_codes_do_not() {
    let person = Person::new(User::BOB, Habits::speaking("ar"));
    let browser = &person.browser;
    let direction =
        |css: &str| browser.run(&format!("return getComputedStyle(document.querySelector('{css}')).direction"));
    person.visit("/patients");
    browser.find(SIGN_IN);
    assert_eq!((direction("html"), direction("h1")), ("rtl".into(), "rtl".into()));
    let message = person.sign_in();
    assert_eq!((direction("html"), direction("input[name=code]")), ("rtl".into(), "ltr".into()));
    // The stars of a masked number stay before its digits, and what says the channel stands to their left.
    let order = "const number = document.querySelector('dd bdi'), text = number.firstChild, at = (from, to) => {\
                 const range = document.createRange(); range.setStart(text, from); range.setEnd(text, to);\
                 return range.getBoundingClientRect().left }, last = text.length - 1;\
                 return [at(0, 1) < at(last, last + 1), getComputedStyle(number).direction]";
    assert_eq!(browser.run(order), serde_json::json!([true, "ltr"]));
    let minutes = browser.text();
    assert!(minutes.contains("دقائق"), "five minutes, or four by now:\n{minutes}");
    // As an Arabic keyboard types them.
    let typed = message.code.chars().filter_map(|c| char::from_u32(0x660 + c.to_digit(10)?)).collect::<String>();
    person.enter(&typed);
    person.arrived_at("/patients");
    assert_eq!(person.complaints(), Vec::<String>::new());
}

#[test]
fn every_language_leads_to_the_record() {
    let languages = [
        ("en-GB", "en", "4 tries"),
        ("ja", "ja", "あと 4 回"),
        ("zh-CN", "zh-Hans", "4 次"),
        ("zh-TW", "zh-Hant", "4 次"),
        ("ko-KR", "ko", "4번"),
        ("es-MX", "es", "4 intentos"),
        ("fr-CA", "fr", "4 essais"),
        ("de-AT", "de", "4 Versuche"),
        ("pt-BR", "pt-BR", "4 tentativas"),
        ("vi-VN", "vi", "4 lần"),
        ("ar-EG", "ar", "4 محاولات"),
    ];
    for (asked, tag, left) in languages {
        let person = Person::new(User::BOB, Habits::speaking(asked));
        let browser = &person.browser;
        person.visit("/patients");
        browser.find(SIGN_IN);
        assert_eq!(browser.language(), tag);
        let message = person.sign_in();
        assert_eq!(browser.language(), tag);
        // The script tells the time in the same words as the page was made with.
        let told = browser.run("return document.getElementById('left').textContent");
        browser.run("document.getElementById('left').textContent = ''");
        let retold = || browser.run("return document.getElementById('left').textContent").as_str().map(str::to_owned);
        let retold = until("the script to tell the time", || retold().filter(|text| !text.is_empty()));
        let words = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
        assert_eq!(words(&retold), words(told.as_str().unwrap_or_default()), "{tag}");
        person.enter(&wrong(&message.code));
        let alert = browser.find("[role=alert]");
        until("tries in the alert", || browser.text_of(&alert).contains(left).then_some(()));
        person.enter(&message.code);
        person.arrived_at("/patients");
        assert_eq!(person.complaints(), Vec::<String>::new(), "{tag}");
    }
}

fn look_at_every_page(person: &Person, language: &str) {
    let browser = &person.browser;
    let mut found = Vec::new();
    let mut look = |page: &str| {
        assert!(browser.language().starts_with(language), "{page}: {}", browser.language());
        found.extend(look_closely(browser, page, language));
    };
    person.visit(RECORD);
    browser.find(SIGN_IN);
    look("sign-in");
    person.fill_in_who();
    browser.type_into(&format!("{SIGN_IN} [name=password]"), "not this one");
    browser.submit(&format!("{SIGN_IN} {BUTTON}"));
    browser.find("[role=alert]");
    look("sign-in-error");
    let message = person.sign_in();
    look("code");
    person.enter(&wrong(&message.code));
    browser.find("[role=alert]");
    look("code-error");
    person.enter(&message.code);
    person.arrived_at(RECORD);
    person.visit(SIGNED_IN);
    browser.find("form[action*=logout]");
    look("signed-in");
    sign_out(person);
    look("signed-out");
    person.visit("/.sekisho/challenge?return_to=%2F&scope=nothing-of-ours");
    look("refused");
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Phone and desk, light and dark: a picture of each, and what is wrong with it.
fn look_closely(browser: &Browser, page: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (device, width, height) in [("phone", 320, 740), ("desk", 1280, 800)] {
        for (light, dark) in [("light", false), ("dark", true)] {
            browser.screen(width, height, dark);
            let name = format!("{page}-{language}-{device}-{light}");
            browser.screenshot(&name);
            found.extend(browser.axe().into_iter().map(|finding| format!("{name}: {finding}")));
            let wide = browser.run("return document.documentElement.scrollWidth - window.innerWidth");
            if wide.as_i64().is_none_or(|pixels| pixels > 0) {
                found.push(format!("{name}: {wide} pixels too wide"));
            }
        }
    }
    browser.screen(1280, 800, false);
    let foreign = "return performance.getEntriesByType('resource').map(r => r.name)\
                   .filter(name => !name.startsWith(location.origin)).join(' ')";
    if let Some(names) = browser.run(foreign).as_str().filter(|names| !names.is_empty()) {
        found.push(format!("{page}: loads {names} from elsewhere"));
    }
    found
}

#[test]
fn nothing_moves_while_a_page_settles() {
    let person = Person::english();
    let browser = &person.browser;
    // Buffered entries tell of everything since the page began.
    let shifted = "return new Promise(done => { let sum = 0; \
                   new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))\
                   .observe({ type: 'layout-shift', buffered: true }); \
                   requestAnimationFrame(() => requestAnimationFrame(() => done(sum))) })";
    let still = |page: &str| assert_eq!(browser.run(shifted).as_f64(), Some(0.0), "{page} moved");
    person.visit(RECORD);
    browser.find(SIGN_IN);
    still("the sign-in page");
    let message = person.sign_in();
    still("the code page");
    // Its state changes from queued to sent under the reader's eyes.
    wait::within(std::time::Duration::from_millis(1500), || None::<()>);
    still("the code page with its news");
    person.enter(&wrong(&message.code));
    browser.find("[role=alert]");
    still("the code page with an error");
}
