//! OpenMLS's storage over a [`Kv`]: a value is CBOR, a key is one byte for its kind and CBOR after it.
//! The message secrets are written for messages, which may be later for those received; everything else only on commits.

use std::cell::Cell;
use std::collections::{TryReserveError, VecDeque};

use cbor4ii::core::enc::Write;
use cbor4ii::serde::Serializer;
use openmls_traits::storage::{CURRENT_VERSION, StorageProvider, traits};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Kv, KvError, Value};

/// Storage for one operation, over the caller's transaction.
pub(crate) struct Store<'a> {
    pub kv: &'a dyn Kv,
    /// Set instead of writing message secrets, where the caller writes them later.
    pub postponed: Option<&'a Cell<bool>>,
}

/// Why OpenMLS could not read or write its state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Kv(#[from] KvError),
    #[error("a stored value cannot be read: {0}")]
    Unreadable(String),
    #[error("a value cannot be stored: {0}")]
    Unstorable(String),
    #[error("a stored list names a value that is not there")]
    Missing,
}

/// First byte of a key. Never reuse a number.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Table {
    JoinConfig = 1,
    OwnLeafNodes = 2,
    Proposal = 3,
    ProposalQueue = 4,
    Tree = 5,
    InterimTranscriptHash = 6,
    Context = 7,
    ConfirmationTag = 8,
    GroupState = 9,
    MessageSecrets = 10,
    ResumptionPsks = 11,
    OwnLeafIndex = 12,
    EpochSecrets = 13,
    SignatureKeyPair = 14,
    EncryptionKeyPair = 15,
    EpochKeyPairs = 16,
    KeyPackage = 17,
    Psk = 18,
}

/// The first byte of the keys under which private parts of key packages are.
pub const PACKAGE_KEYS: u8 = Table::KeyPackage as u8;

/// The private part of a key package under a key of the store; `None` where it cannot be read.
pub(crate) fn package_at<T: DeserializeOwned>(store: &Store<'_>, key: &[u8]) -> Option<T> {
    key.first().filter(|first| **first == PACKAGE_KEYS)?;
    from_cbor(&store.kv.read(key).ok()??).ok()
}

/// Where that of a package is.
pub(crate) fn package_key(reference: &impl Serialize) -> Option<Vec<u8>> {
    key_of(Table::KeyPackage, reference).ok().map(|key| key.to_vec())
}

impl<'a> Store<'a> {
    pub fn new(kv: &'a dyn Kv) -> Self {
        Self { kv, postponed: None }
    }

    fn put(
        &self,
        table: Table,
        key: &impl Serialize,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), StoreError> {
        Ok(self.kv.write(&key_of(table, key)?, to_cbor(value)?)?)
    }

    fn get<T: DeserializeOwned>(&self, table: Table, key: &impl Serialize) -> Result<Option<T>, StoreError> {
        self.kv.read(&key_of(table, key)?)?.map(|value| from_cbor(&value)).transpose()
    }

    fn remove(&self, table: Table, key: &impl Serialize) -> Result<(), StoreError> {
        Ok(self.kv.delete(&key_of(table, key)?)?)
    }

    fn list<T: DeserializeOwned>(&self, table: Table, key: &impl Serialize) -> Result<Vec<T>, StoreError> {
        self.items(table, key)?.iter().map(|item| from_cbor(item)).collect()
    }

    fn append(&self, table: Table, key: &impl Serialize, item: &impl Serialize) -> Result<(), StoreError> {
        let mut items = self.items(table, key)?;
        items.push_back(to_cbor(item)?.to_vec());
        self.put(table, key, &items)
    }

    fn remove_from_list(
        &self,
        table: Table,
        key: &impl Serialize,
        item: &impl Serialize,
    ) -> Result<(), StoreError> {
        let item = to_cbor(item)?;
        let mut items = self.items(table, key)?;
        if let Some(position) = items.iter().position(|stored| *stored == *item) {
            items.remove(position);
        }
        self.put(table, key, &items)
    }

    /// A list's items, each as its own CBOR: so an item is found by its bytes.
    fn items(&self, table: Table, key: &impl Serialize) -> Result<VecDeque<Vec<u8>>, StoreError> {
        Ok(self.get(table, key)?.unwrap_or_default())
    }
}

fn key_of(table: Table, key: &impl Serialize) -> Result<Value, StoreError> {
    write_cbor(vec![table as u8], key)
}

