//! What every store promises, as sentences.

use crate::houses::House;
use crate::support::wait;
use sekisho::domain::account::AccountKey;
use sekisho::domain::challenge::Challenge;
use sekisho::domain::figure::{Figure, Series, hour_of};
use sekisho::domain::id::{ChallengeId, PassId, SessionId, UserId};
use sekisho::domain::pass::Session;
use sekisho::domain::time::Wall;
use sekisho::gate::seams::{Heard, Revocation, Revoked, Seen, Step, Store, Use};
use serde_json::json;
use std::time::Duration;
use tokio::task::JoinSet;

pub use crate::takes::*;

pub const NOW: Wall = Wall(1_800_000_000_000);

pub fn user(n: u8) -> UserId {
    UserId::from_random([n; 16])
}

pub fn account(n: u8) -> AccountKey {
    AccountKey::of_user(&user(n))
}

/// In the bucket of user `n`.
fn session(n: u8, which: u8) -> Session {
    Session::begin(SessionId::in_bucket(n, [which; 16]), user(n), NOW)
}

pub fn challenge_id(n: u8) -> ChallengeId {
    ChallengeId::in_bucket(n, [7; 16])
}

pub fn challenge(n: u8) -> Challenge {
    let whole = json!({
        "id": challenge_id(n), "account": account(n), "user": user(n), "browser": "b", "scope": "records",
        "return_to": "/", "first": "password", "session": null, "mac": "m", "sealed": "s", "state": "queued",
        "created": NOW, "expires": NOW.plus(Duration::from_secs(300)), "tries_left": 5, "channel": "sms", "to": null,
        "sends": 1, "last_send": NOW, "resend_at": NOW,
    });
    serde_json::from_value(whole).expect("a challenge")
}

fn new<T>(value: T) -> Seen<T> {
    Seen { value, version: 0 }
}

/// All four records of user `n`, as nobody has written them yet.
fn everything(n: u8) -> Step {
    Step {
        challenge: Some(new(challenge(n))),
        accounts: vec![(account(n), new(Default::default()))],
        session: Some(new(session(n, 1))),
        enrolments: Some((user(n), new(vec![0, 32, 10, 255]))),
    }
}

pub async fn of_steps_with_one_version_the_first_is_written_and_no_other(house: &House) {
    let fresh = house.one.account(&account(1)).await.expect("reads");
    assert_eq!(fresh.version, 0, "nobody wrote it");
    let step = |seen: &Seen<_>| Step { accounts: vec![(account(1), Seen::clone(seen))], ..Step::default() };
    assert!(house.one.swap(step(&fresh)).await.expect("writes"));
    assert!(!house.two.swap(step(&fresh)).await.expect("answers"), "stale");
    let mut current = house.two.account(&account(1)).await.expect("reads");
    current.value.strangers.failures = 3;
    assert!(house.two.swap(step(&current)).await.expect("writes"));
    assert!(!house.one.swap(step(&current)).await.expect("answers"), "stale again");
    let last = house.one.account(&account(1)).await.expect("reads");
    assert_eq!(last.value.strangers.failures, 3);
    assert!(last.version > current.version);
}

pub async fn a_step_is_written_whole_or_not_at_all(house: &House) {
    let (one, two) = (&house.one, &house.two);
    // Each record in turn is the one that somebody else has written since.
    for (n, spoilt) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        let all = everything(n);
        let first = match spoilt {
            0 => Step { challenge: all.challenge.clone(), ..Step::default() },
            1 => Step { accounts: all.accounts.clone(), ..Step::default() },
            2 => Step { session: all.session.clone(), ..Step::default() },
            _ => Step { enrolments: all.enrolments.clone(), ..Step::default() },
        };
        assert!(one.swap(first).await.expect("writes"));
        assert!(!two.swap(all).await.expect("answers"), "record {spoilt} was stale");
        let there = [
            one.challenge(&challenge_id(n)).await.expect("reads").is_some(),
            one.account(&account(n)).await.expect("reads").version > 0,
            one.session(&session(n, 1).id).await.expect("reads").is_some(),
            one.enrolments(&user(n)).await.expect("reads").version > 0,
        ];
        assert_eq!(there.iter().filter(|there| **there).count(), 1, "of a refused step nothing stays: {there:?}");
        assert_eq!(one.sessions(&user(n)).await.expect("reads").len(), usize::from(spoilt == 2));
    }
    assert!(one.swap(everything(5)).await.expect("writes"));
    assert!(!two.swap(everything(5)).await.expect("answers"));
    assert!(one.swap(Step::default()).await.expect("answers"), "nothing is always written");
}

