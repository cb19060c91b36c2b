//! `multipart/form-data` (RFC 7578), in the one spelling that browsers use. What strays from it is refused, because
//! readers differ about what it says.

use memchr::memmem;

use crate::domain::refusal::Refusal;

use super::name::Found;

const BROKEN: Refusal = Refusal::Malformed("the parts of the form cannot be told apart");
const HEADER: Refusal = Refusal::Malformed("a part of the form has a header that cannot be read");

/// The fields; files have no value.
pub fn read(body: &[u8], boundary: &[u8]) -> Result<Vec<Found>, Refusal> {
    // RFC 2046 §5.1.1.
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(b);
    if !(1..=70).contains(&boundary.len()) || !boundary.iter().all(plain) {
        return Err(BROKEN);
    }
    let delimiter = [b"\r\n--", boundary].concat();
    // Nothing stands before the first delimiter, not even its line's end.
    let mut rest = body.strip_prefix(&delimiter[2..]).ok_or(BROKEN)?;
    let mut fields = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(b"--") {
            return if matches!(after, b"" | b"\r\n") { Ok(fields) } else { Err(BROKEN) };
        }
        rest = rest.strip_prefix(b"\r\n").ok_or(BROKEN)?;
        let end = memmem::find(rest, &delimiter).ok_or(BROKEN)?;
        let part = &rest[..end];
        rest = &rest[end + delimiter.len()..];
        let head = memmem::find(part, b"\r\n\r\n").ok_or(BROKEN)?;
        let (name, file) = headers(&part[..head])?;
        let value = &part[head + 4..];
        // A line that only some readers take for a delimiter.
        if memmem::find_iter(value, &delimiter[2..]).any(|at| at == 0 || value[at - 1] == b'\n') {
            return Err(BROKEN);
        }
        fields.push(Found { name, value: (!file).then(|| value.to_vec()) });
    }
}

/// The part's name, and whether it is a file.
fn headers(head: &[u8]) -> Result<(Vec<u8>, bool), Refusal> {
    let mut found = None;
    for line in head.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let at = line.iter().position(|b| *b == b':').ok_or(HEADER)?;
        let (name, value) = (&line[..at], line[at + 1..].trim_ascii());
        if line.iter().any(|b| *b < 0x20 && *b != b'\t')
            || !name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        {
            return Err(HEADER);
        }
        match name.to_ascii_lowercase().as_slice() {
            b"content-disposition" if found.is_none() => found = Some(disposition(value)?),
            // Of what a file is; a field's own would be one more way to say what it is written in.
            b"content-type" => {
                if memmem::find(&value.to_ascii_lowercase(), b"charset").is_some() {
                    return Err(HEADER);
                }
            }
            _ => return Err(HEADER),
        }
    }
    found.ok_or(HEADER)
}

/// `form-data; name="user"; filename="x"`.
fn disposition(value: &[u8]) -> Result<(Vec<u8>, bool), Refusal> {
    let head = value.get(..9).filter(|head| head.eq_ignore_ascii_case(b"form-data")).ok_or(HEADER)?;
    let mut rest = value[head.len()..].trim_ascii_start();
    let (mut name, mut file) = (None, false);
    while !rest.is_empty() {
        rest = rest.strip_prefix(b";").ok_or(HEADER)?.trim_ascii_start();
        let at = rest.iter().position(|b| *b == b'=').ok_or(HEADER)?;
        let quoted = rest[at + 1..].strip_prefix(b"\"").ok_or(HEADER)?;
        let end = quoted.iter().position(|b| *b == b'"').ok_or(HEADER)?;
        let text = &quoted[..end];
        match &rest[..at] {
            b"name" if name.is_none() && !text.iter().any(|b| matches!(b, b'\\' | b'%')) => name = Some(text.to_vec()),
            // A file's name may hold anything but what ends it too early for some readers.
            b"filename" if !file && !text.contains(&b'\\') => file = true,
            _ => return Err(HEADER),
        }
        rest = quoted[end + 1..].trim_ascii_start();
    }
    Ok((name.ok_or(HEADER)?, file))
}
