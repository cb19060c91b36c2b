//! SMPP 3.4, against a server by somebody else and against one that breaks the rules.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use sekisho::delivery::outcome::Class;
use sekisho::delivery::receipts::{Fate, Report};
use sekisho::domain::contact::Channel;
use smpp34::{SmppError, submit_sm};

use crate::centre::{Centre, Manner, Rough, pdu};
use crate::rig::{Rig, challenge, eventually, sms};
use crate::support::certificate::Certificate;
use crate::support::{Gateway, Plan, Upstream, User, Wire, folder, free_port, wait};

const SHORT: &str = "482913 is your code.";
const LONG: &str =
    "482913 が中央病院の確認コードです。5分間有効。誰にも教えないでください。😀\n\n@records.example.jp #482913";
const SUBMIT: u32 = 4;
const UNBIND: u32 = 6;
const BIND: u32 = 9;
const ENQUIRE: u32 = 0x15;
const ANSWER: u32 = 0x8000_0000;

fn rig(port: u16, values: &[(&'static str, &str)]) -> Rig {
    let host = format!("127.0.0.1:{port}");
    let mut all = vec![("host", host.as_str()), ("tls", "false"), ("system_id", "hospital"), ("password", "right")];
    all.extend(values);
    Rig::start("smpp", Channel::Sms, &all)
}

/// What a phone shows of parts in UCS-2, put together by their headers.
fn shown(parts: &[submit_sm]) -> String {
    let units: Vec<u16> = parts
        .iter()
        .flat_map(|part| {
            let text = match part.esm_class & 0x40 {
                0 => &part.short_message[..],
                _ => &part.short_message[6..],
            };
            text.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<_>>()
        })
        .collect();
    String::from_utf16(&units).expect("no pair is cut")
}

fn fates(reports: &[Report]) -> Vec<(bool, Fate)> {
    reports.iter().map(|report| (report.about == Some((challenge(7), 2)), report.fate)).collect()
}

#[tokio::test]
async fn a_message_is_submitted_as_it_was_configured_and_its_receipt_is_heard() {
    let centre = Centre::start(Manner::default()).await;
    let rig = rig(centre.port, &[("from", "Clinic"), ("service_type", "OTP")]);
    let taken = rig.deliver(&sms(SHORT)).await.expect("taken");
    assert_eq!(taken.reference.as_deref(), Some("43777"));
    let part = centre.parts().remove(0);
    assert_eq!((part.source_addr_ton, part.source_addr_npi, part.source_addr.as_str()), (5, 0, "Clinic"));
    assert_eq!((part.dest_addr_ton, part.dest_addr_npi, part.destination_addr.as_str()), (1, 1, "819012345678"));
    assert_eq!((part.service_type.as_str(), part.validity_period.as_str()), ("OTP", "000000000500000R"));
    assert_eq!((part.registered_delivery, part.data_coding, part.short_message.as_slice()), (1, 0, SHORT.as_bytes()));
    let report = rig.reports(1).await.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(7), 2)), Fate::Delivered));
    assert_eq!(report.reference, taken.reference);
    centre.writes("id:43777 stat:UNDELIV").await;
    rig.deliver(&sms(SHORT)).await.expect("the line is still good");
    assert_eq!(fates(&rig.reports(2).await), [(true, Fate::Delivered); 2], "what somebody wrote is no receipt");
    assert!(rig.probe().await.is_ok());
    assert_eq!(centre.desk.binds.load(Ordering::SeqCst), 1);
    rig.end().await;
    assert_eq!(centre.desk.unbinds.load(Ordering::SeqCst), 1, "it said goodbye");
}

#[tokio::test]
async fn a_long_message_arrives_whole_in_each_way_of_tying_it_together() {
    let centre = Centre::start(Manner { twice: true, ..Manner::default() }).await;
    let udh = rig(centre.port, &[]);
    udh.deliver(&sms(LONG)).await.expect("taken");
    let parts = centre.parts();
    assert_eq!((parts.len(), shown(&parts)), (2, LONG.to_owned()));
    assert!(parts.iter().all(|part| part.esm_class == 0x40 && part.data_coding == 8));
    assert_eq!(parts[0].short_message[3], parts[1].short_message[3], "one reference");
    assert_eq!(fates(&udh.reports(1).await), [(true, Fate::Delivered)]);
    udh.end().await;

    let sar = rig(centre.port, &[("long", "sar")]);
    sar.deliver(&sms(LONG)).await.expect("taken");
    let parts = centre.parts().split_off(2);
    assert_eq!((parts.len(), shown(&parts)), (2, LONG.to_owned()));
    let numbers: Vec<_> = parts
        .iter()
        .map(|part| part.tlvs.iter().find(|tlv| tlv.tag == 0x020f).expect("a number").value.clone())
        .collect();
    assert_eq!(numbers, [[1], [2]]);
    sar.end().await;

    let payload = rig(centre.port, &[("long", "payload"), ("bind", "transmitter")]);
    payload.deliver(&sms(LONG)).await.expect("taken");
    let part = centre.parts().remove(4);
    let value = &part.tlvs.iter().find(|tlv| tlv.tag == 0x0424).expect("a payload").value;
    let units: Vec<u16> = value.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    assert_eq!((String::from_utf16(&units).expect("text"), part.registered_delivery), (LONG.to_owned(), 0));
    payload.end().await;
}

