//! From the system's and SQLite's errors to what the caller does about them.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// Adds what was being done to an I/O error, and recognises a full disk.
pub fn io_error(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let what = format!("{doing} {}", path.display());
    move |error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Io { what, error },
    }
}

/// The same for SQLite, which also recognises damage.
pub fn sqlite_error(doing: &'static str, path: &Path) -> impl FnOnce(rusqlite::Error) -> StoreError {
    let file = path.to_owned();
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged { file, offset: 0, what: error.to_string() }
        }
        _ => StoreError::Sqlite { what: format!("{doing} {}", file.display()), error },
    }
}
