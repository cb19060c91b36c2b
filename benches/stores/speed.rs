//! Challenges begun and verified, a second and by processor time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sekisho::domain::id::ChallengeId;

use super::Plan;
use super::house::{House, wish};
use super::machine;

pub fn measure(plan: &Plan) {
    let folder = tempfile::tempdir_in(&plan.folder).expect("a folder");
    let count = plan.count.unwrap_or(100_000);
    if let Some(core) = plan.core {
        machine::bind(std::process::id(), core);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let house = Arc::new(House::build(plan, folder.path(), count).await);
        let name = if plan.redis { "redis" } else { "embedded" };
        *house.phones.0.lock().expect("nobody panics") = Some(Default::default());
        let begun: Vec<ChallengeId> = crowd(plan, &house, name, "begun", count, async |house, n| {
            house.gate.begin(&house.caller(n), wish(n)).await.expect("begins").view.id
        })
        .await;
        let codes = house.phones.0.lock().expect("nobody panics").take().expect("kept");
        let begun: Arc<Vec<(ChallengeId, String)>> =
            Arc::new(begun.into_iter().map(|id| (id.clone(), codes[&id].clone())).collect());
        crowd(plan, &house, name, "verified", count, async move |house, n| {
            let (id, code) = &begun[n];
            house.gate.verify(&house.caller(n), id, code).await.expect("opens");
        })
        .await;
    });
}

/// So many people at a time do something until `count` have; what came of it, in order, and a line that says how it went.
async fn crowd<T: Send + 'static>(
    plan: &Plan,
    house: &Arc<House>,
    store: &str,
    what: &str,
    count: usize,
    deed: impl AsyncFn(Arc<House>, usize) -> T + Clone + 'static,
) -> Vec<T> {
    let before = Moment::now(house);
    let next = Arc::new(AtomicUsize::new(0));
    let local = tokio::task::LocalSet::new();
    let people: Vec<_> = (0..plan.at_once)
        .map(|_| {
            let (house, next, deed) = (house.clone(), next.clone(), deed.clone());
            local.spawn_local(async move {
                let mut done = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return done;
                    }
                    let begun = house.world.mono();
                    let came = deed(house.clone(), n).await;
                    done.push((n, house.world.mono() - begun, came));
                }
            })
        })
        .collect();
    let mut all = Vec::with_capacity(count);
    local
        .run_until(async {
            for person in people {
                all.extend(person.await.expect("nobody panics"));
            }
        })
        .await;
    before.tell(house, store, what, count, all.iter().map(|(_, took, _)| *took).collect());
    all.sort_by_key(|(n, _, _)| *n);
    all.into_iter().map(|(_, _, came)| came).collect()
}

/// What had been spent when something began.
struct Moment {
    at: Duration,
    threads: BTreeMap<String, Duration>,
    server: Duration,
    written: u64,
}

impl Moment {
    fn now(house: &House) -> Moment {
        let server = house.redis.as_ref().map(|server| machine::threads(server.id()).into_values().sum());
        Moment {
            at: house.world.mono(),
            threads: machine::threads(std::process::id()),
            server: server.unwrap_or_default(),
            written: machine::figure("io", "write_bytes"),
        }
    }

    fn tell(&self, house: &House, store: &str, what: &str, count: usize, mut took: Vec<Duration>) {
        let now = Moment::now(house);
        let each = |spent: Duration| spent.as_secs_f64() * 1e6 / count as f64;
        let spent: Vec<(String, f64)> = now
            .threads
            .iter()
            .map(|(name, spent)| {
                let before = self.threads.get(name).copied().unwrap_or_default();
                (name.clone(), each(spent.saturating_sub(before)))
            })
            .filter(|(_, spent)| *spent >= 0.05)
            .collect();
        let sum: f64 = spent.iter().map(|(_, spent)| spent).sum();
        let rate = count as f64 / (now.at - self.at).as_secs_f64();
        took.sort();
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!(
            "{store:<9} {what:<9} {rate:>7.0} /s  {sum:>6.1} µs CPU each  {:>6.0} bytes to the disk each  ms: {:.0} half, {:.0} 99 %",
            (now.written - self.written) as f64 / count as f64,
            at(0.5),
            at(0.99),
        );
        let parts: Vec<String> = spent.iter().map(|(name, spent)| format!("{name} {spent:.1}")).collect();
        let server = match house.redis.is_some() {
            true => format!("; the server beside it {:.1}", each(now.server.saturating_sub(self.server))),
            false => String::new(),
        };
        println!("          of that: {}{server}", parts.join(", "));
    }
}
