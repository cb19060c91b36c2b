//! TLS client certificates: whose they are, who vouches for them, and when nobody does any more.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::support::gateway::COOKIE;
use super::support::wait::until;
use super::support::wire::Curl;
use super::support::{Ask, Caller, Gateway, Upstream, User, Wire};
use super::{SIGN_IN, goes_through, nameless, plan, refused};

const CARD: &str = "kind = \"certificate\"\nlogin = \"email\"\ndomain = \"example.jp\"";
const TLS: [Wire; 2] = [Wire::Http1Tls, Wire::Http2];

/// An authority, and the folder that what it makes is written to.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    fn new(name: &str, folder: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
        Self { issuer, folder: folder.into() }
    }

    /// A certificate and its key for whoever has this address.
    fn card(&self, mail: &str, serial: u64) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.subject_alt_names = vec![SanType::Rfc822Name(mail.try_into().expect("ASCII"))];
        params.serial_number = Some(SerialNumber::from(serial));
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let files = (self.folder.join(format!("{serial}.pem")), self.folder.join(format!("{serial}.key")));
        fs::write(&files.0, certificate.pem()).expect("written");
        fs::write(&files.1, key.serialize_pem()).expect("written");
        files
    }

    fn publish(&self, file: &Path) {
        put(file, self.issuer.pem().as_bytes());
    }

    /// The list of those that were revoked.
    fn revoke(&self, serials: &[u64], number: u64, file: &Path) {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2090, 1, 1),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        put(file, list.signed_by(&self.issuer).expect("a list").pem().expect("PEM").as_bytes());
    }
}

/// Puts a file in place whole.
fn put(file: &Path, bytes: &[u8]) {
    let draft = file.with_extension("new");
    fs::write(&draft, bytes).expect("written");
    fs::rename(draft, file).expect("put in place");
}

struct House {
    staff: Authority,
    gateway: Gateway,
    upstream: Upstream,
    folder: tempfile::TempDir,
}

impl House {
    fn new(asked: &str) -> Self {
        let folder = super::support::folder();
        let staff = Authority::new("Staff CA", folder.path());
        staff.publish(&folder.path().join("ca.pem"));
        staff.revoke(&[], 1, &folder.path().join("crl.pem"));
        let upstream = Upstream::start();
        let shown = folder.path().display();
        let listen = format!(
            "client_certificates = \"{asked}\"\nclient_ca = \"{shown}/ca.pem\"\nclient_crl = \"{shown}/crl.pem\""
        );
        let gateway = plan(&upstream, "[\"portal\"]", CARD).with_listen(&listen).start();
        Self { staff, gateway, upstream, folder }
    }

    fn caller(&self, wire: Wire, card: &(PathBuf, PathBuf)) -> Caller {
        let mut caller = self.gateway.caller(wire);
        caller.shows = Some(card.clone());
        caller
    }

    /// What a handshake with this card, or none, comes to.
    fn shakes(&self, wire: Wire, card: Option<&(PathBuf, PathBuf)>) -> Result<u16, String> {
        let gateway = &self.gateway;
        let authority = gateway.origin.trim_start_matches("https://");
        let shows = card.map(|(certificate, key)| (&**certificate, &**key));
        let (address, trust) = (&*gateway.tls, &*gateway.certificate.certificate);
        let ask =
            Curl { wire, authority, address, trust, shows, method: "GET", path: SIGN_IN, headers: &[], body: &[] };
        ask.try_run().map(|answer| answer.status)
    }

    /// Asks the gateway to look at its files now.
    fn look(&self) {
        self.gateway.process.signal("HUP");
    }
}

#[test]
fn a_card_leads_to_a_code_and_the_code_to_the_record() {
    let house = House::new("optional");
    for (wire, (user, serial)) in TLS.into_iter().zip([(User::ALICE, 1), (User::BOB, 2)]) {
        let card = house.staff.card(&format!("{}@example.jp", user.name), serial);
        let mut caller = house.caller(wire, &card);
        let page = caller.send(Ask::get(SIGN_IN).navigating()).expect(200).text();
        assert!(page.contains(&format!("<bdi>{}</bdi>", user.name)), "{page}");
        goes_through(&house.gateway, &house.upstream, &mut caller, nameless(), &user);
        let pass = caller.cookie(COOKIE).expect("a pass").split('.').nth(1).expect("it has claims").to_owned();
        let claims = URL_SAFE_NO_PAD.decode(pass).expect("base64");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        assert!(claims["amr"].as_array().is_some_and(|amr| amr.iter().any(|one| one == "swk")), "{claims}");
    }
    for wire in Wire::ALL {
        refused(&house.gateway, house.gateway.caller(wire).send(nameless()), "who-are-you");
    }
}

#[test]
fn a_card_of_somebody_else_is_no_card() {
    let house = House::new("optional");
    let elsewhere = super::support::folder();
    let strangers = Authority::new("Staff CA", elsewhere.path());
    let forged = strangers.card("alice@example.jp", 66);
    let foreign = house.staff.card("alice@evil.example", 3);
    let nobody = house.staff.card("nobody@example.jp", 4);
    for wire in TLS {
        assert!(house.shakes(wire, Some(&forged)).is_err(), "nobody vouches for it");
        refused(&house.gateway, house.caller(wire, &foreign).send(nameless()), "wrong-credentials");
        refused(&house.gateway, house.caller(wire, &nobody).send(nameless()), "wrong-credentials");
    }
}

#[test]
fn where_one_is_required_nobody_comes_in_without() {
    let house = House::new("required");
    let card = house.staff.card("alice@example.jp", 1);
    for wire in TLS {
        assert!(house.shakes(wire, None).is_err());
        assert_eq!(house.shakes(wire, Some(&card)), Ok(200));
    }
    // The other listener speaks no TLS, and asks for none.
    refused(&house.gateway, house.gateway.caller(Wire::Http1).send(nameless()), "who-are-you");
}

#[test]
fn revoked_cards_and_renewed_authorities_are_heard_of_without_a_restart() {
    let house = House::new("optional");
    let (alice, bob) = (house.staff.card("alice@example.jp", 1), house.staff.card("bob@example.jp", 2));
    let [ca, crl] = ["ca.pem", "crl.pem"].map(|name| house.folder.path().join(name));
    for wire in TLS {
        assert_eq!(house.shakes(wire, Some(&alice)), Ok(200));
    }
    house.staff.revoke(&[1], 2, &crl);
    house.look();
    until("the revoked card is refused", || house.shakes(Wire::Http2, Some(&alice)).is_err().then_some(()));
    for wire in TLS {
        assert!(house.shakes(wire, Some(&alice)).is_err());
        assert_eq!(house.shakes(wire, Some(&bob)), Ok(200), "it is not on the list");
    }
    // What cannot be used changes nothing.
    put(&ca, b"no certificate");
    house.look();
    until("it is told", || house.gateway.log().contains("are not gone by").then_some(()));
    assert_eq!(house.shakes(Wire::Http2, Some(&bob)), Ok(200));
    let next = Authority::new("Staff CA 2", house.folder.path());
    next.publish(&ca);
    next.revoke(&[], 1, &crl);
    let card = next.card("alice@example.jp", 11);
    house.look();
    until("the new authority is known", || house.shakes(Wire::Http2, Some(&card)).ok());
    for wire in TLS {
        assert_eq!(house.shakes(wire, Some(&card)), Ok(200));
        assert!(house.shakes(wire, Some(&bob)).is_err(), "its authority is gone");
    }
    let audit = house.gateway.audit();
    assert!(audit.contains("authorities of client certificates"), "{audit}");
}
