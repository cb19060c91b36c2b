//! Routes: which requests are guarded, by what, and where they go. The first that matches decides.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::path::CanonicalPath;
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
    pub bounds: Bounds,
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
    pub path: &'a CanonicalPath,
    pub client: IpAddr,
}

impl Route {
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.matches_host(facts.host)
            && self.matches_method(facts.method)
            && self.path.matches(facts.path)
            && (self.from.is_empty() || self.from.iter().any(|net| net.contains(&facts.client)))
    }

    pub fn matches_host(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|pattern| host_covers(pattern, host))
    }

    pub fn matches_method(&self, method: &str) -> bool {
        let named = |m: &str| self.methods.iter().any(|known| known == m);
        self.methods.is_empty() || named(method) || (method == "HEAD" && named("GET"))
    }

    /// The record that this path is about, as `id=4711`; several captures are joined by a comma.
    pub fn object_of(&self, path: &CanonicalPath) -> Option<String> {
        let found: BTreeMap<String, String> = self.object.as_ref()?.capture_prefix(path)?;
        Some(found.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(","))
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
        hosts && methods && networks && self.path.covers(&other.path)
    }
}

fn host_covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(suffix) => host.strip_suffix(suffix).is_some_and(|head| head.len() > 1 && head.ends_with('.')),
        None => pattern == host,
    }
}

/// All routes, in the order of the configuration.
#[derive(Debug, Clone, Default)]
pub struct RouteTable(pub Vec<Arc<Route>>);

impl RouteTable {
    /// The first route that matches; no route means refused.
    pub fn find(&self, facts: &Facts<'_>) -> Option<&Arc<Route>> {
        self.0.iter().find(|route| route.matches(facts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Route {
        Route {
            name: "r".into(),
            hosts: Vec::new(),
            path: PathPattern::parse(path).expect("pattern"),
            methods: Vec::new(),
            from: Vec::new(),
            need: Need::Open,
            upstream: None,
            object: None,
            bounds: Bounds::default(),
        }
    }

    fn hit(route: &Route, method: &str, host: &str, path: &str, client: &str) -> bool {
        let path = CanonicalPath::read(path.as_bytes()).expect("path");
        route.matches(&Facts { method, host, path: &path, client: client.parse().expect("address") })
    }

    #[test]
    fn each_condition_counts() {
        let r = Route {
            hosts: vec!["a.jp".to_owned(), "*.b.jp".to_owned()],
            methods: vec!["GET".to_owned()],
            from: vec!["10.0.0.0/8".parse().expect("net")],
            ..route("/x/**")
        };
        assert!(hit(&r, "GET", "a.jp", "/x/1", "10.1.2.3"));
        assert!(hit(&r, "HEAD", "c.b.jp", "/x", "10.1.2.3"));
        assert!(!hit(&r, "POST", "a.jp", "/x", "10.1.2.3"));
        assert!(!hit(&r, "GET", "b.jp", "/x", "10.1.2.3"));
        assert!(!hit(&r, "GET", "evilb.jp", "/x", "10.1.2.3"));
        assert!(!hit(&r, "GET", "a.jp", "/y", "10.1.2.3"));
        assert!(!hit(&r, "GET", "a.jp", "/x", "192.0.2.1"));
    }

    #[test]
    fn the_first_match_wins_and_no_match_is_none() {
        let table = RouteTable(vec![Arc::new(Route { need: Need::Deny, ..route("/a/**") }), Arc::new(route("/a/b"))]);
        let path = CanonicalPath::read(b"/a/b").expect("path");
        let client = "192.0.2.1".parse().expect("address");
        let facts = |path| Facts { method: "GET", host: "h", path, client };
        assert_eq!(table.find(&facts(&path)).map(|r| &r.need), Some(&Need::Deny));
        let other = CanonicalPath::read(b"/b").expect("path");
        assert!(table.find(&facts(&other)).is_none());
        assert!(table.0[0].shadows(&table.0[1]));
        assert!(!table.0[1].shadows(&table.0[0]));
    }

    #[test]
    fn a_route_limited_to_a_network_shadows_nobody_outside_it() {
        let inside = Route { from: vec!["10.0.0.0/8".parse().expect("net")], ..route("/**") };
        assert!(!inside.shadows(&route("/a")));
        assert!(route("/**").shadows(&inside));
    }
}
