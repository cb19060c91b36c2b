//! Passkeys: asked for where a code would be typed, and somebody's own.
//!
//! The script brings JSON, because an authenticator speaks to nothing else than a script. What is asked for in a challenge is
//! asked of its own browser alone, and only after a first factor.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::id::ChallengeId;
use crate::domain::permit::Holder;
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;
use crate::gate::keychain::Listed;
use crate::gate::me::{Unchanged, Why};
use crate::gate::{Caller, View};
use crate::words::Page;

use super::face::Face;
use super::form::{self, Form};
use super::views::{Alert, Key, KeyButton, PasskeyOnly, Passkeys};
use super::{Desk, answer, api, cookies, me};

/// What a script brings when an authenticator has made a key.
#[derive(Deserialize)]
struct Made {
    label: String,
    key: Value,
}

/// What the browser is to ask for a challenge.
pub async fn ask(
    desk: &Desk,
    caller: &Caller,
    request: &Request<Bytes>,
    id: Option<ChallengeId>,
) -> Result<Response<Bytes>, Refusal> {
    let Nothing {} = form::json(request)?;
    let id = id.filter(|_| caller.browser.is_some()).ok_or(Refusal::UnknownChallenge)?;
    options(caller, desk.gate.ask_passkey(caller, &id).await?)
}

/// What an authenticator answered; opens as a right code does.
pub async fn verify(
    desk: &Desk,
    caller: &Caller,
    request: &Request<Bytes>,
    id: Option<ChallengeId>,
) -> Result<Response<Bytes>, Refusal> {
    let answered: Value = form::json(request)?;
    let id = api::named(caller, id)?;
    let opened = desk.gate.verify_passkey(caller, &id, &answered.to_string()).await.map_err(api::gone)?;
    api::through(desk, caller, &id, &opened).await
}

/// Somebody's own. Who has no pass is led to sign in, and back.
pub async fn show(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let query = Form::read(request.uri().query().unwrap_or_default().as_bytes())?;
    let words = desk.front.words(face);
    let keychain = match desk.gate.keychain(caller).await {
        Err(Refusal::WhoAreYou) => {
            // Who comes for their first key cannot have one yet.
            let scopes = &desk.gate.settings.scopes;
            let open = scopes.iter().find(|(_, scope)| !scope.resists_phishing()).or(scopes.first_key_value());
            let name = open.map_or("", |(name, _)| name.as_str());
            return Ok(answer::see_other(&face.request, &desk.front.challenge_path(&here(desk), name)));
        }
        keychain => keychain?,
    };
    let alert = match query.get("e") {
        Some("added") => Some(Alert { is_error: false, ..Alert::error(words.passkeys.added, "") }),
        Some("removed") => Some(Alert { is_error: false, ..Alert::error(words.passkeys.removed, "") }),
        _ => None,
    };
    let fresh = caller.browser.is_none().then(|| desk.gate.fresh_browser());
    let token = caller.browser.as_ref().or(fresh.as_ref()).map(|b| desk.gate.form_token(b)).unwrap_or_default();
    let holder = desk.gate.who(caller);
    let keys = keychain.keys.iter().enumerate();
    let page = Passkeys {
        frame: desk.front.frame(face, words.passkeys.mine),
        alert: alert.as_ref(),
        token: &token,
        keys: keys.map(|(place, key)| shown(key, place + 1, words)).collect(),
        can_add: desk.gate.has_passkeys(),
        confirm: keychain.confirm.map(|scope| confirm_at(desk, &scope)),
        who: holder.as_ref().map(|holder| holder.shown()),
        script_words: script_words(words),
    };
    let mut answer = desk.front.page(face, StatusCode::OK, &page);
    answer::cookie(&mut answer, fresh.and_then(|browser| cookies::set_browser(&browser, desk.front.settings.secure)));
    Ok(answer)
}

fn here(desk: &Desk) -> String {
    desk.front.place("me/passkeys")
}

