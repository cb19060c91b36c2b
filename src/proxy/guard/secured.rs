//! A connection in TLS, accepted within a total time.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pingora::protocols::l4::stream::Stream as Plain;
use pingora::protocols::tls::SslDigest;
use pingora::protocols::{ALPN, Peek, Shutdown, Ssl, Stream, UniqueID, UniqueIDType};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::domain::refusal::Refusal;

use super::super::clients;
use super::pace::Alarm;
use super::{Guarded, announced, answer, head};

/// A TLS connection as Pingora takes it.
pub struct Secured {
    inner: TlsStream<Stream>,
    digest: Arc<SslDigest>,
}

/// Shakes hands. A client that cannot, or does not in time, is left without a word but TLS's own.
pub async fn accept(stream: Stream, tls: Arc<rustls::ServerConfig>, guarded: &Guarded) -> Option<Stream> {
    let mut alarm = Alarm::new(guarded.world.clone());
    let due = alarm.now() + guarded.limits.header_timeout;
    let stream = greeted(stream, guarded, &mut alarm, due).await?;
    let mut shaking = pin!(TlsAcceptor::from(tls).accept(stream));
    let shaken = poll_fn(|cx| match shaking.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(done),
        Poll::Pending => alarm.poll(cx, due).map(|()| Err(io::ErrorKind::TimedOut.into())),
    });
    match shaken.await {
        Ok(inner) => Some(Box::new(Secured::of(inner))),
        Err(error) => {
            guarded.metrics.handshakes_failed.inc();
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
    }
}

/// The first byte of every TLS record of a handshake (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;

/// Looks at what comes first. Whoever typed http where https is spoken is told so; TLS itself would only fail.
async fn greeted(stream: Stream, guarded: &Guarded, alarm: &mut Alarm, due: Duration) -> Option<Stream> {
    let mut stream: Box<Plain> = stream.into_any().downcast().ok()?;
    // Not on the stack of the connection, which would keep it for as long as it lives.
    let mut part = vec![0; 1024];
    let count = announced::read(&mut stream, &mut part, alarm, due).await;
    let seen = &part[..count];
    if seen.first()? == &HANDSHAKE {
        stream.rewind(seen);
        return Some(stream);
    }
    guarded.metrics.handshakes_failed.inc();
    if seen.first().copied().is_some_and(head::is_token) {
        let request = guarded.gate.fresh_request_id();
        let answer = answer::bytes(&guarded.desk, seen, request, Refusal::Unencrypted, None);
        if stream.write_all(&answer).await.is_ok() && stream.flush().await.is_ok() {
            Shutdown::shutdown(&mut *stream).await;
        }
    }
    None
}

impl Secured {
    fn of(inner: TlsStream<Stream>) -> Secured {
        let tls = inner.get_ref().1;
        let cipher = tls.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or_default();
        let version = tls.protocol_version().and_then(|version| version.as_str()).unwrap_or_default();
        // Whoever wants to know whose connection it is needs the whole chain, and nobody else reads this.
        let shown = tls.peer_certificates().map(clients::join).unwrap_or_default();
        let digest = Arc::new(SslDigest::new(cipher, version, None, None, shown));
        Secured { inner, digest }
    }
}

impl std::fmt::Debug for Secured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secured").finish_non_exhaustive()
    }
}

impl UniqueID for Secured {
    fn id(&self) -> UniqueIDType {
        self.inner.get_ref().0.id()
    }
}

impl Ssl for Secured {
    fn get_ssl_digest(&self) -> Option<Arc<SslDigest>> {
        Some(self.digest.clone())
    }

    fn selected_alpn_proto(&self) -> Option<ALPN> {
        match self.inner.get_ref().1.alpn_protocol()? {
            b"h2" => Some(ALPN::H2),
            _ => Some(ALPN::H1),
        }
    }
}

impl Peek for Secured {}

super::delegate_digests!(Secured, inner.get_ref().0);

#[async_trait::async_trait]
impl Shutdown for Secured {
    async fn shutdown(&mut self) {
        if let Err(error) = AsyncWriteExt::shutdown(&mut self.inner).await {
            tracing::trace!(%error, "the client closed first");
        }
    }
}

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
