//! The servers of one directory: in order, with connections that are kept for a while, and with an end to all patience.
//!
//! A server that fails is left alone for a while as long as another one answers. When none does, whoever asks within the
//! next moment is told at once: a crowd must not wait for the dead one by one.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ldap3::Ldap;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::gate::seams::{IdentityError, World};

use super::person::Taste;
use super::settings::Settings;
use super::talk::{Answer, Question, Talk};
use super::wire::{self, Bound, Fault};

/// How long a server that failed is left alone.
const LEFT_ALONE: Duration = Duration::from_secs(10);
/// How long nobody is asked after all of them failed.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a connection is kept for the next question.
const KEPT: Duration = Duration::from_secs(60);
/// Questions that may wait for each one that is under way.
const WAITING: usize = 64;

pub struct Pool {
    pub settings: Settings,
    pub taste: Taste,
    pub world: Arc<dyn World>,
    tls: Option<Arc<ClientConfig>>,
    servers: Vec<Server>,
    inside: Semaphore,
    turns: Semaphore,
    down: AtomicBool,
    /// Until when nobody is asked, and what the last one said.
    pause: Mutex<(Duration, String)>,
}

struct Server {
    url: String,
    /// Milliseconds of the monotonic clock.
    left_alone: AtomicU64,
    searching: Mutex<Vec<Kept>>,
    binding: Mutex<Vec<Kept>>,
}

struct Kept {
    until: Duration,
    ldap: Ldap,
}

/// What a connection is good for: a user's bind makes it that user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Search,
    Bind,
}

/// A connection on loan.
pub struct Line {
    pub ldap: Ldap,
    /// Whether it had served before.
    pub used: bool,
    /// Whether it is good for nothing else.
    pub spent: bool,
}

impl Pool {
    /// Fails where the authorities cannot be read. Connects to nobody yet.
    pub fn new(settings: Settings, taste: Taste, world: Arc<dyn World>) -> Result<Pool, IdentityError> {
        let tls = settings.ca.as_deref().map(tls).transpose().map_err(IdentityError)?;
        let server = |url: &String| Server {
            url: url.clone(),
            left_alone: AtomicU64::new(0),
            searching: Mutex::default(),
            binding: Mutex::default(),
        };
        let servers = settings.servers.iter().map(server).collect();
        let connections = settings.connections;
        Ok(Pool {
            tls,
            servers,
            inside: Semaphore::new(connections * WAITING),
            turns: Semaphore::new(connections),
            down: AtomicBool::new(false),
            pause: Mutex::default(),
            settings,
            taste,
            world,
        })
    }

