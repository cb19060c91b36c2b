//! What a pass opens, and the rules of proof that belong to it.

use std::sync::Arc;
use std::time::Duration;

use super::contact::Channel;

/// A scope's name, shared by routes, passes and challenges.
pub type ScopeName = Arc<str>;

/// What a pass opens. No weak route opens a strong one, because the rules hang here and not on the route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub name: ScopeName,
    /// How long a confirmation opens it.
    pub max_age: Duration,
    /// How long it stays open without a request; `None` means as long as `max_age`.
    pub idle: Option<Duration>,
    /// The ways that a code may take, in the order in which they are tried.
    pub channels: Vec<Channel>,
    /// Who may have it; empty means every user.
    pub groups: Vec<String>,
}

impl Scope {
    /// Whether a member of `groups` may have this scope.
    pub fn admits(&self, groups: &[String]) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|g| groups.contains(g))
    }
}
