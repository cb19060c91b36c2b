//! What people prove themselves with: added, confirmed, listed and taken away. The audit hears of it first.
//!
//! Every change reads the user's record, changes it and writes it over the very version that was read, so no two changes
//! lose one another and no code that is being used comes back. Who may make a change, and that the person has just
//! confirmed who they are, is the caller's to make sure of; the listing is [`Gate::enrolled`].

use std::time::Duration;

use crate::domain::code::{Alphabet, Code, CodeShape};
use crate::domain::enrolment::{Bypass, Enrolments, Printed, StepHash, Stepper};
use crate::domain::event::{Event, What};
use crate::domain::factor::Factor;
use crate::domain::refusal::Refusal;
use crate::domain::secret::Secret;
use crate::domain::stepper::{FRESH_SEED, Shows, base32};
use crate::domain::time::Wall;
use crate::domain::user::User;

use super::begin::RACES;
use super::seams::Step;
use super::{Caller, Gate, seal};

/// Apps and tokens of one user.
pub const MOST_STEPPERS: usize = 8;
/// Printed codes of one user.
pub const MOST_BACKUP: usize = 20;
/// Characters of a label.
pub const LONGEST_LABEL: usize = 64;
/// How long a new app may take from the square code to the first code.
const OFFER_LIFE: Duration = Duration::from_secs(15 * 60);
/// What is printed, and what a help desk gives out: 46 bits, of an alphabet in which nothing looks like anything else.
pub const PRINTED: CodeShape = CodeShape { alphabet: Alphabet::Alphanumeric, length: 10 };

/// Whose enrolments are changed, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    pub user: &'a User,
    pub by: By<'a>,
}

#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// The user, on a page.
    Owner(&'a Caller),
    Operator {
        actor: &'a str,
        reason: &'a str,
    },
}

/// Why nothing was enrolled, or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotEnrolled {
    #[error("the code is not right")]
    WrongCode,
    #[error("there are too many of this kind already")]
    TooMany,
    #[error("it is there already")]
    AlreadyThere,
    #[error("there is no such thing")]
    NotThere,
    #[error("it took too long, or was meant for somebody else")]
    Stale,
    #[error("{0}")]
    Malformed(&'static str),
    #[error("somebody else has to agree to it than who issued it")]
    SamePerson,
    #[error("a part that it needs is down; the log says which")]
    Refused(Refusal),
}

impl From<Refusal> for NotEnrolled {
    fn from(refusal: Refusal) -> NotEnrolled {
        NotEnrolled::Refused(refusal)
    }
}

/// A new authenticator app, until a code of it was typed.
#[derive(Debug)]
pub struct Offer {
    pub stepper: Stepper,
    /// For the square code.
    pub uri: Secret<String>,
    /// For whoever types it, in groups of four.
    pub seed: Secret<String>,
    /// The whole offer for a field of a form: nobody can read or change it, and it is this user's alone.
    pub sealed: String,
}

impl Gate {
    /// Offers a new authenticator app. Nothing is kept until [`Gate::confirm_stepper`].
    pub fn offer_stepper(&self, user: &User, label: &str, issuer: &str) -> Offer {
        let mut seed = [0; FRESH_SEED];
        self.world.fill(&mut seed);
        let stepper = Stepper {
            id: self.fresh_enrolment(),
            label: label.trim().to_owned(),
            kind: Factor::Totp,
            seed: base32(&seed),
            hash: StepHash::Sha1,
            digits: 6,
            step: 30,
            added: self.now(),
            drift: 0,
            spent: None,
            used: None,
        };
        self.offer(user, stepper, issuer)
    }

    /// The offer that a form brought back, to show it once more; [`NotEnrolled::Stale`] where it is another user's, or over.
    pub fn offered_stepper(&self, user: &User, sealed: &str, issuer: &str) -> Result<Offer, NotEnrolled> {
        let clear = self.seals.open_draft(&user.id, sealed).ok_or(NotEnrolled::Stale)?;
        let stepper: Stepper = serde_json::from_slice(&clear).map_err(|_| NotEnrolled::Stale)?;
        let now = self.now();
        let fresh = now >= stepper.added && now < stepper.added.plus(OFFER_LIFE);
        if fresh { Ok(self.offer(user, stepper, issuer)) } else { Err(NotEnrolled::Stale) }
    }

    fn offer(&self, user: &User, stepper: Stepper, issuer: &str) -> Offer {
        let clear = serde_json::to_vec(&stepper).unwrap_or_default();
        let sealed = self.seals.seal_draft(self.world.as_ref(), &user.id, &clear);
        let (uri, seed) = (stepper.uri(issuer, &user.login), stepper.grouped());
        Offer { stepper, uri, seed, sealed }
    }

