//! One question to one server, from its first word to its answer.

use std::time::Duration;

use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::domain::user::{User, fold_login};

use super::groups;
use super::person::{self, Unfit};
use super::pool::{Line, Pool, Role};
use super::settings::Settings;
use super::wire::{self, Bound, Entry, Fault, Search};

/// People who are looked at when several could be meant.
const MOST: usize = 8;

/// What is asked.
pub enum Question {
    /// Whoever is called so; with `password`, if it is theirs.
    Login {
        login: String,
        password: Option<Secret<String>>,
    },
    Id(UserId),
    /// Whether people could be found and known again.
    Fit,
}

/// Who it is, as far as that can be said.
#[derive(Debug, Clone)]
pub enum Answer {
    Nobody,
    /// Somebody, who may not come in.
    Unfit {
        login: String,
        id: Option<UserId>,
        why: Unfit,
    },
    /// Somebody whose password it is not, with the server's own reason where it tells one.
    Wrong {
        login: String,
        why: Option<&'static str>,
    },
    Fits(User),
}

pub struct Talk<'a> {
    pool: &'a Pool,
    index: usize,
    patience: Duration,
    may_be_used: bool,
    /// Whether a connection was used that had served before.
    pub on_used_line: bool,
}

impl<'a> Talk<'a> {
    pub fn new(pool: &'a Pool, index: usize, patience: Duration, may_be_used: bool) -> Talk<'a> {
        Talk { pool, index, patience, may_be_used, on_used_line: false }
    }

    pub async fn answer(&mut self, question: &Question) -> Result<Answer, Fault> {
        let mut line = self.line(Role::Search).await?;
        let answer = match question {
            Question::Login { login, password } => self.by_login(&mut line, login, password.as_ref()).await?,
            Question::Id(id) => self.by_id(&mut line, id).await?,
            Question::Fit => self.fit(&mut line).await?,
        };
        self.pool.keep(self.index, Role::Search, line);
        Ok(answer)
    }

    /// Costs as many questions for a name that nobody has as for one that somebody has: a search, a bind where passwords are
    /// judged, and a search for groups where they are not.
    async fn by_login(
        &mut self,
        line: &mut Line,
        login: &str,
        password: Option<&Secret<String>>,
    ) -> Result<Answer, Fault> {
        let settings = &self.pool.settings;
        let found = self.search(line, &login_filter(settings, login)).await?;
        // A server compares more loosely than we do (accents, characters that nobody sees). Whoever would be found by
        // spellings without number would be guessed at without number.
        let typed = fold_login(login);
        let called: Vec<Entry> =
            found.entries.into_iter().filter(|entry| is_called(settings, entry, &typed)).take(2).collect();
        let mut called = called.into_iter();
        let (entry, answer) = match (called.next(), called.next().is_some() || found.cut) {
            (None, _) => (None, Answer::Nobody),
            (Some(entry), ambiguous) => {
                let judged = person::judge(settings, &self.pool.taste, &entry, self.pool.world.wall());
                let answer = match judged {
                    _ if ambiguous => Answer::Unfit { login: typed, id: None, why: Unfit::Ambiguous },
                    Ok(user) => Answer::Fits(user),
                    Err(why) => unfit(settings, &entry, typed, why),
                };
                (Some(entry), answer)
            }
        };
        let dn = match (&answer, &entry) {
            (Answer::Fits(_), Some(entry)) => entry.dn.clone(),
            _ => nobody(settings),
        };
        if let Some(password) = password {
            let bound = self.bind(&dn, password).await?;
            if let (Answer::Fits(user), Bound::No(text)) = (&answer, &bound) {
                return Ok(Answer::Wrong { login: user.login.clone(), why: person::reason(text) });
            }
        }
        match (answer, entry) {
            (Answer::Fits(user), Some(entry)) => Ok(Answer::Fits(self.with_groups(line, &entry, user).await?)),
            (answer, _) if password.is_none() => {
                groups::of(line, settings, &Entry { dn, ..Entry::default() }, self.patience).await?;
                Ok(answer)
            }
            (answer, _) => Ok(answer),
        }
    }

    async fn by_id(&mut self, line: &mut Line, id: &UserId) -> Result<Answer, Fault> {
        let settings = &self.pool.settings;
        let found = self.search(line, &with_own(settings, &settings.id.filter(id))).await?;
        let mut theirs = found.entries.into_iter().filter(|entry| person::id(settings, entry).as_ref() == Some(id));
        let (Some(entry), None) = (theirs.next(), theirs.next()) else { return Ok(Answer::Nobody) };
        match person::judge(settings, &self.pool.taste, &entry, self.pool.world.wall()) {
            Ok(user) => Ok(Answer::Fits(self.with_groups(line, &entry, user).await?)),
            Err(why) => Ok(unfit(settings, &entry, String::new(), why)),
        }
    }

    /// Some person or other is looked at: whether there is one, and whether they could be known again.
    async fn fit(&mut self, line: &mut Line) -> Result<Answer, Fault> {
        let settings = &self.pool.settings;
        let anybody: String = settings.logins.iter().map(|login| format!("({login}=*)")).collect();
        let found = self.search(line, &with_own(settings, &format!("(|{anybody})"))).await?;
        let logins = settings.logins.join(", ");
        let Some(entry) = found.entries.first() else {
            return Err(Fault(format!("below `{}` we see nobody who has any of {logins}", settings.base)));
        };
        if !found.entries.iter().any(|entry| person::id(settings, entry).is_some()) {
            let (dn, id) = (&entry.dn, settings.id.name());
            return Err(Fault(format!(
                "`{dn}` has no `{id}` that we may read, so nobody could be known again; see `kind`"
            )));
        }
        groups::of(line, settings, entry, self.patience).await?;
        Ok(Answer::Nobody)
    }

    async fn with_groups(&self, line: &mut Line, entry: &Entry, mut user: User) -> Result<User, Fault> {
        user.groups = groups::of(line, &self.pool.settings, entry, self.patience).await?;
        Ok(user)
    }

    async fn search(&mut self, line: &mut Line, filter: &str) -> Result<wire::Found, Fault> {
        let settings = &self.pool.settings;
        let attributes = person::attributes(settings);
        let search = Search { base: &settings.base, filter, attributes: &attributes, most: MOST };
        let found = wire::search(&mut line.ldap, &search, self.patience).await?;
        if found.cut {
            // What else comes over it would have to be waited for.
            *line = self.line(Role::Search).await?;
        }
        Ok(found)
    }

    async fn bind(&mut self, dn: &str, password: &Secret<String>) -> Result<Bound, Fault> {
        let mut line = self.line(Role::Bind).await?;
        let bound = wire::bind(&mut line.ldap, dn, password.expose()).await?;
        self.pool.keep(self.index, Role::Bind, line);
        Ok(bound)
    }

    async fn line(&mut self, role: Role) -> Result<Line, Fault> {
        let line = self.pool.line(self.index, role, self.may_be_used).await?;
        self.on_used_line |= line.used;
        Ok(line)
    }
}

fn unfit(settings: &Settings, entry: &Entry, typed: String, why: Unfit) -> Answer {
    Answer::Unfit { login: person::login(settings, entry).unwrap_or(typed), id: person::id(settings, entry), why }
}

/// Binds as this one are the same work as anybody's, and lock nobody out. A wrong password for the account that we search
/// with would lock that one; no bind at all would tell by the time it takes which names there are.
fn nobody(settings: &Settings) -> String {
    format!("cn=sekisho-nobody,{}", settings.base)
}

/// Typed in any width of letters; the server folds their case as its schema has it.
pub(super) fn login_filter(settings: &Settings, login: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let typed: String = login.trim().nfkc().collect();
    let typed = ldap3::ldap_escape(typed);
    let any: String = settings.logins.iter().map(|attribute| format!("({attribute}={typed})")).collect();
    with_own(settings, &format!("(|{any})"))
}

fn with_own(settings: &Settings, filter: &str) -> String {
    format!("(&{filter}{})", settings.filter.as_deref().unwrap_or_default())
}

pub(super) fn is_called(settings: &Settings, entry: &Entry, typed: &str) -> bool {
    settings.logins.iter().flat_map(|attribute| entry.texts(attribute)).any(|name| fold_login(name) == typed)
}
