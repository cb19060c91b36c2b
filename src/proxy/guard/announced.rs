//! A connection that begins with a PROXY protocol header: who its client is, by the word of a named proxy.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use pingora::protocols::l4::socket::SocketAddr;
use pingora::protocols::l4::stream::Stream as Plain;
use pingora::protocols::{GetSocketDigest, SocketDigest, Stream, UniqueID};
use tokio::io::{AsyncRead, ReadBuf};

use super::pace::Alarm;
use super::proxy_protocol::{MOST, Parsed, parse};
use super::{Guarded, inet};

/// Reads the header within the time of a request's header. The connection comes back with its client's address; from
/// anybody but a named proxy, or without a proper header, it does not come back.
pub async fn accept(stream: Stream, guarded: &Guarded) -> Option<Stream> {
    let peer = inet(stream.get_socket_digest()?.peer_addr());
    if !guarded.settings.trusts(peer) {
        tracing::info!(
            ?peer,
            "a connection was closed: its peer is no trusted proxy, and the listener wants their PROXY header"
        );
        return None;
    }
    let mut stream: Box<Plain> = stream.into_any().downcast().ok()?;
    let mut alarm = Alarm::new(guarded.world.clone());
    let due = alarm.now() + guarded.limits.header_timeout;
    let mut held = Vec::with_capacity(MOST);
    loop {
        let why = match parse(&held) {
            Parsed::Header { source, length } => {
                stream.rewind(&held[length..]);
                if let Some(source) = source {
                    let digest = SocketDigest::from_raw_fd(stream.id());
                    // Fresh, so nothing was set before.
                    let _ = digest.peer_addr.set(Some(SocketAddr::Inet(source)));
                    stream.set_socket_digest(digest);
                }
                return Some(stream);
            }
            Parsed::Bad(why) => why,
            Parsed::NeedMore => {
                let mut part = vec![0; MOST];
                let more = read(&mut stream, &mut part, &mut alarm, due);
                match more.await {
                    0 => "it did not come",
                    count => {
                        held.extend_from_slice(&part[..count]);
                        continue;
                    }
                }
            }
        };
        tracing::info!(?peer, why, "a connection was closed: its PROXY header is missing or wrong");
        return None;
    }
}

/// What the client sends first; 0 where nothing comes in time.
pub(super) async fn read(stream: &mut Plain, part: &mut [u8], alarm: &mut Alarm, due: Duration) -> usize {
    poll_fn(|cx| {
        let mut buf = ReadBuf::new(part);
        match Pin::new(&mut *stream).poll_read(cx, &mut buf) {
            Poll::Ready(done) => Poll::Ready(done.map_or(0, |()| buf.filled().len())),
            Poll::Pending => alarm.poll(cx, due).map(|()| 0),
        }
    })
    .await
}
