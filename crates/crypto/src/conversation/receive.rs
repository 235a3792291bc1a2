//! Reading entries. Own entries are recognised by their bytes before they come here: MLS cannot read them.

use std::cell::Cell;
use std::fmt;

use casemate_content::pad::{pad, unpad};
use casemate_content::proto::ConversationState;
use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::limits::ENTRY_BYTES;
use casemate_wire::manifest::VerifiedManifest;
use openmls::framing::errors::MessageDecryptionError;
use openmls::prelude::{
    ContentType, MlsMessageIn, ProcessMessageError, ProcessedMessage, ProcessedMessageContent,
    ProtocolMessage, Sender, StagedCommit, ValidationError,
};
use tls_codec::DeserializeBytes as _;

use super::leaf::{Claim, LeafInfo};
use super::level::Level;
use super::rules::{self, Offered, SkipReason};
use super::{Conversation, MARK_BYTES, next_write_hash, state, suite};
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use crate::provider::Provider;
use crate::store::{Kv, Overlay};

/// What an entry was.
#[derive(Clone, PartialEq)]
pub enum Received {
    /// A message.
    Message {
        /// Who sent it; the signature is verified.
        sender: LeafInfo,
        /// Encoded `Content`, without padding.
        plaintext: Vec<u8>,
    },
    /// A commit that all members apply; it is applied.
    Commit(AppliedCommit),
    /// A commit that all members skip; the conversation is as before.
    Skipped(SkipReason),
    /// The same, and its signature is verified: this member made it, and the rules refuse it.
    Refused(LeafInfo, SkipReason),
    /// It names this device's leaf as its sender. What this device remembers sending, the caller recognises before. Nothing but
    /// the mark tells what a copy of this device wrote from what another member made up.
    Own {
        /// The authenticated data, unverified: see [`super::MarkKey`].
        mark: Vec<u8>,
    },
    /// Not a message that this device can read; the conversation is as before.
    Undecryptable(Undecryptable),
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Undecryptable {
    /// Not an encrypted MLS message of this conversation, or not padded.
    #[error("it is not a message of this conversation")]
    Malformed,
    /// Of another epoch than the current one.
    #[error("it was written in another epoch")]
    WrongEpoch,
    /// Its key was used before: a repetition, or so far ahead that no honest sender wrote it.
    #[error("it is a repetition, or far ahead")]
    Replayed,
    /// Encryption or signature are wrong.
    #[error("it is forged or broken")]
    Forged,
}

/// What an applied commit did.
#[derive(Clone, PartialEq)]
pub struct AppliedCommit {
    /// The committer, by its leaf before the commit.
    pub by: LeafInfo,
    /// The level that it was judged by.
    pub level: Level,
    /// Devices that joined, in the order of the commit's adds.
    pub added: Vec<LeafInfo>,
    /// Their one-time readers, in the same order.
    pub add_readers: Vec<Hash32>,
    /// Devices that were removed.
    pub removed: Vec<LeafInfo>,
    /// Accounts of removed devices that a document, which the commit shows, does not name any more.
    pub dropped: Vec<AccountId>,
    /// The state before, where it changed.
    pub old_state: Option<ConversationState>,
    /// The state now, where it changed.
    pub new_state: Option<ConversationState>,
    /// Accounts that are awaited from now on, and before, where that changed: see [`Conversation::awaited`].
    pub awaited: Option<Awaited>,
    /// This device was removed: nothing more can be read or sent.
    pub self_removed: bool,
    /// SHA-256 of the leaf that the commit put in this device's place, where it removed and added it.
    pub replaced_by: Option<Hash32>,
    /// SHA-256 of the new epoch's write token; zero where this device was removed.
    pub write_hash_next: Hash32,
}

/// Accounts of a group that have no device in it, since their last one was dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Before a commit.
    pub before: Vec<AccountId>,
    /// After it.
    pub now: Vec<AccountId>,
}

/// Without what people wrote.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { sender, plaintext } => {
                write!(f, "Message({sender:?}, {} bytes)", plaintext.len())
            }
            Self::Commit(applied) => applied.fmt(f),
            Self::Skipped(reason) => write!(f, "Skipped({reason:?})"),
            Self::Refused(by, reason) => write!(f, "Refused({by:?}, {reason:?})"),
            Self::Own { .. } => write!(f, "Own"),
            Self::Undecryptable(why) => write!(f, "Undecryptable({why:?})"),
        }
    }
}

