//! Figures of delivery: one hash for each day, which the servers forget by themselves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::figure::{Figure, KEPT, Series, hour_of};
use crate::gate::seams::StoreError;

use super::keys::Place;
use super::script::{COUNT, Order};
use super::work::{Habit, Work};

const DAY: i64 = 24;
/// A day is kept until all of it is too old.
const LIFE: Duration = Duration::from_secs(KEPT.as_secs() + 24 * 3600);
/// Days that are read in one go, whatever is asked for.
const MOST: i64 = 100;
/// Stands between the parts of a name; no part has a control character.
const GAP: char = '\t';

impl Work {
    fn day(&self, day: i64) -> String {
        self.key(Place::Rest, "figures", &day.to_string())
    }

    pub async fn count(&self, figures: &[Figure]) -> Result<(), StoreError> {
        let mut days: BTreeMap<i64, Vec<&Figure>> = BTreeMap::new();
        for figure in figures {
            days.entry(figure.series.hour.div_euclid(DAY)).or_default().push(figure);
        }
        if days.is_empty() {
            return Ok(());
        }
        let keys = days.keys().map(|day| self.day(*day)).collect();
        let mut order = Order::script(&COUNT, keys).arg(u64::try_from(LIFE.as_millis()).unwrap_or(u64::MAX));
        for (index, figures) in days.into_values().enumerate() {
            for Figure { series, count } in figures {
                let Series { hour, provider, channel, country, what } = series;
                let field = format!("{hour}{GAP}{provider}{GAP}{channel}{GAP}{country}{GAP}{what}");
                order = order.arg(index + 1).arg(field).arg(*count);
            }
        }
        // Done twice it would count twice; lost, it is some seconds of figures.
        let _: u64 = self.ask(Place::Rest, &order, Habit::Once).await?;
        Ok(())
    }

    /// Those of the hours from the one to the other, both included.
    pub async fn counted(self: &Arc<Self>, from: i64, to: i64) -> Result<Vec<Figure>, StoreError> {
        // Nothing older is there, whoever asks.
        let oldest = hour_of(self.link.world.wall().minus(LIFE));
        let first = from.max(oldest).div_euclid(DAY);
        let days = first..=to.div_euclid(DAY).min(first + MOST);
        let read = |work: Arc<Work>, day| async move { work.read_day(day).await };
        let all = self.each(days, read).await?;
        Ok(all.into_iter().flatten().filter(|figure| (from..=to).contains(&figure.series.hour)).collect())
    }

    async fn read_day(&self, day: i64) -> Result<Vec<Figure>, StoreError> {
        let order = Order::plain("HGETALL").arg(self.day(day));
        let found: Vec<(String, u64)> = self.ask(Place::Rest, &order, Habit::Again).await?;
        Ok(found.iter().filter_map(|(field, count)| figure(field, *count)).collect())
    }
}

fn figure(field: &str, count: u64) -> Option<Figure> {
    let mut parts = field.split(GAP).map(str::to_owned);
    let hour = parts.next()?.parse().ok()?;
    let series =
        Series { hour, provider: parts.next()?, channel: parts.next()?, country: parts.next()?, what: parts.next()? };
    Some(Figure { series, count })
}
