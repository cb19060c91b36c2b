//! Delivery receipts: what providers report about messages that they took. Machines send them, so what proves their origin
//! is the provider's signature.

use bytes::Bytes;
use http::{Request, Response};

use crate::domain::refusal::Refusal;
use crate::gate::Caller;

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
        if let Some(outcome) = report.fate.outcome() {
            desk.metrics.delivered(provider, outcome);
        }
        desk.receipts.take_in(&desk.gate, provider, report).await?;
    }
    Ok(match heard.answer {
        Some((media, body)) => answer::text(&caller.request, media, body),
        None => answer::no_content(&caller.request),
    })
}
