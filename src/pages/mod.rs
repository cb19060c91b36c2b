//! TBD
pub mod cookies;
pub mod face;
pub mod settings;
pub use face::Face;
pub use settings::Settings;
pub struct Desk;
impl Desk {
    pub fn new(_gate: std::sync::Arc<crate::gate::Gate>, _settings: Settings) -> Desk { Desk }
    pub async fn serve(&self, _c: &crate::gate::Caller, _r: &http::Request<bytes::Bytes>) -> http::Response<bytes::Bytes> { Default::default() }
    pub fn refuse(&self, _f: &Face, _r: crate::domain::refusal::Refusal) -> http::Response<bytes::Bytes> { Default::default() }
    pub fn challenge(&self, _f: &Face, _m: &str, _t: &str, _s: &crate::domain::scope::Scope) -> http::Response<bytes::Bytes> { Default::default() }
}
