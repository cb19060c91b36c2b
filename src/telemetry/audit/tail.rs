//! The last lines, and those that come.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use memchr::memrchr;

use super::files;
use super::query::Query;

/// What is read at a time.
const PIECE: u64 = 1 << 20;

/// The last `count` lines that are asked for, the oldest first.
pub fn last(path: &Path, count: usize, query: &Query) -> io::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for part in files::all(path)?.0.iter().rev() {
        if found.len() >= count {
            break;
        }
        backwards(&File::open(&part.path)?, part.size, |line| {
            if query.wants(line) {
                found.push(line.to_vec());
            }
            found.len() < count
        })?;
    }
    found.truncate(count);
    found.reverse();
    Ok(found)
}

/// Hands over whole lines from the last to the first, as long as `more` says.
fn backwards(file: &File, size: u64, mut more: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
    // What is left of the line that the piece behind began with.
    let mut rest = Vec::new();
    let (mut end, mut at_the_end) = (size, true);
    while end > 0 {
        let begin = end.saturating_sub(PIECE);
        let mut piece = vec![0; usize::try_from(end - begin).unwrap_or(0)];
        file.read_exact_at(&mut piece, begin)?;
        piece.extend_from_slice(&rest);
        let mut until = piece.len();
        while let Some(at) = memrchr(b'\n', &piece[..until]) {
            // Behind the last line break there is nothing, or half a line.
            if !std::mem::take(&mut at_the_end) && !more(&piece[at + 1..until]) {
                return Ok(());
            }
            until = at;
        }
        piece.truncate(until);
        rest = piece;
        end = begin;
    }
    if !at_the_end && !rest.is_empty() {
        more(&rest);
    }
    Ok(())
}

/// Follows a file, and whatever takes its place.
pub struct Follower {
    path: PathBuf,
    file: File,
    inode: u64,
    at: u64,
}

impl Follower {
    /// Begins at the end of what is there now.
    pub fn new(path: &Path) -> io::Result<Follower> {
        let file = File::open(path)?;
        let there = file.metadata()?;
        let mut follower = Follower { path: path.to_owned(), file, inode: there.ino(), at: there.len() };
        // Half a line there is told once it is whole.
        let mut byte = [0];
        while follower.at > 0 {
            follower.file.read_exact_at(&mut byte, follower.at - 1)?;
            if byte[0] == b'\n' {
                break;
            }
            follower.at -= 1;
        }
        Ok(follower)
    }

    /// What was written since.
    pub fn news(&mut self, mut tell: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        loop {
            self.rest(&mut tell)?;
            match std::fs::metadata(&self.path) {
                Ok(there) if there.ino() != self.inode => {
                    // What came into the old one meanwhile belongs before what is in the new one.
                    self.rest(&mut tell)?;
                    self.file = File::open(&self.path)?;
                    (self.inode, self.at) = (self.file.metadata()?.ino(), 0);
                }
                _ => return Ok(()),
            }
        }
    }

    fn rest(&mut self, tell: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let size = self.file.metadata()?.len();
        self.at = self.at.min(size);
        let mut piece = vec![0; usize::try_from(size - self.at).unwrap_or(0)];
        self.file.read_exact_at(&mut piece, self.at)?;
        let whole = memrchr(b'\n', &piece).map_or(0, |at| at + 1);
        self.at += whole as u64;
        piece[..whole].split(|b| *b == b'\n').filter(|line| !line.is_empty()).try_for_each(tell)
    }
}
