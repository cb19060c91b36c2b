//! Ends of connections: told to leave when the server ends, and closed so that the last answer is still read.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use pingora::protocols::{Shutdown, Stream};
use pingora::server::ShutdownWatch;
use tokio::io::{AsyncRead, ReadBuf};

use super::pace::Alarm;

/// How long and how much is read of a client that still sends after its answer. A socket that is closed with unread bytes
/// resets the connection, and the client would see that instead of the answer.
const LINGER: Duration = Duration::from_secs(2);
const MOST_LINGERED: usize = 1024 * 1024;

/// Closes our side. TLS has a last word, for which a client that reads nothing may leave no room: then it is left unsaid.
pub async fn close(stream: &mut Stream, alarm: &mut Alarm) {
    let due = alarm.now() + LINGER;
    let mut closing = Shutdown::shutdown(&mut **stream);
    poll_fn(|cx| match closing.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => alarm.poll(cx, due),
    })
    .await;
}

/// Reads and forgets what the client still sends.
pub async fn linger(stream: &mut Stream, alarm: &mut Alarm) {
    let due = alarm.now() + LINGER;
    let mut scratch = vec![0; 16 * 1024];
    let mut taken = 0;
    while taken < MOST_LINGERED {
        let read = poll_fn(|cx| {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut *stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) => Poll::Ready(buf.filled().len()),
                Poll::Ready(Err(_)) => Poll::Ready(0),
                Poll::Pending => alarm.poll(cx, due).map(|()| 0),
            }
        });
        match read.await {
            0 => return,
            count => taken += count,
        }
    }
}

/// Whether the server is ending. Asked only where a connection waits for its next request; registered once for each
/// connection, because the registration takes a lock that all of them share.
pub struct Farewell {
    watch: ShutdownWatch,
    /// The lock is never taken; it makes the future shareable.
    told: Option<Mutex<Told>>,
}

type Told = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Farewell {
    pub fn of(watch: &ShutdownWatch) -> Farewell {
        Farewell { watch: watch.clone(), told: None }
    }

    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.told.is_none() {
            let mut watch = self.watch.clone();
            let told: Told = Box::pin(async move {
                // Gone with its sender, the server has ended.
                let _ = watch.wait_for(|ends| *ends).await;
            });
            let mut told = Mutex::new(told);
            let over = told.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(cx).is_ready();
            self.told = Some(told);
            return if over { Poll::Ready(()) } else { Poll::Pending };
        }
        // The waker of a connection's task never changes, so the first registration still stands.
        if self.watch.has_changed().unwrap_or(true) && *self.watch.borrow() { Poll::Ready(()) } else { Poll::Pending }
    }
}
