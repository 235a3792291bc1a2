//! Opens the SQLCipher database with its raw key.

use std::path::Path;

use data_encoding::HEXLOWER;
use rusqlite::{Connection, ErrorCode};
use zeroize::Zeroizing;

use super::super::disk;
use super::DbKey;

/// Why it did not open.
#[derive(Debug)]
pub enum OpenError {
    /// The key is another's, or the file is no database.
    WrongKey,
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}

/// Opens or makes the database. What was committed survives a power cut (`synchronous=full`): the server drops
/// what this device has acknowledged.
pub fn open(path: &Path, key: &DbKey) -> Result<Connection, OpenError> {
    // SQLite gives its other files the mode of this one.
    // Where this fails SQLite says why.
    drop(disk::own_file(path));
    let db = Connection::open(path).map_err(OpenError::Sqlite)?;
    let key_pragma = Zeroizing::new(format!("pragma key = \"x'{}'\"", HEXLOWER.encode(&key[..])));
    // SQLCipher would print a wrong passphrase's failures over the terminal.
    db.execute_batch("pragma cipher_log_level = none").map_err(OpenError::Sqlite)?;
    // The key's pragma answers nothing about whether it fits; the first read does.
    db.execute_batch(&key_pragma).map_err(OpenError::Sqlite)?;
    let settled = db.execute_batch(casemate_engine::PRAGMAS);
    match settled {
        Ok(()) => Ok(db),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Err(OpenError::WrongKey),
        Err(error) => Err(OpenError::Sqlite(error)),
    }
}
