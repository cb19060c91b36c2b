//! What connections cost in memory, measured at the real binary.
//!
//! ```text
//! cargo bench --bench memory -- idle  [--connections 10000]     KiB for each idle connection
//! cargo bench --bench memory -- slow  [--connections 200]       KiB for each client that reads or writes slowly
//! cargo bench --bench memory -- churn [--seconds 3600]          whether it stays flat; fails if it does not
//! cargo bench --bench memory -- sends [--sends 10000]           the same while a provider takes 5 s for each message
//! ```
//!
//! Everything goes over loopback. What is counted is the resident memory of the gateway's process (`VmRSS`), which leaves
//! out what the kernel keeps for sockets; `slow` names that apart.

mod application;
mod churn;
mod client;
mod house;
mod idle;
mod lives;
mod process;
mod sends;
mod slope;
mod slow;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "What connections cost in memory, measured at the real binary")]
struct Arguments {
    /// What Cargo says to every bench.
    #[arg(long, hide = true, global = true)]
    bench: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Connections that stay open and say nothing
    Idle(idle::Idle),
    /// Clients that stop reading an answer or sending a body
    Slow(slow::Slow),
    /// Everything that people do, over and over
    Churn(churn::Churn),
    /// Codes by a provider that takes its time
    Sends(sends::Sends),
}

fn main() -> ExitCode {
    process::raise_limits();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    let good = match Arguments::parse().what {
        What::Idle(idle) => idle.run(&runtime),
        What::Slow(slow) => slow.run(&runtime),
        What::Churn(churn) => churn.run(&runtime),
        What::Sends(sends) => sends.run(&runtime),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
