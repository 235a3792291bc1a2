//! A leaf is a device: its credential names account and device, its extension carries the manifest that vouches.

use std::fmt;

use casemate_wire::handle::Handle;
use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::manifest::{BadManifest, VerifiedManifest};
use casemate_wire::proto::directory::{Manifest, SignedManifest};
use openmls::prelude::{BasicCredential, Credential, KeyPackage, LeafNode};
use openmls::treesync::LeafNodeSource;
use prost::Message;
use tls_codec::Serialize as _;

use super::level::Level;
use super::rules::SkipReason;
use super::suite::{MANIFEST_EXTENSION, is_unbounded};

/// A member's device, as its leaf names it.
#[derive(Clone, PartialEq, Eq)]
pub struct LeafInfo {
    /// Its place in the tree.
    pub leaf: u32,
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The account's handle, by the leaf's manifest.
    pub handle: Handle,
    /// Hash of the leaf's manifest.
    pub manifest_hash: Hash32,
    /// Version of the leaf's manifest.
    pub manifest_version: u64,
    /// The highest level of rules that the device knows.
    pub level: Level,
    signed_manifest: Vec<u8>,
}

impl LeafInfo {
    /// The manifest that came with the leaf. It was verified when the leaf came; this does so again.
    ///
    /// # Errors
    /// Where the store was tampered with.
    pub fn manifest(&self) -> Result<VerifiedManifest, BadManifest> {
        VerifiedManifest::from_bytes(&self.signed_manifest)
    }

    /// The encoded `SignedManifest`.
    pub fn signed_manifest(&self) -> &[u8] {
        &self.signed_manifest
    }

    pub(super) fn new(leaf: u32, claim: &Claim<'_>, manifest: &VerifiedManifest) -> Self {
        Self {
            leaf,
            account: claim.account,
            device: claim.device,
            handle: manifest.handle.clone(),
            manifest_hash: manifest.hash,
            manifest_version: manifest.version,
            level: claim.level,
            signed_manifest: claim.manifest.to_vec(),
        }
    }

    /// Of a leaf that was verified when it came: signatures are not checked again, so that a list of 2,500 members
    /// stays cheap. `None` where it does not even parse.
    pub(super) fn known(leaf: u32, node: &LeafNode) -> Option<Self> {
        let claim = Claim::of(node).ok()?;
        let signed = SignedManifest::decode(claim.manifest).ok()?;
        let manifest = Manifest::decode(signed.manifest.clone()).ok()?;
        Some(Self {
            leaf,
            account: claim.account,
            device: claim.device,
            handle: Handle::parse(&manifest.handle).ok()?,
            manifest_hash: Hash32::of(&[&signed.manifest]),
            manifest_version: manifest.version,
            level: claim.level,
            signed_manifest: claim.manifest.to_vec(),
        })
    }
}

impl fmt::Debug for LeafInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeafInfo({}, {:?}, {:?})", self.leaf, self.account, self.device)
    }
}

/// What a leaf says of itself, well-formed but not yet believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim<'a> {
    pub account: AccountId,
    pub device: DeviceId,
    pub signature_key: [u8; 32],
    /// Encoded `SignedManifest`.
    pub manifest: &'a [u8],
    /// The highest that it knows.
    pub level: Level,
    pub node: Node<'a>,
}

/// What a leaf's hash is taken of. It changes with every commit of the leaf's device, and when the device is added again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node<'a> {
    /// In a tree or a key package.
    Made(&'a LeafNode),
    /// Of a leaf that is not made yet, or whose hash is known already.
    Hash(Hash32),
}

impl<'a> Claim<'a> {
    /// Reads a leaf of the form that all our leaves have.
    pub fn of(node: &'a LeafNode) -> Result<Self, SkipReason> {
        let (account, device) = identity(node.credential()).ok_or(SkipReason::BadLeaf)?;
        let manifest = node.extensions().unknown(MANIFEST_EXTENSION).ok_or(SkipReason::BadLeaf)?;
        if node.extensions().iter().count() != 1 {
            return Err(SkipReason::BadLeaf);
        }
        let signature_key = node.signature_key().as_slice().try_into().map_err(|_| SkipReason::BadLeaf)?;
        Ok(Self {
            account,
            device,
            signature_key,
            manifest: &manifest.0,
            level: Level::of_leaf(node),
            node: Node::Made(node),
        })
    }

    /// A key package's leaf has an unbounded lifetime besides.
    pub fn of_key_package(package: &'a KeyPackage) -> Result<Self, SkipReason> {
        match package.leaf_node().leaf_node_source() {
            LeafNodeSource::KeyPackage(lifetime) if is_unbounded(lifetime) => Self::of(package.leaf_node()),
            _ => Err(SkipReason::BadLeaf),
        }
    }

    /// SHA-256 of the LeafNode (RFC 9420 §7.2): what stands for one membership of the device.
    pub fn hash(&self) -> Hash32 {
        match self.node {
            Node::Made(node) => hash_of(node),
            Node::Hash(hash) => hash,
        }
    }

    /// Whether the manifest vouches for account, device and key.
    pub fn verify(&self) -> Result<VerifiedManifest, SkipReason> {
        let manifest = VerifiedManifest::from_bytes(self.manifest).map_err(|_| SkipReason::BadManifest)?;
        if manifest.account != self.account {
            return Err(SkipReason::AccountMismatch);
        }
        let device = manifest.device(self.device).ok_or(SkipReason::DeviceNotNamed)?;
        if device.signature_key != self.signature_key {
            return Err(SkipReason::KeyMismatch);
        }
        Ok(manifest)
    }

    /// Whether `manifest`, which may be another than the leaf's own, still names this device with this key.
    pub fn is_named_by(&self, manifest: &VerifiedManifest) -> bool {
        manifest.device(self.device).is_some_and(|device| device.signature_key == self.signature_key)
    }
}

/// SHA-256 of a LeafNode's encoding.
pub(super) fn hash_of(node: &LeafNode) -> Hash32 {
    // A node that came out of a tree or a key package can be encoded.
    node.tls_serialize_detached().map_or(Hash32::ZERO, |bytes| Hash32::of(&[&bytes]))
}

fn identity(credential: &Credential) -> Option<(AccountId, DeviceId)> {
    let basic = BasicCredential::try_from(credential.clone()).ok()?;
    let (account, device) = basic.identity().split_at_checked(AccountId::LEN)?;
    Some((AccountId::try_from(account).ok()?, DeviceId::try_from(device).ok()?))
}
