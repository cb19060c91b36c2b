//! The phases of a request, in the order in which Pingora calls them.

use std::any::Any;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::STRICT_TRANSPORT_SECURITY;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::HttpModules;
use pingora::prelude::*;
use pingora::protocols::Digest;
use pingora::proxy::{FailToProxy, ProxyHttp, ProxyWarnLogContext, Session};

use crate::domain::event::Access;
use crate::domain::permit::Permit;
use crate::domain::refusal::Refusal;
use crate::pages;

use super::arrival::Arrival;
use super::client::Origin;
use super::decide::{Turned, access};
use super::door;
use super::upstream::bond::{self, Bond};
use super::upstream::{Call, Trip};
use super::{Ctx, Flight, Gateway, apart, cookies, early, guard, headers, hops};

/// The most of an answer that is handed on at once.
const PART: u64 = 64 * 1024;

#[async_trait]
impl ProxyHttp for Gateway {
    /// Apart from the future that serves the request, which is moved about.
    type CTX = Box<Ctx>;

    fn new_ctx(&self) -> Box<Ctx> {
        let request = self.gate.fresh_request_id();
        let (arrival, trip, _flight) = (Arrival::default(), Trip::default(), Flight::of(&self.metrics));
        Box::new(Ctx {
            request,
            permit: None,
            leaving: None,
            client: None,
            origin: None,
            body_begin: None,
            arrival,
            trip,
            _flight,
        })
    }

