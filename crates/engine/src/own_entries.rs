//! Entries of the own leaf that this device does not remember.
//!
//! | where they come from | what shows it | what is done |
//! |---|---|---|
//! | this device before it was put back to a copy, or a copy of it | a good mark, counted higher than all that was sent here | new keys before the next message, and the person is told |
//! | an old entry of this device, once more | a good mark that was counted before | nothing |
//! | a changed client of who has a copy, or another member who made it up | no good mark | new keys once a day, and the person is told |
//!
//! Two who send with the same keys of a leaf write one message in place of the other: others take the first and drop the second.

use casemate_crypto::conversation::MarkKey;
use casemate_wire::ids::LogId;
use rusqlite::params;

use crate::core::{Ctx, Done};
use crate::db;
use crate::intent::Intent;
use crate::log::LogRow;

/// How far ahead and back a counter is looked for. A device that was put back further behind is taken for a stranger.
const COUNTERS: u64 = 1_024;

/// Entries without a good mark can be made by any member, so they cause new keys no more often than this.
const PAUSE_MS: i64 = 24 * 3_600_000;

const PUT_BACK: &str = "This device was put back to an earlier state, or somebody uses a copy of it. What it sent here since then is missing on it. It takes new keys, which the copy does not have.";
const IN_OUR_NAME: &str = "Something here was sent in the name of this device, and not by it. If you did not bring this device back from a copy, remove it from your account and link it anew.";

impl Ctx<'_> {
    /// The key by which this home knows its entries. It is made when something is sent first.
    pub fn mark_key(&mut self) -> Done<MarkKey> {
        if let Some(key) = db::MARK_KEY.read(self.db)? {
            return Ok(MarkKey::new(*key));
        }
        let key = self.random();
        db::MARK_KEY.write(self.db, &key)?;
        Ok(MarkKey::new(key))
    }

    /// An entry of the current epoch names this device's leaf, and this device does not know it.
    pub fn own_entry_unknown(&mut self, row: &LogRow, mark: &[u8]) -> Done<()> {
        let key = self.mark_key()?;
        let epoch = self.with_group(row.log, |group, _, _| Ok(group.epoch()))?;
        let sent: i64 = self
            .db
            .prepare_cached("SELECT counter FROM logs WHERE log = ?1")?
            .query_row([&row.log.0[..]], |row| row.get(0))?;
        let sent = u64::try_from(sent).unwrap_or(0);
        if let Some(counter) = key.counter(row.log, epoch, sent + 1..=sent.saturating_add(COUNTERS), mark) {
            return self.sent_by_a_copy(row, counter);
        }
        self.entries_missed(row.log, row.cursor, row.cursor)?;
        if key.counter(row.log, epoch, sent.saturating_sub(COUNTERS)..=sent, mark).is_some() {
            return Ok(());
        }
        tracing::warn!(log = ?row.log, "an entry names this device, which did not send it");
        let since = self.now_ms.saturating_sub(db::number(self.db, &refreshed_key(row.log))?);
        if (0..PAUSE_MS).contains(&since) {
            return Ok(());
        }
        db::set_number(self.db, &refreshed_key(row.log), self.now_ms)?;
        self.intend(row.log, Intent::Refresh, false)?;
        self.notice(row.thread, IN_OUR_NAME)
    }

    /// What is sent next is counted behind what the copy sent, or others would take it for a repetition.
    fn sent_by_a_copy(&mut self, row: &LogRow, counter: u64) -> Done<()> {
        tracing::warn!(log = ?row.log, "a copy of this device sent something, or this device before it was put back");
        self.db
            .prepare_cached("UPDATE logs SET counter = ?2 WHERE log = ?1")?
            .execute(params![&row.log.0[..], i64::try_from(counter).unwrap_or(i64::MAX)])?;
        let is_told = self
            .db
            .prepare_cached("SELECT 1 FROM intents WHERE log = ?1 AND kind = 6 AND urgent = 1")?
            .exists([&row.log.0[..]])?;
        self.intend(row.log, Intent::Refresh, true)?;
        if is_told { Ok(()) } else { self.notice(row.thread, PUT_BACK) }
    }
}

fn refreshed_key(log: LogId) -> String {
    format!("in_our_name/{}", log.to_hex())
}
