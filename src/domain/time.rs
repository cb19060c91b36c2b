//! Points in time as plain numbers, so that a test can move them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Wall-clock time: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wall(pub i64);

/// Nodes' clocks may differ by this much; what lies further in the future was written by a clock that was set back since.
pub const CLOCK_STEP: Duration = Duration::from_secs(60);

impl Wall {
    pub const EPOCH: Wall = Wall(0);

    pub fn from_secs(secs: i64) -> Wall {
        Wall(secs.saturating_mul(1000))
    }

    /// Whole seconds since the epoch, rounded down: the unit of a JWT.
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub fn plus(self, span: Duration) -> Wall {
        Wall(self.0.saturating_add(millis(span)))
    }

    pub fn minus(self, span: Duration) -> Wall {
        Wall(self.0.saturating_sub(millis(span)))
    }

    /// As in `2027-01-15T08:00:00.123Z` (RFC 3339, UTC).
    pub fn rfc3339(self) -> String {
        let since = Duration::from_millis(u64::try_from(self.0).unwrap_or(0));
        humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + since).to_string()
    }

    /// Reads what `rfc3339` wrote.
    pub fn from_rfc3339(text: &str) -> Option<Wall> {
        let since = humantime::parse_rfc3339(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok().map(Wall)
    }

    /// How long from now until `later`; zero when that has passed.
    pub fn until(self, later: Wall) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A wait in whole seconds, rounded up: the unit of `Retry-After` and of every countdown shown to people.
pub fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
