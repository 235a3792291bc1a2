//! Whether a commit is applied: decided from its bytes and the group's state alone, so that all members judge alike.
//!
//! No clock, no list of contacts, nothing that one member knows and another does not. Committers ask the same
//! function before they send. A commit that breaks a rule is skipped by all: the epoch stays as it was.
//!
//! | what | who may |
//! |---|---|
//! | add a device of an account that is in the group | everybody: its manifest vouches |
//! | add another account to a group | members or admins, as the state says |
//! | add to a conversation of two or of one's own devices | only accounts that the state lists |
//! | remove one's own account's devices | its primary device: a stolen one puts no sibling out |
//! | remove others in a group | admins |
//! | remove a device that the newest manifest lacks | everybody, showing the manifest |
//! | remove an account that said it leaves, with all of its devices | members of other accounts, showing its signed word |
//! | remove and add the same device in one commit | everybody, showing the device's signed request; at level 1 everybody |
//! | edit the state | members or admins, as the state says |
//! | change admins and permissions | admins; everybody where no admin is left, and none awaited |
//!
//! From level two on an account whose last device was dropped is awaited, see [`super::book`]: everybody may add its devices, and
//! admins may dismiss it.

use std::collections::{BTreeMap, BTreeSet};

use casemate_content::proto::{ConversationState, Who};
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use casemate_wire::limits::READERS;
use casemate_wire::manifest::VerifiedManifest;

use super::book::{self, Book};
use super::leaf::Claim;
use super::level::{self, Level};
use super::note::{CommitAad, During, LEAVE_EPOCHS};
use super::state::{self, is_admin, is_group, is_listed, permissions};

/// Why a commit is skipped by everybody. The texts are for logs and for whoever tried it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SkipReason {
    /// MLS itself refuses it: forged, malformed, or of another epoch.
    #[error("it is not a valid MLS commit of this epoch")]
    Invalid,
    /// A proposal outside of a commit.
    #[error("proposals travel only inside commits")]
    StandaloneProposal,
    /// Pre-shared keys, re-initialisation, external joins, or types that are not known.
    #[error("it holds a kind of proposal that is not used here")]
    ForbiddenProposal,
    /// Every commit refreshes its committer's leaf.
    #[error("it does not refresh the committer's leaf")]
    NoPath,
    /// The note is missing, there twice, or malformed.
    #[error("its note is malformed")]
    MalformedNote,
    /// It was made for another place in the log.
    #[error("it does not follow the log's last commit")]
    WrongPrevious,
    /// One reader for each added device.
    #[error("it does not bring one reader for each added device")]
    ReaderCount,
    /// Over [`READERS`] devices.
    #[error("a conversation has at most {READERS} devices")]
    TooManyDevices,
    /// A leaf's credential, extensions or lifetime are not of the form that leaves have here.
    #[error("a device's leaf is malformed")]
    BadLeaf,
    /// A leaf's manifest does not verify.
    #[error("an account document does not verify")]
    BadManifest,
    /// A leaf's manifest is another account's.
    #[error("an account document belongs to another account")]
    AccountMismatch,
    /// A leaf's manifest does not name its device.
    #[error("an account document does not name the device")]
    DeviceNotNamed,
    /// A leaf's key is not the one in its manifest.
    #[error("a device's key is not the one in its account document")]
    KeyMismatch,
    /// An added device's manifest is signed by another account key than the newest one known here.
    #[error("an account document is signed by a key that does not count, or no longer counts")]
    ConflictingManifest,
    /// The newest manifest known here no longer names an added device.
    #[error("the device was dropped by its account")]
    DroppedDevice,
    /// The newest manifest known here no longer names the committing device.
    #[error("the committing device was dropped by its account")]
    CommitterDropped,
    /// The device is in the conversation already.
    #[error("the device is in the conversation already")]
    DuplicateDevice,
    /// The committer's leaf names another account, device or key than before.
    #[error("the committer's leaf changed its identity")]
    OwnLeafChanged,
    /// The committer's leaf goes back to an older manifest.
    #[error("the committer's leaf went back to an older account document")]
    OldManifest,
    /// A manifest or leave statement brought as evidence does not verify or is about nobody here.
    #[error("the evidence for a removal does not hold")]
    BadEvidence,
    /// The level falls, or rises where a device does not know the rules.
    #[error("the conversation's rules are kept, or become newer once all devices know them")]
    BadLevel,
    /// The committer may not add this account.
    #[error("the committer may not add this account")]
    AddNotAllowed,
    /// The committer may not remove this device.
    #[error("the committer may not remove this device")]
    RemoveNotAllowed,
    /// An added device's account dropped devices by a newer document than the newest one known here.
    #[error("an account document is older than the one by which a device was dropped")]
    BelowFloor,
    /// The book is not the one that follows from the commit.
    #[error("what the conversation keeps of its accounts does not follow from the change")]
    BadBook,
    /// It puts another leaf in a device's place, and the device did not ask for that.
    #[error("a device is replaced only when it asks for that")]
    NotAsked,
    /// The new state is malformed, or other group extensions changed.
    #[error("the conversation's new description is malformed")]
    BadState,
    /// Kind, members and predecessor of a conversation never change.
    #[error("the kind of a conversation and whom it is for never change")]
    FixedState,
    /// The committer may not edit the state.
    #[error("the committer may not edit the conversation")]
    EditNotAllowed,
    /// The committer may not change admins or permissions.
    #[error("only admins change admins and permissions")]
    AdminsNotAllowed,
    /// No admin would be left in the group.
    #[error("a group has at least one admin")]
    NoAdmin,
}

