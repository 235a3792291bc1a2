//! The epochs, and the tree over their roots (RFC 9162 §2.1): only its complete subtrees are stored, which never change.
//! Which hashes a proof needs is asked of `ct-merkle`.

use ct_merkle::{indices_for_consistency_proof, indices_for_inclusion_proof};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

type Hash = [u8; 32];

/// Appends an epoch: its row, its leaf, and every subtree that is complete with it.
pub fn append(
    db: &Connection,
    epoch: u64,
    root: &Hash,
    at_ms: i64,
    appended: &[u8],
    leaf: &[u8],
) -> Result<(), rusqlite::Error> {
    db.prepare_cached("INSERT INTO epoch (epoch, root, at_ms, appended) VALUES (?1, ?2, ?3, ?4)")?
        .execute((column(epoch), root, at_ms, appended))?;
    let mut hash = digest(&[&[0], leaf]);
    let (mut level, mut place) = (0u32, epoch - 1);
    store(db, level, place, &hash)?;
    // A right child completes its parent.
    while place % 2 == 1 {
        let left = subtree(db, level, place - 1)?;
        hash = digest(&[&[1], &left, &hash]);
        (level, place) = (level + 1, place / 2);
        store(db, level, place, &hash)?;
    }
    Ok(())
}

/// The newest epoch; 0 where there is none.
pub fn newest(db: &Connection) -> Result<u64, rusqlite::Error> {
    let newest: Option<i64> =
        db.prepare_cached("SELECT max(epoch) FROM epoch")?.query_row([], |row| row.get(0))?;
    Ok(newest.unwrap_or(0).unsigned_abs())
}

/// Root of an epoch, and what an auditor needs.
pub fn one(db: &Connection, epoch: u64) -> Result<(Hash, Vec<u8>), rusqlite::Error> {
    db.prepare_cached("SELECT root, appended FROM epoch WHERE epoch = ?1")?
        .query_row([column(epoch)], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Root of an epoch.
pub fn root(db: &Connection, epoch: u64) -> Result<Hash, rusqlite::Error> {
    db.prepare_cached("SELECT root FROM epoch WHERE epoch = ?1")?.query_row([column(epoch)], |row| row.get(0))
}

/// Root of the tree over the first `size` epochs.
pub fn tree_root(db: &Connection, size: u64) -> Result<Hash, rusqlite::Error> {
    range(db, 0, size)
}

/// That the tree of `newest` epochs goes on from that of `from`.
pub fn consistency(db: &Connection, from: u64, newest: u64) -> Result<Vec<Hash>, rusqlite::Error> {
    hashes(db, indices_for_consistency_proof(from, newest - from), newest)
}

/// That an epoch is in the tree of `newest`.
pub fn inclusion(db: &Connection, epoch: u64, newest: u64) -> Result<Vec<Hash>, rusqlite::Error> {
    hashes(db, indices_for_inclusion_proof(newest, epoch - 1), newest)
}

/// The nodes with these indices in a tree of `size` leaves (RFC 9420 Appendix C): a node stands in the middle of its
/// leaves, and its level is the number of ones at the end.
fn hashes(db: &Connection, indices: Vec<u64>, size: u64) -> Result<Vec<Hash>, rusqlite::Error> {
    let hash = |index: u64| {
        let level = index.trailing_ones();
        let first = index >> (level + 1) << level;
        range(db, first, first.saturating_add(1 << level).min(size))
    };
    indices.into_iter().map(hash).collect()
}

/// RFC 9162 §2.1.1 over the leaves `from..to`.
fn range(db: &Connection, from: u64, to: u64) -> Result<Hash, rusqlite::Error> {
    let count = to - from;
    if count.is_power_of_two() && from.is_multiple_of(count) {
        let level = count.trailing_zeros();
        return subtree(db, level, from >> level);
    }
    // The largest power of two below `count`.
    let left = 1 << (u64::BITS - 1 - (count - 1).leading_zeros());
    Ok(digest(&[&[1], &range(db, from, from + left)?, &range(db, from + left, to)?]))
}

fn subtree(db: &Connection, level: u32, place: u64) -> Result<Hash, rusqlite::Error> {
    db.prepare_cached("SELECT hash FROM epoch_tree WHERE level = ?1 AND place = ?2")?
        .query_row((level, column(place)), |row| row.get(0))
}

fn store(db: &Connection, level: u32, place: u64, hash: &Hash) -> Result<(), rusqlite::Error> {
    db.prepare_cached("INSERT INTO epoch_tree (level, place, hash) VALUES (?1, ?2, ?3)")?.execute((
        level,
        column(place),
        hash,
    ))?;
    Ok(())
}

/// The last value that was ever published of a name.
pub fn newest_value(db: &Connection, name: &Hash) -> Result<Option<Hash>, rusqlite::Error> {
    db.prepare_cached("SELECT value FROM value WHERE name = ?1 ORDER BY version DESC LIMIT 1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// How many values a name had.
pub fn versions(db: &Connection, name: &Hash) -> Result<u64, rusqlite::Error> {
    let versions: Option<i64> = db
        .prepare_cached("SELECT max(version) FROM value WHERE name = ?1")?
        .query_row([name], |row| row.get(0))?;
    Ok(versions.unwrap_or(0).unsigned_abs())
}

/// As SQLite holds numbers. Epochs are few.
pub fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn digest(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
