//! Receipts of a group. The server keeps each member's newest beside their reader, sealed for the members, and pushes it to nobody.
//! Who wrote something fetches them: some seconds after it was sent, and less often the longer ago that is. So what a message costs
//! grows with the members, and not with their square as where each receipt is an entry for all.
//!
//! ```text
//! reader ── PutReceipt ──▶ server ◀── FetchReceipts(since) ── author
//! ```
//! A device that does not know them says so by its leaf; while there is one, receipts are entries, as in chats of two.

use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_crypto::conversation::receipt_epoch;
use casemate_wire::ids::{LogId, MessageId};
use casemate_wire::limits::READERS;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, FetchReceipts, PutReceipt};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

use super::{BATCH_MS, JITTER_MS, LEAF_JITTER_MS};
use crate::connection::{Awaiting, is_passing, retry_after};
use crate::core::{Ctx, Done, Job};
use crate::log::{LogRow, State};
use crate::message::Row;
use crate::thread::Thread;

/// Past epochs of a group whose receipts can be opened. Older ones are not needed once their devices said more.
const EPOCHS: i64 = 8;

/// Each time that somebody asks in vain they wait so many times longer, and at most an hour.
const LONGER: i64 = 3;
const LONGEST_MS: i64 = 3_600_000;

/// Of messages that are older nobody asks any more.
const ASKED_OF_MS: i64 = 7 * 86_400_000;

/// The server keeps receipts lazily: one that was put so short before a connection broke is put again.
const LAZY_MS: i64 = 120_000;

/// A person waits so long for what the server knows.
const INFO_MS: i64 = 3_000;

/// Answers in a row that say that there are more.
const IN_A_ROW: u32 = 64;

/// What is known of the receipts beside readers, in one run.
#[derive(Default)]
pub struct Sealed {
    asked: BTreeMap<LogId, Asked>,
    /// When this device put its own.
    put: BTreeMap<LogId, i64>,
    /// Where there was more to say while one was on its way.
    again: BTreeSet<LogId>,
}

impl Sealed {
    /// What others said of a log is about other entries by now.
    pub fn forget(&mut self, log: LogId) {
        if let Some(asked) = self.asked.get_mut(&log) {
            asked.since = 0;
        }
    }
}

/// How an author asks in one log.
#[derive(Default)]
struct Asked {
    /// Up to which version it has them.
    since: u64,
    /// When it asks next; none: it waits for nothing.
    due_ms: Option<i64>,
    /// And how long it waits after that.
    wait_ms: i64,
    /// When it asked last.
    last_ms: i64,
    in_a_row: u32,
    /// Commands that wait for the answer, and the messages that they are about.
    infos: Vec<(u64, MessageId)>,
    /// Until when.
    infos_until_ms: i64,
}

