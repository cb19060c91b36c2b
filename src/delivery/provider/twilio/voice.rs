//! Calls that say a code only after somebody pressed a key, so that no mailbox ever hears one.
//!
//! The document that goes out with the call holds the prompt alone. Twilio asks for the second document, with the key that
//! was pressed, at the address which that prompt names: ours, where receipts come. That address carries what is to be said,
//! sealed ([`Envelope`](crate::delivery::envelope::Envelope)), and the request is signed by Twilio: so nothing of it is kept
//! by us, any node can answer, and Twilio learns the words when it must speak them and not before. Detection of answering
//! machines guesses, takes seconds and costs money; a key does neither.

use bytes::Bytes;
use url::form_urlencoded::{Serializer, parse};

use super::super::ProviderFault;
use super::super::kind::Heard;
use super::super::languages::PerLanguage;
use super::receipt::Callback;
use crate::delivery::Message;
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::locale::Locale;
use crate::domain::time::Wall;

/// Characters that `Twiml` may have.
const LONGEST: usize = 4000;

/// Seconds that a phone may ring.
const RING: std::ops::RangeInclusive<u64> = 5..=60;

/// Bears the sealed words in the address, and their language.
const SEALED: &str = "s";
const LANGUAGE: &str = "l";

/// Where the message brings none of its own.
const PROMPT: &str = "Press any key to hear your code.";

const XML: &str = "text/xml; charset=utf-8";

pub struct Voice {
    language: Option<PerLanguage>,
    voice: Option<PerLanguage>,
}

impl Voice {
    pub fn new(language: Option<&str>, voice: Option<&str>) -> Result<Voice, ProviderFault> {
        let name = |text: &str| {
            (2..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        };
        let read =
            |key, text: Option<&str>, like| text.map(|text| PerLanguage::read(key, text, like, name)).transpose();
        Ok(Voice {
            language: read("language", language, "\"ja-JP\"")?,
            voice: read("voice", voice, "\"Polly.Mizuki\"")?,
        })
    }

    /// The fields of a call.
    pub fn fill(&self, form: &mut Serializer<'_, String>, message: &Message, site: &Site, now: Wall) {
        let sealed = site.seal(message, now, message.text.expose());
        let address = site.address(message).unwrap_or_default();
        let address = format!("{address}&{LANGUAGE}={}&{SEALED}={sealed}", message.locale.tag());
        let prompt = message.prompt.as_deref().unwrap_or(PROMPT);
        let twice = self.gather(&address, &[prompt, prompt], message.locale);
        let fits = twice.chars().count() <= LONGEST;
        let document = if fits { twice } else { self.gather(&address, &[prompt], message.locale) };
        form.append_pair("Twiml", &document);
        let ring = message.life.as_secs().clamp(*RING.start(), *RING.end());
        form.append_pair("Timeout", &ring.to_string());
    }

    /// Says the prompt, and waits for a key while it speaks and some seconds after. Without a key nothing follows, so the
    /// call ends.
    fn gather(&self, address: &str, prompts: &[&str], locale: Locale) -> String {
        let said: Vec<_> = prompts.iter().map(|prompt| self.say(prompt, locale)).collect();
        let said = said.join("<Pause length=\"2\"/>");
        let action = escaped(address);
        // Without `finishOnKey` the key `#` would count as no key.
        format!(
            "<Response><Gather input=\"dtmf\" numDigits=\"1\" finishOnKey=\"\" timeout=\"8\" method=\"POST\" \
             action=\"{action}\">{said}</Gather></Response>"
        )
    }

    fn say(&self, words: &str, locale: Locale) -> String {
        let language = self.language.as_ref().map_or(language(locale), |language| language.of(locale));
        let voice = self.voice.as_ref().map(|voice| format!(" voice=\"{}\"", voice.of(locale))).unwrap_or_default();
        format!("<Say{voice} language=\"{language}\">{}</Say>", escaped(words))
    }

    /// A genuine callback about a call: what became of it, or the key that was pressed in it.
    pub fn heard(&self, callback: &Callback, site: &Site, request: &::http::Request<Bytes>, now: Wall) -> Heard {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let one = |name: &str| parse(query).find(|(key, _)| key == name).map(|(_, value)| value);
        let Some(sealed) = one(SEALED) else { return callback.report().into() };
        let locale = one(LANGUAGE).and_then(|tag| Locale::parse(&tag)).unwrap_or_default();
        let key = callback.field("Digits").is_some_and(|digits| !digits.is_empty());
        let about = site.about(request).filter(|_| key);
        let words = about.and_then(|(challenge, send)| {
            let words = site.open(&challenge, send, now, &sealed)?;
            Some(((challenge, send), words))
        });
        match words {
            Some((about, words)) => {
                let say = self.say(words.expose(), locale);
                // The words themselves say the code twice.
                let body = format!("<Response>{say}<Pause length=\"1\"/></Response>");
                let reference = callback.field("CallSid").map(str::to_owned);
                let report = Report { about: Some(about), reference, ..Report::of(Fate::Delivered) };
                Heard { reports: vec![report], answer: Some((XML, body)) }
            }
            None => Heard { reports: Vec::new(), answer: Some((XML, "<Response><Hangup/></Response>".to_owned())) },
        }
    }
}

/// How `<Say>` calls the language.
fn language(locale: Locale) -> &'static str {
    match locale.tag() {
        "en" => "en-US",
        "ja" => "ja-JP",
        "zh-Hans" => "zh-CN",
        "zh-Hant" => "zh-TW",
        "ko" => "ko-KR",
        "es" => "es-ES",
        "fr" => "fr-FR",
        "de" => "de-DE",
        "vi" => "vi-VN",
        "ar" => "ar-AE",
        other => other,
    }
}

/// As XML has it between tags and in attributes; what no document can hold is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
#[path = "voice/tests.rs"]
mod tests;