    /// Whether the last question had no answer.
    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::Acquire)
    }

    /// Asks the first server that answers.
    pub async fn ask(self: &Arc<Pool>, question: Question) -> Result<Answer, IdentityError> {
        let end = self.world.mono() + self.settings.timeout;
        let _inside = self.inside.try_acquire().map_err(|_| self.error("too many questions at once"))?;
        let Ok(turn) = timeout(self.settings.timeout, self.turns.acquire()).await else {
            return Err(self.error("too many questions at once"));
        };
        let _turn = turn.map_err(|_| self.error("closed"))?;
        self.rested()?;
        let question = Arc::new(question);
        let mut last = "no time was left".to_owned();
        for index in self.order() {
            let left = end.saturating_sub(self.world.mono());
            if left.is_zero() {
                break;
            }
            // Half of the time for each, so that a second one has its chance.
            let patience = if self.servers.len() > 1 { left.min(self.settings.timeout / 2) } else { left };
            match self.ask_one(index, question.clone(), patience).await {
                Ok(answer) => {
                    self.is_up(index);
                    return Ok(answer);
                }
                Err(Fault(why)) => last = self.failed(index, why),
            }
        }
        self.gave_up(&last);
        Err(self.error(&last))
    }

    /// Asks each server by itself, whatever is known of it.
    pub async fn ask_each(self: &Arc<Pool>, question: Question) -> Vec<(String, Result<Answer, String>)> {
        let question = Arc::new(question);
        let mut answers = Vec::new();
        for (index, server) in self.servers.iter().enumerate() {
            let answer = self.ask_one(index, question.clone(), self.settings.timeout).await;
            answers.push((server.url.clone(), answer.map_err(|Fault(why)| why)));
        }
        answers
    }

    /// On a task of its own: the library panics at some answers that are no LDAP, which is this server's failure and not
    /// ours; and a caller who hangs up leaves no connection in the middle of an answer.
    async fn ask_one(
        self: &Arc<Pool>,
        index: usize,
        question: Arc<Question>,
        patience: Duration,
    ) -> Result<Answer, Fault> {
        let pool = self.clone();
        let asking = tokio::spawn(async move {
            let both = async {
                let mut talk = Talk::new(&pool, index, patience, true);
                match talk.answer(&question).await {
                    // A kept connection may have died meanwhile, which says nothing about the server.
                    Err(_) if talk.on_used_line => {
                        pool.forget(index);
                        Talk::new(&pool, index, patience, false).answer(&question).await
                    }
                    answer => answer,
                }
            };
            timeout(patience, both).await.unwrap_or_else(|_| Err(Fault("no answer in time".to_owned())))
        });
        asking.await.unwrap_or_else(|_| Err(Fault("it answered something that is no LDAP".to_owned())))
    }

    /// A connection to this server, a kept one if it may be and there is one.
    pub async fn line(&self, index: usize, role: Role, may_be_used: bool) -> Result<Line, Fault> {
        let server = self.server(index)?;
        let now = self.world.mono();
        while let Some(mut kept) = lock(server.shelf(role)).pop().filter(|_| may_be_used) {
            if now < kept.until && !kept.ldap.is_closed() {
                return Ok(Line { ldap: kept.ldap, used: true, spent: false });
            }
        }
        let mut ldap = wire::connect(&server.url, self.settings.starttls, self.tls.clone()).await?;
        if let (Role::Search, Some((dn, password))) = (role, &self.settings.bind) {
            match wire::bind(&mut ldap, dn, password.expose()).await? {
                Bound::Yes => {}
                Bound::No(text) => return Err(Fault(format!("it does not let `bind_dn` in: {}", text.trim()))),
            }
        }
        Ok(Line { ldap, used: false, spent: false })
    }

    /// Keeps a connection on which everything was answered.
    pub fn keep(&self, index: usize, role: Role, line: Line) {
        let Ok(server) = self.server(index) else { return };
        let mut shelf = lock(server.shelf(role));
        if shelf.len() < self.settings.connections && !line.spent {
            shelf.push(Kept { until: self.world.mono() + KEPT, ldap: line.ldap });
        }
    }

    fn forget(&self, index: usize) {
        if let Ok(server) = self.server(index) {
            lock(&server.searching).clear();
            lock(&server.binding).clear();
        }
    }

    fn server(&self, index: usize) -> Result<&Server, Fault> {
        self.servers.get(index).ok_or_else(|| Fault("there is no such server".to_owned()))
    }

    /// Those that answered lately; all of them, if none did.
    fn order(&self) -> Vec<usize> {
        let now = millis(self.world.mono());
        let fit = |index: &usize| self.servers[*index].left_alone.load(Ordering::Acquire) <= now;
        let fit: Vec<usize> = (0..self.servers.len()).filter(fit).collect();
        if fit.is_empty() { (0..self.servers.len()).collect() } else { fit }
    }

    fn is_up(&self, index: usize) {
        let was_down = self.servers[index].left_alone.swap(0, Ordering::AcqRel) != 0;
        if self.down.swap(false, Ordering::AcqRel) || was_down {
            let server = self.servers[index].url.as_str();
            tracing::info!(directory = self.settings.name.as_ref(), server, "the directory answers again");
        }
    }

    fn failed(&self, index: usize, why: String) -> String {
        let server = &self.servers[index];
        self.forget(index);
        let until = millis(self.world.mono() + LEFT_ALONE);
        let first = server.left_alone.swap(until, Ordering::AcqRel) == 0;
        let told = format!("{}: {why}", server.url);
        if first {
            let directory = self.settings.name.as_ref();
            tracing::warn!(directory, server = server.url, why, "a directory's server does not answer as it should");
        }
        told
    }

    fn gave_up(&self, why: &str) {
        self.down.store(true, Ordering::Release);
        *lock(&self.pause) = (self.world.mono() + PAUSE, why.to_owned());
    }

    fn rested(&self) -> Result<(), IdentityError> {
        let pause = lock(&self.pause);
        if self.world.mono() < pause.0 { Err(self.error(&pause.1)) } else { Ok(()) }
    }

    fn error(&self, why: &str) -> IdentityError {
        IdentityError(format!("{}: {why}", self.settings.name))
    }
}

impl Server {
    fn shelf(&self, role: Role) -> &Mutex<Vec<Kept>> {
        match role {
            Role::Search => &self.searching,
            Role::Bind => &self.binding,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(mono: Duration) -> u64 {
    u64::try_from(mono.as_millis()).unwrap_or(u64::MAX)
}

fn tls(ca: &Path) -> Result<Arc<ClientConfig>, String> {
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(authorities(ca)?).with_no_client_auth()))
}

/// Those that vouch for servers, out of a PEM file.
pub fn authorities(ca: &Path) -> Result<RootCertStore, String> {
    let why = |e: String| format!("`ca` {}: {e}", ca.display());
    let pem = std::fs::read(ca).map_err(|e| why(e.to_string()))?;
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(&pem) {
        roots.add(root.map_err(|e| why(e.to_string()))?).map_err(|e| why(e.to_string()))?;
    }
    if roots.is_empty() { Err(why("there is no certificate in it".to_owned())) } else { Ok(roots) }
}
