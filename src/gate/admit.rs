//! The decision on every request. A plain function: no await, no store, no lock that all workers share.

use std::sync::Arc;

use crate::domain::id::SessionId;
use crate::domain::pass::Claims;
use crate::domain::path::{PathFault, Share};
use crate::domain::permit::{Holder, Permit, Presented, Verdict, judge};
use crate::domain::refusal::Refusal;
use crate::domain::route::{Facts, Need};
use crate::domain::scope::Scope;
use crate::domain::time::Wall;

use super::Gate;
use super::mint::Genuine;

/// What becomes of a request.
#[derive(Debug)]
pub enum Admission {
    Forward(Permit),
    /// As [`Verdict::Form`].
    Form(Permit),
    Refuse(Refusal),
    /// A code for this scope is wanted first.
    Challenge(Arc<Scope>),
    /// It is for the gate itself.
    Desk,
}

/// A pass that was found genuine, with what this node knows about it.
pub struct Standing {
    genuine: Arc<Genuine>,
    pub(super) revoked: bool,
}

impl Standing {
    pub fn claims(&self) -> &Claims {
        &self.genuine.claims
    }

    pub fn holder(&self) -> &Arc<Holder> {
        &self.genuine.holder
    }
}

impl Gate {
    /// Decides. `token` is the pass that the request carries, if any.
    pub fn admit(&self, facts: &Facts<'_>, token: Option<&str>) -> Admission {
        if !self.settings.hosts.iter().any(|h| h == facts.host) {
            return Admission::Refuse(Refusal::UnknownHost);
        }
        if let Some(fault) = self.settings.routes.forbids(facts.path.leave()) {
            return Admission::Refuse(Refusal::Path(fault));
        }
        let fault = facts.path.leave().fault();
        match (facts.path.share(|reading| self.is_reserved(reading.as_str())), fault) {
            (Share::None, _) => {}
            (Share::All, None) => return Admission::Desk,
            (_, fault) => return Admission::Refuse(Refusal::Path(fault.unwrap_or(PathFault::Divided))),
        }
        let hit = match self.settings.routes.find(facts) {
            Ok(Some(hit)) => hit,
            Ok(None) => return Admission::Refuse(Refusal::NoRoute),
            Err(fault) => return Admission::Refuse(Refusal::Path(fault)),
        };
        let route = hit.route;
        let scope = match &route.need {
            Need::Otp(scope) => Some(scope),
            Need::Open | Need::Deny => None,
        };
        if let Some(scope) = scope
            && !self.can_guard()
            && !self.is_bad_night(scope, token)
        {
            return Admission::Refuse(Refusal::Outage);
        }
        let now = self.now();
        let pass = token.filter(|_| scope.is_some()).and_then(|t| self.genuine(t, now));
        let verdict = judge(hit, scope.zip(pass.as_ref()).map(|(scope, pass)| self.present(pass, scope)), now);
        match verdict {
            Verdict::Forward(permit) => {
                self.note_use(&permit, now);
                Admission::Forward(permit)
            }
            Verdict::Form(permit) => Admission::Form(permit),
            Verdict::Challenge(scope) => Admission::Challenge(scope),
            Verdict::Refuse(refusal) => Admission::Refuse(refusal),
        }
    }

    /// Whether guarded routes may open at all: the store was heard of lately and the audit can be written.
    pub fn can_guard(&self) -> bool {
        self.is_fresh() && self.witness.is_open()
    }

    /// The parts that guarded routes depend on, and whether each is good.
    pub fn parts(&self) -> [(&'static str, bool); 2] {
        [("store", self.is_fresh()), ("audit", self.witness.is_open_for_all())]
    }

    fn is_fresh(&self) -> bool {
        self.ledger.is_fresh(self.mono(), self.settings.outage_grace)
    }

    /// Whether `path` lies under the reserved prefix.
    pub fn is_reserved(&self, path: &str) -> bool {
        let prefix = self.settings.prefix.as_str();
        path.starts_with(prefix) || prefix.strip_suffix('/') == Some(path)
    }

    /// The holder's standing, if the token is genuine and nothing has ended it.
    pub(crate) fn standing(&self, token: &str) -> Option<Standing> {
        let now = self.now();
        self.genuine(token, now).filter(|s| !s.revoked && (self.can_guard() || self.opens_unheard(s)))
    }

    pub(crate) fn opens(&self, standing: &Standing, scope: &Scope) -> bool {
        self.present(standing, scope).opens(scope, self.now())
    }

    pub(super) fn genuine(&self, token: &str, now: Wall) -> Option<Standing> {
        // Both are asked before what they are about: whatever changes meanwhile is looked at again.
        let (epoch, news) = (self.mint.epoch(), self.ledger.changes());
        if let Some(genuine) = self.reader.find(token, epoch, news, |genuine| self.ledger.is_revoked(&genuine.claims)) {
            return self.mint.is_in_force(&genuine.claims, now).then_some(Standing { genuine, revoked: false });
        }
        let genuine = self.mint.read(token, now)?;
        let revoked = self.ledger.is_revoked(&genuine.claims);
        let genuine = if revoked { genuine } else { self.reader.keep(token, epoch, news, &genuine) };
        Some(Standing { genuine, revoked })
    }

    fn present<'a>(&self, standing: &'a Standing, scope: &Scope) -> Presented<'a> {
        let confirmed =
            standing.claims().scopes.get(scope.name.as_ref()).map_or(Wall::EPOCH, |at| Wall::from_secs(*at));
        Presented {
            claims: standing.claims(),
            holder: standing.holder(),
            revoked: standing.revoked,
            last_use: match scope.idle {
                Some(_) => self.ledger.last_use(&standing.claims().sid, &scope.name, confirmed),
                None => confirmed,
            },
        }
    }

    fn note_use(&self, permit: &Permit, now: Wall) {
        let Need::Otp(scope) = &permit.route().need else { return };
        let session: Option<&SessionId> = permit.holder().map(|h| &h.session);
        if let (Some(session), Some(_)) = (session, scope.idle) {
            self.ledger.used(session, &scope.name, now);
        }
    }
}
