//! Whose failures are whose.

use super::*;

const NOW: Wall = Wall(1_800_000_000_000);

fn known(tags: &[&str]) -> Account {
    let mut account = Account::default();
    for tag in tags {
        account.succeeded(Guesser::Stranger, (*tag).to_owned(), NOW);
    }
    account
}

fn fail(account: &mut Account, guesser: Guesser<'_>, times: u32) {
    (0..times).for_each(|_| account.failed(guesser, NOW));
}

fn wait(account: &Account, tag: Option<&str>, now: Wall) -> Option<u64> {
    account.tally(account.guesser(tag, now)).wait(now).map(|wait| wait.as_secs())
}

#[test]
fn a_stranger_pauses_strangers_and_not_the_owner() {
    let mut account = known(&["home"]);
    fail(&mut account, Guesser::Stranger, 10);
    assert_eq!(wait(&account, None, NOW), Some(1800));
    assert_eq!(wait(&account, Some("guessed"), NOW), Some(1800), "whoever shows what nobody was given");
    assert_eq!(wait(&account, Some("home"), NOW), None);
    fail(&mut account, Guesser::Device("home"), 5);
    assert_eq!(wait(&account, Some("home"), NOW), Some(30), "and has a count as well");
}

#[test]
fn no_success_refills_the_tries_of_another() {
    let mut account = known(&["home", "work"]);
    fail(&mut account, Guesser::Stranger, 9);
    fail(&mut account, Guesser::Device("work"), 4);
    let ended = account.succeeded(Guesser::Device("home"), "home 2".to_owned(), NOW);
    assert_eq!(ended.failures, 0);
    let counts = |account: &Account| (account.strangers.failures, account.tally(Guesser::Device("work")).failures);
    assert_eq!(counts(&account), (9, 4));
    assert_eq!(account.guesser(Some("home"), NOW), Guesser::Stranger, "made fresh at each success");
    assert_eq!(account.succeeded(Guesser::Stranger, "new".to_owned(), NOW).failures, 9);
    assert_eq!(counts(&account), (0, 4));
}

#[test]
fn a_device_that_used_its_failures_up_is_a_stranger_after_its_pause() {
    let mut account = known(&["home"]);
    fail(&mut account, Guesser::Device("home"), 10);
    assert_eq!(wait(&account, Some("home"), NOW), Some(1800));
    assert_eq!(account.strangers.failures, 0);
    let later = NOW.plus(Duration::from_secs(1800));
    assert_eq!(account.guesser(Some("home"), later), Guesser::Stranger);
}

#[test]
fn devices_are_few_and_the_oldest_goes() {
    let account = known(&["a", "b", "c", "d", "e", "f"]);
    assert_eq!(account.devices.len(), MOST_DEVICES);
    assert_eq!(account.guesser(Some("a"), NOW), Guesser::Stranger);
    assert_eq!(account.guesser(Some("b"), NOW), Guesser::Device("b"));
}

/// Whatever an attacker does who owns every device and never succeeds.
#[test]
fn a_hundred_failures_in_a_row_are_the_most() {
    let mut account = known(&["a", "b", "c", "d", "e"]);
    let (mut now, mut heard) = (NOW, 0);
    for round in 0..10_000 {
        let tag = ["a", "b", "c", "d", "e", "none"][round % 6];
        let guesser = account.guesser(Some(tag), now);
        if guesser == Guesser::Stranger && account.is_closed() {
            continue;
        }
        if account.tally(guesser).wait(now).is_none() {
            account.failed(guesser, now);
            heard += 1;
        }
        now = now.plus(Duration::from_secs(600));
    }
    assert_eq!(heard, 100);
    assert!(account.is_closed());
    account.unlock();
    assert!(!account.is_closed());
    assert_eq!(account.guesser(Some("a"), now), Guesser::Device("a"), "still known");
    account.forget_devices();
    assert_eq!(account.guesser(Some("a"), now), Guesser::Stranger);
}

#[test]
fn open_challenges_are_bounded_and_join_by_browser_and_scope() {
    let mut account = Account::default();
    let live = |n: u8, scope: &str, known| Live {
        id: ChallengeId::from_random([n; 16]),
        browser: "b".to_owned(),
        scope: scope.to_owned(),
        expires: NOW.plus(Duration::from_secs(300)),
        known,
    };
    assert!(account.open(live(1, "records", false), NOW));
    assert_eq!(account.joinable("b", "records", NOW), Some(&ChallengeId::from_random([1; 16])));
    assert_eq!(account.joinable("other", "records", NOW), None);
    assert_eq!(account.joinable("b", "records", NOW.plus(Duration::from_secs(300))), None);
    for n in 2..=8 {
        assert!(account.open(live(n, &format!("s{n}"), false), NOW));
    }
    assert!(!account.open(live(9, "s9", false), NOW));
    assert!(account.open(live(10, "s10", true), NOW), "strangers do not use up the owner's");
    account.close(&ChallengeId::from_random([8; 16]));
    assert!(account.open(live(9, "s9", false), NOW));
}

#[test]
fn an_account_of_before_reads_as_it_was() {
    let old = r#"{"failures":7,"last_failure":1800000000000,"live":[{"id":"AQEBAQEBAQEBAQEBAQEBAQ","browser":"b","scope":"s","expires":1800000300000}]}"#;
    let account: Account = serde_json::from_str(old).expect("reads");
    assert_eq!((account.strangers.failures, account.live.len(), account.devices.len()), (7, 1, 0));
    assert_eq!(wait(&account, None, NOW), Some(120));
    assert_eq!(
        serde_json::to_string(&account).expect("writes"),
        old,
        "and an older program reads what this one writes"
    );
    let text = serde_json::to_string(&known(&["home"])).expect("writes");
    assert_eq!(serde_json::from_str::<Account>(&text).expect("reads"), known(&["home"]));
}

#[test]
fn it_is_kept_as_long_as_anything_in_it_matters() {
    let mut account = Account::default();
    assert_eq!(account.matters_until(), Wall::EPOCH);
    fail(&mut account, Guesser::Stranger, 1);
    assert_eq!(account.matters_until(), NOW.plus(MEMORY));
    account.succeeded(Guesser::Stranger, "home".to_owned(), NOW.plus(Duration::from_secs(1)));
    assert_eq!(account.matters_until(), NOW.plus(MEMORY + Duration::from_secs(1)));
}

#[test]
fn names_have_a_fixed_number_of_places() {
    let key = |n: u32| {
        let [_, a, b, c] = n.to_be_bytes();
        let mut tag = [0; 32];
        tag[..3].copy_from_slice(&[a, b, c]);
        let account = AccountKey::of_unknown(tag);
        let place = account.place(tag);
        assert_eq!(account.bucket(), place.bucket(), "what changes together lies together");
        assert_eq!(AccountKey::decoy(account.bucket(), tag).bucket(), account.bucket());
        [account, place]
    };
    let keys: std::collections::BTreeSet<_> = (0..1 << 24).step_by(31).flat_map(key).collect();
    assert_eq!(keys.len(), 2 * PLACES as usize);
    let user = UserId::from_random([7; 16]);
    let account = AccountKey::of_user(&user);
    assert_eq!(account.place([9; 32]).bucket(), user.bucket());
}
