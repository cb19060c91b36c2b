//! Whole lives of people who want their record: from the closed door to the record, some use of it, and out.

use super::meter::{Ending, Step};
use super::person::{Ask, Person, hidden, leads_to};
use super::schedule::between;
use super::town::Account;
use super::wire::{Answer, Trouble};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often somebody begins again when something went wrong.
const ATTEMPTS: u32 = 5;
const BREATH: Duration = Duration::from_millis(500);
/// How long somebody looks at the phone.
const PATIENCE: Duration = Duration::from_secs(30);
/// Codes that somebody types before they begin again; a challenge takes five.
const TRIES: usize = 4;
const TYPING: (Duration, Duration) = (Duration::from_millis(300), Duration::from_millis(1200));

/// What somebody does with a pass.
#[derive(Debug, Clone, Copy)]
pub struct Habit {
    /// They look at a record so often,
    pub every: Duration,
    /// for so long.
    pub stay: Duration,
}

/// Why a life did not go on.
#[derive(Debug)]
enum Snag {
    Trouble(Trouble),
    Answer(Step, u16),
    NoCode,
    /// None of the codes on the phone was taken.
    WrongCode,
}

impl From<Trouble> for Snag {
    fn from(trouble: Trouble) -> Self {
        Snag::Trouble(trouble)
    }
}

impl std::fmt::Display for Snag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Snag::Trouble(trouble) => trouble.fmt(f),
            Snag::Answer(step, status) => write!(f, "{status} at “{}”", step.name()),
            Snag::NoCode => write!(f, "no code came within {} s", PATIENCE.as_secs()),
            Snag::WrongCode => f.write_str("no code on the phone was taken"),
        }
    }
}

/// Plays one, and says how long it took from the moment they were due until they saw their record.
pub async fn honest(person: &mut Person, account: &Account, habit: Habit, due: Instant) -> (Ending, Duration) {
    let record = account.record();
    let seen = person.world.phones.look(&account.number).codes.len();
    let mut begin = due;
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match sign_in(person, account, &record, seen, begin).await {
            Ok(shown) => {
                use_it(person, &record, habit, shown).await;
                return (Ending::Recorded, shown - due);
            }
            Err(snag) => last = Some(snag),
        }
        begin = Instant::now() + BREATH;
    }
    let why = last.map_or_else(String::new, |snag| snag.to_string());
    (Ending::Failed(why), Instant::now() - due)
}

/// From the closed door to the record. What needs the answer before it is due once that answer was read.
async fn sign_in(
    person: &mut Person,
    account: &Account,
    record: &str,
    seen: usize,
    due: Instant,
) -> Result<Instant, Snag> {
    let door = person.ask(Step::Open, due, &Ask::page(record), |a| is_door(a) || a.status == 200).await?;
    if door.status == 200 {
        return Ok(Instant::now());
    }
    let door = expect(Step::Open, door, is_door)?;
    let page = person.ask(Step::SignInPage, Instant::now(), &Ask::page(leads_to(&door)), is_page).await?;
    let page = expect(Step::SignInPage, page, is_page)?.text();
    let field = |name| hidden(&page, name).unwrap_or_default();
    let (token, return_to, scope) = (field("token"), field("return_to"), field("scope"));
    let fields = [
        ("token", &*token),
        ("return_to", &*return_to),
        ("scope", &*scope),
        ("username", &*account.name),
        ("password", account.password),
    ];
    let pressed = typed(person);
    sleep_until(pressed).await;
    let at_press = person.world.phones.look(&account.number).codes.len();
    let form = Ask::form("/.sekisho/challenge", &fields);
    let begun = person.ask(Step::Begin, pressed, &form, is_door).await?;
    let begun = expect(Step::Begin, begun, is_door)?;
    let waiting = Waiting { at_first: seen, at_press, pressed, typed: Vec::new() };
    enter(person, account, record, leads_to(&begun), waiting).await
}

/// Somebody who pressed the button for a code.
struct Waiting {
    /// Messages on their phone when they came, and when they pressed.
    at_first: usize,
    at_press: usize,
    pressed: Instant,
    /// Places of codes that were typed.
    typed: Vec<usize>,
}

