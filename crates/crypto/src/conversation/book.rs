//! The book of a group of level two: what it keeps of accounts beside its leaves. Nobody edits it. Each commit's book follows
//! from the group before and the commit, and every member computes it.
//!
//! An account is in it with a **floor**: how new a document was by which a device of it was dropped. No device is added on the word
//! of an older one, until all leaves of the account carry one as new. In a group, an account in the book that has no leaf is
//! **awaited**: its last device was dropped, so another one is to come. It stays admin, and any member may add it.
//!
//! What continues a group begins with the book of the place before, in which each account has a floor ([`super::heritage`]): who is
//! still to come is awaited. There the book keeps whom admins **put out**, so that nobody brings them from the old place's list.

use std::collections::{BTreeMap, BTreeSet};

use casemate_wire::ids::{AccountId, Hash32};
use casemate_wire::limits::READERS;
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::directory::{Manifest, SignedManifest};
use prost::Message;

use super::leaf::Claim;
use super::rules::{Known, Offered, View, accounts_after, remaining};
use super::state::{is_admin, is_group};
use crate::codec::{Malformed, Reader, Writer};

/// Awaited accounts that are no admins. One more is not kept, and comes back as any other account does.
pub(super) const AWAITED: usize = 256;

/// Accounts with leaves, awaited ones and awaited admins: more than there can be.
const MOST: usize = 3 * READERS;

/// Accounts that were put out of a continuation. One more is not kept.
pub(super) const PUT_OUT: usize = 1_024;

/// Without accounts that were put out, and with them.
const VERSION: u8 = 1;
const VERSION_PUT_OUT: u8 = 2;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Book {
    pub(super) floors: BTreeMap<AccountId, Floor>,
    pub(super) put_out: BTreeSet<AccountId>,
}

/// How new a document has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Floor {
    generation: u64,
    version: u64,
    /// SHA-256 of the successions: whoever has a recovery key that was replaced comes by other ones.
    successions: Hash32,
}

impl Floor {
    /// Whether this one is of an older document than the other.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        (self.generation, self.version) < (other.generation, other.version)
    }

    pub(super) fn of(manifest: &VerifiedManifest) -> Self {
        let successions = manifest.successions_hash(manifest.generation).unwrap_or(Hash32::ZERO);
        Self { generation: manifest.generation, version: manifest.version, successions }
    }

    /// Whether a document is as new, of the same keys.
    pub(super) fn is_reached_by(&self, manifest: &VerifiedManifest) -> bool {
        (manifest.generation, manifest.version) >= (self.generation, self.version)
            && manifest.successions_hash(self.generation) == Some(self.successions)
    }

    /// The same of a leaf, whose document was verified when it came.
    pub(super) fn is_carried_by(&self, claim: &Claim<'_>) -> bool {
        let age = || {
            let signed = SignedManifest::decode(claim.manifest).ok()?;
            let manifest = Manifest::decode(signed.manifest).ok()?;
            Some((manifest.successions.len() as u64, manifest.version))
        };
        age().is_some_and(|age| age >= (self.generation, self.version))
    }
}

impl Book {
    /// Reads what [`Self::to_bytes`] made.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if !matches!(version, VERSION | VERSION_PUT_OUT) {
            return Err(Malformed);
        }
        let list = reader.list(MOST, |reader| {
            let account = AccountId(reader.array()?);
            let (generation, version) = (reader.u64()?, reader.u64()?);
            Ok((account, Floor { generation, version, successions: Hash32(reader.array()?) }))
        })?;
        let put_out = match version {
            VERSION => Vec::new(),
            _ => reader.list(PUT_OUT, |reader| Ok(AccountId(reader.array()?)))?,
        };
        reader.finish()?;
        // Each account once and in order, so that a book has one encoding. An empty one is not written at all.
        let ordered = list.windows(2).all(|pair| pair[0].0 < pair[1].0)
            && put_out.windows(2).all(|pair| pair[0] < pair[1]);
        let says = if version == VERSION { !list.is_empty() } else { !put_out.is_empty() };
        if !ordered || !says {
            return Err(Malformed);
        }
        Ok(Self { floors: list.into_iter().collect(), put_out: put_out.into_iter().collect() })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let list: Vec<_> = self.floors.iter().collect();
        let write = |writer: Writer, (account, floor): &(&AccountId, &Floor)| {
            let writer = writer.fixed(&account.0).u64(floor.generation).u64(floor.version);
            writer.fixed(&floor.successions.0)
        };
        if self.put_out.is_empty() {
            return Writer::default().u8(VERSION).list(&list, write).finish();
        }
        let put_out: Vec<_> = self.put_out.iter().collect();
        let writer = Writer::default().u8(VERSION_PUT_OUT).list(&list, write);
        writer.list(&put_out, |writer, account| writer.fixed(&account.0)).finish()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.floors.is_empty() && self.put_out.is_empty()
    }

    pub(super) fn floor(&self, account: AccountId) -> Option<&Floor> {
        self.floors.get(&account)
    }

    /// Accounts that have a floor, with leaves and without.
    pub(super) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.floors.keys().copied()
    }

    #[cfg(test)]
    pub(super) fn with(mut self, manifest: &VerifiedManifest) -> Self {
        self.floors.insert(manifest.account, Floor::of(manifest));
        self
    }
}

