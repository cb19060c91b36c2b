//! What is remembered of messages, and who is told of it.

use async_trait::async_trait;

use super::*;
use crate::delivery::outcome::Class;
use crate::delivery::provider::tests::message;
use crate::domain::time::Wall;

#[derive(Default)]
struct Clock(Mutex<Duration>);

#[async_trait]
impl World for Clock {
    fn wall(&self) -> Wall {
        Wall::from_secs(1_800_000_000).plus(self.mono())
    }

    fn mono(&self) -> Duration {
        *self.0.lock().expect("nobody panicked")
    }

    async fn sleep_until(&self, _: Duration) {}

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Ticks as `provider channel country name count`.
#[derive(Default)]
struct Slate(Mutex<Vec<String>>);

impl Statistics for Slate {
    fn tick(&self, tick: &Tick<'_>) {
        let (channel, country) = (tick.channel.map_or("-", Channel::name), tick.country.unwrap_or("-"));
        for (name, count) in tick.counted.names() {
            let line = format!("{} {channel} {country} {name} {count}", tick.provider);
            self.0.lock().expect("nobody panicked").push(line);
        }
    }
}

struct House {
    clock: Arc<Clock>,
    slate: Arc<Slate>,
    logbook: Arc<Logbook>,
    words: mpsc::Receiver<Word>,
}

impl House {
    fn new() -> House {
        let (clock, slate) = (Arc::new(Clock::default()), Arc::new(Slate::default()));
        let (logbook, words) = Logbook::new(slate.clone(), clock.clone());
        House { clock, slate, logbook, words }
    }

    fn pass(&self, seconds: u64) {
        *self.clock.0.lock().expect("nobody panicked") += Duration::from_secs(seconds);
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.slate.0.lock().expect("nobody panicked"))
    }

    fn words(&mut self) -> Vec<(String, bool)> {
        std::iter::from_fn(|| self.words.try_recv().ok()).map(|word| (word.reference, word.entered)).collect()
    }

    fn attempt(&self, provider: &str, send: u8, reference: Option<&str>, outcome: Result<(), &'static str>) {
        let message = message();
        let price = Money { micros: 80_000, currency: "USD".to_owned() };
        let (contact, challenge) = (Some(&message.contact), &message.challenge);
        let price = Some(&price).filter(|_| outcome.is_ok());
        self.logbook.attempted(&Attempt { provider, contact, challenge, send, reference, price, outcome });
    }

    fn enter(&self) {
        let (challenge, phone) = (message().challenge, message().contact.address.phone().cloned());
        self.logbook.entered(&Entry {
            challenge: &challenge,
            provider: Some("elsewhere"),
            channel: Channel::Sms,
            phone: phone.as_ref(),
            after: Duration::from_secs(40),
        });
    }
}

#[test]
fn a_code_that_was_entered_is_counted_where_it_was_sent() {
    let mut house = House::new();
    house.attempt("a", 1, None, Err(Class::Throttle.name()));
    house.attempt("b", 1, Some("B1"), Ok(()));
    house.pass(12);
    house.enter();
    let told = [
        "a sms JP failed throttle 1",
        "b sms JP sent 1",
        "b sms JP cost USD 80000",
        "b sms JP entered 15 1",
        "b sms JP seconds 12",
    ];
    assert_eq!(house.told(), told);
    assert_eq!(house.words(), [("B1".to_owned(), true)]);
    house.pass(3600);
    house.logbook.sweep();
    assert_eq!(house.words(), [], "what was entered is not taken back");
}

#[test]
fn a_code_that_nobody_entered_is_told_at_its_end_and_forgotten() {
    let mut house = House::new();
    house.attempt("a", 1, Some("A1"), Ok(()));
    house.attempt("b", 2, None, Ok(()));
    house.pass(KEPT.as_secs() - 1);
    house.logbook.sweep();
    assert_eq!(house.words(), []);
    house.pass(1);
    house.logbook.sweep();
    assert_eq!(house.words(), [("A1".to_owned(), false)], "who gave no reference cannot be told");
    let book = house.logbook.book();
    assert!(book.challenges.is_empty() && book.references.is_empty() && book.ends.is_empty());
}

#[test]
fn a_code_that_another_node_sent_is_counted_by_what_the_gate_knows() {
    let house = House::new();
    house.enter();
    assert_eq!(house.told(), ["elsewhere sms JP entered 45 1", "elsewhere sms JP seconds 40"]);
}

#[test]
fn a_report_is_known_by_its_reference_and_counted_once() {
    let house = House::new();
    house.attempt("a", 3, Some("A1"), Ok(()));
    house.told();
    let report = |provider: &str, fate, micros| {
        let price = Some(Money { micros, currency: "USD".to_owned() });
        let mut report = Report { reference: Some("A1".to_owned()), price, ..Report::of(fate) };
        let news = house.logbook.reported(provider, &mut report);
        (news, report.about.map(|(_, send)| send))
    };
    assert_eq!(report("a", Fate::Underway, 1), (false, Some(3)));
    assert_eq!(report("a", Fate::Carried, 80_000), (true, Some(3)));
    assert_eq!(report("a", Fate::Delivered, 100_000), (true, Some(3)));
    assert_eq!(report("a", Fate::Delivered, 100_000), (false, Some(3)), "the same receipt again");
    assert_eq!(report("b", Fate::Lost("lost"), 1), (true, None), "another vendor's reference");
    let told = ["a sms JP carried 1", "a sms JP cost USD 20000", "a sms JP delivered 1", "b - - lost 1"];
    assert_eq!(house.told(), told);
}

#[test]
fn what_is_remembered_is_bounded() {
    let house = House::new();
    let message = message();
    for n in 0..MOST + 10 {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_le_bytes());
        let (challenge, reference) = (ChallengeId::from_random(id), format!("R{n}"));
        let (contact, reference, price) = (Some(&message.contact), Some(reference.as_str()), None);
        let (provider, challenge, send, outcome) = ("a", &challenge, 1, Ok(()));
        house.logbook.attempted(&Attempt { provider, contact, challenge, send, reference, price, outcome });
    }
    let book = house.logbook.book();
    assert_eq!((book.challenges.len(), book.references.len(), book.ends.len()), (MOST, MOST, MOST));
}
