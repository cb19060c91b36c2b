//! Counts open connections, in all and by client, so that nobody can take them all.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

/// The connections that are open now. The map holds no more entries than there are connections.
#[derive(Debug)]
pub struct Crowd {
    most: usize,
    each: usize,
    all: AtomicUsize,
    by: DashMap<IpAddr, usize>,
}

/// One open connection; counts itself out.
#[derive(Debug)]
pub struct Ticket {
    crowd: Arc<Crowd>,
    client: Option<IpAddr>,
}

/// Which bound was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    All,
    Client,
}

impl Crowd {
    pub fn new(most: usize, each: usize) -> Crowd {
        Crowd { most, each, all: AtomicUsize::new(0), by: DashMap::new() }
    }

    /// Counts a connection in. `None` for peers that speak for many, which are counted in all only.
    pub fn enter(self: &Arc<Crowd>, client: Option<IpAddr>) -> Result<Ticket, Full> {
        let before = self.all.fetch_add(1, Ordering::Relaxed);
        // Counts the connection out again wherever this function ends early.
        let mut ticket = Ticket { crowd: self.clone(), client: None };
        if before >= self.most {
            return Err(Full::All);
        }
        if let Some(client) = client.map(network) {
            let mut count = self.by.entry(client).or_insert(0);
            if *count >= self.each {
                return Err(Full::Client);
            }
            *count += 1;
            ticket.client = Some(client);
        }
        Ok(ticket)
    }

    #[cfg(test)]
    fn open(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }
}

/// The unit in which IPv6 addresses are handed out is a /64; whoever has one address there has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.crowd.all.fetch_sub(1, Ordering::Relaxed);
        let Some(client) = self.client else { return };
        if let Entry::Occupied(mut entry) = self.crowd.by.entry(client) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_and_all_together_are_bounded() {
        let crowd = Arc::new(Crowd::new(5, 2));
        let from = |text: &str| Some(text.parse().expect("an address"));
        let first = crowd.enter(from("192.0.2.1")).expect("there is room");
        let _second = crowd.enter(from("::ffff:192.0.2.1")).expect("there is room");
        assert_eq!(crowd.enter(from("192.0.2.1")).err(), Some(Full::Client));
        drop(first);
        let _third = crowd.enter(from("192.0.2.1")).expect("one has left");
        let _fourth = crowd.enter(from("2001:db8::1")).expect("another client");
        let _fifth = crowd.enter(from("2001:db8::ffff")).expect("the same /64, its second");
        assert_eq!(crowd.enter(from("2001:db8::2")).err(), Some(Full::Client), "one /64 is one client");
        let _sixth = crowd.enter(None).expect("the fifth of five");
        assert_eq!(crowd.enter(None).err(), Some(Full::All));
        assert_eq!(crowd.open(), 5);
    }

    #[test]
    fn nothing_stays_behind() {
        let crowd = Arc::new(Crowd::new(10, 1));
        for last in 0..=255 {
            drop(crowd.enter(Some(IpAddr::from([10, 0, 0, last]))).expect("there is room"));
        }
        assert_eq!((crowd.open(), crowd.by.len()), (0, 0));
    }
}