/// The group before the commit.
pub(crate) struct View<'a> {
    pub log: LogId,
    pub epoch: u64,
    pub level: Level,
    pub state: &'a ConversationState,
    pub book: &'a Book,
    pub leaves: BTreeMap<u32, Claim<'a>>,
}

/// What a commit would change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offered<'a> {
    pub committer: u32,
    /// The committer's new leaf.
    pub path: Claim<'a>,
    pub adds: Vec<Claim<'a>>,
    pub removes: Vec<u32>,
    /// The level, where the group's context is set.
    pub level: Option<Level>,
    /// Bytes of the new state, when it changes.
    pub state: Option<&'a [u8]>,
    /// The book, where the group's context is set.
    pub book: Option<Book>,
    pub note: CommitAad,
}

/// Judges a commit. `previous` is the log's last commit before it, applied or skipped. Gives the new state, when
/// it changes.
pub(crate) fn judge(
    view: &View<'_>,
    offered: &Offered<'_>,
    previous: u64,
) -> Result<Option<ConversationState>, SkipReason> {
    if offered.note.previous != previous {
        return Err(SkipReason::WrongPrevious);
    }
    if offered.note.level != view.level {
        return Err(SkipReason::MalformedNote);
    }
    if offered.note.add_readers.len() != offered.adds.len() {
        return Err(SkipReason::ReaderCount);
    }
    let committer = view.leaves.get(&offered.committer).ok_or(SkipReason::Invalid)?;
    let known = Known::gather(view, offered, committer)?;
    own_leaf(committer, &known)?;
    level::level(view, offered)?;
    leave_statements(view, &offered.note)?;
    replacements(view, offered)?;
    adds(view, offered, committer, &known)?;
    removes(view, offered, committer, &known)?;
    dismissed(view, offered, committer)?;
    let book = match view.level {
        Level::One => Book::default(),
        Level::Two => book::next(view, offered, &known),
    };
    if *offered.book.as_ref().unwrap_or(view.book) != book {
        return Err(SkipReason::BadBook);
    }
    match offered.state {
        Some(bytes) => new_state(view, offered, committer, &book, bytes).map(Some),
        None => Ok(None),
    }
}

