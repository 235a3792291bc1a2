//! The client's database: its tables, and small typed access to the settings table.
//!
//! Migrations are numbered and only go forward. Every statement that changes more than one feature's tables
//! stands in that feature's file; here is only what all share.

use casemate_crypto::store::{Kv, KvError, Value};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::OpenError;

mod secret;

pub use secret::*;

/// One string of SQL a version.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
    include_str!("schema/004.sql"),
    include_str!("schema/005.sql"),
    include_str!("schema/006.sql"),
    include_str!("schema/007.sql"),
    include_str!("schema/008.sql"),
    include_str!("schema/009.sql"),
    include_str!("schema/010.sql"),
    include_str!("schema/011.sql"),
    include_str!("schema/012.sql"),
    include_str!("schema/013.sql"),
    include_str!("schema/014.sql"),
    include_str!("schema/015.sql"),
    include_str!("schema/016.sql"),
    include_str!("schema/017.sql"),
    include_str!("schema/018.sql"),
    include_str!("schema/019.sql"),
    include_str!("schema/020.sql"),
    include_str!("schema/021.sql"),
    include_str!("schema/022.sql"),
    include_str!("schema/023.sql"),
    include_str!("schema/024.sql"),
    include_str!("schema/025.sql"),
    include_str!("schema/026.sql"),
    include_str!("schema/027.sql"),
    include_str!("schema/028.sql"),
    include_str!("schema/029.sql"),
    include_str!("schema/030.sql"),
    include_str!("schema/031.sql"),
    include_str!("schema/032.sql"),
    include_str!("schema/033.sql"),
    include_str!("schema/034.sql"),
    include_str!("schema/035.sql"),
    include_str!("schema/036.sql"),
    include_str!("schema/037.sql"),
    include_str!("schema/038.sql"),
    include_str!("schema/039.sql"),
    include_str!("schema/040.sql"),
    include_str!("schema/041.sql"),
    include_str!("schema/042.sql"),
    include_str!("schema/043.sql"),
    include_str!("schema/044.sql"),
    include_str!("schema/045.sql"),
    include_str!("schema/046.sql"),
    include_str!("schema/047.sql"),
    include_str!("schema/048.sql"),
    include_str!("schema/049.sql"),
    include_str!("schema/050.sql"),
    include_str!("schema/051.sql"),
    include_str!("schema/052.sql"),
    include_str!("schema/053.sql"),
    include_str!("schema/054.sql"),
];

/// How every driver keeps the database, once its key is set. What was committed survives a power cut, since the server drops what this
/// device has acknowledged. Freed pages are overwritten: they held keys and words that must be gone. The log beside the database is cut to
/// what is in use. Temporary tables never reach the disk. Without shared memory, WAL needs the lock first.
pub const PRAGMAS: &str = "pragma locking_mode = exclusive;
    pragma temp_store = memory;
    pragma secure_delete = on;
    pragma foreign_keys = on;
    select count(*) from sqlite_schema;
    pragma journal_mode = wal;
    pragma journal_size_limit = 0;
    pragma synchronous = full;";

/// Brings the tables up to date.
pub fn migrate(db: &mut Connection) -> Result<(), OpenError> {
    // The first statement that reads is where a wrong key shows.
    let version: i64 = db
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .and_then(|version| {
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(version)
        })
        .map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => OpenError::WrongKey,
            _ => OpenError::Sqlite(error),
        })?;
    if version > MIGRATIONS.len() as i64 {
        return Err(OpenError::NewerVersion);
    }
    migrate_to(db, version, MIGRATIONS.len())
}

fn migrate_to(db: &mut Connection, version: i64, last: usize) -> Result<(), OpenError> {
    for (number, sql) in (1i64..).zip(&MIGRATIONS[..last]).skip(version as usize) {
        let step = db.transaction().map_err(OpenError::Sqlite)?;
        step.execute_batch(sql).map_err(OpenError::Sqlite)?;
        step.pragma_update(None, "user_version", number).map_err(OpenError::Sqlite)?;
        step.commit().map_err(OpenError::Sqlite)?;
    }
    Ok(())
}

/// A transaction. Where the store failed so that one could not be undone, it is undone now.
pub fn begin(db: &mut Connection, behavior: TransactionBehavior) -> rusqlite::Result<Transaction<'_>> {
    if !db.is_autocommit() {
        db.execute_batch("ROLLBACK")?;
    }
    db.transaction_with_behavior(behavior)
}

/// MLS state in the same database and transaction as everything else.
pub struct MlsStore<'a>(pub &'a Connection);

