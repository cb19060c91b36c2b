//! A provider that is away, slow, dies halfway, or says something else.

use crate::house::{House, begin, in_state, resend, tries};
use crate::sim::{Standing, Turn, Vendor, What};
use crate::support::outbox::wrong;
use crate::support::{Wire, wait};

#[test]
fn a_provider_that_is_away_sends_nothing_and_later_it_does() {
    for vendor in Vendor::ALL {
        let mut house = House::of(vendor);
        house.sim.fall();
        let mut alice = house.gateway.caller(Wire::Http1);
        let id = begin(&mut alice);
        in_state(&mut alice, &id, "failed");
        let told = alice.verify(&id, "482913").expect(503);
        assert_eq!(told.json()["type"], "urn:sekisho:outage");
        assert_eq!(tries(&mut alice, &id), vendor.tries() as u64, "nobody was asked");
        house.sim.rise();
        resend(&mut alice, &id).expect(200);
        in_state(&mut alice, &id, "sent");
        alice.verify(&id, &house.sim.code()).expect(200);
    }
}

#[test]
fn a_check_that_was_never_sent_costs_nothing() {
    for vendor in Vendor::ALL {
        let mut house = House::of(vendor);
        let mut alice = house.gateway.caller(Wire::Http1);
        let (id, code) = house.challenged(&mut alice);
        house.sim.fall();
        for _ in 0..8 {
            alice.verify(&id, &wrong(&code)).expect(503);
        }
        assert_eq!(tries(&mut alice, &id), vendor.tries() as u64);
        assert_eq!(house.audit_of("code_check_failed")[7]["detail"], "not asked");
        assert!(house.audit_of("authn_login_fail").is_empty(), "and is no failure of hers");
        house.sim.rise();
        alice.verify(&id, &code).expect(200);
    }
}

#[test]
fn a_lost_answer_costs_a_try_and_never_lets_anybody_in() {
    for vendor in Vendor::ALL {
        let house = House::of(vendor);
        let mut alice = house.gateway.caller(Wire::Http1);
        let (id, code) = house.challenged(&mut alice);
        house.sim.next(What::Check, Turn::DieHalfway);
        house.sim.next(What::Check, Turn::Error(500, "{}".to_owned()));
        for left in [1, 2] {
            let told = alice.verify(&id, &wrong(&code)).expect(503);
            assert_eq!(told.json()["type"], "urn:sekisho:outage");
            assert_eq!(tries(&mut alice, &id), (vendor.tries() - left) as u64);
        }
        assert!(house.audit_of("authn_login_fail").is_empty());
        assert_eq!(house.audit_of("code_check_failed")[1]["detail"], "no answer");
        // The provider said yes, and nobody heard it: spent there, and good for nothing here.
        house.sim.next(What::Check, Turn::DieHalfway);
        alice.verify(&id, &code).expect(503);
        assert_eq!(alice.verify(&id, &code).expect(410).status, 410);
        let (id, code) = house.challenged(&mut alice);
        alice.verify(&id, &code).expect(200);
    }
}

