//! The table of sealed targets: one row a reader and log, in a database of its own.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::delivery::ReaderTag;

/// Rows that were not set anew for so long are dropped: their device is gone. Devices set theirs anew every week.
const KEPT_MS: i64 = 60 * 24 * 60 * 60 * 1000;

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
        Ok(Self { db })
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
            .execute(params![place.log, place.reader, sealed, now_ms])?;
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
        self.db.execute("DELETE FROM wake_targets WHERE at_ms < ?1", [now_ms.saturating_sub(KEPT_MS)])?;
        Ok(())
    }

    /// As versions before left them.
    #[cfg(test)]
    pub fn shorten(&self) {
        self.db.execute("UPDATE wake_targets SET reader = substr(reader, 1, 4)", []).unwrap();
    }
}
