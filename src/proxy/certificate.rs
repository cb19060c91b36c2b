//! A certificate with its key, as a listener serves it: read from files, found good, with the names and dates it carries.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::domain::time::Wall;

use super::settings::TlsFiles;

/// What is wrong, and with which of the two files. The words name the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    Certificate(String),
    Key(String),
}

impl Fault {
    pub fn words(&self) -> &str {
        let (Fault::Certificate(words) | Fault::Key(words)) = self;
        words
    }
}

/// A chain and the key that belongs to it.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub key: Arc<CertifiedKey>,
    /// The DNS names that it is for, in lower case; `*.` stands for one label.
    pub names: Vec<String>,
    pub not_before: Wall,
    pub not_after: Wall,
}

impl Certificate {
    /// Reads both files and sees that they can be served with. Dates are not judged here.
    pub fn load(files: &TlsFiles) -> Result<Certificate, Vec<Fault>> {
        let (chain, key) = (read_chain(&files.certificate), read_key(&files.key));
        match (chain, key) {
            (Ok(chain), Ok(key)) => Certificate::pair(files, chain, key).map_err(|fault| vec![fault]),
            (chain, key) => Err(chain.err().into_iter().chain(key.err()).collect()),
        }
    }

    fn pair(
        files: &TlsFiles,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Certificate, Fault> {
        let (certificate, private) = (files.certificate.display(), files.key.display());
        let facts = chain.first().and_then(|first| Facts::read(first));
        let facts = facts
            .ok_or_else(|| Fault::Certificate(format!("`{certificate}` cannot be used: it is no X.509 of today")))?;
        let key = CertifiedKey::from_der(chain, key, &rustls::crypto::ring::default_provider());
        let key = key.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => Fault::Key(format!("`{private}` is not the certificate's key")),
            rustls::Error::InvalidCertificate(_) => {
                Fault::Certificate(format!("`{certificate}` cannot be used: {error}"))
            }
            _ => Fault::Key(format!("`{private}` cannot be used: {error}")),
        })?;
        let Facts { names, not_before, not_after } = facts;
        Ok(Certificate { key: Arc::new(key), names, not_before, not_after })
    }

    /// What it is called in metrics and log: its first name.
    pub fn title(&self) -> &str {
        self.names.first().map_or("unnamed", String::as_str)
    }

    /// How well it fits the name that a client asks for.
    pub fn fits(&self, asked: &str) -> Option<Fit> {
        let exact = |name: &String| name.eq_ignore_ascii_case(asked);
        // A star is one label, and never the last two of them (RFC 6125 §6.4.3, as browsers hold it).
        let below = asked.split_once('.').map(|(_, rest)| rest).filter(|rest| rest.contains('.'));
        let wild = |name: &String| name.strip_prefix("*.").zip(below).is_some_and(|(n, b)| n.eq_ignore_ascii_case(b));
        match () {
            () if self.names.iter().any(exact) => Some(Fit::Exact),
            () if self.names.iter().any(wild) => Some(Fit::Wildcard),
            () => None,
        }
    }
}

/// The better is the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    Exact,
    Wildcard,
}

struct Facts {
    names: Vec<String>,
    not_before: Wall,
    not_after: Wall,
}

impl Facts {
    fn read(der: &[u8]) -> Option<Facts> {
        let (_, read) = X509Certificate::from_der(der).ok()?;
        // Clients look at these names only; the subject's common name has not counted for years.
        let listed = read.subject_alternative_name().ok()?;
        let names = listed.iter().flat_map(|listed| &listed.value.general_names);
        let names = names.filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.trim_end_matches('.').to_ascii_lowercase()),
            _ => None,
        });
        let validity = read.validity();
        Some(Facts {
            names: names.collect(),
            not_before: Wall::from_secs(validity.not_before.timestamp()),
            not_after: Wall::from_secs(validity.not_after.timestamp()),
        })
    }
}

/// Whether the file holds authorities that others can be verified by.
pub fn check_roots(path: &Path) -> Result<(), String> {
    let mut roots = rustls::RootCertStore::empty();
    for root in read_chain(path).map_err(|fault| fault.words().to_owned())? {
        roots.add(root).map_err(|e| format!("`{}` holds what is no authority: {e}", path.display()))?;
    }
    Ok(())
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let pem = read(path).map_err(Fault::Certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(Fault::Certificate(format!("`{}` is no certificate in PEM", path.display()))),
    }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, Fault> {
    let pem = zeroize::Zeroizing::new(read(path).map_err(Fault::Key)?);
    PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| Fault::Key(format!("`{}` is no private key in PEM", path.display())))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Certificate {
        let made = rcgen::generate_simple_self_signed(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        let made = made.expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        let files = TlsFiles { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
        std::fs::write(&files.certificate, made.cert.pem()).expect("written");
        std::fs::write(&files.key, made.signing_key.serialize_pem()).expect("written");
        Certificate::load(&files).expect("it is good")
    }

    #[test]
    fn a_star_is_one_label_and_the_exact_name_is_the_better_fit() {
        let certificate = of(&["Records.example.jp", "*.example.jp", "*.jp"]);
        assert_eq!(certificate.title(), "records.example.jp");
        for (asked, fit) in [
            ("records.example.jp", Some(Fit::Exact)),
            ("RECORDS.EXAMPLE.JP", Some(Fit::Exact)),
            ("www.example.jp", Some(Fit::Wildcard)),
            ("a.b.example.jp", None),
            ("example.jp", None),
            ("other.jp", None),
            ("jp", None),
            ("", None),
        ] {
            assert_eq!(certificate.fits(asked), fit, "{asked}");
        }
    }

    #[test]
    fn addresses_are_no_names_and_dates_are_read() {
        let certificate = of(&["127.0.0.1", "localhost"]);
        assert_eq!(certificate.names, ["localhost"]);
        // What rcgen writes where nothing is said.
        assert!(certificate.not_before < certificate.not_after, "{certificate:?}");
        assert_eq!(certificate.not_after.secs(), 67_090_118_400, "the first day of 4096");
    }
}