    /// None: by default Pingora asks a switched-off compressor about every part of every message.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn request_filter(&self, session: &mut Session, ctx: &mut Self::CTX) -> Result<bool> {
        ctx.arrival = Arrival::of(session, &self.settings.listeners, &self.hsts);
        if session.is_http2() {
            // A client that gives its stream no window stands still where the guard does not see it.
            session.set_write_timeout(Some(self.settings.limits.time_for(PART)));
        }
        hops::end_stray_upgrade(session.req_header_mut());
        match door::to_origin_form(session).map_err(Turned::Refuse).and_then(|()| self.judge(session, ctx)) {
            Ok(permit) => {
                self.metrics.forwarded.inc();
                ctx.permit = Some(permit);
                Ok(false)
            }
            // Boxed, so that requests that are forwarded do not carry around what answering takes.
            Err(turned) => Box::pin(self.turn(session, ctx, turned)).await.map(|()| true),
        }
    }

    async fn upstream_peer(&self, session: &mut Session, ctx: &mut Self::CTX) -> Result<Box<HttpPeer>> {
        // Without a permit nothing is ever forwarded, whatever went wrong before.
        let permit = ctx.permit.as_ref().ok_or_else(|| Error::explain(HTTPStatus(403), "no permit"))?;
        let origin = ctx.origin.as_ref().ok_or_else(|| Error::explain(HTTPStatus(403), "no origin"))?;
        let upgrade = session.as_downstream().is_upgrade_req();
        let call = Call { permit, client: origin.client, header: session.req_header(), upgrade };
        self.upstreams.peer(&call, &mut ctx.trip).await
    }

    async fn connected_to_upstream(
        &self,
        _session: &mut Session,
        reused: bool,
        _peer: &HttpPeer,
        _fd: std::os::unix::io::RawFd,
        _digest: Option<&Digest>,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        let server = ctx.permit.as_ref().filter(|_| !reused).and_then(|p| self.upstreams.unchecked(p, &ctx.trip));
        if let Some((upstream, server)) = server {
            self.metrics.server(upstream, &server.to_string(), true);
        }
        Ok(())
    }

    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        ctx: &mut Self::CTX,
        mut error: Box<Error>,
    ) -> Box<Error> {
        let (Some(permit), Some(client)) = (&ctx.permit, ctx.client) else { return error };
        if let Some((upstream, server)) = self.upstreams.unchecked(permit, &ctx.trip) {
            self.metrics.server(upstream, &server.to_string(), false);
        }
        // Nothing was sent, so another server may have it, whatever it is.
        let again = self.upstreams.failed(permit, client, &mut ctx.trip);
        if again {
            tracing::warn!(request = %ctx.request, upstream = permit.upstream().as_ref(), %error, "another server is tried");
        }
        error.set_retry(again);
        error
    }

    fn error_while_proxy(
        &self,
        _peer: &HttpPeer,
        session: &mut Session,
        mut error: Box<Error>,
        _ctx: &mut Self::CTX,
        reused: bool,
    ) -> Box<Error> {
        // The application may have done what it was asked to before it fell silent.
        let harmless = session.req_header().method.is_idempotent() && session.as_mut().is_body_empty();
        match harmless && session.response_written().is_none() {
            true => error.retry.decide_reuse(reused),
            false => error.set_retry(false),
        }
        error
    }

    async fn upstream_request_filter(
        &self,
        _session: &mut Session,
        upstream: &mut RequestHeader,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        let permit = ctx.permit.as_ref().ok_or_else(|| Error::explain(HTTPStatus(403), "no permit"))?;
        let origin = ctx.origin.as_ref().ok_or_else(|| Error::explain(HTTPStatus(403), "no origin"))?;
        // Counted anew where the request is sent once more.
        ctx.trip.sent = 0;
        self.dress(upstream, permit, &ctx.trip, origin, ctx.arrival.peer)
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        end_of_stream: bool,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        // What goes through an open socket is no body.
        if session.was_upgraded() {
            return Ok(());
        }
        // A form goes another way; what comes here was taken for a plain request for a page.
        let is_form = ctx.permit.as_ref().is_some_and(|permit| permit.route().form.is_some());
        if is_form && body.as_ref().is_some_and(|part| !part.is_empty()) {
            return Error::e_explain(HTTPStatus(400), "a body that was not announced");
        }
        ctx.trip.sent += body.as_ref().map_or(0, |part| part.len() as u64);
        if let Some(limit) = ctx.permit.as_ref().and_then(|permit| permit.route().bounds.body)
            && ctx.trip.sent > limit
        {
            return Error::e_explain(HTTPStatus(413), "the body is larger than the route allows");
        }
        if session.is_http2() && session.response_written().is_none() {
            self.keep_pace(ctx)?;
        }
        // Pingora 0.9.1 writes an empty last part as a last chunk and then ends the body with another one, which the
        // upstream would take for the begin of the next request.
        if end_of_stream && body.as_ref().is_some_and(Bytes::is_empty) {
            *body = None;
        }
        Ok(())
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        early::begins(session, response);
        apart::set(session, response)?;
        if let Some(hsts) = self.hsts(ctx) {
            response.insert_header(STRICT_TRANSPORT_SECURITY, hsts.clone())?;
        }
        hops::end_response(response);
        cookies::refuse_theirs(response)?;
        if ctx.leaving.is_some() {
            Box::pin(self.let_go(response, ctx)).await?;
        }
        let (Some(permit), Some(origin)) = (&ctx.permit, &ctx.origin) else { return Ok(()) };
        if ctx.trip.bond.is_none() && bond::wants(&response.headers) {
            ctx.trip.bond = Some(Bond::new(permit.holder().map(|holder| &holder.session)));
        }
        self.upstreams.outward(permit, &ctx.trip, origin, response)
    }

    fn response_body_filter(
        &self,
        session: &mut Session,
        _body: &mut Option<Bytes>,
        end: bool,
        _ctx: &mut Self::CTX,
    ) -> Result<Option<Duration>> {
        if end {
            early::ended(session);
        }
        Ok(None)
    }

    fn persist_connection_context(&self, _session: &Session, ctx: &Self::CTX) -> Option<Box<dyn Any + Send + Sync>> {
        // Many people come over the connection of a proxy: what one of them ties, another must not follow.
        let alone = ctx.origin.as_ref().is_some_and(|origin| !origin.trusted);
        let bond = ctx.trip.bond.clone().filter(|_| alone)?;
        Some(Box::new(bond))
    }

    fn on_connection_reuse(&self, _session: &mut Session, ctx: &mut Self::CTX, before: Box<dyn Any + Send + Sync>) {
        ctx.trip.bond = before.downcast::<Bond>().ok().map(|bond| *bond);
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, ctx: &mut Self::CTX) -> FailToProxy {
        let from_client = error.esource() == &ErrorSource::Downstream;
        let (refusal, code) = match (error.etype(), guard::said(error)) {
            (_, Some(refusal)) if from_client => (refusal, pages::status(&refusal).as_u16()),
            (ErrorType::HTTPStatus(408), _) => (Refusal::TooSlow, 408),
            (ErrorType::HTTPStatus(413), _) => (Refusal::BodyTooLarge, 413),
            (ErrorType::HTTPStatus(503), _) => (Refusal::Outage, 503),
            (ErrorType::HTTPStatus(code @ 400..=499), _) => {
                (Refusal::Malformed("the request could not be read"), *code)
            }
            (ErrorType::ReadTimedout | ErrorType::WriteTimedout | ErrorType::ConnectTimedout, _) if !from_client => {
                (Refusal::UpstreamSlow, 504)
            }
            // Pingora refuses more than our own guard, and says so only here.
            (ErrorType::InvalidHTTPHeader, _) if from_client => {
                (Refusal::Malformed("the header contradicts itself"), 400)
            }
            _ if from_client => (Refusal::Malformed("the request ended early"), 0),
            _ => (Refusal::UpstreamDown, 502),
        };
        if matches!(code, 502 | 504) {
            tracing::warn!(request = %ctx.request, upstream = ctx.permit.as_ref().map(|p| p.upstream().as_ref()), error = told(error), "the upstream failed");
        }
        // Whoever asked to leave and hung up has left as well.
        let left = match code {
            0 | 502 | 504 => Box::pin(self.let_go_unanswered(ctx)).await,
            _ => None,
        };
        let (refusal, code) = if left == Some(false) { (Refusal::Outage, 503) } else { (refusal, code) };
        if code != 0 && session.response_written().is_none() {
            let mut response = self.refuse(session, ctx, refusal);
            if left == Some(true) {
                self.without_pass(&mut response);
            }
            if Box::pin(self.answer(session, ctx, *response)).await.is_err() {
                tracing::debug!(request = %ctx.request, "the client was gone before it could be told");
            }
        }
        FailToProxy { error_code: code, can_reuse_downstream: false }
    }

    async fn logging(&self, session: &mut Session, _error: Option<&Error>, ctx: &mut Self::CTX) {
        let status = session.response_written().map_or(0, |r| r.status.as_u16());
        tracing::debug!(request = %ctx.request, status, "request");
        if let (Some(permit), Some(client)) = (&ctx.permit, ctx.client)
            && let Some(access) = access(permit, session.req_header().method.as_str(), client, &ctx.request)
            && !self.gate.accessed(&Access { status, ..access })
        {
            tracing::error!(request = %ctx.request, "an access line was lost; guarded routes close until the audit has caught up");
        }
    }

    fn suppress_proxy_warn_log(&self, _: &Session, _: &Self::CTX, _: &Error, _: ProxyWarnLogContext) -> bool {
        // As below; that another server is tried is told in `fail_to_connect`.
        true
    }

    fn suppress_error_log(&self, _session: &Session, _ctx: &Self::CTX, _error: &Error) -> bool {
        // Pingora's own line names the whole target; ours, in `fail_to_proxy`, does not.
        true
    }
}

impl Gateway {
    /// Gives a request what it goes upstream with, and takes what it must not.
    pub(super) fn dress(
        &self,
        upstream: &mut RequestHeader,
        permit: &Permit,
        trip: &Trip,
        origin: &Origin,
        peer: Option<IpAddr>,
    ) -> Result<()> {
        let host = self.upstreams.host_header(permit, trip);
        let standard = self.upstreams.settings(permit).is_some_and(|settings| settings.forwarded);
        cookies::remove_ours(upstream)?;
        headers::scrub(upstream, &self.settings.headers, origin.trusted);
        headers::forwarded(upstream, peer, origin, host.as_deref(), standard)?;
        self.upstreams.inward(permit, trip, origin, upstream)?;
        headers::mark_emergency(upstream, permit.holder().is_some_and(|holder| holder.emergency))?;
        headers::identify(upstream, &self.settings.headers, permit.holder().map(|h| &h.identity))
    }
}

/// What may stand in the log of a fault. Where an answer cannot be read, Pingora's words hold all of it, cookies included.
pub(super) fn told(error: &Error) -> String {
    match error.etype() {
        ErrorType::InvalidHTTPHeader => "its answer has a header that cannot be read".to_owned(),
        _ => error.to_string(),
    }
}
