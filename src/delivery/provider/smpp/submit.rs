//! One message as the parts in which it is submitted.

use std::time::Duration;

use super::pdu::{Writer, tag};
use super::settings::{Ends, Long, Validity, Wording};
use crate::delivery::parts::{Alphabet, Part, split};
use crate::domain::time::Wall;

/// Longer texts than this are no message with a code.
const MOST_PARTS: usize = 10;
/// `esm_class`: the text begins with a header of its own.
const WITH_HEADER: u8 = 0x40;
/// `registered_delivery`: say what became of it.
const FINAL_RECEIPT: u8 = 1;
/// Longest `short_message`.
const SHORT: usize = 254;

/// What is the same in every part.
pub struct Envelope<'a> {
    pub ends: &'a Ends,
    pub wording: &'a Wording,
    /// In E.164.
    pub to: &'a str,
    pub life: Duration,
    pub now: Wall,
}

/// The bodies of `submit_sm`, one a part, or nothing for a text of too many parts. `reference` ties parts together.
pub fn bodies(envelope: &Envelope<'_>, text: &str, reference: u8) -> Option<Vec<Vec<u8>>> {
    let wording = envelope.wording;
    let split = split(text, wording.alphabet);
    let count = split.parts.len();
    let coding = coding(split.alphabet);
    if count > MOST_PARTS {
        return None;
    }
    let whole: Vec<u8> = split.parts.iter().flat_map(|part| part.octets.iter().copied()).collect();
    if count == 1 && whole.len() <= SHORT {
        return Some(vec![envelope.body(0, coding, &whole).0]);
    }
    if wording.long == Long::Payload {
        return Some(vec![envelope.body(0, coding, &[]).optional(tag::MESSAGE_PAYLOAD, &whole).0]);
    }
    let total = u8::try_from(count).ok()?;
    let one = |(part, number): (&Part, u8)| match wording.long {
        Long::Sar => {
            let body = envelope.body(0, coding, &part.octets);
            let body = body.optional(tag::SAR_MSG_REF_NUM, &u16::from(reference).to_be_bytes());
            body.optional(tag::SAR_TOTAL_SEGMENTS, &[total]).optional(tag::SAR_SEGMENT_SEQNUM, &[number]).0
        }
        _ => {
            let mut octets = vec![5, 0, 3, reference, total, number];
            octets.extend_from_slice(&part.octets);
            envelope.body(WITH_HEADER, coding, &octets).0
        }
    };
    Some(split.parts.iter().zip(1..=total).map(one).collect())
}

fn coding(alphabet: Alphabet) -> u8 {
    match alphabet {
        Alphabet::Gsm => 0,
        Alphabet::Latin1 => 3,
        Alphabet::Ucs2 => 8,
    }
}

