//! One conversation with a mail server, and what its replies mean at each of its stages.

use std::error::Error as _;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsVersion};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use super::letter::Letter;
use crate::delivery::outcome::{Class, Failure};
use crate::delivery::provider::ProviderFault;
use crate::domain::secret::Secret;

/// For name lookup and TCP; the whole has the message's deadline.
const CONNECT: Duration = Duration::from_secs(5);

/// A mail server, and who we are to it.
pub struct Server {
    host: String,
    port: u16,
    /// From the first byte on.
    implicit: Option<TlsParameters>,
    /// After the server offered it.
    starttls: Option<TlsParameters>,
    hello: ClientId,
    login: Option<Credentials>,
}

/// Where a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Connect,
    Encrypt,
    LogIn,
    From,
    To,
    Data,
    Letter,
}

/// A conversation that came to nothing. `text` names no recipient: replies that do are left out.
#[derive(Debug)]
pub struct Trouble {
    pub failure: Failure,
    pub stage: &'static str,
    pub text: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trouble { failure, stage, text } = self;
        write!(f, "the mail server did not go along ({stage}): {text}")?;
        failure.number.map_or(Ok(()), |code| write!(f, " {code}"))
    }
}

impl Server {
    pub fn new(
        host: &str,
        port: u16,
        tls: &str,
        ca: Option<&Path>,
        hello: &str,
        login: Option<(String, Secret<String>)>,
    ) -> Result<Server, ProviderFault> {
        let mut builder = TlsParameters::builder(host.to_owned()).set_min_tls_version(TlsVersion::Tlsv12);
        if let Some(ca) = ca {
            let bad = |why: String| ProviderFault::of("ca", format!("{}: {why}", ca.display()));
            let pem = std::fs::read(ca).map_err(|e| bad(e.to_string()))?;
            let authority = Certificate::from_pem(&pem).map_err(|e| bad(cause(&e)))?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
        }
        let parameters = match tls {
            "off" => None,
            _ => Some(builder.build().map_err(|e| ProviderFault::of("tls", cause(&e)))?),
        };
        let (implicit, starttls) = match tls {
            "implicit" => (parameters, None),
            _ => (None, parameters),
        };
        let plain = !hello.is_empty() && hello.bytes().all(|c| c.is_ascii_alphanumeric() || b".-:[]".contains(&c));
        if !plain {
            return Err(ProviderFault::of("hello", "`hello` is the name of a host"));
        }
        let login = login.map(|(user, password)| Credentials::new(user, password.expose().clone()));
        let hello = ClientId::Domain(hello.to_owned());
        Ok(Server { host: host.to_owned(), port, implicit, starttls, hello, login })
    }

    /// A connection over which letters can be handed over.
    pub async fn open(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let to = (self.host.as_str(), self.port);
        let connected =
            AsyncSmtpConnection::connect_tokio1(to, Some(CONNECT), &self.hello, self.implicit.clone(), None).await;
        let mut connection = connected.map_err(|error| trouble(Stage::Connect, &error))?;
        if let Some(parameters) = &self.starttls {
            let encrypted = connection.starttls(parameters.clone(), &self.hello).await;
            encrypted.map_err(|error| trouble(Stage::Encrypt, &error))?;
        }
        if let Some(login) = &self.login {
            let known = connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await;
            known.map_err(|error| trouble(Stage::LogIn, &error))?;
        }
        Ok(connection)
    }
}

/// Hands one letter over. `begun` turns true when its bytes begin to leave: from then on it may have been taken.
pub async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    letter: &Letter,
    begun: &AtomicBool,
) -> Result<(), Trouble> {
    let from = connection.command(Mail::new(Some(letter.from.clone()), Vec::new())).await;
    from.map_err(|error| trouble(Stage::From, &error))?;
    let to = connection.command(Rcpt::new(letter.to.clone(), Vec::new())).await;
    to.map_err(|error| trouble(Stage::To, &error))?;
    connection.command(Data).await.map_err(|error| trouble(Stage::Data, &error))?;
    begun.store(true, Ordering::Release);
    connection.message(&letter.bytes).await.map(drop).map_err(|error| trouble(Stage::Letter, &error))
}

