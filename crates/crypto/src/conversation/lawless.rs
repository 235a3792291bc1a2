//! Commits of a member who keeps no rule, and key packages of the program's first versions, for testing/sim. Not in any product: the
//! feature `lawless` is its alone.

use prost::Message as _;

use super::commit::PendingCommit;
use super::suite::{self, Context, Suite};
use super::{Change, CommitAad, Conversation, Level, rules};
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use crate::store::{Kv, Overlay};

impl Conversation {
    /// As [`Conversation::commit`], whatever the rules say of it.
    ///
    /// # Errors
    /// Where MLS itself cannot express it. The conversation is as before.
    pub fn commit_unjudged(
        &mut self,
        kv: &dyn Kv,
        id: &DeviceIdentity,
        change: Change,
        aad: &CommitAad,
    ) -> Result<PendingCommit, CryptoError> {
        if !self.is_active() || self.has_pending() {
            return Err(CryptoError::CommitPending);
        }
        let packages = self.packages(&change)?;
        // The book that follows is there, where one does: what else is wrong is to be seen.
        let book = self
            .view()
            .ok()
            .and_then(|view| {
                let offered = self.offered(&view, id, &change, &packages, aad).ok()?;
                rules::book_after(&view, &offered).ok()
            })
            .unwrap_or_else(|| self.book.clone());
        let state = match &change.state {
            None if book == self.book => None,
            None => Some(self.state.encode_to_vec()),
            Some(state) => Some(state.encode_to_vec()),
        };
        self.store_before_trying(kv)?;
        let overlay = Overlay::new(kv);
        let context = state.map(|state| Context { level: self.level, state, book });
        let aad = CommitAad { level: self.level, ..aad.clone() };
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
}

/// As [`suite::key_package`], of a device whose program does not know level two.
///
/// # Errors
/// Only where the store or a library fails.
pub fn old_key_package(kv: &dyn Kv, id: &DeviceIdentity, suite: Suite) -> Result<Vec<u8>, CryptoError> {
    suite::package_of(kv, id, suite, false, Level::One, None)
}