pub async fn every_record_reads_back_as_it_was_written(house: &House) {
    let (one, two) = (&house.one, &house.two);
    assert_eq!(one.challenge(&challenge_id(6)).await.expect("reads"), None);
    assert_eq!(one.session(&session(6, 1).id).await.expect("reads"), None);
    let step = everything(6);
    assert!(one.swap(step.clone()).await.expect("writes"));
    let read = two.challenge(&challenge_id(6)).await.expect("reads").expect("there");
    assert_eq!(Some(&read.value), step.challenge.as_ref().map(|seen| &seen.value));
    assert_eq!(two.session(&session(6, 1).id).await.expect("reads").map(|seen| seen.value), Some(session(6, 1)));
    assert_eq!(two.enrolments(&user(6)).await.expect("reads").value, [0, 32, 10, 255]);
}

pub async fn of_many_swaps_at_once_one_wins_each_round(house: &House) {
    for round in 0..3 {
        let seen = house.one.account(&account(1)).await.expect("reads");
        let mut tasks = JoinSet::new();
        for n in 0..100 {
            let store = if n % 2 == 0 { house.one.clone() } else { house.two.clone() };
            let step = Step { accounts: vec![(account(1), seen.clone())], ..Step::default() };
            tasks.spawn(async move { store.swap(step).await.expect("answers") });
        }
        let won = tasks.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1, "round {round}");
    }
}

pub async fn of_many_who_ask_one_gets_what_was_parked(house: &House) {
    let (one, two) = (&house.one, &house.two);
    let id = challenge_id(9);
    let request: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    assert_eq!(one.parked(&id).await.expect("reads"), None);
    assert_eq!(one.unpark(&id).await.expect("answers"), None);
    assert!(one.park(&id, request.clone(), NOW).await.expect("writes"));
    assert!(!two.park(&id, b"another".to_vec(), NOW).await.expect("answers"), "one is kept there already");
    assert_eq!(two.parked(&id).await.expect("reads"), Some(request.clone()), "looking takes nothing");
    let mut tasks = JoinSet::new();
    for n in 0..50 {
        let (store, id) = (if n % 2 == 0 { one.clone() } else { two.clone() }, id.clone());
        tasks.spawn(async move { store.unpark(&id).await.expect("answers") });
    }
    let got: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(got == [request], "{} got it", got.len());
    assert_eq!(two.parked(&id).await.expect("reads"), None);
}

pub async fn a_users_sessions_are_found_by_the_user(house: &House) {
    let (one, two) = (&house.one, &house.two);
    assert_eq!(one.sessions(&user(1)).await.expect("reads"), []);
    for (n, which) in [(1, 1), (1, 2), (2, 3)] {
        let step = Step { session: Some(new(session(n, which))), ..Step::default() };
        assert!(one.swap(step).await.expect("writes"));
    }
    let mut longer = two.session(&session(1, 1).id).await.expect("reads").expect("there");
    longer.value.ends = NOW.plus(Duration::from_secs(60));
    assert!(two.swap(Step { session: Some(longer.clone()), ..Step::default() }).await.expect("writes"));
    let mut found = one.sessions(&user(1)).await.expect("reads");
    found.sort_by_key(|session| session.ends);
    assert_eq!(found, [session(1, 2), longer.value], "each once, as it is now");
    assert_eq!(two.sessions(&user(2)).await.expect("reads"), [session(2, 3)]);
}

