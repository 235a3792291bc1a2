//! The table of sealed targets: one row a reader and log, in a database of its own.

use std::path::Path;

use rand_core::{OsRng, RngCore};
use rusqlite::{Connection, params};

use crate::delivery::ReaderTag;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Rows that were not set anew for so long are dropped: their device is gone. Devices set theirs anew every week.
const KEPT_MS: i64 = 60 * DAY_MS;

/// A row says a day, by chance one of so many until it was set. A device sets the rows of all its conversations when it comes first: by
/// their times nobody finds out, who reads the table, which of them are one device's.
const DAYS: u32 = 8;

/// The table. `None` as the path: in memory.
pub struct Rows {
    db: Connection,
}

/// A row's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The log.
    pub log: [u8; 16],
    /// Which of its readers, see [`crate::delivery::reader_tag`].
    pub reader: ReaderTag,
}

impl Rows {
    /// Opens or makes the database.
    ///
    /// # Errors
    /// Where SQLite cannot.
    pub fn open(path: Option<&Path>) -> rusqlite::Result<Self> {
        let db = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        // What is lost in a crash is set anew; order is what matters.
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;
             CREATE TABLE IF NOT EXISTS wake_targets (
                 log    BLOB NOT NULL,
                 reader BLOB NOT NULL,
                 sealed BLOB NOT NULL,
                 at_ms  INTEGER NOT NULL,
                 PRIMARY KEY (log, reader)
             ) STRICT, WITHOUT ROWID;
             -- As versions before made it, with the first four bytes of the hash as a number.
             CREATE TABLE IF NOT EXISTS wakes (
                 log    BLOB NOT NULL,
                 reader INTEGER NOT NULL,
                 sealed BLOB NOT NULL,
                 at_ms  INTEGER NOT NULL,
                 PRIMARY KEY (log, reader)
             ) STRICT, WITHOUT ROWID;
             INSERT OR IGNORE INTO wake_targets SELECT log, unhex(format('%08X', reader)), sealed, at_ms FROM wakes;
             DELETE FROM wakes;",
        )?;
        let rows = Self { db };
        rows.forget_times()?;
        Ok(rows)
    }

    /// Versions before stored when a row was set, to the millisecond.
    fn forget_times(&self) -> rusqlite::Result<()> {
        let exact: Vec<([u8; 16], Vec<u8>, i64)> = self
            .db
            .prepare("SELECT log, reader, at_ms FROM wake_targets WHERE at_ms % ?1 <> 0")?
            .query_map([DAY_MS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        if exact.is_empty() {
            return Ok(());
        }
        let transaction = self.db.unchecked_transaction()?;
        for (log, reader, at_ms) in exact {
            self.db
                .prepare_cached("UPDATE wake_targets SET at_ms = ?3 WHERE log = ?1 AND reader = ?2")?
                .execute(params![log, reader, some_day(at_ms)])?;
        }
        transaction.commit()?;
        // What was overwritten stands in the log beside the database until that is emptied.
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }

    /// Logs that wake somebody.
    pub fn logs(&self) -> rusqlite::Result<Vec<[u8; 16]>> {
        let mut statement = self.db.prepare("SELECT DISTINCT log FROM wake_targets")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }

    /// Logs with a row of a version before, which has four bytes of a reader's hash.
    pub fn short_logs(&self) -> rusqlite::Result<Vec<[u8; 16]>> {
        let mut statement =
            self.db.prepare("SELECT DISTINCT log FROM wake_targets WHERE length(reader) = 4")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }

    /// A reader is known by its whole tag: a row of a version before is its own from now on.
    pub fn widen(&self, place: Place) -> rusqlite::Result<()> {
        self.db
            .prepare_cached(
                "UPDATE OR IGNORE wake_targets SET reader = ?2 WHERE log = ?1 AND reader = substr(?2, 1, 4)",
            )?
            .execute(params![place.log, place.reader])?;
        Ok(())
    }

    /// Sets a row.
    pub fn set(&self, place: Place, sealed: &[u8], now_ms: i64) -> rusqlite::Result<()> {
        self.remove(place)?;
        self.db
            .prepare_cached("INSERT INTO wake_targets(log, reader, sealed, at_ms) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![place.log, place.reader, sealed, some_day(now_ms)])?;
        Ok(())
    }

    /// Removes a row.
    pub fn remove(&self, place: Place) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("DELETE FROM wake_targets WHERE log = ?1 AND reader IN (?2, substr(?2, 1, 4))")?
            .execute(params![place.log, place.reader])?;
        Ok(())
    }

    /// A reader took another's place.
    pub fn move_to(&self, from: Place, to: ReaderTag) -> rusqlite::Result<()> {
        self.db
            .prepare_cached(
                "UPDATE OR REPLACE wake_targets SET reader = ?3
                 WHERE log = ?1 AND reader IN (?2, substr(?2, 1, 4))",
            )?
            .execute(params![from.log, from.reader, to])?;
        Ok(())
    }

    /// All rows of a log: what is known of each reader's hash, and its sealed target.
    pub fn of(&self, log: &[u8; 16]) -> rusqlite::Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut statement =
            self.db.prepare_cached("SELECT reader, sealed FROM wake_targets WHERE log = ?1")?;
        statement.query_map([log], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }

    /// Drops what nobody set anew.
    pub fn housekeeping(&self, now_ms: i64) -> rusqlite::Result<()> {
        let oldest_ms = now_ms.saturating_sub(KEPT_MS).saturating_sub(DAY_MS.saturating_mul(DAYS.into()));
        self.db.execute("DELETE FROM wake_targets WHERE at_ms < ?1", [oldest_ms])?;
        Ok(())
    }

    /// As versions before left them.
    #[cfg(test)]
    pub fn shorten(&self) {
        self.db.execute("UPDATE wake_targets SET reader = substr(reader, 1, 4)", []).unwrap();
    }
}

/// The beginning of a day that is not after this time and not long before.
fn some_day(at_ms: i64) -> i64 {
    let before = i64::from(OsRng.next_u32() % DAYS).saturating_mul(DAY_MS);
    at_ms.saturating_sub(at_ms.rem_euclid(DAY_MS)).saturating_sub(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A week later, some milliseconds into a day.
    const NOW_MS: i64 = 20_000 * DAY_MS + 12_345_678;

    fn times(rows: &Rows) -> Vec<i64> {
        let mut statement = rows.db.prepare("SELECT at_ms FROM wake_targets").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn place(number: u8) -> Place {
        Place { log: [number; 16], reader: [number; 16] }
    }

    fn is_coarse(times: &[i64]) -> bool {
        let days =
            times.iter().map(|time| (NOW_MS - time) / DAY_MS).collect::<std::collections::BTreeSet<_>>();
        times.iter().all(|time| time % DAY_MS == 0)
            && days.len() > 3
            && days.into_iter().all(|day| (0..8).contains(&day))
    }

    #[test]
    fn wake_rows_of_one_burst_are_not_told_by_their_times() {
        let rows = Rows::open(None).unwrap();
        (0..200).for_each(|number| rows.set(place(number), &[1; 9], NOW_MS).unwrap());
        assert!(is_coarse(&times(&rows)), "{:?}", times(&rows));
        // Each is kept for sixty days at least, and not for much longer.
        rows.housekeeping(NOW_MS + KEPT_MS).unwrap();
        assert_eq!(times(&rows).len(), 200);
        rows.housekeeping(NOW_MS + KEPT_MS + 9 * DAY_MS).unwrap();
        assert!(times(&rows).is_empty());
    }

    #[test]
    fn wake_rows_of_a_version_before_lose_their_times_with_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("push.db");
        let rows = Rows::open(Some(&path)).unwrap();
        for number in 0..200 {
            rows.set(place(number), &[1; 9], NOW_MS).unwrap();
        }
        rows.db.execute("UPDATE wake_targets SET at_ms = ?1", [NOW_MS]).unwrap();
        drop(rows);
        let rows = Rows::open(Some(&path)).unwrap();
        assert!(is_coarse(&times(&rows)), "{:?}", times(&rows));
        // A row of which the time was said in eight bytes at most; neither file has it any more.
        let exact = &NOW_MS.to_be_bytes()[2..];
        for file in [path.clone(), path.with_file_name("push.db-wal")] {
            // The log beside the database is gone where it was closed last.
            if !file.exists() {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(exact.len()).any(|window| window == exact), "{}", file.display());
        }
        let before = times(&rows);
        drop(rows);
        assert_eq!(times(&Rows::open(Some(&path)).unwrap()), before, "once");
    }
}
