//! Makes passes, from proofs only, and reads them back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use dashmap::DashMap;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, decode, encode};
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::domain::id::{PassId, UserId};
use crate::domain::pass::{Claims, NOT_BEFORE_SLACK, PASS_TYPE, Proof, Session};
use crate::domain::permit::Holder;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::domain::user::Identity;

use super::keys::{Algorithm, Key, KeyRing, signing};
use super::ring_jwt;
use super::seal::{Sealer, derive, text};
use super::seams::{World, random16};

/// Browsers drop a cookie whose name and value are longer than this (RFC 6265bis §5.6).
pub const LONGEST_TOKEN: usize = 3800;

/// Signs and verifies, with one algorithm for each key.
pub struct Mint {
    /// Issuer and audience.
    place: String,
    /// Swapped whole. A request whose token is known reads only `epoch`, so workers share no lock.
    live: RwLock<Arc<Signers>>,
    /// Rises whenever what was read before may not be known any more: with another ring, and when tokens are forgotten.
    epoch: AtomicU64,
    /// Tokens that were found genuine, by their bytes: what time, revocation and scope say is judged on every request.
    known: DashMap<Box<str>, Known>,
    /// Of tokens that were forgotten: the latest of each user since [`Mint::shown`] was asked.
    forgotten: DashMap<UserId, Arc<Genuine>>,
}

/// Tokens that are remembered; one more and all are forgotten, which costs each of them one verification.
const MOST_KNOWN: usize = 8192;

/// The keys of one ring, the newest first.
type Signers = Vec<SigningKey>;

/// A token that was verified in this epoch, and has to be again in another one: its key may be gone.
struct Known {
    epoch: u64,
    genuine: Arc<Genuine>,
}

struct SigningKey {
    signs_from: Wall,
    header: Header,
    /// The first part of every token signed with it. A token must begin with exactly these bytes, so nothing that a
    /// caller writes into a header (`alg`, `kid`, `jku`, `crit`) is ever interpreted.
    prefix: String,
    sign: EncodingKey,
    verify: DecodingKey,
    identity: Sealer,
    /// What others may verify with.
    public: Option<PublicKey>,
}

