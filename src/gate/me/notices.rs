//! The course of a change: paid for, made, told to the old contacts, and the end of every other session.

use std::time::Duration;

use crate::domain::account::AccountKey;
use crate::domain::contact::{Address, Channel, Contact, Mail};
use crate::domain::event::{Event, What};
use crate::domain::id::ChallengeId;
use crate::domain::notice::{NO_CODE, Notice};
use crate::domain::refusal::Refusal;
use crate::domain::secret::Secret;
use crate::domain::user::User;

use super::{Owner, Unchanged};
use crate::gate::bill::Bill;
use crate::gate::purse::Payer;
use crate::gate::seams::{Fared, Parcel, random16};
use crate::gate::{Caller, Gate};

/// How long delivery may try to hand a notice over.
const LIFE: Duration = Duration::from_secs(3600);

/// A change that may be made now: it was confirmed, and what telling of it costs is paid.
#[must_use]
pub struct Amendment {
    notice: Notice,
    messages: Vec<Parcel>,
}

impl Gate {
    /// Whether the change may be made. Nobody is to change anything unheard by using up what may be sent before: so without
    /// the means to tell of it nothing is changed. Who has no contact is told nothing.
    pub async fn prepare(&self, caller: &Caller, owner: &Owner, notice: Notice) -> Result<Amendment, Unchanged> {
        self.demand_fresh(owner)?;
        let account = AccountKey::of_user(&owner.user.id);
        let mut messages = Vec::new();
        for contact in self.old_contacts(&owner.user) {
            // Codes have allowances of their own, which somebody who signs in has just taken from.
            let purse = match &contact.address {
                Address::Phone(phone) => format!("notices {}", self.number_purse(phone)),
                Address::Mail(mail) => format!("notices {}", self.mailbox(mail)),
            };
            let locale = owner.user.locale.unwrap_or(caller.locale);
            let bill = Bill::new(Payer::operator(&purse, &account), Some(&contact), locale, Some(caller.client));
            if !self.pay(Some(caller), bill).await?.sends {
                continue;
            }
            messages.push(Parcel {
                challenge: ChallengeId::from_random(random16(self.world.as_ref())),
                send: 1,
                contact,
                locale,
                scope: String::new(),
                route: None,
                code: Secret::new(NO_CODE.to_owned()),
                life: LIFE,
                notice: Some(notice),
            });
        }
        Ok(Amendment { notice, messages })
    }

    /// After the change was made: tells of it and ends every other session of theirs.
    pub async fn finish(&self, caller: &Caller, owner: &Owner, change: Amendment) -> Result<(), Refusal> {
        let why = format!("every other session, because {}", change.notice.name());
        self.tell_owner(caller, owner, change).await?;
        self.end_all_but(caller, owner, &why).await
    }

    /// Hands the messages over.
    pub(super) async fn tell_owner(&self, caller: &Caller, owner: &Owner, change: Amendment) -> Result<(), Refusal> {
        for parcel in change.messages {
            let about = |what| {
                let event = self.event(what, caller).user(&owner.user.login).challenge(&parcel.challenge);
                event.channel(parcel.contact.channel)
            };
            let told = about(What::OwnerTold).detail(format!("{} to {}", change.notice.name(), parcel.contact.address));
            let lost = about(What::OwnerNotTold).detail("queue full");
            self.decide(told).await?;
            if self.outbox.post(parcel).is_err() {
                self.decide(lost).await?;
            }
        }
        Ok(())
    }

    /// Takes in that a notice reached nobody; that one went out was told when it was handed over.
    pub async fn notice_fared(&self, id: &ChallengeId, fared: &Fared) {
        let Err(class) = fared.outcome else { return };
        let event = Event::new(What::OwnerNotTold).challenge(id).detail(class);
        let provider = fared.by.as_deref().map(str::to_owned);
        let event = Event { provider, channel: fared.channel, tried: fared.tried.clone(), ..event };
        if let Err(error) = self.witness.decide(event).await {
            tracing::error!(%error, "that a notice reached nobody is missing in the audit");
        }
    }

    /// The number and the mailbox, each where messages of our own words may go to.
    fn old_contacts(&self, user: &User) -> Vec<Contact> {
        let phone = user.phone.clone().map(Address::Phone);
        let mail = user.email.as_deref().and_then(Mail::parse).map(Address::Mail);
        let by = |channels: &[Channel], address: Address| {
            let ways = channels.iter().map(|channel| Contact { channel: *channel, address: address.clone() });
            // A provider that makes the codes has words for nothing else.
            let mut ways = ways.filter(|way| self.makers.making(way.channel).is_none());
            ways.find(|way| self.may_write_to(way))
        };
        let phone = phone.and_then(|phone| by(&[Channel::Sms, Channel::Voice], phone));
        let mail = mail.and_then(|mail| by(&[Channel::Email], mail));
        phone.into_iter().chain(mail).collect()
    }
}