fn to_cbor(value: &(impl Serialize + ?Sized)) -> Result<Value, StoreError> {
    write_cbor(Vec::new(), value)
}

/// After what stands there.
fn write_cbor(before: Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<Value, StoreError> {
    let mut serializer = Serializer::new(Wiping(Value::new(before)));
    value.serialize(&mut serializer).map_err(|error| StoreError::Unstorable(error.to_string()))?;
    Ok(serializer.into_inner().0)
}

/// Grows without leaving a copy behind, as a `Vec` does by itself.
struct Wiping(Value);

/// What most values fit into.
const LEAST_BYTES: usize = 1_024;

impl Write for Wiping {
    type Error = TryReserveError;

    fn push(&mut self, input: &[u8]) -> Result<(), TryReserveError> {
        let needed = self.0.len().saturating_add(input.len());
        if needed > self.0.capacity() {
            let mut larger = Value::default();
            larger.try_reserve_exact(needed.max(self.0.capacity().saturating_mul(2)).max(LEAST_BYTES))?;
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(input);
        Ok(())
    }
}

fn from_cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    cbor4ii::serde::from_slice(bytes).map_err(|error| StoreError::Unreadable(error.to_string()))
}

impl StorageProvider<CURRENT_VERSION> for Store<'_> {
    type Error = StoreError;

    fn write_mls_join_config<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        MlsGroupJoinConfig: traits::MlsGroupJoinConfig<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        config: &MlsGroupJoinConfig,
    ) -> Result<(), StoreError> {
        self.put(Table::JoinConfig, group_id, config)
    }

    fn append_own_leaf_node<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        LeafNode: traits::LeafNode<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        leaf_node: &LeafNode,
    ) -> Result<(), StoreError> {
        self.append(Table::OwnLeafNodes, group_id, leaf_node)
    }

    fn queue_proposal<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
        QueuedProposal: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
        proposal: &QueuedProposal,
    ) -> Result<(), StoreError> {
        self.put(Table::Proposal, &(group_id, proposal_ref), proposal)?;
        self.append(Table::ProposalQueue, group_id, proposal_ref)
    }

    fn write_tree<GroupId: traits::GroupId<CURRENT_VERSION>, TreeSync: traits::TreeSync<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
        tree: &TreeSync,
    ) -> Result<(), StoreError> {
        self.put(Table::Tree, group_id, tree)
    }

    fn write_interim_transcript_hash<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        InterimTranscriptHash: traits::InterimTranscriptHash<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        interim_transcript_hash: &InterimTranscriptHash,
    ) -> Result<(), StoreError> {
        self.put(Table::InterimTranscriptHash, group_id, interim_transcript_hash)
    }

    fn write_context<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        GroupContext: traits::GroupContext<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        group_context: &GroupContext,
    ) -> Result<(), StoreError> {
        self.put(Table::Context, group_id, group_context)
    }

    fn write_confirmation_tag<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ConfirmationTag: traits::ConfirmationTag<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        confirmation_tag: &ConfirmationTag,
    ) -> Result<(), StoreError> {
        self.put(Table::ConfirmationTag, group_id, confirmation_tag)
    }

    fn write_group_state<
        GroupState: traits::GroupState<CURRENT_VERSION>,
        GroupId: traits::GroupId<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        group_state: &GroupState,
    ) -> Result<(), StoreError> {
        self.put(Table::GroupState, group_id, group_state)
    }

    fn write_message_secrets<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        MessageSecrets: traits::MessageSecrets<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        message_secrets: &MessageSecrets,
    ) -> Result<(), StoreError> {
        if let Some(postponed) = self.postponed {
            postponed.set(true);
            return Ok(());
        }
        self.put(Table::MessageSecrets, group_id, message_secrets)
    }

    fn write_resumption_psk_store<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ResumptionPskStore: traits::ResumptionPskStore<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        resumption_psk_store: &ResumptionPskStore,
    ) -> Result<(), StoreError> {
        self.put(Table::ResumptionPsks, group_id, resumption_psk_store)
    }

    fn write_own_leaf_index<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        LeafNodeIndex: traits::LeafNodeIndex<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        own_leaf_index: &LeafNodeIndex,
    ) -> Result<(), StoreError> {
        self.put(Table::OwnLeafIndex, group_id, own_leaf_index)
    }

    fn write_group_epoch_secrets<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        GroupEpochSecrets: traits::GroupEpochSecrets<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        group_epoch_secrets: &GroupEpochSecrets,
    ) -> Result<(), StoreError> {
        self.put(Table::EpochSecrets, group_id, group_epoch_secrets)
    }

    fn write_signature_key_pair<
        SignaturePublicKey: traits::SignaturePublicKey<CURRENT_VERSION>,
        SignatureKeyPair: traits::SignatureKeyPair<CURRENT_VERSION>,
    >(
        &self,
        public_key: &SignaturePublicKey,
        signature_key_pair: &SignatureKeyPair,
    ) -> Result<(), StoreError> {
        self.put(Table::SignatureKeyPair, public_key, signature_key_pair)
    }

    fn write_encryption_key_pair<
        EncryptionKey: traits::EncryptionKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        public_key: &EncryptionKey,
        key_pair: &HpkeKeyPair,
    ) -> Result<(), StoreError> {
        self.put(Table::EncryptionKeyPair, public_key, key_pair)
    }

    fn write_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
        key_pairs: &[HpkeKeyPair],
    ) -> Result<(), StoreError> {
        self.put(Table::EpochKeyPairs, &(group_id, epoch, leaf_index), key_pairs)
    }

    fn write_key_package<
        HashReference: traits::HashReference<CURRENT_VERSION>,
        KeyPackage: traits::KeyPackage<CURRENT_VERSION>,
    >(
        &self,
        hash_ref: &HashReference,
        key_package: &KeyPackage,
    ) -> Result<(), StoreError> {
        self.put(Table::KeyPackage, hash_ref, key_package)
    }

    fn write_psk<PskId: traits::PskId<CURRENT_VERSION>, PskBundle: traits::PskBundle<CURRENT_VERSION>>(
        &self,
        psk_id: &PskId,
        psk: &PskBundle,
    ) -> Result<(), StoreError> {
        self.put(Table::Psk, psk_id, psk)
    }

    fn mls_group_join_config<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        MlsGroupJoinConfig: traits::MlsGroupJoinConfig<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<MlsGroupJoinConfig>, StoreError> {
        self.get(Table::JoinConfig, group_id)
    }

    fn own_leaf_nodes<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        LeafNode: traits::LeafNode<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<LeafNode>, StoreError> {
        self.list(Table::OwnLeafNodes, group_id)
    }

    fn queued_proposal_refs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<ProposalRef>, StoreError> {
        self.list(Table::ProposalQueue, group_id)
    }

    fn queued_proposals<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
        QueuedProposal: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<(ProposalRef, QueuedProposal)>, StoreError> {
        let refs: Vec<ProposalRef> = self.list(Table::ProposalQueue, group_id)?;
        refs.into_iter()
            .map(|reference| {
                let proposal =
                    self.get(Table::Proposal, &(group_id, &reference))?.ok_or(StoreError::Missing)?;
                Ok((reference, proposal))
            })
            .collect()
    }

    fn tree<GroupId: traits::GroupId<CURRENT_VERSION>, TreeSync: traits::TreeSync<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<TreeSync>, StoreError> {
        self.get(Table::Tree, group_id)
    }

    fn group_context<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        GroupContext: traits::GroupContext<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<GroupContext>, StoreError> {
        self.get(Table::Context, group_id)
    }

    fn interim_transcript_hash<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        InterimTranscriptHash: traits::InterimTranscriptHash<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<InterimTranscriptHash>, StoreError> {
        self.get(Table::InterimTranscriptHash, group_id)
    }

    fn confirmation_tag<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ConfirmationTag: traits::ConfirmationTag<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<ConfirmationTag>, StoreError> {
        self.get(Table::ConfirmationTag, group_id)
    }

    fn group_state<
        GroupState: traits::GroupState<CURRENT_VERSION>,
        GroupId: traits::GroupId<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<GroupState>, StoreError> {
        self.get(Table::GroupState, group_id)
    }

    fn message_secrets<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        MessageSecrets: traits::MessageSecrets<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<MessageSecrets>, StoreError> {
        self.get(Table::MessageSecrets, group_id)
    }

    fn resumption_psk_store<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ResumptionPskStore: traits::ResumptionPskStore<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<ResumptionPskStore>, StoreError> {
        self.get(Table::ResumptionPsks, group_id)
    }

    fn own_leaf_index<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        LeafNodeIndex: traits::LeafNodeIndex<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<LeafNodeIndex>, StoreError> {
        self.get(Table::OwnLeafIndex, group_id)
    }

    fn group_epoch_secrets<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        GroupEpochSecrets: traits::GroupEpochSecrets<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<GroupEpochSecrets>, StoreError> {
        self.get(Table::EpochSecrets, group_id)
    }

    fn signature_key_pair<
        SignaturePublicKey: traits::SignaturePublicKey<CURRENT_VERSION>,
        SignatureKeyPair: traits::SignatureKeyPair<CURRENT_VERSION>,
    >(
        &self,
        public_key: &SignaturePublicKey,
    ) -> Result<Option<SignatureKeyPair>, StoreError> {
        self.get(Table::SignatureKeyPair, public_key)
    }

    fn encryption_key_pair<
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
        EncryptionKey: traits::EncryptionKey<CURRENT_VERSION>,
    >(
        &self,
        public_key: &EncryptionKey,
    ) -> Result<Option<HpkeKeyPair>, StoreError> {
        self.get(Table::EncryptionKeyPair, public_key)
    }

    fn encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<Vec<HpkeKeyPair>, StoreError> {
        Ok(self.get(Table::EpochKeyPairs, &(group_id, epoch, leaf_index))?.unwrap_or_default())
    }

    fn key_package<
        KeyPackageRef: traits::HashReference<CURRENT_VERSION>,
        KeyPackage: traits::KeyPackage<CURRENT_VERSION>,
    >(
        &self,
        hash_ref: &KeyPackageRef,
    ) -> Result<Option<KeyPackage>, StoreError> {
        self.get(Table::KeyPackage, hash_ref)
    }

    fn psk<PskBundle: traits::PskBundle<CURRENT_VERSION>, PskId: traits::PskId<CURRENT_VERSION>>(
        &self,
        psk_id: &PskId,
    ) -> Result<Option<PskBundle>, StoreError> {
        self.get(Table::Psk, psk_id)
    }

    fn remove_proposal<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
    ) -> Result<(), StoreError> {
        self.remove_from_list(Table::ProposalQueue, group_id, proposal_ref)?;
        self.remove(Table::Proposal, &(group_id, proposal_ref))
    }

    fn delete_own_leaf_nodes<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::OwnLeafNodes, group_id)
    }

    fn delete_group_config<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::JoinConfig, group_id)
    }

    fn delete_tree<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::Tree, group_id)
    }

    fn delete_confirmation_tag<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::ConfirmationTag, group_id)
    }

    fn delete_group_state<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::GroupState, group_id)
    }

    fn delete_context<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::Context, group_id)
    }

    fn delete_interim_transcript_hash<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::InterimTranscriptHash, group_id)
    }

    fn delete_message_secrets<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::MessageSecrets, group_id)
    }

    fn delete_all_resumption_psk_secrets<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::ResumptionPsks, group_id)
    }

    fn delete_own_leaf_index<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::OwnLeafIndex, group_id)
    }

    fn delete_group_epoch_secrets<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.remove(Table::EpochSecrets, group_id)
    }

    fn clear_proposal_queue<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        for reference in self.list::<ProposalRef>(Table::ProposalQueue, group_id)? {
            self.remove(Table::Proposal, &(group_id, &reference))?;
        }
        self.remove(Table::ProposalQueue, group_id)
    }

    fn delete_signature_key_pair<SignaturePublicKey: traits::SignaturePublicKey<CURRENT_VERSION>>(
        &self,
        public_key: &SignaturePublicKey,
    ) -> Result<(), StoreError> {
        self.remove(Table::SignatureKeyPair, public_key)
    }

    fn delete_encryption_key_pair<EncryptionKey: traits::EncryptionKey<CURRENT_VERSION>>(
        &self,
        public_key: &EncryptionKey,
    ) -> Result<(), StoreError> {
        self.remove(Table::EncryptionKeyPair, public_key)
    }

    fn delete_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<(), StoreError> {
        self.remove(Table::EpochKeyPairs, &(group_id, epoch, leaf_index))
    }

    fn delete_key_package<KeyPackageRef: traits::HashReference<CURRENT_VERSION>>(
        &self,
        hash_ref: &KeyPackageRef,
    ) -> Result<(), StoreError> {
        self.remove(Table::KeyPackage, hash_ref)
    }

    fn delete_psk<PskKey: traits::PskId<CURRENT_VERSION>>(&self, psk_id: &PskKey) -> Result<(), StoreError> {
        self.remove(Table::Psk, psk_id)
    }
}

#[cfg(test)]
mod tests;
