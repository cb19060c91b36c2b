//! Tells systemd how we are (`sd_notify(3)`): one datagram to a socket that it names, and nothing where it names none.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;

/// Sends a state such as `READY=1`. Nobody is kept waiting by a manager that does not read, and none of it stops us.
pub fn tell(manager: Option<&Path>, state: &str) {
    let Some(manager) = manager else { return };
    if let Err(error) = send(manager, state) {
        tracing::warn!(%error, state, "the service manager could not be told");
    }
}

fn send(manager: &Path, state: &str) -> std::io::Result<()> {
    // A name that begins with @ is in the abstract namespace.
    let address = match manager.as_os_str().as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(manager)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(state.as_bytes(), &address).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manager_is_told_under_a_path_and_under_an_abstract_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let name = format!("sekisho-test-{}", std::process::id());
        let abstracted = SocketAddr::from_abstract_name(&name).expect("a name");
        let listening = [
            (path.clone(), UnixDatagram::bind(&path).expect("bound")),
            (format!("@{name}").into(), UnixDatagram::bind_addr(&abstracted).expect("bound")),
        ];
        for (address, socket) in listening {
            tell(Some(&address), "READY=1");
            let mut heard = [0; 32];
            let length = socket.recv(&mut heard).expect("a datagram");
            assert_eq!(&heard[..length], b"READY=1");
        }
        tell(Some(&folder.path().join("nobody")), "READY=1");
        tell(None, "READY=1");
    }
}
