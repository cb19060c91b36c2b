//! Makes values of what a key holds: numbers, spans of time, quotas, money, choices.
//!
//! Each function takes an [`Item`] and returns the value, or tells what is wrong and returns `None`.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::contact::Region;
use crate::domain::money::Money;
use crate::domain::pattern::PathPattern;
use crate::domain::quota::Quota;

use super::diagnostic::Code;
use super::reader::{Item, Shape};
use super::tree::Value;

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

const TEXT: Shape<'static> = ("a string", "\"text\"");
const SPAN: Shape<'static> = ("a duration", "\"30s\", \"5m\" or \"8h\"");

/// One line of at most `longest` characters that are printed as they are.
pub fn line<'a>(longest: usize) -> impl Fn(Item<'a>) -> Option<String> {
    move |item| {
        let text = item.text(TEXT)?;
        if text.chars().any(char::is_control) {
            return item.tell(Code::BadValue, format!("`{}` has a control character", item.key), |d| d);
        }
        if text.chars().count() > longest {
            let message = format!("`{}` is longer than {longest} characters", item.key);
            return item.tell(Code::OutOfRange, message, |d| d);
        }
        Some(text.to_owned())
    }
}

/// A line that says something.
pub fn word<'a>(longest: usize) -> impl Fn(Item<'a>) -> Option<String> {
    move |item| match line(longest)(item)?.trim() {
        "" => item.tell(Code::BadValue, format!("`{}` is empty", item.key), |d| d),
        text => Some(text.to_owned()),
    }
}

/// A file or folder. A relative one begins at the folder of the file that names it.
pub fn path(item: Item<'_>) -> Option<PathBuf> {
    let text = item.text(("a path", "\"/var/lib/sekisho\""))?;
    if text.is_empty() || text.contains('\0') {
        return item.bad(("a path", "\"/var/lib/sekisho\""));
    }
    Some(item.reader.path(item.place(), text))
}

/// The path of a Unix socket, as `written`.
pub fn socket_path(item: Item<'_>, written: &str) -> Option<PathBuf> {
    if written.is_empty() || written.contains('\0') {
        return item.bad(("a path", "\"/run/sekisho/http.sock\""));
    }
    let path = item.reader.path(item.place(), written);
    // `sun_path` of Linux has 108 bytes, the closing zero included.
    if path.as_os_str().len() > 107 {
        let message = format!("`{}` is longer than 107 bytes, the most a Unix socket's path can have", item.key);
        return item.tell(Code::OutOfRange, message, |d| d);
    }
    Some(path)
}

/// The same, where `{data}/` stands for the folder of the state.
pub fn state_path<'a>(data: &'a Path) -> impl Fn(Item<'a>) -> Option<PathBuf> {
    move |item| match &item.node.value {
        Value::Text(text) if text.starts_with("{data}/") && text.len() > 7 => Some(data.join(&text[7..])),
        _ => path(item),
    }
}

pub fn flag(item: Item<'_>) -> Option<bool> {
    match item.node.value {
        Value::Flag(flag) => Some(flag),
        _ => item.wrong(("a boolean", "true or false")),
    }
}

/// A whole number; `why` is the reason for its bounds.
pub fn whole<'a, T: TryFrom<i64>>(bounds: RangeInclusive<i64>, why: &'static str) -> impl Fn(Item<'a>) -> Option<T> {
    move |item| match item.node.value {
        Value::Whole(number) if bounds.contains(&number) => T::try_from(number).ok(),
        Value::Whole(_) => {
            let expected = format!("expected {} to {}", bounds.start(), bounds.end());
            item.tell(Code::OutOfRange, format!("`{}` is out of range", item.key), |d| d.expected(expected).help(why))
        }
        _ => item.wrong(("an integer", &bounds.start().to_string())),
    }
}

/// A number of bytes: a whole number, or one with a unit.
pub fn size(item: Item<'_>) -> Option<u64> {
    const SIZE: Shape<'static> = ("a size", "\"100 MB\" or \"64 KiB\"");
    const UNITS: [(&str, u64); 7] = [
        ("B", 1),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    if let Value::Whole(number) = item.node.value {
        return u64::try_from(number).ok().or_else(|| item.bad(SIZE));
    }
    let text = item.text(SIZE)?;
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()));
    let bytes = unit.and_then(|(_, unit)| number.parse::<u64>().ok()?.checked_mul(*unit));
    bytes.or_else(|| item.bad(SIZE))
}

