//! Two gateways with one state, and somebody who fills in forms as a browser without a script does.

use super::support::gateway::{COOKIE, User, sekisho};
use super::support::{Answer, Ask, Caller, Gateway, Plan, Upstream, Wire, wait};
use serde_json::json;

pub const ME: &str = "/.sekisho/me";

pub struct House {
    pub gateway: Gateway,
    pub twin: Option<Gateway>,
    _application: Upstream,
}

impl House {
    /// With these lines of `[enrol]`.
    pub fn start(enrol: &str) -> House {
        House::planned(enrol, |plan| plan)
    }

    pub fn planned(enrol: &str, change: impl FnOnce(Plan) -> Plan) -> House {
        let application = Upstream::start();
        let provider =
            "per_number = [\"1000/10m\"]\n\n[[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\n";
        let limits = "[limits]\nbegin = \"100000/1m\"\nverify = \"100000/1m\"\npage = \"100000/1m\"\n";
        let plan = Plan::before(&application.url).with_providers(provider.to_owned());
        let plan = change(plan.with_more(format!("{limits}\n[enrol]\n{enrol}\n")));
        House { gateway: plan.start(), twin: None, _application: application }
    }

    pub fn with_twin(mut self) -> House {
        self.twin = Some(self.gateway.twin());
        self
    }

    /// Somebody signed in, over this wire.
    pub fn signed_in(&self, wire: Wire, user: &User) -> Person<'_> {
        let mut caller = self.gateway.caller(wire);
        caller.sign_in(&self.gateway, user);
        Person { caller, gateway: &self.gateway }
    }

    /// What a token meets at both nodes over all wires.
    pub fn statuses(&self, token: &str) -> Vec<u16> {
        let nodes = std::iter::once(&self.gateway).chain(&self.twin);
        let ask = || Ask::get("/patients").header("Sekisho-Pass", token);
        nodes.flat_map(|node| Wire::ALL.map(|wire| node.caller(wire).send(ask()).status)).collect()
    }

    /// Waits until it opens nothing any more, at either node.
    pub fn ends(&self, what: &str, token: &str) {
        let over = || self.statuses(token).iter().all(|status| *status == 401).then_some(());
        wait::until(what, over);
    }

    /// A command of the operator, which has to work; what it printed.
    pub fn must(&self, words: &[&str]) -> String {
        let config = self.gateway.config.display().to_string();
        let output = sekisho(&[words, &["--config", &config]].concat(), "");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{words:?}: {}{}", said(&output.stdout), said(&output.stderr));
        said(&output.stdout)
    }

    pub fn shown(&self, user: &str) -> String {
        self.must(&["user", "show", user])
    }
}

pub struct Person<'h> {
    pub caller: Caller,
    pub gateway: &'h Gateway,
}

impl Person<'_> {
    pub fn token(&self) -> String {
        self.caller.cookie(COOKIE).expect("a pass").to_owned()
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.caller.send(Ask::get(path).navigating())
    }

    /// A page that is there.
    pub fn page(&mut self, path: &str) -> String {
        self.get(path).expect(200).text()
    }

    /// Fills in the form of a page, as the page itself does it.
    pub fn press(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let text = self.page(page);
        assert!(text.contains(&format!("action=\"{action}\"")), "no form for {action} on {page}:\n{text}");
        self.post(action, &form_token(&text), fields)
    }

    pub fn post(&mut self, action: &str, token: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.caller.origin.clone();
        let fields: Vec<_> = [("token", token)].into_iter().chain(fields.iter().copied()).collect();
        self.caller.send(Ask::post(action).navigating().header("Origin", &origin).form(&fields))
    }

    /// Confirms with a fresh code, as the page that asks for it does.
    pub fn confirm(&mut self) {
        let ask = Ask::post("/.sekisho/challenges").json(&json!({ "return_to": ME, "scope": "records" }));
        let begun = self.caller.send(ask).expect(201).json();
        let id = begun["id"].as_str().expect("an id").to_owned();
        let message = self.gateway.outbox.next();
        self.caller.verify(&id, &message.code).expect(200);
    }
}

pub fn form_token(page: &str) -> String {
    let after = page.split("name=\"token\" value=\"").nth(1).unwrap_or_else(|| panic!("no form on\n{page}"));
    after.split('"').next().expect("it ends").to_owned()
}

/// Where a redirect leads.
pub fn leads(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").expect("a place").to_owned()
}

/// The value of the first hidden field of this name.
pub fn field(page: &str, name: &str) -> String {
    let after = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    after.unwrap_or_else(|| panic!("no {name} on\n{page}")).split('"').next().expect("it ends").to_owned()
}
