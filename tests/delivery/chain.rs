//! Which provider is asked, how often, and when it is enough.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use sekisho::delivery::Settings;
use sekisho::delivery::settings::{BodyType, HttpProvider, Provider, With};
use sekisho::domain::quota::Quota;
use sekisho::domain::secret::Secret;
use sekisho::gate::fall_back::Why;
use sekisho::gate::seams::World;

use crate::rig::{Rig, challenge, file, lines, settings, twilio, twilio_with, via};
use crate::twilio::{SENDER, SERVICE, TOKEN, Turn, Twilio};
use crate::world::lock;

/// Short enough for a test that waits for it in real time.
const HASTY: Duration = Duration::from_millis(600);

fn error(status: u16, code: u32) -> Turn {
    Turn::Error { status, code, retry_after: None }
}

#[tokio::test]
async fn a_code_goes_out_by_twilio() {
    let twilio = Twilio::start([]).await;
    let rig = Rig::start(settings(vec![via(&twilio)]));
    assert_eq!(rig.outcome().await, Ok(()));
    assert_eq!(rig.told(), "twilio:sent");
    let taken = twilio.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["To"], "+819012345678");
    assert_eq!(
        taken[0]["Body"],
        "482913 が中央病院の確認コードです。5分間有効。誰にも教えないでください。\n\n@records.example.jp #482913"
    );
    assert_eq!(taken[0]["ValidityPeriod"], "300");
    let report_to = format!("https://records.example.jp/.sekisho/receipts/twilio?c={}&n=1&m=", challenge());
    assert!(taken[0]["StatusCallback"].starts_with(&report_to), "{taken:?}");
}

#[tokio::test]
async fn nobody_is_told_to_report_over_plain_http() {
    let twilio = Twilio::start([]).await;
    let public_url = "http://records.example.jp".to_owned();
    let rig = Rig::start(Settings { public_url, ..settings(vec![via(&twilio)]) });
    assert_eq!(rig.outcome().await, Ok(()));
    assert!(!twilio.taken()[0].contains_key("StatusCallback"));
}

#[tokio::test]
async fn a_messaging_service_can_be_the_sender() {
    let twilio = Twilio::start([]).await;
    let provider = twilio_with(&twilio.base_url, SERVICE, TOKEN);
    assert_eq!(Rig::start(settings(vec![provider])).outcome().await, Ok(()));
    assert_eq!(twilio.taken()[0]["MessagingServiceSid"], SERVICE);
}

#[tokio::test]
async fn wrong_credentials_are_our_fault() {
    let twilio = Twilio::start([]).await;
    let provider = twilio_with(&twilio.base_url, SENDER, "wrong");
    assert_eq!(Rig::start(settings(vec![provider])).outcome().await, Err("config"));
    assert!(twilio.taken().is_empty() && twilio.asked() == 1);
}

#[tokio::test]
async fn a_provider_that_is_down_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let rig = Rig::start(settings(vec![twilio("http://127.0.0.1:1"), file(&folder)]));
    rig.post(1).expect("there is room");
    // Once more after a breath, then the next one.
    let breath = rig.world.next_waking().await;
    assert!(Duration::from_millis(200) <= breath && breath < Duration::from_millis(700), "{breath:?}");
    rig.world.advance_to(breath);
    assert_eq!(rig.settled(1).await, [(1, Ok(()))]);
    assert_eq!(rig.told(), "twilio:transient twilio:transient file:sent");
    assert_eq!(lines(&folder)[0]["code"], "482913");
}

#[tokio::test]
async fn a_moment_of_trouble_is_waited_out_once() {
    let twilio = Twilio::start([error(503, 20503)]).await;
    let rig = Rig::start(settings(vec![via(&twilio)]));
    rig.post(1).expect("there is room");
    rig.world.advance_to(rig.world.next_waking().await);
    assert_eq!(rig.settled(1).await, [(1, Ok(()))]);
    assert_eq!((twilio.asked(), twilio.taken().len()), (2, 1));

    let twilio = Twilio::start([error(503, 20503), error(503, 20503)]).await;
    let rig = Rig::start(settings(vec![via(&twilio)]));
    rig.post(1).expect("there is room");
    rig.world.advance_to(rig.world.next_waking().await);
    assert_eq!(rig.settled(1).await, [(1, Err("transient"))]);
    assert_eq!(twilio.asked(), 2);
}

#[tokio::test]
async fn a_slow_provider_leaves_time_for_the_next_and_is_not_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let slow = Twilio::start([Turn::Hang]).await;
    let rig = Rig::start(Settings { deadline: HASTY, ..settings(vec![via(&slow), file(&folder)]) });
    assert_eq!(rig.outcome().await, Ok(()));
    assert_eq!(rig.told(), "twilio:ambiguous file:sent");
    assert_eq!((slow.asked(), lines(&folder).len()), (1, 1));
}

