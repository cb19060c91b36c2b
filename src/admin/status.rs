//! What `/api/v1/status` and `sekisho status` tell: figures by span, channel, provider and country, and how providers do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::delivery::Providers;
use crate::delivery::patrol::Watchbook;
use crate::delivery::probe::Look;
use crate::domain::figure::{Figure, KEPT, Sum, hour_of};
use crate::domain::money::Money;
use crate::domain::time::Wall;
use crate::gate::Sending;
use crate::gate::seams::{Store, StoreError, World};

const HOUR: Duration = Duration::from_secs(3600);
/// The names of the spans that figures are told of, and how long each is. They begin with a whole hour.
const SPANS: [(&str, Duration); 4] = [
    ("hour", HOUR),
    ("day", Duration::from_secs(24 * 3600)),
    ("week", Duration::from_secs(7 * 24 * 3600)),
    ("quarter", KEPT),
];

/// What is told of a running gate.
pub struct Status {
    pub store: Arc<dyn Store>,
    pub world: Arc<dyn World>,
    pub providers: Providers,
    pub watchbook: Arc<Watchbook>,
    /// "embedded" or "redis".
    pub kind: &'static str,
    pub daily_budget: Option<Money>,
}

/// What a day may cost.
pub fn budget(sending: &Sending) -> Option<Money> {
    let currency = sending.currency.clone().unwrap_or_default();
    sending.daily_budget.map(|micros| Money { micros, currency })
}

impl Status {
    pub async fn tell(&self) -> Result<Map<String, Value>, StoreError> {
        let now = self.world.wall();
        let figures = self.store.counted(now.minus(KEPT), now).await?;
        let mut told = figures_told(&figures, self.daily_budget.as_ref(), now);
        told.insert("store".to_owned(), self.kind.into());
        told.insert("providers".to_owned(), self.providers_told().into());
        Ok(told)
    }

    fn providers_told(&self) -> Vec<Value> {
        let one = |(channel, provider): (crate::domain::contact::Channel, &Arc<crate::delivery::Provider>)| {
            let health = self.watchbook.health(&provider.name, channel);
            let look = self.watchbook.look(&provider.name, channel);
            let (checked, balance, trouble) = match look {
                Some((at, Look::Good(standing))) => (Some(at), standing.balance, None),
                Some((at, Look::Bad(error))) => (Some(at), None, Some(error)),
                Some((at, _)) => (Some(at), None, None),
                None => (None, None, None),
            };
            json!({
                "name": provider.name.as_ref(),
                "channel": channel.name(),
                "up": !health.is_down,
                "failures_in_a_row": health.failures,
                "last_failure": health.class,
                "last_success": health.last_success.map(Wall::rfc3339),
                "checked": checked.map(Wall::rfc3339),
                "balance": balance.map(|balance| balance.to_string()),
                "trouble": trouble,
            })
        };
        self.providers.all().map(one).collect()
    }
}

/// The figures of each span, and what of the budget is spent.
pub fn figures_told(figures: &[Figure], daily_budget: Option<&Money>, now: Wall) -> Map<String, Value> {
    let mut spans = Map::new();
    for (name, span) in SPANS {
        let first = hour_of(now.minus(span));
        let within: Vec<&Figure> = figures.iter().filter(|figure| figure.series.hour >= first).collect();
        let by = |part: fn(&Figure) -> &str| -> Value {
            let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
            within.iter().for_each(|figure| sums.entry(part(figure)).or_default().add(figure));
            let named =
                |(name, sum): (&str, &Sum)| (if name.is_empty() { "-" } else { name }.to_owned(), sum_told(sum));
            Value::Object(sums.iter().map(|(name, sum)| named((name, sum))).collect())
        };
        let told = json!({
            "all": sum_told(&Sum::of(within.iter().copied())),
            "channels": by(|figure| &figure.series.channel),
            "providers": by(|figure| &figure.series.provider),
            "countries": by(|figure| &figure.series.country),
        });
        spans.insert(name.to_owned(), told);
    }
    let day = hour_of(now.minus(Duration::from_secs(24 * 3600)));
    let spent = Sum::of(figures.iter().filter(|figure| figure.series.hour >= day)).cost;
    let mut told = Map::new();
    told.insert("at".to_owned(), now.rfc3339().into());
    told.insert("statistics".to_owned(), Value::Object(spans));
    told.insert("spent_today".to_owned(), money_told(&spent));
    let budget = daily_budget.map(|budget| budget.to_string().trim_end().to_owned());
    told.insert("daily_budget".to_owned(), budget.into());
    told
}

fn money_told(cost: &BTreeMap<String, u64>) -> Value {
    let amount =
        |(currency, micros): (&String, &u64)| Money { micros: *micros, currency: currency.clone() }.to_string();
    cost.iter().map(amount).collect::<Vec<_>>().into()
}

fn sum_told(sum: &Sum) -> Value {
    let rounded = |number: f64| (number * 10.0).round() / 10.0;
    json!({
        "sent": sum.sent,
        "failed": sum.failures(),
        "failed_by": sum.failed,
        "delivered": sum.delivered,
        "carried": sum.carried,
        "lost": sum.lost,
        "entered": sum.entered,
        "entered_in_time": sum.in_time,
        "conversion": sum.conversion().map(rounded),
        "median_seconds": sum.median().filter(|step| *step < u64::MAX),
        "mean_seconds": sum.seconds.checked_div(sum.entered),
        "cost": money_told(&sum.cost),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::figure::Series;

    #[test]
    fn a_span_has_its_own_hours_and_no_others() {
        let now = Wall::from_secs(1_800_000_000);
        let figure = |ago: u64, count| Figure {
            series: Series {
                hour: hour_of(now.minus(Duration::from_secs(ago * 3600))),
                provider: "twilio".to_owned(),
                channel: "sms".to_owned(),
                country: "JP".to_owned(),
                what: "sent".to_owned(),
            },
            count,
        };
        let told = figures_told(&[figure(0, 1), figure(20, 10), figure(100, 100), figure(80 * 24, 1000)], None, now);
        let sent = |span: &str| told["statistics"][span]["all"]["sent"].as_u64();
        assert_eq!(["hour", "day", "week", "quarter"].map(sent), [Some(1), Some(11), Some(111), Some(1111)]);
        assert_eq!(told["statistics"]["week"]["countries"]["JP"]["sent"], 111);
        assert_eq!(told["statistics"]["hour"]["all"]["conversion"], 0.0);
    }
}
