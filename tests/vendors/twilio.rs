//! Twilio beyond SMS (tests/delivery has that): calls, WhatsApp, what it is told and asked besides.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use ring::hmac;
use sekisho::delivery::provider::twilio::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::delivery::settings::Provider;
use sekisho::domain::contact::Channel;
use sekisho::net::Door;
use serde_json::json;

use crate::rig::{Rig, challenge, provider};
use crate::sim::{Asked, Reply, Sim, Turn};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "test_auth_token_0123456789abcdef";
const NUMBER: &str = "+15005550006";
const TEMPLATE: &str = "HX00000000000000000000000000000001";
const HOME: &str = "https://records.example.jp";

async fn sim() -> Sim {
    Sim::start(judge).await
}

fn via(sim: &Sim, keys: &[(&str, &str)]) -> Provider {
    let base = [("account", ACCOUNT), ("from", NUMBER), ("base_url", sim.base_url.as_str())];
    provider(&KIND, &[&base[..], keys].concat(), &[("token", TOKEN)])
}

fn error(status: u16, code: u32) -> Reply {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    Reply::json(status, json!({"code": code, "message": "no", "more_info": more, "status": status}))
}

/// What the documentation demands.
fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if !asked.knows(ACCOUNT, TOKEN) {
        return Err(error(401, 20003));
    }
    let api = format!("/2010-04-01/Accounts/{ACCOUNT}");
    let path = asked.path.strip_prefix(&api).ok_or(error(404, 20404))?;
    if asked.is("GET", &format!("{api}/Balance.json")) {
        return Ok(Reply::json(200, json!({"account_sid": ACCOUNT, "balance": "7.25", "currency": "USD"})));
    }
    if asked.method != "POST" || asked.header("content-type") != "application/x-www-form-urlencoded" {
        return Err(error(415, 20011));
    }
    let form = asked.form();
    match path {
        "/Calls.json" => call(&form),
        "/Messages.json" => whatsapp(&form),
        _ if path.starts_with("/Messages/SM") && path.ends_with("/Feedback.json") => {
            let known = matches!(form.get("Outcome").map(String::as_str), Some("confirmed" | "unconfirmed"));
            known.then(|| Reply::json(200, json!({"outcome": form["Outcome"]}))).ok_or(error(400, 20001))
        }
        _ => Err(error(404, 20404)),
    }
}

fn field<'a>(form: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    form.get(name).map(String::as_str).unwrap_or_default()
}

fn is_e164(number: &str) -> bool {
    (9..=16).contains(&number.len()) && number.starts_with('+') && number[1..].bytes().all(|b| b.is_ascii_digit())
}

fn call(form: &BTreeMap<String, String>) -> Result<Reply, Reply> {
    let document = field(form, "Twiml");
    let seconds = form.get("Timeout").map(|t| t.parse::<u32>().is_ok_and(|t| t <= 600));
    match () {
        () if !is_e164(field(form, "To")) => Err(error(400, 21211)),
        () if field(form, "From") != NUMBER => Err(error(400, 21210)),
        () if document.is_empty() || document.chars().count() > 4000 => Err(error(400, 21205)),
        () if !document.starts_with("<Response>") || !document.ends_with("</Response>") => Err(error(400, 12100)),
        () if seconds == Some(false) => Err(error(400, 20001)),
        () => Ok(Reply::json(201, json!({"sid": format!("CA{:032}", 1), "status": "queued", "price": null}))),
    }
}

fn whatsapp(form: &BTreeMap<String, String>) -> Result<Reply, Reply> {
    let to = field(form, "To").strip_prefix("whatsapp:").unwrap_or_default();
    let variables: serde_json::Value = serde_json::from_str(field(form, "ContentVariables")).unwrap_or_default();
    match () {
        () if !is_e164(to) => Err(error(400, 21211)),
        () if field(form, "From") != format!("whatsapp:{NUMBER}") => Err(error(400, 63007)),
        () if field(form, "ContentSid") != TEMPLATE => Err(error(400, 21655)),
        () if !variables["1"].is_string() || variables.as_object().is_none_or(|v| v.len() != 1) => {
            Err(error(400, 21656))
        }
        () => Ok(Reply::json(201, json!({"sid": format!("SM{:032}", 1), "status": "queued", "error_code": null}))),
    }
}

