//! Where state lives, under one contract. [`embedded`]: one SQLite file is the truth. [`redis`]: servers that any number of
//! gateways share. Rules live in `domain`: nothing here judges.

pub mod backup;
pub mod embedded;
pub mod emergency;
mod figures;
mod pen;
pub mod redis;
mod revoked;
mod schema;
pub mod settings;
pub mod turnstile;
mod work;

use std::sync::Arc;

use crate::gate::seams::{Store, StoreError, World};

pub use embedded::Embedded;
pub use redis::Redis;
pub use settings::Settings;
pub use turnstile::LocalTurnstile;

/// The store that is configured. Fails where it is set up wrongly for good; one that is merely away is waited for.
pub fn open(settings: &Settings, world: &Arc<dyn World>) -> Result<Arc<dyn Store>, StoreError> {
    match &settings.redis {
        None => Ok(Arc::new(Embedded::open(&settings.file)?)),
        Some(redis) => Ok(Arc::new(Redis::open(redis, world.clone())?)),
    }
}
