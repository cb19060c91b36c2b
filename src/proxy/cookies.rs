//! Our cookies: read, and kept to ourselves. All other cookies stay byte for byte.

use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::*;

use crate::pages::cookies::{is_ours, pass_name};

/// The header in which clients without cookies send their pass.
pub const PASS_HEADER: &str = "sekisho-pass";

/// The pass that the request carries. Two candidates are none (RFC 6265bis §8.6: names that differ in case can coexist).
pub fn token(header: &RequestHeader, secure: bool) -> Option<String> {
    let mut sent = header.headers.get_all(PASS_HEADER).iter();
    match (sent.next(), sent.next()) {
        (Some(value), None) => value.to_str().ok().map(str::to_owned),
        (Some(_), Some(_)) => None,
        _ => single(header, pass_name(secure)),
    }
}

/// The value of the cookie with exactly this name, if there is exactly one.
pub fn single(header: &RequestHeader, name: &str) -> Option<String> {
    let mut found: Option<&[u8]> = None;
    for line in header.headers.get_all(http::header::COOKIE) {
        for pair in line.as_bytes().split(|b| *b == b';') {
            let Some((key, value)) = split(pair) else { continue };
            if key == name.as_bytes() && found.replace(value).is_some() {
                return None;
            }
        }
    }
    std::str::from_utf8(found?).ok().map(str::to_owned)
}

/// Takes our cookies out of what goes upstream.
pub fn remove_ours(header: &mut RequestHeader) -> Result<()> {
    let lines: Vec<&[u8]> = header.headers.get_all(http::header::COOKIE).iter().map(|v| v.as_bytes()).collect();
    if lines.len() <= 1 && !lines.iter().any(|line| line.split(|b| *b == b';').any(names_ours)) {
        return Ok(());
    }
    // HTTP/2 may split the field into crumbs; upstream there is one (RFC 9113 §8.2.3).
    let kept = filter(&lines.join(b"; ".as_slice()));
    header.remove_header(&http::header::COOKIE);
    if !kept.is_empty() {
        header.insert_header(http::header::COOKIE, kept)?;
    }
    Ok(())
}

fn filter(line: &[u8]) -> Vec<u8> {
    let kept: Vec<&[u8]> = line.split(|b| *b == b';').filter(|pair| !names_ours(pair)).collect();
    let joined = kept.join(b";".as_slice());
    joined.strip_prefix(b" ").map(<[u8]>::to_vec).unwrap_or(joined)
}

fn names_ours(pair: &[u8]) -> bool {
    let name = split(pair).map_or(pair, |(name, _)| name);
    // Browsers match the `__Host-` prefix in any case, so any case is taken for an attempt at ours.
    let name = name.trim_ascii().to_ascii_lowercase();
    is_ours(name.strip_prefix(b"__host-").unwrap_or(&name))
}

fn split(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = pair.iter().position(|b| *b == b'=')?;
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
        assert_eq!(single(&request(&["sekisho=a"]), "sekisho").as_deref(), Some("a"));
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
