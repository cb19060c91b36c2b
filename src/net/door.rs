//! Sends one request and brings back one bounded answer, or says how far it got.

use std::error::Error;
use std::sync::Once;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::redirect;

use super::watched::Watched;

/// Longest answer that is taken in; what an API has to say about one message is far shorter.
pub const ANSWER_CAP: usize = 64 * 1024;

/// For name lookup, TCP and TLS together. Short, because a host that does not answer here has not been sent anything,
/// so that somebody else can still be asked within the caller's deadline.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Shorter than what common load balancers allow: a connection that the other side closes while we write to it leaves
/// the outcome open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Why there is no answer. The texts name no URL, header or body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// Nobody has the request: no name, no connection, no TLS. It may be sent again, anywhere.
    #[error("nothing was sent: {0}")]
    Refused(String),
    /// It may have been taken: the deadline passed, the connection died, or the answer made no sense.
    #[error("it may have been taken: {0}")]
    Ambiguous(String),
}

/// The door cannot be built as configured.
#[derive(Debug, thiserror::Error)]
#[error("outbound HTTP cannot be set up: {0}")]
pub struct DoorError(String);

/// Outbound HTTP/1.1, plain or with verified TLS. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Door {
    client: reqwest::Client,
}

impl Door {
    /// `proxy` is the URL of an HTTP proxy to go through; the environment is never asked for one.
    ///
    /// On a machine without CA certificates every https host is refused, and plain http still works.
    pub fn new(proxy: Option<&str>) -> Result<Door, DoorError> {
        let client = builder(proxy)?.build().or_else(|error| {
            tracing::warn!(error = cause(&error), "without CA certificates every https host will be refused");
            builder(proxy)?.tls_certs_only([]).build().map_err(|e| DoorError(cause(&e)))
        })?;
        Ok(Door { client })
    }

    /// Sends `request` and reads the whole answer within `deadline`. Answers of every status are `Ok`; redirects are not
    /// followed; nothing is sent twice.
    pub async fn send(
        &self,
        request: http::Request<Bytes>,
        deadline: Duration,
    ) -> Result<http::Response<Bytes>, NetError> {
        let (parts, body) = request.into_parts();
        // Without a body there is nothing to watch, and only a failed connection proves that nobody has it.
        let watchable = !body.is_empty();
        let (body, begun) = Watched::new(body);
        let request = http::Request::from_parts(parts, reqwest::Body::wrap(body));
        let mut request = reqwest::Request::try_from(request).map_err(|e| NetError::Refused(cause(&e)))?;
        *request.timeout_mut() = Some(deadline);
        let answer = self.client.execute(request).await.map_err(|error| {
            let unsent = error.is_connect() || (watchable && !begun.load(Ordering::Acquire));
            let text = cause(&error);
            if unsent { NetError::Refused(text) } else { NetError::Ambiguous(text) }
        })?;
        take_in(answer).await
    }
}

async fn take_in(mut answer: reqwest::Response) -> Result<http::Response<Bytes>, NetError> {
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| NetError::Ambiguous(cause(&e)))? {
        if body.len() + chunk.len() > ANSWER_CAP {
            return Err(NetError::Ambiguous("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = http::Response::new(body.freeze());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where the HTTP client is made")]
fn builder(proxy: Option<&str>) -> Result<reqwest::ClientBuilder, DoorError> {
    use_ring();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("sekisho/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .no_proxy();
    match proxy {
        Some(url) => Ok(builder.proxy(reqwest::Proxy::all(url).map_err(|e| DoorError(cause(&e)))?)),
        None => Ok(builder),
    }
}

/// Makes ring the cryptography of every TLS connection of this process, unless something was chosen before.
pub fn use_ring() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let chosen_before = rustls::crypto::ring::default_provider().install_default().is_err();
        tracing::debug!(chosen_before, "TLS uses ring");
    });
}

/// The innermost reason alone: the layers around it name the URL, which can hold a key.
fn cause(error: &reqwest::Error) -> String {
    let mut root: &dyn Error = match error.source() {
        Some(source) => source,
        None if error.is_timeout() => return "the deadline passed".to_owned(),
        None => return "the request cannot be made".to_owned(),
    };
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

#[cfg(test)]
#[path = "door/tests.rs"]
mod tests;
