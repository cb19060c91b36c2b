//! The providers: vendors as pure pairs of `request` and `outcome`, and two that need no network.

pub mod console;
pub mod file;
pub mod http;
pub mod twilio;

use std::sync::Arc;
use std::time::Duration;

use super::Message;
use super::outcome::{Class, Failure, Outcome};
use super::settings;
use crate::gate::seams::World;
use crate::net::{Door, NetError};

/// A provider's settings cannot work; the text is for the operator and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProviderFault(pub String);

fn fault<T>(text: impl Into<String>) -> Result<T, ProviderFault> {
    Err(ProviderFault(text.into()))
}

/// One way to hand over a message, ready for use.
pub struct Provider {
    /// As logs, metrics and the audit call it.
    pub name: Arc<str>,
    kind: Kind,
}

enum Kind {
    Console(Option<file::File>),
    File(file::File),
    Twilio(twilio::Twilio),
    Http(http::Http),
}

impl Provider {
    /// Checks the settings as far as that goes without asking anybody. `report_to` is where providers that can do so are
    /// to report how messages fared.
    pub fn new(settings: &settings::Provider, report_to: Option<&str>) -> Result<Provider, ProviderFault> {
        let (name, kind) = match settings {
            settings::Provider::Console { copy } => ("console", Kind::Console(copy.as_deref().map(file::File::new))),
            settings::Provider::File { path } => ("file", Kind::File(file::File::new(path))),
            settings::Provider::Twilio(settings) => ("twilio", Kind::Twilio(twilio::Twilio::new(settings, report_to)?)),
            settings::Provider::Http(settings) => (settings.name.as_str(), Kind::Http(http::Http::new(settings)?)),
        };
        Ok(Provider { name: name.into(), kind })
    }

    /// Makes one attempt, and is back by `end` on the monotonic clock.
    pub async fn deliver(&self, message: &Message, door: &Door, world: &dyn World, end: Duration) -> Outcome {
        match &self.kind {
            Kind::Console(copy) => {
                if let Some(copy) = copy {
                    local(world, end, copy.append(file::line(message, world.wall()))).await?;
                }
                local(world, end, console::print(console::line(message))).await
            }
            Kind::File(file) => local(world, end, file.append(file::line(message, world.wall()))).await,
            Kind::Twilio(twilio) => twilio.outcome(&self.ask(twilio.request(message), door, world, end).await?),
            Kind::Http(http) => http.outcome(&self.ask(http.request(message), door, world, end).await?),
        }
    }

    async fn ask(&self, request: Request, door: &Door, world: &dyn World, end: Duration) -> Result<Response, Failure> {
        door.send(request, end.saturating_sub(world.mono())).await.map_err(|error| {
            tracing::warn!(provider = %self.name, %error, "a provider gave no answer");
            match error {
                NetError::Refused(_) => Class::Transient.into(),
                NetError::Ambiguous(_) => Class::Ambiguous.into(),
            }
        })
    }
}

type Request = ::http::Request<bytes::Bytes>;
type Response = ::http::Response<bytes::Bytes>;

/// Writing can hang too: a full pipe, a network file system.
async fn local(world: &dyn World, end: Duration, write: impl Future<Output = Outcome>) -> Outcome {
    tokio::select! {
        outcome = write => outcome,
        () = world.sleep_until(end) => Err(Class::Ambiguous.into()),
    }
}

/// Runs a blocking write aside. What cannot be written is our own disk or terminal: nothing was sent, another provider
/// may help.
async fn aside(write: impl FnOnce() -> std::io::Result<()> + Send + 'static) -> Outcome {
    match tokio::task::spawn_blocking(write).await {
        Ok(Ok(())) => Ok(Default::default()),
        Ok(Err(error)) => {
            tracing::error!(%error, "a message cannot be written");
            Err(Class::Config.into())
        }
        Err(error) => {
            tracing::error!(%error, "writing a message came to a sudden end");
            Err(Class::Ambiguous.into())
        }
    }
}

/// Longer waits come to the same: not now.
const LONGEST_WAIT: u64 = 24 * 3600;

/// `Retry-After` in seconds (RFC 9110 §10.2.3); its other form, a date, would need to trust the vendor's clock.
fn retry_after(answer: &Response) -> Option<Duration> {
    let text = answer.headers().get(::http::header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(|seconds: u64| Duration::from_secs(seconds.min(LONGEST_WAIT)))
}

/// An absolute URL with a host, by http or https, and without credentials in it.
fn endpoint(url: &str) -> Result<::http::Uri, ProviderFault> {
    let Ok(parsed) = url::Url::parse(url) else { return fault("the URL is none") };
    if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
        return fault("the URL must begin with http:// or https://");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return fault("credentials do not belong into the URL; give them as a header");
    }
    parsed.as_str().parse().or_else(|_| fault("the URL is none"))
}

fn header_value(text: &str) -> Result<::http::HeaderValue, ProviderFault> {
    let mut value = ::http::HeaderValue::from_str(text)
        .or_else(|_| fault("a header's value has characters that no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::contact::{Channel, Contact, Phone, Region};
    use crate::domain::id::ChallengeId;
    use crate::domain::secret::Secret;

    /// `482913` to a Japanese mobile, with a text that is hard to quote.
    pub(in crate::delivery) fn message() -> Message {
        let region = Region::parse("JP").expect("a region");
        let phone = Phone::parse("090-1234-5678", region).expect("a number");
        Message {
            challenge: ChallengeId::from_random([7; 16]),
            send: 2,
            contact: Contact { channel: Channel::Sms, phone },
            text: Secret::new(
                "482913 が\"中央\\病院\"の & {code}=コード 100%\n\n@records.example.jp #482913".to_owned(),
            ),
            code: Secret::new("482913".to_owned()),
            life: Duration::from_millis(299_900),
        }
    }

    pub(super) fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
        let mut answer = ::http::Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        answer.body(bytes::Bytes::copy_from_slice(body.as_bytes())).expect("an answer")
    }

    #[test]
    fn an_endpoint_is_an_absolute_url_without_credentials() {
        assert!(endpoint("https://sms.example.jp/api?key=1").is_ok());
        for bad in
            ["", "sms.example.jp/api", "/api", "ftp://sms.example.jp/", "https://", "https://u:p@sms.example.jp/"]
        {
            let fault = endpoint(bad).expect_err(bad);
            assert!(!fault.0.contains("u:p"), "{fault}");
        }
    }
}
