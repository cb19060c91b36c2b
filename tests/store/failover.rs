//! Another server takes over, or the same one comes back with less: nothing opens twice, and revocations come back.

use crate::contract::{account, challenge, user};
use crate::houses::{open, sentinel, settings};
use crate::support::redis::{Cluster, Group, Server, try_ask};
use crate::support::wait;
use redis::Value;
use sekisho::app::world::SystemWorld;
use sekisho::domain::challenge::{Challenge, State};
use sekisho::domain::time::Wall;
use sekisho::gate::seams::{Revocation, Revoked, Seen, Step, Store, StoreError, World};
use sekisho::store::redis::settings::Mode;
use std::sync::Arc;
use std::time::Duration;

fn now() -> Wall {
    SystemWorld::default().wall()
}

/// Begun just now, for user `n`; in any case after what was doubted a moment ago.
fn begun(n: u8) -> Challenge {
    let created = now().plus(Duration::from_millis(1));
    Challenge { created, expires: created.plus(Duration::from_secs(300)), ..challenge(n) }
}

fn step(value: Challenge, version: u64) -> Step {
    Step { challenge: Some(Seen { value, version }), ..Step::default() }
}

fn logout() -> Revocation {
    Revocation { what: Revoked::User(user(1)), at: now(), forget: now().plus(Duration::from_secs(3600)) }
}

/// Asks until it is answered.
async fn answered<T>(what: &str, ask: impl AsyncFn() -> Result<T, StoreError>) -> T {
    let done = tokio::time::timeout(wait::PATIENCE, async {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    });
    done.await.unwrap_or_else(|_| panic!("the store never came back to {what}"))
}

