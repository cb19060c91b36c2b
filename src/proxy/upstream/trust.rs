//! Certificates for TLS to an upstream, read by us first: Pingora panics on what it cannot read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use pingora::protocols::tls::CaType;
use pingora::utils::tls::{CertKey, WrappedX509, parse_x509};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::proxy::settings::{TlsFiles, TlsUpstream};

/// Whom an upstream's certificate must come from, and what we show it.
#[derive(Clone, Default)]
pub struct Trust {
    /// The system's authorities without.
    pub ca: Option<Arc<CaType>>,
    pub client: Option<Arc<CertKey>>,
}

impl Trust {
    /// Says which file is wrong, and how.
    pub fn load(files: &TlsUpstream) -> Result<Trust, String> {
        let ca = files.ca.as_deref().map(authorities).transpose()?;
        let client = files.client.as_ref().map(identity).transpose()?;
        Ok(Trust { ca, client })
    }
}

fn authorities(file: &Path) -> Result<Arc<CaType>, String> {
    let wrapped = certificates(file)?.into_iter().map(|der| {
        // What rustls takes and Pingora's own parser does not would panic.
        catch_unwind(AssertUnwindSafe(|| WrappedX509::new(der, parse_x509))).map_err(|_| unusable(file))
    });
    Ok(wrapped.collect::<Result<Vec<_>, _>>()?.into())
}

fn identity(files: &TlsFiles) -> Result<Arc<CertKey>, String> {
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|e| format!("reading the client's key {}: {e}", files.key.display()))?;
    let pair = AssertUnwindSafe(|| CertKey::new(chain, key.secret_der().to_vec()));
    catch_unwind(pair).map(Arc::new).map_err(|_| unusable(&files.certificate))
}

fn certificates(file: &Path) -> Result<Vec<Vec<u8>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    let found = found.map_err(|e| format!("reading the certificates {}: {e}", file.display()))?;
    if found.is_empty() {
        return Err(format!("there is no certificate in {}", file.display()));
    }
    Ok(found.iter().map(|der| der.to_vec()).collect())
}

fn unusable(file: &Path) -> String {
    format!("{} holds a certificate that cannot be used", file.display())
}
