//! One's own account: who is signed in, what is open, where, and how they prove who they are.

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::domain::enrolment::Stepper;
use crate::domain::factor::Factor;
use crate::domain::id::SessionId;
use crate::domain::locale::Locale;
use crate::gate::me::{Mine, NumberRule, Unchanged, Why};

use super::views::{Me, Row};
use super::{Visit, answer, cookies};
use crate::pages::code::spoken;
use crate::pages::form::Form;
use crate::pages::views::Frame;

/// What names all other sessions in a form.
const OTHERS: &str = "others";

pub async fn show(visit: &Visit<'_>) -> Result<Response<Bytes>, Unchanged> {
    let mine = visit.desk.gate.mine(visit.caller).await?;
    let front = &visit.desk.front;
    let words = front.words(visit.face);
    let (alert, (token, cookie)) = (visit.alert(), visit.token());
    let here = front.place("me");
    let me = &words.me;
    let open = mine.open.iter().map(|(scope, left)| (scope.as_str(), words.spans.left(left.as_secs()))).collect();
    let page = Me {
        frame: Frame {
            error: alert.as_ref().filter(|alert| alert.is_error).map(|alert| alert.title),
            here: Some(&here),
            ..front.frame(visit.face, me.title)
        },
        alert: alert.as_ref(),
        token: &token,
        login: &mine.login,
        name: mine.name.as_deref(),
        phone: mine.phone.as_deref().map(|phone| (phone, spoken(phone, words))),
        mail: mine.mail.as_deref().map(|mail| (mail, spoken(mail, words))),
        can_change_number: mine.kept && mine.rules.number != NumberRule::Off,
        waiting: mine.number.as_ref().filter(|number| number.waits).map(|number| number.to.as_str()),
        open,
        sessions: sessions_of(visit, &mine),
        browsers: browsers_of(visit, &mine),
        ways: ways_of(visit, &mine),
        backup: (!mine.enrolled.backup.is_empty()).then(|| me.backup_left.fill(mine.enrolled.backup.len())),
        can_add_app: mine.rules.totp && takes(visit, Factor::Totp),
        can_make_backup: mine.rules.backup && takes(visit, Factor::Backup),
        passkeys: visit.desk.gate.has_passkeys() && takes(visit, Factor::Passkey),
        languages: Locale::ALL.map(|locale| (locale, locale == visit.face.locale)).to_vec(),
    };
    let mut answer = front.page(visit.face, StatusCode::OK, &page);
    answer::cookie(&mut answer, cookie);
    Ok(answer)
}

/// Whether anything here can be opened with such a factor.
fn takes(visit: &Visit<'_>, factor: Factor) -> bool {
    visit.desk.gate.settings.scopes.values().any(|scope| scope.factors.contains(&factor))
}

/// The one at hand first, then the latest.
fn sessions_of(visit: &Visit<'_>, mine: &Mine) -> Vec<Row> {
    let me = &visit.desk.front.words(visit.face).me;
    let mut stays = mine.stays.clone();
    stays.sort_by_key(|stay| (!stay.here, std::cmp::Reverse(stay.used)));
    let row = |stay: crate::gate::me::Where| {
        let mut facts = vec![me.began.fill(visit.since(stay.began)), me.used.fill(visit.since(stay.used))];
        facts.extend(stay.from.map(|from| me.from.fill(from)));
        let title = if stay.here { me.this_one } else { me.another }.to_owned();
        Row { title, facts, id: (!stay.here).then(|| stay.id.to_string()) }
    };
    stays.into_iter().map(row).collect()
}

fn browsers_of(visit: &Visit<'_>, mine: &Mine) -> Vec<Row> {
    let me = &visit.desk.front.words(visit.face).me;
    let row = |browser: &crate::gate::me::Browser| {
        let title = if browser.here { me.this_one } else { me.another }.to_owned();
        Row { title, facts: vec![me.since.fill(visit.since(browser.since))], id: Some(browser.tag.clone()) }
    };
    mine.browsers.iter().rev().map(row).collect()
}

/// What they enrolled, the strongest first. Passkeys have a page of their own.
fn ways_of(visit: &Visit<'_>, mine: &Mine) -> Vec<Row> {
    let me = &visit.desk.front.words(visit.face).me;
    let used = |used: Option<crate::domain::time::Wall>| match used {
        Some(used) => me.used.fill(visit.since(used)),
        None => me.never_used.to_owned(),
    };
    let named = |kind: &str, label: &str| match label.is_empty() || label == kind {
        true => kind.to_owned(),
        false => format!("{kind}: {label}"),
    };
    let passkeys = mine.enrolled.passkeys.iter().map(|key| Row {
        title: named(me.passkey, &key.label),
        facts: vec![me.added.fill(visit.since(key.added)), used(key.used)],
        id: None,
    });
    let mut steppers: Vec<&Stepper> = mine.enrolled.steppers.iter().collect();
    steppers.sort_by_key(|stepper| stepper.kind);
    let steppers = steppers.into_iter().map(|stepper| Row {
        title: named(if stepper.kind == Factor::Token { me.token } else { me.app }, &stepper.label),
        facts: vec![me.added.fill(visit.since(stepper.added)), used(stepper.used)],
        id: Some(stepper.id.clone()),
    });
    passkeys.chain(steppers).collect()
}

pub async fn language(visit: &Visit<'_>, form: &Form) -> Result<Response<Bytes>, Unchanged> {
    let chosen = form.get("language").and_then(|tag| Locale::ALL.into_iter().find(|locale| locale.tag() == tag));
    let chosen = chosen.ok_or(Unchanged::Not(Why::Missing))?;
    visit.desk.gate.choose_locale(visit.caller, chosen).await?;
    let mut answer = visit.home("language");
    answer::cookie(&mut answer, cookies::set_language(chosen, visit.desk.front.settings.secure));
    Ok(answer)
}

pub async fn sessions(visit: &Visit<'_>, form: &Form) -> Result<Response<Bytes>, Unchanged> {
    let gate = &visit.desk.gate;
    match form.get("session").unwrap_or_default() {
        OTHERS => {
            gate.end_others(visit.caller).await?;
            Ok(visit.home("others-ended"))
        }
        id => {
            let id = SessionId::parse(id).ok_or(Unchanged::Not(Why::Missing))?;
            // One that is over already is what was wanted: a second click.
            gate.end_own(visit.caller, &id).await?;
            Ok(visit.home("ended"))
        }
    }
}

pub async fn browsers(visit: &Visit<'_>, form: &Form) -> Result<Response<Bytes>, Unchanged> {
    visit.desk.gate.forget_browser(visit.caller, form.get("browser").unwrap_or_default()).await?;
    Ok(visit.home("forgotten"))
}

pub async fn remove(visit: &Visit<'_>, form: &Form) -> Result<Response<Bytes>, Unchanged> {
    visit.desk.gate.remove_factor(visit.caller, form.get("factor").unwrap_or_default()).await?;
    Ok(visit.home("removed"))
}
