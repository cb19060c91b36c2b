//! Our cookies: read, and kept to ourselves. All other cookies stay byte for byte.

use http::HeaderName;
use memchr::memchr;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::*;

use crate::pages::cookies::{is_ours, pass_name};

/// The header in which clients without cookies send their pass.
pub const PASS_HEADER: &str = "sekisho-pass";
static PASS_FIELD: HeaderName = HeaderName::from_static(PASS_HEADER);

/// The pass that the request carries. Two candidates are none (RFC 6265bis §8.6: names that differ in case can coexist).
pub fn token(header: &RequestHeader, secure: bool) -> Option<&str> {
    let mut sent = header.headers.get_all(&PASS_FIELD).iter();
    match (sent.next(), sent.next()) {
        (Some(value), None) => value.to_str().ok(),
        (Some(_), Some(_)) => None,
        _ => single(header, pass_name(secure)),
    }
}

/// The value of the cookie with exactly this name, if there is exactly one.
pub fn single<'h>(header: &'h RequestHeader, name: &str) -> Option<&'h str> {
    let mut found: Option<&[u8]> = None;
    for line in header.headers.get_all(http::header::COOKIE) {
        for pair in pairs(line.as_bytes()) {
            let Some((key, value)) = split(pair) else { continue };
            if key == name.as_bytes() && found.replace(value).is_some() {
                return None;
            }
        }
    }
    std::str::from_utf8(found?).ok()
}

/// Every value under this name, as it was sent.
pub fn all<'h>(header: &'h RequestHeader, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    let lines = header.headers.get_all(http::header::COOKIE).iter();
    let named = lines.flat_map(|line| pairs(line.as_bytes())).filter_map(split);
    named.filter(move |(key, _)| *key == name.as_bytes()).map(|(_, value)| value)
}

fn pairs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let end = memchr(b';', line);
        rest = end.map(|end| &line[end + 1..]);
        Some(end.map_or(line, |end| &line[..end]))
    })
}

/// Takes our cookies out of what goes upstream.
pub fn remove_ours(header: &mut RequestHeader) -> Result<()> {
    let mut lines = header.headers.get_all(http::header::COOKIE).iter().map(|value| value.as_bytes());
    let kept = match (lines.next(), lines.next()) {
        (None, _) => return Ok(()),
        (Some(line), None) if !pairs(line).any(names_ours) => return Ok(()),
        (Some(line), None) => filter(line),
        // HTTP/2 may split the field into crumbs; upstream there is one (RFC 9113 §8.2.3).
        (Some(first), Some(second)) => {
            filter(&[first, second].into_iter().chain(lines).collect::<Vec<_>>().join(b"; ".as_slice()))
        }
    };
    header.remove_header(&http::header::COOKIE);
    if !kept.is_empty() {
        header.insert_header(http::header::COOKIE, kept)?;
    }
    Ok(())
}

fn filter(line: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(line.len());
    for (index, pair) in pairs(line).filter(|pair| !names_ours(pair)).enumerate() {
        match index {
            0 => kept.extend_from_slice(pair.strip_prefix(b" ").unwrap_or(pair)),
            _ => {
                kept.push(b';');
                kept.extend_from_slice(pair);
            }
        }
    }
    kept
}

fn names_ours(pair: &[u8]) -> bool {
    let name = split(pair).map_or(pair, |(name, _)| name);
    is_ours(name.trim_ascii())
}

fn split(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr(b'=', pair)?;
    Some((pair[..at].trim_ascii(), pair[at + 1..].trim_ascii()))
}

/// Takes an upstream's attempt to set one of our cookies out of its answer.
pub fn refuse_theirs(response: &mut ResponseHeader) -> Result<()> {
    let ours = |v: &http::HeaderValue| {
        let pair = v.as_bytes().split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        // Browsers have sent a cookie without a name as its bare value, in which another name can stand.
        names_ours(pair.strip_prefix(b"=").unwrap_or(pair))
    };
    if !response.headers.get_all(http::header::SET_COOKIE).iter().any(ours) {
        return Ok(());
    }
    let kept: Vec<http::HeaderValue> =
        response.headers.get_all(http::header::SET_COOKIE).iter().filter(|v| !ours(v)).cloned().collect();
    response.remove_header(&http::header::SET_COOKIE);
    kept.into_iter().try_for_each(|value| response.append_header(http::header::SET_COOKIE, value).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(lines: &[&str]) -> RequestHeader {
        let mut header = RequestHeader::build("GET", b"/", None).expect("builds");
        for line in lines {
            header.append_header("Cookie", *line).expect("appends");
        }
        header
    }

    fn upstream(lines: &[&str]) -> Option<String> {
        let mut header = request(lines);
        remove_ours(&mut header).expect("filters");
        assert!(header.headers.get_all("cookie").iter().count() <= 1);
        header.headers.get("cookie").map(|v| v.to_str().expect("ASCII").to_owned())
    }

    #[test]
    fn ours_go_and_all_others_stay_byte_for_byte() {
        for (sent, expected) in [
            (&["a=b"][..], Some("a=b")),
            (&["a=b;c = d ;; e"], Some("a=b;c = d ;; e")),
            (&["__Host-sekisho=x"], None),
            (&["a=b; __Host-sekisho=x; c=\"d e\""], Some("a=b; c=\"d e\"")),
            (&["__Host-sekisho=x; a=b"], Some("a=b")),
            (&["sekisho-browser=x;a=b"], Some("a=b")),
            (&["a=b; __Host-sekisho-device=x; sekisho-device=y"], Some("a=b")),
            (&["a=b", "__Host-sekisho=x", "c=d"], Some("a=b; c=d")),
            (&["a=b", "c=d"], Some("a=b; c=d")),
            (&["sekisho"], None),
            (&["a=__Host-sekisho=x"], Some("a=__Host-sekisho=x")),
        ] {
            assert_eq!(upstream(sent).as_deref(), expected, "{sent:?}");
        }
    }

    #[test]
    fn two_candidates_are_none() {
        assert_eq!(single(&request(&["sekisho=a"]), "sekisho"), Some("a"));
        assert_eq!(single(&request(&["sekisho=a; sekisho=b"]), "sekisho"), None);
        assert_eq!(single(&request(&["sekisho=a", "sekisho=b"]), "sekisho"), None);
        assert_eq!(single(&request(&["Sekisho=a"]), "sekisho"), None);
        let mut unreadable = request(&["sekisho=a"]);
        let other = http::HeaderValue::from_bytes(b"sekisho=\xca").expect("a value");
        unreadable.append_header("Cookie", other).expect("appends");
        assert_eq!(single(&unreadable, "sekisho"), None, "one that cannot be read is a candidate too");
    }

    #[test]
    fn an_upstream_cannot_set_our_cookies() {
        let mut response = ResponseHeader::build(200, None).expect("builds");
        for cookie in [
            "a=b; Path=/",
            "__Host-sekisho=evil; Secure",
            "__HOST-Sekisho=evil",
            "sekisho-browser=x",
            "__Host-sekisho-device=x; Max-Age=1",
            "=__Host-sekisho=evil; Secure",
            " = sekisho=evil",
            "sekisho",
            "c=d",
        ] {
            response.append_header("Set-Cookie", cookie).expect("appends");
        }
        refuse_theirs(&mut response).expect("filters");
        let left: Vec<_> = response.headers.get_all("set-cookie").iter().map(|v| v.to_str().expect("ASCII")).collect();
        assert_eq!(left, ["a=b; Path=/", "c=d"]);
    }
}
