//! What happened, in plain words, and what to do about it.

use std::net::IpAddr;

use crate::telemetry::audit::query::Line;

/// The event of an allowance that was used up.
pub const LIMIT: &str = "excess_rate_limit_exceeded";
/// What stands before the reason why a directory lets somebody not in.
const UNKNOWN: &str = "unknown name: ";
const REFUSED: &str = "name, password or access: ";

/// A line of the audit, as far as it matters here.
#[derive(Debug, Clone, Default)]
pub struct Step {
    pub at: String,
    pub event: String,
    pub challenge: Option<String>,
    pub client: Option<IpAddr>,
    pub scope: Option<String>,
    pub provider: Option<String>,
    pub channel: Option<String>,
    pub tried: Option<String>,
    pub detail: Option<String>,
}

impl Step {
    /// Whether a directory had a reason against somebody who signed in.
    pub fn is_refusal(&self) -> bool {
        self.event == "authn_login_fail" && self.detail.as_deref().is_some_and(|detail| detail.starts_with(REFUSED))
    }

    pub fn of(line: &Line<'_>) -> Step {
        Step {
            at: line.at.to_string(),
            event: line.event.clone().unwrap_or_default(),
            challenge: line.challenge.clone(),
            client: line.client,
            scope: line.scope.clone(),
            provider: line.provider.clone(),
            channel: line.channel.clone(),
            tried: line.tried.clone(),
            detail: line.detail.clone(),
        }
    }
}

/// Lines for the help desk, and a hint.
pub struct Story {
    pub lines: Vec<String>,
    pub hint: String,
}

impl Story {
    pub fn of(steps: &[Step]) -> Story {
        let lines = steps.iter().filter_map(|step| Some(format!("{}  {}", step.at, words(step)?))).collect();
        let hint = steps.iter().rev().find_map(hint).unwrap_or_else(|| "Nothing was found that went wrong.".to_owned());
        Story { lines, hint }
    }
}

fn words(step: &Step) -> Option<String> {
    let detail = step.detail.as_deref().unwrap_or_default();
    let scope = step.scope.as_deref().map_or(String::new(), |scope| format!(" (scope {scope})"));
    let from = step.client.map_or(String::new(), |client| format!(", from {client}"));
    let channel = step.channel.as_deref().map_or(String::new(), |channel| format!(" ({channel})"));
    let provider = step.provider.as_deref();
    let tried = step.tried.as_deref().map_or(String::new(), |tried| format!("; before it, in vain: {tried}"));
    Some(match step.event.as_str() {
        "challenge_begun" if detail == "closed to strangers" => {
            format!(
                "a code was asked for{scope}{from}, but strangers are not heard under this name any more: none is sent"
            )
        }
        "challenge_begun" if detail == "unknown name" => {
            format!("a code was asked for{scope}{from}; nobody has the name")
        }
        "challenge_begun" if detail == "no message before it is asked for" => {
            format!("they were asked for what their app, token or passkey shows{scope}{from}: no message goes at first")
        }
        "challenge_begun" if detail.starts_with(UNKNOWN) => {
            format!("a code was asked for{scope}{from}; NONE IS SENT: the directory says {}", &detail[UNKNOWN.len()..])
        }
        "challenge_begun" if detail.starts_with("no ") => {
            format!("a code was asked for{scope}{from}; NONE IS SENT: {detail}")
        }
        "challenge_begun" => format!("a code was asked for{scope}{from}"),
        "challenge_joined" => format!("it was asked for in a second tab{from}: the code of before holds, none is sent"),
        "challenge_resent" => format!("it was asked for once more{from}"),
        "challenge_fell_back" => "  so the same code goes out by the next way".to_owned(),
        "code_sent" => format!("  {}{channel} took the message{tried}", provider.unwrap_or("a provider")),
        "code_delivered" => format!("  {} says that it is on the phone", provider.unwrap_or("the provider")),
        "code_send_failed" => match provider {
            Some(provider) => format!("  NOT SENT: {provider}{channel} refused it: {}{tried}", reason(detail)),
            None => format!("  NOT SENT: {}{tried}", reason(detail)),
        },
        "authn_login_fail" if step.is_refusal() => {
            format!("the sign-in was refused{scope}{from}: the directory says {}", &detail[REFUSED.len()..])
        }
        "authn_login_fail" => format!("  a wrong code was typed{from}"),
        "authn_login_fail_max" => format!("  the last wrong code: this one opens nothing any more{from}"),
        "authn_login_lock" => format!("  so many wrong codes that the account waits{from}"),
        "authn_login_unlock" => "somebody unlocked the account".to_owned(),
        "authn_login_success" | "authn_login_successafterfail" => match detail.split_once(", ") {
            Some((factor, _)) => format!("  in by {factor}{from}"),
            None => format!("  the code was entered: in{from}"),
        },
        "factor_added" | "factor_removed" | "factor_resynced" | "backup_codes_printed" => {
            format!("what they prove themselves with was changed ({}): {detail}", step.event.replace('_', " "))
        }
        "bypass_issued" | "bypass_approved" | "bypass_revoked" => format!("{}: {detail}", step.event.replace('_', " ")),
        "authn_token_reuse" => format!("  a code was typed that had been used already{from}"),
        "sys_sim_swapped" => "  the number changed its SIM card lately, so no code goes there".to_owned(),
        LIMIT => format!("too often from this address{from}: {detail}"),
        "user_updated" => format!("the account was changed: {detail}"),
        "user_created" => "the account was made".to_owned(),
        "number_asked" => format!("they asked for another number on their own page: {detail}"),
        "owner_told" => format!("a change was told to the contact that they had: {detail}"),
        "owner_not_told" => format!("a change could NOT be told to the contact that they had: {}", reason(detail)),
        "sys_send_test" => format!("an operator sent a test message: {detail}"),
        _ => return None,
    })
}

