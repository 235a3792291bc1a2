//! `NNNNNNNN.idx`: for one segment, where each entry of each log is. Written in sorted slices by the background
//! thread, read by whoever needs a page. Derived: from `reach` on it is made again out of the segment.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::errors::sqlite_error;
use super::meta::checkpoint;
use super::waiting::Span;
use crate::store::StoreError;

const SCHEMA: &str = "
CREATE TABLE entries (
    slot INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    at INTEGER NOT NULL,    -- offset in the segment
    bytes INTEGER NOT NULL, -- with the frame
    PRIMARY KEY (slot, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE reach ( -- entries before this offset are all here; one row
    id INTEGER PRIMARY KEY CHECK (id = 0),
    at INTEGER NOT NULL
) STRICT;
INSERT INTO reach (id, at) VALUES (0, 0);
";

/// A connection to a segment's index.
pub struct Index {
    path: PathBuf,
    db: Connection,
}

/// Where a segment's index is.
pub fn index_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:08}.idx"))
}

impl Index {
    /// For writing; creates where there is none.
    pub fn open(path: PathBuf) -> Result<Self, StoreError> {
        let open = || -> rusqlite::Result<Connection> {
            let db = Connection::open(&path)?;
            db.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;",
            )?;
            if db.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? == 0 {
                db.execute_batch(&format!("BEGIN;{SCHEMA}PRAGMA user_version = 1;COMMIT;"))?;
            }
            Ok(db)
        };
        let db = open().map_err(sqlite_error("opening", &path))?;
        Ok(Self { path, db })
    }

    /// For reading. None where nothing has been indexed yet.
    pub fn open_to_read(path: PathBuf) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        // Not read-only: the first to open a database in WAL mode makes its shared memory.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Option<Connection>> {
            let db = Connection::open_with_flags(&path, flags)?;
            db.execute_batch("PRAGMA query_only = 1; PRAGMA cache_size = -1000;")?;
            let made = db.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? > 0;
            Ok(made.then_some(db))
        };
        let db = open().map_err(sqlite_error("opening", &path))?;
        Ok(db.map(|db| Self { path, db }))
    }

    /// Entries before this offset are here.
    pub fn reach(&self) -> Result<u32, StoreError> {
        let reach = self.db.query_row("SELECT at FROM reach", [], |row| row.get(0));
        reach.map_err(sqlite_error("reading", &self.path))
    }

    /// Adds a slice in one transaction. One that is here already may only be the same: an entry number that was
    /// used twice would lose a message, so it stops everything rather than being passed over.
    pub fn add(&mut self, rows: &[(u32, u64, Span)]) -> Result<(), StoreError> {
        let mut used_twice = None;
        let mut add = |db: &mut Connection| -> rusqlite::Result<()> {
            let transaction = db.transaction()?;
            let mut insert = transaction.prepare_cached(
                "INSERT INTO entries (slot, entry, at, bytes) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?;
            for (slot, entry, span) in rows {
                if insert.execute(params![slot, *entry as i64, span.offset, span.bytes])? == 1 {
                    continue;
                }
                let found: u32 = transaction
                    .prepare_cached("SELECT at FROM entries WHERE slot = ?1 AND entry = ?2")?
                    .query_row(params![slot, *entry as i64], |row| row.get(0))?;
                if found != span.offset {
                    used_twice = Some(span.offset);
                    return Ok(());
                }
            }
            drop(insert);
            transaction.commit()
        };
        add(&mut self.db).map_err(sqlite_error("adding to", &self.path))?;
        match used_twice {
            None => Ok(()),
            Some(offset) => {
                let what = "an entry number was used twice".into();
                Err(StoreError::Damaged { file: self.path.clone(), offset: offset.into(), what })
            }
        }
    }

    /// All entries before this offset have been added.
    pub fn save_reach(&mut self, offset: u32) -> Result<(), StoreError> {
        let saved = self.db.execute("UPDATE reach SET at = max(at, ?1)", [offset]);
        saved.map(drop).map_err(sqlite_error("adding to", &self.path))
    }

    /// Makes everything durable that was added.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        checkpoint(&self.db).map_err(sqlite_error("adding to", &self.path))
    }

    /// The oldest entry of a log from `entry` on that is here.
    pub fn oldest(&self, slot: u32, entry: u64) -> Result<Option<u64>, StoreError> {
        let oldest = || {
            self.db
                .prepare_cached(
                    "SELECT entry FROM entries WHERE slot = ?1 AND entry >= ?2 ORDER BY entry LIMIT 1",
                )?
                .query_row(params![slot, entry as i64], |row| row.get::<_, i64>(0))
                .optional()
        };
        let oldest = oldest().map_err(sqlite_error("reading", &self.path))?;
        Ok(oldest.map(|entry| entry as u64))
    }

    /// Up to `limit` entries of a log from `entry` on.
    pub fn find(&self, slot: u32, entry: u64, limit: usize) -> Result<Vec<Span>, StoreError> {
        let find = || -> rusqlite::Result<Vec<Span>> {
            let mut statement = self.db.prepare_cached(
                "SELECT at, bytes FROM entries WHERE slot = ?1 AND entry >= ?2 ORDER BY entry LIMIT ?3",
            )?;
            let rows = statement.query_map(params![slot, entry as i64, limit as i64], |row| {
                Ok(Span { offset: row.get(0)?, bytes: row.get(1)? })
            })?;
            rows.collect()
        };
        find().map_err(sqlite_error("reading", &self.path))
    }

    /// For up to `limit` logs from `slot` on: the newest entry that is here.
    pub fn newest(&self, slot: u32, limit: usize) -> Result<Vec<(u32, u64)>, StoreError> {
        let newest = || -> rusqlite::Result<Vec<(u32, u64)>> {
            let mut statement = self.db.prepare_cached(
                "SELECT slot, max(entry) FROM entries WHERE slot >= ?1 GROUP BY slot ORDER BY slot LIMIT ?2",
            )?;
            let rows = statement.query_map(params![slot, limit as i64], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
            })?;
            rows.collect()
        };
        newest().map_err(sqlite_error("reading", &self.path))
    }
}
