//! The providers: vendors with an API, lines that keep a connection of their own, and two that need no network.

pub mod amount;
pub mod aossms;
pub mod ask;
pub mod aws;
pub mod console;
pub mod engagelab;
pub mod engagelab_sms;
pub mod engagelab_verify;
pub mod file;
pub mod gammu;
pub mod http;
pub mod infobip;
pub mod jwt;
pub mod kannel;
pub mod karaden;
pub mod kind;
pub mod languages;
pub mod making;
pub mod messagebird;
pub mod meta;
pub mod playsms;
pub mod plivo;
pub mod sinch;
pub mod smpp;
pub mod smtp;
pub mod sns;
pub mod telesign;
pub mod telnyx;
pub mod twilio;
pub mod twilio_verify;
pub mod vonage;
pub mod vonage_messages;
pub mod vonage_verify;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::Message;
use super::health::Health;
use super::outcome::{Class, Failure, Outcome};
use super::postmark::Site;
use super::settings::{self, Settings, With};
use crate::domain::contact::Channel;
use crate::domain::time::Wall;
use crate::gate::seams::World;
use crate::net::{Door, NetError};
use kind::{Heard, Line, Made, Vendor};
use making::Maker;

/// A provider's settings cannot work; the text is for the operator and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ProviderFault {
    /// The key that it is about, where it is about one.
    pub key: Option<&'static str>,
    pub text: String,
}

impl ProviderFault {
    pub fn of(key: &'static str, text: impl Into<String>) -> ProviderFault {
        ProviderFault { key: Some(key), text: text.into() }
    }
}

fn fault<T>(text: impl Into<String>) -> Result<T, ProviderFault> {
    Err(ProviderFault { key: None, text: text.into() })
}

/// Every provider, by channel, each in the order in which they are tried.
#[derive(Clone, Default)]
pub struct Providers(BTreeMap<Channel, Vec<Arc<Provider>>>);

impl Providers {
    /// `secret` marks the addresses that reports are sent to ([`Site`]); all nodes share it.
    pub fn new(settings: &Settings, secret: &[u8; 32]) -> Result<Providers, ProviderFault> {
        let report_to = settings.report_to();
        let one = |channel: Channel, each: &settings::Provider| {
            let site = Site::new(channel, &each.name, &settings.public_url, report_to.clone(), secret);
            Provider::new(each, site).map(Arc::new)
        };
        let channel = |(channel, each): (&Channel, &Vec<settings::Provider>)| {
            Ok((*channel, each.iter().map(|each| one(*channel, each)).collect::<Result<_, _>>()?))
        };
        settings.providers.iter().map(channel).collect::<Result<_, _>>().map(Providers)
    }

    pub fn of(&self, channel: Channel) -> &[Arc<Provider>] {
        self.0.get(&channel).map_or(&[], Vec::as_slice)
    }

    pub fn all(&self) -> impl Iterator<Item = (Channel, &Arc<Provider>)> {
        self.0.iter().flat_map(|(channel, all)| all.iter().map(|each| (*channel, each)))
    }
}

/// One way to hand over a message, ready for use.
pub struct Provider {
    /// As logs, metrics and the audit call it.
    pub name: Arc<str>,
    pub settings: settings::Provider,
    pub health: Health,
    with: Ready,
}

pub(super) enum Ready {
    Console(Option<file::File>),
    File(file::File),
    Http(http::Http),
    Vendor(Box<dyn Vendor>),
    Maker(Box<dyn Maker>),
    Line(Arc<dyn Line>),
}

impl Provider {
    /// Checks the settings as far as that goes without asking anybody.
    pub fn new(settings: &settings::Provider, site: Site) -> Result<Provider, ProviderFault> {
        let with = match &settings.with {
            With::Console { copy } => Ready::Console(copy.as_deref().map(file::File::new)),
            With::File { path } => Ready::File(file::File::new(path)),
            With::Http(http) => Ready::Http(http::Http::new(http)?),
            With::Kind(kind, given) => match (kind.make)(given, &site)? {
                Made::Vendor(vendor) => Ready::Vendor(vendor),
                Made::Maker(maker) => Ready::Maker(maker),
                Made::Line(line) => Ready::Line(line),
            },
        };
        let health = Health::new(settings.rate);
        Ok(Provider { name: settings.name.as_str().into(), settings: settings.clone(), health, with })
    }

    pub(super) fn ready(&self) -> &Ready {
        &self.with
    }

