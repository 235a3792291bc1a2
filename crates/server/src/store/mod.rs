//! What the delivery service keeps, behind one narrow interface.
//!
//! ```text
//! delivery::rules ──decides──▶ Mutation ──▶ Store::commit (durable when it returns)
//!                                            ├── MemoryStore   tests and the simulation
//!                                            └── DiskStore     segment files, meta.db, an index a segment
//! ```
//! A store keeps order and durability; it judges nothing. [`suite`] is what every implementation is held to.
//! Not here: accounts, inboxes and blobs, which are no part of delivery and never stand beside a log.

mod disk;
mod memory;
pub mod segment;
mod state;
#[cfg(test)]
mod suite;

pub use disk::disk_room;
pub use disk::{
    DiskStore, FailingFiles, FileCall, FileError, Options, SegmentFile, SegmentFiles, SegmentLimits,
    damaged_records,
};
pub use memory::{MemoryStore, StoreCall, StoreFault};
pub use state::{DROPPED, DROPPED_MS, Dropped, LogState, Reader, Readers, Receipt};

use std::path::PathBuf;

use bytes::Bytes;
use casemate_wire::ids::{ClientId, Hash32, LogId};

/// Where logs are kept.
pub trait Store {
    /// A log's state, or none where the log does not exist.
    fn log(&mut self, log: LogId) -> Result<Option<LogState>, StoreError>;

    /// One reader of a log, by the hash of its secret.
    fn reader(&mut self, log: LogId, hash: &Hash32) -> Result<Option<Reader>, StoreError>;

    /// The hash of the reader of a log of which that is true.
    fn reader_by(
        &mut self,
        log: LogId,
        is_meant: &dyn Fn(&Hash32) -> bool,
    ) -> Result<Option<Hash32>, StoreError> {
        Ok(self.readers(log)?.find_by(is_meant))
    }

    /// All readers of a log; empty where the log does not exist.
    fn readers(&mut self, log: LogId) -> Result<Readers, StoreError>;

    /// Carries out `mutations` in order, all or none. When it returns, everything but [`Mutation::Ack`] and
    /// [`Mutation::Receipt`] is durable; these become so at the next flush.
    fn commit(&mut self, mutations: &[Mutation]) -> Result<(), StoreError>;

    /// Entries after `page.after`, oldest first and without a gap. Where the first has another number than
    /// `page.after + 1`, what was between has expired. One whose record is damaged is in its place, as [`StoredEntry::lost`].
    fn read(&mut self, page: &Page) -> Result<Vec<StoredEntry>, StoreError>;

    /// Reads pages on another thread, while this store goes on.
    fn pages(&self) -> Result<Box<dyn PageReader>, StoreError>;

    /// Lets go of entries that were stored before `before_ms`. An implementation may keep some for longer
    /// (it deletes whole segments), but never lets go of a younger one. An entry that was stored under a clock which was
    /// ahead of `now_ms` is as old as those that follow it.
    fn expire(&mut self, before_ms: i64, now_ms: i64) -> Result<(), StoreError>;

    /// Where the disk is nearly full, lets logs that take more than their share have less of it, without waiting for it: what is old in
    /// them is lost. To be called now and then.
    fn relieve(&mut self, _now_ms: i64) {}

    /// Bytes that were freed so since the start.
    fn relieved(&self) -> u64 {
        0
    }

    /// When the newest entry was accepted, Unix time in milliseconds; `i64::MIN` where there is none.
    fn newest_ms(&mut self) -> Result<i64, StoreError>;

    /// Begins to write what is kept lazily, without waiting for it. Called when idle.
    fn tidy(&mut self) -> Result<(), StoreError>;

    /// Whether what is written lazily cannot be written now.
    fn is_failing(&self) -> bool {
        false
    }

    /// How many records are damaged and set aside.
    fn damaged(&self) -> u64 {
        0
    }

    /// Makes everything durable that is written lazily, and waits for it. Called before closing.
    fn flush(&mut self) -> Result<(), StoreError>;
}

/// How many of these, oldest first, were stored before `before_ms`. A time after `now_ms` is of a clock that was ahead.
fn expired(times: &[i64], before_ms: i64, now_ms: i64) -> usize {
    let (mut count, mut later_ms) = (times.len(), now_ms);
    for (at, time_ms) in times.iter().enumerate().rev() {
        if *time_ms <= now_ms {
            later_ms = *time_ms;
        }
        if later_ms >= before_ms {
            count = at;
        }
    }
    count
}

/// Reads pages beside a store, on a thread of its own. It sees what the store had committed when it is asked.
pub trait PageReader: Send {
    /// As [`Store::read`], for a log whose [`LogState::slot`] is `slot`.
    fn read(&mut self, slot: u32, page: &Page) -> Result<Vec<StoredEntry>, StoreError>;
}

