//! Who somebody is, as an identity source knows them.

use serde::{Deserialize, Serialize};

use super::contact::{Channel, Phone};
use super::id::UserId;
use super::locale::Locale;
use super::scope::Scope;

/// A person who may meet a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Immutable, whatever the login name becomes.
    pub id: UserId,
    /// The name they type.
    pub login: String,
    /// The name people call them.
    pub name: Option<String>,
    pub phone: Option<Phone>,
    pub email: Option<String>,
    pub groups: Vec<String>,
    pub locale: Option<Locale>,
    /// The ways that their codes may take, in their order; empty means those of the scope, in its order.
    pub channels: Vec<Channel>,
    pub disabled: bool,
}

impl User {
    /// The ways that a code for a scope may take to them: the scope's, narrowed and ordered by their own.
    pub fn ways(&self, scope: &Scope) -> Vec<Channel> {
        match self.channels.as_slice() {
            [] => scope.channels.clone(),
            own => own.iter().copied().filter(|channel| scope.channels.contains(channel)).collect(),
        }
    }
}

/// What an upstream is told about the person; travels encrypted in the pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    #[serde(rename = "u")]
    pub login: String,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(rename = "g", default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

impl Identity {
    /// Only groups that the configuration names travel, so that a pass stays small and tells nothing else.
    pub fn of(user: &User, named_groups: &[String]) -> Identity {
        Identity {
            login: user.login.clone(),
            name: user.name.clone(),
            email: user.email.clone(),
            groups: user.groups.iter().filter(|g| named_groups.contains(g)).cloned().collect(),
        }
    }
}

/// Folds a login name for comparison: people type `Alice`, `alice ` and `ＡＬＩＣＥ` and mean one account.
pub fn fold_login(login: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    // ASCII is its own normal form.
    if login.is_ascii() {
        return login.trim().to_ascii_lowercase();
    }
    login.trim().nfkc().flat_map(char::to_lowercase).collect()
}

/// What is wrong with a login name as an operator wrote it.
pub fn login_fault(login: &str) -> Option<&'static str> {
    if login.trim().is_empty() {
        return Some("a user needs a name");
    }
    if login != login.trim() {
        return Some("a user name neither begins nor ends with a space");
    }
    if login.chars().count() > 128 {
        return Some("a user name has at most 128 characters");
    }
    login.chars().any(char::is_control).then_some("a user name has no control characters")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Channel::{Email, Sms, Voice, Whatsapp};
    use super::*;

    #[test]
    fn somebodys_own_ways_narrow_and_order_those_of_a_scope_and_add_none() {
        let scope = Scope { channels: vec![Sms, Voice, Email], ..Scope::named("records", Duration::from_secs(60)) };
        for (own, ways) in [
            (vec![], vec![Sms, Voice, Email]),
            (vec![Email, Sms], vec![Email, Sms]),
            (vec![Whatsapp, Voice], vec![Voice]),
            (vec![Whatsapp], vec![]),
        ] {
            let user = User {
                id: UserId::from_random([1; 16]),
                login: "alice".to_owned(),
                name: None,
                phone: None,
                email: None,
                groups: Vec::new(),
                locale: None,
                channels: own,
                disabled: false,
            };
            assert_eq!(user.ways(&scope), ways, "{:?}", user.channels);
        }
    }
}
