//! What callers see: `http::Request<Bytes>` in, `http::Response<Bytes>` out, HTML for people and JSON for programs.
//!
//! [`Desk::serve`] answers everything under the reserved prefix, [`Desk::challenge`] whoever lacks a pass, and
//! [`Desk::refuse`] turns every expected no into an answer by the one table in [`refusals`]. The same three things are
//! told to an edge that only asks in `edge`.

mod answer;
mod api;
mod assets;
mod code;
pub mod cookies;
mod edge;
mod emergency;
mod face;
#[doc(hidden)]
pub mod form;
mod front;
mod jwks;
mod lead;
mod me;
mod note;
mod origin;
mod passkeys;
mod place;
pub mod qr;
mod receipts;
pub mod refusals;
pub mod settings;
mod sign_in;
mod typed;
mod views;
pub mod withheld;

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};

use crate::delivery::Receipts;
use crate::domain::event::{Event, What};
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scope;
use crate::gate::{Caller, Gate, View};
use crate::telemetry::Metrics;

pub use face::Face;
pub use refusals::status;
pub use settings::Settings;

use form::Media;
use front::Front;
use origin::Proof;
use place::Place;

/// What a request for the gate itself may bring along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// A small form, or a small document in JSON.
    Form,
    /// What a provider reports.
    Report { provider: String, longest: usize },
    /// Nothing: it is refused whatever it says.
    Nobody(Refusal),
}

/// Where callers are answered by the gate itself.
pub struct Desk {
    gate: Arc<Gate>,
    front: Front,
    receipts: Receipts,
    metrics: Arc<Metrics>,
}

impl Desk {
    pub fn new(gate: Arc<Gate>, settings: Settings, receipts: Receipts, metrics: Arc<Metrics>) -> Desk {
        let front = Front::new(&gate.settings.public_url, &gate.settings.hosts, settings);
        Desk { gate, front, receipts, metrics }
    }

    /// What may be sent with a request for the reserved prefix, judged before any of its body is read.
    pub fn room(&self, target: &str, client: IpAddr) -> Room {
        let path = target.split('?').next().unwrap_or_default();
        let place = path.strip_prefix(self.front.settings.prefix.as_str()).and_then(Place::find);
        let Some(Place::Receipts(provider)) = place else { return Room::Form };
        if !self.receipts.knows(&provider) {
            return Room::Nobody(Refusal::NoRoute);
        }
        match self.receipts.longest(&provider, client) {
            None => {
                tracing::warn!(provider, "a delivery receipt came from an address that is not the provider's");
                Room::Nobody(Refusal::Denied)
            }
            Some(longest) => Room::Report { provider, longest },
        }
    }

    /// Answers a request for the reserved prefix. The proxy has counted the request against the caller's address and read
    /// the body within its limit; for HEAD it leaves out the body of the answer.
    pub async fn serve(&self, caller: &Caller, request: &Request<Bytes>) -> Response<Bytes> {
        let face = self.marked(caller, Face::of(request.headers(), caller.locale, caller.request.clone()));
        match self.answer(caller, &face, request).await {
            Ok(answer) => answer,
            Err(refusal) => self.front.refuse(&face, refusal),
        }
    }

    /// An expected no, in the form and language that the caller reads.
    pub fn refuse(&self, face: &Face, refusal: Refusal) -> Response<Bytes> {
        self.front.refuse(face, refusal)
    }

    /// To `OPTIONS *`: what the server as a whole can do (RFC 9110 §9.3.7).
    pub fn options(&self, face: &Face, methods: &str) -> Response<Bytes> {
        let mut answer = answer::no_content(&face.request);
        if let Ok(allow) = http::HeaderValue::from_str(methods) {
            answer.headers_mut().insert(http::header::ALLOW, allow);
        }
        answer
    }

    /// The same page of the same host over https, under the port that people use.
    pub fn over_https(&self, face: &Face, host: &str, target: &str) -> Response<Bytes> {
        self.front.over_https(face, host, target)
    }

    /// A request for a protected route that came without a pass for `scope`. `target` is the request's path and query.
    pub fn challenge(&self, face: &Face, method: &str, target: &str, scope: &Scope) -> Response<Bytes> {
        self.front.challenge(face, method, target, scope)
    }

    /// The page of a challenge that the gate has shown. Needs nothing but memory, so that benches can draw it.
    pub fn code_page(&self, caller: &Caller, request: &Request<Bytes>, view: View) -> Result<Response<Bytes>, Refusal> {
        let face = Face::of(request.headers(), caller.locale, caller.request.clone());
        code::page(self, caller, &face, request, view)
    }

