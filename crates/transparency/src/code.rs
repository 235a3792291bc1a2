//! How akd's proofs travel: its types to and from `proto/transparency.proto`. What can be told from elsewhere in the
//! proof is left out: labels on the way up, sides, markers that are the leaf itself.

use akd_core::{
    AkdValue, AzksElement, AzksValue, Configuration, Direction, HistoryProof, LookupProof, MembershipProof,
    NodeLabel, NonMembershipProof, SiblingProof, SingleAppendOnlyProof, UpdateProof,
};
use bytes::Bytes;
use casemate_wire::proto::transparency as proto;

use crate::head::exactly;
use crate::{Broken, Hashing};

/// Bits of a leaf's label.
const LEAF_BITS: u32 = 256;

/// Steps from a leaf to the root.
const STEPS: usize = 256;

/// A membership proof to the wire.
fn membership(proof: &MembershipProof) -> proto::Membership {
    proto::Membership {
        node: Some(node(&proof.label, &proof.hash_val)),
        steps: proof
            .sibling_proofs
            .iter()
            .map(|step| proto::Step {
                bits: step.label.label_len,
                sibling: Some(node(&step.siblings[0].label, &step.siblings[0].value)),
            })
            .collect(),
    }
}

fn read_membership(proof: Option<&proto::Membership>) -> Result<MembershipProof, Broken> {
    let proof = proof.ok_or(Broken::Malformed)?;
    if proof.steps.len() > STEPS {
        return Err(Broken::Malformed);
    }
    let AzksElement { label, value } = read_node(proof.node.as_ref())?;
    let mut sibling_proofs = Vec::with_capacity(proof.steps.len());
    for step in &proof.steps {
        // Its label is a true prefix of the one below, which is a prefix of the leaf's.
        let direction = match bit(&label, step.bits).ok_or(Broken::Malformed)? {
            false => Direction::Left,
            true => Direction::Right,
        };
        sibling_proofs.push(SiblingProof {
            label: label.get_prefix(step.bits),
            siblings: [read_node(step.sibling.as_ref())?],
            direction,
        });
    }
    Ok(MembershipProof { label, hash_val: value, sibling_proofs })
}

fn non_membership(proof: &NonMembershipProof) -> proto::NonMembership {
    let [left, right] = &proof.longest_prefix_children;
    proto::NonMembership {
        label: Bytes::copy_from_slice(&proof.label.label_val),
        left: Some(node(&left.label, &left.value)),
        right: Some(node(&right.label, &right.value)),
        prefix: Some(membership(&proof.longest_prefix_membership_proof)),
    }
}

fn read_non_membership(proof: Option<&proto::NonMembership>) -> Result<NonMembershipProof, Broken> {
    let proof = proof.ok_or(Broken::Malformed)?;
    let prefix = read_membership(proof.prefix.as_ref())?;
    Ok(NonMembershipProof {
        label: NodeLabel::new(exactly(&proof.label)?, LEAF_BITS),
        longest_prefix: prefix.label,
        longest_prefix_children: [read_node(proof.left.as_ref())?, read_node(proof.right.as_ref())?],
        longest_prefix_membership_proof: prefix,
    })
}

/// A look-up proof to the wire.
pub fn lookup(proof: &LookupProof) -> proto::Lookup {
    let own_marker = proof.version.is_power_of_two();
    proto::Lookup {
        epoch: proof.epoch,
        value: proof.value.0.clone().into(),
        version: proof.version,
        existence_vrf: proof.existence_vrf_proof.clone().into(),
        existence: Some(membership(&proof.existence_proof)),
        marker_vrf: if own_marker { Bytes::new() } else { proof.marker_vrf_proof.clone().into() },
        marker: (!own_marker).then(|| membership(&proof.marker_proof)),
        freshness_vrf: proof.freshness_vrf_proof.clone().into(),
        freshness: Some(non_membership(&proof.freshness_proof)),
        nonce: proof.commitment_nonce.clone().into(),
    }
}

/// A look-up proof from the wire.
pub fn read_lookup(proof: &proto::Lookup) -> Result<LookupProof, Broken> {
    // akd counts on a version of at least 1.
    if proof.version == 0 {
        return Err(Broken::Malformed);
    }
    let existence_proof = read_membership(proof.existence.as_ref())?;
    let (marker_vrf_proof, marker_proof) = if proof.version.is_power_of_two() {
        (proof.existence_vrf.to_vec(), existence_proof.clone())
    } else {
        (proof.marker_vrf.to_vec(), read_membership(proof.marker.as_ref())?)
    };
    Ok(LookupProof {
        epoch: proof.epoch,
        value: AkdValue(proof.value.to_vec()),
        version: proof.version,
        existence_vrf_proof: proof.existence_vrf.to_vec(),
        existence_proof,
        marker_vrf_proof,
        marker_proof,
        freshness_vrf_proof: proof.freshness_vrf.to_vec(),
        freshness_proof: read_non_membership(proof.freshness.as_ref())?,
        commitment_nonce: proof.nonce.to_vec(),
    })
}

