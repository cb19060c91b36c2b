//! Authorities of client certificates, and their lists of revoked ones, that are renewed while we serve.

use super::renewal::{Stamp, stamp};
use super::tls::Served;

/// What was seen so far, for each listener with TLS.
pub struct ClientWatch(Vec<Seen>);

#[derive(Clone, Default, PartialEq, Eq)]
struct Seen {
    ca: Option<Stamp>,
    crl: Option<Stamp>,
    /// Something is wrong with what was read last, so it is not gone by.
    refused: bool,
}

impl ClientWatch {
    /// What is there now was read at the start, or a moment later; then it is read once more.
    pub fn over(served: &[Served]) -> ClientWatch {
        ClientWatch(vec![Seen::default(); served.len()])
    }

    /// Reads what has changed and goes by it where it is good; says what that is. What is not good leaves what was before.
    pub fn renew(&mut self, served: &[Served]) -> Vec<String> {
        let mut renewed = Vec::new();
        for (served, seen) in served.iter().zip(&mut self.0) {
            let Some(clients) = served.clients() else { continue };
            // Before the files are read: one that changes in between is looked at again.
            let now = (stamp(&clients.ca), clients.crl.as_ref().and_then(|crl| stamp(crl)));
            let changed = (seen.ca, seen.crl) != now;
            if !changed && !seen.refused {
                continue;
            }
            let first = seen.ca.is_none();
            (seen.ca, seen.crl) = now;
            let file = clients.ca.display();
            match served.renew_clients() {
                Ok(()) => {
                    seen.refused = false;
                    if !first {
                        renewed.push(format!("authorities of client certificates, {file}"));
                    }
                }
                Err(why) => {
                    if changed {
                        tracing::warn!(%file, %why, "changed authorities of client certificates are not gone by; those before stay");
                    }
                    seen.refused = true;
                }
            }
        }
        renewed
    }
}
