//! Paths: what was judged is what any server reads, or the request is refused.

use std::sync::{Arc, OnceLock};

use sekisho::domain::path::allow::{Allowances, Case, Leave};
use sekisho::domain::path::charset::Charset;
use sekisho::domain::path::{CanonicalPath, PathFault, RequestPath};
use sekisho::domain::pattern::PathPattern;
use sekisho::domain::route::{Facts, Hit, Need, Route, RouteTable};

use super::models::{Corner, Said, views};

/// The first byte says what the upstream has leave for, the rest is the target.
pub fn judge(data: &[u8]) {
    let Some((&allow, target)) = data.split_first() else { return };
    if let Ok(path) = RequestPath::read(target) {
        canonical(&path);
    }
    law(allow, target);
}

/// No server reads what the rules did not judge. Whether the target was let through.
pub fn law(allow: u8, target: &[u8]) -> bool {
    let allow = allow % KINDS;
    let Ok(path) = RequestPath::read(target) else { return false };
    let Some(hit) = find(allow, &path) else { return false };
    // Nothing goes up.
    if hit.route.need == Need::Deny {
        return false;
    }
    let said = Said { insensitive: allowances(allow).case == Case::Insensitive };
    let judged = corner(&hit);
    for (name, view) in views(target, said) {
        assert_eq!(view, judged, "{name} reads {} otherwise than {}", target.escape_ascii(), hit.path);
    }
    true
}

/// The route and the path that a target is let through on, as the audit has them.
#[allow(dead_code, reason = "what goes through the binary is held against it")]
pub fn judged(allow: u8, target: &[u8]) -> Option<(String, String)> {
    let path = RequestPath::read(target).ok()?;
    let hit = find(allow, &path).filter(|hit| hit.route.need != Need::Deny)?;
    Some((hit.route.path.as_str().to_owned(), hit.path.as_str().to_owned()))
}

/// The canonical form reads as itself, and only as itself but for what is open in it.
fn canonical(path: &RequestPath) {
    let first = path.first();
    assert!(first.as_str().starts_with('/'));
    let again = RequestPath::read(first.encoded().as_bytes());
    // A stand-in for one byte is written with nine.
    let longer = matches!(again, Err(PathFault::TooLong | PathFault::TooLongToCompare)) && first.encoded().len() > 2048;
    assert!(longer || again.as_ref().map(RequestPath::first) == Ok(first), "{again:?} from {}", first.encoded());
    for reading in path.readings(Charset::UTF8).unwrap_or_default() {
        let dots = |segment: &str| !segment.is_empty() && segment.chars().all(|c| c == '.');
        assert!(!reading.segments().any(dots), "{reading}");
        assert!(!reading.as_str().contains('\\') && !reading.as_str().chars().any(char::is_control), "{reading}");
    }
    let plain = |path: &CanonicalPath| RequestPath::read(path.encoded().as_bytes()).is_ok_and(|path| path.is_plain());
    assert!(!path.is_plain() || plain(first), "{first}");
}

/// Each leave, letter case and three character sets, in every combination.
pub const KINDS: u8 = 48;

pub fn allowances(kind: u8) -> Allowances {
    let bit = |bit: u8| kind & (1 << bit) != 0;
    let charset = ["utf-8", "shift_jis", "euc-jp"][usize::from(kind / 16 % 3)];
    Allowances {
        leave: Leave { encoded_slash: bit(0), path_params: bit(1), empty_segments: bit(2) },
        charset: Charset::named(charset).expect("known"),
        case: if bit(3) { Case::Insensitive } else { Case::Sensitive },
    }
}

fn find<'a>(kind: u8, path: &'a RequestPath) -> Option<Hit<'a>> {
    static TABLES: OnceLock<Vec<RouteTable>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| (0..KINDS).map(|kind| table(allowances(kind))).collect());
    let client = "192.0.2.1".parse().expect("address");
    tables[usize::from(kind)].find(&Facts { method: "GET", host: "h", path, client }).ok().flatten()
}

/// An open corner, one that is guarded, one that is closed, and the rest: all of one upstream.
fn table(allow: Allowances) -> RouteTable {
    let row = |path: &str, need| {
        let (path, upstream) = (PathPattern::parse(path).expect("pattern"), Some("app".into()));
        let (hosts, methods, from) = (Vec::new(), Vec::new(), Vec::new());
        Arc::new(Route {
            name: "r".into(),
            hosts,
            path,
            methods,
            from,
            need,
            upstream,
            object: None,
            allow,
            end_on: Vec::new(),
            form: None,
            bounds: Default::default(),
        })
    };
    RouteTable::new(vec![
        row("/public/**", Need::Open),
        row("/protected/**", Need::Open),
        row("/never/**", Need::Deny),
        row("/**", Need::Open),
    ])
}

fn corner(hit: &Hit<'_>) -> Corner {
    match hit.route.path.as_str() {
        "/public/**" => Corner::Public,
        "/protected/**" => Corner::Protected,
        "/never/**" => Corner::Never,
        _ => Corner::Other,
    }
}
