//! EngageLab SMS, a product beside its OTP: templates of the kinds `utility` and `marketing`, our tag handed back.

use bytes::Bytes;
use serde_json::json;

use super::engagelab::callback::Callbacks;
use super::engagelab::{Account, Params, SECRET, is_template, outcome};
use super::kind::{Given, Heard, Key, Kind, Made, Need, Shape, Vendor};
use super::languages::PerLanguage;
use super::{ProviderFault, Request, Response};
use crate::delivery::Message;
use crate::delivery::outcome::{Class, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

/// Under which our tag goes out and comes back.
const TAG: &str = "sekisho";

pub const KIND: Kind = Kind {
    name: "engagelab-sms",
    channels: &[Channel::Sms],
    keys: &[
        Key { name: "dev_key", shape: Shape::Text(128), need: Need::Required, like: "\"0a1b2c…\"" },
        Key { name: "dev_secret", shape: Shape::Secret, need: Need::Required, like: SECRET },
        Key { name: "template", shape: Shape::Text(600), need: Need::Required, like: "\"hospital_login\"" },
        Key { name: "params", shape: Shape::Text(1000), need: Need::Required, like: "'{\"code\":\"{code}\"}'" },
        Key { name: "callback_authorization", shape: Shape::Secret, need: Need::Optional, like: SECRET },
        Key { name: "callback_secret", shape: Shape::Secret, need: Need::Optional, like: SECRET },
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Default("https://smsapi.engagelab.com"),
            like: "\"https://smsapi.engagelab.com\"",
        },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(EngageLabSms::new(given, site)?))),
};

pub struct EngageLabSms {
    account: Account,
    templates: PerLanguage,
    params: Params,
    callbacks: Callbacks,
    site: Site,
}

impl EngageLabSms {
    pub fn new(given: &Given, site: &Site) -> Result<EngageLabSms, ProviderFault> {
        if !given.text("params")?.contains("{code}") {
            return Err(ProviderFault::of("params", "`params` lacks `{code}`, so no code would be told"));
        }
        Ok(EngageLabSms {
            account: Account::read(given, "/v1/messages")?,
            templates: PerLanguage::read("template", given.text("template")?, "\"hospital_login\"", is_template)?,
            params: Params::read(given)?,
            callbacks: Callbacks::read(given).with_tag(TAG),
            site: site.clone(),
        })
    }
}

impl Vendor for EngageLabSms {
    fn request(&self, message: &Message, _now: Wall) -> Request {
        self.account.ask(&json!({
            "to": [message.contact.address.exposed()],
            "template": {"id": self.templates.of(message.locale), "params": self.params.fill(message)},
            "custom_args": {TAG: self.site.tag(message)},
        }))
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let accepted = outcome(answer)?;
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        // A plan was made, and our only message is not in it.
        if body["accepted_count"] == 0 { Err(Class::Config.into()) } else { Ok(accepted) }
    }

    fn reports(&self) -> bool {
        true
    }

    fn longest_report(&self) -> usize {
        self.callbacks.longest()
    }

    fn read(&self, request: &::http::Request<Bytes>, now: Wall) -> Option<Heard> {
        self.callbacks.hear(request, &self.site, now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, given, message};
    use super::*;
    use crate::delivery::outcome::Accepted;
    use crate::delivery::postmark::tests::site;

    fn make(params: &str) -> Result<EngageLabSms, ProviderFault> {
        let keys = [
            ("dev_key", "key"),
            ("dev_secret", "s3cret"),
            ("template", "hosp_login"),
            ("params", params),
            ("base_url", "https://smsapi.engagelab.com"),
        ];
        EngageLabSms::new(&given(&keys, &["dev_secret"]), &site(Channel::Sms, "engagelab-sms"))
    }

    #[test]
    fn the_request_is_the_documented_one() {
        let vendor = make(r#"{"code":"{code}","minutes":"{minutes}"}"#).expect("good settings");
        let request = vendor.request(&message(), Wall(0));
        assert_eq!(request.uri().to_string(), "https://smsapi.engagelab.com/v1/messages");
        let expected = json!({
            "to": ["+819012345678"],
            "template": {"id": "hosp_login", "params": {"code": "482913", "minutes": "5"}},
            "custom_args": {"sekisho": site(Channel::Sms, "engagelab-sms").tag(&message())},
        });
        assert_eq!(serde_json::from_slice::<serde_json::Value>(request.body()).expect("JSON"), expected);
    }

    #[test]
    fn a_template_without_the_code_is_refused() {
        assert_eq!(make("{}").map(|_| ()).map_err(|fault| fault.key), Err(Some("params")));
        assert_eq!(make("{code}").map(|_| ()).map_err(|fault| fault.key), Err(Some("params")));
    }

    #[test]
    fn answers_are_read_as_documented() {
        let vendor = make(r#"{"code":"{code}"}"#).expect("good settings");
        let body = r#"{"plan_id":"p","total_count":1,"accepted_count":1,"message_id":"900"}"#;
        let taken = Accepted { reference: Some("900".to_owned()), price: None };
        assert_eq!(vendor.outcome(&answer(200, &[], body)), Ok(taken));
        let none = r#"{"plan_id":"p","total_count":1,"accepted_count":0}"#;
        assert_eq!(vendor.outcome(&answer(200, &[], none)).map_err(|f| f.class), Err(Class::Config));
        let refused = vendor.outcome(&answer(400, &[], r#"{"code":3004,"message":"again"}"#));
        assert_eq!(refused.map_err(|f| f.class), Err(Class::Throttle));
    }
}
