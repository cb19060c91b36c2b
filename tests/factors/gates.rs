//! A gateway whose people have more than a phone, and the time as it has it.

use std::cell::Cell;
use std::time::Duration;

use sekisho::app::world::SystemWorld;
use sekisho::domain::enrolment::{StepHash, Stepper};
use sekisho::domain::factor::Factor;
use sekisho::domain::stepper::seed;
use sekisho::domain::time::Wall;
use sekisho::gate::seams::World;

use super::support::gateway::sekisho;
use super::support::{Caller, Gateway, Plan, Upstream, User, Wire};

/// Many people here share one address.
pub const LIMITS: &str = "[limits.network.here]\naddresses = [\"127.0.0.1\"]\nverify = \"10000/m\"\n";

/// Alice has an app; the gateway's clock is the test's.
pub struct Hall {
    pub gateway: Gateway,
    pub app: Stepper,
    ahead: Cell<u64>,
    _upstream: Upstream,
}

impl Hall {
    pub fn open(change: impl Fn(Plan) -> Plan) -> Hall {
        let upstream = Upstream::start();
        let plan = Plan::before(&upstream.url).with_movable_clock().with_more(LIMITS.to_owned());
        let gateway = change(plan).start();
        let app = enrolled(&gateway, &User::ALICE);
        Hall { gateway, app, ahead: Cell::new(0), _upstream: upstream }
    }

    fn now(&self) -> Wall {
        SystemWorld::default().wall().plus(Duration::from_secs(self.ahead.get()))
    }

    /// Lets time pass until another step has just begun, so that none ends while somebody types.
    pub fn next_step(&mut self) {
        let left = 31 - self.now().secs().rem_euclid(30).unsigned_abs();
        self.ahead.set(self.ahead.get() + left);
        self.gateway.advance(Duration::from_secs(left));
    }

    /// What the app shows so many steps from now.
    pub fn code(&self, steps: i64) -> String {
        let at = Wall(self.now().0 + steps * 30_000);
        self.app.present(at).expect("a code").expose().clone()
    }

    /// Alice, who has been asked for a code; her challenge.
    pub fn asked(&self, wire: Wire) -> (Caller, String) {
        let mut caller = self.gateway.caller(wire);
        let begun = caller.begin(&User::ALICE, "/patients").expect(201).json();
        (caller, begun["id"].as_str().expect("an id").to_owned())
    }
}

/// What a command said, which has to succeed.
pub fn must(gateway: &Gateway, words: &[&str], input: &str) -> String {
    let (code, said) = ran(gateway, words, input);
    assert_eq!(code, 0, "{words:?}: {said}");
    said
}

/// How a command ended, and what it said, on both ways.
pub fn ran(gateway: &Gateway, words: &[&str], input: &str) -> (i32, String) {
    let config = gateway.config.display().to_string();
    let output = sekisho(&[words, &["--config", &config]].concat(), input);
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8")).concat();
    (output.status.code().expect("it ended by itself"), said)
}

/// An app for this user, as the command prints it.
pub fn enrolled(gateway: &Gateway, user: &User) -> Stepper {
    let said = must(gateway, &["totp", "add", user.name, "--unconfirmed"], "");
    of_uri(said.lines().find(|line| line.starts_with("otpauth://")).expect("what an app reads"))
}

pub fn of_uri(uri: &str) -> Stepper {
    let query = uri.split_once('?').expect("a query").1;
    let secret = query.split('&').find_map(|pair| pair.strip_prefix("secret=")).expect("a seed");
    stepper(Factor::Totp, secret)
}

pub fn stepper(kind: Factor, text: &str) -> Stepper {
    Stepper {
        id: "own".to_owned(),
        label: "own".to_owned(),
        kind,
        seed: seed(&format!("base32:{text}")).expect("a seed"),
        hash: StepHash::Sha1,
        digits: 6,
        step: 30,
        added: Wall::EPOCH,
        drift: 0,
        spent: None,
        used: None,
    }
}
