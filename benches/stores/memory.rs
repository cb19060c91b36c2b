//! What a challenge that waits for its code takes: in this process, on the disk, in Redis.

use std::sync::Arc;

use rusqlite::Connection;

use super::Plan;
use super::house::{House, wish};
use super::machine;

pub fn measure(plan: &Plan) {
    let folder = tempfile::tempdir_in(&plan.folder).expect("a folder");
    let count = plan.count.unwrap_or(100_000);
    // As many as warm up what any number of challenges needs once.
    let warm = count / 10;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let house = Arc::new(House::build(plan, folder.path(), warm + count).await);
        let begin = async |from: usize, until: usize| {
            for first in (from..until).step_by(plan.at_once) {
                let some = (first..until.min(first + plan.at_once)).map(|n| {
                    let house = house.clone();
                    async move { house.gate.begin(&house.caller(n), wish(n)).await.expect("begins") }
                });
                let running: Vec<_> = some.map(tokio::spawn).collect();
                for one in running {
                    one.await.expect("nobody panics");
                }
            }
        };
        begin(0, warm).await;
        let (memory, there) = (machine::figure("status", "RssAnon"), used(&house));
        begin(warm, warm + count).await;
        let grown = machine::figure("status", "RssAnon").saturating_sub(memory) * 1024;
        let each = |bytes: u64| bytes as f64 / count as f64;
        println!("{count} challenges pending: {:.0} bytes each in the process's memory", each(grown));
        match &house.redis {
            Some(_) => println!("{:.0} bytes each in Redis", each(used(&house) - there)),
            None => tell_file(&folder.path().join("sekisho.db"), warm + count),
        }
    });
}

fn used(house: &House) -> u64 {
    house.redis.as_ref().and_then(|server| server.info("used_memory").parse().ok()).unwrap_or(0)
}

/// What each table and index of the file takes, for each challenge.
fn tell_file(file: &std::path::Path, count: usize) {
    let db = Connection::open(file).expect("opens");
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("the log goes into the file");
    let mut query =
        db.prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC").expect("SQLite has it");
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("reads");
    let parts: Vec<(String, u64)> = rows.collect::<Result<_, _>>().expect("reads");
    let sum: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    println!("{:.0} bytes each on the disk, the audit not counted", sum as f64 / count as f64);
    for (name, bytes) in parts.iter().filter(|(_, bytes)| *bytes > 100_000) {
        println!("  {:>5.0} {name}", *bytes as f64 / count as f64);
    }
}
