//! What the system says of a process.

use std::fs;

/// In KiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// All that is resident.
    pub all: u64,
    /// The part that is no file: heap and stacks.
    pub anonymous: u64,
}

impl Memory {
    pub fn of(process: u32) -> Memory {
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process is there");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux tells it");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        Memory { all: field("VmRSS:"), anonymous: field("RssAnon:") }
    }
}

/// What the kernel keeps for all TCP sockets of this machine, in KiB.
pub fn kernel_sockets() -> u64 {
    let text = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("TCP:")).unwrap_or_default();
    let pages = line.split_whitespace().skip_while(|word| *word != "mem").nth(1);
    pages.and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4
}

/// As many open files as this user may have; children inherit it.
pub fn raise_limits() {
    const WANTED: u64 = 131_072;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a live structure of the type that the call fills.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    let most = libc::rlimit { rlim_cur: WANTED.max(limit.rlim_max), rlim_max: WANTED.max(limit.rlim_max) };
    let own = libc::rlimit { rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max };
    // SAFETY: both structures are live; a refusal (only root may go beyond the hard limit) is answered by the second call.
    unsafe {
        if libc::setrlimit(libc::RLIMIT_NOFILE, &raw const most) != 0 {
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const own);
        }
    }
}
