//! Rows of blobs: what was paid for, whether it is complete, until when it is kept. The bytes are in
//! [`crate::blobs`]; whose they are is stored nowhere.

use casemate_wire::ids::{BlobId, Hash32};
use casemate_wire::limits::blob_tokens;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{BlobCreated, CreateBlob, ErrorCode, TokenKind};
use rusqlite::{Connection, OptionalExtension};

use super::{Answered, Directory, Stop};
use crate::blobs::sweep::Rows;
use crate::refusal::Refusal;

/// An upload that nobody finishes is kept for a week: people who were offline go on with it, and what was given up
/// does not fill the disk.
pub(super) const UNFINISHED_MS: i64 = 7 * crate::tokens::DAY_MS;

/// A blob as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobRow {
    /// Bytes it has when complete.
    pub size_bytes: u64,
    /// SHA-256 of the upload secret.
    pub upload_hash: Hash32,
    /// Whether all bytes are on disk.
    pub complete: bool,
    /// Unix time.
    pub kept_until_ms: i64,
}

/// A blob that somebody asks for.
pub(super) struct NewBlob {
    pub blob: BlobId,
    pub upload_hash: Hash32,
    /// At least one.
    pub size_bytes: i64,
}

impl NewBlob {
    pub fn parse(blob: &[u8], upload_hash: &[u8], size_bytes: u64) -> Result<Self, Refusal> {
        Ok(Self {
            blob: BlobId::try_from(blob).map_err(|_| Refusal::invalid("a blob id has 16 bytes"))?,
            upload_hash: Hash32::try_from(upload_hash)
                .map_err(|_| Refusal::invalid("an upload hash has 32 bytes"))?,
            size_bytes: match i64::try_from(size_bytes).map_err(|_| Refusal::too_large("too large"))? {
                0 => return Err(Refusal::invalid("a blob has at least one byte")),
                size_bytes => size_bytes,
            },
        })
    }
}

impl Directory {
    pub(super) fn create_blob(&mut self, request: CreateBlob, now_ms: i64) -> Answered {
        let new = NewBlob::parse(&request.blob, &request.upload_hash, request.size_bytes)?;
        if request.size_bytes > self.policy.blob_limit {
            return Err(Refusal::too_large(format!(
                "this server takes files of at most {} MiB",
                self.policy.blob_limit >> 20
            ))
            .into());
        }
        if let Some(same) = self.same_blob(&new)? {
            return Ok(same);
        }
        let price = blob_tokens(request.size_bytes);
        if u64::try_from(request.tokens.len()) != Ok(price) {
            return Err(Refusal::not_allowed(format!("a blob of this size costs {price} tokens")).into());
        }
        let used_for = Hash32::of(&[b"casemate/pay/blob/v1", new.blob.as_ref(), new.upload_hash.as_ref()]);
        let mut nonces: Vec<&[u8]> = request.tokens.iter().map(|token| &token.nonce[..]).collect();
        nonces.sort_unstable();
        if nonces.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::new(ErrorCode::ErrorSpent, "a token pays only once").into());
        }
        for token in &request.tokens {
            self.spend(Some(token), TokenKind::Blob, &used_for)?;
        }
        self.insert_blob(&new, now_ms.saturating_add(self.policy.retention_ms().min(UNFINISHED_MS)))
    }

    /// The answer for a blob that was asked for before, with the same words.
    pub(super) fn same_blob(&self, new: &NewBlob) -> Result<Option<Body>, Stop> {
        let Some(row) = self.blob(new.blob)? else { return Ok(None) };
        if row.upload_hash == new.upload_hash && row.size_bytes == new.size_bytes.unsigned_abs() {
            return Ok(Some(created(row.kept_until_ms)));
        }
        Err(Refusal::new(ErrorCode::ErrorTaken, "another blob has this id").into())
    }

    /// Room for one that is there by [`Self::same_blob`] not yet.
    pub(super) fn insert_blob(&mut self, new: &NewBlob, kept_until_ms: i64) -> Answered {
        self.db
            .prepare_cached(
                "INSERT INTO blob (blob, size_bytes, upload_hash, complete, kept_until_ms)
                 VALUES (?1, ?2, ?3, 0, ?4)",
            )?
            .execute((new.blob.as_ref(), new.size_bytes, new.upload_hash.as_ref(), kept_until_ms))?;
        Ok(created(kept_until_ms))
    }

    /// The row of a blob.
    pub fn blob(&self, blob: BlobId) -> Result<Option<BlobRow>, rusqlite::Error> {
        self.db
            .prepare_cached(
                "SELECT size_bytes, upload_hash, complete, kept_until_ms FROM blob WHERE blob = ?1",
            )?
            .query_row([blob.as_ref()], |row| {
                Ok(BlobRow {
                    size_bytes: row.get::<_, i64>(0)?.unsigned_abs(),
                    upload_hash: Hash32(row.get(1)?),
                    complete: row.get(2)?,
                    kept_until_ms: row.get(3)?,
                })
            })
            .optional()
    }

    /// All rows of blobs whose ids begin with this byte.
    pub fn blobs(&self, first: u8) -> Result<Rows, rusqlite::Error> {
        blobs_of(&self.db, first)
    }

    /// All bytes of this blob are on disk: it is kept from now on.
    pub fn complete_blob(&mut self, blob: BlobId, now_ms: i64) -> Result<(), rusqlite::Error> {
        let kept_until_ms = now_ms.saturating_add(self.policy.retention_ms());
        self.db
            .prepare_cached(
                // A backup's stay until it lets them go.
                "UPDATE blob SET complete = 1, kept_until_ms =
                     CASE WHEN EXISTS (SELECT 1 FROM backup_blob WHERE blob = ?1) THEN 9223372036854775807 ELSE ?2 END
                 WHERE blob = ?1 AND complete = 0",
            )?
            .execute((blob.as_ref(), kept_until_ms))?;
        Ok(())
    }
}

/// See [`Directory::blobs`].
pub fn blobs_of(db: &Connection, first: u8) -> Result<Rows, rusqlite::Error> {
    let mut statement = db.prepare_cached(
        "SELECT blob, size_bytes, complete FROM blob WHERE blob >= ?1 AND (?2 IS NULL OR blob < ?2)",
    )?;
    let end = first.checked_add(1).map(|end| vec![end]);
    let rows = statement.query_map((vec![first], end), |row| {
        Ok((BlobId(row.get(0)?), (row.get::<_, i64>(1)?.unsigned_abs(), row.get(2)?)))
    })?;
    rows.collect()
}

/// Forgets blobs that are past their time, and says which.
pub(super) fn expire(db: &Connection, now_ms: i64) -> Result<Vec<BlobId>, rusqlite::Error> {
    db.prepare_cached("DELETE FROM blob WHERE kept_until_ms <= ?1 RETURNING blob")?
        .query_map([now_ms], |row| Ok(BlobId(row.get(0)?)))?
        .collect()
}

fn created(kept_until_ms: i64) -> Body {
    Body::BlobCreated(BlobCreated { kept_until_ms })
}