#[tokio::test]
async fn receipts_are_understood_however_they_come() {
    for (manner, ids, fate) in [
        (Manner { early: true, ..Manner::default() }, "text", Fate::Delivered),
        (Manner { two_bases: true, ..Manner::default() }, "hex-decimal", Fate::Delivered),
        (Manner { early: true, two_bases: true, text_only: true, ..Manner::default() }, "hex-decimal", Fate::Delivered),
        (Manner { text_only: true, twice: true, ..Manner::default() }, "decimal", Fate::Delivered),
        (Manner { stat: "UNDELIV", ..Manner::default() }, "text", Fate::Lost("undeliverable")),
        (Manner { stat: "EXPIRED", text_only: true, ..Manner::default() }, "text", Fate::Lost("expired")),
    ] {
        let centre = Centre::start(manner).await;
        let rig = rig(centre.port, &[("ids", ids)]);
        rig.deliver(&sms(LONG)).await.expect("taken");
        rig.deliver(&sms(SHORT)).await.expect("taken");
        assert_eq!(fates(&rig.reports(2).await), [(true, fate); 2], "{ids}");
        rig.end().await;
    }
}

#[tokio::test]
async fn every_no_of_a_centre_has_its_class() {
    let centre = Centre::start(Manner { mute: true, ..Manner::default() }).await;
    let rig = rig(centre.port, &[]);
    for (refusal, class) in [
        (SmppError::ESME_RSYSERR, Class::Transient),
        (SmppError::ESME_RSUBMITFAIL, Class::Transient),
        (SmppError::ESME_RMSGQFUL, Class::Throttle),
        (SmppError::ESME_RTHROTTLED, Class::Throttle),
        (SmppError::ESME_RINVDSTADR, Class::RecipientPermanent),
        (SmppError::ESME_RINVSRCADR, Class::Config),
        (SmppError::ESME_RINVESMCLASS, Class::Config),
    ] {
        centre.refuse(&[refusal]);
        let failure = rig.deliver(&sms(SHORT)).await.expect_err("refused");
        assert_eq!((failure.class, failure.number), (class, Some(refusal as u32)));
        assert_eq!(failure.wait, (class == Class::Throttle).then_some(Duration::from_secs(1)));
    }
    assert!(centre.parts().is_empty());
    rig.deliver(&sms(SHORT)).await.expect("and the line is still good");
    rig.end().await;
}

#[tokio::test]
async fn of_a_message_that_has_begun_nobody_says_that_nothing_went_out() {
    let centre = Centre::start(Manner { mute: true, ..Manner::default() }).await;
    let rig = rig(centre.port, &[]);
    rig.deliver(&sms(SHORT)).await.expect("bound");
    let desk = centre.desk.clone();
    let second = tokio::spawn(async move {
        eventually("the first part", || (desk.parts.lock().expect("no panic").len() == 2).then_some(())).await;
        desk.refusals.lock().expect("no panic").push_back(SmppError::ESME_RTHROTTLED);
    });
    rig.deliver(&sms(LONG)).await.expect("a busy centre is waited for");
    second.await.expect("refused once");
    let desk = centre.desk.clone();
    let second = tokio::spawn(async move {
        eventually("the first part", || (desk.parts.lock().expect("no panic").len() == 4).then_some(())).await;
        desk.refusals.lock().expect("no panic").push_back(SmppError::ESME_RSYSERR);
    });
    assert_eq!(rig.fails(&sms(LONG)).await, Class::Ambiguous);
    second.await.expect("refused once");
    rig.end().await;
}

#[tokio::test]
async fn no_more_than_the_window_is_under_way() {
    let centre = Centre::start(Manner { mute: true, ..Manner::default() }).await;
    let rig = Arc::new(rig(centre.port, &[("window", "3")]));
    // On a slow machine the line may be there later than a message waits for it.
    while rig.deliver(&sms(SHORT)).await.is_err() {}
    let all: Vec<_> = (0..20)
        .map(|_| {
            let rig = rig.clone();
            tokio::spawn(async move { rig.deliver(&sms(SHORT)).await.map(drop) })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.expect("no panic"), Ok(()));
    }
    let most = centre.desk.most_under_way.load(Ordering::SeqCst);
    assert!((2..=3).contains(&most), "{most}");
    assert_eq!(centre.parts().len(), 21);
}

