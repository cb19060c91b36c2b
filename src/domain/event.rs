//! Something that happened: the one source of audit line, counter and log line.

use std::net::IpAddr;

use serde::Serialize;

use super::contact::Channel;
use super::id::{ChallengeId, RequestId};

/// What happened, in the names of the OWASP logging vocabulary where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    SysStartup,
    SysShutdown,
    SysCertificateRenewed,
    SysBackup,
    SysRestore,
    SysAuditRemoved,
    SysKeysRotated,
    SysKeysRetired,
    SysKeysChanged,
    /// Messages have cost most of what an hour or a day may cost.
    SysBudgetWarning,
    /// They have cost all of it: nothing more is sent.
    SysBudgetSpent,
    /// Too few codes sent to a country or a prefix were entered: sending there pauses.
    SysBreakerOpened,
    SysBreakerClosed,
    /// A provider failed again and again, and works again.
    SysProviderDown,
    SysProviderUp,
    /// What is left with a provider is less than the operator wants to be told of.
    SysBalanceLow,
    /// A number changed its SIM card lately: no code goes there.
    SysSimSwapped,
    /// An operator had a message without a code sent.
    SysSendTest,
    ChallengeBegun,
    ChallengeJoined,
    ChallengeResent,
    /// The same code went out by the next channel, without anybody asking.
    ChallengeFellBack,
    CodeSent,
    CodeSendFailed,
    /// A provider says that the message is on the phone.
    CodeDelivered,
    /// The provider that makes the code judged nothing.
    CodeCheckFailed,
    AuthnLoginSuccess,
    AuthnLoginSuccessafterfail,
    AuthnLoginFail,
    AuthnLoginFailMax,
    AuthnLoginLock,
    AuthnLoginUnlock,
    AuthnTokenCreated,
    AuthnTokenRevoked,
    AuthnTokenReuse,
    AuthzFail,
    /// A browser succeeded that the account did not know.
    DeviceAdded,
    /// Something that somebody proves themselves with, from now on or no longer.
    FactorAdded,
    FactorRemoved,
    /// What an authenticator made and nobody can take.
    FactorRefused,
    /// A token's clock was found again.
    FactorResynced,
    BackupCodesPrinted,
    BypassIssued,
    /// A second person agreed to it.
    BypassApproved,
    BypassRevoked,
    /// Tokens that belong to nobody yet.
    TokensImported,
    /// Sheets with sealed codes were printed, or brought here from another node.
    EmergencyPrinted,
    /// One of them was taken out of use before it was opened.
    EmergencyWithdrawn,
    /// Somebody came in with one.
    EmergencyOpened,
    /// Somebody tried to.
    EmergencyRefused,
    /// An operator has looked at what was done.
    EmergencyReviewed,
    ExcessRateLimitExceeded,
    /// A limit in report mode would have refused a message.
    ExcessRateLimitReported,
    /// Too many failures over all accounts.
    ExcessLoginFailures,
    MaliciousCsrf,
    /// Somebody asked for another number of their own.
    NumberAsked,
    /// A change of how somebody proves themselves was told to the contacts that they had, or could not be.
    OwnerTold,
    OwnerNotTold,
    SequenceFail,
    UserCreated,
    UserUpdated,
    UserDeleted,
}

impl What {
    /// Whether its detail says who somebody is and what they wrote: for the audit alone.
    pub fn tells_of_people(self) -> bool {
        matches!(self, What::EmergencyOpened | What::EmergencyRefused)
    }

