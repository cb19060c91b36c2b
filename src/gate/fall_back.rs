//! Fall back: the same code by the next channel, without anybody pressing a button.
//!
//! A timer or a failed message asks for it; the challenge decides. It opens nothing and refills nothing: the message counts
//! among those of the challenge, and takes from the same allowances.

use crate::domain::contact::Channel;
use crate::domain::event::{Event, What};
use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;

use super::Gate;
use super::begin::RACES;
use super::bill::Bill;
use super::purse::Payer;
use super::resend::shown;
use super::seams::Step;

/// Why the next channel is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The message was handed over, and nothing was heard for too long.
    Silence,
    /// It failed, or was reported lost.
    Failed,
    /// A provider took the number for part of a fraud: only a way that does not lead to the number is open.
    Fraud,
}

impl Why {
    fn name(self) -> &'static str {
        match self {
            Why::Silence => "not known to have arrived",
            Why::Failed => "failed",
            Why::Fraud => "held for fraud",
        }
    }
}

impl Gate {
    /// Sends the code by the challenge's next channel, if message number `send` is still the latest one and nothing speaks
    /// against it. `false` where nothing was sent.
    pub async fn fall_back(&self, id: &ChallengeId, send: u8, why: Why) -> Result<bool, Refusal> {
        let mut paid = None;
        for _ in 0..RACES {
            let found = self.store.challenge(id).await.map_err(|e| self.outage(&e))?;
            let Some(mut seen) = found else { return Ok(false) };
            seen.value = self.doubt(seen.value);
            let (now, rules) = (self.now(), &self.settings.challenge);
            let Some(channel) = seen.value.next_channel(send, rules, now) else { return Ok(false) };
            let way = match why {
                Why::Fraud => {
                    seen.value.channels.iter().copied().find(|c| *c == Channel::Email && !seen.value.used.contains(c))
                }
                Why::Silence | Why::Failed => Some(channel),
            };
            let Some(channel) = way else { return Ok(false) };
            let (_, contact) = self.reach_again(&seen.value, channel).await?;
            let Some(contact) = contact else { return Ok(false) };
            if self.check_number(None, Some(&contact), true).await.is_err() {
                return Ok(false);
            }
            let paid = match paid {
                Some(paid) => paid,
                None => {
                    let route = self.route_of(&seen.value.scope, &seen.value.return_to);
                    let payer = Payer::again(&seen.value);
                    let bill = Bill { channel, route, ..Bill::new(payer, Some(&contact), seen.value.locale, None) };
                    match self.pay(None, bill).await {
                        Ok(now_paid) if now_paid.sends => *paid.insert(now_paid),
                        Ok(_) | Err(Refusal::Limited(_)) => return Ok(false),
                        Err(refusal) => return Err(refusal),
                    }
                }
            };
            seen.value.costs.resize(usize::from(seen.value.sends) + 1, 0);
            if let Some(cost) = seen.value.costs.last_mut() {
                *cost = paid.cost;
            }
            let to = shown(&seen.value, Some(&contact));
            seen.value.barred |= why == Why::Fraud;
            seen.value.fall_back(channel, to, rules, now);
            let challenge = seen.value.clone();
            if !self.store.swap(Step { challenge: Some(seen), ..Step::default() }).await.map_err(|e| self.outage(&e))? {
                continue;
            }
            let told = Event::new(What::ChallengeFellBack).scope(&challenge.scope).challenge(id);
            self.decide_message(&challenge, told.detail(format!("{}: {}", channel.name(), why.name()))).await?;
            self.post_again(&challenge, Some(contact), true).await;
            return Ok(true);
        }
        Err(Refusal::Outage)
    }
}
