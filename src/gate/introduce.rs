//! Who the request itself shows to be calling: what sources are given to see, what they find in it, and what comes of that.
//!
//! ```text
//! request → Evidence → sources in the scope's order → Finding
//!                        │ nothing there: the next one      │ introduced, or a name with a password
//!                        │ does not hold: no                ▼
//!                        │ cannot be asked: outage          who that is, is looked up (`asker`)
//! ```
//!
//! Only what the gate answers itself is looked at so; a request with a pass never is.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::event::What;
use crate::domain::refusal::Refusal;
use crate::domain::scope::{FORM, Scope};

use super::lead::Trip;
use super::seams::{Claim, IdentityError, Introduction};
use super::{Caller, Gate};

/// What a request shows of who sent it: plain data, and no more of it than some source wants to see.
#[derive(Clone, Default)]
pub struct Evidence {
    /// Whom the connection came from; none over a Unix socket.
    pub peer: Option<IpAddr>,
    /// Whether that is a proxy of ours.
    pub trusted: bool,
    /// Lines of the header fields that are wanted, by the field's name in lower case, in their order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The cookies that are wanted, as they were sent.
    pub cookies: Vec<(String, Vec<u8>)>,
    /// The client's certificate, in DER: its key was proven, and an authority of the listener vouches for it at this moment.
    pub certificate: Option<Vec<u8>>,
}

impl Evidence {
    /// Every line of this field.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, line)| line.as_slice())
    }
}

/// What is in it are names, passwords and tokens.
impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |all: &[(String, Vec<u8>)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        f.debug_struct("Evidence")
            .field("peer", &self.peer)
            .field("trusted", &self.trusted)
            .field("fields", &names(&self.fields))
            .field("cookies", &names(&self.cookies))
            .field("certificate", &self.certificate.is_some())
            .finish()
    }
}

/// What sources want to see of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// Names of header fields, in lower case.
    pub fields: Vec<String>,
    /// Names of cookies.
    pub cookies: Vec<String>,
    pub certificate: bool,
}

/// What a source makes of a request.
#[derive(Debug, Clone)]
pub enum Finding {
    /// There is nothing for this source to go by.
    Nothing,
    Introduced(Introduction),
    /// A name with a password, which the directories judge as if it had been typed.
    Claimed(Claim),
    /// Something is there, and it does not hold; the words are for the audit.
    Refused(String),
}

/// The sources that the configuration names, other than our own page.
#[async_trait]
pub trait Introducer: Send + Sync + 'static {
    fn wants(&self) -> &Wants;
    /// What this source makes of a request. Answers within a time of its own.
    async fn find(&self, source: &str, evidence: &Evidence) -> Result<Finding, IdentityError>;
    /// What people call the place that they are led to, where this source is one to go to.
    fn leads(&self, _source: &str) -> Option<&str> {
        None
    }
    /// The address to go to.
    async fn lead(&self, source: &str, _trip: &Trip) -> Result<String, IdentityError> {
        Err(IdentityError(format!("`{source}` is no place to go to")))
    }
    /// What is found out about somebody who has come back with this code.
    async fn bring_back(&self, source: &str, _trip: &Trip, _code: &str) -> Result<Finding, IdentityError> {
        Err(IdentityError(format!("nobody comes back from `{source}`")))
    }
    /// Whether a client is to be asked for a name and a password the way HTTP does it.
    fn asks_basic(&self, _source: &str) -> bool {
        false
    }
}

/// Our own page is the only source.
#[derive(Debug, Default)]
pub struct OnlyForm(Wants);

#[async_trait]
impl Introducer for OnlyForm {
    fn wants(&self) -> &Wants {
        &self.0
    }

    async fn find(&self, source: &str, _: &Evidence) -> Result<Finding, IdentityError> {
        Err(IdentityError(format!("there is no source `{source}`")))
    }
}

/// How somebody may say who they are for a scope, as a page shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reception {
    /// Whom the request shows to be there; not looked up yet.
    pub introduced: Option<String>,
    /// Whether a name can be typed.
    pub form: bool,
    /// Whether the client is to be asked the way HTTP does it.
    pub basic: bool,
    /// Where else people can be led to: sources, and what people call them.
    pub leads: Vec<(Arc<str>, String)>,
}

impl Gate {
    /// What of a request sources want to see.
    pub fn wants(&self) -> &Wants {
        self.introducer.wants()
    }

    /// How the page for this scope receives whoever opens it. Looks nobody up and sends nothing.
    pub async fn receive(&self, caller: &Caller, scope: &str) -> Result<Reception, Refusal> {
        let Some(scope) = self.settings.scopes.get(scope) else { return Ok(Reception::default()) };
        let introduced = match self.find_out(caller, scope).await? {
            Finding::Introduced(introduction) => Some(introduction.login),
            Finding::Claimed(claim) => Some(claim.login),
            Finding::Nothing | Finding::Refused(_) => None,
        };
        let basic = !scope.has_form() && scope.sources.iter().any(|source| self.introducer.asks_basic(source));
        Ok(Reception { introduced, basic, ..self.desk_of(scope) })
    }

    /// The same where nobody could be asked who is calling.
    pub fn at_desk(&self, scope: &str) -> Reception {
        self.settings.scopes.get(scope).map(|scope| self.desk_of(scope)).unwrap_or_default()
    }

    fn desk_of(&self, scope: &Scope) -> Reception {
        let lead = |source: &Arc<str>| Some((source.clone(), self.introducer.leads(source)?.to_owned()));
        let leads = scope.sources.iter().filter_map(lead).collect();
        Reception { form: scope.has_form(), leads, ..Reception::default() }
    }

    /// What the first of the scope's sources that has anything to go by makes of the request. One that cannot be asked
    /// closes the scope: the next one could name somebody else.
    pub(super) async fn find_out(&self, caller: &Caller, scope: &Scope) -> Result<Finding, Refusal> {
        for source in scope.sources.iter().filter(|source| source.as_ref() != FORM) {
            let found = self.introducer.find(source, &caller.evidence).await.map_err(|e| self.outage(&e))?;
            match found {
                Finding::Nothing => {}
                Finding::Refused(why) => {
                    tracing::info!(%source, why, request = %caller.request, "what a request shows of its sender does not hold");
                    return Ok(Finding::Refused(format!("{source}: {why}")));
                }
                found => return Ok(found),
            }
        }
        Ok(Finding::Nothing)
    }

    /// Writes down that what a request shows does not hold.
    pub(super) async fn refuse_evidence(
        &self,
        caller: &Caller,
        scope: &Scope,
        why: String,
    ) -> Result<Refusal, Refusal> {
        self.decide(self.event(What::AuthnLoginFail, caller).scope(&scope.name).detail(why)).await?;
        self.count_failure().await?;
        Ok(Refusal::WrongCredentials)
    }
}
