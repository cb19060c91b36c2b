//! A person at a browser signs in to applications as they are: the code page comes between password and application.

use crate::apps::{App, django, dokuwiki};
use crate::support::browser::{Browser, Habits};
use crate::support::outbox::wrong;
use crate::support::process::Running;
use crate::support::{Gateway, Outbox, Plan, User, folder, free_port, wire};
use crate::{LIMITS, PROVIDERS};
use std::process::Command;

const CODE: &str = "form:has(input[name=code])";
const DJANGO: &str = r#"
[[route]]
path = "/admin/login/"
require = "otp"
scope = "records"
login = { form = "username", page = "/admin/login/?next={return_to}", success = { status = [302], location = "/*", set_cookie = "sessionid" } }

[[route]]
path = "/admin/**"
require = "otp"
scope = "records"
end_on = "/admin/logout/"

[[route]]
path = "/static/**"
require = "open"
"#;

const WIKI: &str = r#"
[[route]]
path = "/lib/exe/xmlrpc.php"
require = "deny"

[[route]]
path = "/lib/exe/jsonrpc.php"
require = "deny"

[[route]]
path = "/**"
require = "otp"
scope = "records"
body_limit = "1 MiB"
login = { form = "u", success = { set_cookie = "DW*" } }
"#;

fn before(app: &App, routes: &str) -> Gateway {
    Plan::before(&app.url).with_routes(routes).with_providers(PROVIDERS.into()).with_more(LIMITS.into()).start()
}

fn enter(browser: &Browser, code: &str) {
    browser.type_into("input[name=code]", code);
    browser.submit(&format!("{CODE} button[type=submit]"));
}

#[test]
fn djangos_admin_gets_a_second_factor_and_does_not_know_it() {
    let app = django();
    let gateway = before(&app, DJANGO);
    let browser = Browser::start(Habits::ENGLISH);
    browser.visit(&gateway, "/admin/auth/user/");
    browser.wait_for_path("Django's own login", |path| path == "/admin/login/");
    let log_in = |password: &str| {
        browser.type_into("input[name=username]", User::ALICE.name);
        browser.type_into("input[name=password]", password);
        browser.submit("#login-form input[type=submit]");
    };
    log_in("not the password");
    assert!(browser.text().contains("Please enter the correct username and password"), "{}", browser.text());
    assert_eq!(gateway.outbox.count(), 0, "a wrong password sends nothing");
    log_in(User::ALICE.password);
    browser.find(CODE);
    let message = gateway.outbox.next();
    assert_eq!(message.to, User::ALICE.e164());
    assert!(!browser.cookies().iter().any(|cookie| cookie["name"] == "sessionid"), "Django's yes is withheld");
    let findings = browser.axe();
    assert!(findings.is_empty(), "{findings:#?}");
    browser.screenshot("login-django-code");
    enter(&browser, &wrong(&message.code));
    assert!(!browser.cookies().iter().any(|cookie| cookie["name"] == "sessionid"));
    enter(&browser, &message.code);
    browser.wait_for_path("where they wanted to go", |path| path == "/admin/auth/user/");
    assert!(browser.text().contains("Select user to change"), "{}", browser.text());
    browser.reload();
    assert!(browser.text().contains("Select user to change"), "reloading repeats nothing");
    browser.back();
    browser.forward();
    assert_eq!(gateway.outbox.count(), 1);
    // Leaving the application ends the pass too.
    browser.visit(&gateway, "/admin/logout/");
    browser.visit(&gateway, "/admin/");
    browser.wait_for_path("the login again", |path| path == "/admin/login/");
}

