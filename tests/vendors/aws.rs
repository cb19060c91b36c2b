//! AWS: End User Messaging v2, and SNS. The simulator checks each signature by its own reading of the specification.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{digest, hmac};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use sekisho::delivery::provider::{aws, sns};
use sekisho::delivery::receipts::Fate;
use sekisho::delivery::settings::Provider;
use sekisho::domain::contact::Channel;
use sekisho::net::Door;
use serde_json::{Value, json};

use crate::rig::{Rig, challenge, provider};
use crate::sim::{Asked, Reply, Sim, Turn};

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const REGION: &str = "ap-northeast-1";
const TOPIC: &str = "arn:aws:sns:ap-northeast-1:000000000000:sekisho";
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vendors/keys/rsa-cert.pem");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hmac_of(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// Whether the request is signed as version 4 wants it, over the headers that it says it signed.
fn is_signed(asked: &Asked, service: &str) -> bool {
    let header = asked.header("authorization");
    let Some(rest) = header.strip_prefix("AWS4-HMAC-SHA256 ") else { return false };
    let part = |name: &str| rest.split(", ").find_map(|part| part.strip_prefix(name)).unwrap_or_default().to_owned();
    let (credential, names, signature) = (part("Credential="), part("SignedHeaders="), part("Signature="));
    let date = asked.header("x-amz-date").to_owned();
    let day = date.get(..8).unwrap_or_default();
    let scope = format!("{day}/{REGION}/{service}/aws4_request");
    let listed: Vec<_> = names.split(';').collect();
    let all = ["host", "x-amz-date", "content-type"].iter().all(|name| listed.contains(name));
    let target = !asked.headers.contains_key("x-amz-target") || listed.contains(&"x-amz-target");
    if credential != format!("{KEY}/{scope}") || !all || !target || !listed.is_sorted() {
        return false;
    }
    let lines: String = listed.iter().map(|name| format!("{name}:{}\n", asked.header(name))).collect();
    let hash = |bytes: &[u8]| hex(digest::digest(&digest::SHA256, bytes).as_ref());
    let request = format!("{}\n{}\n{}\n{lines}\n{names}\n{}", asked.method, asked.path, asked.query, hash(&asked.body));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hash(request.as_bytes()));
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for step in [day, REGION, service, "aws4_request"] {
        key = hmac_of(&key, step);
    }
    hex(&hmac_of(&key, &text)) == signature
}

