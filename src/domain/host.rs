//! The host of a request, in the one form that rules compare.

use std::borrow::Cow;

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
    let label_fits = |l: &str| {
        !l.is_empty() && l.len() <= 63 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (name.len() <= 253 && name.split('.').all(label_fits)).then(|| match name.bytes().any(|b| b.is_ascii_uppercase()) {
        true => name.to_ascii_lowercase().into(),
        false => name.into(),
    })
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
            "a:b:c",
            "h:80:80",
        ] {
            assert_eq!(canonical(bad), None, "{bad}");
        }
    }
}
