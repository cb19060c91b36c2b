//! Where operators and their tools ask: health, readiness, metrics. Never reachable from a public listener.

pub mod settings;
pub mod status;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use http::{Response, StatusCode, header};
use pingora::apps::http_app::ServeHttp;
use pingora::protocols::http::ServerSession;
use ring::digest;
use subtle::ConstantTimeEq;

use crate::domain::secret::Secret;
use crate::gate::Gate;
use crate::gate::seams::IdentitySource;
use crate::telemetry::Metrics;

use status::Status;

pub use settings::Settings;

/// The admin listener's application.
pub struct Admin {
    pub gate: Arc<Gate>,
    pub identity: Arc<dyn IdentitySource>,
    pub metrics: Arc<Metrics>,
    pub status: Status,
    /// What `/metrics` and the API ask for, where it is set.
    pub token: Option<Secret<String>>,
    /// On loopback, a web page could make a browser ask us; its `Host` gives it away.
    pub check_host: bool,
    /// Whether the end has begun: then nothing new is to be sent here.
    pub stopping: Arc<AtomicBool>,
    /// Whether every public listener takes connections.
    pub listening: Arc<AtomicBool>,
}

#[async_trait]
impl ServeHttp for Admin {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let request = session.req_header();
        let host = request.headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if self.check_host && !is_loopback(host) {
            return answer(
                StatusCode::MISDIRECTED_REQUEST,
                "text/plain",
                "this listener answers to loopback names only\n",
            );
        }
        if !matches!(request.method, http::Method::GET | http::Method::HEAD) {
            return answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n");
        }
        match request.uri.path() {
            "/healthz" => answer(StatusCode::OK, "text/plain", "ok\n"),
            "/readyz" => self.ready().await,
            "/metrics" if self.may_read(request.headers.get(header::AUTHORIZATION)) => answer(
                StatusCode::OK,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                &self.metrics.page(),
            ),
            "/api/v1/status" if self.may_read(request.headers.get(header::AUTHORIZATION)) => self.tell().await,
            "/metrics" | "/api/v1/status" => {
                answer(StatusCode::UNAUTHORIZED, "text/plain", "needs Authorization: Bearer TOKEN\n")
            }
            _ => {
                answer(StatusCode::NOT_FOUND, "text/plain", "there is /healthz, /readyz, /metrics and /api/v1/status\n")
            }
        }
    }
}

impl Admin {
    /// Ready means: guarded routes can open.
    async fn ready(&self) -> Response<Vec<u8>> {
        let (ready, report) = self.readiness().await;
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        answer(status, "application/json", &(serde_json::Value::Object(report).to_string() + "\n"))
    }

    /// How things stand, with figures as far as the store has them.
    async fn tell(&self) -> Response<Vec<u8>> {
        let (_, readiness) = self.readiness().await;
        let mut report = match self.status.tell().await {
            Ok(told) => told,
            Err(error) => {
                let mut told = serde_json::Map::new();
                told.insert("trouble".to_owned(), error.to_string().into());
                told
            }
        };
        report.insert("readiness".to_owned(), readiness.into());
        answer(StatusCode::OK, "application/json", &(serde_json::Value::Object(report).to_string() + "\n"))
    }

    /// The parts are named, so that one look says what is wrong.
    async fn readiness(&self) -> (bool, serde_json::Map<String, serde_json::Value>) {
        let parts = self.gate.parts();
        let directory = self.identity.probe().await;
        let stopping = self.stopping.load(Ordering::Acquire);
        let listening = self.listening.load(Ordering::Acquire);
        let ready = parts.iter().all(|(_, good)| *good) && directory.is_ok() && listening && !stopping;
        let mut report: serde_json::Map<String, serde_json::Value> =
            parts.iter().map(|(name, good)| ((*name).to_owned(), (*good).into())).collect();
        if !listening {
            report.insert("listening".to_owned(), false.into());
        }
        report.insert("directory".to_owned(), directory.is_ok().into());
        // So that one look says which; the parts of the gate that need it close by themselves.
        let elsewhere: serde_json::Map<_, _> =
            self.identity.standing().into_iter().map(|(name, good)| (name.to_string(), good.into())).collect();
        if !elsewhere.is_empty() {
            report.insert("directories".to_owned(), elsewhere.into());
        }
        if stopping {
            report.insert("stopping".to_owned(), true.into());
        }
        report.insert("ready".to_owned(), ready.into());
        // An application that is down is no reason to take the gate out of service: another gate would not reach it either.
        report.insert("upstreams".to_owned(), serde_json::json!(self.metrics.standing()));
        (ready, report)
    }

    fn may_read(&self, given: Option<&header::HeaderValue>) -> bool {
        let Some(token) = &self.token else { return true };
        let given = given.and_then(|v| v.as_bytes().strip_prefix(b"Bearer ")).unwrap_or_default();
        // Digests have one length, so the comparison tells nothing about the token's.
        let hash = |bytes| digest::digest(&digest::SHA256, bytes);
        hash(given).as_ref().ct_eq(hash(token.expose().as_bytes()).as_ref()).into()
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(crate::domain::host::canonical(host).as_deref(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

fn answer(status: StatusCode, kind: &'static str, body: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, header::HeaderValue::from(body.len()));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}
