//! An HTTP/1 connection that hands on one judged request at a time.
//!
//! [`Http1::next`] waits for a header, within a total time, and judges it. Pingora then reads from this stream exactly
//! that header and that body; what a client sent beyond them stays here until the answer is out, so nothing can be
//! smuggled behind a body, and pipelined requests are each judged by themselves. No byte is ever changed.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use pingora::protocols::{Shutdown, Stream};
use pingora::server::ShutdownWatch;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::domain::refusal::Refusal;
use crate::gate::seams::World;

use super::chunk::Chunks;
use super::farewell::{Farewell, close, linger};
use super::head::{self, Body, Finder};
use super::limits::Limits;
use super::pace::{Alarm, Pace};

/// What is asked of the socket at once while nothing is known of the request.
const READ: usize = 4 * 1024;
/// The room for the last request that a connection may keep while it waits for the next one: most need no more.
const KEPT: usize = 1024;

/// What of the current request is still to come from the client.
#[derive(Debug)]
enum Rest {
    Nothing,
    Length(u64),
    Chunks(Chunks),
    /// Nothing until the answer says 101; then everything, in both directions.
    Upgrade,
    /// A WebSocket: no longer HTTP.
    Open,
}

/// How a wait for the next request ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Request,
    Refused(Refusal),
    /// The client is gone, has been idle for too long, or the server ends: there is nobody to be told.
    Over,
}

pub struct Http1 {
    inner: Stream,
    /// Read from the client and not handed on yet.
    held: BytesMut,
    /// So many bytes at the front of `held` were judged and may be handed on.
    good: usize,
    rest: Rest,
    answering: bool,
    /// Whether what is held was meant for another protocol.
    spoiled: bool,
    gone: bool,
    alarm: Alarm,
    reading: Pace,
    writing: Pace,
    leaving: Farewell,
    limits: Arc<Limits>,
}

impl Http1 {
    pub fn new(inner: Stream, world: &Arc<dyn World>, limits: Arc<Limits>, shutdown: &ShutdownWatch) -> Http1 {
        let pace = || Pace::new(world.clone(), limits.patience, limits.least_rate);
        Http1 {
            inner,
            held: BytesMut::new(),
            good: 0,
            rest: Rest::Nothing,
            answering: false,
            spoiled: false,
            gone: false,
            alarm: Alarm::new(world.clone()),
            reading: pace(),
            writing: pace(),
            leaving: Farewell::of(shutdown),
            limits,
        }
    }

    /// Waits for the next request and judges its header, and as much of its body as came along.
    pub async fn next(&mut self, first: bool) -> Next {
        if self.good > 0 || !matches!(self.rest, Rest::Nothing) || self.gone || self.spoiled {
            // The last request was not read to its end: no byte after it can be told from its body.
            return Next::Over;
        }
        let mut finder = Finder::default();
        let (mut waiting, mut lead) = (!first, true);
        // From the moment where it first has to wait; a request that is there already asks for no time.
        let mut due = None;
        loop {
            if waiting && !self.held.is_empty() {
                (waiting, due) = (false, None);
            }
            let span = if waiting { self.limits.idle_timeout } else { self.limits.header_timeout };
            if lead && self.held.starts_with(b"\r\n") {
                // RFC 9112 §2.2: old clients send one empty line too many.
                lead = false;
                self.held.advance(2);
            }
            if !(lead && *self.held == *b"\r") {
                match finder.end(&self.held, &self.limits) {
                    Err(refusal) => return Next::Refused(refusal),
                    Ok(Some(end)) => return self.begin(end),
                    Ok(None) => {}
                }
            }
            match poll_fn(|cx| self.poll_more(cx, &mut due, span)).await {
                More::Bytes => {}
                More::TooSlow if self.held.is_empty() => return Next::Over,
                More::TooSlow => return Next::Refused(Refusal::TooSlow),
                More::Over => return Next::Over,
            }
        }
    }

    fn begin(&mut self, end: usize) -> Next {
        let head = match head::judge(&self.held[..end], &self.limits) {
            Ok(head) => head,
            Err(refusal) => return Next::Refused(refusal),
        };
        (self.good, self.answering) = (end, false);
        self.reading.restart();
        self.writing.restart();
        self.rest = match head.body {
            _ if head.upgrade => Rest::Upgrade,
            Body::None => Rest::Nothing,
            Body::Length(length) => Rest::Length(length),
            Body::Chunked => Rest::Chunks(Chunks::default()),
        };
        match self.admit() {
            Ok(()) => Next::Request,
            Err(why) => Next::Refused(Refusal::Malformed(why)),
        }
    }

