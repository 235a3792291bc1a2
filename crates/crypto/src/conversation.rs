//! A conversation: an MLS group (RFC 9420) whose leaves are devices.
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use crate::store::Kv;
use casemate_content::proto::ConversationState;
use casemate_wire::handle::Handle;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId, WriteToken};
use casemate_wire::manifest::{BadManifest, VerifiedManifest};
use openmls::group::MlsGroup;
use std::fmt;
pub mod rules;
use rules::SkipReason;

/// Suite
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// X
    XWing,
    /// Y
    X25519,
}
impl Suite {
    /// RFC 9420 §17.1 code point.
    pub fn code(self) -> u16 {
        unimplemented!()
    }
    /// The suite of a code point.
    pub fn from_code(_code: u32) -> Option<Self> {
        unimplemented!()
    }
}
/// A fresh key package, TLS-serialised; private part goes into `kv`.
pub fn key_package(
    _kv: &dyn Kv,
    _id: &DeviceIdentity,
    _suite: Suite,
    _last_resort: bool,
) -> Result<Vec<u8>, CryptoError> {
    unimplemented!()
}
/// Who a key package would add.
pub fn inspect_key_package(_bytes: &[u8]) -> Result<(Suite, LeafInfo), CryptoError> {
    unimplemented!()
}
/// What an entry is, as far as it shows without keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// m
    Message,
    /// c
    Commit,
    /// o
    Other,
}
/// Kind of entry bytes.
pub fn entry_kind(_bytes: &[u8]) -> EntryKind {
    unimplemented!()
}

/// Leaf.
#[derive(Clone, PartialEq, Eq)]
pub struct LeafInfo {
    /// Index in the tree.
    pub leaf: u32,
    /// Account.
    pub account: AccountId,
    /// Device.
    pub device: DeviceId,
    /// Handle.
    pub handle: Handle,
    /// Hash.
    pub manifest_hash: Hash32,
    /// Version.
    pub manifest_version: u64,
    signed_manifest: Vec<u8>,
}
impl LeafInfo {
    /// The manifest in this leaf, verified.
    pub fn manifest(&self) -> Result<VerifiedManifest, BadManifest> {
        VerifiedManifest::from_bytes(&self.signed_manifest)
    }
    /// Encoded `SignedManifest`.
    pub fn signed_manifest(&self) -> &[u8] {
        &self.signed_manifest
    }
}
impl fmt::Debug for LeafInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeafInfo({}, {:?}, {:?})", self.leaf, self.account, self.device)
    }
}

