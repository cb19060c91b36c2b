//! Callbacks as Twilio's own library signs them, and what must not pass for one.

use super::*;

const TOKEN: &str = "test_auth_token_0123456789abcdef";
const SITE: &str = "https://gw.example.jp";
const TARGET: &str = "/cb/twilio?k=1";
const FORM: &str = "AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01&From=%2B15005550006\
    &MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered\
    &SmsSid=SM00000000000000000000000000000001&SmsStatus=delivered&To=%2B819012345678";
/// Both made with the vendor's library 9.13.0 for the form above.
const SHA1: &str = "fxAsKnX2YSkugKv9O+K6BRAd8yw=";
const SHA256: &str = "yYAfl3KYLdLqa9vT0oVcixfwDBKglFUMq6NiquF7A2g=";

fn callbacks(token: &str, site: &str) -> Callbacks {
    Callbacks::new(&Secret::new(token.to_owned()), None, site)
}

impl Callbacks {
    fn read(&self, request: &Request<Bytes>) -> Option<Report> {
        self.check(request).map(|callback| callback.report())
    }
}

fn request(method: &str, target: &str, form: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let form_type = "application/x-www-form-urlencoded; charset=UTF-8";
    let mut request = Request::builder().method(method).uri(target).header("content-type", form_type);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::copy_from_slice(form.as_bytes())).expect("a request")
}

fn post(form: &str, headers: &[(&str, &str)]) -> Option<Report> {
    callbacks(TOKEN, SITE).read(&request("POST", TARGET, form, headers))
}

