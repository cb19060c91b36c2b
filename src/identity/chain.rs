//! All directories as one: the built-in one first, then those that the configuration names, in its order.
//!
//! The first that knows a name answers for it, be that yes or no: whoever is disabled here is nobody there. A directory that
//! does not answer is an outage for every name that none before it knows, because it might.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::directory::Directory;
use super::ldap::{Answer, Ldap, Taste};
use super::settings::Settings;
use super::source::DirectorySource;
use crate::domain::id::UserId;
use crate::domain::user::{User, fold_login, login_fault};
use crate::gate::seams::{Claim, Hint, IdentityError, IdentitySource, World};

/// How long it is remembered why somebody was not let in, and of how many.
const REMEMBERED: Duration = Duration::from_secs(60);
const MOST_REMEMBERED: usize = 1024;

/// The chain behind the gate's seam.
pub struct Chain {
    own: DirectorySource,
    others: Vec<Arc<Ldap>>,
    password: bool,
    world: Arc<dyn World>,
    /// By folded name.
    hints: Mutex<BTreeMap<String, (Duration, Hint)>>,
}

/// Whom a directory other than the built-in one knows.
#[derive(Debug, Clone)]
pub struct Known {
    pub directory: Arc<str>,
    /// Or who they are, and why they are not let in.
    pub user: Result<User, Hint>,
}

/// The directories that the configuration names. Connects to none yet.
pub fn others(settings: &Settings, world: &Arc<dyn World>) -> Result<Vec<Arc<Ldap>>, IdentityError> {
    let taste = Taste { region: settings.phone_region, allowed: settings.reach.clone() };
    let one = |ldap: &super::ldap::Settings| Ldap::new(ldap.clone(), taste.clone(), world.clone()).map(Arc::new);
    settings.ldap.iter().map(one).collect()
}

/// Whom any of them knows by this name, for operators to look at.
pub async fn look_up(others: &[Arc<Ldap>], login: &str) -> Result<Option<Known>, IdentityError> {
    for ldap in others {
        let known = |user| Some(Known { directory: ldap.name().clone(), user });
        match ldap.known_as(login).await? {
            Answer::Nobody => {}
            Answer::Fits(user) => return Ok(known(Ok(user))),
            Answer::Unfit { login, id, why } => return Ok(known(Err(Hint { login, id, why: why.text() }))),
            Answer::Wrong { login, why } => {
                let why = why.unwrap_or("wrong password");
                return Ok(known(Err(Hint { login, id: None, why })));
            }
        }
    }
    Ok(None)
}

impl Chain {
    pub fn new(own: Directory, settings: &Settings, world: Arc<dyn World>) -> Result<Chain, IdentityError> {
        let others = others(settings, &world)?;
        let own = DirectorySource::new(own, settings);
        Ok(Chain { own, others, password: settings.password, world, hints: Mutex::default() })
    }

    /// What one of them says of a name; `None` where it does not know it.
    fn heard(&self, typed: &str, answer: Answer) -> Option<Option<User>> {
        let hint = match answer {
            Answer::Nobody => return None,
            Answer::Fits(user) => return Some(Some(user)),
            Answer::Unfit { login, id, why } => Some(Hint { login, id, why: why.text() }),
            Answer::Wrong { login, why } => why.map(|why| Hint { login, id: None, why }),
        };
        self.remember(typed, hint);
        Some(None)
    }

    /// Names that exist alone, so nobody fills it by inventing some. What was said before is forgotten.
    fn remember(&self, typed: &str, hint: Option<Hint>) {
        let now = self.world.mono();
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        hints.remove(&fold_login(typed));
        let Some(hint) = hint else { return };
        if hints.len() >= MOST_REMEMBERED {
            hints.retain(|_, (until, _)| *until > now);
        }
        if hints.len() < MOST_REMEMBERED {
            hints.insert(fold_login(typed), (now + REMEMBERED, hint));
        }
    }
}

#[async_trait]
impl IdentitySource for Chain {
    async fn find(&self, claim: &Claim) -> Result<Option<User>, IdentityError> {
        if self.others.is_empty() || login_fault(claim.login.trim()).is_some() || self.own.knows(&claim.login).await? {
            return self.own.find(claim).await;
        }
        for ldap in &self.others {
            let answer = ldap.find(&claim.login, claim.password.as_ref()).await?;
            if let Some(found) = self.heard(&claim.login, answer) {
                return Ok(found);
            }
        }
        Ok(None)
    }

    async fn fetch(&self, id: &UserId) -> Result<Option<User>, IdentityError> {
        if let Some(user) = self.own.fetch(id).await? {
            return Ok(Some(user));
        }
        let mut outage = None;
        for ldap in &self.others {
            match ldap.fetch(id).await {
                Ok(Answer::Fits(user)) => return Ok(Some(user)),
                Ok(Answer::Nobody) => {}
                Ok(Answer::Unfit { .. } | Answer::Wrong { .. }) => return Ok(None),
                Err(error) => outage = Some(error),
            }
        }
        // Whoever is nowhere else may be there.
        outage.map_or(Ok(None), Err)
    }

    async fn known_as(&self, login: &str) -> Result<Option<User>, IdentityError> {
        if self.others.is_empty() || login_fault(login.trim()).is_some() || self.own.knows(login).await? {
            return self.own.known_as(login).await;
        }
        for ldap in &self.others {
            let answer = ldap.known_as(login).await?;
            if let Some(found) = self.heard(login, answer) {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn asks_password(&self) -> bool {
        self.password
    }

    /// Of the built-in directory alone. One elsewhere that is down is no reason to take the gate out of service: another gate
    /// would not reach it either.
    async fn probe(&self) -> Result<(), IdentityError> {
        self.own.probe().await
    }

    fn why(&self, login: &str) -> Option<Hint> {
        let now = self.world.mono();
        let hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        hints.get(&fold_login(login)).filter(|(until, _)| *until > now).map(|(_, hint)| hint.clone())
    }

    fn closes_unasked(&self) -> bool {
        self.others.iter().any(|ldap| ldap.is_down() && ldap.closes())
    }

    fn standing(&self) -> Vec<(Arc<str>, bool)> {
        self.others.iter().map(|ldap| (ldap.name().clone(), !ldap.is_down())).collect()
    }
}
