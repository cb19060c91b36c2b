//! Providers that make codes and check them: what they are asked, and what their answers mean.

use std::time::Duration;

use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Uri};
use bytes::Bytes;

use super::kind::{Key, Need, Shape};
use super::{Provider, Request, Response};
use crate::delivery::Message;
use crate::delivery::outcome::{Failure, Outcome};
use crate::domain::code::Code;
use crate::gate::seams::World;
use crate::net::Door;

/// How many digits the vendor's codes have.
pub const LENGTH: Key = Key { name: "length", shape: Shape::Whole(4, 10), need: Need::Default("6"), like: "6" };

/// A provider whose codes are its own: digits, so many of them. Pure: what goes out, and what an answer means.
pub trait Maker: Send + Sync + 'static {
    /// Digits of a code.
    fn length(&self) -> usize;

    /// How long a code holds at least.
    fn life(&self) -> Duration;

    /// How many entries it judges for one code.
    fn tries(&self) -> u8;

    /// Makes a code and sends it.
    fn begin(&self, message: &Message) -> Request;

    /// What became of that. Whoever took the message has named what it began.
    fn begun(&self, answer: &Response) -> Outcome;

    /// What was begun before and keeps a further message from being sent, if that is why it did not send one.
    fn in_the_way(&self, _answer: &Response) -> Option<String> {
        None
    }

    /// Asks whether this is the code of what it calls `reference`.
    fn check(&self, reference: &str, entry: &Code) -> Request;

    /// What it says of the entry. Right only by a word that cannot mean anything else, about this very reference.
    fn checked(&self, reference: &str, answer: &Response) -> Checked;

    /// Ends what it calls `reference`; `None` where there is no such request.
    fn cancel(&self, _reference: &str) -> Option<Request> {
        None
    }
}

/// What an answer to [`Maker::check`] means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    Right,
    Wrong,
    /// Expired, used, or asked too often.
    Over,
    Failed(Failure),
}

impl Provider {
    /// Has a code made and sent. A person who asks once more gets a message: what is in the way of it is ended first. For the
    /// first message of a challenge the provider's own answer is taken, because the code that is under way may be the one of
    /// an answer that was lost.
    pub(super) async fn begin(
        &self,
        maker: &dyn Maker,
        message: &Message,
        door: &Door,
        world: &dyn World,
        end: Duration,
    ) -> Outcome {
        let answer = self.ask(maker.begin(message), door, world, end).await?;
        let before = maker.in_the_way(&answer).filter(|_| message.send > 1);
        match before.and_then(|reference| maker.cancel(&reference)) {
            Some(cancel) => {
                self.ask(cancel, door, world, end).await?;
                maker.begun(&self.ask(maker.begin(message), door, world, end).await?)
            }
            None => maker.begun(&answer),
        }
    }
}

/// A body for an address, by POST.
pub(super) fn post(url: &Uri, authorization: &HeaderValue, kind: &'static str, body: String) -> Request {
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.clone();
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, authorization.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    request
}

/// Whether a provider's own name for something can stand in a URL's path as it is, and is not absurd.
pub(super) fn is_plain_name(reference: &str) -> bool {
    (1..=64).contains(&reference.len()) && reference.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