    pub fn vendor(&self) -> Option<&dyn Vendor> {
        match &self.with {
            Ready::Vendor(vendor) => Some(vendor.as_ref()),
            _ => None,
        }
    }

    pub fn maker(&self) -> Option<&dyn Maker> {
        match &self.with {
            Ready::Maker(maker) => Some(maker.as_ref()),
            _ => None,
        }
    }

    pub fn line(&self) -> Option<&Arc<dyn Line>> {
        match &self.with {
            Ready::Line(line) => Some(line),
            _ => None,
        }
    }

    /// The vendor, where it may report from this address.
    pub fn reporter(&self, from: IpAddr) -> Option<&dyn Vendor> {
        let nets = &self.settings.receipts_from;
        let from = from.to_canonical();
        let allowed = nets.is_empty() || nets.iter().any(|net| net.contains(&from));
        self.vendor().filter(|_| allowed)
    }

    /// What a request to its receipts endpoint reports; `None` unless it is proven that the vendor sent it.
    pub fn read(&self, request: &::http::Request<bytes::Bytes>, from: IpAddr, now: Wall) -> Option<Heard> {
        self.reporter(from)?.read(request, now)
    }

    /// Makes one attempt, and is back by `end` on the monotonic clock.
    pub async fn deliver(&self, message: &Message, door: &Door, world: &dyn World, end: Duration) -> Outcome {
        // A message without a code is for whoever makes one, and for nobody else.
        if message.code.expose().is_empty() != self.maker().is_some() {
            return Err(Class::Config.into());
        }
        match &self.with {
            Ready::Maker(maker) => self.begin(maker.as_ref(), message, door, world, end).await,
            Ready::Console(copy) => {
                if let Some(copy) = copy {
                    local(world, end, copy.append(file::line(message, world.wall()))).await?;
                }
                local(world, end, console::print(console::line(message))).await
            }
            Ready::File(file) => local(world, end, file.append(file::line(message, world.wall()))).await,
            Ready::Http(http) => http.outcome(&self.ask(http.request(message), door, world, end).await?),
            Ready::Vendor(vendor) => {
                vendor.outcome(&self.ask(vendor.request(message, world.wall()), door, world, end).await?)
            }
            Ready::Line(line) => line.deliver(message, world, end).await,
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
pub(in crate::delivery) fn endpoint(url: &str) -> Result<::http::Uri, ProviderFault> {
    let Ok(parsed) = url::Url::parse(url) else { return fault("the URL is none") };
    if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
        return fault("the URL must begin with http:// or https://");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return fault("credentials do not belong into the URL; give them as a header");
    }
    parsed.as_str().parse().or_else(|_| fault("the URL is none"))
}

pub(in crate::delivery) fn header_value(text: &str) -> Result<::http::HeaderValue, ProviderFault> {
    let mut value = ::http::HeaderValue::from_str(text)
        .or_else(|_| fault("a header's value has characters that no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::contact::{Address, Contact, Phone, Region};
    use crate::domain::id::ChallengeId;
    use crate::domain::locale::Locale;
    use crate::domain::secret::Secret;

    /// `482913` to a Japanese mobile, with a text that is hard to quote.
    pub(in crate::delivery) fn message() -> Message {
        let region = Region::parse("JP").expect("a region");
        let phone = Phone::parse("090-1234-5678", region).expect("a number");
        Message {
            challenge: ChallengeId::from_random([7; 16]),
            send: 2,
            contact: Contact { channel: Channel::Sms, address: Address::Phone(phone) },
            text: Secret::new(
                "482913 が\"中央\\病院\"の & {code}=コード 100%\n\n@records.example.jp #482913".to_owned(),
            ),
            locale: Locale::Ja,
            subject: None,
            prompt: None,
            code: Secret::new("482913".to_owned()),
            life: Duration::from_millis(299_900),
        }
    }

    /// What a provider is configured with; the secrets are those whose keys `secrets` names.
    pub(in crate::delivery) fn given(pairs: &[(&'static str, &str)], secrets: &[&str]) -> kind::Given {
        let mut given = kind::Given::default();
        for (key, value) in pairs {
            match secrets.contains(key) {
                true => drop(given.secrets.insert(key, Secret::new((*value).to_owned()))),
                false => drop(given.texts.insert(key, (*value).to_owned())),
            }
        }
        given
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
            assert!(!fault.text.contains("u:p"), "{fault}");
        }
    }
}
