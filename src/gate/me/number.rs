//! Another number, proven by a code that was sent to it.
//!
//! ```text
//! ask ── code to the new number ──▶ prove ──▶ written, old contacts told, other sessions ended
//!                                     │ with approval
//!                                     └─────▶ waits, old contacts told ── operator ──▶ written, every session ended
//! ```
//!
//! A password alone gets nobody here: whoever has no number and no other factor has no pass, and begins with a bypass that a
//! help desk gave them. Whether somebody else has the number is told only to who has just proven that it is theirs.

use std::time::Duration;

use crate::domain::contact::{Address, Channel, Contact, Phone};
use crate::domain::enrolment::{Enrolments, NewNumber};
use crate::domain::event::{Event, What};
use crate::domain::id::{ChallengeId, UserId};
use crate::domain::notice::Notice;
use crate::domain::refusal::Refusal;
use crate::domain::user::User;

use super::{NumberRule, Owner, Unchanged, Why};
use crate::gate::begin::RACES;
use crate::gate::bill::Bill;
use crate::gate::operate::NotDone;
use crate::gate::purse::Payer;
use crate::gate::seams::{Endpoint, Parcel, Revoked, random16};
use crate::gate::{Caller, Gate};

/// How long an operator has to agree.
const WAITS: Duration = Duration::from_secs(7 * 24 * 3600);

/// A number on its way to become somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberDesk {
    /// Masked.
    pub to: String,
    pub channel: Channel,
    /// Whether it is proven, and waits for an operator.
    pub waits: bool,
    pub length: usize,
    pub tries_left: u8,
}

/// What came of a right code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    Changed,
    /// An operator has to agree.
    Waits,
}

impl Gate {
    pub(super) fn number_desk(&self, enrolled: &Enrolments) -> Option<NumberDesk> {
        let number = enrolled.number.as_ref().filter(|number| self.now() < number.ends)?;
        Some(NumberDesk {
            to: number.phone.masked(),
            channel: number.channel,
            waits: number.proven.is_some(),
            length: self.settings.challenge.shape.length,
            tries_left: number.tries_left,
        })
    }

    /// The number that is on its way to become theirs.
    pub fn number_of(&self, owner: &Owner) -> Option<NumberDesk> {
        self.number_desk(&owner.enrolled.value)
    }

    /// Whether the user may have another number by their own wish.
    pub async fn demand_number_desk(&self, owner: &Owner) -> Result<(), Unchanged> {
        if self.office.rules.number == NumberRule::Off || !self.is_kept(&owner.user.id).await? {
            return Err(Unchanged::Not(Why::NotAllowed));
        }
        self.demand_fresh(owner)
    }

    /// Sends a code to the number that was typed.
    pub async fn ask_number(&self, caller: &Caller, typed: &str) -> Result<(), Unchanged> {
        self.turnstile.pass(Endpoint::Begin, caller.client).map_err(Refusal::Limited)?;
        let owner = self.owner(caller).await?;
        self.demand_number_desk(&owner).await?;
        let region = self.office.rules.region.ok_or(Unchanged::Not(Why::NotANumber))?;
        let phone = Phone::parse(typed, region).map_err(|_| Unchanged::Not(Why::NotANumber))?;
        if owner.user.phone.as_ref() == Some(&phone) {
            return Err(Unchanged::Not(Why::SameNumber));
        }
        let contact = self.way_to(&owner.user, &phone).ok_or(Unchanged::Not(Why::NumberBarred))?;
        let (now, rules, world) = (self.now(), &self.settings.challenge, self.world.as_ref());
        let mut seen = owner.enrolled.clone();
        if let Some(before) = seen.value.number.as_ref().filter(|before| before.proven.is_none()) {
            let again = before.sent.plus(rules.resend_after);
            if now < again && before.sent <= now {
                return Err(Refusal::Cooling(now.until(again)).into());
            }
        }
        self.check_number(Some(caller), Some(&contact), true).await?;
        let account = crate::domain::account::AccountKey::of_user(&owner.user.id);
        let purse = self.number_purse(&phone);
        let locale = owner.user.locale.unwrap_or(caller.locale);
        let bill = Bill::new(Payer::operator(&purse, &account), Some(&contact), locale, Some(caller.client));
        if !self.pay(Some(caller), bill).await?.sends {
            return Err(Unchanged::Not(Why::NumberBarred));
        }
        let id = ChallengeId::from_random(random16(world));
        let code = rules.shape.draw(|pool| world.fill(pool));
        seen.value.number = Some(NewNumber {
            mac: self.seals.printed_mac(&owner.user.id, &bound(&id, &phone, code.expose())),
            id: id.clone(),
            channel: contact.channel,
            sent: now,
            ends: now.plus(rules.life),
            tries_left: rules.tries,
            proven: None,
            phone,
        });
        self.keep(&owner.user.id, seen).await?;
        let told = self.event(What::NumberAsked, caller).user(&owner.user.login).channel(contact.channel);
        self.decide(told.challenge(&id).detail(format!("{}", contact.address))).await?;
        let parcel = Parcel {
            challenge: id,
            send: 1,
            contact,
            locale,
            scope: String::new(),
            route: None,
            code,
            life: rules.life,
            notice: None,
        };
        self.outbox.post(parcel).map_err(|_| Refusal::Outage)?;
        Ok(())
    }

