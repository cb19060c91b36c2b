//! Events in; audit, metrics and log out. Decides nothing.

pub mod alerts;
pub mod audit;
pub mod log;
pub mod metrics;
pub mod settings;
pub mod split;
pub mod statistics;

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::event::{Access, Event};
use crate::gate::seams::{AuditError, Witness};

pub use alerts::Alerts;
pub use audit::Audit;
pub use metrics::Metrics;
pub use settings::Settings;

/// Everything that happens passes here once: it is counted, logged and written down.
pub struct Telemetry {
    pub audit: Audit,
    pub metrics: Arc<Metrics>,
    pub alerts: Arc<Alerts>,
}

impl Telemetry {
    /// Puts where the audit stands into the metrics.
    pub fn show_audit(&self) {
        self.metrics.audit_open.set(i64::from(self.audit.is_open_for_all()));
        self.metrics.audit_waiting.set(i64::try_from(self.audit.waiting()).unwrap_or(i64::MAX));
        let failures = self.audit.failures();
        self.metrics.audit_failures.inc_by(failures.saturating_sub(self.metrics.audit_failures.get()));
    }
}

#[async_trait]
impl Witness for Telemetry {
    async fn decide(&self, event: Event) -> Result<(), AuditError> {
        self.metrics.happened(event.event);
        log::happened(&event);
        self.alerts.hear(&event);
        self.audit.decide(&event).await
    }

    async fn decide_all(&self, events: Vec<Event>) -> Result<(), AuditError> {
        for event in &events {
            self.metrics.happened(event.event);
            log::happened(event);
            self.alerts.hear(event);
        }
        self.audit.decide_all(&events).await
    }

    fn access(&self, access: &Access<'_>) -> bool {
        self.audit.access(access)
    }

    fn is_open(&self) -> bool {
        self.audit.is_open()
    }

    fn is_open_for_all(&self) -> bool {
        self.audit.is_open_for_all()
    }
}