/// Without names and texts of the conversation.
impl fmt::Debug for AppliedCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppliedCommit")
            .field("by", &self.by)
            .field("added", &self.added)
            .field("removed", &self.removed)
            .field("new_state", &self.new_state.is_some())
            .field("self_removed", &self.self_removed)
            .finish_non_exhaustive()
    }
}

/// What an entry is, as far as it shows without keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// An application message.
    Message,
    /// A commit. An entry that the log does not hold as a commit must not be one, and the other way round.
    Commit,
    /// Anything else.
    Other,
}

/// Tells what an entry is from its frame, unverified.
pub fn entry_kind(bytes: &[u8]) -> EntryKind {
    match parse(bytes) {
        Some((_, ContentType::Application)) => EntryKind::Message,
        Some((_, ContentType::Commit)) => EntryKind::Commit,
        _ => EntryKind::Other,
    }
}

impl Conversation {
    /// Encrypts a message for the current epoch, padded. `mark` goes along as MLS's authenticated data, in clear (see [`MarkKey`]).
    ///
    /// # Errors
    /// [`CryptoError::TooLarge`] where it would not fit an entry; [`CryptoError::NotMember`].
    pub fn encrypt(
        &mut self,
        kv: &dyn Kv,
        id: &DeviceIdentity,
        plaintext: &[u8],
        mark: &[u8; MARK_BYTES],
    ) -> Result<Vec<u8>, CryptoError> {
        const TOO_LARGE: CryptoError = CryptoError::TooLarge("this is too long for one message");
        if !self.is_active() {
            return Err(CryptoError::NotMember);
        }
        // Checked first: an encrypted message that is thrown away would leave a gap in the ratchet.
        let padded = pad(plaintext.to_vec());
        if padded.len() + MESSAGE_OVERHEAD > ENTRY_BYTES {
            return Err(TOO_LARGE);
        }
        self.group.set_aad(mark.to_vec());
        let made = self.group.create_message(&Provider::new(kv), id, &padded);
        // MLS forgets it where it made the message: no commit is marked.
        self.group.set_aad(Vec::new());
        let message = made.map_err(|error| CryptoError::internal("encrypt", error))?;
        // All ratchets were stored with the own one.
        self.is_ahead = false;
        message.to_bytes().map_err(|error| CryptoError::internal("encrypt", error))
    }

    /// Reads an entry that another device wrote. What a message moved is stored by [`Self::store_ratchets`]. `previous_commit` is the entry of the log's last commit before it,
    /// applied or skipped; 0 where there is none.
    ///
    /// # Errors
    /// Only where this device was removed, or the store or a library fails: roll back and load again. Whatever
    /// others may send is not an error.
    pub fn receive(
        &mut self,
        kv: &dyn Kv,
        _id: &DeviceIdentity,
        bytes: &[u8],
        previous_commit: u64,
    ) -> Result<Received, CryptoError> {
        if !self.is_active() {
            return Err(CryptoError::NotMember);
        }
        match parse(bytes) {
            Some((message, ContentType::Application)) => self.receive_message(kv, message),
            Some((message, ContentType::Commit)) => self.receive_commit(kv, message, previous_commit),
            Some((_, ContentType::Proposal)) => Ok(Received::Skipped(SkipReason::StandaloneProposal)),
            None => Ok(Received::Undecryptable(Undecryptable::Malformed)),
        }
    }

