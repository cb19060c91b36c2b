//! TBD
use super::*;
impl Gate { pub async fn logout(&self, _caller: &Caller) -> Result<(), Refusal> { Ok(()) } }
