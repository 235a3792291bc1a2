//! `meta.db`: the logs, their readers, the sealed segments, and how far the journal has been carried over. Derived
//! from the journal but for what lies in expired segments; so losing its newest transactions (WAL with
//! `synchronous=NORMAL`, power loss) loses nothing, since `applied` goes back with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use casemate_wire::ids::{Hash32, LogId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::errors::sqlite_error;
use super::journal::Sealed;
use crate::store::{Dropped, LogState, Reader, Readers, Receipt, StoreError};

/// The data folder's format. Raised when an older version could no longer read it.
pub const FORMAT: u32 = 1;

const SCHEMA: &str = "
CREATE TABLE logs (
    slot INTEGER PRIMARY KEY,
    log BLOB NOT NULL UNIQUE,
    next_entry INTEGER NOT NULL,
    first_entry INTEGER NOT NULL,
    watermark INTEGER NOT NULL,
    write_hash BLOB NOT NULL,
    last_commit INTEGER NOT NULL,
    calm_commit_ms INTEGER NOT NULL,
    urgent_until_ms INTEGER NOT NULL,
    position INTEGER NOT NULL -- of the last record that is part of this row and its readers
) STRICT;
CREATE TABLE readers (
    slot INTEGER NOT NULL,
    hash BLOB NOT NULL,
    cursor INTEGER NOT NULL,
    from_entry INTEGER NOT NULL,
    PRIMARY KEY (slot, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE segments ( -- that are written no more and wholly indexed
    number INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE applied ( -- records before this position are part of the rows above; one row
    id INTEGER PRIMARY KEY CHECK (id = 0),
    position INTEGER NOT NULL,
    entries INTEGER NOT NULL, -- in the segment of that position, before it
    first_ms INTEGER,         -- when the first of them was accepted
    last_ms INTEGER NOT NULL  -- and the newest
) STRICT;
INSERT INTO applied (id, position, entries, last_ms) VALUES (0, 0, 0, -9223372036854775808);
";

/// Came later, and is made at each start: a version that does not know it does as if there were none of these.
const DROPPED: &str = "
CREATE TABLE IF NOT EXISTS dropped_readers (
    slot INTEGER NOT NULL,
    hash BLOB NOT NULL,
    by_entry INTEGER NOT NULL, -- the commit that dropped it
    cursor INTEGER NOT NULL,
    from_entry INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (slot, hash, by_entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reader_receipts (
    slot INTEGER NOT NULL,
    hash BLOB NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (slot, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS damaged ( -- records that are set aside
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    PRIMARY KEY (segment, offset)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS expiring ( -- segments whose files may be gone
    number INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE IF NOT EXISTS trimmed ( -- segments out of which something was taken
    number INTEGER PRIMARY KEY
) STRICT;
";

/// A connection to `meta.db`.
pub struct Meta {
    path: PathBuf,
    db: Connection,
    had_no_marks: bool,
}

/// A log as it is to be saved.
#[derive(Debug, Clone)]
pub struct LogRow {
    /// The log.
    pub log: LogId,
    /// Its state; `first_entry` counts only for a log that is new.
    pub state: LogState,
    /// Of the last record that is part of it.
    pub position: u64,
    /// Where they have changed: all of them.
    pub readers: Option<Readers>,
}

/// How far the journal has been carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Records before this position are in here.
    pub position: u64,
    /// Entries before it in its segment.
    pub entries: u32,
    /// When the first of them was accepted.
    pub first_ms: Option<i64>,
    /// When the newest of them was accepted.
    pub last_ms: i64,
}

/// A place in the journal: segment and offset, so ordered.
pub fn position(segment: u32, offset: u32) -> u64 {
    u64::from(segment) << 32 | u64::from(offset)
}

impl Meta {
    /// Opens, creates where there is none, refuses what a newer version wrote.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = || sqlite_error("opening", path);
        let db = Connection::open(path).map_err(failed())?;
        let format: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed())?;
        if format > FORMAT {
            let folder = path.parent().unwrap_or(path).to_owned();
            return Err(StoreError::NewerVersion { folder, found: format, known: FORMAT });
        }
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;",
        )
        .map_err(failed())?;
        db.set_prepared_statement_cache_capacity(32);
        if format == 0 {
            db.execute_batch(&format!("BEGIN;{SCHEMA}PRAGMA user_version = {FORMAT};COMMIT;"))
                .map_err(failed())?;
        }
        let marks = "SELECT 1 FROM sqlite_schema WHERE name = 'expiring'";
        let has_marks = db.prepare(marks).and_then(|mut marks| marks.exists([])).map_err(failed())?;
        db.execute_batch(DROPPED).map_err(failed())?;
        Ok(Self { path: path.to_owned(), db, had_no_marks: format > 0 && !has_marks })
    }

    /// While a crash is recovered from nearly everything is looked up: as one transaction, with much of the
    /// database in memory. Ended with [`Self::end_look_ups`].
    pub fn begin_look_ups(&self) -> Result<(), StoreError> {
        self.query("reading", |db| db.execute_batch("PRAGMA cache_size = -262144; BEGIN;"))
    }

    /// Gives the memory back.
    pub fn end_look_ups(&self) -> Result<(), StoreError> {
        self.query("reading", |db| {
            db.execute_batch("COMMIT; PRAGMA cache_size = -8000; PRAGMA shrink_memory;")
        })
    }

    /// A log and the position of its last record.
    pub fn log(&self, log: LogId) -> Result<Option<(LogState, u64)>, StoreError> {
        self.query("reading a log from", |db| {
            db.prepare_cached(
                "SELECT slot, next_entry, first_entry, watermark, write_hash, last_commit, calm_commit_ms, \
                 urgent_until_ms, position FROM logs WHERE log = ?1",
            )?
            .query_row([&log.0], log_state)
            .optional()
        })
    }

    /// All logs, in the order of the table.
    pub fn all_logs(&self, mut each: impl FnMut(LogId, LogState, u64)) -> Result<(), StoreError> {
        self.query("reading all logs from", |db| {
            let mut statement = db.prepare(
                "SELECT slot, next_entry, first_entry, watermark, write_hash, last_commit, calm_commit_ms, \
                 urgent_until_ms, position, log FROM logs",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (state, position) = log_state(row)?;
                each(LogId(row.get(9)?), state, position);
            }
            Ok(())
        })
    }

    /// A log's readers.
    pub fn readers(&self, slot: u32) -> Result<Readers, StoreError> {
        self.query("reading readers from", |db| {
            let mut statement =
                db.prepare_cached("SELECT hash, cursor, from_entry FROM readers WHERE slot = ?1")?;
            let rows = statement.query_map([slot], |row| {
                Ok(Reader { hash: Hash32(row.get(0)?), cursor: number(row, 1)?, from: number(row, 2)? })
            })?;
            let rows = rows.collect::<Result<_, _>>()?;
            let mut statement = db.prepare_cached(
                "SELECT hash, cursor, from_entry, by_entry, since_ms FROM dropped_readers WHERE slot = ?1",
            )?;
            let dropped = statement.query_map([slot], |row| {
                let reader =
                    Reader { hash: Hash32(row.get(0)?), cursor: number(row, 1)?, from: number(row, 2)? };
                Ok(Dropped { reader, by: number(row, 3)?, since_ms: row.get(4)? })
            })?;
            let dropped = dropped.collect::<Result<_, _>>()?;
            let mut statement =
                db.prepare_cached("SELECT hash, version, sealed FROM reader_receipts WHERE slot = ?1")?;
            let receipts = statement.query_map([slot], |row| {
                let sealed = row.get::<_, Vec<u8>>(2)?.into();
                Ok((Hash32(row.get(0)?), Receipt { version: number(row, 1)?, sealed }))
            })?;
            Ok(Readers::from_rows(rows, dropped).with_receipts(receipts.collect::<Result<_, _>>()?))
        })
    }

    /// A log's oldest entry that has not expired.
    pub fn first_entry(&self, slot: u32) -> Result<Option<u64>, StoreError> {
        self.query("reading a log from", |db| {
            db.prepare_cached("SELECT first_entry FROM logs WHERE slot = ?1")?
                .query_row([slot], |row| number(row, 0))
                .optional()
        })
    }

    /// The first slot that no log has.
    pub fn next_slot(&self) -> Result<u32, StoreError> {
        self.query("reading", |db| {
            db.query_row("SELECT coalesce(max(slot) + 1, 0) FROM logs", [], |row| row.get(0))
        })
    }

    /// How far the journal has been carried over.
    pub fn applied(&self) -> Result<Applied, StoreError> {
        self.query("reading", |db| {
            db.query_row("SELECT position, entries, first_ms, last_ms FROM applied", [], |row| {
                Ok(Applied {
                    position: number(row, 0)?,
                    entries: row.get(1)?,
                    first_ms: row.get(2)?,
                    last_ms: row.get(3)?,
                })
            })
        })
    }

    /// The sealed segments that are left, oldest first.
    pub fn segments(&self) -> Result<Vec<Sealed>, StoreError> {
        self.query("reading", |db| {
            let mut statement = db.prepare("SELECT number, bytes, last_ms FROM segments ORDER BY number")?;
            let rows = statement.query_map([], |row| {
                Ok(Sealed { number: row.get(0)?, bytes: row.get(1)?, last_ms: row.get(2)? })
            })?;
            rows.collect()
        })
    }

    /// The records that were set aside so far.
    pub fn damaged(&self) -> Result<Vec<(u32, u32)>, StoreError> {
        self.query("reading", |db| {
            let mut statement = db.prepare("SELECT segment, offset FROM damaged")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// These were set aside, too.
    pub fn save_damaged(&mut self, places: &[(u32, u32)]) -> Result<(), StoreError> {
        self.transaction("saving to", |db| {
            let mut insert =
                db.prepare_cached("INSERT OR IGNORE INTO damaged (segment, offset) VALUES (?1, ?2)")?;
            places.iter().try_for_each(|place| insert.execute(*place).map(drop))
        })
    }

    /// Saves logs in one transaction.
    pub fn save_logs(&mut self, rows: &[LogRow]) -> Result<(), StoreError> {
        self.transaction("saving logs to", |db| rows.iter().try_for_each(|row| save_log(db, row)))
    }

    /// The journal has been carried over so far, and these segments have been indexed.
    pub fn save_applied(&mut self, applied: &Applied, sealed: &[Sealed]) -> Result<(), StoreError> {
        self.transaction("saving to", |db| {
            for Sealed { number, bytes, last_ms } in sealed {
                db.execute(
                    "INSERT INTO segments (number, bytes, last_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    params![number, bytes, last_ms],
                )?;
            }
            db.execute(
                "UPDATE applied SET position = ?1, entries = ?2, first_ms = ?3, last_ms = ?4",
                params![applied.position as i64, applied.entries, applied.first_ms, applied.last_ms],
            )?;
            Ok(())
        })
    }

    /// Entries of these logs up to and with the given ones have expired.
    pub fn expire_entries(&mut self, expired: &[(u32, u64)]) -> Result<(), StoreError> {
        self.transaction("expiring entries in", |db| {
            let mut statement =
                db.prepare_cached("UPDATE logs SET first_entry = max(first_entry, ?2) WHERE slot = ?1")?;
            for (slot, last) in expired {
                statement.execute(params![slot, *last as i64 + 1])?;
            }
            Ok(())
        })
    }

    /// A segment's files are about to be removed. Durable when this returns, as is everything before it.
    pub fn mark_expiring(&mut self, number: u32) -> Result<(), StoreError> {
        self.transaction("saving to", |db| {
            db.execute("INSERT OR IGNORE INTO expiring (number) VALUES (?1)", [number]).map(drop)
        })?;
        self.checkpoint()
    }

    /// Something is about to be taken out of a segment. Durable when this returns, as is everything before it.
    pub fn mark_trimmed(&mut self, number: u32) -> Result<(), StoreError> {
        self.transaction("saving to", |db| {
            db.execute("INSERT OR IGNORE INTO trimmed (number) VALUES (?1)", [number]).map(drop)
        })?;
        self.checkpoint()
    }

    /// Whether something was taken out of a segment: what is zeros there is no damage.
    pub fn is_trimmed(&self, number: u32) -> Result<bool, StoreError> {
        self.query("reading", |db| {
            db.prepare_cached("SELECT 1 FROM trimmed WHERE number = ?1")?.exists([number])
        })
    }

    /// Which log has a slot, and up to where all its readers have read.
    pub fn name_of(&self, slot: u32) -> Result<Option<(LogId, u64)>, StoreError> {
        self.query("reading a log from", |db| {
            db.prepare_cached("SELECT log, watermark FROM logs WHERE slot = ?1")?
                .query_row([slot], |row| Ok((LogId(row.get(0)?), number(row, 1)?)))
                .optional()
        })
    }

    /// Whether a version before [`Self::mark_expiring`] wrote it last.
    pub fn had_no_marks(&self) -> bool {
        self.had_no_marks
    }

    /// Whether a segment's files were about to be removed.
    pub fn is_expiring(&self, number: u32) -> Result<bool, StoreError> {
        self.query("reading", |db| {
            db.prepare_cached("SELECT 1 FROM expiring WHERE number = ?1")?.exists([number])
        })
    }

    /// What was damaged in segments before this one is gone with them.
    pub fn forget_damage_before(&mut self, number: u32) -> Result<(), StoreError> {
        self.transaction("saving to", |db| {
            db.execute("DELETE FROM damaged WHERE segment < ?1", [number]).map(drop)
        })
    }

    /// A sealed segment is missing, and the operator goes on without it.
    pub fn lose_segment(&mut self, number: u32) -> Result<(), StoreError> {
        self.transaction("saving to", |db| {
            db.execute("DELETE FROM segments WHERE number = ?1", [number]).map(drop)
        })
    }

    /// A segment is no more. Durable when this returns, as is everything before it.
    pub fn forget_segment(&mut self, number: u32) -> Result<(), StoreError> {
        self.transaction("saving to", |db| {
            db.execute("DELETE FROM damaged WHERE segment = ?1", [number])?;
            db.execute("DELETE FROM expiring WHERE number = ?1", [number])?;
            db.execute("DELETE FROM trimmed WHERE number = ?1", [number])?;
            db.execute("DELETE FROM segments WHERE number = ?1", [number]).map(drop)
        })?;
        self.checkpoint()
    }

    /// Makes everything durable that was saved.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.query("saving to", checkpoint)
    }

    fn query<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.db).map_err(sqlite_error(doing, &self.path))
    }

    fn transaction(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let all = || -> rusqlite::Result<()> {
            let transaction = self.db.transaction()?;
            work(&transaction)?;
            transaction.commit()
        };
        all().map_err(sqlite_error(doing, &self.path))
    }
}

/// Puts the whole write-ahead log into the database and makes that durable.
pub fn checkpoint(db: &Connection) -> rusqlite::Result<()> {
    let busy: bool = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None))
    } else {
        Ok(())
    }
}

fn save_log(db: &Connection, row: &LogRow) -> rusqlite::Result<()> {
    let state = &row.state;
    // An update leaves first_entry alone: expiry moves it in here, behind the back of a state in memory.
    let updated = db
        .prepare_cached(
            "UPDATE logs SET next_entry = ?2, watermark = ?3, write_hash = ?4, last_commit = ?5, \
             calm_commit_ms = ?6, urgent_until_ms = ?7, position = ?8 WHERE slot = ?1",
        )?
        .execute(params![
            state.slot,
            state.next_entry as i64,
            state.watermark as i64,
            state.write_hash.0,
            state.last_commit as i64,
            state.calm_commit_ms,
            state.urgent_until_ms,
            row.position as i64
        ])?;
    if updated == 0 {
        insert_log(db, row)?;
    }
    let Some(readers) = &row.readers else { return Ok(()) };
    db.prepare_cached("DELETE FROM readers WHERE slot = ?1")?.execute([state.slot])?;
    let mut insert =
        db.prepare_cached("INSERT INTO readers (slot, hash, cursor, from_entry) VALUES (?1, ?2, ?3, ?4)")?;
    for Reader { hash, cursor, from } in readers.rows() {
        insert.execute(params![state.slot, hash.0, *cursor as i64, *from as i64])?;
    }
    db.prepare_cached("DELETE FROM dropped_readers WHERE slot = ?1")?.execute([state.slot])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO dropped_readers (slot, hash, by_entry, cursor, from_entry, since_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for Dropped { reader: Reader { hash, cursor, from }, by, since_ms } in readers.dropped() {
        let (by, cursor, from) = (*by as i64, *cursor as i64, *from as i64);
        insert.execute(params![state.slot, hash.0, by, cursor, from, since_ms])?;
    }
    save_receipts(db, state.slot, readers)
}

/// Those that are new: each is some hundred bytes, and most have not changed.
fn save_receipts(db: &Connection, slot: u32, readers: &Readers) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("SELECT hash, version FROM reader_receipts WHERE slot = ?1")?;
    let saved = statement
        .query_map([slot], |row| Ok((Hash32(row.get(0)?), number(row, 1)?)))?
        .collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
    let mut delete = db.prepare_cached("DELETE FROM reader_receipts WHERE slot = ?1 AND hash = ?2")?;
    for hash in saved.keys().filter(|hash| !readers.receipts().contains_key(hash)) {
        delete.execute(params![slot, hash.0])?;
    }
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO reader_receipts (slot, hash, version, sealed) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (hash, Receipt { version, sealed }) in readers.receipts() {
        if saved.get(hash) != Some(version) {
            insert.execute(params![slot, hash.0, *version as i64, &sealed[..]])?;
        }
    }
    Ok(())
}

fn insert_log(db: &Connection, row: &LogRow) -> rusqlite::Result<()> {
    let state = &row.state;
    db.prepare_cached(
        "INSERT INTO logs (slot, log, next_entry, first_entry, watermark, write_hash, last_commit, \
         calm_commit_ms, urgent_until_ms, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        state.slot,
        row.log.0,
        state.next_entry as i64,
        state.first_entry as i64,
        state.watermark as i64,
        state.write_hash.0,
        state.last_commit as i64,
        state.calm_commit_ms,
        state.urgent_until_ms,
        row.position as i64
    ])
    .map(drop)
}

fn log_state(row: &Row<'_>) -> rusqlite::Result<(LogState, u64)> {
    let state = LogState {
        slot: row.get(0)?,
        next_entry: number(row, 1)?,
        first_entry: number(row, 2)?,
        watermark: number(row, 3)?,
        write_hash: Hash32(row.get(4)?),
        last_commit: number(row, 5)?,
        calm_commit_ms: row.get(6)?,
        urgent_until_ms: row.get(7)?,
    };
    Ok((state, number(row, 8)?))
}

/// SQLite's integers have a sign. Numbers here count up from small ones and never reach it.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|value| value as u64)
}
