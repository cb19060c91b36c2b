//! `sekisho user approve`: agrees to the number that somebody asked for and proved, or does not.

use anyhow::{Context as _, bail};

use super::{Desk, known};
use crate::domain::contact::Phone;
use crate::domain::user::User;
use crate::identity::Directory;

/// What becomes of a number that waits: who decides, of whom, and what. Answers the number, if there was one.
pub type Approve<'a> = &'a mut dyn FnMut(&User, bool) -> anyhow::Result<Option<Phone>>;

pub(super) fn approve(login: &str, agrees: bool, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let user = known(&Directory::open_read_only(desk.settings)?, login)?.user;
    let login = user.login.clone();
    match (desk.approve)(&user, agrees).context("nothing was changed")? {
        Some(phone) if agrees => desk.say(format_args!("{login} has the number {phone} now; their passes are ended")),
        Some(phone) => desk.say(format_args!("{login} keeps the number they have; {phone} is refused")),
        None => bail!("{login} has asked for no other number, or it was longer than a week ago"),
    }
}
