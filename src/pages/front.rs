//! What can be answered without asking the gate anything: refusals, the way to a challenge, plain notices.

use askama::Template;
use bytes::Bytes;
use http::header::{ALLOW, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde_json::Value;
use url::form_urlencoded;

use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;
use crate::domain::return_to::same_site;
use crate::domain::scope::Scope;
use crate::words::Page;
use crate::words::page::Says;

use super::answer;
use super::face::Face;
use super::form::Form;
use super::origin::Site;
use super::refusals::{self, Row};
use super::settings::Settings;
use super::views::{Frame, Notice, Unsent};

/// The part of the desk that needs no gate.
#[derive(Debug)]
pub struct Front {
    pub settings: Settings,
    pub site: Site,
    /// Scheme and authority, without a trailing slash.
    public_url: String,
}

impl Front {
    pub fn new(public_url: &str, hosts: &[String], settings: Settings) -> Front {
        Front { site: Site::new(public_url, hosts), public_url: public_url.trim_end_matches('/').to_owned(), settings }
    }

    pub fn words(&self, face: &Face) -> &'static Page {
        Page::of(face.locale)
    }

    /// A path under the prefix.
    pub fn place(&self, rest: &str) -> String {
        format!("{}{rest}", self.settings.prefix)
    }

    /// The sign-in page for a scope, as a path of this site.
    pub fn challenge_path(&self, return_to: &str, scope: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", return_to)
            .append_pair("scope", scope)
            .finish();
        self.place(&format!("challenge?{query}"))
    }

    /// The page of emergency access to a scope, as a path of this site.
    pub fn emergency_path(&self, return_to: &str, scope: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("scope", scope)
            .append_pair("return_to", return_to)
            .finish();
        self.place(&format!("emergency?{query}"))
    }

    /// Where somebody begins who wants this scope: at the application's own login, where the scope has one.
    pub fn start_path(&self, return_to: &str, scope: &str) -> String {
        let Some(page) = self.settings.login_pages.get(scope) else { return self.challenge_path(return_to, scope) };
        let back: String = form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
        page.replace("{return_to}", &back)
    }

    /// The code page of a challenge, as a path of this site. Each tab carries its own way back, for several may share a
    /// challenge. `note` is a query of its own, as [`super::note::Note::query`] writes it.
    pub fn code_path(&self, id: &ChallengeId, return_to: &str, note: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
        let note = if note.is_empty() { String::new() } else { format!("&{note}") };
        self.place(&format!("challenge/{id}?{query}{note}"))
    }

    /// The way back that a form or an address names, if it leads to this site.
    pub fn way_back(&self, form: &Form) -> Option<String> {
        form.filled("return_to").map(|target| same_site(target, &self.settings.prefix))
    }

    pub fn frame<'a>(&'a self, face: &'a Face, heading: &'a str) -> Frame<'a> {
        Frame {
            lang: face.locale.tag(),
            dir: if face.locale.is_rtl() { "rtl" } else { "ltr" },
            words: self.words(face),
            brand: &self.settings.brand,
            help: &self.settings.help,
            prefix: &self.settings.prefix,
            heading,
            error: None,
            here: None,
            framed: face.framed,
            request: None,
            refresh: None,
            emergency: face.emergency,
            way_in: None,
        }
    }

    /// Renders a page. A template fails only when it is written wrong, and then nobody gets half a page.
    pub fn page(&self, face: &Face, status: StatusCode, page: &impl Template) -> Response<Bytes> {
        match page.render() {
            Ok(text) => answer::html(&face.request, face.locale, status, text),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                answer::content(&face.request, StatusCode::INTERNAL_SERVER_ERROR, "", "")
            }
        }
    }

    /// Answers with a refusal, in the form and language that the caller reads.
    pub fn refuse(&self, face: &Face, refusal: Refusal) -> Response<Bytes> {
        let again = self.words(face).common.start_again;
        let link = matches!(refusal, Refusal::UnknownChallenge | Refusal::Gone(_)).then_some(("/", again));
        self.refuse_with(face, refusal, link)
    }

    /// As [`Front::refuse`], with an address and words for where a person may go instead.
    pub fn refuse_with(&self, face: &Face, refusal: Refusal, link: Option<(&str, &str)>) -> Response<Bytes> {
        let row = refusals::row(&refusal, self.words(face));
        if face.html {
            return self.error_page(face, &row, link, None);
        }
        let tries = match refusal {
            Refusal::WrongCode { tries_left } | Refusal::WrongPasskey { tries_left } => {
                Some(("tries_left", Value::from(tries_left)))
            }
            _ => None,
        };
        answer::problem(&face.request, face.locale, &row, tries.as_slice())
    }

    /// 405 for a place of our own.
    pub fn wrong_method(&self, face: &Face, allow: &'static str) -> Response<Bytes> {
        let mut answer = self.refuse(face, Refusal::Method);
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        answer
    }

    /// A part is down that guarded routes need, and a sealed code opens this one.
    pub fn closed(&self, face: &Face, safe: bool, target: &str, scope: &str) -> Response<Bytes> {
        if !face.html {
            return self.refuse(face, Refusal::Outage);
        }
        let path = self.emergency_path(&self.return_path(face, safe, target), scope);
        self.error_page(face, &refusals::row(&Refusal::Outage, self.words(face)), None, Some(&path))
    }

    fn error_page(&self, face: &Face, row: &Row, link: Option<(&str, &str)>, way_in: Option<&str>) -> Response<Bytes> {
        let (error, request) = (Some(row.title), Some(face.request.as_str()));
        let frame = Frame { error, request, way_in, ..self.frame(face, row.title) };
        let notice = Notice { frame, detail: &row.detail, reason: row.reason.as_deref(), link, who: None };
        let mut answer = self.page(face, row.status, &notice);
        answer::retry_after(&mut answer, row.retry);
        answer
    }

    /// A page that tells of something good.
    pub fn notice(&self, face: &Face, says: Says, link: (&str, &str), refresh: bool) -> Response<Bytes> {
        let frame = Frame { refresh: refresh.then_some(link.0), ..self.frame(face, says.title) };
        self.page(
            face,
            StatusCode::OK,
            &Notice { frame, detail: says.detail, reason: None, link: Some(link), who: None },
        )
    }

    /// Somebody came to sign in whose pass opens the scope already: on they go, or out.
    pub fn already(&self, face: &Face, return_to: &str, who: Option<&str>) -> Response<Bytes> {
        let words = self.words(face);
        let frame = self.frame(face, words.already_through.title);
        let link = Some((return_to, words.common.go_on));
        self.page(
            face,
            StatusCode::OK,
            &Notice { frame, detail: words.already_through.detail, reason: None, link, who },
        )
    }

    /// A protected request without a pass (PRODUCT §3): people are led to the page, or told that their form was not
    /// sent; programs get 401 and where to go.
    pub fn challenge(&self, face: &Face, method: &str, target: &str, scope: &Scope) -> Response<Bytes> {
        let safe = matches!(method, "GET" | "HEAD");
        let path = self.way_to_code(face, safe, target, scope);
        if face.navigation && safe {
            return answer::see_other(&face.request, &path);
        }
        if face.navigation {
            return asking(self.unsent(face, &path), scope);
        }
        self.wanted(face, &path, scope)
    }

    /// 308: the same page over https; for good, because it never comes back.
    pub fn over_https(&self, face: &Face, host: &str, target: &str) -> Response<Bytes> {
        let authority = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, authority)| authority);
        // Behind an IPv6 address's brackets, or behind a name, only a port has a colon.
        let after = authority.rfind(']').unwrap_or(0);
        let port = authority[after..].find(':').map_or("", |at| &authority[after + at..]);
        let mut answer = answer::see_other(&face.request, &format!("https://{host}{port}{target}"));
        *answer.status_mut() = StatusCode::PERMANENT_REDIRECT;
        answer
    }

    /// The same as programs get it, whoever asks; and the URL of the page for people.
    pub fn demand(&self, face: &Face, method: &str, target: &str, scope: &Scope) -> (Response<Bytes>, String) {
        let path = self.way_to_code(face, matches!(method, "GET" | "HEAD"), target, scope);
        (self.wanted(face, &path, scope), format!("{}{path}", self.public_url))
    }

    /// The sign-in page for a request to `target`. `safe`: it can be made again.
    fn way_to_code(&self, face: &Face, safe: bool, target: &str, scope: &Scope) -> String {
        self.start_path(&self.return_path(face, safe, target), &scope.name)
    }

    /// Where somebody goes back to who asked for `target`.
    fn return_path(&self, face: &Face, safe: bool, target: &str) -> String {
        let from = || face.referer.as_deref().and_then(|r| self.site.path_of(r, face.host.as_deref()));
        // A page can be returned to, a form's target, a fetched piece of data or a WebSocket cannot: then it is the page
        // that asked for it.
        let return_to = match (face.navigation, safe) {
            (true, true) => Some(target.to_owned()),
            (false, true) => from().or_else(|| (!face.upgrade).then(|| target.to_owned())),
            (_, false) => from(),
        };
        same_site(&return_to.unwrap_or_default(), &self.settings.prefix)
    }

    fn unsent(&self, face: &Face, path: &str) -> Response<Bytes> {
        let words = &self.words(face).unsent;
        let frame = Frame { error: Some(words.title), ..self.frame(face, words.title) };
        self.page(face, StatusCode::UNAUTHORIZED, &Unsent { frame, challenge: path })
    }

    pub(super) fn wanted(&self, face: &Face, path: &str, scope: &Scope) -> Response<Bytes> {
        let says = self.words(face).code_needed;
        let row = Row {
            status: StatusCode::UNAUTHORIZED,
            kind: "code-needed",
            title: says.title,
            detail: says.detail.into(),
            retry: None,
            reason: None,
        };
        let url = format!("{}{path}", self.public_url);
        let more = [("scope", Value::from(scope.name.as_ref())), ("challenge", Value::from(url))];
        asking(answer::problem(&face.request, face.locale, &row, &more), scope)
    }
}

/// Says that a fresh confirmation is wanted (RFC 9470).
fn asking(mut answer: Response<Bytes>, scope: &Scope) -> Response<Bytes> {
    let asked = format!("Bearer error=\"insufficient_user_authentication\", max_age={}", scope.max_age.as_secs());
    if let Ok(asked) = HeaderValue::try_from(asked) {
        answer.headers_mut().insert(WWW_AUTHENTICATE, asked);
    }
    answer
}