/// A span of time; `why` is the reason for its bounds.
pub fn span<'a>(bounds: RangeInclusive<Duration>, why: &'static str) -> impl Fn(Item<'a>) -> Option<Duration> {
    move |item| {
        if let Value::Whole(number) = item.node.value {
            let message = format!("`{}` has no unit", item.key);
            let meant = format!("expected a duration, as in \"{number}s\" or \"{number}m\"");
            return item.tell(Code::WrongType, message, |d| d.expected(meant));
        }
        let Ok(span) = humantime::parse_duration(item.text(SPAN)?) else { return item.bad(SPAN) };
        if bounds.contains(&span) {
            return Some(span);
        }
        let show = |bound: &Duration| humantime::format_duration(*bound).to_string();
        let expected = format!("expected {} to {}", show(bounds.start()), show(bounds.end()));
        item.tell(Code::OutOfRange, format!("`{}` is out of range", item.key), |d| d.expected(expected).help(why))
    }
}

pub fn quota(item: Item<'_>) -> Option<Quota> {
    const QUOTA: Shape<'static> = ("a quota", "\"30/m\" or \"4/10m\"");
    Quota::parse(item.text(QUOTA)?).or_else(|| item.bad(QUOTA))
}

/// Several quotas that all hold, or one by itself.
pub fn quotas(item: Item<'_>) -> Option<Vec<Quota>> {
    match item.node.value {
        Value::List(_) => list("[\"4/10m\", \"12/1d\"]", quota)(item),
        _ => quota(item).map(|quota| vec![quota]),
    }
}

pub fn money(item: Item<'_>) -> Option<Money> {
    const MONEY: Shape<'static> = ("an amount of money", "\"30 USD\" or \"0.085 EUR\"");
    Money::parse(item.text(MONEY)?).or_else(|| item.bad(MONEY))
}

pub fn region(item: Item<'_>) -> Option<Region> {
    const REGION: Shape<'static> = ("a country", "\"JP\" (two letters, ISO 3166)");
    Region::parse(item.text(REGION)?).or_else(|| item.bad(REGION))
}

pub fn pattern(item: Item<'_>) -> Option<PathPattern> {
    let text = item.text(("a path pattern", "\"/records/**\" or \"/patients/{id}\""))?;
    match PathPattern::parse(text) {
        Ok(pattern) => Some(pattern),
        Err(reason) => {
            item.tell(Code::BadValue, format!("`{}` is not a path pattern", item.key), |d| d.expected(reason))
        }
    }
}

/// One of a few names.
pub fn choice<'a, T: Clone>(names: &'static [(&'static str, T)]) -> impl Fn(Item<'a>) -> Option<T> {
    move |item| {
        let all: Vec<_> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let text = item.text(("one of a few names", &all.join(", ")))?;
        if let Some((_, value)) = names.iter().find(|(name, _)| *name == text) {
            return Some(value.clone());
        }
        let message = format!("`{}` cannot be \"{}\"", item.key, text.escape_debug());
        let expected = format!("expected one of {}", all.join(", "));
        item.tell(Code::BadValue, message, |d| d.expected(expected).nearest(text, names.iter().map(|(name, _)| *name)))
    }
}

/// An array of what `read` makes. One bad item spoils the array, after every item was looked at.
pub fn list<'a, T>(
    like: &'static str,
    read: impl Fn(Item<'a>) -> Option<T>,
) -> impl FnOnce(Item<'a>) -> Option<Vec<T>> {
    move |item| {
        let values: Vec<_> = item.items(("an array", like))?.map(read).collect();
        values.into_iter().collect()
    }
}

/// The same, and at least one.
pub fn some<'a, T>(
    like: &'static str,
    read: impl Fn(Item<'a>) -> Option<T>,
) -> impl FnOnce(Item<'a>) -> Option<Vec<T>> {
    move |item| {
        let values = list(like, read)(item)?;
        if values.is_empty() {
            let message = format!("`{}` is empty", item.key);
            return item.tell(Code::BadValue, message, |d| d.expected(format!("expected at least one, as in {like}")));
        }
        Some(values)
    }
}
