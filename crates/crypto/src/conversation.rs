//! A conversation: an MLS group (RFC 9420) whose leaves are devices.
//!
//! ```text
//! create ─┐                       ┌─ encrypt ──▶ entry
//! join  ──┼─▶ Conversation ───────┼─ commit ───▶ entry + Welcomes ─▶ merge_pending | discard_pending
//! load ───┘                       └─ receive ◀── entry
//! ```
//! Every call that changes something writes its state through the given [`Kv`]; when the transaction behind it is
//! rolled back, the conversation in memory is stale: drop it and [`Conversation::load`] it again. After an error the
//! same holds.
//!
//! Whether a commit is applied is decided in [`rules`]. Not here: who commits when, and what messages mean.

mod book;
mod call;
mod commit;
mod ephemeral;
mod heritage;
#[cfg(feature = "lawless")]
mod lawless;
mod leaf;
mod level;
mod mark;
mod note;
mod offered;
mod package;
mod receipt;
mod receive;
pub mod rules;
mod state;
mod suite;
mod welcome;

use std::collections::{BTreeMap, BTreeSet};

use casemate_content::proto::ConversationState;
use casemate_content::proto::Who;
use casemate_wire::ids::{AccountId, Hash32, LogId, WriteToken};
use casemate_wire::limits::READERS;
use casemate_wire::manifest::VerifiedManifest;
use openmls::prelude::{
    GroupEpoch, GroupId, LeafNode, LeafNodeIndex, MlsGroup, OpenMlsProvider as _, PastEpochDeletion,
    StagedWelcome, WelcomeError,
};
use openmls_traits::storage::StorageProvider as _;

pub use commit::{Change, JoinerWelcome, PendingCommit};
pub use ephemeral::{EPHEMERAL_LABEL, EPHEMERAL_MESSAGE_BYTES};
pub use heritage::Heritage;
#[cfg(feature = "lawless")]
pub use lawless::old_key_package;
pub use leaf::LeafInfo;
pub use level::Level;
pub use mark::{MARK_BYTES, MarkKey};
pub use note::{AgainRequest, CommitAad, During, LEAVE_EPOCHS, LeaveStatement};
pub use package::{KeptPackage, Lifetime, key_package_lifetime};
pub use receipt::{RECEIPT_LABEL, receipt_epoch};
pub use receive::{AppliedCommit, Awaited, EntryKind, Received, Undecryptable, entry_kind};
pub use suite::{Suite, inspect_key_package, key_package, key_package_for, key_package_leaf};
pub use welcome::{welcome_kept, welcome_package};

use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use crate::provider::{CRYPTO, Provider};
use crate::store::{Kv, Overlay};
use book::Book;
use leaf::Claim;

/// Label of the exporter that gives an epoch's write token.
const WRITE_LABEL: &str = "casemate/write/v1";

/// A conversation as one of its devices sees it.
pub struct Conversation {
    group: MlsGroup,
    log: LogId,
    suite: Suite,
    level: Level,
    state: ConversationState,
    book: Book,
    /// Ratchets have moved in memory and not in the store.
    is_ahead: bool,
}

impl Conversation {
    /// A new conversation with this device as its only member. The group's id is the log's.
    ///
    /// # Errors
    /// [`CryptoError::Invalid`] for a state that other members would refuse.
    pub fn create(
        kv: &dyn Kv,
        id: &DeviceIdentity,
        suite: Suite,
        log: LogId,
        state: &ConversationState,
    ) -> Result<Self, CryptoError> {
        Self::create_after(kv, id, suite, log, state, &Heritage::default())
    }

