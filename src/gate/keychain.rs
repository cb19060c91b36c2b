//! A person's own passkeys: shown, made and removed. Every change has the course that [`super::me`] draws.

use crate::domain::enrolment::{Enrolments, KeyAsked, MOST_PASSKEYS, Passkey};
use crate::domain::event::What;
use crate::domain::notice::Notice;
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;

use super::enrol::{By, Change, NotEnrolled};
use super::me::{Owner, Unchanged};
use super::seams::{KeyFault, KeyOwner};
use super::{Caller, Gate};

/// Letters of a label; it is the owner's own word for a key.
const LONGEST_LABEL: usize = 40;

/// A key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    pub label: String,
    pub added: Wall,
    pub used: Option<Wall>,
}

/// Somebody's keys, and what changing them takes.
#[derive(Debug, Clone)]
pub struct Keychain {
    pub keys: Vec<Listed>,
    /// The scope that has to be confirmed first, where that was not done lately.
    pub confirm: Option<String>,
}

impl Gate {
    /// The passkeys of whoever holds the caller's pass.
    pub async fn keychain(&self, caller: &Caller) -> Result<Keychain, Refusal> {
        let owner = self.owner(caller).await?;
        let confirm = match self.demand_fresh(&owner) {
            Err(Unchanged::Stale(scope)) => Some(scope),
            Err(Unchanged::Refused(refusal)) => return Err(refusal),
            Ok(()) | Err(Unchanged::Not(_)) => None,
        };
        Ok(Keychain { keys: owner.enrolled.value.passkeys.iter().map(listed).collect(), confirm })
    }

    /// What the caller's browser is to ask an authenticator to make a key for, as JSON. One question is open at a time.
    pub async fn ask_new_passkey(&self, caller: &Caller) -> Result<String, Unchanged> {
        let judge = self.key_judge()?;
        let owner = self.owner(caller).await?;
        self.demand_fresh(&owner)?;
        let held = &owner.enrolled.value.passkeys;
        if held.len() >= MOST_PASSKEYS {
            return Err(Refusal::PasskeysFull.into());
        }
        let question = judge.ask_new(&self.key_owner(&owner), held).map_err(|e| self.outage(&e))?;
        let mut enrolled = owner.enrolled;
        let (state, session) = (question.state, owner.session);
        enrolled.value.key_asked = Some(KeyAsked { state, at: self.now(), session });
        self.keep(&owner.user.id, enrolled).await?;
        Ok(question.options)
    }

    /// As an authenticator keeps and shows them. What stands for them there says nothing to anybody else.
    fn key_owner(&self, owner: &Owner) -> KeyOwner {
        let mut handle = [0; 16];
        handle.copy_from_slice(&self.seals.alias("passkey owner", owner.user.id.as_str())[..16]);
        let login = owner.user.login.clone();
        KeyOwner { handle, name: owner.user.name.clone().unwrap_or_else(|| login.clone()), login }
    }

    /// Takes in the key that an authenticator made, under the name that its owner gives it.
    pub async fn add_passkey(&self, caller: &Caller, label: &str, answer: &str) -> Result<Listed, Unchanged> {
        let judge = self.key_judge()?;
        let owner = self.owner(caller).await?;
        self.demand_fresh(&owner)?;
        let asked = owner.enrolled.value.key_asked.clone();
        let asked = asked.filter(|asked| asked.awaits(&owner.session, self.now())).ok_or(Refusal::PasskeyNotAsked)?;
        let change = Change { user: &owner.user, by: By::Owner(caller) };
        let file = match judge.take_new(&asked.state, answer) {
            Ok(file) => file,
            Err(KeyFault::Malformed) => return Err(Refusal::Malformed(NO_ANSWER).into()),
            Err(fault @ KeyFault::Broken(_)) => return Err(self.outage(&fault).into()),
            Err(fault) => {
                let told = format!("passkey: {fault}");
                self.enrol(&change, What::FactorRefused, &told, |all, _| end(all, &asked)).await.map_err(not_added)?;
                return Err(Refusal::PasskeyNotTaken.into());
            }
        };
        let label = label_of(label);
        let amendment = self.prepare(caller, &owner, Notice::Added).await?;
        let told = format!("passkey {label}");
        let added = self.enrol(&change, What::FactorAdded, told.trim_end(), |all, now| {
            end(all, &asked)?;
            if all.passkeys.iter().any(|key| key.id == file.id) {
                return Err(NotEnrolled::AlreadyThere);
            }
            if all.passkeys.len() >= MOST_PASSKEYS {
                return Err(NotEnrolled::TooMany);
            }
            let (id, credential) = (file.id.clone(), file.credential.clone());
            let key = Passkey { id, label: label.clone(), credential, added: now, used: None };
            all.passkeys.push(key.clone());
            Ok(listed(&key))
        });
        let added = added.await.map_err(not_added)?;
        self.finish(caller, &owner, amendment).await?;
        Ok(added)
    }

    /// Removes a key, unless nothing else opens what it opens. One that is not there is removed already.
    pub async fn remove_passkey(&self, caller: &Caller, id: &str) -> Result<(), Unchanged> {
        let owner = self.owner(caller).await?;
        let mut after = owner.enrolled.value.clone();
        let Some(at) = after.passkeys.iter().position(|key| key.id == id) else { return Ok(()) };
        let told = format!("passkey {}", after.passkeys.remove(at).label);
        self.demand_fresh(&owner)?;
        self.demand_way_left(&owner, &after)?;
        let amendment = self.prepare(caller, &owner, Notice::Removed).await?;
        let change = Change { user: &owner.user, by: By::Owner(caller) };
        let removed = self.enrol(&change, What::FactorRemoved, told.trim_end(), |all, _| {
            all.passkeys.retain(|key| key.id != id);
            Ok(())
        });
        removed.await?;
        self.finish(caller, &owner, amendment).await?;
        Ok(())
    }
}

pub(super) const NO_ANSWER: &str = "that is not what an authenticator answers";

/// A question takes one answer.
fn end(all: &mut Enrolments, asked: &KeyAsked) -> Result<(), NotEnrolled> {
    let open = all.key_asked.take();
    if open.as_ref() == Some(asked) { Ok(()) } else { Err(NotEnrolled::Stale) }
}

fn not_added(not: NotEnrolled) -> Unchanged {
    match not {
        NotEnrolled::Stale => Refusal::PasskeyNotAsked.into(),
        NotEnrolled::TooMany => Refusal::PasskeysFull.into(),
        NotEnrolled::AlreadyThere => Refusal::PasskeyNotTaken.into(),
        other => other.into(),
    }
}

fn listed(key: &Passkey) -> Listed {
    Listed { id: key.id.clone(), label: key.label.clone(), added: key.added, used: key.used }
}

/// The owner's name for a key, on one line; empty where they gave none.
fn label_of(typed: &str) -> String {
    let line: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(LONGEST_LABEL).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_short_line() {
        assert_eq!(label_of("  Work laptop\n"), "Work laptop");
        assert_eq!(label_of("a\u{0}b\r\nc"), "a b  c");
        assert_eq!(label_of(&"鍵".repeat(100)).chars().count(), LONGEST_LABEL);
        assert_eq!(label_of("   "), "");
    }
}
