//! The site that every server serves: an open corner, one that is guarded, and files under the names that attacks use.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Stands in everything that is guarded, and nowhere else.
pub const MARKER: &str = "MARKER-4711-protected";

const NAMES: &[&str] = &["b", "secret.txt", "index.html", "x.aspx", "1", "~u", "c d", "患者"];

/// A folder that a server which gives up its rights can still read.
pub struct Site {
    _folder: tempfile::TempDir,
    /// What is served.
    pub root: PathBuf,
    /// For configurations and process files.
    pub house: PathBuf,
}

impl Site {
    pub fn make() -> Site {
        let open = fs::Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().prefix("sekisho-site-").permissions(open).tempdir().expect("a folder");
        let (root, house) = (folder.path().join("site"), folder.path().join("house"));
        for (corner, text) in [("protected", MARKER), ("public", "open"), ("", "outside")] {
            for below in ["", "a", "x"] {
                write_all(&root.join(corner).join(below), text);
            }
        }
        fs::create_dir_all(&house).expect("a folder");
        Site { _folder: folder, root, house }
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.house.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("written");
        path
    }
}

fn write_all(folder: &Path, text: &str) {
    fs::create_dir_all(folder).expect("a folder");
    for name in NAMES {
        fs::write(folder.join(name), text).expect("written");
    }
}
