//! The messages of SMPP 3.4 that a sender of short messages needs, as octets. Reads what strangers send: nothing in it may
//! panic, and nothing grows beyond [`LONGEST`].

use bytes::{Buf, BytesMut};

/// Of one message with its header; the longest we could be sent is a fraction of it.
pub const LONGEST: usize = 64 * 1024;
const HEADER: usize = 16;

pub const BIND_TRANSMITTER: u32 = 0x2;
pub const SUBMIT_SM: u32 = 0x4;
pub const DELIVER_SM: u32 = 0x5;
pub const UNBIND: u32 = 0x6;
pub const BIND_TRANSCEIVER: u32 = 0x9;
pub const ENQUIRE_LINK: u32 = 0x15;
pub const ALERT_NOTIFICATION: u32 = 0x102;
pub const DATA_SM: u32 = 0x103;
/// With this bit, a command is the answer to one.
pub const ANSWER: u32 = 0x8000_0000;
pub const GENERIC_NACK: u32 = ANSWER;

/// Optional parameters that we write or look for.
pub mod tag {
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001e;
    pub const SAR_MSG_REF_NUM: u16 = 0x020c;
    pub const SAR_TOTAL_SEGMENTS: u16 = 0x020e;
    pub const SAR_SEGMENT_SEQNUM: u16 = 0x020f;
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    pub const MESSAGE_STATE: u16 = 0x0427;
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdu {
    pub command: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: Vec<u8>,
}

/// A length that no message can have: where the next one begins cannot be known any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of {0} octets cannot be")]
pub struct NoLength(pub u32);

impl Pdu {
    pub fn new(command: u32, sequence: u32, body: Vec<u8>) -> Pdu {
        Pdu { command, status: 0, sequence, body }
    }

    /// The answer to this one.
    pub fn answer(&self, status: u32, body: Vec<u8>) -> Pdu {
        Pdu { command: self.command | ANSWER, status, sequence: self.sequence, body }
    }

    pub fn octets(&self) -> Vec<u8> {
        let length = u32::try_from(HEADER + self.body.len()).unwrap_or(u32::MAX);
        let mut octets = Vec::with_capacity(HEADER + self.body.len());
        for number in [length, self.command, self.status, self.sequence] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
        octets.extend_from_slice(&self.body);
        octets
    }

    /// Takes the first message out of what was read; `None` where it is not whole yet.
    pub fn take(read: &mut BytesMut) -> Result<Option<Pdu>, NoLength> {
        let Some(head) = read.first_chunk::<4>() else { return Ok(None) };
        let said = u32::from_be_bytes(*head);
        let length = usize::try_from(said).unwrap_or(usize::MAX);
        if !(HEADER..=LONGEST).contains(&length) {
            return Err(NoLength(said));
        }
        if read.len() < length {
            return Ok(None);
        }
        let mut pdu = read.split_to(length);
        pdu.advance(4);
        let (command, status, sequence) = (pdu.get_u32(), pdu.get_u32(), pdu.get_u32());
        Ok(Some(Pdu { command, status, sequence, body: pdu.to_vec() }))
    }
}

/// Writes the body of a message.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn octet(mut self, octet: u8) -> Writer {
        self.0.push(octet);
        self
    }

    /// A text and the zero that ends it.
    pub fn text(mut self, text: &str) -> Writer {
        self.0.extend(text.bytes().filter(|octet| *octet != 0));
        self.octet(0)
    }

    pub fn octets(mut self, octets: &[u8]) -> Writer {
        self.0.extend_from_slice(octets);
        self
    }

    pub fn optional(mut self, tag: u16, value: &[u8]) -> Writer {
        self.0.extend_from_slice(&tag.to_be_bytes());
        self.0.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        self.octets(value)
    }
}

/// Reads the body of a message.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|octet| *octet == 0)?;
        let text = &self.0[..end];
        self.0 = &self.0[end + 1..];
        Some(text)
    }

    fn octets(&mut self, count: usize) -> Option<&'a [u8]> {
        let (octets, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(octets)
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.octets(2)?.try_into().ok()?))
    }
}

/// What a service centre brings: a receipt, or a message that somebody wrote to our number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    pub esm_class: u8,
    pub data_coding: u8,
    pub text: Vec<u8>,
    pub optional: Vec<(u16, Vec<u8>)>,
}

impl Brought {
    /// Reads the body of `deliver_sm` or `data_sm`. Optional parameters that are cut off end the list: of what stands before
    /// them nothing is lost.
    pub fn read(pdu: &Pdu) -> Option<Brought> {
        let mut reader = Reader(&pdu.body);
        let at = &mut reader;
        // service_type, then the source's and the destination's type, plan and address.
        at.text()?;
        for _ in 0..2 {
            at.octets(2)?;
            at.text()?;
        }
        let esm_class = at.octet()?;
        let (data_coding, mut text) = match pdu.command {
            DATA_SM => {
                at.octet()?; // registered_delivery
                (at.octet()?, Vec::new())
            }
            _ => {
                at.octets(2)?; // protocol_id, priority_flag
                at.text()?; // schedule_delivery_time
                at.text()?; // validity_period
                at.octets(2)?; // registered_delivery, replace_if_present_flag
                let data_coding = at.octet()?;
                at.octet()?; // sm_default_msg_id
                let length = at.octet()?;
                (data_coding, at.octets(usize::from(length))?.to_vec())
            }
        };
        let mut optional = Vec::new();
        while let Some((tag, value)) = next(at) {
            optional.push((tag, value.to_vec()));
        }
        let payload = optional.iter().find(|(tag, _)| *tag == tag::MESSAGE_PAYLOAD);
        if let Some((_, payload)) = payload.filter(|_| text.is_empty()) {
            text = payload.clone();
        }
        Some(Brought { esm_class, data_coding, text, optional })
    }

    pub fn optional(&self, tag: u16) -> Option<&[u8]> {
        self.optional.iter().find(|(known, _)| *known == tag).map(|(_, value)| value.as_slice())
    }
}

fn next<'a>(at: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    let (tag, length) = (at.number()?, at.number()?);
    Some((tag, at.octets(usize::from(length))?))
}

/// The name that a service centre gave to a message it took.
pub fn message_id(body: &[u8]) -> String {
    let name = body.split(|octet| *octet == 0).next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
#[path = "pdu/tests.rs"]
mod tests;
