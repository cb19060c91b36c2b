//! What somebody typed, held against everything that it could be.
//!
//! One box takes the code that was sent, an app's or a token's, a printed one and a help desk's. Everything is computed,
//! whatever is found and whatever somebody has, so that the answer takes as long; a name nobody has is looked up too.

use crate::domain::account::AccountKey;
use crate::domain::challenge::Challenge;
use crate::domain::code::{Alphabet, Code, CodeShape};
use crate::domain::enrolment::{Enrolments, StepHash, Stepper};
use crate::domain::factor::Factor;
use crate::domain::id::UserId;
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scope;
use crate::domain::stepper::Shows;
use crate::domain::time::Wall;

use super::Gate;
use super::enrol::{MOST_BACKUP, MOST_STEPPERS, PRINTED};
use super::seams::Seen;

/// Digits that apps and tokens show.
const STEPPER_DIGITS: [usize; 2] = [6, 8];

/// What was typed, as each kind of code is read; `None` where it has not the shape.
struct Typed {
    sent: Option<Code>,
    stepper: Option<Code>,
    printed: Option<Code>,
}

/// What an entry is right as, and what has to be written with it.
pub(super) struct Right {
    pub by: Factor,
    /// The user's record after it, over the version that was read.
    pub enrolments: Option<Seen<Enrolments>>,
    /// What is remembered instead of the sent code, to know a second click on the button by.
    pub entry: Option<Code>,
}

/// What an entry came to, before anything is counted.
pub(super) struct Judged {
    pub right: Option<Right>,
    /// It is the very entry that opened this challenge.
    pub repeats: bool,
    /// It is a code of a step that was taken already.
    pub spent: bool,
    /// It has the shape of the code that is sent.
    like_sent: bool,
}

impl Right {
    /// The code that was sent, where nothing is enrolled.
    pub fn by_code() -> Right {
        Right { by: Factor::Code, enrolments: None, entry: None }
    }
}

impl Judged {
    /// Whether only the provider that makes the code can say.
    pub fn is_for_maker(&self, challenge: &Challenge) -> bool {
        self.right.is_none() && self.like_sent && challenge.sends > 0
    }
}

impl Typed {
    fn all(&self) -> impl Iterator<Item = &Code> {
        [&self.sent, &self.stepper, &self.printed].into_iter().flatten()
    }
}

impl Gate {
    /// What an entry is; `None` where it is no code at all, which costs no try. For whoever has proven nothing that hangs on
    /// the scope alone.
    pub(super) async fn judge_entry(
        &self,
        challenge: &Challenge,
        entry: &str,
        now: Wall,
    ) -> Result<Option<Judged>, Refusal> {
        let Some(scope) = self.settings.scopes.get(&challenge.scope) else { return Err(Refusal::UnknownScope) };
        let owner = challenge.user.clone().unwrap_or_else(|| self.nobody(&challenge.account));
        let seen = self.enrolled(&owner).await?;
        let enrolled = seen.version > 0 || !challenge.first.is_proven();
        let takes = |factor| scope.takes(factor) && (enrolled || factor == Factor::Code);
        let typed = self.read(challenge, entry, takes);
        if typed.all().next().is_none() {
            return Ok(None);
        }
        let repeats = typed.all().fold(false, |all, code| all | self.seals.is_code(challenge, code));
        let sent = typed.sent.as_ref().is_some_and(|code| self.seals.is_code(challenge, code));
        let (stepper, spent) = self.by_stepper(&seen.value, typed.stepper.as_ref(), scope, now);
        let printed = self.by_printed(&owner, &seen.value, typed.printed.as_ref(), scope, now);
        let like_sent = typed.sent.is_some();
        let right = if sent {
            Some((Factor::Code, used(seen, Factor::Code, |_| {}), None))
        } else if let Some((at, step)) = stepper {
            let kind = seen.value.steppers[at].kind;
            Some((kind, used(seen, kind, |all| all.steppers[at].take(step, now)), typed.stepper))
        } else {
            printed.map(|at| match at {
                Some(at) => (
                    Factor::Backup,
                    used(seen, Factor::Backup, |all| {
                        all.backup.remove(at);
                    }),
                    typed.printed,
                ),
                None => (Factor::Bypass, None, typed.printed),
            })
        };
        let right = right.map(|(by, enrolments, entry)| Right { by, enrolments, entry });
        Ok(Some(Judged { right, repeats, spent, like_sent }))
    }

