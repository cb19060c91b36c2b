//! Emergency access: a sealed code, a name and a reason open a scope for a short while, with provider, directory and store
//! down. Only the audit has to be there.
//!
//! ```text
//! plea ─▶ code known? ─▶ spent in the file ─▶ spent in the store, if it answers ─▶ audit ─▶ pass
//!              └─ no ──▶ audit                      └─ was spent there ──▶ audit
//! ```
//!
//! The file comes first and is durable, so a code opens once on a node whatever is killed when; a crash in between costs a
//! sheet and opens nothing.

pub mod night;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::emergency::{self, EmergencyRules, LONGEST_NAME, Opening, REASON, Serial, SheetCode, Slip};
use crate::domain::event::What;
use crate::domain::id::{PassId, SessionId, UserId};
use crate::domain::pass::{Proof, Session};
use crate::domain::permit::Holder;
use crate::domain::quota::Draw;
use crate::domain::refusal::Refusal;
use crate::domain::route::{Facts, Need};
use crate::domain::scope::Scope;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::domain::user::Identity;

use super::admit::Standing;
use super::seams::{Endpoint, Seen, SheetsError, Step, Take, random16};
use super::{Caller, Gate};
use night::{Emergencies, Known};

/// So long the store is waited for; then it is taken to be down, and the code opens without it.
const PATIENCE: Duration = Duration::from_secs(1);

/// What somebody asks for, as they typed it.
#[derive(Debug, Clone, Default)]
pub struct Plea {
    pub scope: String,
    pub name: String,
    pub reason: String,
    pub code: Option<Secret<String>>,
    /// The second person, where two have to come.
    pub second_name: String,
    pub second_code: Option<Secret<String>>,
}

/// Whose part of the form it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    First,
    Second,
}

/// Why it did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum No {
    Name(Part),
    Reason,
    /// It is not as it stands on any sheet; nothing was looked up.
    Slip(Part, Slip),
    Wrong,
    /// It has opened once, or was taken out of use, or its time is over.
    Over,
    /// Both codes stand on one sheet.
    SameSheet,
    Refused(Refusal),
}

/// What it opened.
#[derive(Debug, Clone)]
pub struct LetIn {
    pub token: Secret<String>,
    pub serial: Serial,
    pub ends: Wall,
}

/// A plea whose form is right.
struct Heard {
    reason: String,
    /// Name and code of one person, or of two.
    people: Vec<(String, SheetCode)>,
}

/// A pass that is ready to be handed out once its code is spent.
struct Made {
    token: Secret<String>,
    session: Session,
    pass: PassId,
    login: String,
    serial: Serial,
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> No {
        No::Refused(refusal)
    }
}

impl Gate {
    /// Opens a scope with a sealed code, once.
    pub async fn open_emergency(&self, caller: &Caller, plea: &Plea) -> Result<LetIn, No> {
        let Some((night, scope, rules)) = self.emergency_of(&plea.scope) else { return Err(Refusal::NoRoute.into()) };
        self.turnstile.pass(Endpoint::Verify, caller.client).map_err(Refusal::Limited)?;
        let heard = hear(plea, rules)?;
        if !self.witness.is_open() {
            return Err(Refusal::Outage.into());
        }
        let now = self.now();
        let book = night.read().await.map_err(|e| self.no_sheets(&e))?;
        let known = match night.known(&book, &scope.name, &heard.people, now) {
            Ok(known) => known,
            Err((no, why)) => return Err(self.refuse_emergency(caller, night, &scope, &heard, (no, &why)).await),
        };
        let made = self.make_emergency(&scope, rules, &heard, &known, now)?;
        let used = openings(&heard, &known, &made, caller, now);
        let ends = made.session.ends;
        if !night.spend(used, now).await.map_err(|e| self.no_sheets(&e))? {
            return Err(self.refuse_emergency(caller, night, &scope, &heard, (No::Over, "it was just used")).await);
        }
        if !self.spend_everywhere(night, &known).await {
            night.yield_to_others(&known).await.map_err(|e| self.no_sheets(&e))?;
            let why = "it was used on another node";
            return Err(self.refuse_emergency(caller, night, &scope, &heard, (No::Over, why)).await);
        }
        self.tell_of_emergency(caller, &scope, &heard, &known, &made).await?;
        let Made { token, session, serial, .. } = made;
        night.opened(&session.id, ends);
        self.ledger.used(&session.id, &scope.name, now);
        self.keep_emergency(session).await;
        Ok(LetIn { token, serial, ends })
    }

