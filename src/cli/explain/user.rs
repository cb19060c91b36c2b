//! What a named user would get.

use crate::domain::bill::Barred;
use crate::domain::contact::{Address, Channel, NumberKind};
use crate::domain::factor::Factor;
use crate::domain::scope::Scope;
use crate::domain::user::User;

use super::{Explanation, Fault};

impl Explanation<'_> {
    pub(super) fn user(&mut self, name: &str, scope: &Scope) -> Result<(), Fault> {
        let found = (self.knowledge.lookup)(&self.config.identity, name);
        let user = found.map_err(|error| Fault::Failed(format!("cannot look up `{name}`: {error:#}")))?;
        let told = match user {
            Some(user) => self.chances(&user, scope),
            None => format!("there is no user `{name}`; callers are told the same as of a wrong password"),
        };
        Ok(self.line("user", &told)?)
    }

    /// The first thing that stands between the user and a code, or what they would get.
    fn chances(&self, user: &User, scope: &Scope) -> String {
        let login = &user.login;
        if user.disabled {
            return format!("`{login}` is disabled, so no code and no pass");
        }
        if !scope.admits(&user.groups) {
            let mine = if user.groups.is_empty() { "no group".to_owned() } else { user.groups.join(", ") };
            let wanted = scope.groups.join(", ");
            return format!(
                "`{login}` may not have `{}`: it wants one of {wanted}, and they are in {mine}",
                scope.name
            );
        }
        if !scope.takes(Factor::Code) {
            let first = if self.config.identity.password { "after the password, " } else { "" };
            let names: Vec<&str> = scope.factors.iter().map(|factor| factor.name()).collect();
            let all = names.join(", ");
            return format!("`{login}` may have `{}`: {first}whatever they have of {all}; no code is sent", scope.name);
        }
        let ways = user.ways(scope);
        if ways.is_empty() {
            let own: Vec<_> = user.channels.iter().map(|channel| channel.name()).collect();
            return format!("`{login}` takes codes by {} alone, and `{}` sends none so", own.join(" and "), scope.name);
        }
        let Some(phone) = &user.phone else {
            return format!("`{login}` has no telephone number, so no code can be sent");
        };
        let address = Address::Phone(phone.clone());
        match self.config.gate.sending.allows(Channel::Sms, &address) {
            Ok(()) => {}
            Err(Barred::Kind(NumberKind::Special)) => {
                return format!("`{login}` has a number ({phone}) of a kind that is never sent to");
            }
            Err(Barred::Kind(kind)) => {
                let kind = match kind {
                    NumberKind::Fixed => "a fixed line",
                    NumberKind::Voip => "internet telephony",
                    _ => "a mobile telephone",
                };
                return format!("`{login}` has a number ({phone}) of {kind}, which [sms] number_types does not allow");
            }
            Err(_) => {
                let region = phone.region();
                let where_to = region.map_or_else(|| "no known country".to_owned(), |region| region.code());
                return format!("`{login}` has a number ({phone}) of {where_to}, which [sms] countries does not allow");
            }
        }
        let first = if self.config.identity.password { "after the password, " } else { "" };
        format!("`{login}` may have `{}`: {first}a code goes to {phone}", scope.name)
    }
}
