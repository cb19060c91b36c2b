//! Parse, run, exit code.

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[expect(clippy::disallowed_methods, reason = "this is main")]
fn main() {
    std::process::exit(sekisho::cli::main());
}
