//! What a service centre is configured with, read into values that cannot be wrong.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use super::track::Base;
use crate::delivery::parts::Alphabet;
use crate::delivery::provider::ProviderFault;
use crate::delivery::provider::kind::{Given, Key, Need, Shape};
use crate::domain::secret::Secret;
use crate::net::trust;

pub const KEYS: &[Key] = &[
    Key { name: "host", shape: Shape::Host, need: Need::Required, like: "\"smpp.example.jp:3550\"" },
    Key { name: "tls", shape: Shape::Flag, need: Need::Required, like: "true" },
    Key { name: "ca", shape: Shape::Path, need: Need::Optional, like: "\"/etc/sekisho/tls/smpp-ca.pem\"" },
    Key { name: "system_id", shape: Shape::Text(15), need: Need::Required, like: "\"hospital\"" },
    Key {
        name: "password",
        shape: Shape::Secret,
        need: Need::Required,
        like: "{ file = \"/etc/sekisho/secrets/smpp\" }",
    },
    Key { name: "system_type", shape: Shape::Text(12), need: Need::Optional, like: "\"OTP\"" },
    Key {
        name: "bind",
        shape: Shape::Choice(&["transceiver", "transmitter"]),
        need: Need::Default("transceiver"),
        like: "\"transceiver\"",
    },
    Key { name: "from", shape: Shape::Text(20), need: Need::Optional, like: "\"Clinic\"" },
    Key { name: "from_ton", shape: Shape::Whole(0, 6), need: Need::Optional, like: "5" },
    Key { name: "from_npi", shape: Shape::Whole(0, 18), need: Need::Optional, like: "0" },
    Key { name: "to_ton", shape: Shape::Whole(0, 6), need: Need::Default("1"), like: "1" },
    Key { name: "to_npi", shape: Shape::Whole(0, 18), need: Need::Default("1"), like: "1" },
    Key { name: "to_plus", shape: Shape::Flag, need: Need::Default("false"), like: "false" },
    Key { name: "service_type", shape: Shape::Text(5), need: Need::Optional, like: "\"OTP\"" },
    Key {
        name: "alphabet",
        shape: Shape::Choice(&["gsm", "latin1", "ucs2"]),
        need: Need::Default("gsm"),
        like: "\"gsm\"",
    },
    Key { name: "long", shape: Shape::Choice(&["udh", "sar", "payload"]), need: Need::Default("udh"), like: "\"udh\"" },
    Key {
        name: "validity",
        shape: Shape::Choice(&["relative", "absolute", "none"]),
        need: Need::Default("relative"),
        like: "\"relative\"",
    },
    Key { name: "receipts", shape: Shape::Flag, need: Need::Default("true"), like: "true" },
    Key {
        name: "ids",
        shape: Shape::Choice(&["text", "decimal", "hex", "hex-decimal", "decimal-hex"]),
        need: Need::Default("text"),
        like: "\"hex-decimal\"",
    },
    Key { name: "window", shape: Shape::Whole(1, 100), need: Need::Default("10"), like: "10" },
    Key { name: "enquire_link", shape: Shape::Whole(1, 300), need: Need::Default("30"), like: "30" },
];

pub struct Settings {
    pub centre: Centre,
    pub ends: Ends,
    pub wording: Wording,
    /// How names of messages are written in answers, and in receipts.
    pub ids: (Base, Base),
    pub window: usize,
    /// How often we ask whether anybody is there.
    pub beat: Duration,
}

/// Where the centre is, and who we are to it.
pub struct Centre {
    pub host: String,
    pub port: u16,
    pub tls: Option<Arc<ClientConfig>>,
    pub system_id: String,
    pub password: Secret<String>,
    pub system_type: String,
    /// Whether receipts come over the same connection.
    pub receives: bool,
}

/// Who sends and who receives, as the centre wants it written.
pub struct Ends {
    pub service_type: String,
    pub from: String,
    pub from_ton: u8,
    pub from_npi: u8,
    pub to_ton: u8,
    pub to_npi: u8,
    pub to_plus: bool,
}

/// How texts are written.
pub struct Wording {
    pub alphabet: Alphabet,
    pub long: Long,
    pub validity: Validity,
    pub receipts: bool,
}

/// How a text of several parts is tied together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Long {
    /// A header within the text (3GPP TS 23.040), which phones read.
    Udh,
    /// Optional parameters, of which the centre makes that header.
    Sar,
    /// The centre cuts the text itself.
    Payload,
}

/// How the centre is told until when to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    Relative,
    Absolute,
    None,
}

/// Longest password that fits where centres keep to the standard is 8; some take more.
const PASSWORD: usize = 64;
/// Letters of a name as a sender (TON 5).
const NAME: usize = 11;

impl Settings {
    pub fn new(given: &Given) -> Result<Settings, ProviderFault> {
        let centre = centre(given)?;
        let base = |text: &str| match text {
            "decimal" => Base::Decimal,
            "hex" => Base::Hex,
            _ => Base::Text,
        };
        let ids = given.text("ids")?;
        let (answer, receipt) = ids.split_once('-').unwrap_or((ids, ids));
        let window = usize::try_from(given.whole("window")?).unwrap_or(1);
        let beat = Duration::from_secs(given.whole("enquire_link")?);
        Ok(Settings {
            centre,
            ends: ends(given)?,
            wording: wording(given)?,
            ids: (base(answer), base(receipt)),
            window,
            beat,
        })
    }
}

