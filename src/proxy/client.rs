//! Who is asking: the socket's address, unless a named proxy vouches for another; and whether they came over https.
//!
//! Forwarding headers are lists that grow to the right: each proxy adds whom it saw. So they are walked from the right, as
//! far as proxies of ours vouch; what lies further left was written by anybody. Only one header is looked at, because a
//! proxy that sets one of them passes the others on as the client wrote them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::HeaderValue;
use pingora::http::RequestHeader;
use pingora::proxy::Session;

use super::Gateway;
use super::arrival::Arrival;
use super::forwarded::{self, Hop};
use super::settings::{Carrier, Settings};

/// Where a request came from and what it said of itself on the way.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The address that limits and rules go by. Unspecified where nobody knows it.
    pub client: IpAddr,
    /// Whether the peer is a named proxy, so that what it forwarded is passed on.
    pub trusted: bool,
    /// Whether the person's own connection is encrypted, as far as anybody whom we believe says.
    pub https: bool,
    pub authority: Authority,
}

/// A host with its port, as it was sent and as it is sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority(HeaderValue);

impl Authority {
    /// `named` is what the header names; mostly it stands there as a value already.
    pub fn of(header: &RequestHeader, named: &str) -> Authority {
        let there = header.headers.get(http::header::HOST).filter(|value| value.as_bytes() == named.as_bytes());
        there.map_or_else(|| Authority::read(named), |value| Authority(value.clone()))
    }

    /// What no header can carry is no host, and reads as none.
    pub fn read(text: &str) -> Authority {
        Authority(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("")))
    }

    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub fn value(&self) -> &HeaderValue {
        &self.0
    }
}

/// The socket's address, whatever any header says; none over a Unix socket.
pub fn peer(session: &Session) -> Option<IpAddr> {
    session.client_addr().and_then(|a| a.as_inet()).map(|a| a.ip().to_canonical())
}

/// Reads the origin. Without named proxies no header is believed.
pub fn origin(header: &RequestHeader, arrival: &Arrival, authority: Authority, gateway: &Gateway) -> Origin {
    read(header, arrival, authority, &gateway.settings, gateway.secure)
}

fn read(header: &RequestHeader, arrival: &Arrival, authority: Authority, settings: &Settings, secure: bool) -> Origin {
    let peer = arrival.peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    let trusted = settings.trusts(arrival.peer);
    let mut origin = Origin { client: peer, trusted, https: arrival.tls, authority };
    if !trusted {
        // People's TLS ends in whatever stands there in front of us.
        origin.https |= secure && arrival.behind;
        return origin;
    }
    // A proxy that says nothing about it is the one that speaks the TLS that people see.
    origin.https |= secure;
    let believed = settings.forwarding;
    let named = |address: &IpAddr| settings.trusts(Some(*address));
    let (proto, host) = match believed.header {
        Carrier::Forwarded => {
            let hops = forwarded::hops(lines(header, "forwarded"));
            let (client, vouched) = vouched_for(hops.iter().rev().map(|hop| hop.node), peer, named);
            origin.client = client;
            // The proxy that saw the client saw how they came, too.
            let hop: Option<&Hop> = vouched.checked_sub(1).and_then(|at| hops.iter().rev().nth(at));
            (hop.and_then(|hop| hop.proto), hop.and_then(|hop| hop.host.clone()))
        }
        Carrier::XForwardedFor => {
            origin.client = walk(header, peer, named);
            said_apart(header)
        }
        Carrier::XRealIp => {
            let mut lines = lines(header, "x-real-ip");
            origin.client = match (lines.next(), lines.next()) {
                (Some(line), None) => node(line).unwrap_or(peer),
                _ => peer,
            };
            said_apart(header)
        }
    };
    if let (true, Some(https)) = (believed.proto, proto) {
        origin.https = https;
    }
    if let (true, Some(host)) = (believed.host, host) {
        origin.authority = Authority::read(&host);
    }
    origin
}

fn lines<'h>(header: &'h RequestHeader, name: &'h str) -> impl DoubleEndedIterator<Item = &'h [u8]> {
    header.headers.get_all(name).iter().map(HeaderValue::as_bytes)
}

/// Whom the `X-Forwarded-For` lines, read as one list, vouch for.
pub fn walk(header: &RequestHeader, peer: IpAddr, named: impl Fn(&IpAddr) -> bool) -> IpAddr {
    let lines: Vec<&[u8]> = lines(header, "x-forwarded-for").collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(|b| *b == b',')).map(node);
    vouched_for(hops, peer, named).0
}

/// From the right: the client, and how many entries were needed to know. An entry that names no address was not written by
/// a proxy of ours: the last one that vouched is as far as trust goes.
fn vouched_for(
    entries: impl Iterator<Item = Option<IpAddr>>,
    peer: IpAddr,
    named: impl Fn(&IpAddr) -> bool,
) -> (IpAddr, usize) {
    let (mut client, mut vouched) = (peer, 0);
    for entry in entries {
        let Some(address) = entry else { break };
        client = address;
        vouched += 1;
        if !named(&client) {
            break;
        }
    }
    (client, vouched)
}

/// `X-Forwarded-Proto` and `X-Forwarded-Host`. Several words on one thing are one word only if they agree.
fn said_apart(header: &RequestHeader) -> (Option<bool>, Option<String>) {
    let all = |name| lines(header, name).flat_map(|line| line.split(|b| *b == b',')).map(<[u8]>::trim_ascii);
    let mut protos = all("x-forwarded-proto").peekable();
    let proto = protos.peek().is_some().then(|| protos.all(is_https));
    let mut hosts = all("x-forwarded-host");
    let host = hosts.next().filter(|first| hosts.all(|other| other == *first));
    (proto, host.and_then(|host| std::str::from_utf8(host).ok()).map(str::to_owned))
}

/// Whatever is not https is not encrypted. Traefik names the scheme of a WebSocket.
pub fn is_https(proto: &[u8]) -> bool {
    proto.eq_ignore_ascii_case(b"https") || proto.eq_ignore_ascii_case(b"wss")
}

/// An address as proxies write it: bare, with a port (`192.0.2.1:56`), in brackets with and without (`[::1]:80`).
pub fn node(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry.trim_ascii()).ok()?;
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
            (IpAddr::V6(host.parse::<Ipv6Addr>().ok()?), port)
        }
        None => {
            let (host, port) = text.rsplit_once(':')?;
            (IpAddr::V4(host.parse::<Ipv4Addr>().ok()?), Some(port))
        }
    };
    let plain = |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    port.is_none_or(|port| plain(port) && port.parse::<u16>().is_ok()).then(|| host.to_canonical())
}

#[cfg(test)]
mod tests;
