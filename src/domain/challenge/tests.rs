//! Every arrow of the state machine, and what must not move.

use super::super::account::{Account, Guesser};
use super::super::code::Alphabet;
use super::*;

const NOW: Wall = Wall(1_800_000_000_000);

fn rules() -> ChallengeRules {
    ChallengeRules {
        shape: CodeShape { alphabet: Alphabet::Numeric, length: 6 },
        life: Duration::from_secs(300),
        tries: 5,
        sends: 3,
        resend_after: Duration::from_secs(30),
        next_after: Some(Duration::from_secs(45)),
    }
}

/// Begun with a password; the first message is out, and there are two ways.
pub(in crate::domain) fn challenge() -> Challenge {
    let user = UserId::from_random([2; 16]);
    Challenge {
        id: ChallengeId::from_random([1; 16]),
        account: AccountKey::of_user(&user),
        place: None,
        known: false,
        user: Some(user),
        browser: "b".to_owned(),
        scope: "records".to_owned(),
        return_to: "/".to_owned(),
        purse: "p".to_owned(),
        first: FirstFactor::Password,
        session: None,
        mac: String::new(),
        sealed: String::new(),
        state: State::Sent,
        created: NOW,
        expires: NOW.plus(rules().life),
        tries_left: 5,
        channel: Channel::Sms,
        channels: vec![Channel::Sms, Channel::Voice],
        factors: Vec::new(),
        used: vec![Channel::Sms],
        locale: Locale::En,
        mailbox: String::new(),
        barred: false,
        arrived: false,
        to: None,
        sends: 1,
        last_send: NOW,
        resend_at: NOW.plus(rules().resend_after),
        taken_by: None,
        costs: Vec::new(),
        weighed: false,
        earned: None,
        maker: None,
        key_asked: None,
    }
}

/// As a stranger, on this account alone.
fn guess(c: &mut Challenge, account: &mut Account, right: bool, now: Wall) -> Guess {
    let fresh = "fresh".to_owned();
    c.guess(&mut Counts { account, place: None, guesser: Guesser::Stranger, fresh }, right, now)
}

fn later(secs: u64) -> Wall {
    NOW.plus(Duration::from_secs(secs))
}

#[test]
fn a_right_code_opens_once() {
    let (mut c, mut a) = (challenge(), Account::default());
    assert_eq!(guess(&mut c, &mut a, true, NOW), Guess::Right);
    assert_eq!(guess(&mut c, &mut a, true, NOW), Guess::Gone(Gone::Used));
    assert_eq!(a.strangers.failures, 0, "a right code sent twice is not a failure");
}

#[test]
fn five_wrong_codes_end_it_and_the_right_one_comes_too_late() {
    let (mut c, mut a) = (challenge(), Account::default());
    let left: Vec<Guess> = (0..5).map(|_| guess(&mut c, &mut a, false, NOW)).collect();
    assert_eq!(left, [4, 3, 2, 1, 0].map(|tries_left| Guess::Wrong { tries_left }));
    assert_eq!(guess(&mut c, &mut a, true, NOW), Guess::Gone(Gone::OutOfTries));
    assert_eq!((c.state, a.strangers.failures), (State::Exhausted, 5));
}

#[test]
fn it_lives_until_its_last_millisecond_and_not_a_moment_longer() {
    let at = |now: Wall| guess(&mut challenge(), &mut Account::default(), true, now);
    assert_eq!(at(Wall(challenge().expires.0 - 1)), Guess::Right);
    assert_eq!(at(challenge().expires), Guess::Gone(Gone::Expired));
}

#[test]
fn a_decoy_takes_no_code_at_all() {
    let (mut c, mut a) = (challenge(), Account::default());
    c.user = None;
    assert_eq!(guess(&mut c, &mut a, true, NOW), Guess::Wrong { tries_left: 4 });
}

#[test]
fn an_account_that_must_wait_spends_no_try() {
    let (mut c, mut a) = (challenge(), Account::default());
    (0..5).for_each(|_| a.failed(Guesser::Stranger, NOW));
    assert_eq!(guess(&mut c, &mut a, true, NOW), Guess::Wait(Duration::from_secs(30)));
    assert_eq!(c.tries_left, 5);
    assert_eq!(guess(&mut c, &mut a, true, later(30)), Guess::Right);
}

