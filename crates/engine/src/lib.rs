//! The client as a synchronous state machine: [`Engine::handle`] takes one [`Input`] and gives [`Output`]s.
//! No async, no threads, no clock, no sockets, no files but one SQLite connection; native and browser alike.
pub mod io;

pub use io::{FileRef, Input, Output, Staged, Transfer};

use rand_chacha::ChaCha20Rng;
use rusqlite::Connection;

/// What a driver decides once.
pub struct Config {
    /// For `account.show`: `passphrase`, `key_store` or `file`.
    pub key_kept_in: String,
    /// Shown to the operator, at most 64 bytes.
    pub software: String,
    /// Seeded from the system's entropy; from a seed in the simulation.
    pub rng: ChaCha20Rng,
}

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Made by a newer Casemate.
    #[error("this data was written by a newer Casemate; update this one")]
    NewerVersion,
    /// The key is wrong, or the file is not a Casemate database.
    #[error("wrong passphrase, or the file is not a Casemate database")]
    WrongKey,
    /// SQLite failed.
    #[error("the database cannot be opened: {0}")]
    Sqlite(rusqlite::Error),
}

/// The client.
pub struct Engine {}

impl Engine {
    /// Takes a connection whose key was set, and brings its tables up to date.
    pub fn open(_db: Connection, _config: Config) -> Result<Self, OpenError> {
        Ok(Self {})
    }

    /// Handles one input in one transaction. `now_ms` is the device's clock, Unix time.
    pub fn handle(&mut self, _input: Input, _now_ms: i64) -> Vec<Output> {
        Vec::new()
    }

    /// When [`Input::Tick`] is wanted next, by the device's clock.
    pub fn deadline(&self) -> Option<i64> {
        None
    }

    /// Whether the database holds an account already; the first output of `start` connects.
    pub fn start(&mut self, _now_ms: i64) -> Vec<Output> {
        Vec::new()
    }
}
