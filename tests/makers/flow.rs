//! Right, wrong, used up, sent again.

use serde_json::json;

use crate::house::{ALICE, House, begin, in_state, resend, tries};
use crate::sim::{Standing, Vendor, What};
use crate::support::outbox::{full_width, wrong};
use crate::support::{Ask, Wire};

#[test]
fn the_right_code_opens_once_over_every_wire() {
    for vendor in Vendor::ALL {
        let house = House::of(vendor);
        for wire in Wire::ALL {
            let mut alice = house.gateway.caller(wire);
            let (id, code) = house.challenged(&mut alice);
            let before = house.checks();
            alice.verify(&id, "48291").expect(400);
            alice.verify(&id, "letters").expect(400);
            assert_eq!(house.checks(), before, "what has not the shape of a code is not asked about");
            alice.verify(&id, &wrong(&code)).expect(403);
            let opened = alice.verify(&id, &full_width(&code)).expect(200).json();
            assert_eq!(opened["scope"], "records");
            assert_eq!(alice.state(&id)["state"], "verified");
            let asked = house.checks();
            alice.verify(&id, &code).expect(410);
            alice.verify(&id, &wrong(&code)).expect(410);
            assert_eq!((asked, house.checks()), (before + 2, asked), "{vendor:?}, {wire:?}: spent is spent");
        }
        let to = house.sim.desk().begun[0].to.clone();
        assert_eq!(to.trim_start_matches('+'), ALICE.e164().trim_start_matches('+'));
        let log = house.gateway.log() + &house.gateway.audit();
        for begun in &house.sim.desk().begun {
            assert!(!log.contains(&begun.code) && !log.contains(&full_width(&begun.code)), "no log holds a code");
        }
    }
}

#[test]
fn wrong_codes_use_up_the_tries_and_the_provider_is_asked_no_more() {
    for vendor in Vendor::ALL {
        let house = House::of(vendor);
        let mut alice = house.gateway.caller(Wire::Http1);
        let (id, code) = house.challenged(&mut alice);
        let most = vendor.tries();
        assert_eq!(tries(&mut alice, &id), most as u64);
        for left in (0..most).rev() {
            let told = alice.verify(&id, &wrong(&code)).expect(403).json();
            assert_eq!((&told["type"], &told["tries_left"]), (&json!("urn:sekisho:wrong-code"), &json!(left)));
        }
        alice.verify(&id, &code).expect(410);
        assert_eq!(house.checks(), most, "{vendor:?}");
        assert_eq!(house.audit_of("authn_login_fail").len() + house.audit_of("authn_login_fail_max").len(), most);
    }
}

#[test]
fn failures_count_for_the_account_as_ever() {
    let house = House::of(Vendor::Vonage);
    let mut alice = house.gateway.caller(Wire::Http1);
    let (first, code) = house.challenged(&mut alice);
    (0..3).for_each(|_| drop(alice.verify(&first, &wrong(&code)).expect(403)));
    let (second, code) = house.challenged(&mut alice);
    assert_ne!(first, second);
    (0..2).for_each(|_| drop(alice.verify(&second, &wrong(&code)).expect(403)));
    let asked = house.checks();
    let waits = alice.verify(&second, &code).expect(429);
    assert_eq!(waits.json()["type"], "urn:sekisho:too-many-failures");
    assert_eq!((asked, house.checks()), (5, 5), "who has to wait is not heard, and the provider is not asked");
}

#[test]
fn a_code_that_is_over_at_the_provider_is_over() {
    for vendor in Vendor::ALL {
        let house = House::of(vendor);
        let mut alice = house.gateway.caller(Wire::Http1);
        let (id, code) = house.challenged(&mut alice);
        house.sim.end_all(Standing::Expired);
        assert_eq!(alice.verify(&id, &code).expect(410).json()["type"], "urn:sekisho:expired");
        assert_eq!(alice.verify(&id, &code).expect(410).json()["type"], "urn:sekisho:expired");
        assert_eq!(house.checks(), 1, "{vendor:?}: once is enough");
        assert_eq!(house.audit_of("code_check_failed")[0]["detail"], "over");
        let (id, code) = house.challenged(&mut alice);
        alice.verify(&id, &code).expect(200);
    }
}

#[test]
fn what_is_sent_again_is_asked_about_by_its_latest_name() {
    for vendor in Vendor::ALL {
        let house = House::of(vendor);
        let mut alice = house.gateway.caller(Wire::Http1);
        let (id, first) = house.challenged(&mut alice);
        alice.verify(&id, &wrong(&first)).expect(403);
        let left = tries(&mut alice, &id);
        if vendor == Vendor::Engagelab {
            // It sends nothing to a number that has a code which still holds.
            resend(&mut alice, &id).expect(200);
            in_state(&mut alice, &id, "failed");
            house.sim.end_all(Standing::Expired);
        }
        resend(&mut alice, &id).expect(200);
        in_state(&mut alice, &id, "sent");
        assert_eq!(tries(&mut alice, &id), left, "nothing refills tries");
        let second = house.sim.code();
        match vendor {
            Vendor::Twilio => assert_eq!((first.clone(), 2), (second.clone(), house.sim.desk().begun[0].sends)),
            Vendor::Vonage => assert_eq!(house.sim.asked(What::Cancel), 1, "what is in the way is ended"),
            Vendor::Engagelab => {}
        }
        if vendor != Vendor::Twilio {
            assert_ne!(first, second);
            alice.verify(&id, &first).expect(403);
        }
        alice.verify(&id, &second).expect(200);
    }
}

#[test]
fn an_old_code_holds_when_sending_again_failed() {
    let house = House::of(Vendor::Engagelab);
    let mut alice = house.gateway.caller(Wire::Http1);
    let (id, code) = house.challenged(&mut alice);
    resend(&mut alice, &id).expect(200);
    in_state(&mut alice, &id, "failed");
    alice.verify(&id, &code).expect(200);
}

#[test]
fn only_the_makers_own_channel_is_offered() {
    let house = House::of(Vendor::Twilio);
    let mut alice = house.gateway.caller(Wire::Http1);
    let id = begin(&mut alice);
    assert_eq!(alice.state(&id)["channels"], json!(["sms"]));
    let ask = Ask::post(&format!("/.sekisho/challenges/{id}/resend"));
    alice.send(ask.json(&json!({ "channel": "carrier pigeon" }))).expect(400);
}
