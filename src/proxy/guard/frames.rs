//! Counts and times the frames of an HTTP/2 connection. What a frame means is the h2 crate's; here only the cheap floods
//! are ended that cost the other side nothing (facts: C18–C20), and headers that never end.
//!
//! It only reads along: a connection over its bounds is cut, no byte is changed.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pingora::protocols::{Shutdown, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::gate::seams::World;

use super::limits::Limits;
use super::pace::{Alarm, Pace};

/// RFC 9113 §3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADER: usize = 9;
/// Counts are kept for so long.
const WINDOW: Duration = Duration::from_secs(10);
/// Bytes of one header block on the wire; decoded it is bounded by `SETTINGS_MAX_HEADER_LIST_SIZE`.
const MOST_BLOCK: u32 = 64 * 1024;
const MOST_CONTINUATIONS: u32 = 16;

/// Frames of one kind that are taken within [`WINDOW`]; a browser stays far below each.
mod most {
    pub const EMPTY_DATA: u32 = 100;
    pub const PRIORITY: u32 = 1000;
    pub const RESET: u32 = 500;
    pub const SETTINGS: u32 = 50;
    pub const PING: u32 = 200;
    pub const UNKNOWN: u32 = 500;
    /// And one more for each kilobyte that was sent: windows are given for what was received.
    pub const WINDOW_UPDATE: u64 = 5000;
}

/// What was seen of a connection.
#[derive(Debug, Default)]
pub struct Census {
    preface: usize,
    header: [u8; HEADER],
    filled: usize,
    /// Of the payload that is running.
    skip: u32,
    block: Option<Block>,
    counts: Counts,
    window: Duration,
}

#[derive(Debug, Default)]
struct Counts {
    empty: u32,
    priority: u32,
    reset: u32,
    settings: u32,
    ping: u32,
    unknown: u32,
    window_update: u64,
}

/// A header block that has begun and not ended.
#[derive(Debug)]
struct Block {
    since: Duration,
    bytes: u32,
    continuations: u32,
}

impl Census {
    /// Whether the client owes the rest of something, and since when.
    pub fn owes(&self, begin: Duration) -> Option<Duration> {
        if self.preface < PREFACE.len() { Some(begin) } else { self.block.as_ref().map(|block| block.since) }
    }

    /// Takes note of bytes from the client; `sent` is how much went to it so far in this window.
    pub fn note(&mut self, mut bytes: &[u8], now: Duration, sent: u64) -> Result<(), &'static str> {
        if now >= self.window + WINDOW {
            (self.window, self.counts) = (now, Counts::default());
        }
        let begin = bytes.len().min(PREFACE.len() - self.preface);
        if bytes[..begin] != PREFACE[self.preface..self.preface + begin] {
            return Err("the connection does not begin as HTTP/2");
        }
        self.preface += begin;
        bytes = &bytes[begin..];
        while !bytes.is_empty() {
            let skip = bytes.len().min(self.skip as usize);
            // No more than `skip`, which is 32 bits wide.
            self.skip -= u32::try_from(skip).unwrap_or(self.skip);
            bytes = &bytes[skip..];
            let take = bytes.len().min(HEADER - self.filled);
            self.header[self.filled..self.filled + take].copy_from_slice(&bytes[..take]);
            self.filled += take;
            bytes = &bytes[take..];
            if self.filled == HEADER {
                self.filled = 0;
                self.frame(now, sent)?;
            }
        }
        Ok(())
    }

    fn frame(&mut self, now: Duration, sent: u64) -> Result<(), &'static str> {
        let [a, b, c, kind, flags, ..] = self.header;
        let length = u32::from_be_bytes([0, a, b, c]);
        self.skip = length;
        let ends_headers = flags & 0x4 != 0;
        let mut count = |count: fn(&mut Counts) -> &mut u32, most: u32, why: &'static str| {
            let count = count(&mut self.counts);
            *count += 1;
            if *count > most { Err(why) } else { Ok(()) }
        };
        match kind {
            0x0 if length == 0 && flags & 0x1 == 0 => {
                count(|c| &mut c.empty, most::EMPTY_DATA, "too many empty frames")
            }
            0x0 => Ok(()),
            0x1 if ends_headers => Ok(()),
            0x1 => {
                self.block = Some(Block { since: now, bytes: length, continuations: 0 });
                Ok(())
            }
            0x2 => count(|c| &mut c.priority, most::PRIORITY, "too many PRIORITY frames"),
            0x3 => count(|c| &mut c.reset, most::RESET, "too many streams reset"),
            0x4 => count(|c| &mut c.settings, most::SETTINGS, "too many SETTINGS frames"),
            0x6 => count(|c| &mut c.ping, most::PING, "too many PING frames"),
            0x8 => {
                self.counts.window_update += 1;
                let most = most::WINDOW_UPDATE + sent / 1024;
                if self.counts.window_update > most { Err("too many WINDOW_UPDATE frames") } else { Ok(()) }
            }
            0x9 => self.continued(length, ends_headers),
            _ => count(|c| &mut c.unknown, most::UNKNOWN, "too many unknown frames"),
        }
    }

    fn continued(&mut self, length: u32, ends: bool) -> Result<(), &'static str> {
        // One that continues nothing is the h2 crate's to refuse.
        let Some(block) = &mut self.block else { return Ok(()) };
        block.bytes = block.bytes.saturating_add(length);
        block.continuations += 1;
        if block.bytes > MOST_BLOCK || block.continuations > MOST_CONTINUATIONS {
            return Err("a header block is too long");
        }
        if ends {
            self.block = None;
        }
        Ok(())
    }
}

