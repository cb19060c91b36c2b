//! Bounds what the kernel takes of answers that their client does not: some megabytes for each connection otherwise, which
//! no setting of ours would see.

use std::mem::size_of_val;
use std::os::fd::RawFd;

/// Taken by the kernel and not sent yet. What is on its way, as much as the line holds, does not count.
const MOST: libc::c_int = 128 * 1024;

/// For this socket. One that is no TCP has its own bound, a few hundred kilobytes.
pub fn bound(socket: RawFd) {
    let most = MOST;
    // SAFETY: the pointer is to a live integer whose size is told, and the call keeps nothing of it.
    let _ = unsafe {
        libc::setsockopt(
            socket,
            libc::IPPROTO_TCP,
            libc::TCP_NOTSENT_LOWAT,
            (&raw const most).cast(),
            size_of_val(&most) as libc::socklen_t,
        )
    };
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;

    use super::*;

    /// How much goes into a connection that nobody reads from.
    fn room(bounded: bool) -> usize {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
        let reader = TcpStream::connect(listener.local_addr().expect("an address")).expect("it listens");
        let (mut writer, _) = listener.accept().expect("somebody came");
        if bounded {
            bound(writer.as_raw_fd());
        }
        writer.set_nonblocking(true).expect("it can be asked for");
        let mut taken = 0;
        loop {
            match writer.write(&[0; 16 * 1024]) {
                Ok(count) => taken += count,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    drop(reader);
                    return taken;
                }
            }
        }
    }

    #[test]
    fn the_kernel_takes_little_of_what_nobody_reads() {
        let (bounded, boundless) = (room(true), room(false));
        assert!(bounded < boundless, "{bounded} of {boundless} bytes");
    }
}
