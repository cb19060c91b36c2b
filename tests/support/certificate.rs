//! TLS files for the gateway's listener: a fresh key, and a certificate that vouches for itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

#[derive(Clone)]
pub struct Certificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Certificate {
    /// For this host name and for loopback, as PEM files in `folder`; the key for its owner only.
    pub fn make(folder: &Path, host: &str) -> Self {
        let names = [host, "localhost", "127.0.0.1"].map(String::from);
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate can be made");
        let files = Self { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
        fs::write(&files.certificate, made.cert.pem()).expect("the folder can be written");
        fs::write(&files.key, made.signing_key.serialize_pem()).expect("the folder can be written");
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).expect("the key's mode can be set");
        files
    }

    /// The SHA-256 of its public key in base64, by which browsers pin keys.
    pub fn key_digest(&self) -> String {
        let pem = fs::read(&self.certificate).expect("the certificate is there");
        let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).expect("it is PEM");
        let parsed = pem.parse_x509().expect("it is a certificate");
        let digest = ring::digest::digest(&ring::digest::SHA256, parsed.public_key().raw);
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest)
    }
}
