//! The key file: read at start, made on the first one.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use crate::gate::keys::KeyRing;
use crate::gate::seams::World;

/// Reads the key file. Where there is none a fresh one is made, private to its owner; two processes that start at once
/// end up with the same one.
pub fn load_or_create(file: &Path, world: &dyn World) -> Result<KeyRing> {
    if let Some(ring) = load(file)? {
        return Ok(ring);
    }
    let fresh = KeyRing::generate(world);
    let mut tag = [0; 8];
    world.fill(&mut tag);
    let draft = file.with_extension(format!("{:016x}.tmp", u64::from_be_bytes(tag)));
    let written = write_private(&draft, fresh.write().expose()).and_then(|()| std::fs::hard_link(&draft, file));
    let removed = std::fs::remove_file(&draft);
    match written {
        Ok(()) => removed.with_context(|| format!("removing {}", draft.display()))?,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => return Err(e).with_context(|| format!("writing the key file {}", file.display())),
    }
    load(file)?.with_context(|| format!("the key file {} vanished", file.display()))
}

fn load(file: &Path) -> Result<Option<KeyRing>> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(KeyRing::read(&text).with_context(|| format!("the key file {}", file.display()))?)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("reading the key file {}", file.display())),
    }
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut out = OpenOptions::new().create_new(true).write(true).mode(0o600).open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::app::world::SystemWorld;

    #[test]
    fn the_first_start_makes_a_private_key_and_later_ones_keep_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("keys.json");
        let world = SystemWorld::default();
        let first = load_or_create(&file, &world).expect("makes");
        let second = load_or_create(&file, &world).expect("reads");
        assert_eq!(first.current().master, second.current().master);
        let mode = std::fs::metadata(&file).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).expect("lists").count(), 1, "no draft is left");
    }

    #[test]
    fn a_broken_key_file_is_an_error_and_never_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("keys.json");
        std::fs::write(&file, "{}").expect("writes");
        assert!(load_or_create(&file, &SystemWorld::default()).is_err());
        assert_eq!(std::fs::read_to_string(&file).expect("reads"), "{}");
    }
}
