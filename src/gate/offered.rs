//! What somebody may prove themselves with, and whether a message has to go out for it.

use crate::domain::contact::Channel;
use crate::domain::factor::Factor;
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scope;

use super::Gate;
use super::asker::Asker;

/// What a new challenge offers.
pub(super) struct Offered {
    /// In the order in which it is offered.
    pub factors: Vec<Factor>,
    /// No message goes out until somebody asks for one.
    pub is_quiet: bool,
}

impl Gate {
    /// What this asker may give for this scope. Who has proven nothing sees what the scope takes, and gets a message as
    /// everybody does; who has, sees what they have, and gets none where that is stronger, unless they `wanted` one.
    pub(super) async fn offer_factors(
        &self,
        asker: &Asker,
        scope: &Scope,
        wanted: Option<Channel>,
    ) -> Result<Offered, Refusal> {
        let owner = asker.user.as_ref().map_or_else(|| self.nobody(&asker.account), |user| user.id.clone());
        let (kept, now) = (self.enrolled(&owner).await?.value, self.now());
        if !asker.first.is_proven() {
            return Ok(Offered { factors: scope.factors.clone(), is_quiet: !scope.takes(Factor::Code) });
        }
        let can = |factor: &Factor| match factor {
            Factor::Code => !asker.contacts.is_empty(),
            Factor::Passkey if !self.has_passkeys() => false,
            enrolled => kept.has(*enrolled, now),
        };
        let mut factors: Vec<Factor> =
            Factor::ALL.into_iter().filter(|factor| scope.takes(*factor) && can(factor)).collect();
        let can_send = factors.contains(&Factor::Code);
        let is_strong = |factor: &Factor| *factor < Factor::Code;
        let stronger = factors.iter().any(is_strong);
        let is_quiet = !scope.takes(Factor::Code) || stronger && wanted.is_none() || !can_send && !factors.is_empty();
        // The strongest first, but before it what they used the last time: of those that are stronger than a message.
        if let Some(at) = kept.usual.filter(is_strong).and_then(|usual| factors.iter().position(|f| *f == usual)) {
            factors[..=at].rotate_right(1);
        }
        Ok(Offered { factors, is_quiet })
    }
}
