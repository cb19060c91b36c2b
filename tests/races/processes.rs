//! Several processes of the real binary on one store, over their wires.

use std::sync::Mutex;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use todc_utils::linearizability::history::Action;

use super::spec::{Deed, Entry, Told, judge};
use super::support::redis::Server;
use super::support::wire::exchange;
use super::support::{Answer, Ask, Caller, Gateway, Plan, Upstream, User, Wire, outbox, wait};
use super::times;

/// One address asks for everything here, and every message goes to one number.
const LIMITS: &str = "[limits]\nbegin = \"100000/m\"\nverify = \"100000/m\"\npage = \"100000/m\"\n";

struct House {
    first: Gateway,
    others: [Gateway; 2],
    _application: Upstream,
}

impl House {
    /// Three processes on one store; `store` is its table in the configuration.
    fn on(store: &str) -> House {
        let application = Upstream::start();
        let plan = Plan::before(&application.url).with_more(format!("{LIMITS}{store}"));
        let providers = format!("per_number = [\"1000/10m\"]\nprice = \"0.001 USD\"\n{}", plan.providers.trim_start());
        let first = plan.with_providers(providers).with_movable_clock().start();
        let others = [first.twin(), first.twin()];
        House { first, others, _application: application }
    }

    fn process(&self, number: usize) -> &Gateway {
        [&self.first, &self.others[0], &self.others[1]][number % 3]
    }

    /// The same person, with the same cookies, at one of the processes and over one of the wires.
    fn at(&self, caller: &Caller, number: usize) -> Caller {
        let gateway = self.process(number);
        let wire = Wire::ALL[number / 3 % 3];
        let address = if wire == Wire::Http1 { &gateway.plain } else { &gateway.tls };
        let mut caller = caller.clone();
        (caller.wire, caller.address) = (wire, address.clone());
        caller
    }

    /// Waits, allowances and what was counted are over.
    fn rest(&mut self) {
        self.first.advance(Duration::from_secs(31 * 60));
        let mut caller = self.first.caller(Wire::Http1);
        let (id, code) = self.challenged(&mut caller);
        caller.verify(&id, &code).expect(200);
    }

    /// A challenge, and the code that went out for it.
    fn challenged(&self, caller: &mut Caller) -> (String, String) {
        let id = caller.begin(&User::ALICE, "/").expect(201).json()["id"].as_str().expect("an id").to_owned();
        let code = self.code(&id);
        (id, code)
    }

    /// What went to the phone for this challenge, however many others did.
    fn code(&self, id: &str) -> String {
        let find = || self.first.outbox.all().into_iter().find(|message| message.challenge == id);
        wait::until("the message", find).code
    }
}

/// A request on the plain wire, which costs the test little.
fn post(gateway: &Gateway, caller: &Caller, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let (authority, cookies, length) = (&caller.authority, caller.cookies(), body.len());
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nCookie: {cookies}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    exchange(&gateway.plain, request.as_bytes()).expect("an answer")
}

fn verify(house: &House, number: usize, caller: &Caller, id: &str, code: &str) -> Answer {
    // Every tenth over TLS or HTTP/2, as far as a thousand processes of curl are affordable.
    if number.is_multiple_of(10) {
        return house.at(caller, number / 10).verify(id, code);
    }
    post(house.process(number), caller, &format!("/.sekisho/challenges/{id}/verify"), &json!({ "code": code }))
}

/// So many at once, each told by its number what to do.
fn at_once<T: Send>(count: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    const THREADS: usize = 50;
    let act = &act;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || (thread..count).step_by(THREADS).map(act).collect::<Vec<T>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("an answer")).collect()
    })
}

fn a_thousand_guesses_cost_the_allowed_tries(house: &House) {
    let mut caller = house.first.caller(Wire::Http1);
    let (id, code) = house.challenged(&mut caller);
    let wrong = outbox::wrong(&code);
    let answers = at_once(1000, |n| {
        let answer = verify(house, n, &caller, &id, &wrong);
        (answer.status, if answer.status == 403 { answer.json()["tries_left"].as_u64() } else { None })
    });
    let mut left: Vec<u64> = answers.iter().filter_map(|(_, left)| *left).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    assert!(answers.iter().all(|(status, _)| matches!(status, 403 | 410 | 429)), "{answers:?}");
    verify(house, 1, &caller, &id, &code).expect(410);
}

