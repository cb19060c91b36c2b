//! `kill -9` at random moments: nothing that was acknowledged is lost, and nothing opens twice.
//!
//! Each round lets several callers act at once on one gateway, kills it after a random number of answers while the others
//! are still under way, starts it again on the same files, and looks. `SEKISHO_CRASHES` sets the number of rounds.

mod support;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::sync::mpsc::channel;
use std::time::Duration;
use support::gateway::COOKIE;
use support::wire::exchange;
use support::{Answer, Ask, Caller, Gateway, Plan, Upstream, User, Wire, outbox};

/// What somebody was told. No answer is no acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    Opened(String),
    Wrong(u64),
    LoggedOut,
    Other(u16),
}

/// A request on the plain wire that may find nobody, or be cut off.
fn post(caller: &Caller, path: &str, body: &Value) -> Option<Answer> {
    let body = body.to_string();
    let (authority, cookies, length) = (&caller.authority, caller.cookies(), body.len());
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nCookie: {cookies}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    exchange(&caller.address, request.as_bytes()).ok().filter(|answer| answer.status != 0)
}

fn guess(caller: &Caller, id: &str, code: &str) -> Option<Told> {
    let answer = post(caller, &format!("/.sekisho/challenges/{id}/verify"), &json!({ "code": code }))?;
    Some(match answer.status {
        200 => {
            let line = answer.all("set-cookie").into_iter().find(|line| line.starts_with(COOKIE))?;
            Told::Opened(line.split([';', '=']).nth(1)?.to_owned())
        }
        403 => Told::Wrong(serde_json::from_slice::<Value>(&answer.body).ok()?["tries_left"].as_u64()?),
        status => Told::Other(status),
    })
}

fn log_out(caller: &Caller) -> Option<Told> {
    let answer = post(caller, "/.sekisho/logout", &json!({}))?;
    Some(if answer.status == 204 { Told::LoggedOut } else { Told::Other(answer.status) })
}

/// What one round began with, and what everybody was told in it.
struct Round {
    wrong: String,
    id: String,
    code: String,
    owner: Caller,
    leaver: Caller,
    told: Vec<Told>,
}

/// Lets four act at once, and kills the gateway after `answers` of them were told something.
fn play(gateway: &mut Gateway, answers: u32, order: u32) -> Round {
    let mut leaver = gateway.caller(Wire::Http1);
    leaver.sign_in(gateway, &User::BOB);
    let mut owner = gateway.caller(Wire::Http1);
    let (id, message) = owner.challenged(gateway, &User::ALICE);
    let (code, wrong) = (message.code.clone(), outbox::wrong(&message.code));
    let (tell, heard) = channel::<Option<Told>>();
    let mut told = Vec::new();
    std::thread::scope(|scope| {
        for place in 0..4 {
            let (tell, owner, leaver) = (tell.clone(), &owner, &leaver);
            let (id, code, wrong) = (&id, &code, &wrong);
            // The right answer is not always the last one to come.
            let act = move || match (place + order) % 4 {
                0 => guess(owner, id, code),
                1 => log_out(leaver),
                _ => guess(owner, id, wrong),
            };
            scope.spawn(move || tell.send(act()).expect("the test listens to the end"));
        }
        drop(tell);
        told.extend((0..answers).filter_map(|_| heard.recv().ok().flatten()));
        gateway.crash();
        told.extend(heard.iter().flatten());
    });
    Round { wrong, id, code, owner, leaver, told }
}

/// What must be so afterwards; how often the code had opened before.
fn judge(gateway: &Gateway, mut round: Round) -> bool {
    let passes: Vec<&String> =
        round.told.iter().filter_map(|t| if let Told::Opened(pass) = t { Some(pass) } else { None }).collect();
    assert!(passes.len() <= 1, "one code opened twice: {:?}", round.told);
    if round.told.contains(&Told::LoggedOut) {
        let after = round.leaver.send(Ask::get("/patients/1")).status;
        assert_eq!(after, 401, "a logout that was acknowledged is forgotten");
    }
    if let Some(pass) = passes.first() {
        let again = guess(&round.owner, &round.id, &round.code);
        assert_eq!(again, Some(Told::Other(410)), "a code that was spent opens again");
        round.owner.put_cookie(COOKIE, pass);
        round.owner.send(Ask::get("/patients/4711")).expect(200);
        let written = |event: &str| {
            let audit = gateway.audit();
            audit.lines().any(|line| line.contains(event) && line.contains(&round.id))
        };
        assert!(written("authn_token_created"), "a pass was given out that the audit does not know");
        return true;
    }
    let fewest = round.told.iter().filter_map(|t| if let Told::Wrong(left) = t { Some(*left) } else { None }).min();
    let after = guess(&round.owner, &round.id, &round.wrong);
    match (fewest, after) {
        (Some(fewest), Some(Told::Wrong(left))) => assert!(left < fewest, "{left} after {fewest}: a try came back"),
        // The right answer was taken, and its asker never heard of it.
        (_, Some(Told::Wrong(_) | Told::Other(410))) => {}
        (_, other) => panic!("a wrong code was told {other:?} after {:?}", round.told),
    }
    false
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_opens_twice() {
    #[expect(clippy::disallowed_methods, reason = "how much a test tries is no setting of the product")]
    let asked = std::env::var("SEKISHO_CRASHES");
    let rounds = asked.map_or(12, |n| n.parse().expect("SEKISHO_CRASHES is a number"));
    let application = Upstream::start();
    let mut plan = Plan::before(&application.url);
    plan.providers = format!("price = \"0.001 USD\"\nper_number = [\"9/10m\"]\n{}", plan.providers.trim_start());
    let mut gateway = plan.with_movable_clock().start();
    let mut random = StdRng::seed_from_u64(4711);
    let (mut opened, mut cut) = (0, 0);
    for number in 0..rounds {
        // Every fourth time right after the last answer: then the right code was among them.
        let answers = if number % 4 == 3 { 4 } else { random.next_u32() % 4 };
        let round = play(&mut gateway, answers, random.next_u32() % 4);
        cut += 4 - round.told.len();
        opened += usize::from(judge(&gateway, round));
        // Waits, allowances and failures of this round are over before the next.
        gateway.advance(Duration::from_secs(31 * 60));
        gateway.caller(Wire::Http1).sign_in(&gateway, &User::ALICE);
    }
    // Else the moments were no moments of danger.
    assert!(opened > 0 && cut > 0, "of {rounds} rounds {opened} gave a pass; {cut} answers were cut off");
    println!("{rounds} crashes: {opened} passes were given before one, {cut} answers were cut off");
}
