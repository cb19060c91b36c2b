//! playSMS (`index.php?app=ws`, its source of 2024-10), a gateway that one runs oneself.
//!
//! It reports nothing by itself, and has no idempotency key, so what may have been taken is not sent again.

use ::http::Uri;
use serde_json::Value;

use super::ask::{self, said};
use super::kind::{Given, Key, Kind, Made, Need, Shape, Standing, Vendor};
use super::{ProviderFault, Request, Response, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::domain::contact::Channel;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::words::segments::{Encoding, segments};

pub const KIND: Kind = Kind {
    name: "playsms",
    channels: &[Channel::Sms],
    keys: &[
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Required,
            like: "\"https://playsms.example.jp/playsms\"",
        },
        ask::text("username", 64, Need::Required, "\"sekisho\""),
        ask::secret("token", Need::Required, "{ file = \"/etc/sekisho/secrets/playsms\" }"),
        ask::text("from", 16, Need::Optional, "\"HOSPITAL\""),
    ],
    make: |given, _| Ok(Made::Vendor(Box::new(PlaySms::new(given)?))),
};

pub struct PlaySms {
    send: Uri,
    credit: Uri,
    username: String,
    token: Secret<String>,
    from: Option<String>,
}

impl PlaySms {
    pub fn new(given: &Given) -> Result<PlaySms, ProviderFault> {
        Ok(PlaySms {
            send: ask::below(given, "/index.php?app=ws&op=pv")?,
            credit: ask::below(given, "/index.php?app=ws&op=cr")?,
            username: given.text("username")?.to_owned(),
            token: given.secret("token")?.clone(),
            from: given.get("from").map(str::to_owned),
        })
    }
}

impl Vendor for PlaySms {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        let text = message.text.expose();
        let unicode = (segments(text).encoding == Encoding::Ucs2).then_some("1");
        // The token and the code stand in the body, so that no log has them.
        let pairs = [
            ("u", Some(self.username.as_str())),
            ("h", Some(self.token.expose())),
            ("to", Some(message.contact.address.exposed())),
            ("msg", Some(text)),
            ("unicode", unicode),
            ("from", self.from.as_deref()),
            // What a footer adds would come after the line that binds the code to our host.
            ("nofooter", Some("1")),
        ];
        ask::post_form(&self.send, None, &pairs)
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        if !answer.status().is_success() {
            return Err(Failure { wait: retry_after(answer), ..Class::of_status(answer.status()).into() });
        }
        let body = said::<Value>(answer).unwrap_or_default();
        // Of a message, or of the request as a whole.
        let one = if body["data"][0].is_object() { &body["data"][0] } else { &body };
        let number = ask::number(one.get("error"));
        let class = match number {
            Some(0) => {
                let reference = ask::word(one.get("smslog_id"));
                return Ok(Accepted { reference, price: None });
            }
            // 100 to 102 who asks, 104 to 106 what is missing, 201 nothing to send.
            Some(100..=102 | 104..=106 | 201) => Class::Config,
            Some(103) => Class::Funds,
            Some(200) => Class::Transient,
            Some(_) => Class::Config,
            None => Class::Ambiguous,
        };
        Err(Failure { class, number, wait: None })
    }

    fn probe(&self, _now: Wall) -> Option<Request> {
        let pairs = [("u", Some(self.username.as_str())), ("h", Some(self.token.expose()))];
        Some(ask::post_form(&self.credit, None, &pairs))
    }

    /// What its credit is counted in, it does not say.
    fn probed(&self, answer: &Response) -> Result<Standing, String> {
        let number = said::<Value>(answer).and_then(|body| ask::number(body.get("error")));
        match (answer.status().as_u16(), number) {
            (200, Some(0)) => Ok(Standing::default()),
            (200, Some(number)) => Err(format!("playSMS answers with error {number}")),
            (200, None) => Err("what answers is not playSMS".to_owned()),
            (status, _) => Err(format!("playSMS answers with status {status}")),
        }
    }
}

#[cfg(test)]
#[path = "playsms/tests.rs"]
mod tests;
