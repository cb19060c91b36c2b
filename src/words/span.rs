//! Spans of time in words.

use super::Hole;
use super::count::Counted;

/// How a language says spans of time.
#[derive(Debug, Clone, Copy)]
pub struct Spans {
    pub seconds: Counted,
    pub minutes: Counted,
    pub hours: Counted,
    /// A moment ago.
    pub now: &'static str,
    pub ago: Hole,
    pub left: Hole,
}

/// Up to here a span is told in seconds, and up to the other in minutes.
const SECONDS_UP_TO: u64 = 90;
const MINUTES_UP_TO: u64 = 90 * 60;
/// What is this fresh happened just now.
const JUST_NOW: u64 = 10;

impl Spans {
    /// Rounded up: nobody is told to come back too early.
    pub fn wait(&self, seconds: u64) -> String {
        self.tell(seconds, u64::div_ceil)
    }

    /// Rounded down: nobody is promised more time than there is.
    pub fn left(&self, seconds: u64) -> String {
        self.left.fill(self.tell(seconds, |span, unit| span / unit))
    }

    pub fn ago(&self, seconds: u64) -> String {
        if seconds < JUST_NOW {
            return self.now.to_owned();
        }
        self.ago.fill(self.tell(seconds, |span, unit| span / unit))
    }

    fn tell(&self, seconds: u64, round: impl Fn(u64, u64) -> u64) -> String {
        if seconds <= SECONDS_UP_TO {
            self.seconds.fill(seconds)
        } else if seconds <= MINUTES_UP_TO {
            self.minutes.fill(round(seconds, 60))
        } else {
            self.hours.fill(round(seconds, 3600))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::locale::Locale;
    use crate::words::Page;

    #[test]
    fn spans_are_told_as_people_tell_them() {
        let en = &Page::of(Locale::En).spans;
        for (seconds, wait) in [
            (1, "1 second"),
            (25, "25 seconds"),
            (90, "90 seconds"),
            (91, "2 minutes"),
            (300, "5 minutes"),
            (5401, "2 hours"),
        ] {
            assert_eq!(en.wait(seconds), wait);
        }
        assert_eq!(en.left(299), "4 minutes left");
        assert_eq!(en.left(119), "1 minute left");
        assert_eq!(en.ago(3), "just now");
        assert_eq!(en.ago(130), "2 minutes ago");
        let ja = &Page::of(Locale::Ja).spans;
        assert_eq!(ja.wait(30), "30 秒");
        assert_eq!(ja.left(299), "あと 4 分");
    }
}
