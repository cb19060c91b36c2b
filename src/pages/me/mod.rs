//! Where people look at their own account and change it. Works without a script; every POST leads back to a GET, so
//! reloading and going back send nothing again.
//!
//! Whoever has no pass is led to sign in, and whoever has not confirmed it lately to confirm it, before the page that asks
//! for something is shown: nothing that was typed is lost.

mod app;
mod backup;
mod number;
mod views;
mod whole;

use bytes::Bytes;
use http::{Method, Request, Response};

use crate::domain::refusal::Refusal;
use crate::domain::time::whole_seconds;
use crate::gate::Caller;
use crate::gate::me::{Unchanged, Why};
use crate::words::Page;

use super::face::Face;
use super::form::Form;
use super::note::Note;
use super::views::Alert;
use super::{Desk, answer, cookies};

/// A page of one's own account, or what its forms are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    Language,
    /// One session, or all others.
    Sessions,
    Browsers,
    /// Takes away an app or a token.
    Remove,
    App,
    /// The square code of an app that is being added.
    Picture,
    Backup,
    Number,
    NumberProof,
    NumberDrop,
}

impl Part {
    /// What follows `me/`; empty for `me` itself.
    pub fn named(rest: &str) -> Option<Part> {
        Some(match rest {
            "" => Part::Whole,
            "language" => Part::Language,
            "sessions" => Part::Sessions,
            "browsers" => Part::Browsers,
            "remove" => Part::Remove,
            "totp" => Part::App,
            "totp.svg" => Part::Picture,
            "backup" => Part::Backup,
            "number" => Part::Number,
            "number-proof" => Part::NumberProof,
            "number-drop" => Part::NumberDrop,
            _ => return None,
        })
    }

    /// The value of `Allow`.
    pub fn methods(self) -> &'static str {
        match self {
            Part::Whole | Part::Picture => "GET, HEAD",
            Part::App | Part::Backup | Part::Number => "GET, HEAD, POST",
            Part::Language | Part::Sessions | Part::Browsers | Part::Remove => "POST",
            Part::NumberProof | Part::NumberDrop => "POST",
        }
    }

    /// The page that people are led back to.
    fn page(self) -> &'static str {
        match self {
            Part::App | Part::Picture => "me/totp",
            Part::Backup => "me/backup",
            Part::Number | Part::NumberProof | Part::NumberDrop => "me/number",
            Part::Whole | Part::Language | Part::Sessions | Part::Browsers | Part::Remove => "me",
        }
    }
}

/// What was asked for, with all that answering takes.
struct Visit<'a> {
    desk: &'a Desk,
    caller: &'a Caller,
    face: &'a Face,
    part: Part,
    /// Of the address, for a GET.
    query: Form,
}

pub async fn serve(
    desk: &Desk,
    caller: &Caller,
    face: &Face,
    request: &Request<Bytes>,
    part: Part,
) -> Result<Response<Bytes>, Refusal> {
    let query = Form::read(request.uri().query().unwrap_or_default().as_bytes())?;
    let visit = Visit { desk, caller, face, part, query };
    let answered = match *request.method() == Method::POST {
        false => visit.show().await,
        true => {
            let form = Form::of(request)?;
            match desk.is_our_form(caller, &form) {
                true => visit.take(&form).await,
                false => Ok(visit.back(&Note::Stale.query(desk.gate.now()))),
            }
        }
    };
    answered.or_else(|not| visit.not(not))
}