#[tokio::test]
async fn a_wrong_password_is_our_own_fault_and_nobody_is_home_is_not() {
    let centre = Centre::start(Manner::default()).await;
    let wrong = rig(centre.port, &[("password", "wrong")]);
    assert_eq!(wrong.fails(&sms(SHORT)).await, Class::Config);
    let told = wrong.probe().await.expect_err("not let in");
    assert!(told.contains("0xe"), "{told}");
    let nobody = rig(free_port(), &[]);
    assert_eq!(nobody.fails(&sms(SHORT)).await, Class::Transient);
    let hangs_up = Rough::start(|_, _| None);
    let rig = rig(hangs_up.port, &[]);
    assert_eq!(rig.fails(&sms(SHORT)).await, Class::Transient);
}

#[tokio::test]
async fn a_centre_that_throws_us_out_or_starts_anew_finds_us_back() {
    let centre = Centre::start(Manner { mute: true, ..Manner::default() }).await;
    let rig = rig(centre.port, &[]);
    rig.deliver(&sms(SHORT)).await.expect("bound");
    centre.throw_out().await;
    let desk = centre.desk.clone();
    eventually("a second bind", || (desk.binds.load(Ordering::SeqCst) >= 2).then_some(())).await;
    rig.deliver(&sms(SHORT)).await.expect("bound again");
    assert_eq!(centre.parts().len(), 2);
    rig.end().await;
    let impolite = Rough::start(|command, number| match command {
        BIND => Some([pdu(BIND | ANSWER, 0, number, b"\0"), pdu(UNBIND, 0, 1, b"")].concat()),
        _ => Some(Vec::new()),
    });
    let _rig = self::rig(impolite.port, &[]);
    eventually("an answer to unbind", || (impolite.count(UNBIND | ANSWER) >= 1).then_some(())).await;
    eventually("a second bind", || (impolite.count(BIND) >= 2).then_some(())).await;
}

#[tokio::test]
async fn what_was_not_answered_when_the_line_broke_may_have_gone_out() {
    let cut = Rough::start(|command, number| match command {
        BIND => Some(pdu(BIND | ANSWER, 0, number, b"centre\0")),
        _ => None,
    });
    let rig = rig(cut.port, &[]);
    assert_eq!(rig.fails(&sms(SHORT)).await, Class::Ambiguous);
    eventually("a second bind", || (cut.count(BIND) >= 2).then_some(())).await;
    assert_eq!(cut.count(SUBMIT), 1, "it is not sent again");
}

#[tokio::test]
async fn a_centre_that_answers_nothing_leaves_it_open_and_then_gets_nothing_more() {
    let holds = Rough::start(|command, number| match command {
        SUBMIT => Some(Vec::new()),
        _ => Some(pdu(command | ANSWER, 0, number, b"centre\0")),
    });
    let rig = rig(holds.port, &[("window", "1")]);
    let open = rig.within(&sms(SHORT), Duration::from_secs(1)).await;
    assert_eq!(open.expect_err("no answer").class, Class::Ambiguous);
    let unsent = rig.within(&sms(SHORT), Duration::from_secs(1)).await;
    assert_eq!(unsent.expect_err("no place").class, Class::Transient);
    assert_eq!(holds.count(SUBMIT), 1);
}

#[tokio::test]
async fn a_line_that_is_half_open_is_noticed() {
    let silent = Rough::start(|command, number| match command {
        BIND => Some(pdu(BIND | ANSWER, 0, number, b"centre\0")),
        _ => Some(Vec::new()),
    });
    let _rig = rig(silent.port, &[("enquire_link", "1")]);
    eventually("a second bind", || (silent.count(BIND) >= 2).then_some(())).await;
    assert!(silent.count(ENQUIRE) >= 1);
}

