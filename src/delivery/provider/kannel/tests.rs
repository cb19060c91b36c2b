//! The request to Kannel as its user guide has it, its answers, and the addresses that it fetches.

use std::time::Duration;

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);

fn made(changes: &[(&'static str, &str)], site: &Site) -> Result<Kannel, ProviderFault> {
    let good = [
        ("username", "sekisho"),
        ("password", "p&ss word"),
        ("path", "/cgi-bin/sendsms"),
        ("base_url", "http://127.0.0.1:13013"),
    ];
    let keys: Vec<_> = good.iter().chain(changes).copied().collect();
    Kannel::new(&given(&keys, &["password"]), site)
}

fn kannel() -> Kannel {
    made(&[], &site(Channel::Sms, "kannel")).expect("good settings")
}

fn pairs(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect()
}

#[test]
fn the_request_is_the_documented_one() {
    let site = site(Channel::Sms, "kannel");
    let kannel = made(&[("from", "+15005550006"), ("smsc", "docomo")], &site).expect("good settings");
    let request = kannel.request(&message(), NOW);
    assert_eq!((request.method().as_str(), request.uri().path()), ("GET", "/cgi-bin/sendsms"));
    assert!(request.uri().to_string().starts_with("http://127.0.0.1:13013/cgi-bin/sendsms?username=sekisho&"));
    assert!(request.body().is_empty());
    let (text, address) = (message(), site.address(&message()).expect("an address"));
    let expected = [
        ("username", "sekisho"),
        ("password", "p&ss word"),
        ("from", "+15005550006"),
        ("to", "+819012345678"),
        ("text", text.text.expose()),
        ("charset", "UTF-8"),
        ("coding", "2"),
        ("smsc", "docomo"),
        ("validity", "5"),
        ("dlr-mask", "27"),
        ("dlr-url", &format!("{address}&d=%d")),
    ];
    assert_eq!(pairs(&request), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_text_that_fits_the_small_alphabet_is_sent_in_it() {
    let text = Secret::new("482913 is your code. €5".to_owned());
    let sent = pairs(&kannel().request(&Message { text, ..message() }, NOW));
    assert!(sent.contains(&("coding".to_owned(), "0".to_owned())), "{sent:?}");
}

#[test]
fn validity_is_in_minutes_and_never_none() {
    for (millis, minutes) in [(1, "1"), (59_000, "1"), (61_000, "2"), (300_000, "5")] {
        let message = Message { life: Duration::from_millis(millis), ..message() };
        let sent = pairs(&kannel().request(&message, NOW));
        assert!(sent.contains(&("validity".to_owned(), minutes.to_owned())), "{millis} {sent:?}");
    }
}

#[test]
fn a_percent_sign_of_ours_is_not_filled_in() {
    let site = site(Channel::Sms, "our kannel");
    let sent = pairs(&made(&[], &site).expect("good settings").request(&message(), NOW));
    let (_, url) = sent.last().expect("an address");
    assert!(url.contains("/our%%20kannel?") && url.ends_with("&d=%d"), "{url}");
}

#[test]
fn met_over_plain_http_we_ask_for_no_reports() {
    let site = Site::new(Channel::Sms, "kannel", "http://127.0.0.1:8080", None, &[7; 32]);
    let sent = pairs(&made(&[], &site).expect("good settings").request(&message(), NOW));
    assert!(sent.iter().all(|(name, _)| !name.starts_with("dlr")), "{sent:?}");
}

#[test]
fn settings_that_cannot_work_are_named() {
    let site = site(Channel::Sms, "kannel");
    for path in ["", "cgi-bin/sendsms", "/sendsms?x=1", "/send sms", "/#"] {
        assert_eq!(made(&[("path", path)], &site).err().and_then(|fault| fault.key), Some("path"), "{path}");
    }
    assert!(made(&[("base_url", "127.0.0.1:13013")], &site).is_err());
}

#[test]
fn every_answer_has_its_meaning() {
    let taken = Ok(());
    for (status, body, outcome) in [
        (202, "0: Accepted for delivery", taken),
        (202, "0: Accepted for delivery\n", taken),
        (202, "Sent.", taken),
        (202, "Sent. Message splits: 2", taken),
        (202, "Sent. Denied receivers are: 819012345678", Err(Class::Region)),
        (202, "3: Queued for later delivery", Err(Class::Ambiguous)),
        (202, "", Err(Class::Ambiguous)),
        (200, "<html>Welcome to the hotel. 0: Accepted</html>", Err(Class::Ambiguous)),
        (400, "Missing receiver number, rejected", Err(Class::Config)),
        (403, "Authorization failed for sendsms", Err(Class::Config)),
        (403, "Not routable. Do not try again.", Err(Class::Config)),
        (404, "0: Accepted for delivery", Err(Class::Config)),
        (500, "", Err(Class::Ambiguous)),
        (503, "Temporal failure, try again later.", Err(Class::Transient)),
    ] {
        let found = kannel().outcome(&answer(status, &[], body)).map(|_| ()).map_err(|f| f.class);
        assert_eq!(found, outcome, "{status} {body}");
    }
}

#[test]
fn the_address_that_it_was_given_proves_a_report() {
    let address = site(Channel::Sms, "kannel").address(&message()).expect("an address");
    let read = |url: &str| {
        let request = ::http::Request::get(url).body(Bytes::new()).expect("a request");
        kannel().read(&request, NOW).map(|heard| heard.reports)
    };
    for (kind, fate) in [
        ("1", Fate::Delivered),
        ("2", Fate::Lost("failed")),
        ("4", Fate::Underway),
        ("8", Fate::Carried),
        ("16", Fate::Lost("rejected")),
        ("32", Fate::Underway),
        ("1&d=2", Fate::Underway),
        ("%25d", Fate::Underway),
    ] {
        let report = Report { about: Some((message().challenge, 2)), ..Report::of(fate) };
        assert_eq!(read(&format!("{address}&d={kind}")), Some(vec![report]), "{kind}");
    }
    for forged in [address.replace("&n=2", "&n=3"), address.replace("&m=", "&m=0"), "https://x/?d=1".to_owned()] {
        assert_eq!(read(&format!("{forged}&d=1")), None, "{forged}");
    }
}