#[test]
fn what_is_not_the_documented_yes_is_none() {
    for vendor in Vendor::ALL {
        let house = House::of(vendor);
        let mut alice = house.gateway.caller(Wire::Http1);
        let (id, code) = house.challenged(&mut alice);
        let reference = house.sim.desk().begun[0].id.clone();
        let lies = match vendor {
            Vendor::Twilio => [
                r#"{"sid":"VE00000000000000000000000000009999","status":"approved","valid":true}"#.to_owned(),
                format!(r#"{{"sid":"{reference}","status":"approved","valid":false}}"#),
            ],
            Vendor::Vonage => {
                [r#"{"request_id":"another","status":"completed"}"#.to_owned(), r#"{"status":"pending"}"#.to_owned()]
            }
            Vendor::Engagelab => [
                r#"{"message_id":"9","verify_code":"1","verified":true}"#.to_owned(),
                format!(r#"{{"message_id":"{reference}","verified":true,"code":3002}}"#),
            ],
        };
        for lie in lies {
            house.sim.next(What::Check, Turn::Error(200, lie.clone()));
            let told = alice.verify(&id, &code);
            assert_eq!((told.status, told.header("set-cookie")), (503, None), "{vendor:?}: {lie}");
        }
        alice.verify(&id, &code).expect(200);
    }
}

#[test]
fn a_message_whose_fate_is_unknown_can_be_asked_for_again() {
    for vendor in [Vendor::Twilio, Vendor::Vonage] {
        let house = House::of(vendor);
        house.sim.next(What::Begin, Turn::DieHalfway);
        let mut alice = house.gateway.caller(Wire::Http1);
        let id = begin(&mut alice);
        in_state(&mut alice, &id, "failed");
        assert_eq!(house.sim.asked(What::Begin), 1, "what may have gone out is not sent again by itself");
        alice.verify(&id, &house.sim.code()).expect(503);
        resend(&mut alice, &id).expect(200);
        in_state(&mut alice, &id, "sent");
        alice.verify(&id, &house.sim.code()).expect(200);
    }
}

/// Another browser has one under way, or an answer about one was lost.
#[test]
fn a_request_that_vonage_has_under_way_is_taken_over() {
    let house = House::of(Vendor::Vonage);
    let (mut here, mut there) = (house.gateway.caller(Wire::Http1), house.gateway.caller(Wire::Http1));
    let (one, code) = house.challenged(&mut here);
    let (two, same) = house.challenged(&mut there);
    assert_eq!((&code, house.sim.desk().begun.len()), (&same, 1));
    there.verify(&two, &code).expect(200);
    assert_eq!(here.verify(&one, &code).expect(410).json()["type"], "urn:sekisho:expired");
}

#[test]
fn a_slow_provider_is_waited_for_and_no_longer_than_that() {
    let house = House::with(Vendor::Twilio, |plan| {
        let providers = plan.providers.replacen("per_number", "deadline = \"3s\"\nper_number", 1);
        plan.with_providers(providers)
    });
    let mut alice = house.gateway.caller(Wire::Http1);
    let (id, code) = house.challenged(&mut alice);
    house.sim.hold();
    let asking = {
        let (mut alice, id, code) = (alice.clone(), id.clone(), code.clone());
        std::thread::spawn(move || alice.verify(&id, &code).status)
    };
    wait::until("the provider to be asked", || (house.sim.busy() == 1).then_some(()));
    // Pages go on meanwhile, and the try is spent.
    assert_eq!(tries(&mut alice, &id), 4);
    house.sim.release();
    assert_eq!(asking.join().expect("an answer"), 200);

    let (id, code) = house.challenged(&mut alice);
    house.sim.hold();
    alice.verify(&id, &wrong(&code)).expect(503);
    house.sim.release();
    wait::until("the provider to be done", || (house.sim.busy() == 0).then_some(()));
    assert_eq!(tries(&mut alice, &id), 4);
    alice.verify(&id, &code).expect(200);
}

#[test]
fn refusals_to_send_say_why_in_the_audit() {
    let error = |code: u32| format!(r#"{{"code":{code},"message":"To +819012345678","status":429}}"#);
    let house = House::of(Vendor::Twilio);
    let refusals = [(403, 60410, "fraud"), (403, 60605, "region"), (400, 60205, "recipient")];
    for (index, (status, code, class)) in refusals.into_iter().enumerate() {
        house.sim.next(What::Begin, Turn::Error(status, error(code)));
        let mut alice = house.gateway.caller(Wire::Http1);
        let id = begin(&mut alice);
        in_state(&mut alice, &id, "failed");
        let told = wait::until("a line in the audit", || house.audit_of("code_send_failed").into_iter().nth(index));
        assert_eq!(told["detail"], class);
        assert!(!house.gateway.log().contains("819012345678"), "the vendor's words hold the number and are dropped");
    }
}

#[test]
fn a_last_wrong_entry_ends_it_at_the_provider_too() {
    for vendor in [Vendor::Twilio, Vendor::Vonage] {
        let house = House::with(vendor, |plan| plan.with_challenge("tries = 2"));
        let mut alice = house.gateway.caller(Wire::Http1);
        let (id, code) = house.challenged(&mut alice);
        (0..2).for_each(|_| drop(alice.verify(&id, &wrong(&code)).expect(403)));
        wait::until("the end at the provider", || {
            (house.sim.desk().begun[0].standing == Standing::Canceled).then_some(())
        });
        let (id, fresh) = house.challenged(&mut alice);
        assert_ne!(code, fresh, "{vendor:?}: nobody goes on guessing at the same code");
        alice.verify(&id, &fresh).expect(200);
    }
}
