//! The page that asks who somebody is, and whose button sends a code. Showing it sends nothing.

use bytes::Bytes;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use http::{Request, Response, StatusCode};

use crate::domain::refusal::Refusal;
use crate::domain::return_to::same_site;
use crate::domain::secret::Secret;
use crate::gate::introduce::Reception;
use crate::gate::{Begun, Caller, Wish};

use super::face::Face;
use super::form::Form;
use super::refusals;
use super::views::{Alert, Frame, SignIn};
use super::{Desk, answer, cookies};

/// Asks a client for a name and a password the way HTTP does it (RFC 7617).
const BASIC: &str = "Basic realm=\"Sekisho\", charset=\"UTF-8\"";

/// What the form is about, and what had been typed into it.
struct Draft<'a> {
    return_to: String,
    scope: &'a str,
    username: &'a str,
}

pub async fn show(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let query = Form::of_query(request)?;
    let draft = draft(desk, &query);
    if !desk.gate.settings.scopes.contains_key(draft.scope) {
        return Ok(incomplete_link(desk, face, &draft));
    }
    // A change of one's own account wants a code however open the scope is.
    if desk.gate.is_open(caller, draft.scope) && query.get("fresh").is_none() {
        let holder = desk.gate.who(caller);
        return Ok(desk.front.already(face, &draft.return_to, holder.as_ref().map(|h| h.shown())));
    }
    let reception = desk.gate.receive(caller, draft.scope).await?;
    Ok(page(desk, caller, face, &draft, &reception, (StatusCode::OK, None)))
}

pub async fn submit(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let form = Form::of(request)?;
    let draft = draft(desk, &form);
    if !desk.is_our_form(caller, &form) {
        let says = desk.front.words(face).stale_form;
        let alert = Alert::error(says.title, says.detail);
        let reception = desk.gate.receive(caller, draft.scope).await?;
        return Ok(page(desk, caller, face, &draft, &reception, (StatusCode::FORBIDDEN, Some(alert))));
    }
    let wish = Wish {
        username: form.filled("username").map(str::to_owned),
        password: form.get("password").map(|password| Secret::new(password.to_owned())),
        channel: form.filled("channel").map(str::to_owned),
        scope: draft.scope.to_owned(),
        return_to: draft.return_to.clone(),
        introduced: None,
    };
    match desk.gate.begin(caller, wish).await {
        Ok(begun) => Ok(on_to_code(desk, face, begun, &draft.return_to)),
        Err(Refusal::UnknownScope) => Ok(incomplete_link(desk, face, &draft)),
        Err(refusal @ Refusal::OnlyPasskey) => {
            let words = &desk.front.words(face).passkeys;
            Ok(desk.front.refuse_with(face, refusal, Some((&desk.front.place("me/passkeys"), words.mine))))
        }
        Err(refusal) => {
            let row = refusals::row(&refusal, desk.front.words(face));
            let (status, retry) = (row.status, row.retry);
            let typed = matches!(refusal, Refusal::WrongCredentials | Refusal::WhoAreYou);
            let alert = Alert { field: typed, ..Alert::of(row) };
            // Where a source cannot be asked, the outage is told already, and what was typed is not lost.
            let reception =
                desk.gate.receive(caller, draft.scope).await.unwrap_or_else(|_| desk.gate.at_desk(draft.scope));
            let mut answer = page(desk, caller, face, &draft, &reception, (status, Some(alert)));
            answer::retry_after(&mut answer, retry);
            Ok(answer)
        }
    }
}

/// To the page of a challenge that was begun or joined.
pub(super) fn on_to_code(desk: &Desk, face: &Face, begun: Begun, return_to: &str) -> Response<Bytes> {
    let path = desk.front.code_path(&begun.view.id, return_to, "");
    let mut answer = answer::see_other(&face.request, &path);
    let bind = begun.bind.and_then(|browser| cookies::set_browser(&browser, desk.front.settings.secure));
    answer::cookie(&mut answer, bind);
    answer
}

fn draft<'a>(desk: &'a Desk, form: &'a Form) -> Draft<'a> {
    let scopes = &desk.gate.settings.scopes;
    // Where there is one scope only, a link needs not name it.
    let only = scopes.keys().next().filter(|_| scopes.len() == 1).map_or("", String::as_str);
    Draft {
        return_to: same_site(form.get("return_to").unwrap_or_default(), &desk.front.settings.prefix),
        scope: form.filled("scope").unwrap_or(only),
        username: form.get("username").unwrap_or_default(),
    }
}

/// The protected page itself knows its scope, so the way out of a link without one leads there.
fn incomplete_link(desk: &Desk, face: &Face, draft: &Draft<'_>) -> Response<Bytes> {
    let words = &desk.front.words(face).common;
    desk.front.refuse_with(face, Refusal::UnknownScope, Some((&draft.return_to, words.go_on)))
}

/// The form. A browser without a binding cookie gets one here, so that the form can prove where it came from.
fn page(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    draft: &Draft<'_>,
    reception: &Reception,
    (status, alert): (StatusCode, Option<Alert>),
) -> Response<Bytes> {
    let fresh = caller.browser.is_none().then(|| desk.gate.fresh_browser());
    let token = caller.browser.as_ref().or(fresh.as_ref()).map(|b| desk.gate.form_token(b)).unwrap_or_default();
    let holder = desk.gate.person(caller);
    let way_in = desk.way_in(&draft.return_to, draft.scope);
    let here = desk.front.challenge_path(&draft.return_to, draft.scope);
    let words = &desk.front.words(face).sign_in;
    let introduced = reception.introduced.as_deref();
    let who = holder.as_ref().map(|h| h.shown()).filter(|_| introduced.is_none());
    let asks = who.is_none() && introduced.is_none();
    let title = match () {
        () if !asks => words.title_again,
        () if reception.form || !reception.leads.is_empty() => words.title,
        () => desk.front.words(face).sources.unknown.title,
    };
    let basic = reception.basic && (asks || alert.as_ref().is_some_and(|alert| alert.field));
    let status = if basic { StatusCode::UNAUTHORIZED } else { status };
    let page = SignIn {
        frame: Frame {
            error: alert.as_ref().map(|a| a.title),
            here: Some(&here),
            way_in: way_in.as_deref(),
            request: status.is_server_error().then_some(face.request.as_str()),
            ..desk.front.frame(face, title)
        },
        alert: alert.as_ref(),
        token: &token,
        return_to: &draft.return_to,
        scope: draft.scope,
        username: draft.username,
        asks_password: desk.gate.asks_password(),
        who,
        introduced,
        form: reception.form,
        leads: if asks { &reception.leads } else { &[] },
    };
    let mut answer = desk.front.page(face, status, &page);
    if basic {
        answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(BASIC));
    }
    answer::cookie(&mut answer, fresh.and_then(|browser| cookies::set_browser(&browser, desk.front.settings.secure)));
    answer
}

impl Desk {
    /// Whether a form was made by us for this very browser.
    pub(super) fn is_our_form(&self, caller: &Caller, form: &Form) -> bool {
        let token = form.get("token").unwrap_or_default();
        caller.browser.as_ref().is_some_and(|browser| self.gate.is_form_token(browser, token))
    }
}
