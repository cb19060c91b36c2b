//! TBD
pub struct Ledger;
