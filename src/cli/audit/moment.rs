//! Points in time as people write them, and as lines of the audit have them.

use crate::domain::time::Wall;

const DAY: i64 = 86_400_000;

/// Hours and minutes east of Greenwich, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Zone(i64);

impl Zone {
    pub fn parse(text: &str) -> Result<Zone, String> {
        let wrong = || format!("\"{text}\" is no offset such as +09:00, -05:30 or Z");
        if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
            return Ok(Zone(0));
        }
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(wrong()),
        };
        let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
        let (Some(hours), Some(minutes)) = (number(hours, 2), number(minutes, 2)) else { return Err(wrong()) };
        if hours > 14 || minutes > 59 {
            return Err(wrong());
        }
        Ok(Zone(sign * (hours * 60 + minutes) * 60_000))
    }
}

/// A span: its first moment, and the first one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Wall,
    pub until: Wall,
}

impl Span {
    /// A month, as in `2026-03`.
    pub fn month(text: &str, zone: Zone) -> Result<Span, String> {
        let wrong = || format!("\"{text}\" is no month such as 2026-03");
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let (Some(year), Some(month @ 1..=12)) = (number(year, 4), number(month, 2)) else { return Err(wrong()) };
        let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let begin = |year, month| Wall(days(year, month, 1) * DAY - zone.0);
        Ok(Span { from: begin(year, month), until: begin(next.0, next.1) })
    }

    /// A day, as in `2026-03-31`, or a moment, as in `2026-03-31T12:00`, `…T12:00:00.5Z` or `…T12:00:00+09:00`.
    pub fn parse(text: &str, zone: Zone) -> Result<Span, String> {
        let wrong = || format!("\"{text}\" is no date such as 2026-03-31, nor a time such as 2026-03-31T12:00");
        let (date, time) = match text.split_once(['T', 't', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.splitn(3, '-');
        let mut part = |length| parts.next().and_then(|part| number(part, length));
        let (Some(year), Some(month @ 1..=12), Some(day)) = (part(4), part(2), part(2)) else { return Err(wrong()) };
        let midnight = days(year, month, day) * DAY;
        let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
        if day < 1 || midnight >= next * DAY {
            return Err(format!("\"{text}\": that month has no day {day}"));
        }
        let Some(time) = time else {
            let from = Wall(midnight - zone.0);
            return Ok(Span { from, until: Wall(from.0 + DAY) });
        };
        let (clock, zone) = match time.find(['Z', 'z', '+', '-']) {
            Some(at) => (&time[..at], Zone::parse(&time[at..])?),
            None => (time, zone),
        };
        let from = Wall(midnight + clock_of(clock).ok_or_else(wrong)? - zone.0);
        Ok(Span { from, until: Wall(from.0 + 1) })
    }
}

/// `12:00`, `12:00:30` or `12:00:30.5`, in milliseconds.
fn clock_of(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let (hours, minutes) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let (seconds, part) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "0")),
        None => ("00", "0"),
    };
    let seconds = number(seconds, 2)?;
    if hours > 23 || minutes > 59 || seconds > 59 || part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}

fn number(text: &str, length: usize) -> Option<i64> {
    let plain = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Days from 1970-01-01 to this day of the Gregorian calendar. The year is taken to begin in March, so that the day that
/// some years have more is their last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // From March on months have 31, 30, 31, 30, 31 days, and again: 153 in five of them.
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(span: Result<Span, String>) -> String {
        span.map_or_else(|fault| fault, |span| format!("{} {}", span.from.rfc3339(), span.until.rfc3339()))
    }

    #[test]
    fn a_day_a_month_and_a_moment_have_their_first_and_their_last_instant() {
        let (utc, tokyo) = (Zone::default(), Zone::parse("+09:00").expect("a zone"));
        for (text, zone, wanted) in [
            ("2026-03-31", utc, "2026-03-31T00:00:00.000Z 2026-04-01T00:00:00.000Z"),
            ("2024-02-29", utc, "2024-02-29T00:00:00.000Z 2024-03-01T00:00:00.000Z"),
            ("2026-01-01", tokyo, "2025-12-31T15:00:00.000Z 2026-01-01T15:00:00.000Z"),
            ("2026-03-31T12:00", tokyo, "2026-03-31T03:00:00.000Z 2026-03-31T03:00:00.001Z"),
            ("2026-03-31 12:00:30.5Z", tokyo, "2026-03-31T12:00:30.500Z 2026-03-31T12:00:30.501Z"),
            ("2026-03-31T12:00:30-05:30", utc, "2026-03-31T17:30:30.000Z 2026-03-31T17:30:30.001Z"),
        ] {
            assert_eq!(shown(Span::parse(text, zone)), wanted, "{text}");
        }
        assert_eq!(shown(Span::month("2026-12", utc)), "2026-12-01T00:00:00.000Z 2027-01-01T00:00:00.000Z");
        assert_eq!(shown(Span::month("2026-03", tokyo)), "2026-02-28T15:00:00.000Z 2026-03-31T15:00:00.000Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = days(1999, 12, 31);
        for year in 2000..2101 {
            for month in 1..=12 {
                let length = match month {
                    2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
                    2 => 28,
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
                for day in 1..=length {
                    last += 1;
                    assert_eq!(days(year, month, day), last, "{year}-{month}-{day}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_time_is_told_with_what_would_be() {
        for text in [
            "",
            "yesterday",
            "2026-3-1",
            "2026-13-01",
            "2026-02-30",
            "2026-00-01",
            "2026-03-31T25:00",
            "２０２６-03-01",
        ] {
            assert!(Span::parse(text, Zone::default()).expect_err(text).contains(text), "{text}");
        }
        for text in ["2026", "2026-13", "2026-3", "03-2026"] {
            assert!(Span::month(text, Zone::default()).is_err(), "{text}");
        }
        for text in ["", "9", "+9", "+25:00", "JST", "+09:60"] {
            assert!(Zone::parse(text).is_err(), "{text}");
        }
    }
}
