//! Addresses as text, quickly: one is written for every request.

use std::net::IpAddr;

/// Appends the address as people write it.
pub fn append(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (index, octet) in address.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                decimal(out, octet);
            }
        }
        IpAddr::V6(address) => out.extend_from_slice(address.to_string().as_bytes()),
    }
}

fn decimal(out: &mut Vec<u8>, octet: u8) {
    let digit = |value: u8| b'0' + value % 10;
    if octet >= 100 {
        out.push(digit(octet / 100));
    }
    if octet >= 10 {
        out.push(digit(octet / 10));
    }
    out.push(digit(octet));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_the_standard_library_writes_them() {
        let quads = (0..=255).map(|octet| IpAddr::from([octet, 255 - octet, octet / 10, 100]));
        let others = ["::1", "2001:db8::1", "::ffff:192.0.2.1"].map(|text| text.parse().expect("an address"));
        for address in quads.chain(others) {
            let mut out = Vec::new();
            append(&mut out, address);
            assert_eq!(String::from_utf8(out).expect("text"), address.to_string());
        }
    }
}