#[tokio::test]
async fn what_may_be_on_its_way_is_not_sent_again() {
    for turn in [
        Turn::Hang,
        Turn::DieHalfway,
        error(500, 20500),
        Turn::Garbage { status: 200, body: "<html>Log in to the guest network</html>" },
        Turn::Garbage { status: 201, body: "{\"sid\":" },
        Turn::Garbage { status: 502, body: "" },
    ] {
        let twilio = Twilio::start([turn]).await;
        let rig = Rig::start(Settings { deadline: HASTY, ..settings(vec![via(&twilio)]) });
        assert_eq!(rig.outcome().await, Err("ambiguous"));
        assert_eq!(twilio.asked(), 1);
    }
}

#[tokio::test]
async fn an_ambiguous_answer_outweighs_a_plain_no_that_follows() {
    let (first, second) = (Twilio::start([Turn::DieHalfway]).await, Twilio::start([error(400, 21612)]).await);
    let rig = Rig::start(settings(vec![via(&first), via(&second)]));
    assert_eq!(rig.outcome().await, Err("ambiguous"));
    assert_eq!(rig.told(), "twilio:ambiguous twilio:config");
}

#[tokio::test]
async fn each_no_goes_as_far_as_it_should() {
    let cases = [
        (error(400, 21211), "recipient", false),
        (error(400, 21610), "opt_out", false),
        (error(400, 30450), "fraud", false),
        (error(400, 21408), "region", true),
        (error(400, 21612), "config", true),
        (error(402, 0), "funds", true),
        (error(429, 20429), "throttle", true),
        (Turn::Garbage { status: 400, body: "{\"code\":" }, "config", true),
    ];
    for (turn, class, another_may_help) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let twilio = Twilio::start([turn]).await;
        let rig = Rig::start(settings(vec![via(&twilio), file(&folder)]));
        assert_eq!(rig.outcome().await, if another_may_help { Ok(()) } else { Err(class) }, "{class}");
        assert!(rig.told().starts_with(&format!("twilio:{class}")), "{}", rig.told());
        assert_eq!((twilio.asked(), lines(&folder).len()), (1, usize::from(another_may_help)), "{class}");
    }
}

#[tokio::test]
async fn a_busy_provider_is_given_the_time_it_asks_for_when_it_is_the_last() {
    let twilio = Twilio::start([Turn::Error { status: 429, code: 20429, retry_after: Some(7) }]).await;
    let rig = Rig::start(settings(vec![via(&twilio)]));
    rig.post(1).expect("there is room");
    let waking = rig.world.next_waking().await;
    assert_eq!(waking.as_secs(), 7, "{waking:?}");
    rig.world.advance_to(Duration::from_millis(6_999));
    assert_eq!(rig.world.next_waking().await, waking);
    assert_eq!(twilio.asked(), 1);
    rig.world.advance_to(waking);
    assert_eq!(rig.settled(1).await, [(1, Ok(()))]);
}

#[tokio::test]
async fn nobody_waits_past_the_deadline() {
    let twilio = Twilio::start([Turn::Error { status: 429, code: 20429, retry_after: Some(20) }]).await;
    let rig = Rig::start(settings(vec![via(&twilio)]));
    assert_eq!(rig.outcome().await, Err("throttle"));
    assert_eq!((twilio.asked(), rig.world.mono()), (1, Duration::ZERO));
}

#[tokio::test]
async fn without_any_provider_nothing_is_sent() {
    assert_eq!(Rig::start(settings(vec![])).outcome().await, Err("config"));
}

#[tokio::test]
async fn any_api_can_be_spoken_by_template() {
    let seen = Arc::new(Mutex::new(None));
    let writer = seen.clone();
    let answer = async move |headers: HeaderMap, body: Bytes| {
        *lock(&writer) = Some((headers, body));
        axum::http::StatusCode::ACCEPTED
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/api/send", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/api/send", post(answer))).await });
    let provider = HttpProvider {
        url,
        body: r#"{"to":"{to}","message":"{text}"}"#.to_owned(),
        body_type: BodyType::Json,
        headers: vec![("X-Api-Key".to_owned(), Secret::new("k-123".to_owned()))],
    };
    let provider = Provider::new("house", With::Http(provider));
    let rig = Rig::start(settings(vec![provider]));
    assert_eq!(rig.outcome().await, Ok(()));
    assert_eq!(rig.told(), "house:sent");
    let (headers, body) = lock(&seen).take().expect("it was asked");
    let json: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(headers["x-api-key"], "k-123");
    assert_eq!(json["to"], "+819012345678");
    assert!(json["message"].as_str().is_some_and(|m| m.ends_with("\n\n@records.example.jp #482913")));
}

