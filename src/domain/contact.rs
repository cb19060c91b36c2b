//! Where a code may go, and by which way.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use super::mail::Mail;
pub use super::phone::{NumberKind, Phone, PhoneError, Region};

/// A way to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Sms,
    /// A call that reads the code aloud.
    Voice,
    Whatsapp,
    Email,
}

impl Channel {
    pub const ALL: [Channel; 4] = [Channel::Sms, Channel::Voice, Channel::Whatsapp, Channel::Email];

    pub fn name(self) -> &'static str {
        match self {
            Channel::Sms => "sms",
            Channel::Voice => "voice",
            Channel::Whatsapp => "whatsapp",
            Channel::Email => "email",
        }
    }

    /// What a pass says of a code that came this way: RFC 8176 has `sms` and `tel`, for the others we say their names.
    pub fn amr(self) -> &'static str {
        match self {
            Channel::Voice => "tel",
            other => other.name(),
        }
    }

    pub fn parse(name: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// A number or address that we may send to. Masked whenever printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Address {
    Phone(Phone),
    Mail(Mail),
}

impl Address {
    /// As providers take it: E.164, or the address of a mailbox. For their requests and for nothing else.
    pub fn exposed(&self) -> &str {
        match self {
            Address::Phone(phone) => phone.e164(),
            Address::Mail(mail) => mail.exposed(),
        }
    }

    pub fn masked(&self) -> String {
        match self {
            Address::Phone(phone) => phone.masked(),
            Address::Mail(mail) => mail.masked(),
        }
    }

    pub fn phone(&self) -> Option<&Phone> {
        match self {
            Address::Phone(phone) => Some(phone),
            Address::Mail(_) => None,
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// A number or address with the way that leads there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub channel: Channel,
    pub address: Address,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_is_read_by_its_name() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.name()), Some(channel));
            let stored = serde_json::to_string(&channel).expect("serialises");
            assert_eq!(stored, format!("\"{}\"", channel.name()));
        }
        assert_eq!(Channel::parse("SMS"), None);
    }

    #[test]
    fn an_address_prints_masked() {
        let phone = Phone::parse("+819012345678", Region::parse("JP").expect("a region")).expect("a number");
        let mail = Mail::parse("alice@clinic.example").expect("an address");
        assert_eq!(format!("{} {:?}", Address::Phone(phone.clone()), Address::Phone(phone)), "********78 ********78");
        assert_eq!(
            format!("{} {:?}", Address::Mail(mail.clone()), Address::Mail(mail)),
            "a***@clinic.example a***@clinic.example"
        );
    }
}