/// Waits for the code and types it. Where others have codes sent to the same phone, several are tried.
async fn enter(
    person: &mut Person,
    account: &Account,
    record: &str,
    path: &str,
    mut waiting: Waiting,
) -> Result<Instant, Snag> {
    let page = person.ask(Step::CodePage, Instant::now(), &Ask::page(path), is_page).await?;
    let page = expect(Step::CodePage, page, is_page)?.text();
    let token = hidden(&page, "token").unwrap_or_default();
    while waiting.typed.len() < TRIES {
        let code = waiting.next(person, account).await?;
        let fields = [("token", &*token), ("return_to", record), ("code", &*code)];
        let form = Ask::form(path.split('?').next().unwrap_or(path), &fields);
        let through = |answer: &Answer| leads_to(answer) == record;
        let due = typed(person);
        let entered = person.ask(Step::Verify, due, &form, through).await?;
        if through(&entered) {
            let shown = person.ask(Step::Record, Instant::now(), &Ask::page(record), is_page).await?;
            expect(Step::Record, shown, is_page)?;
            return Ok(Instant::now());
        }
        expect(Step::Verify, entered, is_door)?;
    }
    Err(Snag::WrongCode)
}

impl Waiting {
    /// The first code since the button was pressed that was not typed yet. If none comes soon, an earlier one: pressing
    /// again after a lost connection joins the open challenge, and then nothing is sent.
    async fn next(&mut self, person: &Person, account: &Account) -> Result<String, Snag> {
        let (world, first) = (&person.world, self.typed.is_empty());
        let untried = |typed: &[usize], from: usize, to: usize| (from..to).find(|place| !typed.contains(place));
        let now = world.phones.look(&account.number).codes.len();
        let earlier = untried(&self.typed, self.at_first, self.at_press);
        let newer = untried(&self.typed, self.at_press, now);
        let patience = if earlier.is_some() { BREATH * 3 } else { PATIENCE };
        // More than those that were typed already, or at once where one is there.
        let least = if newer.is_some() { 0 } else { now.max(self.at_press) };
        let inbox = world.phones.newer(&account.number, least, patience).await;
        let place = inbox.as_ref().and_then(|inbox| untried(&self.typed, self.at_press, inbox.codes.len()));
        if first && (place.is_some() || earlier.is_none()) {
            let arrived = inbox.as_ref().zip(place).map(|(inbox, place)| inbox.codes[place].0);
            let label = if arrived.is_some() { "arrived" } else { "never came" };
            let times = (self.pressed, arrived.unwrap_or_else(Instant::now));
            world.meter.note_at(person.who, Step::Message, times, label.to_owned(), arrived.is_some());
        }
        let place = place.or(earlier).ok_or(Snag::NoCode)?;
        self.typed.push(place);
        Ok(world.phones.look(&account.number).codes[place].1.clone())
    }
}

/// Looks at records at fixed moments after the first, whenever the answers come: what the gate delays is due all the same.
async fn use_it(person: &mut Person, record: &str, habit: Habit, shown: Instant) {
    let page = Ask::page(record);
    let mut due = shown + habit.every;
    while due < shown + habit.stay {
        for _ in 0..ATTEMPTS {
            if person.ask(Step::Use, due, &page, is_page).await.is_ok() {
                break;
            }
            // They reload, and what they waited for in vain is part of what they wait now.
            sleep_until(Instant::now() + BREATH / 2).await;
        }
        due += habit.every;
    }
    let out = Ask::form("/.sekisho/logout", &[]);
    // Nobody waits to see whether it worked; what did not is counted as this step's error.
    drop(person.ask(Step::Leave, due, &out, |answer| matches!(answer.status, 204 | 303)).await);
}

/// The moment somebody has typed something that they begin to type now.
fn typed(person: &mut Person) -> Instant {
    Instant::now() + between(TYPING.0, TYPING.1, &mut person.dice)
}

fn is_door(answer: &Answer) -> bool {
    leads_to(answer).starts_with("/.sekisho/challenge")
}

fn is_page(answer: &Answer) -> bool {
    answer.status == 200
}

fn expect(step: Step, answer: Answer, fits: impl Fn(&Answer) -> bool) -> Result<Answer, Snag> {
    if fits(&answer) { Ok(answer) } else { Err(Snag::Answer(step, answer.status)) }
}
