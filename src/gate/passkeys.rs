//! Passkeys: asked for on the page of a challenge, judged like a code, made and removed by who has confirmed it lately.
//!
//! What was asked lies sealed in the record that the answer will change, so any node can judge it, and each question takes
//! one answer: the swap that takes it in ends it. Nobody is asked before a first factor was proven, because what an
//! authenticator is asked with tells which keys there are.

use serde::{Deserialize, Serialize};

use crate::domain::challenge::{Challenge, Gone, Guess};
use crate::domain::enrolment::{Enrolments, Passkey, is_awaited};
use crate::domain::event::What;
use crate::domain::factor::Factor;
use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;

use super::begin::RACES;
use super::judging::Right;
use super::keychain::NO_ANSWER;
use super::seams::{Endpoint, KeyFault, KeyFile, KeyJudge, Seen, Step};
use super::{Caller, Gate, Opened};

/// What a challenge keeps of the question, sealed.
#[derive(Serialize, Deserialize)]
struct Asked {
    state: String,
    at: Wall,
}

impl Gate {
    /// Whether this site can have passkeys at all.
    pub fn has_passkeys(&self) -> bool {
        self.keys.is_some()
    }

    pub(super) fn key_judge(&self) -> Result<&dyn KeyJudge, Refusal> {
        self.keys.as_deref().ok_or(Refusal::NoPasskey)
    }

    /// Whether a passkey may answer this challenge. Of who gave nothing but a name that is not even told.
    pub(super) fn is_by_passkey(&self, challenge: &Challenge) -> bool {
        self.has_passkeys() && challenge.first.is_proven() && challenge.factors.contains(&Factor::Passkey)
    }

    /// What the browser of a challenge is to ask an authenticator, as JSON. Each time something new is asked; what was
    /// asked before is over.
    pub async fn ask_passkey(&self, caller: &Caller, id: &ChallengeId) -> Result<String, Refusal> {
        self.turnstile.pass(Endpoint::Verify, caller.client).map_err(Refusal::Limited)?;
        let judge = self.key_judge()?;
        for _ in 0..RACES {
            let now = self.now();
            let mut challenge = self.own(caller, id).await?;
            if let Some(gone) = challenge.value.gone(now) {
                return Err(Refusal::Gone(gone));
            }
            let held = self.held(&challenge.value).await?;
            // Nobody goes to fetch a key that would not be looked at.
            let mut desk = self.counting(caller, &challenge.value, false, now).await?;
            if let Some(wait) = desk.counts().wait(true, now) {
                return Err(Refusal::Waiting(wait));
            }
            let question = judge.ask(&held.value.passkeys).map_err(|fault| self.broken(&fault))?;
            let asked = Asked { state: question.state, at: now };
            let clear = serde_json::to_vec(&asked).map_err(|e| self.outage(&e))?;
            challenge.value.key_asked = Some(self.seals.seal_question(self.world.as_ref(), id, &clear));
            let step = Step { challenge: Some(challenge), ..Step::default() };
            if self.store.swap(step).await.map_err(|e| self.outage(&e))? {
                return Ok(question.options);
            }
        }
        Err(Refusal::Outage)
    }

    /// Judges what an authenticator answered. A right answer opens the scope exactly once; a wrong one costs what a wrong
    /// code costs. Either ends the question.
    pub async fn verify_passkey(&self, caller: &Caller, id: &ChallengeId, answer: &str) -> Result<Opened, Refusal> {
        self.turnstile.pass(Endpoint::Verify, caller.client).map_err(Refusal::Limited)?;
        let judge = self.key_judge()?;
        for _ in 0..RACES {
            let seen = self.own(caller, id).await;
            if let Err(Refusal::UnknownChallenge) = seen {
                self.decide(self.event(What::SequenceFail, caller)).await?;
            }
            if let Some(told) = self.judge_passkey(caller, judge, seen?, answer).await? {
                return told;
            }
        }
        Err(Refusal::Outage)
    }

