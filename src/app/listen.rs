//! Whether what is to be listened on can be: told with a reason, before anything is begun.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::admin::Settings as AdminSettings;
use crate::config::Config;
use crate::proxy::settings::Address;

use super::build::prepare_folder;

/// Tries every address first: Pingora would try a taken one for half a minute and then panic.
pub fn can_listen(config: &Config) -> Result<()> {
    for listener in &config.proxy.listeners {
        match &listener.address {
            Address::Tcp(address) => tcp(*address)?,
            Address::Unix { path, .. } => unix(path)?,
        }
    }
    match &config.admin {
        AdminSettings::Loopback { address, .. } => tcp(*address),
        AdminSettings::Socket(path) => unix(path),
    }
}

fn tcp(address: SocketAddr) -> Result<()> {
    let error = match TcpListener::bind(address) {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let hint = match error.kind() {
        ErrorKind::AddrInUse => "another program has it; `ss -ltnp` shows which",
        ErrorKind::PermissionDenied => {
            "ports below 1024 need CAP_NET_BIND_SERVICE, which the systemd unit gives; or choose a higher one"
        }
        ErrorKind::AddrNotAvailable => "no network interface has this address",
        _ => return Err(error).with_context(|| format!("cannot listen on {address}")),
    };
    bail!("cannot listen on {address}: {hint}");
}

/// A socket file that nobody listens on any more is taken away; Pingora would take away anything.
fn unix(path: &Path) -> Result<()> {
    prepare_folder(path)?;
    let shown = path.display();
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot listen on {shown}")),
    };
    if !found.file_type().is_socket() {
        bail!("cannot listen on {shown}: there is something that is no socket, and it is not ours to remove");
    }
    match UnixStream::connect(path) {
        Ok(_) => bail!("cannot listen on {shown}: another program has it; `ss -lxp` shows which"),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            fs::remove_file(path).with_context(|| format!("removing {shown}, which nobody listens on any more"))
        }
        // Full, or not ours to open: somebody may be there.
        Err(error) => {
            Err(error).with_context(|| format!("cannot listen on {shown}: it cannot be seen whether it is in use"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_a_socket_that_nobody_uses_is_taken_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("made/http.sock");
        unix(&path).expect("nothing is there");
        let listener = UnixListener::bind(&path).expect("its folder was made");
        let error = unix(&path).expect_err("somebody has it").to_string();
        assert!(error.contains("another program"), "{error}");
        drop(listener);
        unix(&path).expect("stale");
        assert!(!path.exists());
        fs::write(&path, "a letter").expect("written");
        let error = unix(&path).expect_err("no socket").to_string();
        assert!(error.contains("no socket") && path.exists(), "{error}");
    }
}
