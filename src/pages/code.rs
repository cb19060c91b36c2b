//! The page on which the code is typed. Every POST leads back to a GET, so reloading and the back button send nothing.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::json;

use crate::domain::challenge::Gone;
use crate::domain::factor::Factor;
use crate::domain::id::ChallengeId;
use crate::domain::permit::Holder;
use crate::domain::refusal::Refusal;
use crate::domain::time::whole_seconds;
use crate::gate::{Caller, Opened, Shown, View};
use crate::words::Page;
use crate::words::count::Counted;
use crate::words::page::Waits;

use super::face::Face;
use super::form::Form;
use super::note::Note;
use super::typed::{PRINTED_BOX, Typed};
use super::views::{Alert, Code, Frame};
use super::{Desk, answer, cookies, passkeys};

pub async fn show(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
    id: Option<ChallengeId>,
) -> Result<Response<Bytes>, Refusal> {
    let view = desk.gate.view(caller, &id.ok_or(Refusal::UnknownChallenge)?).await?;
    page(desk, caller, face, request, view)
}

/// What there is to see of a challenge.
pub fn page(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
    view: View,
) -> Result<Response<Bytes>, Refusal> {
    let query = Form::read(request.uri().query().unwrap_or_default().as_bytes())?;
    let view = View { return_to: desk.front.way_back(&query).unwrap_or(view.return_to), ..view };
    let holder = desk.gate.who(caller);
    let words = desk.front.words(face);
    let gone = match view.state {
        Shown::Verified if holder.is_some() => {
            return Ok(desk.front.notice(face, words.already_through, (&view.return_to, words.common.go_on), true));
        }
        Shown::Verified => Gone::Used,
        Shown::Expired if view.tries_left == 0 => Gone::OutOfTries,
        Shown::Expired => Gone::Expired,
        Shown::Queued | Shown::Sent | Shown::Failed => {
            if view.passkey_only {
                return Ok(passkeys::only(desk, face, &view, holder.as_deref()));
            }
            let alert = Note::read(&query, desk.gate.now()).and_then(|note| alert(note, &view, words));
            let typed = Typed::of(&desk.gate, &view, words, is_printed(&query));
            return Ok(form(desk, caller, face, (&view, typed), alert.as_ref(), holder.as_deref()));
        }
    };
    let again = desk.front.start_path(&view.return_to, &view.scope);
    let mut answer = desk.front.refuse_with(face, Refusal::Gone(gone), Some((&again, words.common.start_again)));
    if face.html {
        // The page tells of the challenge and is itself not gone.
        *answer.status_mut() = StatusCode::OK;
    }
    Ok(answer)
}

pub async fn submit(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
    id: Option<ChallengeId>,
) -> Result<Response<Bytes>, Refusal> {
    let form = Form::of(request)?;
    let way = Way::of(desk, face, &form, id)?;
    if !desk.is_our_form(caller, &form) {
        return way.stale(caller);
    }
    let entry = form.get("code").unwrap_or_default();
    match desk.gate.verify(caller, &way.id, entry).await {
        Ok(opened) => way.through(caller, &opened).await,
        // A second click on the button gets what the first one got; otherwise the page itself knows why.
        Err(Refusal::Gone(gone)) if gone != Gone::Unknown => match desk.gate.repeat(caller, &way.id, entry).await {
            Some(opened) => way.through(caller, &opened).await,
            None => Ok(way.back("")),
        },
        Err(refusal) => way.told(refusal),
    }
}

pub async fn resend(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
    id: Option<ChallengeId>,
) -> Result<Response<Bytes>, Refusal> {
    let form = Form::of(request)?;
    let way = Way::of(desk, face, &form, id)?;
    if !desk.is_our_form(caller, &form) {
        return way.stale(caller);
    }
    match desk.gate.resend(caller, &way.id, form.filled("channel")).await {
        // The first one is not sent again, and the page says that it is being sent.
        Ok(_) if form.get("first").is_some() => Ok(way.back("")),
        Ok(_) => Ok(way.back(&Note::Resent.query(desk.gate.now()))),
        Err(Refusal::Gone(gone)) if gone != Gone::Unknown => Ok(way.back("")),
        Err(refusal) => way.told(refusal),
    }
}

