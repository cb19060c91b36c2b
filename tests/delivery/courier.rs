//! The queue and its workers: how many, how long, and what becomes of the rest.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sekisho::delivery::Settings;
use sekisho::gate::seams::QueueFull;

use crate::eventually;
use crate::rig::{Rig, file, lines, settings, via};
use crate::twilio::{Turn, Twilio};

#[tokio::test]
async fn one_message_more_than_the_queue_holds_is_refused_at_once() {
    let twilio = Twilio::start([]).await;
    twilio.hold();
    let rig = Rig::start(Settings { queue: 2, workers: 1, ..settings(vec![via(&twilio)]) });
    rig.post(1).expect("there is room");
    eventually("the worker has it", || (twilio.asked() == 1).then_some(())).await;
    for send in [2, 3] {
        rig.post(send).expect("there is room");
    }
    assert_eq!(rig.courier.waiting(), 2);
    assert_eq!(rig.post(4), Err(QueueFull));
    twilio.release();
    assert_eq!(rig.settled(3).await, [(1, Ok(())), (2, Ok(())), (3, Ok(()))]);
    assert_eq!(rig.courier.waiting(), 0);
    rig.post(5).expect("there is room again");
    assert_eq!(rig.settled(4).await.len(), 4);
}

#[tokio::test]
async fn no_more_messages_are_under_way_than_there_are_workers() {
    let twilio = Twilio::start([]).await;
    twilio.hold();
    let rig = Rig::start(Settings { workers: 3, ..settings(vec![via(&twilio)]) });
    for send in 0..12 {
        rig.post(send).expect("there is room");
    }
    eventually("all workers are busy", || (twilio.asked() == 3).then_some(())).await;
    twilio.release();
    assert_eq!(rig.settled(12).await.len(), 12);
    assert_eq!(twilio.busiest(), 3);
}

#[tokio::test]
async fn a_code_whose_life_is_over_is_not_sent() {
    let twilio = Twilio::start([]).await;
    twilio.hold();
    let rig = Rig::start(Settings { workers: 1, ..settings(vec![via(&twilio)]) });
    rig.post(1).expect("there is room");
    eventually("the worker has it", || (twilio.asked() == 1).then_some(())).await;
    rig.post(2).expect("there is room");
    rig.world.advance_to(Duration::from_secs(300));
    twilio.release();
    assert_eq!(rig.settled(2).await, [(1, Ok(())), (2, Err("late"))]);
    assert_eq!(rig.told(), "twilio:sent courier:late");
    assert_eq!(twilio.asked(), 1);
}

#[tokio::test]
async fn a_message_that_waited_says_and_allows_what_is_left() {
    let twilio = Twilio::start([]).await;
    twilio.hold();
    let rig = Rig::start(Settings { workers: 1, ..settings(vec![via(&twilio)]) });
    for send in [1, 2] {
        rig.post(send).expect("there is room");
    }
    eventually("the worker has one", || (twilio.asked() == 1).then_some(())).await;
    rig.world.advance_to(Duration::from_secs(100));
    twilio.release();
    rig.settled(2).await;
    assert_eq!(twilio.taken()[1]["ValidityPeriod"], "200");
    assert!(twilio.taken()[1]["Body"].contains("3分間有効"));
}

#[tokio::test]
async fn a_panic_ends_one_delivery_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let once = AtomicBool::new(true);
    let rig = Rig::start_with(settings(vec![file(&folder)]), move |provider, _| {
        assert!(provider != "file" || !once.swap(false, Ordering::SeqCst), "a bug of ours");
    });
    assert_eq!(rig.outcome().await, Err("panic"));
    rig.post(2).expect("there is room");
    assert_eq!(rig.settled(2).await, [(1, Err("panic")), (2, Ok(()))]);
    assert!(rig.told().contains("courier:panic"), "{}", rig.told());
    assert!(!rig.run.is_finished());
}

#[tokio::test]
async fn at_shutdown_the_queue_is_emptied_first() {
    let twilio = Twilio::start([]).await;
    twilio.hold();
    let rig = Rig::start(Settings { workers: 2, ..settings(vec![via(&twilio)]) });
    for send in 0..10 {
        rig.post(send).expect("there is room");
    }
    rig.stop.send(true).expect("it listens");
    eventually("the workers are busy", || (twilio.asked() == 2).then_some(())).await;
    // A request that was still being answered: its code goes out too.
    rig.post(10).expect("there is room");
    twilio.release();
    let settled = rig.settled(11).await;
    assert!(settled.iter().all(|(_, outcome)| outcome.is_ok()), "{settled:?}");
    eventually("the service ends by itself", || rig.run.is_finished().then_some(())).await;
    assert_eq!(rig.post(11), Err(QueueFull));
}

#[tokio::test]
async fn at_shutdown_a_provider_that_hangs_holds_nobody_up() {
    let twilio = Twilio::start([Turn::Hang]).await;
    let rig = Rig::start(Settings { workers: 1, ..settings(vec![via(&twilio)]) });
    for send in [1, 2, 3] {
        rig.post(send).expect("there is room");
    }
    eventually("the worker has one", || (twilio.asked() == 1).then_some(())).await;
    rig.stop.send(true).expect("it listens");
    let end = rig.world.next_waking().await;
    assert_eq!(end, Duration::from_secs(20));
    rig.world.advance_to(end);
    assert_eq!(rig.settled(3).await, [(1, Err("ambiguous")), (2, Err("shutdown")), (3, Err("shutdown"))]);
    rig.run.await.expect("it ends by itself");
}

#[tokio::test]
async fn an_idle_courier_stops_at_once() {
    let rig = Rig::start(settings(vec![]));
    rig.stop.send(true).expect("it listens");
    rig.run.await.expect("it ends by itself");
}

#[tokio::test]
async fn many_messages_at_once_are_whole_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let rig = Rig::start(Settings { queue: 200, workers: 8, ..settings(vec![file(&folder)]) });
    for send in 0..200 {
        rig.post(send).expect("there is room");
    }
    assert_eq!(rig.settled(200).await.len(), 200);
    assert_eq!(lines(&folder).len(), 200);
}
