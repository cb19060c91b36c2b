//! The JSON API (PRODUCT §3), field for field.

use bytes::Bytes;
use http::header::{HeaderValue, LOCATION};
use http::{Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::challenge::Gone;
use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;
use crate::domain::secret::Secret;
use crate::gate::{Caller, Opened, View, Wish};

use super::{Desk, answer, cookies, form};

#[derive(Deserialize)]
struct Begin {
    return_to: String,
    scope: String,
    username: Option<String>,
    password: Option<String>,
    channel: Option<String>,
}

#[derive(Deserialize)]
struct Resend {
    channel: Option<String>,
}

#[derive(Deserialize)]
struct Verify {
    code: String,
}

pub async fn begin(desk: &Desk, caller: &Caller, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    let asked: Begin = form::json(request)?;
    let wish = Wish {
        introduced: None,
        username: asked.username.filter(|name| !name.is_empty()),
        password: asked.password.map(Secret::new),
        channel: asked.channel,
        scope: asked.scope,
        return_to: asked.return_to,
    };
    let begun = desk.gate.begin(caller, wish).await?;
    let mut answer = answer::json_of(&caller.request, StatusCode::CREATED, &shown(&begun.view));
    if let Ok(place) = HeaderValue::try_from(desk.front.place(&format!("challenges/{}", begun.view.id))) {
        answer.headers_mut().insert(LOCATION, place);
    }
    let bind = begun.bind.and_then(|browser| cookies::set_browser(&browser, desk.front.settings.secure));
    answer::cookie(&mut answer, bind);
    Ok(answer)
}

pub async fn state(desk: &Desk, caller: &Caller, id: Option<ChallengeId>) -> Result<Response<Bytes>, Refusal> {
    let view = desk.gate.view(caller, &id.ok_or(Refusal::UnknownChallenge)?).await?;
    Ok(answer::json_of(&caller.request, StatusCode::OK, &shown(&view)))
}

pub async fn resend(
    desk: &Desk,
    caller: &Caller,
    request: &Request<Bytes>,
    id: Option<ChallengeId>,
) -> Result<Response<Bytes>, Refusal> {
    let asked: Resend = form::json(request)?;
    let id = id.filter(|_| caller.browser.is_some()).ok_or(Refusal::UnknownChallenge)?;
    let view = desk.gate.resend(caller, &id, asked.channel.as_deref()).await?;
    Ok(answer::json_of(&caller.request, StatusCode::OK, &shown(&view)))
}

pub async fn verify(
    desk: &Desk,
    caller: &Caller,
    request: &Request<Bytes>,
    id: Option<ChallengeId>,
) -> Result<Response<Bytes>, Refusal> {
    let asked: Verify = form::json(request)?;
    let code = Secret::new(asked.code);
    let id = named(caller, id)?;
    let opened = desk.gate.verify(caller, &id, code.expose()).await.map_err(gone)?;
    through(desk, caller, &id, &opened).await
}

/// The challenge that somebody answers. Without the binding cookie nothing is there (404); with one, an unknown challenge is as
/// gone as a used one (410).
pub(super) fn named(caller: &Caller, id: Option<ChallengeId>) -> Result<ChallengeId, Refusal> {
    match caller.browser {
        Some(_) => id.ok_or(Refusal::Gone(Gone::Unknown)),
        None => Err(Refusal::UnknownChallenge),
    }
}

/// What whoever has a binding cookie is told of a challenge that is not there.
pub(super) fn gone(refusal: Refusal) -> Refusal {
    if refusal == Refusal::UnknownChallenge { Refusal::Gone(Gone::Unknown) } else { refusal }
}

/// What a right answer gets, whatever kind of answer it was: the pass, and what waited for it.
pub(super) async fn through(
    desk: &Desk,
    caller: &Caller,
    id: &ChallengeId,
    opened: &Opened,
) -> Result<Response<Bytes>, Refusal> {
    let released = desk.released(caller, id, true).await?.unwrap_or_default();
    let on = released.on.as_ref().and_then(|on| on.to_str().ok()).unwrap_or(&opened.return_to);
    let body = json!({"scope": opened.scope, "expires_in": opened.expires_in, "return_to": on});
    let mut answer = answer::json_of(&caller.request, StatusCode::OK, &body);
    for cookie in released.cookies {
        answer::cookie(&mut answer, Some(cookie));
    }
    for cookie in cookies::set_opened(opened, desk.front.settings.secure) {
        answer::cookie(&mut answer, cookie);
    }
    Ok(answer)
}

fn shown(view: &View) -> Value {
    json!({
        "id": view.id.as_str(),
        "scope": view.scope,
        "state": view.state.name(),
        "channel": view.channel.name(),
        "to": view.to,
        "expires_in": view.expires_in,
        "resend_in": view.resend_in,
        "tries_left": view.tries_left,
        "channels": view.channels.iter().map(|c| c.name()).collect::<Vec<_>>(),
        "factors": view.factors.iter().map(|factor| factor.name()).collect::<Vec<_>>(),
    })
}
