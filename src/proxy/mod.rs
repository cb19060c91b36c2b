//! The Pingora glue: what comes off the wire becomes plain facts, a decision becomes a peer or an answer.
//!
//! Nothing here decides. [`door`] reads and writes, [`wire`] refuses what has two readings, [`headers`] and [`cookies`]
//! keep our names ours, [`client`] says who asks and [`arrival`] over which listener, [`certificate`] is what those show and [`clients`] who vouches for what callers show, [`evidence`] what a request shows of its sender,
//! [`hops`] ends what is meant for one connection, [`early`] what an answer leaves unread, [`apart`] what it would keep, [`second`] looks again at what
//! would be forwarded, `leave` ends passes with the application's own logout, [`login`] stands behind its own login, [`upstream`] turns a [`Permit`] into a peer, [`decision`] answers others who forward themselves.

pub mod apart;
pub mod arrival;
pub mod certificate;
pub mod client;
pub mod clients;
pub mod cookies;
mod decide;
pub mod decision;
pub mod door;
pub mod early;
pub mod evidence;
pub mod forwarded;
pub mod guard;
pub mod headers;
pub mod hops;
pub mod intake;
mod leave;
pub mod login;
mod phases;
pub mod second;
pub mod settings;
pub mod upstream;
pub mod wire;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;

use crate::domain::id::RequestId;
use crate::domain::permit::Permit;
use crate::gate::{Caller, Gate};
use crate::pages::Desk;
use crate::telemetry::Metrics;

pub use settings::Settings;

use arrival::Arrival;
use client::Origin;
use clients::Speaking;
use intake::Intake;
use upstream::{Trip, Upstreams};

/// The application that Pingora runs.
pub struct Gateway {
    pub gate: Arc<Gate>,
    pub desk: Arc<Desk>,
    pub metrics: Arc<Metrics>,
    pub settings: Settings,
    /// What each listener says, in their order.
    pub hsts: Vec<Option<HeaderValue>>,
    /// What TLS each listener speaks, in their order.
    pub tls: Vec<Option<Arc<Speaking>>>,
    pub upstreams: Arc<Upstreams>,
    pub secure: bool,
    /// Where bodies are read that are for the gate itself.
    pub intake: Intake,
}

/// What is known of one request while it lives.
pub struct Ctx {
    request: RequestId,
    permit: Option<Permit>,
    /// Whoever leaves the application by this request.
    leaving: Option<Caller>,
    client: Option<IpAddr>,
    origin: Option<Origin>,
    body_begin: Option<Duration>,
    arrival: Arrival,
    trip: Trip,
    /// Counts itself out when the request ends, however it ends.
    _flight: Flight,
}

struct Flight(Arc<Metrics>);

impl Flight {
    fn of(metrics: &Arc<Metrics>) -> Flight {
        metrics.in_flight.inc();
        Flight(metrics.clone())
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}

/// An answer of ours, whole in memory.
pub type Response = http::Response<Bytes>;
