//! One bound connection: what is written to it, and who waits for which answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::pdu::Pdu;
use super::track::Key;

/// The highest number of a message; then they begin anew.
const HIGHEST: u32 = 0x7fff_ffff;
/// What may wait to be written beside submitted messages: answers to the centre.
const ROOM: usize = 64;

/// Where messages are handed over to the connection.
pub struct Link {
    pub window: Arc<Semaphore>,
    sequence: AtomicU32,
    out: mpsc::Sender<Out>,
    waiting: Mutex<HashMap<u32, Waiting>>,
}

/// Something to write.
pub struct Out {
    pdu: Pdu,
    claim: Option<Claim>,
    /// Told when it has left.
    written: Option<oneshot::Sender<()>>,
}

/// Whether a message may still be taken back, or is on its way. Decided once.
#[derive(Clone, Default)]
pub struct Claim(Arc<AtomicU8>);

const OPEN: u8 = 0;
const WRITTEN: u8 = 1;
const WITHDRAWN: u8 = 2;

impl Claim {
    /// Says that it is being written; `false` when it was taken back.
    fn write(&self) -> bool {
        self.0.compare_exchange(OPEN, WRITTEN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Takes it back; `false` when it was written, and may have arrived.
    pub fn withdraw(&self) -> bool {
        self.0.compare_exchange(OPEN, WITHDRAWN, Ordering::AcqRel, Ordering::Acquire) != Err(WRITTEN)
    }
}

/// Somebody who waits for an answer. The place in the window is free again when it has come.
pub struct Waiting {
    pub answer: oneshot::Sender<Answer>,
    pub letter: Key,
    pub since: Duration,
    pub place: OwnedSemaphorePermit,
}

/// What a centre answered to a submitted part: its status, and the name it gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u32,
    pub id: String,
}

impl Link {
    /// A link whose messages are numbered from `first` on, and what [`write_all`] writes of it.
    pub fn new(window: usize, first: u32) -> (Arc<Link>, mpsc::Receiver<Out>) {
        let (out, written) = mpsc::channel(window + ROOM);
        let window = Arc::new(Semaphore::new(window));
        let link = Link { window, sequence: AtomicU32::new(first), out, waiting: Mutex::default() };
        (Arc::new(link), written)
    }

    /// The next number, never 0.
    pub fn number(&self) -> u32 {
        let next = |last: u32| Some(if last >= HIGHEST { 1 } else { last + 1 });
        let last = self.sequence.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        next(last.unwrap_or_default()).unwrap_or(1)
    }

    /// Hands over a message whose answer somebody waits for; `None` when the connection has ended.
    pub fn submit(&self, pdu: Pdu, waiting: Waiting) -> Option<Claim> {
        let (claim, number) = (Claim::default(), pdu.sequence);
        self.waiting().insert(number, waiting);
        let sent = self.out.try_send(Out { pdu, claim: Some(claim.clone()), written: None });
        if sent.is_err() {
            self.waiting().remove(&number);
        }
        sent.is_ok().then_some(claim)
    }

    /// Hands over anything else; `false` when the connection has ended, or the centre reads nothing.
    pub fn send(&self, pdu: Pdu) -> bool {
        self.out.try_send(Out { pdu, claim: None, written: None }).is_ok()
    }

    /// Hands over the last message; what comes back says when it has left, or that it cannot.
    pub fn send_last(&self, pdu: Pdu) -> oneshot::Receiver<()> {
        let (written, left) = oneshot::channel();
        // A connection that takes nothing more drops `written`, and that is told too.
        let _ = self.out.try_send(Out { pdu, claim: None, written: Some(written) });
        left
    }

    /// Who waits for the answer with this number.
    pub fn answered(&self, number: u32) -> Option<Waiting> {
        self.waiting().remove(&number)
    }

    /// How long the one that waits longest has been waiting at `now`.
    pub fn longest(&self, now: Duration) -> Duration {
        let since = self.waiting().values().map(|waiting| waiting.since).min();
        since.map_or(Duration::ZERO, |since| now.saturating_sub(since))
    }

    pub fn is_idle(&self) -> bool {
        self.waiting().is_empty()
    }

    /// Tells all who wait that no answer will come.
    pub fn end(&self) {
        self.window.close();
        self.waiting().clear();
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u32, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what is handed over until the connection breaks or nobody hands over any more.
pub async fn write_all(mut out: mpsc::Receiver<Out>, mut to: impl AsyncWrite + Unpin) -> std::io::Result<()> {
    while let Some(Out { pdu, claim, written }) = out.recv().await {
        if claim.is_none_or(|claim| claim.write()) {
            to.write_all(&pdu.octets()).await?;
            to.flush().await?;
        }
        if let Some(written) = written {
            let _ = written.send(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_anew_and_are_never_zero() {
        let (link, _out) = Link::new(1, HIGHEST - 2);
        assert_eq!([link.number(), link.number(), link.number()], [HIGHEST - 1, HIGHEST, 1]);
        assert_eq!(Link::new(1, 0).0.number(), 1);
        assert_eq!(Link::new(1, u32::MAX).0.number(), 1);
    }

    #[tokio::test]
    async fn what_was_taken_back_is_never_written() {
        let (link, out) = Link::new(2, 0);
        let mut claims = Vec::new();
        for number in [1, 2] {
            let place = link.window.clone().try_acquire_owned().expect("a place");
            let waiting = Waiting { answer: oneshot::channel().0, letter: 0, since: Duration::ZERO, place };
            claims.extend(link.submit(Pdu::new(4, number, Vec::new()), waiting));
        }
        assert!(claims[0].withdraw() && claims[0].withdraw());
        assert!(link.answered(2).is_some() && link.answered(2).is_none());
        drop(link);
        let mut written = Vec::new();
        write_all(out, &mut written).await.expect("memory takes everything");
        assert_eq!((written.len(), written[15]), (16, 2));
        assert!(!claims[1].withdraw());
    }
}
