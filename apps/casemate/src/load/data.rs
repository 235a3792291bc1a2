//! Data folders to measure on.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bytes::Bytes;
use casemate_server::store::{DiskStore, Mutation, NewEntry, Options, Store};
use casemate_wire::ids::{ClientId, Hash32};
use tempfile::TempDir;

use super::frames::{PAYLOAD_BYTES, log_id};

/// Changes in one commit. Many, since nobody waits for them.
const BATCH: usize = 10_000;

/// Where folders for one run are made: on a disk, since a sync to memory measures nothing.
pub fn scratch(chosen: Option<&Path>) -> Result<TempDir> {
    let parent = match chosen {
        Some(chosen) => chosen.to_owned(),
        None => on_disk(std::env::temp_dir())?,
    };
    tempfile::Builder::new()
        .prefix("casemate-load-")
        .tempdir_in(&parent)
        .with_context(|| format!("making a folder in {}", parent.display()))
}

fn on_disk(temporary: PathBuf) -> Result<PathBuf> {
    /// `TMPFS_MAGIC` of linux/magic.h.
    const IN_MEMORY: i64 = 0x0102_1994;
    match rustix::fs::statfs(&temporary) {
        Ok(system) if system.f_type != IN_MEMORY => Ok(temporary),
        _ => Ok(std::env::current_dir()?),
    }
}

/// A server's data folder with `logs` logs, made through its store: a client would have to pay for each.
pub fn with_logs(data: &Path, logs: u32) -> Result<()> {
    std::fs::create_dir_all(data)?;
    // Once a server has been started on it, its databases know each other; logs alone would be refused.
    casemate_server::start(casemate_server::Config::new(data, ([127, 0, 0, 1], 0).into()))?.stop();
    let mut store = DiskStore::open(&data.join("delivery"), Options::default())?;
    let secret = Hash32::of(&[&[0; 32]]);
    let mut numbers = (0..logs).peekable();
    while numbers.peek().is_some() {
        let create = |number| Mutation::CreateLog {
            log: log_id(number),
            write_hash: secret,
            reader_hash: secret,
            at_ms: 0,
        };
        store.commit(&numbers.by_ref().take(BATCH).map(create).collect::<Vec<_>>())?;
    }
    Ok(store.flush()?)
}

/// Stores `entries` entries, in turn over the first `logs` logs, which have none.
pub fn with_entries(data: &Path, logs: u32, entries: u64, now_ms: i64) -> Result<()> {
    let mut store = DiskStore::open(&data.join("delivery"), Options::default())?;
    let payload = Bytes::from_static(&[7; PAYLOAD_BYTES]);
    let ids: Vec<_> = (0..logs).map(log_id).collect();
    let mut numbers = (0..entries).peekable();
    while numbers.peek().is_some() {
        let append = |number: u64| {
            Mutation::Append(NewEntry {
                log: ids[(number % u64::from(logs)) as usize],
                entry: number / u64::from(logs) + 1,
                at_ms: now_ms,
                client_id: ClientId(u128::from(number).to_be_bytes()),
                payload: payload.clone(),
                commit: None,
            })
        };
        store.commit(&numbers.by_ref().take(BATCH).map(append).collect::<Vec<_>>())?;
    }
    Ok(store.flush()?)
}
