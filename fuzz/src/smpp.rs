//! SMPP: whatever a service centre sends is read or refused, the same in one piece and in many.

use bytes::BytesMut;
use sekisho::delivery::provider::smpp::pdu::{Brought, DATA_SM, DELIVER_SM, LONGEST, NoLength, Pdu, message_id};
use sekisho::delivery::provider::smpp::receipt;

/// The input is what comes over a connection; its first byte says how it is cut.
pub fn judge(data: &[u8]) {
    let Some((piece, data)) = data.split_first() else { return };
    let (whole, left, end) = read(data, data.len().max(1));
    let octets: Vec<u8> = whole.iter().flat_map(Pdu::octets).collect();
    assert_eq!([octets.as_slice(), &left].concat(), data, "every octet is in a message or still to be read");
    assert_eq!(read(data, usize::from(*piece) + 1), (whole.clone(), left, end));
    for pdu in whole {
        assert!(pdu.octets().len() <= LONGEST);
        assert!(message_id(&pdu.body).len() <= 3 * pdu.body.len());
        for command in [DELIVER_SM, DATA_SM] {
            let Some(brought) = Brought::read(&Pdu { command, ..pdu.clone() }) else { continue };
            assert!(brought.text.len() <= pdu.body.len());
            if let Some(receipt) = receipt::read(&brought) {
                assert!(!receipt.id.is_empty() && receipt.id.trim() == receipt.id);
            }
        }
    }
}

/// All messages, what is left, and how it ended, when it is read in pieces of this size. What comes after a length that
/// cannot be is not read.
fn read(data: &[u8], piece: usize) -> (Vec<Pdu>, Vec<u8>, Option<NoLength>) {
    let (mut buffer, mut all, mut end) = (BytesMut::new(), Vec::new(), None);
    for piece in data.chunks(piece) {
        buffer.extend_from_slice(piece);
        while end.is_none() {
            match Pdu::take(&mut buffer) {
                Ok(Some(pdu)) => all.push(pdu),
                Ok(None) => break,
                Err(error) => end = Some(error),
            }
        }
    }
    (all, buffer.to_vec(), end)
}
