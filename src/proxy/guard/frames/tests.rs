//! Floods are noticed, browsers are not.

use super::*;

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("small").to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
}

fn noted(frames: &[Vec<u8>]) -> Result<Census, &'static str> {
    let bytes = [PREFACE, &frames.concat()].concat();
    let mut whole = Census::default();
    let at_once = whole.note(&bytes, Duration::ZERO, 0);
    let mut each = Census::default();
    let stepwise = bytes.iter().try_for_each(|byte| each.note(&[*byte], Duration::ZERO, 0));
    assert_eq!(at_once.err(), stepwise.err(), "however it is cut");
    at_once.map(|()| whole)
}

#[test]
fn ordinary_traffic_passes() {
    let mut frames = vec![frame(4, 0, &[0; 36]), frame(8, 0, &[0, 0, 255, 255]), frame(4, 1, &[])];
    for _ in 0..1000 {
        frames.push(frame(1, 5, &[0; 300]));
        frames.push(frame(0, 0, &[7; 5000]));
        frames.push(frame(0, 1, &[]));
    }
    frames.extend((0..100).map(|_| frame(3, 0, &[0; 4])));
    frames.push(frame(1, 0, &[0; 300]));
    frames.push(frame(9, 4, &[0; 300]));
    let census = noted(&frames).expect("nothing unusual");
    assert_eq!(census.owes(Duration::ZERO), None);
}

#[test]
fn floods_are_cut() {
    for (name, flood) in [
        ("rapid reset", frame(3, 0, &[0; 4])),
        ("ping", frame(6, 0, &[0; 8])),
        ("settings", frame(4, 0, &[])),
        ("priority", frame(2, 0, &[0; 5])),
        ("empty data", frame(0, 0, &[])),
        ("unknown", frame(77, 0, &[])),
        ("window", frame(8, 0, &[0, 0, 0, 1])),
    ] {
        assert!(noted(&vec![flood.clone(); 10]).is_ok(), "{name}");
        assert!(noted(&vec![flood; 6000]).is_err(), "{name}");
    }
}

#[test]
fn a_header_block_is_bounded_in_length_and_parts() {
    let begun = frame(1, 0, &[0; 100]);
    let census = noted(std::slice::from_ref(&begun)).expect("may still end");
    assert_eq!(census.owes(Duration::from_secs(9)), Some(Duration::ZERO), "its rest is owed");
    assert!(noted(&[vec![begun.clone()], vec![frame(9, 0, &[0; 1]); 20]].concat()).is_err());
    assert!(noted(&[vec![begun], vec![frame(9, 0, &[0; 16_000]); 5]].concat()).is_err());
}

#[test]
fn counts_are_forgotten_with_their_window() {
    let mut census = Census::default();
    census.note(PREFACE, Duration::ZERO, 0).expect("the preface");
    let resets = frame(3, 0, &[0; 4]).repeat(400);
    for round in 0..10 {
        census.note(&resets, WINDOW * round, 0).expect("400 in each window are taken");
    }
}

#[test]
fn windows_may_be_given_for_what_was_sent() {
    let updates = frame(8, 0, &[0, 0, 0, 1]).repeat(6000);
    let mut census = Census::default();
    census.note(PREFACE, Duration::ZERO, 0).expect("the preface");
    assert!(census.note(&updates, Duration::ZERO, 10 << 20).is_ok());
}

#[test]
fn another_protocol_is_not_watched_but_cut() {
    let mut census = Census::default();
    assert!(census.note(b"GET / HTTP/1.1\r\n", Duration::ZERO, 0).is_err());
    assert_eq!(Census::default().owes(Duration::from_secs(3)), Some(Duration::from_secs(3)));
}
