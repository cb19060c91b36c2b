//! The gate under a scheduler that a seed determines: who goes on at each step is drawn, and every history is judged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use sekisho::gate::seams::Store;
use shuttle::future::{block_on, spawn};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

use super::memory::Memory;
use super::play::{Play, people};
use super::spec::judge;
use super::times;

/// Plays once, from the next seed, in whatever order the scheduler says.
fn once(seeds: &AtomicU64, opened: &AtomicUsize) {
    let seed = seeds.fetch_add(1, Ordering::SeqCst);
    let play = block_on(async move {
        let store: Arc<dyn Store> = Arc::new(Memory::default());
        let play = Play::on([store.clone(), store]).await;
        let acting: Vec<_> = people().map(|person| spawn(play.clone().act(person, seed))).collect();
        for person in acting {
            person.await.expect("nobody panics");
        }
        play
    });
    opened.fetch_add(play.opened(), Ordering::SeqCst);
    judge(&format!("seed {seed}"), play.history());
}

pub fn run(scheduler: impl Scheduler + 'static, once: Box<dyn Fn() + Send + Sync>) {
    let mut config = Config::new();
    // The gate's own frames, unoptimised, are larger than what is usual there.
    config.stack_size = 1 << 20;
    Runner::new(scheduler, config).run(once);
}

fn explored(usual: usize, explore: impl FnOnce(usize, Box<dyn Fn() + Send + Sync>)) {
    let (seeds, opened) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicUsize::new(0)));
    let (drawn, passes) = (seeds.clone(), opened.clone());
    explore(times(usual), Box::new(move || once(&drawn, &passes)));
    let (played, opened) = (seeds.load(Ordering::SeqCst) - 1, opened.load(Ordering::SeqCst));
    assert!(played >= times(usual) as u64 && opened > 0, "{played} schedules, {opened} passes");
    println!("{played} schedules, {opened} passes");
}

#[test]
fn in_every_random_schedule_it_might_have_happened_one_after_the_other() {
    explored(1500, |schedules, once| run(RandomScheduler::new(schedules), once));
}

#[test]
fn in_schedules_with_few_and_unlucky_changes_of_turn_too() {
    // Bugs that need few changes of turn are found by few, but well placed ones (probabilistic concurrency testing).
    explored(500, |schedules, once| run(PctScheduler::new(3, schedules), once));
}
