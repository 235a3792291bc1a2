//! Entries that the server's disk damaged: their numbers alone come. What was in them is missed, the line says so, receipts name it, and
//! who said it is asked to say it again. Nobody was removed by it.
//!
//! ```text
//! a message ─▶ this device goes on; its chain is known to nobody until another one's message shows it
//! a commit  ─▶ what follows is of an epoch that it cannot come to: it asks to be added again
//! ```

use std::collections::BTreeSet;

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_crypto::conversation_hash::chain;
use casemate_wire::ids::{AccountId, Hash32, LogId};
use casemate_wire::proto::wire::LogEntry;

use super::{LogRow, Recent, State};
use crate::core::{Ctx, Done};
use crate::db;
use crate::receipt::MISSED;
use crate::thread::Standing;

/// What this device knows of it in this run.
#[derive(Debug, Default)]
pub struct Lost {
    /// The chain before the entry that is being read, as its sender shows it, where this device does not know it.
    pub shown: Option<(Hash32, AccountId)>,
    /// What others named as lost, and was said again.
    pub said_again: BTreeSet<(LogId, u64)>,
}

impl Ctx<'_> {
    /// Of a page these were lost, one after the other or not.
    pub(super) fn entries_lost(
        &mut self,
        row: &LogRow,
        lost: &[u64],
        chain_before: Option<Hash32>,
    ) -> Done<()> {
        let Some(first) = lost.first() else { return Ok(()) };
        tracing::warn!(log = ?row.log, first, count = lost.len(), "the server has lost entries");
        let mut stretches: Vec<content::Stretch> = Vec::new();
        for entry in lost {
            self.entries_missed(row.log, *entry, *entry)?;
            match stretches.last_mut() {
                Some(stretch) if stretch.last + 1 == *entry => stretch.last = *entry,
                _ => stretches.push(content::Stretch { first: *entry, last: *entry }),
            }
        }
        let thread = self.thread_by_id(row.thread)?;
        let thread = thread.filter(|it| it.active_log == Some(row.log) && it.standing == Standing::Active);
        // Where its place is lost, it says what it missed once it comes back.
        let is_live = self.log_row(row.log)?.is_some_and(|now| now.state == State::Live);
        if !is_live || thread.is_none() {
            return Ok(());
        }
        self.notice(
            row.thread,
            "Something that was said here was lost at the server, whose disk is damaged. Its author was asked to say it again.",
        )?;
        self.receipt_wanted(row.log)?;
        let mut chain_before: Bytes = chain_before.map(Into::into).unwrap_or_default();
        // Each says as many as are answered. The chain is that before the first lost entry of all.
        for stretches in stretches.chunks(MISSED) {
            let (lost, chain_before) = (stretches.to_vec(), std::mem::take(&mut chain_before));
            let reader = content::Reader { lost, chain_before, ..content::Reader::default() };
            self.queue_content(row.thread, None, ContentKind::Reader(reader))?;
        }
        Ok(())
    }

    /// In place of an entry its number came.
    pub(super) fn go_past_lost(&mut self, row: &mut LogRow, number: u64) -> Done<()> {
        row.cursor = number;
        row.chain_before = Some(row.chain);
        row.chain = chain(row.chain, number, &[], false);
        self.remember(row.log, number, Recent::of(None, &[]));
        if self.lost_since_commit(row)?.is_none() {
            db::set_setting(self.db, &lost_since_key(row.log), &number.to_be_bytes())?;
        }
        let unheard = db::number(self.db, &unheard_key(row.log))?;
        db::set_number(self.db, &unheard_key(row.log), unheard.saturating_add(1))?;
        // Where this device is added again before its word of it leaves, it asks from here on.
        self.note_unread(row)?;
        match self.unknown_chain(row.log)? {
            Some(_) => Ok(()),
            None => self.chain_is_unknown_from(row.log, number),
        }
    }

    /// What follows shows that a lost entry was a commit: this device cannot come to its epoch, and is added again. True where that
    /// is so.
    pub(super) fn commit_was_lost(
        &mut self,
        row: &LogRow,
        entry: &LogEntry,
        wrong_epoch: bool,
    ) -> Done<bool> {
        let Some(from) = self.lost_since_commit(row)? else { return Ok(false) };
        let previous = entry.commit.as_ref().map(|note| note.previous);
        if row.state != State::Live || !wrong_epoch && previous.is_none_or(|previous| previous < from) {
            return Ok(false);
        }
        self.place_lost_by_damage(row, from)?;
        Ok(true)
    }

    /// The server says that this device is behind, and shows nothing more. Where something was lost since the last commit, that was one.
    pub fn stale_by_damage(&mut self, row: &LogRow) -> Done<bool> {
        let Some(from) = self.lost_since_commit(row)? else { return Ok(false) };
        self.place_lost_by_damage(row, from)?;
        Ok(true)
    }

    /// The server took an own commit as this entry. Where that was read, it was shown as something else, and never comes.
    pub fn commit_taken_as(&mut self, log: LogId, hash: Hash32, entry: u64) -> Done<()> {
        let row = self.log_row(log)?.filter(|row| row.state == State::Live && entry <= row.cursor);
        match row {
            Some(row) if self.is_own_commit(log, hash)? => self.shown_otherwise(&row),
            _ => Ok(()),
        }
    }

    fn place_lost_by_damage(&mut self, row: &LogRow, from: u64) -> Done<()> {
        self.discard_own_commit(row.log)?;
        self.notice(
            row.thread,
            "A change of this conversation was lost at the server, whose disk is damaged. The others were asked to add this device again; what was said in between is said again.",
        )?;
        self.note_unread(&LogRow { cursor: from, ..row.clone() })?;
        self.place_lost(row)
    }

    /// So many contents of one device did not come. They may be what was lost at the server, of which a line tells already. A lost entry
    /// explains one of them.
    pub fn was_lost_unheard(&self, log: LogId, count: i64) -> Done<bool> {
        let unheard = db::number(self.db, &unheard_key(log))?;
        if count > unheard {
            return Ok(false);
        }
        db::set_number(self.db, &unheard_key(log), unheard - count)?;
        Ok(true)
    }

    /// Added again, this device counts anew what it hears.
    pub fn forget_lost_unheard(&self, log: LogId) -> Done<()> {
        Ok(db::forget_setting(self.db, &unheard_key(log))?)
    }

    /// What this device says of the chain up to its newest entry: nothing while that is not known.
    pub fn chain_said(&self, row: &LogRow) -> Done<Bytes> {
        match self.is_chain_unknown(row.log, row.cursor)? {
            true => Ok(Bytes::new()),
            false => Ok(row.chain.into()),
        }
    }

    /// Whether an entry was lost before this one, and nobody has shown the chain since.
    pub fn is_chain_unknown(&self, log: LogId, entry: u64) -> Done<bool> {
        Ok(self.unknown_chain(log)?.is_some_and(|from| from <= entry))
    }

    /// The sender of the newest entry says what the chain was before it. Theirs is the word for it from now on.
    pub(super) fn take_chain_shown(&mut self, row: &mut LogRow, payload: &[u8], is_commit: bool) -> Done<()> {
        let Some((before, by)) = self.core.lost.shown.take() else { return Ok(()) };
        row.chain_before = Some(before);
        row.chain = chain(before, row.cursor, payload, is_commit);
        self.remember(row.log, row.cursor, Recent::of(Some(row.chain), payload));
        // It was read in the present epoch: what was lost before it was no commit.
        db::forget_setting(self.db, &lost_since_key(row.log))?;
        self.chain_is_known(row.log)?;
        self.chain_is_by(row.log, by)
    }

    /// The first entry that was lost since the last commit, which may have been one.
    fn lost_since_commit(&self, row: &LogRow) -> Done<Option<u64>> {
        let since = db::setting(self.db, &lost_since_key(row.log))?;
        let since = since.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
        let came = self.came_by(row.log)?;
        Ok(since.filter(|since| *since > row.last_commit && *since > came))
    }

    /// The entry from which on this device does not know the chain.
    fn unknown_chain(&self, log: LogId) -> Done<Option<u64>> {
        let stored = db::setting(self.db, &unknown_key(log))?;
        let Some((from, to)) = stored.as_deref().and_then(|bytes| bytes.split_at_checked(8)) else {
            return Ok(None);
        };
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_be_bytes);
        // Earlier versions kept this with its end, once somebody had shown the chain. Added again since, the device has it from the
        // Welcome.
        let came = self.came_by(log)?;
        Ok(Some(number(from)).filter(|from| number(to) == u64::MAX && *from >= came))
    }

    /// Nobody has shown this device the chain since this entry.
    pub fn chain_is_unknown_from(&self, log: LogId, entry: u64) -> Done<()> {
        let bytes = [entry.to_be_bytes(), u64::MAX.to_be_bytes()].concat();
        Ok(db::set_setting(self.db, &unknown_key(log), &bytes)?)
    }

    /// Somebody told or showed it.
    pub fn chain_is_known(&self, log: LogId) -> Done<()> {
        Ok(db::forget_setting(self.db, &unknown_key(log))?)
    }
}

fn unheard_key(log: LogId) -> String {
    format!("lost_unheard/{}", log.to_hex())
}

fn lost_since_key(log: LogId) -> String {
    format!("lost_since/{}", log.to_hex())
}

fn unknown_key(log: LogId) -> String {
    format!("chain_unknown/{}", log.to_hex())
}
