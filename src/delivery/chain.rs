//! One channel's providers, tried in order until one takes the message.

use std::sync::Arc;
use std::time::Duration;

use super::health::{Change, Turn};
use super::outcome::{Accepted, Attempt, Class, DeliveryError, Failure, Next, Outcome, Receipt, Tally, Tried};
use super::{Message, Provider};
use crate::gate::seams::World;
use crate::net::Door;

/// How long a provider that asks for patience gets when it does not say how much.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// The pause before a second attempt is drawn from here, so that many messages that failed together do not come back
/// together.
const PAUSE: std::ops::Range<u64> = 200..700;

pub struct Chain {
    providers: Vec<Arc<Provider>>,
    door: Door,
    world: Arc<dyn World>,
    tally: Tally,
    by_success: bool,
}

impl Chain {
    /// Its providers are asked in order, or by their recent success.
    pub fn new(
        providers: Vec<Arc<Provider>>,
        door: Door,
        world: Arc<dyn World>,
        tally: Tally,
        by_success: bool,
    ) -> Chain {
        Chain { providers, door, world, tally, by_success }
    }

    /// Hands the message over, or gives up at `end` on the monotonic clock.
    ///
    /// Each provider may use an equal share of the time that is left, so a slow first one leaves time for the others; at
    /// most two attempts are made with each, and none after an ambiguous one. Whoever is down is passed over, and whoever
    /// has too much to do; a wait for its rate does not count against the time. When all failed, the error is
    /// [`Class::Ambiguous`] if one of them may have sent it all the same, else the last one's class.
    pub async fn deliver(&self, message: &Message, mut end: Duration) -> Result<Receipt, DeliveryError> {
        let (mut class, mut tried) = (None, Vec::new());
        let latest = self.world.mono() + message.life;
        let order = self.order();
        for (index, provider) in order.iter().enumerate() {
            let now = self.world.mono();
            let failure = match provider.health.turn(now) {
                Turn::Down(_) => Class::Transient.into(),
                Turn::Busy => Class::Throttle.into(),
                Turn::At(at) if at >= latest => Class::Throttle.into(),
                Turn::At(at) => {
                    if at > now {
                        end = (end + (at - now)).min(latest);
                        self.world.sleep_until(at).await;
                    }
                    let now = self.world.mono();
                    let left = order.len() - index;
                    let share = now + end.saturating_sub(now) / u32::try_from(left).unwrap_or(u32::MAX);
                    match self.try_provider(provider, message, share, left == 1).await {
                        Ok(Accepted { reference, price }) => {
                            return Ok(Receipt { provider: provider.name.clone(), reference, price, tried });
                        }
                        Err(failure) => failure,
                    }
                }
            };
            tried.push(Tried { provider: provider.name.clone(), class: failure.class });
            match failure.class.next() {
                // Somebody asked before may have sent it all the same; a fraud is a fraud for all that.
                Next::Nobody if class == Some(Class::Ambiguous) && failure.class != Class::Fraud => break,
                Next::Nobody => return Err(DeliveryError { class: failure.class, tried }),
                _ if class == Some(Class::Ambiguous) => {}
                _ => class = Some(failure.class),
            }
        }
        Err(DeliveryError { class: class.unwrap_or(Class::Config), tried })
    }

    /// In which the providers are asked.
    fn order(&self) -> Vec<&Arc<Provider>> {
        let mut order: Vec<_> = self.providers.iter().collect();
        if self.by_success {
            // Equally good ones stay as they are listed.
            order.sort_by_key(|provider| std::cmp::Reverse(provider.health.success()));
        }
        order
    }

    async fn try_provider(&self, provider: &Provider, message: &Message, end: Duration, last: bool) -> Outcome {
        let failure = match self.attempt(provider, message, end).await {
            Ok(accepted) => return Ok(accepted),
            Err(failure) => failure,
        };
        let Some(pause) = self.pause(failure, last) else { return Err(failure) };
        let again = self.world.mono() + pause;
        if again >= end {
            return Err(failure);
        }
        self.world.sleep_until(again).await;
        // It may have been closed meanwhile, and its rate holds for this attempt too.
        match provider.health.turn(self.world.mono()) {
            Turn::At(at) if at < end => self.world.sleep_until(at).await,
            _ => return Err(failure),
        }
        self.attempt(provider, message, end).await
    }

    /// How long to wait before the same provider is asked again; `None` when it is not.
    fn pause(&self, failure: Failure, last: bool) -> Option<Duration> {
        match failure.class {
            class if class.next() != Next::Again => None,
            // Whoever is too busy need not be waited for while somebody else is there.
            Class::Throttle if !last => None,
            Class::Throttle => Some(failure.wait.unwrap_or(DEFAULT_WAIT) + self.jitter()),
            _ => Some(self.jitter()),
        }
    }

    fn jitter(&self) -> Duration {
        let mut bytes = [0; 8];
        self.world.fill(&mut bytes);
        Duration::from_millis(PAUSE.start + u64::from_le_bytes(bytes) % (PAUSE.end - PAUSE.start))
    }

    async fn attempt(&self, provider: &Provider, message: &Message, end: Duration) -> Outcome {
        let outcome = provider.deliver(message, &self.door, self.world.as_ref(), end).await;
        let (name, challenge, to) = (provider.name.as_ref(), &message.challenge, &message.contact.address);
        match &outcome {
            Ok(Accepted { reference, .. }) => {
                let reference = reference.as_deref();
                tracing::info!(provider = name, reference, %challenge, %to, "a provider took a message");
            }
            Err(Failure { class, number, .. }) => {
                let class = class.name();
                tracing::warn!(provider = name, class, number, %challenge, %to, "a provider did not take a message");
            }
        }
        let change = match &outcome {
            Ok(_) => provider.health.took(),
            Err(failure) => provider.health.failed(failure.class, to.exposed(), self.world.mono()),
        };
        match change {
            Some(Change::WentDown) => {
                tracing::error!(provider = name, "a provider fails again and again; others are asked")
            }
            Some(Change::CameBack) => tracing::info!(provider = name, "a provider is back"),
            None => {}
        }
        let accepted = outcome.as_ref().ok();
        (self.tally)(&Attempt {
            provider: name,
            contact: Some(&message.contact),
            challenge,
            send: message.send,
            reference: accepted.and_then(|accepted| accepted.reference.as_deref()),
            price: accepted.and_then(|accepted| accepted.price.as_ref().or(provider.settings.price.as_ref())),
            outcome: outcome.as_ref().map(|_| ()).map_err(|f| f.class.name()),
        });
        outcome
    }
}
