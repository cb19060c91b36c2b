//! Kannel's `sendsms` (user guide 1.4), a gateway that one runs oneself.
//!
//! The password stands in the address, as Kannel wants it: it belongs on this machine or into a network of its own.

use ::http::Uri;
use bytes::Bytes;

use super::ask;
use super::kind::{Given, Heard, Kind, Made, Need, Vendor};
use super::{ProviderFault, Request, Response, endpoint, fault, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::contact::Channel;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::words::segments::{Encoding, segments};

pub const KIND: Kind = Kind {
    name: "kannel",
    channels: &[Channel::Sms],
    keys: &[
        ask::text("username", 64, Need::Required, "\"sekisho\""),
        ask::secret("password", Need::Required, "{ file = \"/etc/sekisho/secrets/kannel\" }"),
        ask::text("from", 20, Need::Optional, "\"+15005550006\""),
        // The SMSC that takes it, where Kannel has several.
        ask::text("smsc", 64, Need::Optional, "\"docomo\""),
        ask::text("path", 128, Need::Default("/cgi-bin/sendsms"), "\"/cgi-bin/sendsms\""),
        ask::base("http://127.0.0.1:13013", "\"http://127.0.0.1:13013\""),
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Kannel::new(given, site)?))),
};

/// What we want to be told of: 1 delivered, 2 failed, 8 taken by the SMSC, 16 refused by it.
const DLR_MASK: &str = "27";

pub struct Kannel {
    url: String,
    username: String,
    password: Secret<String>,
    from: Option<String>,
    smsc: Option<String>,
    site: Site,
}

impl Kannel {
    pub fn new(given: &Given, site: &Site) -> Result<Kannel, ProviderFault> {
        let path = given.text("path")?;
        let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.');
        if !path.starts_with('/') || !path.bytes().all(good) {
            return Err(ProviderFault::of("path", "`path` is that of Kannel's sendsms-url: \"/cgi-bin/sendsms\""));
        }
        let url = ask::below(given, path)?.to_string();
        if url.contains('?') {
            return fault("the address of Kannel has no query");
        }
        // Whether this can be an address at all.
        endpoint(&format!("{url}?x=1"))?;
        let optional = |key| given.get(key).map(str::to_owned);
        Ok(Kannel {
            url,
            username: given.text("username")?.to_owned(),
            password: given.secret("password")?.clone(),
            from: optional("from"),
            smsc: optional("smsc"),
            site: site.clone(),
        })
    }
}

impl Vendor for Kannel {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let text = message.text.expose();
        let coding = match segments(text).encoding {
            Encoding::Gsm7 => "0",
            Encoding::Ucs2 => "2",
        };
        // In minutes: rather one that is begun than none at all.
        let validity = message.life.as_secs().div_ceil(60).max(1).to_string();
        // Kannel fills in what stands behind a percent sign, and two of them stand for one.
        let dlr_url = self.site.address(message).map(|address| address.replace('%', "%%") + "&d=%d");
        let dlr_mask = dlr_url.as_ref().map(|_| DLR_MASK);
        let query = ask::form(&[
            ("username", Some(&self.username)),
            ("password", Some(self.password.expose())),
            ("from", self.from.as_deref()),
            ("to", Some(message.contact.address.exposed())),
            ("text", Some(text)),
            // What it is without this differs between versions.
            ("charset", Some("UTF-8")),
            ("coding", Some(coding)),
            ("smsc", self.smsc.as_deref()),
            ("validity", Some(&validity)),
            ("dlr-mask", dlr_mask),
            ("dlr-url", dlr_url.as_deref()),
        ]);
        let url: Uri = format!("{}?{query}", self.url).parse().unwrap_or_default();
        ask::get(&url, None)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let text = String::from_utf8_lossy(answer.body());
        let text = text.trim();
        let failed = |class, number| Err(Failure { class, number, wait: retry_after(answer) });
        if !answer.status().is_success() {
            // 403 not authorised, or no route; 400 what is wrong with the request; 503 try again later.
            return failed(Class::of_status(answer.status()), None);
        }
        match text.split_once([':', '.']).map(|(word, _)| word) {
            Some("0") => Ok(Accepted::default()),
            // Nobody is there to send it. It may still go out when somebody is, so nobody here sends it twice.
            Some("3") => failed(Class::Ambiguous, Some(3)),
            Some("Sent") if text.contains("Denied receivers") => failed(Class::Region, None),
            Some("Sent") => Ok(Accepted::default()),
            _ => failed(Class::Ambiguous, None),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    /// Kannel signs nothing: what proves a report is the mark in the address that it was given.
    fn read(&self, request: &::http::Request<Bytes>, _now: Wall) -> Option<Heard> {
        let about = self.site.about(request)?;
        let fate = match ask::query(request)("d").and_then(|kind| kind.parse::<u32>().ok()) {
            Some(1) => Fate::Delivered,
            Some(2) => Fate::Lost("failed"),
            Some(8) => Fate::Carried,
            Some(16) => Fate::Lost("rejected"),
            // 4 waits at the SMSC, 32 is on its way.
            _ => Fate::Underway,
        };
        Some(Report { about: Some(about), ..Report::of(fate) }.into())
    }
}

#[cfg(test)]
#[path = "kannel/tests.rs"]
mod tests;
