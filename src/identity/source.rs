//! The built-in directory as the gate asks it.

mod registry;

use std::sync::Arc;
use std::thread::available_parallelism;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::directory::{Directory, DirectoryError};
use super::password::{self, Checker, Hashed};
use super::settings::Settings;
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::domain::user::{User, login_fault};
use crate::gate::seams::{Claim, IdentityError, IdentitySource};

/// Sign-ins that may wait for each core. A check takes tens of milliseconds, so whoever is last waits some seconds;
/// beyond that the honest answer is that the directory is overrun.
const WAITING_PER_CORE: usize = 128;

/// The directory behind the gate's seam. At most as many password checks at a time as there are cores, each holding
/// 19 MiB, and a bounded number waiting for their turn; accounts are read past that queue.
pub struct DirectorySource {
    directory: Arc<Directory>,
    checker: Arc<Checker>,
    password: bool,
    inside: Arc<Semaphore>,
    reading: Arc<Semaphore>,
    checking: Arc<Semaphore>,
}

impl DirectorySource {
    pub fn new(directory: Directory, settings: &Settings) -> DirectorySource {
        let cores = available_parallelism().map_or(1, usize::from);
        DirectorySource {
            directory: Arc::new(directory),
            checker: Arc::default(),
            password: settings.password,
            inside: Arc::new(Semaphore::new(cores * WAITING_PER_CORE)),
            reading: Arc::new(Semaphore::new(cores)),
            checking: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Password checks made since the start.
    pub fn checks(&self) -> u64 {
        self.checker.count()
    }

    /// Whether there is such a user, be they disabled or not.
    pub async fn knows(&self, login: &str) -> Result<bool, IdentityError> {
        let login = login.to_owned();
        Ok(self.read(move |directory| directory.by_login(&login)).await?.is_some())
    }

    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Directory) -> Result<T, DirectoryError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let directory = self.directory.clone();
        blocking(&self.reading, move || question(&directory)).await?.map_err(failed)
    }

    async fn check(&self, stored: Option<Hashed>, typed: Secret<String>) -> Result<bool, IdentityError> {
        let checker = self.checker.clone();
        blocking(&self.checking, move || checker.check(stored.as_ref(), &typed)).await?.map_err(failed)
    }

    fn enter(&self) -> Result<OwnedSemaphorePermit, IdentityError> {
        self.inside.clone().try_acquire_owned().map_err(|_| IdentityError("too many sign-ins at once".to_owned()))
    }
}

#[async_trait]
impl IdentitySource for DirectorySource {
    async fn find(&self, claim: &Claim) -> Result<Option<User>, IdentityError> {
        let typed = match (&claim.password, self.password) {
            (None, true) => return Ok(None),
            (Some(typed), true) if typed.expose().len() > password::LONGEST => return Ok(None),
            (Some(typed), true) => Some(typed.clone()),
            (_, false) => None,
        };
        // Nobody has such a name, so a quick no tells nothing about anybody.
        if login_fault(claim.login.trim()).is_some() {
            return Ok(None);
        }
        let _inside = self.enter()?;
        let login = claim.login.clone();
        let mut found = self.read(move |directory| directory.by_login(&login)).await?;
        let holds = match typed {
            Some(typed) => self.check(found.as_mut().and_then(|entry| entry.password.take()), typed).await?,
            None => true,
        };
        Ok(found.map(|entry| entry.user).filter(|user| holds && !user.disabled))
    }

    async fn fetch(&self, id: &UserId) -> Result<Option<User>, IdentityError> {
        let id = id.clone();
        let found = self.read(move |directory| directory.by_id(&id)).await?;
        Ok(found.map(|entry| entry.user).filter(|user| !user.disabled))
    }

    async fn known_as(&self, login: &str) -> Result<Option<User>, IdentityError> {
        if login_fault(login.trim()).is_some() {
            return Ok(None);
        }
        let login = login.to_owned();
        // Applications let people say who they are by their address too, and ask for it to reset a password.
        let by_any = move |directory: &Directory| match directory.by_login(&login)? {
            None if login.contains('@') => directory.by_mail(&login),
            found => Ok(found),
        };
        let found = self.read(by_any).await?;
        Ok(found.map(|entry| entry.user).filter(|user| !user.disabled))
    }

    fn asks_password(&self) -> bool {
        self.password
    }

    async fn probe(&self) -> Result<(), IdentityError> {
        self.read(Directory::probe).await
    }
}

/// Runs `work` where it may block, when its turn comes. The permit goes with it: a caller who hangs up does not make
/// room for the next one while the work still goes on.
async fn blocking<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IdentityError> {
    let turn = turns.clone().acquire_owned().await.map_err(failed)?;
    let working = spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    working.await.map_err(failed)
}

fn failed(fault: impl std::fmt::Display) -> IdentityError {
    IdentityError(fault.to_string())
}

#[cfg(test)]
mod tests;