    /// One round: `None` when somebody else changed the records in between.
    async fn judge_passkey(
        &self,
        caller: &Caller,
        judge: &dyn KeyJudge,
        mut challenge: Seen<Challenge>,
        answer: &str,
    ) -> Result<Option<Result<Opened, Refusal>>, Refusal> {
        let now = self.now();
        if let Some(gone) = challenge.value.gone(now) {
            if gone == Gone::Used {
                self.decide(self.about(What::SequenceFail, caller, &challenge.value).detail("passkey")).await?;
            }
            return Ok(Some(Err(Refusal::Gone(gone))));
        }
        let Some(state) = self.key_question(&challenge.value, now) else {
            self.decide(self.about(What::SequenceFail, caller, &challenge.value).detail("passkey")).await?;
            return Ok(Some(Err(Refusal::PasskeyNotAsked)));
        };
        let mut held = self.held(&challenge.value).await?;
        let judged = match judge.judge(&state, answer, &held.value.passkeys) {
            Err(KeyFault::Malformed) => return Err(Refusal::Malformed(NO_ANSWER)),
            Err(fault @ KeyFault::Broken(_)) => return Err(self.broken(&fault)),
            judged => judged,
        };
        challenge.value.key_asked = None;
        let mut desk = self.counting(caller, &challenge.value, judged.is_ok(), now).await?;
        let failed_before = desk.tally().failures > 0;
        let verdict = challenge.value.guess(&mut desk.counts(), judged.is_ok(), now);
        let why = match (verdict, judged) {
            (Guess::Right, Ok(file)) => {
                used(&mut held.value, file, now);
                let right = Right { by: Factor::Passkey, enrolments: Some(held), entry: None };
                return self.open(caller, challenge, (desk, right), failed_before, now).await;
            }
            (Guess::Wait(wait), _) => return Ok(Some(Err(Refusal::Waiting(wait)))),
            (Guess::Gone(gone), _) => return Ok(Some(Err(Refusal::Gone(gone)))),
            (Guess::Right | Guess::Wrong { .. }, Err(fault)) => fault.to_string(),
            // Right, and not taken: the account is closed to strangers.
            (Guess::Wrong { .. }, Ok(_)) => String::new(),
        };
        let record = challenge.value.clone();
        let fail = self.about(What::AuthnLoginFail, caller, &record);
        let mut told = desk.tell_failure(fail, record.tries_left == 0);
        let detail = [Some("passkey".to_owned()), told.detail.take(), Some(why).filter(|why| !why.is_empty())];
        told.detail = Some(detail.into_iter().flatten().collect::<Vec<_>>().join(": "));
        let step = Step { challenge: Some(challenge), accounts: desk.accounts(), ..Step::default() };
        if !self.store.swap(step).await.map_err(|e| self.outage(&e))? {
            return Ok(None);
        }
        self.decide(told).await?;
        self.count_failure().await?;
        Ok(Some(Err(Refusal::WrongPasskey { tries_left: record.tries_left })))
    }

    /// The question that this challenge still waits for an answer to.
    fn key_question(&self, challenge: &Challenge, now: Wall) -> Option<String> {
        let clear = self.seals.open_question(&challenge.id, challenge.key_asked.as_deref()?)?;
        let asked: Asked = serde_json::from_str(clear.expose()).ok()?;
        is_awaited(asked.at, now).then_some(asked.state)
    }

    /// What its user has enrolled, if there is a passkey that may answer this challenge.
    async fn held(&self, challenge: &Challenge) -> Result<Seen<Enrolments>, Refusal> {
        let takes = self.settings.scopes.get(&challenge.scope).is_some_and(|scope| scope.takes(Factor::Passkey));
        let user =
            challenge.user.as_ref().filter(|_| takes && challenge.first.is_proven()).ok_or(Refusal::NoPasskey)?;
        let held = self.enrolled(user).await?;
        if held.value.passkeys.is_empty() { Err(Refusal::NoPasskey) } else { Ok(held) }
    }

    fn broken(&self, fault: &KeyFault) -> Refusal {
        self.outage(fault)
    }
}

/// Takes in that a key answered.
fn used(enrolments: &mut Enrolments, file: KeyFile, now: Wall) {
    enrolments.usual = Some(Factor::Passkey);
    if let Some(key) = enrolments.passkeys.iter_mut().find(|key| key.id == file.id) {
        *key = Passkey { credential: file.credential, used: Some(now), ..key.clone() };
    }
}
