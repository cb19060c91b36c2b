//! Counters for Prometheus (`sekisho_…`).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::domain::contact::Channel;
use crate::domain::event::What;
use crate::domain::figure::Counted;
use crate::gate::seams::Tick;

use super::split::Split;
use super::statistics::outcome;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    event: Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    provider: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MessageLabels {
    provider: String,
    channel: Name,
    /// Numbers are written to in allowed countries only, so there are few.
    country: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CarrierLabels {
    provider: String,
    channel: Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CostLabels {
    provider: String,
    channel: Name,
    currency: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AlertLabels {
    alert: String,
    outcome: Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CertificateLabels {
    name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServerLabels {
    upstream: String,
    server: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name(&'static str);

impl EncodeLabelValue for Name {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.encode(encoder)
    }
}

/// Every counter of the process.
pub struct Metrics {
    registry: Registry,
    events: Family<EventLabels, Counter>,
    deliveries: Family<DeliveryLabels, Counter>,
    messages: Family<MessageLabels, Counter>,
    entered: Family<CarrierLabels, Histogram>,
    cost: Family<CostLabels, Counter<f64, AtomicU64>>,
    providers: Family<CarrierLabels, Gauge<i64, AtomicI64>>,
    alerts: Family<AlertLabels, Counter>,
    certificates: Family<CertificateLabels, Gauge<i64, AtomicI64>>,
    /// The names that `certificates` has, so that one that is gone is shown no longer.
    certificate_names: Mutex<Vec<String>>,
    servers: Family<ServerLabels, Gauge<i64, AtomicI64>>,
    /// The same to be read, by upstream and server.
    standing: Mutex<BTreeMap<String, BTreeMap<String, bool>>>,
    pub forwarded: Counter<u64, Split>,
    pub challenged: Counter<u64, Split>,
    pub refused: Counter<u64, Split>,
    pub answered: Counter<u64, Split>,
    pub panics: Counter,
    pub turned_away: Counter,
    pub handshakes_failed: Counter,
    pub connections: Gauge<i64, Split>,
    pub in_flight: Gauge<i64, Split>,
    pub ready: Gauge<i64, AtomicI64>,
    pub audit_open: Gauge<i64, AtomicI64>,
    pub audit_waiting: Gauge<i64, AtomicI64>,
    pub audit_failures: Counter,
    pub keys_good: Gauge<i64, AtomicI64>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl Metrics {
    pub fn new() -> Metrics {
        let mut registry = Registry::with_prefix("sekisho");
        let mut split = |name: &str, help: &str| {
            let counter = Counter::<u64, Split>::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let forwarded = split("forwarded", "Requests forwarded to an upstream");
        let challenged = split("challenged", "Requests answered with a challenge");
        let refused = split("refused", "Requests refused");
        let answered = split("answered", "Requests answered by the gate's own pages and API");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::<u64, AtomicU64>::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let panics = counter("panics", "Panics caught; each ended one connection or task");
        let turned_away = counter("connections_turned_away", "Connections closed at once, because there were too many");
        let handshakes_failed = counter("tls_handshakes_failed", "TLS handshakes that failed or took too long");
        let audit_failures = counter("audit_failures", "Writes of the audit that failed");
        let (events, deliveries) = (Family::default(), Family::default());
        registry.register("events", "Decisions, by name", events.clone());
        registry.register("deliveries", "Messages, by provider and outcome", deliveries.clone());
        let (messages, cost, providers, alerts) =
            (Family::default(), Family::default(), Family::default(), Family::default());
        let entered = Family::new_with_constructor(seconds as fn() -> Histogram);
        registry.register("messages", "Messages, by provider, channel, country and outcome", messages.clone());
        registry.register("entered_seconds", "From handing a code over to its being entered", entered.clone());
        registry.register("message_cost", "What messages are taken to cost, in units of the currency", cost.clone());
        registry.register("provider_up", "0 while a provider fails again and again", providers.clone());
        registry.register("alerts", "Alerts, by outcome", alerts.clone());
        let certificates = Family::default();
        let what = "When the certificate of this name runs out, in seconds since 1970";
        registry.register("certificate_expiry_seconds", what, certificates.clone());
        let (in_flight, ready) = (Gauge::<i64, Split>::default(), Gauge::default());
        registry.register("requests_in_flight", "Requests being served", in_flight.clone());
        registry.register("ready", "1 while guarded routes can open", ready.clone());
        let (audit_open, audit_waiting) = (Gauge::default(), Gauge::default());
        registry.register(
            "audit_open",
            "1 while the audit can be written; guarded routes are closed otherwise",
            audit_open.clone(),
        );
        registry.register("audit_waiting", "Access lines that wait for the disk", audit_waiting.clone());
        let keys_good = Gauge::default();
        registry.register("keys_good", "1 while the keys in force are those of the key file", keys_good.clone());
        registry.register("build", "The running version", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        let connections = Gauge::<i64, Split>::default();
        registry.register("connections", "Connections from clients that are open", connections.clone());
        let servers = Family::default();
        registry.register("upstream_up", "1 while a server of an upstream can be reached", servers.clone());
        let standing = Mutex::default();
        Metrics {
            registry,
            events,
            deliveries,
            messages,
            entered,
            cost,
            providers,
            alerts,
            certificates,
            certificate_names: Mutex::default(),
            servers,
            standing,
            forwarded,
            challenged,
            refused,
            answered,
            panics,
            turned_away,
            handshakes_failed,
            connections,
            in_flight,
            ready,
            audit_open,
            audit_waiting,
            audit_failures,
            keys_good,
        }
    }

    /// Whether one server of an upstream could be reached just now.
    pub fn server(&self, upstream: &str, server: &str, up: bool) {
        let labels = ServerLabels { upstream: upstream.to_owned(), server: server.to_owned() };
        self.servers.get_or_create(&labels).set(up.into());
        self.lock().entry(labels.upstream).or_default().insert(labels.server, up);
    }

    /// All servers that an upstream has now; those of before that are not among them are forgotten.
    pub fn servers(&self, upstream: &str, now: impl Iterator<Item = (String, bool)>) {
        let now: BTreeMap<String, bool> = now.collect();
        let before = self.lock().insert(upstream.to_owned(), BTreeMap::new()).unwrap_or_default();
        for server in before.into_keys().filter(|server| !now.contains_key(server)) {
            self.servers.remove(&ServerLabels { upstream: upstream.to_owned(), server });
        }
        now.iter().for_each(|(server, up)| self.server(upstream, server, *up));
    }

    /// What is known of the servers of upstreams: whether each could be reached when it was last tried.
    pub fn standing(&self) -> BTreeMap<String, BTreeMap<String, bool>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, bool>>> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn happened(&self, what: What) {
        self.events.get_or_create(&EventLabels { event: Name(what.name()) }).inc();
    }

    pub fn delivered(&self, provider: &str, outcome: &str) {
        let labels = DeliveryLabels { provider: provider.to_owned(), outcome: outcome.to_owned() };
        self.deliveries.get_or_create(&labels).inc();
    }

    /// Counts something about a message.
    pub fn ticked(&self, tick: &Tick<'_>) {
        let (provider, channel) = (tick.provider.to_owned(), Name(tick.channel.map_or("", Channel::name)));
        match tick.counted {
            Counted::Cost(money) => {
                let labels = CostLabels { provider, channel, currency: money.currency.clone() };
                self.cost.get_or_create(&labels).inc_by(money.micros as f64 / 1e6);
                return;
            }
            Counted::Entered(after) => {
                let labels = CarrierLabels { provider: provider.clone(), channel: channel.clone() };
                self.entered.get_or_create(&labels).observe(after.as_secs_f64());
            }
            _ => {}
        }
        let (country, outcome) = (tick.country.unwrap_or_default().to_owned(), outcome(&tick.counted).to_owned());
        self.messages.get_or_create(&MessageLabels { provider, channel, country, outcome }).inc();
    }

    /// Whether a provider fails again and again, or not.
    pub fn provider(&self, provider: &str, channel: Channel, up: bool) {
        let labels = CarrierLabels { provider: provider.to_owned(), channel: Name(channel.name()) };
        self.providers.get_or_create(&labels).set(up.into());
    }

    pub fn alerted(&self, alert: &str, outcome: &'static str) {
        let labels = AlertLabels { alert: alert.to_owned(), outcome: Name(outcome) };
        self.alerts.get_or_create(&labels).inc();
    }

    /// Shows when each certificate runs out, and no other.
    pub fn certificates_expire(&self, expiry: &BTreeMap<String, i64>) {
        let labels = |name: &String| CertificateLabels { name: name.clone() };
        let mut names = self.certificate_names.lock().unwrap_or_else(PoisonError::into_inner);
        for gone in names.iter().filter(|name| !expiry.contains_key(*name)) {
            self.certificates.remove(&labels(gone));
        }
        *names = expiry.keys().cloned().collect();
        for (name, end) in expiry {
            self.certificates.get_or_create(&labels(name)).set(*end);
        }
    }

    /// The page at `/metrics`, in OpenMetrics text.
    pub fn page(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_) => "# EOF\n".to_owned(),
        }
    }
}

/// Steps of a code's way from handing it over to its being entered.
fn seconds() -> Histogram {
    Histogram::new([5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_counts_what_happened() {
        let metrics = Metrics::new();
        metrics.happened(What::AuthnLoginFail);
        metrics.happened(What::AuthnLoginFail);
        metrics.delivered("twilio", "sent");
        metrics.forwarded.inc();
        metrics.servers("app", [("10.0.0.1:80".to_owned(), true), ("10.0.0.2:80".to_owned(), true)].into_iter());
        metrics.servers("app", [("10.0.0.1:80".to_owned(), false)].into_iter());
        let page = metrics.page();
        assert!(!page.contains("10.0.0.2"), "{page}");
        for line in [
            "sekisho_upstream_up{upstream=\"app\",server=\"10.0.0.1:80\"} 0",
            "sekisho_events_total{event=\"authn_login_fail\"} 2",
            "sekisho_deliveries_total{provider=\"twilio\",outcome=\"sent\"} 1",
            "sekisho_forwarded_total 1",
            "sekisho_panics_total 0",
        ] {
            assert!(page.contains(line), "{line} is missing in\n{page}");
        }
    }
}
