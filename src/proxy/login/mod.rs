//! Forms of the application's own whose sender proves their phone: its login, and its password reset.
//!
//! ```text
//! login   form ──▶ application ──▶ no  ──▶ its answer, at once
//!                              └─▶ yes ──▶ withheld, and a code ──▶ its answer
//! reset   form ──▶ held, and a code ──▶ application, once ──▶ its answer
//! ```
//!
//! [`name`] reads whom a form is about, [`errand`] carries a request apart from the client's own exchange. Whatever else comes to
//! such a route is forwarded as on an open one: nobody has to prove anything to see a form.

pub mod errand;
mod json;
mod multipart;
pub mod name;
mod urlencoded;

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderValue,
};
use http::header::{LOCATION, SET_COOKIE, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Version};
use pingora::http::RequestHeader;
use pingora::prelude::*;
use pingora::proxy::Session;

use crate::domain::app_form::{AppForm, Heard, Kind, Success};
use crate::domain::permit::Permit;
use crate::domain::refusal::Refusal;
use crate::domain::route::Need;
use crate::domain::scope::Scope;
use crate::gate::admit::Admission;
use crate::gate::{Begun, Caller};
use crate::pages::Face;
use crate::pages::withheld::{self, Kept, What};

use super::door::{self, Ask};
use super::intake::Allowed;
use super::{Ctx, Gateway, Response, apart, upstream};

use errand::{Errand, Lost, Reply};

/// The largest answer to a login that is withheld.
const LARGEST: usize = 256 * 1024;

/// A request that came to such a route.
struct Visit<'a> {
    gateway: &'a Gateway,
    ctx: &'a Ctx,
    ask: &'a Ask<'a>,
    permit: &'a Permit,
    form: &'a AppForm,
    scope: &'a Scope,
    face: Face,
    caller: Caller,
}

/// What becomes of it.
enum Outcome {
    Reply(Box<Response>),
    /// The application's answer, as it comes.
    Stream(Box<Reply>),
}

enum Stop {
    Refuse(Refusal),
    Wire(Box<Error>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refuse(refusal)
    }
}

impl From<Box<Error>> for Stop {
    fn from(error: Box<Error>) -> Stop {
        Stop::Wire(error)
    }
}

impl Gateway {
    /// What an address with a ticket is judged as: as the form whose answer it fetches.
    pub(super) fn admit_ticket(&self, ask: &Ask<'_>) -> Option<Admission> {
        withheld::ticket(&ask.target).filter(|_| ask.method == "GET")?;
        let facts = crate::domain::route::Facts { method: "POST", ..ask.facts() };
        Some(self.gate.admit(&facts, None)).filter(|admission| matches!(admission, Admission::Form(_)))
    }

    /// Whether a request to such a route can be anything but a plain request for a page.
    pub(super) fn is_plain(session: &Session, ask: &Ask<'_>, permit: &Permit) -> bool {
        let header = session.req_header();
        let query = query(header);
        let bare = !header.headers.contains_key(TRANSFER_ENCODING)
            && header.headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0")
            && (!session.is_http2() || matches!(header.method, Method::GET | Method::HEAD));
        let reads = matches!(&*ask.method, "GET" | "HEAD" | "OPTIONS");
        let form = permit.route().form.as_ref();
        let named = form.is_none_or(|form| {
            let read = name::read(&form.field, query, &HeaderMap::new(), b"", permit.route().allow.charset);
            read != Ok(None)
        });
        reads && bare && !named && !has_password(&header.headers) && withheld::ticket(&ask.target).is_none()
    }

    /// Answers a request to such a route.
    pub(super) async fn serve_form(
        &self,
        session: &mut Session,
        ctx: &Ctx,
        ask: &Ask<'_>,
        permit: &Permit,
    ) -> Result<()> {
        let route = permit.route();
        let (Some(form), Need::Otp(scope)) = (route.form.as_deref(), &route.need) else {
            return Error::e_explain(InternalError, "the route has no form");
        };
        let (face, caller) = (door::face(session, ctx.request.clone()), door::caller(self, session, ctx, ask));
        let visit = Visit { gateway: self, ctx, ask, permit, form, scope, face, caller };
        let response = match visit.outcome(session).await {
            Ok(Outcome::Reply(response)) => response,
            Ok(Outcome::Stream(reply)) => return visit.stream(session, *reply).await,
            Err(Stop::Refuse(refusal)) => self.refuse(session, ctx, refusal),
            Err(Stop::Wire(error)) => return Err(error),
        };
        self.answer(session, ctx, *response).await
    }
}

