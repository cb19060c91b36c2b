//! Figures of delivery in the file: one row for each number of each hour.

use rusqlite::{Connection, params};

use crate::domain::figure::{Figure, KEPT, Series, hour_of};
use crate::domain::time::Wall;
use crate::gate::seams::StoreError;

use super::schema::failed;

/// Adds to what is there.
pub fn count(db: &Connection, figures: &[Figure]) -> Result<(), StoreError> {
    let sql = "INSERT INTO figure (hour, provider, channel, country, what, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (hour, provider, channel, country, what) DO UPDATE SET count = count + excluded.count";
    let mut add = db.prepare_cached(sql).map_err(failed)?;
    for Figure { series, count } in figures {
        let Series { hour, provider, channel, country, what } = series;
        let count = i64::try_from(*count).map_err(failed)?;
        add.execute(params![hour, provider, channel, country, what, count]).map_err(failed)?;
    }
    Ok(())
}

/// Those of the hours from the one to the other, both included.
pub fn counted(db: &Connection, from: i64, to: i64) -> Result<Vec<Figure>, StoreError> {
    let sql = "SELECT hour, provider, channel, country, what, count FROM figure WHERE hour BETWEEN ?1 AND ?2";
    let mut query = db.prepare_cached(sql).map_err(failed)?;
    let rows = query.query_map(params![from, to], |row| {
        let series = Series {
            hour: row.get(0)?,
            provider: row.get(1)?,
            channel: row.get(2)?,
            country: row.get(3)?,
            what: row.get(4)?,
        };
        Ok(Figure { series, count: row.get(5)? })
    });
    rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
}

/// Forgets what is too old to be kept.
pub fn sweep(db: &Connection, now: Wall) -> Result<(), StoreError> {
    let gone = "DELETE FROM figure WHERE hour < ?1";
    db.prepare_cached(gone).map_err(failed)?.execute([hour_of(now.minus(KEPT))]).map_err(failed)?;
    Ok(())
}