/// The public half of a key that signs, as `jwks.json` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub id: String,
    pub algorithm: Algorithm,
    /// 32 bytes for Ed25519, the uncompressed point for P-256.
    pub bytes: Vec<u8>,
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
        let live = RwLock::new(Arc::new(signers(ring)));
        Mint {
            place: place.to_owned(),
            live,
            epoch: AtomicU64::new(0),
            known: DashMap::new(),
            forgotten: DashMap::new(),
        }
    }

    /// Goes by another ring from now on. Every token is verified anew at its next use: one whose key is gone is worth
    /// nothing from this moment, also where a worker was just about to remember it.
    pub fn rekey(&self, ring: &KeyRing) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        *live = Arc::new(signers(ring));
        drop(live);
        self.forget();
    }

    /// What was read while this was the same needs no reading again.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Whether what a genuine token says is said for now.
    pub fn is_in_force(&self, claims: &Claims, now: Wall) -> bool {
        claims.in_force(&self.place, now)
    }

    /// What others can verify signatures of ours with; nothing where all keys are secret ones.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.signers().iter().filter_map(|key| key.public.clone()).collect()
    }

    fn signers(&self) -> Arc<Signers> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A pass for the session as it stands after `proof`. `None` when it would not fit into a cookie.
    pub fn mint(
        &self,
        world: &dyn World,
        proof: &Proof,
        session: &Session,
        identity: &Identity,
    ) -> Option<(Secret<String>, PassId)> {
        let signers = self.signers();
        let key = signers.get(signing(&signers, |key| key.signs_from, proof.at()))?;
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
        // Before the keys are looked at: what is verified with keys that change meanwhile is not remembered for long.
        let epoch = self.epoch();
        let known = self.known.get(token).filter(|known| known.epoch == epoch);
        let genuine = match known.map(|known| known.genuine.clone()) {
            Some(genuine) => genuine,
            None => self.verify(token, epoch)?,
        };
        genuine.claims.in_force(&self.place, now).then_some(genuine)
    }

    /// The passes that are known to have been shown here and hold: of every user who has shown one since this was asked the
    /// last time, at least one.
    pub fn shown(&self, now: Wall) -> Vec<Arc<Genuine>> {
        let forgotten: Vec<_> = self.forgotten.iter().map(|entry| entry.value().clone()).collect();
        self.forgotten.clear();
        let known = self.known.iter().map(|entry| entry.value().genuine.clone());
        known.chain(forgotten).filter(|genuine| genuine.claims.in_force(&self.place, now)).collect()
    }

    /// Checks signature and seal, leaves the claims to [`Claims::in_force`] (serde demands every one of them), and remembers what was found good.
    fn verify(&self, token: &str, epoch: u64) -> Option<Arc<Genuine>> {
        let signers = self.signers();
        let key = signers.iter().find(|k| token.starts_with(&k.prefix))?;
        let claims = decode::<Claims>(token, &key.verify, &ring_jwt::signature_only(key.header.alg)).ok()?.claims;
        let identity: Identity = serde_json::from_slice(&key.identity.open(claims.jti.as_str(), &claims.ide)?).ok()?;
        let (user, session, pass) = (claims.sub.clone(), claims.sid.clone(), claims.jti.clone());
        let holder = Holder { user, session, pass, identity, emergency: claims.is_emergency() };
        let genuine = Arc::new(Genuine { holder: Arc::new(holder), claims });
        if self.known.len() >= MOST_KNOWN {
            self.forget();
        }
        self.known.insert(token.into(), Known { epoch, genuine: genuine.clone() });
        Some(genuine)
    }

    fn forget(&self) {
        // Workers have to show again whom they see, or `shown` would not hear of them.
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for entry in &self.known {
            let genuine = &entry.value().genuine;
            self.forgotten.insert(genuine.claims.sub.clone(), genuine.clone());
        }
        self.known.clear();
        // Once more for whoever took one of them out meanwhile.
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }
}

fn signers(ring: &KeyRing) -> Signers {
    ring.all().iter().filter_map(SigningKey::new).collect()
}

impl SigningKey {
    /// `None` for a key pair that cannot be read, which no ring has.
    fn new(key: &Key) -> Option<SigningKey> {
        let master = key.master.expose();
        let algorithm = ring_jwt::algorithm(key.algorithm);
        let header = Header { typ: Some(PASS_TYPE.to_owned()), kid: Some(key.id.clone()), ..Header::new(algorithm) };
        let public = |bytes: &[u8]| PublicKey { id: key.id.clone(), algorithm: key.algorithm, bytes: bytes.to_vec() };
        let (sign, verify, public) = match key.algorithm {
            Algorithm::Hs256 => {
                let secret = derive(master, "pass HS256");
                (EncodingKey::from_secret(secret.expose()), DecodingKey::from_secret(secret.expose()), None)
            }
            Algorithm::EdDsa => {
                let seed = derive(master, "pass EdDSA");
                let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).ok()?;
                let open = pair.public_key().as_ref();
                (EncodingKey::from_ed_der(seed.expose()), DecodingKey::from_ed_der(open), Some(public(open)))
            }
            Algorithm::Es256 => {
                let pair = key.pair()?;
                let (private, open) = (key.private.as_ref()?, pair.public_key().as_ref());
                (EncodingKey::from_ec_der(private.expose()), DecodingKey::from_ec_der(open), Some(public(open)))
            }
        };
        Some(SigningKey {
            signs_from: key.signs_from,
            prefix: text(&serde_json::to_vec(&header).ok()?) + ".",
            header,
            sign,
            verify,
            identity: Sealer::new(&derive(master, "identity")),
            public,
        })
    }
}

#[cfg(test)]
#[path = "mint/tests.rs"]
mod tests;