    /// An id for something enrolled.
    pub fn fresh_enrolment(&self) -> String {
        seal::text(&super::seams::random16(self.world.as_ref()))
    }

    /// Enrols what was offered, once its owner typed a code of it. That code opens nothing any more.
    pub async fn confirm_stepper(&self, change: &Change<'_>, sealed: &str, code: &str) -> Result<Stepper, NotEnrolled> {
        let offer = self.offered_stepper(change.user, sealed, "")?;
        self.add_stepper(change, offer.stepper, Some(code)).await
    }

    /// Enrols an authenticator app or a token. `code` is one that it shows now; without one nobody knows whether the other
    /// side has the same seed.
    pub async fn add_stepper(
        &self,
        change: &Change<'_>,
        mut stepper: Stepper,
        code: Option<&str>,
    ) -> Result<Stepper, NotEnrolled> {
        label_fault(&stepper.label)?;
        if let Some(fault) = stepper.fault() {
            return Err(NotEnrolled::Malformed(fault));
        }
        if let Some(code) = code {
            let now = self.now();
            let shape = CodeShape { alphabet: Alphabet::Numeric, length: stepper.digits.into() };
            let code = shape.read(code).ok_or(NotEnrolled::WrongCode)?;
            let Shows::Step(step) = stepper.shows(code.expose(), now) else { return Err(NotEnrolled::WrongCode) };
            stepper.take(step, now);
            stepper.used = None;
        }
        let told = format!("{} {}", stepper.kind.name(), stepper.label);
        self.enrol(change, What::FactorAdded, &told, |all, _| {
            if all.steppers.iter().any(|other| other.id == stepper.id || other.seed == stepper.seed) {
                return Err(NotEnrolled::AlreadyThere);
            }
            if all.steppers.len() >= MOST_STEPPERS {
                return Err(NotEnrolled::TooMany);
            }
            all.steppers.push(stepper.clone());
            Ok(stepper.clone())
        })
        .await
    }

    /// Takes an app or a token away, by its id.
    pub async fn remove_stepper(&self, change: &Change<'_>, id: &str) -> Result<Stepper, NotEnrolled> {
        let found = self.enrolled(&change.user.id).await?.value.steppers.into_iter().find(|one| one.id == id);
        let found = found.ok_or(NotEnrolled::NotThere)?;
        let told = format!("{} {}", found.kind.name(), found.label);
        self.enrol(change, What::FactorRemoved, &told, |all, _| {
            let at = all.steppers.iter().position(|one| one.id == id).ok_or(NotEnrolled::NotThere)?;
            Ok(all.steppers.remove(at))
        })
        .await
    }

    /// Finds a token's clock again, by two codes in a row that it shows.
    pub async fn resync_stepper(
        &self,
        change: &Change<'_>,
        id: &str,
        codes: (&str, &str),
    ) -> Result<Stepper, NotEnrolled> {
        let told = "two codes in a row";
        self.enrol(change, What::FactorResynced, told, |all, now| {
            let one = all.steppers.iter_mut().find(|one| one.id == id).ok_or(NotEnrolled::NotThere)?;
            if one.resync(codes.0, codes.1, now) { Ok(one.clone()) } else { Err(NotEnrolled::WrongCode) }
        })
        .await
    }

    /// Prints backup codes; those of before open nothing any more. They are shown now and never again.
    pub async fn print_backup_codes(&self, change: &Change<'_>, count: usize) -> Result<Vec<Code>, NotEnrolled> {
        if !(1..=MOST_BACKUP).contains(&count) {
            return Err(NotEnrolled::Malformed("between 1 and 20 backup codes can be printed"));
        }
        let codes: Vec<Code> = (0..count).map(|_| self.draw_printed()).collect();
        let macs: Vec<String> =
            codes.iter().map(|code| self.seals.printed_mac(&change.user.id, code.expose())).collect();
        self.enrol(change, What::BackupCodesPrinted, &format!("{count} codes"), |all, now| {
            all.backup = macs.iter().map(|mac| Printed { mac: mac.clone(), printed: now }).collect();
            Ok(())
        })
        .await?;
        Ok(codes)
    }

    /// Ends all printed codes; how many were left.
    pub async fn void_backup_codes(&self, change: &Change<'_>) -> Result<usize, NotEnrolled> {
        self.enrol(change, What::FactorRemoved, "backup codes", |all, _| match std::mem::take(&mut all.backup).len() {
            0 => Err(NotEnrolled::NotThere),
            left => Ok(left),
        })
        .await
    }

