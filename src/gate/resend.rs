//! Resend the same code, and take in how messages fared.

use crate::domain::challenge::{Challenge, NoResend};
use crate::domain::contact::{Channel, Contact};
use crate::domain::event::{Event, What};
use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;

use super::begin::RACES;
use super::bill::{Bill, Paid};
use super::purse::Payer;
use super::seams::{Endpoint, Fared, SIM_SWAPPED, SIM_UNKNOWN, Step, StoreError};
use super::{Caller, Gate, View};

impl Gate {
    /// Sends the same code once more, when the cool-down is over. The answer leaves at a fixed delay after the request
    /// arrived: for a name nobody has, no directory is asked.
    pub async fn resend(&self, caller: &Caller, id: &ChallengeId, channel: Option<&str>) -> Result<View, Refusal> {
        let resent = self.resend_now(caller, id, channel).await;
        self.world.sleep_until(caller.arrived + self.settings.answer_delay).await;
        resent
    }

    async fn resend_now(&self, caller: &Caller, id: &ChallengeId, channel: Option<&str>) -> Result<View, Refusal> {
        self.turnstile.pass(Endpoint::Begin, caller.client).map_err(Refusal::Limited)?;
        let wanted = match channel {
            Some(name) => Some(Channel::parse(name).ok_or(Refusal::NoSuchChannel)?),
            None => None,
        };
        let mut paid = None;
        for _ in 0..RACES {
            let mut seen = self.own(caller, id).await?;
            if self.takes_passkeys_only(&seen.value.scope) {
                return Err(Refusal::OnlyPasskey);
            }
            let (now, rules) = (self.now(), &self.settings.challenge);
            seen.value.may_resend(rules, now).map_err(refused)?;
            let usual = seen.value.offered().contains(&seen.value.channel).then_some(seen.value.channel);
            let channel = wanted.or(usual).or(seen.value.offered().first().copied()).unwrap_or(seen.value.channel);
            if !seen.value.offered().contains(&channel) {
                return Err(Refusal::NoSuchChannel);
            }
            let (is_real, contact) = self.reach_again(&seen.value, channel).await?;
            let paid = match paid {
                Some(paid) => paid,
                None => *paid.insert(self.pay_again(caller, &seen.value, channel, contact.as_ref()).await?),
            };
            let contact = contact.filter(|_| paid.sends);
            seen.value.weighed |= paid.weighed;
            seen.value.costs.resize(usize::from(seen.value.sends) + 1, 0);
            if let Some(cost) = seen.value.costs.last_mut() {
                *cost = paid.cost;
            }
            let to = shown(&seen.value, contact.as_ref());
            seen.value.resend(channel, to, rules, now).map_err(refused)?;
            let challenge = seen.value.clone();
            if !self.store.swap(Step { challenge: Some(seen), ..Step::default() }).await.map_err(|e| self.outage(&e))? {
                continue;
            }
            let told = self.event(What::ChallengeResent, caller).scope(&challenge.scope).challenge(id);
            self.decide_message(&challenge, told.detail(channel.name())).await?;
            self.post_again(&challenge, contact, is_real).await;
            return self.view(caller, id).await;
        }
        Err(Refusal::Outage)
    }

    /// Pays for one more message of a challenge, and looks whether the number may still be used.
    async fn pay_again(
        &self,
        caller: &Caller,
        challenge: &Challenge,
        channel: Channel,
        contact: Option<&Contact>,
    ) -> Result<Paid, Refusal> {
        let payer = Payer::again(challenge);
        let proven = payer.proven;
        let route = self.route_of(&challenge.scope, &challenge.return_to);
        // Whoever was sent nothing at first.
        let first = challenge.sends == 0;
        let bill = Bill { channel, route, first, ..Bill::new(payer, contact, challenge.locale, Some(caller.client)) };
        let paid = self.pay(Some(caller), bill).await?;
        self.check_number(Some(caller), contact.filter(|_| paid.sends), proven).await?;
        Ok(paid)
    }

    /// Where this channel leads to now, and whether there is anybody at all.
    pub(super) async fn reach_again(
        &self,
        challenge: &Challenge,
        channel: Channel,
    ) -> Result<(bool, Option<Contact>), Refusal> {
        let Some(id) = &challenge.user else { return Ok((false, None)) };
        let user = self.identity.fetch(id).await.map_err(|e| self.outage(&e))?;
        let contact = user.as_ref().and_then(|user| self.contact_again(challenge, user, channel));
        Ok((user.is_some(), contact))
    }

    /// Hands over the same code once more; where that leads nowhere, the message has failed.
    pub(super) async fn post_again(&self, challenge: &Challenge, contact: Option<Contact>, is_real: bool) {
        let life = self.now().until(challenge.expires);
        let parcel =
            contact.zip(self.code_again(challenge)).map(|(contact, code)| self.parcel(challenge, contact, code, life));
        let stuck = parcel.is_none() && is_real;
        self.hand_over(challenge, parcel).await;
        if stuck {
            self.settle(&challenge.id, challenge.sends, Err("no contact")).await;
        }
    }

