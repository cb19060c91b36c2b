//! The command line of the load test.

use super::scenarios::{self, Scenario};
use super::stage::prepared;
use super::town;
use clap::Parser;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use url::{Host, Url};

/// Plays whole lives against the real gate, and reports how long each step took.
///
/// Without names: all scenarios, one after the other, in two to three minutes. Load goes to this machine only.
#[derive(Parser, Debug, Clone)]
#[command(name = "load", bin_name = "cargo bench --bench load --")]
pub struct Args {
    /// shift, steady, attack, slow, lost
    #[arg(value_name = "SCENARIO", value_parser = scenario)]
    scenarios: Vec<Scenario>,
    /// How many people there are in the directory
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=town::MOST as u64))]
    users: u64,
    /// How long people keep coming, in seconds, instead of each scenario's own
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: Option<u64>,
    /// How many honest people come in a second on average, instead of each scenario's own
    #[arg(long, value_parser = rate)]
    rate: Option<f64>,
    /// Who comes when follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A gate on this machine that runs already with conf/loadtest.toml, such as https://127.0.0.1:9443
    #[arg(long, value_name = "URL", value_parser = target)]
    target: Option<Target>,
    /// Where report.html and report.json go
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The load library's own screen, instead of a line
    #[arg(long)]
    dashboard: bool,
    /// Only make certificate and users for `sekisho run --config conf/loadtest.toml`, anew
    #[arg(long, conflicts_with_all = ["scenarios", "target"])]
    pub prepare: bool,
    /// What Cargo adds by itself
    #[arg(long, hide = true)]
    bench: bool,
}

/// Where a gate listens on this machine, and the port that people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub address: SocketAddr,
    pub port: u16,
}

/// How much of everything.
#[derive(Debug, Clone)]
pub struct Sizes {
    pub users: usize,
    pub seed: u64,
    pub progress: bool,
    pub dashboard: bool,
}

impl Args {
    /// Cargo says `--bench` when it is to measure. Without that, as `cargo test --benches` does it, everything is tiny.
    fn is_tiny(&self) -> bool {
        !self.bench
    }

    pub fn sizes(&self) -> Sizes {
        let users = if self.is_tiny() { 60 } else { self.users as usize };
        Sizes { users, seed: self.seed, progress: true, dashboard: self.dashboard }
    }

    pub fn target(&self) -> Option<Target> {
        self.target
    }

    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(prepared)
    }

    /// What to play, as large as was said.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let chosen = if self.scenarios.is_empty() { scenarios::ALL.to_vec() } else { self.scenarios.clone() };
        let sized = |scenario: Scenario| {
            let scenario = if self.is_tiny() { tiny(scenario) } else { scenario };
            let (seconds, rate) = (self.seconds.unwrap_or(scenario.seconds), self.rate.unwrap_or(scenario.rate));
            Scenario { seconds, rate, ..scenario }
        };
        chosen.into_iter().map(sized).collect()
    }
}

/// The same with a handful of people.
pub fn tiny(mut scenario: Scenario) -> Scenario {
    (scenario.seconds, scenario.rate) = (3, if scenario.attacked { 1.0 } else { 3.0 });
    scenario.habit.stay = scenario.habit.stay.min(Duration::from_secs(2));
    scenario
}

fn scenario(name: &str) -> Result<Scenario, String> {
    scenarios::named(name).ok_or_else(|| {
        let names: Vec<_> = scenarios::ALL.iter().map(|scenario| scenario.name).collect();
        format!("there are {}", names.join(", "))
    })
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "expected a number, such as 2.5".to_owned())?;
    if rate > 0.0 && rate <= 1000.0 { Ok(rate) } else { Err("more than 0 and at most 1000".to_owned()) }
}

/// Load for somebody else's machine is an attack, whoever means it otherwise.
pub fn target(text: &str) -> Result<Target, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if url.scheme() != "https" {
        return Err("expected https, which conf/loadtest.toml listens with".to_owned());
    }
    let address = match url.host() {
        Some(Host::Domain("localhost")) => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    let port = url.port_or_known_default().unwrap_or(443);
    match address.filter(IpAddr::is_loopback) {
        Some(address) => Ok(Target { address: SocketAddr::new(address, port), port }),
        None => {
            Err("load goes to this machine only: expected a loopback address, such as https://127.0.0.1:9443".into())
        }
    }
}
