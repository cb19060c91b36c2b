//! A directory that speaks LDAP: Active Directory, OpenLDAP and others.
//!
//! | file | what |
//! |---|---|
//! | [`settings`] | what it is asked by |
//! | `pool` | its servers, in order, with kept connections and deadlines |
//! | `talk` | one question to one server |
//! | `wire` | TLS, binds, searches |
//! | `person`, `groups`, [`id`] | from an entry to a user |
//!
//! Nothing that it says is kept. A user's id is the immutable number that the directory gave them.

mod groups;
pub mod id;
mod person;
mod pool;
pub mod settings;
mod talk;
#[cfg(test)]
mod tests;
mod wire;

use std::path::Path;
use std::sync::Arc;

use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::gate::seams::{IdentityError, World};

pub use person::Taste;
pub use settings::Settings;
pub use talk::Answer;

use pool::Pool;
use settings::OnOutage;
use talk::Question;

/// Longest password that is passed on.
const LONGEST: usize = 1024;

/// One directory.
pub struct Ldap {
    pool: Arc<Pool>,
}

impl Ldap {
    /// Fails where the authorities cannot be read. Connects to nobody yet.
    pub fn new(settings: Settings, taste: Taste, world: Arc<dyn World>) -> Result<Ldap, IdentityError> {
        Ok(Ldap { pool: Arc::new(Pool::new(settings, taste, world)?) })
    }

    pub fn name(&self) -> &Arc<str> {
        &self.pool.settings.name
    }

    /// Whoever is called so and has this password. Without a password nobody has it.
    pub async fn find(&self, login: &str, password: Option<&Secret<String>>) -> Result<Answer, IdentityError> {
        let password = match (self.pool.settings.password, password) {
            (false, _) => None,
            // An empty one binds as nobody, and that succeeds. It says nothing about the name, so neither does a quick no.
            (true, Some(typed)) if is_password(typed) => Some(typed.clone()),
            (true, _) => return Ok(Answer::Nobody),
        };
        self.pool.ask(Question::Login { login: login.to_owned(), password }).await
    }

    /// Whoever is called so.
    pub async fn known_as(&self, login: &str) -> Result<Answer, IdentityError> {
        self.pool.ask(Question::Login { login: login.to_owned(), password: None }).await
    }

    pub async fn fetch(&self, id: &UserId) -> Result<Answer, IdentityError> {
        self.pool.ask(Question::Id(id.clone())).await
    }

    /// Each server by itself: whether people could be found there and known again, or what is wrong.
    pub async fn look(&self) -> Vec<(String, Result<(), String>)> {
        let answers = self.pool.ask_each(Question::Fit).await;
        answers.into_iter().map(|(server, answer)| (server, answer.map(drop))).collect()
    }

    /// Whether the last question had no answer.
    pub fn is_down(&self) -> bool {
        self.pool.is_down()
    }

    /// Whether passes end while nobody can be asked about their holders.
    pub fn closes(&self) -> bool {
        self.pool.settings.on_outage == OnOutage::Close
    }
}

/// What is wrong with a filter of the operator's.
pub fn filter_fault(filter: &str) -> Option<&'static str> {
    let sound = filter.starts_with('(') && filter.ends_with(')') && ldap3::parse_filter(filter).is_ok();
    (!sound).then_some("expected a filter in parentheses, as in \"(objectClass=person)\"")
}

/// What is wrong with a file of authorities.
pub fn authorities_fault(ca: &Path) -> Option<String> {
    pool::authorities(ca).err()
}

fn is_password(typed: &Secret<String>) -> bool {
    let text = typed.expose();
    !text.is_empty() && text.len() <= LONGEST && !text.contains('\0')
}
