//! The bodies of requests to the gate itself, read whole and within bounds.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use pingora::prelude::*;
use pingora::proxy::Session;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::refusal::Refusal;

use super::guard::limits::Limits;

/// The largest body that the gate's own pages take; a sign-in form has a few hundred bytes.
pub const SMALL: usize = 16 * 1024;

/// Larger bodies that are in memory at a time. Only reports of providers are that large, and those are sent again.
const LARGE_AT_A_TIME: usize = 16;

/// How a body may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    pub bytes: usize,
    /// Without saying its length first. Our own pages and programs have no need of that.
    pub chunked: bool,
}

impl Allowed {
    /// For our own pages: small and plain.
    pub const FORM: Allowed = Allowed { bytes: SMALL, chunked: false };

    /// For a report of a provider. The guard has judged the framing of its chunks before a byte of it came here.
    pub fn report(bytes: usize) -> Allowed {
        Allowed { bytes, chunked: true }
    }
}

/// Where bodies are read.
pub struct Intake {
    large: Arc<Semaphore>,
}

/// A body, and the room that it takes as long as it is needed.
pub struct Body {
    pub bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Default for Intake {
    fn default() -> Intake {
        Intake { large: Arc::new(Semaphore::new(LARGE_AT_A_TIME)) }
    }
}

impl Intake {
    /// The body, complete. It may take no longer than a small one, whatever its size: over HTTP/2 nobody else sees to it
    /// that it comes in time.
    pub async fn read(
        &self,
        session: &mut Session,
        limits: &Limits,
        allowed: Allowed,
    ) -> Result<Result<Body, Refusal>> {
        let headers = &session.req_header().headers;
        if headers.contains_key(http::header::TRANSFER_ENCODING) && !allowed.chunked {
            return Ok(Err(Refusal::Malformed("a chunked body is not taken here")));
        }
        let announced = headers.get(http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > allowed.bytes) {
            return Ok(Err(Refusal::BodyTooLarge));
        }
        // Whoever asks first sends nothing before they hear this (RFC 9110 §10.1.1).
        if headers.get(http::header::EXPECT).is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
            session.write_continue_response().await?;
        }
        let time = limits.time_for(SMALL as u64);
        tokio::time::timeout(time, self.gather(session, allowed)).await.unwrap_or(Ok(Err(Refusal::TooSlow)))
    }

    async fn gather(&self, session: &mut Session, allowed: Allowed) -> Result<Result<Body, Refusal>> {
        let (mut body, mut room) = (BytesMut::new(), None);
        while let Some(part) = session.read_request_body().await? {
            let length = body.len() + part.len();
            if length > allowed.bytes {
                return Ok(Err(Refusal::BodyTooLarge));
            }
            if length > SMALL && room.is_none() {
                let Ok(place) = self.large.clone().try_acquire_owned() else { return Ok(Err(Refusal::Outage)) };
                room = Some(place);
            }
            body.extend_from_slice(&part);
        }
        Ok(Ok(Body { bytes: body.freeze(), _room: room }))
    }
}
