//! Routes: which requests are guarded, by what, and where they go. The first that matches decides ([`RouteTable`]).

mod index;
mod table;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::app_form::AppForm;
use super::path::allow::{Allowances, Case};
use super::path::fold::View;
use super::path::{CanonicalPath, RequestPath};
use super::pattern::PathPattern;
use super::scope::Scope;

/// What a route demands before a request is forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    Open,
    Deny,
    Otp(Arc<Scope>),
}

/// One rule of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// As the configuration names it, or its place in the table (`route 3`).
    pub name: Arc<str>,
    /// Hosts in canonical form; empty means every host that is served. `*.example.jp` covers one label and more.
    pub hosts: Vec<String>,
    pub path: PathPattern,
    /// Empty means every allowed method. `GET` covers `HEAD`.
    pub methods: Vec<String>,
    /// Source networks; empty means any.
    pub from: Vec<IpNet>,
    pub need: Need,
    /// `None` only where nothing is ever forwarded.
    pub upstream: Option<Arc<str>>,
    /// Says in the audit which record a request was about.
    pub object: Option<PathPattern>,
    /// Requests by which people leave the application; whoever makes one leaves us too.
    pub end_on: Vec<Ending>,
    /// The application's own form, whose sender proves their phone; then no pass is asked for here.
    pub form: Option<Arc<AppForm>>,
    pub bounds: Bounds,
    /// How its upstream reads paths.
    pub allow: Allowances,
}

/// The application's own logout, as it is requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Any but `HEAD` and `OPTIONS` without.
    pub method: Option<String>,
    pub path: PathPattern,
}

/// A route's name in a sentence: `route ward`, and `route 3` of one that is called by its place.
pub fn called(name: &str) -> Cow<'_, str> {
    if name.starts_with("route ") { name.into() } else { format!("route {name}").into() }
}

/// How much and how slow a forwarded request may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of its body; no limit without.
    pub body: Option<u64>,
    /// How long the upstream may be silent; its own limit without.
    pub silence: Option<Duration>,
}

/// What a rule can look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub method: &'a str,
    pub host: &'a str,
    pub path: &'a RequestPath,
    pub client: IpAddr,
}

impl Route {
    /// Whether everything but the path fits.
    pub fn fits(&self, facts: &Facts<'_>) -> bool {
        self.matches_host(facts.host) && self.matches_method(facts.method) && self.matches_client(facts.client)
    }

    pub fn matches_client(&self, client: IpAddr) -> bool {
        self.from.is_empty() || self.from.iter().any(|net| net.contains(&client))
    }

    pub fn matches_host(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|pattern| host_covers(pattern, host))
    }

    pub fn matches_method(&self, method: &str) -> bool {
        let named = |m: &str| self.methods.iter().any(|known| known == m);
        self.methods.is_empty() || named(method) || (method == "HEAD" && named("GET"))
    }

    /// Whether a request that this route forwards is the application's logout. `HEAD` and `OPTIONS` never are: they ask about
    /// a page and do nothing.
    pub fn ends(&self, method: &str, path: &CanonicalPath) -> bool {
        let named = |ending: &Ending| match &ending.method {
            Some(named) => named == method,
            None => !matches!(method, "HEAD" | "OPTIONS"),
        };
        let there = |ending: &Ending| match self.view() {
            View::Exact => ending.path.matches(path),
            view => path.seen(view).is_some_and(|path| ending.path.seen(view).matches(&path)),
        };
        self.end_on.iter().any(|ending| named(ending) && there(ending))
    }

    /// The record that this path is about, as `id=4711`; several captures are joined by a comma.
    pub fn object_of(&self, path: &CanonicalPath) -> Option<String> {
        let object = self.object.as_ref()?;
        let found: BTreeMap<String, String> = match self.view() {
            View::Exact => object.capture_prefix(path, View::Exact)?,
            view => object.seen(view).capture_prefix(path, view)?,
        };
        Some(found.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(","))
    }

    /// How paths are compared with this route's own pattern.
    fn view(&self) -> View {
        match self.allow.case {
            Case::Sensitive => View::Exact,
            Case::Insensitive => View::Ascii,
        }
    }

    /// Whether every request that `other` matches is taken by this route first.
    pub fn shadows(&self, other: &Route) -> bool {
        let hosts = self.hosts.is_empty()
            || (!other.hosts.is_empty()
                && other.hosts.iter().all(|h| self.hosts.iter().any(|p| p == h || host_covers(p, h))));
        let methods = self.methods.is_empty()
            || (!other.methods.is_empty() && other.methods.iter().all(|m| self.matches_method(m)));
        let networks = self.from.is_empty()
            || (!other.from.is_empty() && other.from.iter().all(|n| self.from.iter().any(|mine| mine.contains(n))));
        let paths = match self.view() {
            View::Exact => other.view() == View::Exact && self.path.covers(&other.path),
            view => self.path.seen(view).covers(&other.path.seen(view)),
        };
        hosts && methods && networks && paths
    }
}

fn host_covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(suffix) => host.strip_suffix(suffix).is_some_and(|head| head.len() > 1 && head.ends_with('.')),
        None => pattern == host,
    }
}

pub use table::{Hit, RouteTable};

#[cfg(test)]
#[path = "route/tests.rs"]
mod tests;
