//! Whether memory stays flat while everything that people do happens over and over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::house::House;
use crate::lives::{Cast, Tally};
use crate::process::Memory;
use crate::slope::Line;

#[derive(Args)]
pub struct Churn {
    /// How long; the first third, at most five minutes, is for getting warm and is not judged
    #[arg(long, default_value_t = 3600)]
    seconds: u64,
    /// Lives at the same time
    #[arg(long, default_value_t = 12)]
    connections: usize,
    /// What memory may rise by over the judged time: percent of it, or 4 MiB where that is more
    #[arg(long, default_value_t = 5.0)]
    most: f64,
    /// Where the random choices begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Codes and passes are as short as they may be, so that what was begun early is over before the judged time begins; all
/// limits are wide, since a few people play many.
const SHORT: &str = r#"
[scope.short]
max_age = "1m"

[limits]
begin = "1000000/m"
verify = "1000000/m"
page = "1000000/m"
"#;

const SHORT_ROUTE: &str = r#"
[[route]]
path = "/short/**"
require = "otp"
scope = "short"
upstream = "application"
"#;

const OUTBOX: &str = r#"
price = "0.0001 USD"
per_number = ["1000000/1d"]
in_all = "1000000/1h"
[[sms.provider]]
kind = "file"
path = "{folder}/outbox.jsonl"
"#;

/// The judged time is looked at in so many spans.
const SPANS: usize = 12;

/// How much always counts as flat, in KiB.
const NOISE: f64 = 4096.0;

impl Churn {
    pub fn run(&self, runtime: &Runtime) -> bool {
        let house = House::start(runtime, |mut plan| {
            plan.routes = format!("{SHORT_ROUTE}{}", plan.routes);
            plan.users = Cast::users();
            plan.with_challenge("life = \"1m\"\nanswer_delay = \"100ms\"\n")
                .with_providers(OUTBOX.to_owned())
                .with_more(SHORT.to_owned())
        });
        let (samples, tally) = runtime.block_on(self.play(&house));
        println!("\nplayed: {tally}");
        let warm = (samples.len() / 3).min(300);
        let judged = &samples[warm..];
        // Hashing one password takes 19 MiB for a moment, and the allocator keeps them for a while: what people have to have
        // room for is the most of each span.
        let span = judged.len().div_ceil(SPANS).max(1);
        let tops: Vec<u64> = judged.chunks(span).filter_map(|span| span.iter().max().copied()).collect();
        let line = Line::through(&tops);
        let bound = (line.mean * self.most / 100.0).max(NOISE);
        let flat = line.whole_rise() <= bound && tally.is_whole();
        println!(
            "resident over the last {} s: {} to {} KiB; the most of each {span} s is {:.0} KiB on average, and the line that \
             fits best rises by {:.0} KiB ({:.0} KiB an hour); at most {bound:.0} KiB: {}",
            judged.len(),
            judged.iter().min().unwrap_or(&0),
            judged.iter().max().unwrap_or(&0),
            line.mean,
            line.whole_rise(),
            line.rise * 3600.0 / span as f64,
            if flat { "flat" } else { "NOT flat" }
        );
        flat
    }

    /// Resident memory in KiB, each second, and what was done meanwhile.
    async fn play(&self, house: &House) -> (Vec<u64>, Tally) {
        let cast = Arc::new(Cast::new(Client::new(house), house.pass.clone(), house.gateway.file("outbox.jsonl")));
        let over = Arc::new(AtomicBool::new(false));
        let mut lives = JoinSet::new();
        for n in 0..self.connections {
            let (cast, over) = (cast.clone(), over.clone());
            let seed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(n as u64);
            lives.spawn(async move { cast.play(seed, &over).await });
        }
        let process = house.gateway.pid();
        let mut clock = tokio::time::interval(Duration::from_secs(1));
        let mut samples = Vec::new();
        println!("{:>8}{:>16}{:>16}  so far", "second", "resident KiB", "of it heap");
        for second in 1..=self.seconds {
            clock.tick().await;
            let memory = Memory::of(process);
            samples.push(memory.all);
            if second % (self.seconds / 40).max(5) == 0 {
                println!("{second:>8}{:>16}{:>16}  {}", memory.all, memory.anonymous, cast.tally());
            }
        }
        over.store(true, Ordering::Relaxed);
        lives.join_all().await;
        (samples, cast.tally())
    }
}
