//! What the figures stand beside, measured in the same run: SQLite with the same rows and no network, and the
//! disk's sync.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::frames::PAYLOAD_BYTES;

/// Syncs that are timed.
const SYNCS: usize = 60;

/// Rows a second: one table in the order of arrival, an ordinary index over log and entry, `synchronous=FULL`,
/// `batch` rows in a transaction. Ends at `rows` or when `limit` is over.
pub fn sqlite(folder: &Path, logs: u32, batch: u64, rows: u64, limit: Duration) -> Result<f64> {
    let mut db = rusqlite::Connection::open(folder.join("plain.db"))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -64000;
         CREATE TABLE entries (id INTEGER PRIMARY KEY, log INTEGER NOT NULL, entry INTEGER NOT NULL,
             at_ms INTEGER NOT NULL, client_id BLOB NOT NULL, payload BLOB NOT NULL) STRICT;
         CREATE UNIQUE INDEX by_log ON entries (log, entry);",
    )?;
    let mut next_entry = vec![1i64; logs as usize];
    let mut order = 1u64;
    let (mut written, started) = (0u64, Instant::now());
    while written < rows && started.elapsed() < limit {
        let transaction = db.transaction()?;
        let mut insert = transaction.prepare_cached(
            "INSERT INTO entries (log, entry, at_ms, client_id, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for _ in 0..batch.min(rows - written) {
            // Without a pattern: a linear congruence (Knuth, MMIX).
            order = order.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let log = (order >> 33) as usize % next_entry.len();
            let client_id = u128::from(written).to_be_bytes();
            insert.execute(rusqlite::params![
                log as i64,
                next_entry[log],
                written as i64,
                client_id,
                [7u8; PAYLOAD_BYTES]
            ])?;
            next_entry[log] += 1;
            written += 1;
        }
        drop(insert);
        transaction.commit()?;
    }
    Ok(written as f64 / started.elapsed().as_secs_f64())
}

/// Median time in which the disk makes `bytes` more of a file durable.
pub fn sync_time(folder: &Path, bytes: usize) -> Result<Duration> {
    let mut file =
        OpenOptions::new().create_new(true).write(true).open(folder.join(format!("sync-{bytes}")))?;
    let chunk = vec![7; bytes];
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.write_all(&chunk)?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[SYNCS / 2])
}
