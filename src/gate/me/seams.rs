//! What changing one's own record needs from the world.

use async_trait::async_trait;

use crate::domain::contact::Phone;
use crate::domain::id::UserId;
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use crate::gate::seams::IdentityError;

/// Where users are kept whose record we may write: the built-in directory. Others are kept by somebody else.
#[async_trait]
pub trait Registry: Send + Sync + 'static {
    /// Whether this user is kept here.
    async fn keeps(&self, user: &UserId) -> Result<bool, IdentityError>;
    /// Sets the language of their messages; `false` where they are not kept here.
    async fn speak(&self, user: &UserId, locale: Locale, now: Wall) -> Result<bool, IdentityError>;
    /// Whether somebody else has this number.
    async fn is_taken(&self, phone: &Phone, besides: &UserId) -> Result<bool, IdentityError>;
    /// Gives them another number if the one that they have is still `before`; `false` if not. With `alone`, it is refused as
    /// well if somebody else has it by now.
    async fn renumber(
        &self,
        user: &UserId,
        before: Option<&Phone>,
        phone: &Phone,
        alone: bool,
        now: Wall,
    ) -> Result<bool, IdentityError>;
}