#[tokio::test]
async fn what_nobody_took_asks_for_the_next_channel_and_what_was_taken_waits_for_news() {
    let no = Twilio::start([error(400, 21614)]).await;
    let rig = Rig::start(settings(vec![via(&no)]));
    rig.post(1).expect("there is room");
    assert_eq!(rig.fell_back(1).await, [(1, Why::Failed)]);

    let fraud = Twilio::start([error(400, 30450)]).await;
    let rig = Rig::start(settings(vec![via(&fraud)]));
    rig.post(1).expect("there is room");
    assert_eq!(rig.fell_back(1).await, [(1, Why::Fraud)]);

    let yes = Twilio::start([]).await;
    let patient = Settings { next_after: Some(Duration::from_secs(45)), ..settings(vec![via(&yes)]) };
    let rig = Rig::start(patient);
    rig.post(1).expect("there is room");
    rig.settled(1).await;
    let rings = rig.world.next_waking().await;
    assert_eq!(rings - rig.world.mono(), Duration::from_secs(45));
    rig.world.advance_to(rings);
    assert_eq!(rig.fell_back(1).await, [(1, Why::Silence)]);
}

#[tokio::test]
async fn what_may_be_on_its_way_waits_for_news_as_well() {
    let unsure = Twilio::start([Turn::DieHalfway]).await;
    let patient = Settings { next_after: Some(Duration::from_secs(45)), ..settings(vec![via(&unsure)]) };
    let rig = Rig::start(patient);
    assert_eq!(rig.outcome().await, Err("ambiguous"));
    rig.world.advance_to(rig.world.next_waking().await);
    assert_eq!(rig.fell_back(1).await, [(1, Why::Silence)]);
}

#[tokio::test]
async fn whoever_fails_again_and_again_is_passed_over_until_it_is_back() {
    let broken = Twilio::start((0..5).map(|_| error(400, 21612))).await;
    let folder = tempfile::tempdir().expect("a folder");
    let rig = Rig::start(Settings { workers: 1, ..settings(vec![via(&broken), file(&folder)]) });
    for send in 1..=8 {
        rig.post_to_another(send).expect("there is room");
    }
    rig.settled(8).await;
    assert_eq!((broken.asked(), lines(&folder).len()), (5, 8), "nothing is lost meanwhile");
    rig.world.advance_to(rig.world.mono() + Duration::from_secs(30));
    rig.post_to_another(9).expect("there is room");
    rig.settled(9).await;
    assert_eq!((broken.asked(), broken.taken().len(), lines(&folder).len()), (6, 1, 8));
}

#[tokio::test]
async fn one_number_that_cannot_be_reached_takes_the_provider_from_nobody() {
    // The vendor has no word for it that we know.
    let twilio = Twilio::start((0..20).map(|_| error(400, 99999))).await;
    let rig = Rig::start(Settings { workers: 1, ..settings(vec![via(&twilio)]) });
    for send in 1..=20 {
        rig.post(send).expect("there is room");
    }
    assert!(rig.settled(20).await.iter().all(|(_, outcome)| *outcome == Err("config")));
    rig.post_to_another(21).expect("there is room");
    assert_eq!(rig.settled(21).await[20], (21, Ok(())), "the next number is served at once");
    assert_eq!(twilio.asked(), 21);
}

#[tokio::test]
async fn a_slow_modem_passes_on_what_would_wait_too_long() {
    let (modem, second) = (Twilio::start([]).await, Twilio::start([]).await);
    let modem_ = Provider { rate: Quota::parse("6/1m"), ..via(&modem) };
    let rig = Rig::start(settings(vec![modem_, Provider { name: "second".to_owned(), ..via(&second) }]));
    for send in 1..=4 {
        rig.post(send).expect("there is room");
    }
    for settled in 2..=4 {
        rig.settled(settled).await;
        if settled < 4 {
            let next = rig.world.next_waking().await;
            assert_eq!(next, Duration::from_secs(10 * (settled as u64 - 1)));
            rig.world.advance_to(next);
        }
    }
    assert_eq!((modem.taken().len(), second.taken().len()), (3, 1));
}

#[tokio::test]
async fn many_that_fail_together_close_it_for_the_shortest_time() {
    let broken = Twilio::start((0..8).map(|_| Turn::Hang)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let hasty = Settings { workers: 8, deadline: HASTY, ..settings(vec![via(&broken), file(&folder)]) };
    let rig = Rig::start(hasty);
    for send in 1..=8 {
        rig.post_to_another(send).expect("there is room");
    }
    rig.settled(8).await;
    rig.world.advance_to(rig.world.mono() + Duration::from_secs(31));
    rig.post_to_another(9).expect("there is room");
    rig.settled(9).await;
    assert_eq!(broken.asked(), 9, "half a minute later somebody finds out whether it is back");
}

#[tokio::test]
async fn what_somebody_may_have_sent_stays_open_whatever_the_next_one_says() {
    let (unsure, no) = (Twilio::start([Turn::DieHalfway]).await, Twilio::start([error(400, 21614)]).await);
    let second = Provider { name: "second".to_owned(), ..via(&no) };
    assert_eq!(Rig::start(settings(vec![via(&unsure), second])).outcome().await, Err("ambiguous"));
    let (unsure, fraud) = (Twilio::start([Turn::DieHalfway]).await, Twilio::start([error(400, 30450)]).await);
    let second = Provider { name: "second".to_owned(), ..via(&fraud) };
    assert_eq!(Rig::start(settings(vec![via(&unsure), second])).outcome().await, Err("fraud"));
}
