//! Identifiers: 128 random bits as 22 characters of base64url, one type for each kind so that none stands for another.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// From 16 bytes of the OS random source.
            pub fn from_random(bytes: [u8; 16]) -> $name {
                $name(URL_SAFE_NO_PAD.encode(bytes))
            }

            /// Reads what a caller sent; `None` unless it has the shape that [`Self::from_random`] gives.
            pub fn parse(text: &str) -> Option<$name> {
                let shaped = text.len() == 22 && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 16);
                shaped.then(|| $name(text.to_owned()))
            }

            /// As [`Self::from_random`], in a bucket: what changes together lies together, also where a store is spread over
            /// many machines.
            pub fn in_bucket(bucket: u8, mut bytes: [u8; 16]) -> $name {
                bytes[0] = bucket;
                $name::from_random(bytes)
            }

            /// One of 256 places, the first byte.
            pub fn bucket(&self) -> u8 {
                let first = self.0.get(..4).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
                first.and_then(|bytes| bytes.first().copied()).unwrap_or(0)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
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
    fn an_id_reads_back_and_nothing_else_does() {
        let id = ChallengeId::from_random([7; 16]);
        assert_eq!(ChallengeId::parse(id.as_str()), Some(id));
        for bad in ["", "short", "../../../../etc/passwd", "BwcHBwcHBwcHBwcHBwcHBw==", "BwcHBwcHBwcHBwcHBwcHBx"] {
            assert_eq!(ChallengeId::parse(bad), None, "{bad}");
        }
    }
}
