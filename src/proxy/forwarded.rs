//! Reads `Forwarded` (RFC 7239): who saw whom, by which scheme, under which host.

use std::net::IpAddr;

use super::client::{is_https, node};

/// What one proxy says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hop {
    /// `None` for `unknown`, for an obfuscated name, and where it does not say.
    pub node: Option<IpAddr>,
    /// Whether it was asked over https.
    pub proto: Option<bool>,
    pub host: Option<String>,
}

/// The elements of all lines, in their order. One that breaks the grammar, or says a thing twice, says nothing; what stands
/// to the left of it was written before it, and a walk from the right ends there.
pub fn hops<'h>(lines: impl Iterator<Item = &'h [u8]>) -> Vec<Hop> {
    lines.flat_map(|line| split(line, b',')).map(|element| hop(element).unwrap_or_default()).collect()
}

fn hop(element: &[u8]) -> Option<Hop> {
    let (mut node_said, mut proto, mut host) = (None, None, None);
    for pair in split(element, b';') {
        let pair = pair.trim_ascii();
        let at = pair.iter().position(|b| *b == b'=')?;
        let (name, value) = (&pair[..at], value(&pair[at + 1..])?);
        let twice = match name.to_ascii_lowercase().as_slice() {
            b"for" => node_said.replace(value).is_some(),
            b"proto" => proto.replace(value).is_some(),
            b"host" => host.replace(value).is_some(),
            // `by`, and extensions.
            _ => name.is_empty() || !name.iter().copied().all(is_token),
        };
        if twice {
            return None;
        }
    }
    Some(Hop {
        node: node_said.and_then(|said| node(&said)),
        proto: proto.map(|said| is_https(&said)),
        host: host.and_then(|said| String::from_utf8(said).ok()),
    })
}

/// A token or a quoted string, without its quotes. Nodes with colons must be quoted, and by some proxies are not.
fn value(written: &[u8]) -> Option<Vec<u8>> {
    let Some(quoted) = written.strip_prefix(b"\"") else {
        let plain = |b: &u8| is_token(*b) || matches!(b, b':' | b'[' | b']');
        return (!written.is_empty() && written.iter().all(plain)).then(|| written.to_vec());
    };
    let quoted = quoted.strip_suffix(b"\"")?;
    let (mut text, mut bytes) = (Vec::new(), quoted.iter());
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return None,
            b'\\' => text.push(*bytes.next()?),
            byte => text.push(*byte),
        }
    }
    Some(text)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Splits at every `at` that stands outside quotes. A quote that never closes takes the rest, which then is no value.
fn split(bytes: &[u8], at: u8) -> Vec<&[u8]> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            byte if *byte == at && !quoted => {
                parts.push(&bytes[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&bytes[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Vec<Hop> {
        hops(lines.iter().map(|line| line.as_bytes()))
    }

    fn from(address: &str) -> Hop {
        Hop { node: address.parse().ok(), ..Hop::default() }
    }

    #[test]
    fn elements_are_read_as_the_rfc_writes_them() {
        assert_eq!(read(&["for=192.0.2.43, for=198.51.100.17"]), [from("192.0.2.43"), from("198.51.100.17")]);
        assert_eq!(read(&["for=192.0.2.43", "for=198.51.100.17"]), [from("192.0.2.43"), from("198.51.100.17")]);
        assert_eq!(read(&["For=\"[2001:db8:cafe::17]:4711\""]), [from("2001:db8:cafe::17")]);
        assert_eq!(read(&["for=\"[2001:db8::17]\";by=203.0.113.43"]), [from("2001:db8::17")]);
        assert_eq!(read(&["for=192.0.2.43:80"]), [from("192.0.2.43")], "unquoted, as some write it");
        let whole = Hop { proto: Some(true), host: Some("a.example:8443".into()), ..from("192.0.2.60") };
        assert_eq!(read(&["for=192.0.2.60;proto=https;host=\"a.example:8443\";by=_x"]), [whole]);
        assert_eq!(read(&["for=192.0.2.60;proto=http"])[0].proto, Some(false));
        assert_eq!(read(&[r#"for="192.0.2\.60""#]), [from("192.0.2.60")]);
    }

    #[test]
    fn what_names_nobody_says_nothing() {
        for nobody in [
            "for=unknown",
            "for=_gazonk",
            "for=\"_gazonk\"",
            "for=\"unknown:80\"",
            "for=\"[2001:db8::17\"",
            "for=\"192.0.2.60",
            "for=192.0.2.60;for=192.0.2.61",
            "for=192.0.2.60;;",
            "for=192.0.2.60;proto=https;proto=http",
            "for = 192.0.2.60",
            "for=192.0.2.60 proto=https",
            "192.0.2.60",
            "by=192.0.2.60",
            "=192.0.2.60",
            "",
        ] {
            assert_eq!(read(&[nobody]).len(), 1, "{nobody}");
            assert_eq!(read(&[nobody])[0].node, None, "{nobody}");
        }
    }

    #[test]
    fn a_quoted_comma_hides_no_element_and_makes_none() {
        let read = read(&["for=\"_a,for=198.51.100.7\", for=192.0.2.1"]);
        assert_eq!(read, [Hop::default(), from("192.0.2.1")]);
        let open = super::hops([&b"for=192.0.2.9, for=\"_a, for=192.0.2.1"[..]].into_iter());
        assert_eq!(open.last(), Some(&Hop::default()), "the last element is broken, so nothing is known");
    }
}
