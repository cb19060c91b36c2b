//! Passkeys by WebAuthn: what browsers are asked, and whether the answer is one. The library knows the protocol; what was
//! asked and what is held is given to it each time, so it keeps nothing between two requests.

use serde::de::DeserializeOwned;
use url::Url;
use webauthn_rs::Webauthn;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey as Credential, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, WebauthnError,
};

use crate::domain::enrolment::{KEY_PATIENCE, Passkey};
use crate::gate::seal::text;
use crate::gate::seams::{KeyFault, KeyFile, KeyJudge, KeyOwner, KeyQuestion};

/// Why a site cannot have passkeys at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPasskeys {
    #[error("browsers make passkeys for names, and an IP address is none")]
    Address,
    #[error("browsers make passkeys over https only, and over http for `localhost`")]
    Unencrypted,
    #[error("that is no address of a site")]
    NoSite,
}

/// Judges passkeys of one site: those made for exactly this host, answered from exactly this origin.
#[derive(Debug)]
pub struct SiteKeys(Webauthn);

impl SiteKeys {
    /// `public_url` is the site as people see it, `brand` what authenticators call it.
    pub fn new(public_url: &str, brand: &str) -> Result<SiteKeys, NoPasskeys> {
        let site = site_of(public_url)?;
        let host = site.domain().ok_or(NoPasskeys::NoSite)?.to_owned();
        let builder = webauthn_rs::WebauthnBuilder::new(&host, &site).map_err(|_| NoPasskeys::NoSite)?;
        builder.rp_name(brand).timeout(KEY_PATIENCE).build().map(SiteKeys).map_err(|_| NoPasskeys::NoSite)
    }
}

/// The site's address, if browsers make passkeys for it.
pub fn site_of(public_url: &str) -> Result<Url, NoPasskeys> {
    let site = Url::parse(public_url).map_err(|_| NoPasskeys::NoSite)?;
    let host = site.domain().ok_or(NoPasskeys::Address)?;
    let local = host == "localhost" || host.ends_with(".localhost");
    if site.scheme() != "https" && !local {
        return Err(NoPasskeys::Unencrypted);
    }
    Ok(site)
}

impl KeyJudge for SiteKeys {
    fn ask_new(&self, owner: &KeyOwner, held: &[Passkey]) -> Result<KeyQuestion, KeyFault> {
        let held = credentials(held)?.iter().map(|key| key.cred_id().clone()).collect();
        let handle = Uuid::from_bytes(owner.handle);
        let asked = self.0.start_passkey_registration(handle, &owner.login, &owner.name, Some(held));
        let (options, state) = asked.map_err(broken)?;
        question(&options, &state)
    }

    fn take_new(&self, state: &str, answer: &str) -> Result<KeyFile, KeyFault> {
        let state: PasskeyRegistration = read(state)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(|_| KeyFault::Malformed)?;
        let key = self.0.finish_passkey_registration(&answer, &state).map_err(fault)?;
        file(&key)
    }

    fn ask(&self, held: &[Passkey]) -> Result<KeyQuestion, KeyFault> {
        let (options, state) = self.0.start_passkey_authentication(&credentials(held)?).map_err(broken)?;
        question(&options, &state)
    }

    fn judge(&self, state: &str, answer: &str, held: &[Passkey]) -> Result<KeyFile, KeyFault> {
        let state: PasskeyAuthentication = read(state)?;
        let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| KeyFault::Malformed)?;
        let result = self.0.finish_passkey_authentication(&answer, &state).map_err(fault)?;
        // It was judged by what was held when it was asked for; since then the key may have been used, or removed.
        let mut held = credentials(held)?;
        let key = held.iter_mut().find(|key| key.cred_id() == result.cred_id());
        let key = key.ok_or_else(|| KeyFault::Wrong("the key was removed".to_owned()))?;
        if !result.user_verified() {
            return Err(KeyFault::Wrong(WebauthnError::UserNotVerified.to_string()));
        }
        if !goes_on(key, &result)? {
            return Err(KeyFault::Copied);
        }
        key.update_credential(&result);
        file(key)
    }
}

/// Whether the key's counter is beyond the latest that was seen. Those that never count stay at 0.
fn goes_on(key: &Credential, result: &AuthenticationResult) -> Result<bool, KeyFault> {
    let kept = serde_json::to_value(key).ok();
    let kept = kept.as_ref().and_then(|key| key.get("cred")?.get("counter")?.as_u64());
    let kept = kept.ok_or_else(|| KeyFault::Broken("a kept key has no counter".to_owned()))?;
    let now = u64::from(result.counter());
    Ok((kept == 0 && now == 0) || now > kept)
}

fn credentials(held: &[Passkey]) -> Result<Vec<Credential>, KeyFault> {
    held.iter().map(|key| read(&key.credential)).collect()
}

/// What we kept ourselves, and what nobody else can have written.
fn read<T: DeserializeOwned>(kept: &str) -> Result<T, KeyFault> {
    serde_json::from_str(kept).map_err(|error| KeyFault::Broken(error.to_string()))
}

fn question(options: &impl serde::Serialize, state: &impl serde::Serialize) -> Result<KeyQuestion, KeyFault> {
    let json = |value: Result<String, serde_json::Error>| value.map_err(|error| KeyFault::Broken(error.to_string()));
    Ok(KeyQuestion { options: json(serde_json::to_string(options))?, state: json(serde_json::to_string(state))? })
}

fn file(key: &Credential) -> Result<KeyFile, KeyFault> {
    let credential = serde_json::to_string(key).map_err(|error| KeyFault::Broken(error.to_string()))?;
    Ok(KeyFile { id: text(key.cred_id()), credential })
}

fn fault(error: WebauthnError) -> KeyFault {
    match error {
        WebauthnError::CredentialPossibleCompromise => KeyFault::Copied,
        other => KeyFault::Wrong(other.to_string()),
    }
}

fn broken(error: WebauthnError) -> KeyFault {
    KeyFault::Broken(error.to_string())
}

#[cfg(test)]
#[path = "passkey/tests.rs"]
mod tests;
