//! The host of a request, in the one form that rules compare.

use std::borrow::Cow;

/// RFC 1035 §2.3.4.
const LONGEST_LABEL: usize = 63;
const LONGEST_NAME: usize = 253;

/// Lower-cased, without one trailing dot and without the port; `None` when it is not a host (RFC 3986 §3.2.2, as strict
/// as real hosts are: letters, digits, hyphens, underscores and dots, an IPv4 address, or an IPv6 address in brackets).
pub fn canonical(authority: &str) -> Option<Cow<'_, str>> {
    let (host, port) = split_port(authority)?;
    if port.is_some_and(|p| {
        p.is_empty() || p.len() > 5 || p.parse::<u16>().is_err() || !p.bytes().all(|b| b.is_ascii_digit())
    }) {
        return None;
    }
    if let Some(v6) = host.strip_prefix('[') {
        let v6 = v6.strip_suffix(']')?;
        return v6.parse::<std::net::Ipv6Addr>().ok().map(|a| format!("[{a}]").into());
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let (mut label, mut upper) = (0, false);
    for byte in name.bytes() {
        label = match byte {
            b'.' if label > 0 => 0,
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'A'..=b'Z' if label < LONGEST_LABEL => label + 1,
            _ => return None,
        };
        upper |= byte.is_ascii_uppercase();
    }
    let fits = label > 0 && name.len() <= LONGEST_NAME;
    fits.then(|| if upper { name.to_ascii_lowercase().into() } else { name.into() })
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let end = authority.find(']')? + 1;
        let (host, rest) = authority.split_at(end);
        return match rest {
            "" => Some((host, None)),
            _ => rest.strip_prefix(':').map(|port| (host, Some(port))),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_has_one_form() {
        for (given, expected) in [
            ("A.b.Example.COM", "a.b.example.com"),
            ("example.com.", "example.com"),
            ("example.com:443", "example.com"),
            ("EXAMPLE.com.:8443", "example.com"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("[::1]:8080", "[::1]"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("kanri_server", "kanri_server"),
            (&"a".repeat(63), &"a".repeat(63)),
            (&["a.".repeat(126).as_str(), "a"].concat(), &["a.".repeat(126).as_str(), "a"].concat()),
        ] {
            assert_eq!(canonical(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for bad in [
            "",
            ".",
            "a/b",
            "a b",
            "a, b",
            "a..b",
            "u@h",
            "h:",
            "h:x",
            "h:99999",
            "h:+80",
            "[::1",
            "[::1]x",
            "[::1]:",
            "例え.jp",
            ".a",
            "a..",
            &"a".repeat(64),
            &["a.".repeat(126).as_str(), "aa"].concat(),
            "a:b:c",
            "h:80:80",
        ] {
            assert_eq!(canonical(bad), None, "{bad}");
        }
    }
}
