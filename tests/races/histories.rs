//! Two nodes in one process on a real store, on threads as the system schedules them.

use std::sync::Arc;

use sekisho::gate::seams::Store;
use sekisho::store::Embedded;

use super::play::{Play, people};
use super::spec::judge;
use super::times;

/// Plays on stores of this kind, and judges each history.
async fn judged(kind: &str, usual: usize, fresh: impl AsyncFn() -> [Arc<dyn Store>; 2]) {
    let mut opened = 0;
    for seed in 0..times(usual) as u64 {
        let play = Play::on(fresh().await).await;
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
    let folder = super::support::folder();
    let number = std::sync::atomic::AtomicUsize::new(0);
    let fresh = async || {
        let n = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let file = folder.path().join(format!("{n}.db"));
        [0, 1].map(|_| -> Arc<dyn Store> { Arc::new(Embedded::open(&file).expect("opens")) })
    };
    judged("embedded", 100, fresh).await;
}
