//! Receipts in every order in which centres send them.

use super::*;

fn about() -> (ChallengeId, u8) {
    (ChallengeId::from_random([7; 16]), 2)
}

fn receipt(id: &str, fate: Fate) -> Receipt {
    Receipt { id: id.to_owned(), fate }
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn fates(reports: impl IntoIterator<Item = Report>) -> Vec<(bool, Option<String>, Fate)> {
    reports.into_iter().map(|report| (report.about == Some(about()), report.reference, report.fate)).collect()
}

#[test]
fn a_receipt_is_about_the_message_that_its_name_was_given_to() {
    let mut track = Track::default();
    let key = track.begin(about(), 1);
    assert!(track.taken(key, "a").is_empty());
    assert_eq!(track.heard(receipt("a", Fate::Underway), at(0)), None);
    let told = [Fate::Carried, Fate::Carried, Fate::Delivered, Fate::Delivered, Fate::Lost("expired")]
        .map(|fate| track.heard(receipt("a", fate), at(1)));
    let expected = [Fate::Carried, Fate::Delivered].map(|fate| (true, Some("a".to_owned()), fate));
    assert_eq!(fates(told.into_iter().flatten()), expected);
}

#[test]
fn a_receipt_may_come_before_the_answer() {
    let mut track = Track::default();
    let key = track.begin(about(), 1);
    assert_eq!(track.heard(receipt("a", Fate::Delivered), at(0)), None);
    assert_eq!(fates(track.taken(key, "a")), [(true, Some("a".to_owned()), Fate::Delivered)]);
    assert!(track.stale(at(100)).is_empty());
}

#[test]
fn a_message_is_delivered_when_all_its_parts_are() {
    let mut track = Track::default();
    let key = track.begin(about(), 3);
    assert!(track.taken(key, "a").is_empty());
    assert_eq!(track.heard(receipt("b", Fate::Delivered), at(0)), None, "early");
    assert_eq!(track.heard(receipt("a", Fate::Delivered), at(0)), None);
    assert_eq!(track.heard(receipt("a", Fate::Delivered), at(0)), None, "twice");
    assert!(track.taken(key, "b").is_empty());
    assert!(track.taken(key, "c").is_empty());
    let last = track.heard(receipt("c", Fate::Delivered), at(0));
    assert_eq!(fates(last), [(true, Some("a".to_owned()), Fate::Delivered)]);
}

#[test]
fn a_message_is_lost_when_one_of_its_parts_is() {
    let mut track = Track::default();
    let key = track.begin(about(), 2);
    track.taken(key, "a");
    track.taken(key, "b");
    let lost = track.heard(receipt("b", Fate::Lost("expired")), at(0));
    assert_eq!(fates(lost), [(true, Some("a".to_owned()), Fate::Lost("expired"))]);
    assert_eq!(track.heard(receipt("a", Fate::Delivered), at(0)), None);
}

#[test]
fn what_nobody_asked_about_is_told_by_its_name_after_a_while() {
    let mut track = Track::default();
    assert_eq!(track.heard(receipt("x", Fate::Delivered), at(0)), None);
    assert_eq!(track.heard(receipt("y", Fate::Underway), at(0)), None);
    assert_eq!(track.heard(receipt("z", Fate::Delivered), at(30)), None);
    assert!(track.stale(at(59)).is_empty());
    assert_eq!(fates(track.stale(at(60))), [(false, Some("x".to_owned()), Fate::Delivered)]);
    assert_eq!(fates(track.stale(at(90))), [(false, Some("z".to_owned()), Fate::Delivered)]);
}

#[test]
fn the_book_does_not_grow() {
    let mut track = Track::default();
    for number in 0..LETTERS + 10 {
        let key = track.begin(about(), 1);
        track.taken(key, &number.to_string());
        track.heard(receipt(&format!("early {number}"), Fate::Delivered), at(0));
    }
    assert_eq!((track.letters.len(), track.ids.len(), track.order.len()), (LETTERS, LETTERS, LETTERS));
    assert_eq!(track.early.len(), EARLY);
}

#[test]
fn one_number_in_two_bases_is_one_name() {
    assert_eq!(Base::Hex.read("00AbC"), Base::Decimal.read("2748"));
    assert_eq!(Base::Text.read("00AbC"), "00AbC");
    for (base, id) in [(Base::Hex, "xyz"), (Base::Decimal, "1a"), (Base::Decimal, "")] {
        assert_eq!(base.read(id), id);
    }
}
