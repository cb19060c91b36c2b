//! Verify: one guess, judged in pure code, made true by one atomic swap, and only then told.
//!
//! Whatever the entry might have been (see `judging`), it is one guess: one try, one failure, one count.

use crate::domain::account::AccountKey;
use crate::domain::challenge::{Challenge, Earned, Gone, Guess};
use crate::domain::event::{Event, What};
use crate::domain::factor::Factor;
use crate::domain::id::{ChallengeId, SessionId, UserId};
use crate::domain::pass::{Proof, Session};
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;
use crate::domain::user::{Identity, User};

use super::begin::RACES;
use super::counting::CountingDesk;
use super::judging::{Judged, Right};
use super::seams::{Endpoint, Entry, Seen, Step, random16};
use super::{Caller, Gate, Opened};

impl Gate {
    /// Judges what somebody typed. A right code opens the scope exactly once.
    pub async fn verify(&self, caller: &Caller, id: &ChallengeId, entry: &str) -> Result<Opened, Refusal> {
        self.turnstile.pass(Endpoint::Verify, caller.client).map_err(Refusal::Limited)?;
        for _ in 0..RACES {
            let seen = self.own(caller, id).await;
            if let Err(Refusal::UnknownChallenge) = seen {
                // A code without a question: none was asked, not in this browser, or too long ago.
                self.decide(self.event(What::SequenceFail, caller)).await?;
            }
            let seen = seen?;
            if self.takes_passkeys_only(&seen.value.scope) {
                return Err(seen.value.gone(self.now()).map_or(Refusal::OnlyPasskey, Refusal::Gone));
            }
            if seen.value.maker.is_some() {
                return self.verify_made(caller, id, entry).await;
            }
            let now = self.now();
            let Some(judged) = self.judge_entry(&seen.value, entry, now).await? else {
                return Err(seen.value.gone(now).map_or(Refusal::NotACode, Refusal::Gone));
            };
            if let Some(told) = self.guess(caller, seen, judged, now).await? {
                return told;
            }
        }
        Err(Refusal::Outage)
    }

    /// One round of what was judged: `None` when somebody else changed the records in between.
    pub(super) async fn guess(
        &self,
        caller: &Caller,
        mut challenge: Seen<Challenge>,
        judged: Judged,
        now: Wall,
    ) -> Result<Option<Result<Opened, Refusal>>, Refusal> {
        let right = judged.right.is_some();
        let mut desk = self.counting(caller, &challenge.value, right, now).await?;
        let failed_before = desk.tally().failures > 0;
        let verdict = challenge.value.guess(&mut desk.counts(), right, now);
        let refusal = match verdict {
            Guess::Right => {
                let right = judged.right.unwrap_or_else(Right::by_code);
                return self.open(caller, challenge, (desk, right), failed_before, now).await;
            }
            // The account may have begun to wait by the very guess that ended the challenge; then that is what to say.
            Guess::Wait(wait) => {
                let now_there = self.own(caller, &challenge.value.id).await?;
                let same = now_there.version == challenge.version;
                return Ok(same.then_some(Err(Refusal::Waiting(wait))));
            }
            Guess::Gone(gone) => {
                if gone == Gone::Used && judged.repeats {
                    self.decide(self.about(What::AuthnTokenReuse, caller, &challenge.value)).await?;
                }
                return Ok(Some(Err(Refusal::Gone(gone))));
            }
            Guess::Wrong { tries_left } => Refusal::WrongCode { tries_left },
        };
        let record = challenge.value.clone();
        let told = desk.tell_failure(self.about(What::AuthnLoginFail, caller, &record), record.tries_left == 0);
        let step = Step { challenge: Some(challenge), accounts: desk.accounts(), ..Step::default() };
        if !self.store.swap(step).await.map_err(|e| self.outage(&e))? {
            return Ok(None);
        }
        let reuse =
            judged.spent.then(|| self.about(What::AuthnTokenReuse, caller, &record).detail("a step that was taken"));
        let all = std::iter::once(told).chain(reuse).collect();
        self.witness.decide_all(all).await.map_err(|e| self.outage(&e))?;
        self.count_failure().await?;
        Ok(Some(Err(refusal)))
    }