/// The book after a commit that is otherwise as it should be.
pub(super) fn next(view: &View<'_>, offered: &Offered<'_>, known: &Known) -> Book {
    let mut book = view.book.clone();
    let removed: Vec<&Claim<'_>> = offered.removes.iter().filter_map(|leaf| view.leaves.get(leaf)).collect();
    if removed.is_empty() && book.is_empty() {
        return book;
    }
    let after: BTreeSet<AccountId> = accounts_after(view, offered).collect();
    let mut new = BTreeSet::new();
    let mut put_out = BTreeSet::new();
    for account in removed.iter().map(|claim| claim.account).collect::<BTreeSet<_>>() {
        let theirs: Vec<_> = removed.iter().filter(|claim| claim.account == account).collect();
        let dropped = theirs.iter().filter(|claim| !known.names(claim)).count();
        if dropped > 0
            && let Some(newest) = known.newest.get(&account)
        {
            let floor = Floor::of(newest);
            if book.floors.insert(account, floor).is_none() {
                new.insert(account);
            }
        }
        // Whoever left or was put out is not awaited.
        let left = offered.note.leaves.iter().any(|statement| statement.account == account);
        if is_group(view.state) && !after.contains(&account) && (left || dropped < theirs.len()) {
            book.floors.remove(&account);
            if !left {
                put_out.insert(account);
            }
        }
    }
    for account in offered.note.dismissed.iter().filter(|account| !after.contains(account)) {
        if book.floors.remove(account).is_some() {
            put_out.insert(*account);
        }
    }
    if is_group(view.state) && !view.state.successor_of.is_empty() {
        let room = PUT_OUT.saturating_sub(book.put_out.len());
        let new: Vec<_> = put_out.difference(&book.put_out).copied().take(room).collect();
        book.put_out.extend(new);
    }
    book.put_out.retain(|account| !after.contains(account));
    let mut open: BTreeSet<AccountId> = book.accounts().filter(|account| !after.contains(account)).collect();
    for claim in leaves_after(view, offered) {
        if book.floor(claim.account).is_some_and(|floor| !floor.is_carried_by(claim)) {
            open.insert(claim.account);
        }
    }
    book.floors.retain(|account, _| open.contains(account));
    bound(&mut book, view, &after, &new);
    book
}

/// Awaited accounts beyond the number are left out, of those that this commit brings.
fn bound(book: &mut Book, view: &View<'_>, after: &BTreeSet<AccountId>, new: &BTreeSet<AccountId>) {
    let counts = |account: &AccountId| !after.contains(account) && !is_admin(view.state, *account);
    let all = book.accounts().filter(counts).count();
    let last: Vec<AccountId> =
        new.iter().rev().copied().filter(counts).take(all.saturating_sub(AWAITED)).collect();
    last.iter().for_each(|account| {
        book.floors.remove(account);
    });
}

/// The leaves after a commit: the committer's as it makes it.
fn leaves_after<'a>(view: &'a View<'_>, offered: &'a Offered<'_>) -> impl Iterator<Item = &'a Claim<'a>> {
    let committer = view.leaves.get(&offered.committer);
    let same = move |claim: &Claim<'_>| {
        committer.is_some_and(|by| (by.account, by.device) == (claim.account, claim.device))
    };
    remaining(view, offered)
        .map(move |claim| if same(claim) { &offered.path } else { claim })
        .chain(&offered.adds)
}
