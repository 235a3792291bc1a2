//! Levels: which set of rules a conversation is judged by, so that all its members judge alike whatever version they run.
//!
//! A device says in its leaf which levels it knows (RFC 9420 §7.2, capabilities); the group's context says which one
//! counts (§11.1, required capabilities). A commit raises it when every leaf knows the higher one. It never falls.

use openmls::prelude::{ExtensionType, LeafNode};

use super::rules::{Offered, SkipReason, View};

/// Required of all leaves from [`Level::Two`] on, where the group's context carries the book in it. Private use (RFC 9420 §17.3).
pub(super) const LEVEL_EXTENSION: u16 = 0xF0CD;

/// A set of rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The rules of the first versions.
    #[default]
    One,
    /// A leave statement counts for one membership; a device is replaced when it asks; dropped devices stay out.
    Two,
}

impl Level {
    pub(super) fn of_leaf(node: &LeafNode) -> Self {
        let known = node.capabilities().extensions();
        if known.contains(&ExtensionType::Unknown(LEVEL_EXTENSION)) { Self::Two } else { Self::One }
    }
}

/// Whether a commit leaves the level alone, or raises it where every leaf knows the higher one. Leaves that the commit
/// removes count too, since MLS asks them all.
pub(super) fn level(view: &View<'_>, offered: &Offered<'_>) -> Result<(), SkipReason> {
    let next = offered.level.unwrap_or(view.level);
    let raised = next > view.level;
    let known = offered.adds.iter().chain([&offered.path]).all(|claim| claim.level >= next)
        && (!raised || view.leaves.values().all(|claim| claim.level >= next));
    if next >= view.level && known { Ok(()) } else { Err(SkipReason::BadLevel) }
}

/// Whether the commit may raise the level: whoever commits first raises it.
pub(super) fn can_rise(view: &View<'_>, adds: impl IntoIterator<Item = Level>) -> bool {
    view.level == Level::One
        && view.leaves.values().all(|claim| claim.level == Level::Two)
        && adds.into_iter().all(|level| level == Level::Two)
}
