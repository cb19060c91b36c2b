//! `login` and `reset` of a route.

use super::*;
use crate::domain::app_form::{AppForm, Field, Kind};

const LOGIN: &str = "login = { form = \"username\", success = { status = [302], set_cookie = \"session\" } }\n";

/// [`BASE`] with these lines in its only route.
fn with(lines: &str) -> String {
    format!("{BASE}{lines}")
}

fn codes(text: &str) -> Vec<&'static str> {
    loaded(text).diagnostics.iter().map(|d| d.code.text()).filter(|code| *code != "W204").collect()
}

fn form(lines: &str) -> AppForm {
    let config = config(&with(lines));
    let route = config.gate.routes.routes().next().expect("a route");
    route.form.as_deref().cloned().expect("a form")
}

#[test]
fn a_login_says_who_and_what_means_yes() {
    let read = form(LOGIN);
    assert_eq!((read.field, read.limit), (Field::Form("username".to_owned()), 65_536));
    assert!(matches!(read.kind, Kind::Login(success) if success.status == [302]));
    let read = form("body_limit = \"1 MiB\"\nreset = { json = \"/user/mail\" }\n");
    assert_eq!(read.field, Field::Json(vec!["user".to_owned(), "mail".to_owned()]));
    assert_eq!((read.kind, read.limit), (Kind::Reset, 1 << 20));
    let page = LOGIN.replace("success", "page = \"/records/login?next={return_to}\", success");
    let pages = config(&with(&page)).pages.login_pages;
    assert_eq!(pages.get("records").map(String::as_str), Some("/records/login?next={return_to}"));
}

#[test]
fn what_would_do_nothing_or_cannot_be_is_refused() {
    for (lines, code) in [
        ("login = { success = { status = [302] } }", "E104"),
        ("login = { form = \"u\" }", "E104"),
        ("login = { form = \"u\", success = {} }", "E106"),
        ("login = { form = \"u\", json = \"/u\", success = { status = [302] } }", "E108"),
        ("login = { json = \"u\", success = { status = [302] } }", "E106"),
        ("login = { form = \"u\", success = { status = [99] } }", "E107"),
        ("login = { form = \"u\", success = { cookie = \"x\" } }", "E103"),
        ("login = { form = \"u\", page = \"/elsewhere\", success = { status = [302] } }", "E106"),
        ("login = \"u\"", "E105"),
        ("reset = { form = \"u\", success = { status = [302] } }", "E103"),
        ("reset = {}", "E104"),
        ("reset = { form = \"u\" }\nlogin = { form = \"u\", success = { status = [302] } }", "E108"),
        ("body_limit = \"2 MiB\"\nreset = { form = \"u\" }", "E108"),
        ("object = { path = \"/records/{id}\" }\nreset = { form = \"u\" }", "E108"),
    ] {
        let found = codes(&with(&format!("{lines}\n")));
        assert!(found.contains(&code), "{lines}: {found:?}");
        assert!(loaded(&with(lines)).config.is_none(), "{lines}");
    }
    let open = edited("require = \"otp\"\nscope = \"records\"", "require = \"open\"");
    assert!(codes(&format!("{open}{LOGIN}")).contains(&"E108"));
}

#[test]
fn ways_around_the_code_are_warned_of() {
    let route = |path: &str, more: &str| format!("[[route]]\npath = \"{path}\"\n{more}\n");
    let guarded = "require = \"otp\"\nscope = \"records\"";
    let with = |more: &str| codes(&format!("{BASE}{LOGIN}{more}"));
    assert_eq!(with(""), Vec::<&str>::new());
    assert_eq!(with(&route("/static/**", "require = \"open\"")), Vec::<&str>::new());
    assert_eq!(with(&route("/**", "require = \"open\"")), ["W230"]);
    assert_eq!(with(&route("/**", guarded)), ["W231"]);
    assert_eq!(with(&route("/**", &format!("{guarded}\nend_on = \"/logout\""))), Vec::<&str>::new());
    let reset = format!("{BASE}reset = {{ form = \"email\" }}\n");
    assert_eq!(codes(&reset), Vec::<&str>::new());
    assert_eq!(codes(&format!("{reset}{}", route("/x", guarded))), ["W232"]);
}
