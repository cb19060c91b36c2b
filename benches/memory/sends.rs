//! Ten thousand codes by a provider that takes five seconds for each: whether memory stays flat, pages stay fast, and
//! every code goes out once.
#![expect(clippy::disallowed_methods, reason = "a bench measures the time that people wait")]

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use clap::Args;
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::{Ask, Client, Wire};
use crate::house::House;
use crate::process::Memory;
use crate::support::gateway::sekisho;

/// Whoever waits for a code asks for this page meanwhile.
const PAGE: &str = "/.sekisho/challenge?return_to=%2F&scope=records";
/// How often a page is asked for.
const LOOK: Duration = Duration::from_millis(100);
/// How long the last messages may take after the last was asked for.
const PATIENCE: Duration = Duration::from_secs(60);
/// The part of all sends after which memory is judged: by then every pool and cache has what it takes.
const WARM: usize = 4;

#[derive(Args)]
pub struct Sends {
    /// How many codes are asked for, each by somebody else, in a browser and from an address of their own
    #[arg(long, default_value_t = 10_000)]
    sends: usize,
    /// How many in a second
    #[arg(long, default_value_t = 60.0)]
    rate: f64,
    /// How long the provider takes for each, in seconds
    #[arg(long, default_value_t = 5.0)]
    takes: f64,
    /// By how many MiB resident memory may rise between a quarter of the sends and the end
    #[arg(long, default_value_t = 24.0)]
    most: f64,
    /// In how many milliseconds 99 of 100 pages have to be there
    #[arg(long, default_value_t = 250)]
    page: u64,
}

/// Whom the provider was asked to write to, and how often.
#[derive(Default)]
struct Provider {
    taken: Mutex<HashMap<String, u32>>,
    busy: AtomicUsize,
    busiest: AtomicUsize,
}

/// Times in microseconds.
type Times = Arc<Mutex<Histogram<u64>>>;

impl Sends {
    pub fn run(&self, runtime: &Runtime) -> bool {
        let provider = Arc::<Provider>::default();
        let takes = Duration::from_secs_f64(self.takes);
        let address = runtime.block_on(provide(provider.clone(), takes));
        let sms = format!(
            "queue = 20000\nworkers = 1024\nper_address = []\nper_prefix = []\nin_all = []\n\n[[sms.provider]]\n\
             kind = \"http\"\nname = \"slow\"\nurl = \"http://{address}/send\"\ncontent = \"json\"\n\
             body = '{{\"to\":\"{{to}}\",\"code\":\"{{code}}\"}}'\nprice = \"0.001 USD\"\n"
        );
        let more = "[store]\noutage_grace = \"1h\"\n[limits]\nbegin = \"1000000/m\"\npage = \"1000000/m\"\n";
        let house = House::start(runtime, |plan| plan.with_names_only().with_providers(sms).with_more(more.to_owned()));
        self.move_in(&house);
        let (samples, pages, begun, refused) = runtime.block_on(self.play(&house, &provider));
        self.judge(&samples, &pages, &begun, refused, &provider)
    }

