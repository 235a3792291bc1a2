//! Making a commit: judged by the rules first, stored with the group, merged when its entry has come back.

use casemate_content::proto::ConversationState;
use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::limits::{COMMIT_BYTES, READERS};
use openmls::prelude::{
    CustomProposal, KeyPackage, LeafNodeIndex, LeafNodeParameters, OpenMlsProvider as _, Proposal,
    RatchetTreeIn,
};
use prost::Message;

use super::leaf::{Claim, Node};
use super::level::{self, Level};
use super::rules::{self, Offered, SkipReason};
use super::suite::{
    self, Context, NOTE_PROPOSAL, capabilities, group_extensions, leaf_extensions, parse_key_package,
};
use super::welcome::Parts;
use super::{AppliedCommit, CommitAad, Conversation, next_write_hash};
use crate::codec::{Reader, Writer};
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use crate::provider::{CRYPTO, Provider};
use crate::store::{Kv, Overlay};

/// What a commit changes. The committer's own leaf gets new keys in any case, so an empty change is a refresh.
#[derive(Clone, Default, PartialEq)]
pub struct Change {
    /// Key packages of the devices to add.
    pub add: Vec<Vec<u8>>,
    /// Leaves to remove.
    pub remove: Vec<u32>,
    /// The new state, where it changes.
    pub state: Option<ConversationState>,
    /// A newer signed manifest of one's own, for the own leaf.
    pub new_manifest: Option<Vec<u8>>,
}

/// A commit that waits for its entry. Store it in the transaction that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCommit {
    /// The entry's payload.
    pub bytes: Vec<u8>,
    /// SHA-256 of the next epoch's write token.
    pub next_write_hash: Hash32,
    /// One for each added device, in the order of [`Change::add`]. They leave only once the commit has its entry.
    pub welcomes: Vec<JoinerWelcome>,
    /// What all joiners need; empty where nobody joins. It shows the tree, and so who is a member: send it inside a
    /// sealed inbox message or as an encrypted blob, never as it is.
    pub group_info: Vec<u8>,
}

/// What one joiner needs of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinerWelcome {
    /// Whose device it is for.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The Welcome with only this joiner's secrets.
    pub joiner: Vec<u8>,
}

impl Conversation {
    /// Makes a commit and keeps it as pending. `aad.previous` is the log's last commit, applied or skipped.
    ///
    /// # Errors
    /// [`CryptoError::NotAllowed`] where all would skip it; [`CryptoError::CommitPending`];
    /// [`CryptoError::TooLarge`]: add fewer at once. The conversation is as before.
    pub fn commit(
        &mut self,
        kv: &dyn Kv,
        id: &DeviceIdentity,
        change: Change,
        mut aad: CommitAad,
    ) -> Result<PendingCommit, CryptoError> {
        aad.level = self.level;
        if !self.is_active() {
            return Err(CryptoError::NotMember);
        }
        if self.has_pending() {
            return Err(CryptoError::CommitPending);
        }
        let packages = self.packages(&change)?;
        let context = self.next_context(id, &change, &packages, &aad)?;

        self.store_before_trying(kv)?;
        let overlay = Overlay::new(kv);
        let made = self.make(&overlay, id, change, packages, context, &aad);
        let kept = made.and_then(|pending| {
            overlay.check()?;
            overlay.keep()?;
            Ok(pending)
        });
        if kept.is_err() {
            self.reload(kv)?;
        }
        kept
    }

    /// Applies the pending commit: its entry has come back. Without a pending commit nothing happens.
    ///
    /// # Errors
    /// Where the store fails: load again.
    pub fn merge_pending(&mut self, kv: &dyn Kv) -> Result<Option<AppliedCommit>, CryptoError> {
        let own_leaf = self.own_leaf();
        let Some(staged) = self.group.pending_commit() else { return Ok(None) };
        // The rules passed it when it was made; what it does is read again for the caller.
        let offered = Offered::read(staged, own_leaf).map_err(CryptoError::NotAllowed)?;
        let summary = self.summarize(&offered, staged)?;
        self.group
            .merge_pending_commit(&Provider::new(kv))
            .map_err(|error| CryptoError::internal("merge", error))?;
        self.is_ahead = false;
        self.finish(summary).map(Some)
    }

