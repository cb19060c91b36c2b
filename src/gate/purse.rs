//! What a message takes from which allowance.

use std::time::Duration;

use crate::domain::account::AccountKey;
use crate::domain::challenge::{Challenge, FirstFactor};
use crate::domain::contact::Contact;
use crate::domain::quota::{Draw, Quota};

use super::Gate;
use super::asker::Asker;

/// Codes asked for by a name alone, over all names: bounds what challenges of invented names take in the store.
const BY_NAME_ALONE: Quota = Quota { limit: 20_000, per: Duration::from_secs(600) };

/// Who pays for a message.
pub(super) struct Payer<'a> {
    /// Stands for the number, where there is one.
    purse: &'a str,
    account: &'a AccountKey,
    place: Option<&'a AccountKey>,
    known: bool,
    is_real: bool,
}

impl<'a> Payer<'a> {
    pub fn of(asker: &'a Asker, purse: &'a str) -> Payer<'a> {
        let (account, place, known) = (&asker.account, asker.place.as_ref(), asker.is_known());
        Payer { purse, account, place, known, is_real: asker.user.is_some() }
    }

    /// For a message that no challenge asks for.
    pub fn operator(purse: &'a str, account: &'a AccountKey) -> Payer<'a> {
        Payer { purse, account, place: None, known: false, is_real: true }
    }

    pub fn again(challenge: &'a Challenge) -> Payer<'a> {
        let (account, place, known) = (&challenge.account, challenge.place.as_ref(), challenge.known);
        Payer { purse: &challenge.purse, account, place, known, is_real: challenge.user.is_some() }
    }

    /// Known devices have an allowance of their own, so that strangers who had codes sent to a number keep none from its
    /// owner. Who gave a name only pays at its place, as an invented name does, and besides for the number itself; the
    /// second of an invented name is only there so that both cost the same work.
    fn keys(&self) -> Vec<String> {
        match self.place {
            _ if self.known => vec![format!("{} known", self.purse)],
            Some(place) if self.is_real => vec![place.as_str().to_owned(), self.purse.to_owned()],
            Some(place) => vec![place.as_str().to_owned(), self.account.as_str().to_owned()],
            None => vec![self.purse.to_owned()],
        }
    }
}

impl Gate {
    /// What messages are counted under: the number, or the name where there is none.
    pub(super) fn purse(&self, asker: &Asker) -> String {
        asker.user.as_ref().map_or_else(|| asker.alias.clone(), |user| self.purse_of(user))
    }

    /// What one message takes. Where none is sent, as for a name nobody has, what all share is only looked at: else
    /// whoever invents names would use up everybody's messages.
    pub(super) fn message_draws(&self, payer: &Payer<'_>, sent: bool) -> Vec<Draw> {
        let sending = &self.settings.sending;
        let shared = |name, quota, units| Draw { name, key: "all".to_owned(), quota, units, spend: sent };
        let mut draws = Vec::new();
        for key in payer.keys() {
            draws.extend(sending.per_number.iter().map(|quota| Draw {
                name: "messages per number",
                key: format!("{key}/{}", quota.per.as_secs()),
                quota: *quota,
                units: 1,
                spend: true,
            }));
        }
        draws.push(shared("messages in all", sending.in_all, 1));
        if let Some(limit) = sending.daily_budget {
            let quota = Quota { limit, per: Duration::from_secs(24 * 3600) };
            draws.push(shared("money per day", quota, sending.price));
        }
        draws
    }

    /// What beginning a challenge takes, its message included.
    pub(super) fn begin_draws(&self, asker: &Asker, purse: &str, contact: Option<&Contact>) -> Vec<Draw> {
        let mut draws = self.message_draws(&Payer::of(asker, purse), contact.is_some());
        if asker.first == FirstFactor::None && !asker.is_known() {
            let (name, key) = ("codes by name alone", "all".to_owned());
            draws.push(Draw { name, key, quota: BY_NAME_ALONE, units: 1, spend: true });
        }
        draws
    }
}
