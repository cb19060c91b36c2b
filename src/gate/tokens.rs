//! Hardware tokens, whoever has them: imported with their seeds, given to people, taken back.
//!
//! One sealed record holds them all, so that a token that somebody gives back can be given to somebody else, and no serial
//! number stands for two. What a user proves themselves with is in the user's own record; the two are written one after the
//! other, and each step can be repeated after one that was cut short.

use serde::{Deserialize, Serialize};

use crate::domain::enrolment::Stepper;
use crate::domain::event::{Event, What};
use crate::domain::id::UserId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;
use crate::domain::user::User;

use super::Gate;
use super::begin::RACES;
use super::enrol::{By, Change, NotEnrolled};
use super::seams::{Seen, Step};

/// Tokens that are kept; bounds the record.
pub const MOST_TOKENS: usize = 10_000;

/// A token, and who has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub token: Stepper,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub id: UserId,
    /// As it was when the token was given out.
    pub login: String,
}

/// All tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Drawer {
    tokens: Vec<Held>,
}

impl Drawer {
    fn find(&mut self, serial: &str) -> Result<&mut Held, NotEnrolled> {
        self.tokens.iter_mut().find(|held| held.token.id == serial).ok_or(NotEnrolled::NotThere)
    }
}

impl Gate {
    /// Every token that was imported.
    pub async fn tokens(&self) -> Result<Vec<Held>, Refusal> {
        Ok(self.drawer().await?.value.tokens)
    }

    /// Keeps tokens that belong to nobody yet; those that are there already, with the same seed, stay as they are. How many
    /// are new. A serial number with another seed changes nothing at all.
    pub async fn import_tokens(&self, actor: &str, tokens: &[Stepper], now: Wall) -> Result<usize, NotEnrolled> {
        let event = Event::new(What::TokensImported).actor(actor).detail(format!("{} tokens", tokens.len()));
        self.change_drawer(event, |drawer| {
            let mut new = 0;
            for token in tokens {
                match drawer.tokens.iter().find(|held| held.token.id == token.id) {
                    Some(held) if held.token.seed != token.seed => return Err(NotEnrolled::AlreadyThere),
                    Some(_) => {}
                    None => {
                        new += 1;
                        drawer.tokens.push(Held { token: Stepper { added: now, ..token.clone() }, owner: None });
                    }
                }
            }
            if drawer.tokens.len() > MOST_TOKENS { Err(NotEnrolled::TooMany) } else { Ok(new) }
        })
        .await
    }

    /// Gives a token to somebody. Once more for the same person does what may be missing.
    pub async fn assign_token(&self, change: &Change<'_>, serial: &str) -> Result<Stepper, NotEnrolled> {
        let owner = Owner { id: change.user.id.clone(), login: change.user.login.clone() };
        let event = change.event(What::FactorAdded, &format!("token {serial} is theirs"));
        let token = self
            .change_drawer(event, |drawer| {
                let held = drawer.find(serial)?;
                if held.owner.as_ref().is_some_and(|other| other.id != owner.id) {
                    return Err(NotEnrolled::AlreadyThere);
                }
                held.owner = Some(owner.clone());
                Ok(held.token.clone())
            })
            .await?;
        match self.add_stepper(change, token.clone(), None).await {
            Err(NotEnrolled::AlreadyThere) => Ok(token),
            done => done,
        }
    }

    /// Takes a token from whoever has it; with `for_good` nobody can have it any more. Who had it.
    pub async fn release_token(&self, by: By<'_>, serial: &str, for_good: bool) -> Result<Option<Owner>, NotEnrolled> {
        let held = self.tokens().await?.into_iter().find(|held| held.token.id == serial);
        let held = held.ok_or(NotEnrolled::NotThere)?;
        let mut token = held.token;
        if let Some(owner) = &held.owner {
            // They may be gone from the directory by now; what is enrolled hangs on the id.
            let user = nameless(owner);
            match self.remove_stepper(&Change { user: &user, by }, serial).await {
                Ok(removed) => token = removed,
                Err(NotEnrolled::NotThere) => {}
                Err(other) => return Err(other),
            }
        }
        let owner = held.owner.clone();
        let nobody = Owner { id: UserId::from_random([0; 16]), login: String::new() };
        let user = nameless(owner.as_ref().unwrap_or(&nobody));
        let what = if for_good { "is not kept any more" } else { "is nobody's" };
        let event = Change { user: &user, by }.event(What::FactorRemoved, &format!("token {serial} {what}"));
        let event = Event { user: owner.as_ref().map(|owner| owner.login.clone()), ..event };
        self.change_drawer(event, |drawer| {
            let held = drawer.find(serial)?;
            if held.owner != owner {
                return Err(NotEnrolled::Stale);
            }
            // The next owner cannot use a code that this one read.
            *held = Held { token: token.clone(), owner: None };
            if for_good {
                drawer.tokens.retain(|held| held.token.id != serial);
            }
            Ok(())
        })
        .await?;
        Ok(held.owner)
    }

    async fn drawer(&self) -> Result<Seen<Drawer>, Refusal> {
        let id = self.drawer_id();
        let seen = self.store.enrolments(&id).await.map_err(|e| self.outage(&e))?;
        if seen.version == 0 {
            return Ok(Seen { value: Drawer::default(), version: 0 });
        }
        let clear = self.seals.open_enrolments(&id, &seen.value);
        let value = clear.and_then(|clear| serde_json::from_slice(&clear).ok()).ok_or_else(|| {
            tracing::error!("the tokens cannot be read; were they written with another key file?");
            Refusal::Outage
        })?;
        Ok(Seen { value, version: seen.version })
    }

    async fn change_drawer<T>(
        &self,
        event: Event,
        change: impl Fn(&mut Drawer) -> Result<T, NotEnrolled>,
    ) -> Result<T, NotEnrolled> {
        let (id, mut event) = (self.drawer_id(), Some(event));
        for _ in 0..RACES {
            let mut seen = self.drawer().await?;
            let done = change(&mut seen.value)?;
            if let Some(event) = event.take() {
                self.decide(event).await?;
            }
            let clear = serde_json::to_vec(&seen.value).map_err(|e| self.outage(&e))?;
            let value = self.seals.seal_enrolments(self.world.as_ref(), &id, &clear);
            let record = (id.clone(), Seen { value, version: seen.version });
            let step = Step { enrolments: Some(record), ..Step::default() };
            if self.store.swap(step).await.map_err(|e| self.outage(&e))? {
                return Ok(done);
            }
        }
        Err(NotEnrolled::Refused(Refusal::Outage))
    }

    /// Where the tokens lie: an id that nobody has, by the key file.
    fn drawer_id(&self) -> UserId {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.seals.alias("drawer", "tokens")[..16]);
        UserId::from_random(bytes)
    }
}

/// A user of whom no more is known.
fn nameless(owner: &Owner) -> User {
    User {
        id: owner.id.clone(),
        login: owner.login.clone(),
        name: None,
        phone: None,
        email: None,
        groups: Vec::new(),
        channels: Vec::new(),
        locale: None,
        disabled: false,
    }
}
