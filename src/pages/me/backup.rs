//! Backup codes, shown once: the button makes them, the page it leads to shows them while they hold.

use bytes::Bytes;
use http::{Response, StatusCode};
use url::form_urlencoded;

use crate::domain::secret::Secret;
use crate::gate::me::Unchanged;

use super::views::Backup;
use super::{Visit, answer};
use crate::pages::views::Frame;

pub async fn show(visit: &Visit<'_>) -> Result<Response<Bytes>, Unchanged> {
    let (desk, words) = (visit.desk, visit.desk.front.words(visit.face));
    let codes: Vec<Secret<String>> = match visit.query.filled("sheet") {
        Some(sheet) => desk.gate.backup_sheet(visit.caller, sheet).await?,
        None => {
            desk.gate.demand_backup_desk(visit.caller).await?;
            Vec::new()
        }
    };
    let (alert, (token, cookie)) = (visit.alert(), visit.token());
    let here = desk.front.place("me/backup");
    let page = Backup {
        frame: Frame {
            error: alert.as_ref().filter(|alert| alert.is_error).map(|alert| alert.title),
            here: codes.is_empty().then_some(&here),
            ..desk.front.frame(visit.face, words.me.backup_page.title)
        },
        alert: alert.as_ref(),
        token: &token,
        codes: codes.iter().map(|code| code.expose().as_str()).collect(),
    };
    let mut answer = desk.front.page(visit.face, StatusCode::OK, &page);
    answer::cookie(&mut answer, cookie);
    Ok(answer)
}

pub async fn make(visit: &Visit<'_>) -> Result<Response<Bytes>, Unchanged> {
    let sheet = visit.desk.gate.print_backup(visit.caller).await?;
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("sheet", &sheet).finish();
    Ok(visit.to(&visit.desk.front.place(&format!("me/backup?{query}"))))
}
