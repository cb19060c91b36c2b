//! Vonage's SMS API and its Messages API.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Request;
use ring::{digest, hmac};
use sekisho::delivery::provider::{vonage, vonage_messages};
use sekisho::delivery::receipts::Fate;
use sekisho::delivery::settings::Provider;
use sekisho::domain::contact::Channel;
use sekisho::net::Door;
use serde_json::{Value, json};

use crate::rig::{Rig, challenge, provider, report_to, tag};
use crate::sim::{Asked, Reply, Sim, Turn};

const KEY: &str = "abcd1234";
const SECRET: &str = "s3cret/+&";
const SIGNING: &str = "a signature secret of thirty-two bytes";

/// What is signed: each field behind an ampersand, in order, the two separators gone from values.
fn signature(fields: &BTreeMap<String, String>) -> String {
    let text: String = fields
        .iter()
        .filter(|(name, _)| name.as_str() != "sig")
        .map(|(name, value)| format!("&{name}={}", value.replace(['&', '='], "_")))
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SIGNING.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn part(status: &str, text: &str) -> Value {
    match status {
        "0" => json!({"to": "819012345678", "message-id": "0A01", "status": "0", "remaining-balance": "3.1",
            "message-price": "0.07", "network": "44010"}),
        _ => json!({"status": status, "error-text": text}),
    }
}

/// Its answers are successes, whatever they say.
fn said(parts: &[Value]) -> Reply {
    Reply::json(200, json!({"message-count": parts.len().to_string(), "messages": parts}))
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if asked.is("GET", "/account/get-balance") {
        let known = asked.knows(KEY, SECRET);
        let unknown = Reply::json(401, json!({"error-code": "401", "error-code-label": "authentication failed"}));
        return known.then(|| Reply::json(200, json!({"value": 10.28, "autoReload": false}))).ok_or(unknown);
    }
    let form = asked.form();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let is_form = asked.header("content-type") == "application/x-www-form-urlencoded";
    let refuse = |status, text| Err(said(&[part(status, text)]));
    match (form.get("api_secret"), form.get("sig")) {
        _ if asked.method != "POST" || !is_form => return Err(Reply::text(404, "text/plain", "")),
        (Some(_), Some(_)) => return refuse("32", "Both signature and secret"),
        (None, None) => return refuse("2", "Missing api_secret"),
        (Some(secret), None) if secret != SECRET => return refuse("4", "Bad Credentials"),
        (None, Some(sig)) if sig.to_lowercase() != signature(&form) || field("timestamp").is_empty() => {
            return refuse("14", "Invalid Signature");
        }
        _ if field("api_key") != KEY => return refuse("4", "Bad Credentials"),
        _ => {}
    }
    if asked.path == "/conversions/sms" {
        let at = field("timestamp");
        let good = !field("message-id").is_empty() && matches!(field("delivered"), "true" | "false") && at.len() == 19;
        return good.then(|| Reply::text(200, "text/plain", "")).ok_or(Reply::text(423, "text/plain", ""));
    }
    let digits = |text: &str| text.len() >= 7 && text.bytes().all(|b| b.is_ascii_digit());
    let plain = field("text").is_ascii();
    match () {
        () if asked.path != "/sms/json" => Err(Reply::text(404, "text/plain", "")),
        () if field("from").is_empty() => refuse("2", "Missing from param"),
        () if !digits(field("to")) => refuse("3", "Invalid to param"),
        () if field("text").is_empty() => refuse("2", "Missing text param"),
        // The real one delivers question marks.
        () if !plain && field("type") != "unicode" => refuse("3", "Invalid type param"),
        () if !field("ttl").parse::<u64>().is_ok_and(|ttl| (20_000..=604_800_000).contains(&ttl)) => {
            refuse("3", "Invalid ttl param")
        }
        () if field("client-ref").chars().count() > 100 => refuse("3", "Invalid client-ref param"),
        () if field("callback").chars().count() > 100 => refuse("23", "Invalid callback URL"),
        () => Ok(said(&[part("0", "")])),
    }
}

fn via(sim: &Sim, keys: &[(&str, &str)], secrets: &[(&str, &str)]) -> Provider {
    let url = sim.base_url.as_str();
    let base = [("api_key", KEY), ("from", "HOSPITAL"), ("base_url", url), ("api_url", url)];
    provider(&vonage::KIND, &[&base[..], keys].concat(), secrets)
}

#[tokio::test]
async fn a_code_goes_out_by_secret_or_by_signature() {
    let sim = Sim::start(judge).await;
    for secrets in [&[("api_secret", SECRET)][..], &[("signature_secret", SIGNING)]] {
        let rig = Rig::start(Channel::Sms, via(&sim, &[], secrets));
        assert_eq!(rig.outcome().await, Ok(()), "{secrets:?}");
    }
    let wrong = Rig::start(Channel::Sms, via(&sim, &[], &[("api_secret", "wrong")]));
    assert_eq!(wrong.outcome().await, Err("config"));
    let wrong = Rig::start(Channel::Sms, via(&sim, &[], &[("signature_secret", "wrong")]));
    assert_eq!(wrong.outcome().await, Err("config"));
    assert_eq!((sim.taken().len(), sim.asked().len()), (2, 4));
}

#[tokio::test]
async fn a_success_that_is_none_is_seen() {
    let sim = Sim::start(judge).await;
    let wait = "Throughput Rate Exceeded - please wait [ 702 ] and retry";
    for (turns, outcome, told) in [
        (vec![Turn::Say(said(&[part("6", "Unroutable")]))], Err("recipient"), "vonage:recipient"),
        (vec![Turn::Say(said(&[part("7", "Barred")]))], Err("opt_out"), "vonage:opt_out"),
        (vec![Turn::Say(said(&[part("9", "Quota")]))], Err("funds"), "vonage:funds"),
        (vec![Turn::Say(said(&[part("1", wait)]))], Ok(()), "vonage:throttle vonage:sent"),
        (vec![Turn::Say(said(&[part("5", "Internal")]))], Ok(()), "vonage:transient vonage:sent"),
        (vec![Turn::Say(said(&[part("0", ""), part("5", "Internal")]))], Err("ambiguous"), "vonage:ambiguous"),
        (vec![Turn::Say(Reply::text(200, "text/html", "<html>hotel</html>"))], Err("ambiguous"), "vonage:ambiguous"),
        (vec![Turn::DieHalfway], Err("ambiguous"), "vonage:ambiguous"),
    ] {
        let rig = Rig::start(Channel::Sms, via(&sim, &[], &[("api_secret", SECRET)]));
        sim.turns(turns);
        assert_eq!(rig.outcome().await, outcome, "{told}");
        assert_eq!(rig.told(), told);
    }
    let hasty = Rig::with(Channel::Sms, vec![via(&sim, &[], &[("api_secret", SECRET)])], Duration::from_millis(600));
    sim.turns([Turn::Hang]);
    assert_eq!(hasty.outcome().await, Err("ambiguous"));
}

#[tokio::test]
async fn a_receipt_counts_when_it_is_signed_or_bears_our_tag() {
    let sim = Sim::start(judge).await;
    let rig = Rig::start(Channel::Sms, via(&sim, &[], &[("api_secret", SECRET), ("signature_secret", SIGNING)]));
    assert_eq!(rig.outcome().await, Ok(()));
    let sent = sim.taken()[0].form();
    assert_eq!(sent["callback"], "https://records.example.jp/.sekisho/receipts/vonage");
    let receipt = |sign: bool| {
        let mut fields: BTreeMap<String, String> = [
            ("msisdn", "819012345678"),
            ("to", "HOSPITAL"),
            ("network-code", "44010"),
            ("messageId", "0A01"),
            ("price", "0.07"),
            ("status", "failed"),
            ("scts", "2601011200"),
            ("err-code", "4"),
            ("api-key", KEY),
            ("client-ref", sent["client-ref"].as_str()),
            ("timestamp", &rig.now().secs().to_string()),
            ("nonce", "n=1&2"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if sign {
            fields.insert("sig".to_owned(), signature(&fields));
        }
        fields
    };
    let form = |fields: &BTreeMap<String, String>| {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Request::post("/.sekisho/receipts/vonage")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(body))
            .expect("a request")
    };
    let heard = rig.hear("vonage", &form(&receipt(true))).expect("genuine");
    let report = &heard.reports[0];
    assert_eq!((report.about.clone(), report.fate), (Some((challenge(), 1)), Fate::Lost("opt_out")));
    assert_eq!(rig.hear("vonage", &form(&receipt(false))), None, "unsigned");
    let mut forged = receipt(true);
    forged.insert("status".to_owned(), "delivered".to_owned());
    assert_eq!(rig.hear("vonage", &form(&forged)), None);
    let signed = form(&receipt(true));
    rig.world.advance_to(Duration::from_secs(301));
    assert_eq!(rig.hear("vonage", &signed), None, "replayed");

    let open = Rig::start(Channel::Sms, via(&sim, &[], &[("api_secret", SECRET)]));
    assert!(open.hear("vonage", &form(&receipt(false))).is_some(), "only Vonage was given the tag");
    let mut forged = receipt(false);
    forged.insert("client-ref".to_owned(), tag(Channel::Sms, "vonage").replace("-1-", "-2-"));
    assert_eq!(open.hear("vonage", &form(&forged)), None);
}

#[tokio::test]
async fn it_is_asked_for_its_balance_and_told_what_was_entered() {
    let sim = Sim::start(judge).await;
    let rig = Rig::start(Channel::Sms, via(&sim, &[("feedback", "true")], &[("api_secret", SECRET)]));
    let vendor = rig.providers.of(Channel::Sms)[0].vendor().expect("a vendor");
    let door = Door::new(None).expect("a door");
    let ask = async |request| door.send(request, Duration::from_secs(5)).await.expect("an answer");
    let standing = vendor.probed(&ask(vendor.probe(rig.now()).expect("a probe")).await).expect("good credentials");
    assert_eq!(standing.balance.map(|money| money.to_string()).as_deref(), Some("10.28 EUR"));
    assert_eq!(ask(vendor.feedback("0A01", true, rig.now()).expect("wanted")).await.status(), 200);
}

// --- The Messages API -------------------------------------------------------------------------------------------------

const APPLICATION: &str = "0f0f0f0f-1111-2222-3333-444444444444";

/// The public half of the application's key, as the vendor has it.
fn proves(token: &str) -> bool {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use x509_parser::prelude::{FromDer, X509Certificate};
    let pem = include_bytes!("keys/rsa-cert.pem");
    let der = CertificateDer::from_pem_slice(pem).expect("a certificate");
    let (_, certificate) = X509Certificate::from_der(&der).expect("a certificate");
    let key = certificate.public_key().subject_public_key.data.to_vec();
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
    ring::signature::UnparsedPublicKey::new(algorithm, key).verify(signed.as_bytes(), &signature).is_ok()
}

fn problem(status: u16, kind: &str) -> Reply {
    let url = format!("https://developer.vonage.com/api-errors{kind}");
    Reply::json(status, json!({"type": url, "title": "no", "detail": "…", "instance": "i"}))
}

fn judge_messages(asked: &Asked) -> Result<Reply, Reply> {
    let token = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default().to_owned();
    let claims: Value = token
        .split('.')
        .nth(1)
        .and_then(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok())
        .unwrap_or_default();
    let (iat, exp) = (claims["iat"].as_i64().unwrap_or_default(), claims["exp"].as_i64().unwrap_or_default());
    let good = claims["application_id"] == APPLICATION && claims["jti"].is_string() && iat < exp && exp - iat <= 900;
    if !proves(&token) || !good {
        return Err(problem(401, "#unauthorized"));
    }
    let body = asked.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let digits = |text: &str| text.len() >= 7 && text.bytes().all(|b| b.is_ascii_digit());
    let whole = match (text("channel"), text("message_type")) {
        ("sms", "text") => {
            (1..=3200).contains(&text("text").chars().count()) && body["sms"]["encoding_type"].is_string()
        }
        ("whatsapp", "custom") => {
            let template = &body["custom"]["template"];
            let code = |index: usize| &template["components"][index]["parameters"][0]["text"];
            body["custom"]["type"] == "template"
                && template["name"] == "login"
                && code(0) == code(1)
                && code(0).is_string()
        }
        _ => false,
    };
    let ttl = body.get("ttl").is_none_or(|ttl| ttl.as_u64().is_some_and(|ttl| (20..=604_800).contains(&ttl)));
    match () {
        () if !asked.is("POST", "/v1/messages") => Err(problem(404, "#not-found")),
        () if asked.header("content-type") != "application/json" => Err(problem(415, "#media")),
        () if !digits(text("to")) || text("from").is_empty() || !whole || !ttl => Err(problem(422, "#1150")),
        () => Ok(Reply::json(202, json!({"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"}))),
    }
}

/// The provider, and the folder of its key.
fn messages(sim: &Sim, keys: &[(&str, &str)], secrets: &[(&str, &str)]) -> (Provider, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("vonage.pem");
    std::fs::write(&path, include_str!("keys/rsa-key.pem")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode");
    let path = path.display().to_string();
    let base = [
        ("application", APPLICATION),
        ("private_key", path.as_str()),
        ("from", "HOSPITAL"),
        ("base_url", sim.base_url.as_str()),
    ];
    (provider(&vonage_messages::KIND, &[&base[..], keys].concat(), secrets), folder)
}

#[tokio::test]
async fn the_messages_api_takes_sms_and_whatsapp() {
    let sim = Sim::start(judge_messages).await;
    let (sms, _folder) = messages(&sim, &[], &[]);
    assert_eq!(Rig::start(Channel::Sms, sms).outcome().await, Ok(()));
    let (whatsapp, _folder) = messages(&sim, &[("template", "login")], &[]);
    assert_eq!(Rig::start(Channel::Whatsapp, whatsapp).outcome().await, Ok(()));
    let (other, _folder) = messages(&sim, &[("application", "00000000-0000-0000-0000-000000000000")], &[]);
    assert_eq!(Rig::start(Channel::Sms, other).outcome().await, Err("config"));
    let (sms, _folder) = messages(&sim, &[], &[]);
    let rig = Rig::start(Channel::Sms, sms);
    sim.turns([Turn::Say(problem(429, "#1010")), Turn::Say(problem(402, "#low-balance"))]);
    assert_eq!(rig.outcome().await, Err("funds"));
    assert_eq!(rig.told(), "vonage-messages:throttle vonage-messages:funds");
}

#[tokio::test]
async fn a_webhook_counts_by_its_token_or_by_its_address() {
    let sim = Sim::start(judge_messages).await;
    let (signed, _folder) = messages(&sim, &[], &[("signature_secret", SIGNING)]);
    let rig = Rig::start(Channel::Sms, signed);
    assert_eq!(rig.outcome().await, Ok(()));
    let sent = sim.taken()[0].json();
    let address = sent["webhook_url"].as_str().expect("an address").to_owned();
    assert_eq!(address, report_to(Channel::Sms, "vonage-messages"));
    let body = json!({"message_uuid": "u", "status": "undeliverable", "client_ref": sent["client_ref"]}).to_string();
    let hash: String =
        digest::digest(&digest::SHA256, body.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let webhook = |body: &str, secret: &str| {
        let claims = json!({"iat": rig.now().secs(), "jti": "j", "iss": "Vonage", "payload_hash": hash});
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
        let token = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), token.as_bytes());
        Request::post(&address)
            .header("authorization", format!("Bearer {token}.{}", URL_SAFE_NO_PAD.encode(tag)))
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .expect("a request")
    };
    let report = rig.hear("vonage-messages", &webhook(&body, SIGNING)).expect("genuine").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Lost("undeliverable")));
    assert_eq!(rig.hear("vonage-messages", &webhook(&body, "another secret")), None);
    let other = body.replace("undeliverable", "delivered");
    assert_eq!(rig.hear("vonage-messages", &webhook(&other, SIGNING)), None, "the token covers the body");

    let (open, _folder) = messages(&sim, &[], &[]);
    let open = Rig::start(Channel::Sms, open);
    let bare = |address: &str| Request::post(address).body(Bytes::from(body.clone())).expect("a request");
    assert!(open.hear("vonage-messages", &bare(&address)).is_some());
    assert_eq!(open.hear("vonage-messages", &bare(&address.replace("&n=1", "&n=2"))), None);
}
