//! What is fetched into memory: Welcomes, earlier messages, parts of a history, a backup's index and pieces.
//!
//! ```text
//! descriptor ─▶ can it be true, and is it small? ─▶ begun: counted, durable ─▶ blob ─▶ processed ─▶ ended: forgotten
//! ```
//! A number that another wrote leads to no fetch above a constant. Before anything is fetched or processed without anybody's
//! asking, a row counts it; a program that ends in the middle finds the row at its next start. What was begun in two runs and
//! ended in none is given up, or what no memory holds would stop this device at every start. Parts of the account's own history
//! are not lost by that: they wait instead, each time for longer.

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_crypto::attachment as stream;
use casemate_wire::ids::{BlobId, Hash32, LogId};
use casemate_wire::limits::BLOB_BYTES;
use rusqlite::{OptionalExtension as _, params};

use crate::attachment::Transferring;
use crate::core::{Ctx, Done, Fail};
use crate::io::{FileRef, Output};

/// The most that is fetched into memory at once: a Welcome's tree of 2,500 devices has about 10 MB. More would let one
/// message stop a device that has little memory.
pub const WHOLE_BYTES: u64 = 32 * 1024 * 1024;

/// Runs of the program in which something may be begun.
const RUNS: i64 = 2;

/// What is not given up waits so long after its second run, twice that after its third, and so on up to a day.
const REST_MS: i64 = 60_000;
const REST_DOUBLINGS: i64 = 10;

/// What is fetched or processed without anybody's asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fetch {
    Welcome(LogId),
    Share(i64),
    Part(i64),
    /// Of a backup on the server.
    Index,
}

/// Fetches of this run.
#[derive(Debug, Default)]
pub struct Fetches {
    /// Those whose rows count this run: a connection that is lost counts nothing.
    counted: BTreeSet<Fetch>,
    /// Of these, those whose rows are written in the present transaction.
    fresh: BTreeSet<Fetch>,
    /// Those that ended in it.
    ended: BTreeSet<Fetch>,
    processed: Option<Fetch>,
    /// Something goes on as soon as its row is durable.
    pub waits: bool,
}

impl Fetches {
    /// The transaction is durable.
    pub fn committed(&mut self) {
        self.fresh.clear();
        self.ended.clear();
        self.processed = None;
    }

    /// It was rolled back. What was being processed then counts once more, unless only room was missing.
    pub fn rolled_back(&mut self, no_room: bool) {
        self.counted.append(&mut self.ended);
        for fetch in std::mem::take(&mut self.fresh) {
            self.counted.remove(&fetch);
        }
        if let Some(fetch) = self.processed.take()
            && !no_room
        {
            self.counted.remove(&fetch);
        }
    }
}

impl Ctx<'_> {
    /// Counts a fetch that is about to begin. False where it is given up.
    pub fn fetch_begins(&mut self, fetch: Fetch) -> Done<bool> {
        if self.core.fetches.counted.contains(&fetch) {
            return Ok(true);
        }
        let (begun, _) = self.fetch_begun(fetch)?;
        if begun >= RUNS {
            tracing::warn!(?fetch, "given up: the program ended in it twice");
            return Ok(false);
        }
        self.fetch_counts(fetch, begun + 1)?;
        Ok(true)
    }

    /// The same of what is not given up: for how long it is to wait before it begins, or 0 where it may.
    pub fn fetch_rests(&mut self, fetch: Fetch) -> Done<i64> {
        if self.core.fetches.counted.contains(&fetch) {
            return Ok(0);
        }
        let (begun, at_ms) = self.fetch_begun(fetch)?;
        let rest_ms = match begun - RUNS {
            more if more >= 0 => REST_MS << more.min(REST_DOUBLINGS),
            _ => 0,
        };
        let left_ms = at_ms.saturating_add(rest_ms).saturating_sub(self.now_ms);
        // A clock that was put back keeps nothing waiting for longer.
        if left_ms > 0 && left_ms <= rest_ms {
            return Ok(left_ms);
        }
        self.fetch_counts(fetch, begun + 1)?;
        Ok(0)
    }

    fn fetch_begun(&self, fetch: Fetch) -> Done<(i64, i64)> {
        let mut statement = self.db.prepare_cached("SELECT begun, at_ms FROM fetches WHERE name = ?1")?;
        let row = statement.query_row([name(fetch)], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(row.unwrap_or((0, 0)))
    }

    fn fetch_counts(&mut self, fetch: Fetch, begun: i64) -> Done<()> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO fetches(name, begun, at_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![name(fetch), begun, self.now_ms])?;
        self.core.fetches.counted.insert(fetch);
        self.core.fetches.fresh.insert(fetch);
        Ok(())
    }

    /// Whether its count is not durable yet: it is processed after this transaction.
    pub fn fetch_waits(&mut self, fetch: Fetch) -> bool {
        let waits = self.core.fetches.fresh.contains(&fetch);
        self.core.fetches.waits |= waits;
        waits
    }

    /// What was fetched is now decoded and kept.
    pub fn fetch_processed(&mut self, fetch: Fetch) {
        self.core.fetches.processed = Some(fetch);
    }

    /// It is kept, or will not be asked for again; or it waits for another connection, and nothing ended with it.
    pub fn fetch_ended(&mut self, fetch: Fetch) -> Done<()> {
        self.db.prepare_cached("DELETE FROM fetches WHERE name = ?1")?.execute([name(fetch)])?;
        let fetches = &mut self.core.fetches;
        if fetches.counted.remove(&fetch) && !fetches.fresh.remove(&fetch) {
            fetches.ended.insert(fetch);
        }
        if fetches.processed == Some(fetch) {
            fetches.processed = None;
        }
        Ok(())
    }

    /// The connection is gone, and with it what was on its way.
    pub fn fetches_stopped(&mut self) -> Done<()> {
        let running: Vec<Fetch> = self.core.fetches.counted.iter().copied().collect();
        running.into_iter().try_for_each(|fetch| self.fetch_ended(fetch))
    }

    /// Fetches a small blob into memory, for what it is: at most `limit_bytes`, and never more than [`WHOLE_BYTES`].
    pub fn fetch_whole(&mut self, what: Transferring, blob: BlobId, limit_bytes: u64) {
        let transfer = self.transfer(what);
        self.out.push(Output::FetchBlob { transfer, blob, limit_bytes: limit_bytes.min(WHOLE_BYTES) });
    }
}

