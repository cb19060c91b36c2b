//! Everybody's phone: what the `file` provider wrote down, and a provider over HTTP that takes its time.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use serde::Deserialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What lies on one phone: the code of each message it ever got, and when that came.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    pub codes: Vec<(Instant, String)>,
}

#[derive(Deserialize)]
struct Message {
    to: String,
    code: String,
}

#[derive(Clone, Default)]
pub struct Phones {
    inboxes: Arc<Mutex<HashMap<String, watch::Sender<Inbox>>>>,
}

impl Phones {
    fn inboxes(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Inbox>>> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, message: Message) {
        let mut inboxes = self.inboxes();
        inboxes.entry(message.to).or_default().send_modify(|inbox| {
            inbox.codes.push((Instant::now(), message.code));
        });
    }

    /// What is on it now.
    pub fn look(&self, number: &str) -> Inbox {
        self.inboxes().get(number).map(|inbox| inbox.borrow().clone()).unwrap_or_default()
    }

    /// Messages that reached any phone.
    pub fn count(&self) -> u64 {
        self.inboxes().values().map(|inbox| inbox.borrow().codes.len() as u64).sum()
    }

    /// What is on it once there are more than `seen` messages; `None` when patience ends.
    pub async fn newer(&self, number: &str, seen: usize, patience: Duration) -> Option<Inbox> {
        let mut inbox = self.inboxes().entry(number.to_owned()).or_default().subscribe();
        let arrived = inbox.wait_for(|inbox| inbox.codes.len() > seen);
        let found = tokio::time::timeout(patience, arrived).await.ok()?.ok()?;
        Some(found.clone())
    }

    /// Reads what the `file` provider appends from now on. It goes on for as long as the handle is not aborted.
    pub fn follow(&self, path: PathBuf, runtime: &Runtime) -> JoinHandle<()> {
        let phones = self.clone();
        let mut place = std::fs::metadata(&path).map_or(0, |known| known.len());
        runtime.spawn(async move {
            let mut looks = tokio::time::interval(LOOK);
            let mut rest = Vec::new();
            loop {
                looks.tick().await;
                place += append(&path, place, &mut rest);
                while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = rest.drain(..=end).collect();
                    if let Ok(message) = serde_json::from_slice(&line) {
                        phones.deliver(message);
                    }
                }
            }
        })
    }

    /// A provider over HTTP at this address: it takes so long for each message, and only then has it arrived.
    pub async fn provide(&self, address: SocketAddr, takes: Duration) -> std::io::Result<JoinHandle<()>> {
        let phones = self.clone();
        let take = async move |body: Bytes| {
            let Ok(message) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST };
            tokio::time::sleep_until(Instant::now() + takes).await;
            phones.deliver(message);
            StatusCode::OK
        };
        let listener = tokio::net::TcpListener::bind(address).await?;
        let router = Router::new().route("/send", post(take));
        Ok(tokio::spawn(async move { drop(axum::serve(listener, router).await) }))
    }
}

/// Appends what stands in the file behind `place`, and says how much that was. A file that is not there yet is empty.
fn append(path: &PathBuf, place: u64, rest: &mut Vec<u8>) -> u64 {
    let Ok(mut file) = File::open(path) else { return 0 };
    if file.metadata().map_or(0, |known| known.len()) <= place || file.seek(SeekFrom::Start(place)).is_err() {
        return 0;
    }
    file.read_to_end(rest).unwrap_or(0) as u64
}
