//! Who pays for a message: what it is counted under.

use crate::domain::account::AccountKey;
use crate::domain::challenge::Challenge;

use super::asker::Asker;
use super::{Gate, seal};

/// Who pays for a message.
pub(super) struct Payer<'a> {
    /// Stands for the number, where there is one.
    purse: &'a str,
    pub account: &'a AccountKey,
    place: Option<&'a AccountKey>,
    pub known: bool,
    is_real: bool,
    /// Whether more than a name is known: a first factor, or a device that succeeded before.
    pub proven: bool,
}

impl<'a> Payer<'a> {
    pub fn of(asker: &'a Asker, purse: &'a str) -> Payer<'a> {
        let (account, place, known) = (&asker.account, asker.place.as_ref(), asker.is_known());
        let proven = known || asker.first.is_proven();
        Payer { purse, account, place, known, is_real: asker.user.is_some(), proven }
    }

    /// For a message that no challenge asks for.
    pub fn operator(purse: &'a str, account: &'a AccountKey) -> Payer<'a> {
        Payer { purse, account, place: None, known: false, is_real: true, proven: true }
    }

    pub fn again(challenge: &'a Challenge) -> Payer<'a> {
        let (account, place, known) = (&challenge.account, challenge.place.as_ref(), challenge.known);
        let proven = is_proven(challenge);
        Payer { purse: &challenge.purse, account, place, known, is_real: challenge.user.is_some(), proven }
    }

    /// Known devices have an allowance of their own, so that strangers who had codes sent to a number keep none from its
    /// owner. Who gave a name only pays at its place, as an invented name does, and besides for the number itself; the
    /// second of an invented name is only there so that both cost the same work.
    pub fn numbers(&self) -> Vec<String> {
        match self.place {
            _ if self.known => vec![format!("{} known", self.purse)],
            Some(place) if self.is_real => vec![place.as_str().to_owned(), self.purse.to_owned()],
            Some(place) => vec![place.as_str().to_owned(), self.account.as_str().to_owned()],
            None => vec![self.purse.to_owned()],
        }
    }

    /// The person, whatever address a message goes to. Names alone are counted at their places, so that it tells nothing.
    pub fn person(&self, gate: &Gate) -> String {
        let own = || seal::text(&gate.seals.alias("bill user", self.account.as_str()));
        match self.place {
            _ if self.known => format!("{} known", own()),
            Some(place) => place.as_str().to_owned(),
            None => own(),
        }
    }
}

/// Whether more than a name was known of who began it.
pub(super) fn is_proven(challenge: &Challenge) -> bool {
    challenge.known || challenge.first.is_proven()
}

impl Gate {
    /// What messages are counted under: the number, or the name where there is none.
    pub(super) fn purse(&self, asker: &Asker) -> String {
        asker.user.as_ref().map_or_else(|| asker.alias.clone(), |user| self.purse_of(user))
    }
}
