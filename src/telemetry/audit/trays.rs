//! Access lines on their way to the thread that writes them.
//!
//! Each worker lays its lines into a tray of its own and waits for nobody: the lock of a tray is only ever met by the
//! writer, ten times a second, for as long as it takes to exchange two buffers.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::address;
use crate::domain::event::Access;
use crate::domain::time::Wall;
use crate::telemetry::split::worker;

/// Lines of one worker that may wait for the disk.
pub const MOST: usize = 32_768;
/// And bytes of them: as many lines of ordinary length have 12 MB, and of the longest paths 270.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// When fewer places than this are free, guarded routes close until the disk has caught up; what was let in before that
/// still finds a place.
pub const RESERVE: usize = MOST / 8;
/// More workers than this share trays.
const TRAYS: usize = 64;
/// Where a line's time stands, after `{"at":"`.
const AT: std::ops::Range<usize> = 7..31;
/// A buffer that a rush made larger than this is given back when it is over.
pub const SPARE: usize = 1024 * 1024;

pub struct Trays(Box<[Tray]>);

/// Apart from the others' by more than a line of any processor's cache.
#[repr(align(128))]
#[derive(Default)]
struct Tray {
    page: Mutex<Page>,
    lines: AtomicUsize,
    bytes: AtomicUsize,
    /// Lines in the writer's hands.
    saving: AtomicUsize,
}

#[derive(Default)]
struct Page {
    /// Lines, each with its line feed.
    text: Vec<u8>,
    /// What the clock said at the last line, and how that is written.
    at: Wall,
    written: String,
}

impl Default for Trays {
    fn default() -> Trays {
        Trays((0..TRAYS).map(|_| Tray::default()).collect())
    }
}

impl Trays {
    /// Lays down a line; `more` stands between its kind and the rest. `false` when there is no place.
    pub fn put(&self, at: Wall, more: &str, access: &Access<'_>) -> bool {
        let tray = self.own();
        if !tray.has_place(MOST, 2 * MOST_BYTES) {
            return false;
        }
        let mut page = tray.page();
        page.put(at, more, access);
        tray.lines.fetch_add(1, Ordering::AcqRel);
        tray.bytes.store(page.text.len(), Ordering::Release);
        true
    }

    /// Whether this worker's requests will find a place for their lines.
    pub fn is_open(&self) -> bool {
        self.own().is_open()
    }

    /// Whether those of every worker will.
    pub fn are_open(&self) -> bool {
        self.0.iter().all(Tray::is_open)
    }

    /// Lines that wait for the disk.
    pub fn waiting(&self) -> usize {
        self.0.iter().map(Tray::waiting).sum()
    }

    /// Empties all trays to the end of `text`, in the order of time. The lines count as being saved until they are
    /// [`Trays::saved`].
    pub fn take(&self, text: &mut Vec<u8>, spares: &mut Vec<Vec<u8>>) {
        let mut taken = Vec::new();
        for tray in self.0.iter().filter(|tray| tray.lines.load(Ordering::Acquire) > 0) {
            let mut page = tray.page();
            tray.saving.fetch_add(tray.lines.swap(0, Ordering::AcqRel), Ordering::AcqRel);
            tray.bytes.store(0, Ordering::Release);
            taken.push(std::mem::replace(&mut page.text, spares.pop().unwrap_or_default()));
        }
        match taken.as_slice() {
            [] => {}
            [only] => text.extend_from_slice(only),
            all => {
                let mut lines: Vec<&[u8]> = all.iter().flat_map(|page| lines(page)).collect();
                lines.sort_by_key(|line| line.get(AT));
                lines.iter().for_each(|line| text.extend_from_slice(line));
            }
        }
        for mut page in taken {
            page.clear();
            page.shrink_to(SPARE);
            spares.push(page);
        }
    }

    /// All that was taken so far is on the disk.
    pub fn saved(&self) {
        self.0.iter().for_each(|tray| tray.saving.store(0, Ordering::Release));
    }

    fn own(&self) -> &Tray {
        &self.0[worker() % TRAYS]
    }
}

/// The lines of a text, each with its line feed.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

impl Tray {
    fn waiting(&self) -> usize {
        self.lines.load(Ordering::Acquire) + self.saving.load(Ordering::Acquire)
    }

    fn has_place(&self, most: usize, bytes: usize) -> bool {
        self.waiting() < most && self.bytes.load(Ordering::Acquire) < bytes
    }