#[test]
fn resends_cool_down_double_and_end_and_refill_nothing() {
    let (mut c, mut a) = (challenge(), Account::default());
    guess(&mut c, &mut a, false, NOW);
    assert_eq!(c.resend(Channel::Sms, None, &rules(), later(10)), Err(NoResend::Cooling(Duration::from_secs(20))));
    assert_eq!(c.resend(Channel::Sms, None, &rules(), later(30)), Ok(()));
    assert_eq!((c.state, c.sends, c.tries_left, c.resend_at), (State::Queued, 2, 4, later(90)));
    assert_eq!(c.resend(Channel::Sms, None, &rules(), later(90)), Ok(()));
    assert_eq!(c.resend(Channel::Sms, None, &rules(), later(299)), Err(NoResend::NoneLeft));
    assert_eq!(c.resend(Channel::Sms, None, &rules(), later(300)), Err(NoResend::Gone(Gone::Expired)));
}

#[test]
fn a_failed_delivery_costs_no_try_and_needs_no_cool_down() {
    let mut c = challenge();
    c.state = State::Queued;
    assert!(c.settle(1, false, NOW));
    assert_eq!((c.state, c.tries_left), (State::Failed, 5));
    assert_eq!(c.resend(Channel::Sms, None, &rules(), NOW), Ok(()));
    assert!(!c.settle(1, true, NOW), "the first message's late outcome says nothing about the second");
    assert!(c.settle(2, true, NOW));
    assert_eq!(c.state, State::Sent);
}

#[test]
fn a_late_failure_costs_no_try_and_needs_no_cool_down() {
    for before in [State::Queued, State::Sent] {
        let (mut c, mut a) = (challenge(), Account::default());
        c.state = before;
        assert!(c.bounce(1, None, later(5)));
        assert_eq!((c.state, c.tries_left, c.resend_at, c.sends), (State::Failed, 5, later(5), 1));
        assert!(!c.bounce(1, None, later(6)), "told twice is no news");
        assert!(!c.settle(1, true, later(6)), "nor is that it was taken");
        assert_eq!(guess(&mut c, &mut a, true, later(7)), Guess::Right, "the code may have arrived all the same");
    }
}

#[test]
fn a_late_failure_of_an_earlier_message_says_nothing_about_the_latest() {
    let mut c = challenge();
    assert_eq!(c.resend(Channel::Sms, None, &rules(), later(30)), Ok(()));
    assert!(!c.bounce(1, None, later(31)));
    assert_eq!((c.state, c.resend_at), (State::Queued, later(90)));
    assert!(c.bounce(2, None, later(32)));
    assert_eq!(c.resend(Channel::Sms, None, &rules(), later(32)), Ok(()));
}

#[test]
fn a_late_failure_never_revives_what_is_over() {
    let (mut used, mut spent, mut a) = (challenge(), challenge(), Account::default());
    guess(&mut used, &mut a, true, NOW);
    let guesses = (0..5).map(|_| guess(&mut spent, &mut Account::default(), false, NOW));
    assert_eq!(guesses.last(), Some(Guess::Wrong { tries_left: 0 }));
    for (mut c, state, now) in
        [(used, State::Verified, NOW), (spent, State::Exhausted, NOW), (challenge(), State::Sent, later(300))]
    {
        assert!(!c.bounce(1, None, now));
        assert_eq!(c.state, state);
    }
}

#[test]
fn an_outcome_never_revives_what_is_over() {
    let (mut c, mut a) = (challenge(), Account::default());
    c.state = State::Queued;
    guess(&mut c, &mut a, true, NOW);
    assert!(!c.settle(1, false, NOW));
    assert_eq!(c.state, State::Verified);
}

#[test]
fn the_same_answer_is_given_again_for_a_moment_and_only_for_the_right_code() {
    let (mut c, mut a) = (challenge(), Account::default());
    let pass = Earned { pass: "sealed".to_owned(), device: String::new(), at: NOW };
    c.earned = Some(pass.clone());
    assert_eq!(c.repeats(true, NOW), None, "before it was verified");
    guess(&mut c, &mut a, true, NOW);
    assert_eq!(c.repeats(true, later(9)), Some(&pass));
    assert_eq!(c.repeats(false, later(9)), None);
    assert_eq!(c.repeats(true, later(10)), None);
}

#[test]
fn a_clock_that_was_set_back_lengthens_no_life() {
    let at = |now: Wall| guess(&mut challenge(), &mut Account::default(), true, now);
    assert_eq!(at(NOW.minus(Duration::from_secs(60))), Guess::Right, "another node's clock");
    assert_eq!(at(NOW.minus(Duration::from_secs(61))), Guess::Gone(Gone::Expired));
}

#[test]
fn before_a_first_factor_a_failed_message_looks_like_any_other() {
    let mut c = Challenge { first: FirstFactor::None, state: State::Queued, ..challenge() };
    assert!(c.settle(1, false, NOW));
    assert_eq!(c.resend(Channel::Sms, None, &rules(), NOW), Err(NoResend::Cooling(rules().resend_after)));
}
