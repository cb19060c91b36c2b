//! What somebody proves themselves with, and how strong that is.

use serde::{Deserialize, Serialize};

/// A kind of proof. The order is that of strength, the strongest first: pages offer them so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Factor {
    /// A key in a phone, a computer or a stick (WebAuthn). The only one that a false site cannot ask for.
    Passkey,
    /// A token that shows a code (RFC 6238), whose seed the operator imported.
    Token,
    /// An authenticator app (RFC 6238).
    Totp,
    /// A code that is sent: by SMS, call, WhatsApp or mail.
    Code,
    /// One of the codes that were printed beforehand.
    Backup,
    /// What a help desk gave out for a while.
    Bypass,
}

impl Factor {
    pub const ALL: [Factor; 6] =
        [Factor::Passkey, Factor::Token, Factor::Totp, Factor::Code, Factor::Backup, Factor::Bypass];

    pub fn name(self) -> &'static str {
        match self {
            Factor::Passkey => "passkey",
            Factor::Token => "token",
            Factor::Totp => "totp",
            Factor::Code => "code",
            Factor::Backup => "backup",
            Factor::Bypass => "bypass",
        }
    }

    pub fn parse(name: &str) -> Option<Factor> {
        Factor::ALL.into_iter().find(|factor| factor.name() == name)
    }

    /// What a pass says of it (RFC 8176), beside the channel of a code that was sent. For what the registry has no name, we
    /// say ours.
    pub fn amr(self) -> &'static [&'static str] {
        match self {
            // Whether a passkey lies in hardware cannot be told; that somebody was there is always asked for.
            Factor::Passkey => &["pop", "user"],
            Factor::Token => &["otp", "hwk"],
            Factor::Totp | Factor::Code => &["otp"],
            Factor::Backup => &["otp", "backup"],
            Factor::Bypass => &["bypass"],
        }
    }

    /// Whether a site that only looks like ours gets nothing by asking for it (NIST SP 800-63B-4 §3.2.5).
    pub fn resists_phishing(self) -> bool {
        self == Factor::Passkey
    }
}
