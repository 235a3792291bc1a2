//! Commits of a member who keeps no rule, for the generated adversaries of testing/sim. Not in any product: the feature
//! `lawless` is theirs alone.

use prost::Message as _;

use super::commit::PendingCommit;
use super::suite::Context;
use super::{Change, CommitAad, Conversation, rules};
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
