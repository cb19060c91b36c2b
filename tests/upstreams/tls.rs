//! TLS to an application: verified whatever happens, and never given up for plain.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::rig::{App, open, plain};
use crate::support::{Ask, Gateway, Wire, folder};

/// An authority of our own.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
        let folder = folder();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("written");
        Self { issuer, folder }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate and its key, as PEM.
    fn issue(&self, name: &str, change: impl Fn(&mut CertificateParams)) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }

    /// TLS for an application of this name.
    pub fn serves(&self, name: &str) -> ServerConfig {
        self.serves_changed(name, |_| ())
    }

    fn serves_changed(&self, name: &str, change: impl Fn(&mut CertificateParams)) -> ServerConfig {
        let (certificate, key) = self.issue(name, change);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("usual versions").with_no_client_auth();
        let chain = rustls::pki_types::CertificateDer::pem_slice_iter(certificate.as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>().expect("a chain");
        builder.with_single_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key")).expect("a pair")
    }

    /// The same, and only for clients with a certificate of this authority.
    fn serves_known(&self, name: &str) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
        let (certificate, key) = self.issue(name, |_| ());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("usual versions").with_client_cert_verifier(verifier.expect("a verifier"));
        let chain = rustls::pki_types::CertificateDer::pem_slice_iter(certificate.as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>().expect("a chain");
        builder.with_single_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key")).expect("a pair")
    }
}

fn secure(config: ServerConfig) -> App {
    App::with_tls(config, |line| line.serve(|_| plain(200, "sealed")))
}

fn before(app: &App, more: &str) -> Gateway {
    open(&format!("url = \"https://{}\"\nserver_name = \"app.example.jp\"\n{more}", app.address))
}

/// That nothing is forwarded, and that callers are told.
fn refused(gateway: &Gateway, app: &App) {
    for wire in Wire::ALL {
        gateway.caller(wire).send(Ask::get("/")).expect(502);
        gateway.caller(wire).send(Ask::post("/").form(&[("secret", "1")])).expect(502);
    }
    assert!(app.seen().is_empty(), "{:?}", app.seen());
}

#[test]
fn an_authority_of_ones_own_is_trusted_instead_of_the_systems() {
    let authority = Authority::new();
    let app = secure(authority.serves("app.example.jp"));
    let gateway = before(&app, &format!("ca = {:?}", authority.file()));
    for wire in Wire::ALL {
        assert_eq!(gateway.caller(wire).send(Ask::get("/")).expect(200).text(), "sealed");
    }
    refused(&before(&secure(authority.serves("app.example.jp")), ""), &secure(authority.serves("x")));
}

#[test]
fn a_certificate_that_is_not_right_is_refused_and_plain_never_tried() {
    let authority = Authority::new();
    let ours = format!("ca = {:?}", authority.file());
    let past = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    };
    let stranger = Authority::new();
    for (what, config) in [
        ("another name", authority.serves("other.example.jp")),
        ("no name", authority.serves_changed("app.example.jp", |params| params.subject_alt_names.clear())),
        ("expired", authority.serves_changed("app.example.jp", past)),
        ("not of this authority", stranger.serves("app.example.jp")),
    ] {
        println!("{what}");
        let app = secure(config);
        refused(&before(&app, &ours), &app);
    }
    // It waits for a request where TLS would begin, so the time is over before anything is sent.
    let plain = App::saying("plain");
    let gateway = before(&plain, &format!("{ours}\nconnect_timeout = \"500ms\""));
    for wire in Wire::ALL {
        gateway.caller(wire).send(Ask::get("/")).expect(504);
    }
    assert!(plain.seen().is_empty());
}

#[test]
fn we_show_a_certificate_where_we_are_asked_for_one() {
    let authority = Authority::new();
    let app = secure(authority.serves_known("app.example.jp"));
    let (certificate, key) = authority.issue("gate.example.jp", |_| ());
    let write = |name: &str, text: &str| {
        let path = authority.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let ours = format!("ca = {:?}", authority.file());
    let shown = (write("client.pem", &certificate), write("client-key.pem", &key));
    let files = format!("{ours}\nclient_certificate = {:?}\nclient_key = {:?}", shown.0, shown.1);
    let gateway = before(&app, &files);
    for wire in Wire::ALL {
        assert_eq!(gateway.caller(wire).send(Ask::get("/")).expect(200).text(), "sealed");
    }
    let seen = app.seen().len();
    before(&app, &ours).caller(Wire::Http1).send(Ask::get("/")).expect(502);
    assert_eq!(app.seen().len(), seen);
}

#[test]
fn a_server_whose_certificate_is_not_right_is_down_for_the_health_check_too() {
    let authority = Authority::new();
    let (good, bad) = (secure(authority.serves("app.example.jp")), secure(Authority::new().serves("app.example.jp")));
    let urls = format!("servers = [\"https://{}\", \"https://{}\"]", good.address, bad.address);
    let health = "server_name = \"app.example.jp\"\nhealth = { interval = \"100ms\" }";
    let gateway = open(&format!("{urls}\nca = {:?}\n{health}", authority.file()));
    let line = format!("server=\"{}\"}} 0", bad.address);
    crate::support::wait::until("it is down", || gateway.admin("/metrics").text().contains(&line).then_some(()));
    assert!((0..6).all(|_| gateway.caller(Wire::Http1).send(Ask::get("/")).status == 200));
}
