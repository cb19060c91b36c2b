//! What a connection costs that stays open and says nothing.

use clap::Args;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::{Ask, Client, Line, Wire};
use crate::house::House;
use crate::support::wait::within;

/// Handshakes at a time; also how many are opened and closed before anything is counted.
const AT_ONCE: usize = 64;

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
}

/// What a connection has done before it falls silent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    OneRequest,
}

impl Idle {
    pub fn run(&self, runtime: &Runtime) -> bool {
        println!("{} connections, one worker; KiB of resident memory for each\n", self.connections);
        println!(
            "{:<16}{:<20}{:>10}{:>12}{:>24}",
            "wire", "idle after", "KiB each", "of it heap", "kept once all closed"
        );
        let mut good = true;
        for wire in Wire::ALL.into_iter().filter(|wire| self.wire.is_empty() || self.wire.contains(wire)) {
            for before in [Before::Nothing, Before::OneRequest] {
                let each = self.measure(runtime, wire, before);
                good &= wire == Wire::Plain || each <= self.most;
            }
        }
        println!("\nat most {} KiB over TLS: {}", self.most, if good { "held" } else { "NOT held" });
        good
    }

    fn measure(&self, runtime: &Runtime, wire: Wire, before: Before) -> f64 {
        // A fresh process each time: what one measurement leaves behind would make the next one look cheap.
        let house = House::patient(runtime);
        let client = Client::new(&house);
        drop(runtime.block_on(open(&client, &house.pass, wire, before, AT_ONCE)));
        house.wait_for(0);
        let empty = house.memory();
        let lines = runtime.block_on(open(&client, &house.pass, wire, before, self.connections));
        house.wait_for(self.connections);
        let full = house.memory();
        drop(lines);
        house.wait_for(0);
        // The allocator gives back what is free after a while.
        within(std::time::Duration::from_secs(3), || None::<()>);
        let after = house.memory();
        let each = |from: u64, to: u64| to.saturating_sub(from) as f64 / self.connections as f64;
        let all = each(empty.all, full.all);
        let name = match before {
            Before::Nothing => "the handshake",
            Before::OneRequest => "one request",
        };
        println!(
            "{:<16}{name:<20}{all:>10.2}{:>12.2}{:>24.2}",
            wire.name(),
            each(empty.anonymous, full.anonymous),
            each(empty.all, after.all),
        );
        all
    }
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
                if before == Before::OneRequest {
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