pub async fn enrolments_change_only_from_what_was_read(house: &House) {
    let seen = house.one.enrolments(&user(1)).await.expect("reads");
    assert_eq!((seen.version, seen.value.len()), (0, 0), "nothing is enrolled");
    let step =
        |version, byte| Step { enrolments: Some((user(1), Seen { value: vec![byte], version })), ..Step::default() };
    assert!(house.one.swap(step(0, 1)).await.expect("writes"));
    assert!(!house.two.swap(step(0, 2)).await.expect("answers"));
    let seen = house.two.enrolments(&user(1)).await.expect("reads");
    assert!(house.two.swap(step(seen.version, 2)).await.expect("writes"));
    assert_eq!(house.one.enrolments(&user(1)).await.expect("reads").value, [2]);
}

fn revocation(what: Revoked) -> Revocation {
    Revocation { what, at: NOW, forget: NOW.plus(Duration::from_secs(60)) }
}

pub async fn revocations_come_in_order_and_to_everybody(house: &House) {
    let (one, two) = (&house.one, &house.two);
    assert_eq!(one.news(0).await.expect("reads").revocations, []);
    let all = [
        revocation(Revoked::Session(session(1, 1).id)),
        revocation(Revoked::Pass(PassId::from_random([1; 16]))),
        revocation(Revoked::User(user(1))),
        revocation(Revoked::All),
    ];
    for (n, one_of_them) in all.iter().enumerate() {
        let store = if n % 2 == 0 { one } else { two };
        store.revoke(one_of_them.clone()).await.expect("writes");
    }
    for store in [one, two, &house.again()] {
        let heard = store.news(0).await.expect("reads").revocations;
        assert!(heard.windows(2).all(|pair| pair[0].0 < pair[1].0), "numbers rise: {heard:?}");
        assert_eq!(heard.iter().map(|(_, r)| r.clone()).collect::<Vec<_>>(), all);
        let later = store.news(heard[1].0).await.expect("reads").revocations;
        assert_eq!(later, heard[2..], "only what happened since");
        assert_eq!(store.news(heard[3].0).await.expect("reads").revocations, []);
    }
}

pub async fn a_node_hears_of_a_revocation_at_once_or_by_asking(house: &House) {
    house.two.news(0).await.expect("the heartbeat");
    // Whatever connecting had to say.
    while tokio::time::timeout(Duration::from_millis(100), house.two.nudged()).await.is_ok() {}
    house.one.revoke(revocation(Revoked::All)).await.expect("writes");
    let nudged = if house.pushes { wait::PATIENCE } else { Duration::from_millis(50) };
    let nudged = tokio::time::timeout(nudged, house.two.nudged()).await.is_ok();
    assert_eq!(nudged, house.pushes);
    assert_eq!(house.two.news(0).await.expect("reads").revocations.len(), 1);
}

pub async fn a_revocation_that_is_over_is_forgotten(house: &House) {
    house.one.revoke(revocation(Revoked::All)).await.expect("writes");
    assert_eq!(house.two.news(0).await.expect("reads").revocations.len(), 1);
    house.one.sweep(NOW.plus(Duration::from_secs(60))).await.expect("sweeps");
    assert_eq!(house.again().news(0).await.expect("reads").revocations.len(), 1, "it may still matter");
    house.one.sweep(NOW.plus(Duration::from_secs(61))).await.expect("sweeps");
    assert_eq!(house.one.news(0).await.expect("reads").revocations, []);
    assert_eq!(house.again().news(0).await.expect("reads").revocations, []);
}

fn used(n: u8, scope: &str, at: Wall) -> Use {
    Use { session: session(n, 1).id, scope: scope.into(), at }
}