/// An HTTP/2 connection that is watched.
pub struct Http2 {
    inner: Stream,
    census: Census,
    begin: Duration,
    sent: u64,
    sent_before: u64,
    alarm: Alarm,
    writing: Pace,
    limits: Arc<Limits>,
}

impl Http2 {
    pub fn new(inner: Stream, world: &Arc<dyn World>, limits: Arc<Limits>) -> Http2 {
        let alarm = Alarm::new(world.clone());
        let writing = Pace::new(world.clone(), limits.patience, limits.least_rate);
        let begin = alarm.now();
        Http2 { inner, census: Census::default(), begin, sent: 0, sent_before: 0, alarm, writing, limits }
    }

    fn sent<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>, bytes: usize) -> Poll<io::Result<T>> {
        if done.is_pending() {
            ready!(self.writing.stands(cx));
            return Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client takes its answers too slowly")));
        }
        self.sent += bytes as u64;
        self.writing.moved(bytes);
        done
    }
}

impl AsyncRead for Http2 {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if Pin::new(&mut this.inner).poll_read(cx, buf)?.is_pending() {
            let Some(since) = this.census.owes(this.begin) else { return Poll::Pending };
            ready!(this.alarm.poll(cx, since + this.limits.header_timeout));
            return Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "a header does not end in time")));
        }
        let now = this.alarm.now();
        let window = this.census.window;
        let noted = this.census.note(&buf.filled()[before..], now, this.sent - this.sent_before);
        if this.census.window != window {
            this.sent_before = this.sent;
        }
        if let Err(why) = noted {
            tracing::debug!(why, "an HTTP/2 connection was cut");
            buf.set_filled(before);
            return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, why)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Http2 {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.inner).poll_write(cx, bytes);
        let count = if let Poll::Ready(Ok(count)) = &done { *count } else { 0 };
        this.sent(cx, done, count)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.inner).poll_write_vectored(cx, parts);
        let count = if let Poll::Ready(Ok(count)) = &done { *count } else { 0 };
        this.sent(cx, done, count)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.inner).poll_flush(cx);
        this.sent(cx, done, 0)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[async_trait::async_trait]
impl Shutdown for Http2 {
    async fn shutdown(&mut self) {
        self.inner.shutdown().await;
    }
}

super::delegate!(Http2);

#[cfg(test)]
mod tests;