    /// Everybody has a telephone of their own.
    fn move_in(&self, house: &House) {
        let rows: String =
            (0..self.sends).map(|n| format!("{},{:011}\n", name(n), 9_010_000_000_u64 + n as u64)).collect();
        let file = house.gateway.file("people.csv");
        fs::write(&file, format!("user,phone\n{rows}")).expect("written");
        let (config, file) = (house.gateway.config.display().to_string(), file.display().to_string());
        let done = sekisho(&["user", "import", &file, "--config", &config], "");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// How many were asked for and resident memory in KiB, each second; how long pages took, and answers to who asked for
    /// a code; how many of those were a no.
    async fn play(&self, house: &House, provider: &Provider) -> (Vec<(usize, u64)>, Times, Times, u64) {
        let (client, process) = (Client::new(house), house.gateway.pid());
        let (pages, begun) = (times(), times());
        let (over, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let looking = tokio::spawn(look(client.clone(), pages.clone(), over.clone()));
        let (start, mut people, mut samples) = (Instant::now(), JoinSet::new(), Vec::new());
        println!("{:>8}{:>12}{:>12}{:>12}{:>16}", "second", "asked for", "taken", "under way", "resident KiB");
        let mut tell = |asked: usize| {
            let second = start.elapsed().as_secs() as usize;
            if second >= samples.len() {
                let memory = Memory::of(process).all;
                samples.push((asked, memory));
                if second.is_multiple_of(10) {
                    let (taken, busy) = (provider.count(), provider.busy.load(Ordering::Relaxed));
                    println!("{second:>8}{asked:>12}{taken:>12}{busy:>12}{memory:>16}");
                }
            }
        };
        for n in 0..self.sends {
            // Planned beforehand: nobody waits for anybody else.
            let due = start + Duration::from_secs_f64(n as f64 / self.rate);
            tokio::time::sleep_until(due.into()).await;
            people.spawn(ask(client.clone(), n, due, begun.clone(), refused.clone()));
            while people.try_join_next().is_some() {}
            tell(n + 1);
        }
        people.join_all().await;
        let end = Instant::now() + PATIENCE;
        while (provider.count() < self.sends || provider.busy.load(Ordering::Relaxed) > 0) && Instant::now() < end {
            tokio::time::sleep(LOOK).await;
            tell(self.sends);
        }
        over.store(true, Ordering::Relaxed);
        looking.await.expect("whoever looks at pages saw them all");
        (samples, pages, begun, refused.load(Ordering::Relaxed))
    }

    fn judge(&self, samples: &[(usize, u64)], pages: &Times, begun: &Times, refused: u64, provider: &Provider) -> bool {
        let at = |part: usize| samples.iter().find(|(asked, _)| *asked >= part).map_or(0, |(_, memory)| *memory);
        let (warm, last) = (at(self.sends / WARM), samples.last().map_or(0, |(_, memory)| *memory));
        let judged = samples.iter().filter(|(asked, _)| *asked >= self.sends / WARM);
        let top = judged.map(|(_, memory)| *memory).max().unwrap_or(0);
        let rise = (top as f64 - warm as f64) / 1024.0;
        let [page, answer] = [pages, begun].map(|times| {
            let times = lock(times);
            [0.5, 0.99, 0.999, 1.0].map(|share| times.value_at_quantile(share) as f64 / 1000.0)
        });
        let (taken, twice) = (provider.count(), lock(&provider.taken).values().filter(|count| **count > 1).count());
        let shown =
            |[p50, p99, p999, max]: [f64; 4]| format!("p50 {p50:.1}, p99 {p99:.1}, p99.9 {p999:.1}, max {max:.1} ms");
        println!("\n{} asked for at {} a second; the provider takes {} s for each", self.sends, self.rate, self.takes);
        println!(
            "taken {taken}, twice {twice}, refused {refused}, under way at most {}",
            provider.busiest.load(Ordering::Relaxed)
        );
        println!(
            "resident: {warm} KiB after a quarter, at most {top} KiB from there on, {last} KiB in the end: {rise:.1} MiB up"
        );
        println!("sign-in page, {} times: {}", lock(pages).len(), shown(page));
        println!("asking for a code (never before answer_delay, 400 ms): {}", shown(answer));
        let good =
            taken == self.sends && twice == 0 && refused == 0 && rise <= self.most && page[1] <= self.page as f64;
        println!(
            "at most {} MiB up and {} ms for 99 of 100 pages: {}",
            self.most,
            self.page,
            if good { "held" } else { "NOT held" }
        );
        good
    }
}

impl Provider {
    /// Different numbers.
    fn count(&self) -> usize {
        lock(&self.taken).len()
    }
}

fn name(n: usize) -> String {
    format!("p{n:06}")
}

fn times() -> Times {
    let minutes = 10 * 60 * 1_000_000;
    Arc::new(Mutex::new(Histogram::new_with_bounds(1, minutes, 3).expect("good bounds")))
}

fn note(times: &Times, since: Instant) {
    let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
    lock(times).saturating_record(micros);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A provider over HTTP on loopback, for as long as the runtime lives.
async fn provide(provider: Arc<Provider>, takes: Duration) -> SocketAddr {
    let take = async move |body: Bytes| {
        let Ok(message) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
        let to = message["to"].as_str().unwrap_or_default().to_owned();
        *lock(&provider.taken).entry(to).or_default() += 1;
        provider.busiest.fetch_max(provider.busy.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        tokio::time::sleep(takes).await;
        provider.busy.fetch_sub(1, Ordering::Relaxed);
        StatusCode::OK
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
    let address = listener.local_addr().expect("a listener has an address");
    let router = Router::new().route("/send", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Somebody who is new here asks for a code.
async fn ask(client: Client, n: usize, due: Instant, begun: Times, refused: Arc<AtomicU64>) {
    let body = json!({"return_to": "/", "scope": "records", "username": name(n)}).to_string();
    let headers = [("content-type", "application/json")];
    let asked = async {
        let mut line = client.open(Wire::Tls2).await?;
        client
            .ask(&mut line, &Ask { method: "POST", path: "/.sekisho/challenges", headers: &headers, body: &body })
            .await
    };
    match asked.await {
        Ok(answer) if answer.status == 201 => {}
        other => {
            if refused.fetch_add(1, Ordering::Relaxed) == 0 {
                println!(
                    "the first no: {:?}",
                    other.map(|answer| (answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
                );
            }
        }
    }
    note(&begun, due);
}

/// Somebody else who looks at the sign-in page, over one connection.
async fn look(client: Client, pages: Times, over: Arc<AtomicBool>) {
    let mut line = client.open(Wire::Tls1).await.expect("the gateway takes it");
    let mut clock = tokio::time::interval(LOOK);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    while !over.load(Ordering::Relaxed) {
        let due = clock.tick().await.into_std();
        let answer = client.ask(&mut line, &Ask::get(PAGE, &[("accept", "text/html")])).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        // From the planned moment, so that a page that hangs counts for those that would have come after it.
        note(&pages, due);
    }
}