#[test]
fn dokuwiki_gets_a_second_factor_wherever_it_takes_a_password() {
    let app = dokuwiki();
    let gateway = before(&app, WIKI);
    let browser = Browser::start(Habits::ENGLISH);
    browser.visit(&gateway, "/doku.php?id=start&do=login");
    let log_in = |password: &str| {
        browser.type_into("input[name=u]", User::ALICE.name);
        browser.type_into("input[name=p]", password);
        browser.submit("#dw__login button[type=submit]");
    };
    log_in("not the password");
    assert!(browser.text().contains("Sorry, username or password was wrong"), "{}", browser.text());
    assert_eq!(gateway.outbox.count(), 0);
    log_in(User::ALICE.password);
    browser.find(CODE);
    let message = gateway.outbox.next();
    enter(&browser, &message.code);
    browser.wait_for_path("the wiki", |path| path == "/doku.php");
    assert!(browser.text().contains("Logged in as"), "{}", browser.text());

    // It takes a password in the address as well: no way around the code.
    let other = Browser::start(Habits::ENGLISH);
    let password = User::ALICE.password.replace(' ', "+");
    other.visit(&gateway, &format!("/doku.php?id=start&do=login&u=alice&p={password}"));
    other.find(CODE);
    assert!(!other.cookies().iter().any(|cookie| cookie["name"].as_str().is_some_and(|name| name.starts_with("DW"))));
    enter(&other, &gateway.outbox.next().code);
    other.wait_for_path("the wiki", |path| path == "/doku.php");
    assert!(other.text().contains("Logged in as"), "a page, shown under its own address: {}", other.text());
    // A page is written, by a form that is no login.
    other.visit(&gateway, "/doku.php?id=new&do=edit");
    other.type_into("textarea[name=wikitext]", "====== 山田 ======");
    other.submit("#edbtn__save");
    assert!(other.text().contains("山田"), "{}", other.text());
    assert_eq!(gateway.outbox.count(), 2);
}

#[test]
fn the_demos_own_login_has_a_code_behind_it() {
    let (folder, port) = (folder(), free_port());
    let outbox = folder.path().join("outbox.jsonl");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
    command.args(["demo", "--listen", &format!("127.0.0.1:{port}"), "--outbox"]).arg(&outbox);
    let mut demo = Running::start("demo", &mut command, folder.path());
    let address = format!("127.0.0.1:{port}");
    let home = format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n");
    demo.wait_ready(|| wire::exchange(&address, home.as_bytes()).ok().filter(|answer| answer.status == 200));
    let outbox = Outbox::at(outbox);
    let browser = Browser::start(Habits::JAPANESE.without_script());
    let log_in = |password: &str| {
        browser.open(&format!("http://{address}/login"));
        browser.type_into("input[name=username]", "alice");
        browser.type_into("input[name=password]", password);
        browser.submit("form button");
    };
    log_in("wrong");
    assert!(browser.text().contains("Wrong name or password"), "{}", browser.text());
    assert_eq!(outbox.count(), 0);
    log_in("demo");
    browser.find(CODE);
    assert_eq!(browser.language(), "ja");
    enter(&browser, &outbox.next().code);
    browser.wait_for_path("the application's home page", |path| path == "/");
    assert!(browser.text().contains("The application knows you as alice"), "{}", browser.text());
    browser.open(&format!("http://{address}/records/"));
    assert!(browser.text().contains("Signed in as alice"), "the same code opened the records: {}", browser.text());
    assert_eq!(outbox.count(), 1);
}

#[test]
fn whoever_has_no_number_is_told_so_in_their_language_from_right_to_left_too() {
    let clerk = crate::clerk::Clerk::start();
    let gateway = crate::plan(&clerk).start();
    for (language, words, direction) in [
        ("en-US", "No phone is registered for you", "ltr"),
        ("ja", "電話番号が登録されていません", "ltr"),
        ("ar", "لا يوجد هاتف مسجل لك", "rtl"),
    ] {
        let browser = Browser::start(Habits::speaking(language));
        browser.screen(390, 844, false);
        browser.visit(&gateway, "/app/form");
        browser.run(
            "document.body.innerHTML = '<form method=post action=/app/login><input name=username value=carol>\
             <input name=password value=right><button>Go</button></form>'",
        );
        browser.submit("form button");
        assert!(browser.text().contains(words), "{}", browser.text());
        assert_eq!(browser.attribute(&browser.find("html"), "dir"), direction);
        let findings = browser.axe();
        assert!(findings.is_empty(), "{findings:#?}");
        browser.screenshot(&format!("login-not-registered-{language}"));
    }
}
