//! Keyed hashes and sealed values: one key for each purpose, all derived from the key file (HKDF, RFC 5869).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{aead, hkdf, hmac};

use crate::domain::challenge::Challenge;
use crate::domain::code::Code;
use crate::domain::id::{ChallengeId, UserId};
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::domain::user::fold_login;

use super::keys::{KeyRing, signing};
use super::seams::World;

/// Unpadded base64url, the form of every byte string that we store or send.
pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Derives the key for one purpose from a master secret.
pub fn derive(master: &[u8], purpose: &str) -> Secret<[u8; 32]> {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"sekisho v1");
    let mut key = [0; 32];
    let info = [purpose.as_bytes()];
    let filled = salt.extract(master).expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key));
    // ring refuses only lengths that HKDF cannot give; 32 bytes are one block.
    assert!(filled.is_ok(), "HKDF gives 32 bytes");
    Secret::new(key)
}

/// Encrypts and authenticates: ChaCha20-Poly1305 with a random nonce, bound to `context`.
pub struct Sealer(aead::LessSafeKey);

impl Sealer {
    pub fn new(key: &Secret<[u8; 32]>) -> Sealer {
        let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, key.expose());
        // ring refuses only keys of another length.
        Sealer(aead::LessSafeKey::new(key.unwrap_or_else(|_| unreachable!("the key has 32 bytes"))))
    }

    pub fn seal(&self, world: &dyn World, context: &str, clear: &[u8]) -> String {
        let mut nonce = [0; aead::NONCE_LEN];
        world.fill(&mut nonce);
        let mut out = clear.to_vec();
        let sealed = self.0.seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(context),
            &mut out,
        );
        assert!(sealed.is_ok(), "ChaCha20-Poly1305 seals anything that fits into memory");
        text(&[nonce.as_slice(), &out].concat())
    }

    /// `None` for anything that was not sealed with this key for this context.
    pub fn open(&self, context: &str, sealed: &str) -> Option<Vec<u8>> {
        let mut data = bytes(sealed)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(data.get(..aead::NONCE_LEN)?).ok()?;
        let clear = self.0.open_within(nonce, aead::Aad::from(context), &mut data, aead::NONCE_LEN..).ok()?;
        Some(clear.to_vec())
    }
}

/// What challenges and forms are bound with. What was sealed or hashed under one key of the ring reads back as long as the
/// ring has it; what records are found by hangs on the ring's index, which no rotation changes.
pub struct Seals {
    browser: hmac::Key,
    alias: hmac::Key,
    /// For what is kept for years, and so hangs on no key that is retired.
    kept: Sealer,
    printed: hmac::Key,
    live: RwLock<Arc<Purposes>>,
}

/// The keys of a ring, the newest first.
struct Purposes {
    keys: Vec<Purpose>,
    /// The place of the one that signs.
    signs: AtomicUsize,
}

struct Purpose {
    signs_from: Wall,
    code: hmac::Key,
    form: hmac::Key,
    resend: Sealer,
}

impl Seals {
    pub fn new(ring: &KeyRing, now: Wall) -> Seals {
        let index = ring.index().expose();
        let seals = Seals {
            browser: mac(index, "browser"),
            alias: hmac::Key::new(hmac::HMAC_SHA256, index),
            kept: Sealer::new(&derive(index, "enrolments")),
            printed: mac(index, "printed codes"),
            live: RwLock::new(Arc::new(Purposes::new(ring))),
        };
        seals.turn(now);
        seals
    }

