//! Receipts: what a service centre says became of a message, and under which name.

use super::pdu::{Brought, tag};
use crate::delivery::receipts::Fate;

/// A receipt for one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub id: String,
    pub fate: Fate,
}

/// Of `esm_class`: what kind of message it is, and that it is a final receipt, or news on the way.
const KIND: u8 = 0x3c;
const FINAL: u8 = 0x04;
const ON_THE_WAY: u8 = 0x20;
const UCS2: u8 = 8;

/// Reads a receipt: its parameters first, then its text (SMPP 3.4 appendix B, as far as centres keep to it). `None` for
/// what somebody wrote to our number.
pub fn read(brought: &Brought) -> Option<Receipt> {
    let named = brought.optional(tag::RECEIPTED_MESSAGE_ID);
    if !matches!(brought.esm_class & KIND, FINAL | ON_THE_WAY) && named.is_none() {
        return None;
    }
    let text = words(brought);
    let id = match named {
        Some(id) => super::pdu::message_id(id),
        None => field(&text, "id:")?.to_owned(),
    };
    let state = brought.optional(tag::MESSAGE_STATE).and_then(<[u8]>::first).copied();
    let fate = match state.map(of_state) {
        Some(fate) => fate,
        None => of_word(field(&text, "stat:")?),
    };
    let id = id.trim().to_owned();
    (!id.is_empty()).then_some(Receipt { id, fate })
}

fn words(brought: &Brought) -> String {
    match brought.data_coding {
        UCS2 => {
            let units: Vec<u16> =
                brought.text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(&brought.text).into_owned(),
    }
}

/// What follows a name that begins a word, up to the next space. Names are written small or large.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split_ascii_whitespace().find_map(|word| {
        let (start, value) = word.split_at_checked(name.len())?;
        (start.eq_ignore_ascii_case(name) && !value.is_empty()).then_some(value)
    })
}

fn of_state(state: u8) -> Fate {
    match state {
        2 => Fate::Delivered,
        3 => Fate::Lost("expired"),
        4 => Fate::Lost("deleted"),
        5 => Fate::Lost("undeliverable"),
        6 => Fate::Carried,
        7 => Fate::Lost("unknown"),
        8 => Fate::Lost("rejected"),
        _ => Fate::Underway,
    }
}

fn of_word(word: &str) -> Fate {
    let word = word.to_ascii_uppercase();
    match word.as_str() {
        "DELIVRD" | "DELIVERED" => Fate::Delivered,
        "ACCEPTD" | "ACCEPTED" => Fate::Carried,
        "EXPIRED" => Fate::Lost("expired"),
        "DELETED" => Fate::Lost("deleted"),
        "UNDELIV" | "UNDELIVERABLE" | "FAILED" => Fate::Lost("undeliverable"),
        "UNKNOWN" => Fate::Lost("unknown"),
        "REJECTD" | "REJECTED" => Fate::Lost("rejected"),
        _ => Fate::Underway,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brought(esm_class: u8, text: &str, optional: &[(u16, &[u8])]) -> Brought {
        let optional = optional.iter().map(|(tag, value)| (*tag, value.to_vec())).collect();
        Brought { esm_class, data_coding: 0, text: text.as_bytes().to_vec(), optional }
    }

    fn told(esm_class: u8, text: &str, optional: &[(u16, &[u8])]) -> Option<(String, Fate)> {
        read(&brought(esm_class, text, optional)).map(|receipt| (receipt.id, receipt.fate))
    }

    const TEXT: &str = "id:0123456789 sub:001 dlvrd:001 submit date:2611220930 done date:2611220931 stat:DELIVRD err:000 \
                        text:id:evil stat:UNDELIV";

    #[test]
    fn the_text_is_read_as_far_as_centres_keep_to_it() {
        assert_eq!(told(4, TEXT, &[]), Some(("0123456789".to_owned(), Fate::Delivered)));
        assert_eq!(told(4, "ID:7 Stat:undeliv", &[]), Some(("7".to_owned(), Fate::Lost("undeliverable"))));
        for (word, fate) in [
            ("ENROUTE", Fate::Underway),
            ("ACCEPTD", Fate::Carried),
            ("EXPIRED", Fate::Lost("expired")),
            ("DELETED", Fate::Lost("deleted")),
            ("UNDELIV", Fate::Lost("undeliverable")),
            ("UNKNOWN", Fate::Lost("unknown")),
            ("REJECTD", Fate::Lost("rejected")),
            ("WHATEVR", Fate::Underway),
        ] {
            assert_eq!(told(4, &format!("id:7 stat:{word}"), &[]), Some(("7".to_owned(), fate)));
        }
    }

    #[test]
    fn parameters_come_before_the_text() {
        let optional: [(u16, &[u8]); 2] = [(tag::RECEIPTED_MESSAGE_ID, b"abc\0"), (tag::MESSAGE_STATE, &[5])];
        assert_eq!(told(4, TEXT, &optional), Some(("abc".to_owned(), Fate::Lost("undeliverable"))));
        assert_eq!(told(4, TEXT, &optional[1..]), Some(("0123456789".to_owned(), Fate::Lost("undeliverable"))));
        assert_eq!(told(4, "", &optional), Some(("abc".to_owned(), Fate::Lost("undeliverable"))));
        assert_eq!(told(0, TEXT, &optional[..1]), Some(("abc".to_owned(), Fate::Delivered)));
    }

    #[test]
    fn what_somebody_wrote_is_no_receipt_whatever_it_says() {
        assert_eq!(told(0, TEXT, &[]), None);
        assert_eq!(told(4, "hello", &[]), None);
        assert_eq!(told(4, "id: stat:DELIVRD", &[]), None);
    }

    #[test]
    fn a_receipt_may_be_written_in_ucs2() {
        let text: Vec<u8> = "id:9 stat:DELIVRD".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let brought = Brought { text, data_coding: 8, ..brought(4, "", &[]) };
        assert_eq!(read(&brought), Some(Receipt { id: "9".to_owned(), fate: Fate::Delivered }));
    }
}
