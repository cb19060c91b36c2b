//! Words that travel with somebody else and come back unread: sealed for one message, and worth nothing after its end.
//!
//! What a voice says after a key was pressed is handed to the vendor in this form, within the address where the vendor
//! asks for it. So any node can answer, also one that was started since, and no store ever holds the words.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{aead, hmac};

use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::gate::seal::derive;

/// Bytes before the words: the second in which they end.
const HEAD: usize = 8;

#[derive(Clone)]
pub struct Envelope {
    seal: aead::LessSafeKey,
    nonce: hmac::Key,
}

impl Envelope {
    pub fn new(secret: &[u8; 32]) -> Envelope {
        let seal = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, derive(secret, "envelope").expose());
        // ring refuses only keys of another length.
        let seal = aead::LessSafeKey::new(seal.unwrap_or_else(|_| unreachable!("the key has 32 bytes")));
        let nonce = hmac::Key::new(hmac::HMAC_SHA256, derive(secret, "envelope nonce").expose());
        Envelope { seal, nonce }
    }

    /// Base64url. The nonce is a keyed hash of all that is sealed: nothing is drawn, and no two texts share one.
    pub fn seal(&self, context: &str, until: Wall, words: &str) -> String {
        let mut data = [&until.secs().to_be_bytes()[..], words.as_bytes()].concat();
        let mut hash = hmac::Context::with_key(&self.nonce);
        hash.update(&(context.len() as u64).to_be_bytes());
        hash.update(context.as_bytes());
        hash.update(&data);
        let mut nonce = [0; aead::NONCE_LEN];
        nonce.copy_from_slice(&hash.sign().as_ref()[..aead::NONCE_LEN]);
        let aad = aead::Aad::from(context);
        let sealed = self.seal.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aad, &mut data);
        assert!(sealed.is_ok(), "ChaCha20-Poly1305 seals anything that fits into memory");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &data].concat())
    }

    /// `None` for anything that was not sealed for this context, and after the end.
    pub fn open(&self, context: &str, now: Wall, sealed: &str) -> Option<Secret<String>> {
        let mut data = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let nonce = aead::Nonce::try_assume_unique_for_key(data.get(..aead::NONCE_LEN)?).ok()?;
        let clear = self.seal.open_within(nonce, aead::Aad::from(context), &mut data, aead::NONCE_LEN..).ok()?;
        let (until, words) = clear.split_at_checked(HEAD)?;
        let live = now.secs() <= i64::from_be_bytes(until.try_into().ok()?);
        let words = live.then(|| String::from_utf8(words.to_vec()).ok())?;
        words.map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: Wall = Wall(1_790_000_300_000);

    #[test]
    fn words_come_back_until_their_end_and_for_their_message_alone() {
        let envelope = Envelope::new(&[7; 32]);
        let sealed = envelope.seal("a message", UNTIL, "コードは、4、8、2です");
        let open = |context: &str, now| envelope.open(context, Wall(now), &sealed).map(|words| words.expose().clone());
        assert_eq!(open("a message", 1_790_000_000_000).as_deref(), Some("コードは、4、8、2です"));
        assert_eq!(open("a message", UNTIL.0 + 999).as_deref(), Some("コードは、4、8、2です"));
        assert_eq!(open("a message", UNTIL.0 + 1000), None);
        assert_eq!(open("another", 0), None);
        assert!(Envelope::new(&[8; 32]).open("a message", Wall(0), &sealed).is_none());
    }

    #[test]
    fn nothing_but_what_was_sealed_opens() {
        let envelope = Envelope::new(&[7; 32]);
        let sealed = envelope.seal("m", UNTIL, "4, 8, 2");
        for index in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert!(envelope.open("m", Wall(0), &forged).is_none(), "{index}");
        }
        for bad in ["", "A", "AAAAAAAAAAAAAAAA", "ü"] {
            assert!(envelope.open("m", Wall(0), bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn no_two_texts_share_a_nonce() {
        let envelope = Envelope::new(&[7; 32]);
        let nonce = |context: &str, until, words: &str| envelope.seal(context, until, words)[..16].to_owned();
        let mine = nonce("m", UNTIL, "one");
        assert_eq!(mine, nonce("m", UNTIL, "one"));
        for other in [nonce("m", UNTIL, "two"), nonce("n", UNTIL, "one"), nonce("m", Wall(0), "one")] {
            assert_ne!(mine, other);
        }
    }
}