async fn heartbeat(store: &Arc<dyn Store>) -> sekisho::gate::seams::News {
    answered("a heartbeat", async || store.news(0).await).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_lost_master_alone_knew_opens_nothing_and_revocations_come_back() {
    let mut group = Group::start();
    let settings = sentinel(&group);
    let key = format!("{{{}:b01}}:challenge:{}", settings.prefix, challenge(1).id);
    let (one, two) = (open(&settings), open(&settings));
    let before = heartbeat(&one).await.doubted;
    heartbeat(&two).await;
    let open_one = begun(1);
    assert!(one.swap(step(open_one.clone(), 0)).await.expect("writes"));
    let replica = group.replica.port;
    wait::until("the challenge at the replica", || try_ask::<Option<String>>(replica, &["GET", &key]).ok().flatten());

    // From here on the replica hears nothing any more.
    group.master.ask::<Value>(&["ACL", "SETUSER", "default", "-psync", "-sync"]);
    group.master.ask::<Value>(&["CLIENT", "KILL", "TYPE", "replica"]);
    wait::until("a replica that was cut off", || (group.replica.info("master_link_status") == "down").then_some(()));
    let seen = two.challenge(&open_one.id).await.expect("reads").expect("there");
    let spent = Challenge { state: State::Verified, ..open_one.clone() };
    assert!(one.swap(step(spent.clone(), seen.version)).await.expect("the master takes it"), "the code is spent");
    one.revoke(logout()).await.expect("writes");
    group.master.kill();

    let doubted = heartbeat(&one).await.doubted;
    assert!(doubted >= open_one.created && doubted > before, "another server leads");
    let there: String = group.replica.ask(&["GET", &key]);
    assert!(there.starts_with("1 "), "what was lost is lost: {there}");
    assert_eq!(group.replica.info("role"), "master");
    // Who read it before, and who reads it now, as unspent.
    for (store, seen) in [(&two, seen), (&one, one.challenge(&open_one.id).await.expect("reads").expect("there"))] {
        let done = answered("a swap", async || store.swap(step(spent.clone(), seen.version)).await).await;
        assert!(!done, "it opens nothing a second time");
    }
    let third = open(&settings);
    let news = heartbeat(&third).await;
    assert!(news.doubted >= doubted, "who starts later hears of it");
    assert_eq!(news.revocations.len(), 1, "the revocation is back with the first heartbeat");
    assert!(one.swap(step(begun(2), 0)).await.expect("writes"), "what is begun now is good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_raises_doubt_and_a_broken_connection_does_not() {
    let mut server = Server::start(&[]);
    let settings = settings(Mode::Single, &[server.address()]);
    let store = open(&settings);
    let first = heartbeat(&store).await.doubted;
    let early = begun(1);
    assert!(store.swap(step(early.clone(), 0)).await.expect("writes"));
    assert!(store.park(&early.id, b"old".to_vec(), early.expires).await.expect("writes"));
    server.ask::<Value>(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    server.ask::<Value>(&["CLIENT", "KILL", "TYPE", "normal"]);
    assert_eq!(heartbeat(&store).await.doubted, first, "the same server leads");
    assert_eq!(heartbeat(&open(&settings)).await.doubted, first, "and another node knows it");
    assert!(store.swap(step(early.clone(), 1)).await.expect("writes"));
    server.kill();
    assert!(store.swap(step(early.clone(), 2)).await.is_err(), "nobody there");
    server.restart();
    assert!(heartbeat(&store).await.doubted > early.created);
    let kept = store.challenge(&early.id).await.expect("reads").expect("the file kept it");
    assert_eq!(kept.version, 2);
    assert!(!store.swap(step(early.clone(), 2)).await.expect("answers"), "it opens nothing any more");
    assert_eq!(store.unpark(&early.id).await.expect("answers"), None, "it may have gone out already");
    assert!(store.parked(&early.id).await.expect("reads").is_some(), "and is kept for the person to decide");
    let late = challenge(2).id;
    assert!(store.park(&late, b"new".to_vec(), early.expires).await.expect("writes"));
    assert_eq!(store.unpark(&late).await.expect("answers"), Some(b"new".to_vec()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_empty_is_told_every_revocation() {
    let mut server = Server::start(&["--appendonly", "no"]);
    let settings = settings(Mode::Single, &[server.address()]);
    let (one, two) = (open(&settings), open(&settings));
    let all = [logout(), Revocation { what: Revoked::All, ..logout() }];
    one.revoke(all[0].clone()).await.expect("writes");
    let before = heartbeat(&two).await;
    one.revoke(all[1].clone()).await.expect("writes, and has not read it back yet");
    server.kill();
    server.restart();
    heartbeat(&one).await;
    let doubted = heartbeat(&two).await.doubted;
    assert!(doubted > before.doubted);
    let later = two.news(before.revocations[0].0).await.expect("reads").revocations;
    assert_eq!(
        later.iter().map(|(_, r)| r.clone()).collect::<Vec<_>>(),
        all[1..],
        "by its own count, only what is new"
    );
    assert_eq!(heartbeat(&open(&settings)).await.revocations.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_cluster_one_master_is_lost_and_its_replica_takes_over() {
    let mut cluster = Cluster::start();
    let settings = settings(Mode::Cluster, &cluster.nodes());
    let store = open(&settings);
    heartbeat(&store).await;
    for n in 0..=255 {
        assert!(store.swap(step(begun(n), 0)).await.expect("writes"), "bucket {n}");
    }
    let before = heartbeat(&store).await.doubted;
    let lost = cluster.servers.iter().position(|server| server.info("role") == "master").expect("there are masters");
    cluster.servers[lost].kill();
    let mut closed = 0;
    for n in 0..=255 {
        closed += usize::from(store.account(&account(n)).await.is_err());
    }
    assert!((20..200).contains(&closed), "its part is closed, the others are not: {closed}");
    for n in 0..=255 {
        let read = answered("a challenge", async || store.challenge(&challenge(n).id).await).await;
        assert_eq!(read.map(|seen| seen.version), Some(1), "bucket {n}");
    }
    let after = answered("the doubt", async || {
        let news = store.news(0).await?;
        (news.doubted > before).then_some(news).ok_or_else(|| StoreError("not yet".into()))
    });
    assert!(after.await.doubted > before);
    let fresh = answered("a swap", async || store.swap(step(begun(7), 1)).await);
    assert!(fresh.await, "what is begun now is good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_replica_that_is_waited_for_nothing_counts() {
    let master = Server::start(&[]);
    let settings = sekisho::store::redis::Settings { wait_replicas: 1, ..settings(Mode::Single, &[master.address()]) };
    let store = open(&settings);
    heartbeat(&store).await;
    let error = store.swap(step(begun(1), 0)).await.expect_err("no replica has it");
    assert!(error.to_string().contains("wait_replicas"), "{error}");
    assert!(store.revoke(logout()).await.is_err());
    let there = store.challenge(&challenge(1).id).await.expect("reads");
    assert_eq!(there.map(|seen| seen.version), Some(1), "the try is spent all the same");
    let short = store.take(Vec::new(), now()).await.expect("nothing is asked for");
    assert_eq!(short, sekisho::gate::seams::Take::Taken);
}
