//! Certificates, read by us first: Pingora panics on a file that it cannot read.

use std::sync::Arc;

use anyhow::{Context, Result};
use pingora::listeners::tls::TlsSettings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ResolvesServerCert;
use rustls::sign::CertifiedKey;

use crate::proxy::settings::TlsFiles;

/// TLS for a listener: HTTP/2 and HTTP/1.1.
pub fn settings(files: &TlsFiles) -> Result<TlsSettings> {
    let key = Arc::new(load(files)?);
    let (certificate, private) = (files.certificate.to_string_lossy(), files.key.to_string_lossy());
    let mut settings = TlsSettings::intermediate(&certificate, &private)
        .map_err(|e| anyhow::anyhow!("preparing TLS with {certificate}: {e}"))?;
    settings.set_cert_resolver(Arc::new(One(key)));
    settings.enable_h2();
    Ok(settings)
}

/// Reads a chain and its key and sees that they belong together.
fn load(files: &TlsFiles) -> Result<CertifiedKey> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("reading the certificate {}", files.certificate.display()))?;
    let key =
        PrivateKeyDer::from_pem_file(&files.key).with_context(|| format!("reading the key {}", files.key.display()))?;
    CertifiedKey::from_der(chain, key, &rustls::crypto::ring::default_provider())
        .with_context(|| format!("{} and {} do not go together", files.certificate.display(), files.key.display()))
}

/// One certificate, whatever name is asked for; which hosts are served is judged later, on the request.
#[derive(Debug)]
struct One(Arc<CertifiedKey>);

impl ResolvesServerCert for One {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}
