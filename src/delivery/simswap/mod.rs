//! Whether the SIM card behind a number was changed lately, asked of whoever can know: a mobile operator that speaks CAMARA,
//! or Twilio Lookup. What was found out is remembered for minutes, under a keyed hash of the number, so that a message and its
//! repetitions cost one question.

mod camara;
mod memory;
mod twilio;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::domain::contact::Phone;
use crate::domain::secret::Secret;
use crate::gate::seams::{NumberCheck, Sim, World};
use crate::net::Door;
use camara::Camara;
use memory::Memory;
use twilio::Lookup;

use super::provider::ProviderFault;

/// A question that came to nothing is not asked again for so long: an API that is down must not hold up every message.
const AFTER_FAILURE: Duration = Duration::from_secs(15);

/// What is asked of whom, and what follows where there is no answer.
#[derive(Debug, Clone)]
pub struct Settings {
    pub with: With,
    /// A change before that is no news.
    pub within: Duration,
    pub on_error: OnError,
    /// For one question, its token included.
    pub deadline: Duration,
    /// How long an answer is good.
    pub remember: Duration,
}

#[derive(Debug, Clone)]
pub enum With {
    Camara(CamaraSettings),
    Twilio(TwilioSettings),
}

/// The check of CAMARA SIM Swap, with a token of OAuth 2.0 (client credentials).
#[derive(Debug, Clone)]
pub struct CamaraSettings {
    pub base_url: String,
    /// Of the check, below `base_url`.
    pub path: String,
    pub token_url: String,
    pub scope: String,
    pub client_id: String,
    pub client_secret: Secret<String>,
}

#[derive(Debug, Clone)]
pub struct TwilioSettings {
    pub base_url: String,
    pub account: String,
    pub token: Secret<String>,
}

/// What follows where it cannot be found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    Send,
    Refuse,
}

/// Why there is no answer; the text names no number and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

impl NoAnswer {
    fn of<T>(text: impl Into<String>) -> Result<T, NoAnswer> {
        Err(NoAnswer(text.into()))
    }
}

type Request = http::Request<Bytes>;
type Response = http::Response<Bytes>;

enum Asked {
    Camara(Box<Camara>),
    Twilio(Lookup),
}

pub struct SimSwap {
    asked: Asked,
    settings: Settings,
    door: Door,
    world: Arc<dyn World>,
    memory: Memory,
}

impl SimSwap {
    /// Checks the settings as far as that goes without asking anybody.
    pub fn new(settings: Settings, door: Door, world: Arc<dyn World>) -> Result<SimSwap, ProviderFault> {
        let asked = match &settings.with {
            With::Camara(camara) => Asked::Camara(Box::new(Camara::new(camara, settings.within)?)),
            With::Twilio(twilio) => Asked::Twilio(Lookup::new(twilio, settings.within)?),
        };
        let mut secret = [0; 32];
        world.fill(&mut secret);
        Ok(SimSwap { asked, settings, door, world, memory: Memory::new(&secret) })
    }

    async fn ask(&self, phone: &Phone) -> Result<bool, NoAnswer> {
        let end = self.world.mono() + self.settings.deadline;
        match &self.asked {
            Asked::Camara(camara) => camara.ask(phone, &self.door, self.world.as_ref(), end).await,
            Asked::Twilio(lookup) => {
                let answer = send(&self.door, self.world.as_ref(), lookup.request(phone), end).await?;
                lookup.swapped(&answer, self.world.wall())
            }
        }
    }
}

#[async_trait]
impl NumberCheck for SimSwap {
    async fn sim(&self, phone: &Phone) -> Sim {
        let key = self.memory.key(phone);
        if let Some(sim) = self.memory.get(&key, self.world.mono()) {
            return sim;
        }
        let (sim, good) = match self.ask(phone).await {
            Ok(false) => (Sim::Good, self.settings.remember),
            Ok(true) => (Sim::Swapped, self.settings.remember),
            Err(error) => {
                let on_error = self.settings.on_error;
                tracing::warn!(%error, ?on_error, "whether a SIM card was changed could not be found out");
                let sim = if on_error == OnError::Send { Sim::Good } else { Sim::Unknown };
                (sim, AFTER_FAILURE.min(self.settings.remember))
            }
        };
        self.memory.keep(key, sim, self.world.mono() + good, self.world.mono());
        sim
    }
}

async fn send(door: &Door, world: &dyn World, request: Request, end: Duration) -> Result<Response, NoAnswer> {
    let left = end.saturating_sub(world.mono());
    if left.is_zero() {
        return NoAnswer::of("the time was over");
    }
    door.send(request, left).await.map_err(|error| NoAnswer(error.to_string()))
}

#[cfg(test)]
mod tests;
