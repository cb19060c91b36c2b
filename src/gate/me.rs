//! What people see and change of their own, behind a pass: sessions, browsers, factors, number, language.
//!
//! Reading needs a pass. Ending other sessions needs no more, because whoever does that by mistake or malice costs somebody
//! a code. Everything that decides how somebody proves themselves from now on is a *change*, and has one course:
//!
//! ```text
//! confirmed within FRESH ─▶ notices paid ─▶ audit, compare-and-swap ─▶ old contacts told ─▶ other sessions ended
//!          │ no
//!          └─▶ a code for the strictest scope that they can prove themselves for, and back
//! ```
//!
//! So a pass that somebody left open, or that was stolen, changes nothing (OWASP ASVS 7.5.1, attack D34), and no weak scope
//! gets a factor into a strong one.

mod ending;
mod factors;
mod notices;
mod number;
pub mod seams;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::contact::{Address, Mail, Region};
use crate::domain::enrolment::Enrolments;
use crate::domain::event::What;
use crate::domain::factor::Factor;
use crate::domain::id::{SessionId, UserId};
use crate::domain::locale::Locale;
use crate::domain::pass::{Claims, Session};
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scope;
use crate::domain::time::Wall;
use crate::domain::user::User;

use super::operate::Stay;
use super::seams::{Seen, Step};
use super::{Caller, Gate};

pub use notices::Amendment;
pub use number::{NumberDesk, Proven};
use seams::Registry;

/// How long ago somebody may have confirmed what a change needs.
pub const FRESH: Duration = Duration::from_secs(5 * 60);

/// Passes of these are no word of the person themselves, however young they are.
const VOUCHED: [&str; 2] = ["operator", "emergency"];

/// What people may change of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolRules {
    /// Authenticator apps.
    pub totp: bool,
    /// Printed codes.
    pub backup: bool,
    pub number: NumberRule,
    /// Whether no two users may have one number.
    pub unique_number: bool,
    /// Where numbers without a country code belong; without it only the international form is read.
    pub region: Option<Region>,
}

/// Whether people may change their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberRule {
    Off,
    /// With a code that was sent to the new one.
    Proof,
    /// And an operator's word besides.
    Approval,
}

impl Default for EnrolRules {
    fn default() -> EnrolRules {
        EnrolRules { totp: true, backup: true, number: NumberRule::Off, unique_number: false, region: None }
    }
}

/// The rules, and where what changes is written.
pub(super) struct Office {
    pub rules: EnrolRules,
    pub registry: Option<Arc<dyn Registry>>,
}

impl Default for Office {
    /// Nothing may be changed where nobody said how.
    fn default() -> Office {
        Office { rules: EnrolRules { totp: false, backup: false, ..EnrolRules::default() }, registry: None }
    }
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unchanged {
    Refused(Refusal),
    /// A code for this scope comes first.
    Stale(String),
    Not(Why),
}

impl From<Refusal> for Unchanged {
    fn from(refusal: Refusal) -> Unchanged {
        Unchanged::Refused(refusal)
    }
}

/// Why it cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The operator allows it not, or the user is kept elsewhere.
    NotAllowed,
    /// What was to be changed is not there any more.
    Missing,
    NotANumber,
    /// Nothing is sent to such numbers.
    NumberBarred,
    NumberTaken,
    SameNumber,
    /// Somebody else changed it in between.
    Raced,
    /// An app's code.
    WrongCode,
    TooMany,
    /// Nothing else opens what it opens.
    LastWay,
    /// These backup codes cannot be shown any more.
    SheetOver,
}

/// Somebody with a good pass, as they are now.
pub struct Owner {
    pub user: User,
    /// The session that they ask in.
    pub session: SessionId,
    pub enrolled: Seen<Enrolments>,
    claims: Claims,
    stays: Vec<Stay>,
}

/// Everything that somebody may see of themselves. Numbers and addresses are masked.
#[derive(Debug, Clone)]
pub struct Mine {
    pub login: String,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub mail: Option<String>,
    pub locale: Option<Locale>,
    /// Scopes that are open, and how long.
    pub open: Vec<(String, Duration)>,
    pub stays: Vec<Where>,
    pub browsers: Vec<Browser>,
    pub enrolled: Enrolments,
    pub rules: EnrolRules,
    /// Whether the number is kept where it can be written.
    pub kept: bool,
    pub number: Option<NumberDesk>,
}

/// A session of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Where {
    pub id: SessionId,
    pub here: bool,
    pub began: Wall,
    /// When it was last used, as far as that was written down; else when something in it was last confirmed.
    pub used: Wall,
    pub from: Option<IpAddr>,
}

/// A browser that succeeded before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    pub tag: String,
    pub here: bool,
    pub since: Wall,
}

impl Gate {
    /// Lets people change what these rules allow. Users that the registry does not keep are looked up only.
    pub fn with_enrolment(self, rules: EnrolRules, registry: Arc<dyn Registry>) -> Gate {
        Gate { office: Office { rules, registry: Some(registry) }, ..self }
    }

    pub fn enrol_rules(&self) -> &EnrolRules {
        &self.office.rules
    }

