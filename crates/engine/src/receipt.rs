//! Receipts: one cursor an account and conversation, batched, with jitter, the last one wins. Only messages that
//! a person can see ask for one; reactions, edits and housekeeping never do.
//!
//! In a chat of two a receipt is an entry and lasts. Before it, the other one is told past the log that a message arrived, so that
//! they need not wonder for seconds; what was read is never told so, and a lost word is no loss. In a group it is kept beside the
//! device's reader ([`sealed`]).

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_content::proto::ephemeral::Kind as EphemeralKind;
use casemate_wire::ids::{AccountId, LogId, MessageId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, Job, id_column};
use crate::log::LogRow;
use crate::message::State;
use crate::silent::STRETCHES;
use crate::thread::{Standing, Thread};

mod forgotten;
mod missed;
mod sealed;

pub use self::missed::MISSED;
use self::missed::Taken;
pub use self::sealed::Sealed;

/// Receipts wait at least so long, so that they tell little about when somebody looked.
const BATCH_MS: i64 = 5_000;

/// And up to so much longer; larger groups spread theirs further, by so much a device.
const JITTER_MS: u64 = 3_000;
const LEAF_JITTER_MS: u64 = 100;

/// What was read is told when its person pauses between one conversation and the next, so that the next opens at once.
/// What was only delivered does not wait for that: it would tell that somebody is reading.
const PAUSE_MS: i64 = 1_500;

/// That something arrived is told after so long, and up to so much longer, whatever the person does meanwhile: with a
/// network's way there and back within a second.
const ARRIVED_MS: i64 = 150;
const ARRIVED_JITTER_MS: u64 = 450;

/// Of what was not taken, so many stretches are told.
const REFUSED: u32 = 32;

/// And so many before a receipt, or nothing is told before it.
const REFUSED_SHORT: usize = 4;

/// Of the chain that an arrival names its entry by, since it has 256 bytes.
pub const HASH_BYTES: usize = 8;

/// Longer than this it waits for no pause.
const PATIENCE_MS: i64 = 20_000;