    /// Judges the code that the new number got. A right one counts once.
    pub async fn prove_number(&self, caller: &Caller, entry: &str) -> Result<Proven, Unchanged> {
        self.turnstile.pass(Endpoint::Verify, caller.client).map_err(Refusal::Limited)?;
        let code = self.settings.challenge.shape.read(entry).ok_or(Refusal::NotACode)?;
        for _ in 0..RACES {
            let owner = self.owner(caller).await?;
            self.demand_number_desk(&owner).await?;
            let mut seen = owner.enrolled.clone();
            let live = |number: &&NewNumber| number.proven.is_none() && self.now() < number.ends;
            let number = seen.value.number.as_ref().filter(live).cloned().ok_or(Unchanged::Not(Why::Missing))?;
            let user = &owner.user.id;
            let judged = self.seals.is_printed(user, &bound(&number.id, &number.phone, code.expose()), &number.mac);
            if judged {
                return self.take_number(caller, &owner, number).await;
            }
            let tries_left = number.tries_left.saturating_sub(1);
            seen.value.number = (tries_left > 0).then_some(NewNumber { tries_left, ..number.clone() });
            match self.keep(user, seen).await {
                Err(Unchanged::Not(Why::Raced)) => continue,
                kept => kept?,
            }
            let told = self.event(What::AuthnLoginFail, caller).user(&owner.user.login).challenge(&number.id);
            self.decide(told.detail("a code for a new number")).await?;
            self.count_failure().await?;
            return Err(Refusal::WrongCode { tries_left }.into());
        }
        Err(Refusal::Outage.into())
    }

    /// The number is proven to be theirs.
    async fn take_number(&self, caller: &Caller, owner: &Owner, number: NewNumber) -> Result<Proven, Unchanged> {
        let mut seen = owner.enrolled.clone();
        let (user, phone) = (&owner.user, number.phone.clone());
        if self.is_taken(&phone, &user.id).await? {
            seen.value.number = None;
            self.keep(&user.id, seen).await?;
            let told = self.event(What::AuthzFail, caller).user(&user.login);
            self.decide(told.detail(format!("another user has the number {phone}"))).await?;
            return Err(Unchanged::Not(Why::NumberTaken));
        }
        let approval = self.office.rules.number == NumberRule::Approval;
        let notice = if approval { Notice::NumberAsked } else { Notice::NumberChanged };
        let change = self.prepare(caller, owner, notice).await?;
        if approval {
            let now = self.now();
            let waiting = NewNumber { proven: Some(now), ends: now.plus(WAITS), mac: String::new(), ..number };
            seen.value.number = Some(waiting);
            self.keep(&user.id, seen).await?;
            let told = self.event(What::NumberAsked, caller).user(&user.login);
            self.decide(told.detail(format!("{phone} is proven and waits for an operator"))).await?;
            self.tell_owner(caller, owner, change).await?;
            return Ok(Proven::Waits);
        }
        // Of several who send the right code at once, one takes it.
        seen.value.number = None;
        self.keep(&user.id, seen).await?;
        let told = self.event(What::UserUpdated, caller).user(&user.login);
        self.decide(told.detail(changed(user, &phone, "by the user themselves"))).await?;
        self.write_number(user, &phone).await?;
        self.finish(caller, owner, change).await?;
        Ok(Proven::Changed)
    }