/// A history proof to the wire.
pub fn history(proof: &HistoryProof) -> proto::History {
    let bytes = |proofs: &[Vec<u8>]| proofs.iter().map(|proof| Bytes::copy_from_slice(proof)).collect();
    proto::History {
        updates: proof
            .update_proofs
            .iter()
            .map(|update| proto::Update {
                epoch: update.epoch,
                value: update.value.0.clone().into(),
                version: update.version,
                existence_vrf: update.existence_vrf_proof.clone().into(),
                existence: Some(membership(&update.existence_proof)),
                previous_vrf: update.previous_version_vrf_proof.clone().unwrap_or_default().into(),
                previous: update.previous_version_proof.as_ref().map(membership),
                nonce: update.commitment_nonce.clone().into(),
            })
            .collect(),
        past_vrfs: bytes(&proof.past_marker_vrf_proofs),
        past: proof.existence_of_past_marker_proofs.iter().map(membership).collect(),
        future_vrfs: bytes(&proof.future_marker_vrf_proofs),
        future: proof.non_existence_of_future_marker_proofs.iter().map(non_membership).collect(),
    }
}

/// A history proof from the wire.
pub fn read_history(proof: &proto::History) -> Result<HistoryProof, Broken> {
    let bytes = |proofs: &[Bytes]| proofs.iter().map(|proof| proof.to_vec()).collect();
    let update = |update: &proto::Update| {
        let has_previous = update.previous.is_some();
        Ok(UpdateProof {
            epoch: update.epoch,
            value: AkdValue(update.value.to_vec()),
            version: update.version,
            existence_vrf_proof: update.existence_vrf.to_vec(),
            existence_proof: read_membership(update.existence.as_ref())?,
            previous_version_vrf_proof: has_previous.then(|| update.previous_vrf.to_vec()),
            previous_version_proof: match &update.previous {
                Some(previous) => Some(read_membership(Some(previous))?),
                None => None,
            },
            commitment_nonce: update.nonce.to_vec(),
        })
    };
    Ok(HistoryProof {
        update_proofs: proof.updates.iter().map(update).collect::<Result<_, Broken>>()?,
        past_marker_vrf_proofs: bytes(&proof.past_vrfs),
        existence_of_past_marker_proofs: proof
            .past
            .iter()
            .map(|proof| read_membership(Some(proof)))
            .collect::<Result<_, _>>()?,
        future_marker_vrf_proofs: bytes(&proof.future_vrfs),
        non_existence_of_future_marker_proofs: proof
            .future
            .iter()
            .map(|proof| read_non_membership(Some(proof)))
            .collect::<Result<_, _>>()?,
    })
}

/// What an epoch added, to the wire.
pub fn appended(proof: &SingleAppendOnlyProof) -> proto::Appended {
    let mut inserted = Vec::with_capacity(proof.inserted.len() * 64);
    for leaf in &proof.inserted {
        inserted.extend_from_slice(&leaf.label.label_val);
        inserted.extend_from_slice(&leaf.value.0);
    }
    proto::Appended {
        inserted: inserted.into(),
        unchanged: proof.unchanged_nodes.iter().map(|kept| node(&kept.label, &kept.value)).collect(),
    }
}

/// What an epoch added, from the wire.
pub fn read_appended(proof: &proto::Appended) -> Result<SingleAppendOnlyProof, Broken> {
    let (leaves, []) = proof.inserted.as_chunks::<64>() else { return Err(Broken::Malformed) };
    let leaf = |leaf: &[u8; 64]| {
        Ok(AzksElement {
            label: NodeLabel::new(exactly(&leaf[..32])?, LEAF_BITS),
            value: AzksValue(exactly(&leaf[32..])?),
        })
    };
    Ok(SingleAppendOnlyProof {
        inserted: leaves.iter().map(leaf).collect::<Result<_, Broken>>()?,
        unchanged_nodes: proof
            .unchanged
            .iter()
            .map(|kept| read_node(Some(kept)))
            .collect::<Result<_, _>>()?,
    })
}

fn node(label: &NodeLabel, value: &AzksValue) -> proto::Node {
    proto::Node {
        bits: label.label_len,
        prefix: Bytes::copy_from_slice(trimmed(&label.label_val)),
        value: Bytes::copy_from_slice(&value.0),
    }
}

fn read_node(node: Option<&proto::Node>) -> Result<AzksElement, Broken> {
    let node = node.ok_or(Broken::Malformed)?;
    if node.bits > LEAF_BITS || node.prefix.len() > 32 {
        return Err(Broken::Malformed);
    }
    let mut value = [0; 32];
    value[..node.prefix.len()].copy_from_slice(&node.prefix);
    let label = NodeLabel::new(value, node.bits);
    // Bits beyond its end would make two labels of one place. The label of an absent node is the exception.
    if label.get_prefix(node.bits) != label && label != Hashing::empty_label() {
        return Err(Broken::Malformed);
    }
    Ok(AzksElement { label, value: AzksValue(exactly(&node.value)?) })
}

/// A label without its trailing zero bytes.
pub fn trimmed(label: &[u8; 32]) -> &[u8] {
    let end = label.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &label[..end]
}

/// The bit of a label at a place; none beyond its end.
fn bit(label: &NodeLabel, at: u32) -> Option<bool> {
    if at >= label.label_len {
        return None;
    }
    let byte = label.label_val.get(usize::try_from(at / 8).ok()?)?;
    Some(byte >> (7 - at % 8) & 1 == 1)
}
