//! Providers that make and check codes, as the gate asks them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::provider::making::{Checked, Maker};
use super::{Provider, Providers, Settings};
use crate::domain::code::{Alphabet, Code, CodeShape};
use crate::domain::contact::Channel;
use crate::domain::maker::Verdict;
use crate::domain::secret::Secret;
use crate::gate::seams::{CodeMaker, Making, World};
use crate::net::{Door, NetError};

/// Requests under way that end what nobody will ask about any more.
const CANCELS: usize = 16;
/// Whoever typed something waits for it; longer than this they do not.
const LONGEST: Duration = Duration::from_secs(10);

pub struct Makers {
    makers: BTreeMap<Channel, (Making, Arc<Provider>)>,
    door: Door,
    world: Arc<dyn World>,
    cancels: Arc<Semaphore>,
}

impl Makers {
    /// `config` lets a channel have one maker and nobody beside it.
    pub fn new(settings: &Settings, providers: &Providers, world: Arc<dyn World>, door: Door) -> Makers {
        let making = |provider: &Provider, maker: &dyn Maker| Making {
            provider: provider.name.to_string(),
            shape: CodeShape { alphabet: Alphabet::Numeric, length: maker.length() },
            life: maker.life(),
            tries: maker.tries(),
            patience: settings.deadline.min(LONGEST),
        };
        let one = |(channel, provider): (Channel, &Arc<Provider>)| {
            Some((channel, (making(provider, provider.maker()?), provider.clone())))
        };
        Makers {
            makers: providers.all().filter_map(one).collect(),
            door,
            world,
            cancels: Arc::new(Semaphore::new(CANCELS)),
        }
    }

    /// The channel's maker, if it still is who is meant.
    fn named(&self, channel: Channel, provider: &str) -> Option<(&Making, &Arc<Provider>)> {
        let (making, maker) = self.makers.get(&channel)?;
        (making.provider == provider).then_some((making, maker))
    }
}

#[async_trait]
impl CodeMaker for Makers {
    fn making(&self, channel: Channel) -> Option<&Making> {
        self.makers.get(&channel).map(|(making, _)| making)
    }

    async fn check(&self, channel: Channel, provider: &str, reference: &Secret<String>, entry: &Code) -> Verdict {
        let Some((making, provider)) = self.named(channel, provider) else { return Verdict::Unsent };
        let Some(maker) = provider.maker() else { return Verdict::Unsent };
        let name = provider.name.as_ref();
        let asked = self.door.send(maker.check(reference.expose(), entry), making.patience);
        let answer = tokio::select! {
            answer = asked => answer,
            () = self.world.sleep_until(self.world.mono() + making.patience) => {
                Err(NetError::Ambiguous("the deadline passed".to_owned()))
            }
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(provider = name, %error, "a provider gave no answer about a code");
                return match error {
                    NetError::Refused(_) => Verdict::Unsent,
                    NetError::Ambiguous(_) => Verdict::Unknown,
                };
            }
        };
        match maker.checked(reference.expose(), &answer) {
            Checked::Right => Verdict::Right,
            Checked::Wrong => Verdict::Wrong,
            Checked::Over => Verdict::Over,
            Checked::Failed(failure) => {
                let (class, number, status) = (failure.class.name(), failure.number, answer.status().as_u16());
                tracing::warn!(provider = name, class, number, status, "a provider did not judge a code");
                Verdict::Unknown
            }
        }
    }

    fn cancel(&self, channel: Channel, provider: &str, reference: &Secret<String>) {
        let Some((making, provider)) = self.named(channel, provider) else { return };
        let request = provider.maker().and_then(|maker| maker.cancel(reference.expose()));
        let (Some(request), Ok(turn)) = (request, self.cancels.clone().try_acquire_owned()) else { return };
        let (door, patience) = (self.door.clone(), making.patience);
        tokio::spawn(async move {
            if let Err(error) = door.send(request, patience).await {
                tracing::debug!(%error, "a provider was not told that a code is over");
            }
            drop(turn);
        });
    }
}
