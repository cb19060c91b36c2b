//! TBD
pub struct Mint;