    /// How long the caller's emergency pass still opens this scope, if it is one.
    pub fn emergency_left(&self, caller: &Caller, scope: &str) -> Option<(Arc<Holder>, Duration)> {
        let standing = self.standing(caller.token.as_ref()?.expose()).filter(|s| s.holder().emergency)?;
        let scope = self.settings.scopes.get(scope).filter(|scope| self.opens(&standing, scope))?;
        let ends = Wall::from_secs(standing.claims().exp).min(self.now().plus(scope.max_age));
        Some((standing.holder().clone(), self.now().until(ends)))
    }

    /// The scope of what was asked for, if a sealed code opens it.
    pub fn emergency_scope(&self, facts: &Facts<'_>) -> Option<Arc<Scope>> {
        let hit = self.settings.routes.find(facts).ok().flatten()?;
        let Need::Otp(scope) = &hit.route.need else { return None };
        self.has_emergency(&scope.name).then(|| scope.clone())
    }

    /// Whether a sealed code opens this scope.
    pub fn has_emergency(&self, scope: &str) -> bool {
        self.emergency_of(scope).is_some()
    }

    /// Ends emergency access here and now, also where the store is down; it hears of it as soon as it answers again. `false`
    /// where it was not opened on this node.
    pub async fn end_emergency(&self, session: &SessionId) -> Result<bool, Refusal> {
        let Some(night) = &self.emergencies else { return Ok(false) };
        let (id, now) = (session.clone(), self.now());
        if !night.end(id, now).await.map_err(|e| self.no_sheets(&e))? {
            return Ok(false);
        }
        self.hear_of_emergencies().await;
        self.within(PATIENCE, self.tell_store_of_emergencies()).await;
        Ok(true)
    }

    /// Takes in what changed in the file: by this process, by another one, by a command.
    pub(super) async fn hear_of_emergencies(&self) {
        let Some(night) = &self.emergencies else { return };
        match night.news(self.now(), self.outlived()).await {
            Ok(over) => over.iter().for_each(|revocation| self.ledger.revoke(revocation)),
            Err(error) => tracing::error!(%error, "no emergency access opens until that is mended"),
        }
    }

    /// Brings to the store what it could not be told at the time.
    pub(super) async fn tell_store_of_emergencies(&self) {
        let Some(night) = &self.emergencies else { return };
        for revocation in night.unsaid() {
            if self.store.revoke(revocation.clone()).await.is_ok() {
                night.said(&revocation);
            }
        }
        for draw in night.untaken() {
            // Another node may have been first meanwhile: both stand in the audit.
            if self.store.take(vec![draw.clone()], self.now()).await.is_ok() {
                night.taken(&draw);
            }
        }
    }

    /// Whether this pass opens although the store was not heard of: one that this very node made of a sealed code does.
    #[cold]
    pub(super) fn opens_unheard(&self, standing: &Standing) -> bool {
        let Some(night) = self.emergencies.as_ref().filter(|_| standing.holder().emergency) else { return false };
        !standing.revoked && self.witness.is_open() && night.is_ours(&standing.claims().sid, self.now())
    }

    /// The same for a request's pass and scope.
    #[cold]
    pub(super) fn is_bad_night(&self, scope: &Scope, token: Option<&str>) -> bool {
        let token = token.filter(|_| self.has_emergency(&scope.name));
        token.and_then(|token| self.genuine(token, self.now())).is_some_and(|standing| self.opens_unheard(&standing))
    }

    fn emergency_of(&self, scope: &str) -> Option<(&Emergencies, Arc<Scope>, EmergencyRules)> {
        let scope = self.settings.scopes.get(scope)?;
        Some((self.emergencies.as_ref()?, scope.clone(), scope.emergency?))
    }

    fn no_sheets(&self, error: &SheetsError) -> Refusal {
        self.outage(error)
    }

    /// Writes down that it did not open. Where that happens too often it is refused in fewer words; a right code is never
    /// kept waiting by others' wrong ones.
    async fn refuse_emergency(
        &self,
        caller: &Caller,
        night: &Emergencies,
        scope: &Scope,
        heard: &Heard,
        (no, why): (No, &str),
    ) -> No {
        if let Err(wait) = night.may_tell(self.now()) {
            return Refusal::Limited(wait).into();
        }
        let detail = format!("{why}; {}, because {}", names(heard), heard.reason);
        let told = self.event(What::EmergencyRefused, caller).scope(&scope.name).detail(detail);
        self.decide(told).await.map_or_else(No::Refused, |()| no)
    }