/// Where somebody confirms that it is them, and comes back from.
fn confirm_at(desk: &Desk, scope: &str) -> String {
    format!("{}&fresh=1", desk.front.challenge_path(&here(desk), scope))
}

/// What the browser is to ask an authenticator to make.
pub async fn ask_new(desk: &Desk, caller: &Caller, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    let Nothing {} = form::json(request)?;
    options(caller, desk.gate.ask_new_passkey(caller).await.map_err(refused)?)
}

pub async fn add(desk: &Desk, caller: &Caller, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    let Made { label, key } = form::json(request)?;
    let added = desk.gate.add_passkey(caller, &label, &key.to_string()).await.map_err(refused)?;
    let body = json!({"id": added.id, "label": added.label});
    Ok(answer::json_of(&caller.request, StatusCode::CREATED, &body))
}

/// A form without a script.
pub async fn remove(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let form = Form::of(request)?;
    let back = |path: &str| Ok(answer::see_other(&face.request, path));
    if !desk.is_our_form(caller, &form) {
        return back(&here(desk));
    }
    match desk.gate.remove_passkey(caller, form.get("key").unwrap_or_default()).await {
        Ok(()) => back(&format!("{}?e=removed", here(desk))),
        Err(Unchanged::Stale(scope)) => back(&confirm_at(desk, &scope)),
        // The page of the account has the words for it.
        Err(Unchanged::Not(why)) => back(&format!("{}?m={}", desk.front.place("me"), me::word(why))),
        Err(Unchanged::Refused(refusal)) => Err(refusal),
    }
}

/// For programs.
fn refused(not: Unchanged) -> Refusal {
    match not {
        Unchanged::Refused(refusal) => refusal,
        Unchanged::Stale(_) => Refusal::NotConfirmedLately,
        Unchanged::Not(Why::TooMany) => Refusal::PasskeysFull,
        Unchanged::Not(_) => Refusal::PasskeyNotAsked,
    }
}

/// The button on the page of a challenge, where it may be pressed.
pub fn button<'a>(view: &'a View, words: &Page) -> Option<KeyButton<'a>> {
    let button = || KeyButton { id: &view.id, return_to: &view.return_to, script_words: script_words(words) };
    view.passkey.then(button)
}

/// The page of a challenge that nothing else answers.
pub fn only(desk: &Desk, face: &Face, view: &View, holder: Option<&Holder>) -> Response<Bytes> {
    let words = desk.front.words(face);
    let page = PasskeyOnly {
        frame: desk.front.frame(face, words.passkeys.title),
        passkey: button(view, words),
        start_over: desk.front.challenge_path(&view.return_to, &view.scope),
        who: holder.map(Holder::shown),
    };
    desk.front.page(face, StatusCode::OK, &page)
}

/// An object without anything in it: another site's form cannot send one.
#[derive(Deserialize)]
struct Nothing {}

fn options(caller: &Caller, options: String) -> Result<Response<Bytes>, Refusal> {
    Ok(answer::content(&caller.request, StatusCode::OK, "application/json", options))
}

fn shown(key: &Listed, place: usize, words: &Page) -> Key {
    let says = &words.passkeys;
    let name = if key.label.is_empty() { says.unnamed.fill(place) } else { key.label.clone() };
    Key {
        id: key.id.clone(),
        remove: says.remove.fill(&name),
        name,
        added: says.added_on.fill(day(key.added)),
        used: key.used.map_or_else(|| says.not_used.to_owned(), |at| says.used_on.fill(day(at))),
    }
}

/// Set apart (U+2066, U+2069), so that it is read from left to right in Arabic too.
fn day(at: Wall) -> String {
    let day: String = at.rfc3339().chars().take("2026-01-01".len()).collect();
    format!("\u{2066}{day}\u{2069}")
}

fn script_words(words: &Page) -> String {
    let says = &words.passkeys;
    json!({
        "unsupported": says.unsupported,
        "cancelled": says.cancelled,
        "failed": says.failed,
        "there": says.not_taken.detail,
    })
    .to_string()
}
