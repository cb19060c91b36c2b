//! Who is asking: the socket's address, unless a named proxy vouches for another.

use std::net::{IpAddr, Ipv4Addr};

use pingora::http::RequestHeader;
use pingora::proxy::Session;

use super::Gateway;

/// Where a request came from and what it said of itself on the way.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The address that limits and rules go by.
    pub client: IpAddr,
    /// Whether the peer is a named proxy, so that what it forwarded is passed on.
    pub trusted: bool,
    pub https: bool,
    pub authority: String,
}

/// The socket's address, whatever any header says.
pub fn peer(session: &Session) -> Option<IpAddr> {
    session.client_addr().and_then(|a| a.as_inet()).map(|a| a.ip().to_canonical())
}

/// Reads the origin. Without named proxies no header is believed; with them, `X-Forwarded-For` is walked from the right,
/// and the first address that is not a named proxy is the client.
pub fn origin(header: &RequestHeader, peer: Option<IpAddr>, authority: &str, gateway: &Gateway) -> Origin {
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    let named = |address: &IpAddr| gateway.settings.trusted_proxies.iter().any(|net| net.contains(address));
    let trusted = named(&peer);
    let client = if trusted { walk(header, peer, named) } else { peer };
    Origin { client, trusted, https: gateway.secure, authority: authority.to_owned() }
}

fn walk(header: &RequestHeader, peer: IpAddr, named: impl Fn(&IpAddr) -> bool) -> IpAddr {
    let lines: Vec<&str> = header.headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
    let mut client = peer;
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        // What is no address was not written by a proxy of ours: the last one that vouched is as far as trust goes.
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !named(&client) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(lines: &[&str]) -> String {
        let mut header = RequestHeader::build("GET", b"/", None).expect("builds");
        for line in lines {
            header.append_header("X-Forwarded-For", *line).expect("appends");
        }
        let named = |a: &IpAddr| a.to_string().starts_with("10.");
        walk(&header, "10.0.0.1".parse().expect("address"), named).to_string()
    }

    #[test]
    fn trust_ends_at_the_first_stranger_from_the_right() {
        assert_eq!(walked(&[]), "10.0.0.1");
        assert_eq!(walked(&["198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            walked(&["1.2.3.4, 198.51.100.7, 10.0.0.2"]),
            "198.51.100.7",
            "the left part is what a client wrote"
        );
        assert_eq!(walked(&["1.2.3.4", "198.51.100.7"]), "198.51.100.7", "lines are one list");
        assert_eq!(walked(&["1.2.3.4, nonsense, 10.0.0.2"]), "10.0.0.2");
    }
}
