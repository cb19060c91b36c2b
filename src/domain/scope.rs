//! What a pass opens, and the rules of proof that belong to it.

use std::sync::Arc;
use std::time::Duration;

use super::contact::Channel;
use super::emergency::EmergencyRules;
use super::factor::Factor;

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
    /// How people say who they are, in the order in which it is looked for: names of sources, and [`FORM`].
    pub sources: Vec<Arc<str>>,
    /// What a pass for it can be earned with.
    pub factors: Vec<Factor>,
    /// What opens it on the bad night, where anything does.
    pub emergency: Option<EmergencyRules>,
}

/// The source that is always there: our own page, where a name (and a password) is typed.
pub const FORM: &str = "form";

impl Scope {
    /// As it is where the configuration says no more than its name.
    pub fn named(name: &str, max_age: Duration) -> Scope {
        Scope {
            name: name.into(),
            max_age,
            idle: None,
            channels: vec![Channel::Sms],
            groups: Vec::new(),
            sources: vec![FORM.into()],
            factors: vec![Factor::Code],
            emergency: None,
        }
    }

    /// Whether our own page may ask for a name.
    pub fn has_form(&self) -> bool {
        self.sources.iter().any(|source| source.as_ref() == FORM)
    }

    pub fn takes(&self, factor: Factor) -> bool {
        self.factors.contains(&factor)
    }

    /// Whether nothing opens it that a false site could ask for.
    pub fn resists_phishing(&self) -> bool {
        !self.factors.is_empty() && self.factors.iter().all(|factor| factor.resists_phishing())
    }

    /// Whether a member of `groups` may have this scope.
    pub fn admits(&self, groups: &[String]) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|g| groups.contains(g))
    }
}
