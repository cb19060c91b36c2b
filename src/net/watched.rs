//! A request body that remembers whether anybody began to read it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The HTTP client asks for the body only once it has a connection to write it to. Before that moment nobody can have
/// been given it, and nobody can act on a request whose body they do not have. It cannot be cloned, so no layer below
/// can send it a second time.
pub(super) struct Watched {
    rest: Bytes,
    begun: Arc<AtomicBool>,
}

impl Watched {
    /// The body, and the flag that is raised when it is first asked for.
    pub(super) fn new(bytes: Bytes) -> (Watched, Arc<AtomicBool>) {
        let begun = Arc::new(AtomicBool::new(false));
        (Watched { rest: bytes, begun: begun.clone() }, begun)
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.begun.store(true, Ordering::Release);
        let rest = std::mem::take(&mut self.rest);
        Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