fn trouble(stage: Stage, error: &Error) -> Trouble {
    let code = error.status().map(u16::from);
    let (class, text) = match code {
        Some(code) => {
            let enhanced = error.source().and_then(|text| enhanced(&text.to_string()));
            let shown = enhanced.map(|(class, subject, detail)| format!("{class}.{subject}.{detail}"));
            (class_of(stage, code, enhanced), shown.unwrap_or_default())
        }
        // Not a word of the server: our side, the network, TLS.
        None if stage == Stage::Letter => (Class::Ambiguous, cause(error)),
        None if is_tls(error) || error.is_client() => (Class::Config, cause(error)),
        None => (Class::Transient, cause(error)),
    };
    Trouble { failure: Failure { class, number: code.map(u32::from), wait: None }, stage: stage.name(), text }
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::Connect => "connecting",
            Stage::Encrypt => "encrypting",
            Stage::LogIn => "logging in",
            Stage::From => "sender",
            Stage::To => "recipient",
            Stage::Data => "letter announced",
            Stage::Letter => "letter",
        }
    }
}

/// What a reply means (RFC 5321 §4.2, RFC 3463). A 5xx is the recipient's fault only where it says so, or where nothing
/// but the recipient was asked about.
fn class_of(stage: Stage, code: u16, enhanced: Option<(u8, u16, u16)>) -> Class {
    if (400..500).contains(&code) {
        return Class::Transient;
    }
    match enhanced {
        // Such an address does not exist, moved, or takes nothing (any more).
        Some((5, 1, 1 | 2 | 3 | 6 | 9 | 10) | (5, 2, 0..=2)) => Class::RecipientPermanent,
        Some((5, _, _)) => Class::Config,
        _ if stage == Stage::To && matches!(code, 550 | 551 | 553) => Class::RecipientPermanent,
        _ => Class::Config,
    }
}

/// The code of RFC 3463 that a reply begins with.
fn enhanced(text: &str) -> Option<(u8, u16, u16)> {
    let mut numbers = text.split_whitespace().next()?.split('.');
    let code = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    numbers.next().is_none().then_some(code)
}

/// Whether there is no encrypted connection: a certificate that nobody vouches for, a protocol that is too old.
fn is_tls(error: &Error) -> bool {
    let mut reason = error.source();
    while let Some(known) = reason {
        let inner = known.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if known.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        reason = known.source();
    }
    error.is_tls()
}

/// The innermost reason.
fn cause(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_mean_what_their_stage_makes_of_them() {
        for (stage, code, text, class) in [
            (Stage::Connect, 421, "4.3.2 closing", Class::Transient),
            (Stage::Connect, 554, "no service", Class::Config),
            (Stage::LogIn, 454, "4.7.0 later", Class::Transient),
            (Stage::LogIn, 535, "5.7.8 who are you", Class::Config),
            (Stage::From, 550, "5.7.1 not from you", Class::Config),
            (Stage::From, 550, "not from you", Class::Config),
            (Stage::To, 450, "4.2.0 greylisted", Class::Transient),
            (Stage::To, 452, "4.2.2 mailbox full", Class::Transient),
            (Stage::To, 550, "5.1.1 <a@b.example>: unknown", Class::RecipientPermanent),
            (Stage::To, 550, "No such user", Class::RecipientPermanent),
            (Stage::To, 550, "5.7.1 no relaying", Class::Config),
            (Stage::To, 552, "5.2.2 mailbox full", Class::RecipientPermanent),
            (Stage::To, 554, "5.7.1 no relaying", Class::Config),
            (Stage::To, 554, "refused", Class::Config),
            (Stage::Data, 552, "5.3.4 too big", Class::Config),
            (Stage::Letter, 421, "4.3.2 closing", Class::Transient),
            (Stage::Letter, 550, "5.1.1 unknown after all", Class::RecipientPermanent),
            (Stage::Letter, 550, "spam", Class::Config),
            (Stage::Letter, 554, "5.7.1 spam", Class::Config),
        ] {
            assert_eq!(class_of(stage, code, enhanced(text)), class, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn only_three_numbers_are_an_enhanced_code() {
        assert_eq!(enhanced("5.1.10 null MX"), Some((5, 1, 10)));
        for text in ["", "5.1", "5.1.1.1 x", "5.x.1", "127.0.0.1:25", "Unknown"] {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }
}