    /// Judges what is held beyond the good bytes, as far as it belongs to the request.
    fn admit(&mut self) -> Result<(), &'static str> {
        let more = &self.held[self.good..];
        let (taken, over) = match &mut self.rest {
            Rest::Nothing | Rest::Upgrade => (0, false),
            Rest::Open => (more.len(), false),
            Rest::Length(left) => {
                let taken = more.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= taken as u64;
                (taken, *left == 0)
            }
            Rest::Chunks(chunks) => (chunks.follow(more)?, chunks.is_over()),
        };
        self.good += taken;
        if over {
            self.rest = Rest::Nothing;
        }
        Ok(())
    }

    fn poll_more(&mut self, cx: &mut Context<'_>, due: &mut Option<Duration>, span: Duration) -> Poll<More> {
        match self.poll_hold(cx) {
            Poll::Ready(Ok(0) | Err(_)) => {
                self.gone = true;
                Poll::Ready(More::Over)
            }
            Poll::Ready(Ok(_)) => Poll::Ready(More::Bytes),
            Poll::Pending if self.held.is_empty() && self.leaving.poll(cx).is_ready() => Poll::Ready(More::Over),
            Poll::Pending => {
                if self.held.is_empty() && self.held.try_reclaim(KEPT + 1) {
                    self.held = BytesMut::new();
                }
                let due = *due.get_or_insert_with(|| self.alarm.now() + span);
                self.alarm.poll(cx, due).map(|()| More::TooSlow)
            }
        }
    }

    /// Reads into what is held, which takes no more room than what came.
    fn poll_hold(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [MaybeUninit::uninit(); READ];
        let mut buf = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buf))?;
        self.held.extend_from_slice(buf.filled());
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// What was read of a request that is refused.
    pub fn seen(&self) -> &[u8] {
        &self.held
    }

    /// Whether the client may still be sending what nobody will read.
    fn unread(&self) -> bool {
        !self.gone && (!self.held.is_empty() || !matches!(self.rest, Rest::Nothing | Rest::Open))
    }

    fn fail(why: &'static str) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, why)))
    }

    /// Where the body goes on behind what is held: straight into Pingora's buffer.
    fn poll_body(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let most = match &self.rest {
            Rest::Length(left) => buf.remaining().min(usize::try_from(*left).unwrap_or(usize::MAX)),
            _ => buf.remaining(),
        };
        let mut part = buf.take(most);
        match Pin::new(&mut self.inner).poll_read(cx, &mut part)? {
            Poll::Pending if matches!(self.rest, Rest::Open) => return Poll::Pending,
            Poll::Pending => {
                ready!(self.reading.stands(cx));
                return Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the body comes too slowly")));
            }
            Poll::Ready(()) => {}
        }
        let count = part.filled().len();
        let from = buf.filled().len();
        // SAFETY: `part` is the unfilled end of `buf`, and its reader has initialised `count` bytes of it.
        unsafe { buf.assume_init(count) };
        buf.set_filled(from + count);
        self.reading.moved(count);
        match &mut self.rest {
            Rest::Length(left) => {
                *left -= count as u64;
                if *left == 0 {
                    self.rest = Rest::Nothing;
                }
            }
            Rest::Chunks(chunks) => {
                let Ok(taken) = chunks.follow(&buf.filled()[from..]) else {
                    buf.set_filled(from);
                    return Self::fail("the chunked body is malformed");
                };
                self.held.extend_from_slice(&buf.filled()[from + taken..]);
                buf.set_filled(from + taken);
                if chunks.is_over() {
                    self.rest = Rest::Nothing;
                }
            }
            Rest::Nothing | Rest::Upgrade | Rest::Open => {}
        }
        Poll::Ready(Ok(()))
    }

    /// Between a request's end and its answer's: whether the client is still there. What it sends now waits its turn.
    fn poll_presence(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() && !self.gone {
            return Poll::Pending;
        }
        if !self.gone && ready!(self.poll_hold(cx))? > 0 {
            return Poll::Pending;
        }
        self.gone = true;
        Poll::Ready(Ok(()))
    }

    /// Sees whether the answer agrees to become a WebSocket.
    fn watch(&mut self, answer: &[u8]) {
        if self.answering || answer.is_empty() {
            return;
        }
        if matches!(self.rest, Rest::Upgrade) && answer.starts_with(b"HTTP/1.1 101 ") {
            self.rest = Rest::Open;
        }
        // Interim answers announce no more than that there will be another.
        self.answering = !answer.starts_with(b"HTTP/1.1 1") || matches!(self.rest, Rest::Open);
        if self.answering && matches!(self.rest, Rest::Upgrade) {
            self.rest = Rest::Nothing;
            // Sent in the hope of another protocol, it is no request of this one (CVE-2026-2833).
            self.spoiled = !self.held.is_empty();
        }
    }

    fn paced<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>, bytes: usize) -> Poll<io::Result<T>> {
        match done {
            Poll::Ready(Ok(done)) => {
                self.writing.moved(bytes);
                Poll::Ready(Ok(done))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                ready!(self.writing.stands(cx));
                Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client takes its answer too slowly")))
            }
        }
    }
}

enum More {
    Bytes,
    TooSlow,
    Over,
}

impl AsyncRead for Http1 {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.good == 0
            && !this.held.is_empty()
            && let Err(why) = this.admit()
        {
            return Self::fail(why);
        }
        if this.good > 0 {
            let count = this.good.min(buf.remaining());
            buf.put_slice(&this.held[..count]);
            this.held.advance(count);
            this.good -= count;
            return Poll::Ready(Ok(()));
        }
        match this.rest {
            Rest::Nothing | Rest::Upgrade => this.poll_presence(cx),
            Rest::Length(_) | Rest::Chunks(_) | Rest::Open => this.poll_body(cx, buf),
        }
    }
}

impl AsyncWrite for Http1 {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.watch(bytes);
        let done = Pin::new(&mut this.inner).poll_write(cx, bytes);
        let count = if let Poll::Ready(Ok(count)) = &done { *count } else { 0 };
        this.paced(cx, done, count)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.watch(parts.first().map_or(&[], |part| part));
        let done = Pin::new(&mut this.inner).poll_write_vectored(cx, parts);
        let count = if let Poll::Ready(Ok(count)) = &done { *count } else { 0 };
        this.paced(cx, done, count)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.inner).poll_flush(cx);
        this.paced(cx, done, 0)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[async_trait::async_trait]
impl Shutdown for Http1 {
    async fn shutdown(&mut self) {
        close(&mut self.inner, &mut self.alarm).await;
        if self.unread() {
            linger(&mut self.inner, &mut self.alarm).await;
        }
    }
}

super::delegate!(Http1);

#[cfg(test)]
mod tests;