    /// As [`Self::create`], for what continues another conversation: at its level, with what it kept of its accounts.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_after(
        kv: &dyn Kv,
        id: &DeviceIdentity,
        suite: Suite,
        log: LogId,
        state: &ConversationState,
        heritage: &Heritage,
    ) -> Result<Self, CryptoError> {
        let for_own_account = if state::is_group(state) {
            // Who continues a group leaves its admins as they were.
            state::is_admin(state, id.account) || !state.successor_of.is_empty()
        } else {
            state::is_listed(state, id.account)
        };
        if !state::is_well_formed(state) || !for_own_account {
            return Err(CryptoError::Invalid("a conversation cannot begin with this description"));
        }
        let context = heritage.context(id, state);
        let config = suite::create_config(suite, id, &context);
        let group = MlsGroup::new_with_group_id(
            &Provider::new(kv),
            id,
            &config,
            group_id(log),
            suite::credential(id),
        )
        .map_err(|error| CryptoError::internal("create", error))?;
        Self::of(group)
    }

    /// The conversation as it was stored; `None` where there is none.
    ///
    /// # Errors
    /// Where the store fails or what it holds cannot be read.
    pub fn load(kv: &dyn Kv, log: LogId) -> Result<Option<Self>, CryptoError> {
        load_group(kv, log)?.map(Self::of).transpose()
    }

    /// Forgets the conversation and all its keys.
    ///
    /// # Errors
    /// Where the store fails.
    pub fn delete(mut self, kv: &dyn Kv) -> Result<(), CryptoError> {
        let provider = Provider::new(kv);
        // OpenMLS leaves the keys of the epoch that a removal ended.
        if let Some(last) = self.epoch().checked_sub(1).filter(|_| !self.is_active()) {
            provider.storage().delete_encryption_epoch_key_pairs(
                self.group.group_id(),
                &GroupEpoch::from(last),
                self.own_leaf(),
            )?;
        }
        self.group.delete(provider.storage()).map_err(CryptoError::from)
    }

    /// Joins with a Welcome: `joiner` is this device's own part, `group_info` the part that is the same for all. Uses
    /// the key package up. A conversation that this device was removed from is replaced.
    ///
    /// # Errors
    /// [`CryptoError::NoKeyPackage`]: ask to be added again. [`CryptoError::Invalid`] and
    /// [`CryptoError::NotAllowed`]: the inviter is broken or lies, nothing was changed.
    pub fn join(
        kv: &dyn Kv,
        id: &DeviceIdentity,
        joiner: &[u8],
        group_info: &[u8],
        expected_log: LogId,
    ) -> Result<Self, CryptoError> {
        Self::join_and_meet(kv, id, joiner, group_info, expected_log).map(|(conversation, _)| conversation)
    }

    /// As [`Self::join`], with the manifests of all members' devices: verifying them takes most of the time that a
    /// large conversation's joining takes, so it is done once.
    ///
    /// # Errors
    /// As [`Self::join`].
    pub fn join_and_meet(
        kv: &dyn Kv,
        id: &DeviceIdentity,
        joiner: &[u8],
        group_info: &[u8],
        expected_log: LogId,
    ) -> Result<(Self, Vec<VerifiedManifest>), CryptoError> {
        let (welcome, tree) = welcome::join(joiner, group_info)?;
        let overlay = Overlay::new(kv);
        if let Some(old) = Self::load(&overlay, expected_log)? {
            if old.is_active() {
                return Err(CryptoError::Invalid("this device is in the conversation already"));
            }
            old.delete(&overlay)?;
        }
        let provider = Provider::new(&overlay);
        let staged = StagedWelcome::build_from_welcome(&provider, &suite::join_config(), welcome)
            .and_then(|builder| builder.with_ratchet_tree(tree).skip_lifetime_validation().build());
        let joined = staged.and_then(|staged| staged.into_group(&provider));
        overlay.check()?;
        let conversation = match joined {
            Ok(group) => Self::of(group)?,
            Err(WelcomeError::NoMatchingKeyPackage) => return Err(CryptoError::NoKeyPackage),
            Err(_) => return Err(CryptoError::Invalid("the invitation does not verify")),
        };
        if conversation.log != expected_log {
            return Err(CryptoError::Invalid("the invitation is to another conversation than it says"));
        }
        let manifests = conversation.check_as_joiner(id)?;
        overlay.keep()?;
        Ok((conversation, manifests))
    }

    /// The log it lives in.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// Grows by one with each applied commit.
    pub fn epoch(&self) -> u64 {
        self.group.epoch().as_u64()
    }

    /// Fixed when the conversation was made.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The rules that its commits are judged by.
    pub fn level(&self) -> Level {
        self.level
    }

    /// This device's place in the tree.
    pub fn own_leaf(&self) -> u32 {
        self.group.own_leaf_index().u32()
    }

    /// All devices, in the order of the tree.
    pub fn members(&self) -> Vec<LeafInfo> {
        self.leaf_nodes().filter_map(|(leaf, node)| LeafInfo::known(leaf, node)).collect()
    }

    fn leaf_nodes(&self) -> impl Iterator<Item = (u32, &LeafNode)> {
        self.group.treesync().full_leaves().map(|(index, node)| (index.u32(), node))
    }

    /// The device at a place in the tree.
    pub fn member(&self, leaf: u32) -> Option<LeafInfo> {
        LeafInfo::known(leaf, self.group.public_group().leaf(LeafNodeIndex::new(leaf))?)
    }

    /// What people see of it.
    pub fn state(&self) -> ConversationState {
        self.state.clone()
    }

    /// Accounts of a group that have no device in it, since their last one was dropped: others add the next one. None at
    /// [`Level::One`].
    pub fn awaited(&self) -> Vec<AccountId> {
        if self.book.is_empty() || !state::is_group(&self.state) {
            return Vec::new();
        }
        let there: BTreeSet<AccountId> = self.members().into_iter().map(|leaf| leaf.account).collect();
        self.book.accounts().filter(|account| !there.contains(account)).collect()
    }

    /// Whether devices of the manifest's account are refused for its being older than the one by which a device was dropped.
    pub fn is_below_floor(&self, manifest: &VerifiedManifest) -> bool {
        self.book.floor(manifest.account).is_some_and(|floor| !floor.is_reached_by(manifest))
    }

    /// Whether the account dropped a device by a document that not all of its leaves carry: whoever adds another one shows it.
    pub fn has_floor(&self, account: AccountId) -> bool {
        self.book.floor(account).is_some()
    }

    /// Whether an account may send messages here (announcement groups: only admins).
    pub fn may_send(&self, account: AccountId) -> bool {
        !state::is_group(&self.state)
            || state::permissions(&self.state).send() == Who::Members
            || state::is_admin(&self.state, account)
    }

    /// False once this device was removed.
    pub fn is_active(&self) -> bool {
        self.group.is_active()
    }

    /// Whether an own commit waits for its entry.
    pub fn has_pending(&self) -> bool {
        self.group.pending_commit().is_some()
    }

    /// The right to append in this epoch.
    ///
    /// # Errors
    /// [`CryptoError::NotMember`] once this device was removed.
    pub fn write_token(&self) -> Result<WriteToken, CryptoError> {
        if !self.is_active() {
            return Err(CryptoError::NotMember);
        }
        let secret = self
            .group
            .export_secret(&CRYPTO, WRITE_LABEL, &[], WRITE_TOKEN)
            .map_err(|error| CryptoError::internal("write token", error))?;
        token(&secret)
    }

    /// This device's word that its account leaves: others bring it as [`CommitAad::leaves`]. One for each level, since the
    /// conversation may rise before somebody commits.
    pub fn leave_statements(&self, id: &DeviceIdentity) -> [LeaveStatement; 2] {
        [During::Epochs(self.epoch()), During::Leaf(self.own_leaf_hash())]
            .map(|during| LeaveStatement::sign(id, self.log, during))
    }

    /// SHA-256 of this device's leaf: what it names its place by when it asks to be added again.
    pub fn own_leaf_hash(&self) -> Hash32 {
        self.leaf_hash(self.own_leaf()).unwrap_or(Hash32::ZERO)
    }

    /// SHA-256 of the leaf that the pending commit gives this device: others have it once they have the commit.
    pub fn pending_leaf_hash(&self) -> Option<Hash32> {
        self.group.pending_commit()?.update_path_leaf_node().map(leaf::hash_of)
    }

    /// SHA-256 of a leaf.
    pub fn leaf_hash(&self, leaf: u32) -> Option<Hash32> {
        self.group.public_group().leaf(LeafNodeIndex::new(leaf)).map(leaf::hash_of)
    }

    fn of(group: MlsGroup) -> Result<Self, CryptoError> {
        let log = LogId::try_from(group.group_id().as_slice())
            .map_err(|_| CryptoError::Invalid("the group's id is not a log's"))?;
        let suite = Suite::of(group.ciphersuite())
            .ok_or(CryptoError::Invalid("the conversation's suite is unknown"))?;
        let (level, state, book) = suite::context(group.extensions())
            .and_then(|context| Some((context.level, state::parse(context.state)?, context.book)))
            .ok_or(CryptoError::Invalid("the conversation's description is malformed"))?;
        Ok(Self { group, log, suite, level, state, book, is_ahead: false })
    }

    /// A joiner has not seen the commits that led here: it checks what they must have led to.
    fn check_as_joiner(&self, id: &DeviceIdentity) -> Result<Vec<VerifiedManifest>, CryptoError> {
        use rules::SkipReason::{AddNotAllowed, DuplicateDevice, TooManyDevices};

        let view = self.view()?;
        if view.leaves.len() > READERS {
            return Err(CryptoError::NotAllowed(TooManyDevices));
        }
        let mut devices = BTreeSet::new();
        let mut manifests = Vec::with_capacity(view.leaves.len());
        for claim in view.leaves.values() {
            manifests.push(claim.verify().map_err(CryptoError::NotAllowed)?);
            if !devices.insert((claim.account, claim.device)) {
                return Err(CryptoError::NotAllowed(DuplicateDevice));
            }
            if !state::is_group(&self.state) && !state::is_listed(&self.state, claim.account) {
                return Err(CryptoError::NotAllowed(AddNotAllowed));
            }
        }
        let own = view.leaves.get(&self.own_leaf());
        if own.is_some_and(|own| own.account == id.account && own.device == id.device) {
            Ok(manifests)
        } else {
            Err(CryptoError::Invalid("the invitation is not for this device"))
        }
    }

    /// The group as the rules see it.
    fn view(&self) -> Result<rules::View<'_>, CryptoError> {
        let leaves = self
            .group
            .treesync()
            .full_leaves()
            .map(|(index, node)| Ok((index.u32(), Claim::of(node)?)))
            .collect::<Result<BTreeMap<_, _>, _>>()
            .map_err(CryptoError::NotAllowed)?;
        Ok(rules::View {
            log: self.log,
            epoch: self.epoch(),
            level: self.level,
            state: &self.state,
            book: &self.book,
            leaves,
        })
    }

    /// Whether it has so many devices or more.
    pub fn has_devices(&self, least: usize) -> bool {
        self.group.treesync().full_leaves().nth(least.saturating_sub(1)).is_some()
    }

    /// Whether received messages moved ratchets that [`Self::store_ratchets`] has not stored yet.
    pub fn is_ahead(&self) -> bool {
        self.is_ahead
    }

    /// Stores the ratchets as they are in memory: keys that received messages used are gone from the store then. What is written grows with
    /// the members who wrote in this epoch, so a caller does it once for many messages.
    ///
    /// # Errors
    /// Where the store fails: roll back and load again.
    pub fn store_ratchets(&mut self, kv: &dyn Kv) -> Result<(), CryptoError> {
        // No past epoch is kept. OpenMLS stores message secrets here, and offers no other way to have them stored.
        self.group
            .delete_past_epoch_secrets(&Provider::new(kv), PastEpochDeletion::delete_all())
            .map_err(|error| CryptoError::internal("store ratchets", error))?;
        self.is_ahead = false;
        Ok(())
    }

    /// The same before something that may be given up by loading again.
    fn store_before_trying(&mut self, kv: &dyn Kv) -> Result<(), CryptoError> {
        if self.is_ahead { self.store_ratchets(kv) } else { Ok(()) }
    }

    /// Takes the stored state, after something was tried and given up in memory.
    fn reload(&mut self, kv: &dyn Kv) -> Result<(), CryptoError> {
        self.group =
            load_group(kv, self.log)?.ok_or_else(|| CryptoError::internal("load", "the group is gone"))?;
        self.is_ahead = false;
        Ok(())
    }
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Conversation({:?}, epoch {}, leaf {})", self.log, self.epoch(), self.own_leaf())
    }
}

const WRITE_TOKEN: usize = 32;

fn token(secret: &[u8]) -> Result<WriteToken, CryptoError> {
    WriteToken::try_from(secret).map_err(|error| CryptoError::internal("write token", error))
}

/// Hash of the write token of the epoch that a staged commit leads to.
fn next_write_hash(staged: &openmls::prelude::StagedCommit) -> Result<Hash32, CryptoError> {
    let secret = staged
        .export_secret(&CRYPTO, WRITE_LABEL, &[], WRITE_TOKEN)
        .map_err(|error| CryptoError::internal("write token", error))?;
    Ok(token(&secret)?.hash())
}

fn group_id(log: LogId) -> GroupId {
    GroupId::from_slice(&log.0)
}

fn load_group(kv: &dyn Kv, log: LogId) -> Result<Option<MlsGroup>, CryptoError> {
    MlsGroup::load(Provider::new(kv).storage(), &group_id(log)).map_err(CryptoError::from)
}

#[cfg(test)]
mod tests;
