//! Authenticator apps and backup codes, by their owner's own hand.

use serde::{Deserialize, Serialize};

use crate::domain::code::{Alphabet, CodeShape};
use crate::domain::enrolment::Enrolments;
use crate::domain::notice::Notice;
use crate::domain::refusal::Refusal;
use crate::domain::secret::Secret;
use crate::domain::stepper::Shows;
use crate::domain::time::Wall;

use super::{Owner, Unchanged, Why};
use crate::gate::enrol::{By, Change, NotEnrolled, Offer, halves};
use crate::gate::seams::Endpoint;
use crate::gate::{Caller, Gate};

/// Codes on one sheet.
const SHEET: usize = 10;
/// How long a sheet can be looked at.
const SHOWN: std::time::Duration = std::time::Duration::from_secs(15 * 60);

/// Fresh backup codes, on their way from the button to the page that shows them.
#[derive(Serialize, Deserialize)]
struct Sheet {
    codes: Vec<String>,
    made: Wall,
}

impl From<NotEnrolled> for Unchanged {
    fn from(not: NotEnrolled) -> Unchanged {
        match not {
            NotEnrolled::Refused(refusal) => Unchanged::Refused(refusal),
            NotEnrolled::WrongCode => Unchanged::Not(Why::WrongCode),
            NotEnrolled::TooMany => Unchanged::Not(Why::TooMany),
            NotEnrolled::AlreadyThere | NotEnrolled::NotThere | NotEnrolled::Stale => Unchanged::Not(Why::Missing),
            NotEnrolled::Malformed(_) | NotEnrolled::SamePerson => Unchanged::Not(Why::NotAllowed),
        }
    }
}

impl Gate {
    /// A new authenticator app, or the one that a form brought back.
    pub async fn offer_app(
        &self,
        caller: &Caller,
        sealed: Option<&str>,
        label: &str,
        issuer: &str,
    ) -> Result<Offer, Unchanged> {
        let owner = self.owner(caller).await?;
        self.demand_app(&owner)?;
        match sealed {
            Some(sealed) => Ok(self.offered_stepper(&owner.user, sealed, issuer)?),
            None => Ok(self.offer_stepper(&owner.user, label, issuer)),
        }
    }

    fn demand_app(&self, owner: &Owner) -> Result<(), Unchanged> {
        if !self.office.rules.totp {
            return Err(Unchanged::Not(Why::NotAllowed));
        }
        self.demand_fresh(owner)
    }

    /// Enrols the app that was offered, by a code that it shows.
    pub async fn confirm_app(&self, caller: &Caller, sealed: &str, entry: &str) -> Result<(), Unchanged> {
        self.turnstile.pass(Endpoint::Verify, caller.client).map_err(Refusal::Limited)?;
        let owner = self.owner(caller).await?;
        self.demand_app(&owner)?;
        let offer = self.offered_stepper(&owner.user, sealed, "")?;
        if owner.enrolled.value.steppers.iter().any(|stepper| stepper.id == offer.stepper.id) {
            // A second click.
            return Ok(());
        }
        let shape = CodeShape { alphabet: Alphabet::Numeric, length: offer.stepper.digits.into() };
        let code = shape.read(entry).ok_or(Refusal::NotACode)?;
        // Before anything is paid for.
        if !matches!(offer.stepper.shows(code.expose(), self.now()), Shows::Step(_)) {
            return Err(Unchanged::Not(Why::WrongCode));
        }
        let amendment = self.prepare(caller, &owner, Notice::Added).await?;
        let change = Change { user: &owner.user, by: By::Owner(caller) };
        self.confirm_stepper(&change, sealed, entry).await?;
        self.finish(caller, &owner, amendment).await?;
        Ok(())
    }

    /// Takes away an app or a token, unless nothing else opens what it opens.
    pub async fn remove_factor(&self, caller: &Caller, id: &str) -> Result<(), Unchanged> {
        let owner = self.owner(caller).await?;
        let mut after = owner.enrolled.value.clone();
        let before = after.steppers.len();
        after.steppers.retain(|stepper| stepper.id != id);
        if after.steppers.len() == before {
            return Err(Unchanged::Not(Why::Missing));
        }
        self.demand_fresh(&owner)?;
        self.demand_way_left(&owner, &after)?;
        let amendment = self.prepare(caller, &owner, Notice::Removed).await?;
        let change = Change { user: &owner.user, by: By::Owner(caller) };
        self.remove_stepper(&change, id).await?;
        self.finish(caller, &owner, amendment).await?;
        Ok(())
    }

    /// Whoever takes away their last way into a scope is out until a help desk lets them in.
    pub(in crate::gate) fn demand_way_left(&self, owner: &Owner, after: &Enrolments) -> Result<(), Unchanged> {
        let user = &owner.user;
        let scopes = self.settings.scopes.values().filter(|scope| scope.admits(&user.groups));
        let mut lost = scopes
            .filter(|scope| self.can_earn(user, scope, &owner.enrolled.value) && !self.can_earn(user, scope, after));
        if lost.next().is_some() { Err(Unchanged::Not(Why::LastWay)) } else { Ok(()) }
    }

    /// Whether backup codes may be made now.
    pub async fn demand_backup_desk(&self, caller: &Caller) -> Result<Owner, Unchanged> {
        let owner = self.owner(caller).await?;
        if !self.office.rules.backup {
            return Err(Unchanged::Not(Why::NotAllowed));
        }
        self.demand_fresh(&owner)?;
        Ok(owner)
    }

    /// Makes fresh backup codes; the sheet that shows them, sealed for their owner.
    pub async fn print_backup(&self, caller: &Caller) -> Result<String, Unchanged> {
        let owner = self.demand_backup_desk(caller).await?;
        let amendment = self.prepare(caller, &owner, Notice::Printed).await?;
        let change = Change { user: &owner.user, by: By::Owner(caller) };
        let codes = self.print_backup_codes(&change, SHEET).await?;
        self.finish(caller, &owner, amendment).await?;
        let codes = codes.iter().map(|code| code.expose().clone()).collect();
        let clear = serde_json::to_vec(&Sheet { codes, made: self.now() }).map_err(|e| self.outage(&e))?;
        Ok(self.seals.seal_draft(self.world.as_ref(), &owner.user.id, &clear))
    }

    /// The codes of a sheet, as they are read. Nothing of one that is old, somebody else's, or void by a later one.
    pub async fn backup_sheet(&self, caller: &Caller, sealed: &str) -> Result<Vec<Secret<String>>, Unchanged> {
        let owner = self.owner(caller).await?;
        let over = Unchanged::Not(Why::SheetOver);
        let clear = self.seals.open_draft(&owner.user.id, sealed).ok_or(over.clone())?;
        let sheet: Sheet = serde_json::from_slice(&clear).map_err(|_| over.clone())?;
        let now = self.now();
        let (user, backup) = (&owner.user.id, &owner.enrolled.value.backup);
        let holds = |code: &&String| backup.iter().any(|printed| self.seals.is_printed(user, code, &printed.mac));
        let codes: Vec<_> = sheet.codes.iter().filter(holds).map(|code| halves(&Secret::new(code.clone()))).collect();
        if now < sheet.made || now >= sheet.made.plus(SHOWN) || codes.is_empty() { Err(over) } else { Ok(codes) }
    }
}