/// Signs as Twilio does, independently of how it is checked.
fn sign(url: &str, pairs: &[(&str, &str)]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    let text = pairs.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

#[test]
fn the_vendors_own_signature_is_right() {
    let sid = Some("SM00000000000000000000000000000001".to_owned());
    let delivered = Report { reference: sid, ..Report::of(Fate::Delivered) };
    assert_eq!(post(FORM, &[(SIGNATURE, SHA1)]), Some(delivered.clone()));
    let shuffled = FORM.rsplit('&').collect::<Vec<_>>().join("&");
    assert_eq!(post(&shuffled, &[(SIGNATURE, SHA1)]), Some(delivered.clone()), "the order of the fields is ours");
    let twice = format!("{FORM}&SmsStatus=delivered");
    assert_eq!(post(&twice, &[(SIGNATURE, SHA1)]), Some(delivered), "a value that is repeated is signed once");
}

#[test]
fn whatever_is_not_exactly_that_is_refused() {
    assert_eq!(post(FORM, &[]), None, "missing");
    assert_eq!(post(FORM, &[(SIGNATURE, SHA1), (SIGNATURE, SHA1)]), None, "twice");
    for signature in ["", "=", "fxAsKnX2YSkugKv9O+K6BRAd8yw", "fxAsKnX2YSkugKv9O+K6BRAd8yx=", "AAAA", SHA256] {
        assert_eq!(post(FORM, &[(SIGNATURE, signature)]), None, "{signature}");
    }
    let signed = [(SIGNATURE, SHA1)];
    for form in [FORM.replace("delivered", "failed"), format!("{FORM}&New=1"), FORM.replace("&SmsStatus=delivered", "")]
    {
        assert_eq!(post(&form, &signed), None, "{form}");
    }
    for target in ["/cb/twilio?k=2", "/cb/twilio", "/cb/twilio?k=1&n=1", "/cb//twilio?k=1"] {
        assert_eq!(callbacks(TOKEN, SITE).read(&request("POST", target, FORM, &signed)), None, "{target}");
    }
    let read = |token, site| callbacks(token, site).read(&request("POST", TARGET, FORM, &signed));
    assert_eq!(read("some other token", SITE), None);
    assert_eq!(read(TOKEN, "https://other.example.jp"), None);
    assert_eq!(read(TOKEN, "http://gw.example.jp"), None);
    assert_eq!(callbacks(TOKEN, SITE).read(&request("GET", TARGET, FORM, &signed)), None);
}

#[test]
fn the_newer_signature_needs_its_key() {
    let newer = "key=SK01,algorithm=HMAC_SHA256";
    for signature in [SHA1, SHA256] {
        assert_eq!(post(FORM, &[(SIGNATURE, signature), (NEWER, newer)]), None, "{signature}");
    }
    // The vendor's vector has one secret for both.
    let secret = Secret::new(TOKEN.to_owned());
    let both = Callbacks::new(&Secret::new("another".to_owned()), Some(&secret), SITE);
    let read = |headers: &[(&str, &str)]| both.read(&request("POST", TARGET, FORM, headers)).is_some();
    assert!(read(&[(SIGNATURE, SHA256), (NEWER, newer)]));
    assert!(read(&[(SIGNATURE, SHA256), (NEWER, "key=SK01, algorithm=HMAC_SHA256")]));
    assert!(!read(&[(SIGNATURE, SHA1), (NEWER, newer)]), "the older one, announced as the newer");
    assert!(!read(&[(SIGNATURE, SHA256)]), "not announced");
    for other in ["", "key=SK01", "key=SK01,algorithm=HMAC_SHA1", "algorithm=none"] {
        assert!(!read(&[(SIGNATURE, SHA256), (NEWER, other)]), "{other}");
    }
    assert!(!read(&[(SIGNATURE, SHA256), (NEWER, newer), (NEWER, newer)]), "announced twice");
}

#[test]
fn the_port_may_be_signed_or_not() {
    let pairs = [("MessageStatus", "sent")];
    for (site, signed) in [
        (SITE, "https://gw.example.jp:443"),
        ("https://gw.example.jp:8443", "https://gw.example.jp:8443"),
        ("https://gw.example.jp:8443", SITE),
    ] {
        let signature = sign(&format!("{signed}{TARGET}"), &pairs);
        let request = request("POST", TARGET, "MessageStatus=sent", &[(SIGNATURE, &signature)]);
        assert!(callbacks(TOKEN, site).read(&request).is_some(), "{site} {signed}");
    }
    let signature = sign(&format!("https://gw.example.jp:8443{TARGET}"), &pairs);
    let request = request("POST", TARGET, "MessageStatus=sent", &[(SIGNATURE, &signature)]);
    assert!(callbacks(TOKEN, SITE).read(&request).is_none(), "another port is another site");
}

#[test]
fn values_of_one_name_are_signed_in_order_and_once() {
    let signature = sign(&format!("{SITE}{TARGET}"), &[("A", ""), ("A", "1"), ("A", "2"), ("a", "é +")]);
    let form = "A=2&a=%C3%A9+%2B&A=1&A=2&A";
    assert!(post(form, &[(SIGNATURE, &signature)]).is_some());
}

#[test]
fn it_says_which_message_is_meant_and_what_became_of_it() {
    let id = ChallengeId::from_random([7; 16]);
    let url = format!("{SITE}/.sekisho/receipts/twilio?c={id}&n=3&m=00");
    let read = |pairs: &[(&str, &str)]| {
        let form: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let signature = sign(&url, pairs);
        let request = request("POST", &url[SITE.len()..], &form.join("&"), &[(SIGNATURE, &signature)]);
        callbacks(TOKEN, SITE).read(&request).expect("signed")
    };
    for (pairs, fate) in [
        (&[("MessageStatus", "delivered")][..], Fate::Delivered),
        (&[("MessageStatus", "sent")], Fate::Carried),
        (&[("ErrorCode", "30005"), ("MessageStatus", "undelivered")], Fate::Lost("recipient")),
        (&[("ErrorCode", "30450"), ("MessageStatus", "failed")], Fate::Lost("fraud")),
        (&[("ErrorCode", "1"), ("MessageStatus", "failed")], Fate::Lost("failed")),
        (&[("MessageStatus", "undelivered")], Fate::Lost("undelivered")),
        (&[("MessageStatus", "queued")], Fate::Underway),
        (&[("MessageStatus", "delivered"), ("MessageStatus", "failed")], Fate::Underway),
        (&[("MessageStatus", "read")], Fate::Delivered),
        (&[("MessageStatus", "canceled")], Fate::Lost("canceled")),
        (&[("ErrorCode", "63024"), ("MessageStatus", "undelivered")], Fate::Lost("recipient")),
        (&[("SmsStatus", "failed")], Fate::Underway),
        (&[("CallStatus", "ringing")], Fate::Underway),
        (&[("CallStatus", "in-progress")], Fate::Underway),
        (&[("CallStatus", "completed")], Fate::Carried),
        (&[("CallStatus", "busy")], Fate::Lost("busy")),
        (&[("CallStatus", "no-answer")], Fate::Lost("no-answer")),
        (&[("CallStatus", "canceled")], Fate::Lost("canceled")),
        (&[("CallStatus", "failed"), ("ErrorCode", "21214")], Fate::Lost("recipient")),
        (&[], Fate::Underway),
    ] {
        assert_eq!(read(pairs), Report { about: Some((id.clone(), 3)), ..Report::of(fate) }, "{pairs:?}");
    }
}

#[test]
fn a_callback_by_get_says_it_in_its_query() {
    let id = ChallengeId::from_random([7; 16]);
    let target = format!("/r/twilio?c={id}&n=1&MessageStatus=failed");
    let signature = sign(&format!("{SITE}{target}"), &[]);
    let report = callbacks(TOKEN, SITE).read(&request("GET", &target, "", &[(SIGNATURE, &signature)]));
    assert_eq!(report, Some(Report { about: Some((id, 1)), ..Report::of(Fate::Lost("failed")) }));
}

#[test]
fn an_address_that_is_not_ours_names_no_message() {
    let id = ChallengeId::from_random([7; 16]);
    for query in ["", "c=short&n=1", &format!("c={id}"), &format!("c={id}&n=256"), &format!("c={id}&n=1&n=2")] {
        assert_eq!(about(&fields(query.as_bytes())), None, "{query}");
    }
}
