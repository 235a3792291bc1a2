//! From MLS's staged commit to what the rules judge: only proposals of the kinds used here, each read once.

use openmls::prelude::{Proposal, StagedCommit};

use super::leaf::Claim;
use super::note::CommitAad;
use super::rules::{Offered, SkipReason};
use super::suite::{self, NOTE_PROPOSAL};

impl<'a> Offered<'a> {
    pub(super) fn read(staged: &'a StagedCommit, committer: u32) -> Result<Self, SkipReason> {
        let path = Claim::of(staged.update_path_leaf_node().ok_or(SkipReason::NoPath)?)?;
        let (mut adds, mut removes, mut context, mut note) = (Vec::new(), Vec::new(), None, None);
        for queued in staged.queued_proposals() {
            match queued.proposal() {
                Proposal::Add(add) => adds.push(Claim::of_key_package(add.key_package())?),
                Proposal::Remove(remove) => removes.push(remove.removed().u32()),
                Proposal::GroupContextExtensions(extensions) if context.is_none() => {
                    context = Some(suite::context(extensions.extensions()).ok_or(SkipReason::BadState)?);
                }
                Proposal::Custom(custom) if custom.proposal_type() == NOTE_PROPOSAL => {
                    let read =
                        CommitAad::from_bytes(custom.payload()).map_err(|_| SkipReason::MalformedNote)?;
                    if note.replace(read).is_some() {
                        return Err(SkipReason::MalformedNote);
                    }
                }
                _ => return Err(SkipReason::ForbiddenProposal),
            }
        }
        let note = note.ok_or(SkipReason::MalformedNote)?;
        let (level, state) = context.as_ref().map(|context| (context.level, context.state)).unzip();
        let book = context.map(|context| context.book);
        Ok(Self { committer, path, adds, removes, level, state, book, note })
    }
}
