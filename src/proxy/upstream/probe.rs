//! Looks after a server: can it be connected to, does it answer as it should.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::connectors::TransportConnector;
use pingora::connectors::http::Connector;
use pingora::http::RequestHeader;
use pingora::lb::Backend;
use pingora::lb::health_check::HealthCheck;
use pingora::prelude::*;

use crate::proxy::settings::{Health, Server};

use super::peer::Template;

/// One check, over the same TLS as requests: what they could not trust is down.
pub struct Probe {
    upstream: String,
    health: Health,
    template: Template,
    tools: Arc<Tools>,
}

/// What connects. One for all upstreams: each reads the system's authorities when it is made.
pub struct Tools {
    transport: TransportConnector,
    http: Connector,
}

impl Default for Tools {
    fn default() -> Tools {
        Tools { transport: TransportConnector::new(None), http: Connector::new(None) }
    }
}

impl Tools {
    /// For requests that are not a client's own: each gets a connection to itself.
    pub fn http(&self) -> &Connector {
        &self.http
    }
}

impl Probe {
    pub fn new(upstream: &str, health: &Health, template: &Template, tools: Arc<Tools>) -> Probe {
        Probe { upstream: upstream.to_owned(), health: health.clone(), template: template.clone(), tools }
    }

    async fn look(&self, target: &Backend) -> Result<()> {
        let lost = || Error::explain(InternalError, "a server without an address");
        let address = *target.as_inet().ok_or_else(lost)?;
        let server = target.ext.get::<Arc<Server>>().ok_or_else(lost)?;
        let mut peer = self.template.peer(address, server);
        // A connection of its own each time: one that still stands says nothing about the next.
        peer.options.max_h2_streams = 1;
        let Some(path) = &self.health.path else {
            return self.tools.transport.new_stream(&peer).await.map(drop);
        };
        let (mut session, _) = self.tools.http.get_http_session(&peer).await?;
        let mut ask = RequestHeader::build("GET", path.as_bytes(), None)?;
        ask.insert_header(http::header::HOST, server.authority())?;
        ask.insert_header(http::header::USER_AGENT, concat!("sekisho/", env!("CARGO_PKG_VERSION")))?;
        session.write_request_header(Box::new(ask)).await?;
        session.finish_request_body().await?;
        session.read_response_header().await?;
        let status = session.response_header().map_or(0, |answer| answer.status.as_u16());
        session.shutdown().await;
        if status == self.health.status {
            return Ok(());
        }
        Error::e_explain(HTTPStatus(status), format!("it answers {status} to the health check"))
    }
}

#[async_trait]
impl HealthCheck for Probe {
    async fn check(&self, target: &Backend) -> Result<()> {
        let limit: Duration = self.health.timeout;
        let done = tokio::time::timeout(limit, self.look(target)).await;
        done.unwrap_or_else(|_| Error::e_explain(ConnectTimedout, "no answer to the health check in time"))
    }

    async fn health_status_change(&self, target: &Backend, healthy: bool) {
        let (upstream, server) = (&self.upstream, &target.addr);
        match healthy {
            true => tracing::info!(upstream, %server, "a server is back"),
            false => tracing::warn!(upstream, %server, "a server is down and left out"),
        }
    }

    fn health_threshold(&self, success: bool) -> usize {
        if success { self.health.passes } else { self.health.fails }
    }
}
