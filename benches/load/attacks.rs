//! Whole lives of people who want somebody else's record. Each comes from an address of its own.

use super::meter::{Ending, Step};
use super::person::{Ask, Person};
use super::town::Account;
use super::wire::Answer;
use rand::RngExt;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(500);
const BEGIN: &str = "/.sekisho/challenges";

/// What somebody tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attack {
    /// One password after the other for a name that exists.
    Passwords,
    /// Names that nobody has.
    Names,
    /// With a stolen password: one message after the other to the same number.
    Bomb,
    /// With a stolen password: one code after the other.
    Codes,
}

pub async fn attack(person: &mut Person, kind: Attack, victim: &Account, due: Instant) -> Ending {
    let inside = match kind {
        Attack::Passwords => passwords(person, victim, due).await,
        Attack::Names => names(person, due).await,
        Attack::Bomb => bomb(person, victim, due).await,
        Attack::Codes => codes(person, victim, due).await,
    };
    // Whatever they were told: what counts is whether they see anything.
    let record = victim.record();
    let shut = |answer: &Answer| answer.status != 200 && answer.status < 500;
    let sneaked = person.ask(Step::Sneak, Instant::now(), &Ask::page(&record), shut).await;
    let shown = sneaked.as_ref().is_ok_and(|answer| answer.status == 200);
    match sneaked {
        _ if inside || shown => Ending::GotIn,
        Err(trouble) => Ending::Failed(trouble.to_string()),
        Ok(answer) if answer.status >= 500 => Ending::Failed(answer.status.to_string()),
        Ok(_) => Ending::KeptOut,
    }
}

/// A no that was decided: neither an opened door nor a gate that is out of order.
fn is_no(answer: &Answer) -> bool {
    (400..500).contains(&answer.status)
}

async fn passwords(person: &mut Person, victim: &Account, due: Instant) -> bool {
    let mut inside = false;
    for n in 0..TRIES {
        let guess = format!("summer{}", person.dice.random_range(1000..9999));
        let ask = begin(victim, &victim.name, &guess);
        let came = person.ask(Step::WrongPassword, due + PAUSE * n, &ask, is_no).await;
        inside |= came.is_ok_and(|answer| answer.status == 201);
    }
    inside
}

async fn names(person: &mut Person, due: Instant) -> bool {
    let mut inside = false;
    for n in 0..TRIES {
        let name = format!("nobody{}", person.dice.random_range(0..1_000_000_000));
        let ask = Ask::json(
            BEGIN,
            &json!({ "return_to": "/", "scope": "records", "username": name,
            "password": "correct horse" }),
        );
        let came = person.ask(Step::UnknownName, due + PAUSE * n, &ask, is_no).await;
        inside |= came.is_ok_and(|answer| answer.status == 201);
    }
    inside
}

/// A challenge each time, as a new browser would get it. Being asked for the code is no way in.
async fn bomb(person: &mut Person, victim: &Account, due: Instant) -> bool {
    for n in 0..TRIES {
        let ask = begin(victim, &victim.name, victim.password);
        let asked = |answer: &Answer| answer.status == 201 || is_no(answer);
        drop(person.ask(Step::Bomb, due + PAUSE * n, &ask, asked).await);
        person.forget();
    }
    false
}

async fn codes(person: &mut Person, victim: &Account, due: Instant) -> bool {
    let asked = |answer: &Answer| answer.status == 201 || is_no(answer);
    let ask = begin(victim, &victim.name, victim.password);
    let Ok(begun) = person.ask(Step::Bomb, due, &ask, asked).await else { return false };
    let begun: serde_json::Value = serde_json::from_slice(&begun.body).unwrap_or_default();
    let Some(id) = begun["id"].as_str() else { return false };
    let mut inside = false;
    for n in 1..=TRIES {
        let guess = format!("{:06}", person.dice.random_range(0..1_000_000));
        // One guess in a million is right, and then the gate is not to blame.
        if person.world.phones.look(&victim.number).codes.iter().any(|(_, code)| *code == guess) {
            continue;
        }
        let ask = Ask::json(&format!("{BEGIN}/{id}/verify"), &json!({ "code": guess }));
        let came = person.ask(Step::WrongCode, due + PAUSE * n, &ask, is_no).await;
        inside |= came.is_ok_and(|answer| answer.status == 200);
    }
    inside
}

fn begin(victim: &Account, name: &str, password: &str) -> Ask {
    let wish = json!({ "return_to": victim.record(), "scope": "records", "username": name, "password": password });
    Ask::json(BEGIN, &wish)
}
