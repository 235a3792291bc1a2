//! The tree over all epochs' roots (RFC 9162 §2.1, by `ct-merkle`): with it a head says all that was ever published in
//! 32 bytes, and a kilobyte shows that one head goes on from another.

use casemate_wire::proto::transparency::Extension;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;

use crate::{Broken, Head, Relation};

/// Hashes of one proof: two for each level, and there are never more levels than bits.
const PROOF_BYTES: usize = 2 * 64 * 32;

/// Epochs that are believed possible: more would be one a microsecond for centuries, and sums of them stay in range.
const EPOCHS: u64 = 1 << 53;

/// What stands in the tree for an epoch.
pub fn leaf(epoch: u64, root: &[u8; 32]) -> [u8; 40] {
    let mut leaf = [0; 40];
    leaf[..8].copy_from_slice(&epoch.to_be_bytes());
    leaf[8..].copy_from_slice(root);
    leaf
}

/// Whether `newer` goes on from `older`: every epoch of the one is in the other, at its place.
pub fn extends(older: &Head, newer: &Head, extension: Option<&Extension>) -> Result<(), Broken> {
    match older.relation(newer) {
        Relation::Restored => Err(Broken::Restored),
        relation => goes_on(relation, older, newer, extension),
    }
}

/// The same of a head of an earlier incarnation, which the restored server is to have kept.
pub fn survives(older: &Head, newer: &Head, extension: Option<&Extension>) -> Result<(), Broken> {
    goes_on(older.relation_in_one_log(newer), older, newer, extension)
}

fn goes_on(
    relation: Relation,
    older: &Head,
    newer: &Head,
    extension: Option<&Extension>,
) -> Result<(), Broken> {
    use Relation::{Conflict, Newer, Older, Restored, Same};
    match relation {
        Same => return Ok(()),
        Restored => return Err(Broken::Restored),
        // What was there is there no more.
        Older | Conflict => return Err(Broken::Conflict),
        Newer => {}
    }
    if newer.epoch > EPOCHS {
        return Err(Broken::Malformed);
    }
    // Everything goes on from nothing.
    if older.epoch == 0 {
        return Ok(());
    }
    let extension = extension.filter(|extension| extension.from_epoch == older.epoch).ok_or(Broken::Proof)?;
    if extension.hashes.len() > PROOF_BYTES {
        return Err(Broken::Malformed);
    }
    let proof = ConsistencyProof::<Sha256>::try_from_bytes(extension.hashes.to_vec())
        .map_err(|_| Broken::Malformed)?;
    tree(newer).verify_consistency(&tree(older), &proof).map_err(|_| Broken::Proof)
}

/// Whether `root` is that of `epoch` in the log of this head.
pub fn includes(head: &Head, epoch: u64, root: &[u8; 32], inclusion: &[u8]) -> Result<(), Broken> {
    if inclusion.len() > PROOF_BYTES || head.epoch > EPOCHS || epoch == 0 || epoch > head.epoch {
        return Err(Broken::Malformed);
    }
    let proof =
        InclusionProof::<Sha256>::try_from_bytes(inclusion.to_vec()).map_err(|_| Broken::Malformed)?;
    tree(head)
        .verify_inclusion(&leaf(epoch, root), epoch.saturating_sub(1), &proof)
        .map_err(|_| Broken::Proof)
}

fn tree(head: &Head) -> RootHash<Sha256> {
    RootHash::new(head.epochs_root.into(), head.epoch)
}
