//! The sheets of emergency access, in a file of their own: read and changed whole, so that they open with every other part
//! down. The commands and the gate share it by a lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::emergency::Book;
use crate::gate::seams::{Sheets, SheetsError, SheetsStamp, SheetsWork};

/// Whoever has the lock writes a small file; one that has it longer hangs.
const LOCK_TRIES: u32 = 400;
const LOCK_WAIT: Duration = Duration::from_millis(5);
/// Thousands of sheets fit in; what is longer was not written by us.
const LONGEST: u64 = 16 << 20;

/// The file, whether or not it is there yet.
#[derive(Debug, Clone)]
pub struct SheetFile {
    path: Arc<Path>,
}

impl SheetFile {
    pub fn new(path: PathBuf) -> SheetFile {
        SheetFile { path: path.into() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it; nothing where it is not there.
    pub fn load(&self) -> io::Result<Book> {
        let mut text = String::new();
        match File::open(&self.path) {
            Ok(file) => file.take(LONGEST).read_to_string(&mut text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Book::default()),
            Err(error) => return Err(error),
        };
        serde_json::from_str(&text).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
    }

    /// Changes it, whole or not at all, durable when it returns. Where `work` answers with an error nothing is written.
    pub fn change<T, E: From<io::Error>>(&self, work: impl FnOnce(&mut Book) -> Result<T, E>) -> Result<T, E> {
        let folder = File::open(self.folder())?;
        lock(&folder)?;
        let mut book = self.load()?;
        let before = book.clone();
        let answer = work(&mut book)?;
        if book != before {
            self.put(&book, &folder)?;
        }
        Ok(answer)
    }

    fn put(&self, book: &Book, folder: &File) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(book).map_err(io::Error::other)?;
        // Nobody else writes it: the folder is locked. One that was left behind is written over.
        let draft = self.path.with_extension("json.tmp");
        let written = self.write(&draft, &text).and_then(|()| std::fs::rename(&draft, &self.path));
        written.inspect_err(|_| drop(std::fs::remove_file(&draft)))?;
        folder.sync_all()
    }

    /// Private, and of whom the file before it or the folder belongs to: root gives commands too.
    fn write(&self, draft: &Path, text: &[u8]) -> io::Result<()> {
        let mut out = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(draft)?;
        let owner = std::fs::metadata(&self.path).or_else(|_| std::fs::metadata(self.folder()))?;
        if out.metadata()?.uid() != owner.uid() {
            fchown(&out, Some(owner.uid()), Some(owner.gid()))?;
        }
        out.write_all(text)?;
        out.sync_all()
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(SheetFile) -> io::Result<T> + Send + 'static,
    ) -> Result<T, SheetsError> {
        let (file, path) = (self.clone(), self.path.clone());
        let done = tokio::task::spawn_blocking(move || work(file)).await;
        let done = done.unwrap_or_else(|panic| Err(io::Error::other(panic)));
        done.map_err(|error| SheetsError(format!("{}: {error}", path.display())))
    }
}

#[async_trait]
impl Sheets for SheetFile {
    fn stamp(&self) -> SheetsStamp {
        let found = std::fs::metadata(&self.path).ok()?;
        Some((found.mtime(), found.mtime_nsec(), found.size(), found.ino()))
    }

    async fn read(&self) -> Result<Book, SheetsError> {
        self.aside(|file| file.load()).await
    }

    async fn change(&self, work: SheetsWork) -> Result<bool, SheetsError> {
        self.aside(|file| file.change(|book| changed(book, work))).await
    }
}

/// What the work refuses leaves the book as it was.
fn changed(book: &mut Book, work: SheetsWork) -> io::Result<bool> {
    let mut draft = book.clone();
    let done = work(&mut draft);
    if done {
        *book = draft;
    }
    Ok(done)
}

fn lock(folder: &File) -> io::Result<()> {
    for _ in 0..LOCK_TRIES {
        match folder.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_WAIT),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(ErrorKind::TimedOut, "another process keeps the folder locked"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::emergency::{Serial, Sheet};
    use crate::domain::time::Wall;

    fn sheet(serial: &str) -> Sheet {
        Sheet {
            serial: Serial::parse(serial).expect("a serial"),
            scope: "records".to_owned(),
            mac: String::new(),
            printed: Wall(0),
            ends: Wall(10),
            by: "uid 0".to_owned(),
            withdrawn: None,
            opened: None,
            reviewed: None,
        }
    }

    #[test]
    fn it_is_private_whole_and_changed_by_one_at_a_time() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = SheetFile::new(dir.path().join("emergency.json"));
        assert_eq!(file.load().expect("nothing is something too"), Book::default());
        std::thread::scope(|scope| {
            for serial in ["AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD"] {
                let file = &file;
                scope.spawn(move || {
                    let add = |book: &mut Book| {
                        book.sheets.push(sheet(serial));
                        Ok::<(), io::Error>(())
                    };
                    file.change(add).expect("changed");
                });
            }
        });
        assert_eq!(file.load().expect("reads").sheets.len(), 4, "none is lost");
        let before = file.stamp();
        let refused = file.change(|book| {
            book.sheets.clear();
            Err::<(), _>(io::Error::other("no"))
        });
        assert!(refused.is_err() && file.stamp() == before && file.load().expect("reads").sheets.len() == 4);
        assert_eq!(file.path().metadata().expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).expect("lists").count(), 1, "no draft is left");
    }

    #[tokio::test]
    async fn half_a_file_is_an_error_and_never_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = SheetFile::new(dir.path().join("emergency.json"));
        std::fs::write(file.path(), "{\"sheets\": [").expect("written");
        assert!(Sheets::read(&file).await.is_err());
        assert!(Sheets::change(&file, Box::new(|_| true)).await.is_err());
        assert_eq!(std::fs::read_to_string(file.path()).expect("reads"), "{\"sheets\": [");
    }
}
