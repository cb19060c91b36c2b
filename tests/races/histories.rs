//! Two nodes in one process on each of the real stores, on threads as the system schedules them.

use super::houses::House;
use super::play::{Play, people};
use super::spec::judge;
use super::times;

/// Plays on stores of this kind, each empty, and judges each history.
async fn judged(kind: &str, usual: usize, house: impl Fn() -> House) {
    let mut opened = 0;
    for seed in 0..times(usual) as u64 {
        let house = house();
        let play = Play::on([house.one.clone(), house.two.clone()]).await;
        let acting: Vec<_> = people().map(|person| tokio::spawn(play.clone().act(person, seed))).collect();
        for person in acting {
            person.await.expect("nobody panics");
        }
        opened += play.opened();
        judge(&format!("{kind}, seed {seed},"), play.history());
    }
    assert!(opened > 0, "nobody got in");
    println!("{kind}: {} histories, {opened} passes", times(usual));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_one_file_everything_might_have_happened_one_after_the_other() {
    judged("embedded", 100, House::embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_one_redis_too() {
    judged("redis", 100, House::redis).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_a_cluster_too() {
    judged("cluster", 50, House::cluster).await;
}
