//! The judgement on one request: pure, and the only place where a [`Permit`] comes from.

use std::sync::Arc;

use super::id::{PassId, SessionId, UserId};
use super::pass::Claims;
use super::path::CanonicalPath;
use super::refusal::Refusal;
use super::route::{Hit, Need, Route};
use super::scope::Scope;
use super::time::Wall;
use super::user::Identity;

/// Exists only if this request may be forwarded. An upstream is picked with nothing else, open routes included, so
/// forgetting to decide can never forward.
#[derive(Debug, Clone)]
pub struct Permit {
    route: Arc<Route>,
    upstream: Arc<str>,
    path: CanonicalPath,
    holder: Option<Arc<Holder>>,
}

impl Permit {
    pub fn route(&self) -> &Arc<Route> {
        &self.route
    }

    pub fn upstream(&self) -> &Arc<str> {
        &self.upstream
    }

    /// The path as it was judged: how the upstream reads it.
    pub fn path(&self) -> &CanonicalPath {
        &self.path
    }

    /// Who the upstream is told about; `None` on an open route.
    pub fn holder(&self) -> Option<&Arc<Holder>> {
        self.holder.as_ref()
    }
}

/// Whose pass it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub user: UserId,
    pub session: SessionId,
    pub pass: PassId,
    pub identity: Identity,
    /// They came in with a sealed code: nobody of the directory, whatever they are called.
    pub emergency: bool,
}

impl Holder {
    /// The name that people are shown for themselves.
    pub fn shown(&self) -> &str {
        self.identity.name.as_deref().unwrap_or(&self.identity.login)
    }
}

/// A pass whose signature and kind were found right, with what this node knows about it.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    pub claims: &'a Claims,
    pub holder: &'a Arc<Holder>,
    pub revoked: bool,
    /// The last request made in this session to the scope that is asked for.
    pub last_use: Wall,
}

/// What becomes of a request on a route.
#[derive(Debug)]
pub enum Verdict {
    Forward(Permit),
    /// It may be a form of the application's own that somebody has to answer for with their phone: who forwards it looks.
    Form(Permit),
    /// A code for this scope is wanted first.
    Challenge(Arc<Scope>),
    Refuse(Refusal),
}

/// Judges a request on the route that it hit, and that came with `pass`.
pub fn judge(hit: Hit<'_>, pass: Option<Presented<'_>>, now: Wall) -> Verdict {
    let route = hit.route;
    let holder = match &route.need {
        Need::Deny => return Verdict::Refuse(Refusal::Denied),
        Need::Open => None,
        Need::Otp(_) if route.form.is_some() => None,
        Need::Otp(scope) => match pass {
            Some(pass) if pass.opens(scope, now) => Some(pass.holder.clone()),
            _ => return Verdict::Challenge(scope.clone()),
        },
    };
    match &route.upstream {
        Some(upstream) => {
            let (route, path) = (route.clone(), hit.path.into_owned());
            let is_form = route.form.is_some();
            let permit = Permit { route, upstream: upstream.clone(), path, holder };
            if is_form { Verdict::Form(permit) } else { Verdict::Forward(permit) }
        }
        None => Verdict::Refuse(Refusal::NoRoute),
    }
}

impl Presented<'_> {
    /// Whether this pass opens the scope: confirmed lately enough, used lately enough, not ended.
    pub fn opens(&self, scope: &Scope, now: Wall) -> bool {
        let idle_over = scope.idle.is_some_and(|idle| now >= self.last_use.plus(idle));
        !self.revoked && !idle_over && self.claims.opens(scope, now)
    }
}

#[cfg(test)]
#[path = "permit/tests.rs"]
mod tests;
