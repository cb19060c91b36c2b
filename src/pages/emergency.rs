//! The page of emergency access: a sealed code, a name and a reason. Needs neither directory nor store.

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::domain::refusal::Refusal;
use crate::domain::return_to::same_site;
use crate::domain::secret::Secret;
use crate::gate::Caller;
use crate::gate::emergency::{No, Part, Plea};
use crate::words::page::Says;

use super::face::Face;
use super::form::Form;
use super::refusals;
use super::views::{Alert, Emergency, EmergencyOpen, Frame};
use super::{Desk, answer, cookies};

/// Which field an error is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Field {
    #[default]
    None,
    Name,
    Reason,
    Code,
    SecondName,
    SecondCode,
}

struct Draft<'a> {
    return_to: String,
    scope: &'a str,
    form: &'a Form,
}

/// What is wrong, and how it is answered.
struct Trouble {
    alert: Alert,
    field: Field,
    status: StatusCode,
    retry: Option<u64>,
}

pub fn show(desk: &Desk, caller: &Caller, face: &Face, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    let query = Form::read(request.uri().query().unwrap_or_default().as_bytes())?;
    let draft = draft(desk, &query)?;
    if let Some((holder, left)) = desk.gate.emergency_left(caller, draft.scope) {
        let words = desk.front.words(face);
        let page = EmergencyOpen {
            frame: desk.front.frame(face, words.emergency.opened.title),
            left: words.spans.left(left.as_secs()),
            return_to: &draft.return_to,
            who: holder.shown(),
        };
        return Ok(desk.front.page(face, StatusCode::OK, &page));
    }
    Ok(page(desk, caller, face, &draft, None))
}

pub async fn submit(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let form = Form::of(request)?;
    let draft = draft(desk, &form)?;
    if !desk.is_our_form(caller, &form) {
        let says = desk.front.words(face).stale_form;
        let alert = Alert::error(says.title, says.detail);
        let trouble = Trouble { alert, field: Field::None, status: StatusCode::FORBIDDEN, retry: None };
        return Ok(page(desk, caller, face, &draft, Some(trouble)));
    }
    let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let secret = |name: &str| form.get(name).map(|value| Secret::new(value.to_owned()));
    let plea = Plea {
        scope: draft.scope.to_owned(),
        name: text("name"),
        reason: text("reason"),
        code: secret("code"),
        second_name: text("second_name"),
        second_code: secret("second_code"),
    };
    match desk.gate.open_emergency(caller, &plea).await {
        Ok(opened) => {
            let here = desk.front.emergency_path(&draft.return_to, draft.scope);
            let mut answer = answer::see_other(&face.request, &here);
            answer::cookie(&mut answer, cookies::set_pass(&opened.token, desk.front.settings.secure));
            Ok(answer)
        }
        Err(no) => Ok(page(desk, caller, face, &draft, Some(trouble(desk, face, &no)))),
    }
}

/// Only scopes that allow it have this page.
fn draft<'a>(desk: &'a Desk, form: &'a Form) -> Result<Draft<'a>, Refusal> {
    let scope = form.filled("scope").filter(|scope| desk.gate.has_emergency(scope)).ok_or(Refusal::NoRoute)?;
    let return_to = same_site(form.get("return_to").unwrap_or_default(), &desk.front.settings.prefix);
    Ok(Draft { return_to, scope, form })
}

fn trouble(desk: &Desk, face: &Face, no: &No) -> Trouble {
    let words = &desk.front.words(face).emergency;
    let about = |says: Says, field, status| Trouble {
        alert: Alert::error(says.title, says.detail).about_field(),
        field,
        status,
        retry: None,
    };
    match no {
        No::Name(Part::First) => about(words.no_name, Field::Name, StatusCode::BAD_REQUEST),
        No::Name(Part::Second) => about(words.no_name, Field::SecondName, StatusCode::BAD_REQUEST),
        No::Reason => about(words.no_reason, Field::Reason, StatusCode::BAD_REQUEST),
        No::Slip(Part::First, _) => about(words.slip, Field::Code, StatusCode::BAD_REQUEST),
        No::Slip(Part::Second, _) => about(words.slip, Field::SecondCode, StatusCode::BAD_REQUEST),
        No::Wrong => about(words.wrong, Field::Code, StatusCode::FORBIDDEN),
        No::Over => about(words.over, Field::Code, StatusCode::GONE),
        No::SameSheet => about(words.same_sheet, Field::SecondCode, StatusCode::BAD_REQUEST),
        No::Refused(refusal) => {
            let row = refusals::row(refusal, desk.front.words(face));
            let (status, retry) = (row.status, row.retry);
            Trouble { alert: Alert::of(row), field: Field::None, status, retry }
        }
    }
}

/// The form, with what was typed but for the codes.
fn page(desk: &Desk, caller: &Caller, face: &Face, draft: &Draft<'_>, trouble: Option<Trouble>) -> Response<Bytes> {
    let fresh = caller.browser.is_none().then(|| desk.gate.fresh_browser());
    let token = caller.browser.as_ref().or(fresh.as_ref()).map(|b| desk.gate.form_token(b)).unwrap_or_default();
    let here = desk.front.emergency_path(&draft.return_to, draft.scope);
    let rules = desk.gate.settings.scopes.get(draft.scope).and_then(|scope| scope.emergency);
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    let alert = trouble.as_ref().map(|trouble| &trouble.alert);
    let typed = |name: &str| draft.form.get(name).unwrap_or_default();
    let page = Emergency {
        frame: Frame {
            error: alert.map(|alert| alert.title),
            here: Some(&here),
            request: status.is_server_error().then_some(face.request.as_str()),
            ..desk.front.frame(face, desk.front.words(face).emergency.title)
        },
        alert,
        field: trouble.as_ref().map_or(Field::None, |trouble| trouble.field),
        token: &token,
        return_to: &draft.return_to,
        scope: draft.scope,
        name: typed("name"),
        reason: typed("reason"),
        second_name: typed("second_name"),
        second_person: rules.is_some_and(|rules| rules.second_person),
    };
    let mut answer = desk.front.page(face, status, &page);
    answer::retry_after(&mut answer, trouble.as_ref().and_then(|trouble| trouble.retry));
    answer::cookie(&mut answer, fresh.and_then(|browser| cookies::set_browser(&browser, desk.front.settings.secure)));
    answer
}

impl Desk {
    /// Guarded routes are closed because a part is down. Where the scope allows it, the page says how to get in all the same.
    pub fn closed(&self, face: &Face, method: &str, target: &str, scope: &str) -> Response<Bytes> {
        self.front.closed(face, matches!(method, "GET" | "HEAD"), target, scope)
    }

    /// Whether whoever asks came in with a sealed code: then every page of ours says so.
    pub(super) fn marked(&self, caller: &Caller, face: Face) -> Face {
        let emergency = self.gate.who(caller).is_some_and(|holder| holder.emergency);
        Face { emergency, ..face }
    }

    /// Where emergency access to this scope is asked for, if it has any.
    pub(super) fn way_in(&self, return_to: &str, scope: &str) -> Option<String> {
        self.gate.has_emergency(scope).then(|| self.front.emergency_path(return_to, scope))
    }
}

impl Emergency<'_> {
    pub(super) fn is_wrong(&self, field: Field) -> bool {
        self.field == field
    }
}
