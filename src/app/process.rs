//! What the process asks of the system before anything else.

/// Leaves no memory behind, takes no more than it needs, and takes a file that cannot grow for an error like any other.
///
/// A core dump would hold keys and codes in clear, and so does the memory of a process that others may look into. Where a
/// file reaches the limit on its size (`RLIMIT_FSIZE`), the usual signal would end the process; without it the write
/// fails, and guarded routes close until it does not.
///
/// Memory comes in small pages: of huge ones, which the allocator asks for, all would be resident where a connection uses a
/// part, and little given back while anything in them is in use. What the system refuses here is told and is no reason not to run.
pub fn settle() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is whole, and lives as long as the call.
    let undumped = unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) } == 0;
    // SAFETY: this option takes one number and touches no memory of ours.
    let closed = unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) } == 0;
    // SAFETY: to ignore a signal runs no code of ours, and no other thread is there yet.
    let ignored = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) } != libc::SIG_ERR;
    // SAFETY: this option takes one number and touches no memory of ours. Without it memory is only used less well.
    let _ = unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0) };
    // Either is enough; a service manager may have set the first already, and forbid that it is touched.
    if !undumped && !closed {
        eprintln!("sekisho: the system does not let core dumps be turned off; they would hold secrets");
    }
    if !ignored {
        eprintln!("sekisho: a limit on the size of files would end this process");
    }
}