    /// Gives the pending commit up: another one won.
    ///
    /// # Errors
    /// Where the store fails: load again.
    pub fn discard_pending(&mut self, kv: &dyn Kv) -> Result<(), CryptoError> {
        self.group.clear_pending_commit(Provider::new(kv).storage()).map_err(CryptoError::from)
    }

    pub(super) fn packages(&self, change: &Change) -> Result<Vec<KeyPackage>, CryptoError> {
        let parse = |bytes: &Vec<u8>| {
            let package = parse_key_package(bytes)?;
            if package.ciphersuite() == self.suite.mls() {
                Ok(package)
            } else {
                Err(CryptoError::Invalid("the key package is for another cipher suite"))
            }
        };
        change.add.iter().map(parse).collect()
    }

    /// The group's context after the commit, where it changes. Whoever can raise the level does.
    fn next_context(
        &self,
        id: &DeviceIdentity,
        change: &Change,
        packages: &[KeyPackage],
        aad: &CommitAad,
    ) -> Result<Option<Context<Vec<u8>>>, CryptoError> {
        let view = self.view()?;
        let rises =
            level::can_rise(&view, packages.iter().map(|package| Level::of_leaf(package.leaf_node())));
        let mut offered = self.offered(&view, id, change, packages, aad).map_err(CryptoError::NotAllowed)?;
        let book = rules::book_after(&view, &offered).map_err(CryptoError::NotAllowed)?;
        let state = match &change.state {
            Some(state) => Some(state.encode_to_vec()),
            // As it is, with fields that only a later version knows.
            None if rises || book != self.book => {
                suite::context(self.group.extensions()).map(|context| context.state.to_vec())
            }
            None => None,
        };
        let level = if rises { Level::Two } else { self.level };
        let context = state.map(|state| Context { level, state, book });
        offered.level = context.as_ref().map(|context| context.level);
        offered.state = context.as_ref().map(|context| &context.state[..]);
        offered.book = context.as_ref().map(|context| context.book.clone());
        rules::judge(&view, &offered, aad.previous).map_err(CryptoError::NotAllowed)?;
        Ok(context)
    }

