//! Many at once: what happened is recorded, and a checker looks for an order in which it could have happened one by one.
//!
//! | part | what |
//! |---|---|
//! | [`spec`] | one account as it has to behave when nobody does anything at the same time |
//! | [`play`] | several people who act at once, and what each was told |
//! | [`schedules`] | the gate on a store in memory, under a scheduler that a seed determines |
//! | [`histories`] | two nodes on the real stores |
//! | [`making`] | codes that a provider makes and checks, under the same scheduler and on the same stores |
//! | [`processes`] | several processes of the real binary on one store, over their wires |

mod histories;
#[allow(dead_code, reason = "it serves the contract suite too")]
#[path = "../store/houses.rs"]
mod houses;
mod making;
mod memory;
mod play;
mod processes;
mod schedules;
mod spec;
#[allow(dead_code, reason = "it serves the gate's own tests too")]
#[path = "../gate/stage.rs"]
mod stage;
#[path = "../support/mod.rs"]
mod support;

/// How many times something is played; `SEKISHO_RACES` multiplies it.
fn times(usual: usize) -> usize {
    #[expect(clippy::disallowed_methods, reason = "how much a test tries is no setting of the product")]
    let asked = std::env::var("SEKISHO_RACES");
    usual * asked.map_or(1, |n| n.parse().expect("SEKISHO_RACES is a number"))
}
