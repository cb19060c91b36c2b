//! What the hot path costs: how often each piece of the way of a request asks for memory. Where a number falls, it is
//! written down here, so that it never rises again unnoticed.

#[path = "../benches/rows/mod.rs"]
mod rows;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use sekisho::domain::path::RequestPath;
use sekisho::domain::path::allow::Allowances;
use sekisho::domain::pattern::PathPattern;
use sekisho::domain::route::{Facts, Need, Route, RouteTable};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller promised what the system's allocator wants.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: it came from the system's allocator above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = COUNT.with(Cell::get);
    let done = work();
    (done, COUNT.with(Cell::get) - before)
}

#[test]
fn an_ordinary_path_is_read_with_one_allocation_and_judged_with_none() {
    let route = |path: &str| {
        Arc::new(Route {
            name: path.into(),
            hosts: Vec::new(),
            path: PathPattern::parse(path).expect("pattern"),
            methods: vec!["GET".to_owned()],
            from: Vec::new(),
            need: Need::Open,
            upstream: Some("app".into()),
            object: None,
            end_on: Vec::new(),
            form: None,
            bounds: Default::default(),
            allow: Allowances::default(),
        })
    };
    let table = RouteTable::new(vec![route("/static/**"), route("/patients/{id}"), route("/患者/**"), route("/**")]);
    let client = "192.0.2.1".parse().expect("address");
    for target in ["/", "/patients/4711/studies?x=1;y//z", "/a%20b/[c]~d", "/%E6%82%A3%E8%80%85/%E5%B1%B1", "/患者/1"]
    {
        let (path, reading) = counted(|| RequestPath::read(target.as_bytes()).expect("ordinary"));
        let (found, judging) =
            counted(|| table.find(&Facts { method: "GET", host: "h", path: &path, client }).map(|hit| hit.is_some()));
        assert_eq!((found, reading, judging), (Ok(true), 1, 0), "{target}");
    }
}

/// Rows of the benches, and the allocations of one time: all that Sekisho adds to a request with a valid pass, and pieces
/// of it. Pingora wants each of its five phases as a boxed future, and the peer and what is known of the request are in
/// boxes; these are part of the whole.
const ALLOCATIONS: &[(&str, usize)] = &[
    ("request/valid pass/1 route", 37),
    ("request/valid pass/10000 routes", 37),
    ("guard/http1/head of 12 fields", 1),
    ("guard/judge/head of 12 fields", 0),
    ("guard/http2/10 requests", 0),
    ("path/plain", 1),
    ("path/japanese", 1),
    ("cookies/token/3 cookies", 0),
    ("cookies/remove ours/3 cookies", 3),
    ("host/canonical", 1),
    ("admit/valid/1 routes", 1),
    ("admit/valid/10000 routes", 1),
    ("admit/forged/1 routes", 12),
    ("headers/wire check", 0),
    ("headers/scrub", 0),
    ("headers/forwarded", 13),
    ("headers/identify", 13),
    ("audit/access line", 0),
];

/// Before and while it is counted: tables and buffers that grow now and then are no part of one time, so the least counts.
const WARM: usize = 4;
const TIMES: usize = 10;

#[test]
fn each_piece_of_the_way_of_a_request_allocates_exactly_so_often() {
    let rows = rows::all();
    let mut differ = Vec::new();
    for (name, expected) in ALLOCATIONS {
        let row = rows.iter().find(|row| row.name == *name).unwrap_or_else(|| panic!("there is no row {name}"));
        let found = least(row);
        if found != *expected {
            differ.push(format!("    (\"{name}\", {found}), // {expected} so far"));
        }
    }
    assert!(differ.is_empty(), "other numbers of allocations than are written down:\n{}", differ.join("\n"));
}

fn least(row: &rows::Row) -> usize {
    let prepared = if row.again { 1 } else { WARM + TIMES };
    let mut works: Vec<rows::Work> = (0..prepared).map(|_| (row.prepare)()).collect();
    let times = (0..WARM + TIMES).map(|turn| counted(&mut works[turn % prepared]).1);
    times.skip(WARM).min().unwrap_or_default()
}
