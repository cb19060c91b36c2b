//! Finds lines in many files, on all cores, in the order in which they stand.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use memchr::{memchr, memchr_iter, memmem, memrchr};

use crate::domain::time::Wall;

use super::files::Part;
use super::query::Query;

/// What one thread looks through at a time.
const PIECE: u64 = 16 << 20;
/// Found lines are handed over in such portions, and so many of them wait.
const PORTION: usize = 256 << 10;
const WAITING: usize = 4;
/// Lines of one file may be so much earlier or later than those at its ends: several processes write into it, and clocks
/// are set.
const DISORDER: Duration = Duration::from_secs(3600);

/// A part of a file: the lines that begin in it.
struct Piece<'p> {
    part: &'p Part,
    begin: u64,
    end: u64,
}

type Portion = Result<Vec<u8>, (PathBuf, io::Error)>;

/// How much there was to look through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    pub files: usize,
    pub bytes: u64,
}

/// Why a search ended before its end.
#[derive(Debug)]
pub enum Stopped {
    Unreadable(PathBuf, io::Error),
    /// Nobody takes what is found.
    Output(io::Error),
}

/// Hands over each line that is asked for, without its break, file by file.
pub fn search(
    parts: &[Part],
    query: &Query,
    threads: usize,
    mut found: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<Extent, Stopped> {
    let looked: Vec<&Part> = parts.iter().filter(|part| concerns(part, query)).collect();
    let extent = Extent { files: looked.len(), bytes: looked.iter().map(|part| part.size).sum() };
    let cut = |part: &&'_ Part| -> Vec<(u64, u64)> {
        (0..part.size.div_ceil(PIECE)).map(|n| (n * PIECE, ((n + 1) * PIECE).min(part.size))).collect()
    };
    let pieces: Vec<Piece<'_>> =
        looked.iter().flat_map(|part| cut(part).into_iter().map(|(begin, end)| Piece { part, begin, end })).collect();
    let (senders, receivers): (Vec<_>, Vec<_>) = pieces.iter().map(|_| sync_channel::<Portion>(WAITING)).unzip();
    let senders: Vec<_> = senders.into_iter().map(|sender| Mutex::new(Some(sender))).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, pieces.len().max(1)) {
            scope.spawn(|| work(&pieces, &senders, &next, query));
        }
        let handed = hand_over(receivers, &mut found);
        if handed.is_err() {
            next.store(pieces.len(), Ordering::Release);
        }
        handed
    })?;
    Ok(extent)
}

/// In the order of the pieces. When it returns early nobody receives any more, which ends the threads.
fn hand_over(
    receivers: Vec<Receiver<Portion>>,
    found: &mut impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), Stopped> {
    for receiver in receivers {
        for portion in receiver {
            let portion = portion.map_err(|(path, error)| Stopped::Unreadable(path, error))?;
            for line in portion.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
                found(line).map_err(Stopped::Output)?;
            }
        }
    }
    Ok(())
}

/// Whether a file can have a line that is asked for.
fn concerns(part: &Part, query: &Query) -> bool {
    let (first, last) = (Wall::from_rfc3339(&part.first), Wall::from_rfc3339(&part.last));
    let bound = |text: &Option<String>| text.as_deref().and_then(Wall::from_rfc3339);
    // Where a clock was set back meanwhile, the last line is the earlier one.
    let early = bound(&query.from).zip(last.max(first)).is_some_and(|(from, last)| last.plus(DISORDER) < from);
    let late = bound(&query.until).zip(first.min(last)).is_some_and(|(until, first)| first.minus(DISORDER) >= until);
    !early && !late
}

