//! Entries as frames: encoded once, sent to everybody who follows.

use bytes::Bytes;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire::{CommitNote, LogEntries, LogEntry, ServerFrame, server_frame::Body};
use prost::Message;

use crate::store::{NewEntry, StoredEntry};

/// A `ServerFrame` with one new entry.
pub fn entry_frame(new: &NewEntry) -> Bytes {
    let entry = LogEntry {
        payload: new.payload.clone(),
        at_ms: new.at_ms,
        client_id: new.client_id.into(),
        commit: new.commit.as_ref().map(|commit| note(commit.previous, commit.next_write_hash)),
        lost: false,
    };
    frame(new.log, new.entry, vec![entry], new.entry)
}

/// A `ServerFrame` with a page of entries, of which there is at least one.
pub fn page_frame(log: LogId, entries: Vec<StoredEntry>, head: u64) -> Bytes {
    let first = entries.first().map_or(0, |entry| entry.entry);
    frame(log, first, entries.into_iter().map(log_entry).collect(), head)
}

/// An entry as readers get it.
pub fn log_entry(stored: StoredEntry) -> LogEntry {
    LogEntry {
        payload: stored.payload,
        at_ms: stored.at_ms,
        client_id: stored.client_id.into(),
        commit: stored.commit.map(|(previous, next_write_hash)| note(previous, next_write_hash)),
        lost: stored.lost,
    }
}

fn note(previous: u64, next_write_hash: Hash32) -> CommitNote {
    CommitNote { previous, next_write_hash: next_write_hash.into() }
}

fn frame(log: LogId, first: u64, entries: Vec<LogEntry>, head: u64) -> Bytes {
    let body = Body::LogEntries(LogEntries { log: log.into(), first, entries, head });
    ServerFrame { id: 0, body: Some(body) }.encode_to_vec().into()
}