    /// Whether this is the entry that opened the challenge a moment ago, whatever it was right as.
    pub(super) fn is_the_entry(&self, challenge: &Challenge, entry: &str) -> bool {
        self.read(challenge, entry, |_| true).all().fold(false, |all, code| all | self.seals.is_code(challenge, code))
    }

    /// An id that nobody has, where the records of this account lie.
    pub(super) fn nobody(&self, account: &AccountKey) -> UserId {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.seals.alias("nobody", account.as_str())[..16]);
        UserId::in_bucket(account.bucket(), bytes)
    }

    fn read(&self, challenge: &Challenge, entry: &str, takes: impl Fn(Factor) -> bool) -> Typed {
        let digits = STEPPER_DIGITS.map(|length| CodeShape { alphabet: Alphabet::Numeric, length });
        let stepper = || digits.into_iter().find_map(|shape| shape.read(entry));
        Typed {
            sent: takes(Factor::Code).then(|| self.shape_of(challenge).read(entry)).flatten(),
            stepper: (takes(Factor::Totp) || takes(Factor::Token)).then(stepper).flatten(),
            printed: (takes(Factor::Backup) || takes(Factor::Bypass)).then(|| PRINTED.read(entry)).flatten(),
        }
    }

    /// The place of the app or token whose code it is, with the step; and whether it was one that is spent.
    fn by_stepper(
        &self,
        all: &Enrolments,
        code: Option<&Code>,
        scope: &Scope,
        now: Wall,
    ) -> (Option<(usize, u64)>, bool) {
        let Some(code) = code else { return (None, false) };
        let (nobodys, mut found, mut spent) = (nobodys(), None, false);
        for at in 0..MOST_STEPPERS.max(all.steppers.len()) {
            let own = all.steppers.get(at);
            let shows = own.unwrap_or(&nobodys).shows(code.expose(), now);
            if own.is_some_and(|own| scope.takes(own.kind)) {
                match shows {
                    Shows::Step(step) if found.is_none() => found = Some((at, step)),
                    Shows::Spent => spent = true,
                    Shows::Step(_) | Shows::Nothing => {}
                }
            }
        }
        (found, spent && found.is_none())
    }

    /// The place of the printed code that it is; `Some(None)` for the help desk's.
    fn by_printed(
        &self,
        owner: &UserId,
        all: &Enrolments,
        code: Option<&Code>,
        scope: &Scope,
        now: Wall,
    ) -> Option<Option<usize>> {
        let code = code?;
        // As long as a real one, and no code's.
        let nobodys = self.seals.printed_mac(owner, "");
        let mut found = None;
        for at in 0..MOST_BACKUP.max(all.backup.len()) {
            let own = all.backup.get(at);
            let same = self.seals.is_printed(owner, code.expose(), own.map_or(&nobodys, |own| &own.mac));
            if same && own.is_some() && scope.takes(Factor::Backup) {
                found = Some(Some(at));
            }
        }
        let bypass = all.bypass.as_ref();
        let same = self.seals.is_printed(owner, code.expose(), bypass.map_or(&nobodys, |bypass| &bypass.mac));
        let opens = bypass.is_some_and(|bypass| bypass.opens(now)) && scope.takes(Factor::Bypass);
        found.or_else(|| (same && opens).then_some(None))
    }
}

/// The record as it is after this was used. What somebody usually uses is remembered of those who have a choice.
fn used(mut seen: Seen<Enrolments>, by: Factor, change: impl FnOnce(&mut Enrolments)) -> Option<Seen<Enrolments>> {
    if seen.version == 0 {
        return None;
    }
    let before = seen.value.clone();
    change(&mut seen.value);
    if by != Factor::Backup {
        seen.value.usual = Some(by);
    }
    (seen.value != before).then_some(seen)
}

/// What a code is held against where somebody has fewer than they might.
fn nobodys() -> Stepper {
    Stepper {
        id: String::new(),
        label: String::new(),
        kind: Factor::Totp,
        seed: "A".repeat(32),
        hash: StepHash::Sha1,
        digits: 6,
        step: 30,
        added: Wall::EPOCH,
        drift: 0,
        spent: None,
        used: None,
    }
}