    /// Whether a request shows that a page of this site, or the person at the keyboard, made it.
    pub fn comes_from_here(&self, request: &Request<Bytes>) -> bool {
        let typed = request.headers().get("sec-fetch-site").is_some_and(|site| site == "none");
        typed || self.front.site.prove(request) == Proof::Same
    }

    async fn answer(&self, caller: &Caller, face: &Face, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let rest = request.uri().path().strip_prefix(self.front.settings.prefix.as_str());
        let place = rest.and_then(Place::find).filter(|place| self.has(place)).ok_or(Refusal::NoRoute)?;
        if !place.takes(request.method()) {
            return Ok(self.front.wrong_method(face, place.methods()));
        }
        if let Place::Asset(asset) = place {
            return Ok(answer::content(&face.request, StatusCode::OK, asset.kind(), asset.body()));
        }
        let post = request.method() == Method::POST;
        if post {
            self.demand_same_site(caller, &place, request).await?;
        }
        match place {
            Place::SignIn if post => sign_in::submit(self, caller, face, request).await,
            Place::SignIn => sign_in::show(self, caller, face, request).await,
            Place::Code(id) if post => code::submit(self, caller, face, request, id).await,
            Place::Code(id) => code::show(self, caller, face, request, id).await,
            Place::CodeResend(id) => code::resend(self, caller, face, request, id).await,
            Place::Challenges => api::begin(self, caller, request).await,
            Place::State(id) => api::state(self, caller, id).await,
            Place::Resend(id) => api::resend(self, caller, request, id).await,
            Place::Verify(id) => api::verify(self, caller, request, id).await,
            Place::Me(part) => me::serve(self, caller, face, request, part).await,
            Place::Emergency if post => emergency::submit(self, caller, face, request).await,
            Place::Emergency => emergency::show(self, caller, face, request),
            Place::Lead(source) => lead::away(self, caller, face, request, &source).await,
            Place::Back(source) => lead::back(self, caller, face, request, &source).await,
            Place::AskPasskey(id) => passkeys::ask(self, caller, request, id).await,
            Place::VerifyPasskey(id) => passkeys::verify(self, caller, request, id).await,
            Place::Passkeys if post => passkeys::ask_new(self, caller, request).await,
            Place::Passkeys => passkeys::show(self, caller, face, request).await,
            Place::AddPasskey => passkeys::add(self, caller, request).await,
            Place::RemovePasskey => passkeys::remove(self, caller, face, request).await,
            Place::Logout => self.log_out(caller, face).await,
            Place::SignedOut => Ok(self.signed_out(face)),
            Place::Receipts(provider) => receipts::take_in(self, caller, &provider, request).await,
            Place::Keys => Ok(answer::json_of(&face.request, StatusCode::OK, &jwks::set(&self.gate.public_keys()))),
            Place::Asset(_) => Err(Refusal::NoRoute),
        }
    }

    /// Whether the place is there in this configuration.
    fn has(&self, place: &Place) -> bool {
        match place {
            Place::Receipts(provider) => self.receipts.knows(provider),
            _ => true,
        }
    }

    /// Every POST proves that this site itself sent it. Where nothing is said, only JSON is taken, because no form of
    /// another site can send that; a delivery receipt proves by its signature where it comes from.
    async fn demand_same_site(&self, caller: &Caller, place: &Place, request: &Request<Bytes>) -> Result<(), Refusal> {
        match self.front.site.prove(request) {
            Proof::Same => Ok(()),
            Proof::Absent if matches!(place, Place::Receipts(_)) => Ok(()),
            Proof::Absent if form::media(request)? == Media::Json => Ok(()),
            Proof::Absent if place.is_api() => Err(Refusal::BodyType),
            Proof::Absent => Err(Refusal::CrossSite),
            Proof::Foreign => {
                let event = Event::new(What::MaliciousCsrf).client(caller.client).request(&caller.request);
                self.gate.decide(event).await?;
                Err(Refusal::CrossSite)
            }
        }
    }

    async fn log_out(&self, caller: &Caller, face: &Face) -> Result<Response<Bytes>, Refusal> {
        self.gate.logout(caller).await?;
        let mut answer = match face.html {
            true => answer::see_other(&face.request, &self.front.place("signed-out")),
            false => answer::no_content(&face.request),
        };
        answer::cookie(&mut answer, Some(cookies::remove_pass(self.front.settings.secure)));
        Ok(answer)
    }

    fn signed_out(&self, face: &Face) -> Response<Bytes> {
        let words = self.front.words(face);
        self.front.notice(face, words.signed_out, ("/", words.sign_in.title), false)
    }
}

#[cfg(test)]
mod tests;