    /// Gives out a code that stands for the phone for `life`, instead of any before it. Where `second` is asked for it opens
    /// nothing until somebody else agreed.
    pub async fn issue_bypass(
        &self,
        change: &Change<'_>,
        life: Duration,
        second: bool,
    ) -> Result<(Code, Wall), NotEnrolled> {
        let By::Operator { actor, reason } = change.by else {
            return Err(NotEnrolled::Malformed("nobody gives out a bypass to themselves"));
        };
        let code = self.draw_printed();
        let mac = self.seals.printed_mac(&change.user.id, code.expose());
        let span = humantime::format_duration(life);
        let told = format!("for {span}{}", if second { ", when a second person agrees" } else { "" });
        let ends = self.enrol(change, What::BypassIssued, &told, |all, now| {
            let ends = now.plus(life);
            all.bypass = Some(Bypass {
                mac: mac.clone(),
                issued: now,
                ends,
                by: actor.to_owned(),
                reason: reason.to_owned(),
                second: None,
                needs_second: second,
            });
            Ok(ends)
        });
        Ok((code, ends.await?))
    }

    /// The second person agrees to a bypass. Who issued it cannot.
    pub async fn approve_bypass(&self, change: &Change<'_>) -> Result<Bypass, NotEnrolled> {
        let By::Operator { actor, .. } = change.by else { return Err(NotEnrolled::SamePerson) };
        self.enrol(change, What::BypassApproved, "a second person agrees", |all, now| {
            let bypass = all.bypass.as_mut().filter(|bypass| now < bypass.ends).ok_or(NotEnrolled::NotThere)?;
            if !bypass.needs_second || bypass.second.is_some() {
                return Err(NotEnrolled::AlreadyThere);
            }
            if bypass.by == actor {
                return Err(NotEnrolled::SamePerson);
            }
            bypass.second = Some(actor.to_owned());
            Ok(bypass.clone())
        })
        .await
    }

    pub async fn revoke_bypass(&self, change: &Change<'_>) -> Result<(), NotEnrolled> {
        self.enrol(change, What::BypassRevoked, "", |all, _| all.bypass.take().map(drop).ok_or(NotEnrolled::NotThere))
            .await
    }

    /// Changes what a user has enrolled: whatever is in the audit by `what` and `told` happens whole or not at all. `step`
    /// may be asked more than once, each time with the record as it is by then.
    pub async fn enrol<T>(
        &self,
        change: &Change<'_>,
        what: What,
        told: &str,
        step: impl Fn(&mut Enrolments, Wall) -> Result<T, NotEnrolled>,
    ) -> Result<T, NotEnrolled> {
        let user = &change.user.id;
        let mut event = Some(change.event(what, told));
        for _ in 0..RACES {
            let mut seen = self.enrolled(user).await?;
            let done = step(&mut seen.value, self.now())?;
            if let Some(event) = event.take() {
                self.decide(event).await?;
            }
            let record = self.sealed_enrolments(user, &seen)?;
            let step = Step { enrolments: Some(record), ..Step::default() };
            if self.store.swap(step).await.map_err(|e| self.outage(&e))? {
                return Ok(done);
            }
        }
        Err(NotEnrolled::Refused(Refusal::Outage))
    }

    fn draw_printed(&self) -> Code {
        PRINTED.draw(|pool| self.world.fill(pool))
    }
}

impl Change<'_> {
    pub(super) fn event(&self, what: What, told: &str) -> Event {
        let event = Event::new(what).user(&self.user.login);
        match self.by {
            By::Owner(caller) => event.client(caller.client).request(&caller.request).detail(told),
            By::Operator { actor, reason } => {
                let both: Vec<&str> = [told, reason].into_iter().filter(|text| !text.is_empty()).collect();
                event.actor(actor).detail(both.join(": "))
            }
        }
    }
}

/// What is wrong with what somebody calls theirs.
pub fn label_fault(label: &str) -> Result<(), NotEnrolled> {
    let fault = match label.trim() {
        "" => "it needs a name",
        label if label.chars().count() > LONGEST_LABEL => "a name has at most 64 characters",
        label if label.chars().any(char::is_control) => "a name has no control characters",
        _ => return Ok(()),
    };
    Err(NotEnrolled::Malformed(fault))
}

/// A printed code as people read it best: in two halves.
pub fn halves(code: &Code) -> Secret<String> {
    let (one, other) = code.expose().split_at(code.expose().len() / 2);
    Secret::new(format!("{one}-{other}"))
}