fn exception(status: u16, name: &str, reason: &str) -> Reply {
    let body = json!({"__type": name, "Message": "…", "Reason": reason}).to_string();
    Reply::text(status, "application/x-amz-json-1.0", &body)
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if !asked.is("POST", "/") || asked.header("content-type") != "application/x-amz-json-1.0" {
        return Err(exception(404, "UnknownOperationException", ""));
    }
    if !is_signed(asked, "sms-voice") {
        return Err(exception(400, "InvalidSignatureException", ""));
    }
    let body = asked.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let Some(operation) = asked.header("x-amz-target").strip_prefix("PinpointSMSVoiceV2.") else {
        return Err(exception(404, "UnknownOperationException", ""));
    };
    let invalid = |reason| Err(exception(400, "ValidationException", reason));
    let to = text("DestinationPhoneNumber").trim_start_matches('+');
    let number = (2..=19).contains(&to.len()) && to.bytes().all(|b| b.is_ascii_digit());
    let life =
        body.get("TimeToLive").is_none_or(|life| life.as_u64().is_some_and(|life| (5..=259_200).contains(&life)));
    let context = body["Context"].as_object().is_none_or(|context| context.len() <= 5);
    let taken = || Ok(Reply::text(200, "application/x-amz-json-1.0", r#"{"MessageId":"m-1"}"#));
    match operation {
        "PutMessageFeedback" if matches!(text("MessageFeedbackStatus"), "RECEIVED" | "FAILED") => Ok(Reply::text(
            200,
            "application/x-amz-json-1.0",
            r#"{"MessageId":"m-1","MessageFeedbackStatus":"RECEIVED"}"#,
        )),
        "SendTextMessage" | "SendVoiceMessage" if !number => invalid("INVALID_PARAMETER"),
        "SendTextMessage" | "SendVoiceMessage" if !life || !context => invalid("INVALID_REQUEST"),
        "SendTextMessage" if !(1..=1600).contains(&text("MessageBody").chars().count()) => invalid("INVALID_PARAMETER"),
        "SendVoiceMessage" if text("OriginationIdentity").is_empty() => invalid("MISSING_PARAMETER"),
        "SendTextMessage" | "SendVoiceMessage" => taken(),
        _ => invalid("UNKNOWN_OPERATION"),
    }
}

fn via(sim: &Sim, keys: &[(&str, &str)]) -> Provider {
    let base = [("region", REGION), ("access_key", KEY), ("base_url", sim.base_url.as_str())];
    provider(&aws::KIND, &[&base[..], keys].concat(), &[("secret_key", SECRET)])
}

#[tokio::test]
async fn a_code_goes_out_signed() {
    let sim = Sim::start(judge).await;
    let rig = Rig::start(Channel::Sms, via(&sim, &[("from", "HOSPITAL")]));
    assert_eq!(rig.outcome().await, Ok(()));
    let call = [("from", "+81300000000"), ("without_key_press", "true")];
    assert_eq!(Rig::start(Channel::Voice, via(&sim, &call)).outcome().await, Ok(()));
    let keys = [("region", REGION), ("access_key", KEY), ("base_url", sim.base_url.as_str())];
    let wrong = provider(&aws::KIND, &keys, &[("secret_key", "wrong")]);
    assert_eq!(Rig::start(Channel::Sms, wrong).outcome().await, Err("config"));
    assert_eq!((sim.taken().len(), sim.asked().len()), (2, 3));
}

#[tokio::test]
async fn refusals_have_their_class() {
    let sim = Sim::start(judge).await;
    for (turn, class) in [
        (Turn::Say(exception(400, "ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")), "opt_out"),
        (Turn::Say(exception(400, "ValidationException", "COUNTRY_NOT_ENABLED")), "region"),
        (Turn::Say(exception(402, "ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")), "funds"),
        (Turn::Say(exception(500, "SomethingNew", "")), "ambiguous"),
        (Turn::Say(Reply::text(200, "text/html", "<html>")), "ambiguous"),
        (Turn::DieHalfway, "ambiguous"),
    ] {
        let rig = Rig::start(Channel::Sms, via(&sim, &[]));
        sim.turns([turn]);
        assert_eq!(rig.outcome().await, Err(class));
    }
    let rig = Rig::start(Channel::Sms, via(&sim, &[]));
    sim.say(exception(400, "ThrottlingException", ""));
    assert_eq!(rig.outcome().await, Ok(()), "after a breath");
    let hasty = Rig::with(Channel::Sms, vec![via(&sim, &[])], Duration::from_millis(600));
    sim.turns([Turn::Hang]);
    assert_eq!(hasty.outcome().await, Err("ambiguous"));
}

/// An event as SNS posts it, signed.
fn notification(event: &Value, topic: &str) -> Request<Bytes> {
    let time = "2026-09-21T14:13:20.000Z";
    let message = event.to_string();
    let text =
        format!("Message\n{message}\nMessageId\nid-1\nTimestamp\n{time}\nTopicArn\n{topic}\nType\nNotification\n");
    let pem = include_bytes!("keys/rsa-key.pem");
    let Ok(PrivateKeyDer::Pkcs8(key)) = PrivateKeyDer::from_pem_slice(pem) else { panic!("PKCS#8") };
    let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).expect("a key");
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("signed");
    let body = json!({
        "Type": "Notification",
        "MessageId": "id-1",
        "TopicArn": topic,
        "Message": message,
        "Timestamp": time,
        "SignatureVersion": "2",
        "Signature": STANDARD.encode(signature),
        "SigningCertURL": "https://sns.ap-northeast-1.amazonaws.com/x.pem",
    });
    Request::post("/.sekisho/receipts/aws")
        .header("content-type", "text/plain; charset=UTF-8")
        .header("x-amz-sns-message-type", "Notification")
        .body(Bytes::from(body.to_string()))
        .expect("a request")
}

#[tokio::test]
async fn an_event_counts_when_aws_signed_it_for_our_topic() {
    let sim = Sim::start(judge).await;
    let rig = Rig::start(Channel::Sms, via(&sim, &[("topic", TOPIC), ("certificate", CERTIFICATE)]));
    assert_eq!(rig.outcome().await, Ok(()));
    let context = sim.taken()[0].json()["Context"].clone();
    let event = json!({"eventType": "TEXT_CARRIER_UNREACHABLE", "isFinal": true, "messageId": "m-1", "context": context,
        "totalMessageParts": 2, "totalMessagePrice": 0.1451, "destinationPhoneNumber": "+819012345678"});
    let report = rig.hear("aws", &notification(&event, TOPIC)).expect("genuine").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Lost("transient")));
    assert_eq!(report.price.map(|price| price.to_string()).as_deref(), Some("0.1451 USD"));
    let another = TOPIC.replace("000000000000", "111111111111");
    assert_eq!(rig.hear("aws", &notification(&event, &another)), None, "anybody's topic is signed with this key");
    let good = notification(&event, TOPIC);
    let forged = String::from_utf8_lossy(good.body()).replace("UNREACHABLE", "BLOCKED");
    let forged = Request::post("/.sekisho/receipts/aws").body(Bytes::from(forged)).expect("a request");
    assert_eq!(rig.hear("aws", &forged), None);
    rig.world.advance_to(Duration::from_secs(3601));
    assert_eq!(rig.hear("aws", &good), None, "replayed");
    let silent = Rig::start(Channel::Sms, via(&sim, &[]));
    assert!(!silent.receipts.knows("aws"));
}

