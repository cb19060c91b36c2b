//! Twilio Lookup v2, `GET {base_url}/v2/PhoneNumbers/{number}?Fields=sim_swap`.
//!
//! Its answer names the day of the last change where the carrier tells it, else only whether one lies within the period that
//! the account is set up with. The day decides where there is one.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, StatusCode, Uri};
use serde::Deserialize;

use super::{NoAnswer, Request, Response, TwilioSettings};
use crate::delivery::provider::{ProviderFault, endpoint, header_value};
use crate::domain::contact::Phone;
use crate::domain::time::Wall;

pub struct Lookup {
    base_url: String,
    authorization: HeaderValue,
    within: Duration,
}

impl Lookup {
    pub fn new(settings: &TwilioSettings, within: Duration) -> Result<Lookup, ProviderFault> {
        let base_url = settings.base_url.trim_end_matches('/').to_owned();
        endpoint(&base_url)?;
        let credentials = STANDARD.encode(format!("{}:{}", settings.account, settings.token.expose()));
        Ok(Lookup { base_url, authorization: header_value(&format!("Basic {credentials}"))?, within })
    }

    pub fn request(&self, phone: &Phone) -> Request {
        let mut request = Request::new(Bytes::new());
        let number = phone.e164().trim_start_matches('+');
        let url = format!("{}/v2/PhoneNumbers/%2B{number}?Fields=sim_swap", self.base_url);
        // The base was checked, and digits are left.
        *request.uri_mut() = url.parse().unwrap_or_else(|_| Uri::from_static("/"));
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request
    }

    /// Whether the SIM card was changed within the time.
    pub fn swapped(&self, answer: &Response, now: Wall) -> Result<bool, NoAnswer> {
        if answer.status() != StatusCode::OK {
            return NoAnswer::of(format!("the lookup answered {}", answer.status().as_u16()));
        }
        let body: Body = serde_json::from_slice(answer.body()).unwrap_or_default();
        let Some(found) = body.sim_swap else { return NoAnswer::of("the lookup's answer has no `sim_swap`") };
        if let Some(code) = found.error_code {
            return NoAnswer::of(format!("the lookup could not tell: error {code}"));
        }
        let last = found.last_sim_swap.unwrap_or_default();
        match (last.last_sim_swap_date, last.swapped_in_period) {
            (Some(date), in_period) => match Wall::from_rfc3339(&date) {
                Some(date) => Ok(date > now.minus(self.within)),
                None if in_period == Some(true) => Ok(true),
                None => NoAnswer::of("the lookup's answer has a date that is none"),
            },
            (None, Some(in_period)) => Ok(in_period),
            (None, None) => NoAnswer::of("the lookup's answer does not say when the SIM card was changed"),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    sim_swap: Option<Found>,
}

#[derive(Deserialize)]
struct Found {
    last_sim_swap: Option<Last>,
    error_code: Option<u32>,
}

#[derive(Deserialize, Default)]
struct Last {
    last_sim_swap_date: Option<String>,
    swapped_in_period: Option<bool>,
}
