//! Lines are kept, heard, and let go.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::*;
use crate::delivery::outcome::Outcome;
use crate::delivery::receipts::Fate;
use crate::delivery::{Class, Message};
use crate::domain::id::ChallengeId;
use crate::domain::time::Wall;

/// Time is over as soon as somebody waits for it.
struct Hasty;

#[async_trait]
impl World for Hasty {
    fn wall(&self) -> Wall {
        Wall(0)
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Panics in its first run, reports in the second, and then waits for the end.
#[derive(Default)]
struct Clumsy {
    runs: AtomicUsize,
    ended: AtomicUsize,
}

#[async_trait]
impl Line for Clumsy {
    async fn deliver(&self, _: &Message, _: &dyn World, _: Duration) -> Outcome {
        Err(Class::Transient.into())
    }
    async fn run(&self, _: Arc<dyn World>, reported: Reported, mut stop: watch::Receiver<bool>) {
        assert!(self.runs.fetch_add(1, Ordering::SeqCst) > 0, "the first run fails");
        reported(Report::of(Fate::Delivered));
        let _ = stop.wait_for(|stop| *stop).await;
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Default)]
struct Book(Mutex<Vec<(String, Fate)>>, tokio::sync::Notify);

#[async_trait]
impl Settlement for Book {
    async fn settle(&self, _: &ChallengeId, _: u8, _: crate::gate::seams::Fared) {}
    async fn report(&self, provider: &str, report: Report) {
        self.0.lock().expect("no panic").push((provider.to_owned(), report.fate));
        self.1.notify_one();
    }
}

/// Panics at the first report that it is told of.
#[derive(Default)]
struct Startled(Book, AtomicUsize);

#[async_trait]
impl Settlement for Startled {
    async fn settle(&self, _: &ChallengeId, _: u8, _: crate::gate::seams::Fared) {}
    async fn report(&self, provider: &str, report: Report) {
        assert!(self.1.fetch_add(1, Ordering::SeqCst) > 0, "the first report is too much");
        self.0.report(provider, report).await;
    }
}

#[tokio::test]
async fn a_report_that_cannot_be_taken_in_takes_no_other_with_it() {
    let (reports, heard) = mpsc::channel(4);
    for fate in [Fate::Carried, Fate::Delivered] {
        reports.send(("modem".into(), Report::of(fate))).await.expect("there is room");
    }
    drop(reports);
    let book = Arc::new(Startled::default());
    take_in(heard, book.clone()).await;
    assert_eq!(*book.0.0.lock().expect("no panic"), [("modem".to_owned(), Fate::Delivered)]);
}

#[tokio::test]
async fn a_line_that_failed_begins_anew_and_is_heard_and_says_goodbye() {
    let (line, book) = (Arc::new(Clumsy::default()), Arc::new(Book::default()));
    let lines = Lines::keep(vec![("modem".into(), line.clone())], Arc::new(Hasty), book.clone());
    book.1.notified().await;
    assert_eq!(*book.0.lock().expect("no panic"), [("modem".to_owned(), Fate::Delivered)]);
    let Lines { stop, mut tasks, .. } = lines;
    stop.send(true).expect("somebody listens");
    while tasks.join_next().await.is_some() {}
    assert_eq!((line.runs.load(Ordering::SeqCst), line.ended.load(Ordering::SeqCst)), (2, 1));
}