/// The book after a commit that is otherwise as it should be: its maker puts it into the group's context.
pub(crate) fn book_after(view: &View<'_>, offered: &Offered<'_>) -> Result<Book, SkipReason> {
    if view.level == Level::One || offered.removes.is_empty() && view.book.is_empty() {
        return Ok(view.book.clone());
    }
    let committer = view.leaves.get(&offered.committer).ok_or(SkipReason::Invalid)?;
    Ok(book::next(view, offered, &Known::gather(view, offered, committer)?))
}

/// The manifests that count for this commit, each verified once.
pub(super) struct Known {
    /// The newest of each account that the commit touches, from the group's leaves, the new leaves and the evidence.
    pub(super) newest: BTreeMap<AccountId, VerifiedManifest>,
    /// The committer's own, by its new leaf.
    own: VerifiedManifest,
    /// Those of the added leaves, in order.
    added: Vec<VerifiedManifest>,
}

impl Known {
    fn gather(view: &View<'_>, offered: &Offered<'_>, committer: &Claim<'_>) -> Result<Self, SkipReason> {
        let own = own_manifest(committer, &offered.path)?;
        let added = offered.adds.iter().map(Claim::verify).collect::<Result<Vec<_>, _>>()?;
        let removed = offered.removes.iter().filter_map(|leaf| view.leaves.get(leaf));
        let touched: BTreeSet<AccountId> =
            offered.adds.iter().chain(removed).chain([committer]).map(|claim| claim.account).collect();

        let mut known = Self { newest: BTreeMap::new(), own: own.clone(), added: added.clone() };
        // Most leaves of an account carry the same document. What is in the group counts before what comes, and in one
        // order for everybody.
        let in_group: BTreeMap<&[u8], &Claim<'_>> = view
            .leaves
            .values()
            .filter(|claim| touched.contains(&claim.account))
            .map(|claim| (claim.manifest, claim))
            .collect();
        let mut in_group = in_group.into_values().map(Claim::verify).collect::<Result<Vec<_>, _>>()?;
        in_group.sort_by_key(|manifest| (manifest.generation, manifest.version, manifest.hash));
        in_group.into_iter().for_each(|manifest| known.learn(manifest));
        for bytes in &offered.note.manifests {
            let manifest = VerifiedManifest::from_bytes(bytes).map_err(|_| SkipReason::BadEvidence)?;
            if !touched.contains(&manifest.account) {
                return Err(SkipReason::BadEvidence);
            }
            known.learn(manifest);
        }
        added.into_iter().chain([own]).for_each(|manifest| known.learn(manifest));
        Ok(known)
    }

    fn learn(&mut self, manifest: VerifiedManifest) {
        match self.newest.get(&manifest.account) {
            Some(newest) if manifest.succeeds(newest).is_err() => {}
            _ => {
                self.newest.insert(manifest.account, manifest);
            }
        }
    }

    /// The newest of an account that the commit touches.
    fn newest(&self, account: AccountId) -> Result<&VerifiedManifest, SkipReason> {
        self.newest.get(&account).ok_or(SkipReason::BadManifest)
    }

    /// Whether the newest manifest of the claim's account names its device and key.
    pub(super) fn names(&self, claim: &Claim<'_>) -> bool {
        self.newest.get(&claim.account).is_some_and(|manifest| claim.is_named_by(manifest))
    }
}

fn own_manifest(committer: &Claim<'_>, path: &Claim<'_>) -> Result<VerifiedManifest, SkipReason> {
    let same = |claim: &Claim<'_>| (claim.account, claim.device, claim.signature_key);
    if same(committer) != same(path) {
        return Err(SkipReason::OwnLeafChanged);
    }
    let new = path.verify()?;
    if path.manifest != committer.manifest && new.succeeds(&committer.verify()?).is_err() {
        return Err(SkipReason::OldManifest);
    }
    Ok(new)
}

fn own_leaf(committer: &Claim<'_>, known: &Known) -> Result<(), SkipReason> {
    let newest = known.newest(committer.account)?;
    if !leads_to(&known.own, newest) {
        return Err(SkipReason::ConflictingManifest);
    }
    if known.names(committer) { Ok(()) } else { Err(SkipReason::CommitterDropped) }
}

