//! Keeps the providers that hold a connection of their own going for as long as the courier runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::provider::kind::{Line, Reported};
use super::receipts::Report;
use super::service::Settlement;
use crate::gate::seams::World;

/// Reports that may wait to be taken in. Whoever floods us loses what they say: it decides nothing.
const WAITING: usize = 1024;
/// A line that ended by a bug of ours begins anew after this.
const ANEW: Duration = Duration::from_secs(1);
/// How long lines may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// A line and what it is called.
pub(super) type Named = (Arc<str>, Arc<dyn Line>);

/// Lines at work, each in a task of its own. Dropping it cuts them off.
pub(super) struct Lines {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    world: Arc<dyn World>,
}

impl Lines {
    pub(super) fn keep(lines: Vec<Named>, world: Arc<dyn World>, gate: Arc<impl Settlement>) -> Lines {
        let (stop, stopped) = watch::channel(false);
        let (reports, heard) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        for (name, line) in lines {
            tasks.spawn(keep(name, line, world.clone(), reports.clone(), stopped.clone()));
        }
        // It ends with the last line.
        tasks.spawn(take_in(heard, gate));
        Lines { stop, tasks, world }
    }

    /// Lets them say goodbye, for at most [`GOODBYE`].
    pub(super) async fn end(mut self) {
        let _ = self.stop.send(true);
        let end = self.world.mono() + GOODBYE;
        let world = self.world.clone();
        tokio::select! {
            () = async { while self.tasks.join_next().await.is_some() {} } => {}
            () = world.sleep_until(end) => tracing::warn!("a line to a provider was cut off"),
        }
    }
}

/// Runs one line until it is told to stop. A panic ends this run of it, not the line.
async fn keep(
    name: Arc<str>,
    line: Arc<dyn Line>,
    world: Arc<dyn World>,
    reports: mpsc::Sender<(Arc<str>, Report)>,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        let (told, by) = (reports.clone(), name.clone());
        let reported: Reported = Arc::new(move |report| {
            if told.try_send((by.clone(), report)).is_err() {
                tracing::warn!(provider = %by, "a report was dropped: too many wait");
            }
        });
        let (line, world_too, stop_too) = (line.clone(), world.clone(), stop.clone());
        let mut run = JoinSet::new();
        run.spawn(async move { line.run(world_too, reported, stop_too).await });
        // The payload of a panic can hold anything, so it is not logged.
        if !matches!(run.join_next().await, Some(Err(error)) if error.is_panic()) {
            return;
        }
        tracing::error!(provider = %name, "a line came to a sudden end and begins anew");
        tokio::select! {
            () = world.sleep_until(world.mono() + ANEW) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Takes in one report after the other. A panic loses the one that it came with, not those that follow.
async fn take_in(mut heard: mpsc::Receiver<(Arc<str>, Report)>, gate: Arc<impl Settlement>) {
    let mut one = JoinSet::new();
    while let Some((name, report)) = heard.recv().await {
        let (gate, by) = (gate.clone(), name.clone());
        one.spawn(async move { gate.report(&by, report).await });
        if matches!(one.join_next().await, Some(Err(error)) if error.is_panic()) {
            tracing::error!(provider = %name, "taking in a report came to a sudden end; the next one is taken in");
        }
    }
}

#[cfg(test)]
#[path = "lines/tests.rs"]
mod tests;
