//! A lane for each channel between the gate and the workers: what waits in one holds up no other.
//!
//! Each lane has its own bounded queue and keeps some workers for itself; the rest are whoever's has more to do. So a modem
//! that sends six a minute, or a provider that takes its time, never has all of them.

use std::future::poll_fn;
use std::task::{Context, Poll};

use tokio::sync::mpsc;

use super::courier::Posted;
use crate::domain::contact::Channel;

/// One of so many parts of the workers is kept for the lanes, in equal shares.
const KEPT: usize = 2;

/// What waits, by channel, and how many of each are under way.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    /// Workers of no lane in particular.
    shared: usize,
    /// Which lane is looked at first, so that none is always the last.
    first: usize,
}

struct Lane {
    channel: Channel,
    queue: mpsc::Receiver<Posted>,
    open: bool,
    under_way: usize,
    /// Workers that no other lane takes.
    kept: usize,
}

impl Lanes {
    /// `queues` is one for each channel; those that `busy` names have providers. A channel that has none gets a worker as
    /// well: it is done with its messages at once.
    pub(super) fn new(queues: Vec<(Channel, mpsc::Receiver<Posted>)>, busy: &[Channel], workers: usize) -> Lanes {
        let share = (workers / (KEPT * busy.len().max(1))).max(1);
        let shared = workers.saturating_sub(share * busy.len().max(1));
        let lane = |(channel, queue)| {
            let kept = if busy.contains(&channel) { share } else { 1 };
            Lane { channel, queue, open: true, under_way: 0, kept }
        };
        Lanes { lanes: queues.into_iter().map(lane).collect(), shared, first: 0 }
    }

    /// The next message for which there is a worker; `None` once nobody can post any more and nothing waits.
    pub(super) async fn next(&mut self) -> Option<Posted> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Posted>> {
        let is_shared_left = self.lanes.iter().map(Lane::borrowed).sum::<usize>() < self.shared;
        for step in 0..self.lanes.len() {
            let index = (self.first + step) % self.lanes.len();
            let Some(lane) = self.lanes.get_mut(index) else { continue };
            if !lane.open || lane.under_way >= lane.kept && !is_shared_left {
                continue;
            }
            match lane.queue.poll_recv(cx) {
                Poll::Ready(Some(posted)) => {
                    lane.under_way += 1;
                    self.first = index + 1;
                    return Poll::Ready(Some(posted));
                }
                Poll::Ready(None) => lane.open = false,
                Poll::Pending => {}
            }
        }
        // A lane without a worker is looked at again when one is done.
        if self.lanes.iter().any(|lane| lane.open) { Poll::Pending } else { Poll::Ready(None) }
    }

    /// A message of this channel is not under way any more.
    pub(super) fn done(&mut self, channel: Channel) {
        let lane = self.lanes.iter_mut().find(|lane| lane.channel == channel);
        lane.into_iter().for_each(|lane| lane.under_way = lane.under_way.saturating_sub(1));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.queue.is_empty())
    }

    /// Takes nothing more, and gives out what waits.
    pub(super) fn clear(&mut self) -> Vec<Posted> {
        let rest = |lane: &mut Lane| {
            lane.queue.close();
            std::iter::from_fn(|| lane.queue.try_recv().ok()).collect::<Vec<_>>()
        };
        self.lanes.iter_mut().flat_map(rest).collect()
    }
}

impl Lane {
    /// Workers beyond those that it keeps.
    fn borrowed(&self) -> usize {
        self.under_way.saturating_sub(self.kept)
    }
}
