//! `Authorization: Bearer` (RFC 6750) with a signed token (JWT).

use std::sync::Arc;

use crate::domain::challenge::FirstFactor;
use crate::gate::introduce::Evidence;
use crate::gate::seams::{IdentityError, World};
use crate::net::Door;

use super::Read;
use super::basic::credentials;
use super::jwks::KeySet;
use super::settings::Bearer;
use super::token::{self, Rules};

pub struct Verifier {
    rules: Rules,
    keys: KeySet,
    world: Arc<dyn World>,
}

impl Verifier {
    pub fn new(settings: Bearer, door: Door, world: Arc<dyn World>) -> Verifier {
        Verifier { rules: settings.rules, keys: KeySet::new(settings.jwks, door, world.clone()), world }
    }

    pub(super) async fn read(&self, evidence: &Evidence) -> Result<Read, IdentityError> {
        let token = match credentials(evidence, "bearer") {
            Ok(None) => return Ok(Read::Nothing),
            Ok(Some(token)) => token,
            Err(why) => return Ok(Read::refused(why)),
        };
        let claims = match self.keys.claims(token).await? {
            Ok(claims) => claims,
            Err(why) => return Ok(Read::Refused(format!("the token does not hold: {why}"))),
        };
        Ok(match token::judge(&claims, &self.rules, self.world.wall()) {
            Ok(name) => Read::Name(name, FirstFactor::Vouched),
            Err(why) => Read::Refused(format!("the token does not hold: {why}")),
        })
    }
}