#[tokio::test]
async fn it_is_probed_and_told_what_was_entered() {
    let sim = Sim::start(judge).await;
    let rig = Rig::start(Channel::Sms, via(&sim, &[("probe_to", "+819012345678"), ("feedback", "true")]));
    let vendor = rig.providers.of(Channel::Sms)[0].vendor().expect("a vendor");
    let door = Door::new(None).expect("a door");
    let ask = async |request| door.send(request, Duration::from_secs(5)).await.expect("an answer");
    assert!(vendor.probed(&ask(vendor.probe(rig.now()).expect("a probe")).await).is_ok());
    assert_eq!(sim.taken()[0].json()["DryRun"], true);
    assert_eq!(ask(vendor.feedback("m-1", true, rig.now()).expect("wanted")).await.status(), 200);
}

// --- SNS --------------------------------------------------------------------------------------------------------------

fn error(status: u16, code: &str) -> Reply {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>…</Message></Error></ErrorResponse>"
    );
    Reply::text(status, "text/xml", &body)
}

fn judge_sns(asked: &Asked) -> Result<Reply, Reply> {
    let form = asked.form();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let attribute = |index: usize, part: &str| field(&format!("MessageAttributes.entry.{index}.{part}")).to_owned();
    let typed = (1..=3).all(|index| {
        let kind = attribute(index, "Value.DataType");
        match attribute(index, "Name").as_str() {
            "" => kind.is_empty(),
            "AWS.SNS.SMS.MaxPrice" => kind == "Number" && attribute(index, "Value.StringValue").parse::<f32>().is_ok(),
            _ => kind == "String" && !attribute(index, "Value.StringValue").is_empty(),
        }
    });
    match () {
        () if !asked.is("POST", "/") => Err(error(404, "NotFound")),
        () if !is_signed(asked, "sns") => Err(error(403, "SignatureDoesNotMatch")),
        () if field("Action") != "Publish" || field("Version") != "2010-03-31" => Err(error(400, "InvalidAction")),
        () if !field("PhoneNumber").starts_with('+') => Err(error(400, "InvalidParameter")),
        () if field("Message").is_empty() || field("Message").len() > 1600 || !typed => {
            Err(error(400, "ParameterValueInvalid"))
        }
        () => {
            let body = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
                        <MessageId>94f20ce6</MessageId></PublishResult></PublishResponse>";
            Ok(Reply::text(200, "text/xml", body))
        }
    }
}

#[tokio::test]
async fn sns_takes_a_code() {
    let sim = Sim::start(judge_sns).await;
    let via = |secret| {
        let keys = [
            ("region", REGION),
            ("access_key", KEY),
            ("base_url", sim.base_url.as_str()),
            ("sender_id", "HOSPITAL"),
            ("max_price", "0.10"),
        ];
        Rig::start(Channel::Sms, provider(&sns::KIND, &keys, &[("secret_key", secret)]))
    };
    assert_eq!(via(SECRET).outcome().await, Ok(()));
    assert_eq!(via("wrong").outcome().await, Err("config"));
    for (reply, class) in [
        (error(400, "InvalidParameter"), "recipient"),
        (error(403, "AuthorizationError"), "config"),
        (Reply::text(200, "text/xml", "<PublishResponse/>"), "ambiguous"),
    ] {
        sim.say(reply);
        assert_eq!(via(SECRET).outcome().await, Err(class));
    }
    assert!(!via(SECRET).receipts.knows("sns"));
}
