//! Who a form is about: its user's name, which has to stand there exactly once and in one reading only.
//!
//! Applications read forms in many ways: by `&` or by `;`, by the first of two fields or by the last, in any letter case,
//! `user.name` as `user_name`, `user[]` as `user`. Whoever can make us read another name than the application does has one
//! person's phone approve another's login. So what some reader could take for the field counts as the field, and where
//! there are two of them, or one that is not spelled as it should be, nothing goes on.

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::domain::app_form::Field;
use crate::domain::path::charset::Charset;
use crate::domain::refusal::Refusal;

use super::{json, multipart, urlencoded};

/// No login name is longer, in bytes.
const LONGEST: usize = 512;

/// A field as it was found: its name in every byte, and its value if that is a text.
pub struct Found {
    pub name: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// The body's media type, and what goes with it.
enum Media {
    Nothing,
    Urlencoded,
    Multipart(String),
    Json,
}

/// The name that a request gives in `field`; `None` where it gives none, and so is no such form.
pub fn read(
    field: &Field,
    query: &[u8],
    headers: &HeaderMap,
    body: &[u8],
    charset: Charset,
) -> Result<Option<String>, Refusal> {
    let mut found = candidates(urlencoded::read(query)?, field.name());
    let media = media(headers, charset, body.is_empty())?;
    let other = || Err(Refusal::BodyType);
    match (field, media) {
        (_, Media::Nothing) => {}
        (Field::Form(name), Media::Urlencoded) => {
            found.extend(candidates(refuse_another_charset(urlencoded::read(body)?, charset)?, name));
        }
        (Field::Form(name), Media::Multipart(boundary)) => {
            let fields = multipart::read(body, boundary.as_bytes())?;
            found.extend(candidates(refuse_another_charset(fields, charset)?, name));
        }
        (Field::Json(steps), Media::Json) => {
            let value = json::read(body, steps)?.map(String::into_bytes);
            found.extend(value.map(|value| Found { name: field.name().as_bytes().to_vec(), value: Some(value) }));
        }
        (Field::Form(_), Media::Json) | (Field::Json(_), Media::Urlencoded | Media::Multipart(_)) => return other(),
    }
    let one = match found.as_slice() {
        [] => return Ok(None),
        [one] => one,
        _ => return Err(Refusal::Malformed("the field that names the user occurs more than once")),
    };
    if one.name != field.name().as_bytes() {
        return Err(Refusal::Malformed("the field that names the user is spelled in another way"));
    }
    let charset = if matches!(field, Field::Json(_)) { Charset::UTF8 } else { charset };
    let value = one.value.as_deref().filter(|value| value.len() <= LONGEST);
    let text = value.and_then(|value| charset.decode(value)).filter(|text| !text.chars().any(char::is_control));
    text.map(Some).ok_or(Refusal::Malformed("the user's name cannot be read"))
}

/// What some reader could take for the field.
fn candidates(fields: Vec<Found>, name: &str) -> Vec<Found> {
    fields.into_iter().filter(|found| is_like(&found.name, name.as_bytes())).collect()
}

/// Whether a field of this name is, to some reader, the one that is meant.
fn is_like(name: &[u8], meant: &[u8]) -> bool {
    let (name, meant) = (fold(name), fold(meant));
    if name == meant {
        return true;
    }
    // `user[]` and `user[x]` take the place of `user`, and `user[x` is `user_x`.
    match name.strip_prefix(meant.as_slice()) {
        Some(rest) if rest.first() == Some(&b'[') => true,
        _ => !meant.contains(&b'[') && name.iter().map(|b| if *b == b'[' { b'_' } else { *b }).eq(meant),
    }
}

/// A name as the laxest reader compares it.
fn fold(name: &[u8]) -> Vec<u8> {
    let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
    let byte = |b: &u8| match b {
        b' ' | b'.' | b'+' => b'_',
        b => b.to_ascii_lowercase(),
    };
    name[..end].trim_ascii().iter().map(byte).collect()
}

/// Some servers let a field say what the others are written in.
fn refuse_another_charset(fields: Vec<Found>, charset: Charset) -> Result<Vec<Found>, Refusal> {
    let says = |found: &&Found| fold(&found.name) == b"_charset_";
    let same = |found: &Found| {
        let label = found.value.as_deref().and_then(|value| std::str::from_utf8(value).ok());
        label.is_some_and(|label| Charset::named(label) == Some(charset))
    };
    match fields.iter().filter(says).all(same) {
        true => Ok(fields),
        false => Err(Refusal::Malformed("the form is written in another character set than declared")),
    }
}

fn media(headers: &HeaderMap, charset: Charset, empty: bool) -> Result<Media, Refusal> {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let text = match (all.next(), all.next()) {
        (None, _) if empty => return Ok(Media::Nothing),
        (Some(_), None) if empty => return Ok(Media::Nothing),
        (Some(one), None) => one.to_str().map_err(|_| Refusal::BodyType)?,
        _ => return Err(Refusal::BodyType),
    };
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Refusal::BodyType);
    }
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let (mut boundary, mut declared) = (None, None);
    for part in parts.filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or(Refusal::BodyType)?;
        let value = value.trim().trim_matches('"').to_owned();
        let seen = match key.trim().to_ascii_lowercase().as_str() {
            "boundary" => boundary.replace(value),
            "charset" => declared.replace(value),
            _ => None,
        };
        if seen.is_some() {
            return Err(Refusal::BodyType);
        }
    }
    let json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    let wanted = if json { Charset::UTF8 } else { charset };
    if declared.is_some_and(|label| Charset::named(&label) != Some(wanted)) {
        return Err(Refusal::Malformed("the form is written in another character set than declared"));
    }
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Ok(Media::Urlencoded),
        "multipart/form-data" => boundary.map(Media::Multipart).ok_or(Refusal::BodyType),
        _ if json => Ok(Media::Json),
        _ => Err(Refusal::BodyType),
    }
}

#[cfg(test)]
#[path = "name/tests.rs"]
mod tests;
