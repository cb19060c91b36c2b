//! `login` and `reset` of a route: forms of the application's own whose sender proves their phone.

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::{Item, Placed};
use crate::config::section::Section;
use crate::config::tree::Value;
use crate::config::values::{some, whole, word};
use crate::domain::app_form::{AppForm, Field, Glob, Kind, Success};
use crate::domain::path::RequestPath;
use crate::domain::pattern::PathPattern;
use crate::domain::route::Bounds;

/// What is read of a form where the route does not say otherwise.
const USUAL_BODY: u64 = 64 * 1024;
/// It lies in memory as a whole.
const LARGEST_BODY: u64 = 1024 * 1024;

/// Where a login page puts the address to go back to.
pub const RETURN_TO: &str = "{return_to}";

/// A form as written, and the page that shows it.
pub struct Draft {
    pub form: Placed<AppForm>,
    pub page: Option<String>,
}

/// `None` where the route has none, or one that cannot be used.
pub fn read(section: &Section<'_>, path: Option<&PathPattern>, bounds: Bounds) -> Option<Draft> {
    let (login, reset) = (section.table("login"), section.table("reset"));
    let (key, place, kind, page) = match (section.entry("login"), section.entry("reset")) {
        (None, None) => return None,
        (Some(login), Some(reset)) => {
            let told = Diagnostic::new(Code::Conflict, reset.key, "a route has `login` or `reset`, not both");
            section.reader.tell(told.related(login.key, "the other one"));
            return None;
        }
        (Some(entry), None) => {
            let page = login.optional("page", |item| page(item, path));
            (&login, entry.key, success(&login).map(Kind::Login), page)
        }
        (None, Some(entry)) => (&reset, entry.key, Some(Kind::Reset), None),
    };
    let field = field(key);
    let limit = bounds.body.unwrap_or(USUAL_BODY);
    if let Some(entry) = section.entry("body_limit").filter(|_| limit > LARGEST_BODY) {
        let told = Diagnostic::new(Code::Conflict, entry.key, "a form is read as a whole, and so takes 1 MiB at most");
        section.reader.tell(told.help("give uploads a route of their own, before this one"));
    }
    if let Some(entry) = section.entry("object") {
        let message = "`object` says nothing of a form: nobody is known yet, and so no access is written down";
        section.reader.tell(Diagnostic::new(Code::Conflict, entry.key, message));
    }
    login.done();
    reset.done();
    Some(Draft { form: Placed { value: AppForm { kind: kind?, field: field?, limit }, place }, page })
}

/// `form = "username"` or `json = "/user/name"`.
fn field(section: &Section<'_>) -> Option<Field> {
    let form = section.optional("form", word(128)).map(Field::Form);
    let json = section.optional("json", |item| {
        let text = item.text(("a JSON pointer", "\"/username\""))?;
        let read = Field::pointer(text);
        read.map_err(|why| item.tell::<()>(Code::BadValue, format!("`json` is no JSON pointer: {why}"), |d| d)).ok()
    });
    match (section.entry("form"), section.entry("json")) {
        (Some(_), None) => form,
        (None, Some(_)) => json,
        (Some(_), Some(json)) => {
            let message = "the user's name stands in a form or in JSON, not in both";
            section.reader.tell(Diagnostic::new(Code::Conflict, json.key, message));
            None
        }
        (None, None) => {
            let message = format!("{} does not say which field names the user", section.title());
            let told = Diagnostic::new(Code::MissingKey, section.place, message);
            section.reader.lack(section.spot("form"), told.help("add `form = \"username\"` or `json = \"/username\"`"));
            None
        }
    }
}

fn success(login: &Section<'_>) -> Option<Success> {
    let section = login.table("success");
    if login.entry("success").is_none() {
        let message = "nothing says which answer of the application means that the password was right";
        let told = Diagnostic::new(Code::MissingKey, login.place, message);
        let help = "add `success = { status = [302], location = \"/home*\" }`; `sekisho login-probe URL` finds it out";
        login.reader.lack(login.spot("success"), told.help(help));
        return None;
    }
    let text = || word(1024);
    let found = Success {
        status: section.optional("status", statuses).unwrap_or_default(),
        location: section.optional("location", text()).map(|text| Glob::new(&text)),
        set_cookie: section.optional("set_cookie", text()).map(|text| Glob::new(&text)),
        body: section.optional("body", text()),
        not_body: section.optional("not_body", text()),
    };
    let sound = login.is_sound("success");
    if sound && found == Success::default() {
        let told = Diagnostic::new(Code::BadValue, section.place, "`success` is empty, so every answer would be one");
        section.reader.tell(told.expected("expected one or more of status, location, set_cookie, body, not_body"));
    }
    section.done();
    sound.then_some(found)
}

fn statuses(item: Item<'_>) -> Option<Vec<u16>> {
    let one = whole(200..=599, "that is what an answer can have");
    match &item.node.value {
        Value::Whole(_) => one(item).map(|status| vec![status]),
        _ => some("[302]", one)(item),
    }
}

/// An address on this very route; elsewhere it could be guarded itself.
fn page(item: Item<'_>, route: Option<&PathPattern>) -> Option<String> {
    let text = word(1024)(item)?;
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let here = RequestPath::read(path.as_bytes()).is_ok_and(|path| route.is_none_or(|r| r.matches(path.first())));
    let plain = text.bytes().all(|b| (0x21..0x7f).contains(&b)) && !path.contains(RETURN_TO);
    if !here || !plain {
        let message = "`page` is not an address that this route forwards";
        let expected = "expected the path of the login page, as in \"/login?next={return_to}\"";
        return item.tell(Code::BadValue, message, |d| d.expected(expected));
    }
    Some(text)
}