fn reason(class: &str) -> String {
    let words = match class {
        "recipient" => "this number cannot be reached",
        "opt_out" => "the phone has told this sender to stop",
        "config" => "our own settings with the provider are wrong",
        "funds" => "no money is left with the provider",
        "region" => "the provider's account may not send to this country",
        "fraud" => "the provider took it for fraud",
        "throttle" => "too fast for the provider",
        "transient" => "the provider is in trouble",
        "ambiguous" => "no clear answer; it may have been sent",
        "late" => "its turn came after the code was over",
        "shutdown" => "the gate was ended before its turn came",
        "queue full" => "too many messages were waiting",
        "no contact" => "there is no number that may be written to",
        "audit" => "the audit could not be written",
        "panic" => "a fault in the gate",
        other => return other.to_owned(),
    };
    format!("{class}, {words}")
}

/// What to do about the latest thing that matters.
fn hint(step: &Step) -> Option<String> {
    let provider = step.provider.as_deref().unwrap_or("the provider");
    let detail = step.detail.as_deref().unwrap_or_default();
    if let Some(why) = detail.strip_prefix(UNKNOWN).or_else(|| detail.strip_prefix(REFUSED)) {
        return remedy_in_directory(why);
    }
    let text = match step.event.as_str() {
        "code_send_failed" => return Some(remedy(step.detail.as_deref().unwrap_or_default(), provider)),
        "code_sent" => {
            "The provider took the message; whether it arrived, it has not said. Ask them to wait a minute, to look whether \
             the phone has a signal, and whether the number above is still theirs; then to have it sent again."
        }
        "code_delivered" => {
            "The provider says that it is on the phone: have them look at all messages, those that were filtered too, and \
             compare the last two digits of the number."
        }
        "authn_login_success" | "authn_login_successafterfail" => "All is well: the code was entered.",
        "authn_login_fail" => {
            "The code came; it was typed wrongly. Only the latest one holds, and only in the same browser."
        }
        "authn_login_fail_max" => "Have them ask for a new code: this one had its tries.",
        "authn_login_lock" => {
            "Too many wrong codes: have them wait as the page says, or `sekisho user unlock` after you know who it is."
        }
        "challenge_begun" if step.detail.as_deref() == Some("closed to strangers") => {
            "Too many wrong codes by strangers: `sekisho user unlock` after you know who it is."
        }
        "challenge_begun" if detail.starts_with("no ") => {
            "Nothing can be sent to them: give them a number that may be written to."
        }
        LIMIT => {
            "A limit was reached: have them wait as the page says. If many people share this address, name it in \
                  [limits.network]."
        }
        "sys_sim_swapped" => "The number changed its SIM card lately: make sure who it is, and use another way.",
        _ => return None,
    };
    Some(text.to_owned())
}