    fn receive_message(&mut self, kv: &dyn Kv, message: ProtocolMessage) -> Result<Received, CryptoError> {
        if message.epoch() != self.group.epoch() {
            return Ok(Received::Undecryptable(Undecryptable::WrongEpoch));
        }
        let postponed = Cell::new(false);
        let processed = self.group.process_message(&Provider::postponing(kv, &postponed), message);
        self.is_ahead |= postponed.get();
        let processed = match processed {
            Ok(processed) => processed,
            Err(ProcessMessageError::StorageError(error)) => {
                return Err(error.into());
            }
            // OpenMLS moves a ratchet once the message is verified: a bad one leaves all as it was.
            Err(error) => return Ok(Received::Undecryptable(why(&error))),
        };
        let sender = sender(&processed).and_then(|leaf| self.member(leaf));
        let mark = processed.aad().to_vec();
        let read = match (sender, processed.into_content()) {
            (_, ProcessedMessageContent::OwnPrivateMessage) => return Ok(Received::Own { mark }),
            (Some(sender), ProcessedMessageContent::ApplicationMessage(message)) => {
                unpad(&message.into_bytes())
                    .map(|text| Received::Message { sender, plaintext: text.to_vec() })
            }
            _ => None,
        };
        Ok(read.unwrap_or(Received::Undecryptable(Undecryptable::Malformed)))
    }

    fn receive_commit(
        &mut self,
        kv: &dyn Kv,
        message: ProtocolMessage,
        previous_commit: u64,
    ) -> Result<Received, CryptoError> {
        self.store_before_trying(kv)?;
        let overlay = Overlay::new(kv);
        let processed = self.group.process_message(&Provider::new(&overlay), message);
        // A failing store must not be taken for a bad commit: the others would go on without this device.
        overlay.check()?;
        let processed = match processed {
            Ok(processed) => processed,
            Err(ProcessMessageError::StorageError(error)) => {
                return Err(error.into());
            }
            Err(_) => {
                drop(overlay);
                self.reload(kv)?;
                return Ok(Received::Skipped(SkipReason::Invalid));
            }
        };
        let committer = sender(&processed);
        let (Some(committer), ProcessedMessageContent::StagedCommitMessage(staged)) =
            (committer, processed.into_content())
        else {
            self.reload(kv)?;
            return Ok(Received::Skipped(SkipReason::Invalid));
        };
        match self.judge_and_summarize(&staged, committer, previous_commit)? {
            Ok(summary) => {
                self.group
                    .merge_staged_commit(&Provider::new(&overlay), *staged)
                    .map_err(|error| CryptoError::internal("merge", error))?;
                overlay.check()?;
                overlay.keep()?;
                self.finish(summary).map(Received::Commit)
            }
            Err(reason) => {
                // MLS has moved the committer's ratchet: back to what is stored.
                drop(overlay);
                self.reload(kv)?;
                Ok(match self.member(committer) {
                    Some(by) => Received::Refused(by, reason),
                    None => Received::Skipped(reason),
                })
            }
        }
    }

    fn judge_and_summarize(
        &self,
        staged: &StagedCommit,
        committer: u32,
        previous_commit: u64,
    ) -> Result<Result<Summary, SkipReason>, CryptoError> {
        let view = self.view()?;
        let judged = Offered::read(staged, committer)
            .and_then(|offered| Ok((rules::judge(&view, &offered, previous_commit)?, offered)));
        match judged {
            Ok((_, offered)) => self.summarize(&offered, staged).map(Ok),
            Err(reason) => Ok(Err(reason)),
        }
    }

