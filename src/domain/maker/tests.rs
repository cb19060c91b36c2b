//! Every arrow, what each costs, and what strangers can tell.

use super::super::account::Account;
use super::super::challenge::FirstFactor;
use super::super::challenge::tests::challenge as begun;
use super::super::contact::Channel;
use super::*;

const NOW: Wall = Wall(1_800_000_000_000);
const PATIENCE: Duration = Duration::from_secs(15);

fn later(secs: u64) -> Wall {
    NOW.plus(Duration::from_secs(secs))
}

/// Begun with a password; the provider has taken the first message.
fn challenge() -> Challenge {
    let mut maker = Maker::new("twilio-verify");
    assert!(maker.began(Verification { reference: "sealed".to_owned(), send: 1 }));
    Challenge { channels: vec![Channel::Sms], maker: Some(maker), ..begun() }
}

struct House {
    challenge: Challenge,
    account: Account,
    place: Account,
}

impl House {
    fn new(challenge: Challenge) -> House {
        House { challenge, account: Account::default(), place: Account::default() }
    }

    fn counts<'a>(account: &'a mut Account, place: &'a mut Account) -> Counts<'a> {
        Counts { account, place: Some(place), guesser: Guesser::Stranger, fresh: "fresh".to_owned() }
    }

    fn reserve(&mut self, now: Wall) -> Reserve {
        self.challenge.reserve(&mut House::counts(&mut self.account, &mut self.place), PATIENCE, now)
    }

    fn answer(&mut self, number: u32, verdict: Verdict, now: Wall) -> Answer {
        self.challenge.answer(number, verdict, &mut House::counts(&mut self.account, &mut self.place), now)
    }

    /// Somebody types something at that moment, and the provider says this of it.
    fn ask(&mut self, verdict: Verdict, now: Wall) -> Answer {
        match self.reserve(now) {
            Reserve::Spent { number, heard: true } => self.answer(number, verdict, now),
            other => panic!("{other:?}"),
        }
    }

    /// Tries left, failures of the account and of the place.
    fn spent(&self) -> (u8, u32, u32) {
        (self.challenge.tries_left, self.account.strangers.failures, self.place.strangers.failures)
    }
}

#[test]
fn an_entry_is_paid_for_before_anybody_is_asked() {
    let mut house = House::new(challenge());
    assert_eq!(house.reserve(NOW), Reserve::Spent { number: 1, heard: true });
    assert_eq!(house.spent(), (4, 1, 1));
    assert_eq!(house.reserve(NOW), Reserve::Busy, "one at a time");
    assert_eq!(house.answer(1, Verdict::Wrong, NOW), Answer::Wrong { tries_left: 4 });
    assert_eq!(house.spent(), (4, 1, 1), "and not twice");
}

#[test]
fn a_right_one_ends_it_and_the_row() {
    let mut house = House::new(challenge());
    house.ask(Verdict::Wrong, NOW);
    assert_eq!(house.ask(Verdict::Right, NOW), Answer::Right);
    assert_eq!((house.challenge.state, house.spent()), (State::Verified, (3, 0, 0)));
    assert_eq!(house.reserve(NOW), Reserve::Gone(Gone::Used));
}

#[test]
fn the_last_wrong_one_ends_it() {
    let mut house = House::new(challenge());
    for left in (1..5).rev() {
        assert_eq!(house.ask(Verdict::Wrong, NOW), Answer::Wrong { tries_left: left });
    }
    assert_eq!(house.ask(Verdict::Wrong, NOW), Answer::Wrong { tries_left: 0 });
    assert_eq!(house.reserve(NOW), Reserve::Gone(Gone::OutOfTries));
    assert_eq!(house.spent(), (0, 5, 5));
}

#[test]
fn what_was_never_sent_costs_nothing_and_what_nobody_knows_costs_a_try() {
    let mut house = House::new(challenge());
    (0..20).for_each(|_| assert_eq!(house.ask(Verdict::Unsent, NOW), Answer::Unclear));
    assert_eq!(house.spent(), (5, 0, 0));
    (0..5).for_each(|_| assert_eq!(house.ask(Verdict::Unknown, NOW), Answer::Unclear));
    assert_eq!(house.spent(), (0, 0, 0));
    assert_eq!(house.reserve(NOW), Reserve::Gone(Gone::OutOfTries));
}

#[test]
fn what_is_taken_back_leaves_waits_as_they_were() {
    let mut house = House::new(challenge());
    (0..5).for_each(|_| house.account.failed(Guesser::Stranger, NOW));
    let (wait, before) = (house.account.strangers.wait(later(29)), house.account.clone());
    assert_eq!(wait, Some(Duration::from_secs(1)));
    house.ask(Verdict::Unknown, later(31));
    assert_eq!(house.account, before);
    house.challenge.first = FirstFactor::None;
    house.ask(Verdict::Unknown, later(32));
    assert_eq!((house.account, house.place.strangers.failures), (before, 1), "a stranger's place keeps it");
}

#[test]
fn a_code_that_is_over_at_the_provider_is_over() {
    let mut house = House::new(challenge());
    assert_eq!(house.ask(Verdict::Over, later(9)), Answer::Gone(Gone::Expired));
    assert_eq!((house.challenge.gone(later(9)), house.spent()), (Some(Gone::Expired), (4, 0, 0)));
}

