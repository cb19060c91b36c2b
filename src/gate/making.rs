//! Codes that a provider makes and checks: a try is reserved in the store, then the provider is asked, then its word counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::challenge::{Challenge, Gone};
use crate::domain::code::{Code, CodeShape};
use crate::domain::contact::Channel;
use crate::domain::event::{Event, What};
use crate::domain::id::ChallengeId;
use crate::domain::maker::{Answer, Maker, Reserve, Verdict, Verification};
use crate::domain::refusal::Refusal;
use crate::domain::secret::Secret;

use super::begin::RACES;
use super::judging::Right;
use super::seams::{CodeMaker, Making, Parcel, Step, StoreError};
use super::{Caller, Gate, Opened};

/// How often whoever waits for another entry's answer looks again.
const LOOK: Duration = Duration::from_millis(50);
/// What the store may take beyond a provider's patience, before an asking is taken for lost.
const STORING: Duration = Duration::from_secs(5);

/// Every code is ours.
#[derive(Debug, Clone, Copy)]
pub struct Ours;

#[async_trait]
impl CodeMaker for Ours {
    fn making(&self, _: Channel) -> Option<&Making> {
        None
    }

    async fn check(&self, _: Channel, _: &str, _: &Secret<String>, _: &Code) -> Verdict {
        Verdict::Unsent
    }

    fn cancel(&self, _: Channel, _: &str, _: &Secret<String>) {}
}

/// How many milliseconds a provider took to answer the last time. Where there is nobody to ask, the answer takes as long.
#[derive(Debug)]
pub(super) struct Pace(AtomicU64);

/// Until somebody was asked.
const USUAL: u64 = 1000;

impl Default for Pace {
    fn default() -> Pace {
        Pace(AtomicU64::new(USUAL))
    }
}

