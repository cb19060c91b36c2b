//! Looks at a certificate and its key before Pingora does, which would panic.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What is wrong, and with which of the two.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    Certificate(String),
    Key(String),
}

/// Whether the files can be served with: readable, PEM, and belonging together.
pub fn check(certificate: &Path, key: &Path) -> Vec<Fault> {
    let chain = read_chain(certificate).map_err(Fault::Certificate);
    let secret = read_key(key).map_err(Fault::Key);
    match (chain, secret) {
        (Ok(chain), Ok(secret)) => pair(chain, secret, key).err().into_iter().collect(),
        (chain, secret) => chain.err().into_iter().chain(secret.err()).collect(),
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = std::fs::read(path).map_err(|e| format!("cannot read `{}`: {e}", path.display()))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(format!("`{}` is no certificate in PEM", path.display())),
    }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let pem = std::fs::read(path).map_err(|e| format!("cannot read `{}`: {e}", path.display()))?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| format!("`{}` is no private key in PEM", path.display()))
}

fn pair(chain: Vec<CertificateDer<'static>>, secret: PrivateKeyDer<'static>, key: &Path) -> Result<(), Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Fault::Key(e.to_string()))?;
    let served = builder.with_no_client_auth().with_single_cert(chain, secret);
    served.map(drop).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => Fault::Key(format!("`{}` is not the certificate's key", key.display())),
        rustls::Error::InvalidCertificate(_) => Fault::Certificate(format!("the certificate cannot be used: {error}")),
        _ => Fault::Key(format!("`{}` cannot be used: {error}", key.display())),
    })
}
