//! The load test stays sound: each scenario is played with a handful of people, and its counts add up. Nothing here
//! depends on how fast this machine is.

#[path = "../benches/load/main.rs"]
#[allow(dead_code, reason = "the command line is driven by `cargo bench` only")]
mod load;

use load::args::{Sizes, target, tiny};
use load::derived::Derived;
use load::lives::Habit;
use load::meter::{Meter, Step, Who};
use load::play::play;
use load::scenarios::{ALL, Part, VICTIMS, named};
use load::schedule::{Shape, arrivals, dice};
use load::stage::{Stage, Town};
use load::summary::Summary;
use load::support::wait;
use load::{Setting, html};
use std::time::Duration;
use tokio::runtime::Runtime;

const SEED: u64 = 20_261_123;

/// Plays it, and holds what holds for each: nothing is left over, nobody failed, the report can be drawn.
fn played(name: &str) -> Summary {
    let scenario = tiny(named(name).expect("there is such a scenario"));
    let sizes = Sizes { users: 60, seed: SEED, progress: false, dashboard: false };
    let town = Town::found(sizes.users).expect("people move in");
    let runtime = Runtime::new().expect("a runtime");
    let out = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let setting = Setting { sizes: &sizes, town: Some(&town), target: None, out: out.path() };
    let summary = setting.play(&scenario, &runtime).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let told = serde_json::to_string_pretty(&summary).expect("JSON");
    assert_eq!(summary.faults, Vec::<String>::new(), "{told}");
    assert_eq!(summary.unfinished, 0, "{told}");
    assert_eq!(summary.endings.iter().map(|ending| ending.count).sum::<u64>(), summary.lives as u64, "{told}");
    assert_eq!(summary.lives_by_library["summary"]["iters"]["total"], summary.lives, "{told}");
    let asked = summary.steps.iter().find(|line| line.step == "ask for a code").expect("codes were asked for");
    assert!(asked.ms.p50 >= 395.0, "nobody is answered before `answer_delay` is over: {told}");
    assert!(summary.steps.iter().all(|line| line.ms.p50 <= line.ms.p99 && line.ms.p99 <= line.ms.max), "{told}");
    let page = html::page(std::slice::from_ref(&summary), "a test");
    assert!(page.contains("<polyline class=\"c0\" points=\""), "curves are drawn");
    for elsewhere in ["<script", "<link", "<img", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(elsewhere), "the page needs nothing else: {elsewhere}");
    }
    summary
}

/// How many lives of these people ended so.
fn ended(summary: &Summary, who: &str, what: &str) -> u64 {
    summary.endings.iter().filter(|e| e.who == who && e.what == what).map(|ending| ending.count).sum()
}

fn count(summary: &Summary, who: &str, step: &str) -> u64 {
    summary.steps.iter().filter(|line| line.who == who && line.step == step).map(|line| line.count).sum()
}

#[test]
fn everybody_of_a_shift_reaches_their_record_from_one_address() {
    let summary = played("shift");
    let people = summary.lives as u64;
    assert!(people > 0);
    assert_eq!(ended(&summary, "honest", "reached the record"), people);
    assert_eq!(summary.messages, people, "one message each");
    for step in ["connect (TLS)", "open the record", "ask for a code", "code on the phone", "enter the code"] {
        assert_eq!(count(&summary, "honest", step), people, "{step}");
    }
    assert!(summary.steps.iter().all(|line| line.errors.is_empty()));
}

#[test]
fn on_a_steady_day_passes_are_used_far_more_than_codes() {
    let summary = played("steady");
    let people = summary.lives as u64;
    assert_eq!(ended(&summary, "honest", "reached the record"), people);
    assert_eq!(count(&summary, "honest", "leave"), people);
    // Each use is planned, so none is left out, however slow the answers are.
    let scenario = tiny(named("steady").expect("there is such a scenario"));
    let uses = scenario.habit.stay.as_millis() / scenario.habit.every.as_millis() - 1;
    assert_eq!(u128::from(count(&summary, "honest", "use the record")), uses * u128::from(people));
}

#[test]
fn attackers_are_kept_out_and_honest_people_beside_them_are_not() {
    let summary = played("attack");
    let known = ended(&summary, "honest, known device", "reached the record");
    let (honest, attackers) =
        (ended(&summary, "honest", "reached the record"), ended(&summary, "attacker", "kept out"));
    assert_eq!(known, VICTIMS as u64);
    assert!(attackers > 0);
    assert_eq!(honest + known + attackers, summary.lives as u64);
    assert!(summary.messages_to_the_bombed_number.is_some_and(|count| count > 1), "somebody tried");
    for step in ["guess a password", "try a name", "ask for a code, password known", "guess a code"] {
        assert!(count(&summary, "attacker", step) > 0, "nobody tried to {step}");
    }
}