#[test]
fn a_new_message_ends_the_old_code_and_not_the_challenge() {
    let mut house = House::new(challenge());
    house.challenge.state = State::Queued;
    assert_eq!(house.ask(Verdict::Over, NOW), Answer::Unclear);
    house.challenge.state = State::Sent;
    let Reserve::Spent { number, .. } = house.reserve(NOW) else { panic!("it is heard") };
    let maker = house.challenge.maker.as_mut().expect("a maker");
    assert!(maker.began(Verification { reference: "second".to_owned(), send: 2 }));
    assert!(!maker.began(Verification { reference: "late".to_owned(), send: 1 }), "only the latest is asked");
    assert_eq!(house.answer(number, Verdict::Over, NOW), Answer::Unclear);
    assert_eq!(house.ask(Verdict::Right, NOW), Answer::Right);
}

#[test]
fn an_asking_that_nobody_answers_is_over_after_a_while_and_stays_paid_for() {
    let mut house = House::new(challenge());
    assert_eq!(house.reserve(NOW), Reserve::Spent { number: 1, heard: true });
    assert_eq!(house.reserve(later(14)), Reserve::Busy);
    assert_eq!(house.reserve(later(15)), Reserve::Spent { number: 2, heard: true });
    assert_eq!(house.answer(1, Verdict::Unsent, later(16)), Answer::Unclear, "too late to be given back");
    assert_eq!((house.spent(), house.reserve(later(16))), ((3, 2, 2), Reserve::Busy));
    assert_eq!(house.answer(1, Verdict::Right, later(16)), Answer::Right, "a yes is a yes");
    assert_eq!(house.answer(2, Verdict::Wrong, later(16)), Answer::Gone(Gone::Used));
    let mut house = House::new(Challenge { tries_left: 1, ..challenge() });
    assert_eq!(house.reserve(NOW), Reserve::Spent { number: 1, heard: true });
    assert_eq!(house.reserve(later(15)), Reserve::Gone(Gone::OutOfTries), "the last one, of a process that died");
}

#[test]
fn what_was_typed_in_time_is_judged_by_that_time() {
    let mut house = House::new(challenge());
    let Reserve::Spent { number, .. } = house.reserve(later(299)) else { panic!("it is heard") };
    assert_eq!(house.answer(number, Verdict::Right, later(302)), Answer::Right);
    assert_eq!(House::new(challenge()).reserve(later(300)), Reserve::Gone(Gone::Expired));
}

#[test]
fn before_there_is_a_code_nobody_is_asked() {
    let bare = || Challenge { maker: Some(Maker::new("m")), state: State::Queued, ..challenge() };
    let mut house = House::new(bare());
    assert_eq!((house.reserve(NOW), house.spent()), (Reserve::Unmade, (5, 0, 0)));
    let mut stranger = House::new(Challenge { first: FirstFactor::None, ..bare() });
    assert_eq!(stranger.reserve(NOW), Reserve::Spent { number: 1, heard: false });
}

/// Whatever the provider says of a name that somebody has, and whatever became of the message.
#[test]
fn strangers_are_told_alike_for_real_and_invented_names() {
    let stranger = Challenge { first: FirstFactor::None, ..challenge() };
    let invented = || House::new(Challenge { user: None, maker: Some(Maker::new("m")), ..stranger.clone() });
    for verdict in [Verdict::Wrong, Verdict::Over, Verdict::Unsent, Verdict::Unknown] {
        let (mut real, mut none) = (House::new(stranger.clone()), invented());
        for entry in 0..7 {
            let meets = |house: &mut House| match house.reserve(later(entry)) {
                Reserve::Spent { number, heard } => {
                    let verdict = if heard { verdict } else { Verdict::Wrong };
                    format!("{:?}", house.answer(number, verdict, later(entry)))
                }
                other => format!("{other:?}"),
            };
            assert_eq!(meets(&mut real), meets(&mut none), "{verdict:?}, entry {entry}");
            assert_eq!(real.place, none.place);
        }
        let failures = real.account.strangers.failures;
        match verdict {
            Verdict::Wrong => assert_eq!(failures, 5),
            Verdict::Over => assert_eq!(failures, 4, "asked once, and then no more"),
            _ => assert_eq!(failures, 0),
        }
    }
}

#[test]
fn a_stranger_whose_account_was_closed_meets_what_an_invented_name_meets() {
    let mut house = House::new(Challenge { first: FirstFactor::None, ..challenge() });
    let yesterday = NOW.minus(Duration::from_secs(24 * 3600));
    (0..50).for_each(|_| house.account.failed(Guesser::Stranger, yesterday));
    assert_eq!(house.reserve(NOW), Reserve::Spent { number: 1, heard: false });
}

#[test]
fn it_is_stored_and_read_again() {
    let mut house = House::new(challenge());
    house.reserve(NOW);
    let text = serde_json::to_string(&house.challenge).expect("serialises");
    assert_eq!(serde_json::from_str::<Challenge>(&text).expect("reads"), house.challenge);
}
