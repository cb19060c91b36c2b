//! Where somebody can be reached, and whether that is still where they were reached before.

use crate::domain::challenge::{Challenge, FirstFactor};
use crate::domain::contact::{Address, Channel, Contact, Mail, Phone};
use crate::domain::scope::Scope;
use crate::domain::user::User;

use super::asker::Asker;
use super::{Gate, seal};

impl Gate {
    /// The ways to reach this user in this scope, in its order or their own: the number where messages may go to, the
    /// mailbox.
    pub(super) fn contacts(&self, user: &User, scope: &Scope) -> Vec<Contact> {
        let address = |channel: Channel| match channel {
            Channel::Email => user.email.as_deref().and_then(Mail::parse).map(Address::Mail),
            Channel::Sms | Channel::Voice | Channel::Whatsapp => user.phone.clone().map(Address::Phone),
        };
        let contact = |channel: &Channel| Some(Contact { channel: *channel, address: address(*channel)? });
        user.ways(scope).iter().filter_map(contact).filter(|contact| self.may_write_to(contact)).collect()
    }

    /// Whether a message may go there at all.
    pub(super) fn may_write_to(&self, contact: &Contact) -> bool {
        self.settings.sending.allows(contact.channel, &contact.address).is_ok()
    }

    /// The one to begin with: what was asked for, else the first. Who has proven nothing yet gets the scope's first alone:
    /// another one would tell what a user has.
    pub(super) fn first_contact(asker: &Asker, scope: &Scope, wanted: Option<Channel>) -> (Channel, Option<Contact>) {
        let named = match asker.first {
            FirstFactor::None => wanted.or(scope.channels.first().copied()),
            _ => wanted,
        };
        let contact = match named {
            Some(channel) => asker.contacts.iter().find(|contact| contact.channel == channel),
            None => asker.contacts.first(),
        };
        let channel = contact.map(|contact| contact.channel).or(named).or(scope.channels.first().copied());
        (channel.unwrap_or(Channel::Sms), contact.cloned())
    }

    /// The way to reach the challenge's user by this channel, as they are now. A code that one number or mailbox got is
    /// never sent to another one.
    pub(super) fn contact_again(&self, challenge: &Challenge, user: &User, channel: Channel) -> Option<Contact> {
        let scope = self.settings.scopes.get(&challenge.scope)?;
        let same = |contact: &Contact| match &contact.address {
            Address::Phone(phone) => self.number_purse(phone) == challenge.purse,
            Address::Mail(mail) => self.mailbox(mail) == challenge.mailbox,
        };
        self.contacts(user, scope).into_iter().find(|contact| contact.channel == channel).filter(same)
    }

    /// Whether the user still has the number and the mailbox that the challenge began with.
    pub(super) fn is_same_person(&self, challenge: &Challenge, user: &User) -> bool {
        let mailbox =
            || user.email.as_deref().and_then(Mail::parse).map(|mail| self.mailbox(&mail)).unwrap_or_default();
        let mailed = challenge.used.contains(&Channel::Email);
        self.purse_of(user) == challenge.purse && (!mailed || mailbox() == challenge.mailbox)
    }

    /// What a user's messages are counted under: the number, or the user where there is none.
    pub(super) fn purse_of(&self, user: &User) -> String {
        let by_id = || seal::text(&self.seals.alias("user", user.id.as_str()));
        user.phone.as_ref().map_or_else(by_id, |phone| self.number_purse(phone))
    }

    pub(super) fn number_purse(&self, phone: &Phone) -> String {
        seal::text(&self.seals.alias("number", phone.e164()))
    }

    /// Stands for a mailbox.
    pub(super) fn mailbox(&self, mail: &Mail) -> String {
        seal::text(&self.seals.alias("mailbox", mail.exposed()))
    }
}
