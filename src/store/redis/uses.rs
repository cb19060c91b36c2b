//! Last uses: in each bucket when they were, and in which order they were written down, so that asking for news costs what
//! happened since and not what is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::id::SessionId;
use crate::domain::pass::Session;
use crate::domain::time::Wall;
use crate::gate::seams::{Heard, StoreError, Use, Uses};

use super::keys::Place;
use super::script::{LEAVE, Order, TOUCH, USES};
use super::work::{Habit, Work};

/// Uses of one bucket that are told in one go.
const TOLD: usize = 200;
/// Uses of one bucket that one sweep looks at.
const SWEPT: usize = 500;

impl Work {
    pub async fn touch(self: &Arc<Self>, uses: Vec<Use>) -> Result<(), StoreError> {
        let mut buckets: BTreeMap<u8, Vec<Use>> = BTreeMap::new();
        for one in uses {
            buckets.entry(one.session.bucket()).or_default().push(one);
        }
        self.each(buckets.into_iter(), |work, (bucket, uses)| async move {
            let place = Place::Bucket(bucket);
            let keys = ["uses", "used", "usecount"].map(|kind| work.key(place, kind, ""));
            let mut order = Order::script(&TOUCH, keys.into());
            for Use { session, scope, at } in uses {
                order = order.arg(format!("{session} {scope}")).arg(at.0);
            }
            let _: u64 = work.ask(place, &order, Habit::Again).await?;
            Ok(())
        })
        .await
        .map(drop)
    }

    pub async fn uses(self: &Arc<Self>, heard: Heard) -> Result<Uses, StoreError> {
        let heard = Arc::new(heard);
        let told = self.each(0..=255, |work, bucket| {
            let heard = heard.clone();
            async move { work.uses_of(bucket, heard.0.get(&bucket)).await }
        });
        let mut all = Uses::default();
        for (bucket, uses, mark) in told.await? {
            all.uses.extend(uses);
            all.heard.0.insert(bucket, mark);
        }
        Ok(all)
    }

    /// A server that took over may have numbered otherwise, so there everything is news.
    async fn uses_of(
        &self,
        bucket: u8,
        heard: Option<&(String, u64)>,
    ) -> Result<(u8, Vec<Use>, (String, u64)), StoreError> {
        let place = Place::Bucket(bucket);
        let reign = self.link.at(place).await?.vitals.reign.clone();
        let mut last = heard.filter(|(whose, _)| *whose == reign).map_or(0, |(_, number)| *number);
        let keys = ["uses", "used"].map(|kind| self.key(place, kind, ""));
        let order = Order::script(&USES, keys.into()).arg(last).arg(TOLD);
        let told: Vec<(String, i64, u64)> = self.ask(place, &order, Habit::Again).await?;
        let mut uses = Vec::with_capacity(told.len());
        for (key, at, number) in told {
            last = last.max(number);
            let Some((session, scope)) = key.split_once(' ') else { continue };
            let session = SessionId::parse(session);
            uses.extend(session.map(|session| Use { session, scope: scope.into(), at: Wall(at) }));
        }
        Ok((bucket, uses, (reign, last)))
    }

    pub async fn last_use(&self, session: &Session) -> Result<Option<Wall>, StoreError> {
        if session.scopes.is_empty() {
            return Ok(None);
        }
        let place = Place::Bucket(session.id.bucket());
        let fields: Vec<String> = session.scopes.keys().map(|scope| format!("{} {scope}", session.id)).collect();
        let order = Order::plain("HMGET").arg(self.key(place, "uses", "")).arg(fields);
        let found: Vec<Option<i64>> = self.ask(place, &order, Habit::Again).await?;
        Ok(found.into_iter().flatten().max().map(Wall))
    }

    /// Looks at some uses, from where the sweep before ended, and forgets those whose sessions are gone.
    pub(super) async fn sweep_uses(&self, bucket: u8) -> Result<(), StoreError> {
        let (place, after) = (Place::Bucket(bucket), &self.swept[usize::from(bucket)]);
        let range = Order::plain("ZRANGE").arg(self.key(place, "used", ""));
        let range = range.arg(format!("({}", after.load(Ordering::Relaxed))).arg("+inf").arg("BYSCORE");
        let range = range.arg("LIMIT").arg(0).arg(SWEPT).arg("WITHSCORES");
        let found: Vec<(String, f64)> = self.ask(place, &range, Habit::Again).await?;
        let last = found.last().filter(|_| found.len() == SWEPT).map_or(0, |(_, number)| *number as u64);
        after.store(last, Ordering::Relaxed);
        if found.is_empty() {
            return Ok(());
        }
        let mut keys = ["uses", "used"].map(|kind| self.key(place, kind, "")).to_vec();
        let session = |key: &str| self.key(place, "session", key.split(' ').next().unwrap_or_default());
        keys.extend(found.iter().map(|(key, _)| session(key)));
        let order = Order::script(&LEAVE, keys).arg(found.into_iter().map(|(key, _)| key).collect::<Vec<_>>());
        self.ask::<u64>(place, &order, Habit::Again).await.map(drop)
    }
}
