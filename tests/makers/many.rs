//! Many at once: no more entries reach the provider than there are tries, and one right one opens once.

use std::collections::BTreeSet;

use crate::house::{House, tries};
use crate::sim::Vendor;
use crate::support::outbox::wrong;
use crate::support::redis::Server;
use crate::support::{Ask, Caller, Gateway, Wire, gateway, wait};

/// The same browser at another node.
fn at(caller: &Caller, gateway: &Gateway) -> Caller {
    let mut caller = caller.clone();
    caller.address.clone_from(&gateway.plain);
    caller
}

/// All of them at once, in turn at each node; statuses in no order.
fn at_once(nodes: &[Caller], id: &str, entries: Vec<String>) -> Vec<(u16, Option<String>)> {
    let asking: Vec<_> = entries
        .into_iter()
        .enumerate()
        .map(|(n, entry)| {
            let (mut caller, id) = (nodes[n % nodes.len()].clone(), id.to_owned());
            std::thread::spawn(move || {
                let status = caller.verify(&id, &entry).status;
                (status, caller.cookie(gateway::COOKIE).map(str::to_owned))
            })
        })
        .collect();
    asking.into_iter().map(|asking| asking.join().expect("an answer")).collect()
}

fn guessed(house: &House, nodes: &[&Gateway], vendor: Vendor) {
    let mut alice = house.gateway.caller(Wire::Http1);
    let (id, code) = house.challenged(&mut alice);
    let callers: Vec<_> = nodes.iter().map(|node| at(&alice, node)).collect();
    let before = house.checks();
    let told = at_once(&callers, &id, vec![wrong(&code); 20]);
    let counted = |status| told.iter().filter(|(told, _)| *told == status).count();
    assert_eq!(house.checks() - before, vendor.tries(), "{vendor:?}: {told:?}");
    assert_eq!((counted(403), counted(200)), (vendor.tries(), 0), "{told:?}");
    assert_eq!(house.sim.busiest(), 1, "one at a time");
    assert_eq!(tries(&mut alice, &id), 0);
}

#[test]
fn twenty_guesses_at_once_cost_the_tries_and_no_more_are_asked() {
    for vendor in Vendor::ALL {
        let house = House::of(vendor);
        guessed(&house, &[&house.gateway], vendor);
    }
}

#[test]
fn on_two_nodes_too() {
    let house = House::of(Vendor::Twilio);
    let other = house.gateway.twin();
    guessed(&house, &[&house.gateway, &other], Vendor::Twilio);
}

#[test]
fn on_two_nodes_with_redis_too() {
    let server = Server::start(&[]);
    let store = format!("[store]\nkind = \"redis\"\nurl = \"redis://{}\"\n", server.address());
    let house = House::on(Vendor::Engagelab, &store, |plan| plan);
    let other = house.gateway.twin();
    guessed(&house, &[&house.gateway, &other], Vendor::Engagelab);
}

#[test]
fn of_twenty_right_ones_at_once_one_opens() {
    let house = House::of(Vendor::Twilio);
    let other = house.gateway.twin();
    let mut alice = house.gateway.caller(Wire::Http1);
    let (id, code) = house.challenged(&mut alice);
    let told = at_once(&[at(&alice, &house.gateway), at(&alice, &other)], &id, vec![code; 20]);
    let passes: BTreeSet<_> = told.iter().filter_map(|(_, pass)| pass.clone()).collect();
    let counted = |status| told.iter().filter(|(told, _)| *told == status).count();
    assert_eq!((passes.len(), counted(200), counted(410)), (1, 1, 19), "{told:?}");
    assert_eq!(house.checks(), 1, "nobody else had to be asked");
    assert!(house.audit_of("authn_login_fail").is_empty());
}

/// The value of a hidden field of the code page.
fn token(page: &str) -> String {
    let rest = page.split_once("name=\"token\" value=\"").expect("the form has a token").1;
    rest.split_once('"').expect("its end").0.to_owned()
}

#[test]
fn a_second_click_gets_the_pass_of_the_first() {
    for vendor in Vendor::ALL {
        let house = House::of(vendor);
        let mut alice = house.gateway.caller(Wire::Http1);
        let (id, code) = house.challenged(&mut alice);
        let path = format!("/.sekisho/challenge/{id}");
        let page = alice.send(Ask::get(&path).navigating()).expect(200).text();
        let (token, origin) = (token(&page), house.gateway.origin.clone());
        house.sim.hold();
        let click = || {
            let (mut alice, token, code) = (alice.clone(), token.clone(), code.clone());
            let form = [("token", token.as_str()), ("return_to", "/patients"), ("code", code.as_str())];
            let ask = Ask::post(&path).form(&form).header("Origin", &origin).navigating();
            std::thread::spawn(move || {
                let answer = alice.send(ask);
                (
                    answer.status,
                    answer.header("location").map(str::to_owned),
                    alice.cookie(gateway::COOKIE).map(str::to_owned),
                )
            })
        };
        let clicks = [click(), click(), click()];
        wait::until("the provider to be asked", || (house.sim.busy() == 1).then_some(()));
        house.sim.release();
        let told: BTreeSet<_> = clicks.map(|click| click.join().expect("an answer")).into();
        let told: Vec<_> = told.into_iter().collect();
        assert_eq!(told.len(), 1, "{vendor:?}: all the same: {told:?}");
        assert_eq!((told[0].0, told[0].1.as_deref()), (303, Some("/patients")));
        assert!(told[0].2.is_some());
        assert_eq!(house.checks(), 1);
    }
}

#[test]
fn a_process_that_dies_while_it_asks_has_paid_for_it() {
    let mut house = House::with(Vendor::Twilio, |plan| {
        let providers = plan.providers.replacen("per_number", "deadline = \"3s\"\nper_number", 1);
        plan.with_movable_clock().with_providers(providers)
    });
    let mut alice = house.gateway.caller(Wire::Http1);
    let (id, code) = house.challenged(&mut alice);
    house.sim.hold();
    let (mut dying, held, entry) = (alice.clone(), id.clone(), wrong(&code));
    let asking = std::thread::spawn(move || {
        // Nobody answers any more.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dying.verify(&held, &entry))).is_err()
    });
    wait::until("the provider to be asked", || (house.sim.busy() == 1).then_some(()));
    house.gateway.crash();
    assert!(asking.join().expect("it ends"));
    house.sim.release();
    assert_eq!(tries(&mut alice, &id), 4, "a crash refills nothing");
    // Whoever was asking is waited for as long as an answer may take.
    house.gateway.advance(std::time::Duration::from_secs(30));
    alice.verify(&id, &code).expect(200);
}