/// Whether a document is the newest one, or one that it came from.
fn leads_to(manifest: &VerifiedManifest, newest: &VerifiedManifest) -> bool {
    manifest.hash == newest.hash || newest.succeeds(manifest).is_ok()
}

fn leave_statements(view: &View<'_>, note: &CommitAad) -> Result<(), SkipReason> {
    let holds = |statement: &super::LeaveStatement| {
        let leaf = view
            .leaves
            .values()
            .find(|leaf| leaf.account == statement.account && leaf.device == statement.device);
        let now = match statement.during {
            During::Epochs(said) => view.epoch.checked_sub(said).is_some_and(|age| age <= LEAVE_EPOCHS),
            During::Leaf(hash) => leaf.is_some_and(|leaf| leaf.hash() == hash),
        };
        now && statement.level() == view.level
            && leaf.is_some_and(|leaf| statement.is_signed_by(&leaf.signature_key, view.log))
    };
    if note.leaves.iter().all(holds) { Ok(()) } else { Err(SkipReason::BadEvidence) }
}

/// From level two on, a device is replaced when it asked for that, by whomever.
fn replacements(view: &View<'_>, offered: &Offered<'_>) -> Result<(), SkipReason> {
    if view.level == Level::One {
        return Ok(());
    }
    let asked = |claim: &Claim<'_>, add: &Claim<'_>| {
        let (leaf, package) = (claim.hash(), add.hash());
        offered.note.requests.iter().any(|request| {
            (request.leaf, request.package) == (leaf, package)
                && request.is_signed_by(&claim.signature_key, view.log)
        })
    };
    let removed = offered.removes.iter().filter_map(|leaf| view.leaves.get(leaf));
    let mut replaced = removed.filter_map(|claim| Some((claim, replacing(offered, claim)?)));
    if replaced.all(|(claim, add)| asked(claim, add)) { Ok(()) } else { Err(SkipReason::NotAsked) }
}

/// The add of the device whose leaf the commit removes.
fn replacing<'a>(offered: &'a Offered<'_>, claim: &Claim<'_>) -> Option<&'a Claim<'a>> {
    offered.adds.iter().find(|add| add.account == claim.account && add.device == claim.device)
}

fn adds(
    view: &View<'_>,
    offered: &Offered<'_>,
    committer: &Claim<'_>,
    known: &Known,
) -> Result<(), SkipReason> {
    if leaves_after(view, offered) > READERS {
        return Err(SkipReason::TooManyDevices);
    }
    let mut devices: BTreeSet<(AccountId, DeviceId)> =
        remaining(view, offered).map(|claim| (claim.account, claim.device)).collect();
    for (claim, own) in offered.adds.iter().zip(&known.added) {
        if !devices.insert((claim.account, claim.device)) {
            return Err(SkipReason::DuplicateDevice);
        }
        let newest = known.newest(claim.account)?;
        // An old one stays good while the key that signed it does.
        if own.account_key != newest.account_key || !leads_to(own, newest) {
            return Err(SkipReason::ConflictingManifest);
        }
        if !known.names(claim) {
            return Err(SkipReason::DroppedDevice);
        }
        if view.book.floor(claim.account).is_some_and(|floor| !floor.is_reached_by(newest)) {
            return Err(SkipReason::BelowFloor);
        }
        if !may_add(view, committer, claim.account) {
            return Err(SkipReason::AddNotAllowed);
        }
    }
    Ok(())
}

fn may_add(view: &View<'_>, committer: &Claim<'_>, account: AccountId) -> bool {
    if !is_group(view.state) {
        return is_listed(view.state, account);
    }
    view.leaves.values().any(|leaf| leaf.account == account)
        || view.book.floor(account).is_some()
        || permissions(view.state).add() == Who::Members
        || is_admin(view.state, committer.account)
}