impl Visit<'_> {
    async fn outcome(&self, session: &mut Session) -> Result<Outcome, Stop> {
        if let Some((id, plain)) = withheld::ticket(&self.ask.target) {
            let id = id.filter(|_| self.ask.method == "GET");
            let kept = match &id {
                Some(id) => self.gateway.gate.release(&self.caller, id).await?,
                None => None,
            };
            return match kept.as_deref().and_then(Kept::from_bytes).zip(id) {
                Some((kept, id)) => self.redeem(kept, &id).await,
                // Fetched before, or never there: the page itself knows better.
                None => Ok(reply(self.gateway.desk.lead_to(&self.face, &plain))),
            };
        }
        if has_password(&session.req_header().headers) {
            // Many applications take this for a login, on any page.
            return Err(Refusal::Denied.into());
        }
        let most = usize::try_from(self.form.limit).unwrap_or(usize::MAX);
        let allowed = Allowed { bytes: most, chunked: false };
        let taken = self.gateway.intake.read(session, &self.gateway.settings.limits, allowed).await??;
        let body = taken.bytes.clone();
        let header = session.req_header();
        let charset = self.permit.route().allow.charset;
        let name = name::read(&self.form.field, query(header), &header.headers, &body, charset)?;
        if name.is_some() && header.method == Method::HEAD {
            return Err(Refusal::Malformed("a form is not sent by HEAD").into());
        }
        let header = self.outgoing(session)?;
        match (name, &self.form.kind) {
            (None, _) => self.pass_on(header, body).await.map(|reply| Outcome::Stream(Box::new(reply))),
            (Some(name), Kind::Login(success)) => self.log_in(&name, success, header, body).await,
            (Some(name), Kind::Reset) => self.hold(&name, &header, body).await,
        }
    }

    /// The request's header, with its host where every upstream looks for it.
    fn outgoing(&self, session: &Session) -> Result<RequestHeader> {
        let mut header = session.req_header().clone();
        if session.is_http2() {
            let host = super::wire::authority(session.req_header(), true).unwrap_or_default();
            header.insert_header(HOST, host)?;
        }
        Ok(header)
    }

    fn errand(&self) -> Errand<'_> {
        let (gateway, permit, origin) = (self.gateway, self.permit, &self.ask.origin);
        Errand { gateway, permit, origin, peer: self.ctx.arrival.peer }
    }

    async fn pass_on(&self, header: RequestHeader, body: Bytes) -> Result<Reply, Stop> {
        self.gateway.metrics.forwarded.inc();
        self.errand().go(header, body).await.map_err(|lost| self.failed(lost).into())
    }

    fn failed(&self, lost: Lost) -> Refusal {
        let (Lost::Unsent(error) | Lost::Unknown(error)) = lost;
        let upstream = self.permit.upstream().as_ref();
        tracing::warn!(request = %self.ctx.request, upstream, error = super::phases::told(&error), "the upstream failed");
        match error.etype() {
            ErrorType::ReadTimedout | ErrorType::WriteTimedout | ErrorType::ConnectTimedout => Refusal::UpstreamSlow,
            _ => Refusal::UpstreamDown,
        }
    }

    /// Lets the application judge the password, and keeps its yes until the code is right.
    async fn log_in(
        &self,
        name: &str,
        success: &Success,
        mut header: RequestHeader,
        body: Bytes,
    ) -> Result<Outcome, Stop> {
        if success.asks_body() {
            // What is compressed cannot be searched.
            header.remove_header(&ACCEPT_ENCODING);
        }
        let mut answer = self.pass_on(header, body).await?;
        let text = |value: &HeaderValue| std::str::from_utf8(value.as_bytes()).map(str::to_owned).ok();
        let headers = &answer.header.headers;
        let cookies: Vec<String> = headers.get_all(SET_COOKIE).iter().filter_map(text).collect();
        let cookies: Vec<&str> = cookies.iter().map(String::as_str).collect();
        let location = headers.get(LOCATION).and_then(text);
        let heard = Heard { status: answer.header.status.as_u16(), location: location.as_deref(), cookies: &cookies };
        if !success.fits(&heard) {
            return Ok(Outcome::Stream(Box::new(answer)));
        }
        let whole = answer.whole(LARGEST).await.map_err(|error| self.failed(Lost::Unknown(error)))?;
        let Some(body) = whole else { return Err(self.unfit("it is too large").into()) };
        if success.asks_body() {
            if answer.header.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
                return Err(self.unfit("it is compressed, and its body decides").into());
            }
            if !success.fits_body(&body, self.permit.route().allow.charset) {
                return Ok(reply(whole_response(&answer, body)));
            }
        }
        let return_to = self.return_to();
        let gate = &self.gateway.gate;
        let begun = gate.begin_for_application(&self.caller, name, self.scope, &return_to).await?;
        let mut headers = answer.header.headers.clone();
        headers.remove(CONTENT_LENGTH);
        let what = What::Answer { status: answer.header.status.as_u16(), fetched: !self.face.navigation };
        self.keep(begun, return_to, what, errand::all(&headers), body).await
    }

    fn unfit(&self, why: &str) -> Refusal {
        let route = self.permit.route().name.as_ref();
        tracing::error!(request = %self.ctx.request, route, "the answer to a login cannot be withheld: {why}");
        Refusal::AnswerUnfit
    }

    /// Sends nothing on before the code is right, whoever is named.
    async fn hold(&self, name: &str, header: &RequestHeader, body: Bytes) -> Result<Outcome, Stop> {
        let return_to = self.return_to();
        let begun = self.gateway.gate.begin_for_reset(&self.caller, name, self.scope, &return_to).await?;
        let what = What::Request { method: header.method.as_str().to_owned(), raw: header.raw_path().to_vec() };
        self.keep(begun, return_to, what, errand::fields(header), body).await
    }

    async fn keep(
        &self,
        begun: Begun,
        return_to: String,
        what: What,
        headers: Vec<(Vec<u8>, Vec<u8>)>,
        body: Bytes,
    ) -> Result<Outcome, Stop> {
        let (site, target) = (upstream::public(&self.ask.origin), self.target());
        let kept = Kept { what, site, target, headers, body };
        self.gateway.gate.withhold(&begun.view.id, &kept.to_bytes()).await?;
        self.gateway.metrics.challenged.inc();
        Ok(reply(self.gateway.desk.held(&self.face, self.scope, begun, &return_to)))
    }

    /// Where the code page leads when nothing is kept any more.
    fn return_to(&self) -> String {
        match self.face.navigation {
            true => self.target(),
            false => self.gateway.desk.page_behind(&self.face),
        }
    }

    /// The form's own address. A query that names the user may hold the password too, and is left out.
    fn target(&self) -> String {
        let Some((path, query)) = self.ask.target.split_once('?') else { return self.ask.target.to_string() };
        let charset = self.permit.route().allow.charset;
        let named = name::read(&self.form.field, query.as_bytes(), &HeaderMap::new(), b"", charset) != Ok(None);
        if named { path.to_owned() } else { self.ask.target.to_string() }
    }

    /// Hands out what was kept, or sends it on.
    async fn redeem(&self, kept: Kept, id: &crate::domain::id::ChallengeId) -> Result<Outcome, Stop> {
        let (method, raw) = match &kept.what {
            What::Answer { .. } => {
                let mut response = kept.response().ok_or(Refusal::Outage)?;
                response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                return Ok(reply(response));
            }
            What::Request { method, raw } => (method.clone(), raw.clone()),
        };
        self.gateway.metrics.forwarded.inc();
        let header = errand::rebuilt(&method, &raw, kept.headers.clone())?;
        match self.errand().go(header, kept.body.clone()).await {
            Ok(answer) => Ok(Outcome::Stream(Box::new(answer))),
            Err(lost) => {
                if matches!(lost, Lost::Unsent(_)) {
                    // Whoever loads the page again sends it then.
                    self.gateway.gate.withhold(id, &kept.to_bytes()).await?;
                }
                Err(self.failed(lost).into())
            }
        }
    }

    /// Hands on the application's answer as it comes.
    async fn stream(&self, session: &mut Session, mut answer: Reply) -> Result<()> {
        let mut header = answer.header.clone();
        apart::set(session, &mut header)?;
        if let Some(hsts) = self.gateway.hsts(self.ctx) {
            header.insert_header(STRICT_TRANSPORT_SECURITY, hsts.clone())?;
        }
        let none = session.req_header().method == Method::HEAD || matches!(header.status.as_u16(), 204 | 304);
        if !none && !session.is_http2() && !header.headers.contains_key(CONTENT_LENGTH) {
            match session.req_header().version {
                Version::HTTP_11 => header.insert_header(TRANSFER_ENCODING, "chunked")?,
                // It ends with the connection.
                _ => session.set_keepalive(None),
            }
        }
        session.write_response_header(Box::new(header), none).await?;
        if none {
            return Ok(());
        }
        while let Some(part) = answer.part().await? {
            session.write_response_body(Some(part), false).await?;
        }
        session.write_response_body(None, true).await
    }
}

fn reply(response: Response) -> Outcome {
    Outcome::Reply(Box::new(response))
}

fn whole_response(answer: &Reply, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = answer.header.status;
    *response.headers_mut() = answer.header.headers.clone();
    response
}

fn query(header: &RequestHeader) -> &[u8] {
    let target = header.raw_path();
    let at = target.iter().position(|b| *b == b'?').map_or(target.len(), |at| at + 1);
    &target[at..]
}

/// Whether name and password come along in the header.
fn has_password(headers: &HeaderMap) -> bool {
    let basic = |value: &HeaderValue| value.as_bytes().get(..5).is_some_and(|s| s.eq_ignore_ascii_case(b"basic"));
    headers.get_all(AUTHORIZATION).iter().any(basic)
}