#[test]
fn with_a_slow_provider_everybody_waits_and_gets_in() {
    let summary = played("slow");
    assert_eq!(ended(&summary, "honest", "reached the record"), summary.lives as u64);
    let message = summary.steps.iter().find(|line| line.step == "code on the phone").expect("messages were sent");
    assert!(message.ms.p50 >= 4_950.0, "the provider took its time: {:?}", message.ms);
}

#[test]
fn when_a_node_is_lost_everybody_gets_in_at_the_other() {
    let summary = played("lost");
    assert_eq!(ended(&summary, "honest", "reached the record"), summary.lives as u64);
    assert_eq!(summary.marks.len(), 1, "a gate was killed");
    assert_eq!(summary.gates.len(), 1, "one gate was left at the end");
    let kinds: Vec<_> = summary.steps.iter().flat_map(|line| line.errors.keys().cloned()).collect();
    assert!(kinds.iter().any(|kind| kind.starts_with("connection")), "somebody noticed: {kinds:?}");
}

/// A gate that stands still for a second makes everything late that was due meanwhile, and not one request a person.
#[test]
fn what_is_late_is_counted_from_the_plan() {
    let mut scenario = tiny(named("steady").expect("there is such a scenario"));
    scenario.habit = Habit { every: Duration::from_millis(50), stay: Duration::from_secs(4) };
    (scenario.seconds, scenario.rate) = (1, 3.0);
    let sizes = Sizes { users: 60, seed: SEED, progress: false, dashboard: false };
    let town = Town::found(sizes.users).expect("people move in");
    let runtime = Runtime::new().expect("a runtime");
    let out = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let stage = Stage::start(&scenario, &town, Meter::new(scenario.expected()), &runtime).expect("it starts");
    let uses = (Who::Honest, Step::Use);
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            let used = || stage.world.meter.tally().rows.get(&uses).is_some_and(|row| row.all.len() >= 10);
            wait::until("somebody to use a record", || used().then_some(()));
            stage.signal(0, "STOP");
            wait::within(Duration::from_secs(1), || None::<()>);
            stage.signal(0, "CONT");
        });
        runtime.block_on(play(&scenario, &stage, &sizes, out.path())).expect("it is played")
    });
    let all = &outcome.tally.rows[&uses].all;
    let late = all.count_between(500_000, all.high());
    let people = outcome.planned.len() as u64;
    assert!(people < 8 && late >= 8, "{late} uses of {people} people were half a second late: one each is too few");
}

#[test]
fn a_plan_is_the_same_for_one_seed_and_another_for_another() {
    for scenario in ALL {
        let plan = scenario.plan(1);
        assert_eq!(plan, scenario.plan(1));
        assert_ne!(plan, scenario.plan(2));
        let expected = scenario.rate * scenario.seconds as f64;
        let honest = plan.iter().filter(|life| matches!(life.part, Part::Honest { .. })).count() as f64;
        assert!((honest - expected).abs() < 6.0 * expected.sqrt(), "{}: {honest} of {expected}", scenario.name);
    }
}

#[test]
fn a_rush_comes_in_the_middle() {
    let span = Duration::from_secs(30);
    let moments = arrivals(Shape::Rush, 100.0, span, &mut dice(SEED, 0));
    let middle = moments.iter().filter(|at| (10..20).contains(&at.as_secs())).count();
    assert!(middle * 2 > moments.len(), "{middle} of {}", moments.len());
    assert!(moments.is_sorted() && moments.iter().all(|at| *at < span));
}

#[test]
fn load_goes_to_this_machine_only() {
    for ours in ["https://127.0.0.1:9443", "https://localhost", "https://[::1]:9443", "https://127.9.9.9:1"] {
        assert!(target(ours).is_ok(), "{ours}");
    }
    let others = [
        "https://192.0.2.1",
        "https://records.example.jp:9443",
        "https://[2001:db8::1]",
        "https://10.0.0.1",
        "https://127.0.0.1.example.jp",
        "https://localhost.example.jp",
    ];
    for other in others {
        assert!(target(other).is_err_and(|said| said.contains("this machine only")), "{other}");
    }
    assert!(target("http://127.0.0.1:9443").is_err_and(|said| said.contains("https")));
}

#[test]
fn what_is_run_is_the_configuration_and_the_differences_that_are_told() {
    let mut derived = Derived::default();
    derived.set("[listen]", "address", "127.0.0.1:1");
    derived.set("[store]", "url", "redis://127.0.0.1:2/0");
    derived.remove("[[sms.provider]]", "path");
    let told: Vec<_> =
        derived.changes.iter().map(|change| (&*change.key, change.from.is_some(), change.to.is_some())).collect();
    assert_eq!(
        told,
        [("[listen] address", true, true), ("[store] url", false, true), ("[[sms.provider]] path", true, false)]
    );
    let before: Vec<_> = load::derived::TEXT.lines().collect();
    let after = derived.text();
    assert_eq!(after.lines().filter(|line| !before.contains(line)).count(), 2, "nothing else changed");
    assert_eq!(derived.get("[listen]", "address").as_deref(), Some("127.0.0.1:1"));
}
