//! Identifiers: 128 random bits as 22 characters of base64url, one type for each kind so that none stands for another.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Characters of an id.
const LENGTH: usize = 22;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; LENGTH]);

        impl $name {
            /// From 16 random bytes.
            pub fn from_random(bytes: [u8; 16]) -> $name {
                let mut text = [b'A'; LENGTH];
                // 16 bytes always fill 22 characters.
                let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text);
                debug_assert_eq!(written, Ok(LENGTH));
                $name(text)
            }

            /// Reads what a caller sent; `None` unless it has the shape that [`Self::from_random`] gives.
            pub fn parse(text: &str) -> Option<$name> {
                let shaped = text.len() == LENGTH && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 16);
                shaped.then(|| text.as_bytes().try_into().ok().map($name)).flatten()
            }

            /// As [`Self::from_random`], in a bucket: what changes together lies together, also where a store is spread over
            /// many machines.
            pub fn in_bucket(bucket: u8, mut bytes: [u8; 16]) -> $name {
                bytes[0] = bucket;
                $name::from_random(bytes)
            }

            /// One of 256 places, the first byte.
            pub fn bucket(&self) -> u8 {
                let mut first = [0; 3];
                // The first four characters are three bytes.
                URL_SAFE_NO_PAD.decode_slice(&self.0[..4], &mut first).map_or(0, |_| first[0])
            }

            pub fn as_str(&self) -> &str {
                // Characters of base64 are ASCII.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                $name::parse(&text).ok_or_else(|| Error::custom("an id has 22 characters of base64url"))
            }
        }
    };
}

id!(
    /// A challenge, as it stands in its URL.
    ChallengeId
);
id!(
    /// A user, immutable whatever they are called: what counters hang on and what a pass names as `sub`.
    UserId
);
id!(
    /// A session: what scopes are merged in and what a logout revokes.
    SessionId
);
id!(
    /// One minted pass (`jti`).
    PassId
);
id!(
    /// One request, as logs and error pages name it.
    RequestId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_knows_its_bucket() {
        for bucket in 0..=255 {
            assert_eq!(SessionId::in_bucket(bucket, [9; 16]).bucket(), bucket);
        }
    }

    #[test]
    fn an_id_is_text_in_json_and_no_other_text_is_one() {
        let id = SessionId::from_random([7; 16]);
        let text = serde_json::to_string(&id).expect("JSON");
        assert_eq!(text, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<SessionId>(&text).expect("one"), id);
        assert!(serde_json::from_str::<SessionId>("\"BwcHBwcHBwcHBwcHBwcHBx\"").is_err());
        assert_eq!(format!("{id:?}"), format!("SessionId(\"{id}\")"));
    }

    #[test]
    fn an_id_reads_back_and_nothing_else_does() {
        let id = ChallengeId::from_random([7; 16]);
        assert_eq!(ChallengeId::parse(id.as_str()), Some(id));
        for bad in ["", "short", "../../../../etc/passwd", "BwcHBwcHBwcHBwcHBwcHBw==", "BwcHBwcHBwcHBwcHBwcHBx"] {
            assert_eq!(ChallengeId::parse(bad), None, "{bad}");
        }
    }
}
