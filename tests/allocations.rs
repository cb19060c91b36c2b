//! What the hot path costs: an ordinary path is read with one allocation, and judged with none.

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
