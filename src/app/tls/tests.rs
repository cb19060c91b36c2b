//! Handshakes in memory: who is shown which certificate, and how TLS is spoken.

use std::path::Path;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, ProtocolVersion, ServerConnection};

use super::*;

/// Writes a pair for these names and says where.
fn pair(folder: &Path, title: &str, names: &[&str], algorithm: &'static rcgen::SignatureAlgorithm) -> TlsFiles {
    let files = TlsFiles { certificate: folder.join(format!("{title}.pem")), key: folder.join(format!("{title}.key")) };
    let key = rcgen::KeyPair::generate_for(algorithm).expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::CertificateParams::new(names).expect("names").self_signed(&key).expect("a certificate");
    std::fs::write(&files.certificate, made.pem()).expect("written");
    std::fs::write(&files.key, key.serialize_pem()).expect("written");
    files
}

fn house(folder: &Path) -> Tls {
    let ec = &rcgen::PKCS_ECDSA_P256_SHA256;
    let certificates = vec![
        pair(folder, "first", &["first.example.jp"], ec),
        pair(folder, "wild", &["*.example.jp"], ec),
        pair(folder, "exact", &["www.example.jp", "example.jp"], ec),
        pair(folder, "edwards", &["www.example.jp"], &rcgen::PKCS_ED25519),
    ];
    Tls { certificates, minimum: TlsVersion::V12, clients: None }
}

/// Takes any certificate: the tests look at it themselves.
#[derive(Debug)]
struct Any(Vec<SignatureScheme>);

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

fn client(versions: &[&'static SupportedProtocolVersion], schemes: &[SignatureScheme]) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Any(schemes.to_vec())))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Shakes hands until both are done, or tells what went wrong.
fn shake(server: Arc<ServerConfig>, client: &Arc<ClientConfig>, name: &str) -> Result<ClientConnection, rustls::Error> {
    let mut server = ServerConnection::new(server)?;
    let mut client = ClientConnection::new(client.clone(), ServerName::try_from(name.to_owned()).expect("a name"))?;
    for _ in 0..6 {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).expect("memory");
        }
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).expect("memory");
            server.process_new_packets()?;
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).expect("memory");
        }
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).expect("memory");
            client.process_new_packets()?;
        }
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    Ok(client)
}

const EC: &[SignatureScheme] = &[SignatureScheme::ECDSA_NISTP256_SHA256];
const BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12, &rustls::version::TLS13];

fn shown(certificates: &Arc<Certificates>, name: &str, schemes: &[SignatureScheme]) -> usize {
    let config = Arc::new(client(BOTH, schemes));
    let done = shake(speak(certificates).expect("it serves").config, &config, name).expect("hands are shaken");
    let shown = done.peer_certificates().expect("a certificate").to_vec();
    certificates.now().iter().position(|one| one.key.cert == shown).expect("one of ours")
}

#[test]
fn each_name_is_answered_with_its_own_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = Arc::new(Certificates::load(&house(folder.path())).expect("all are good"));
    for (name, expected) in [
        ("first.example.jp", 0),
        ("other.example.jp", 1),
        ("www.example.jp", 2),
        ("example.jp", 2),
        ("a.b.example.jp", 0),
        ("elsewhere.example", 0),
        // An address is no name: nothing is asked for then.
        ("127.0.0.1", 0),
    ] {
        assert_eq!(shown(&certificates, name, EC), expected, "{name}");
    }
    let ed = &[SignatureScheme::ED25519];
    assert_eq!(shown(&certificates, "www.example.jp", ed), 3, "the one that the client can check");
    assert_eq!(shown(&certificates, "elsewhere.example", ed), 3);
}

#[test]
fn old_versions_of_tls_are_spoken_as_far_as_allowed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tls = house(folder.path());
    let version = |tls: &Tls, versions| {
        let certificates = Arc::new(Certificates::load(tls).expect("all are good"));
        let config = Arc::new(client(versions, EC));
        let done = shake(speak(&certificates).expect("it serves").config, &config, "first.example.jp").ok()?;
        assert_eq!(done.alpn_protocol(), Some(&b"h2"[..]));
        done.protocol_version()
    };
    assert_eq!(version(&tls, BOTH), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(version(&tls, &BOTH[..1]), Some(ProtocolVersion::TLSv1_2));
    tls.minimum = TlsVersion::V13;
    assert_eq!(version(&tls, BOTH), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(version(&tls, &BOTH[..1]), None);
}

#[test]
fn sessions_resume() {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = Arc::new(Certificates::load(&house(folder.path())).expect("all are good"));
    for versions in [&BOTH[..1], &BOTH[1..]] {
        let (server, client) = (speak(&certificates).expect("it serves").config, Arc::new(client(versions, EC)));
        let kind = |done: ClientConnection| done.handshake_kind().expect("it is over");
        let first = shake(server.clone(), &client, "first.example.jp").map(kind);
        let second = shake(server, &client, "first.example.jp").map(kind);
        assert_eq!(first, Ok(rustls::HandshakeKind::Full));
        assert_eq!(second, Ok(rustls::HandshakeKind::Resumed), "{versions:?}");
    }
}

#[test]
fn a_file_that_cannot_be_served_with_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tls = house(folder.path());
    tls.certificates[1].key = tls.certificates[0].key.clone();
    let error = Certificates::load(&tls).expect_err("no pair").to_string();
    assert!(error.contains("first.key") && error.contains("not the certificate's key"), "{error}");
    assert!(Certificates::load(&Tls { certificates: Vec::new(), minimum: TlsVersion::V12, clients: None }).is_err());
}