/// What somebody hears of uses who asks until nothing is left.
async fn heard_of(store: &dyn Store, heard: &mut Heard) -> Vec<Use> {
    let mut all = Vec::new();
    loop {
        let told = store.uses(std::mem::take(heard)).await.expect("reads");
        *heard = told.heard;
        if told.uses.is_empty() {
            return all;
        }
        assert!(told.uses.len() <= 51_200, "{} in one go", told.uses.len());
        all.extend(told.uses);
    }
}

pub async fn all_uses(store: &dyn Store) -> Vec<Use> {
    heard_of(store, &mut Heard::default()).await
}

pub async fn of_last_uses_only_news_is_told(house: &House) {
    let (mut heard, later) = (Heard::default(), NOW.plus(Duration::from_secs(9)));
    assert_eq!(heard_of(house.two.as_ref(), &mut heard).await, []);
    house.one.touch(vec![used(1, "a", NOW), used(2, "a", NOW)]).await.expect("writes");
    assert_eq!(heard_of(house.two.as_ref(), &mut heard).await.len(), 2);
    assert_eq!(heard_of(house.two.as_ref(), &mut heard).await, [], "once is enough");
    house.one.touch(vec![used(1, "a", NOW), used(2, "a", later)]).await.expect("writes");
    assert_eq!(heard_of(house.two.as_ref(), &mut heard).await, [used(2, "a", later)], "the other is no news");
    // Many more than are told in one go, in one bucket, and each once.
    let many: Vec<Use> = (0..6_000).map(|n| used(3, &format!("scope{n}"), NOW)).collect();
    for some in many.chunks(1_000) {
        house.one.touch(some.to_vec()).await.expect("writes");
    }
    let mut found = heard_of(house.two.as_ref(), &mut heard).await;
    found.sort_by_key(|one| one.scope[5..].parse::<u32>().expect("a number"));
    assert_eq!(found, many);
    assert_eq!(heard_of(house.two.as_ref(), &mut heard).await, []);
    let mut session = session(2, 1);
    session.scopes.insert("a".to_owned(), 0);
    assert_eq!(house.two.last_use(&session).await.expect("reads"), Some(later));
    session.id = self::session(9, 1).id;
    assert_eq!(house.two.last_use(&session).await.expect("reads"), None);
}

pub async fn the_last_use_that_is_known_never_goes_back(house: &House) {
    let later = NOW.plus(Duration::from_secs(9));
    for n in [1, 2] {
        assert!(house.one.swap(Step { session: Some(new(session(n, 1))), ..Step::default() }).await.expect("writes"));
    }
    house.one.touch(Vec::new()).await.expect("nothing is easily written");
    house.one.touch(vec![used(1, "a", later), used(1, "b", NOW), used(2, "a", NOW)]).await.expect("writes");
    house.two.touch(vec![used(1, "a", NOW), used(1, "b", later)]).await.expect("writes");
    let mut found = all_uses(house.two.as_ref()).await;
    found.sort_by_key(|one| (one.session.clone(), one.scope.clone()));
    assert_eq!(found, [used(1, "a", later), used(1, "b", later), used(2, "a", NOW)]);
}

pub async fn what_is_over_is_there_until_housekeeping_takes_it(house: &House) {
    // All of it ended when it began, and the second challenge years ago.
    let mut ancient = challenge(2);
    (ancient.created, ancient.expires) = (NOW, Wall::from_secs(1));
    assert!(house.one.swap(everything(1)).await.expect("writes"));
    assert!(house.one.swap(Step { challenge: Some(new(ancient)), ..Step::default() }).await.expect("writes"));
    assert!(house.one.park(&challenge_id(1), vec![1], Wall::from_secs(1)).await.expect("writes"));
    house.one.touch(vec![used(1, "a", NOW)]).await.expect("writes");
    house.one.sweep(Wall::from_secs(2)).await.expect("sweeps");
    assert!(house.two.challenge(&challenge_id(1)).await.expect("reads").is_some());
    assert!(house.two.challenge(&challenge_id(2)).await.expect("reads").is_some());
    assert!(house.two.session(&session(1, 1).id).await.expect("reads").is_some());
    assert_eq!(house.two.sessions(&user(1)).await.expect("reads").len(), 1);
    assert!(house.two.parked(&challenge_id(1)).await.expect("reads").is_some());
    assert_eq!(all_uses(house.two.as_ref()).await.len(), 1);
}

