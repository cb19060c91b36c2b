//! Adds an authenticator app: a square code, and a code of the app in return.
//!
//! What was offered travels sealed, in the address and in the form: nothing is kept before it was confirmed, and a reload
//! shows the same square code again.

use bytes::Bytes;
use http::{Response, StatusCode};
use url::form_urlencoded;

use crate::domain::refusal::Refusal;
use crate::gate::me::{Unchanged, Why};

use super::views::App;
use super::{Visit, answer};
use crate::pages::form::Form;
use crate::pages::note::Note;
use crate::pages::qr;
use crate::pages::views::Frame;

pub async fn show(visit: &Visit<'_>) -> Result<Response<Bytes>, Unchanged> {
    let (desk, words) = (visit.desk, visit.desk.front.words(visit.face));
    let (sealed, label) = (visit.query.filled("offer"), words.me.app);
    let offer = desk.gate.offer_app(visit.caller, sealed, label, &desk.front.settings.brand).await?;
    if sealed.is_none() {
        return Ok(visit.to(&with(visit, &offer.sealed, "")));
    }
    let (alert, (token, cookie)) = (visit.alert(), visit.token());
    let (here, picture) = (with(visit, &offer.sealed, ""), query(&offer.sealed));
    let page = App {
        frame: Frame {
            error: alert.as_ref().filter(|alert| alert.is_error).map(|alert| alert.title),
            here: Some(&here),
            ..desk.front.frame(visit.face, words.me.app_page.title)
        },
        alert: alert.as_ref(),
        token: &token,
        offer: &offer.sealed,
        picture: &picture,
        key: offer.seed.expose(),
    };
    let mut answer = desk.front.page(visit.face, StatusCode::OK, &page);
    answer::cookie(&mut answer, cookie);
    Ok(answer)
}

pub async fn picture(visit: &Visit<'_>) -> Result<Response<Bytes>, Unchanged> {
    let desk = visit.desk;
    let sealed = visit.query.filled("offer").ok_or(Refusal::NoRoute)?;
    let offer = desk.gate.offer_app(visit.caller, Some(sealed), "", &desk.front.settings.brand).await?;
    let drawn = qr::svg(offer.uri.expose(), "").ok_or(Refusal::NoRoute)?;
    Ok(answer::content(&visit.face.request, StatusCode::OK, "image/svg+xml", drawn))
}

pub async fn confirm(visit: &Visit<'_>, form: &Form) -> Result<Response<Bytes>, Unchanged> {
    let sealed = form.filled("offer").ok_or(Unchanged::Not(Why::Missing))?;
    match visit.desk.gate.confirm_app(visit.caller, sealed, form.get("code").unwrap_or_default()).await {
        Ok(()) => Ok(visit.home("added")),
        // The same square code stays.
        Err(Unchanged::Not(Why::WrongCode)) => Ok(visit.to(&with(visit, sealed, "&m=wrong-app"))),
        Err(Unchanged::Refused(refusal)) if Note::of(&refusal).is_some() => {
            let note = Note::of(&refusal).map(|note| note.query(visit.desk.gate.now())).unwrap_or_default();
            Ok(visit.to(&with(visit, sealed, &format!("&{note}"))))
        }
        Err(other) => Err(other),
    }
}

fn with(visit: &Visit<'_>, sealed: &str, note: &str) -> String {
    visit.desk.front.place(&format!("me/totp?{}{note}", query(sealed)))
}

fn query(sealed: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("offer", sealed).finish()
}