/// A callback as Twilio posts it, to an address that it was given.
fn callback(url: &str, token: &str, fields: &[(&str, &str)]) -> Request<Bytes> {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let text = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Request::post(url.strip_prefix(HOME).expect("ours"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", STANDARD.encode(hmac::sign(&key, text.as_bytes())))
        .body(Bytes::from(form))
        .expect("a request")
}

#[tokio::test]
async fn a_mailbox_never_hears_the_code_and_a_person_does() {
    let sim = sim().await;
    let rig = Rig::start(Channel::Voice, via(&sim, &[]));
    assert_eq!(rig.outcome().await, Ok(()));
    let call = sim.taken()[0].form();
    let document = &call["Twiml"];
    assert!(!document.contains("482913") && !document.contains("4、8"), "{document}");

    // What follows without a key is nothing at all: the document ends with the prompt.
    let (prompt, rest) = document.split_once("</Gather>").expect("a Gather");
    assert!(rest == "</Response>" && prompt.matches("<Gather").count() == 1, "{document}");
    let (_, action) = prompt.split_once("action=\"").expect("an action");
    let action = action.split_once('"').expect("its end").0.replace("&amp;", "&");

    let live = [("CallSid", "CA1"), ("CallStatus", "in-progress")];
    let with = |digits| [&live[..], &[("Digits", digits)]].concat();
    for (request, said) in [
        (callback(&action, TOKEN, &with("5")), Some(true)),
        (callback(&action, TOKEN, &with("")), Some(false)),
        (callback(&action, TOKEN, &live), Some(false)),
        (callback(&action, "another token", &with("5")), None),
        (callback(&action.replace("&n=1", "&n=2"), TOKEN, &with("5")), Some(false)),
    ] {
        let heard = rig.hear("twilio", &request);
        let body = heard.and_then(|heard| heard.answer).map(|(_, body)| body);
        assert_eq!(body.as_ref().map(|body| body.contains("482913") || body.contains("4、8")), said, "{body:?}");
    }
    rig.world.advance_to(Duration::from_secs(301));
    let late = rig.hear("twilio", &callback(&action, TOKEN, &with("5"))).and_then(|heard| heard.answer);
    assert_eq!(late.map(|(_, body)| body).as_deref(), Some("<Response><Hangup/></Response>"));

    let ended = callback(&call["StatusCallback"], TOKEN, &[("CallSid", "CA1"), ("CallStatus", "no-answer")]);
    let report = rig.hear("twilio", &ended).expect("genuine").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Lost("no-answer")));
}

#[tokio::test]
async fn another_node_can_answer_the_key() {
    let sim = sim().await;
    let (one, other) = (Rig::start(Channel::Voice, via(&sim, &[])), Rig::start(Channel::Voice, via(&sim, &[])));
    assert_eq!(one.outcome().await, Ok(()));
    let document = sim.taken()[0].form()["Twiml"].clone();
    let action = document.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an action");
    let pressed = callback(&action.replace("&amp;", "&"), TOKEN, &[("CallSid", "CA1"), ("Digits", "1")]);
    let heard = other.hear("twilio", &pressed).expect("genuine");
    assert_eq!(heard.reports[0].fate, Fate::Delivered);
}

#[tokio::test]
async fn a_code_goes_out_by_whatsapp_and_was_read() {
    let sim = sim().await;
    let rig = Rig::start(Channel::Whatsapp, via(&sim, &[("template", TEMPLATE)]));
    assert_eq!(rig.outcome().await, Ok(()));
    let form = sim.taken()[0].form();
    assert_eq!(form["ContentVariables"], r#"{"1":"482913"}"#);
    let fields =
        [("MessageSid", "SM1"), ("MessageStatus", "read"), ("ChannelStatusMessage", "…"), ("EventType", "READ")];
    let heard = rig.hear("twilio", &callback(&form["StatusCallback"], TOKEN, &fields)).expect("genuine");
    assert_eq!(heard.reports[0].fate, Fate::Delivered);
    assert_eq!(rig.hear("twilio", &callback(&form["StatusCallback"], "wrong", &fields)), None);
}

#[tokio::test]
async fn refusals_have_their_class() {
    let sim = sim().await;
    for (turns, class, told) in [
        (vec![Turn::Say(error(400, 63024))], "recipient", 1),
        (vec![Turn::Say(error(400, 63016))], "config", 1),
        (vec![Turn::Say(error(429, 63018)), Turn::Say(error(429, 63018))], "throttle", 2),
        (vec![Turn::DieHalfway], "ambiguous", 1),
    ] {
        let rig = Rig::start(Channel::Whatsapp, via(&sim, &[("template", TEMPLATE)]));
        sim.turns(turns);
        assert_eq!(rig.outcome().await, Err(class));
        assert_eq!(rig.told().split(' ').count(), told, "{}", rig.told());
    }
    let hasty = Rig::with(Channel::Voice, vec![via(&sim, &[])], Duration::from_millis(600));
    sim.turns([Turn::Hang]);
    assert_eq!(hasty.outcome().await, Err("ambiguous"));
}

#[tokio::test]
async fn it_is_asked_for_its_balance_and_told_what_was_entered() {
    let sim = sim().await;
    let rig = Rig::start(Channel::Sms, via(&sim, &[("feedback", "true")]));
    let vendor = rig.providers.of(Channel::Sms)[0].vendor().expect("a vendor");
    let door = Door::new(None).expect("a door");
    let ask = async |request| door.send(request, Duration::from_secs(5)).await.expect("an answer");
    let balance = ask(vendor.probe(rig.now()).expect("a probe")).await;
    let standing = vendor.probed(&balance).expect("good credentials");
    assert_eq!(standing.balance.map(|money| money.to_string()).as_deref(), Some("7.25 USD"));
    let reference = format!("SM{:032}", 1);
    let told = ask(vendor.feedback(&reference, true, rig.now()).expect("wanted")).await;
    assert_eq!(told.status(), 200);
    assert_eq!(sim.taken().last().expect("one").form()["Outcome"], "confirmed");
}