    /// The name in audit lines and metrics.
    pub fn name(self) -> &'static str {
        match self {
            What::SysStartup => "sys_startup",
            What::SysShutdown => "sys_shutdown",
            What::SysCertificateRenewed => "sys_certificate_renewed",
            What::SysBackup => "sys_backup",
            What::SysRestore => "sys_restore",
            What::SysAuditRemoved => "sys_audit_removed",
            What::SysKeysRotated => "sys_keys_rotated",
            What::SysKeysRetired => "sys_keys_retired",
            What::SysKeysChanged => "sys_keys_changed",
            What::SysBudgetWarning => "sys_budget_warning",
            What::SysBudgetSpent => "sys_budget_spent",
            What::SysBreakerOpened => "sys_breaker_opened",
            What::SysBreakerClosed => "sys_breaker_closed",
            What::SysProviderDown => "sys_provider_down",
            What::SysProviderUp => "sys_provider_up",
            What::SysBalanceLow => "sys_balance_low",
            What::SysSimSwapped => "sys_sim_swapped",
            What::SysSendTest => "sys_send_test",
            What::ChallengeBegun => "challenge_begun",
            What::ChallengeJoined => "challenge_joined",
            What::ChallengeResent => "challenge_resent",
            What::ChallengeFellBack => "challenge_fell_back",
            What::CodeSent => "code_sent",
            What::CodeSendFailed => "code_send_failed",
            What::CodeDelivered => "code_delivered",
            What::CodeCheckFailed => "code_check_failed",
            What::AuthnLoginSuccess => "authn_login_success",
            What::AuthnLoginSuccessafterfail => "authn_login_successafterfail",
            What::AuthnLoginFail => "authn_login_fail",
            What::AuthnLoginFailMax => "authn_login_fail_max",
            What::AuthnLoginLock => "authn_login_lock",
            What::AuthnLoginUnlock => "authn_login_unlock",
            What::AuthnTokenCreated => "authn_token_created",
            What::AuthnTokenRevoked => "authn_token_revoked",
            What::AuthnTokenReuse => "authn_token_reuse",
            What::AuthzFail => "authz_fail",
            What::DeviceAdded => "device_added",
            What::FactorAdded => "factor_added",
            What::FactorRemoved => "factor_removed",
            What::FactorRefused => "factor_refused",
            What::FactorResynced => "factor_resynced",
            What::BackupCodesPrinted => "backup_codes_printed",
            What::BypassIssued => "bypass_issued",
            What::BypassApproved => "bypass_approved",
            What::BypassRevoked => "bypass_revoked",
            What::TokensImported => "tokens_imported",
            What::EmergencyPrinted => "emergency_printed",
            What::EmergencyWithdrawn => "emergency_withdrawn",
            What::EmergencyOpened => "emergency_opened",
            What::EmergencyRefused => "emergency_refused",
            What::EmergencyReviewed => "emergency_reviewed",
            What::ExcessLoginFailures => "excess_login_failures",
            What::ExcessRateLimitReported => "excess_rate_limit_reported",
            What::ExcessRateLimitExceeded => "excess_rate_limit_exceeded",
            What::MaliciousCsrf => "malicious_csrf",
            What::NumberAsked => "number_asked",
            What::OwnerTold => "owner_told",
            What::OwnerNotTold => "owner_not_told",
            What::SequenceFail => "sequence_fail",
            What::UserCreated => "user_created",
            What::UserUpdated => "user_updated",
            What::UserDeleted => "user_deleted",
        }
    }
}

/// A decision. Holds no code, no number, no token, no body; absent fields are left out of the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    pub event: What,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<ChallengeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// Who carried a message, or was the last to refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Who was asked in vain before, each with the class of the refusal: `twilio throttle, vonage config`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried: Option<String>,
    /// The masked contact, the provider's class of error, an operator's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Who did it, where that is an operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

impl Event {
    pub fn new(event: What) -> Event {
        Event {
            event,
            user: None,
            scope: None,
            client: None,
            challenge: None,
            request: None,
            provider: None,
            channel: None,
            tried: None,
            detail: None,
            actor: None,
        }
    }

    pub fn user(self, login: impl Into<String>) -> Event {
        Event { user: Some(login.into()), ..self }
    }

    pub fn scope(self, scope: &str) -> Event {
        Event { scope: Some(scope.to_owned()), ..self }
    }

    pub fn client(self, client: IpAddr) -> Event {
        Event { client: Some(client), ..self }
    }

    pub fn challenge(self, id: &ChallengeId) -> Event {
        Event { challenge: Some(id.clone()), ..self }
    }

    pub fn request(self, id: &RequestId) -> Event {
        Event { request: Some(id.clone()), ..self }
    }

    pub fn provider(self, name: &str) -> Event {
        Event { provider: Some(name.to_owned()), ..self }
    }

    pub fn channel(self, channel: Channel) -> Event {
        Event { channel: Some(channel), ..self }
    }

    pub fn detail(self, detail: impl Into<String>) -> Event {
        Event { detail: Some(detail.into()), ..self }
    }

    pub fn actor(self, actor: impl Into<String>) -> Event {
        Event { actor: Some(actor.into()), ..self }
    }
}

/// One forwarded guarded request, for the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access<'a> {
    pub user: &'a str,
    /// It was emergency access.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub emergency: bool,
    pub route: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    pub status: u16,
    pub client: IpAddr,
    pub request: &'a RequestId,
}
