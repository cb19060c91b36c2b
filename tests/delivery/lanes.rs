//! What waits for one channel, and does not hold up another.

use std::time::Duration;

use sekisho::delivery::Settings;
use sekisho::delivery::settings::Provider;
use sekisho::domain::contact::Channel;
use sekisho::domain::quota::Quota;
use sekisho::gate::seams::{QueueFull, World};

use crate::eventually;
use crate::rig::{Rig, file, lines, settings, via};
use crate::twilio::Twilio;

/// SMS by `sms`, letters into a file.
fn beside(sms: Provider, letters: &tempfile::TempDir) -> Settings {
    let providers = [(Channel::Sms, vec![sms]), (Channel::Email, vec![file(letters)])].into();
    Settings { providers, ..settings(Vec::new()) }
}

#[tokio::test]
async fn a_modem_at_six_a_minute_with_fifty_waiting_does_not_delay_a_letter() {
    let (letters, sms) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let modem = Provider { rate: Quota::parse("6/1m"), name: "modem".to_owned(), ..file(&sms) };
    let rig = Rig::start(Settings { workers: 2, ..beside(modem, &letters) });
    for send in 1..=50 {
        rig.post_to_another(send).expect("there is room");
    }
    // The first has gone out; the second waits for its turn, and the clock stands still.
    eventually("the modem is at work", || (lines(&sms).len() == 1).then_some(())).await;
    rig.post_letter(100).expect("there is room");
    eventually("the letter is out", || (lines(&letters).len() == 1).then_some(())).await;
    assert_eq!((lines(&sms).len(), rig.world.mono()), (1, Duration::ZERO), "nobody had to wait for that");
}

#[tokio::test]
async fn a_provider_that_takes_its_time_leaves_workers_and_room_to_other_channels() {
    let (twilio, letters) = (Twilio::start([]).await, tempfile::tempdir().expect("a folder"));
    twilio.hold();
    let rig = Rig::start(Settings { workers: 8, queue: 20, ..beside(via(&twilio), &letters) });
    for send in 1..=6 {
        rig.post_to_another(send).expect("there is room");
    }
    eventually("all workers that it may have are busy", || (twilio.asked() == 6).then_some(())).await;
    for send in 7..=26 {
        rig.post_to_another(send).expect("there is room");
    }
    assert_eq!(rig.post_to_another(27), Err(QueueFull), "its own queue is full");
    for send in 101..=120 {
        rig.post_letter(send).expect("that of letters is not");
    }
    rig.settled(20).await;
    assert_eq!((lines(&letters).len(), twilio.asked()), (20, 6), "two workers are kept for letters");
    twilio.release();
    rig.settled(46).await;
    assert_eq!(twilio.busiest(), 6);
}

#[tokio::test]
async fn one_worker_serves_every_channel() {
    let (twilio, letters) = (Twilio::start([]).await, tempfile::tempdir().expect("a folder"));
    let rig = Rig::start(Settings { workers: 1, ..beside(via(&twilio), &letters) });
    for send in 1..=5 {
        rig.post_to_another(send).expect("there is room");
        rig.post_letter(100 + send).expect("there is room");
    }
    rig.settled(10).await;
    assert_eq!((twilio.taken().len(), twilio.busiest(), lines(&letters).len()), (5, 1, 5));
}
