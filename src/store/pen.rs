//! What one commit writes with: the file, and the allowances that its pieces take from. Some allowances stand for all of
//! them (messages in all, money a day), so each is read once and written once.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::quota::{Draw, Mark, Used};
use crate::domain::time::Wall;
use crate::gate::seams::{StoreError, Take};

use super::schema::failed;

pub struct Pen<'a> {
    pub db: &'a Connection,
    drawn: HashMap<(&'static str, String), Drawn>,
    /// Whether something that was taken cannot be written down: then nothing of this commit may hold.
    pub broken: bool,
}

/// An allowance as it is in the file, and as it is to be.
struct Drawn {
    there: Option<(Used, Wall)>,
    now: Used,
    expires: Wall,
}

impl<'a> Pen<'a> {
    pub fn new(db: &'a Connection) -> Pen<'a> {
        Pen { db, drawn: HashMap::new(), broken: false }
    }

    /// Takes from every allowance, or from none.
    pub fn take(&mut self, draws: Vec<Draw>, now: Wall) -> Result<Take, StoreError> {
        let mut taken: Vec<((&'static str, String), Drawn)> = Vec::with_capacity(draws.len());
        for Draw { name, key, quota, units, spend } in draws {
            let key = (name, key);
            let here = taken.iter_mut().find(|(there, _)| *there == key).map(|(_, drawn)| drawn);
            let (there, used) = match (&here, self.drawn.get(&key)) {
                (Some(drawn), _) => (drawn.there, Some(drawn.now)),
                (None, Some(drawn)) => (drawn.there, Some(drawn.now)),
                (None, None) => read(self.db, &key).map(|found| (found, found.map(|(used, _)| used)))?,
            };
            let after = match quota.take(used.unwrap_or_default(), units, now) {
                Err(wait) => return Ok(Take::Short { name, wait }),
                Ok(_) if !spend => continue,
                Ok(after) => after,
            };
            // Whatever a column cannot hold is refused before anything is changed.
            i64::try_from(after.units).map_err(failed)?;
            let drawn = Drawn { there, now: after, expires: after.since.plus(quota.per) };
            match here {
                Some(here) => *here = drawn,
                None => taken.push((key, drawn)),
            }
        }
        self.drawn.extend(taken);
        Ok(Take::Taken)
    }

    /// Counts, and says what each count comes to.
    pub fn mark(&mut self, ticks: Vec<Mark>, now: Wall) -> Result<Vec<Used>, StoreError> {
        let mut all = Vec::with_capacity(ticks.len());
        for tick in ticks {
            let key = (tick.name, tick.key.clone());
            let (there, used) = match self.drawn.get(&key) {
                Some(drawn) => (drawn.there, Some(drawn.now)),
                None => read(self.db, &key).map(|found| (found, found.map(|(used, _)| used)))?,
            };
            let after = tick.of(used.unwrap_or_default(), now);
            if used != Some(after) && !tick.changes_nothing() {
                self.drawn.insert(key, Drawn { there, now: after, expires: after.since.plus(tick.per) });
            }
            all.push(after);
        }
        Ok(all)
    }

    /// Writes down what was taken. Has to come before the commit, and before anything that looks at allowances itself.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        if self.drawn.is_empty() {
            return Ok(());
        }
        self.broken = true;
        self.write()?;
        self.broken = false;
        Ok(())
    }

    fn write(&mut self) -> Result<(), StoreError> {
        // Within its window only the number rises, and no index has to hear of that; unless the window became another one.
        let more = "UPDATE allowance SET units = ?3 WHERE name = ?1 AND key = ?2";
        let anew = "INSERT INTO allowance (name, key, since, units, expires) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (name, key) DO UPDATE SET since = ?3, units = ?4, expires = ?5";
        let mut more = self.db.prepare_cached(more).map_err(failed)?;
        let mut anew = self.db.prepare_cached(anew).map_err(failed)?;
        for ((name, key), Drawn { there, now, expires }) in self.drawn.drain() {
            let changed = match there.is_some_and(|(there, until)| there.since == now.since && until == expires) {
                true => more.execute(params![name, key, now.units]),
                false => anew.execute(params![name, key, now.since.0, now.units, expires.0]),
            };
            if changed.map_err(failed)? != 1 {
                return Err(StoreError(format!("the allowance {name} is gone")));
            }
        }
        Ok(())
    }
}

/// What was used, and until when that is kept.
fn read(db: &Connection, (name, key): &(&'static str, String)) -> Result<Option<(Used, Wall)>, StoreError> {
    let sql = "SELECT since, units, expires FROM allowance WHERE name = ?1 AND key = ?2";
    let mut query = db.prepare_cached(sql).map_err(failed)?;
    let read = |row: &Row<'_>| Ok((Used { since: Wall(row.get(0)?), units: row.get(1)? }, Wall(row.get(2)?)));
    query.query_row(params![name, key], read).optional().map_err(failed)
}

/// What counts come to, where nothing is added to any of them.
pub fn look(db: &Connection, ticks: &[Mark], now: Wall) -> Result<Vec<Used>, StoreError> {
    let look = |tick: &Mark| {
        let found = read(db, &(tick.name, tick.key.clone()))?;
        Ok(tick.of(found.map(|(used, _)| used).unwrap_or_default(), now))
    };
    ticks.iter().map(look).collect()
}