    /// Goes by another ring from now on.
    pub fn rekey(&self, ring: &KeyRing, now: Wall) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Purposes::new(ring));
        self.turn(now);
    }

    /// Signs with the key whose turn it is. Asked for at every heartbeat: who signs with an older key for a moment longer
    /// is read everywhere all the same.
    pub fn turn(&self, now: Wall) {
        let live = self.live();
        live.signs.store(signing(&live.keys, |key| key.signs_from, now), Ordering::Relaxed);
    }

    fn live(&self) -> Arc<Purposes> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keyed hash that a code is judged by, bound to challenge, user and scope.
    pub fn code_mac(&self, id: &ChallengeId, user: Option<&UserId>, scope: &str, code: &Code) -> String {
        text(hmac::sign(&self.live().signing().code, &code_message(id, user, scope, code)).as_ref())
    }

    /// Whether this is the challenge's code; takes the same time whatever is wrong with it.
    pub fn is_code(&self, challenge: &Challenge, code: &Code) -> bool {
        let message = code_message(&challenge.id, challenge.user.as_ref(), &challenge.scope, code);
        bytes(&challenge.mac).is_some_and(|mac| self.live().any_is(|key| &key.code, &message, &mac))
    }

    pub fn seal_code(&self, world: &dyn World, id: &ChallengeId, code: &Code) -> String {
        self.live().signing().resend.seal(world, id.as_str(), code.expose().as_bytes())
    }

    pub fn open_code(&self, challenge: &Challenge) -> Option<Code> {
        self.live().open(challenge.id.as_str(), &challenge.sealed)
    }

    pub fn seal_pass(&self, world: &dyn World, id: &ChallengeId, token: &Secret<String>) -> String {
        self.live().signing().resend.seal(world, &format!("pass {id}"), token.expose().as_bytes())
    }

    pub fn open_pass(&self, id: &ChallengeId, sealed: &str) -> Option<Secret<String>> {
        self.live().open(&format!("pass {id}"), sealed)
    }

    pub fn seal_device(&self, world: &dyn World, id: &ChallengeId, cookie: &Secret<String>) -> String {
        self.live().signing().resend.seal(world, &format!("device {id}"), cookie.expose().as_bytes())
    }

    pub fn open_device(&self, id: &ChallengeId, sealed: &str) -> Option<Secret<String>> {
        self.live().open(&format!("device {id}"), sealed)
    }

    pub fn seal_reference(&self, world: &dyn World, id: &ChallengeId, reference: &str) -> String {
        self.live().signing().resend.seal(world, &format!("reference {id}"), reference.as_bytes())
    }

    pub fn open_reference(&self, id: &ChallengeId, sealed: &str) -> Option<Secret<String>> {
        self.live().open(&format!("reference {id}"), sealed)
    }

    /// What somebody takes along who is led elsewhere to sign in: only we can read it, and only for that browser.
    pub fn seal_away(&self, world: &dyn World, browser: &str, clear: &str) -> String {
        self.live().signing().resend.seal(world, &format!("away {browser}"), clear.as_bytes())
    }

    pub fn open_away(&self, browser: &str, sealed: &str) -> Option<Secret<String>> {
        self.live().open(&format!("away {browser}"), sealed)
    }

    pub fn seal_question(&self, world: &dyn World, id: &ChallengeId, state: &[u8]) -> String {
        self.live().signing().resend.seal(world, &format!("passkey {id}"), state)
    }

    pub fn open_question(&self, id: &ChallengeId, sealed: &str) -> Option<Secret<String>> {
        self.live().open(&format!("passkey {id}"), sealed)
    }

    /// As the store keeps what waits for a code.
    pub fn seal_parked(&self, world: &dyn World, id: &ChallengeId, clear: &[u8]) -> Vec<u8> {
        self.live().signing().resend.seal(world, &format!("parked {id}"), clear).into_bytes()
    }

    pub fn open_parked(&self, id: &ChallengeId, sealed: &[u8]) -> Option<Vec<u8>> {
        let (context, sealed) = (format!("parked {id}"), std::str::from_utf8(sealed).ok()?);
        self.live().keys.iter().find_map(|key| key.resend.open(&context, sealed))
    }

    pub fn seal_enrolments(&self, world: &dyn World, user: &UserId, clear: &[u8]) -> Vec<u8> {
        self.kept.seal(world, user.as_str(), clear).into_bytes()
    }

    pub fn open_enrolments(&self, user: &UserId, sealed: &[u8]) -> Option<Vec<u8>> {
        self.kept.open(user.as_str(), std::str::from_utf8(sealed).ok()?)
    }

    /// Something that a user is about to enrol, on its way through a form.
    pub fn seal_draft(&self, world: &dyn World, user: &UserId, clear: &[u8]) -> String {
        self.kept.seal(world, &format!("draft {user}"), clear)
    }

    pub fn open_draft(&self, user: &UserId, sealed: &str) -> Option<Vec<u8>> {
        self.kept.open(&format!("draft {user}"), sealed)
    }

    /// How a code that was printed, or given out by hand, is remembered.
    pub fn printed_mac(&self, user: &UserId, code: &str) -> String {
        text(hmac::sign(&self.printed, format!("{user}\0{code}").as_bytes()).as_ref())
    }

    pub fn is_printed(&self, user: &UserId, code: &str, tag: &str) -> bool {
        let message = format!("{user}\0{code}");
        bytes(tag).is_some_and(|tag| hmac::verify(&self.printed, message.as_bytes(), &tag).is_ok())
    }

    /// How the store remembers a browser.
    pub fn browser_tag(&self, browser: &Secret<String>) -> String {
        text(hmac::sign(&self.browser, browser.expose().as_bytes()).as_ref())
    }

    pub fn is_browser(&self, browser: &Secret<String>, tag: &str) -> bool {
        bytes(tag).is_some_and(|tag| hmac::verify(&self.browser, browser.expose().as_bytes(), &tag).is_ok())
    }

    pub fn form_token(&self, browser: &Secret<String>) -> String {
        text(hmac::sign(&self.live().signing().form, browser.expose().as_bytes()).as_ref())
    }

    pub fn is_form_token(&self, browser: &Secret<String>, token: &str) -> bool {
        bytes(token).is_some_and(|token| self.live().any_is(|key| &key.form, browser.expose().as_bytes(), &token))
    }

    /// A stand-in for a name nobody has, and for a number in a quota's key: the store learns neither.
    pub fn alias(&self, kind: &str, value: &str) -> [u8; 32] {
        let mut out = [0; 32];
        let folded = fold_login(value);
        out.copy_from_slice(hmac::sign(&self.alias, format!("{kind}\0{folded}").as_bytes()).as_ref());
        out
    }
}

