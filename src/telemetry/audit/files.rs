//! Which files the audit consists of, and in which order.
//!
//! The one that is written has the configured name (`audit.jsonl`). Those of before lie beside it: ours are called after
//! their first line (`audit-2026-11-22T00-00-00Z.jsonl`), those of logrotate `audit.jsonl.1` or `audit.jsonl-20261122`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::record::at_of;

/// A line that says when it was made is looked for in so many bytes at either end of a file.
const ENDS: u64 = 1 << 18;
/// No line of ours comes near it; what is longer is no audit, and memory is bounded.
const LONGEST: usize = 64 << 20;
/// What a file was packed with that nobody can search in.
const PACKED: [&str; 4] = ["gz", "xz", "zst", "bz2"];

/// A file of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub path: PathBuf,
    /// Whether we named it, so that keeping it is ours too.
    pub ours: bool,
    /// When its first and its last line were made; empty where it has none.
    pub first: String,
    pub last: String,
    pub size: u64,
}

impl Part {
    pub fn open(path: &Path, ours: bool) -> io::Result<Part> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let (head, tail) = (piece(&file, 0, size)?, piece(&file, size.saturating_sub(ENDS), size)?);
        let first = head.split(|b| *b == b'\n').find_map(at_of).unwrap_or_default().to_owned();
        let last = tail.rsplit(|b| *b == b'\n').find_map(at_of).unwrap_or(&first).to_owned();
        Ok(Part { path: path.to_owned(), ours, first, last, size })
    }
}

fn piece(file: &File, begin: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from((end - begin).min(ENDS)).unwrap_or(0)];
    file.read_exact_at(&mut bytes, begin)?;
    Ok(bytes)
}

/// All files of the audit that is written at `path`, the oldest first, and the names of packed ones among them.
pub fn all(path: &Path) -> io::Result<(Vec<Part>, Vec<PathBuf>)> {
    let (mut parts, mut packed) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder(path))? {
        let found = entry?.path();
        match belongs(path, &found) {
            Some(Belongs::Ours) => parts.push(named(Part::open(&found, true), &found)?),
            Some(Belongs::Moved) => parts.push(named(Part::open(&found, false), &found)?),
            Some(Belongs::Packed) => packed.push(found),
            None => {}
        }
    }
    parts.sort_by(|a, b| (&a.first, &a.path).cmp(&(&b.first, &b.path)));
    match Part::open(path, false) {
        Ok(part) => parts.push(part),
        // Between the moment in which it is moved away and the next line there is none.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return named(Err(error), path),
    }
    packed.sort();
    Ok((parts, packed))
}

fn named<T>(result: io::Result<T>, path: &Path) -> io::Result<T> {
    result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    Ours,
    Moved,
    Packed,
}

fn belongs(path: &Path, found: &Path) -> Option<Belongs> {
    let (active, name) = (path.file_name()?.to_str()?, found.file_name()?.to_str()?);
    let (bare, packed) = match name.rsplit_once('.') {
        Some((bare, ending)) if PACKED.contains(&ending) => (bare, true),
        _ => (name, false),
    };
    let numbered = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let moved = bare.strip_prefix(active).and_then(|rest| rest.strip_prefix(['.', '-'])).is_some_and(numbered);
    let (stem, ending) = halves(path);
    let dated = bare.strip_prefix(&stem).and_then(|rest| rest.strip_prefix('-')).and_then(|r| r.strip_suffix(&ending));
    match () {
        () if packed && (moved || dated.is_some_and(is_dated)) => Some(Belongs::Packed),
        () if dated.is_some_and(is_dated) => Some(Belongs::Ours),
        () if moved => Some(Belongs::Moved),
        () => None,
    }
}

/// `2026-11-22T00-00-00Z`, and `-2` behind it where there were several.
fn is_dated(text: &str) -> bool {
    const LIKE: &[u8] = b"0000-00-00T00-00-00Z";
    let Some((date, more)) = text.split_at_checked(LIKE.len()) else { return false };
    let fits = |(b, like): (u8, &u8)| if *like == b'0' { b.is_ascii_digit() } else { b == *like };
    let counted = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    date.bytes().zip(LIKE).all(fits) && (more.is_empty() || more.strip_prefix('-').is_some_and(counted))
}

