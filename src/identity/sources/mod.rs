//! Sources: how a request itself shows who is calling, where the configuration says so.
//!
//! Each gives a login name, and the directories look up whose that is. What is there and does not hold is a no, and never
//! leads to the next source; a source that cannot be asked is an outage.

mod basic;
mod bearer;
mod certificate;
mod header;
mod jwks;
mod oidc;
pub mod settings;
mod token;
mod whoami;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::challenge::FirstFactor;
use crate::domain::user::login_fault;
use crate::gate::introduce::{Evidence, Finding, Introducer, Wants};
use crate::gate::lead::Trip;
use crate::gate::seams::{IdentityError, Introduction, World};
use crate::net::Door;

use settings::{Kind, Settings};

/// Every source of the configuration, by its name.
pub struct Sources {
    named: BTreeMap<String, Source>,
    wants: Wants,
}

struct Source {
    name: Arc<str>,
    how: How,
    /// What names end in, which is left out of them.
    domain: Option<String>,
}

/// A kind of source at work.
enum How {
    Header(settings::Header),
    Certificate(settings::Certificate),
    Basic,
    Bearer(bearer::Verifier),
    Whoami(whoami::Asker),
    Oidc(oidc::Provider),
}

/// What one kind of source read out of a request.
enum Read {
    Nothing,
    Name(String, FirstFactor),
    Whole(Finding),
    Refused(String),
}

impl Read {
    fn refused(why: impl Into<String>) -> Read {
        Read::Refused(why.into())
    }
}

impl Sources {
    pub fn new(settings: &BTreeMap<String, Settings>, door: &Door, world: &Arc<dyn World>) -> Sources {
        let mut wants = Wants::default();
        let mut named = BTreeMap::new();
        for (name, settings) in settings {
            match &settings.kind {
                Kind::Header(header) => wants.fields.push(header.field.clone()),
                Kind::Certificate(_) => wants.certificate = true,
                Kind::Basic | Kind::Bearer(_) => wants.fields.push("authorization".to_owned()),
                Kind::Whoami(whoami) => wants.cookies.extend(whoami.cookies.iter().cloned()),
                Kind::Oidc(_) => {}
            }
            let how = How::of(settings.kind.clone(), door, world);
            named.insert(name.clone(), Source { name: name.as_str().into(), how, domain: settings.domain.clone() });
        }
        wants.fields.sort();
        wants.fields.dedup();
        wants.cookies.sort();
        wants.cookies.dedup();
        Sources { named, wants }
    }

    fn source(&self, name: &str) -> Result<&Source, IdentityError> {
        self.named.get(name).ok_or_else(|| IdentityError(format!("there is no source `{name}`")))
    }

    fn provider(&self, name: &str) -> Result<(&Source, &oidc::Provider), IdentityError> {
        let source = self.source(name)?;
        match &source.how {
            How::Oidc(provider) => Ok((source, provider)),
            _ => Err(IdentityError(format!("`{name}` is no place to go to"))),
        }
    }
}

#[async_trait]
impl Introducer for Sources {
    fn wants(&self) -> &Wants {
        &self.wants
    }

    async fn find(&self, source: &str, evidence: &Evidence) -> Result<Finding, IdentityError> {
        let source = self.source(source)?;
        let read = match &source.how {
            How::Header(header) => header::read(header, evidence),
            How::Certificate(certificate) => certificate::read(certificate, evidence),
            How::Basic => basic::read(evidence),
            How::Bearer(verifier) => verifier.read(evidence).await?,
            How::Whoami(asker) => asker.read(evidence).await?,
            // People go there first.
            How::Oidc(_) => Read::Nothing,
        };
        Ok(source.judge(read))
    }

    fn leads(&self, source: &str) -> Option<&str> {
        match &self.named.get(source)?.how {
            How::Oidc(provider) => Some(provider.title()),
            _ => None,
        }
    }

    async fn lead(&self, source: &str, trip: &Trip) -> Result<String, IdentityError> {
        self.provider(source)?.1.lead(trip).await
    }

    async fn bring_back(&self, source: &str, trip: &Trip, code: &str) -> Result<Finding, IdentityError> {
        let (source, provider) = self.provider(source)?;
        Ok(source.judge(provider.bring_back(trip, code).await?))
    }

    fn asks_basic(&self, source: &str) -> bool {
        self.named.get(source).is_some_and(|source| matches!(source.how, How::Basic))
    }
}

impl How {
    fn of(kind: Kind, door: &Door, world: &Arc<dyn World>) -> How {
        let (door, world) = (door.clone(), world.clone());
        match kind {
            Kind::Header(header) => How::Header(header),
            Kind::Certificate(certificate) => How::Certificate(certificate),
            Kind::Basic => How::Basic,
            Kind::Bearer(bearer) => How::Bearer(bearer::Verifier::new(bearer, door, world)),
            Kind::Whoami(whoami) => How::Whoami(whoami::Asker::new(whoami, door, world)),
            Kind::Oidc(oidc) => How::Oidc(oidc::Provider::new(oidc, door, world)),
        }
    }
}

impl Source {
    fn judge(&self, read: Read) -> Finding {
        let (name, by) = match read {
            Read::Nothing => return Finding::Nothing,
            Read::Refused(why) => return Finding::Refused(why),
            Read::Whole(finding) => return finding,
            Read::Name(name, by) => (name, by),
        };
        let Some(login) = self.within_domain(&name) else {
            return Finding::Refused("the name is of another domain".to_owned());
        };
        match login_fault(login) {
            Some(fault) => Finding::Refused(fault.to_owned()),
            None => Finding::Introduced(Introduction { login: login.to_owned(), by, source: self.name.clone() }),
        }
    }

    /// `alice` of `alice@example.jp`, where that is the domain; the whole name where there is none.
    fn within_domain<'a>(&self, name: &'a str) -> Option<&'a str> {
        let Some(domain) = &self.domain else { return Some(name) };
        let (login, of) = name.rsplit_once('@')?;
        of.eq_ignore_ascii_case(domain).then_some(login)
    }
}

#[cfg(test)]
mod tests;