fn name(fetch: Fetch) -> Vec<u8> {
    match fetch {
        Fetch::Welcome(log) => [b"welcome", &log.0[..]].concat(),
        Fetch::Share(id) => [b"share", &id.to_be_bytes()[..]].concat(),
        Fetch::Part(number) => [b"part", &number.to_be_bytes()[..]].concat(),
        Fetch::Index => b"index".to_vec(),
    }
}

/// A blob that is fetched into memory and its encrypted bytes: of what a descriptor says that can be true, with at most
/// `most_bytes` of plaintext.
pub fn small(descriptor: Option<&content::Attachment>, most_bytes: u64) -> Option<(BlobId, u64)> {
    let file = file_ref(descriptor?).filter(|file| file.size_bytes <= most_bytes)?;
    Some((file.blob, stream::encrypted_len(file.padded_bytes)?))
}

/// What the driver needs of a descriptor. `None` where it cannot be true: fields of wrong lengths, or another padding than
/// the one that follows from the size. So no other number of a sender's says how much is fetched.
pub fn file_ref(descriptor: &content::Attachment) -> Option<FileRef> {
    let (size_bytes, padded_bytes) = (descriptor.size_bytes, descriptor.padded_bytes);
    if size_bytes > BLOB_BYTES || padded_bytes != stream::padded_len(size_bytes) {
        return None;
    }
    Some(FileRef {
        blob: BlobId::try_from(&descriptor.blob[..]).ok()?,
        key: descriptor.key[..].try_into().ok()?,
        size_bytes,
        padded_bytes,
        sha256: descriptor.sha256[..].try_into().ok()?,
    })
}

/// Encrypts something small as a blob. Gives the blob and its padded length before encryption.
pub fn encrypt_small(key: &[u8; 32], plain: &[u8]) -> Done<(Vec<u8>, u64)> {
    let mut blob = Vec::new();
    let size = plain.len() as u64;
    stream::encrypt_stream(&mut &plain[..], &mut blob, size, &stream::AttachmentKey::new(*key), &mut |_| {})
        .map_err(|_| Fail::Server("an own blob"))?;
    Ok((blob, stream::padded_len(size)))
}

/// Decrypts a small blob; `None` where it is not what the descriptor says.
pub fn decrypt_small(descriptor: &content::Attachment, blob: &[u8]) -> Option<Vec<u8>> {
    let file = file_ref(descriptor)?;
    let mut plain = Vec::new();
    let key = stream::AttachmentKey::new(file.key);
    stream::decrypt_stream(
        &mut &blob[..],
        &mut plain,
        file.size_bytes,
        file.padded_bytes,
        &key,
        Hash32(file.sha256),
        &mut |_| {},
    )
    .ok()?;
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(size_bytes: u64, padded_bytes: u64) -> content::Attachment {
        content::Attachment {
            blob: vec![1; 16].into(),
            key: vec![2; 32].into(),
            sha256: vec![3; 32].into(),
            size_bytes,
            padded_bytes,
            ..content::Attachment::default()
        }
    }

    #[test]
    fn descriptor_with_another_padding_than_its_size_gives_is_none() {
        for size in [0, 1, 100, 65_536, 1 << 30, BLOB_BYTES] {
            let padded = stream::padded_len(size);
            assert!(file_ref(&descriptor(size, padded)).is_some(), "{size}");
            for wrong in [0, padded - 1, padded + 1, 1 << 50, u64::MAX] {
                assert!(file_ref(&descriptor(size, wrong)).is_none(), "{size} {wrong}");
            }
        }
        for size in [BLOB_BYTES + 1, u64::MAX] {
            assert!(file_ref(&descriptor(size, stream::padded_len(size))).is_none(), "{size}");
        }
    }

    #[test]
    fn fetch_into_memory_is_bounded_by_the_constant_and_not_by_the_descriptor() {
        let of =
            |size| small(Some(&descriptor(size, stream::padded_len(size))), 4_000).map(|(_, bytes)| bytes);
        assert!(of(4_000).is_some_and(|bytes| (4_000..5_000).contains(&bytes)));
        assert_eq!(of(4_001), None);
        assert_eq!(small(None, 4_000), None);
        assert_eq!(small(Some(&descriptor(10, 1 << 40)), 4_000), None);
    }
}
