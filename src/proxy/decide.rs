//! From a request to its answer, or to the permit that lets it pass.

use std::net::IpAddr;

use http::HeaderValue;
use http::header::STRICT_TRANSPORT_SECURITY;
use pingora::prelude::*;
use pingora::proxy::Session;

use crate::domain::event::Access;
use crate::domain::id::RequestId;
use crate::domain::path::PathFault;
use crate::domain::permit::Permit;
use crate::domain::refusal::Refusal;
use crate::gate::admit::Admission;
use crate::gate::seams::Endpoint;
use crate::pages::Room;

use super::decision::{self, Asker};
use super::door::{self, Ask};
use super::intake::Allowed;
use super::{Ctx, Gateway, Response, leave, second};

/// A request that is not forwarded, and what becomes of it.
pub(super) enum Turned {
    Refuse(Refusal),
    Reply(Box<Response>),
    /// It is for the gate itself.
    Serve(Box<Ask<'static>>),
    /// It may be a form of the application's own.
    Form(Box<(Ask<'static>, Permit)>),
}

impl Turned {
    fn reply(response: Response) -> Turned {
        Turned::Reply(Box::new(response))
    }
}

impl Gateway {
    /// What the guard does for HTTP/1, for a body that comes in frames: it must not drip. Where the answer has begun, both
    /// sides talk, and either may be silent for as long as it likes.
    pub(super) fn keep_pace(&self, ctx: &mut Ctx) -> Result<()> {
        let now = self.gate.mono();
        let begin = *ctx.body_begin.get_or_insert(now);
        let allowed = self.settings.limits.time_for(ctx.trip.sent);
        if now > begin + allowed { Err(Error::explain(HTTPStatus(408), "the body comes too slowly")) } else { Ok(()) }
    }

    /// Judges a request as it stands. No await, no lock, and an ordinary one is not copied.
    pub(super) fn judge(&self, session: &Session, ctx: &mut Ctx) -> Result<Permit, Turned> {
        let ask = Ask::read(self, session, &ctx.arrival).map_err(Turned::Refuse)?;
        if let Some(Asker::Edge) = decision::asker(self, session, &ask) {
            return Err(Turned::reply(self.answer_edge(session, ctx)));
        }
        ctx.origin = Some(ask.origin.clone());
        if self.secure && !ask.origin.https {
            return Err(self.only_https(session, ctx, &ask));
        }
        let ticket = || self.admit_ticket(&ask);
        let admission = ticket().unwrap_or_else(|| self.gate.admit(&ask.facts(), ask.token.as_deref()));
        let admission = match admission {
            Admission::Forward(permit) => second::look(self, session, &ask, permit),
            Admission::Form(permit) => match second::look(self, session, &ask, permit) {
                Admission::Forward(permit) if Gateway::is_plain(session, &ask, &permit) => Admission::Forward(permit),
                Admission::Forward(permit) => Admission::Form(permit),
                no => no,
            },
            other => other,
        };
        ctx.client = Some(ask.origin.client);
        match admission {
            Admission::Forward(permit) => {
                ctx.leaving = leave::caller(self, session, ctx, &ask, &permit);
                Ok(permit)
            }
            Admission::Refuse(Refusal::Outage) => Err(self.closed(session, ctx, &ask)),
            Admission::Form(permit) => Err(Turned::Form(Box::new((ask.into_owned(), permit)))),
            Admission::Refuse(refusal) => Err(Turned::Refuse(refusal)),
            Admission::Challenge(scope) => {
                self.metrics.challenged.inc();
                let face = door::face(session, ctx.request.clone());
                Err(Turned::reply(self.desk.challenge(&face, &ask.method, &ask.target, &scope)))
            }
            Admission::Desk => Err(Turned::Serve(Box::new(ask.into_owned()))),
        }
    }

    /// A part is down that guarded routes need.
    #[cold]
    fn closed(&self, session: &Session, ctx: &Ctx, ask: &Ask<'_>) -> Turned {
        let Some(scope) = self.gate.emergency_scope(&ask.facts()) else { return Turned::Refuse(Refusal::Outage) };
        self.metrics.refused.inc();
        let face = door::face(session, ctx.request.clone());
        Turned::reply(self.desk.closed(&face, &ask.method, &ask.target, &scope.name))
    }

    /// Answers what is not forwarded.
    pub(super) async fn turn(&self, session: &mut Session, ctx: &Ctx, turned: Turned) -> pingora::Result<()> {
        let response = match turned {
            Turned::Reply(response) => response,
            Turned::Form(form) => return Box::pin(self.serve_form(session, ctx, &form.0, &form.1)).await,
            Turned::Serve(ask) => self.serve(session, ctx, &ask).await?,
            Turned::Refuse(Refusal::Path(PathFault::NotAbsolute)) if door::asks_for_all(session) => {
                let face = door::face(session, ctx.request.clone());
                Box::new(self.desk.options(&face, &self.settings.methods.join(", ")))
            }
            Turned::Refuse(refusal) => self.refuse(session, ctx, refusal),
        };
        self.answer(session, ctx, *response).await
    }

    /// Somebody came unencrypted to a site that people see under https: no pass is looked at and none handed out. A person
    /// who opens a page is led to the right address; anything else would only be sent in clear once more.
    fn only_https(&self, session: &Session, ctx: &Ctx, ask: &Ask<'_>) -> Turned {
        if !self.gate.settings.hosts.iter().any(|host| *host == ask.host) {
            return Turned::Refuse(Refusal::UnknownHost);
        }
        let face = door::face(session, ctx.request.clone());
        if !face.navigation || !matches!(&*ask.method, "GET" | "HEAD") {
            return Turned::Refuse(Refusal::Unencrypted);
        }
        self.metrics.refused.inc();
        Turned::reply(self.desk.over_https(&face, &ask.host, &ask.target))
    }

    /// Sends an answer of ours.
    pub(super) async fn answer(&self, session: &mut Session, ctx: &Ctx, mut response: Response) -> Result<()> {
        if let Some(hsts) = self.hsts(ctx) {
            response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
        door::write(session, response).await
    }

    /// Over http browsers do not believe it, and it is not said (RFC 6797 §7.2).
    pub(super) fn hsts<'c>(&self, ctx: &'c Ctx) -> Option<&'c HeaderValue> {
        let https = ctx.origin.as_ref().map_or(ctx.arrival.tls, |origin| origin.https);
        ctx.arrival.hsts.as_ref().filter(|_| https)
    }

    /// Answers what is for the gate itself.
    async fn serve(&self, session: &mut Session, ctx: &Ctx, ask: &Ask<'_>) -> Result<Box<Response>> {
        let client = ask.origin.client;
        let room = self.desk.room(&ask.target, client);
        let endpoint = match &room {
            Room::Report { provider, .. } => Endpoint::Receipts(provider),
            Room::Form | Room::Nobody(_) => Endpoint::Page,
        };
        if let Err(wait) = self.gate.knock(endpoint, client) {
            return Ok(self.refuse(session, ctx, Refusal::Limited(wait)));
        }
        let allowed = match room {
            Room::Form => Allowed::FORM,
            Room::Report { longest, .. } => Allowed::report(longest),
            Room::Nobody(refusal) => return Ok(self.refuse(session, ctx, refusal)),
        };
        if let Some(Asker::Stranger(why)) = decision::asker(self, session, ask) {
            self.tell_of_stranger(ctx, ask, why).await;
        }
        let body = match self.intake.read(session, &self.settings.limits, allowed).await? {
            Ok(body) => body,
            Err(refusal) => return Ok(self.refuse(session, ctx, refusal)),
        };
        self.metrics.answered.inc();
        let caller = door::caller(self, session, ctx, ask);
        Ok(Box::new(self.desk.serve(&caller, &door::request(session, ask, body.bytes.clone())).await))
    }

    pub(super) fn refuse(&self, session: &Session, ctx: &Ctx, refusal: Refusal) -> Box<Response> {
        self.metrics.refused.inc();
        let mut answer = self.desk.refuse(&door::face(session, ctx.request.clone()), refusal);
        if refusal == Refusal::Method
            && let Ok(allow) = http::HeaderValue::from_str(&self.settings.methods.join(", "))
        {
            answer.headers_mut().insert(http::header::ALLOW, allow);
        }
        Box::new(answer)
    }
}

/// The access line of a guarded request that is forwarded; its status is 200 unless it becomes known as another.
pub(super) fn access<'a>(
    permit: &'a Permit,
    method: &'a str,
    client: IpAddr,
    request: &'a RequestId,
) -> Option<Access<'a>> {
    let holder = permit.holder()?;
    Some(Access {
        user: &holder.identity.login,
        emergency: holder.emergency,
        route: &permit.route().name,
        method,
        object: permit.route().object_of(permit.path()),
        path: permit.path().as_str(),
        status: 200,
        client,
        request,
    })
}
