//! A call as Twilio lives it: the document, the key, the second document; and everything that is no key.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::super::super::kind::Vendor;
use super::super::super::tests::{given, message};
use super::super::Twilio;
use super::*;
use crate::delivery::postmark::tests::site;
use crate::domain::contact::Channel;
use crate::domain::secret::Secret;

const NOW: Wall = Wall(1_790_000_000_000);
const TOKEN: &str = "t0ken";
const SPOKEN: &str = "認証コードは、4、8、2、9、1、3、です。<&>";
const PLACE: &str = "https://records.example.jp";

fn call() -> Message {
    let prompt = Some("中央病院です。\"何か\"キーを<押して>ください。".to_owned());
    Message { text: Secret::new(SPOKEN.to_owned()), prompt, ..message() }
}

fn twilio(keys: &[(&'static str, &str)]) -> Twilio {
    let base = [
        ("account", "AC00000000000000000000000000000001"),
        ("token", TOKEN),
        ("from", "+15005550006"),
        ("base_url", "https://api.twilio.com"),
    ];
    Twilio::new(&given(&[&base[..], keys].concat(), &["token"]), &site(Channel::Voice, "twilio"))
        .expect("good settings")
}

fn field(form: &[u8], name: &str) -> Option<String> {
    parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Where the document sends the key.
fn action(document: &str) -> String {
    let (_, rest) = document.split_once("action=\"").expect("an action");
    rest.split_once('"').expect("its end").0.replace("&amp;", "&")
}

/// A request that Twilio signed.
fn signed(url: &str, pairs: &[(&str, &str)]) -> ::http::Request<Bytes> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable();
    let text = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    let form = Serializer::new(String::new()).extend_pairs(pairs).finish();
    ::http::Request::post(url.strip_prefix(PLACE).expect("ours"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", STANDARD.encode(hmac::sign(&key, text.as_bytes())))
        .body(Bytes::from(form))
        .expect("a request")
}

fn pressed(url: &str, digits: &str) -> ::http::Request<Bytes> {
    signed(url, &[("CallSid", "CA01"), ("CallStatus", "in-progress"), ("Digits", digits)])
}

#[test]
fn the_call_that_goes_out_holds_the_prompt_and_nothing_of_the_code() {
    let request = twilio(&[]).request(&call(), NOW);
    assert!(request.uri().path().ends_with("/Calls.json"));
    let names: Vec<_> = parse(request.body()).map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["To", "From", "Twiml", "Timeout", "StatusCallback"]);
    let document = field(request.body(), "Twiml").expect("a document");
    let prompt = "中央病院です。&quot;何か&quot;キーを&lt;押して&gt;ください。";
    let said = format!("<Say language=\"ja-JP\">{prompt}</Say>");
    let action = action(&document).replace('&', "&amp;");
    let expected = format!(
        "<Response><Gather input=\"dtmf\" numDigits=\"1\" finishOnKey=\"\" timeout=\"8\" method=\"POST\" \
         action=\"{action}\">{said}<Pause length=\"2\"/>{said}</Gather></Response>"
    );
    assert_eq!(document, expected);
    let whole = String::from_utf8_lossy(request.body()).into_owned();
    assert!(!whole.contains("482913") && !document.contains("4、8") && !document.contains("認証"), "{document}");
    assert_eq!(field(request.body(), "Timeout").as_deref(), Some("60"));
}

#[test]
fn after_a_key_the_words_are_said() {
    let twilio = twilio(&[]);
    let document = field(twilio.request(&call(), NOW).body(), "Twiml").expect("a document");
    for digits in ["1", "#", "0", "*"] {
        let heard = twilio.read(&pressed(&action(&document), digits), NOW).expect("genuine");
        let (media, body) = heard.answer.expect("a document");
        assert_eq!(media, "text/xml; charset=utf-8");
        let say = "<Say language=\"ja-JP\">認証コードは、4、8、2、9、1、3、です。&lt;&amp;&gt;</Say>";
        assert_eq!(body, format!("<Response>{say}<Pause length=\"1\"/></Response>"));
        let about = Some((call().challenge, 2));
        let report = Report { about, reference: Some("CA01".to_owned()), ..Report::of(Fate::Delivered) };
        assert_eq!(heard.reports, [report]);
    }
}

#[test]
fn without_a_key_after_the_end_or_for_another_message_nothing_is_said() {
    let twilio = twilio(&[]);
    let document = field(twilio.request(&call(), NOW).body(), "Twiml").expect("a document");
    let url = action(&document);
    let other = field(twilio.request(&Message { send: 3, ..call() }, NOW).body(), "StatusCallback").expect("one");
    let sealed = url.split_once("&l=").expect("sealed").1;
    let late = NOW.plus(Duration::from_secs(300));
    for (request, now) in [
        (pressed(&url, ""), NOW),
        (signed(&url, &[("CallSid", "CA01")]), NOW),
        (signed(&url, &[("CallSid", "CA01"), ("SpeechResult", "yes")]), NOW),
        (pressed(&url, "1"), late),
        (pressed(&format!("{other}&l={sealed}"), "1"), NOW),
        (pressed(&url.replace("&n=2", "&n=3"), "1"), NOW),
        (pressed(&format!("{}A", &url[..url.len() - 1]), "1"), NOW),
    ] {
        let heard = twilio.read(&request, now).expect("genuine");
        assert_eq!(heard.reports, []);
        let body = heard.answer.expect("a document").1;
        assert_eq!(body, "<Response><Hangup/></Response>", "{}", request.uri());
    }
    let mut forged = pressed(&url, "1");
    forged.headers_mut().insert("x-twilio-signature", ::http::HeaderValue::from_static("AAAA"));
    assert_eq!(twilio.read(&forged, NOW), None);
}

#[test]
fn what_became_of_the_call_is_a_report() {
    let twilio = twilio(&[]);
    let url = field(twilio.request(&call(), NOW).body(), "StatusCallback").expect("an address");
    let fate = |status: &str| {
        let heard = twilio.read(&signed(&url, &[("CallSid", "CA01"), ("CallStatus", status)]), NOW).expect("genuine");
        assert_eq!(heard.answer, None);
        assert_eq!(heard.reports[0].about, Some((call().challenge, 2)));
        heard.reports[0].fate
    };
    assert_eq!(fate("completed"), Fate::Carried, "a mailbox completes calls too");
    assert_eq!(fate("no-answer"), Fate::Lost("no-answer"));
}

#[test]
fn language_and_voice_can_be_chosen() {
    let keys = [("language", "ja=ja-JP-x"), ("voice", "en=alice, ja=Polly.Mizuki")];
    let document = field(twilio(&keys).request(&call(), NOW).body(), "Twiml").expect("a document");
    assert!(document.contains("<Say voice=\"Polly.Mizuki\" language=\"ja-JP-x\">"), "{document}");
}

#[test]
fn a_long_prompt_is_said_once_rather_than_refused() {
    let prompt = Some("あ".repeat(1800));
    let document = field(twilio(&[]).request(&Message { prompt, ..call() }, NOW).body(), "Twiml").expect("a document");
    assert!(document.chars().count() <= LONGEST && document.matches("<Say").count() == 1);
}

#[test]
fn where_nobody_can_ask_us_there_are_no_calls() {
    let plain = Site::new(Channel::Voice, "twilio", "http://127.0.0.1:8080", None, &[7; 32]);
    let keys = [
        ("account", "AC00000000000000000000000000000001"),
        ("token", TOKEN),
        ("from", "+15005550006"),
        ("base_url", "https://api.twilio.com"),
    ];
    let fault = Twilio::new(&given(&keys, &["token"]), &plain).map(|_| ()).expect_err("refused");
    assert!(fault.text.contains("https"), "{fault}");
}
