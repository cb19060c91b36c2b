//! What there is under the reserved prefix, and what may be done there.

use http::Method;

use crate::domain::id::ChallengeId;

use super::assets::Asset;
use super::me::Part;

/// A place under the prefix. An id is `None` when it has not the shape of one: then it is nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `challenge`: who is asking.
    SignIn,
    /// `challenge/{id}`: the code.
    Code(Option<ChallengeId>),
    /// `challenge/{id}/resend`.
    CodeResend(Option<ChallengeId>),
    /// `challenges`: the API, and what follows.
    Challenges,
    State(Option<ChallengeId>),
    Resend(Option<ChallengeId>),
    Verify(Option<ChallengeId>),
    /// `me`, and what lies below it.
    Me(Part),
    /// `emergency`: a sealed code.
    Emergency,
    /// `challenges/{id}/passkey`: what an authenticator is asked; below it, what it answered.
    AskPasskey(Option<ChallengeId>),
    VerifyPasskey(Option<ChallengeId>),
    /// `me/passkeys`: somebody's own. A GET shows them, a POST asks for a new one.
    Passkeys,
    /// What an authenticator made.
    AddPasskey,
    /// A form.
    RemovePasskey,
    Logout,
    SignedOut,
    Keys,
    /// `oidc/{source}`: the way to where somebody signs in, by a button; and `oidc/{source}/back`.
    Lead(String),
    Back(String),
    /// `receipts/{provider}`: what a provider reports about messages.
    Receipts(String),
    Asset(Asset),
}

impl Place {
    /// `rest` is what follows the prefix, as it was sent: a spelling with escapes is another place.
    pub fn find(rest: &str) -> Option<Place> {
        let segments: Vec<&str> = rest.split('/').collect();
        Some(match segments.as_slice() {
            ["challenge"] => Place::SignIn,
            ["challenge", id] => Place::Code(ChallengeId::parse(id)),
            ["challenge", id, "resend"] => Place::CodeResend(ChallengeId::parse(id)),
            ["challenges"] => Place::Challenges,
            ["challenges", id] => Place::State(ChallengeId::parse(id)),
            ["challenges", id, "resend"] => Place::Resend(ChallengeId::parse(id)),
            ["challenges", id, "verify"] => Place::Verify(ChallengeId::parse(id)),
            ["challenges", id, "passkey"] => Place::AskPasskey(ChallengeId::parse(id)),
            ["challenges", id, "passkey", "verify"] => Place::VerifyPasskey(ChallengeId::parse(id)),
            ["me", "passkeys"] => Place::Passkeys,
            ["me", "passkeys", "verify"] => Place::AddPasskey,
            ["me", "passkeys", "remove"] => Place::RemovePasskey,
            ["me"] => Place::Me(Part::Whole),
            ["me", part] if !part.is_empty() => Place::Me(Part::named(part)?),
            ["emergency"] => Place::Emergency,
            ["logout"] => Place::Logout,
            ["signed-out"] => Place::SignedOut,
            ["jwks.json"] => Place::Keys,
            ["oidc", source] => Place::Lead((*source).to_owned()),
            ["oidc", source, "back"] => Place::Back((*source).to_owned()),
            ["receipts", provider] => Place::Receipts((*provider).to_owned()),
            [name] => Place::Asset(Asset::named(name)?),
            _ => return None,
        })
    }

    /// The value of `Allow`.
    pub fn methods(&self) -> &'static str {
        match self {
            Place::SignIn | Place::Code(_) | Place::Emergency | Place::Passkeys => "GET, HEAD, POST",
            Place::State(_) | Place::SignedOut | Place::Keys | Place::Asset(_) => "GET, HEAD",
            Place::Me(part) => part.methods(),
            // Who only looks would use up the code.
            Place::Back(_) => "GET",
            Place::Receipts(_) => "GET, POST",
            Place::CodeResend(_)
            | Place::Challenges
            | Place::Lead(_)
            | Place::Resend(_)
            | Place::Verify(_)
            | Place::Logout => "POST",
            Place::AskPasskey(_) | Place::VerifyPasskey(_) | Place::AddPasskey | Place::RemovePasskey => "POST",
        }
    }

    pub fn takes(&self, method: &Method) -> bool {
        self.methods().split(", ").any(|m| m == method.as_str())
    }

    /// Whether programs are meant, which send JSON.
    pub fn is_api(&self) -> bool {
        matches!(
            self,
            Place::Challenges
                | Place::State(_)
                | Place::Resend(_)
                | Place::Verify(_)
                | Place::AskPasskey(_)
                | Place::VerifyPasskey(_)
                | Place::Passkeys
                | Place::AddPasskey
        )
    }
}