    /// Wants the number no more.
    pub async fn drop_number(&self, caller: &Caller) -> Result<(), Unchanged> {
        let owner = self.owner(caller).await?;
        let mut seen = owner.enrolled.clone();
        if seen.value.number.take().is_none() {
            return Ok(());
        }
        self.keep(&owner.user.id, seen).await
    }

    /// The number that a user has proven and an operator has to agree to.
    pub async fn waiting_number(&self, user: &UserId) -> Result<Option<Phone>, NotDone> {
        let seen = self.enrolled(user).await.map_err(|_| NotDone::Outage)?;
        let waits = |number: &NewNumber| number.proven.is_some() && self.now() < number.ends;
        Ok(seen.value.number.filter(waits).map(|number| number.phone))
    }

    /// An operator agrees to the number that waits, or does not; `false` where none waits. Every session of theirs ends with
    /// the old number.
    pub async fn approve_number(&self, user: &User, agrees: bool, actor: &str) -> Result<bool, NotDone> {
        let Some(phone) = self.waiting_number(&user.id).await? else { return Ok(false) };
        if agrees && self.is_taken(&phone, &user.id).await.map_err(|_| NotDone::Outage)? {
            return Err(NotDone::NumberTaken);
        }
        let mut seen = self.enrolled(&user.id).await.map_err(|_| NotDone::Outage)?;
        if seen.value.number.take().is_none_or(|number| number.phone != phone) {
            return Err(NotDone::Raced);
        }
        let detail = if agrees {
            changed(user, &phone, "as they asked for")
        } else {
            format!("the number {phone}, as they asked for, is refused")
        };
        self.witness.decide(Event::new(What::UserUpdated).user(&user.login).detail(detail).actor(actor)).await?;
        self.keep(&user.id, seen).await.map_err(|_| NotDone::Raced)?;
        if agrees {
            self.write_number(user, &phone).await.map_err(|_| NotDone::Raced)?;
            let told = Event::new(What::AuthnTokenRevoked).user(&user.login).actor(actor);
            self.end(Revoked::User(user.id.clone()), told.detail(Notice::NumberChanged.name())).await?;
        }
        Ok(true)
    }

    async fn write_number(&self, user: &User, phone: &Phone) -> Result<(), Unchanged> {
        let registry = self.office.registry.as_ref().ok_or(Unchanged::Not(Why::NotAllowed))?;
        let alone = self.office.rules.unique_number;
        let written = registry.renumber(&user.id, user.phone.as_ref(), phone, alone, self.now()).await;
        match written.map_err(|e| self.outage(&e))? {
            true => Ok(()),
            false => Err(Unchanged::Not(Why::Raced)),
        }
    }

    async fn is_taken(&self, phone: &Phone, user: &UserId) -> Result<bool, Refusal> {
        match self.office.registry.as_ref().filter(|_| self.office.rules.unique_number) {
            Some(registry) => registry.is_taken(phone, user).await.map_err(|e| self.outage(&e)),
            None => Ok(false),
        }
    }

    /// The first way of a scope of theirs by which a code of ours may go to the number.
    fn way_to(&self, user: &User, phone: &Phone) -> Option<Contact> {
        let scopes = self.settings.scopes.values().filter(|scope| scope.admits(&user.groups));
        let ways = scopes.flat_map(|scope| scope.channels.iter().copied()).filter(|way| *way != Channel::Email);
        let contact = |channel| Contact { channel, address: Address::Phone(phone.clone()) };
        let mut ways = ways.filter(|way| self.makers.making(*way).is_none()).map(contact);
        ways.find(|way| self.may_write_to(way))
    }
}

fn bound(id: &ChallengeId, phone: &Phone, code: &str) -> String {
    format!("number {id} {} {code}", phone.e164())
}

fn changed(user: &User, phone: &Phone, by: &str) -> String {
    let before = user.phone.as_ref().map_or("none".to_owned(), Phone::masked);
    format!("phone {before} -> {phone} {by}")
}
