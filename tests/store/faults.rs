//! Servers that are unfit, away, slow, full or killed: an error that says so, in time, and back without a restart.

use crate::contract::{account, challenge, user};
use crate::houses::{open, settings};
use crate::support::redis::{Cluster, Server};
use crate::support::{free_port, wait};
use redis::Value;
use sekisho::domain::secret::Secret;
use sekisho::domain::time::Wall;
use sekisho::gate::seams::{Heard, Seen, Step, Store, Use};
use sekisho::store::redis::settings::{Mode, Settings};
use std::sync::Arc;
use tokio::task::JoinSet;

async fn complaint(settings: &Settings) -> String {
    open(settings).news(0).await.expect_err("it is unfit").to_string()
}

async fn recovered(store: &Arc<dyn Store>) {
    let done = tokio::time::timeout(wait::PATIENCE, async {
        while store.news(0).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
    done.await.expect("it comes back by itself");
}

fn write(n: u8, version: u64) -> Step {
    Step { challenge: Some(Seen { value: challenge(n), version }), ..Step::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unfit_server_is_refused_with_what_to_change() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let single = |server: &Server| settings(Mode::Single, &[server.address()]);
    assert!(complaint(&single(&server)).await.contains("noeviction"));
    server.ask::<Value>(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    assert!(complaint(&settings(Mode::Cluster, &[server.address()])).await.contains("cluster support disabled"));
    let wrong = Settings { password: Some(Secret::new("hunter2".into())), user: Some("x".into()), ..single(&server) };
    let told = complaint(&wrong).await;
    assert!(told.contains("`password`") && !told.contains("hunter2"), "{told}");
    let follow = format!("127.0.0.1 {}", server.port);
    let replica = Server::start(&["--replicaof", &follow]);
    wait::until("a replica", || (replica.info("master_link_status") == "up").then_some(()));
    assert!(complaint(&single(&replica)).await.contains("replica"));
    let nobody = settings(Mode::Single, &[format!("127.0.0.1:{}", free_port())]);
    let told = complaint(&nobody).await;
    assert!(told.contains(&nobody.nodes[0].to_string()), "{told}");
    let sentinel = Mode::Sentinel { master_name: "gate".into(), user: None, password: None };
    assert!(complaint(&settings(sentinel, &[server.address()])).await.contains("redis 127.0.0.1"));
    let member = Cluster::start();
    assert!(complaint(&single(&member.servers[0])).await.contains("mode = \"cluster\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_unfit_while_it_runs_is_an_outage_that_ends_by_itself() {
    let server = Server::start(&[]);
    let settings = settings(Mode::Single, &[server.address()]);
    let store = open(&settings);
    recovered(&store).await;
    let nowhere = free_port().to_string();
    let rows: [(&[&str], &[&str], &str); 3] = [
        (
            &["CONFIG", "SET", "maxmemory-policy", "volatile-ttl"],
            &["CONFIG", "SET", "maxmemory-policy", "noeviction"],
            "noeviction",
        ),
        (&["REPLICAOF", "127.0.0.1", &nowhere], &["REPLICAOF", "NO", "ONE"], "replica"),
        (&["ACL", "SETUSER", "default", "-info"], &["ACL", "SETUSER", "default", "+info"], "docs/REDIS.md"),
    ];
    for (harm, mend, word) in rows {
        server.ask::<Value>(harm);
        let told = store.news(0).await.expect_err(word).to_string();
        assert!(told.contains(word), "{told}");
        assert!(store.swap(write(9, 99)).await.is_err() || word != "replica", "a replica takes no write");
        server.ask::<Value>(mend);
        recovered(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_takes_nothing_and_loses_nothing() {
    let server = Server::start(&[]);
    let store = open(&settings(Mode::Single, &[server.address()]));
    assert!(store.swap(write(1, 0)).await.expect("writes"));
    server.ask::<Value>(&["CONFIG", "SET", "maxmemory", "1"]);
    let whole = Step { accounts: vec![(account(1), Seen { value: Default::default(), version: 0 })], ..write(1, 1) };
    let told = store.swap(whole.clone()).await.expect_err("full").to_string();
    assert!(told.contains("full"), "{told}");
    assert_eq!(store.challenge(&challenge(1).id).await.expect("reads").expect("there").version, 1);
    assert_eq!(store.account(&account(1)).await.expect("reads").version, 0);
    server.ask::<Value>(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(store.swap(whole).await.expect("writes again"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_holds_up_only_so_many() {
    let server = Server::start(&[]);
    let store = open(&settings(Mode::Single, &[server.address()]));
    recovered(&store).await;
    server.signal("STOP");
    let mut calls = JoinSet::new();
    for n in 0..1200 {
        let store = store.clone();
        calls.spawn(async move { store.account(&account((n % 256) as u8)).await.expect_err("it hangs").to_string() });
    }
    let told = calls.join_all().await;
    let refused = told.iter().filter(|words| words.contains("too much is waiting")).count();
    assert!(refused >= 1200 - 1024, "{refused} were refused at once");
    assert!(store.news(0).await.is_err());
    server.signal("CONT");
    recovered(&store).await;
    store.account(&account(1)).await.expect("reads");
}

/// Writers who never stop, and a server that is killed again and again: each version is acknowledged to one at most, and
/// what was acknowledged is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_and_was_acknowledged_once() {
    let mut server = Server::start(&[]);
    let settings = settings(Mode::Single, &[server.address()]);
    let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for n in 0..8 {
        let (store, over) = (open(&settings), over.clone());
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            while !over.load(std::sync::atomic::Ordering::SeqCst) {
                let key = account(n % 2);
                let Ok(seen) = store.account(&key).await else { continue };
                let version = seen.version;
                if store.swap(Step { accounts: vec![(key.clone(), seen)], ..Step::default() }).await.unwrap_or(false) {
                    acknowledged.push((key, version + 1));
                }
            }
            acknowledged
        });
    }
    let store = open(&settings);
    let mut reached = 0;
    for _ in 0..5 {
        let goal = reached + 40;
        loop {
            let Ok(seen) = store.account(&account(0)).await else { continue };
            reached = seen.version;
            if reached >= goal {
                break;
            }
        }
        server.kill();
        server.restart();
    }
    over.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut all: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count, "no version was acknowledged to two");
    recovered(&store).await;
    for n in [0, 1] {
        let there = store.account(&account(n)).await.expect("reads").version;
        let last = all.iter().filter(|(key, _)| *key == account(n)).map(|(_, version)| *version).max();
        assert!(last.is_some_and(|last| there >= last), "{there} there, {last:?} acknowledged");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_forget_by_themselves_what_is_long_over_and_nothing_before() {
    let server = Server::start(&[]);
    let settings = settings(Mode::Single, &[server.address()]);
    let store = open(&settings);
    let session = sekisho::domain::pass::Session::begin(
        sekisho::domain::id::SessionId::in_bucket(1, [1; 16]),
        user(1),
        Wall::from_secs(1),
    );
    let last_use = Use { session: session.id.clone(), scope: "a".into(), at: Wall::from_secs(1) };
    let all = Step {
        accounts: vec![(account(1), Seen { value: Default::default(), version: 0 })],
        session: Some(Seen { value: session.clone(), version: 0 }),
        enrolments: Some((user(1), Seen { value: vec![1], version: 0 })),
        ..write(1, 0)
    };
    assert!(store.swap(all).await.expect("writes"));
    assert!(store.park(&challenge(1).id, vec![1], Wall::from_secs(1)).await.expect("writes"));
    store.touch(vec![last_use]).await.expect("writes");
    let keys: Vec<String> = server.ask(&["KEYS", "*"]);
    assert!(keys.len() >= 8, "{keys:?}");
    for key in &keys {
        assert!(key.starts_with(&format!("{{{}:", settings.prefix)), "{key}");
        let life: i64 = server.ask(&["PTTL", key]);
        let forever = ["enrolments", ":uses", ":used", ":usecount", ":doubted"].iter().any(|kind| key.contains(kind));
        assert!(if forever { life == -1 } else { life > 3_590_000 }, "{key} lives {life} ms");
    }
    // The session goes as the server would let it go; its uses and its place in the index follow.
    server.ask::<Value>(&["DEL", &format!("{{{}:b01}}:session:{}", settings.prefix, session.id)]);
    for _ in 0..16 {
        store.sweep(Wall::from_secs(2)).await.expect("sweeps");
    }
    assert!(store.uses(Heard::default()).await.expect("reads").uses.is_empty());
    assert!(store.sessions(&user(1)).await.expect("reads").is_empty());
    assert!(!server.ask::<bool>(&["EXISTS", &format!("{{{}:b01}}:sessions:{}", settings.prefix, user(1))]));
    assert_eq!(store.enrolments(&user(1)).await.expect("reads").value, [1]);
}
