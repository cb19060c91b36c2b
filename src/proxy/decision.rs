//! The decision service: an edge that stands before the application itself (nginx, Caddy, Traefik, HAProxy…) asks about
//! each request and forwards it, or does not.
//!
//! Only named peers that know the secret are answered; for everybody else there is nothing here. Of the original request
//! nothing is guessed: what the edge does not say, or says twice, is a no. What it says is judged by the same rules as a
//! request of our own, and no answer but 200 lets anything pass.

use std::net::IpAddr;

use http::header::{ALLOW, HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use pingora::http::RequestHeader;
use pingora::proxy::Session;
use subtle::ConstantTimeEq;

use crate::domain::event::{Event, What};
use crate::domain::permit::Permit;
use crate::domain::refusal::Refusal;
use crate::gate::admit::Admission;
use crate::pages::Face;

use super::client::{self, Authority, Origin};
use super::decide::access;
use super::door::{self, Ask, Line};
use super::{Ctx, Gateway, Response, cookies, headers};

/// The header in which the edge shows the secret.
pub const SECRET_HEADER: &str = "sekisho-decision-secret";
/// The place, below the reserved prefix.
const PLACE: &str = "auth";

/// Who asks for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    Edge,
    /// Somebody else, and by what one sees that.
    Stranger(&'static str),
}

/// Who asks, if this request asks for a decision at all. As long as nobody may, the place does not exist.
pub fn asker(gateway: &Gateway, session: &Session, ask: &Ask<'_>) -> Option<Asker> {
    let settings = gateway.settings.decision.as_ref()?;
    let path = ask.target.split('?').next()?;
    path.strip_prefix(gateway.gate.settings.prefix.as_str()).filter(|rest| *rest == PLACE)?;
    let named = |peer: IpAddr| settings.callers.iter().any(|net| net.contains(&peer));
    if !client::peer(session).is_some_and(named) {
        return Some(Asker::Stranger("no named caller of the decision service"));
    }
    let mut shown = session.req_header().headers.get_all(SECRET_HEADER).iter();
    let secret = settings.secret.expose().as_bytes();
    match (shown.next(), shown.next()) {
        (Some(shown), None) if bool::from(shown.as_bytes().ct_eq(secret)) => Some(Asker::Edge),
        _ => Some(Asker::Stranger("not the secret of the decision service")),
    }
}

impl Gateway {
    /// Answers an edge.
    pub(super) fn answer_edge(&self, session: &Session, ctx: &Ctx) -> Response {
        let header = session.req_header();
        if !matches!(header.method, Method::GET | Method::HEAD) {
            let mut answer = self.desk.refuse(&door::face(session, ctx.request.clone()), Refusal::Method);
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        let face = |host: &str| face(session, ctx, host);
        let judged = client::peer(session).ok_or(Refusal::Denied).and_then(|peer| original(self, header, peer));
        let (host, decided) = match judged {
            Ok(ask) => {
                let host = ask.origin.authority.as_str().to_owned();
                let decided = self.decide_for_edge(ctx, &ask, &face(&host));
                (host, decided)
            }
            Err(refusal) => (String::new(), Err(refusal)),
        };
        decided.unwrap_or_else(|refusal| {
            self.metrics.refused.inc();
            self.desk.refuse_edge(&face(&host), refusal)
        })
    }

    fn decide_for_edge(&self, ctx: &Ctx, ask: &Ask<'_>, face: &Face) -> Result<Response, Refusal> {
        match self.gate.admit(&ask.facts(), ask.token.as_deref()) {
            Admission::Forward(permit) => self.grant(ctx, ask, &permit),
            Admission::Refuse(refusal) => Err(refusal),
            // Its answer would have to be withheld, and who only asks does not show it.
            Admission::Form(_) => Err(Refusal::Denied),
            Admission::Challenge(scope) => {
                self.metrics.challenged.inc();
                Ok(self.desk.challenge_edge(face, &ask.method, &ask.target, &scope))
            }
            Admission::Desk => Err(Refusal::Malformed("nobody is to ask about the gate's own pages; pass them on")),
        }
    }

    /// 200 with who is asking. It is written down first: what cannot be in the audit does not pass.
    fn grant(&self, ctx: &Ctx, ask: &Ask<'_>, permit: &Permit) -> Result<Response, Refusal> {
        let mut answer = self.desk.grant_edge(&ctx.request);
        let Some(holder) = permit.holder() else {
            self.metrics.answered.inc();
            return Ok(answer);
        };
        for (name, value) in headers::of_identity(&self.settings.headers, &holder.identity) {
            // Names were checked with the configuration.
            let Ok(name) = HeaderName::try_from(name.as_str()) else { return Err(Refusal::Outage) };
            answer.headers_mut().insert(name, value);
        }
        if holder.emergency {
            let mark = HeaderName::from_static(headers::EMERGENCY_HEADER);
            answer.headers_mut().insert(mark, HeaderValue::from_static("1"));
        }
        let line = access(permit, &ask.method, ask.origin.client, &ctx.request);
        if !line.is_some_and(|line| self.gate.accessed(&line)) {
            return Err(Refusal::Outage);
        }
        self.metrics.answered.inc();
        Ok(answer)
    }

    /// Writes down that somebody asked who may not. Their answer is the same whether or not that can be written.
    pub(super) async fn tell_of_stranger(&self, ctx: &Ctx, ask: &Ask<'_>, why: &str) {
        let event = Event::new(What::AuthzFail).client(ask.origin.client).request(&ctx.request).detail(why);
        if self.gate.decide(event).await.is_err() {
            tracing::error!(why, "somebody asked for a decision, and it is missing in the audit");
        }
    }
}

/// How the person behind the edge wants to be answered; `host` is the one that their request names.
fn face(session: &Session, ctx: &Ctx, host: &str) -> Face {
    let mut headers: HeaderMap = session.req_header().headers.clone();
    match HeaderValue::from_str(host) {
        Ok(host) => headers.insert(HOST, host),
        Err(_) => headers.remove(HOST),
    };
    Face::of(&headers, door::locale(session), ctx.request.clone())
}

/// The request that the edge is asking about.
fn original<'h>(gateway: &Gateway, header: &'h RequestHeader, peer: IpAddr) -> Result<Ask<'h>, Refusal> {
    let method = one(header, "x-forwarded-method", "there is not exactly one X-Forwarded-Method")?;
    let proto = one(header, "x-forwarded-proto", "there is not exactly one X-Forwarded-Proto")?;
    let authority = one(header, "x-forwarded-host", "there is not exactly one X-Forwarded-Host")?;
    let target = one(header, "x-forwarded-uri", "there is not exactly one X-Forwarded-Uri")?;
    // Traefik names the scheme of a WebSocket.
    let https = match proto.as_bytes() {
        b"https" | b"wss" => true,
        b"http" | b"ws" => false,
        _ => return Err(Refusal::Malformed("X-Forwarded-Proto is neither http nor https")),
    };
    let method = method.to_str().map_err(|_| Refusal::Method)?;
    let authority = authority.to_str().map_err(|_| Refusal::Malformed("the host is not valid"))?;
    let line = Line { method, authority, target: target.as_bytes() };
    let origin = Origin { client: client(header, peer)?, trusted: true, https, authority: Authority::read(authority) };
    Ask::of(gateway, line, origin, cookies::token(header, gateway.secure))
}

fn one<'a>(header: &'a RequestHeader, name: &str, fault: &'static str) -> Result<&'a HeaderValue, Refusal> {
    let mut all = header.headers.get_all(name).iter();
    all.next().filter(|_| all.next().is_none()).ok_or(Refusal::Malformed(fault))
}

/// The address that the edge added last, which is the one that it saw itself; its own where it adds none.
fn client(header: &RequestHeader, peer: IpAddr) -> Result<IpAddr, Refusal> {
    let Some(last) = header.headers.get_all("x-forwarded-for").iter().next_back() else { return Ok(peer) };
    let hop = last.to_str().ok().and_then(|line| line.rsplit(',').next());
    let address = hop.and_then(|hop| hop.trim().parse::<IpAddr>().ok());
    address.map(|a| a.to_canonical()).ok_or(Refusal::Malformed("X-Forwarded-For does not end with an address"))
}
