//! Every expected no. `pages` has one exhaustive table from these to status, words and `Retry-After`.

use std::time::Duration;

use super::challenge::Gone;
use super::path::PathFault;

/// An expected no: a value, not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The request itself is malformed; the words say how.
    Malformed(&'static str),
    Path(PathFault),
    UnknownHost,
    /// It came over http, and people see https.
    Unencrypted,
    /// Nothing in the table matches.
    NoRoute,
    /// The route says `deny`, or a signature is not right.
    Denied,
    Method,
    HeadersTooLarge,
    /// The request did not arrive in time.
    TooSlow,
    BodyTooLarge,
    BodyType,
    /// Another site made the browser send this.
    CrossSite,
    /// No first factor was given where one is needed.
    WhoAreYou,
    /// Wrong name, wrong password, disabled or no access to the scope: one answer for all.
    WrongCredentials,
    /// The scope that was named does not exist.
    UnknownScope,
    /// No challenge of that name belongs to this browser.
    UnknownChallenge,
    /// The entry has not the shape of a code; no try was spent.
    NotACode,
    WrongCode {
        tries_left: u8,
    },
    /// What an authenticator answered proves nothing.
    WrongPasskey {
        tries_left: u8,
    },
    /// Nobody was asked for a passkey here, or too long ago.
    PasskeyNotAsked,
    /// There is no passkey that could be used here.
    NoPasskey,
    /// The scope is opened by nothing else than a passkey.
    OnlyPasskey,
    /// The key that was made cannot be taken.
    PasskeyNotTaken,
    /// One person has only so many.
    PasskeysFull,
    /// Something is to be changed that wants a confirmation of the last minutes.
    NotConfirmedLately,
    Gone(Gone),
    /// The channel that was named is not there for this challenge.
    NoSuchChannel,
    NoResendLeft,
    Cooling(Duration),
    /// Too many failures on this account.
    Waiting(Duration),
    /// So many failures on this account that strangers are not heard any more.
    Closed,
    /// Too many requests from one address, to one number, or for too much money.
    Limited(Duration),
    /// The number changed its SIM card lately, or it cannot be found out: no code goes there.
    NumberSwapped,
    /// Something we need is down; everything that depends on it stays closed.
    Outage,
    UpstreamDown,
    UpstreamSlow,
    /// The application took the password, and there is nowhere to send a code to.
    NotRegistered,
    /// The application's answer to a login cannot be withheld: it is too large, or cannot be read.
    AnswerUnfit,
}

impl Refusal {
    /// When it makes sense to ask again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Refusal::Cooling(wait) | Refusal::Waiting(wait) | Refusal::Limited(wait) => Some(*wait),
            Refusal::Outage | Refusal::UpstreamDown | Refusal::UpstreamSlow => Some(Duration::from_secs(5)),
            _ => None,
        }
    }
}
