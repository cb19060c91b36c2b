//! What sources go by.

use std::time::Duration;

use ipnet::IpNet;

use crate::domain::secret::Secret;

pub use super::jwks::Place;
pub use super::token::Rules;

/// `[source.NAME]`.
#[derive(Debug, Clone)]
pub struct Settings {
    pub kind: Kind,
    /// Names are of this domain, `alice@example.jp`, and are looked up without it; others are nobody's.
    pub domain: Option<String>,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Header(Header),
    Certificate(Certificate),
    /// `Authorization: Basic`, judged as if it had been typed.
    Basic,
    Bearer(Bearer),
    Whoami(Whoami),
    Oidc(Oidc),
}

/// OpenID Connect.
#[derive(Debug, Clone)]
pub struct Oidc {
    pub issuer: String,
    pub client_id: String,
    /// None for a public client.
    pub client_secret: Option<Secret<String>>,
    pub scopes: Vec<String>,
    /// Where in the ID token the name stands.
    pub claim: String,
    /// What people call it.
    pub title: String,
}

/// A token that somebody else has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    pub rules: Rules,
    pub jwks: Place,
}

/// The application's own word on whose cookies these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whoami {
    pub url: String,
    /// Those that it is shown, and no others.
    pub cookies: Vec<String>,
    pub said: Said,
    pub timeout: Duration,
}

/// Where in an answer the name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A JSON pointer (RFC 6901), or the name of a member.
    Json(String),
    /// In lower case.
    Header(String),
}

/// A header field that a proxy in front of us sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// In lower case.
    pub field: String,
    /// Whom it is believed from; empty: the trusted proxies.
    pub from: Vec<IpNet>,
}

/// A TLS client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub login: Subject,
    /// The common name of who must have issued it; `None`: whoever the listener's authorities vouch for.
    pub issuer: Option<String>,
}

/// Where in a certificate the name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Email,
    /// `userPrincipalName`, as Active Directory's authority writes it.
    Upn,
    Dns,
    Uri,
    /// The subject's common name.
    Cn,
}