    /// Takes in how message number `send` fared. Changes nothing but what is shown.
    pub async fn settle(&self, id: &ChallengeId, send: u8, fared: impl Into<Fared>) {
        let fared = fared.into();
        if let Err(why @ (SIM_SWAPPED | SIM_UNKNOWN)) = fared.outcome {
            let told = Event::new(What::SysSimSwapped).challenge(id).detail(why);
            if let Err(error) = self.witness.decide(told).await {
                tracing::error!(%error, "a changed SIM card is missing in the audit");
            }
        }
        if let Some(price) = &fared.price
            && let Err(error) = self.book_cost(id, send, price).await
        {
            tracing::error!(%error, challenge = %id, "what a message cost could not be booked");
        }
        let step = |challenge: &mut Challenge, now| {
            let news = challenge.settle(send, fared.outcome.is_ok(), now);
            if news && fared.outcome.is_ok() {
                challenge.taken_by = fared.by.as_deref().map(str::to_owned);
            }
            news
        };
        if let Err(error) = self.take_in(id, step, &fared).await {
            tracing::error!(%error, challenge = %id, "a message's outcome could not be kept");
        }
    }

    /// Takes in that message number `send`, which a provider had taken, did not arrive after all; the class says why.
    /// Changes nothing but what is shown and when the code can be sent again.
    /// `false` when that is no news.
    pub async fn bounce(&self, id: &ChallengeId, send: u8, fared: impl Into<Fared>) -> Result<bool, Refusal> {
        let fared = fared.into();
        let step = |challenge: &mut Challenge, now| challenge.bounce(send, fared.by.as_deref(), now);
        self.take_in(id, step, &fared).await.map_err(|e| self.outage(&e))
    }

    /// Takes in that message number `send` is there. Lets nobody in; what is tried by itself is not tried any more.
    /// `false` when that is no news.
    pub async fn arrived(&self, id: &ChallengeId, send: u8) -> Result<bool, Refusal> {
        let step = |challenge: &mut Challenge, now| challenge.arrive(send, now);
        self.change(id, step).await.map(|scope| scope.is_some()).map_err(|e| self.outage(&e))
    }

    /// Writes down that a provider says a message is on the phone. Opens and changes nothing.
    pub async fn tell_arrival(&self, id: &ChallengeId, provider: &str) -> Result<(), Refusal> {
        self.decide(Event::new(What::CodeDelivered).challenge(id).provider(provider)).await
    }

    /// Changes a challenge that is still there, and tells of it if `step` found that it was news: `true`.
    async fn take_in(
        &self,
        id: &ChallengeId,
        step: impl Fn(&mut Challenge, Wall) -> bool,
        fared: &Fared,
    ) -> Result<bool, StoreError> {
        let scope = self.change(id, step).await?;
        if let Some(scope) = &scope {
            self.tell_outcome(id, scope, fared).await;
        }
        Ok(scope.is_some())
    }

    /// Changes a challenge that is still there; the name of its scope, if `step` found that it was news.
    async fn change(
        &self,
        id: &ChallengeId,
        step: impl Fn(&mut Challenge, Wall) -> bool,
    ) -> Result<Option<String>, StoreError> {
        for _ in 0..RACES {
            let Some(mut seen) = self.store.challenge(id).await? else { return Ok(None) };
            if !step(&mut seen.value, self.now()) {
                return Ok(None);
            }
            let scope = seen.value.scope.clone();
            if self.store.swap(Step { challenge: Some(seen), ..Step::default() }).await? {
                return Ok(Some(scope));
            }
        }
        Err(StoreError("others kept changing the challenge".to_owned()))
    }

    async fn tell_outcome(&self, id: &ChallengeId, scope: &str, fared: &Fared) {
        let event = match fared.outcome {
            Ok(()) => Event::new(What::CodeSent),
            Err(class) => Event::new(What::CodeSendFailed).detail(class),
        };
        let provider = fared.by.as_deref().map(str::to_owned);
        let event = Event { provider, channel: fared.channel, tried: fared.tried.clone(), ..event };
        if let Err(error) = self.witness.decide(event.challenge(id).scope(scope)).await {
            tracing::error!(%error, "a message's outcome is missing in the audit");
        }
    }
}

/// What may be seen of where a message goes.
pub(super) fn shown(challenge: &Challenge, contact: Option<&Contact>) -> Option<String> {
    contact.filter(|_| challenge.first.is_proven()).map(|contact| contact.address.masked())
}

fn refused(why: NoResend) -> Refusal {
    match why {
        NoResend::Cooling(wait) => Refusal::Cooling(wait),
        NoResend::NoneLeft => Refusal::NoResendLeft,
        NoResend::Gone(gone) => Refusal::Gone(gone),
    }
}
