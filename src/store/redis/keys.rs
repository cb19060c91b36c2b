//! Where records lie: key names, and the slots that a Cluster hands out by their hash tags.

use super::settings::Address;

/// Keys of one place lie on one server, so that a script can change them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What belongs to the accounts of one bucket.
    Bucket(u8),
    /// Every allowance: several are taken from at once.
    Quotas,
    /// Revocations and what nodes tell each other.
    Rest,
}

impl Place {
    pub fn all() -> impl Iterator<Item = Place> {
        (0..=255).map(Place::Bucket).chain([Place::Quotas, Place::Rest])
    }

    /// From 0 to [`PLACES`].
    pub fn index(self) -> usize {
        match self {
            Place::Bucket(number) => usize::from(number),
            Place::Quotas => 256,
            Place::Rest => 257,
        }
    }
}

pub const PLACES: usize = 258;

#[derive(Debug, Clone)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    pub fn new(prefix: &str) -> Keys {
        Keys { prefix: prefix.to_owned() }
    }

    fn tag(&self, place: Place) -> String {
        match place {
            Place::Bucket(number) => format!("{}:b{number:02x}", self.prefix),
            Place::Quotas => format!("{}:q", self.prefix),
            Place::Rest => format!("{}:r", self.prefix),
        }
    }

    pub fn key(&self, place: Place, kind: &str, id: &str) -> String {
        match id {
            "" => format!("{{{}}}:{kind}", self.tag(place)),
            _ => format!("{{{}}}:{kind}:{id}", self.tag(place)),
        }
    }

    /// Where a node that has revoked something tells the others.
    pub fn channel(&self) -> String {
        format!("{}:news", self.prefix)
    }

    pub fn slot(&self, place: Place) -> u16 {
        slot(self.tag(place).as_bytes())
    }
}

/// The part of a Cluster that a hash tag belongs to.
fn slot(tag: &[u8]) -> u16 {
    // CRC-16/XMODEM, as the Redis Cluster specification has it.
    let mix = |crc: u16, byte: &u8| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    };
    tag.iter().fold(0, mix) % 16384
}

/// Which server has which slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Map(pub Vec<(u16, u16, Address)>);

impl Map {
    /// One server has them all.
    pub fn of(address: Address) -> Map {
        Map(vec![(0, 16383, address)])
    }

    pub fn server(&self, slot: u16) -> Option<&Address> {
        self.0.iter().find(|(first, last, _)| (*first..=*last).contains(&slot)).map(|(_, _, address)| address)
    }

    /// Each once.
    pub fn servers(&self) -> Vec<Address> {
        let mut all: Vec<_> = self.0.iter().map(|(_, _, address)| address.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    pub fn has(&self, address: &Address) -> bool {
        self.0.iter().any(|(_, _, there)| there == address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot(b"123456789"), 0x31C3);
        assert_eq!(slot(b"foo"), 12182);
    }

    #[test]
    fn places_have_keys_and_numbers_of_their_own() {
        let keys = Keys::new("sekisho");
        assert_eq!(keys.key(Place::Bucket(7), "session", "x"), "{sekisho:b07}:session:x");
        assert_eq!(keys.key(Place::Rest, "doubted", ""), "{sekisho:r}:doubted");
        let numbers: Vec<_> = Place::all().map(Place::index).collect();
        assert_eq!(numbers, (0..PLACES).collect::<Vec<_>>());
    }
}