impl Visit<'_> {
    async fn show(&self) -> Result<Response<Bytes>, Unchanged> {
        match self.part {
            Part::App => app::show(self).await,
            Part::Picture => app::picture(self).await,
            Part::Backup => backup::show(self).await,
            Part::Number | Part::NumberProof | Part::NumberDrop => number::show(self).await,
            Part::Whole | Part::Language | Part::Sessions | Part::Browsers | Part::Remove => whole::show(self).await,
        }
    }

    async fn take(&self, form: &Form) -> Result<Response<Bytes>, Unchanged> {
        match self.part {
            Part::Language => whole::language(self, form).await,
            Part::Sessions => whole::sessions(self, form).await,
            Part::Browsers => whole::browsers(self, form).await,
            Part::Remove => whole::remove(self, form).await,
            Part::App => app::confirm(self, form).await,
            Part::Backup => backup::make(self).await,
            Part::Number => number::ask(self, form).await,
            Part::NumberProof => number::prove(self, form).await,
            Part::NumberDrop => number::drop(self).await,
            Part::Whole | Part::Picture => Err(Refusal::Method.into()),
        }
    }

    /// Where somebody goes who may not, or for whom it did not work out.
    fn not(&self, not: Unchanged) -> Result<Response<Bytes>, Refusal> {
        let (gate, front) = (&self.desk.gate, &self.desk.front);
        let page = front.place(self.part.page());
        match not {
            Unchanged::Refused(Refusal::WhoAreYou) => {
                let first = gate.settings.scopes.keys().next().map_or("", String::as_str);
                Ok(self.to(&front.challenge_path(&page, first)))
            }
            Unchanged::Stale(scope) => Ok(self.to(&format!("{}&fresh=1", front.challenge_path(&page, &scope)))),
            // Only the page itself can say what is wrong with what was typed into it.
            Unchanged::Refused(refusal) => match Note::of(&refusal) {
                Some(note) if self.part != Part::Picture => Ok(self.back(&note.query(gate.now()))),
                _ => Err(refusal),
            },
            Unchanged::Not(_) if self.part == Part::Picture => Err(Refusal::NoRoute),
            Unchanged::Not(why) => {
                let page = if lets_stay(why) { self.part.page() } else { "me" };
                Ok(self.to(&format!("{}?m={}", front.place(page), word(why))))
            }
        }
    }

    fn to(&self, path: &str) -> Response<Bytes> {
        answer::see_other(&self.face.request, path)
    }

    /// Back to the page that the form stood on; `query` says what to tell there.
    fn back(&self, query: &str) -> Response<Bytes> {
        self.to(&format!("{}?{query}", self.desk.front.place(self.part.page())))
    }

    /// Back to the account itself.
    fn home(&self, news: &str) -> Response<Bytes> {
        self.to(&format!("{}?m={news}", self.desk.front.place("me")))
    }

    /// What the address says that the page should tell.
    fn alert(&self) -> Option<Alert> {
        let words = self.desk.front.words(self.face);
        if let Some(note) = Note::read(&self.query, self.desk.gate.now()) {
            return noted(note, words);
        }
        news(self.query.get("m")?, words)
    }

    /// The token of its forms, and the cookie that it belongs to where the browser had none.
    fn token(&self) -> (String, Option<http::HeaderValue>) {
        let gate = &self.desk.gate;
        let fresh = self.caller.browser.is_none().then(|| gate.fresh_browser());
        let browser = self.caller.browser.as_ref().or(fresh.as_ref());
        let token = browser.map(|browser| gate.form_token(browser)).unwrap_or_default();
        let secure = self.desk.front.settings.secure;
        (token, fresh.and_then(|browser| cookies::set_browser(&browser, secure)))
    }

    /// A span that is over, in days where hours say little.
    fn ago(&self, seconds: u64) -> String {
        const DAY: u64 = 24 * 3600;
        let words = self.desk.front.words(self.face);
        match seconds / DAY {
            0 | 1 => words.spans.ago(seconds),
            days => words.spans.ago.fill(words.me.days.fill(days)),
        }
    }

    fn since(&self, then: crate::domain::time::Wall) -> String {
        self.ago(whole_seconds(then.until(self.desk.gate.now())))
    }
}

/// Whether the same page can be tried once more.
fn lets_stay(why: Why) -> bool {
    match why {
        Why::NotANumber | Why::NumberBarred | Why::NumberTaken | Why::SameNumber => true,
        Why::Raced | Why::WrongCode | Why::SheetOver => true,
        Why::NotAllowed | Why::Missing | Why::TooMany | Why::LastWay => false,
    }
}

pub(super) fn word(why: Why) -> &'static str {
    match why {
        Why::NotAllowed => "not-allowed",
        Why::Missing => "missing",
        Why::NotANumber => "not-a-number",
        Why::NumberBarred => "barred",
        Why::NumberTaken => "taken",
        Why::SameNumber => "same",
        Why::Raced => "raced",
        Why::WrongCode => "wrong-app",
        Why::TooMany => "too-many",
        Why::LastWay => "last-way",
        Why::SheetOver => "sheet-over",
    }
}

fn news(word: &str, words: &Page) -> Option<Alert> {
    let (told, good) = (&words.me.told, |title, detail: &str| Alert { is_error: false, ..Alert::error(title, detail) });
    Some(match word {
        "ended" => good(told.ended, ""),
        "others-ended" => good(words.me.end_others, ""),
        "forgotten" => good(told.forgotten, ""),
        "language" => good(told.language, ""),
        "added" => good(told.added, told.others_ended),
        "removed" => good(told.removed, told.others_ended),
        "number-changed" => good(told.number_changed, told.others_ended),
        "number-waits" => good(told.number_waits, ""),
        "dropped" => good(told.dropped, ""),
        "not-allowed" => Alert::error(told.not_allowed, ""),
        "missing" => Alert::error(told.missing, ""),
        "not-a-number" => Alert::error(told.not_a_number, "").about_field(),
        "barred" => Alert::error(told.barred, "").about_field(),
        "taken" => Alert::error(told.taken, "").about_field(),
        "same" => Alert::error(told.same, "").about_field(),
        "raced" => Alert::error(told.raced, ""),
        "wrong-app" => Alert::error(told.wrong_app, "").about_field(),
        "too-many" => Alert::error(told.too_many, ""),
        "last-way" => Alert::error(told.last_way, ""),
        "sheet-over" => Alert::error(told.sheet_over, ""),
        _ => return None,
    })
}

fn noted(note: Note, words: &Page) -> Option<Alert> {
    let (no, spans) = (&words.no, &words.spans);
    Some(match note {
        Note::Stale => Alert::error(words.stale_form.title, words.stale_form.detail),
        Note::Wrong => Alert::error(no.wrong_code.title, "").about_field(),
        Note::NotACode => Alert::error(no.not_a_code.title, no.not_a_code.detail).about_field(),
        Note::Cooling => Alert::error(no.no_resend_left.title, no.no_resend_left.detail),
        Note::Waiting(wait) => Alert::error(no.waiting.title, no.waiting.detail.fill(spans.wait(wait))),
        Note::Limited(wait) => Alert::error(no.limited.title, no.limited.detail.fill(spans.wait(wait))),
        _ => return None,
    })
}