pub async fn everything_outlives_the_handle(house: &House) {
    let mut step = everything(1);
    if let Some((_, seen)) = step.accounts.first_mut() {
        (seen.value.strangers.failures, seen.value.strangers.last_failure) = (9, NOW);
    }
    let first = house.again();
    assert!(first.swap(step).await.expect("writes"));
    first.revoke(revocation(Revoked::All)).await.expect("writes");
    drop(first);
    house.one.sweep(NOW.plus(Duration::from_secs(30))).await.expect("sweeps");
    let second = house.again();
    assert_eq!(second.account(&account(1)).await.expect("reads").value.strangers.failures, 9);
    assert!(second.challenge(&challenge_id(1)).await.expect("reads").is_some());
    assert_eq!(second.news(0).await.expect("reads").revocations.len(), 1);
}

/// So many of one number, at this hour since 1970.
fn figure(hour: i64, what: &str, count: u64) -> Figure {
    let [provider, channel, country] = ["our gateway", "sms", "JP"].map(str::to_owned);
    Figure { series: Series { hour, provider, channel, country, what: what.to_owned() }, count }
}

async fn counted(store: &dyn Store, from: i64, to: i64) -> Vec<(i64, String, u64)> {
    let found = store.counted(Wall::from_secs(from * 3600), Wall::from_secs(to * 3600)).await.expect("reads");
    let mut found: Vec<_> = found.into_iter().map(|f| (f.series.hour, f.series.what, f.count)).collect();
    found.sort();
    found
}

pub async fn figures_of_all_who_count_add_up(house: &House) {
    let now = hour_of(NOW);
    assert_eq!(counted(house.one.as_ref(), now - 2160, now).await, []);
    house.one.count(Vec::new()).await.expect("nothing is easily written");
    let mut tasks = JoinSet::new();
    for n in 0..40 {
        let store = if n % 2 == 0 { house.one.clone() } else { house.two.clone() };
        let figures = vec![figure(now, "sent", 2), figure(now, "cost USD", 85_000), figure(now - 24, "sent", 1)];
        tasks.spawn(async move { store.count(figures).await.expect("writes") });
    }
    tasks.join_all().await;
    let all =
        [(now - 24, "sent".to_owned(), 40), (now, "cost USD".to_owned(), 3_400_000), (now, "sent".to_owned(), 80)];
    for store in [&house.one, &house.two, &house.again()] {
        assert_eq!(counted(store.as_ref(), now - 2160, now).await, all);
        assert_eq!(counted(store.as_ref(), now - 23, now).await, all[1..], "an hour too late");
        assert_eq!(counted(store.as_ref(), now - 24, now - 24).await, all[..1]);
    }
    // A large number is exact: money is counted in millionths.
    house.one.count(vec![figure(now, "large", 4_000_000_000_000_000), figure(now, "large", 1)]).await.expect("writes");
    assert_eq!(counted(house.two.as_ref(), now, now).await[1], (now, "large".to_owned(), 4_000_000_000_000_001));
}

pub async fn figures_are_kept_for_ninety_days(house: &House) {
    let (now, day) = (hour_of(NOW), Duration::from_secs(24 * 3600));
    house.one.count(vec![figure(now, "sent", 1)]).await.expect("writes");
    house.one.sweep(NOW.plus(90 * day)).await.expect("sweeps");
    assert_eq!(counted(house.two.as_ref(), now, now).await.len(), 1, "they are still told of");
    // Servers that are shared forget by themselves.
    if house.pushes {
        return;
    }
    house.two.sweep(NOW.plus(91 * day)).await.expect("sweeps");
    assert_eq!(counted(house.one.as_ref(), now, now).await, []);
}
