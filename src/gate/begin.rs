//! TBD
use super::*;
impl Gate { pub async fn begin(&self, _caller: &Caller, _wish: Wish) -> Result<Begun, Refusal> { Err(Refusal::Outage) } }