impl Envelope<'_> {
    fn body(&self, esm_class: u8, coding: u8, text: &[u8]) -> Writer {
        let Ends { service_type, from, from_ton, from_npi, to_ton, to_npi, to_plus } = self.ends;
        let to = if *to_plus { self.to } else { self.to.trim_start_matches('+') };
        let receipt = if self.wording.receipts { FINAL_RECEIPT } else { 0 };
        Writer::default()
            .text(service_type)
            .octets(&[*from_ton, *from_npi])
            .text(from)
            .octets(&[*to_ton, *to_npi])
            .text(to)
            .octets(&[esm_class, 0, 0]) // protocol_id, priority_flag
            .text("") // schedule_delivery_time: at once
            .text(&self.validity())
            .octets(&[receipt, 0, coding, 0]) // replace_if_present_flag, sm_default_msg_id
            .octet(u8::try_from(text.len()).unwrap_or(u8::MAX))
            .octets(text)
    }

    /// Until when the centre need try (SMPP 3.4 §7.1.1): a code that is over helps nobody.
    fn validity(&self) -> String {
        let seconds = self.life.as_secs().max(1);
        match self.wording.validity {
            Validity::None => String::new(),
            Validity::Relative => {
                let (minutes, hours, days) = (seconds / 60 % 60, seconds / 3600 % 24, (seconds / 86_400).min(30));
                format!("0000{days:02}{hours:02}{minutes:02}{:02}000R", seconds % 60)
            }
            Validity::Absolute => {
                let end = self.now.plus(Duration::from_secs(seconds));
                let since = Duration::from_millis(u64::try_from(end.0).unwrap_or(0));
                let text = humantime::format_rfc3339_seconds(std::time::SystemTime::UNIX_EPOCH + since).to_string();
                let digits: String = text.chars().filter(char::is_ascii_digit).skip(2).take(12).collect();
                format!("{digits}000+")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> Ends {
        Ends {
            service_type: String::new(),
            from: "Clinic".to_owned(),
            from_ton: 5,
            from_npi: 0,
            to_ton: 1,
            to_npi: 1,
            to_plus: false,
        }
    }

    fn wording(long: Long, validity: Validity) -> Wording {
        Wording { alphabet: Alphabet::Gsm, long, validity, receipts: true }
    }

    fn made(text: &str, wording: &Wording) -> Vec<Vec<u8>> {
        let (ends, now) = (ends(), Wall(1_790_000_000_000));
        let life = Duration::from_secs(300);
        bodies(&Envelope { ends: &ends, wording, to: "+819012345678", life, now }, text, 0x2a).expect("few parts")
    }

    #[test]
    fn a_short_message_is_one_body_with_every_field_in_its_place() {
        let body = made("482913 é", &wording(Long::Udh, Validity::Relative)).remove(0);
        let mut expected = b"\0\x05\0Clinic\0\x01\x01819012345678\0\0\0\0\0".to_vec();
        expected.extend_from_slice(b"000000000500000R\0\x01\0\0\0\x08482913 \x05");
        assert_eq!(body, expected, "{}", body.escape_ascii());
    }

    #[test]
    fn japanese_is_written_in_ucs2() {
        let body = made("あ", &wording(Long::Udh, Validity::None)).remove(0);
        assert!(body.ends_with(b"\0\0\x01\0\x08\0\x02\x30\x42"), "{}", body.escape_ascii());
    }

    #[test]
    fn a_long_message_is_tied_together_as_the_centre_wants_it() {
        let text = "あ".repeat(71);
        let udh = made(&text, &wording(Long::Udh, Validity::None));
        assert_eq!(udh.len(), 2);
        let header = udh[1].iter().rposition(|octet| *octet == 0x2a).expect("the reference");
        assert_eq!(udh[1][header - 4..header + 3], [14, 5, 0, 3, 0x2a, 2, 2]);
        let sar = made(&text, &wording(Long::Sar, Validity::None));
        assert!(sar[1].ends_with(b"\x02\x0c\0\x02\0\x2a\x02\x0e\0\x01\x02\x02\x0f\0\x01\x02"));
        let payload = made(&text, &wording(Long::Payload, Validity::None)).remove(0);
        let at = payload.windows(4).position(|four| four == [0x04, 0x24, 0, 142]).expect("the parameter");
        assert_eq!((payload[at - 1], payload.len() - at), (0, 146));
    }

    #[test]
    fn a_moment_is_written_in_universal_time() {
        let body = made("x", &wording(Long::Udh, Validity::Absolute)).remove(0);
        assert!(body.windows(17).any(|text| text == b"260921141820000+\0"), "{}", body.escape_ascii());
    }

    #[test]
    fn a_book_is_no_message() {
        let (ends, wording) = (ends(), wording(Long::Payload, Validity::None));
        let life = Duration::from_secs(300);
        let envelope = Envelope { ends: &ends, wording: &wording, to: "+81", life, now: Wall(0) };
        assert_eq!(bodies(&envelope, &"あ".repeat(671), 1), None);
    }
}
