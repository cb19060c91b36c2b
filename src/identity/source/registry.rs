//! What people change of their own record in the built-in directory.

use async_trait::async_trait;

use super::DirectorySource;
use crate::domain::contact::Phone;
use crate::domain::id::UserId;
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use crate::gate::me::seams::Registry;
use crate::gate::seams::IdentityError;
use crate::identity::directory::{Directory, DirectoryError, Entry};

/// How often a change is tried again when an operator changed the same user in between.
const RACES: usize = 8;

#[async_trait]
impl Registry for DirectorySource {
    async fn keeps(&self, user: &UserId) -> Result<bool, IdentityError> {
        let user = user.clone();
        Ok(self.read(move |directory| directory.by_id(&user)).await?.is_some())
    }

    async fn speak(&self, user: &UserId, locale: Locale, now: Wall) -> Result<bool, IdentityError> {
        self.change(user, now, move |_, entry| {
            entry.user.locale = Some(locale);
            Ok(true)
        })
        .await
    }

    async fn is_taken(&self, phone: &Phone, besides: &UserId) -> Result<bool, IdentityError> {
        let (phone, besides) = (phone.clone(), besides.clone());
        self.read(move |directory| taken(directory, &phone, &besides)).await
    }

    async fn renumber(
        &self,
        user: &UserId,
        before: Option<&Phone>,
        phone: &Phone,
        alone: bool,
        now: Wall,
    ) -> Result<bool, IdentityError> {
        let (before, phone) = (before.cloned(), phone.clone());
        self.change(user, now, move |directory, entry| {
            if entry.user.phone != before || (alone && taken(directory, &phone, &entry.user.id)?) {
                return Ok(false);
            }
            entry.user.phone = Some(phone.clone());
            Ok(true)
        })
        .await
    }
}

impl DirectorySource {
    /// Changes one user as `plan` says; `false` where it says no, or there is no such user.
    async fn change(
        &self,
        user: &UserId,
        now: Wall,
        plan: impl Fn(&Directory, &mut Entry) -> Result<bool, DirectoryError> + Send + 'static,
    ) -> Result<bool, IdentityError> {
        let user = user.clone();
        self.read(move |directory| {
            for _ in 0..RACES {
                let Some(mut entry) = directory.by_id(&user)?.filter(|entry| !entry.user.disabled) else {
                    return Ok(false);
                };
                if !plan(directory, &mut entry)? {
                    return Ok(false);
                }
                match directory.set(entry, now) {
                    Err(DirectoryError::Changed(_)) => {}
                    set => return set.map(|()| true),
                }
            }
            Ok(false)
        })
        .await
    }
}

fn taken(directory: &Directory, phone: &Phone, besides: &UserId) -> Result<bool, DirectoryError> {
    let same = |entry: &Entry| entry.user.phone.as_ref() == Some(phone) && entry.user.id != *besides;
    Ok(directory.list()?.iter().any(same))
}