    fn is_open(&self) -> bool {
        self.has_place(MOST - RESERVE, MOST_BYTES)
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    fn put(&mut self, at: Wall, more: &str, access: &Access<'_>) {
        if at != self.at || self.written.is_empty() {
            (self.at, self.written) = (at, at.rfc3339());
        }
        let out = &mut self.text;
        let begin = ["{\"at\":\"", &self.written, "\",\"kind\":\"access\",", more];
        begin.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
        write_access(out, access);
        out.extend_from_slice(b"}\n");
    }
}

/// The fields of an access, as serde would write them. It is done for every request, and by hand costs a third.
fn write_access(out: &mut Vec<u8>, access: &Access<'_>) {
    let Access { user, emergency, route, method, path, object, status, client, request } = access;
    let (first, route_name) = ("\"user\":", if *emergency { ",\"emergency\":true,\"route\":" } else { ",\"route\":" });
    let texts = [(first, *user), (route_name, route), (",\"method\":", method), (",\"path\":", path)];
    let object = object.as_deref().map(|object| (",\"object\":", object));
    for (name, text) in texts.into_iter().chain(object) {
        out.extend_from_slice(name.as_bytes());
        write_text(out, text);
    }
    // Writing into memory does not fail.
    let _ = write!(out, ",\"status\":{status},\"client\":\"");
    address::append(out, *client);
    out.extend_from_slice(b"\",\"request\":\"");
    out.extend_from_slice(request.as_str().as_bytes());
    out.push(b'"');
}

/// A JSON string.
fn write_text(out: &mut Vec<u8>, text: &str) {
    let odd = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\');
    if text.bytes().fold(0, |any, byte| any | odd(byte)) != 0 {
        // Text always has a JSON form.
        let _ = serde_json::to_writer(out, text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::RequestId;

    #[test]
    fn an_access_is_written_as_serde_writes_it() {
        let request = RequestId::from_random([1; 16]);
        for (text, object, client) in [
            ("alice", None, "192.0.2.1"),
            ("山田", Some("id=4711".to_owned()), "2001:db8::1"),
            ("a\"b\\c\n\u{1}\u{7f}/", Some("\t".to_owned()), "255.0.10.100"),
        ] {
            let client = client.parse().expect("address");
            let (user, route, method, path) = (text, "records", "GET", text);
            let emergency = object.is_some();
            let access =
                Access { user, emergency, route, method, path, object, status: 404, client, request: &request };
            let mut written = b"{".to_vec();
            write_access(&mut written, &access);
            written.push(b'}');
            let expected = serde_json::to_string(&access).expect("JSON");
            assert_eq!(String::from_utf8(written).expect("text"), expected);
        }
    }

    fn put(trays: &Trays, at: i64) -> bool {
        let request = RequestId::from_random([1; 16]);
        let client = "192.0.2.1".parse().expect("address");
        let (user, route, method, path) = ("al\"ice", "records", "GET", "/records/1\n");
        let access = Access {
            user,
            emergency: false,
            route,
            method,
            path,
            object: None,
            status: 200,
            client,
            request: &request,
        };
        trays.put(Wall(at), "\"node\":\"n\",", &access)
    }

    #[test]
    fn lines_of_many_workers_are_taken_in_the_order_of_time() {
        let trays = Trays::default();
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let trays = &trays;
                scope.spawn(move || (0..100).for_each(|n| assert!(put(trays, 1_800_000_000_000 + n * 4 + worker))));
            }
        });
        assert_eq!(trays.waiting(), 400);
        let (mut text, mut spares) = (b"{}\n".to_vec(), Vec::new());
        trays.take(&mut text, &mut spares);
        let read = |line: &[u8]| serde_json::from_slice::<serde_json::Value>(line).expect("JSON");
        let written: Vec<_> = lines(&text).skip(1).map(read).collect();
        assert_eq!((written.len(), trays.waiting()), (400, 400), "they wait until they are on the disk");
        let times: Vec<_> = written.iter().map(|line| line["at"].as_str().expect("text").to_owned()).collect();
        assert!(times.is_sorted());
        assert_eq!((times[0].as_str(), times[399].as_str()), ("2027-01-15T08:00:00.000Z", "2027-01-15T08:00:00.399Z"));
        assert_eq!((&written[7]["user"], &written[7]["path"]), (&"al\"ice".into(), &"/records/1\n".into()));
        trays.saved();
        assert_eq!(trays.waiting(), 0);
        trays.take(&mut text, &mut spares);
        assert_eq!(lines(&text).count(), 401, "nothing is taken twice");
    }

    #[test]
    fn it_closes_before_a_line_is_lost_and_loses_none_in_silence() {
        let trays = Trays::default();
        assert!((0..MOST - RESERVE).all(|_| trays.is_open() && put(&trays, 0)));
        assert!(!trays.is_open());
        assert!((0..RESERVE).all(|_| put(&trays, 0)), "what was let in before finds a place");
        assert!(!put(&trays, 0));
        trays.take(&mut Vec::new(), &mut Vec::new());
        assert!(!trays.is_open(), "the disk is still at it");
        trays.saved();
        assert!(trays.is_open());
    }

    #[test]
    fn what_one_worker_let_in_finds_its_place_whatever_others_laid_down() {
        let trays = Trays::default();
        let busy = || (0..MOST - RESERVE - 1).all(|_| put(&trays, 0));
        std::thread::scope(|scope| {
            [scope.spawn(busy), scope.spawn(busy)].map(|one| assert!(one.join().expect("good")))
        });
        assert!(trays.is_open() && trays.are_open());
        trays.take(&mut Vec::new(), &mut Vec::new());
        assert!(put(&trays, 0) && trays.is_open(), "this worker has laid down nothing so far");
        std::thread::scope(|scope| {
            let full = scope.spawn(|| (0..MOST).all(|_| put(&trays, 0)) && !trays.is_open());
            assert!(full.join().expect("good"));
        });
        assert!(trays.is_open() && !trays.are_open(), "another one is full");
    }

    #[test]
    fn long_lines_close_earlier() {
        let trays = Trays::default();
        let (request, path) = (RequestId::from_random([1; 16]), "/".repeat(8192));
        let client = "192.0.2.1".parse().expect("address");
        let access = Access {
            user: "alice",
            emergency: false,
            route: "records",
            method: "GET",
            path: &path,
            object: None,
            status: 200,
            client,
            request: &request,
        };
        let laid = (0..MOST).take_while(|_| trays.is_open() && trays.put(Wall(0), "", &access)).count();
        assert!((4000..4100).contains(&laid), "{laid}");
        assert!(trays.put(Wall(0), "", &access), "what was let in before finds a place");
    }
}
