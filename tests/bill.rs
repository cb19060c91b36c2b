//! A bill that nobody can run up, through the real binary: some thousand addresses, everybody's name, two processes on one
//! store, one of which is killed on the way.

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use support::gateway::sekisho;
use support::{Answer, Ask, Caller, Gateway, Plan, Upstream, Wire, wait};

const PEOPLE: usize = 500;
/// Pairs of an address and a name.
const PAIRS: usize = 2400;
/// 30 USD, the daily budget of every test's gateway, at 0.17 USD each. Whoever gave a name alone has to leave what the
/// dearest message costs, in whatever language: two parts.
const MESSAGES: usize = 175;

const PROVIDERS: &str = r#"price = "0.17 USD"
in_all = "100000/1h"

[[sms.provider]]
kind = "file"
path = "{folder}/outbox.jsonl"
"#;

fn plan(upstream: &str, providers: &str) -> Plan {
    let mut plan = Plan::before(upstream).with_names_only().with_providers(providers.into());
    plan.users = Vec::new();
    plan.with_challenge("answer_delay = \"100ms\"")
        .with_more("[client]\ntrusted_proxies = [\"127.0.0.1\"]\n[limits.network]\n".into())
}

fn hire(gateway: &Gateway) {
    let file = gateway.config.with_file_name("people.csv");
    let row = |n: usize| format!("clerk{n},,080-1234-{n:04},,,en\n");
    let rows: String = (0..PEOPLE).map(row).collect();
    std::fs::write(&file, format!("user,name,phone,email,groups,locale\n{rows}")).expect("written");
    let (file, config) = (file.display().to_string(), gateway.config.display().to_string());
    let output = sekisho(&["user", "import", &file, "--config", &config], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Asks for a code by a name alone, from some address.
fn ask(caller: &mut Caller, n: usize, name: &str) -> Answer {
    let address = format!("2001:db8:{:x}:{:x}::1", n / 60_000, n % 60_000);
    let wish = json!({ "return_to": "/records/1", "scope": "records", "username": name });
    caller.send(
        Ask::post("/.sekisho/challenges")
            .header("X-Forwarded-For", &address)
            .header("X-Forwarded-Proto", "https")
            .json(&wish),
    )
}

fn events(gateway: &Gateway, name: &str) -> Vec<Value> {
    let lines = gateway.audit();
    let parsed = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    parsed.filter(|line| line["event"] == name).collect()
}

/// How many pairs of an address and a name were answered, and how many of these with a challenge.
fn attack(callers: &[Caller], pairs: std::ops::Range<usize>) -> (usize, usize) {
    let (next, answered, begun) = (AtomicUsize::new(pairs.start), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for worker in 0..32 {
            let mut caller = callers[worker % callers.len()].clone();
            let (next, answered, begun) = (&next, &answered, &begun);
            scope.spawn(move || {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n >= pairs.end {
                        return;
                    }
                    caller.forget_cookies();
                    let name = if n % 7 == 0 { format!("nobody{n}") } else { format!("clerk{}", n * 31 % PEOPLE) };
                    let status = ask(&mut caller, n, &name).status;
                    assert!(matches!(status, 201 | 429), "pair {n}: {status}");
                    answered.fetch_add(1, Ordering::SeqCst);
                    begun.fetch_add(usize::from(status == 201), Ordering::SeqCst);
                }
            });
        }
    });
    (answered.into_inner(), begun.into_inner())
}

#[test]
fn an_attacker_with_every_name_spends_the_daily_budget_and_not_a_cent_more() {
    let upstream = Upstream::start();
    let mut gateway = plan(&upstream.url, PROVIDERS).start();
    hire(&gateway);
    let first = gateway.caller(Wire::Http1);
    {
        let twin = gateway.twin();
        let callers = [first.clone(), twin.caller(Wire::Http1)];
        let (answered, begun) = attack(&callers, 0..150);
        assert!(answered == 150 && begun == 150, "{answered} {begun}");
    }
    gateway.crash();
    let (answered, begun) = attack(&[first], 150..PAIRS);
    assert_eq!(answered, PAIRS - 150);
    assert!(begun < PAIRS / 2, "{begun} were heard after everything was spent");
    // A message that was paid for and not yet handed over died with its process.
    let sent = wait::until("the last message", || {
        let sent = gateway.outbox.count();
        (sent >= MESSAGES - 32).then_some(sent)
    });
    assert!(sent <= MESSAGES, "{sent} messages for more than the budget");
    println!("{PAIRS} pairs of address and name: {sent} messages of {MESSAGES} that 30 USD pay for");
    assert_eq!((events(&gateway, "sys_budget_warning").len(), events(&gateway, "sys_budget_spent").len()), (1, 1));
    let metrics = gateway.admin("/metrics").text();
    assert!(metrics.contains("sekisho_events_total{event=\"sys_budget_spent\"} 1"), "{metrics}");
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let told: Vec<_> = ["clerk77", "nobody at all"]
            .map(|name| {
                let answer = ask(&mut caller, 999_999, name);
                (answer.status, answer.json()["type"].clone(), answer.header("retry-after").is_some())
            })
            .into();
        assert_eq!(told[0], (429, json!("urn:sekisho:limited"), true), "{wire:?}");
        assert_eq!(told[1], told[0], "a name that nobody has is told the same");
    }
    gateway.restart();
    let refused = ask(&mut gateway.caller(Wire::Http1), 1_000_000, "clerk78").status;
    assert_eq!(refused, 429, "a restart forgets no cent");
}

#[test]
fn in_report_mode_everybody_gets_their_code_and_the_audit_tells_what_would_have_been() {
    let upstream = Upstream::start();
    let report =
        "report = [\"per_address\", \"per_prefix\", \"daily_budget\"]\nper_address = \"3/1h\"\nper_prefix = \"5/1h\"\n";
    for wire in Wire::ALL {
        let gateway = plan(&upstream.url, &format!("{report}{PROVIDERS}").replace("0.17", "4.00")).start();
        hire(&gateway);
        for n in 0..12 {
            let mut caller = gateway.caller(wire);
            assert_eq!(ask(&mut caller, 1, &format!("clerk{n}")).status, 201);
        }
        wait::until("every message", || (gateway.outbox.count() == 12).then_some(()));
        let mut told: Vec<String> =
            events(&gateway, "excess_rate_limit_reported").iter().map(|e| e["detail"].to_string()).collect();
        told.sort();
        assert_eq!(told.len(), 3, "{told:?}");
        for (told, begins) in told.iter().zip(["\"messages per address", "\"messages per prefix", "\"money per day"]) {
            assert!(told.starts_with(begins) && told.contains("nothing was refused"), "{told}");
        }
        assert!(events(&gateway, "excess_rate_limit_exceeded").is_empty());
    }
}