/// Where a POST leads: back to its page, or on to what was asked for.
struct Way<'a> {
    desk: &'a Desk,
    face: &'a Face,
    id: ChallengeId,
    /// The tab's own.
    return_to: Option<String>,
    /// Whether it has the box for printed codes.
    printed: bool,
}

impl<'a> Way<'a> {
    fn of(desk: &'a Desk, face: &'a Face, form: &Form, id: Option<ChallengeId>) -> Result<Way<'a>, Refusal> {
        let id = id.ok_or(Refusal::UnknownChallenge)?;
        Ok(Way { desk, face, id, return_to: desk.front.way_back(form), printed: is_printed(form) })
    }

    async fn through(&self, caller: &Caller, opened: &Opened) -> Result<Response<Bytes>, Refusal> {
        let on = self.return_to.as_ref().unwrap_or(&opened.return_to);
        let mut answer = answer::see_other(&self.face.request, on);
        for cookie in cookies::set_opened(opened, self.desk.front.settings.secure) {
            answer::cookie(&mut answer, cookie);
        }
        self.desk.release(caller, &self.id, &mut answer).await?;
        Ok(answer)
    }

    /// Without its cookie a browser would find nothing after a redirect either, so it is told at once.
    fn stale(&self, caller: &Caller) -> Result<Response<Bytes>, Refusal> {
        match caller.browser {
            Some(_) => Ok(self.back(&Note::Stale.query(self.desk.gate.now()))),
            None => Err(Refusal::UnknownChallenge),
        }
    }

    fn told(&self, refusal: Refusal) -> Result<Response<Bytes>, Refusal> {
        let note = Note::of(&refusal).ok_or(refusal)?;
        Ok(self.back(&note.query(self.desk.gate.now())))
    }

    fn back(&self, note: &str) -> Response<Bytes> {
        let (name, value) = PRINTED_BOX;
        let note = match (self.printed, note.is_empty()) {
            (false, _) => note.to_owned(),
            (true, true) => format!("{name}={value}"),
            (true, false) => format!("{name}={value}&{note}"),
        };
        let path = match &self.return_to {
            Some(return_to) => self.desk.front.code_path(&self.id, return_to, &note),
            None if note.is_empty() => self.desk.front.place(&format!("challenge/{}", self.id)),
            None => self.desk.front.place(&format!("challenge/{}?{note}", self.id)),
        };
        answer::see_other(&self.face.request, &path)
    }
}

fn alert(note: Note, view: &View, words: &Page) -> Option<Alert> {
    let no = &words.no;
    let says = |says: crate::words::page::Says| Alert::error(says.title, says.detail);
    let waits = |waits: Waits, wait| Alert::error(waits.title, waits.detail.fill(words.spans.wait(wait)));
    Some(match note {
        Note::Resent => Alert { is_error: false, ..Alert::error(words.code.resent, "") },
        Note::Stale => says(words.stale_form),
        Note::Wrong if view.is_quiet && view.tries_left > 0 => {
            Alert::error(no.wrong_code.title, words.factors.left.fill(view.tries_left.into())).about_field()
        }
        Note::Wrong => Alert::error(no.wrong_code.title, no.wrong_code.left(view.tries_left)).about_field(),
        Note::NotACode => says(no.not_a_code).about_field(),
        Note::NoResendLeft => says(no.no_resend_left),
        Note::NoSuchChannel => says(no.no_such_channel),
        Note::Cooling if view.resend_in == 0 => return None,
        Note::Cooling => waits(no.cooling, view.resend_in),
        Note::Waiting(wait) => waits(no.waiting, wait),
        Note::Limited(wait) => waits(no.limited, wait),
    })
}

/// Whether the box for printed codes was asked for.
fn is_printed(form: &Form) -> bool {
    form.get(PRINTED_BOX.0) == Some(PRINTED_BOX.1)
}

