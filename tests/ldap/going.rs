//! What changes in a directory while people are in, or on their way.

use std::time::Duration;

use crate::slapd::Slapd;
use crate::support::{Caller, Gateway, Upstream, Wire, wait};
use crate::{begin, begin_once, page, plan, sign_in};

const HANAKO: &str = "uid=hanako,ou=people,dc=example,dc=jp";
const TARO: &str = "uid=taro,ou=people,dc=example,dc=jp";
/// A little longer than between two looks at the people behind passes.
const A_LOOK: Duration = Duration::from_secs(301);

#[test]
fn a_code_that_went_to_the_old_number_opens_nothing_once_there_is_a_new_one() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let gateway = plan(&upstream, &slapd.table("hospital", &[slapd.url()], "")).start();
    let mut caller = gateway.caller(Wire::Http1);
    let begun = begin(&mut caller, "hanako", "hanako no himitsu").expect(201).json();
    let id = begun["id"].as_str().expect("an id").to_owned();
    let code = gateway.outbox.next().code;
    slapd.set(HANAKO, "mobile", Some("080-1111-2222"));
    assert_ne!(caller.verify(&id, &code).status, 200, "it is somebody else's by now");
    assert!(!is_in(&mut caller));
    let mut anew = gateway.caller(Wire::Http1);
    assert_eq!(sign_in(&mut anew, &gateway, "hanako", "hanako no himitsu"), "+818011112222");
}

fn is_in(caller: &mut Caller) -> bool {
    page(caller) == 200
}

fn ends(caller: &mut Caller, why: &str) {
    wait::until(why, || (!is_in(caller)).then_some(()));
}

/// Lets the time come for a look at everybody.
fn look(gateway: &mut Gateway) {
    gateway.advance(A_LOOK);
}

#[test]
fn whoever_leaves_the_group_or_is_closed_is_out_at_the_next_look() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let mut gateway = plan(&upstream, &slapd.table("hospital", &[slapd.url()], "")).with_movable_clock().start();
    let mut hanako = gateway.caller(Wire::Http2);
    sign_in(&mut hanako, &gateway, "hanako", "hanako no himitsu");
    let mut taro = gateway.caller(Wire::Http1);
    sign_in(&mut taro, &gateway, "taro", "taro no himitsu");
    let mut stays = gateway.caller(Wire::Http1Tls);
    sign_in(&mut stays, &gateway, "stays", "stays himitsu");
    assert!(is_in(&mut hanako) && is_in(&mut taro) && is_in(&mut stays));
    // In the middle of the chain: doctors has no wards any more.
    slapd.change(
        "dn: cn=doctors,ou=groups,dc=example,dc=jp\nchangetype: modify\ndelete: member\n\
         member: cn=wards,ou=groups,dc=example,dc=jp\n",
    );
    slapd.set(TARO, "pwdAccountLockedTime", Some("000001010000Z"));
    look(&mut gateway);
    ends(&mut hanako, "the pass of somebody who left the group to end");
    ends(&mut taro, "the pass of a closed account to end");
    assert!(is_in(&mut stays), "nobody else is out");
}

#[test]
fn passes_wait_for_a_directory_that_is_away_or_end_as_it_says() {
    let (mut closing, mut keeping, upstream) = (Slapd::start(), Slapd::start(), Upstream::start());
    let table = |slapd: &Slapd, name: &str, filter: &str, on_outage: &str| {
        let more = format!("filter = \"{filter}\"\non_outage = \"{on_outage}\"\ntimeout = \"4s\"");
        slapd.table(name, &[slapd.url()], &more)
    };
    let first = table(&closing, "first", "(uid=hanako)", "close");
    let second = table(&keeping, "second", "(!(uid=hanako))", "keep");
    let mut gateway = plan(&upstream, &format!("{first}{second}")).with_movable_clock().start();
    let mut hanako = gateway.caller(Wire::Http1);
    sign_in(&mut hanako, &gateway, "hanako", "hanako no himitsu");
    let mut taro = gateway.caller(Wire::Http1);
    sign_in(&mut taro, &gateway, "taro", "taro no himitsu");
    let mut stays = gateway.caller(Wire::Http1);
    sign_in(&mut stays, &gateway, "stays", "stays himitsu");
    assert!(is_in(&mut hanako) && is_in(&mut taro) && is_in(&mut stays));
    closing.kill();
    let told = |gateway: &Gateway| gateway.log().matches("whether accounts are still good").count();
    // The one that is away does not keep the other from being asked.
    keeping.set(TARO, "pwdAccountLockedTime", Some("000001010000Z"));
    look(&mut gateway);
    ends(&mut taro, "the pass of somebody in the directory that answers to end");
    wait::until("a look in vain", || (told(&gateway) == 1).then_some(()));
    assert!(is_in(&mut hanako), "one look in vain ends nothing");
    look(&mut gateway);
    ends(&mut hanako, "a pass to end that was asked about twice in vain");
    assert!(is_in(&mut stays));
    closing.again();
    // Once both are asked again an unknown name is one, and no outage.
    let mut tries = 0;
    wait::until("both directories to answer", || {
        tries += 1;
        let login = format!("invented-{tries}");
        (begin_once(&mut gateway.caller(Wire::Http1), &login, "wrong").status == 403).then_some(())
    });
    keeping.kill();
    for looks in 3..=5 {
        look(&mut gateway);
        wait::until("a look in vain", || (told(&gateway) >= looks).then_some(()));
        assert!(is_in(&mut stays), "this one keeps them");
    }
}