    /// What a commit does, as far as it can be told before it is applied.
    pub(super) fn summarize(
        &self,
        offered: &Offered<'_>,
        staged: &StagedCommit,
    ) -> Result<Summary, CryptoError> {
        let self_removed = staged.self_removed();
        let me = self.member(self.own_leaf());
        let same = |claim: &&Claim<'_>| {
            me.as_ref().is_some_and(|me| (me.account, me.device) == (claim.account, claim.device))
        };
        let own = offered.adds.iter().find(same);
        let removed: Vec<LeafInfo> = offered.removes.iter().filter_map(|leaf| self.member(*leaf)).collect();
        let shown: Vec<Shown> = offered.note.manifests.iter().filter_map(|bytes| Shown::of(bytes)).collect();
        Ok(Summary {
            by: self
                .member(offered.committer)
                .ok_or_else(|| CryptoError::internal("commit", "no committer"))?,
            level: self.level,
            added: offered.adds.iter().map(|claim| (claim.account, claim.device)).collect(),
            add_readers: offered.note.add_readers.clone(),
            dropped: removed
                .iter()
                .filter(|leaf| shown.iter().any(|document| document.drops(leaf)))
                .map(|leaf| leaf.account)
                .collect(),
            removed,
            awaited: self.awaited(),
            self_removed,
            replaced_by: own.filter(|_| self_removed).map(Claim::hash),
            write_hash_next: if self_removed { Hash32::ZERO } else { next_write_hash(staged)? },
        })
    }

    /// Completes the summary from the group after the commit, and takes the new state.
    pub(super) fn finish(&mut self, summary: Summary) -> Result<AppliedCommit, CryptoError> {
        let (level, state, book) = suite::context(self.group.extensions())
            .and_then(|context| Some((context.level, state::parse(context.state)?, context.book)))
            .ok_or_else(|| CryptoError::internal("merge", "the state was judged before"))?;
        (self.level, self.book) = (level, book);
        let old = std::mem::replace(&mut self.state, state);
        let changed = old != self.state;
        let members = if summary.added.is_empty() { Vec::new() } else { self.members() };
        let now = self.awaited();
        let find = |(account, device): &(AccountId, DeviceId)| {
            members.iter().find(|leaf| leaf.account == *account && leaf.device == *device).cloned()
        };
        Ok(AppliedCommit {
            by: summary.by,
            level: summary.level,
            added: summary.added.iter().filter_map(find).collect(),
            add_readers: summary.add_readers,
            removed: summary.removed,
            dropped: summary.dropped,
            new_state: changed.then(|| self.state.clone()),
            old_state: changed.then_some(old),
            awaited: Some(Awaited { before: summary.awaited, now })
                .filter(|awaited| awaited.before != awaited.now),
            self_removed: summary.self_removed,
            replaced_by: summary.replaced_by,
            write_hash_next: summary.write_hash_next,
        })
    }
}

/// A document that a commit shows. The rules have verified it.
struct Shown {
    account: AccountId,
    devices: Vec<DeviceId>,
}

impl Shown {
    fn of(bytes: &[u8]) -> Option<Self> {
        let manifest = VerifiedManifest::from_bytes(bytes).ok()?;
        let devices = manifest.devices.iter().map(|device| device.id).collect();
        Some(Self { account: manifest.account, devices })
    }

    fn drops(&self, leaf: &LeafInfo) -> bool {
        self.account == leaf.account && !self.devices.contains(&leaf.device)
    }
}

/// What is known of a commit before it is applied.
pub(super) struct Summary {
    by: LeafInfo,
    level: Level,
    added: Vec<(AccountId, DeviceId)>,
    add_readers: Vec<Hash32>,
    removed: Vec<LeafInfo>,
    dropped: Vec<AccountId>,
    awaited: Vec<AccountId>,
    self_removed: bool,
    replaced_by: Option<Hash32>,
    write_hash_next: Hash32,
}

/// More than a PrivateMessage adds to its content: group id, epoch, sender data, signature, tags and lengths.
const MESSAGE_OVERHEAD: usize = 512;

/// Only encrypted messages are looked at: MLS would also take an external commit in clear (RFC 9420 §12.4.3.2).
fn parse(bytes: &[u8]) -> Option<(ProtocolMessage, ContentType)> {
    let message = MlsMessageIn::tls_deserialize_exact_bytes(bytes).ok()?.try_into_protocol_message().ok()?;
    match message {
        ProtocolMessage::PrivateMessage(_) => {
            let content = message.content_type();
            Some((message, content))
        }
        ProtocolMessage::PublicMessage(_) => None,
    }
}

fn sender(processed: &ProcessedMessage) -> Option<u32> {
    match processed.sender() {
        Sender::Member(leaf) => Some(leaf.u32()),
        _ => None,
    }
}

fn why<E>(error: &ProcessMessageError<E>) -> Undecryptable {
    match error {
        ProcessMessageError::ValidationError(ValidationError::WrongGroupId) => Undecryptable::Malformed,
        ProcessMessageError::ValidationError(
            ValidationError::WrongEpoch | ValidationError::NoPastEpochData,
        ) => Undecryptable::WrongEpoch,
        ProcessMessageError::ValidationError(ValidationError::UnableToDecrypt(
            MessageDecryptionError::SecretTreeError(_) | MessageDecryptionError::GenerationOutOfBound,
        )) => Undecryptable::Replayed,
        _ => Undecryptable::Forged,
    }
}
