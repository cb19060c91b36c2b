//! Whether a number may be used: a SIM card that was changed lately may be in a thief's hands.
//!
//! Whoever has proven more than a name is told at once, so that they look for another way. Whoever has not is told nothing,
//! and not kept waiting: there the courier asks, before it hands the message over.

use crate::domain::contact::Contact;
use crate::domain::event::What;
use crate::domain::refusal::Refusal;

use super::seams::Sim;
use super::{Caller, Gate};

impl Gate {
    pub(super) async fn check_number(
        &self,
        caller: Option<&Caller>,
        contact: Option<&Contact>,
        proven: bool,
    ) -> Result<(), Refusal> {
        let (Some(check), Some(phone)) = (&self.numbers, contact.and_then(|contact| contact.address.phone())) else {
            return Ok(());
        };
        if !proven {
            return Ok(());
        }
        let detail = match check.sim(phone).await {
            Sim::Good => return Ok(()),
            Sim::Swapped => format!("{phone}: the SIM card was changed lately, and nothing is sent there"),
            Sim::Unknown => {
                format!("{phone}: whether the SIM card was changed is not known, and nothing is sent there")
            }
        };
        self.decide(self.event_of(What::SysSimSwapped, caller).detail(detail)).await?;
        Err(Refusal::NumberSwapped)
    }
}