fn work(pieces: &[Piece<'_>], senders: &[Mutex<Option<SyncSender<Portion>>>], next: &AtomicUsize, query: &Query) {
    let finder = query.needle().map(|needle| memmem::Finder::new(&needle).into_owned());
    let mut buffer = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::AcqRel);
        let (Some(piece), Some(sender)) = (pieces.get(number), senders.get(number)) else { return };
        let Some(sender) = sender.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let lines = match read(piece, &mut buffer) {
            Ok(lines) => lines,
            Err(error) => {
                // Nobody listening means that the search is over.
                let _ = sender.send(Err((piece.part.path.clone(), error)));
                return;
            }
        };
        let mut portion = Vec::new();
        let done = scan(lines, finder.as_ref(), query, |line| {
            portion.extend_from_slice(line);
            portion.push(b'\n');
            portion.len() < PORTION || sender.send(Ok(std::mem::take(&mut portion))).is_ok()
        });
        if !done || (!portion.is_empty() && sender.send(Ok(portion)).is_err()) {
            return;
        }
    }
}

/// The lines that begin in this piece, all of them whole.
fn read<'b>(piece: &Piece<'_>, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]> {
    let file = File::open(&piece.part.path)?;
    // With the byte before it: only behind a line break a line begins.
    let begin = piece.begin.saturating_sub(1);
    let length = usize::try_from(piece.end - begin).unwrap_or(usize::MAX);
    buffer.resize(length, 0);
    let got = read_at_most(&file, buffer, begin)?;
    buffer.truncate(got);
    let skipped = if piece.begin == 0 { 0 } else { memchr(b'\n', buffer).map_or(buffer.len(), |at| at + 1) };
    // What begins in it ends behind it.
    while skipped < buffer.len() && buffer.last() != Some(&b'\n') {
        let filled = buffer.len();
        buffer.resize(filled + (64 << 10), 0);
        let got = read_at_most(&file, &mut buffer[filled..], begin + filled as u64)?;
        let end = memchr(b'\n', &buffer[filled..filled + got]).map_or(filled + got, |at| filled + at + 1);
        buffer.truncate(end);
        if got == 0 {
            break;
        }
    }
    Ok(&buffer[skipped..])
}

/// Fewer bytes than there is room for only at the end of the file.
fn read_at_most(file: &File, room: &mut [u8], begin: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match file.read_at(&mut room[filled..], begin + filled as u64) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Hands over each wanted line; `false` when `take` wants no more.
fn scan(lines: &[u8], finder: Option<&memmem::Finder<'_>>, query: &Query, mut take: impl FnMut(&[u8]) -> bool) -> bool {
    let mut at = 0;
    let Some(finder) = finder else {
        for end in memchr_iter(b'\n', lines) {
            if query.wants(&lines[at..end]) && !take(&lines[at..end]) {
                return false;
            }
            at = end + 1;
        }
        return true;
    };
    while let Some(hit) = lines.get(at..).and_then(|rest| finder.find(rest)).map(|hit| at + hit) {
        let begin = memrchr(b'\n', &lines[at..hit]).map_or(at, |before| at + before + 1);
        // Half a line at the end is still being written.
        let Some(end) = memchr(b'\n', &lines[hit..]).map(|after| hit + after) else { return true };
        if query.wants(&lines[begin..end]) && !take(&lines[begin..end]) {
            return false;
        }
        at = end + 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_once_wherever_files_are_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jsonl");
        let line = |n: usize| {
            let pad = "x".repeat(n % 700);
            format!(r#"{{"at":"2026-03-04T05:06:07.008Z","kind":"access","object":"id={n}","user":"{pad}"}}"#) + "\n"
        };
        let text: String = (0..60_000).map(line).collect();
        assert!(text.len() as u64 > PIECE, "more than one piece");
        std::fs::write(&path, &text).expect("written");
        let parts = [Part::open(&path, true).expect("there")];
        let mut all = Vec::new();
        let mut keep = |line: &[u8]| {
            all.extend_from_slice(line);
            all.push(b'\n');
            Ok(())
        };
        search(&parts, &Query::default(), 3, &mut keep).expect("found");
        assert!(all == text.as_bytes(), "all lines, in order");
        let query = Query { object: Some("59999".to_owned()), ..Query::default() };
        let mut one = Vec::new();
        search(&parts, &query, 3, |line| {
            one.push(line.to_vec());
            Ok(())
        })
        .expect("found");
        assert_eq!(one.len(), 1);
        let stop = |_: &[u8]| Err(io::Error::other("enough"));
        assert!(matches!(search(&parts, &Query::default(), 3, stop), Err(Stopped::Output(_))));
    }
}
