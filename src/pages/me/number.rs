//! Another number: typed, then proven by the code that it got.

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::domain::code::Alphabet;
use crate::gate::me::{Proven, Unchanged};

use super::views::Number;
use super::{Visit, answer};
use crate::pages::form::Form;
use crate::pages::views::Frame;

pub async fn show(visit: &Visit<'_>) -> Result<Response<Bytes>, Unchanged> {
    let (desk, words) = (visit.desk, visit.desk.front.words(visit.face));
    let owner = desk.gate.owner(visit.caller).await?;
    desk.gate.demand_number_desk(&owner).await?;
    let number = desk.gate.number_of(&owner);
    let (alert, (token, cookie)) = (visit.alert(), visit.token());
    let numeric = desk.gate.settings.challenge.shape.alphabet == Alphabet::Numeric;
    let here = desk.front.place("me/number");
    let label = |length| if numeric { words.code.digits } else { words.code.characters }.fill(length);
    let page = Number {
        frame: Frame {
            error: alert.as_ref().filter(|alert| alert.is_error).map(|alert| alert.title),
            here: Some(&here),
            ..desk.front.frame(visit.face, words.me.number_page.title)
        },
        alert: alert.as_ref(),
        token: &token,
        sent: number.as_ref().filter(|number| !number.waits).map(|number| (number.to.as_str(), label(number.length))),
        waiting: number.as_ref().filter(|number| number.waits).map(|number| number.to.as_str()),
        numeric,
    };
    let mut answer = desk.front.page(visit.face, StatusCode::OK, &page);
    answer::cookie(&mut answer, cookie);
    Ok(answer)
}

pub async fn ask(visit: &Visit<'_>, form: &Form) -> Result<Response<Bytes>, Unchanged> {
    visit.desk.gate.ask_number(visit.caller, form.get("number").unwrap_or_default()).await?;
    Ok(visit.to(&visit.desk.front.place("me/number")))
}

pub async fn prove(visit: &Visit<'_>, form: &Form) -> Result<Response<Bytes>, Unchanged> {
    match visit.desk.gate.prove_number(visit.caller, form.get("code").unwrap_or_default()).await? {
        Proven::Changed => Ok(visit.home("number-changed")),
        Proven::Waits => Ok(visit.home("number-waits")),
    }
}

pub async fn drop(visit: &Visit<'_>) -> Result<Response<Bytes>, Unchanged> {
    visit.desk.gate.drop_number(visit.caller).await?;
    Ok(visit.home("dropped"))
}