/// What a commit changes. The committer's own leaf gets new keys in any case.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Key packages of the devices to add.
    pub add: Vec<Vec<u8>>,
    /// Leaves to remove.
    pub remove: Vec<u32>,
    /// A new state.
    pub state: Option<ConversationState>,
    /// A newer manifest of one's own account, for the own leaf.
    pub new_manifest: Option<Vec<u8>>,
}
/// What a commit says beside its proposals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitAad {
    /// Entry of the last commit in the log, applied or skipped.
    pub previous: u64,
    /// One per added device, in the order of [`Change::add`].
    pub add_readers: Vec<Hash32>,
    /// Encoded signed manifests that justify removals.
    pub manifests: Vec<Vec<u8>>,
    /// Devices' own words that justify removals.
    pub leaves: Vec<LeaveStatement>,
}
/// Made by `sign_leave`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveStatement {
    /// Account.
    pub account: AccountId,
    /// Device.
    pub device: DeviceId,
    /// Signature.
    pub signature: Vec<u8>,
}
/// A commit that waits for its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCommit {
    /// Payload of the entry.
    pub bytes: Vec<u8>,
    /// SHA-256 of the next epoch's write token.
    pub next_write_hash: Hash32,
    /// One per added device.
    pub welcomes: Vec<JoinerWelcome>,
    /// The same for all joiners; shows the whole tree, so encrypt it.
    pub group_info: Vec<u8>,
}
impl PendingCommit {
    /// To store it.
    pub fn to_bytes(&self) -> Vec<u8> {
        unimplemented!()
    }
    /// As stored.
    pub fn from_bytes(_bytes: &[u8]) -> Option<Self> {
        unimplemented!()
    }
}
/// What one joiner needs of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinerWelcome {
    /// Account.
    pub account: AccountId,
    /// Device.
    pub device: DeviceId,
    /// MLS Welcome with only this joiner's secrets.
    pub joiner: Vec<u8>,
}
/// What an entry was.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    /// A message.
    Message {
        /// Who sent it, verified.
        sender: LeafInfo,
        /// Encoded `Content`.
        plaintext: Vec<u8>,
    },
    /// A commit that everybody applies.
    Commit(AppliedCommit),
    /// A commit that everybody skips; nothing has changed.
    Skipped(SkipReason),
    /// Cannot be read; nothing has changed.
    Undecryptable(Undecryptable),
}
/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecryptable {
    /// m
    Malformed,
    /// e
    WrongEpoch,
    /// r
    Replayed,
    /// f
    Forged,
    /// o
    Own,
}
/// What a commit did.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedCommit {
    /// The committer (its leaf before the commit).
    pub by: LeafInfo,
    /// Devices added.
    pub added: Vec<LeafInfo>,
    /// As in the commit.
    pub add_readers: Vec<Hash32>,
    /// Devices removed.
    pub removed: Vec<LeafInfo>,
    /// When it changed.
    pub old_state: Option<ConversationState>,
    /// When it changed.
    pub new_state: Option<ConversationState>,
    /// This device was removed.
    pub self_removed: bool,
    /// SHA-256 of the new epoch's write token; zero if removed.
    pub write_hash_next: Hash32,
}
/// A conversation
pub struct Conversation {
    group: MlsGroup,
}
impl Conversation {
    /// A new conversation with this device as its only member. The group's id is the log's.
    pub fn create(
        _kv: &dyn Kv,
        _id: &DeviceIdentity,
        _suite: Suite,
        _log: LogId,
        _state: &ConversationState,
    ) -> Result<Self, CryptoError> {
        unimplemented!()
    }
    /// From the store.
    pub fn load(_kv: &dyn Kv, _log: LogId) -> Result<Option<Self>, CryptoError> {
        unimplemented!()
    }
    /// Forget all.
    pub fn delete(self, _kv: &dyn Kv) -> Result<(), CryptoError> {
        unimplemented!()
    }
    /// Join.
    pub fn join(
        _kv: &dyn Kv,
        _id: &DeviceIdentity,
        _joiner: &[u8],
        _group_info: &[u8],
        _expected_log: LogId,
    ) -> Result<Self, CryptoError> {
        unimplemented!()
    }
    /// log
    pub fn log(&self) -> LogId {
        unimplemented!()
    }
    /// epoch
    pub fn epoch(&self) -> u64 {
        self.group.epoch().as_u64()
    }
    /// suite
    pub fn suite(&self) -> Suite {
        unimplemented!()
    }
    /// own leaf
    pub fn own_leaf(&self) -> u32 {
        self.group.own_leaf_index().u32()
    }
    /// members
    pub fn members(&self) -> Vec<LeafInfo> {
        unimplemented!()
    }
    /// member
    pub fn member(&self, _leaf: u32) -> Option<LeafInfo> {
        unimplemented!()
    }
    /// state
    pub fn state(&self) -> ConversationState {
        unimplemented!()
    }
    /// active
    pub fn is_active(&self) -> bool {
        self.group.is_active()
    }
    /// pending
    pub fn has_pending(&self) -> bool {
        self.group.pending_commit().is_some()
    }
    /// write token of this epoch
    pub fn write_token(&self) -> Result<WriteToken, CryptoError> {
        unimplemented!()
    }
    /// encrypt
    pub fn encrypt(
        &mut self,
        _kv: &dyn Kv,
        _id: &DeviceIdentity,
        _plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        unimplemented!()
    }
    /// commit
    pub fn commit(
        &mut self,
        _kv: &dyn Kv,
        _id: &DeviceIdentity,
        _change: Change,
        _aad: CommitAad,
    ) -> Result<PendingCommit, CryptoError> {
        unimplemented!()
    }
    /// Applies the own pending commit.
    pub fn merge_pending(&mut self, _kv: &dyn Kv) -> Result<AppliedCommit, CryptoError> {
        unimplemented!()
    }
    /// Drops the own pending commit.
    pub fn discard_pending(&mut self, _kv: &dyn Kv) -> Result<(), CryptoError> {
        unimplemented!()
    }
    /// receive
    pub fn receive(
        &mut self,
        _kv: &dyn Kv,
        _id: &DeviceIdentity,
        _bytes: &[u8],
        _previous_commit: u64,
    ) -> Result<Received, CryptoError> {
        unimplemented!()
    }
}
