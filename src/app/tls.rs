//! TLS of a listener: which certificate answers, and how it is spoken.
//!
//! ```text
//! files → Certificate (proxy) → Certificates: one whole set, looked up by name at each handshake
//!                                   ↑ swapped whole when renewed (renewal)
//! ```

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Result, anyhow};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CipherSuite, ServerConfig, SignatureScheme, SupportedProtocolVersion};

use crate::proxy::certificate::{Certificate, Fault};
use crate::proxy::clients::{self, Speaking, Spoken};
use crate::proxy::settings::{Clients, Tls, TlsFiles, TlsVersion};

/// The certificates of one listener, chosen by the name that a client asks for. Always a whole set: a handshake sees the
/// one before a renewal or the one after it.
pub struct Certificates {
    settings: Tls,
    live: RwLock<Arc<[Arc<Certificate>]>>,
}

impl Certificates {
    /// Reads every pair; the error names each file that cannot be served with. Dates are not judged: with an expired
    /// certificate people get a warning, without one nothing.
    pub fn load(settings: &Tls) -> Result<Certificates> {
        let read = settings.certificates.iter().map(|files| Certificate::load(files).map(Arc::new));
        let mut live = Vec::new();
        for one in read {
            live.push(one.map_err(|faults| anyhow!(words(&faults)))?);
        }
        if live.is_empty() {
            return Err(anyhow!("there is no certificate to serve TLS with"));
        }
        Ok(Certificates { settings: settings.clone(), live: RwLock::new(live.into()) })
    }

    /// The files, in the order of [`Certificates::now`].
    pub fn files(&self) -> &[TlsFiles] {
        &self.settings.certificates
    }

    /// What is served with now.
    pub fn now(&self) -> Arc<[Arc<Certificate>]> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves with another certificate at this place from the next handshake on.
    pub fn swap(&self, place: usize, renewed: Certificate) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        let mut whole = live.to_vec();
        if let Some(old) = whole.get_mut(place) {
            *old = Arc::new(renewed);
            *live = whole.into();
        }
    }

    /// The one that fits the name best; among several, and where none fits or no name is asked for, the first that the
    /// client can check. Which hosts are served is judged later, on the request.
    fn choose(&self, asked: Option<&str>, schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let live = self.now();
        let usable = |one: &&Arc<Certificate>| one.key.key.choose_scheme(schemes).is_some();
        let fitting = asked.map(|asked| live.iter().filter_map(move |one| Some((one.fits(asked)?, one))));
        // `min_by_key` keeps the first of those that fit equally well.
        let best = fitting.and_then(|fitting| fitting.filter(|(_, one)| usable(one)).min_by_key(|(fit, _)| *fit));
        let chosen = best.map(|(_, one)| one).or_else(|| live.iter().find(usable)).or(live.first());
        chosen.map(|one| one.key.clone())
    }
}

/// What only TLS 1.3 has; every client that speaks it names one of these.
const TLS13: [CipherSuite; 5] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS13_AES_128_CCM_SHA256,
    CipherSuite::TLS13_AES_128_CCM_8_SHA256,
];

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Pingora's own configuration knows no lowest version: who cannot speak the one that is wanted is shown nothing.
        let old = !hello.cipher_suites().iter().any(|suite| TLS13.contains(suite));
        if old && self.settings.minimum == TlsVersion::V13 {
            return None;
        }
        self.choose(hello.server_name(), hello.signature_schemes())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.now().iter().map(|one| &one.names)).finish()
    }
}

/// All that is wrong with a pair, in one line.
pub fn words(faults: &[Fault]) -> String {
    faults.iter().map(Fault::words).collect::<Vec<_>>().join("; ")
}

/// TLS for a listener: HTTP/2 and HTTP/1.1, by TLS 1.3 and, unless it is switched off, 1.2. Sessions resume by tickets,
/// whose keys live in this process and change every six hours; nothing is ever taken before the handshake is over.
pub fn speak(certificates: &Arc<Certificates>) -> Result<Spoken> {
    const ALL: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];
    let versions = match certificates.settings.minimum {
        TlsVersion::V12 => ALL,
        TlsVersion::V13 => &ALL[..1],
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = certificates.settings.clients.as_ref().map(clients::verifier).transpose().map_err(|e| anyhow!(e))?;
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions)?;
    let builder = match &verifier {
        Some(verifier) => builder.with_client_cert_verifier(verifier.clone()),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(certificates.clone());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = rustls::crypto::ring::Ticketer::new()?;
    Ok(Spoken { config: Arc::new(config), verifier })
}

/// A listener's TLS with all that may be renewed of it.
#[derive(Clone)]
pub struct Served {
    pub certificates: Arc<Certificates>,
    pub speaking: Arc<Speaking>,
}

impl Served {
    pub fn load(settings: &Tls) -> Result<Served> {
        let certificates = Arc::new(Certificates::load(settings)?);
        let speaking = Arc::new(Speaking::new(speak(&certificates)?));
        Ok(Served { certificates, speaking })
    }

    /// Whose client certificates are asked for.
    pub fn clients(&self) -> Option<&Clients> {
        self.certificates.settings.clients.as_ref()
    }

    /// Asks for the client certificates that the files speak of now.
    pub fn renew_clients(&self) -> Result<()> {
        self.speaking.swap(speak(&self.certificates)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