/// What to do about somebody whom their own directory does not let in.
pub fn remedy_in_directory(why: &str) -> Option<String> {
    let text = match why {
        "disabled" => "Their account is disabled in the directory: have it enabled there, if that is meant to be.",
        "expired" => "Their account has expired in the directory: have its end moved there.",
        "password expired" => "Their password has expired: have them change it where they use the directory otherwise.",
        "locked out" => "The directory has locked them out because of wrong passwords: unlock them there.",
        "ambiguous" => {
            "More than one person in the directory has this name: look for it in every attribute of `login_attributes`, or \
             take fewer of them."
        }
        "no id" => {
            "We cannot read their immutable id in the directory: give `bind_dn` the right to, or see `id_attribute`."
        }
        "no login name" => "What they are called in the directory is no name that could be typed: mend it there.",
        _ => return Some(format!("The directory does not let them in: {why}.")),
    };
    Some(text.to_owned())
}

fn remedy(class: &str, provider: &str) -> String {
    match class {
        "recipient" | "no contact" => {
            "Compare the number with them, and correct it: `sekisho user set USER --phone …`.".to_owned()
        }
        "opt_out" => format!("Their phone told our sender to stop: have them answer START to it, or ask {provider}."),
        "config" => {
            format!("Our settings with {provider} are wrong: `sekisho check --online` says more, and so does the log.")
        }
        "funds" => format!("Top up the account with {provider}."),
        "region" => format!("Allow the country in the account with {provider}."),
        "fraud" => {
            format!("{provider} took it for fraud: ask them, and look whether somebody has codes sent for nothing.")
        }
        "throttle" => format!("{provider} was asked too fast: have them try again, and set `rate` for it."),
        "transient" | "ambiguous" => {
            format!("{provider} is in trouble: `sekisho status` says whether it still is; have them try again.")
        }
        "late" | "queue full" => "Too much was waiting: `sekisho status` says why; have them try again.".to_owned(),
        "audit" => "The audit cannot be written: look at the disk and the log.".to_owned(),
        _ => "Have them try again; the log says more.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(event: &str, detail: &str) -> Step {
        Step {
            at: "2026-11-23T06:00:00.000Z".to_owned(),
            event: event.to_owned(),
            provider: Some("twilio".to_owned()),
            channel: Some("sms".to_owned()),
            detail: Some(detail.to_owned()),
            ..Step::default()
        }
    }

    #[test]
    fn the_latest_thing_that_matters_decides_what_to_do() {
        let sent = Step { tried: Some("vonage throttle".to_owned()), ..step("code_sent", "") };
        let story = Story::of(&[step("challenge_begun", ""), sent, step("authn_token_created", "x")]);
        assert_eq!(story.lines.len(), 2, "{:?}", story.lines);
        assert!(story.lines[1].ends_with("twilio (sms) took the message; before it, in vain: vonage throttle"));
        assert!(story.hint.starts_with("The provider took the message"), "{}", story.hint);
        let story = Story::of(&[step("code_sent", ""), step("code_send_failed", "recipient")]);
        assert!(story.lines[1].contains("this number cannot be reached"), "{:?}", story.lines);
        assert!(story.hint.contains("--phone"), "{}", story.hint);
    }

    #[test]
    fn every_class_of_failure_has_words_and_a_remedy() {
        for class in crate::delivery::Class::ALL.map(|class| class.name()) {
            assert!(reason(class).contains(", "), "{class}");
            assert_ne!(remedy(class, "p"), remedy("", "p"), "{class}");
        }
    }
}
