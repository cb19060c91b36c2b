//! Asks providers how we stand with them. Sends no message.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Uri};

use super::Message;
use super::provider::kind::Standing;
use super::provider::{Provider, Ready};
use crate::domain::contact::{Address, Channel, Contact, Mail, Phone, Region};
use crate::domain::id::ChallengeId;
use crate::domain::locale::Locale;
use crate::domain::secret::Secret;
use crate::gate::seams::World;
use crate::net::Door;

/// What a look at a provider came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Our credentials are good.
    Good(Standing),
    /// Somebody answers there; whether our credentials are good cannot be asked without sending a message.
    Answers,
    /// There is nobody to be asked.
    Here,
    /// The error is for the operator.
    Bad(String),
}

impl Provider {
    /// Looks at it, as a provider of this channel, and is back by `end` on the monotonic clock.
    pub async fn look(&self, channel: Channel, door: &Door, world: &dyn World, end: Duration) -> Look {
        match self.ready() {
            Ready::Console(_) => Look::Here,
            Ready::File(file) => match file.is_writable() {
                Ok(()) => Look::Here,
                Err(error) => Look::Bad(format!("the file cannot be written: {error}")),
            },
            Ready::Line(line) => tokio::select! {
                found = line.probe(world, end) => found.map_or_else(Look::Bad, Look::Good),
                () = world.sleep_until(end) => Look::Bad("no answer in time".to_owned()),
            },
            Ready::Http(http) => {
                let uri = sample(channel).map(|message| http.request(&message).uri().clone());
                reach(uri, door, world, end).await
            }
            Ready::Maker(maker) => {
                let uri = sample(channel).map(|message| maker.begin(&message).uri().clone());
                reach(uri, door, world, end).await
            }
            Ready::Vendor(vendor) => {
                let Some(request) = vendor.probe(world.wall()) else {
                    let uri = sample(channel).map(|message| vendor.request(&message, world.wall()).uri().clone());
                    return reach(uri, door, world, end).await;
                };
                match door.send(request, end.saturating_sub(world.mono())).await {
                    Ok(answer) => vendor.probed(&answer).map_or_else(Look::Bad, Look::Good),
                    Err(error) => Look::Bad(error.to_string()),
                }
            }
        }
    }
}

/// Whether anybody answers at all: name, connection and, over https, a good certificate.
async fn reach(uri: Option<Uri>, door: &Door, world: &dyn World, end: Duration) -> Look {
    let Some(origin) = uri.and_then(origin) else { return Look::Bad("it has no address".to_owned()) };
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = Method::HEAD;
    *request.uri_mut() = origin;
    match door.send(request, end.saturating_sub(world.mono())).await {
        Ok(_) => Look::Answers,
        Err(error) => Look::Bad(error.to_string()),
    }
}

fn origin(uri: Uri) -> Option<Uri> {
    let parts = uri.into_parts();
    Uri::builder().scheme(parts.scheme?).authority(parts.authority?).path_and_query("/").build().ok()
}

/// A message that never goes out: only the address of a request for it is looked at.
fn sample(channel: Channel) -> Option<Message> {
    let address = match channel {
        Channel::Email => Address::Mail(Mail::parse("nobody@example.org")?),
        _ => Address::Phone(Phone::parse("+819012345678", Region::parse("JP")?).ok()?),
    };
    Some(Message {
        challenge: ChallengeId::from_random([0; 16]),
        send: 1,
        contact: Contact { channel, address },
        locale: Locale::En,
        text: Secret::new(String::new()),
        subject: None,
        prompt: None,
        code: Secret::new("000000".to_owned()),
        life: Duration::from_secs(60),
    })
}
