//! What sources read out of requests, and what they do not fall for.

use super::settings::{Certificate, Header, Subject};
use super::*;

/// A world in which it is always the same second.
struct Still;

#[async_trait]
impl World for Still {
    fn wall(&self) -> crate::domain::time::Wall {
        crate::domain::time::Wall::from_secs(NOW)
    }

    fn mono(&self) -> std::time::Duration {
        std::time::Duration::from_secs(1000)
    }

    async fn sleep_until(&self, _: std::time::Duration) {}

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

const NOW: i64 = 1_800_000_000;

fn one(kind: Kind, domain: Option<&str>) -> Sources {
    let settings = Settings { kind, domain: domain.map(str::to_owned) };
    let door = Door::new(None).expect("a door");
    let world: Arc<dyn World> = Arc::new(Still);
    Sources::new(&BTreeMap::from([("portal".to_owned(), settings)]), &door, &world)
}

/// `Ok` is the name, or nothing; `Err` why it does not hold.
async fn found(sources: &Sources, evidence: &Evidence) -> Result<Option<String>, String> {
    match sources.find("portal", evidence).await.expect("it can be asked") {
        Finding::Nothing => Ok(None),
        Finding::Introduced(introduction) => Ok(Some(introduction.login)),
        Finding::Claimed(claim) => Ok(Some(format!("{}:{}", claim.login, claim.password.expect("one").expose()))),
        Finding::Refused(why) => Err(why),
    }
}

fn sent(lines: &[&str], name: &str) -> Evidence {
    let fields = lines.iter().map(|line| (name.to_owned(), line.as_bytes().to_vec())).collect();
    Evidence { fields, peer: Some("10.0.0.5".parse().expect("an address")), ..Evidence::default() }
}

#[tokio::test]
async fn a_header_is_believed_from_whom_it_may_come_and_once() {
    let named =
        one(Kind::Header(Header { field: "x-user".into(), from: vec!["10.0.0.0/24".parse().expect("a net")] }), None);
    let alice = sent(&["alice"], "x-user");
    assert_eq!(found(&named, &alice).await, Ok(Some("alice".into())));
    let elsewhere = Evidence { peer: Some("10.0.1.5".parse().expect("an address")), trusted: true, ..alice.clone() };
    assert_eq!(found(&named, &elsewhere).await, Ok(None), "a trusted proxy is not the one that was named");
    assert_eq!(found(&named, &Evidence { peer: None, ..alice.clone() }).await, Ok(None));
    assert_eq!(found(&named, &sent(&[""], "x-user")).await, Ok(None));
    assert_eq!(found(&named, &sent(&[], "x-user")).await, Ok(None));
    assert!(found(&named, &sent(&["alice", "bob"], "x-user")).await.is_err());
    assert!(found(&named, &sent(&["a\tb\u{1}"], "x-user")).await.is_err());
    let proxies = one(Kind::Header(Header { field: "x-user".into(), from: Vec::new() }), Some("example.jp"));
    assert_eq!(found(&proxies, &alice).await, Ok(None), "not from a trusted proxy");
    let trusted = |line: &str| Evidence { trusted: true, ..sent(&[line], "x-user") };
    assert_eq!(found(&proxies, &trusted("alice@Example.JP")).await, Ok(Some("alice".into())));
    for foreign in ["alice", "alice@evil.example", "alice@example.jp@evil.example", "@example.jp"] {
        assert!(found(&proxies, &trusted(foreign)).await.is_err(), "{foreign}");
    }
}

#[tokio::test]
async fn basic_is_a_name_and_a_password() {
    let basic = one(Kind::Basic, None);
    let of = |line: &str| sent(&[line], "authorization");
    // alice:pa:ss
    assert_eq!(found(&basic, &of("basic YWxpY2U6cGE6c3M=")).await, Ok(Some("alice:pa:ss".into())));
    assert_eq!(found(&basic, &of("Bearer YWxpY2U6cGE6c3M=")).await, Ok(None));
    for bad in ["Basic YWxpY2U=", "Basic ???", "Basic //8=", "Basic YWxpY2U6cGE6c3M"] {
        assert!(found(&basic, &of(bad)).await.is_err(), "{bad}");
    }
    assert!(found(&basic, &sent(&["Basic YWxpY2U6cGE6c3M="; 2], "authorization")).await.is_err());
}

fn made(change: impl FnOnce(&mut rcgen::CertificateParams)) -> Evidence {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "alice");
    change(&mut params);
    let certificate = params.self_signed(&key).expect("a certificate");
    Evidence { certificate: Some(certificate.der().to_vec()), ..Evidence::default() }
}

#[tokio::test]
async fn the_name_in_a_certificate_stands_there_once() {
    use rcgen::{OtherNameValue, SanType};
    let by = |login, issuer: Option<&str>| {
        one(Kind::Certificate(Certificate { login, issuer: issuer.map(str::to_owned) }), None)
    };
    let mail = |name: &str| SanType::Rfc822Name(name.try_into().expect("ASCII"));
    let upn = |name: &str| {
        let oid = vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3];
        SanType::OtherName((oid, OtherNameValue::Utf8String(name.to_owned())))
    };
    let both = made(|p| p.subject_alt_names = vec![mail("alice@example.jp"), upn("山田@corp.example")]);
    assert_eq!(found(&by(Subject::Email, None), &both).await, Ok(Some("alice@example.jp".into())));
    assert_eq!(found(&by(Subject::Upn, None), &both).await, Ok(Some("山田@corp.example".into())));
    assert_eq!(found(&by(Subject::Cn, None), &both).await, Ok(Some("alice".into())));
    // It vouches for itself, so its issuer is called as it is.
    assert_eq!(found(&by(Subject::Cn, Some("alice")), &both).await, Ok(Some("alice".into())));
    assert!(found(&by(Subject::Cn, Some("bob")), &both).await.is_err());
    assert!(found(&by(Subject::Dns, None), &both).await.is_err(), "there is none");
    let two = made(|p| p.subject_alt_names = vec![mail("alice@example.jp"), mail("bob@example.jp")]);
    assert!(found(&by(Subject::Email, None), &two).await.is_err(), "which one is meant?");
    let two = made(|p| p.distinguished_name.push(rcgen::DnType::CustomDnType(vec![2, 5, 4, 3]), "bob"));
    assert!(found(&by(Subject::Cn, None), &two).await.is_err(), "which one is meant?");
    assert_eq!(found(&by(Subject::Cn, None), &Evidence::default()).await, Ok(None));
}
