//! TBD
use super::*;
impl Gate { pub async fn resend(&self, _caller: &Caller, _id: &ChallengeId, _channel: Option<&str>) -> Result<View, Refusal> { Err(Refusal::Outage) }
 /// Takes in how message number `send` fared.
 pub async fn settle(&self, _id: &ChallengeId, _send: u8, _outcome: Result<(), &'static str>) {} }
