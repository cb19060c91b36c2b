//! The store's contract in memory, for the scheduler: before and after each step somebody else may have their turn.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use sekisho::domain::account::{Account, AccountKey};
use sekisho::domain::challenge::Challenge;
use sekisho::domain::figure::Figure;
use sekisho::domain::id::{ChallengeId, SessionId, UserId};
use sekisho::domain::pass::Session;
use sekisho::domain::quota::{Draw, Mark, Used};
use sekisho::domain::time::Wall;
use sekisho::gate::seams::{Heard, News, Revocation, Sealed, Seen, Step, Store, StoreError, Take, Use, Uses};
use shuttle::future::yield_now;

#[derive(Default)]
pub struct Memory(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    challenges: BTreeMap<ChallengeId, Seen<Challenge>>,
    accounts: BTreeMap<AccountKey, Seen<Account>>,
    sessions: BTreeMap<SessionId, Seen<Session>>,
    allowances: BTreeMap<(&'static str, String), Used>,
    revocations: Vec<Revocation>,
}

impl Memory {
    async fn turn<T>(&self, step: impl FnOnce(&mut MutexGuard<'_, Tables>) -> T) -> Result<T, StoreError> {
        yield_now().await;
        let done = step(&mut self.0.lock().expect("no step panicked"));
        yield_now().await;
        Ok(done)
    }
}

fn holds<K: Ord, T>(table: &BTreeMap<K, Seen<T>>, key: &K, seen: &Seen<T>) -> bool {
    table.get(key).map_or(0, |there| there.version) == seen.version
}

fn next<T>(seen: Seen<T>) -> Seen<T> {
    Seen { version: seen.version + 1, ..seen }
}

#[async_trait]
impl Store for Memory {
    async fn challenge(&self, id: &ChallengeId) -> Result<Option<Seen<Challenge>>, StoreError> {
        self.turn(|t| t.challenges.get(id).cloned()).await
    }

    async fn account(&self, key: &AccountKey) -> Result<Seen<Account>, StoreError> {
        let fresh = || Seen { value: Account::default(), version: 0 };
        self.turn(|t| t.accounts.get(key).cloned().unwrap_or_else(fresh)).await
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Seen<Session>>, StoreError> {
        self.turn(|t| t.sessions.get(id).cloned()).await
    }

    async fn sessions(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        self.turn(|t| t.sessions.values().filter(|s| s.value.user == *user).map(|s| s.value.clone()).collect()).await
    }

    async fn swap(&self, step: Step) -> Result<bool, StoreError> {
        self.turn(|t| {
            let held = step.challenge.as_ref().is_none_or(|s| holds(&t.challenges, &s.value.id, s))
                && step.accounts.iter().all(|(key, s)| holds(&t.accounts, key, s))
                && step.session.as_ref().is_none_or(|s| holds(&t.sessions, &s.value.id, s));
            if held {
                t.challenges.extend(step.challenge.map(|s| (s.value.id.clone(), next(s))));
                t.accounts.extend(step.accounts.into_iter().map(|(key, s)| (key, next(s))));
                t.sessions.extend(step.session.map(|s| (s.value.id.clone(), next(s))));
            }
            held
        })
        .await
    }

    async fn take(&self, draws: Vec<Draw>, now: Wall) -> Result<Take, StoreError> {
        self.turn(|t| {
            let mut taken = t.allowances.clone();
            for draw in draws {
                let used = taken.entry((draw.name, draw.key)).or_default();
                match draw.quota.take(*used, draw.units, now) {
                    Err(wait) => return Take::Short { name: draw.name, wait },
                    Ok(after) if draw.spend => *used = after,
                    Ok(_) => {}
                }
            }
            t.allowances = taken;
            Take::Taken
        })
        .await
    }

    async fn mark(&self, ticks: Vec<Mark>, now: Wall) -> Result<Vec<Used>, StoreError> {
        self.turn(|t| {
            let count = |tick: Mark| {
                let used = t.allowances.entry((tick.name, tick.key.clone())).or_default();
                *used = tick.of(*used, now);
                *used
            };
            ticks.into_iter().map(count).collect()
        })
        .await
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError> {
        self.turn(|t| t.revocations.push(revocation)).await
    }

    async fn news(&self, seen: u64) -> Result<News, StoreError> {
        let numbered = |t: &mut MutexGuard<'_, Tables>| (1..).zip(t.revocations.clone()).collect::<Vec<_>>();
        let all = self.turn(numbered).await?;
        Ok(News { revocations: all.into_iter().filter(|(n, _)| *n > seen).collect(), ..News::default() })
    }

    async fn nudged(&self) {
        std::future::pending().await
    }

    async fn touch(&self, _: Vec<Use>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn uses(&self, heard: Heard) -> Result<Uses, StoreError> {
        Ok(Uses { uses: Vec::new(), heard })
    }

    async fn last_use(&self, _: &Session) -> Result<Option<Wall>, StoreError> {
        Ok(None)
    }

    async fn sweep(&self, _: Wall) -> Result<(), StoreError> {
        Ok(())
    }

    // Nobody here counts.

    async fn count(&self, _: Vec<Figure>) -> Result<(), StoreError> {
        Err(StoreError("not kept".to_owned()))
    }

    async fn counted(&self, _: Wall, _: Wall) -> Result<Vec<Figure>, StoreError> {
        Err(StoreError("not kept".to_owned()))
    }

    // Nobody here parks or enrols.

    /// Nobody here has enrolled anything.
    async fn enrolments(&self, _: &UserId) -> Result<Seen<Sealed>, StoreError> {
        Ok(Seen { value: Sealed::default(), version: 0 })
    }

    async fn park(&self, _: &ChallengeId, _: Sealed, _: Wall) -> Result<bool, StoreError> {
        Err(StoreError("not kept".to_owned()))
    }

    async fn parked(&self, _: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        Err(StoreError("not kept".to_owned()))
    }

    async fn unpark(&self, _: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
        Err(StoreError("not kept".to_owned()))
    }
}
