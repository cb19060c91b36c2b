//! Addresses of mailboxes, as far as a code may be sent there, and how they are shown (masked, always).

use std::fmt;

/// RFC 5321 §4.5.3.1: 64 octets before the sign, 254 in all (256 with the angle brackets of a path).
const LONGEST_LOCAL: usize = 64;
const LONGEST: usize = 254;

/// An address that one person has: `alice@clinic.example`. Its `Debug` and `Display` are masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mail(String);

impl Mail {
    /// Takes the plain form that every directory and every server agrees on: an unquoted name in ASCII and a host name with
    /// a dot. Anything else (comments, quotes, addresses in brackets, several at once) is `None`: what can be read in two
    /// ways must not decide where a code goes.
    pub fn parse(text: &str) -> Option<Mail> {
        let text = text.trim();
        let (local, host) = text.split_once('@')?;
        let atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&c);
        let is_local = (1..=LONGEST_LOCAL).contains(&local.len())
            && local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom));
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_host = host.contains('.') && host.split('.').all(is_label);
        let is_named = host.rsplit('.').next().is_some_and(|top| top.bytes().any(|c| c.is_ascii_alphabetic()));
        (is_local && is_host && is_named && text.len() <= LONGEST)
            .then(|| Mail(format!("{local}@{}", host.to_ascii_lowercase())))
    }

    /// The address itself, for the envelope and for nothing else.
    pub fn exposed(&self) -> &str {
        &self.0
    }

    /// The first letter and the host; not even how long the name is.
    pub fn masked(&self) -> String {
        let (local, host) = self.0.split_once('@').unwrap_or_default();
        format!("{}***@{host}", local.chars().next().unwrap_or('*'))
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_are_taken_and_their_hosts_folded() {
        for (text, read) in [
            ("alice@clinic.example", "alice@clinic.example"),
            (" Alice.B+x@Clinic.EXAMPLE ", "Alice.B+x@clinic.example"),
            ("o'hara_1@mail.xn--wgv71a.jp", "o'hara_1@mail.xn--wgv71a.jp"),
        ] {
            assert_eq!(Mail::parse(text).map(|m| m.exposed().to_owned()).as_deref(), Some(read));
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_no_address() {
        let long = format!("{}@clinic.example", "a".repeat(65));
        for text in [
            "",
            "alice",
            "@clinic.example",
            "alice@",
            "alice@clinic",
            "a@b@clinic.example",
            "a b@clinic.example",
            "\"a b\"@clinic.example",
            "a@clinic.example,b@clinic.example",
            "a@clinic.example\nBcc: b@x.example",
            ".a@clinic.example",
            "a.@clinic.example",
            "a..b@clinic.example",
            "a@-x.example",
            "a@x-.example",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a(x)@clinic.example",
            "<a@clinic.example>",
            "ア@clinic.example",
            &long,
        ] {
            assert_eq!(Mail::parse(text), None, "{text:?}");
        }
    }
}