/// A durable change. [`crate::delivery::rules`] makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mutation {
    /// A new log with one reader, its creator.
    CreateLog {
        /// Its id.
        log: LogId,
        /// Hash of the token that may write.
        write_hash: Hash32,
        /// Hash of the creator's reader secret.
        reader_hash: Hash32,
        /// When, Unix time in milliseconds.
        at_ms: i64,
    },
    /// An entry, and where it is a commit also the swap of the write hash and of the readers: one step.
    Append(NewEntry),
    /// A reader takes a new secret and keeps its place, or one that was dropped has shown that its device is still in the group.
    ReplaceReader {
        /// The log.
        log: LogId,
        /// Hash of the secret so far.
        old: Hash32,
        /// Hash of the new secret.
        new: Hash32,
    },
    /// A reader has processed entries up to and with `up_to`. Durable lazily: after a crash some are served again.
    Ack {
        /// The log.
        log: LogId,
        /// The reader.
        reader: Hash32,
        /// Newest entry that it processed.
        up_to: u64,
    },
    /// A reader says how far it has got, for those who ask. Durable lazily.
    Receipt {
        /// The log.
        log: LogId,
        /// The reader.
        reader: Hash32,
        /// Later than all of the log's others.
        version: u64,
        /// Opaque.
        sealed: Bytes,
    },
}

impl Mutation {
    /// The log that is changed.
    pub fn log(&self) -> LogId {
        match self {
            Self::CreateLog { log, .. }
            | Self::ReplaceReader { log, .. }
            | Self::Ack { log, .. }
            | Self::Receipt { log, .. } => *log,
            Self::Append(entry) => entry.log,
        }
    }
}

/// An entry to be stored under a number that has been decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The log.
    pub log: LogId,
    /// Its number: the log's `next_entry`, else the store refuses.
    pub entry: u64,
    /// When it was accepted, Unix time in milliseconds.
    pub at_ms: i64,
    /// Makes a retry the same entry.
    pub client_id: ClientId,
    /// Opaque.
    pub payload: Bytes,
    /// Present on commits.
    pub commit: Option<NewCommit>,
}

/// What a commit changes besides adding its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// Entry of the commit before it; 0 for the first.
    pub previous: u64,
    /// Hash of the next epoch's write token.
    pub next_write_hash: Hash32,
    /// Counted against the urgent allowance rather than the 30 seconds.
    pub urgent: bool,
    /// Readers from this entry on.
    pub add_readers: Vec<Hash32>,
    /// When not empty, all other readers are dropped (before `add_readers` come in), and may come back for a while.
    pub keep_readers: Vec<Hash32>,
}

/// An entry as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its number in the log, from 1.
    pub entry: u64,
    /// When it was accepted, Unix time in milliseconds.
    pub at_ms: i64,
    /// The writer's id for it.
    pub client_id: ClientId,
    /// Opaque.
    pub payload: Bytes,
    /// On commits: the commit before it and the next write hash.
    pub commit: Option<(u64, Hash32)>,
    /// Its record is damaged here, and its number alone is left.
    pub lost: bool,
}

impl StoredEntry {
    /// One whose record is damaged.
    pub fn lost(entry: u64) -> Self {
        let (client_id, payload) = (ClientId([0; ClientId::LEN]), Bytes::new());
        Self { entry, at_ms: 0, client_id, payload, commit: None, lost: true }
    }
}

/// Which entries to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The log.
    pub log: LogId,
    /// Entries after this number.
    pub after: u64,
    /// Up to and with this number.
    pub up_to: u64,
    /// At most so many entries.
    pub limit_entries: usize,
    /// At most so many bytes of payload, though always one entry.
    pub limit_bytes: usize,
}

/// Why the store could not do it. The text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space left. Nothing that was acknowledged is lost; refuse until there is space again.
    #[error("the disk with the data folder is full: free some space, the server goes on by itself")]
    Full,
    /// What was on the disk is not what was written there. Refuse; a person must look.
    #[error("{file} is damaged at byte {offset}: {what}; restore the data folder from a backup")]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// A file that was there is missing, or ends before what was in it. Do not start.
    #[error(
        "{file} {what}. Put it back as it was in a backup of this folder; or start the server once with --accept-loss: \
         what was in there is lost then, and its readers are told"
    )]
    Missing {
        /// The file.
        file: PathBuf,
        /// What it is.
        what: String,
    },
    /// The folder was written by a newer version. Do not start.
    #[error(
        "the data folder {folder} was written by a newer version of Casemate (format {found}, this version knows {known}): start that version"
    )]
    NewerVersion {
        /// The folder.
        folder: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this version knows.
        known: u32,
    },
    /// Another process has the folder open. Do not start.
    #[error("the data folder {0} is in use by another Casemate server: stop that one first")]
    Locked(PathBuf),
    /// An earlier write could not be made durable, and what the disk holds is uncertain. Refuse until restart.
    #[error("an earlier write could not be made durable; nothing is taken until the server is restarted")]
    Stopped,
    /// An entry under a number that is not the log's next one, or another mutation that cannot follow: a fault
    /// in the caller. Nothing was changed.
    #[error("a change does not follow the log's state: {0}")]
    OutOfOrder(&'static str),
    /// Anything else that the system refused.
    #[error("{what}: {error}")]
    Io {
        /// What was being done, with the file's name.
        what: String,
        /// The system's answer.
        error: std::io::Error,
    },
    /// SQLite refused.
    #[error("{what}: {error}")]
    Sqlite {
        /// What was being done, with the file's name.
        what: String,
        /// SQLite's answer.
        error: rusqlite::Error,
    },
}
