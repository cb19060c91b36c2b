//! What directories other than the built-in one say of somebody, for operators to look at.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};

use crate::app::world::SystemWorld;
use crate::domain::id::UserId;
use crate::domain::user::User;
use crate::gate::seams::{Hint, World};
use crate::identity::chain::{self, Known};
use crate::identity::{Directory, DirectoryError, Entry, Settings};

/// Whom one of them knows by this name.
pub fn look_up(settings: &Settings, login: &str) -> Result<Option<Known>> {
    if settings.ldap.is_empty() {
        return Ok(None);
    }
    let world: Arc<dyn World> = Arc::new(SystemWorld::default());
    let others = chain::others(settings, &world)?;
    super::wait_for(async { Ok(chain::look_up(&others, login).await?) })
}

/// Whom the built-in directory knows. It need not be there where others are.
pub fn own(settings: &Settings, login: &str) -> Result<Option<Entry>, DirectoryError> {
    match Directory::open_read_only(settings) {
        Ok(directory) => directory.by_login(login),
        Err(DirectoryError::Missing(_)) if !settings.ldap.is_empty() => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Somebody whom any directory knows and lets in, or an error with the name that was probably meant.
pub fn somebody(settings: &Settings, login: &str) -> Result<User> {
    if let Some(entry) = own(settings, login)? {
        return Ok(entry.user);
    }
    match look_up(settings, login)? {
        Some(Known { user: Ok(user), .. }) => Ok(user),
        Some(Known { directory, user: Err(hint) }) => {
            bail!("{} is in the directory {directory}, and not let in: {}", hint.login, hint.why)
        }
        None => Err(nobody(settings, login)),
    }
}

/// The id and the name of somebody whom any directory knows, let in or not: for what takes something away from them.
pub fn anybody(settings: &Settings, login: &str) -> Result<(UserId, String)> {
    if let Some(entry) = own(settings, login)? {
        return Ok((entry.user.id, entry.user.login));
    }
    match look_up(settings, login)? {
        Some(Known { user: Ok(user), .. }) => Ok((user.id, user.login)),
        Some(Known { user: Err(Hint { login, id: Some(id), .. }), .. }) => Ok((id, login)),
        Some(Known { directory, user: Err(hint) }) => {
            bail!("who {} is in {directory} is not clear: {}", hint.login, hint.why)
        }
        None => Err(nobody(settings, login)),
    }
}

/// What to say of a name that nobody has.
pub fn nobody(settings: &Settings, login: &str) -> anyhow::Error {
    match Directory::open_read_only(settings).map_err(anyhow::Error::from) {
        Ok(directory) => match super::user::known(&directory, login) {
            Err(error) => error,
            Ok(_) => anyhow!("user {} was added just now", login.escape_debug()),
        },
        Err(_) if !settings.ldap.is_empty() => anyhow!("no directory has a user {}", login.escape_debug()),
        Err(error) => error,
    }
}
