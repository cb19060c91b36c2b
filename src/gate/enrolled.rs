//! What a user has enrolled, read from the store and written back with the step that uses or changes it.

use crate::domain::enrolment::Enrolments;
use crate::domain::id::UserId;
use crate::domain::refusal::Refusal;

use super::Gate;
use super::seams::{Sealed, Seen};

impl Gate {
    /// What the user has enrolled. A record that cannot be opened or read is an outage: taken for nothing, it would be
    /// written over.
    pub async fn enrolled(&self, user: &UserId) -> Result<Seen<Enrolments>, Refusal> {
        let seen = self.store.enrolments(user).await.map_err(|e| self.outage(&e))?;
        if seen.version == 0 {
            return Ok(Seen { value: Enrolments::default(), version: 0 });
        }
        let clear = self.seals.open_enrolments(user, &seen.value);
        let value = clear.and_then(|clear| serde_json::from_slice(&clear).ok()).ok_or_else(|| {
            tracing::error!("what a user enrolled cannot be read; was it written with another key file?");
            Refusal::Outage
        })?;
        Ok(Seen { value, version: seen.version })
    }

    /// The same for a [`Step`](super::seams::Step), to be written over the version that was read.
    pub fn sealed_enrolments(&self, user: &UserId, seen: &Seen<Enrolments>) -> Result<(UserId, Seen<Sealed>), Refusal> {
        let clear = serde_json::to_vec(&seen.value).map_err(|e| self.outage(&e))?;
        let value = self.seals.seal_enrolments(self.world.as_ref(), user, &clear);
        Ok((user.clone(), Seen { value, version: seen.version }))
    }
}
