//! Receipts as Vonage signs them, in its three forms, and what must not pass for one.

use super::super::super::tests::message;
use super::super::signature::text;
use super::*;
use crate::delivery::postmark::tests::site;
use crate::domain::contact::Channel;
use crate::domain::money::Money;
use crate::domain::secret::Secret;

const NOW: Wall = Wall(1_767_236_400_000);
const FIELDS: &str = "api-key=abcd1234&err-code=0&message-timestamp=2026-01-01+12%3A00%3A00&messageId=0A0000000000AAA1\
    &msisdn=819012345678&network-code=44010&nonce=n-1&price=0.07&scts=2601011200&status=delivered\
    &timestamp=1767236400&to=HOSPITAL";
/// Computed for these fields and the secret `sigsecret` by an independent program.
const SHA256: &str = "64A9F7C057DE96D2F96D7EEF5F829794AD4F346CB5B3A3A79C1D7F8B365511F9";
const SHA512: &str = "488CE4AB51D86116BCCE0BCE5E3A49A2BFE8E8884F6905177EC90D59451AFC2F4360A3216AB1D633544D2F8EEC00A64A20AF2E57BAF1425F6BBE4AE5AD501374";

fn signature(long: bool) -> Signature {
    Signature::new(&Secret::new("sigsecret".to_owned()), long)
}

fn post(media: &str, body: &str) -> Request<Bytes> {
    let request = Request::post("/.sekisho/receipts/vonage").header("content-type", media);
    request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request")
}

fn get(query: &str) -> Request<Bytes> {
    Request::get(format!("/.sekisho/receipts/vonage?{query}")).body(Bytes::new()).expect("a request")
}

fn as_json(query: &str) -> String {
    let pairs: BTreeMap<_, _> = parse(query.as_bytes()).into_owned().collect();
    serde_json::to_string(&pairs).expect("JSON")
}

const FORM: &str = "application/x-www-form-urlencoded";

fn signed(request: &Request<Bytes>, now: Wall) -> Option<Report> {
    read(request, Some(&signature(false)), &site(Channel::Sms, "vonage"), "EUR", now)
}

#[test]
fn the_signature_is_right_in_all_three_forms() {
    let all = format!("{FIELDS}&sig={SHA256}");
    let price = Some(Money { micros: 70_000, currency: "EUR".to_owned() });
    let reference = Some("0A0000000000AAA1".to_owned());
    let report = Report { about: None, reference, fate: Fate::Delivered, price };
    let lower = format!("{FIELDS}&sig={}", SHA256.to_lowercase());
    for request in [
        get(&all),
        get(&lower),
        post(FORM, &all),
        post("application/x-www-form-urlencoded; charset=UTF-8", &all.rsplit('&').collect::<Vec<_>>().join("&")),
        post("application/json", &as_json(&all)),
    ] {
        assert_eq!(signed(&request, NOW), Some(report.clone()));
    }
    let long = format!("{FIELDS}&sig={SHA512}");
    let read = read(&get(&long), Some(&signature(true)), &site(Channel::Sms, "vonage"), "EUR", NOW);
    assert_eq!(read, Some(report));
}

#[test]
fn whatever_is_not_exactly_that_is_refused() {
    let all = format!("{FIELDS}&sig={SHA256}");
    for form in [
        FIELDS.to_owned(),
        format!("{FIELDS}&sig="),
        format!("{FIELDS}&sig={}", &SHA256[..62]),
        format!("{FIELDS}&sig={SHA512}"),
        format!("{FIELDS}&sig=zz"),
        all.replace("delivered", "failed"),
        all.replace("&nonce=n-1", ""),
        format!("{all}&new=1"),
        format!("{all}&status=failed"),
        format!("{all}&sig={SHA256}"),
    ] {
        assert_eq!(signed(&get(&form), NOW), None, "{form}");
        assert_eq!(signed(&post(FORM, &form), NOW), None, "{form}");
    }
    assert_eq!(signed(&post("text/plain", &all), NOW), None);
    assert_eq!(signed(&post("application/json", &all), NOW), None);
    assert_eq!(signed(&post("application/json", "[]"), NOW), None);
    assert_eq!(signed(&post("application/json", r#"{"status":{"a":1}}"#), NOW), None);
}

#[test]
fn an_old_receipt_is_refused() {
    let all = get(&format!("{FIELDS}&sig={SHA256}"));
    for (seconds, fresh) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
        assert_eq!(signed(&all, Wall(NOW.0 + seconds * 1000)).is_some(), fresh, "{seconds}");
    }
}

#[test]
fn the_characters_that_separate_mean_nothing_within_values() {
    let (signature, mut pairs) = (signature(false), vec![("a", "1&b=2".to_owned()), ("b", "3".to_owned())]);
    signature.sign(&mut pairs, NOW);
    let fields: Fields = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert!(signature.is_genuine(&fields, NOW));
    assert_eq!(text(&fields), "&a=1_b_2&b=3&timestamp=1767236400");
}

#[test]
fn without_a_signature_the_tag_has_to_be_ours() {
    let site = site(Channel::Sms, "vonage");
    let tag = site.tag(&message());
    let unsigned = |query: &str| read(&get(query), None, &site, "EUR", NOW);
    let report = unsigned(&format!("client-ref={tag}&status=failed&err-code=4&messageId=1")).expect("ours");
    assert_eq!((report.about, report.fate), (Some((message().challenge, 2)), Fate::Lost("opt_out")));
    for forged in [tag.replace("-2-", "-1-"), String::new(), tag.to_uppercase()] {
        assert_eq!(unsigned(&format!("client-ref={forged}&status=failed")), None, "{forged}");
    }
    assert_eq!(unsigned(FIELDS), None);
    assert_eq!(unsigned(&format!("{FIELDS}&sig={SHA256}")), None, "nobody here can check it");
}

#[test]
fn it_says_what_became_of_the_message() {
    let site = site(Channel::Sms, "vonage");
    let tag = site.tag(&message());
    let fate = |rest: &str| read(&get(&format!("client-ref={tag}{rest}")), None, &site, "EUR", NOW).expect("ours").fate;
    for (rest, expected) in [
        ("&status=delivered&err-code=0", Fate::Delivered),
        ("&status=accepted", Fate::Carried),
        ("&status=buffered", Fate::Underway),
        ("&status=unknown&err-code=1", Fate::Underway),
        ("", Fate::Underway),
        ("&status=expired", Fate::Lost("expired")),
        ("&status=rejected&err-code=99", Fate::Lost("rejected")),
        ("&status=failed&err-code=1", Fate::Lost("failed")),
        ("&status=failed&err-code=2", Fate::Lost("transient")),
        ("&status=failed&err-code=3", Fate::Lost("recipient")),
        ("&status=failed&err-code=4", Fate::Lost("opt_out")),
        ("&status=failed&err-code=6", Fate::Lost("config")),
        ("&status=failed&err-code=7", Fate::Lost("transient")),
        ("&status=failed&err-code=9", Fate::Lost("recipient")),
        ("&status=failed&err-code=11", Fate::Lost("recipient")),
        ("&status=failed&err-code=14", Fate::Lost("config")),
        ("&status=failed&err-code=15", Fate::Lost("recipient")),
        ("&status=failed&err-code=x", Fate::Lost("failed")),
    ] {
        assert_eq!(fate(rest), expected, "{rest}");
    }
}
