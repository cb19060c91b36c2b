//! Octets in, octets out, and what is neither.

use super::*;

fn brought(esm_class: u8, text: &[u8], optional: &[(u16, &[u8])]) -> Pdu {
    let length = u8::try_from(text.len()).expect("a short text");
    let mut body = Writer::default().text("").octet(1).octet(1).text("819012345678").octet(5).octet(0).text("Clinic");
    body = body.octet(esm_class).octets(&[0, 0]).text("").text("").octets(&[0, 0, 0, 0]).octet(length).octets(text);
    for (tag, value) in optional {
        body = body.optional(*tag, value);
    }
    Pdu::new(DELIVER_SM, 9, body.0)
}

#[test]
fn a_message_is_read_as_it_was_written() {
    let pdu = Pdu { command: SUBMIT_SM | ANSWER, status: 0x58, sequence: 0x7fff_ffff, body: b"abc\0".to_vec() };
    let octets = pdu.octets();
    assert_eq!(octets[..16], [0, 0, 0, 20, 0x80, 0, 0, 4, 0, 0, 0, 0x58, 0x7f, 0xff, 0xff, 0xff]);
    let mut read = BytesMut::new();
    for octet in &octets {
        assert_eq!(Pdu::take(&mut read), Ok(None));
        read.extend_from_slice(&[*octet]);
    }
    assert_eq!(Pdu::take(&mut read), Ok(Some(pdu)));
    assert!(read.is_empty());
}

#[test]
fn a_length_that_cannot_be_is_noticed_before_anything_is_kept_for_it() {
    for length in [0u32, 15, 65_537, u32::MAX] {
        assert_eq!(Pdu::take(&mut BytesMut::from(&length.to_be_bytes()[..])), Err(NoLength(length)));
    }
}

#[test]
fn a_receipt_is_read_from_its_text_and_its_parameters() {
    let pdu = brought(4, b"id:1 stat:DELIVRD", &[(tag::RECEIPTED_MESSAGE_ID, b"1\0"), (tag::MESSAGE_STATE, &[2])]);
    let read = Brought::read(&pdu).expect("whole");
    assert_eq!((read.esm_class, read.data_coding, read.text.as_slice()), (4, 0, &b"id:1 stat:DELIVRD"[..]));
    assert_eq!(read.optional(tag::MESSAGE_STATE), Some(&[2][..]));
    assert_eq!(read.optional(tag::RECEIPTED_MESSAGE_ID), Some(&b"1\0"[..]));
    assert_eq!(read.optional(tag::SAR_MSG_REF_NUM), None);
}

#[test]
fn a_long_text_stands_in_a_parameter() {
    let read = Brought::read(&brought(4, b"", &[(tag::MESSAGE_PAYLOAD, b"id:7 stat:EXPIRED")])).expect("whole");
    assert_eq!(read.text, b"id:7 stat:EXPIRED");
    let body = Writer::default().text("").octet(1).octet(1).text("81").octet(1).octet(1).text("82").octets(&[4, 0, 8]);
    let data = Pdu::new(DATA_SM, 1, body.optional(tag::MESSAGE_PAYLOAD, b"x").0);
    assert_eq!(Brought::read(&data).map(|read| (read.data_coding, read.text)), Some((8, b"x".to_vec())));
}

#[test]
fn what_is_cut_off_is_no_message_or_lacks_its_last_parameters() {
    let whole = brought(4, b"id:1 stat:DELIVRD", &[(tag::MESSAGE_STATE, &[2])]);
    let without = whole.body.len() - 5;
    for end in 0..whole.body.len() {
        let cut = Pdu { body: whole.body[..end].to_vec(), ..whole.clone() };
        let read = Brought::read(&cut);
        assert_eq!(read.is_some(), end >= without, "{end}");
        assert!(read.is_none_or(|read| read.optional.is_empty()), "{end}");
    }
}

#[test]
fn no_text_ends_early() {
    assert_eq!(Writer::default().text("a\0b").0, b"ab\0");
    assert_eq!(message_id(b"abc\0rest"), "abc");
    assert_eq!(message_id(b"abc"), "abc");
    assert_eq!(message_id(b""), "");
}