    /// It was right: spends the challenge and what was used, adds to the session and keeps the pass, in one step; tells after
    /// that.
    pub(super) async fn open(
        &self,
        caller: &Caller,
        mut challenge: Seen<Challenge>,
        (desk, right): (CountingDesk, Right),
        failed_before: bool,
        now: Wall,
    ) -> Result<Option<Result<Opened, Refusal>>, Refusal> {
        let record = challenge.value.clone();
        let Some(scope) = self.settings.scopes.get(&record.scope) else { return Ok(Some(Err(Refusal::UnknownScope))) };
        let Some(user) = self.still_allowed(&record).await? else { return Ok(Some(Err(Refusal::WrongCredentials))) };
        let Some(proof) = Proof::of_guess(Guess::Right, right.by, &record, scope, now) else {
            return Ok(Some(Err(Refusal::WrongCredentials)));
        };
        let mut session = self.session_of(caller, &record, &user, now).await?;
        session.value.confirm(&proof, scope.max_age);
        let identity = Identity::of(&user, &self.settings.named_groups);
        let Some((token, pass)) = self.mint.mint(self.world.as_ref(), &proof, &session.value, &identity) else {
            tracing::error!("a pass would not fit into a cookie; name fewer groups in the configuration");
            return Ok(Some(Err(Refusal::Outage)));
        };
        session.value.issued(pass.clone(), now);
        let sealed = self.seals.seal_pass(self.world.as_ref(), &record.id, &token);
        let device = desk.cookie.clone();
        let kept = self.seals.seal_device(self.world.as_ref(), &record.id, &device);
        if let Some(entry) = &right.entry {
            challenge.value.mac = self.seals.code_mac(&record.id, Some(&user.id), &scope.name, entry);
        }
        challenge.value.earned = Some(Earned { pass: sealed, device: kept, at: now });
        let id = session.value.id.clone();
        let known = desk.device.is_some();
        let enrolments = right.enrolments.map(|seen| self.sealed_enrolments(&user.id, &seen)).transpose()?;
        let step = Step { challenge: Some(challenge), accounts: desk.accounts(), session: Some(session), enrolments };
        if !self.store.swap(step).await.map_err(|e| self.outage(&e))? {
            return Ok(None);
        }
        let success = if failed_before { What::AuthnLoginSuccessafterfail } else { What::AuthnLoginSuccess };
        let told = |what| self.about(what, caller, &record).user(&user.login);
        let browser = if known { "known device" } else { "new device" };
        let sent = right.by == Factor::Code;
        let how = if sent { browser.to_owned() } else { format!("{}, {browser}", right.by.name()) };
        let mut all = vec![told(success).detail(how)];
        all.extend((!known).then(|| told(What::DeviceAdded)));
        all.push(told(What::AuthnTokenCreated).detail(pass.as_str()));
        let told = self.witness.decide_all(all);
        // Only of a code that was sent it says anything that it was entered.
        let (told, ()) = tokio::join!(told, self.count_entered(&record, user.phone.as_ref().filter(|_| sent)));
        told.map_err(|e| self.outage(&e))?;
        self.ledger.used(&id, &scope.name, now);
        if sent {
            self.outbox.entered(&Entry {
                challenge: &record.id,
                provider: record.taken_by.as_deref(),
                channel: record.channel,
                phone: user.phone.as_ref(),
                after: record.last_send.until(now),
            });
        }
        let expires_in = scope.max_age.as_secs();
        Ok(Some(Ok(Opened { scope: record.scope, expires_in, return_to: record.return_to, token, device })))
    }

    /// The answer that a right code had a moment ago, once more: a double click drops the first one. The pass is the very
    /// same, so nothing is opened twice; a pass that was ended in between is not handed out.
    pub async fn repeat(&self, caller: &Caller, id: &ChallengeId, entry: &str) -> Option<Opened> {
        let challenge = self.own(caller, id).await.ok()?.value;
        let now = self.now();
        let earned = challenge.repeats(self.is_the_entry(&challenge, entry), now)?;
        let token = self.seals.open_pass(id, &earned.pass)?;
        let holder = self.standing(token.expose())?.holder().clone();
        // The first answer may be missing because its audit lines are.
        let told = self.about(What::AuthnTokenCreated, caller, &challenge).user(&holder.identity.login);
        self.decide(told.detail(holder.pass.as_str())).await.ok()?;
        let max_age = self.settings.scopes.get(&challenge.scope)?.max_age;
        let expires_in = now.until(earned.at.plus(max_age)).as_secs();
        let device = self.seals.open_device(id, &earned.device)?;
        Some(Opened { scope: challenge.scope, expires_in, return_to: challenge.return_to, token, device })
    }

    /// The user as they are now: disabled, removed, out of the group, with another number or mailbox since the challenge
    /// began means no.
    async fn still_allowed(&self, challenge: &Challenge) -> Result<Option<User>, Refusal> {
        let Some(id) = &challenge.user else { return Ok(None) };
        let user = self.identity.fetch(id).await.map_err(|e| self.outage(&e))?;
        let scope = self.settings.scopes.get(&challenge.scope);
        let same = |user: &User| self.is_same_person(challenge, user);
        Ok(user.filter(|u| scope.is_some_and(|s| s.admits(&u.groups)) && same(u)))
    }

    /// The session to add to: the caller's own if it is this user's and still good, else a new one. One that an operator
    /// began is not added to: what was given for ten minutes would get the scope's whole `max_age` by it.
    async fn session_of(
        &self,
        caller: &Caller,
        challenge: &Challenge,
        user: &User,
        now: Wall,
    ) -> Result<Seen<Session>, Refusal> {
        let held = self.who(caller).filter(|h| h.user == user.id).map(|h| h.session.clone());
        if let Some(id) = held.filter(|id| challenge.session.as_ref().is_none_or(|begun| begun == id)) {
            let found = self.store.session(&id).await.map_err(|e| self.outage(&e))?;
            if let Some(session) = found.filter(|s| s.value.user == user.id && !s.value.is_operators()) {
                return Ok(session);
            }
        }
        let begun = Session::begin(self.fresh_session(&user.id), user.id.clone(), now);
        Ok(Seen { value: Session { from: Some(caller.client), ..begun }, version: 0 })
    }

    /// A session's id lies where its user's account lies.
    pub(super) fn fresh_session(&self, user: &UserId) -> SessionId {
        SessionId::in_bucket(AccountKey::of_user(user).bucket(), random16(self.world.as_ref()))
    }

    pub(super) fn about(&self, what: What, caller: &Caller, challenge: &Challenge) -> Event {
        self.event(what, caller).scope(&challenge.scope).challenge(&challenge.id)
    }
}
