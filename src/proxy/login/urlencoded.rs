//! `application/x-www-form-urlencoded`, as every reader of it would read it.

use crate::domain::refusal::Refusal;

use super::name::Found;

/// The fields of a query or a body: those between `&`, and those that a reader finds who takes `;` for the same. A name
/// that is encoded in a way that not everybody decodes is refused.
pub fn read(encoded: &[u8]) -> Result<Vec<Found>, Refusal> {
    let mut fields = Vec::new();
    for piece in encoded.split(|b| *b == b'&') {
        fields.push(pair(piece)?);
        if piece.contains(&b';') {
            // Only some readers split here. What they find, others do not, and so each counts as two.
            for part in piece.split(|b| *b == b';') {
                fields.extend([pair(part)?, pair(part)?]);
            }
        }
    }
    fields.retain(|found| !found.name.is_empty());
    Ok(fields)
}

fn pair(piece: &[u8]) -> Result<Found, Refusal> {
    let at = piece.iter().position(|b| *b == b'=').unwrap_or(piece.len());
    let name = decode(&piece[..at]).ok_or(Refusal::Malformed("a percent sign in a field's name encodes nothing"))?;
    let value = decode(piece.get(at + 1..).unwrap_or_default());
    Ok(Found { name, value })
}

/// `None` where a percent sign is followed by anything but two digits: what then comes out hangs on the reader.
fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter().copied();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || rest.next().and_then(|d| char::from(d).to_digit(16)).and_then(|d| u8::try_from(d).ok());
                digit()? * 16 + digit()?
            }
            byte => byte,
        });
    }
    Some(out)
}
