//! Makes passes, from proofs only, and reads them back.

use std::sync::Arc;

use dashmap::DashMap;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};

use crate::domain::id::PassId;
use crate::domain::pass::{Claims, NOT_BEFORE_SLACK, PASS_TYPE, Proof, Session};
use crate::domain::permit::Holder;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::domain::user::Identity;

use super::keys::KeyRing;
use super::ring_jwt;
use super::seal::{Sealer, derive, text};
use super::seams::{World, random16};

/// Browsers drop a cookie whose name and value are longer than this (RFC 6265bis §5.6).
pub const LONGEST_TOKEN: usize = 3800;

/// Signs and verifies, with one algorithm for each key.
pub struct Mint {
    /// Issuer and audience.
    place: String,
    keys: Vec<SigningKey>,
    /// Tokens that were found genuine, by their bytes: what time, revocation and scope say is judged on every request.
    known: DashMap<Box<str>, Arc<Genuine>>,
}

/// Tokens that are remembered; one more and all are forgotten, which costs each of them one verification.
const MOST_KNOWN: usize = 8192;

struct SigningKey {
    header: Header,
    /// The first part of every token signed with it. A token must begin with exactly these bytes, so nothing that a
    /// caller writes into a header (`alg`, `kid`, `jku`, `crit`) is ever interpreted.
    prefix: String,
    sign: EncodingKey,
    verify: DecodingKey,
    identity: Sealer,
}

/// A pass whose signature, kind, place and time are right.
#[derive(Debug, Clone)]
pub struct Genuine {
    pub claims: Claims,
    pub holder: Arc<Holder>,
}

impl Mint {
    pub fn new(place: &str, ring: &KeyRing) -> Mint {
        ring_jwt::install();
        let keys = ring.all().iter().map(|key| {
            let secret = derive(key.master.expose(), "pass HS256");
            let header =
                Header { typ: Some(PASS_TYPE.to_owned()), kid: Some(key.id.clone()), ..Header::new(Algorithm::HS256) };
            SigningKey {
                prefix: text(&serde_json::to_vec(&header).unwrap_or_default()) + ".",
                header,
                sign: EncodingKey::from_secret(secret.expose()),
                verify: DecodingKey::from_secret(secret.expose()),
                identity: Sealer::new(&derive(key.master.expose(), "identity")),
            }
        });
        Mint { place: place.to_owned(), keys: keys.collect(), known: DashMap::new() }
    }

    /// A pass for the session as it stands after `proof`. `None` when it would not fit into a cookie.
    pub fn mint(
        &self,
        world: &dyn World,
        proof: &Proof,
        session: &Session,
        identity: &Identity,
    ) -> Option<(Secret<String>, PassId)> {
        let key = self.keys.first()?;
        let jti = PassId::from_random(random16(world));
        let clear = serde_json::to_vec(identity).ok()?;
        let claims = Claims {
            typ: PASS_TYPE.to_owned(),
            iss: self.place.clone(),
            aud: self.place.clone(),
            sub: proof.user().clone(),
            iat: proof.at().secs(),
            nbf: proof.at().minus(NOT_BEFORE_SLACK).secs(),
            exp: session.ends.secs(),
            ide: key.identity.seal(world, jti.as_str(), &clear),
            jti: jti.clone(),
            sid: session.id.clone(),
            amr: session.amr.clone(),
            scopes: session.scopes.clone(),
        };
        let token = encode(&key.header, &claims, &key.sign).ok().filter(|t| t.len() <= LONGEST_TOKEN)?;
        Some((Secret::new(token), jti))
    }

    /// Reads a token. Whatever is wrong with it, the answer is `None`.
    pub fn read(&self, token: &str, now: Wall) -> Option<Arc<Genuine>> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let known = self.known.get(token).map(|entry| entry.value().clone());
        let genuine = match known {
            Some(genuine) => genuine,
            None => self.verify(token)?,
        };
        genuine.claims.in_force(&self.place, now).then_some(genuine)
    }

    /// Checks signature and seal, and remembers what was found good.
    fn verify(&self, token: &str) -> Option<Arc<Genuine>> {
        let key = self.keys.iter().find(|k| token.starts_with(&k.prefix))?;
        let claims = decode::<Claims>(token, &key.verify, &signature_only()).ok()?.claims;
        let identity: Identity = serde_json::from_slice(&key.identity.open(claims.jti.as_str(), &claims.ide)?).ok()?;
        let holder =
            Holder { user: claims.sub.clone(), session: claims.sid.clone(), pass: claims.jti.clone(), identity };
        let genuine = Arc::new(Genuine { holder: Arc::new(holder), claims });
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(token.into(), genuine.clone());
        Some(genuine)
    }
}

/// The library judges signature and algorithm only: it reads the system clock with a minute's leeway and lets absent
/// claims pass, so the claims are judged by [`Claims::in_force`], and serde demands every one of them.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

#[cfg(test)]
#[path = "mint/tests.rs"]
mod tests;