#[tokio::test]
async fn what_no_centre_should_send_ends_no_line_that_can_go_on() {
    let odd = AtomicBool::new(true);
    let strange = Rough::start(move |command, number| match command {
        BIND => {
            let mut octets = pdu(BIND | ANSWER, 0, number, b"centre\0");
            octets.extend(pdu(0x7777, 0, 1, b"?")); // no such command
            octets.extend(pdu(5, 0, 2, b"\0\0")); // a receipt that is cut off
            octets.extend(pdu(5, 0, 3, b"\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\x01x")); // one that says nothing
            octets.extend(pdu(0x102, 0, 4, b"")); // news of a phone
            octets.extend(pdu(SUBMIT | ANSWER, 0, 99, b"77\0")); // an answer to nothing
            octets.extend(pdu(ENQUIRE, 0, 5, b""));
            Some(octets)
        }
        // The first answer is a generic no, the second one names nothing.
        SUBMIT if odd.swap(false, Ordering::SeqCst) => Some(pdu(ANSWER, 3, number, b"")),
        SUBMIT => Some(pdu(SUBMIT | ANSWER, 0, number, b"")),
        command if command & ANSWER != 0 => Some(Vec::new()),
        _ => Some(pdu(command | ANSWER, 0, number, b"")),
    });
    let rig = rig(strange.port, &[]);
    assert_eq!(rig.fails(&sms(SHORT)).await, Class::Config);
    assert_eq!(rig.deliver(&sms(SHORT)).await.expect("taken").reference, None);
    let answers: Vec<u32> =
        strange.read.lock().expect("no panic").iter().copied().filter(|read| read & ANSWER != 0).collect();
    assert_eq!(answers, [ANSWER, ANSWER, 5 | ANSWER, ENQUIRE | ANSWER]);
    assert_eq!(strange.count(BIND), 1);
    rig.end().await;

    let impossible = Rough::start(|command, number| match command {
        BIND => Some([pdu(BIND | ANSWER, 0, number, b"\0"), vec![0xff; 16]].concat()),
        _ => Some(Vec::new()),
    });
    let _rig = self::rig(impossible.port, &[]);
    eventually("a second bind", || (impossible.count(BIND) >= 2).then_some(())).await;
}

#[tokio::test]
async fn an_encrypted_line_is_as_good_and_a_stranger_gets_no_password() {
    let centre = Centre::start(Manner::default()).await;
    let folder = folder();
    let certificate = Certificate::make(folder.path(), "smpp.example.jp");
    let (front, met) = tls_front(&certificate, centre.port).await;
    let ca = certificate.certificate.display().to_string();
    let good = rig(front, &[("tls", "true"), ("ca", &ca)]);
    good.deliver(&sms(SHORT)).await.expect("taken");
    assert_eq!(fates(&good.reports(1).await), [(true, Fate::Delivered)]);
    good.end().await;
    assert_eq!(met.load(Ordering::SeqCst), 1);
    // The authorities of the system do not know this one.
    let stranger = rig(front, &[("tls", "true")]);
    assert_eq!(stranger.fails(&sms(SHORT)).await, Class::Config);
    assert_eq!(centre.desk.binds.load(Ordering::SeqCst), 1);
}

/// TLS in front of a centre, as many have it; and how many handshakes came to an end.
async fn tls_front(certificate: &Certificate, centre: u16) -> (u16, Arc<AtomicUsize>) {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let chain = CertificateDer::pem_file_iter(&certificate.certificate).expect("a certificate");
    let chain = chain.collect::<Result<_, _>>().expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(&certificate.key).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().expect("TLS").with_no_client_auth();
    let config = config.with_single_cert(chain, key).expect("they belong together");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await.expect("a port");
    let (port, met) = (listener.local_addr().expect("an address").port(), Arc::new(AtomicUsize::new(0)));
    let count = met.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, count) = (acceptor.clone(), count.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                count.fetch_add(1, Ordering::SeqCst);
                let behind = tokio::net::TcpStream::connect(("127.0.0.1", centre)).await;
                let mut behind = behind.expect("the centre listens");
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    (port, met)
}

fn gateway(port: u16) -> Gateway {
    let provider = format!(
        "[[sms.provider]]\nkind = \"smpp\"\nhost = \"127.0.0.1:{port}\"\ntls = false\nsystem_id = \"hospital\"\n\
         password = \"right\"\nfrom = \"Clinic\"\n"
    );
    Plan::before(&Upstream::start().url).with_providers(provider).start()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_goes_out_over_the_real_binary_and_opens_the_page() {
    let centre = Centre::start(Manner::default()).await;
    let port = centre.port;
    let seen = tokio::task::spawn_blocking(move || gateway(port));
    let mut gateway = seen.await.expect("it starts");
    for (count, wire) in Wire::ALL.into_iter().enumerate() {
        let mut alice = gateway.caller(wire);
        let begun = alice.begin(&User::ALICE, "/patients").expect(201).json();
        let id = begun["id"].as_str().expect("an id").to_owned();
        wait::until("the message to be taken", || (alice.state(&id)["state"] == "sent").then_some(()));
        let text = shown(&centre.parts()[count * 2..]);
        let code = text.rsplit('#').next().expect("the last line is bound to our host").to_owned();
        alice.verify(&id, &code).expect(200);
        let counted = format!("sekisho_deliveries_total{{provider=\"smpp\",outcome=\"delivered\"}} {}", count + 1);
        wait::until("a receipt", || gateway.admin("/metrics").text().contains(&counted).then_some(()));
    }
    assert!(gateway.process.end().success());
    assert_eq!(centre.desk.unbinds.load(Ordering::SeqCst), 1, "it said goodbye");
}