impl Purposes {
    fn new(ring: &KeyRing) -> Purposes {
        let keys = ring.all().iter().map(|key| {
            let master = key.master.expose();
            let (code, form) = (mac(master, "code"), mac(master, "form"));
            Purpose { signs_from: key.signs_from, code, form, resend: Sealer::new(&derive(master, "resend")) }
        });
        Purposes { keys: keys.collect(), signs: AtomicUsize::new(0) }
    }

    /// A ring has a key, and `turn` stores the place of one.
    fn signing(&self) -> &Purpose {
        &self.keys[self.signs.load(Ordering::Relaxed)]
    }

    /// Whether `tag` is of any key; all are tried, so that the time says nothing about which.
    fn any_is(&self, of: impl Fn(&Purpose) -> &hmac::Key, message: &[u8], tag: &[u8]) -> bool {
        self.keys.iter().fold(false, |found, key| hmac::verify(of(key), message, tag).is_ok() | found)
    }

    fn open(&self, context: &str, sealed: &str) -> Option<Secret<String>> {
        let clear = self.keys.iter().find_map(|key| key.resend.open(context, sealed))?;
        String::from_utf8(clear).ok().map(Secret::new)
    }
}

fn mac(master: &[u8], purpose: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, derive(master, purpose).expose())
}

/// Each part is led by its length, so that no two sets of parts give one message.
fn code_message(id: &ChallengeId, user: Option<&UserId>, scope: &str, code: &Code) -> Vec<u8> {
    let mut message = Vec::with_capacity(96);
    for part in [id.as_str(), user.map_or("", UserId::as_str), scope, code.expose()] {
        message.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        message.extend_from_slice(part.as_bytes());
    }
    message
}