impl Pace {
    fn took(&self, span: Duration) {
        self.0.store(u64::try_from(span.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }

    fn last(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// An entry for which a try is spent.
struct Reserved {
    number: u32,
    entry: Code,
    /// Whether there is anybody to ask.
    heard: bool,
    reference: Option<Secret<String>>,
    provider: String,
    channel: Channel,
}

impl Gate {
    /// The same gate, where codes of some channels are made and checked by others.
    pub fn with_makers(self, makers: impl CodeMaker) -> Gate {
        Gate { makers: std::sync::Arc::new(makers), ..self }
    }

    /// What this challenge's code looks like.
    pub(crate) fn shape_of(&self, challenge: &Challenge) -> CodeShape {
        let making = challenge.maker.as_ref().and_then(|_| self.makers.making(challenge.channel));
        making.map_or(self.settings.challenge.shape, |making| making.shape)
    }

    /// Leaves the code to the channel's provider, where that makes it. One code never goes ways of two makers.
    pub(super) fn give_to_maker(
        &self,
        mut challenge: Challenge,
        parcel: Option<Parcel>,
    ) -> (Challenge, Option<Parcel>) {
        let Some(making) = self.makers.making(challenge.channel) else {
            challenge.channels.retain(|channel| self.makers.making(*channel).is_none());
            return (challenge, parcel);
        };
        let life = self.settings.challenge.life.min(making.life);
        let challenge = Challenge {
            maker: Some(Maker::new(&making.provider)),
            mac: String::new(),
            sealed: String::new(),
            channels: vec![challenge.channel],
            expires: challenge.created.plus(life),
            tries_left: challenge.tries_left.min(making.tries),
            ..challenge
        };
        (challenge, parcel.map(|parcel| Parcel { code: no_code(), life, ..parcel }))
    }

    /// The code for one more message; empty where its provider makes it.
    pub(super) fn code_again(&self, challenge: &Challenge) -> Option<Code> {
        if challenge.maker.is_some() { Some(no_code()) } else { self.seals.open_code(challenge) }
    }

    /// Takes in what the provider began with message number `send`, by the name that the provider gave it.
    pub async fn began(&self, id: &ChallengeId, send: u8, reference: &str) {
        if let Err(error) = self.keep_reference(id, send, reference).await {
            tracing::error!(%error, challenge = %id, "what a provider began could not be kept, so its code opens nothing");
        }
    }

    async fn keep_reference(&self, id: &ChallengeId, send: u8, reference: &str) -> Result<(), StoreError> {
        let sealed = self.seals.seal_reference(self.world.as_ref(), id, reference);
        for _ in 0..RACES {
            let Some(mut seen) = self.store.challenge(id).await? else { return Ok(()) };
            let verification = Verification { reference: sealed.clone(), send };
            if !seen.value.maker.as_mut().is_some_and(|maker| maker.began(verification)) {
                return Ok(());
            }
            if self.store.swap(Step { challenge: Some(seen), ..Step::default() }).await? {
                return Ok(());
            }
        }
        Err(StoreError("others kept changing the challenge".to_owned()))
    }

    /// Judges what somebody typed by its provider's word. The answer leaves at a multiple of a fixed delay after the request
    /// arrived, so that nobody tells by it who was asked.
    pub(super) async fn verify_made(&self, caller: &Caller, id: &ChallengeId, entry: &str) -> Result<Opened, Refusal> {
        let told = match self.verify_else(caller, id, entry).await {
            Ok(None) => self.verify_by_maker(caller, id, entry).await,
            Ok(Some(opened)) => Ok(opened),
            Err(refusal) => Err(refusal),
        };
        self.world.sleep_until(self.next_beat(caller.arrived)).await;
        told
    }

    fn next_beat(&self, arrived: Duration) -> Duration {
        let (delay, so_far) = (self.settings.answer_delay.as_millis().max(1), self.mono().saturating_sub(arrived));
        let beats = so_far.as_millis().div_ceil(delay).max(1);
        arrived + self.settings.answer_delay * u32::try_from(beats).unwrap_or(u32::MAX)
    }

    /// Judges what is no matter of the provider's: a code of what the user enrolled, whatever cannot be one of the
    /// provider's, and anything at all before a message was asked for. `None` where the provider has to say.
    async fn verify_else(&self, caller: &Caller, id: &ChallengeId, entry: &str) -> Result<Option<Opened>, Refusal> {
        for _ in 0..RACES {
            let seen = self.own(caller, id).await?;
            let now = self.now();
            let Some(judged) = self.judge_entry(&seen.value, entry, now).await? else {
                return Err(seen.value.gone(now).map_or(Refusal::NotACode, Refusal::Gone));
            };
            if judged.is_for_maker(&seen.value) {
                return Ok(None);
            }
            if let Some(told) = self.guess(caller, seen, judged, now).await? {
                return told.map(Some);
            }
        }
        Err(Refusal::Outage)
    }

    async fn verify_by_maker(&self, caller: &Caller, id: &ChallengeId, entry: &str) -> Result<Opened, Refusal> {
        let reserved = self.reserve(caller, id, entry).await?;
        let verdict = self.ask_maker(&reserved).await;
        for _ in 0..RACES {
            if let Some(told) = self.take_word(caller, id, &reserved, verdict).await? {
                return told;
            }
        }
        Err(Refusal::Outage)
    }

    /// Spends a try for the entry, once nobody else's is being asked about.
    async fn reserve(&self, caller: &Caller, id: &ChallengeId, entry: &str) -> Result<Reserved, Refusal> {
        let (begun, mut races) = (self.mono(), 0);
        loop {
            let mut seen = self.own(caller, id).await?;
            let now = self.now();
            let Some(code) = self.shape_of(&seen.value).read(entry) else {
                return Err(seen.value.gone(now).map_or(Refusal::NotACode, Refusal::Gone));
            };
            let making = self.makers.making(seen.value.channel);
            let patience = making.map_or(Duration::ZERO, |making| making.patience) + STORING;
            let mut desk = self.counting(caller, &seen.value, false, now).await?;
            let before = seen.value.state;
            match seen.value.reserve(&mut desk.counts(), patience, now) {
                Reserve::Spent { number, heard } => {
                    let reserved = self.reserved(&seen.value, number, heard, code);
                    let step = Step { challenge: Some(seen), accounts: desk.accounts(), ..Step::default() };
                    if self.store.swap(step).await.map_err(|e| self.outage(&e))? {
                        return Ok(reserved);
                    }
                    races += 1;
                }
                Reserve::Busy if self.mono().saturating_sub(begun) < patience => {
                    self.world.sleep_until(self.mono() + LOOK).await;
                }
                Reserve::Busy | Reserve::Unmade => return Err(Refusal::Outage),
                Reserve::Gone(gone) => {
                    if gone == Gone::Used && self.seals.is_code(&seen.value, &code) {
                        self.decide(self.about(What::AuthnTokenReuse, caller, &seen.value)).await?;
                    }
                    if seen.value.state != before {
                        let step = Step { challenge: Some(seen), accounts: desk.accounts(), ..Step::default() };
                        self.store.swap(step).await.map_err(|e| self.outage(&e))?;
                    }
                    return Err(Refusal::Gone(gone));
                }
                // The account may wait because of the very entry that ended the challenge; then that is what to say.
                Reserve::Wait(wait) => {
                    if self.own(caller, id).await?.version == seen.version {
                        return Err(Refusal::Waiting(wait));
                    }
                    races += 1;
                }
            }
            if races > RACES {
                return Err(Refusal::Outage);
            }
        }
    }

    fn reserved(&self, challenge: &Challenge, number: u32, heard: bool, entry: Code) -> Reserved {
        let maker = challenge.maker.as_ref();
        let verification = maker.and_then(|maker| maker.verification.as_ref());
        let reference = verification.and_then(|v| self.seals.open_reference(&challenge.id, &v.reference));
        let provider = maker.map(|maker| maker.provider.clone()).unwrap_or_default();
        Reserved { number, entry, heard, reference, provider, channel: challenge.channel }
    }

    async fn ask_maker(&self, reserved: &Reserved) -> Verdict {
        let begun = self.mono();
        if !reserved.heard {
            self.world.sleep_until(begun + self.pace.last()).await;
            return Verdict::Wrong;
        }
        // It cannot be read when the key that sealed it was taken out.
        let Some(reference) = &reserved.reference else { return Verdict::Unsent };
        let verdict = self.makers.check(reserved.channel, &reserved.provider, reference, &reserved.entry).await;
        // What did not come in time would make everybody wait as long.
        if matches!(verdict, Verdict::Right | Verdict::Wrong | Verdict::Over) {
            self.pace.took(self.mono().saturating_sub(begun));
        }
        verdict
    }

    /// One round: `None` when somebody else changed the records in between.
    async fn take_word(
        &self,
        caller: &Caller,
        id: &ChallengeId,
        reserved: &Reserved,
        verdict: Verdict,
    ) -> Result<Option<Result<Opened, Refusal>>, Refusal> {
        let mut seen = self.own(caller, id).await?;
        let (now, right) = (self.now(), verdict == Verdict::Right);
        let mut desk = self.counting(caller, &seen.value, right, now).await?;
        // The one that this entry was counted as does not count.
        let failed_before = desk.tally().failures > 1;
        let answer = seen.value.answer(reserved.number, verdict, &mut desk.counts(), now);
        if answer == Answer::Right {
            // By this a second click on the button is known to be the same entry.
            let (user, scope) = (seen.value.user.as_ref(), seen.value.scope.as_str());
            seen.value.mac = self.seals.code_mac(id, user, scope, &reserved.entry);
            return self.open(caller, seen, (desk, Right::by_code()), failed_before, now).await;
        }
        let record = seen.value.clone();
        let last = record.tries_left == 0;
        let judged = verdict == Verdict::Wrong;
        let told = match judged {
            true => desk.tell_failure(self.about(What::AuthnLoginFail, caller, &record), last),
            false => self.about(What::CodeCheckFailed, caller, &record).detail(reason(verdict)),
        };
        let step = Step { challenge: Some(seen), accounts: desk.accounts(), ..Step::default() };
        if !self.store.swap(step).await.map_err(|e| self.outage(&e))? {
            return Ok(None);
        }
        if let Some(reference) = reserved.reference.as_ref().filter(|_| last && judged && reserved.heard) {
            self.makers.cancel(reserved.channel, &reserved.provider, reference);
        }
        self.tell_entry(told, judged).await?;
        Ok(Some(Err(match answer {
            Answer::Wrong { tries_left } => Refusal::WrongCode { tries_left },
            Answer::Gone(gone) => Refusal::Gone(gone),
            Answer::Right | Answer::Unclear => Refusal::Outage,
        })))
    }

    async fn tell_entry(&self, told: Event, judged: bool) -> Result<(), Refusal> {
        self.decide(told).await?;
        if judged { self.count_failure().await } else { Ok(()) }
    }
}

fn no_code() -> Code {
    Secret::new(String::new())
}

fn reason(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Over => "over",
        Verdict::Unsent => "not asked",
        Verdict::Right | Verdict::Wrong | Verdict::Unknown => "no answer",
    }
}