fn removes(
    view: &View<'_>,
    offered: &Offered<'_>,
    committer: &Claim<'_>,
    known: &Known,
) -> Result<(), SkipReason> {
    let admin = is_group(view.state) && is_admin(view.state, committer.account);
    let primary = known.own.device(committer.device).is_some_and(|device| device.primary);
    for leaf in &offered.removes {
        let claim = view.leaves.get(leaf).ok_or(SkipReason::Invalid)?;
        let own = claim.account == committer.account;
        // What an admin may do to others, a linked device may not do to its siblings.
        let may = if own { primary } else { admin };
        let dropped = !known.names(claim);
        // A stolen linked device can say that its account leaves. It must not put its siblings out by that.
        let left = !own
            && offered.note.leaves.iter().any(|statement| statement.account == claim.account)
            && goes_whole(view, offered, claim.account);
        let replaced = replacing(offered, claim).is_some();
        if !(may || dropped || left || replaced) {
            return Err(SkipReason::RemoveNotAllowed);
        }
    }
    Ok(())
}

/// Nobody else ends that an account is awaited.
fn dismissed(view: &View<'_>, offered: &Offered<'_>, committer: &Claim<'_>) -> Result<(), SkipReason> {
    let may = is_group(view.state) && is_admin(view.state, committer.account);
    if may || offered.note.dismissed.is_empty() { Ok(()) } else { Err(SkipReason::RemoveNotAllowed) }
}

/// Whether all leaves of an account are removed.
fn goes_whole(view: &View<'_>, offered: &Offered<'_>, account: AccountId) -> bool {
    remaining(view, offered).all(|claim| claim.account != account)
}

fn new_state(
    view: &View<'_>,
    offered: &Offered<'_>,
    committer: &Claim<'_>,
    book: &Book,
    bytes: &[u8],
) -> Result<ConversationState, SkipReason> {
    let (old, new) = (view.state, state::parse(bytes).ok_or(SkipReason::BadState)?);
    if (new.kind, &new.members, &new.successor_of) != (old.kind, &old.members, &old.successor_of) {
        return Err(SkipReason::FixedState);
    }
    // A raised level and a new book change nothing that anybody sees, so everybody may commit them.
    let unedited = new == *old && (view.level == Level::Two || offered.level > Some(view.level));
    if !is_group(old) || unedited {
        return Ok(new);
    }
    // Who lost their last device is an admin still: whoever shows that takes nothing over.
    let has_leaf = |admins: &ConversationState| {
        accounts_after(view, offered).chain(book.accounts()).any(|account| is_admin(admins, account))
    };
    // Where the last admin has left, anybody may name new ones; else the group could never change again.
    let admin = is_admin(old, committer.account) || !has_leaf(old);
    let by_admins_only = new.admins != old.admins || permissions(&new) != permissions(old);
    if by_admins_only && !admin {
        return Err(SkipReason::AdminsNotAllowed);
    }
    if permissions(old).edit() == Who::Admins && !admin {
        return Err(SkipReason::EditNotAllowed);
    }
    if has_leaf(&new) { Ok(new) } else { Err(SkipReason::NoAdmin) }
}

pub(super) fn remaining<'a>(
    view: &'a View<'_>,
    offered: &'a Offered<'_>,
) -> impl Iterator<Item = &'a Claim<'a>> {
    let removed: BTreeSet<u32> = offered.removes.iter().copied().collect();
    view.leaves.iter().filter(move |(leaf, _)| !removed.contains(leaf)).map(|(_, claim)| claim)
}

pub(super) fn accounts_after<'a>(
    view: &'a View<'_>,
    offered: &'a Offered<'_>,
) -> impl Iterator<Item = AccountId> {
    remaining(view, offered).chain(&offered.adds).map(|claim| claim.account)
}

fn leaves_after(view: &View<'_>, offered: &Offered<'_>) -> usize {
    accounts_after(view, offered).count()
}

#[cfg(test)]
mod tests;
