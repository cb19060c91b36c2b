//! What an operator sees of passes and does about them. The audit hears of it first.

use crate::domain::account::AccountKey;
use crate::domain::contact::{Address, Contact};
use crate::domain::event::{Event, What};
use crate::domain::id::{SessionId, UserId};
use crate::domain::locale::Locale;
use crate::domain::pass::{Issued, Session};
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;

use super::Gate;
use super::begin::RACES;
use super::bill::Bill;
use super::ledger::Ledger;
use super::purse::Payer;
use super::seams::{AuditError, News, Revocation, Revoked, Seen, Step, StoreError};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    #[error("{0}, so nothing was changed")]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("others kept changing the account")]
    Raced,
    #[error("a limit on messages is reached; the audit says which")]
    Limited,
    #[error("a part that it needs is down; the log says which")]
    Outage,
    #[error("another user has that number")]
    NumberTaken,
    #[error("the configuration allows no message there: look at `countries`, and whether it is a mobile number")]
    NotAllowed,
}

/// A session that is alive.
#[derive(Debug, Clone)]
pub struct Stay {
    pub session: Session,
    /// Its latest passes that were not ended.
    pub passes: Vec<Issued>,
    /// The last use of a scope with an idle limit, as far as it was written down.
    pub last_use: Option<Wall>,
}

impl Gate {
    /// The sessions of these users that are alive, each with its user's place among them.
    pub async fn stays(&self, users: &[UserId]) -> Result<Vec<(usize, Stay)>, StoreError> {
        let (now, ended) = (self.now(), self.ended().await?);
        let mut stays = Vec::new();
        for (place, user) in users.iter().enumerate() {
            for session in self.store.sessions(user).await? {
                let Some(stay) = stay(session, &ended, now) else { continue };
                let last_use = self.store.last_use(&stay.session).await?;
                stays.push((place, Stay { last_use, ..stay }));
            }
        }
        Ok(stays)
    }

    /// The session of this id, alive or not.
    pub async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.store.session(id).await?.map(|seen| seen.value))
    }

    /// Ends passes by an operator's word, on every node within a second.
    pub async fn end(&self, what: Revoked, told: Event) -> Result<(), NotDone> {
        self.witness.decide(told).await?;
        let revocation = Revocation { what, at: self.now(), forget: self.outlived() };
        self.store.revoke(revocation.clone()).await?;
        self.ledger.revoke(&revocation);
        Ok(())
    }

    /// Lets a user try again at once; how many failures that forgave.
    pub async fn unlock(&self, user: &UserId, told: Event) -> Result<u32, NotDone> {
        let own = AccountKey::of_user(user);
        let place = own.place(self.seals.alias("user", user.as_str()));
        self.witness.decide(told).await?;
        let forgiven = self.forgive(&own).await?;
        // Where strangers wait who give the name alone; those of some other names are forgiven along with it.
        self.forgive(&place).await?;
        Ok(forgiven)
    }

    /// Takes what a message without a code costs from the same allowances as any other, and writes it down. It may go out
    /// only where codes may go.
    pub async fn pay_for_test(&self, contact: &Contact, actor: &str, reason: &str) -> Result<(), NotDone> {
        if !self.may_write_to(contact) {
            return Err(NotDone::NotAllowed);
        }
        let purse = match &contact.address {
            Address::Phone(phone) => self.number_purse(phone),
            Address::Mail(mail) => self.mailbox(mail),
        };
        let detail = format!("{} to {}: {reason}", contact.channel.name(), contact.address);
        let told = Event::new(What::SysSendTest).channel(contact.channel).detail(detail).actor(actor);
        self.witness.decide(told).await?;
        let account = AccountKey::of_unknown([0; 32]);
        let payer = Payer::operator(&purse, &account);
        match self.pay(None, Bill::new(payer, Some(contact), Locale::default(), None)).await {
            Ok(_) => Ok(()),
            Err(Refusal::Limited(_)) => Err(NotDone::Limited),
            Err(_) => Err(NotDone::Outage),
        }
    }

    async fn forgive(&self, key: &AccountKey) -> Result<u32, NotDone> {
        for _ in 0..RACES {
            let Seen { mut value, version } = self.store.account(key).await?;
            let failures = value.failures();
            if failures == 0 {
                return Ok(0);
            }
            value.unlock();
            let step = Step { accounts: vec![(key.clone(), Seen { value, version })], ..Step::default() };
            if self.store.swap(step).await? {
                return Ok(failures);
            }
        }
        Err(NotDone::Raced)
    }

    /// Everything that was ended, as the store has it.
    async fn ended(&self) -> Result<Ledger, StoreError> {
        let (ledger, News { revocations, .. }) = (Ledger::default(), self.store.news(0).await?);
        revocations.iter().for_each(|(_, revocation)| ledger.revoke(revocation));
        Ok(ledger)
    }
}

fn stay(session: Session, ended: &Ledger, now: Wall) -> Option<Stay> {
    // A pass says in whole seconds when it was made.
    let over = |issued: Wall| ended.has_ended(&session.user, &session.id, Wall::from_secs(issued.secs()));
    let alive = |pass: &&Issued| pass.ends > now && !ended.is_pass_revoked(&pass.id) && !over(pass.at);
    let passes: Vec<Issued> = session.passes.iter().filter(alive).cloned().collect();
    let alive = session.ends > now && !over(session.confirmed());
    alive.then_some(Stay { session, passes, last_use: None })
}
