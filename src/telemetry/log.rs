//! The log: a sentence plus fields, on standard error. Never a person's number, a code, a body or a cookie.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::domain::event::{Event, What};

use super::settings::{Level, LogFormat, Settings};

/// Starts logging for this process; a second call changes nothing.
pub fn start(settings: &Settings) {
    // The libraries' own words are worth reading when something is wrong, not whenever a client hangs up; and the one that
    // reads telephone numbers writes them down when it is asked for every detail, and the one that speaks LDAP what a directory
    // said.
    let own = match settings.log_level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
    };
    let quiet = "pingora_proxy=off,pingora_core::apps=off,rlibphonenumber=off,ldap3=off,webauthn_rs=off";
    let filter = EnvFilter::new(format!("warn,sekisho={own},{quiet}"));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_span_events(FmtSpan::NONE);
    let started = match settings.log_format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(error, "logging had been started before");
    }
}

pub(super) fn happened(event: &Event) {
    let challenge = event.challenge.as_ref().map(|c| c.as_str());
    let request = event.request.as_ref().map(|r| r.as_str());
    let (name, scope) = (event.event.name(), event.scope.as_deref());
    let detail = event.detail.as_deref().filter(|_| !event.event.tells_of_people());
    match event.event {
        What::AuthnLoginLock
        | What::ExcessLoginFailures
        | What::CodeSendFailed
        | What::EmergencyOpened
        | What::EmergencyRefused
        | What::SysBudgetWarning
        | What::SysBudgetSpent
        | What::SysBreakerOpened
        | What::SysProviderDown
        | What::SysBalanceLow => {
            tracing::warn!(event = name, scope, challenge, request, detail, "decision")
        }
        _ => tracing::info!(event = name, scope, challenge, request, detail, "decision"),
    }
}
