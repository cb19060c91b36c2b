//! What messages look like: each with a code that opens nothing, and how many SMS it takes.

use serde::Serialize;

use crate::config::Config;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::words::message::{Note, Wording, wording};
use crate::words::segments::{Segments, segments};
use crate::words::texts::Chosen;

/// Shown even where an operator worded nothing.
const USUAL: [Locale; 2] = [Locale::En, Locale::Ja];

/// A message as somebody would get it.
#[derive(Debug, Serialize)]
pub struct Sample {
    channel: &'static str,
    language: &'static str,
    /// The scope or route that has a text of its own.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    text: String,
    /// Only SMS are counted.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    weight: Option<Weight>,
}

#[derive(Debug, Serialize)]
struct Weight {
    segments: usize,
    encoding: &'static str,
    units: usize,
    #[serde(skip)]
    capacity: usize,
}

/// The messages of every channel that has a provider: in the usual languages and those that the operator worded, or `all`.
pub fn samples(config: &Config, all: bool) -> Vec<Sample> {
    let providers = config.delivery.providers.iter().filter(|(_, providers)| !providers.is_empty());
    let texts = &config.delivery.texts;
    let mut samples = Vec::new();
    for (channel, _) in providers {
        for locale in Locale::ALL {
            if all || USUAL.contains(&locale) || texts.general().words(*channel, locale) {
                samples.push(sample(config, *channel, locale, texts.general(), None));
            }
        }
        for (place, own, chosen) in texts.places() {
            let worded = Locale::ALL.into_iter().filter(|locale| own.words(*channel, *locale));
            samples.extend(worded.map(|locale| sample(config, *channel, locale, chosen, Some(place.clone()))));
        }
    }
    samples
}

fn sample(config: &Config, channel: Channel, locale: Locale, texts: Chosen<'_>, place: Option<String>) -> Sample {
    let rules = &config.gate.challenge;
    let host = config.delivery.site_host.as_deref();
    let note = Note { brand: &config.delivery.brand, code: &rules.shape.sample(), life: rules.life, host };
    let Wording { text, subject, prompt } = wording(channel, locale, &note, texts);
    let text = text.expose().clone();
    let weight = (channel == Channel::Sms).then(|| Weight::of(segments(&text)));
    Sample { channel: channel.name(), language: locale.tag(), place, subject, prompt, text, weight }
}

impl Weight {
    fn of(weight: Segments) -> Weight {
        let capacity = weight.capacity();
        Weight { segments: weight.parts, encoding: weight.encoding.name(), units: weight.units, capacity }
    }
}

/// A line for each, and one before them.
pub fn lines(samples: &[Sample], all: bool) -> String {
    if samples.is_empty() {
        return String::new();
    }
    let hint = if all { "" } else { "; --messages shows every language" };
    let mut told = format!("Messages, with a code that opens nothing{hint}:\n");
    for sample in samples {
        let Sample { channel, language, place, .. } = sample;
        let place = place.as_ref().map_or(String::new(), |place| format!(" ({place})"));
        told.push_str(&format!("  {channel} {language}{place}: {}\n", sample.said()));
    }
    told + "\n"
}

impl Sample {
    /// On one line: `⏎` ends a line of the message, `[key]` is where a call waits for one.
    fn said(&self) -> String {
        let weight = self.weight.as_ref().map_or(String::new(), |weight| {
            let Weight { segments, encoding, units, capacity } = weight;
            format!("{segments} SMS, {units} of {capacity} in {encoding}: ")
        });
        let subject = self.subject.as_ref().map_or(String::new(), |subject| format!("{subject} | "));
        let prompt = self.prompt.as_ref().map_or(String::new(), |prompt| format!("{prompt} [key] "));
        format!("{weight}{subject}{prompt}{}", self.text.replace('\n', "⏎"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::from_text;

    fn config(more: &str) -> Config {
        let text = include_str!("../../../conf/bench.toml");
        let loaded = from_text("conf/bench.toml", &format!("{text}\n{more}"));
        loaded.config.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
    }

    #[test]
    fn the_usual_languages_are_shown_and_those_that_are_worded() {
        let said = lines(&samples(&config("[text.sms]\nde = \"{code} gilt {life}.\""), false), false);
        let expected = "Messages, with a code that opens nothing; --messages shows every language:\n  \
            sms en: 1 SMS, 68 of 160 in GSM-7: 482913 is your Sekisho code. Valid for 5 minutes. Never tell anyone.\n  \
            sms ja: 1 SMS, 43 of 70 in UCS-2: 482913 がSekishoの確認コードです。5分間有効。誰にも教えないでください。\n  \
            sms de: 1 SMS, 22 of 160 in GSM-7: 482913 gilt 5 Minuten.\n\n";
        assert_eq!(said, expected);
    }

    #[test]
    fn a_route_without_a_name_is_called_by_its_place() {
        let route = "\n[[route]]\npath = \"/ward\"\nrequire = \"otp\"\nscope = \"records\"\n";
        let text = include_str!("../../../conf/bench.toml");
        let count = text.matches("[[route]]").count() + 1;
        let config = config(&format!("{route}[route.text.sms]\nen = \"{{code}} ward\"\n"));
        let said = lines(&samples(&config, false), false);
        assert!(said.contains(&format!("sms en (route {count}): ")), "{said}");
    }

    #[test]
    fn everything_is_shown_when_asked_for() {
        let config = config("[text.sms]\nja = \"{code}\"\n[scope.records.text.sms]\nja = \"{code} 記録\"");
        let all = samples(&config, true);
        assert_eq!(all.len(), Locale::ALL.len() + 1);
        let own = all.last().expect("the scope's");
        assert_eq!((own.place.as_deref(), own.text.as_str()), (Some("scope records"), "482913 記録"));
    }
}
