//! The key file: made at the first start, read at each one, and changed whole.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::gate::keys::{Algorithm, KeyRing};
use crate::gate::seams::World;

/// Reads the key file. Where there is none a fresh one is made, private to its owner; two processes that start at once
/// end up with the same one.
pub fn load_or_create(file: &Path, algorithm: Algorithm, world: &dyn World) -> Result<KeyRing> {
    if let Some(ring) = load(file)? {
        return Ok(ring);
    }
    let fresh = KeyRing::generate_for(world, algorithm);
    let draft = draft(file, world);
    let written = write_private(&draft, fresh.write().expose()).and_then(|_| std::fs::hard_link(&draft, file));
    let removed = std::fs::remove_file(&draft);
    match written {
        Ok(()) => removed.with_context(|| format!("removing {}", draft.display()))?,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => return Err(e).with_context(|| format!("writing the key file {}", file.display())),
    }
    load(file)?.with_context(|| format!("the key file {} vanished", file.display()))
}

/// Puts a changed ring into the file's place: whole or not at all, private, and with the owner that it had. Whoever else
/// changes it at the same time waits, and then finds it changed.
pub fn change(file: &Path, world: &dyn World, change: impl FnOnce(&KeyRing) -> Result<KeyRing>) -> Result<KeyRing> {
    let named = || format!("the key file {}", file.display());
    // A link stays one: what it leads to is replaced.
    let file = &std::fs::canonicalize(file).with_context(named)?;
    let folder = File::open(file.parent().unwrap_or(Path::new("/"))).with_context(named)?;
    folder.lock().with_context(named)?;
    let ring = change(&load(file)?.with_context(|| format!("{} vanished", named()))?)?;
    let draft = draft(file, world);
    let put = || -> std::io::Result<()> {
        let (before, written) = (std::fs::metadata(file)?, write_private(&draft, ring.write().expose())?);
        let made = written.metadata()?;
        if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
            fchown(&written, Some(before.uid()), Some(before.gid()))?;
        }
        std::fs::rename(&draft, file)?;
        folder.sync_all()
    };
    put().inspect_err(|_| drop(std::fs::remove_file(&draft))).with_context(|| format!("changing {}", named()))?;
    Ok(ring)
}

fn draft(file: &Path, world: &dyn World) -> PathBuf {
    let mut tag = [0; 8];
    world.fill(&mut tag);
    file.with_extension(format!("{:016x}.tmp", u64::from_be_bytes(tag)))
}

/// `None` where there is no file.
pub fn load(file: &Path) -> Result<Option<KeyRing>> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(KeyRing::read(&text).with_context(|| format!("the key file {}", file.display()))?)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("reading the key file {}", file.display())),
    }
}

fn write_private(file: &Path, text: &str) -> std::io::Result<File> {
    let mut out = OpenOptions::new().create_new(true).write(true).mode(0o600).open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::app::world::SystemWorld;

    const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

    #[test]
    fn the_first_start_makes_a_private_key_and_later_ones_keep_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("keys.json");
        let world = SystemWorld::default();
        let first = load_or_create(&file, Algorithm::Hs256, &world).expect("makes");
        let second = load_or_create(&file, Algorithm::Hs256, &world).expect("reads");
        assert_eq!(first.all()[0].master, second.all()[0].master);
        let mode = std::fs::metadata(&file).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).expect("lists").count(), 1, "no draft is left");
    }

    #[test]
    fn a_broken_key_file_is_an_error_and_never_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("keys.json");
        std::fs::write(&file, "{}").expect("writes");
        assert!(load_or_create(&file, Algorithm::Hs256, &SystemWorld::default()).is_err());
        assert_eq!(std::fs::read_to_string(&file).expect("reads"), "{}");
    }

    #[test]
    fn a_change_is_whole_private_and_waits_for_others() {
        let dir = tempfile::tempdir().expect("a folder");
        let (file, world) = (dir.path().join("keys.json"), SystemWorld::default());
        load_or_create(&file, Algorithm::Hs256, &world).expect("makes");
        std::os::unix::fs::symlink(&file, dir.path().join("link")).expect("links");
        let rotate = |place: &Path| {
            let rotated = |ring: &KeyRing| Ok(ring.rotated(&world, Algorithm::Hs256, DAY, DAY)?);
            change(place, &world, rotated).expect("rotates");
        };
        let places = ["keys.json", "link", "keys.json", "link"].map(|name| dir.path().join(name));
        std::thread::scope(|scope| {
            for place in &places {
                scope.spawn(|| rotate(place));
            }
        });
        assert_eq!(load(&file).expect("reads").expect("there").all().len(), 5, "no rotation is lost");
        assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        assert!(dir.path().join("link").is_symlink());
        let before = std::fs::read_to_string(&file).expect("reads");
        assert!(change(&file, &world, |_| anyhow::bail!("no")).is_err());
        assert_eq!(std::fs::read_to_string(&file).expect("reads"), before);
        assert_eq!(std::fs::read_dir(dir.path()).expect("lists").count(), 2, "no draft is left");
    }
}
