//! AWS SNS `Publish` to a number, the older way: no validity, no receipts. [`aws`](super::aws) is the newer one.

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderValue, Method, Uri};
use bytes::Bytes;
use url::form_urlencoded::Serializer;

use super::aws::sigv4::Credentials;
use super::aws::{ACCESS_KEY, MAX_PRICE, REGION, SECRET_KEY, SESSION_TOKEN};
use super::kind::{Given, Key, Kind, Made, Need, Shape, Vendor};
use super::{ProviderFault, Request, Response, endpoint, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::time::Wall;

pub const KIND: Kind = Kind {
    name: "sns",
    channels: &[Channel::Sms],
    keys: &[
        REGION,
        ACCESS_KEY,
        SECRET_KEY,
        SESSION_TOKEN,
        Key { name: "sender_id", shape: Shape::Text(11), need: Need::Optional, like: "\"HOSPITAL\"" },
        Key {
            name: "message_type",
            shape: Shape::Choice(&["Transactional", "Promotional"]),
            need: Need::Default("Transactional"),
            like: "\"Transactional\"",
        },
        MAX_PRICE,
        Key {
            name: "base_url",
            shape: Shape::Origin,
            need: Need::Optional,
            like: "\"https://sns.ap-northeast-1.amazonaws.com\"",
        },
    ],
    make: |given, site| Ok(Made::Vendor(Box::new(Sns::new(given, site)?))),
};

pub struct Sns {
    url: Uri,
    credentials: Credentials,
    /// Names, types and values.
    attributes: Vec<(&'static str, &'static str, String)>,
}

impl Sns {
    pub fn new(given: &Given, _: &Site) -> Result<Sns, ProviderFault> {
        let default = format!("https://sns.{}.amazonaws.com", given.text("region")?);
        let base_url = given.get("base_url").unwrap_or(&default).trim_end_matches('/');
        let kind = given.get("message_type").unwrap_or("Transactional");
        let mut attributes = vec![("AWS.SNS.SMS.SMSType", "String", kind.to_owned())];
        if let Some(sender) = given.get("sender_id") {
            let name = (3..=11).contains(&sender.len()) && sender.bytes().all(|b| b.is_ascii_alphanumeric());
            if !name || !sender.bytes().any(|b| b.is_ascii_alphabetic()) {
                let text = "a sender is 3 to 11 letters and digits, at least one of them a letter";
                return Err(ProviderFault::of("sender_id", text));
            }
            attributes.push(("AWS.SNS.SMS.SenderID", "String", sender.to_owned()));
        }
        if let Some(price) = given.get("max_price") {
            if !price.parse::<f32>().is_ok_and(|price| price > 0.0 && price < 100.0) {
                return Err(ProviderFault::of("max_price", "a price in US dollars, such as \"0.10\""));
            }
            attributes.push(("AWS.SNS.SMS.MaxPrice", "Number", price.to_owned()));
        }
        let credentials = Credentials::read(given, "sns")?;
        Ok(Sns { url: endpoint(&format!("{base_url}/"))?, credentials, attributes })
    }
}

impl Vendor for Sns {
    fn request(&self, message: &Message, now: Wall) -> Request {
        let mut form = Serializer::new(String::new());
        form.append_pair("Action", "Publish").append_pair("Version", "2010-03-31");
        form.append_pair("PhoneNumber", message.contact.address.exposed());
        form.append_pair("Message", message.text.expose());
        for (index, (name, kind, value)) in self.attributes.iter().enumerate() {
            let entry = format!("MessageAttributes.entry.{}", index + 1);
            form.append_pair(&format!("{entry}.Name"), name);
            form.append_pair(&format!("{entry}.Value.DataType"), kind);
            form.append_pair(&format!("{entry}.Value.StringValue"), value);
        }
        let mut request = Request::new(Bytes::from(form.finish()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let media = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
        request.headers_mut().insert(CONTENT_TYPE, media);
        self.credentials.sign(&mut request, now);
        request
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let body = std::str::from_utf8(answer.body()).unwrap_or_default();
        if answer.status().is_success() {
            let reference = element(body, "MessageId").filter(|_| body.contains("<PublishResponse"));
            let taken = |id: &str| Ok(Accepted { reference: Some(id.to_owned()), price: None });
            // A success that names no message is not the documented one.
            return reference.map_or(Err(Class::Ambiguous.into()), taken);
        }
        let class = element(body, "Code").and_then(class_of).unwrap_or(Class::of_status(answer.status()));
        Err(Failure { class, number: None, wait: retry_after(answer) })
    }
}

fn class_of(code: &str) -> Option<Class> {
    Some(match code {
        "InvalidParameter" | "ParameterValueInvalid" => Class::RecipientPermanent,
        "EndpointDisabled" | "AuthorizationError" | "NotFound" | "InvalidClientTokenId" | "SignatureDoesNotMatch" => {
            Class::Config
        }
        "Throttled" | "Throttling" => Class::Throttle,
        "InternalError" => Class::Ambiguous,
        _ => return None,
    })
}

/// The text of the first element of this name that holds nothing but text.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, rest) = rest.split_once('<')?;
    let closed = rest.strip_prefix('/')?.strip_prefix(name)?.starts_with('>');
    Some(text.trim()).filter(|text| closed && !text.is_empty())
}

#[cfg(test)]
#[path = "sns/tests.rs"]
mod tests;