fn centre(given: &Given) -> Result<Centre, ProviderFault> {
    let (host, port) = given.text("host")?.rsplit_once(':').unwrap_or_default();
    let Ok(port) = port.parse::<u16>() else {
        return Err(ProviderFault::of("host", "`host` is a host with its port"));
    };
    let tls = match (given.flag("tls"), given.get("ca").map(Path::new)) {
        (true, ca) => Some(trust::client(ca).map_err(|why| ProviderFault::of("ca", why))?),
        (false, None) => None,
        (false, Some(_)) => return Err(ProviderFault::of("ca", "`ca` says nothing where `tls` is false")),
    };
    let password = given.secret("password")?.clone();
    if password.expose().len() > PASSWORD || !is_plain(password.expose()) {
        return Err(ProviderFault::of("password", "a password for SMPP is at most 64 visible characters of ASCII"));
    }
    for key in ["system_id", "system_type", "service_type"] {
        if given.get(key).is_some_and(|text| !is_plain(text)) {
            return Err(ProviderFault::of(key, format!("`{key}` is of visible characters of ASCII")));
        }
    }
    Ok(Centre {
        host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
        port,
        tls,
        system_id: given.text("system_id")?.to_owned(),
        password,
        system_type: given.get("system_type").unwrap_or_default().to_owned(),
        receives: given.text("bind")? == "transceiver",
    })
}

fn ends(given: &Given) -> Result<Ends, ProviderFault> {
    let from = given.get("from").unwrap_or_default();
    let (number, letters) = (from.trim_start_matches('+'), from.bytes().any(|b| b.is_ascii_alphabetic()));
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    // An international number, a name, a short number of the centre's own, or whatever the centre puts there.
    let (ton, npi, from) = match from {
        "" => (0, 0, ""),
        _ if from.starts_with('+') && digits => (1, 1, number),
        _ if letters
            && !from.starts_with('+')
            && from.len() <= NAME
            && from.bytes().all(|b| (b' '..=b'~').contains(&b)) =>
        {
            (5, 0, from)
        }
        _ if digits => (0, 0, from),
        _ => {
            let says = "a sender is a number such as \"+15005550006\", a short number, or a name of at most 11 letters";
            return Err(ProviderFault::of("from", says));
        }
    };
    let octet = |key: &'static str, automatic: u8| match given.get(key) {
        Some(text) => text.parse().map_err(|_| ProviderFault::of(key, format!("`{key}` is a small whole number"))),
        None => Ok(automatic),
    };
    Ok(Ends {
        service_type: given.get("service_type").unwrap_or_default().to_owned(),
        from: from.to_owned(),
        from_ton: octet("from_ton", ton)?,
        from_npi: octet("from_npi", npi)?,
        to_ton: octet("to_ton", 1)?,
        to_npi: octet("to_npi", 1)?,
        to_plus: given.flag("to_plus"),
    })
}

fn wording(given: &Given) -> Result<Wording, ProviderFault> {
    Ok(Wording {
        alphabet: match given.text("alphabet")? {
            "latin1" => Alphabet::Latin1,
            "ucs2" => Alphabet::Ucs2,
            _ => Alphabet::Gsm,
        },
        long: match given.text("long")? {
            "sar" => Long::Sar,
            "payload" => Long::Payload,
            _ => Long::Udh,
        },
        validity: match given.text("validity")? {
            "absolute" => Validity::Absolute,
            "none" => Validity::None,
            _ => Validity::Relative,
        },
        receipts: given.flag("receipts") && given.text("bind")? == "transceiver",
    })
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::provider::tests::given;

    fn with(changes: &[(&'static str, &'static str)]) -> Result<Settings, ProviderFault> {
        let required = [("host", "127.0.0.1:2775"), ("tls", "false"), ("system_id", "hospital"), ("password", "x")];
        let defaults = KEYS.iter().filter_map(|key| match key.need {
            Need::Default(text) => Some((key.name, text)),
            _ => None,
        });
        let pairs: Vec<_> = required.into_iter().chain(defaults).chain(changes.iter().copied()).collect();
        Settings::new(&given(&pairs, &["password"]))
    }

    #[test]
    fn the_kind_of_sender_is_seen_from_how_it_is_written() {
        for (from, expected) in [
            ("", (0, 0, "")),
            ("+819000000000", (1, 1, "819000000000")),
            ("Clinic 7", (5, 0, "Clinic 7")),
            ("25252", (0, 0, "25252")),
        ] {
            let ends = with(&[("from", from)]).expect(from).ends;
            assert_eq!((ends.from_ton, ends.from_npi, ends.from.as_str()), expected, "{from}");
        }
        let ends = with(&[("from", "25252"), ("from_ton", "3"), ("from_npi", "9")]).expect("good").ends;
        assert_eq!((ends.from_ton, ends.from_npi), (3, 9));
    }

    #[test]
    fn what_cannot_work_is_said_at_its_key() {
        for (changes, key) in [
            (&[("from", "+81x")][..], "from"),
            (&[("from", "Twelve chars")], "from"),
            (&[("from", "病院")], "from"),
            (&[("password", "病院")], "password"),
            (&[("system_id", "病院")], "system_id"),
            (&[("ca", "/nonexistent/ca.pem")], "ca"),
            (&[("ca", "/nonexistent/ca.pem"), ("tls", "true")], "ca"),
        ] {
            let fault = with(changes).err().unwrap_or_else(|| panic!("{changes:?} was taken"));
            assert_eq!(fault.key, Some(key), "{fault}");
        }
    }

    #[test]
    fn names_are_read_in_four_ways_and_as_they_are() {
        for (ids, expected) in [
            ("text", (Base::Text, Base::Text)),
            ("decimal", (Base::Decimal, Base::Decimal)),
            ("hex", (Base::Hex, Base::Hex)),
            ("hex-decimal", (Base::Hex, Base::Decimal)),
            ("decimal-hex", (Base::Decimal, Base::Hex)),
        ] {
            assert_eq!(with(&[("ids", ids)]).expect(ids).ids, expected);
        }
    }
}