    fn make_emergency(
        &self,
        scope: &Scope,
        rules: EmergencyRules,
        heard: &Heard,
        known: &[Known],
        now: Wall,
    ) -> Result<Made, Refusal> {
        let serial = known.first().map(|known| known.serial.clone()).ok_or(Refusal::Outage)?;
        let user = UserId::from_random(random16(self.world.as_ref()));
        let proof = Proof::by_emergency(user.clone(), &scope.name, now);
        let mut session = Session::begin(self.fresh_session(&user), user, now);
        session.confirm(&proof, rules.life.min(scope.max_age));
        let login = emergency::login(&serial);
        let name = format!("{} ({login})", names(heard));
        let identity = Identity { login: login.clone(), name: Some(name), email: None, groups: Vec::new() };
        let minted = self.mint.mint(self.world.as_ref(), &proof, &session, &identity);
        let (token, pass) = minted.ok_or(Refusal::Outage)?;
        session.issued(pass.clone(), now);
        Ok(Made { token, session, pass, login, serial })
    }

    /// `false` where another node was first. A store that does not answer decides nothing, and hears of it later.
    async fn spend_everywhere(&self, night: &Emergencies, known: &[Known]) -> bool {
        let draws: Vec<Draw> = known.iter().map(Known::draw).collect();
        match self.within(PATIENCE, self.store.take(draws.clone(), self.now())).await {
            Some(Ok(Take::Taken)) => true,
            Some(Ok(Take::Short { .. })) => false,
            unreached => {
                tracing::warn!(?unreached, "an emergency code is spent on this node alone until the store answers");
                night.take_later(draws);
                true
            }
        }
    }

    async fn tell_of_emergency(
        &self,
        caller: &Caller,
        scope: &Scope,
        heard: &Heard,
        known: &[Known],
        made: &Made,
    ) -> Result<(), Refusal> {
        let sheets = known.iter().map(|known| known.serial.as_str()).collect::<Vec<_>>().join(" and ");
        let ends = made.session.ends.rfc3339();
        let detail = format!("sheet {sheets} until {ends}; {}, because {}", names(heard), heard.reason);
        let event = |what| self.event(what, caller).scope(&scope.name).user(&made.login);
        let opened = event(What::EmergencyOpened).detail(detail);
        let created = event(What::AuthnTokenCreated).detail(made.pass.as_str());
        let told = self.witness.decide_all(vec![opened, created]).await;
        told.map_err(|e| self.outage(&e))
    }

    /// For `pass revoke`, and for whoever lists sessions. The pass is good without it.
    async fn keep_emergency(&self, session: Session) {
        let step = Step { session: Some(Seen { value: session, version: 0 }), ..Step::default() };
        let kept = self.within(PATIENCE, self.store.swap(step)).await;
        if !matches!(kept, Some(Ok(true))) {
            tracing::warn!(
                "the store does not know the session of an emergency access; `sekisho emergency end` ends it"
            );
        }
    }

    async fn within<T>(&self, patience: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.world.sleep_until(self.mono() + patience) => None,
        }
    }
}

/// Judges form only.
fn hear(plea: &Plea, rules: EmergencyRules) -> Result<Heard, No> {
    let person = |part, name: &str, code: &Option<Secret<String>>| {
        let name = emergency::tidy(name, 1..=LONGEST_NAME).ok_or(No::Name(part))?;
        Ok::<_, No>((name, code.clone()))
    };
    let first = person(Part::First, &plea.name, &plea.code)?;
    let reason = emergency::tidy(&plea.reason, REASON).ok_or(No::Reason)?;
    let second = rules.second_person.then(|| person(Part::Second, &plea.second_name, &plea.second_code)).transpose()?;
    let read = |(part, (name, code)): (Part, (String, Option<Secret<String>>))| {
        let typed = code.as_ref().map_or("", |code| code.expose().as_str());
        SheetCode::read(typed).map(|code| (name, code)).map_err(|slip| No::Slip(part, slip))
    };
    let people = std::iter::once((Part::First, first)).chain(second.map(|second| (Part::Second, second)));
    let people = people.map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Heard { reason, people })
}

fn names(heard: &Heard) -> String {
    heard.people.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" with ")
}

/// What the file keeps of it, for each sheet.
fn openings(heard: &Heard, known: &[Known], made: &Made, caller: &Caller, now: Wall) -> Vec<(Serial, Opening)> {
    let one = |(at, (known_one, (name, _))): (usize, (&Known, &(String, SheetCode)))| {
        let other = known.iter().find(|other| other.serial != known_one.serial);
        let opening = Opening {
            at: now,
            name: name.clone(),
            reason: heard.reason.clone(),
            client: caller.client.to_string(),
            ends: made.session.ends,
            with: other.map(|other| other.serial.clone()),
            second: at > 0,
            session: (at == 0).then(|| made.session.id.clone()),
            pass: (at == 0).then(|| made.pass.clone()),
            over: None,
            elsewhere: false,
        };
        (known_one.serial.clone(), opening)
    };
    known.iter().zip(&heard.people).enumerate().map(one).collect()
}
