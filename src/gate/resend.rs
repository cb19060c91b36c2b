//! Resend the same code, and take in how messages fared.

use crate::domain::challenge::NoResend;
use crate::domain::contact::Channel;
use crate::domain::event::{Event, What};
use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;

use super::begin::RACES;
use super::seams::{Endpoint, Parcel, Step};
use super::{Caller, Gate, View, seal};

impl Gate {
    /// Sends the same code once more, when the cool-down is over.
    pub async fn resend(&self, caller: &Caller, id: &ChallengeId, channel: Option<&str>) -> Result<View, Refusal> {
        self.turnstile.pass(Endpoint::Begin, caller.client).map_err(Refusal::Limited)?;
        let channel = match channel {
            Some(name) => Channel::parse(name).ok_or(Refusal::NoSuchChannel)?,
            None => Channel::Sms,
        };
        let mut drawn = false;
        for _ in 0..RACES {
            let mut seen = self.own(caller, id).await?;
            let now = self.now();
            seen.value.resend(channel, &self.settings.challenge, now).map_err(refused)?;
            let user = match &seen.value.user {
                Some(user) => self.identity.fetch(user).await.map_err(|e| self.outage(&e))?,
                None => None,
            };
            let contact = user.as_ref().and_then(|u| self.contact(u));
            if !drawn {
                let unknown = || seen.value.account.as_str().to_owned();
                let key =
                    contact.as_ref().map_or_else(unknown, |c| seal::text(&self.seals.alias("number", c.phone.e164())));
                self.take(self.message_draws(&key), caller).await?;
                drawn = true;
            }
            let challenge = seen.value.clone();
            if !self.store.swap(Step { challenge: Some(seen), ..Step::default() }).await.map_err(|e| self.outage(&e))? {
                continue;
            }
            self.decide(self.event(What::ChallengeResent, caller).scope(&challenge.scope).challenge(id)).await?;
            let locale = user.as_ref().and_then(|u| u.locale).unwrap_or(caller.locale);
            let life = now.until(challenge.expires);
            let parcel = contact.zip(self.seals.open_code(&challenge)).map(|(contact, code)| Parcel {
                challenge: id.clone(),
                send: challenge.sends,
                contact,
                locale,
                code,
                life,
            });
            let stuck = parcel.is_none() && user.is_some();
            self.hand_over(&challenge, parcel).await;
            if stuck {
                self.settle(id, challenge.sends, Err("no contact")).await;
            }
            return self.view(caller, id).await;
        }
        Err(Refusal::Outage)
    }

    /// Takes in how message number `send` fared; the error is the provider's class. Changes nothing but what is shown.
    pub async fn settle(&self, id: &ChallengeId, send: u8, outcome: Result<(), &'static str>) {
        for _ in 0..RACES {
            let seen = match self.store.challenge(id).await {
                Ok(Some(seen)) => seen,
                Ok(None) => return,
                Err(error) => return tracing::error!(%error, challenge = %id, "a message's outcome could not be kept"),
            };
            let mut changed = seen;
            if !changed.value.settle(send, outcome.is_ok(), self.now()) {
                return;
            }
            let scope = changed.value.scope.clone();
            match self.store.swap(Step { challenge: Some(changed), ..Step::default() }).await {
                Ok(true) => return self.tell_outcome(id, &scope, outcome).await,
                Ok(false) => {}
                Err(error) => return tracing::error!(%error, challenge = %id, "a message's outcome could not be kept"),
            }
        }
    }

    async fn tell_outcome(&self, id: &ChallengeId, scope: &str, outcome: Result<(), &'static str>) {
        let event = match outcome {
            Ok(()) => Event::new(What::CodeSent),
            Err(class) => Event::new(What::CodeSendFailed).detail(class),
        };
        if let Err(error) = self.witness.decide(event.challenge(id).scope(scope)).await {
            tracing::error!(%error, "a message's outcome is missing in the audit");
        }
    }
}

fn refused(why: NoResend) -> Refusal {
    match why {
        NoResend::Cooling(wait) => Refusal::Cooling(wait),
        NoResend::NoneLeft => Refusal::NoResendLeft,
        NoResend::Gone(gone) => Refusal::Gone(gone),
    }
}
