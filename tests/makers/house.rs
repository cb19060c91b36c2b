//! A gateway whose SMS codes a provider makes.

use serde_json::{Value, json};

use crate::sim::{Sim, Vendor, What};
use crate::support::{Answer, Ask, Caller, Gateway, Plan, User, wait};

pub const ALICE: &User = &User::ALICE;

/// One address asks for everything here, and every message goes to one number.
const LIMITS: &str = "[limits]\nbegin = \"100000/m\"\nverify = \"100000/m\"\npage = \"100000/m\"\n";

pub struct House {
    pub gateway: Gateway,
    pub sim: Sim,
}

impl House {
    pub fn of(vendor: Vendor) -> House {
        House::with(vendor, |plan| plan)
    }

    pub fn with(vendor: Vendor, change: impl FnOnce(Plan) -> Plan) -> House {
        House::on(vendor, "", change)
    }

    /// `more` are further tables.
    pub fn on(vendor: Vendor, more: &str, change: impl FnOnce(Plan) -> Plan) -> House {
        let sim = Sim::start(vendor);
        let providers = format!("per_number = [\"1000/10m\"]\nprice = \"0.001 USD\"\n{}", sim.providers());
        let plan = Plan::before("http://127.0.0.1:9").with_providers(providers);
        let plan = plan.with_challenge("resend_after = \"1s\"").with_more(format!("{LIMITS}{more}"));
        House { gateway: change(plan).start(), sim }
    }

    /// A challenge of Alice whose message the provider has taken, and its code.
    pub fn challenged(&self, caller: &mut Caller) -> (String, String) {
        let id = begin(caller);
        in_state(caller, &id, "sent");
        (id, self.sim.code())
    }

    pub fn checks(&self) -> usize {
        self.sim.asked(What::Check)
    }

    pub fn audit_of(&self, event: &str) -> Vec<Value> {
        let lines = self.gateway.audit();
        let parsed = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        parsed.filter(|line| line["event"] == event).collect()
    }
}

pub fn begin(caller: &mut Caller) -> String {
    let begun = caller.begin(ALICE, "/patients").expect(201).json();
    begun["id"].as_str().expect("a challenge has an id").to_owned()
}

pub fn in_state(caller: &mut Caller, id: &str, state: &str) {
    wait::until(state, || (caller.state(id)["state"] == state).then_some(()));
}

pub fn resend(caller: &mut Caller, id: &str) -> Answer {
    let path = format!("/.sekisho/challenges/{id}/resend");
    // The cool-down is a second.
    wait::until("the cool-down to be over", || {
        Some(caller.send(Ask::post(&path).json(&json!({})))).filter(|answer| answer.status != 429)
    })
}

pub fn tries(caller: &mut Caller, id: &str) -> u64 {
    caller.state(id)["tries_left"].as_u64().expect("a number")
}