/// The name that a file whose first line was made at `first` gets when it is put aside; nobody has it yet.
pub fn aside(path: &Path, first: &str) -> PathBuf {
    let (stem, ending) = halves(path);
    let date = first.get(..19).unwrap_or("0000-00-00T00:00:00").replace(':', "-");
    let plain = format!("{stem}-{date}Z{ending}");
    let counted = (2..).map(|n: u32| format!("{stem}-{date}Z-{n}{ending}"));
    let names = std::iter::once(plain).chain(counted).map(|name| path.with_file_name(name));
    names.into_iter().find(|name| name.symlink_metadata().is_err()).unwrap_or_else(|| path.with_extension("aside"))
}

fn halves(path: &Path) -> (String, String) {
    let text = |part: Option<&OsStr>| part.and_then(OsStr::to_str).unwrap_or_default().to_owned();
    let ending = text(path.extension());
    (text(path.file_stem()), if ending.is_empty() { ending } else { format!(".{ending}") })
}

pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A command that root gives may make a file before the service does: it belongs to whom the folder belongs to.
pub fn own(path: &Path) -> io::Result<()> {
    let (there, owner) = (path.symlink_metadata()?, std::fs::metadata(folder(path))?);
    if there.uid() == 0 && owner.uid() != 0 {
        // Never what a link leads to: whoever owns the folder could put one there.
        std::os::unix::fs::lchown(path, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

/// How to open a file for writing: root follows no link in a folder that somebody else owns.
pub fn flags(path: &Path) -> io::Result<i32> {
    // SAFETY: `geteuid` has no preconditions and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    let strange = root && std::fs::metadata(folder(path))?.uid() != 0;
    Ok(if strange { libc::O_NOFOLLOW } else { 0 })
}

/// Reads a file line by line, in pieces of bounded size. `look` gets each line without its break, the offset at which it
/// begins, and whether it was ended; `Break` ends the reading.
pub fn lines<B>(
    file: &mut dyn Read,
    begin: u64,
    mut look: impl FnMut(&[u8], u64, bool) -> std::ops::ControlFlow<B>,
) -> io::Result<Option<B>> {
    let mut buffer = vec![0; 1 << 20];
    let (mut filled, mut offset) = (0, begin);
    loop {
        if filled == buffer.len() {
            // One line is longer than all of it.
            if buffer.len() >= LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line has more than 64 MiB"));
            }
            buffer.resize(buffer.len() * 2, 0);
        }
        let read = match file.read(&mut buffer[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let end = filled + read;
        let mut at = 0;
        for line_end in memchr::memchr_iter(b'\n', &buffer[filled..end]).map(|i| filled + i) {
            if let std::ops::ControlFlow::Break(value) = look(&buffer[at..line_end], offset, true) {
                return Ok(Some(value));
            }
            offset += (line_end + 1 - at) as u64;
            at = line_end + 1;
        }
        buffer.copy_within(at..end, 0);
        filled = end - at;
        if read == 0 {
            if filled > 0
                && let std::ops::ControlFlow::Break(value) = look(&buffer[..filled], offset, false)
            {
                return Ok(Some(value));
            }
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_put_aside_belongs_to_it() {
        let path = Path::new("/x/audit.jsonl");
        for (name, wanted) in [
            ("audit-2026-11-22T00-00-00Z.jsonl", Some(Belongs::Ours)),
            ("audit-2026-11-22T00-00-00Z-12.jsonl", Some(Belongs::Ours)),
            ("audit-2026-11-22T00-00-00Z.jsonl.gz", Some(Belongs::Packed)),
            ("audit.jsonl.1", Some(Belongs::Moved)),
            ("audit.jsonl-20261122", Some(Belongs::Moved)),
            ("audit.jsonl.2.gz", Some(Belongs::Packed)),
            ("audit.jsonl", None),
            ("audit.jsonl.bak", None),
            ("audit-2026.jsonl", None),
            ("audit-notes.jsonl", None),
            ("audit-2026-11-22T00-00-00Z-.jsonl", None),
            ("sekisho.db", None),
        ] {
            assert_eq!(belongs(path, &Path::new("/x").join(name)), wanted, "{name}");
        }
    }

    #[test]
    fn lines_come_whole_with_their_places() {
        let long = "x".repeat(3 << 20);
        let text = format!("a\n\n{long}\nhalf");
        let mut seen = Vec::new();
        let none: Option<()> = lines(&mut text.as_bytes(), 10, |line, at, ended| {
            seen.push((line.len(), at, ended));
            std::ops::ControlFlow::Continue(())
        })
        .expect("reads");
        assert_eq!(none, None);
        assert_eq!(seen, [(1, 10, true), (0, 12, true), (3 << 20, 13, true), (4, 14 + (3 << 20), false)]);
    }
}
