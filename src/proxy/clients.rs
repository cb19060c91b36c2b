//! Client certificates of a listener: who vouches for them, and whether they still do.
//!
//! A certificate is judged in the handshake, and once more when somebody signs in with it: a connection, and a session that
//! is resumed, can be older than the latest list of revoked ones.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::domain::time::Wall;

use super::settings::Clients;

/// TLS of a listener as it is spoken at a time.
pub struct Spoken {
    pub config: Arc<ServerConfig>,
    /// Who judges client certificates, where any are asked for.
    pub verifier: Option<Arc<dyn ClientCertVerifier>>,
}

/// TLS of a listener, swapped whole when what it goes by is renewed. Handshakes see the one before or the one after.
pub struct Speaking(RwLock<Arc<Spoken>>);

impl Speaking {
    pub fn new(spoken: Spoken) -> Speaking {
        Speaking(RwLock::new(Arc::new(spoken)))
    }

    pub fn now(&self) -> Arc<Spoken> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Speaks so from the next handshake on. No session of before is resumed: each `Spoken` has ticket keys of its own.
    pub fn swap(&self, spoken: Spoken) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(spoken);
    }
}

impl Spoken {
    /// The first certificate of a chain that a client has shown, if its authorities still vouch for it.
    pub fn vouched(&self, chain: &[u8], now: Wall) -> Option<Vec<u8>> {
        let verifier = self.verifier.as_ref()?;
        let chain = split(chain)?;
        let (first, rest) = chain.split_first()?;
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(now.secs()).ok()?));
        match verifier.verify_client_cert(first, rest, now) {
            Ok(_) => Some(first.to_vec()),
            Err(error) => {
                tracing::info!(%error, "nobody vouches any more for the certificate of a client");
                None
            }
        }
    }
}

/// Several certificates as one piece: each says itself how long it is.
pub fn join(chain: &[CertificateDer<'_>]) -> Vec<u8> {
    chain.iter().flat_map(|one| one.as_ref().iter().copied()).collect()
}

fn split(mut chain: &[u8]) -> Option<Vec<CertificateDer<'_>>> {
    let mut all = Vec::new();
    while !chain.is_empty() {
        let (rest, _) = X509Certificate::from_der(chain).ok()?;
        let (one, after) = chain.split_at(chain.len() - rest.len());
        all.push(CertificateDer::from(one));
        chain = after;
    }
    Some(all)
}

/// Reads the authorities and, where there is one, the list of revoked certificates. The error names the file.
pub fn verifier(clients: &Clients) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(&clients.ca)?), provider);
    if let Some(crl) = &clients.crl {
        // Of authorities between, which are few and change seldom, no list is asked; a list that is out of date is none.
        builder = builder.with_crls(lists(crl)?).only_check_end_entity_revocation().enforce_revocation_expiration();
    }
    if !clients.required {
        builder = builder.allow_unauthenticated();
    }
    let file = clients.crl.as_ref().unwrap_or(&clients.ca);
    builder.build().map_err(|error| format!("`{}` cannot be used: {error}", file.display()))
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(&read(file)?) {
        let root = root.map_err(|_| format!("`{}` is no certificate in PEM", file.display()))?;
        let added = roots.add(root);
        added.map_err(|error| format!("`{}` holds what is no authority: {error}", file.display()))?;
    }
    if roots.is_empty() { Err(format!("`{}` is no certificate in PEM", file.display())) } else { Ok(roots) }
}

/// In PEM, or one in DER, as authorities publish them.
fn lists(file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    let bytes = read(file)?;
    let found: Result<Vec<_>, _> = match bytes.starts_with(b"0") {
        true => Ok(vec![CertificateRevocationListDer::from(bytes)]),
        false => CertificateRevocationListDer::pem_slice_iter(&bytes).collect(),
    };
    match found {
        Ok(lists) if !lists.is_empty() => Ok(lists),
        _ => Err(format!("`{}` is no list of revoked certificates", file.display())),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))
}