impl Ctx<'_> {
    /// A visible message arrived or was read.
    pub fn receipt_wanted(&mut self, log: LogId) -> Done<()> {
        if self.is_receipt_under_way(log) {
            self.receipt_again(log);
            return Ok(());
        }
        let jitter = self.receipt_jitter(log)?;
        let due = self.now_ms + BATCH_MS + self.jitter(jitter);
        self.db
            .prepare_cached("UPDATE logs SET receipt_due_ms = ?2 WHERE log = ?1 AND receipt_due_ms IS NULL")?
            .execute(params![&log.0[..], due])?;
        self.core.session.wake.insert((due, Some(log)));
        Ok(())
    }

    fn receipt_jitter(&self, log: LogId) -> Done<u64> {
        Ok(JITTER_MS + LEAF_JITTER_MS * self.leaf_count(log)?)
    }

    fn leaf_count(&self, log: LogId) -> Done<u64> {
        let mut statement = self.db.prepare_cached("SELECT count(*) FROM leaves WHERE log = ?1")?;
        let leaves: i64 = statement.query_row([&log.0[..]], |row| row.get(0))?;
        Ok(leaves as u64)
    }

    /// A visible message is here. Of several that come together the last is told.
    pub fn arrival_noted(&mut self, log: LogId) {
        if !self.core.session.arrived.contains_key(&log) {
            let due = self.now_ms + ARRIVED_MS + self.jitter(ARRIVED_JITTER_MS);
            self.core.session.arrived.insert(log, due);
        }
    }

    pub fn next_arrived(&self) -> Option<i64> {
        self.core.session.arrived.values().min().copied()
    }

    /// Tells whoever is there what arrived.
    pub fn tell_arrived(&mut self) -> Done<()> {
        let arrived = self.core.session.arrived.iter();
        let due: Vec<LogId> = arrived.filter(|(_, due)| **due <= self.now_ms).map(|(log, _)| *log).collect();
        for log in due {
            self.core.session.arrived.remove(&log);
            let Some(row) = self.log_row(log)? else { continue };
            let Some(thread) = self.thread_by_id(row.thread)? else { continue };
            // In a group that would be a word of each to all others.
            if self.tellable(&thread)? == Some(log) && thread.pair.is_some() {
                let refused = self.refused(log, true)?;
                let (since, missed) = self.missed(log)?;
                // It has 256 bytes; the receipt has more.
                if refused.len() + missed.len() <= REFUSED_SHORT {
                    let chain = self.chain_said(&row)?;
                    let hash = chain.slice(..chain.len().min(HASH_BYTES));
                    let arrived = content::Arrived { entry: row.cursor, refused, since, missed, hash };
                    self.send_ephemeral(log, EphemeralKind::Arrived(arrived))?;
                }
            }
        }
        Ok(())
    }

    pub fn note_read(&mut self, thread: i64) -> Done<()> {
        self.core.session.read_ms = self.now_ms;
        let Some(thread) = self.thread_by_id(thread)? else { return Ok(()) };
        let Some(log) = thread.active_log else { return Ok(()) };
        // Now, not when the receipt is due: until then they may be switched on again.
        if !self.reads_openly(&thread)?
            && let Some(row) = self.log_row(log)?
        {
            self.keep_unread_to_others(&row)?;
        }
        self.receipts_looked_for(log)?;
        self.receipt_wanted(log)
    }

    /// Whether others are told what is read there.
    fn reads_openly(&self, thread: &Thread) -> Done<bool> {
        Ok(self.read_receipts()? && !self.is_blocked_pair(thread)?)
    }

    /// How far this account has read in a log, as this device knows.
    pub fn newest_read(&self, row: &LogRow) -> Done<i64> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT coalesce(max(entry), 0) FROM messages JOIN threads ON threads.id = messages.thread
                 WHERE thread = ?1 AND log = ?2 AND position <= read_position AND position > read_position - 1000",
            )?
            .query_row(params![row.thread, &row.log.0[..]], |row| row.get(0))?)
    }

    /// Sends the receipt that is due.
    pub fn work_receipt(&mut self, row: &LogRow) -> Done<()> {
        let columns: Option<(Option<i64>, i64, i64)> = self
            .db
            .prepare_cached(
                "SELECT receipt_due_ms, receipt_delivered, receipt_read FROM logs WHERE log = ?1",
            )?
            .query_row([&row.log.0[..]], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((Some(due), delivered, read)) = columns else { return Ok(()) };
        if self.is_receipt_under_way(row.log) {
            return Ok(());
        }
        // What is due later than any receipt waits was noted while the clock was ahead.
        let latest =
            self.now_ms.saturating_add(BATCH_MS).saturating_add_unsigned(self.receipt_jitter(row.log)?);
        if (self.now_ms + 1..=latest).contains(&due) {
            self.core.session.wake.insert((due, Some(row.log)));
            return Ok(());
        }
        let due = due.min(self.now_ms);
        let newest_read = self.newest_read(row)?.max(read);
        let paused = self.core.session.read_ms.saturating_add(PAUSE_MS).min(due.saturating_add(PATIENCE_MS));
        if newest_read > read && paused > self.now_ms {
            self.core.session.wake.insert((paused, Some(row.log)));
            return Ok(());
        }
        let thread = self.thread_by_id(row.thread)?;
        let open = match &thread {
            Some(thread) => self.reads_openly(thread)?,
            None => false,
        };
        // Read before they were switched off, and not told yet.
        if !open && newest_read > read {
            self.keep_unread_to_others(row)?;
        }
        let cursor = row.cursor as i64;
        let Some(thread) = thread.filter(|thread| thread.standing == Standing::Active) else {
            return self.receipt_told(row.log, cursor, newest_read);
        };
        let tells = cursor > delivered || open && newest_read > read;
        let sealed = tells && self.receipts_are_sealed(row.log, &thread)?;
        if sealed && self.is_paused(&Job::Receipt(row.log)) {
            return Ok(());
        }
        if !sealed {
            self.receipt_told(row.log, cursor, newest_read)?;
        }
        // Read receipts in the log tell own devices too; where there is none, these are told among themselves.
        if (!open || sealed) && newest_read > read {
            let silent = self.own_silent(row.log)?;
            let read = content::OwnRead { log: row.log.into(), entry: newest_read as u64, silent };
            self.tell_siblings(content::own::Kind::Read(read))?;
        }
        if tells {
            let (told, silent) = if open { self.told_read(row.log, newest_read)? } else { (0, Vec::new()) };
            let refused = self.refused(row.log, false)?;
            let (since, missed) = self.missed(row.log)?;
            let (delivered, read) = (cursor as u64, told as u64);
            let taken = self.taken(row.log, delivered, &missed)?;
            let receipt = content::Receipt { delivered, read, refused, silent, since, missed, taken };
            if sealed {
                return self.put_receipt(row, receipt, newest_read);
            }
            self.queue_content(row.thread, None, ContentKind::Receipt(receipt))?;
        }
        Ok(())
    }

    /// What this device has told of a log, or will as an entry.
    fn receipt_told(&self, log: LogId, delivered: i64, read: i64) -> Done<()> {
        self.db
            .prepare_cached(
                "UPDATE logs SET receipt_due_ms = NULL, receipt_delivered = ?2, receipt_read = ?3 WHERE log = ?1",
            )?
            .execute(params![&log.0[..], delivered, read])?;
        Ok(())
    }

    /// A message of somebody blocked, in a conversation of two: its sender must not be told that it arrived once the
    /// cursor moves on. In a group that would tell all members who blocked whom.
    pub fn text_refused(&mut self, row: &LogRow, thread: &Thread, entry: u64) -> Done<()> {
        let Some(other) = thread.pair else { return Ok(()) };
        let Ok(entry) = i64::try_from(entry) else { return Ok(()) };
        let longer = self
            .db
            .prepare_cached(
                "UPDATE refused SET last = ?2
                 WHERE log = ?1 AND first = (SELECT max(first) FROM refused WHERE log = ?1)
                     AND NOT EXISTS (SELECT 1 FROM messages
                         WHERE messages.log = ?1 AND account = ?3 AND entry > refused.last)",
            )?
            .execute(params![&row.log.0[..], entry, &other.0[..]])?;
        if longer == 0 {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO refused(log, first, last) VALUES (?1, ?2, ?2)")?
                .execute(params![&row.log.0[..], entry])?;
        }
        Ok(())
    }

    /// What was not taken in a log: the newest stretches, `news` being those that no receipt has told yet.
    fn refused(&self, log: LogId, news: bool) -> Done<Vec<content::Stretch>> {
        let mut statement = self.db.prepare_cached(
            "SELECT first, last FROM refused JOIN logs USING (log)
             WHERE log = ?1 AND (last > receipt_delivered OR NOT ?3) ORDER BY first DESC LIMIT ?2",
        )?;
        let stretches = statement
            .query_map(params![&log.0[..], REFUSED, news], |row| {
                let (first, last): (i64, i64) = (row.get(0)?, row.get(1)?);
                Ok(content::Stretch { first: first as u64, last: last as u64 })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(stretches)
    }

    /// The other one of two says what was not taken. What is known to have arrived did.
    fn refused_received(&mut self, row: &LogRow, refused: &[content::Stretch]) -> Done<()> {
        let me = self.me()?.account();
        for stretch in refused.iter().take(REFUSED as usize) {
            let entry = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            self.db
                .prepare_cached(
                    "UPDATE messages SET refused = 1
                     WHERE log = ?1 AND state = ?2 AND account = ?3 AND entry BETWEEN ?4 AND ?5",
                )?
                .execute(params![
                    &row.log.0[..],
                    State::Sent as i64,
                    &me.0[..],
                    entry(stretch.first),
                    entry(stretch.last)
                ])?;
        }
        Ok(())
    }

    /// Somebody's cursor moved.
    pub fn receipt_received(
        &mut self,
        row: &LogRow,
        from: AccountId,
        receipt: &content::Receipt,
        at_ms: i64,
    ) -> Done<()> {
        self.take_receipt(row, from, receipt, at_ms)?;
        if from == self.me()?.account() { Ok(()) } else { self.receipts_settled(row) }
    }

    /// The same, but for what it says of own messages ([`Self::receipts_settled`]).
    fn take_receipt(
        &mut self,
        row: &LogRow,
        from: AccountId,
        receipt: &content::Receipt,
        at_ms: i64,
    ) -> Done<()> {
        // Where the server may have gone back, their numbers are those of other entries by now.
        if row.doubtful {
            return Ok(());
        }
        // Nobody can have what is not there yet.
        let cap = |entry: u64| i64::try_from(entry.min(row.cursor)).unwrap_or(i64::MAX);
        let me = self.me()?.account();
        // Who does not say what she read is not told what others read.
        let mut read = if from == me || self.read_receipts()? { cap(receipt.read) } else { 0 };
        // More than are named by any version: nothing of it is taken for read.
        if receipt.silent.len() > STRETCHES {
            read = 0;
        }
        let delivered = cap(receipt.delivered);
        let before: Option<(i64, i64)> = self
            .db
            .prepare_cached("SELECT delivered, read FROM receipts WHERE log = ?1 AND account = ?2")?
            .query_row(params![&row.log.0[..], &from.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (had, had_read) = before.unwrap_or((0, 0));
        if !receipt.refused.is_empty()
            && self.thread_by_id(row.thread)?.is_some_and(|it| it.pair == Some(from))
        {
            self.refused_received(row, &receipt.refused)?;
        }
        if from == me {
            self.own_silent_received(row.log, &receipt.silent)?;
        } else if read > had_read {
            self.silent_received(row.log, from, had_read, &receipt.silent)?;
        }
        if from != me {
            let taken = Taken { since: receipt.since, delivered, missed: &receipt.missed };
            self.missed_received(row.log, from, had, &taken)?;
        }
        if from != me && delivered > had {
            self.remember_step(row.log, from, false, delivered, at_ms)?;
        }
        if from != me && read > had_read {
            self.remember_step(row.log, from, true, read, at_ms)?;
        }
        self.db
            .prepare_cached(
                "INSERT INTO receipts(log, account, delivered, read) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT(log, account) DO UPDATE SET delivered = max(delivered, ?3), read = max(read, ?4)",
            )?
            .execute(params![&row.log.0[..], &from.0[..], delivered, read])?;
        if from == me { self.sibling_read(row, read) } else { Ok(()) }
    }

    /// What is known by now of how far own messages have got.
    fn receipts_settled(&mut self, row: &LogRow) -> Done<()> {
        if row.doubtful {
            return Ok(());
        }
        let me = self.me()?.account();
        let reach = self.reach_of_log(row.log)?;
        let mut statement = self.db.prepare_cached(
            "SELECT message, entry, again_entry FROM messages
             WHERE log = ?1 AND (state = 1 OR state = 2) AND account = ?2 AND entry <= ?3 AND refused = 0",
        )?;
        let open = statement
            .query_map(params![&row.log.0[..], &me.0[..], reach.up_to()], |row| {
                Ok((id_column::<MessageId>(row, 0)?, row.get::<_, i64>(1)?, row.get(2)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        for (message, entry, again) in open {
            match reach.of(entry, again) {
                Some(true) => self.set_message_state(message, State::Read, None)?,
                Some(false) => self.set_message_state(message, State::Delivered, None)?,
                None => {}
            }
        }
        Ok(())
    }

    /// How far an own device has read, also in what has not come here yet.
    pub fn keep_own_read(&mut self, log: LogId, entry: i64) -> Done<()> {
        let me = self.me()?.account();
        self.db
            .prepare_cached(
                "INSERT INTO receipts(log, account, delivered, read) VALUES (?1, ?2, 0, ?3)
                 ON CONFLICT(log, account) DO UPDATE SET read = max(read, ?3)",
            )?
            .execute(params![&log.0[..], &me.0[..], entry])?;
        Ok(())
    }

    /// What came now was read on another own device before: many logs are read at once, and what devices tell each other
    /// may come first.
    pub fn read_if_read_early(&mut self, row: &LogRow, message: MessageId, entry: i64) -> Done<()> {
        let me = self.me()?.account();
        self.db
            .prepare_cached(
                "UPDATE threads SET read_position = max(read_position, (SELECT position FROM messages WHERE message = ?2))
                 WHERE id = ?1 AND EXISTS (SELECT 1 FROM receipts WHERE log = ?3 AND account = ?4 AND read >= ?5)",
            )?
            .execute(params![row.thread, &message.0[..], &row.log.0[..], &me.0[..], entry])?;
        Ok(())
    }

    /// Another own device read here.
    pub fn sibling_read(&mut self, row: &LogRow, entry: i64) -> Done<()> {
        self.db
            .prepare_cached(
                "UPDATE threads SET read_position = max(read_position,
                     coalesce((SELECT max(position) FROM messages WHERE log = ?2 AND entry <= ?3), 0)) WHERE id = ?1",
            )?
            .execute(params![row.thread, &row.log.0[..], entry])?;
        self.conversation_changed(row.thread)
    }
}