    /// A commit of this device as the rules see it, with the group's context as it is.
    pub(super) fn offered<'a>(
        &self,
        view: &rules::View<'a>,
        id: &DeviceIdentity,
        change: &'a Change,
        packages: &'a [KeyPackage],
        aad: &CommitAad,
    ) -> Result<Offered<'a>, SkipReason> {
        let current = view.leaves.get(&self.own_leaf()).ok_or(SkipReason::Invalid)?;
        Ok(Offered {
            committer: self.own_leaf(),
            path: Claim {
                account: id.account,
                device: id.device,
                signature_key: id.signing.verifying_key().to_bytes(),
                manifest: change.new_manifest.as_deref().unwrap_or(current.manifest),
                level: Level::Two,
                node: Node::Hash(Hash32::ZERO),
            },
            adds: packages.iter().map(Claim::of_key_package).collect::<Result<_, _>>()?,
            removes: change.remove.clone(),
            level: None,
            state: None,
            book: None,
            note: aad.clone(),
        })
    }

    pub(super) fn make(
        &mut self,
        kv: &dyn Kv,
        id: &DeviceIdentity,
        change: Change,
        packages: Vec<KeyPackage>,
        context: Option<Context<Vec<u8>>>,
        aad: &CommitAad,
    ) -> Result<PendingCommit, CryptoError> {
        let internal = |error| CryptoError::internal("commit", error);
        if change.remove.contains(&self.own_leaf()) {
            return Err(CryptoError::Invalid("a device cannot remove itself: it says that it leaves"));
        }
        let provider = Provider::new(kv);
        let note = CustomProposal::new(NOTE_PROPOSAL, aad.to_bytes());
        // A leaf that an earlier version made learns here which levels are known now.
        let mut leaf = LeafNodeParameters::builder().with_capabilities(capabilities(Level::Two));
        if let Some(manifest) = &change.new_manifest {
            leaf = leaf.with_extensions(leaf_extensions(manifest));
        }
        let mut builder = self
            .group
            .commit_builder()
            .consume_proposal_store(false)
            .force_self_update(true)
            .leaf_node_parameters(leaf.build())
            .propose_adds(packages.iter().cloned())
            .propose_removals(change.remove.iter().map(|leaf| LeafNodeIndex::new(*leaf)))
            .add_proposal(Proposal::Custom(Box::new(note)));
        if let Some(context) = &context {
            let extensions = group_extensions(context);
            builder = builder.propose_group_context_extensions(extensions).map_err(internal)?;
        }
        let bundle = builder
            .load_psks(provider.storage())
            .map_err(internal)?
            .build(provider.rand(), provider.crypto(), id, |_| true)
            .map_err(internal)?
            .stage_commit(&provider)
            .map_err(|error| CryptoError::internal("commit", error))?;
        let (commit, welcome, _) = bundle.into_contents();
        let bytes = commit.to_bytes().map_err(|error| CryptoError::internal("commit", error))?;
        if bytes.len() > COMMIT_BYTES {
            return Err(CryptoError::TooLarge(
                "this change is too large for one step: add fewer devices at once",
            ));
        }
        let staged =
            self.group.pending_commit().ok_or_else(|| CryptoError::internal("commit", "not staged"))?;
        let mut pending = PendingCommit {
            bytes,
            next_write_hash: next_write_hash(staged)?,
            welcomes: Vec::new(),
            group_info: Vec::new(),
        };
        if let Some(welcome) = welcome {
            let tree = staged
                .export_ratchet_tree(&CRYPTO, self.group.export_ratchet_tree())
                .map_err(|error| CryptoError::internal("welcome", error))?
                .ok_or_else(|| CryptoError::internal("welcome", "no tree"))?;
            let parts = Parts::split(&welcome)?;
            pending.group_info = parts.common(&RatchetTreeIn::from(tree))?;
            pending.welcomes =
                packages.iter().map(|package| joiner_welcome(&parts, package)).collect::<Result<_, _>>()?;
        }
        Ok(pending)
    }
}

fn joiner_welcome(parts: &Parts, package: &KeyPackage) -> Result<JoinerWelcome, CryptoError> {
    let claim = Claim::of_key_package(package).map_err(CryptoError::NotAllowed)?;
    let reference = package.hash_ref(&CRYPTO).map_err(|error| CryptoError::internal("welcome", error))?;
    let joiner =
        parts.joiner(&reference).ok_or_else(|| CryptoError::internal("welcome", "a joiner is missing"))?;
    Ok(JoinerWelcome { account: claim.account, device: claim.device, joiner })
}

impl PendingCommit {
    /// To be stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::default()
            .u8(1)
            .bytes(&self.bytes)
            .fixed(&self.next_write_hash.0)
            .list(&self.welcomes, |writer, welcome| {
                writer.fixed(&welcome.account.0).fixed(&welcome.device.0).bytes(&welcome.joiner)
            })
            .bytes(&self.group_info)
            .finish()
    }

    /// What [`Self::to_bytes`] made; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.u8().ok()? != 1 {
            return None;
        }
        let pending = Self {
            bytes: reader.bytes().ok()?.to_vec(),
            next_write_hash: Hash32(reader.array().ok()?),
            welcomes: reader
                .list(READERS, |reader| {
                    Ok(JoinerWelcome {
                        account: AccountId(reader.array()?),
                        device: DeviceId(reader.array()?),
                        joiner: reader.bytes()?.to_vec(),
                    })
                })
                .ok()?,
            group_info: reader.bytes().ok()?.to_vec(),
        };
        reader.finish().ok()?;
        Some(pending)
    }
}

/// Without names and texts.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("add", &self.add.len())
            .field("remove", &self.remove)
            .field("state", &self.state.is_some())
            .field("new_manifest", &self.new_manifest.is_some())
            .finish()
    }
}