    /// Whose pass the caller holds. The store is asked, so that what was ended on another node a moment ago is over here.
    pub async fn owner(&self, caller: &Caller) -> Result<Owner, Refusal> {
        let genuine = caller.token.as_ref().and_then(|token| self.genuine(token.expose(), self.now()));
        let standing = genuine.filter(|standing| !standing.revoked).ok_or(Refusal::WhoAreYou)?;
        if !self.can_guard() {
            return Err(Refusal::Outage);
        }
        let claims = standing.claims().clone();
        let found = self.identity.fetch(&claims.sub).await.map_err(|e| self.outage(&e))?;
        let user = found.filter(|user| !user.disabled).ok_or(Refusal::WhoAreYou)?;
        let stays = self.stays(std::slice::from_ref(&user.id)).await.map_err(|e| self.outage(&e))?;
        let stays: Vec<Stay> = stays.into_iter().map(|(_, stay)| stay).collect();
        if !stays.iter().any(|stay| stay.session.id == claims.sid) {
            return Err(Refusal::WhoAreYou);
        }
        let enrolled = self.enrolled(&user.id).await?;
        Ok(Owner { session: claims.sid.clone(), user, enrolled, claims, stays })
    }

    pub async fn mine(&self, caller: &Caller) -> Result<Mine, Refusal> {
        let owner = self.owner(caller).await?;
        let browsers = self.browsers(caller, &owner.user.id).await?;
        let Owner { user, session, enrolled, claims, stays } = owner;
        let now = self.now();
        let left = |scope: &Scope| {
            let at = claims.scopes.get(scope.name.as_ref())?;
            let left = now.until(Wall::from_secs(*at).plus(scope.max_age));
            (!left.is_zero()).then(|| (scope.name.to_string(), left))
        };
        let number = self.number_desk(&enrolled.value);
        Ok(Mine {
            phone: user.phone.as_ref().map(|phone| phone.masked()),
            mail: user.email.as_deref().and_then(Mail::parse).map(|mail| Address::Mail(mail).masked()),
            locale: user.locale,
            open: self.settings.scopes.values().filter_map(|scope| left(scope)).collect(),
            stays: stays.into_iter().map(|stay| shown(stay, &session, now)).collect(),
            browsers,
            enrolled: enrolled.value,
            rules: self.office.rules.clone(),
            kept: self.is_kept(&user.id).await?,
            number,
            login: user.login,
            name: user.name,
        })
    }

    /// Whether what the user may change of themselves can be written.
    async fn is_kept(&self, user: &UserId) -> Result<bool, Refusal> {
        match &self.office.registry {
            Some(registry) => registry.keeps(user).await.map_err(|e| self.outage(&e)),
            None => Ok(false),
        }
    }

    /// Whether the person themselves confirmed lately what every change needs; else for which scope they have to.
    pub fn demand_fresh(&self, owner: &Owner) -> Result<(), Unchanged> {
        let scope = self.proving_scope(&owner.user, &owner.enrolled.value).ok_or(Refusal::WrongCredentials)?;
        let vouched = owner.claims.amr.iter().any(|method| VOUCHED.contains(&method.as_str()));
        let confirmed = owner.claims.scopes.get(scope.name.as_ref()).map(|at| Wall::from_secs(*at));
        let now = self.now();
        match confirmed {
            Some(at) if !vouched && now < at.plus(FRESH) => Ok(()),
            _ => Err(Unchanged::Stale(scope.name.to_string())),
        }
    }

    /// The strictest scope that they can prove themselves for: what resists phishing before what does not, then the one that
    /// is confirmed most often.
    fn proving_scope(&self, user: &User, enrolled: &Enrolments) -> Option<&Arc<Scope>> {
        let strictness = |scope: &&Arc<Scope>| {
            let resists = scope.factors.iter().all(|factor| factor.resists_phishing());
            (!self.can_earn(user, scope, enrolled), !resists, scope.max_age)
        };
        self.settings.scopes.values().filter(|scope| scope.admits(&user.groups)).min_by_key(strictness)
    }

    fn can_earn(&self, user: &User, scope: &Scope, enrolled: &Enrolments) -> bool {
        scope.factors.iter().any(|factor| match factor {
            Factor::Code => !self.contacts(user, scope).is_empty(),
            enrollable => enrolled.has(*enrollable, self.now()),
        })
    }

    /// The language of messages from now on, where the user's record can be written; `false` where it cannot. Pages go by
    /// what the browser keeps.
    pub async fn choose_locale(&self, caller: &Caller, locale: Locale) -> Result<bool, Refusal> {
        let owner = self.owner(caller).await?;
        if owner.user.locale == Some(locale) {
            return Ok(true);
        }
        let Some(registry) = &self.office.registry else { return Ok(false) };
        if !self.is_kept(&owner.user.id).await? {
            return Ok(false);
        }
        let told = self.event(What::UserUpdated, caller).user(&owner.user.login);
        self.decide(told.detail(format!("language {} by the user themselves", locale.tag()))).await?;
        registry.speak(&owner.user.id, locale, self.now()).await.map_err(|e| self.outage(&e))
    }

    /// Writes what somebody enrolled, if nobody changed it since it was read.
    pub(super) async fn keep(&self, user: &UserId, enrolled: Seen<Enrolments>) -> Result<(), Unchanged> {
        let enrolments = Some(self.sealed_enrolments(user, &enrolled)?);
        let kept = self.store.swap(Step { enrolments, ..Step::default() }).await.map_err(|e| self.outage(&e))?;
        if kept { Ok(()) } else { Err(Unchanged::Not(Why::Raced)) }
    }
}

fn shown(stay: Stay, here: &SessionId, now: Wall) -> Where {
    let Stay { session, last_use, .. } = stay;
    let is_here = session.id == *here;
    let used = last_use.max(Some(session.confirmed())).unwrap_or_default();
    let Session { id, created, from, .. } = session;
    Where { id, here: is_here, began: created, used: if is_here { now } else { used }, from }
}