fn form(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    (view, typed): (&View, Typed),
    alert: Option<&Alert>,
    holder: Option<&Holder>,
) -> Response<Bytes> {
    let words = desk.front.words(face);
    let (code, spans) = (&words.code, &words.spans);
    let failed = view.state == Shown::Failed;
    let sent_before = whole_seconds(view.last_send.until(desk.gate.now()));
    let here = desk.front.code_path(&view.id, &view.return_to, "");
    let (name, value) = PRINTED_BOX;
    let letters = desk.front.code_path(&view.id, &view.return_to, &format!("{name}={value}"));
    let way_in = desk.way_in(&view.return_to, &view.scope);
    let state_words = match view.state {
        Shown::Queued => code.queued,
        Shown::Failed => code.failed,
        Shown::Sent if view.arrived => code.delivered,
        Shown::Sent | Shown::Verified | Shown::Expired => code.sent,
    };
    let resend_words = match () {
        () if !view.can_resend => words.no.no_resend_left.detail.to_owned(),
        () if failed => code.failed_next.to_owned(),
        () if view.resend_in > 0 => code.resend_in.fill(spans.wait(view.resend_in)),
        () => code.resend_now.to_owned(),
    };
    let key_first = view.is_quiet && view.passkey && view.factors.first() == Some(&Factor::Passkey);
    let page = Code {
        frame: Frame {
            error: alert.filter(|a| a.is_error).map(|a| a.title).or(failed.then_some(code.failed)),
            here: Some(&here),
            way_in: way_in.as_deref().filter(|_| failed),
            request: failed.then_some(face.request.as_str()),
            ..desk.front.frame(face, if key_first { words.passkeys.title } else { code.title })
        },
        alert,
        token: &caller.browser.as_ref().map(|b| desk.gate.form_token(b)).unwrap_or_default(),
        id: &view.id,
        return_to: &view.return_to,
        state: if view.is_quiet { "quiet" } else { view.state.name() },
        state_words,
        channel: view.channel,
        others: view.channels.iter().copied().filter(|channel| view.is_quiet || *channel != view.channel).collect(),
        next: view.next.map(|(channel, left)| (left, code.next.of(channel).fill(spans.wait(left)))),
        to: view.to.as_deref().map(|to| (to, spoken(to, words))),
        ago: if view.state == Shown::Sent { spans.ago(sent_before) } else { String::new() },
        sent_before,
        left: spans.left(view.expires_in),
        expires_in: view.expires_in,
        resend_in: view.resend_in,
        can_resend: view.can_resend,
        resend_words,
        switch: typed.switch.map(|words| (if typed.printed { here.clone() } else { letters }, words)),
        typed,
        start_over: desk.front.start_path(&view.return_to, &view.scope),
        who: holder.map(Holder::shown),
        script_words: script_words(words),
        passkey: passkeys::button(view, words),
    };
    desk.front.page(face, StatusCode::OK, &page)
}

/// A masked number or address as it is read out: "number ending in 78" and not eight times "asterisk".
pub(super) fn spoken(to: &str, words: &Page) -> String {
    if let Some((_, domain)) = to.split_once('@') {
        return words.code.mail_at.fill(domain);
    }
    let end = to.trim_start_matches('*');
    if end.len() == to.len() { to.to_owned() } else { words.code.ending_in.fill(end) }
}

fn script_words(words: &Page) -> String {
    let (code, spans) = (&words.code, &words.spans);
    let forms = |counted: Counted| counted.forms().collect::<BTreeMap<_, _>>();
    json!({
        "second": forms(spans.seconds), "minute": forms(spans.minutes), "hour": forms(spans.hours),
        "now": spans.now, "ago": spans.ago.text(), "left": spans.left.text(),
        "queued": code.queued, "sent": code.sent, "failed": code.failed,
        "failedNext": code.failed_next, "resendIn": code.resend_in.text(), "resendNow": code.resend_now,
    })
    .to_string()
}
