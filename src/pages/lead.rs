//! The way to where somebody signs in elsewhere, and back.

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::domain::refusal::Refusal;
use crate::gate::Caller;

use super::face::Face;
use super::form::Form;
use super::views::Notice;
use super::{Desk, answer, refusals, sign_in};

/// A button was pressed: the page that goes on there by itself. No redirect, because a form may lead to this site only.
pub async fn away(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
    source: &str,
) -> Result<Response<Bytes>, Refusal> {
    let form = Form::of(request)?;
    if !desk.is_our_form(caller, &form) {
        let says = desk.front.words(face).stale_form;
        return Ok(notice(desk, face, StatusCode::FORBIDDEN, (says.title, says.detail), None));
    }
    let field = |name| form.get(name).unwrap_or_default();
    let place = desk.gate.lead_away(caller, source, field("scope"), field("return_to")).await?;
    let words = desk.front.words(face);
    Ok(desk.front.notice(face, words.sources.leaving, (&place, words.common.go_on), true))
}

/// Somebody comes back. Who they are was said there; the code is sent, for they have pressed a button here before.
pub async fn back(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
    source: &str,
) -> Result<Response<Bytes>, Refusal> {
    let query = Form::of_query(request)?;
    let state = query.get("state").unwrap_or_default();
    let Some((scope, return_to)) = desk.gate.was_away_for(caller, source, state) else {
        return Ok(failed(desk, face, "/"));
    };
    let start = desk.front.challenge_path(&return_to, &scope);
    let Some(code) = query.filled("code").filter(|_| query.get("error").is_none()) else {
        return Ok(failed(desk, face, &start));
    };
    let begun = match desk.gate.come_back(caller, source, state, code).await {
        Ok(Some(wish)) => desk.gate.begin(caller, wish).await,
        Ok(None) => return Ok(failed(desk, face, &start)),
        Err(refusal) => Err(refusal),
    };
    match begun {
        Ok(begun) => Ok(sign_in::on_to_code(desk, face, begun, &return_to)),
        Err(refusal) => {
            let words = desk.front.words(face);
            let row = refusals::row(&refusal, words);
            let mut answer = notice(desk, face, row.status, (row.title, &row.detail), Some(&start));
            answer::retry_after(&mut answer, row.retry);
            Ok(answer)
        }
    }
}

fn failed(desk: &Desk, face: &Face, start: &str) -> Response<Bytes> {
    let says = desk.front.words(face).sources.failed;
    notice(desk, face, StatusCode::FORBIDDEN, (says.title, says.detail), Some(start))
}

fn notice(
    desk: &Desk,
    face: &Face,
    status: StatusCode,
    (title, detail): (&'static str, &str),
    start: Option<&str>,
) -> Response<Bytes> {
    let again = desk.front.words(face).common.start_again;
    let frame = super::views::Frame { error: Some(title), ..desk.front.frame(face, title) };
    let link = start.map(|start| (start, again));
    desk.front.page(face, status, &Notice { frame, detail, reason: None, link, who: None })
}
