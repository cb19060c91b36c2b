//! What directories other than the built-in one say of somebody, for operators to look at.

use std::sync::Arc;

use anyhow::Result;

use crate::app::world::SystemWorld;
use crate::gate::seams::World;
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

/// What to say of a name that nobody has.
pub fn nobody(settings: &Settings, login: &str) -> anyhow::Error {
    match Directory::open_read_only(settings).map_err(anyhow::Error::from) {
        Ok(directory) => match super::user::known(&directory, login) {
            Err(error) => error,
            Ok(_) => anyhow::anyhow!("user {} was added just now", login.escape_debug()),
        },
        Err(_) if !settings.ldap.is_empty() => anyhow::anyhow!("no directory has a user {}", login.escape_debug()),
        Err(error) => error,
    }
}