impl Ctx<'_> {
    /// Whether receipts of a log are beside its readers.
    pub(super) fn receipts_are_sealed(&mut self, log: LogId, thread: &Thread) -> Done<bool> {
        let kept = self.core.session.hello.as_ref().is_some_and(|hello| hello.receipts);
        if !kept || thread.kind != ConversationKind::Group {
            return Ok(false);
        }
        self.with_group(log, |group, _, _| Ok(group.all_read_receipts()))
    }

    /// Whether this device's is on its way. What comes meanwhile is told after it.
    pub(super) fn is_receipt_under_way(&self, log: LogId) -> bool {
        self.core.session.busy.contains(&Job::Receipt(log))
    }

    pub(super) fn receipt_again(&mut self, log: LogId) {
        self.core.sealed.again.insert(log);
    }

    /// Puts a receipt beside this device's reader. It is told once the server has it.
    pub(super) fn put_receipt(&mut self, row: &LogRow, receipt: content::Receipt, read: i64) -> Done<()> {
        if !self.begin(Job::Receipt(row.log)) {
            return Ok(());
        }
        self.core.sealed.again.remove(&row.log);
        let delivered = receipt.delivered as i64;
        let mut body = content::Content {
            seen_entry: row.cursor,
            seen_hash: self.chain_said(row)?,
            sent_ms: self.server_now(),
            kind: Some(ContentKind::Receipt(receipt)),
            ..content::Content::default()
        };
        if let Some((entry, hash)) = self.chain_told(row.log)? {
            (body.told_entry, body.told_hash) = (entry, hash.into());
        }
        let nonce = self.random();
        let sealed = self.with_group(row.log, |group, _, me| {
            group.seal_receipt(&me.identity, nonce, &body.encode_to_vec())
        })?;
        self.keep_receipt_key(row.log)?;
        let put =
            PutReceipt { log: row.log.into(), reader_secret: row.reader.to_field(), sealed: sealed.into() };
        self.send(Request::PutReceipt(put), Awaiting::ReceiptPut { log: row.log, delivered, read });
        Ok(())
    }

    pub fn receipt_put(
        &mut self,
        log: LogId,
        (delivered, read): (i64, i64),
        result: Result<Body, WireError>,
    ) -> Done<()> {
        if let Err(error) = &result
            && is_passing(error)
        {
            self.pause(Job::Receipt(log), retry_after(error));
            return Ok(());
        }
        self.end(&Job::Receipt(log));
        if result.is_ok() {
            self.core.sealed.put.insert(log, self.now_ms);
        }
        self.receipt_told(log, delivered, read)?;
        // Refused: this device reads no more there, which it hears of otherwise.
        if result.is_ok() && self.core.sealed.again.remove(&log) {
            self.receipt_wanted(log)?;
        }
        Ok(())
    }

    /// A log is followed on a new connection.
    pub fn receipts_resumed(&mut self, row: &LogRow) -> Done<()> {
        let lost = self.core.sealed.put.remove(&row.log).is_some_and(|put| put + LAZY_MS > self.now_ms);
        if lost {
            self.put_receipt_anew(row.log)?;
        }
        if self.is_asked_for(row)? {
            let wait = 1_000 + self.jitter(JITTER_MS);
            self.ask_for_receipts(row.log, wait)?;
        }
        Ok(())
    }

    /// The server may not have this device's any more.
    pub fn put_receipt_anew(&mut self, log: LogId) -> Done<()> {
        let told = self
            .db
            .prepare_cached(
                "UPDATE logs SET receipt_delivered = 0 WHERE log = ?1 AND receipt_delivered > 0
                     AND EXISTS (SELECT 1 FROM threads WHERE threads.id = logs.thread AND threads.kind = ?2)",
            )?
            .execute(params![&log.0[..], ConversationKind::Group as i64])?;
        if told > 0 { self.receipt_wanted(log) } else { Ok(()) }
    }

    // ---- The author's side ----

    /// An own message of a group is in its log: how far it has got is asked for some time later.
    pub fn receipts_awaited(&mut self, row: &LogRow) -> Done<()> {
        if self.thread_by_id(row.thread)?.is_none_or(|thread| thread.kind != ConversationKind::Group) {
            return Ok(());
        }
        let wait = self.receipts_spread(row.log)?;
        self.ask_for_receipts(row.log, wait)
    }

    /// The person looks at the conversation. Not each time: many who look often would cost more than their messages do.
    pub fn receipts_looked_for(&mut self, log: LogId) -> Done<()> {
        let Some(row) = self.log_row(log)? else { return Ok(()) };
        let spread = self.receipts_spread(log)?;
        let last = self.core.sealed.asked.get(&log).map_or(0, |asked| asked.last_ms);
        if last.saturating_add(2 * spread) < self.now_ms && self.is_asked_for(&row)? {
            self.ask_for_receipts(log, 0)?;
        }
        Ok(())
    }

    /// The person wants to know how far a message has got. Whether the command waits for what the server has.
    pub fn info_waits(&mut self, command: u64, row: &Row) -> Done<bool> {
        let Some(log) = row.log else { return Ok(false) };
        let Some(of) = self.log_row(log)? else { return Ok(false) };
        if !self.core.session.followed.contains_key(&log) || of.doubtful || !self.is_asked_for(&of)? {
            return Ok(false);
        }
        let thread = self.thread_by_id(of.thread)?;
        if !thread.is_some_and(|thread| self.receipts_are_sealed(log, &thread).unwrap_or(false)) {
            return Ok(false);
        }
        self.ask_for_receipts(log, 0)?;
        let until = self.now_ms + INFO_MS;
        let asked = self.core.sealed.asked.entry(log).or_default();
        if asked.infos.is_empty() {
            asked.infos_until_ms = until;
            self.core.session.wake.insert((until, Some(log)));
        }
        asked.infos.push((command, row.message));
        Ok(true)
    }

    /// Answers those that wait, with what is known by now.
    fn answer_infos(&mut self, log: LogId) -> Done<()> {
        let infos = self.core.sealed.asked.get_mut(&log).map(|asked| std::mem::take(&mut asked.infos));
        for (command, message) in infos.unwrap_or_default() {
            self.info_known(command, message)?;
        }
        Ok(())
    }

    /// The connection is gone: nobody is told more for now.
    pub fn receipts_disconnected(&mut self) -> Done<()> {
        let logs: Vec<LogId> = self.core.sealed.asked.keys().copied().collect();
        logs.into_iter().try_for_each(|log| self.answer_infos(log))
    }

    fn ask_for_receipts(&mut self, log: LogId, in_ms: i64) -> Done<()> {
        let wait_ms = self.receipts_spread(log)?;
        let due = self.now_ms.saturating_add(in_ms);
        let asked = self.core.sealed.asked.entry(log).or_default();
        let due = asked.due_ms.map_or(due, |before| before.min(due));
        (asked.due_ms, asked.wait_ms) = (Some(due), wait_ms);
        self.core.session.wake.insert((due, Some(log)));
        Ok(())
    }

    /// How long it takes until all who are there have told how far they have got.
    fn receipts_spread(&self, log: LogId) -> Done<i64> {
        Ok(BATCH_MS + (JITTER_MS + LEAF_JITTER_MS * self.leaf_count(log)?) as i64 + 1_000)
    }

    /// Whether something that this account said in a group has not got to all, as far as is known.
    fn is_asked_for(&self, row: &LogRow) -> Done<bool> {
        let group = self.thread_by_id(row.thread)?.is_some_and(|thread| {
            thread.kind == ConversationKind::Group && thread.active_log == Some(row.log)
        });
        if !group || row.state != State::Live {
            return Ok(false);
        }
        let me = self.me()?.account();
        let reads = self.read_receipts()?;
        let mut statement = self.db.prepare_cached(
            "SELECT 1 FROM messages WHERE log = ?1 AND (state = 1 OR state = 2) AND (state = 1 OR ?4)
                 AND account = ?2 AND at_ms > ?3",
        )?;
        Ok(statement.exists(params![&row.log.0[..], &me.0[..], self.now_ms - ASKED_OF_MS, reads])?)
    }

    /// Asks where it is time.
    pub fn work_receipts(&mut self, row: &LogRow) -> Done<()> {
        let Some(asked) = self.core.sealed.asked.get(&row.log) else { return Ok(()) };
        let (due, since) = (asked.due_ms, asked.since);
        if asked.infos_until_ms <= self.now_ms {
            self.answer_infos(row.log)?;
        }
        let Some(due) = due else { return Ok(()) };
        if due > self.now_ms {
            self.core.session.wake.insert((due, Some(row.log)));
            return Ok(());
        }
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        if thread.active_log != Some(row.log) || !self.receipts_are_sealed(row.log, &thread)? {
            self.answer_infos(row.log)?;
            self.core.sealed.asked.remove(&row.log);
            return Ok(());
        }
        if self.begin(Job::Receipts(row.log)) {
            let (log, reader_secret) = (row.log.into(), row.reader.to_field());
            let fetch = FetchReceipts { log, reader_secret, since };
            self.send(Request::FetchReceipts(fetch), Awaiting::Receipts(row.log));
        }
        Ok(())
    }

    pub fn receipts_fetched(&mut self, log: LogId, result: Result<Body, WireError>) -> Done<()> {
        let receipts = match result {
            Ok(Body::Receipts(receipts)) => receipts,
            Err(error) if is_passing(&error) => {
                self.pause(Job::Receipts(log), retry_after(&error));
                return self.answer_infos(log);
            }
            _ => {
                self.end(&Job::Receipts(log));
                self.answer_infos(log)?;
                self.core.sealed.asked.remove(&log);
                return Ok(());
            }
        };
        self.end(&Job::Receipts(log));
        let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Live) else {
            return self.answer_infos(log);
        };
        // Where the server may have gone back, their numbers are those of other entries by now.
        let counts = !row.doubtful;
        let mut ahead = false;
        if counts {
            self.keep_receipt_key(log)?;
            for sealed in receipts.sealed.iter().take(READERS) {
                ahead |= self.sealed_received(&row, sealed)?;
            }
            self.receipts_settled(&row)?;
        }
        let waits = self.is_asked_for(&row)?;
        let now = self.now_ms;
        let Some(asked) = self.core.sealed.asked.get_mut(&log) else { return Ok(()) };
        asked.last_ms = now;
        let went_back = receipts.version < asked.since;
        if counts && !ahead {
            asked.since = if went_back { 0 } else { receipts.version };
        }
        let at_once = counts && !ahead && (receipts.more || went_back) && asked.in_a_row < IN_A_ROW;
        asked.in_a_row = if at_once { asked.in_a_row + 1 } else { 0 };
        asked.due_ms = match (at_once, waits) {
            (true, _) => Some(now),
            (false, true) => Some(now.saturating_add(asked.wait_ms)),
            (false, false) => None,
        };
        if !at_once {
            asked.wait_ms = asked.wait_ms.saturating_mul(LONGER).min(LONGEST_MS);
        }
        if let Some(due) = asked.due_ms {
            self.core.session.wake.insert((due, Some(log)));
        }
        if at_once { Ok(()) } else { self.answer_infos(log) }
    }

    /// One of them. Whatever is wrong with it, it is dropped without a word: an error here would be the server's to cause. True where
    /// it is about entries that this device has not read: whether its device was shown the same ones shows later.
    fn sealed_received(&mut self, row: &LogRow, sealed: &[u8]) -> Done<bool> {
        let Some(epoch) = receipt_epoch(sealed) else { return Ok(false) };
        let Some(key) = self.kept_receipt_key(row.log, epoch)? else { return Ok(false) };
        let opened = self.with_group(row.log, |group, _, _| Ok(group.open_receipt(&key, sealed).ok()))?;
        let Some((leaf, message)) = opened else { return Ok(false) };
        let Ok(mut body) = content::Content::decode(&message[..]) else { return Ok(false) };
        let Some(ContentKind::Receipt(receipt)) = body.kind.take() else { return Ok(false) };
        if body.seen_entry > row.cursor {
            return Ok(true);
        }
        let view = self.compare_views(row, &leaf, &body)?;
        let own = leaf.account == self.me()?.account();
        let counted = match own {
            true => Some(receipt),
            false => self.counted(row, &leaf, (view, body.seen_entry), receipt)?,
        };
        if let Some(receipt) = counted {
            let at_ms = body.sent_ms.clamp(0, self.server_now().max(0));
            self.take_receipt(row, leaf.account, &receipt, at_ms)?;
        }
        Ok(false)
    }

    // ---- Keys ----

    /// This epoch's, for when it is a past one.
    pub fn keep_receipt_key(&mut self, log: LogId) -> Done<()> {
        let (epoch, key) =
            self.with_group(log, |group, _, _| Ok((group.epoch(), group.receipt_key().ok())))?;
        let (Some(key), Ok(epoch)) = (key, i64::try_from(epoch)) else { return Ok(()) };
        let new = self
            .db
            .prepare_cached("INSERT OR IGNORE INTO receipt_keys(log, epoch, key) VALUES (?1, ?2, ?3)")?
            .execute(params![&log.0[..], epoch, &key[..]])?;
        if new > 0 {
            self.db
                .prepare_cached("DELETE FROM receipt_keys WHERE log = ?1 AND epoch <= ?2")?
                .execute(params![&log.0[..], epoch - EPOCHS])?;
        }
        Ok(())
    }

    fn kept_receipt_key(&self, log: LogId, epoch: u64) -> Done<Option<Zeroizing<[u8; 32]>>> {
        let Ok(epoch) = i64::try_from(epoch) else { return Ok(None) };
        let mut statement =
            self.db.prepare_cached("SELECT key FROM receipt_keys WHERE log = ?1 AND epoch = ?2")?;
        let key = statement.query_row(params![&log.0[..], epoch], |row| row.get::<_, [u8; 32]>(0));
        Ok(key.optional()?.map(Zeroizing::new))
    }
}
