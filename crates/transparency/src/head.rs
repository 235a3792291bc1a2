//! Heads: what the server says of its whole log, signed.

use bytes::Bytes;
use casemate_wire::manifest::{sign_labelled, verify_signature};
use casemate_wire::proto::transparency as proto;
use ed25519_dalek::SigningKey;
use prost::Message;

use crate::Broken;

/// Label of a head's signature.
pub const HEAD_LABEL: &[u8] = b"casemate/head/v1";

/// A signed head in bytes. Every message carries one: a larger one is not read.
pub const HEAD_BYTES: usize = 320;

/// A head whose signature was verified, or was made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Changes where the server was restored from a backup.
    pub incarnation: [u8; 16],
    /// How many epochs there are.
    pub epoch: u64,
    /// akd's root hash.
    pub root: [u8; 32],
    /// Of the tree over all epochs' roots; zeros at epoch 0.
    pub epochs_root: [u8; 32],
    /// By which names become labels.
    pub vrf_key: [u8; 32],
    /// When it was signed.
    pub at_ms: i64,
    signed: Vec<u8>,
}

/// How a head stands to one that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Of the same epoch, and the same.
    Same,
    /// Of an earlier epoch. Whether it is of one log is to be proven.
    Older,
    /// Of a later epoch. Whether it is of one log is to be proven.
    Newer,
    /// Of another incarnation.
    Restored,
    /// No one log can have both.
    Conflict,
}

impl Head {
    /// Verifies a head that came over the network.
    pub fn verify(signed: &proto::SignedHead, server_key: &[u8; 32]) -> Result<Self, Broken> {
        if signed.encoded_len() > HEAD_BYTES {
            return Err(Broken::Malformed);
        }
        verify_signature(server_key, HEAD_LABEL, &[&signed.head], &signed.signature)
            .map_err(|_| Broken::Signature)?;
        let head = proto::Head::decode(signed.head.clone()).map_err(|_| Broken::Malformed)?;
        // Unknown fields would be signed but unseen.
        if head.encode_to_vec() != signed.head {
            return Err(Broken::Malformed);
        }
        Ok(Self {
            incarnation: exactly(&head.incarnation)?,
            epoch: head.epoch,
            root: exactly(&head.root)?,
            epochs_root: exactly(&head.epochs_root)?,
            vrf_key: exactly(&head.vrf_key)?,
            at_ms: head.at_ms,
            signed: signed.encode_to_vec(),
        })
    }

    /// Verifies a head from its encoded `SignedHead`.
    pub fn from_bytes(bytes: &[u8], server_key: &[u8; 32]) -> Result<Self, Broken> {
        if bytes.len() > HEAD_BYTES {
            return Err(Broken::Malformed);
        }
        Self::verify(&proto::SignedHead::decode(bytes).map_err(|_| Broken::Malformed)?, server_key)
    }

    /// Signs a head.
    pub fn sign(head: &proto::Head, server_key: &SigningKey) -> proto::SignedHead {
        let body = Bytes::from(head.encode_to_vec());
        let signature = sign_labelled(server_key, HEAD_LABEL, &[&body]);
        proto::SignedHead { head: body, signature: signature.into() }
    }

    /// The encoded `SignedHead`.
    pub fn to_bytes(&self) -> &[u8] {
        &self.signed
    }

    /// How `other` stands to this one, as far as the two alone tell.
    pub fn relation(&self, other: &Self) -> Relation {
        match self.incarnation == other.incarnation {
            true => self.relation_in_one_log(other),
            false => Relation::Restored,
        }
    }

    /// The same whatever the incarnation, where the two have to be of one log all the same.
    pub(crate) fn relation_in_one_log(&self, other: &Self) -> Relation {
        if self.vrf_key != other.vrf_key {
            return Relation::Conflict;
        }
        match other.epoch.cmp(&self.epoch) {
            std::cmp::Ordering::Less => Relation::Older,
            std::cmp::Ordering::Greater => Relation::Newer,
            std::cmp::Ordering::Equal => {
                let same = self.root == other.root && self.epochs_root == other.epochs_root;
                if same { Relation::Same } else { Relation::Conflict }
            }
        }
    }
}

pub(crate) fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Broken> {
    bytes.try_into().map_err(|_| Broken::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn body(epoch: u64, root: u8) -> proto::Head {
        proto::Head {
            incarnation: vec![1; 16].into(),
            epoch,
            root: vec![root; 32].into(),
            epochs_root: vec![root; 32].into(),
            vrf_key: vec![3; 32].into(),
            at_ms: 5,
        }
    }

    fn head(body: &proto::Head) -> Head {
        Head::verify(&Head::sign(body, &key()), &key().verifying_key().to_bytes()).unwrap()
    }

    #[test]
    fn signed_verified_and_every_flipped_bit_refused() {
        let public = key().verifying_key().to_bytes();
        let head = head(&body(u64::MAX, 2));
        assert!(head.to_bytes().len() <= HEAD_BYTES);
        assert_eq!(Head::from_bytes(head.to_bytes(), &public).unwrap(), head);
        for bit in 0..head.to_bytes().len() * 8 {
            let mut bytes = head.to_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Head::from_bytes(&bytes, &public).is_err(), "bit {bit}");
        }
        assert_eq!(Head::from_bytes(head.to_bytes(), &[9; 32]), Err(Broken::Signature));
    }

    #[test]
    fn two_heads_of_one_epoch_are_the_same_or_a_conflict() {
        let known = head(&body(4, 2));
        let later = proto::Head { at_ms: 9, ..body(4, 2) };
        assert_eq!(known.relation(&head(&later)), Relation::Same);
        assert_eq!(known.relation(&head(&body(4, 8))), Relation::Conflict);
        assert_eq!(known.relation(&head(&body(3, 8))), Relation::Older);
        assert_eq!(known.relation(&head(&body(5, 8))), Relation::Newer);
        let other_vrf = proto::Head { vrf_key: vec![4; 32].into(), ..body(5, 8) };
        assert_eq!(known.relation(&head(&other_vrf)), Relation::Conflict);
        let restored = proto::Head { incarnation: vec![2; 16].into(), ..body(4, 8) };
        assert_eq!(known.relation(&head(&restored)), Relation::Restored);
    }
}