fn of_two_hundred_right_answers_one_gets_the_pass(house: &House) {
    let mut caller = house.first.caller(Wire::Http1);
    let (id, code) = house.challenged(&mut caller);
    let statuses = at_once(200, |n| verify(house, n, &caller, &id, &code).status);
    let count = |status| statuses.iter().filter(|s| **s == status).count();
    assert_eq!((count(200), count(410)), (1, 199), "{statuses:?}");
    // Nobody is locked out by having been right too often.
    let mut again = house.first.caller(Wire::Http2);
    let (id, code) = house.challenged(&mut again);
    again.verify(&id, &code).expect(200);
    again.send(Ask::get("/patients/1")).expect(200);
}

/// People at different processes, on one account; what each of them was told.
fn play(house: &House, seed: u64) -> Vec<Entry> {
    let record: Mutex<Vec<Entry>> = Mutex::default();
    let known: Mutex<Vec<(String, Caller)>> = Mutex::default();
    let mut browsers = [house.first.caller(Wire::Http1), house.first.caller(Wire::Http1)];
    for browser in &mut browsers {
        // The binding cookie that a page would set.
        browser.send(Ask::get("/.sekisho/challenge?scope=records").navigating());
    }
    let act = |person: usize| {
        let mut random = StdRng::seed_from_u64(seed * 31 + person as u64);
        for turn in 0..4 {
            let heard = known.lock().expect("lock").len();
            let challenge = random.random_range(0..heard.max(1));
            let deed = match random.random_range(0..10) {
                _ if turn == 0 || heard == 0 => Deed::Begin { browser: person % 2 },
                0 => Deed::Begin { browser: random.random_range(0..2) },
                1..4 => Deed::Guess { challenge, right: true },
                _ => Deed::Guess { challenge, right: false },
            };
            let note = |action| record.lock().expect("lock").push((person, action));
            note(Action::Call((deed.clone(), Told::Nothing)));
            let told = done(house, person + turn, &deed, &browsers, &known);
            note(Action::Response((deed, told)));
        }
    };
    std::thread::scope(|scope| {
        for person in 0..5 {
            let act = &act;
            scope.spawn(move || act(person));
        }
    });
    record.into_inner().expect("nobody panicked")
}

fn done(
    house: &House,
    number: usize,
    deed: &Deed,
    browsers: &[Caller; 2],
    known: &Mutex<Vec<(String, Caller)>>,
) -> Told {
    match deed {
        Deed::Begin { browser } => {
            let caller = &browsers[*browser];
            let wish = json!({
                "return_to": "/", "scope": "records",
                "username": User::ALICE.name, "password": User::ALICE.password,
            });
            let answer = post(house.process(number), caller, "/.sekisho/challenges", &wish);
            match answer.status {
                201 => {
                    let id = answer.json()["id"].as_str().expect("an id").to_owned();
                    let mut known = known.lock().expect("lock");
                    Told::Begun(known.iter().position(|k| k.0 == id).unwrap_or_else(|| {
                        known.push((id, caller.clone()));
                        known.len() - 1
                    }))
                }
                429 => Told::Waits,
                other => panic!("a wish was answered {other}: {}", answer.text()),
            }
        }
        Deed::Guess { challenge, right } => {
            let (id, caller) = known.lock().expect("lock")[*challenge].clone();
            let code = house.code(&id);
            let entry = if *right { code } else { outbox::wrong(&code) };
            let path = format!("/.sekisho/challenges/{id}/verify");
            let answer = post(house.process(number), &caller, &path, &json!({ "code": entry }));
            match answer.status {
                200 => Told::Opened,
                403 => Told::Wrong(answer.json()["tries_left"].as_u64().expect("a number") as u8),
                410 => Told::Gone,
                429 => Told::Waits,
                other => panic!("a guess was answered {other}: {}", answer.text()),
            }
        }
        other => unreachable!("nobody does {other:?} here"),
    }
}

fn races(kind: &str, store: &str) {
    let mut house = House::on(store);
    a_thousand_guesses_cost_the_allowed_tries(&house);
    house.rest();
    of_two_hundred_right_answers_one_gets_the_pass(&house);
    let mut opened = 0;
    for seed in 0..times(12) as u64 {
        house.rest();
        let history = play(&house, seed);
        opened += history.iter().filter(|(_, a)| matches!(a, Action::Response((_, Told::Opened)))).count();
        judge(&format!("{kind}, three processes, seed {seed},"), history);
    }
    assert!(opened > 0, "nobody got in");
    println!("{kind}: {} histories over three processes, {opened} passes", times(12));
}

#[test]
fn three_processes_on_one_file_are_as_one() {
    races("embedded", "");
}

#[test]
fn three_processes_on_one_redis_are_as_one() {
    let server = Server::start(&[]);
    races("redis", &format!("[store]\nkind = \"redis\"\nurl = \"redis://{}\"\n", server.address()));
}
