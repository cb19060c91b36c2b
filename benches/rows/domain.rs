//! Paths and hosts, read into the one form that rules compare.

use std::hint::black_box;

use sekisho::domain::host;
use sekisho::domain::path::RequestPath;

use super::Row;
use super::house::TARGET;

/// Ordinary targets, and those that somebody made up to be read in two ways.
const TARGETS: [(&str, &str, bool); 9] = [
    ("root", "/", true),
    ("plain", TARGET, true),
    ("long", "/application/records/2026/11/22/departments/radiology/patients/4711/studies/1/series/2/image.dcm", true),
    ("japanese", "/%E6%82%A3%E8%80%85/%E5%B1%B1%E7%94%B0%20%E5%A4%AA%E9%83%8E/1", true),
    ("nasty/encoded slash", "/public/a%2Fb%2Fc", true),
    ("nasty/parameters", "/public;v=1/a;jsessionid=1F2E3D/b//c", true),
    ("nasty/encoded twice", "/%2570rotected/%2541", true),
    ("nasty/shift_jis", "/public/%83%5C%81%5B%83%58/%97%5C%96%F1", true),
    ("nasty/dot segments", "/public/%2e%2e/protected/..;/a", false),
];

pub fn rows() -> Vec<Row> {
    let paths = TARGETS.into_iter().map(|(name, target, good)| {
        Row::again(format!("path/{name}"), move || {
            Box::new(move || {
                let read = RequestPath::read(black_box(target.as_bytes()));
                assert_eq!(read.is_ok(), good, "{target}");
                drop(black_box(read));
            })
        })
    });
    let host = Row::again("host/canonical", || {
        Box::new(|| assert!(black_box(host::canonical(black_box("Records.Example.JP:8443"))).is_some()))
    });
    paths.chain([host]).collect()
}
