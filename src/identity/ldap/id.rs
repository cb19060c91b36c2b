//! The immutable number that a directory gives everybody, and how it is asked for. Nothing of it is kept by us: it *is* the
//! user's id.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::id::UserId;

/// Attributes of 128 bits that servers give once and for all, and how each writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdAttribute {
    /// Active Directory: sixteen bytes.
    ObjectGuid,
    /// RFC 4530: OpenLDAP, ApacheDS and others.
    EntryUuid,
    /// FreeIPA.
    IpaUniqueId,
    /// 389 Directory Server: four groups of eight digits.
    NsUniqueId,
    /// eDirectory: sixteen bytes.
    Guid,
}

impl IdAttribute {
    pub const ALL: [(&'static str, IdAttribute); 5] = [
        ("objectGUID", IdAttribute::ObjectGuid),
        ("entryUUID", IdAttribute::EntryUuid),
        ("ipaUniqueID", IdAttribute::IpaUniqueId),
        ("nsUniqueId", IdAttribute::NsUniqueId),
        ("GUID", IdAttribute::Guid),
    ];

    pub fn name(self) -> &'static str {
        IdAttribute::ALL.iter().find(|(_, attribute)| *attribute == self).map_or("entryUUID", |(name, _)| name)
    }

    /// `None` for what this attribute never looks like.
    pub fn read(self, value: &[u8]) -> Option<UserId> {
        let bytes: [u8; 16] = match self {
            IdAttribute::ObjectGuid | IdAttribute::Guid => value.try_into().ok()?,
            _ => digits(std::str::from_utf8(value).ok()?)?,
        };
        Some(UserId::from_random(bytes))
    }

    /// The filter that finds whoever has this id.
    pub fn filter(self, id: &UserId) -> String {
        let bytes = URL_SAFE_NO_PAD.decode(id.as_str()).unwrap_or_default();
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let groups = |sizes: &[usize]| {
            let mut digits = hex.iter();
            let group = |size: &usize| digits.by_ref().take(*size).map(String::as_str).collect::<String>();
            sizes.iter().map(group).collect::<Vec<_>>().join("-")
        };
        let value = match self {
            IdAttribute::ObjectGuid | IdAttribute::Guid => hex.iter().map(|byte| format!("\\{byte}")).collect(),
            IdAttribute::EntryUuid | IdAttribute::IpaUniqueId => groups(&[4, 2, 2, 2, 6]),
            IdAttribute::NsUniqueId => groups(&[4, 4, 4, 4]),
        };
        format!("({}={value})", self.name())
    }
}

/// 32 hexadecimal digits, wherever hyphens stand between them.
fn digits(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
    let sound = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    sound.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_an_id_is_found_again_as_it_was_written() {
        let uuid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        let bytes: Vec<u8> = (0..16).collect();
        for (attribute, written, filter) in [
            (IdAttribute::EntryUuid, uuid.as_bytes(), format!("(entryUUID={uuid})")),
            (IdAttribute::IpaUniqueId, uuid.as_bytes(), format!("(ipaUniqueID={uuid})")),
            (
                IdAttribute::NsUniqueId,
                b"6BA7B810-9dad11d1-80b400c0-4fd430c8",
                "(nsUniqueId=6ba7b810-9dad11d1-80b400c0-4fd430c8)".to_owned(),
            ),
            (
                IdAttribute::ObjectGuid,
                &bytes,
                r"(objectGUID=\00\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f)".to_owned(),
            ),
        ] {
            let id = attribute.read(written).expect("an id");
            assert_eq!(attribute.filter(&id), filter);
        }
        for (attribute, odd) in [
            (IdAttribute::EntryUuid, &b"6ba7b810-9dad-11d1-80b4-00c04fd430c"[..]),
            (IdAttribute::EntryUuid, b"+ba7b8109dad11d180b400c04fd430c8"),
            (IdAttribute::EntryUuid, b"\xff"),
            (IdAttribute::ObjectGuid, b"short"),
            (IdAttribute::NsUniqueId, b""),
        ] {
            assert_eq!(attribute.read(odd), None, "{odd:?}");
        }
    }
}
