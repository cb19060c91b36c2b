//! Gives `jsonwebtoken`, which brings no cryptography of its own, the one that TLS links already: ring.
//!
//! | algorithm | key that signs | key that verifies |
//! |---|---|---|
//! | HS256 | the secret | the secret |
//! | EdDSA | the seed of Ed25519, 32 bytes | the public key, 32 bytes |
//! | ES256 | PKCS#8 | the uncompressed point of P-256, 65 bytes |
//! | ES384 | – | the uncompressed point of P-384, 97 bytes |
//! | RS256, PS256 | – | `RSAPublicKey` in DER, 2048 bits or more |
//!
//! No other exists here, so no token can talk the verifier into one; and a key of one is none of another.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};

use super::keys;

static RING: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Makes ring the provider of this process. Calling it again does nothing.
pub fn install() {
    // An error means that it is installed already; nothing else in this program installs one.
    let _ = RING.install_default();
}

/// The library judges signature and algorithm only: it reads the system clock with a minute's leeway and lets absent claims
/// pass, so whoever decodes judges the claims.
pub fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// As the library names it.
pub fn algorithm(algorithm: keys::Algorithm) -> Algorithm {
    match algorithm {
        keys::Algorithm::Hs256 => Algorithm::HS256,
        keys::Algorithm::EdDsa => Algorithm::EdDSA,
        keys::Algorithm::Es256 => Algorithm::ES256,
    }
}

/// What makes or checks a signature.
enum Tool {
    Mac(hmac::Key),
    Ed25519(Ed25519KeyPair),
    P256(Box<EcdsaKeyPair>),
    Public(Algorithm, UnparsedPublicKey<Vec<u8>>),
}

impl Tool {
    fn algorithm(&self) -> Algorithm {
        match self {
            Tool::Mac(_) => Algorithm::HS256,
            Tool::Ed25519(_) => Algorithm::EdDSA,
            Tool::P256(_) => Algorithm::ES256,
            Tool::Public(algorithm, _) => *algorithm,
        }
    }
}

impl Signer<Vec<u8>> for Tool {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        match self {
            Tool::Mac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Tool::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Tool::P256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), message);
                signed.map(|signature| signature.as_ref().to_vec()).map_err(|_| Error::new())
            }
            Tool::Public(..) => Err(Error::new()),
        }
    }
}

impl Verifier<Vec<u8>> for Tool {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let right = match self {
            Tool::Mac(key) => hmac::verify(key, message, signature),
            Tool::Public(_, key) => key.verify(message, signature),
            Tool::Ed25519(_) | Tool::P256(_) => return Err(Error::new()),
        };
        right.map_err(|_| Error::new())
    }
}

impl JwtSigner for Tool {
    fn algorithm(&self) -> Algorithm {
        Tool::algorithm(self)
    }
}

impl JwtVerifier for Tool {
    fn algorithm(&self) -> Algorithm {
        Tool::algorithm(self)
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let (bytes, bad) = (key.as_bytes(), |_| ErrorKind::InvalidKeyFormat);
    let tool = match algorithm {
        Algorithm::HS256 => Tool::Mac(hmac::Key::new(hmac::HMAC_SHA256, bytes)),
        Algorithm::EdDSA => Tool::Ed25519(Ed25519KeyPair::from_seed_unchecked(bytes).map_err(bad)?),
        Algorithm::ES256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes, &SystemRandom::new());
            Tool::P256(Box::new(pair.map_err(bad)?))
        }
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    Ok(Box::new(tool))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let bytes = key.try_get_as_bytes()?;
    let public =
        |how: &'static dyn VerificationAlgorithm| Tool::Public(*algorithm, UnparsedPublicKey::new(how, bytes.to_vec()));
    let tool = match algorithm {
        Algorithm::HS256 => Tool::Mac(hmac::Key::new(hmac::HMAC_SHA256, bytes)),
        Algorithm::EdDSA => public(&ED25519),
        Algorithm::ES256 => public(&ECDSA_P256_SHA256_FIXED),
        // Only tokens of others are signed with these.
        Algorithm::ES384 => public(&ECDSA_P384_SHA384_FIXED),
        Algorithm::RS256 => public(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::PS256 => public(&RSA_PSS_2048_8192_SHA256),
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    Ok(Box::new(tool))
}
