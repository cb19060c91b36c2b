//! Notices when another server leads, or the same one began anew. It may lack what was acknowledged before: a code that
//! was spent would look unspent. So whatever was begun until then is doubted.
//!
//! ```text
//! connect ─▶ reign met before ─────────────────────────▶ use it
//!        └─▶ new to this node ─▶ reign.lua on the store ─▶ raise the doubt ─▶ use it
//!               (doubted unless the store knows it, and nothing else led here before)
//! ```

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::domain::time::Wall;

use super::keys::PLACES;

#[derive(Default)]
pub struct Fence {
    met: Mutex<Met>,
    doubt: AtomicI64,
}

#[derive(Default)]
struct Met {
    reigns: HashSet<String>,
    /// Who led each place last, as far as this node saw.
    last: Vec<Option<String>>,
}

impl Fence {
    pub fn has_met(&self, reign: &str) -> bool {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).reigns.contains(reign)
    }

    /// Whether this node saw another one lead one of these places.
    pub fn saw_another(&self, reign: &str, places: &[usize]) -> bool {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let another =
            |place: &usize| met.last.get(*place).is_some_and(|last| last.as_deref().is_some_and(|l| l != reign));
        places.iter().any(another)
    }

    /// Remembers who leads now; what was begun until `doubted` opens nothing from here on.
    pub fn meet(&self, reign: &str, places: &[usize], doubted: Wall) {
        self.raise(doubted);
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        met.last.resize(PLACES, None);
        for place in places {
            if let Some(last) = met.last.get_mut(*place) {
                *last = Some(reign.to_owned());
            }
        }
        met.reigns.insert(reign.to_owned());
    }

    pub fn raise(&self, doubted: Wall) {
        self.doubt.fetch_max(doubted.0, Ordering::AcqRel);
    }

    pub fn doubted(&self) -> Wall {
        Wall(self.doubt.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_leader_of_the_same_place_is_noticed() {
        let fence = Fence::default();
        assert!(!fence.saw_another("a", &[1, 2]), "nobody led before");
        fence.meet("a", &[1, 2], Wall(5));
        assert!(fence.has_met("a") && !fence.has_met("b"));
        assert!(!fence.saw_another("a", &[1, 2]));
        assert!(!fence.saw_another("b", &[3]), "another place");
        assert!(fence.saw_another("b", &[2, 3]));
        fence.meet("b", &[2, 3], Wall(4));
        assert_eq!(fence.doubted(), Wall(5), "doubt never falls");
    }
}
