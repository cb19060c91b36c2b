//! Delivery receipts: what providers report about messages that they took. Machines send them, so what proves their origin
//! is the provider's signature.

use bytes::Bytes;
use http::{Method, Request, Response};

use crate::delivery::receipts::{Fate, Report};
use crate::domain::refusal::Refusal;
use crate::gate::Caller;

use super::form::{Media, media};
use super::{Desk, answer};

/// Takes in a report: counts it, and shows a message that will not arrive as failed. Opens and closes nothing.
pub async fn take_in(
    desk: &Desk,
    caller: &Caller,
    provider: &str,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let Some(Report { about, fate }) = desk.receipts.read(provider, request) else {
        tracing::warn!(provider, request = %caller.request, "a delivery receipt was not signed by the provider");
        return Err(Refusal::Denied);
    };
    if request.method() == Method::POST && media(request)? != Media::Form {
        return Err(Refusal::BodyType);
    }
    let challenge = about.as_ref().map(|(challenge, _)| challenge.as_str());
    tracing::info!(provider, challenge, ?fate, request = %caller.request, "a provider reported how a message fared");
    if let (Fate::Lost(class), Some((challenge, send))) = (fate, &about) {
        desk.gate.bounce(challenge, *send, class).await?;
    }
    if let Some(outcome) = fate.outcome() {
        desk.metrics.delivered(provider, outcome);
    }
    Ok(answer::no_content(&caller.request))
}
