//! `[sms.sim_swap]`: whom to ask whether a SIM card was changed lately, and what follows.

use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::values::{DAY, HOUR, MINUTE, SECOND, choice, span, word};
use crate::delivery::simswap::{CamaraSettings, OnError, Settings, TwilioSettings, With};

use super::provider::base_url;

#[derive(Clone, Copy)]
enum Kind {
    Camara,
    Twilio,
}

/// `Some(None)` where the section is not there: then nothing is asked.
pub fn read(sms: &Section<'_>) -> Option<Option<Settings>> {
    const KINDS: [(&str, Kind); 2] = [("camara", Kind::Camara), ("twilio", Kind::Twilio)];
    const ON_ERROR: [(&str, OnError); 2] = [("send", OnError::Send), ("refuse", OnError::Refuse)];
    let there = sms.entry("sim_swap").is_some();
    let section = sms.table("sim_swap");
    if !there {
        return Some(None);
    }
    let kind = section.required("kind", "\"camara\"", choice(&KINDS));
    let on_error = section.required("on_error", "\"refuse\"", choice(&ON_ERROR));
    let why = "operators are asked for whole hours, 100 days at most";
    let within = section.optional("within", span(HOUR..=100 * DAY, why)).unwrap_or(72 * HOUR);
    let why = "the person waits for it";
    let deadline = section.optional("deadline", span(SECOND..=30 * SECOND, why)).unwrap_or(3 * SECOND);
    let why = "what was found out becomes old";
    let remember = section.optional("remember", span(MINUTE..=HOUR, why)).unwrap_or(10 * MINUTE);
    let with = kind.and_then(|kind| match kind {
        Kind::Camara => camara(&section),
        Kind::Twilio => twilio(&section),
    });
    let sound = ["within", "deadline", "remember"].iter().all(|key| section.is_sound(key));
    if kind.is_some() {
        section.done_with_secrets();
    }
    sound.then_some(())?;
    Some(Some(Settings { with: with?, within, on_error: on_error?, deadline, remember }))
}

fn camara(section: &Section<'_>) -> Option<With> {
    let (base, token) = ("\"https://api.operator.example\"", "\"https://auth.operator.example/token\"");
    let base_url_read = section.required("base_url", base, |item| base_url(item, base));
    let token_url = section.required("token_url", token, |item| base_url(item, token));
    let path = section.optional("path", word(200)).unwrap_or_else(|| "/sim-swap/v1/check".to_owned());
    let scope = section.optional("scope", word(200)).unwrap_or_else(|| "sim-swap:check".to_owned());
    let client_id = section.required("client_id", "\"sekisho\"", word(200));
    let client_secret = section.required("client_secret", "{ file = \"/etc/sekisho/secrets/camara\" }", secret);
    Some(With::Camara(CamaraSettings {
        base_url: base_url_read?,
        path,
        token_url: token_url?,
        scope,
        client_id: client_id?,
        client_secret: client_secret?,
    }))
}

fn twilio(section: &Section<'_>) -> Option<With> {
    let like = "\"https://lookups.twilio.com\"";
    let base = section.optional("base_url", |item| base_url(item, like));
    let account = section.required("account", "\"AC…\"", word(34));
    let token = section.required("token", "{ file = \"/etc/sekisho/secrets/twilio\" }", secret);
    let base_url = base.unwrap_or_else(|| "https://lookups.twilio.com".to_owned());
    Some(With::Twilio(TwilioSettings { base_url, account: account?, token: token? }))
}
