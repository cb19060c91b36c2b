//! A whole connection: Pingora behind the guard reads one request after the other, each exactly as it was sent, whatever
//! way the bytes were cut and whatever follows.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sekisho::domain::time::Wall;
use sekisho::gate::seams::World;
use sekisho::proxy::guard::chunk::Chunks;
use sekisho::proxy::guard::head::{Body, Finder, judge as judged};
use sekisho::proxy::guard::http1::{Http1, Next};
use sekisho::proxy::guard::limits::Limits;
use tokio::sync::watch;

use super::head::Line;
use super::pieces;
use super::pingora::{Client, Heard, Read, hear, hear_from, now};

/// A world in which no time passes.
struct Still;

#[async_trait]
impl World for Still {
    fn wall(&self) -> Wall {
        Wall(0)
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {
        std::future::pending().await
    }
    fn fill(&self, _: &mut [u8]) {}
}

pub fn judge(bytes: &[u8], cut: u8) {
    let world: Arc<dyn World> = Arc::new(Still);
    let (_ends, watch) = watch::channel(false);
    let limits = Arc::new(Limits::default());
    let mut wire = Http1::new(Client::sends(pieces(bytes, cut)), &world, limits, &watch);
    let mut rest = bytes;
    for index in 0.. {
        let sent = Sent::read(rest);
        let next = now(wire.next(index == 0));
        let Some(sent) = sent else {
            assert!(!matches!(next, Some(Next::Request)), "{} is no request", rest.escape_ascii());
            return;
        };
        // A body that is already known to be malformed is refused with its header.
        if matches!(next, Some(Next::Refused(_))) && sent.malformed {
            return;
        }
        assert_eq!(next, Some(Next::Request), "{}", sent.bytes.escape_ascii());
        let session = match hear_from(Box::new(wire)) {
            Heard::Request(session) => session,
            Heard::Waits => panic!("Pingora waits for more of {}", sent.bytes.escape_ascii()),
            // Then the connection ends.
            Heard::Refused => return,
        };
        session.reads(&sent.line);
        let (read, stream) = session.finish();
        assert_eq!(read.failed, sent.malformed, "{}", sent.bytes.escape_ascii());
        assert_eq!(read.over, sent.whole, "{}", sent.bytes.escape_ascii());
        if !sent.whole {
            return;
        }
        // Alone on a connection, Pingora reads the very same body.
        let alone = match hear(std::iter::once(sent.bytes)) {
            Heard::Request(session) => session.body(),
            _ => panic!("alone, Pingora does not read {}", sent.bytes.escape_ascii()),
        };
        assert_eq!(read, Read { over: true, failed: false, ..alone });
        // Until it is answered, nothing can follow.
        if sent.upgrade {
            return;
        }
        wire = *stream.into_any().downcast::<Http1>().expect("the same connection");
        rest = &rest[sent.end..];
    }
}

/// The next request, read from all the bytes at once.
struct Sent<'a> {
    line: Line,
    /// Without an empty line in front.
    bytes: &'a [u8],
    end: usize,
    whole: bool,
    malformed: bool,
    upgrade: bool,
}

impl<'a> Sent<'a> {
    fn read(rest: &'a [u8]) -> Option<Sent<'a>> {
        let limits = Limits::default();
        let from = if rest.starts_with(b"\r\n") { 2 } else { 0 };
        let bytes = &rest[from..];
        let head = Finder::default().end(bytes, &limits).ok()??;
        let good = judged(&bytes[..head], &limits).ok()?;
        let more = &bytes[head..];
        let (taken, whole, malformed) = match good.body {
            _ if good.upgrade => (0, true, false),
            Body::None => (0, true, false),
            Body::Length(length) => {
                let length = usize::try_from(length).expect("64 bits");
                (length.min(more.len()), length <= more.len(), false)
            }
            Body::Chunked => {
                let mut chunks = Chunks::default();
                match chunks.follow(more) {
                    Ok(taken) => (taken, chunks.is_over(), false),
                    Err(_) => (more.len(), false, true),
                }
            }
        };
        let line = Line::of(&bytes[..head]);
        let (bytes, end) = (&bytes[..head + taken], from + head + taken);
        Some(Sent { line, bytes, end, whole, malformed, upgrade: good.upgrade })
    }
}
