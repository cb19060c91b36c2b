//! Delivery receipts: what providers report about messages that they took. Machines send them, so what proves their origin
//! is the provider's signature.

use bytes::Bytes;
use http::{Request, Response};

use crate::delivery::Class;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::refusal::Refusal;
use crate::gate::Caller;
use crate::gate::fall_back::Why;

use super::{Desk, answer};

/// Takes in a report: counts it, and shows a message that will not arrive as failed. Opens and closes nothing.
pub async fn take_in(
    desk: &Desk,
    caller: &Caller,
    provider: &str,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let Some(heard) = desk.receipts.read(provider, request, caller.client, desk.gate.now()) else {
        tracing::warn!(provider, request = %caller.request, "a delivery receipt was not proven to be the provider's");
        return Err(Refusal::Denied);
    };
    for report in heard.reports {
        take_in_one(desk, caller, provider, report).await?;
    }
    Ok(match heard.answer {
        Some((media, body)) => answer::text(&caller.request, media, body),
        None => answer::no_content(&caller.request),
    })
}

async fn take_in_one(desk: &Desk, caller: &Caller, provider: &str, report: Report) -> Result<(), Refusal> {
    let Report { about, fate, .. } = report;
    let challenge = about.as_ref().map(|(challenge, _)| challenge.as_str());
    tracing::info!(provider, challenge, ?fate, request = %caller.request, "a provider reported how a message fared");
    match (fate, &about) {
        (Fate::Lost(class), Some((challenge, send))) => {
            desk.gate.bounce(challenge, *send, class).await?;
            let why = Class::named(class).map_or(Some(Why::Failed), Class::falls_back).unwrap_or(Why::Failed);
            desk.gate.fall_back(challenge, *send, why).await?;
        }
        (Fate::Delivered, Some((challenge, send))) => desk.gate.arrived(challenge, *send).await?,
        _ => {}
    }
    if let Some(outcome) = fate.outcome() {
        desk.metrics.delivered(provider, outcome);
    }
    Ok(())
}
