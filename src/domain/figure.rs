//! What sending came to, in numbers: how many messages fared how, by hour, provider, channel and country.
//!
//! A [`Figure`] is one number of one hour. Figures of the same series add up, on every node and over restarts; nothing in
//! them names a person.

use std::collections::BTreeMap;
use std::time::Duration;

use super::money::Money;
use super::time::Wall;

/// How long figures are kept.
pub const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
const HOUR: i64 = 3600;

/// Within which a code counts as entered in time.
pub const IN_TIME: u64 = 60;

/// Entered codes are counted by how many seconds it took: up to the first of these, up to the second…
const STEPS: [u64; 12] = [5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600];

/// Which number of which hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// Hours since 1970, UTC.
    pub hour: i64,
    pub provider: String,
    /// Empty where it is not known.
    pub channel: String,
    /// ISO 3166; empty where there is none, as for e-mail.
    pub country: String,
    /// One of [`Counted::names`].
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub series: Series,
    pub count: u64,
}

/// The hour that a moment lies in.
pub fn hour_of(at: Wall) -> i64 {
    at.secs().div_euclid(HOUR)
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted<'a> {
    /// A provider took the message.
    Sent,
    /// A provider did not, or it was lost on our side; the class.
    Failed(&'a str),
    /// The provider says that it is on the phone.
    Delivered,
    /// The carrier has it; with some, nothing more is ever heard.
    Carried,
    /// The provider says that it will not arrive.
    Lost,
    /// Its code was right, so long after it was handed over.
    Entered(Duration),
    /// What it is taken to cost.
    Cost(&'a Money),
}

impl Counted<'_> {
    /// The numbers that this adds to, each with how much.
    pub fn names(self) -> Vec<(String, u64)> {
        let one = |name: &str| vec![(name.to_owned(), 1)];
        match self {
            Counted::Sent => one("sent"),
            Counted::Failed(class) => vec![(format!("failed {class}"), 1)],
            Counted::Delivered => one("delivered"),
            Counted::Carried => one("carried"),
            Counted::Lost => one("lost"),
            Counted::Entered(after) => {
                let seconds = after.as_secs();
                let step = STEPS.into_iter().find(|step| seconds <= *step).unwrap_or(u64::MAX);
                vec![(format!("entered {step}"), 1), ("seconds".to_owned(), seconds)]
            }
            Counted::Cost(money) => vec![(format!("cost {}", money.currency), money.micros)],
        }
    }
}

/// Figures, added up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sum {
    /// Messages that a provider took.
    pub sent: u64,
    /// Attempts that failed, by class.
    pub failed: BTreeMap<String, u64>,
    pub delivered: u64,
    pub carried: u64,
    pub lost: u64,
    pub entered: u64,
    /// Within [`IN_TIME`] seconds.
    pub in_time: u64,
    /// From handing over to entering, of all that were entered.
    pub seconds: u64,
    /// By currency, in millionths.
    pub cost: BTreeMap<String, u64>,
    /// How many were entered by each step of seconds.
    steps: BTreeMap<u64, u64>,
}

impl Sum {
    pub fn of<'a>(figures: impl IntoIterator<Item = &'a Figure>) -> Sum {
        let mut sum = Sum::default();
        figures.into_iter().for_each(|figure| sum.add(figure));
        sum
    }

    pub fn add(&mut self, figure: &Figure) {
        let count = figure.count;
        let (name, of) = figure.series.what.split_once(' ').unwrap_or((&figure.series.what, ""));
        match name {
            "sent" => self.sent += count,
            "failed" => *self.failed.entry(of.to_owned()).or_default() += count,
            "delivered" => self.delivered += count,
            "carried" => self.carried += count,
            "lost" => self.lost += count,
            "seconds" => self.seconds += count,
            "cost" => *self.cost.entry(of.to_owned()).or_default() += count,
            "entered" => {
                let step = of.parse().unwrap_or(u64::MAX);
                self.entered += count;
                self.in_time += if step <= IN_TIME { count } else { 0 };
                *self.steps.entry(step).or_default() += count;
            }
            // Written by a newer version.
            _ => {}
        }
    }

    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Of a hundred messages that were taken, how many led to an entered code; `None` where none was taken.
    pub fn conversion(&self) -> Option<f64> {
        (self.sent > 0).then(|| self.entered as f64 * 100.0 / self.sent as f64)
    }

    /// The step of seconds within which half of them had entered the code.
    pub fn median(&self) -> Option<u64> {
        let mut seen = 0;
        self.steps.iter().find_map(|(step, count)| {
            seen += count;
            (seen * 2 >= self.entered && self.entered > 0).then_some(*step)
        })
    }

    pub fn is_empty(&self) -> bool {
        *self == Sum::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(all: &[Counted<'_>]) -> Vec<Figure> {
        let series = |what| Series {
            hour: 1,
            provider: "twilio".to_owned(),
            channel: "sms".to_owned(),
            country: "JP".to_owned(),
            what,
        };
        let names = all.iter().flat_map(|counted| counted.names());
        names.map(|(what, count)| Figure { series: series(what), count }).collect()
    }

    #[test]
    fn what_was_counted_adds_up_again() {
        let money = Money { micros: 85_000, currency: "USD".to_owned() };
        let after = |seconds| Counted::Entered(Duration::from_secs(seconds));
        let all = [
            Counted::Sent,
            Counted::Sent,
            Counted::Failed("throttle"),
            Counted::Delivered,
            Counted::Carried,
            Counted::Lost,
            Counted::Cost(&money),
            Counted::Cost(&money),
            after(3),
            after(18),
            after(61),
        ];
        let sum = Sum::of(&figures(&all));
        assert_eq!((sum.sent, sum.delivered, sum.carried, sum.lost), (2, 1, 1, 1));
        assert_eq!((sum.failures(), sum.failed.get("throttle")), (1, Some(&1)));
        assert_eq!((sum.entered, sum.in_time, sum.seconds), (3, 2, 82));
        assert_eq!(sum.cost.get("USD"), Some(&170_000));
        assert_eq!(sum.median(), Some(20));
        assert_eq!(sum.conversion(), Some(150.0), "codes that were entered twice over show");
    }

    #[test]
    fn nothing_has_no_median_and_no_conversion() {
        let sum = Sum::default();
        assert_eq!((sum.median(), sum.conversion(), sum.is_empty()), (None, None, true));
        assert!(figures(&[Counted::Entered(Duration::from_secs(100_000))]).iter().any(|f| f.series.what.len() > 20));
    }

    #[test]
    fn an_hour_begins_at_its_first_millisecond() {
        assert_eq!((hour_of(Wall(3_599_999)), hour_of(Wall(3_600_000)), hour_of(Wall(-1))), (0, 1, -1));
    }
}
