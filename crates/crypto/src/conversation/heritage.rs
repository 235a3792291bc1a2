//! What a conversation hands on to the one that continues it: its level, and how new a document of each account has to be.
//!
//! A continuation begins with its opener alone. Everybody of the place before has a floor in its book, at the newest document that
//! was in the group: so they are awaited, stay admins, and no device that was dropped there comes in by an older document. The floor
//! goes as any other does, once the account's leaves carry it. Who comes in compares that with the old place as they knew it.

use std::collections::BTreeSet;

use casemate_content::proto::ConversationState;
use casemate_wire::ids::AccountId;
use openmls::treesync::LeafNodeSource;
use prost::Message as _;

use super::Conversation;
use super::book::{Book, Floor};
use super::leaf::Claim;
use super::level::Level;
use super::state::{is_group, is_listed};
use super::suite::Context;
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;

/// See the module. Empty at [`Level::One`], where a group keeps nothing of its accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heritage {
    level: Level,
    book: Book,
}

impl Heritage {
    /// Of two places that one conversation continues: what is newer in either.
    pub fn join(&mut self, other: Self) {
        self.level = self.level.max(other.level);
        for (account, floor) in other.book.floors {
            let known = self.book.floors.entry(account).or_insert(floor);
            if known.is_below(&floor) {
                *known = floor;
            }
        }
        self.book.put_out.extend(other.book.put_out);
    }

    /// Accounts that do not come along.
    pub fn without(&mut self, accounts: &BTreeSet<AccountId>) {
        self.book.floors.retain(|account, _| !accounts.contains(account));
    }

    /// The context of the group that its opener begins with it.
    pub(super) fn context(&self, id: &DeviceIdentity, state: &ConversationState) -> Context<Vec<u8>> {
        let (level, state_bytes) = (self.level, state.encode_to_vec());
        let mut book = if level == Level::One { Book::default() } else { self.book.clone() };
        match is_group(state) {
            true => {
                let there: BTreeSet<AccountId> = book.accounts().collect();
                book.put_out.retain(|account| *account != id.account && !there.contains(account));
            }
            false => {
                book.put_out.clear();
                book.floors.retain(|account, _| is_listed(state, *account));
            }
        }
        // The opener's own leaf carries its document.
        if let Ok(own) = id.verified_manifest()
            && book.floor(id.account).is_some_and(|floor| floor.is_reached_by(&own))
        {
            book.floors.remove(&id.account);
        }
        Context { level, state: state_bytes, book }
    }
}

impl Conversation {
    /// What this conversation hands on.
    ///
    /// # Errors
    /// Where the store was tampered with.
    pub fn heritage(&self) -> Result<Heritage, CryptoError> {
        let mut heritage = Heritage { level: self.level, book: self.book.clone() };
        if self.level == Level::One {
            return Ok(heritage);
        }
        // All devices of an account carry the same document most of the time.
        let mut seen = BTreeSet::new();
        for claim in self.view()?.leaves.values().filter(|claim| seen.insert(claim.manifest)) {
            let manifest = claim.verify().map_err(CryptoError::NotAllowed)?;
            let floors = &mut heritage.book.floors;
            if floors.get(&claim.account).is_none_or(|floor| floor.is_reached_by(&manifest)) {
                floors.insert(claim.account, Floor::of(&manifest));
            }
        }
        Ok(heritage)
    }

    /// Whether this conversation knows the level that it has to have as what continues another one.
    pub fn has_level_of(&self, heritage: &Heritage) -> bool {
        self.level >= heritage.level
    }

    /// Whether no device in it is below a floor of the place before which this conversation has forgotten. A device whose sibling
    /// here carries a document as new that names it is not: no floor is kept beside that.
    ///
    /// # Errors
    /// Where the store was tampered with.
    pub fn keeps_floors_of(&self, heritage: &Heritage) -> Result<bool, CryptoError> {
        let view = self.view()?;
        let named = |claim: &Claim<'_>, floor: &Floor| {
            let siblings = view.leaves.values().filter(|other| other.account == claim.account);
            siblings.filter(|other| floor.is_carried_by(other)).any(|other| {
                other.verify().is_ok_and(|newer| floor.is_reached_by(&newer) && claim.is_named_by(&newer))
            })
        };
        let keeps = |claim: &Claim<'_>| match heritage.book.floor(claim.account) {
            Some(floor) if !floor.is_carried_by(claim) => {
                self.book.floor(claim.account).is_some_and(|known| !known.is_below(floor))
                    || named(claim, floor)
            }
            _ => true,
        };
        Ok(view.leaves.values().all(keeps))
    }

    /// Accounts that admins put out of this continuation, where one of `admins` has committed something in it. The opener can
    /// write into its first book what they like; a leaf that has committed was signed for this group and place in the tree
    /// (RFC 9420 §7.2), and the first admin who comes in brings those who were left out.
    pub fn put_out(&self, admins: &BTreeSet<AccountId>) -> BTreeSet<AccountId> {
        let has_committed = self.group.treesync().full_leaves().any(|(_, node)| {
            let acted = matches!(node.leaf_node_source(), LeafNodeSource::Commit(_));
            acted && Claim::of(node).is_ok_and(|claim| admins.contains(&claim.account))
        });
        if has_committed { self.book.put_out.clone() } else { BTreeSet::new() }
    }
}
