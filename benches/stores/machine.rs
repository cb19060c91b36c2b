//! What the machine says of this process: cores, processor time by thread, memory, bytes written.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// Binds a process and the threads that it begins from now on to one core; 0 is this process.
pub fn bind(process: u32, core: usize) {
    let done = std::process::Command::new("taskset")
        .args(["--all-tasks", "--cpu-list", "--pid", &core.to_string(), &process.to_string()])
        .stdout(std::process::Stdio::null())
        .status();
    assert!(done.is_ok_and(|status| status.success()), "`taskset` is needed to bind a process to a core");
}

/// Processor time of each thread of a process, by name; threads with one name are added up.
pub fn threads(process: u32) -> BTreeMap<String, Duration> {
    let mut found: BTreeMap<String, Duration> = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{process}/task")).expect("Linux").flatten() {
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        // Nanoseconds on a core, nanoseconds waiting for one, slices.
        let spent = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        let nanos = spent.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
        *found.entry(name.trim().to_owned()).or_default() += Duration::from_nanos(nanos);
    }
    found
}

/// A line of `/proc/self/status` or `/proc/self/io`, in the unit it has there.
pub fn figure(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/self/{file}")).expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|text| text.parse().ok()).expect("a figure")
}