impl Kv for MlsStore<'_> {
    fn read(&self, key: &[u8]) -> Result<Option<Value>, KvError> {
        // From where SQLite has it: no copy in between.
        let value = |row: &rusqlite::Row<'_>| Ok(Value::new(row.get_ref(0)?.as_blob()?.to_vec()));
        self.0
            .prepare_cached("SELECT value FROM mls WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([key], value).optional())
            .map_err(kv_error)
    }

    fn write(&self, key: &[u8], value: Value) -> Result<(), KvError> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO mls(key, value) VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute(params![key, &value[..]]))
            .map(|_| ())
            .map_err(kv_error)
    }

    fn delete(&self, key: &[u8]) -> Result<(), KvError> {
        self.0
            .prepare_cached("DELETE FROM mls WHERE key = ?1")
            .and_then(|mut statement| statement.execute([key]))
            .map(|_| ())
            .map_err(kv_error)
    }
}

fn kv_error(error: rusqlite::Error) -> KvError {
    KvError(error.to_string())
}

/// A settings row's value.
pub fn setting(db: &Connection, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached("SELECT value FROM settings WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

/// The same where it is a text; empty where there is none.
pub fn text(db: &Connection, key: &str) -> rusqlite::Result<String> {
    Ok(setting(db, key)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default())
}

/// Writes a settings row.
pub fn set_setting(db: &Connection, key: &str, value: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO settings(key, value) VALUES (?1, ?2)")?
        .execute(params![key, value])?;
    Ok(())
}

/// Takes a settings row away; also where there is none.
pub fn forget_setting(db: &Connection, key: &str) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM settings WHERE key = ?1")?.execute([key])?;
    Ok(())
}

/// A settings row that holds a number; 0 where there is none.
pub fn number(db: &Connection, key: &str) -> rusqlite::Result<i64> {
    let value = setting(db, key)?;
    Ok(value.and_then(|bytes| bytes.try_into().ok()).map_or(0, i64::from_be_bytes))
}

/// Writes a settings row that holds a number.
pub fn set_number(db: &Connection, key: &str, value: i64) -> rusqlite::Result<()> {
    set_setting(db, key, &value.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The database of a program that keyed devices by their id alone.
    #[test]
    fn migrate_of_an_old_home_keeps_every_device_under_its_account() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate_to(&mut db, 0, 29).unwrap();
        db.execute_batch(
            "INSERT INTO leaves(log, device, account, reader_hash, first_reader_hash, counter, added_ms)
                 VALUES (x'01', x'02', x'03', x'04', x'05', 6, 7), (x'01', x'08', x'03', NULL, NULL, -1, 0);
             INSERT INTO device_keys(device, account, hpke_key) VALUES (x'02', x'03', x'09');
             INSERT INTO call_devices(call, device, account, participant, heard_ms)
                 VALUES (x'0a', x'02', x'03', x'0b', 12);",
        )
        .unwrap();
        migrate(&mut db).unwrap();
        let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(
            count(
                "SELECT count(*) FROM leaves WHERE log = x'01' AND account = x'03' AND device = x'02'
                     AND reader_hash = x'04' AND first_reader_hash = x'05' AND counter = 6 AND added_ms = 7"
            ),
            1
        );
        assert_eq!(count("SELECT count(*) FROM leaves WHERE counter = -1"), 1);
        assert_eq!(count("SELECT count(*) FROM device_keys WHERE account = x'03' AND device = x'02'"), 1);
        assert_eq!(count("SELECT heard_ms FROM call_devices WHERE account = x'03' AND device = x'02'"), 12);
        // Another account's device of the same id has a place beside it.
        db.execute_batch(
            "INSERT INTO leaves(log, account, device, counter) VALUES (x'01', x'0c', x'02', 0);
             INSERT INTO device_keys(account, device, hpke_key) VALUES (x'0c', x'02', x'0d');
             INSERT INTO call_devices(call, account, device, participant) VALUES (x'0a', x'0c', x'02', x'0e');",
        )
        .unwrap();
    }

    /// Pictures were kept under ids that a message could have.
    #[test]
    fn migrate_of_an_old_home_gives_pictures_ids_of_their_own() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate_to(&mut db, 0, 30).unwrap();
        db.execute_batch(
            "INSERT INTO people(account, address, standing, at_ms, picture)
                 VALUES (x'01', 'a@b', 3, 0, x'00ff8000000000000000000000000001');
             INSERT INTO messages(message, thread, position, account, at_ms, kind, text, state)
                 VALUES (x'00000000000000000000000000000002', 1, 1, x'01', 0, 0, 'hello', 4);
             INSERT INTO attachments(message, idx, descriptor, blob, state, kind, bytes)
                 VALUES (x'00ff8000000000000000000000000001', 0, x'', x'05', 6, 1, 9),
                        (x'00000000000000000000000000000002', 0, x'', x'06', 6, 1, 9);",
        )
        .unwrap();
        migrate(&mut db).unwrap();
        let of = |sql: &str| db.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        let picture = of("SELECT picture FROM people");
        assert_eq!(picture, [&b"pict"[..], &[0; 11], &[1]].concat());
        assert_eq!(of("SELECT message FROM attachments WHERE blob = x'05'"), picture);
        let untouched = of("SELECT message FROM attachments WHERE blob = x'06'");
        assert_eq!(untouched, of("SELECT message FROM messages"));
    }
}
