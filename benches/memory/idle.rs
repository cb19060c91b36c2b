//! What a connection costs that stays open and says nothing.

use clap::Args;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::{Ask, Client, Line, Wire};
use crate::house::House;
use crate::support::wait::within;

/// Handshakes at a time.
const AT_ONCE: usize = 64;
/// Connections that are open before anything is counted.
const MOST_OTHERS: usize = 1000;

#[derive(Args)]
pub struct Idle {
    /// Connections held open at the same time
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// What one connection may cost over TLS, in KiB of resident memory
    #[arg(long, default_value_t = 20.0)]
    most: f64,
    /// Only over these wires; all of them if none is named
    #[arg(long, value_enum)]
    wire: Vec<Wire>,
    /// Only after these; all of them if none is named
    #[arg(long, value_enum)]
    after: Vec<Before>,
}

/// What a connection has done before it falls silent.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Before {
    Nothing,
    OneRequest,
    ManyRequests,
}

impl Before {
    const ALL: [Before; 3] = [Before::Nothing, Before::OneRequest, Before::ManyRequests];

    fn requests(self) -> usize {
        match self {
            Before::Nothing => 0,
            Before::OneRequest => 1,
            Before::ManyRequests => 100,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Before::Nothing => "the handshake",
            Before::OneRequest => "one request",
            Before::ManyRequests => "100 requests",
        }
    }
}

impl Idle {
    pub fn run(&self, runtime: &Runtime) -> bool {
        println!("{} connections, one worker; KiB of resident memory for each\n", self.connections);
        println!(
            "{:<16}{:<20}{:>10}{:>12}{:>24}",
            "wire", "idle after", "KiB each", "of it heap", "in all, once closed"
        );
        let mut good = true;
        for wire in Wire::ALL.into_iter().filter(|wire| self.wire.is_empty() || self.wire.contains(wire)) {
            for before in Before::ALL.into_iter().filter(|one| self.after.is_empty() || self.after.contains(one)) {
                let each = self.measure(runtime, wire, before);
                good &= wire == Wire::Plain || each <= self.most;
            }
        }
        println!("\nat most {} KiB over TLS: {}", self.most, if good { "held" } else { "NOT held" });
        good
    }

    /// In KiB of resident memory for each connection.
    fn measure(&self, runtime: &Runtime, wire: Wire, before: Before) -> f64 {
        let house = House::patient(runtime);
        let [all, heap] = cost(runtime, &house, wire, before, self.connections);
        // The allocator gives back what is free after a while.
        within(std::time::Duration::from_secs(3), || None::<()>);
        let kept = house.memory().all;
        println!("{:<16}{:<20}{all:>10.2}{heap:>12.2}{:>20} KiB", wire.name(), before.name(), kept);
        all
    }
}

/// What each of so many costs in this house, beside others that are open already and take what was free before. In KiB: all
/// that is resident, and the heap's part.
pub fn cost(runtime: &Runtime, house: &House, wire: Wire, before: Before, connections: usize) -> [f64; 2] {
    let client = Client::new(house);
    let others = connections.min(MOST_OTHERS);
    let mut lines = runtime.block_on(open(&client, &house.pass, wire, before, others));
    house.wait_for(others);
    let few = house.memory();
    lines.extend(runtime.block_on(open(&client, &house.pass, wire, before, connections)));
    house.wait_for(others + connections);
    let all = house.memory();
    drop(lines);
    house.wait_for(0);
    [(few.all, all.all), (few.anonymous, all.anonymous)]
        .map(|(from, to)| to.saturating_sub(from) as f64 / connections as f64)
}

/// Opens so many, [`AT_ONCE`] at a time.
async fn open(client: &Client, pass: &str, wire: Wire, before: Before, count: usize) -> Vec<Line> {
    let mut tasks = JoinSet::new();
    for n in 0..AT_ONCE.min(count) {
        let (client, pass) = (client.clone(), pass.to_owned());
        let share = count / AT_ONCE.min(count) + usize::from(n < count % AT_ONCE.min(count));
        tasks.spawn(async move {
            let mut lines = Vec::with_capacity(share);
            for _ in 0..share {
                let mut line = client.open(wire).await.expect("the gateway takes the connection");
                for _ in 0..before.requests() {
                    let headers = [("sekisho-pass", &*pass)];
                    let answer = client.ask(&mut line, &Ask::get("/patients/1", &headers)).await.expect("an answer");
                    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
                }
                lines.push(line);
            }
            lines
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}
